//! An XML message as a tree: the same tree is read from and has its signatures verified, so nobody can show one thing to
//! the verifier and another to the reader.

use uppsala_dom::{Document, NodeId, NodeKind, parser::Parser};

use super::Doubt;

/// Namespaces of the messages.
pub(super) mod ns {
    pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    pub const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
    pub const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
}

/// Deeper nesting than any message has.
const MAX_DEPTH: u32 = 64;

/// A parsed message.
pub(super) struct Tree<'t> {
    document: Document<'t>,
}

/// An element of a message.
#[derive(Clone, Copy)]
pub(super) struct Element<'d, 't> {
    document: &'d Document<'t>,
    node: NodeId,
}

impl<'t> Tree<'t> {
    /// Parses a message. Document types, comments and processing instructions are refused: no message needs them, and
    /// they are how a text is made to read differently to two readers.
    pub(super) fn parse(text: &'t str) -> Result<Self, Doubt> {
        let parser = Parser::new().with_max_depth(MAX_DEPTH).with_forbid_dtd(true);
        let document = parser.parse(text).map_err(|_| Doubt::NotXml)?;
        let root = document.document_element().ok_or(Doubt::NotXml)?;
        let suspicious = |node: &NodeId| {
            matches!(document.node_kind(*node), Some(NodeKind::Comment(_) | NodeKind::ProcessingInstruction(_)))
        };
        if document.descendants(root).iter().any(suspicious) {
            return Err(Doubt::NotXml);
        }
        Ok(Self { document })
    }

    /// The outermost element, which must have this name.
    pub(super) fn root(&self, namespace: &str, name: &str) -> Result<Element<'_, 't>, Doubt> {
        let node = self.document.document_element().ok_or(Doubt::NotXml)?;
        let root = Element { document: &self.document, node };
        if root.is(namespace, name) { Ok(root) } else { Err(Doubt::Shape) }
    }
}

impl<'d, 't> Element<'d, 't> {
    /// The tree it is part of, for the verifier.
    pub(super) fn document(self) -> &'d Document<'t> {
        self.document
    }

    /// Its place in that tree.
    pub(super) fn node(self) -> NodeId {
        self.node
    }

    /// Has it this name?
    pub(super) fn is(self, namespace: &str, name: &str) -> bool {
        self.document.element(self.node).is_some_and(|element| element.matches_name_ns(namespace, name))
    }

    /// Its child elements, in order.
    pub(super) fn elements(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        let nodes = document.children_iter(self.node).filter(move |node| document.element(*node).is_some());
        nodes.map(move |node| Self { document, node })
    }

    /// Its children of this name, in order.
    pub(super) fn all(self, namespace: &'static str, name: &'static str) -> impl Iterator<Item = Self> {
        self.elements().filter(move |child| child.is(namespace, name))
    }

    /// The child of this name, if there is one; two are one too many.
    pub(super) fn maybe(self, namespace: &'static str, name: &'static str) -> Result<Option<Self>, Doubt> {
        let mut found = self.all(namespace, name);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(Doubt::Shape),
        }
    }

    /// The one child of this name.
    pub(super) fn one(self, namespace: &'static str, name: &'static str) -> Result<Self, Doubt> {
        self.maybe(namespace, name)?.ok_or(Doubt::Shape)
    }

    /// All elements in it, at any depth, with itself.
    pub(super) fn whole(self) -> impl Iterator<Item = Self> {
        let document = self.document;
        let nodes = std::iter::once(self.node).chain(document.descendants(self.node));
        nodes.filter(move |node| document.element(*node).is_some()).map(move |node| Self { document, node })
    }

    /// The element that the message begins with.
    pub(super) fn outermost(self) -> Self {
        let node = self.document.document_element().unwrap_or(self.node);
        Self { document: self.document, node }
    }

    /// Its name, whatever its namespace.
    pub(super) fn local_name(self) -> &'d str {
        self.document.element(self.node).map_or("", |element| element.name.local_name.as_ref())
    }

    /// Its attributes of this name, whatever their namespace: has it one, and its value.
    pub(super) fn attributes(self, name: &'static str) -> impl Iterator<Item = (bool, &'d str)> {
        let attributes = self.document.element(self.node).map_or(&[][..], |element| element.attributes.as_slice());
        let named = attributes.iter().filter(move |own| own.name.local_name == name);
        named.map(|own| (own.name.namespace_uri.is_some(), own.value.as_ref()))
    }

    /// An attribute without a namespace.
    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let attributes = &self.document.element(self.node)?.attributes;
        let found = attributes.iter().find(|own| own.name.namespace_uri.is_none() && own.name.local_name == name);
        found.map(|own| own.value.as_ref())
    }

    /// Its text, which must be all it holds, without the white space around it.
    pub(super) fn text(self) -> Result<String, Doubt> {
        if self.elements().next().is_some() {
            return Err(Doubt::Shape);
        }
        Ok(self.document.text_content_deep(self.node).trim().to_owned())
    }
}
