//! Is a code in a ValueSet? Only where the definitions can tell.

use serde_json::Value;

use crate::definitions::Definitions;

/// The answer of [`membership`].
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

/// Is this code in the ValueSet of this canonical?
pub fn membership(definitions: &Definitions, value_set: &str, code: Code<'_>) -> Membership {
    in_value_set(definitions, value_set, code, DEPTH)
}

fn in_value_set(definitions: &Definitions, canonical: &str, code: Code<'_>, depth: usize) -> Membership {
    let Some(value_set) = definitions.value_set(canonical) else { return Membership::Unknown };
    if depth == 0 {
        return Membership::Unknown;
    }
    let parts = |name: &str| value_set.pointer(&format!("/compose/{name}")).and_then(Value::as_array).cloned();
    let includes = parts("include").unwrap_or_default();
    let excludes = parts("exclude").unwrap_or_default();
    if includes.is_empty() {
        return Membership::Unknown;
    }
    let is_excluded = excludes.iter().any(|part| in_part(definitions, part, code, depth) == Membership::Member);
    if is_excluded {
        return Membership::Stranger;
    }
    any(includes.iter().map(|part| in_part(definitions, part, code, depth)))
}

/// A part names a system (whole, some codes, or by filter) and sets; all of what it names must hold.
fn in_part(definitions: &Definitions, part: &Value, code: Code<'_>, depth: usize) -> Membership {
    let sets = part.get("valueSet").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let in_sets = all(sets.map(|set| in_value_set(definitions, set, code, depth - 1)));
    let Some(system) = part.get("system").and_then(Value::as_str) else { return in_sets };
    if code.system.is_some_and(|given| given != system) {
        return Membership::Stranger;
    }
    let in_system = match part.get("concept").and_then(Value::as_array) {
        Some(concepts) => known(concepts.iter().any(|concept| is_code(concept, code.code))),
        None if part.get("filter").is_some() => Membership::Unknown,
        None => in_code_system(definitions, system, code.code),
    };
    all([in_sets, in_system].into_iter())
}

/// Only a complete code system can deny a code.
fn in_code_system(definitions: &Definitions, system: &str, code: &str) -> Membership {
    let complete = definitions
        .code_system(system)
        .filter(|found| found.get("content").and_then(Value::as_str) == Some("complete"));
    match complete {
        Some(found) => known(has_concept(found.get("concept"), code)),
        None => Membership::Unknown,
    }
}

fn has_concept(concepts: Option<&Value>, code: &str) -> bool {
    let mut concepts = concepts.and_then(Value::as_array).into_iter().flatten();
    concepts.any(|concept| is_code(concept, code) || has_concept(concept.get("concept"), code))
}

fn is_code(concept: &Value, code: &str) -> bool {
    concept.get("code").and_then(Value::as_str) == Some(code)
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
    fn definitions(folder: &std::path::Path) -> Definitions {
        let files = [
            json!({
                "resourceType": "CodeSystem", "id": "letters", "url": "http://x.y/letters", "content": "complete",
                "concept": [{"code": "a", "concept": [{"code": "b"}]}]
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
        ];
        for file in files {
            let name = format!("{}-{}.json", file["resourceType"].as_str().unwrap(), file["id"].as_str().unwrap());
            std::fs::write(folder.join(name), file.to_string()).unwrap();
        }
        Definitions::in_folders(&[folder]).unwrap()
    }

    #[test]
    fn a_code_is_in_a_set_when_the_definitions_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let definitions = definitions(folder.path());
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
        ];
        for (set, system, code, expected) in cases {
            let answer =
                membership(&definitions, &format!("http://x.y/{set}|1.0"), Code { system: Some(system), code });
            assert_eq!(answer, expected, "{set} {system}|{code}");
        }
    }

    #[test]
    fn a_code_without_a_system_is_looked_for_in_all_of_the_set() {
        let folder = tempfile::tempdir().unwrap();
        let definitions = definitions(folder.path());
        assert_eq!(membership(&definitions, "http://x.y/some", Code { system: None, code: "a" }), Membership::Member);
    }
}
