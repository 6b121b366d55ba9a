//! Is a code in a ValueSet? Only where the definitions can tell.
//!
//! Sets are read once. A set that includes a code system whose codes are not at hand (SNOMED CT, LOINC, UCUM, …) or
//! filters by anything but the hierarchy of a complete code system leaves the answer open.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::definitions::Definitions;
use crate::schema::{text, without_version};

/// The answer to a question about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// The code is in the set.
    Member,
    /// It is not.
    Stranger,
    /// The set is described by a rule that these definitions cannot decide.
    Unknown,
}

/// A code; without a system for elements of type `code`, where the binding implies it.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    /// The code system.
    pub system: Option<&'a str>,
    /// The code.
    pub code: &'a str,
}

/// Sets that refer to each other are followed this deep.
const DEPTH: usize = 8;

/// The value sets and code systems of the definitions.
#[derive(Debug)]
pub struct ValueSets {
    definitions: Arc<Definitions>,
    sets: Mutex<HashMap<String, Option<Arc<Set>>>>,
    systems: Mutex<HashMap<String, Option<Arc<System>>>>,
}

#[derive(Debug)]
struct Set {
    includes: Vec<Part>,
    excludes: Vec<Part>,
}

/// A part names a system (whole, some codes, or by filter) and sets; all of what it names must hold.
#[derive(Debug, Default)]
struct Part {
    system: Option<String>,
    codes: Option<HashSet<String>>,
    filters: Vec<Filter>,
    sets: Vec<String>,
}

#[derive(Debug)]
enum Filter {
    /// Below this concept, or the concept itself.
    IsA(String),
    /// Below this concept.
    Below(String),
    Other,
}

/// A code system with all its codes, and what each is below of.
#[derive(Debug)]
struct System {
    parents: HashMap<String, Vec<String>>,
}

impl ValueSets {
    /// The sets of these definitions.
    pub fn new(definitions: Arc<Definitions>) -> Self {
        Self { definitions, sets: Mutex::default(), systems: Mutex::default() }
    }

    /// Is this code in the ValueSet of this canonical?
    pub fn membership(&self, value_set: &str, code: Code<'_>) -> Membership {
        self.in_set(without_version(value_set), code, DEPTH)
    }

    fn in_set(&self, canonical: &str, code: Code<'_>, depth: usize) -> Membership {
        let Some(set) = self.set(canonical) else { return Membership::Unknown };
        if depth == 0 || set.includes.is_empty() {
            return Membership::Unknown;
        }
        let excluded = any(set.excludes.iter().map(|part| self.in_part(part, code, depth)));
        if excluded == Membership::Member {
            return Membership::Stranger;
        }
        let included = any(set.includes.iter().map(|part| self.in_part(part, code, depth)));
        match (included, excluded) {
            (Membership::Member, Membership::Unknown) => Membership::Unknown,
            (included, _) => included,
        }
    }

    fn in_part(&self, part: &Part, code: Code<'_>, depth: usize) -> Membership {
        let in_sets = all(part.sets.iter().map(|set| self.in_set(without_version(set), code, depth - 1)));
        let Some(system) = &part.system else { return in_sets };
        if code.system.is_some_and(|given| given != system) {
            return Membership::Stranger;
        }
        let in_system = match &part.codes {
            Some(codes) => known(codes.contains(code.code)),
            None => self.in_system(system, code.code),
        };
        let filters = part.filters.iter().map(|filter| self.passes(system, filter, code.code));
        all([in_sets, in_system].into_iter().chain(filters))
    }

    /// Only a complete code system can deny a code.
    fn in_system(&self, system: &str, code: &str) -> Membership {
        self.system(system).map_or(Membership::Unknown, |found| known(found.parents.contains_key(code)))
    }

    fn passes(&self, system: &str, filter: &Filter, code: &str) -> Membership {
        let Some(system) = self.system(system) else { return Membership::Unknown };
        match filter {
            Filter::IsA(top) => known(code == top || system.is_below(code, top)),
            Filter::Below(top) => known(system.is_below(code, top)),
            Filter::Other => Membership::Unknown,
        }
    }

    fn set(&self, canonical: &str) -> Option<Arc<Set>> {
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = sets.get(canonical) {
            return found.clone();
        }
        let found = self.definitions.value_set(canonical).map(|set| Arc::new(Set::read(&set)));
        sets.insert(canonical.to_owned(), found.clone());
        found
    }

    fn system(&self, url: &str) -> Option<Arc<System>> {
        let mut systems = self.systems.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = systems.get(url) {
            return found.clone();
        }
        let complete = self.definitions.code_system(url).filter(|found| text(found, "content") == "complete");
        let found = complete.map(|found| Arc::new(System::read(&found)));
        systems.insert(url.to_owned(), found.clone());
        found
    }
}

impl Set {
    fn read(set: &Value) -> Self {
        let parts = |name: &str| {
            let parts = set.pointer(&format!("/compose/{name}")).and_then(Value::as_array);
            parts.into_iter().flatten().map(Part::read).collect::<Vec<_>>()
        };
        Self { includes: parts("include"), excludes: parts("exclude") }
    }
}

impl Part {
    fn read(part: &Value) -> Self {
        let list = |name: &str| part.get(name).and_then(Value::as_array);
        let code = |concept: &Value| text(concept, "code").to_owned();
        Self {
            system: part.get("system").and_then(Value::as_str).map(str::to_owned),
            codes: list("concept").map(|concepts| concepts.iter().map(code).collect()),
            filters: list("filter").into_iter().flatten().map(Filter::read).collect(),
            sets: list("valueSet").into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }
}

impl Filter {
    fn read(filter: &Value) -> Self {
        let value = text(filter, "value").to_owned();
        match (text(filter, "property"), text(filter, "op")) {
            ("concept" | "code", "is-a") => Self::IsA(value),
            ("concept" | "code", "descendent-of") => Self::Below(value),
            _ => Self::Other,
        }
    }
}

impl System {
    fn read(system: &Value) -> Self {
        let mut parents = HashMap::new();
        note_concepts(system, None, &mut parents);
        Self { parents }
    }

    fn is_below(&self, code: &str, top: &str) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![code];
        while let Some(next) = open.pop() {
            for parent in self.parents.get(next).into_iter().flatten() {
                if parent == top {
                    return true;
                }
                if seen.insert(parent.as_str()) {
                    open.push(parent);
                }
            }
        }
        false
    }
}

/// Concepts stand below others by their place, or by the property `subsumedBy` or `parent`.
fn note_concepts(holder: &Value, above: Option<&str>, parents: &mut HashMap<String, Vec<String>>) {
    for concept in holder.get("concept").and_then(Value::as_array).into_iter().flatten() {
        let code = text(concept, "code");
        let own = parents.entry(code.to_owned()).or_default();
        own.extend(above.map(str::to_owned));
        let properties = concept.get("property").and_then(Value::as_array).into_iter().flatten();
        let upward = properties.filter(|property| matches!(text(property, "code"), "subsumedBy" | "parent"));
        own.extend(upward.map(|property| text(property, "valueCode").to_owned()));
        note_concepts(concept, Some(code), parents);
    }
}

fn known(is_member: bool) -> Membership {
    if is_member { Membership::Member } else { Membership::Stranger }
}

fn any(answers: impl Iterator<Item = Membership>) -> Membership {
    answers.fold(Membership::Stranger, |sum, answer| match (sum, answer) {
        (Membership::Member, _) | (_, Membership::Member) => Membership::Member,
        (Membership::Unknown, _) | (_, Membership::Unknown) => Membership::Unknown,
        _ => Membership::Stranger,
    })
}

fn all(answers: impl Iterator<Item = Membership>) -> Membership {
    answers.fold(Membership::Member, |sum, answer| match (sum, answer) {
        (Membership::Stranger, _) | (_, Membership::Stranger) => Membership::Stranger,
        (Membership::Unknown, _) | (_, Membership::Unknown) => Membership::Unknown,
        _ => Membership::Member,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A set with every way to describe members, over one complete and one unknown code system.
    fn sets(folder: &std::path::Path) -> ValueSets {
        let files = [
            json!({
                "resourceType": "CodeSystem", "id": "letters", "url": "http://x.y/letters", "content": "complete",
                "concept": [
                    {"code": "a", "concept": [{"code": "b"}]},
                    {"code": "d", "property": [{"code": "subsumedBy", "valueCode": "b"}]},
                    {"code": "e"}
                ]
            }),
            json!({
                "resourceType": "ValueSet", "id": "some", "url": "http://x.y/some",
                "compose": {
                    "include": [
                        {"system": "http://x.y/numbers", "concept": [{"code": "1"}, {"code": "2"}]},
                        {"system": "http://x.y/letters"},
                        {"system": "http://x.y/tree", "filter": [{"property": "concept", "op": "is-a", "value": "0"}]}
                    ],
                    "exclude": [{"system": "http://x.y/numbers", "concept": [{"code": "2"}]}]
                }
            }),
            json!({
                "resourceType": "ValueSet", "id": "all", "url": "http://x.y/all",
                "compose": {"include": [{"valueSet": ["http://x.y/some"]}, {"valueSet": ["http://x.y/all"]}]}
            }),
            json!({
                "resourceType": "ValueSet", "id": "below", "url": "http://x.y/below",
                "compose": {"include": [
                    {"system": "http://x.y/letters", "filter": [{"property": "concept", "op": "descendent-of", "value": "a"}]}
                ]}
            }),
        ];
        for file in files {
            let name = format!("{}-{}.json", file["resourceType"].as_str().unwrap(), file["id"].as_str().unwrap());
            std::fs::write(folder.join(name), file.to_string()).unwrap();
        }
        ValueSets::new(Arc::new(Definitions::in_folders(&[folder]).unwrap()))
    }

    #[test]
    fn a_code_is_in_a_set_when_the_definitions_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let sets = sets(folder.path());
        let cases = [
            ("some", "http://x.y/numbers", "1", Membership::Member),
            ("some", "http://x.y/numbers", "2", Membership::Stranger),
            ("some", "http://x.y/letters", "b", Membership::Member),
            ("some", "http://x.y/letters", "c", Membership::Stranger),
            ("some", "http://x.y/tree", "7", Membership::Unknown),
            ("some", "http://x.y/other", "1", Membership::Stranger),
            ("none", "http://x.y/numbers", "1", Membership::Unknown),
            ("all", "http://x.y/letters", "a", Membership::Member),
            ("all", "http://x.y/letters", "c", Membership::Unknown),
            ("below", "http://x.y/letters", "d", Membership::Member),
            ("below", "http://x.y/letters", "a", Membership::Stranger),
            ("below", "http://x.y/letters", "e", Membership::Stranger),
        ];
        for (set, system, code, expected) in cases {
            let answer = sets.membership(&format!("http://x.y/{set}|1.0"), Code { system: Some(system), code });
            assert_eq!(answer, expected, "{set} {system}|{code}");
        }
    }

    #[test]
    fn a_code_without_a_system_is_looked_for_in_all_of_the_set() {
        let folder = tempfile::tempdir().unwrap();
        let sets = sets(folder.path());
        assert_eq!(sets.membership("http://x.y/some", Code { system: None, code: "a" }), Membership::Member);
    }
}
