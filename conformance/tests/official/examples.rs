//! The validator over all official examples: no error but those that the examples really have.

use std::collections::BTreeSet;

use dvza_conformance::issue::{Rule, Severity};
use dvza_conformance::tree::Form;

/// Faults of the official examples: file, where, which rule, and why it is a fault.
const FAULTS: [(&str, &str, Rule, &str); 4] = [
    (
        "nl-core-LivingSituation.HouseAdaption-01",
        "Observation",
        Rule::Profile,
        "claims …HouseAdaption; the profile is called …HomeAdaption",
    ),
    ("nl-core-LivingSituation.HouseAdaption-02", "Observation", Rule::Profile, "the same"),
    ("nl-core-LivingSituation.HouseAdaption-03", "Observation", Rule::Profile, "the same"),
    (
        "nl-core-Patient-01",
        "Patient.communication[0].language",
        Rule::Binding,
        "the code comes from an OID; R4 binds at most to the language tags of BCP 47 (max value set all-languages)",
    ),
];

#[test]
fn official_examples_have_no_errors_but_their_own() {
    let Some(validator) = super::support::official() else { return };
    let mut found = BTreeSet::new();
    let mut strange = Vec::new();
    let examples = super::support::examples();
    for (name, bytes) in &examples {
        for issue in validator.check_bytes(Form::Json, bytes) {
            let known = FAULTS.iter().position(|(file, path, rule, _)| {
                file == name && *path == issue.path && *rule == issue.rule && issue.severity == Severity::Error
            });
            match known {
                Some(place) => drop(found.insert(place)),
                None if issue.severity == Severity::Error => strange.push(format!("{name}: {issue}")),
                None => {}
            }
        }
    }
    assert!(examples.len() > 200, "only {} examples", examples.len());
    assert!(strange.is_empty(), "{} errors:\n{}", strange.len(), strange.join("\n"));
    assert_eq!(found.len(), FAULTS.len(), "a fault of the table is no longer there: {found:?}");
}

#[test]
fn nothing_is_judged_without_definitions() {
    let none: [&std::path::Path; 0] = [];
    let definitions = dvza_conformance::definitions::Definitions::in_folders(&none).unwrap();
    let validator = dvza_conformance::validate::Validator::new(definitions);
    assert!(!validator.knows_fhir());
    let issues = validator.check_bytes(Form::Json, br#"{"resourceType": "Patient"}"#);
    assert!(issues.iter().any(|issue| issue.severity == Severity::Error), "{issues:?}");
}
