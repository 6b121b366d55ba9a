//! A definition written as XML, in the form that it has as JSON.
//!
//! The types of FHIR are made from definitions, so they cannot help to read one. What is a list is said here for the
//! elements that are looked at, and what is a number or a truth value is told by the name of an element; a pattern or fixed
//! value may stand as a single value where JSON has a list. Narratives are left out.

use roxmltree::Node;
use serde_json::{Map, Value};

use crate::tree::from_xml::{FHIR, document};

/// Elements may be nested this deep.
const DEPTH: usize = 64;

/// The elements that are lists in JSON, however many there are, by the element that holds them.
const LISTS: [(&str, &[&str]); 10] = [
    ("StructureDefinition", &["context"]),
    ("snapshot", &["element"]),
    ("differential", &["element"]),
    ("element", &["constraint", "representation", "type"]),
    ("slicing", &["discriminator"]),
    ("compose", &["exclude", "include"]),
    ("include", &["concept", "filter", "valueSet"]),
    ("exclude", &["concept", "filter", "valueSet"]),
    ("CodeSystem", &["concept"]),
    ("concept", &["concept", "property"]),
];
/// Elements with a truth value; those of a choice are told by their end.
const TRUTHS: [&str; 3] = ["abstract", "ordered", "sliceIsConstraining"];
/// Elements with a number.
const NUMBERS: [&str; 2] = ["maxLength", "min"];
/// Kinds of Quantity, whose `value` is a number.
const QUANTITIES: [&str; 6] = ["Age", "Count", "Distance", "Duration", "Money", "Quantity"];

/// The definition; `None` when it is not well-formed.
pub(super) fn definition(text: &str) -> Option<Value> {
    let document = document(text.trim_start_matches('\u{feff}')).ok()?;
    let root = document.root_element();
    let mut members = Map::new();
    members.insert("resourceType".to_owned(), Value::String(root.tag_name().name().to_owned()));
    members.extend(object(root, DEPTH));
    Some(Value::Object(members))
}

fn object(node: Node<'_, '_>, depth: usize) -> Map<String, Value> {
    let holder = node.tag_name().name();
    let mut members = Map::new();
    for attribute in node.attributes().filter(|attribute| matches!(attribute.name(), "id" | "url")) {
        members.insert(attribute.name().to_owned(), Value::String(attribute.value().to_owned()));
    }
    let Some(depth) = depth.checked_sub(1) else { return members };
    for child in node.children().filter(|child| child.is_element() && child.tag_name().namespace() == Some(FHIR)) {
        let name = child.tag_name().name();
        let value = match child.attribute("value") {
            Some(text) => scalar(holder, name, text),
            None => Value::Object(object(child, depth)),
        };
        add(&mut members, is_list(holder, name), name, value);
    }
    members
}

/// Adds a member; what is there more than once is a list.
fn add(members: &mut Map<String, Value>, is_list: bool, name: &str, value: Value) {
    match members.get_mut(name) {
        Some(Value::Array(elements)) => elements.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            let value = if is_list { Value::Array(vec![value]) } else { value };
            members.insert(name.to_owned(), value);
        }
    }
}

fn is_list(holder: &str, name: &str) -> bool {
    name == "extension" || LISTS.iter().any(|(own, names)| *own == holder && names.contains(&name))
}

fn scalar(holder: &str, name: &str, text: &str) -> Value {
    let is_number = NUMBERS.contains(&name)
        || ["Decimal", "Integer", "PositiveInt", "UnsignedInt"].iter().any(|end| name.ends_with(end))
        || (name == "value" && QUANTITIES.iter().any(|end| holder.ends_with(end)));
    let is_truth = TRUTHS.contains(&name) || name.ends_with("Boolean");
    let value = if is_number || is_truth { serde_json::from_str::<Value>(text).ok() } else { None };
    // What is no number after all stays as it is written.
    let value = value.filter(|value| (is_number && value.is_number()) || (is_truth && value.is_boolean()));
    value.unwrap_or_else(|| Value::String(text.to_owned()))
}
