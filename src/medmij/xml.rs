//! Reading a list as XML: bounded, without document types, children by local name.

use roxmltree::{Document, Node, ParsingOptions};

use super::version::{read_number, read_stamp};
use super::{Fault, ListKind, ListVersion, ListsError};

/// More than the Zorgaanbiederslijst of every Dutch provider with ten services each.
const MAX_BYTES: usize = 64 << 20;
/// Elements and texts of such a list.
const MAX_NODES: u32 = 8_000_000;

/// Parses the bytes and hands the checked root element to `read`.
pub(super) fn read_list<T>(
    list: ListKind,
    bytes: &[u8],
    read: impl FnOnce(Element<'_, '_>) -> Result<T, ListsError>,
) -> Result<T, ListsError> {
    let whole = |fault| ListsError { list, element: list.root(), line: 0, fault };
    if bytes.len() > MAX_BYTES {
        return Err(whole(Fault::TooLarge { limit: MAX_BYTES }));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| whole(Fault::NotUtf8))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => whole(Fault::DocumentType),
        _ => whole(Fault::NotWellFormed),
    })?;
    let root = document.root_element();
    let namespaces = [Some(list.namespace()), list.older_namespace()];
    if !namespaces.into_iter().flatten().any(|namespace| root.has_tag_name((namespace, list.root()))) {
        return Err(whole(Fault::WrongRoot));
    }
    read(Element { list, name: list.root(), node: root })
}

/// Reads `Tijdstempel` and `Volgnummer` of the root.
pub(super) fn read_version(root: Element<'_, '_>) -> Result<ListVersion, ListsError> {
    let made_at = root.one("Tijdstempel")?.read("an instant with its zone", read_stamp)?;
    let number = root.one("Volgnummer")?.read("a positive number", read_number)?;
    Ok(ListVersion { number, made_at })
}

/// An element of a list, with the name it was asked for by.
#[derive(Clone, Copy)]
pub(super) struct Element<'a, 'input> {
    list: ListKind,
    name: &'static str,
    node: Node<'a, 'input>,
}

impl<'a, 'input> Element<'a, 'input> {
    /// Is it of the older release of the list?
    pub(super) fn is_older_release(self) -> bool {
        self.node.tag_name().namespace() == self.list.older_namespace()
    }

    /// All children, in document order; `name` is what they are called in an error.
    pub(super) fn children(self, name: &'static str) -> impl Iterator<Item = (&'a str, Self)> + use<'a, 'input> {
        let children = self.node.children().filter(|child| child.is_element());
        children.map(move |node| (node.tag_name().name(), Self { list: self.list, name, node }))
    }

    /// The child with this local name, which must occur exactly once.
    pub(super) fn one(self, name: &'static str) -> Result<Self, ListsError> {
        self.optional(name)?.ok_or_else(|| ListsError { element: name, ..self.fault(Fault::Missing) })
    }

    /// The child with this local name, which may occur once.
    pub(super) fn optional(self, name: &'static str) -> Result<Option<Self>, ListsError> {
        let mut found = self.many(name);
        let first = found.next();
        match found.next() {
            Some(second) => Err(second.fault(Fault::Repeated)),
            None => Ok(first),
        }
    }

    /// All children with this local name, in document order.
    pub(super) fn many(self, name: &'static str) -> impl Iterator<Item = Self> + use<'a, 'input> {
        let children = self.node.children().filter(move |child| child.is_element() && child.tag_name().name() == name);
        children.map(move |node| Self { list: self.list, name, node })
    }

    /// All elements below this one with this local name, at any depth.
    pub(super) fn below(self, name: &'static str) -> impl Iterator<Item = Self> + use<'a, 'input> {
        let inside = self.node.descendants().filter(move |node| node.is_element() && node.tag_name().name() == name);
        inside.map(move |node| Self { list: self.list, name, node })
    }

    /// The text of an element without children, white space around it removed.
    pub(super) fn text(self) -> Result<String, ListsError> {
        if self.node.children().any(|child| child.is_element()) {
            return Err(self.fault(Fault::NoText));
        }
        let text: String =
            self.node.children().filter_map(|child| if child.is_text() { child.text() } else { None }).collect();
        let trimmed = text.trim();
        if trimmed.is_empty() { Err(self.fault(Fault::NoText)) } else { Ok(trimmed.to_owned()) }
    }

    /// The text, read by `parse`; `form` says in words what was expected.
    pub(super) fn read<T>(self, form: &'static str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ListsError> {
        parse(&self.text()?).ok_or_else(|| self.fault(Fault::Form(form)))
    }

    /// The text, when its length in characters is within these bounds.
    pub(super) fn read_bounded(self, bounds: std::ops::RangeInclusive<usize>) -> Result<String, ListsError> {
        self.read("text of the allowed length", |text| bounds.contains(&text.chars().count()).then(|| text.to_owned()))
    }

    /// A fault of this element.
    pub(super) fn fault(self, fault: Fault) -> ListsError {
        let line = self.node.document().text_pos_at(self.node.range().start).row;
        ListsError { list: self.list, element: self.name, line, fault }
    }
}
