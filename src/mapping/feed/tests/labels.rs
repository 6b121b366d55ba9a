//! What the labels of a source hide, and what they restrict.

use super::*;

#[test]
fn what_the_source_marks_as_secret_is_hidden() {
    let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let cases = [
        (json!([{"system": confidentiality, "code": "V"}]), true),
        (json!([{"system": confidentiality, "code": "R"}]), true),
        (json!([{"system": confidentiality, "code": "N"}]), false),
        (json!([{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "N"}]), false),
        (json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]), false),
        (json!([{"system": "https://his.example/labels", "code": "N"}]), true),
        (json!([{"code": "N"}]), true),
        (json!([{"system": confidentiality, "display": "restricted"}]), true),
        (json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}]), true),
        (json!([{"system": "http://hl7.org/fhir/v3/Confidentiality", "code": "R"}]), true),
        (json!([{"system": "http://other", "code": "unknown"}]), true),
    ];
    for release in FhirRelease::ALL {
        for (labels, expected) in &cases {
            let content = json!({"resourceType": "Procedure", "id": "x", "meta": {"security": labels}});
            let rendered = render(release, &[content], &practice());
            let item = rendered.facts.items().iter().find(|item| item.is_fed()).unwrap();
            assert_eq!(item.marks.hidden_by_practice, *expected, "{release:?} {labels}");
        }
    }
}

#[test]
fn a_document_is_restricted_by_the_label_it_is_exchanged_with_and_hidden_by_any_other() {
    let label = |system: &str, code: &str| json!({"coding": [{"system": system, "code": code}]});
    let own = "http://hl7.org/fhir/v3/Confidentiality";
    let both = json!({"coding": [{"system": own, "code": "V"}, {"system": "https://his.example", "code": "secret"}]});
    // Restricted, hidden.
    let cases = [
        (json!({"securityLabel": [label(own, "V")]}), (true, false)),
        (
            json!({"securityLabel": [label("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R")]}),
            (true, false),
        ),
        (json!({"securityLabel": [label(own, "N")]}), (false, false)),
        (json!({"securityLabel": [both]}), (false, true)),
        (json!({"securityLabel": [label(own, "V"), label("https://his.example", "secret")]}), (true, true)),
        (json!({"securityLabel": [label("https://his.example", "V")]}), (false, true)),
        (json!({"securityLabel": [{"text": "V"}]}), (false, true)),
        (json!({"securityLabel": [{"coding": [{"system": own, "code": "V"}], "text": "niet tonen"}]}), (false, true)),
        (json!({"meta": {"security": [{"system": own, "code": "V"}]}}), (false, true)),
        (json!({"contained": [{"resourceType": "Practitioner", "securityLabel": [label(own, "V")]}]}), (false, true)),
    ];
    for release in FhirRelease::ALL {
        for (members, expected) in &cases {
            let mut content = json!({"resourceType": "DocumentReference", "id": "d"});
            content.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let rendered = render(release, &[content], &practice());
            let marks = rendered.facts.items().iter().find(|item| item.is_fed()).unwrap().marks;
            assert_eq!((marks.restricted, marks.hidden_by_practice), *expected, "{release:?} {members}");
        }
    }
}
