//! A feed in STU3: served as it came, on its own face, and read by the rules of R4.

use super::*;
use crate::domain::dossier::{AllergyStatus, EpisodeStatus, Flag, SourceId};
use crate::domain::release::ValueKind;
use crate::fhir::links::links_of;

const STU3: FhirRelease = FhirRelease::Stu3;
const LINES: &str = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";

fn of_stu3(contents: &[Value]) -> RenderedPatient {
    render(STU3, contents, &practice())
}

fn topic_of(content: Value) -> Topic {
    let kind = ResourceType::find(content["resourceType"].as_str().unwrap()).unwrap();
    let name = record_id(kind, content["id"].as_str().unwrap());
    item_of(&of_stu3(&[content]), &name).topic.clone()
}

fn line(id: &str, letter: &str, words: &str) -> Value {
    json!({"resourceType": "Observation", "id": id, "status": "final", "code": coded(LINES, letter), "valueString": words})
}

fn section(letter: &str, entries: &[&str]) -> Value {
    let entries: Vec<Value> = entries.iter().map(|name| reference(name)).collect();
    let narrative =
        json!({"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{SECRET}</div>")});
    json!({"title": "t", "code": coded(LINES, letter), "text": narrative, "entry": entries})
}

#[test]
fn a_resource_is_on_the_face_of_its_release_and_on_no_other() {
    let mut records = PatientRecords::of(record("Patient:p", patient()));
    let flag = |id: &str| json!({"resourceType": "Flag", "id": id, "status": "active", "code": {"text": "x"}});
    let goal = json!({"resourceType": "Goal", "id": "g", "addresses": [reference("Condition/c")]});
    let person = json!({"resourceType": "Patient", "id": "p", "birthDate": "1980", "name": [{"family": "XXX"}]});
    let condition = json!({"resourceType": "Condition", "id": "c"});
    records.resources = vec![
        resource_of(RELEASE, &flag("old")),
        resource_of(STU3, &flag("new")),
        resource_of(STU3, &person),
        resource_of(RELEASE, &goal),
        resource_of(STU3, &condition),
    ];
    let releases = Releases::from(FhirRelease::ALL);
    let rendered = render_patient(&records, &practice(), &Ids(&id), &releases);
    assert_eq!(rendered.main(), STU3);
    let ids = |release: FhirRelease, kind: ResourceType| -> Vec<ResourceId> {
        let all = rendered.faces[&release].iter().filter(|resource| resource.kind == kind);
        all.map(|resource| resource.id).collect()
    };
    assert_eq!(ids(RELEASE, ResourceType::Flag), [id("Flag", "Flag:old")]);
    assert_eq!(ids(STU3, ResourceType::Flag), [id("Flag", "Flag:new")]);
    assert_eq!((ids(RELEASE, ResourceType::Goal).len(), ids(STU3, ResourceType::Goal).len()), (1, 0));
    let sources = |release: FhirRelease| -> Vec<Source> {
        let people = rendered.faces[&release].iter().filter(|resource| resource.kind == ResourceType::Patient);
        people.map(|resource| resource.source).collect()
    };
    assert_eq!((sources(RELEASE), sources(STU3)), (vec![Source::Mapped], vec![Source::Fed]));
    assert_eq!(rendered.facts.items().iter().filter(|item| item.is_fed()).count(), 5, "every one is decided about");
}

#[test]
fn a_patient_that_is_marked_is_told_on_no_face() {
    let mut records = PatientRecords::of(record("Patient:p", patient()));
    let label = json!({"security": [{"system": "x", "code": "R"}]});
    let person = json!({"resourceType": "Patient", "id": "p", "birthDate": "1980", "meta": label});
    records.resources = vec![resource_of(STU3, &person)];
    let rendered = render_patient(&records, &practice(), &Ids(&id), &Releases::from(FhirRelease::ALL));
    let mut people = rendered.faces.values().flatten().filter(|resource| resource.kind == ResourceType::Patient);
    assert_eq!(people.next().map(|resource| resource.source), Some(Source::Fed));
    assert!(people.next().is_none());
    assert_eq!(item_of(&rendered, "Patient:p").topic, Topic::Unruled);
}

#[test]
fn a_section_has_the_words_of_its_one_line_and_goes_with_it() {
    let report = json!({
        "resourceType": "Composition", "id": "c", "status": "final", "encounter": reference("Encounter/n"),
        "section": [
            section("E", &["Observation/e", "EpisodeOfCare/ep"]),
            section("P", &["Observation/e", "Observation/p"]),
            section("P", &["Observation/gone"]),
            {"title": SECRET, "entry": [reference("EpisodeOfCare/ep")]},
        ],
    });
    let rendered = of_stu3(&[
        report,
        line("e", "E", "a < b, bsn 999990019"),
        line("p", "P", "plan"),
        json!({
            "resourceType": "Patient", "id": "p", "birthDate": "1980",
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}],
        }),
    ]);
    let all = all_bodies(&rendered);
    assert!(!all.contains(SECRET) && !all.contains("999990019"), "{all}");
    let body = find(&rendered, ResourceType::Composition);
    assert_eq!(body["section"].as_array().unwrap().len(), 1);
    let text = &body["section"][0]["text"];
    assert_eq!(text["status"], "generated");
    assert_eq!(text["div"], r#"<div xmlns="http://www.w3.org/1999/xhtml">a &lt; b, bsn *********</div>"#);
    let to_line = links_of(ResourceType::Composition, &body);
    let to_line = to_line.iter().find(|link| link.kind == ResourceType::Observation).unwrap();
    assert_eq!(&*to_line.cut, "/section/0", "withheld, the line takes its words along");
    let Topic::Line { entry, contact, kind, .. } = &item_of(&rendered, "Observation:e").topic else {
        panic!("no line")
    };
    assert_eq!((entry.as_str(), contact.as_str(), *kind), ("Composition:c", "Encounter:n", LineKind::E));
    assert_eq!(item_of(&rendered, "Observation:e").episodes, [source("EpisodeOfCare:ep")]);
}

#[test]
fn s_and_o_lines_of_an_older_delivery_are_not_rendered() {
    let all = all_bodies(&of_stu3(&[line("s", "S", SECRET), line("o", "O", SECRET)]));
    assert!(!all.contains(SECRET), "{all}");
}

#[test]
fn what_is_said_in_other_members_is_read() {
    let episode =
        |status: &str| match topic_of(json!({"resourceType": "Condition", "id": "c", "clinicalStatus": status})) {
            Topic::Episode { status, .. } => status,
            other => panic!("{other:?}"),
        };
    assert_eq!((episode("recurrence"), episode("resolved")), (EpisodeStatus::Open, EpisodeStatus::Closed));
    let allergy = json!({"resourceType": "AllergyIntolerance", "id": "a", "category": ["medication"],
        "clinicalStatus": "active", "verificationStatus": "confirmed"});
    assert_eq!(topic_of(allergy), Topic::Allergy { for_medication: true, status: AllergyStatus::Active });
    let day = |m, d| jiff::civil::date(2026, m, d);
    let agreement = json!({"resourceType": "MedicationRequest", "id": "m", "category": coded(SNOMED, "16076005"),
        "extension": [{"url": "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse",
            "valuePeriod": {"end": "2026-06-15"}}]});
    assert!(matches!(topic_of(agreement), Topic::Medication { end, .. } if end == Some(day(6, 15))));
    let vaccination = |more: Value| {
        let mut content =
            json!({"resourceType": "Immunization", "id": "i", "status": "completed", "date": "2026-06-01"});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        topic_of(content)
    };
    assert_eq!(vaccination(json!({"notGiven": false})), Topic::Vaccination { given: true, on: Some(day(6, 1)) });
    assert_eq!(vaccination(json!({"notGiven": true})), Topic::Vaccination { given: false, on: Some(day(6, 1)) });
    let device =
        json!({"resourceType": "DeviceUseStatement", "id": "d", "status": "active", "whenUsed": {"end": "2026-06-02"}});
    assert_eq!(topic_of(device), Topic::Device { start: None, end: Some(day(6, 2)) });
    let consent = json!({"resourceType": "Consent", "id": "x", "status": "active", "period": {"end": "2026-06-03"}});
    assert_eq!(topic_of(consent), Topic::Directive { end: Some(day(6, 3)) });
    let document = json!({"resourceType": "DocumentReference", "id": "d", "status": "current", "indexed": "2026-06-04T00:00:00+02:00"});
    assert!(matches!(topic_of(document), Topic::Document { date, .. } if date == day(6, 4)));
    let request = json!({"resourceType": "ProcedureRequest", "id": "r", "status": "active", "intent": "order", "authoredOn": "2026-06-05"});
    assert_eq!(topic_of(request), Topic::Referral { in_force: true, on: Some(day(6, 5)) });
    let not_done = json!({"resourceType": "Procedure", "id": "p", "status": "completed", "notDone": true});
    assert!(matches!(topic_of(not_done), Topic::Treatment { visible, .. } if visible != Visibility::Shown));
    let not_taken = json!({"resourceType": "MedicationStatement", "id": "s", "status": "active", "taken": "n"});
    assert!(matches!(topic_of(not_taken), Topic::Supply { stopped_at: Some(_), .. }));
    let wrong = json!({"resourceType": "Condition", "id": "c", "verificationStatus": "entered-in-error"});
    assert!(of_stu3(&[wrong]).facts.items().iter().all(|item| !item.is_fed()), "entered in error");
}

#[test]
fn results_of_stu3_have_one_interpretation_and_name_their_members_as_related() {
    let flagged = |code: &str| coded("http://hl7.org/fhir/v2/0078", code);
    let result = |more: Value| {
        let mut content =
            json!({"resourceType": "Observation", "id": "o", "status": "final", "valueQuantity": {"value": 1}});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let Topic::Observation(facts) = topic_of(content.clone()) else { panic!("{content}") };
        (facts.flag, facts.value)
    };
    assert_eq!(result(json!({"interpretation": flagged("N")})), (Some(Flag::N), ValueKind::Quantity));
    let component = json!([{"interpretation": flagged("HH"), "valueQuantity": {"value": 2}}]);
    assert_eq!(result(json!({"interpretation": flagged("N"), "component": component})).0, None);
    let in_words = coded("http://snomed.info/sct", "281302008");
    assert_eq!(result(json!({"interpretation": in_words})).0, None, "somebody has to read it");
    let panel = json!({"resourceType": "Observation", "id": "x", "status": "final", "related": [
        {"type": "has-member", "target": reference("Observation/o")},
        {"type": "derived-from", "target": reference("Observation/other")},
    ]});
    assert_eq!(topic_of(panel), Topic::Report { members: vec![source("Observation:o")] });
}

#[test]
fn a_manifest_knows_its_documents_and_what_it_says_of_all_of_them() {
    let manifest = |status: &str| {
        json!({"resourceType": "DocumentManifest", "id": "m", "status": status, "type": {"text": "brieven"}, "description": "drie brieven",
            "content": [{"pReference": reference("DocumentReference/a")}, {"pReference": reference("DocumentReference/b")}]})
    };
    let documents: Vec<SourceId> = vec![source("DocumentReference:a"), source("DocumentReference:b")];
    assert_eq!(topic_of(manifest("current")), Topic::Manifest { documents });
    assert_eq!(topic_of(manifest("superseded")), Topic::Manifest { documents: Vec::new() });
    let rendered = of_stu3(&[manifest("current")]);
    let found = rendered.faces[&STU3].iter().find(|resource| resource.kind == ResourceType::DocumentManifest).unwrap();
    for pointer in ["/type", "/description"] {
        assert!(found.strip.iter().any(|own| own == pointer), "{pointer}");
    }
    let body: Value = serde_json::from_slice(&found.body).unwrap();
    let cuts: Vec<String> = links_of(found.kind, &body).iter().map(|link| link.cut.to_string()).collect();
    assert!(cuts.contains(&"/content/0".to_owned()) && cuts.contains(&"/content/1".to_owned()), "{cuts:?}");
    let of_r4 = json!({"resourceType": "DocumentManifest", "id": "m", "status": "current"});
    assert_eq!(topic(of_r4), Some(Topic::Unruled));
}

#[test]
fn who_acted_keeps_the_name_and_what_names_a_withheld_thing_loses_it() {
    let content = json!({
        "resourceType": "MedicationRequest", "id": "m", "intent": "order",
        "medicationReference": {"display": "Ibuprofen"},
        "requester": {"agent": {"reference": "Practitioner/gone", "display": "Dr. A", "extension": [{
            "url": "http://nictiz.nl/fhir/StructureDefinition/practitionerrole-reference",
            "valueReference": reference("PractitionerRole/gone"),
        }]}},
        "reasonReference": [{"reference": "Condition/gone", "display": SECRET}],
        "context": {"display": SECRET},
    });
    let rendered = of_stu3(&[content]);
    assert!(!all_bodies(&rendered).contains(SECRET), "{}", all_bodies(&rendered));
    let body = find(&rendered, ResourceType::MedicationRequest);
    assert_eq!(body["requester"]["agent"]["display"], "Dr. A");
    assert_eq!(body["requester"]["agent"].get("reference"), None);
    assert_eq!(body["medicationReference"], json!({"display": "Ibuprofen"}));
}
