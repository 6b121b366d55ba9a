//! Damage of every kind done to official examples: the validator must see each, wherever it was done.
//!
//! A kind is a small change that makes a conforming resource wrong. It is done to every example that it fits (up to a
//! number), and each time there must be an error that the example did not have before.

mod content;
mod form;
mod whole;

use std::collections::BTreeSet;

use dvza_conformance::issue::Severity;
use dvza_conformance::tree::Form;
use dvza_conformance::validate::Validator;
use serde_json::{Map, Value, json};

/// Examples that one kind of damage is done to at most.
const EACH: usize = 25;
/// A bundle made of examples has so many of them.
const ENTRIES: usize = 3;

type Damage = fn(&mut Value) -> bool;

const EXTENSION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-CodeSpecification";

/// The first object of this name (or any, for `*`) for which `change` says that it changed it.
fn first(value: &mut Value, name: &str, change: &mut impl FnMut(&mut Map<String, Value>) -> bool) -> bool {
    fn walk(
        value: &mut Value,
        own: &str,
        name: &str,
        change: &mut impl FnMut(&mut Map<String, Value>) -> bool,
    ) -> bool {
        match value {
            Value::Object(members) => {
                if (name == own || name == "*") && change(members) {
                    return true;
                }
                // Narrative and metadata are damaged by kinds of their own.
                members.iter_mut().any(|(member, value)| {
                    !matches!(member.as_str(), "text" | "meta") && walk(value, member, name, change)
                })
            }
            Value::Array(elements) => elements.iter_mut().any(|element| walk(element, own, name, change)),
            _ => false,
        }
    }
    walk(value, "", name, change)
}

/// Sets a member of the resource that is there already.
fn reset(resource: &mut Value, name: &str, value: Value) -> bool {
    let Some(member) = resource.get_mut(name) else { return false };
    *member = value;
    true
}

/// Adds a member to the resource.
fn put(resource: &mut Value, name: &str, value: Value) -> bool {
    resource.as_object_mut().is_some_and(|members| members.insert(name.to_owned(), value).is_none())
}

fn take(resource: &mut Value, name: &str) -> bool {
    resource.as_object_mut().is_some_and(|members| members.remove(name).is_some())
}

fn is(resource: &Value, kind: &str) -> bool {
    resource["resourceType"] == kind
}

fn claims(resource: &Value, profile: &str) -> bool {
    let claims = resource["meta"]["profile"].as_array().into_iter().flatten().filter_map(Value::as_str);
    claims.into_iter().any(|claim| claim.ends_with(&format!("/{profile}")))
}

/// Sets a member of the first object of this name that has it.
fn reset_in(resource: &mut Value, holder: &str, name: &str, value: &Value) -> bool {
    first(resource, holder, &mut |members| match members.get_mut(name) {
        Some(member) => {
            *member = value.clone();
            true
        }
        None => false,
    })
}

fn take_in(resource: &mut Value, holder: &str, name: &str) -> bool {
    first(resource, holder, &mut |members| members.remove(name).is_some())
}

/// A resource with a subject or patient that can be referred to.
fn subject(resource: &mut Value) -> Option<&mut Value> {
    let name = ["subject", "patient"].into_iter().find(|name| resource[*name].is_object())?;
    resource.get_mut(name)
}

fn extend(resource: &mut Value, extension: Value) -> bool {
    let Some(members) = resource.as_object_mut() else { return false };
    let list = members.entry("extension").or_insert_with(|| json!([]));
    list.as_array_mut().map(|list| list.push(extension)).is_some()
}

struct Bench {
    validator: Validator,
    /// Caught and not caught, by kind.
    kinds: BTreeSet<&'static str>,
    missed: Vec<String>,
}

impl Bench {
    fn errors(&self, resource: &Value) -> BTreeSet<String> {
        let issues = self.validator.check_bytes(Form::Json, resource.to_string().as_bytes());
        issues.into_iter().filter(|issue| issue.severity == Severity::Error).map(|issue| issue.to_string()).collect()
    }

    fn damage(&mut self, kinds: &'static [(&'static str, Damage)], resources: &[(String, Value)]) {
        for (kind, damage) in kinds {
            assert!(self.kinds.insert(kind), "{kind} is there twice");
            let mut done = 0;
            for (name, resource) in resources {
                let mut damaged = resource.clone();
                if done == EACH || !damage(&mut damaged) || damaged == *resource {
                    continue;
                }
                done += 1;
                let before = self.errors(resource);
                if self.errors(&damaged).is_subset(&before) {
                    self.missed.push(format!("{kind}: {name}"));
                }
            }
            if done == 0 {
                self.missed.push(format!("{kind}: fits no example"));
            }
        }
    }
}

/// Answers to searches made of examples.
fn bundles(examples: &[(String, Value)]) -> Vec<(String, Value)> {
    let with_ids: Vec<&Value> =
        examples.iter().map(|(_, example)| example).filter(|example| example["id"].is_string()).collect();
    let bundle = |part: &[&Value]| {
        let entry = |resource: &&Value| {
            let url = format!(
                "http://x.y/fhir/{}/{}",
                resource["resourceType"].as_str().unwrap_or_default(),
                resource["id"].as_str().unwrap_or_default()
            );
            json!({"fullUrl": url, "resource": resource, "search": {"mode": "match"}})
        };
        json!({
            "resourceType": "Bundle", "type": "searchset", "total": part.len(),
            "link": [{"relation": "self", "url": "http://x.y/fhir/Observation"}],
            "entry": part.iter().map(entry).collect::<Vec<_>>(),
        })
    };
    with_ids.chunks_exact(ENTRIES).take(8).map(|part| ("a bundle".to_owned(), bundle(part))).collect()
}

#[test]
fn every_kind_of_damage_is_seen() {
    let Some(validator) = super::support::official() else { return };
    let parsed =
        super::support::examples().into_iter().map(|(name, bytes)| (name, serde_json::from_slice(&bytes).unwrap()));
    let examples: Vec<(String, Value)> = parsed.collect();
    let bundles = bundles(&examples);
    let mut bench = Bench { validator, kinds: BTreeSet::new(), missed: Vec::new() };
    let all = [
        form::STRUCTURE,
        form::CARDINALITY,
        form::FORMATS,
        content::CODES,
        content::VALUES,
        content::EXTENSIONS,
        content::SLICES,
        whole::REFERENCES,
        whole::INVARIANTS,
    ];
    for kinds in all {
        bench.damage(kinds, &examples);
    }
    bench.damage(whole::BUNDLES, &bundles);
    println!("{} kinds of damage", bench.kinds.len());
    assert!(bench.kinds.len() >= 60);
    assert!(bench.missed.is_empty(), "not seen:\n{}", bench.missed.join("\n"));
}

#[test]
fn bundles_of_examples_are_as_right_as_the_examples() {
    let Some(validator) = super::support::official() else { return };
    let parsed =
        super::support::examples().into_iter().map(|(name, bytes)| (name, serde_json::from_slice(&bytes).unwrap()));
    let examples: Vec<(String, Value)> = parsed.collect();
    for (_, bundle) in bundles(&examples) {
        let issues = validator.check_bytes(Form::Json, bundle.to_string().as_bytes());
        let errors: Vec<_> = issues.iter().filter(|issue| issue.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
