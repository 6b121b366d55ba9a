use super::*;
use crate::domain::dossier::{ContactKind, LineKind, Visibility};
use crate::domain::release::Topic;
use crate::mapping::r4::sample::{id, patient, practice, record, source};
use crate::mapping::{render_patient, render_practice};
use serde_json::{Value, json};

const SNOMED: &str = "http://snomed.info/sct";

fn resource(content: &Value) -> Record<FedResource> {
    let kind = content["resourceType"].as_str().unwrap();
    let name = record_id(ResourceType::find(kind).unwrap(), content["id"].as_str().unwrap());
    let sha256 = content["contentType"].is_string().then(|| "0".repeat(64));
    record(&name, FedResource { kind: kind.to_owned(), body: content.to_string(), sha256 })
}

fn fed_practice(shared: &[Value]) -> PracticeRecords {
    let mut practice = practice();
    practice.shared = shared.iter().map(resource).map(|record| (record.id.clone(), record)).collect();
    practice
}

fn rendered(contents: &[Value], shared: &[Value]) -> RenderedPatient {
    let mut records = PatientRecords::of(record("Patient:p", patient()));
    records.resources = contents.iter().map(resource).collect();
    records.complete_blobs.insert("0".repeat(64));
    render_patient(&records, &fed_practice(shared), &Ids(&id))
}

fn find(rendered: &RenderedPatient, kind: ResourceType) -> Value {
    let mut found = rendered.resources.iter().filter(|resource| resource.kind == kind);
    let body = serde_json::from_slice(&found.next().unwrap_or_else(|| panic!("no {kind}")).body).unwrap();
    assert!(found.next().is_none(), "more than one {kind}");
    body
}

fn topic(content: Value) -> Option<Topic> {
    let name = record_id(
        ResourceType::find(content["resourceType"].as_str().unwrap()).unwrap(),
        content["id"].as_str().unwrap(),
    );
    let rendered = rendered(&[content], &[]);
    let items = rendered.facts.items();
    items.iter().find(|item| item.key.id.as_str() == name && item.is_fed()).map(|item| item.topic.clone())
}

fn reference(name: &str) -> Value {
    json!({"reference": name, "display": "d"})
}

fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

#[test]
fn content_stays_and_ids_references_and_numbers_are_ours() {
    let fed_patient = json!({
        "resourceType": "Patient", "id": "p", "name": [{"family": "XXX"}], "birthDate": "1980-05",
        "meta": {"versionId": "7", "lastUpdated": "2026-01-01T00:00:00Z", "profile": ["http://p/Patient"]},
        "identifier": [{"value": "999990019", "system": "urn:oid:2.16.840.1.113883.2.4.6.3", "use": "official"}],
        "text": {"status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">999990019</div>"},
        "generalPractitioner": [reference("PractitionerRole/r"), reference("PractitionerRole/gone")],
    });
    let observation = json!({
        "resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "gewicht"},
        "subject": reference("Patient/p"), "encounter": reference("Encounter/gone"),
        "performer": [reference("https://elsewhere.example/Organization/x")],
        "valueQuantity": {"unit": "kg", "value": 70.50},
        "contained": [{"resourceType": "Device", "id": "d", "text": {"status": "generated", "div": "<div/>"}}],
    });
    let text = observation.to_string().replace("70.5", "70.50");
    let mut records = PatientRecords::of(record("Patient:p", patient()));
    records.resources = vec![resource(&fed_patient), resource(&observation)];
    records.resources[1].d.body = text;
    let role = json!({"resourceType": "PractitionerRole", "id": "r"});
    let rendered = render_patient(&records, &fed_practice(&[role]), &Ids(&id));
    let patient = find(&rendered, ResourceType::Patient);
    let ours = |kind: &str, name: &str| format!("{kind}/{}", id(kind, &format!("{kind}:{name}")));
    assert_eq!(patient["id"], id("Patient", "Patient:p").to_string());
    assert_eq!(patient["meta"], json!({"profile": ["http://p/Patient"]}));
    assert_eq!(patient.get("text"), None);
    assert_eq!(
        patient["identifier"][0],
        json!({
            "use": "official", "system": "http://fhir.nl/fhir/NamingSystem/bsn",
            "_value": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]},
        })
    );
    assert_eq!(patient["generalPractitioner"][0]["reference"], ours("PractitionerRole", "r"));
    assert_eq!(patient["generalPractitioner"][1], json!({"display": "d"}), "who is not there keeps the name");
    let bytes = &rendered.resources.iter().find(|resource| resource.kind == ResourceType::Observation).unwrap().body;
    let body = std::str::from_utf8(bytes).unwrap();
    assert!(body.contains(r#""valueQuantity":{"value":70.50,"unit":"kg"}"#), "{body}");
    let observation = find(&rendered, ResourceType::Observation);
    assert_eq!(observation["meta"]["profile"][0], "http://hl7.org/fhir/StructureDefinition/Observation");
    assert_eq!(observation["encounter"]["reference"], ours("Encounter", "gone"), "serving cuts what is not there");
    assert_eq!(observation["performer"][0], json!({"display": "d"}));
    assert_eq!(observation["contained"][0].get("text"), None);
    let all: String = rendered.resources.iter().map(|resource| String::from_utf8_lossy(&resource.body)).collect();
    assert!(!all.contains("999990019"));
}

#[test]
fn what_belongs_to_nobody_stands_with_the_practice() {
    let shared =
        [json!({"resourceType": "Organization", "id": "o", "name": "O", "partOf": reference("Organization/q")})];
    let before = render_practice(&practice(), &Ids(&id)).len();
    let rendered = render_practice(&fed_practice(&shared), &Ids(&id));
    assert_eq!(rendered.len(), before + 1);
    let body: Value = serde_json::from_slice(&rendered[before].body).unwrap();
    assert_eq!(body["id"], id("Organization", "Organization:o").to_string());
    assert_eq!(body["partOf"], json!({"display": "d"}));
}

#[test]
fn a_long_id_becomes_a_record_by_its_hash() {
    let short = record_id(ResourceType::Flag, "a");
    let long = record_id(ResourceType::MedicationAdministration, &"x".repeat(64));
    assert_eq!(short, "Flag:a");
    assert!(long.len() <= 64 && long.starts_with("MedicationAdministration:") && source(&long).as_str() == long);
    assert_ne!(long, record_id(ResourceType::MedicationAdministration, &format!("{}y", "x".repeat(63))));
}

#[test]
fn release_learns_what_fhir_says_and_no_more() {
    let encounter = |class: &str, kind: &str| {
        let system = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-14-contactwijze";
        let types = if kind.is_empty() { json!([]) } else { json!([coded(system, kind)]) };
        json!({
            "resourceType": "Encounter", "id": "e", "class": {"code": class}, "type": types,
            "period": {"start": "2026-06-01T10:00:00+02:00"},
        })
    };
    let kind = |content: Value| match topic(content) {
        Some(Topic::Contact { kind, with_patient: None, .. }) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(encounter("AMB", "")), ContactKind::Consult);
    assert_eq!(kind(encounter("VR", "")), ContactKind::Overig, "the class alone does not say with whom");
    assert_eq!(kind(encounter("VR", "05")), ContactKind::TelefonischConsult);
    assert_eq!(kind(encounter("VR", "09")), ContactKind::Overleg);

    let episode = json!({"resourceType": "EpisodeOfCare", "id": "e", "status": "active"});
    assert!(matches!(topic(episode), Some(Topic::Episode { visible: Visibility::Unconfirmed, .. })));
    let medication = |status: &str, end: Value| {
        json!({
            "resourceType": "MedicationRequest", "id": "m", "status": status,
            "category": [coded(SNOMED, "33633005")],
            "extension": [{
                "url": "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period", "valuePeriod": end,
            }],
        })
    };
    let day = |y, m, d| jiff::civil::date(y, m, d);
    for (end, expected) in [
        (json!({"end": "2026-06-15"}), Some(day(2026, 6, 15))),
        (json!({"end": "2026-06"}), Some(day(2026, 6, 30))),
        (json!({"start": "2026-06-15"}), None),
    ] {
        let found = topic(medication("active", end.clone()));
        assert!(matches!(found, Some(Topic::Medication { end, stopped_at: None, .. }) if end == expected), "{end}");
    }
    let stopped = topic(medication("stopped", json!({"end": "2999"})));
    assert!(matches!(stopped, Some(Topic::Medication { stopped_at: Some(_), .. })));
    let use_ = json!({"resourceType": "MedicationStatement", "id": "m", "status": "active"});
    assert!(matches!(topic(use_), Some(Topic::Supply { in_use: false, end: None, .. })));
    let flag = json!({"resourceType": "Flag", "id": "f", "category": [coded(SNOMED, "140401000146105")]});
    assert!(matches!(topic(flag), Some(Topic::ContraIndication { start, .. }) if start == day(9999, 12, 31)));
    let goal = json!({"resourceType": "Goal", "id": "g"});
    assert_eq!(topic(goal), Some(Topic::Unruled));
    let wrong = json!({"resourceType": "Condition", "id": "c", "verificationStatus": coded("x", "entered-in-error")});
    assert_eq!(topic(wrong), None, "what was entered in error is not rendered");
}

#[test]
fn a_journal_line_knows_its_report_its_contact_and_its_episode() {
    let line = json!({
        "resourceType": "Observation", "id": "l", "status": "final", "code": coded(SNOMED, "129271007"), "valueString": "x",
    });
    let report = json!({
        "resourceType": "Composition", "id": "c", "encounter": reference("Encounter/e"),
        "section": [{"entry": [reference("Observation/l"), reference("EpisodeOfCare/ep")]}],
    });
    let with = rendered(&[line.clone(), report], &[]);
    let item = with.facts.items().iter().find(|item| matches!(item.topic, Topic::Line { .. })).unwrap();
    assert_eq!(
        item.topic,
        Topic::Line {
            entry: source("Composition:c"),
            contact: source("Encounter:e"),
            kind: LineKind::P,
            visible: Visibility::Shown
        }
    );
    assert_eq!(item.episodes, [source("EpisodeOfCare:ep")]);
    let Some(Topic::Line { entry, contact, .. }) = topic(line) else { panic!("no line") };
    assert_eq!((entry.as_str(), contact.as_str()), ("Observation:l", "Observation:l"), "it hangs on nothing");
}

#[test]
fn what_the_source_marks_as_secret_is_hidden() {
    let confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    let cases = [
        (json!([{"system": confidentiality, "code": "V"}]), true),
        (json!([{"system": confidentiality, "code": "R"}]), true),
        (json!([{"system": confidentiality, "code": "N"}]), false),
        (json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"}]), true),
        (json!([{"system": "http://other", "code": "V"}]), false),
    ];
    for (labels, expected) in cases {
        let content = json!({"resourceType": "Procedure", "id": "x", "meta": {"security": labels}});
        let rendered = rendered(&[content], &[]);
        let item = rendered.facts.items().iter().find(|item| item.is_fed()).unwrap();
        assert_eq!(item.marks.hidden_by_practice, expected, "{labels}");
    }
}

#[test]
fn the_bytes_of_a_document_are_shown_with_it_when_they_are_there_and_pdf() {
    let document = json!({
        "resourceType": "DocumentReference", "id": "d", "date": "2026-06-01T00:00:00Z",
        "content": [{"attachment": {"url": "Binary/b"}}],
    });
    let binary = |kind: &str| json!({"resourceType": "Binary", "id": "b", "contentType": kind});
    let with = rendered(&[document.clone(), binary("application/pdf")], &[]);
    let found = |kind| with.resources.iter().find(|resource| resource.kind == kind).unwrap();
    assert_eq!(found(ResourceType::Binary).item, found(ResourceType::DocumentReference).item);
    assert_eq!(found(ResourceType::Binary).content.as_deref(), Some("0".repeat(64).as_str()));
    let url = format!("Binary/{}", id("Binary", "Binary:b"));
    assert_eq!(find(&with, ResourceType::DocumentReference)["content"][0]["attachment"]["url"], url);
    let servable = |rendered: &RenderedPatient| {
        rendered.facts.items().iter().any(|item| matches!(item.topic, Topic::Document { servable: true, .. }))
    };
    assert!(servable(&with));
    let image = rendered(&[document, binary("image/jpeg")], &[]);
    assert!(!servable(&image) && image.resources.iter().all(|resource| resource.kind != ResourceType::Binary));
}
