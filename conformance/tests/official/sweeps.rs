//! The same damage at every place: what makes any element wrong must be seen wherever it is done.
//!
//! Places are taken in steps, so that the sweep stays short; the step is a prime, so that all kinds of place are met.

use std::collections::BTreeSet;

use dvza_conformance::issue::Severity;
use dvza_conformance::testscript::{Moments, fill_dates};
use dvza_conformance::tree::Form;
use dvza_conformance::validate::Validator;
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use super::support;

/// Every so many places one is damaged.
const STEP: usize = 29;

fn errors(validator: &Validator, form: Form, bytes: &[u8]) -> BTreeSet<String> {
    let issues = validator.check_bytes(form, bytes);
    issues.into_iter().filter(|issue| issue.severity == Severity::Error).map(|issue| issue.to_string()).collect()
}

/// What can be done to a value, by name; `None` where it makes no sense.
fn damages(value: &Value) -> Vec<(&'static str, Value)> {
    match value {
        Value::Object(members) => {
            let with = |name: &str, value: Value| {
                let mut members = members.clone();
                members.insert(name.to_owned(), value);
                Value::Object(members)
            };
            vec![
                ("an unknown member", with("colour", json!("red"))),
                ("an unknown member with _", with("_colour", json!({"id": "x"}))),
                ("a null", with("id", json!(null))),
                ("nothing in an object", json!({})),
                ("a text instead of an object", json!("x")),
                ("a number instead of an object", json!(1)),
            ]
        }
        Value::Array(elements) => vec![
            ("one instead of many", elements.first().cloned().unwrap_or(json!("x"))),
            ("an empty array", json!([])),
            ("an array in an array", json!([elements])),
            ("a null instead of an array", json!(null)),
        ],
        Value::String(text) => vec![
            ("a number instead of a text", json!(7)),
            ("a boolean instead of a text", json!(true)),
            ("an empty text", json!("")),
            ("spaces", json!("  ")),
            ("an object instead of a text", json!({"value": text})),
            ("an array instead of a text", json!([text])),
        ],
        Value::Number(number) => vec![("a text instead of a number", json!(number.to_string()))],
        Value::Bool(flag) => vec![("a text instead of a boolean", json!(flag.to_string()))],
        Value::Null => Vec::new(),
    }
}

/// JSON Pointers of every value below the root.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            let at = format!("{at}/{name}");
            found.push(at.clone());
            places(value, at, found);
        }),
        Value::Array(elements) => elements.iter().enumerate().for_each(|(place, value)| {
            let at = format!("{at}/{place}");
            found.push(at.clone());
            places(value, at, found);
        }),
        _ => {}
    }
}

#[test]
fn json_is_judged_at_every_place() {
    let Some(validator) = support::official() else { return };
    let (mut count, mut missed) = (0_usize, Vec::new());
    let mut place = 0_usize;
    for (name, bytes) in support::examples() {
        let example: Value = serde_json::from_slice(&bytes).unwrap();
        let before = errors(&validator, Form::Json, &bytes);
        let mut all = Vec::new();
        places(&example, String::new(), &mut all);
        for at in all {
            for (kind, damaged) in damages(example.pointer(&at).unwrap()) {
                place += 1;
                if !place.is_multiple_of(STEP) {
                    continue;
                }
                let mut whole = example.clone();
                *whole.pointer_mut(&at).unwrap() = damaged;
                count += 1;
                if errors(&validator, Form::Json, whole.to_string().as_bytes()).is_subset(&before) {
                    missed.push(format!("{kind} at {at} of {name}"));
                }
            }
        }
    }
    println!("{count} places damaged");
    assert!(count > 1_000);
    assert!(missed.is_empty(), "{} not seen:\n{}", missed.len(), missed.join("\n"));
}

/// What can be done to the text of an element, by name.
fn xml_damages(text: &str, node: Node<'_, '_>) -> Vec<(&'static str, String)> {
    let own = &text[node.range()];
    let name_ends = 1 + own[1..].find([' ', '>', '/', '\n', '\t']).unwrap_or(0);
    let (start, rest) = own.split_at(name_ends);
    let with = |inserted: &str| format!("{start}{inserted}{rest}");
    let mut damages = vec![
        ("an unknown attribute", with(" colour=\"red\"")),
        ("another namespace", with(" xmlns=\"http://x.test\"")),
    ];
    let name = node.tag_name().name();
    if let Some(inside) = own.strip_suffix("/>") {
        damages.push(("an unknown element inside", format!("{inside}><colour value=\"x\"/></{name}>")));
        damages.push(("a text inside", format!("{inside}>text</{name}>")));
        damages.push(("no value and nothing inside", format!("<{name}/>")));
    } else if let Some(at) = own.find('>') {
        let (tag, inside) = own.split_at(at + 1);
        damages.push(("an unknown element inside", format!("{tag}<colour value=\"x\"/>{inside}")));
        damages.push(("a text inside", format!("{tag}text{inside}")));
        damages.push(("nothing inside", format!("<{name}/>")));
    }
    if let Some(next) = node.next_sibling_element().filter(|next| next.tag_name().name() != name) {
        // Both at once would need two ranges: the next one is put before and stands there twice, in a wrong place.
        damages.push(("a wrong order", format!("{}{own}", &text[next.range()])));
    }
    damages
}

#[test]
fn xml_is_judged_at_every_place() {
    let (Some(validator), Some(folder)) = (support::official(), support::shared("conformance/nictiz")) else { return };
    let (mut count, mut missed, mut place) = (0_usize, Vec::new(), 0_usize);
    let moments = Moments { today: "2026-06-15".parse().unwrap(), now: "2026-06-15T10:00:00+02:00" };
    let folders =
        ["Immunization-2-0/MedMij/Test/_reference/resources", "MP9-3-0-0-beta/MedMij/Test/_reference-medmij/fixtures"];
    for folder in folders.map(|name| folder.join(name)) {
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "xml")) {
            let text = fill_dates(&std::fs::read_to_string(file).unwrap(), &moments).unwrap();
            let before = errors(&validator, Form::Xml, text.as_bytes());
            let document = Document::parse(&text).unwrap();
            let root = document.root_element();
            let is_fhir =
                |node: &Node<'_, '_>| node.is_element() && node.tag_name().namespace() == Some("http://hl7.org/fhir");
            for node in root.descendants().filter(is_fhir).filter(|node| *node != root) {
                for (kind, damaged) in xml_damages(&text, node) {
                    place += 1;
                    if !place.is_multiple_of(STEP) {
                        continue;
                    }
                    let range = node.range();
                    let whole = format!("{}{damaged}{}", &text[..range.start], &text[range.end..]);
                    count += 1;
                    if errors(&validator, Form::Xml, whole.as_bytes()).is_subset(&before) {
                        missed.push(format!("{kind}: {} of {}", node.tag_name().name(), file.display()));
                    }
                }
            }
        }
    }
    println!("{count} places damaged");
    assert!(count > 1_000);
    assert!(missed.is_empty(), "{} not seen:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn damaged_bytes_never_panic() {
    let Some(validator) = support::official() else { return };
    let mut seed = 17_u64;
    let mut random = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % limit.max(1)
    };
    for (_, bytes) in support::examples() {
        for _ in 0..6 {
            let mut damaged = bytes.clone();
            for _ in 0..=random(3) {
                let at = random(damaged.len());
                let length = random(40).min(damaged.len() - at);
                match random(3) {
                    0 => damaged[at] = b"{}[]\",:0ae\\"[random(11)],
                    1 => drop(damaged.drain(at..at + length)),
                    _ => {
                        let part = damaged[at..at + length].to_vec();
                        let to = random(damaged.len());
                        drop(damaged.splice(to..to, part));
                    }
                }
            }
            validator.check_bytes(Form::of(&damaged), &damaged);
        }
    }
}
