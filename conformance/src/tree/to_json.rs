//! FHIR's JSON form of a tree (R4, 2.6.2), with the digits of numbers as they were written.

use super::{NodeId, Tree};
use crate::schema::Kind;

impl Tree<'_> {
    /// The resource as JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.object(self.root(), &mut out);
        out
    }

    fn object(&self, node: NodeId, out: &mut String) {
        let mut members = Vec::new();
        if self.is_resource(node) {
            members.push(format!("\"resourceType\":{}", quoted(&self.ty(node).name)));
        }
        let children: Vec<NodeId> = self.children(node).collect();
        for (at, child) in children.iter().enumerate() {
            let name = self.member_name(*child);
            let is_first = children[..at].iter().all(|other| self.member_name(*other) != name);
            if is_first {
                let all: Vec<NodeId> =
                    children[at..].iter().copied().filter(|other| self.member_name(*other) == name).collect();
                self.member(&name, &all, &mut members);
            }
        }
        out.push('{');
        out.push_str(&members.join(","));
        out.push('}');
    }

    /// One element, and what stands beside it when it is a primitive.
    fn member(&self, name: &str, all: &[NodeId], members: &mut Vec<String>) {
        let is_list = self.element(all[0]).is_some_and(|element| element.is_list);
        let is_primitive = self.ty(all[0]).kind == Kind::Primitive;
        let value = |node: &NodeId| match (is_primitive, self.value(*node)) {
            (true, Some(value)) => Some(self.primitive(*node, value)),
            (true, None) => None,
            (false, _) => {
                let mut text = String::new();
                self.object(*node, &mut text);
                Some(text)
            }
        };
        let beside = |node: &NodeId| {
            (is_primitive && self.children(*node).next().is_some()).then(|| {
                let mut text = String::new();
                self.object(*node, &mut text);
                text
            })
        };
        let values: Vec<Option<String>> = all.iter().map(value).collect();
        let besides: Vec<Option<String>> = all.iter().map(beside).collect();
        for (start, parts) in [("", values), ("_", besides)] {
            if parts.iter().all(Option::is_none) {
                continue;
            }
            let parts: Vec<String> = parts.into_iter().map(|part| part.unwrap_or_else(|| "null".to_owned())).collect();
            let text = parts.join(",");
            let text = if is_list { format!("[{text}]") } else { text };
            members.push(format!("\"{start}{name}\":{text}"));
        }
    }

    fn primitive(&self, node: NodeId, value: &str) -> String {
        let is_bare =
            matches!(self.ty(node).name.as_str(), "boolean" | "integer" | "decimal" | "unsignedInt" | "positiveInt");
        if is_bare { value.to_owned() } else { quoted(value) }
    }

    fn member_name(&self, node: NodeId) -> String {
        let is_choice = self.element(node).is_some_and(|element| element.is_choice);
        let kind = if is_choice { crate::schema::capitalised(&self.ty(node).name) } else { String::new() };
        format!("{}{kind}", self.name(node))
    }
}

fn quoted(text: &str) -> String {
    // A text has always a JSON form.
    serde_json::to_string(text).unwrap_or_default()
}
