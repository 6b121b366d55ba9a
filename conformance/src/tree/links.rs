//! Where the references of a tree lead.

use std::collections::HashMap;

use super::{NodeId, Tree};

/// The resources of a tree by the addresses under which they are known.
#[derive(Debug, Default)]
pub struct Links {
    by_url: HashMap<String, NodeId>,
    by_name: HashMap<String, NodeId>,
}

impl Links {
    /// Notes the resource, and the entries when it is a Bundle.
    pub fn of(tree: &Tree<'_>) -> Self {
        let mut links = Self::default();
        let root = tree.root();
        links.note(tree, root);
        for entry in tree.named(root, "entry") {
            let Some(resource) = tree.child(entry, "resource") else { continue };
            links.note(tree, resource);
            if let Some(url) = tree.text(entry, "fullUrl") {
                links.by_url.entry(url.to_owned()).or_insert(resource);
            }
        }
        links
    }

    fn note(&mut self, tree: &Tree<'_>, resource: NodeId) {
        if let Some(id) = tree.text(resource, "id") {
            self.by_name.entry(format!("{}/{id}", tree.ty(resource).name)).or_insert(resource);
        }
    }

    /// The resource that this reference means, when it is in the tree: contained, by `fullUrl`, or by `Type/id`.
    pub fn resolve(&self, tree: &Tree<'_>, from: NodeId, reference: &str) -> Option<NodeId> {
        if let Some(id) = reference.strip_prefix('#') {
            let root = tree.root_resource(from);
            if id.is_empty() {
                return Some(root);
            }
            return tree.named(root, "contained").find(|contained| tree.text(*contained, "id") == Some(id));
        }
        let reference = reference.split("/_history/").next().unwrap_or(reference);
        if let Some(found) = self.by_url.get(reference) {
            return Some(*found);
        }
        if is_absolute(reference) {
            return None;
        }
        self.by_name.get(reference).copied()
    }
}

/// Has the reference a scheme, so that it leads to one place whatever the server?
pub fn is_absolute(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'))
    })
}

/// The type that a literal reference names: `Patient` of `https://…/Patient/1`.
pub fn type_of(reference: &str) -> Option<&str> {
    let reference = reference.split("/_history/").next()?;
    let mut steps = reference.rsplit('/');
    let _id = steps.next()?;
    steps.next().filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
}
