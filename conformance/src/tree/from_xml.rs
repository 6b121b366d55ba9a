//! From FHIR's XML form (R4, 2.6.1).

use roxmltree::{Document, Node, ParsingOptions};

use super::{NodeId, Tree, Unreadable, holds_resource, root_of, type_of};
use crate::issue::{Rule, quotable};
use crate::schema::{Element, Kind, Schema, TypeDef, TypeRef};

/// The namespace of FHIR.
pub(crate) const FHIR: &str = "http://hl7.org/fhir";
/// The namespace of narratives.
const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// Elements may be nested this deep.
const DEPTH: usize = 128;

pub(super) fn read<'s>(schema: &'s Schema, text: &str) -> Result<Tree<'s>, Unreadable> {
    let document = document(text)?;
    let root = document.root_element();
    if root.tag_name().namespace() != Some(FHIR) {
        return Err(Unreadable::NoResource("its root element is not in FHIR's namespace".into()));
    }
    let kind = root.tag_name().name();
    let ty = schema
        .resource(kind)
        .ok_or_else(|| Unreadable::NoResource(format!("{} is no resource type", quotable(kind))))?;
    let mut reader = Reader { schema, tree: Tree::with_root(ty), text };
    let id = reader.tree.root();
    reader.attributes(id, root)?;
    reader.elements(id, ty, root, DEPTH)?;
    Ok(reader.tree)
}

/// Well-formed XML without a document type.
pub(crate) fn document(text: &str) -> Result<Document<'_>, Unreadable> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 8_000_000, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| Unreadable::NotXml { line: error.pos().row })
}

struct Reader<'s, 't> {
    schema: &'s Schema,
    tree: Tree<'s>,
    text: &'t str,
}

impl<'s> Reader<'s, '_> {
    /// `id`, `url` and `value`; any other attribute is wrong.
    fn attributes(&mut self, id: NodeId, xml: Node<'_, '_>) -> Result<(), Unreadable> {
        let ty = self.tree.ty(id);
        for attribute in xml.attributes() {
            let name = attribute.name();
            if attribute.namespace() == Some("http://www.w3.org/2001/XMLSchema-instance") {
                continue;
            }
            if attribute.namespace().is_some() {
                self.tree.blame_member(id, name, Rule::Form, "an attribute of another namespace");
                continue;
            }
            if name == "value" && ty.kind == Kind::Primitive && ty.name != "xhtml" {
                self.tree.set(id, attribute.value());
                continue;
            }
            let found = ty.member(name).filter(|(_, element, _)| element.is_attribute);
            match found.and_then(|(_, element, kind)| Some((element, self.schema.find(&kind.code)?))) {
                Some((element, kind)) => {
                    let child = self.tree.add(id, element, kind, 0)?;
                    self.tree.set(child, attribute.value());
                }
                None => self.tree.blame_member(id, name, Rule::Form, "FHIR has no such attribute here"),
            }
        }
        Ok(())
    }

    fn elements(&mut self, id: NodeId, root: &'s TypeDef, xml: Node<'_, '_>, depth: usize) -> Result<(), Unreadable> {
        let Some(depth) = depth.checked_sub(1) else {
            self.tree.blame(id, Rule::Form, "nested too deep");
            return Ok(());
        };
        let ty = self.tree.ty(id);
        let mut last: Option<(usize, &str)> = None;
        let mut repeated = 0;
        for child in xml.children() {
            if child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty()) {
                self.tree.blame(id, Rule::Form, "text stands between the elements");
            }
            if !child.is_element() {
                continue;
            }
            let name = child.tag_name().name();
            let Some((place, element, kind)) = ty.member(name).filter(|(_, element, _)| !element.is_attribute) else {
                let reason = format!("{} has no such element", ty.name);
                self.tree.blame_member(id, name, Rule::UnknownElement, reason);
                continue;
            };
            let namespace = if kind.code == "xhtml" { XHTML } else { FHIR };
            if child.tag_name().namespace() != Some(namespace) {
                self.tree.blame_member(id, name, Rule::Form, "the element is in a wrong namespace");
                continue;
            }
            repeated = if last == Some((place, name)) { repeated + 1 } else { 0 };
            if last.is_some_and(|(before, _)| before > place) {
                self.tree.blame_member(id, name, Rule::Form, "the element is not in its place: XML has a fixed order");
            }
            last = Some((place, name));
            self.one(Place { id, root, element, kind, place: repeated }, child, depth)?;
        }
        Ok(())
    }

    fn one(&mut self, at: Place<'s>, xml: Node<'_, '_>, depth: usize) -> Result<(), Unreadable> {
        let name = at.kind.member.as_str();
        if holds_resource(at.kind) && at.element.inner.is_none() {
            return self.resource(at, xml, depth);
        }
        let Some(ty) = type_of(self.schema, at.root, at.element, at.kind) else {
            self.tree.blame_member(at.id, name, Rule::Type, "the type of this element is not among the definitions");
            return Ok(());
        };
        let child = self.tree.add(at.id, at.element, ty, at.place)?;
        if ty.name == "xhtml" {
            self.tree.set(child, &self.text[xml.range()]);
            return Ok(());
        }
        let is_bare = !xml.attributes().any(|attribute| attribute.namespace().is_none() && attribute.name() != "id");
        if is_bare && !xml.children().any(|child| child.is_element()) {
            self.tree.blame(child, Rule::Form, "the element is empty");
        }
        self.attributes(child, xml)?;
        self.elements(child, root_of(at.root, ty), xml, depth)
    }

    /// An element around exactly one resource.
    fn resource(&mut self, at: Place<'s>, xml: Node<'_, '_>, depth: usize) -> Result<(), Unreadable> {
        let name = at.kind.member.as_str();
        if xml.attributes().len() > 0 {
            self.tree.blame_member(at.id, name, Rule::Form, "FHIR has no attribute here");
        }
        if xml.children().any(|child| child.is_text() && child.text().is_some_and(|text| !text.trim().is_empty())) {
            self.tree.blame_member(at.id, name, Rule::Form, "text stands beside the resource");
        }
        let inside: Vec<_> = xml.children().filter(Node::is_element).collect();
        let [resource] = inside[..] else {
            self.tree.blame_member(at.id, name, Rule::Form, "exactly one resource is expected");
            return Ok(());
        };
        let kind = resource.tag_name();
        let ty = self.schema.resource(kind.name()).filter(|_| kind.namespace() == Some(FHIR));
        let Some(ty) = ty else {
            self.tree.blame_member(at.id, name, Rule::Type, "this is no resource type");
            return Ok(());
        };
        let child = self.tree.add(at.id, at.element, ty, at.place)?;
        self.attributes(child, resource)?;
        self.elements(child, ty, resource, depth)
    }
}

/// Where an element stands.
#[derive(Clone, Copy)]
struct Place<'s> {
    id: NodeId,
    root: &'s TypeDef,
    element: &'s Element,
    kind: &'s TypeRef,
    place: usize,
}
