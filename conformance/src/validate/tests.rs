//! STU3, whose definitions are written otherwise than those of R4, by a small one of our own.

use serde_json::{Value, json};

use super::*;
use crate::small;

fn validators() -> Validators {
    let folder = tempfile::tempdir().unwrap();
    small::write(folder.path());
    let validators = Validators::in_folders(&[folder.path()]).unwrap();
    // Definitions are read when they are needed: all of them now, before the folder goes.
    let validator = validators.of(FhirVersion::Stu3).unwrap();
    for url in validator.definitions.structures() {
        validator.definitions.structure(url).unwrap();
    }
    validator.definitions.value_set("http://x.y/ValueSet/states").unwrap();
    validator.definitions.code_system("http://x.y/states").unwrap();
    validators
}

fn problem() -> Value {
    json!({
        "resourceType": "Condition", "id": "c",
        "meta": {"profile": ["http://x.y/StructureDefinition/problem"]},
        "clinicalStatus": "recurrence",
        "_clinicalStatus": {"extension": [
            {"url": "http://x.y/StructureDefinition/spec", "valueCodeableConcept": {"text": "t"}}
        ]},
        "code": {"coding": [{"system": "http://x.y/other", "code": "1"}, {"system": "http://x.y/icpc", "code": "K86"}], "text": "t"},
        "subject": {"reference": "Group/g"},
        "onsetAge": {"value": 40, "unit": "jaar"},
    })
}

const PROBLEM_XML: &str = r#"<Condition xmlns="http://hl7.org/fhir"><id value="c"/>
    <meta><profile value="http://x.y/StructureDefinition/problem"/></meta>
    <clinicalStatus value="recurrence"><extension url="http://x.y/StructureDefinition/spec">
      <valueCodeableConcept><text value="t"/></valueCodeableConcept></extension></clinicalStatus>
    <code><coding><system value="http://x.y/icpc"/><code value="K86"/></coding><text value="t"/></code>
    <subject><reference value="Patient/p"/></subject><onsetAge><value value="40"/></onsetAge></Condition>"#;

fn issues(validator: &Validator, resource: &Value) -> Vec<Issue> {
    validator.check_bytes(Form::Json, resource.to_string().as_bytes())
}

#[test]
fn a_resource_of_stu3_is_judged_by_the_definitions_of_stu3() {
    let validators = validators();
    assert_eq!(validators.versions().collect::<Vec<_>>(), [FhirVersion::Stu3]);
    let validator = validators.of(FhirVersion::Stu3).unwrap();
    assert_eq!(validator.schema().fhir_version().as_deref(), Some("3.0.2"));
    assert_eq!(issues(validator, &problem()), []);
    assert_eq!(validator.check_bytes(Form::Xml, PROBLEM_XML.as_bytes()), []);
}

#[test]
fn what_stu3_does_not_allow_is_found() {
    let validators = validators();
    let validator = validators.of(FhirVersion::Stu3).unwrap();
    let spec = json!([{"url": "http://x.y/StructureDefinition/spec", "valueCodeableConcept": {"text": "t"}}]);
    let coding = json!([{"system": "http://x.y/other", "code": "1"}]);
    // Place, what is put there, path of the issue, rule.
    let cases = [
        ("/clinicalStatus", json!("gone"), "Condition.clinicalStatus", Rule::Binding),
        ("/clinicalStatus", json!("a  b"), "Condition.clinicalStatus", Rule::Format),
        ("/_clinicalStatus", json!({"id": "i"}), "Condition.clinicalStatus.extension", Rule::Cardinality),
        ("/_clinicalStatus/extension/0/valueCodeableConcept", Value::Null, "", Rule::Cardinality),
        ("/code/coding", coding, "Condition.code.coding", Rule::Cardinality),
        ("/code/text", Value::Null, "Condition", Rule::Invariant),
        ("/subject/reference", json!("Condition/c"), "Condition.subject", Rule::Reference),
        ("/subject", Value::Null, "Condition.subject", Rule::Cardinality),
        ("/onsetAge/value", json!(-1), "Condition.onsetAge", Rule::Invariant),
        ("/onsetDateTime", json!("2026"), "Condition.onset", Rule::Cardinality),
        ("/encounter", json!({"reference": "Encounter/e"}), "Condition.encounter", Rule::UnknownElement),
        ("/extension", spec, "Condition.extension[0]", Rule::Extension),
    ];
    for (place, value, path, rule) in cases {
        let mut resource = problem();
        let (holder, name) = place.rsplit_once('/').unwrap();
        let members = resource.pointer_mut(holder).and_then(Value::as_object_mut).unwrap();
        match value {
            Value::Null => drop(members.shift_remove(name)),
            value => drop(members.insert(name.to_owned(), value)),
        }
        let found = issues(validator, &resource);
        let is_it = |issue: &Issue| {
            let is_there = path.is_empty() || issue.path == path;
            issue.severity == Severity::Error && issue.rule == rule && is_there
        };
        assert!(found.iter().any(is_it), "{place}: {found:#?}");
    }
}

#[test]
fn what_nobody_at_hand_publishes_is_told_where_that_is_wanted_and_nothing_else_is_let_by() {
    let elsewhere = |profile: &str| {
        let mut problem = problem();
        problem["meta"]["profile"] = json!([profile]);
        problem["extension"] = json!([{"url": "http://else.where/StructureDefinition/more", "valueString": "x"}]);
        problem
    };
    let errors = |validators: &Validators, resource: &Value| {
        let issues = issues(validators.of(FhirVersion::Stu3).unwrap(), resource);
        issues.iter().filter(|issue| issue.severity == Severity::Error).count()
    };
    let strange = elsewhere("http://else.where/StructureDefinition/strange");
    let (strict, telling) = (validators(), validators().telling_unknown(FhirVersion::Stu3));
    assert_eq!((errors(&strict, &strange), errors(&telling, &strange)), (1, 0));
    assert!(strict.unjudged().is_empty());
    assert_eq!(Vec::from_iter(telling.unjudged()), ["more", "strange"]);
    // Of a publisher whose definitions are there an unknown name is a mistake.
    assert_eq!(errors(&telling, &elsewhere("http://x.y/StructureDefinition/problm")), 1);
    // And what the type does not allow stays an error.
    let mut wrong = strange;
    wrong["clinicalStatus"] = json!(1);
    assert!(errors(&telling, &wrong) >= 1);
}

#[test]
fn profiles_without_the_types_of_fhir_judge_nothing() {
    let folder = tempfile::tempdir().unwrap();
    small::write(folder.path());
    let none = Validators::in_folders(&[folder.path().join("profiles")]).unwrap();
    assert!(none.is_empty() && none.of(FhirVersion::Stu3).is_none());
}
