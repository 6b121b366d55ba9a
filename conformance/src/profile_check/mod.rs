//! Holds a resource against the official StructureDefinitions: base FHIR by its snapshot, profiles by their differentials.
//!
//! Checked: members exist, cardinality, single or repeating, types of choices and of reference targets, fixed and
//! pattern values, required bindings where the ValueSet can be decided, slices (by value, pattern, binding, existence,
//! type, extension url), extensions by their own definition. Not checked: invariants, formats of primitives, slices by
//! the profile of a reference's target.

mod node;
mod slices;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc as Rc;

use serde_json::Value;

use crate::definitions::Definitions;
use crate::terminology::{Code, Membership, membership};
use node::Node;
use slices::{Profile, Rule};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// The profile or type cannot be found among the definitions.
    UnknownProfile,
    /// The element does not exist in this type.
    UnknownElement,
    /// There is no definition of this extension.
    UnknownExtension,
    /// A mandatory element, or member of a slice, is missing.
    TooFew,
    /// There are more than allowed.
    TooMany,
    /// An array where one value is expected, or the other way around; a value of another JSON type.
    Shape,
    /// The type of a choice, or the type a reference points to, is not allowed.
    Type,
    /// The value differs from the fixed value or pattern.
    Value,
    /// The code is not in the ValueSet that is required.
    Binding,
}

/// One place that breaks one rule. It quotes no value of the resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Path into the resource, with indices.
    pub path: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// The element of the definition that says so.
    pub rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?} ({})", self.path, self.wrong, self.rule)
    }
}

/// Checks a resource against its base type and every profile in `meta.profile`; see [`Judge::check`].
pub fn check(definitions: &Definitions, resource: &Value) -> Vec<Fault> {
    Judge::new(definitions).check(resource)
}

/// Checks any number of resources; a profile is prepared once.
#[derive(Debug)]
pub struct Judge<'d> {
    definitions: &'d Definitions,
    profiles: RefCell<HashMap<String, Option<Rc<Profile>>>>,
}

impl<'d> Judge<'d> {
    /// Judges by these definitions.
    pub fn new(definitions: &'d Definitions) -> Self {
        Self { definitions, profiles: RefCell::default() }
    }

    /// Checks a resource against its base type and every profile in `meta.profile`.
    ///
    /// The faults are sorted and without repetition; none means that it conforms as far as this judge can see.
    pub fn check(&self, resource: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.resource(&Node::root(resource), &mut faults);
        faults.sort();
        faults.dedup();
        faults
    }

    /// `None` when the profile cannot be found.
    fn prepared(&self, canonical: &str) -> Option<Rc<Profile>> {
        if let Some(known) = self.profiles.borrow().get(canonical) {
            return known.clone();
        }
        let profile = Profile::load(self.definitions, canonical).map(Rc::new);
        self.profiles.borrow_mut().insert(canonical.to_owned(), profile.clone());
        profile
    }

    fn resource(&self, node: &Node<'_>, faults: &mut Vec<Fault>) {
        let kind = node.text("resourceType").unwrap_or_default();
        let Some(base) = self.core(kind) else {
            faults.push(fault(node, Wrong::UnknownProfile, kind));
            return;
        };
        self.structure(node, &base, kind, faults);
        for meta in node.children("meta") {
            for claim in meta.children("profile") {
                let canonical = claim.value.and_then(Value::as_str).unwrap_or_default();
                self.profile(node, canonical, faults);
            }
        }
    }

    fn core(&self, kind: &str) -> Option<Rc<Value>> {
        self.definitions.structure(&format!("http://hl7.org/fhir/StructureDefinition/{kind}"))
    }

    /// Members, cardinality, types and required bindings of base FHIR, at `path` of the snapshot.
    fn structure(&self, node: &Node<'_>, definition: &Value, path: &str, faults: &mut Vec<Fault>) {
        let elements = children_of(definition, path);
        for name in node.member_names() {
            let is_known = name == "resourceType" || elements.iter().any(|element| is_named(element, name));
            if !is_known {
                faults.push(fault(&node.at(name), Wrong::UnknownElement, path));
            }
        }
        for element in elements {
            let id = text(element, "path");
            let name = id.rsplit('.').next().unwrap_or_default();
            let found = node.children(name);
            count(node, element, &found, id, faults);
            let repeats = element.pointer("/base/max").or_else(|| element.get("max")) != Some(&Value::from("1"));
            if found.iter().any(|child| child.is_in_array != repeats) {
                faults.push(fault(&node.at(name), Wrong::Shape, id));
            }
            for child in found {
                self.element(&child, definition, element, faults);
            }
        }
    }

    fn element(&self, node: &Node<'_>, definition: &Value, element: &Value, faults: &mut Vec<Fault>) {
        let id = text(element, "path");
        self.binding(node, element, id, faults);
        if let Some(same) = element.get("contentReference").and_then(Value::as_str) {
            return self.structure(node, definition, same.trim_start_matches('#'), faults);
        }
        let Some(kind) = type_of(node, element) else {
            return faults.push(fault(node, Wrong::Type, id));
        };
        match text(kind, "code") {
            "BackboneElement" | "Element" => self.structure(node, definition, id, faults),
            "Resource" => self.resource(node, faults),
            code if code.starts_with("http://hl7.org/fhirpath/") => {}
            code => {
                self.datatype(node, code, faults);
                match code {
                    "Extension" => self.extension(node, faults),
                    "Reference" => self.target(node, kind, id, faults),
                    _ => {}
                }
            }
        }
    }

    fn datatype(&self, node: &Node<'_>, code: &str, faults: &mut Vec<Fault>) {
        let Some(definition) = self.core(code) else {
            return faults.push(fault(node, Wrong::UnknownProfile, code));
        };
        let is_primitive = text(&definition, "kind") == "primitive-type";
        let fits = match (node.value, code) {
            (None, _) => is_primitive,
            (Some(Value::Bool(_)), _) => code == "boolean",
            (Some(Value::Number(_)), _) => matches!(code, "integer" | "decimal" | "positiveInt" | "unsignedInt"),
            (Some(Value::String(text)), _) => {
                is_primitive && !text.is_empty() && !matches!(code, "boolean" | "integer" | "decimal")
            }
            (Some(Value::Object(members)), _) => !is_primitive && !members.is_empty(),
            (Some(_), _) => false,
        };
        if !fits {
            return faults.push(fault(node, Wrong::Shape, code));
        }
        if is_primitive {
            for extension in node.children("extension") {
                self.datatype(&extension, "Extension", faults);
                self.extension(&extension, faults);
            }
        } else {
            self.structure(node, &definition, code, faults);
        }
    }

    /// An extension follows its own definition; inside a complex one a part has a name instead of an address.
    fn extension(&self, node: &Node<'_>, faults: &mut Vec<Fault>) {
        let url = node.text("url").unwrap_or_default();
        if !url.contains(':') {
            return;
        }
        if self.definitions.structure(url).is_some() {
            self.profile(node, url, faults);
        } else {
            faults.push(fault(node, Wrong::UnknownExtension, "Extension.url"));
        }
    }

    /// The type a literal reference points to is one of those allowed.
    fn target(&self, node: &Node<'_>, kind: &Value, id: &str, faults: &mut Vec<Fault>) {
        let Some(target) = node.text("reference").and_then(|reference| reference.split_once('/')) else { return };
        let mut allowed = kind.get("targetProfile").and_then(Value::as_array).into_iter().flatten();
        let fits = |canonical: &Value| {
            let canonical = canonical.as_str().unwrap_or_default();
            let name = canonical.rsplit('/').next();
            name == Some(target.0)
                || name == Some("Resource")
                || self.definitions.structure(canonical).is_some_and(|found| text(&found, "type") == target.0)
        };
        if kind.get("targetProfile").is_some() && !allowed.any(fits) {
            faults.push(fault(node, Wrong::Type, id));
        }
    }

    /// The differentials of a profile and of the profiles it is made from.
    fn profile(&self, node: &Node<'_>, canonical: &str, faults: &mut Vec<Fault>) {
        let Some(profile) = self.prepared(canonical) else {
            return faults.push(fault(node, Wrong::UnknownProfile, canonical));
        };
        for rule in profile.rules() {
            self.rule(node, &profile, rule, faults);
        }
    }

    fn rule(&self, node: &Node<'_>, profile: &Profile, rule: &Rule, faults: &mut Vec<Fault>) {
        let Some((last, before)) = rule.steps.split_last() else { return };
        for parent in self.select(node, profile, before) {
            let candidates = parent.children(&last.name);
            let Some(found) = self.instances(profile, last, candidates) else { continue };
            count(&parent, &rule.element, &found, &rule.id, faults);
            for instance in found {
                self.instance(&instance, rule, last.slice.is_some(), faults);
            }
        }
    }

    fn instance(&self, node: &Node<'_>, rule: &Rule, is_slice: bool, faults: &mut Vec<Fault>) {
        let element = &rule.element;
        if !slices::has_value(element, node) {
            faults.push(fault(node, Wrong::Value, &rule.id));
        }
        self.binding(node, element, &rule.id, faults);
        let types = element.get("type").and_then(Value::as_array);
        if let (Some(_), false, true) = (types, is_slice, rule.id.ends_with("[x]"))
            && type_of(node, element).is_none()
        {
            faults.push(fault(node, Wrong::Type, &rule.id));
        }
        // Slices by profile were recognised by it; extensions are held against their own definition where they stand.
        let Some([only]) = types.map(Vec::as_slice) else { return };
        if text(only, "code") != "Extension" && !rule.is_recognised_by_profile {
            for profile in only.get("profile").and_then(Value::as_array).into_iter().flatten() {
                self.profile(node, profile.as_str().unwrap_or_default(), faults);
            }
        }
    }

    fn binding(&self, node: &Node<'_>, element: &Value, id: &str, faults: &mut Vec<Fault>) {
        let Some(value_set) = required_binding(element) else { return };
        if self.is_bound(node, value_set) == Membership::Stranger {
            faults.push(fault(node, Wrong::Binding, id));
        }
    }

    /// A concept is in the set when one of its codings is, or when it says that there is none.
    fn is_bound(&self, node: &Node<'_>, value_set: &str) -> Membership {
        let ask = |system: Option<&str>, code: &str| membership(self.definitions, value_set, Code { system, code });
        match node.value {
            Some(Value::String(code)) => ask(None, code),
            Some(Value::Object(members)) if members.contains_key("coding") || members.contains_key("text") => {
                let codings = node.children("coding");
                let answers: Vec<_> = codings.iter().map(|coding| self.is_bound(coding, value_set)).collect();
                if answers.contains(&Membership::Member) {
                    Membership::Member
                } else if answers.contains(&Membership::Unknown) || is_absent(node) {
                    Membership::Unknown
                } else {
                    Membership::Stranger
                }
            }
            Some(Value::Object(members)) => match members.get("code").and_then(Value::as_str) {
                Some(code) => ask(members.get("system").and_then(Value::as_str).or(Some("")), code),
                None if is_absent(node) => Membership::Unknown,
                None => Membership::Stranger,
            },
            _ => Membership::Unknown,
        }
    }
}

/// Does the element state why it has no value?
fn is_absent(node: &Node<'_>) -> bool {
    let reasons = ["/data-absent-reason", "/iso21090-nullFlavor"];
    let extensions = node.children("extension");
    extensions
        .iter()
        .filter_map(|extension| extension.text("url"))
        .any(|url| reasons.iter().any(|end| url.ends_with(end)))
}

fn required_binding(element: &Value) -> Option<&str> {
    let binding = element.get("binding")?;
    if text(binding, "strength") != "required" {
        return None;
    }
    binding.get("valueSet").and_then(Value::as_str)
}

fn count(parent: &Node<'_>, element: &Value, found: &[Node<'_>], id: &str, faults: &mut Vec<Fault>) {
    let name = id.rsplit('.').next().unwrap_or_default();
    let min = element.get("min").and_then(Value::as_u64).unwrap_or(0);
    if (found.len() as u64) < min {
        faults.push(fault(&parent.at(name), Wrong::TooFew, id));
    }
    let max = element.get("max").and_then(Value::as_str).and_then(|max| max.parse::<u64>().ok());
    if max.is_some_and(|max| found.len() as u64 > max) {
        faults.push(fault(&parent.at(name), Wrong::TooMany, id));
    }
}

/// The type of this instance among those of the element; for a choice its name says which.
fn type_of<'e>(node: &Node<'_>, element: &'e Value) -> Option<&'e Value> {
    let types = element.get("type").and_then(Value::as_array)?;
    let path = text(element, "path");
    let Some(base) = path.strip_suffix("[x]").and_then(|path| path.rsplit('.').next()) else {
        return types.first();
    };
    let chosen = node.name.strip_prefix(base)?;
    types.iter().find(|kind| text(kind, "code").eq_ignore_ascii_case(chosen))
}

fn children_of<'s>(definition: &'s Value, path: &str) -> Vec<&'s Value> {
    let elements = definition.pointer("/snapshot/element").and_then(Value::as_array);
    let is_child = |element: &&Value| {
        let rest = text(element, "path").strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
        rest.is_some_and(|rest| !rest.contains('.')) && element.get("sliceName").is_none()
    };
    elements.into_iter().flatten().filter(is_child).collect()
}

fn is_named(element: &Value, name: &str) -> bool {
    let own = text(element, "path").rsplit('.').next().unwrap_or_default();
    match own.strip_suffix("[x]") {
        Some(base) => node::is_choice(base, name),
        None => own == name,
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn fault(node: &Node<'_>, wrong: Wrong, rule: &str) -> Fault {
    Fault { path: node.path.clone(), wrong, rule: rule.to_owned() }
}

#[cfg(test)]
mod tests;
