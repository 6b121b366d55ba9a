//! A resource as a tree of typed elements, the same whether it came as JSON or as XML.
//!
//! Every node knows its element and type, so FHIRPath and the validator never guess. What a form does wrong (unknown
//! members, empty or doubled ones, wrong order in XML) is reported while reading; the rest of the resource is still
//! there to be judged. A choice is called by its name without type: `value` for `valueQuantity`.

mod from_json;
pub(crate) mod from_xml;
pub mod links;
#[cfg(test)]
pub(crate) mod tests;
mod to_json;

use crate::issue::{Issue, Rule, quotable};
use crate::schema::{Element, Kind, Schema, TypeDef, TypeRef, capitalised};

/// A node of one tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// No node.
const NONE: u32 = u32::MAX;
/// A resource has at most so many elements.
const NODES: usize = 4_000_000;

#[derive(Debug)]
struct Node<'s> {
    name: &'s str,
    ty: &'s TypeDef,
    element: Option<&'s Element>,
    value: Option<Box<str>>,
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
    place: u32,
}

/// A resource and what was wrong with its form.
#[derive(Debug)]
pub struct Tree<'s> {
    nodes: Vec<Node<'s>>,
    issues: Vec<Issue>,
}

/// Why there is no tree at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// It is not JSON.
    #[error("it is {0}")]
    NotJson(#[from] crate::json::NotJson),
    /// It is not XML; the words of the parser may quote names, never values.
    #[error("it is not well-formed XML (line {line})")]
    NotXml {
        /// The line of the fault.
        line: u32,
    },
    /// It is no FHIR resource of a known type.
    #[error("it is no FHIR resource: {0}")]
    NoResource(String),
    /// It is larger than is read.
    #[error("it has more elements than are read")]
    TooLarge,
}

/// The two forms of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `application/fhir+json`
    Json,
    /// `application/fhir+xml`
    Xml,
}

impl Form {
    /// Tells the form from the first byte that is no white space.
    pub fn of(bytes: &[u8]) -> Self {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'<') => Self::Xml,
            _ => Self::Json,
        }
    }
}

impl<'s> Tree<'s> {
    /// Reads a resource.
    ///
    /// # Errors
    /// [`Unreadable`] when there is nothing to judge.
    pub fn read(schema: &'s Schema, form: Form, bytes: &[u8]) -> Result<Self, Unreadable> {
        let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match form {
            Form::Json => from_json::read(schema, text),
            Form::Xml => from_xml::read(schema, text),
        }
    }

    /// The resource itself.
    pub fn root(&self) -> NodeId {
        NodeId(0)
    }

    /// What is wrong with its form.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A tree has at least its root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn node(&self, id: NodeId) -> &Node<'s> {
        &self.nodes[id.0 as usize]
    }

    /// The name of the element, without a type.
    pub fn name(&self, id: NodeId) -> &'s str {
        self.node(id).name
    }

    /// The type.
    pub fn ty(&self, id: NodeId) -> &'s TypeDef {
        self.node(id).ty
    }

    /// The element of its parent's type that it is; `None` for the root.
    pub fn element(&self, id: NodeId) -> Option<&'s Element> {
        self.node(id).element
    }

    /// The value of a primitive, as it is written.
    pub fn value(&self, id: NodeId) -> Option<&str> {
        self.node(id).value.as_deref()
    }

    /// The element that it is part of.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        Some(self.node(id).parent).filter(|parent| *parent != NONE).map(NodeId)
    }

    /// Its elements, in the order in which they are written.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let mut next = self.node(id).first;
        std::iter::from_fn(move || {
            let id = NodeId(Some(next).filter(|next| *next != NONE)?);
            next = self.node(id).next;
            Some(id)
        })
    }

    /// Its elements of this name. They stand together, or the reader has found fault with their order: so a Bundle is not
    /// walked through whenever its type is asked.
    pub fn named<'t>(&'t self, id: NodeId, name: &'t str) -> impl Iterator<Item = NodeId> + 't {
        let others = move |child: &NodeId| self.name(*child) != name;
        self.children(id).skip_while(others).take_while(move |child| !others(child))
    }

    /// The first element of this name.
    pub fn child(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.children(id).find(|child| self.name(*child) == name)
    }

    /// The value of the first element of this name.
    pub fn text(&self, id: NodeId, name: &str) -> Option<&str> {
        self.value(self.child(id, name)?)
    }

    /// Is it a resource, contained or not?
    pub fn is_resource(&self, id: NodeId) -> bool {
        self.ty(id).kind == Kind::Resource
    }

    /// The resource that it is part of, itself included.
    pub fn resource(&self, id: NodeId) -> NodeId {
        let mut at = id;
        while !self.is_resource(at) {
            let Some(parent) = self.parent(at) else { break };
            at = parent;
        }
        at
    }

    /// The resource that contains the resource that it is part of; the same when it is not contained.
    pub fn root_resource(&self, id: NodeId) -> NodeId {
        let own = self.resource(id);
        match self.parent(own) {
            Some(parent) if self.name(own) == "contained" => self.resource(parent),
            _ => own,
        }
    }

    /// All elements below it, in the order in which they are written.
    pub fn descendants(&self, id: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut open: Vec<NodeId> = self.children(id).collect();
        open.reverse();
        while let Some(next) = open.pop() {
            found.push(next);
            let at = open.len();
            open.extend(self.children(next));
            open[at..].reverse();
        }
        found
    }

    /// Path from the root, with indices and the types of choices.
    pub fn path(&self, id: NodeId) -> String {
        let mut steps = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            steps.push(self.step(id));
            at = self.parent(id);
        }
        steps.reverse();
        steps.join(".")
    }

    fn step(&self, id: NodeId) -> String {
        let node = self.node(id);
        let Some(element) = node.element else { return node.name.to_owned() };
        let kind = if element.is_choice { capitalised(&node.ty.name) } else { String::new() };
        let place = if element.is_list { format!("[{}]", node.place) } else { String::new() };
        format!("{}{kind}{place}", node.name)
    }

    fn with_root(ty: &'s TypeDef) -> Self {
        let root = Node {
            name: &ty.name,
            ty,
            element: None,
            value: None,
            parent: NONE,
            first: NONE,
            last: NONE,
            next: NONE,
            place: 0,
        };
        Self { nodes: vec![root], issues: Vec::new() }
    }

    fn add(
        &mut self,
        parent: NodeId,
        element: &'s Element,
        ty: &'s TypeDef,
        place: usize,
    ) -> Result<NodeId, Unreadable> {
        if self.nodes.len() >= NODES {
            return Err(Unreadable::TooLarge);
        }
        let id = u32::try_from(self.nodes.len()).map_err(|_| Unreadable::TooLarge)?;
        let place = u32::try_from(place).map_err(|_| Unreadable::TooLarge)?;
        self.nodes.push(Node {
            name: &element.name,
            ty,
            element: Some(element),
            value: None,
            parent: parent.0,
            first: NONE,
            last: NONE,
            next: NONE,
            place,
        });
        let last = self.nodes[parent.0 as usize].last;
        if last == NONE {
            self.nodes[parent.0 as usize].first = id;
        } else {
            self.nodes[last as usize].next = id;
        }
        self.nodes[parent.0 as usize].last = id;
        Ok(NodeId(id))
    }

    fn set(&mut self, id: NodeId, value: &str) {
        self.nodes[id.0 as usize].value = Some(value.into());
    }

    fn blame(&mut self, id: NodeId, rule: Rule, reason: impl Into<String>) {
        let path = self.path(id);
        self.issues.push(Issue::error(path, rule, reason));
    }

    fn blame_member(&mut self, id: NodeId, name: &str, rule: Rule, reason: impl Into<String>) {
        let path = format!("{}.{}", self.path(id), quotable(name));
        self.issues.push(Issue::error(path, rule, reason));
    }
}

/// The type of a child: a backbone of the root type, or a type by its name. `None` for a resource: it names itself.
fn type_of<'s>(schema: &'s Schema, root: &'s TypeDef, element: &'s Element, kind: &TypeRef) -> Option<&'s TypeDef> {
    match &element.inner {
        Some(path) => root.backbone(path),
        None => schema.find(&kind.code),
    }
}

/// Below which type the backbones of a child are found.
fn root_of<'s>(root: &'s TypeDef, ty: &'s TypeDef) -> &'s TypeDef {
    if ty.kind == Kind::Backbone { root } else { ty }
}

/// Does the element hold a resource of any type?
fn holds_resource(kind: &TypeRef) -> bool {
    matches!(kind.code.as_str(), "Resource" | "DomainResource")
}
