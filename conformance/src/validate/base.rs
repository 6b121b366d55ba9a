//! What holds by FHIR itself: every element by its type, whatever the profiles say.

use std::sync::Arc;

use super::Run;
use super::codes::Strength;
use crate::fhirpath::moment::Moment;
use crate::issue::{Rule, Severity, quotable};
use crate::schema::{Element, Kind, MANY, TypeDef};
use crate::tree::NodeId;

/// A text has at most so many characters (R4, 2.24.0.1).
const TEXT: usize = 1_048_576;

impl Run<'_> {
    pub(super) fn base(&mut self) {
        let root = self.tree.root();
        let all: Vec<NodeId> = std::iter::once(root).chain(self.tree.descendants(root)).collect();
        for node in all {
            self.element(node);
        }
    }

    fn element(&mut self, node: NodeId) {
        let ty = self.tree.ty(node);
        if ty.kind == Kind::Primitive {
            self.primitive(node, ty);
        }
        self.cardinality(node, ty);
        if let Some(element) = self.tree.element(node) {
            if let Some(binding) = &element.binding {
                self.binding(node, binding, Strength::of(binding));
            }
            if let Some(kind) = element.types.iter().find(|kind| kind.code == ty.name && !kind.targets.is_empty()) {
                self.targets(node, &kind.targets);
            }
        }
        self.constraints(node, ty);
        match ty.name.as_str() {
            "Extension" => self.extension(node),
            "Reference" => self.reference(node),
            "Bundle" => self.bundle(node),
            _ => {}
        }
        if ty.kind == Kind::Resource {
            self.resource(node);
        }
    }

    fn constraints(&mut self, node: NodeId, ty: &TypeDef) {
        let element = self.tree.element(node);
        let of_element = element.map(|element| element.constraints.as_slice()).unwrap_or_default();
        // What the type says is repeated at the elements of that type.
        let of_type = ty.constraints.iter().filter(|own| !of_element.iter().any(|other| other.key == own.key));
        for constraint in of_element.iter().chain(of_type) {
            self.constraint(node, constraint);
        }
    }

    fn cardinality(&mut self, node: NodeId, ty: &TypeDef) {
        for element in &ty.elements {
            let is_it = |child: &NodeId| self.tree.element(*child).is_some_and(|own| std::ptr::eq(own, element));
            let found = self.tree.children(node).filter(is_it).count();
            self.count(node, element, u32::try_from(found).unwrap_or(MANY));
        }
    }

    fn count(&mut self, node: NodeId, element: &Element, found: u32) {
        if found < element.min {
            let reason = format!("{found} where at least {} must be", element.min);
            self.error_below(node, &element.name, Rule::Cardinality, reason);
        }
        if found > element.max {
            let reason = format!("{found} where at most {} may be", element.max);
            self.error_below(node, &element.name, Rule::Cardinality, reason);
        }
    }

    fn primitive(&mut self, node: NodeId, ty: &TypeDef) {
        let Some(value) = self.tree.value(node) else {
            if self.tree.children(node).all(|child| self.tree.name(child) == "id") {
                self.error(node, Rule::Form, "neither a value nor an extension");
            }
            return;
        };
        if value.is_empty() {
            self.error(node, Rule::Format, "the value is empty");
        } else if ty.name == "xhtml" {
            // Its own constraints look at it.
        } else if !has_form(ty, value) {
            self.error(node, Rule::Format, format!("this is no {}", ty.name));
        }
    }

    fn resource(&mut self, node: NodeId) {
        let claims: Vec<String> = self
            .tree
            .child(node, "meta")
            .into_iter()
            .flat_map(|meta| self.tree.named(meta, "profile"))
            .filter_map(|claim| self.tree.value(claim).map(str::to_owned))
            .collect();
        for claim in claims {
            self.claimed(node, &claim);
        }
        if self.tree.name(node) == "contained" && self.tree.text(node, "id").is_none() {
            self.error(node, Rule::Form, "a contained resource has no id");
        }
    }

    /// What the constraints of Bundle do not say: `fullUrl` belongs to the resource (R4, 2.36.4.1).
    fn bundle(&mut self, node: NodeId) {
        let entries: Vec<NodeId> = self.tree.named(node, "entry").collect();
        let kind = self.tree.text(node, "type").unwrap_or_default().to_owned();
        for entry in entries {
            let Some(url) = self.tree.text(entry, "fullUrl") else {
                let is_kept =
                    !matches!(kind.as_str(), "transaction" | "batch" | "transaction-response" | "batch-response");
                if is_kept && self.tree.child(entry, "resource").is_some() {
                    self.issue(Severity::Warning, entry, Rule::Bundle, "an entry with a resource has no fullUrl");
                }
                continue;
            };
            if !crate::tree::links::is_absolute(url) {
                self.error(entry, Rule::Bundle, "the fullUrl is not absolute");
            }
            let id = self.tree.child(entry, "resource").and_then(|resource| self.tree.text(resource, "id"));
            let is_place = url.starts_with("http://") || url.starts_with("https://");
            if is_place && id.is_some_and(|id| url.rsplit('/').next() != Some(id)) {
                self.error(entry, Rule::Bundle, "the fullUrl does not end with the id of the resource");
            }
        }
    }

    /// The type of an element, when it is not one of these.
    pub(super) fn wrong_type(&mut self, node: NodeId, name: &str) {
        let kind = quotable(&self.tree.ty(node).name).to_owned();
        self.error(node, Rule::Type, format!("{name} does not allow {kind} here"));
    }

    pub(super) fn all_constraints(&mut self, node: NodeId, constraints: &[Arc<crate::schema::Constraint>]) {
        for constraint in constraints {
            self.constraint(node, constraint);
        }
    }
}

/// Has the value the form of its type? Beyond the regular expressions: days exist, integers fit in 32 bits.
fn has_form(ty: &TypeDef, value: &str) -> bool {
    if value.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return false;
    }
    match ty.name.as_str() {
        "base64Binary" => return is_base64(value),
        "string" | "markdown" => return value.chars().count() <= TEXT && !value.trim().is_empty(),
        "uri" | "url" | "canonical" => return !value.contains(char::is_whitespace),
        _ => {}
    }
    if ty.form.as_ref().is_some_and(|form| !form.is_match(value)) {
        return false;
    }
    match ty.name.as_str() {
        "integer" => value.parse::<i32>().is_ok(),
        "unsignedInt" | "positiveInt" => value.parse::<u32>().is_ok_and(|number| number <= i32::MAX.unsigned_abs()),
        "date" | "dateTime" | "instant" => Moment::parse(value).is_some(),
        "time" => Moment::parse_time(value).is_some(),
        _ => true,
    }
}

fn is_base64(value: &str) -> bool {
    let is_code = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
    let digits: Vec<u8> = value.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    let codes = digits.iter().take_while(|c| is_code(c)).count();
    let padding = &digits[codes..];
    digits.len().is_multiple_of(4) && !digits.is_empty() && padding.len() <= 2 && padding.iter().all(|c| *c == b'=')
}
