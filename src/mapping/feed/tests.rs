use super::*;
use crate::domain::dossier::{ContactKind, FedRelease, LineKind, Visibility};
use crate::domain::release::{Item, Topic};
use crate::fhir::Releases;
use crate::mapping::r4::sample::{id, patient, practice, record, source};
use crate::mapping::render_patient;
use serde_json::{Value, json};

mod labels;
mod stu3;

const SNOMED: &str = "http://snomed.info/sct";
const RELEASE: FhirRelease = FhirRelease::R4;

fn resource(content: &Value) -> Record<FedResource> {
    resource_of(RELEASE, content)
}

fn resource_of(release: FhirRelease, content: &Value) -> Record<FedResource> {
    let kind = content["resourceType"].as_str().unwrap();
    let name = record_id(ResourceType::find(kind).unwrap(), content["id"].as_str().unwrap());
    let sha256 = content["contentType"].is_string().then(|| "0".repeat(64));
    let release = if release == FhirRelease::R4 { FedRelease::R4 } else { FedRelease::Stu3 };
    record(&name, FedResource { kind: kind.to_owned(), body: content.to_string(), sha256, release })
}

fn fed_practice(shared: &[Value]) -> PracticeRecords {
    let mut practice = practice();
    practice.shared = shared.iter().map(resource).map(|record| (record.id.clone(), record)).collect();
    practice
}

fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>) -> Vec<Rendered> {
    crate::mapping::render_practice(practice, ids, &Releases::from([RELEASE])).remove(&RELEASE).unwrap()
}

fn rendered(contents: &[Value], shared: &[Value]) -> RenderedPatient {
    render(RELEASE, contents, &fed_practice(shared))
}

/// What a feed in this release becomes, on its own face.
fn render(release: FhirRelease, contents: &[Value], practice: &PracticeRecords) -> RenderedPatient {
    let mut records = PatientRecords::of(record("Patient:p", patient()));
    records.resources = contents.iter().map(|content| resource_of(release, content)).collect();
    records.complete_blobs.insert("0".repeat(64));
    render_patient(&records, practice, &Ids(&id), &Releases::from([release]))
}

fn find(rendered: &RenderedPatient, kind: ResourceType) -> Value {
    let mut found = rendered.faces.values().flatten().filter(|resource| resource.kind == kind);
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
    let rendered = render_patient(&records, &fed_practice(&[role]), &Ids(&id), &Releases::from([RELEASE]));
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
    let bytes =
        &rendered.faces[&RELEASE].iter().find(|resource| resource.kind == ResourceType::Observation).unwrap().body;
    let body = std::str::from_utf8(bytes).unwrap();
    assert!(body.contains(r#""valueQuantity":{"value":70.50,"unit":"kg"}"#), "{body}");
    let observation = find(&rendered, ResourceType::Observation);
    assert_eq!(observation["meta"]["profile"][0], "http://hl7.org/fhir/StructureDefinition/Observation");
    assert_eq!(observation["encounter"]["reference"], ours("Encounter", "gone"), "serving cuts what is not there");
    assert_eq!(observation["performer"][0], json!({"display": "d"}));
    assert_eq!(observation["contained"][0].get("text"), None);
    let all: String = rendered.faces[&RELEASE].iter().map(|resource| String::from_utf8_lossy(&resource.body)).collect();
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
fn the_bytes_of_a_document_are_shown_with_it_when_they_are_there_and_pdf() {
    let document = json!({
        "resourceType": "DocumentReference", "id": "d", "date": "2026-06-01T00:00:00Z",
        "content": [{"attachment": {"url": "Binary/b"}}],
    });
    let binary = |kind: &str| json!({"resourceType": "Binary", "id": "b", "contentType": kind});
    let with = rendered(&[document.clone(), binary("application/pdf")], &[]);
    let found = |kind| with.faces[&RELEASE].iter().find(|resource| resource.kind == kind).unwrap();
    assert_eq!(found(ResourceType::Binary).item, found(ResourceType::DocumentReference).item);
    assert_eq!(found(ResourceType::Binary).content.as_deref(), Some("0".repeat(64).as_str()));
    let url = format!("Binary/{}", id("Binary", "Binary:b"));
    assert_eq!(find(&with, ResourceType::DocumentReference)["content"][0]["attachment"]["url"], url);
    let servable = |rendered: &RenderedPatient| {
        rendered.facts.items().iter().any(|item| matches!(item.topic, Topic::Document { servable: true, .. }))
    };
    assert!(servable(&with));
    let image = rendered(&[document, binary("image/jpeg")], &[]);
    assert!(!servable(&image) && image.faces[&RELEASE].iter().all(|resource| resource.kind != ResourceType::Binary));
}

#[test]
fn what_another_version_stored_and_may_not_be_shown_is_not_rendered() {
    let line = json!({"resourceType": "Observation", "id": "l", "status": "final",
        "contained": [{"resourceType": "Observation", "id": "x", "code": coded(SNOMED, "255362007")}]});
    for release in FhirRelease::ALL {
        let rendered = render(release, std::slice::from_ref(&line), &practice());
        assert!(rendered.faces[&release].iter().all(|resource| resource.kind != ResourceType::Observation));
    }
}

/// A text that may stand in nothing that is rendered.
const SECRET: &str = "geheim";

fn all_bodies(rendered: &RenderedPatient) -> String {
    let resources = rendered.faces.values().flatten();
    resources.map(|resource| String::from_utf8_lossy(&resource.body).into_owned()).collect()
}

fn item_of<'r>(rendered: &'r RenderedPatient, record: &str) -> &'r Item {
    rendered.facts.items().iter().find(|item| item.key.id.as_str() == record && item.is_fed()).unwrap()
}

#[test]
fn the_patients_number_stands_nowhere_however_it_came() {
    let number = "999990019";
    let spelled = |system: &str| json!({"system": system, "value": number});
    let content = json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1980",
        "identifier": [
            spelled("http://fhir.nl/fhir/NamingSystem/bsn/"), spelled("https://FHIR.nl/fhir/NamingSystem/bsn"),
            spelled("urn:oid:2.16.840.1.113883.2.4.6.3"), spelled("https://his.example/patientnummer"),
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NNNLD"}]}, "value": number},
        ],
        "extension": [{"url": "https://his.example/x", "valueString": format!("bsn {number}")}],
        "name": [{"text": format!("Jan ({number})")}],
    });
    for release in FhirRelease::ALL {
        let rendered = render(release, std::slice::from_ref(&content), &practice());
        assert!(!all_bodies(&rendered).contains(number));
        let patient = find(&rendered, ResourceType::Patient);
        for place in [0, 1, 2, 4] {
            let identifier = &patient["identifier"][place];
            assert_eq!(identifier["system"], "http://fhir.nl/fhir/NamingSystem/bsn", "{place}");
            assert_eq!(identifier["_value"]["extension"][0]["valueCode"], "masked", "{place}");
        }
        assert_eq!(patient["extension"][0]["valueString"], "bsn *********");
    }
}

#[test]
fn what_has_rules_of_its_own_does_not_travel_in_a_patient_or_a_report() {
    let code = |kind: &str| coded(SNOMED, if kind == "E" { "129265001" } else { "129271007" });
    let narrative =
        json!({"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{SECRET}</div>")});
    let fed_patient = json!({
        "resourceType": "Patient", "id": "p", "birthDate": "1980", "name": [{"family": "XXX"}],
        "contact": [{"name": {"text": SECRET}}], "photo": [{"title": SECRET}],
        "link": [{"type": "seealso", "other": {"display": SECRET}}],
    });
    let report = json!({
        "resourceType": "Composition", "id": "c", "status": "final",
        "section": [
            {"code": code("E"), "title": "E-regel", "text": narrative, "entry": [reference("Observation/l")]},
            {"code": code("P"), "title": SECRET, "text": narrative},
            {"code": coded(SNOMED, "1"), "title": SECRET, "entry": [reference("Observation/l")]},
            {"title": SECRET, "text": narrative, "entry": [reference("EpisodeOfCare/e")],
                "section": [{"code": code("E"), "title": SECRET, "entry": [reference("Observation/l")]}]},
        ],
    });
    let rendered = rendered(&[fed_patient, report], &[]);
    assert!(!all_bodies(&rendered).contains(SECRET), "{}", all_bodies(&rendered));
    let sections = find(&rendered, ResourceType::Composition)["section"].clone();
    assert_eq!(sections.as_array().unwrap().len(), 2);
    assert_eq!(sections[0]["title"], "E-regel");
}

#[test]
fn words_about_what_is_not_there_go_and_providers_keep_their_name() {
    let words = |more: Value| {
        let mut reference = json!({"display": SECRET});
        reference.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        reference
    };
    let content = json!({
        "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
        "medicationReference": {"display": "Ibuprofen"}, "requester": {"display": "Dr. A"},
        "recorder": {"reference": "https://elsewhere.example/Practitioner/1", "display": "Dr. B"},
        "reasonReference": [
            words(json!({})), words(json!({"reference": "https://elsewhere.example/Condition/1"})),
            words(json!({"reference": "Questionnaire/1"})), words(json!({"reference": "Condition/gone"})),
            words(json!({"identifier": {"system": "x", "value": "1"}, "type": "Condition"})),
        ],
        "extension": [{"url": "http://nictiz.nl/fhir/StructureDefinition/ext-Context-EpisodeOfCare", "valueReference": words(json!({}))}],
        "note": [{"text": "x"}], "reasonCode": [{"text": "x"}],
    });
    let rendered = rendered(&[content], &[]);
    assert!(!all_bodies(&rendered).contains(SECRET), "{}", all_bodies(&rendered));
    let body = find(&rendered, ResourceType::MedicationRequest);
    assert_eq!(body["medicationReference"], json!({"display": "Ibuprofen"}));
    assert_eq!((&body["requester"], &body["recorder"]), (&json!({"display": "Dr. A"}), &json!({"display": "Dr. B"})));
    let nothing = rendered.faces[&RELEASE].iter().map(|resource| resource.id).collect::<BTreeSet<_>>();
    for reason in body["reasonReference"].as_array().unwrap() {
        let target = reason["reference"].as_str().unwrap().split_once('/').unwrap().1;
        assert!(!nothing.contains(&target.parse::<ResourceId>().unwrap()), "serving cuts it");
    }
    let strip = &rendered.faces[&RELEASE].iter().find(|one| one.kind == ResourceType::MedicationRequest).unwrap().strip;
    assert!(["/note", "/reasonCode", "/reasonReference"].iter().all(|name| strip.iter().any(|own| own == name)));
}

#[test]
fn an_episode_and_its_condition_belong_together_and_so_does_what_names_either() {
    let contents = [
        json!({"resourceType": "EpisodeOfCare", "id": "e", "status": "active",
            "diagnosis": [{"condition": reference("Condition/c")}]}),
        json!({"resourceType": "Condition", "id": "c"}),
        json!({"resourceType": "Encounter", "id": "n", "status": "finished", "episodeOfCare": [reference("EpisodeOfCare/e")]}),
        json!({"resourceType": "Procedure", "id": "by-reason", "status": "completed", "reasonReference": [reference("Condition/c")]}),
        json!({"resourceType": "Procedure", "id": "by-contact", "status": "completed", "encounter": reference("Encounter/n")}),
        json!({"resourceType": "Procedure", "id": "elsewhere", "status": "completed",
            "reasonReference": [{"reference": "https://x.example/EpisodeOfCare/e"}]}),
        json!({"resourceType": "Procedure", "id": "alone", "status": "completed"}),
    ];
    let rendered = rendered(&contents, &[]);
    let episodes = |record: &str| -> Vec<String> {
        item_of(&rendered, record).episodes.iter().map(|id| id.as_str().to_owned()).collect()
    };
    assert_eq!(episodes("EpisodeOfCare:e"), ["Condition:c"]);
    assert_eq!(episodes("Condition:c"), ["EpisodeOfCare:e"]);
    assert_eq!(episodes("Procedure:by-reason"), ["Condition:c"]);
    assert_eq!(episodes("Procedure:by-contact"), ["EpisodeOfCare:e"]);
    let elsewhere = episodes("Procedure:elsewhere");
    assert!(elsewhere.len() == 1 && elsewhere[0] != "EpisodeOfCare:e", "another server's episode is none of ours");
    assert_eq!(episodes("Procedure:alone"), [""; 0]);
}

#[test]
fn a_remark_is_no_conclusion_and_only_what_is_surely_normal_is() {
    use crate::domain::dossier::Flag;
    use crate::domain::release::ValueKind;
    let flagged = |codes: &[&str]| -> Value {
        let system = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
        codes.iter().map(|code| json!({"coding": [{"system": system, "code": code}]})).collect()
    };
    let result = |more: Value| {
        let mut content = json!({"resourceType": "Observation", "id": "o", "status": "final", "note": [{"text": "x"}]});
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let Some(Topic::Observation(facts)) = topic(content.clone()) else { panic!("{content}") };
        assert!(!facts.has_conclusion, "a remark of the laboratory is none");
        (facts.flag, facts.value)
    };
    let quantity = json!({"value": 1});
    assert_eq!(
        result(json!({"interpretation": flagged(&["N"]), "valueQuantity": quantity})),
        (Some(Flag::N), ValueKind::Quantity)
    );
    assert_eq!(result(json!({"interpretation": flagged(&["N", "HH"])})).0, None);
    assert_eq!(result(json!({"interpretation": flagged(&["POS"])})).0, None);
    let in_words = json!([flagged(&["N"])[0], {"text": "sterk afwijkend"}]);
    assert_eq!(result(json!({"interpretation": in_words})).0, None);
    assert_eq!(result(json!({"interpretation": [coded("https://lab.example", "N")]})).0, None);
    let component = json!([{"interpretation": flagged(&["HH"]), "valueString": "x"}]);
    assert_eq!(result(json!({"interpretation": flagged(&["N"]), "component": component})), (None, ValueKind::Text));
    assert_eq!(result(json!({"valueRange": {}})).1, ValueKind::Text);
}

#[test]
fn what_is_no_longer_so_is_not_shown_as_if_it_were() {
    let long_ago = jiff::civil::date(1, 1, 1);
    let is_over = |content: Value| match topic(content).unwrap() {
        Topic::Alert { end, .. } | Topic::Payer { end, .. } | Topic::Directive { end } | Topic::Device { end, .. } => {
            end == Some(long_ago)
        }
        Topic::Treatment { visible, .. } => visible != Visibility::Shown,
        Topic::Vaccination { given, .. } => !given,
        Topic::Referral { in_force, .. } => !in_force,
        Topic::Report { members } => members.is_empty(),
        other => panic!("{other:?}"),
    };
    let cases = [
        ("Flag", "active", "inactive"),
        ("Coverage", "active", "cancelled"),
        ("Consent", "active", "rejected"),
        ("DeviceUseStatement", "active", "completed"),
        ("Procedure", "completed", "not-done"),
        ("Immunization", "completed", "not-done"),
        ("ServiceRequest", "active", "revoked"),
        ("DiagnosticReport", "final", "cancelled"),
    ];
    for (kind, now, over) in cases {
        let content = |status: &str| json!({"resourceType": kind, "id": "x", "status": status, "result": [reference("Observation/o")]});
        assert!(!is_over(content(now)), "{kind} {now}");
        assert!(is_over(content(over)), "{kind} {over}");
    }
}

#[test]
fn bytes_that_two_documents_claim_and_providers_that_are_marked_are_not_rendered() {
    let document = |id: &str| json!({"resourceType": "DocumentReference", "id": id, "status": "current", "content": [{"attachment": {"url": "Binary/b"}}]});
    let binary = json!({"resourceType": "Binary", "id": "b", "contentType": "application/pdf"});
    let has_bytes = |rendered: &RenderedPatient| {
        rendered.faces[&RELEASE].iter().any(|resource| resource.kind == ResourceType::Binary)
    };
    assert!(!has_bytes(&rendered(&[document("d"), document("e"), binary.clone()], &[])));
    let mut withdrawn = document("e");
    withdrawn["status"] = json!("entered-in-error");
    let corrected = rendered(&[document("d"), withdrawn, binary], &[]);
    assert!(has_bytes(&corrected), "a letter that was entered in error claims nothing");
    let label = json!({"security": [{"system": "x", "code": "R"}]});
    let before = render_practice(&practice(), &Ids(&id)).len();
    let shared = [json!({"resourceType": "Organization", "id": "o", "name": "O", "meta": label})];
    assert_eq!(render_practice(&fed_practice(&shared), &Ids(&id)).len(), before);
    let fed_patient = json!({"resourceType": "Patient", "id": "p", "birthDate": "1980", "meta": label});
    let marked = rendered(&[fed_patient], &[]);
    assert!(item_of(&marked, "Patient:p").marks.hidden_by_practice);
    assert_eq!(item_of(&marked, "Patient:p").topic, Topic::Unruled);
}

#[test]
fn a_number_is_found_however_it_is_written() {
    let number = "999990019";
    let old = json!({"use": "old", "system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990020"});
    let by_name = json!({"type": {"text": "BSN"}, "value": "999990032"});
    let fed_patient = json!({"resourceType": "Patient", "id": "p", "birthDate": "1980", "identifier": [old, by_name]});
    let note =
        format!("bsn {number}, 9999 90 019, 9999.90.019, 999-990-019, oud 999990020, anders 999990032, 2026-06-15");
    let flag = json!({"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": note}});
    let in_a_number = json!({"resourceType": "Observation", "id": "o", "status": "final", "valueInteger": 999_990_019});
    let rendered = rendered(&[fed_patient, flag, in_a_number], &[]);
    assert!(rendered.faces[&RELEASE].iter().all(|resource| resource.kind != ResourceType::Observation));
    assert_eq!(rendered.problems.len(), 1);
    let text = find(&rendered, ResourceType::Flag)["code"]["text"].as_str().unwrap().to_owned();
    assert_eq!(text, "bsn *********, *********, *********, *********, oud *********, anders *********, 2026-06-15");
    assert!(["999990019", "999990020", "999990032"].iter().all(|number| !all_bodies(&rendered).contains(number)));
}

#[test]
fn s_and_o_lines_are_known_in_every_spelling() {
    let lines = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
    let never = [
        (Some(format!("{lines}/")), "S"),
        (Some(format!("{lines}#")), "o"),
        (Some("http://snomed.info/sct/".to_owned()), "255362007"),
        (Some("urn:oid:2.16.840.1.113883.6.96".to_owned()), "260224007"),
        (Some("2.16.840.1.113883.2.4.4.32.2".to_owned()), "S"),
        (Some("http://loinc.org".to_owned()), "61150-9"),
        (None, "S"),
    ];
    let concept = |system: &Option<String>, code: &str| match system {
        Some(system) => coded(system, code),
        None => json!({"coding": [{"code": code}]}),
    };
    let holds = |content: &Value| holds_what_is_never_shown(&Json::parse(content.to_string().as_bytes()).unwrap());
    for (system, code) in never {
        assert!(holds(&json!({"resourceType": "Observation", "code": concept(&system, code)})), "{system:?} {code}");
    }
    let susceptible = json!({"interpretation": [{"coding": [{"code": "S"}]}], "code": coded("https://x", "255362007")});
    assert!(!holds(&susceptible), "an interpretation, and a code of another system");
}

#[test]
fn a_product_that_is_not_there_keeps_its_name() {
    let prescribed = |reference: &str| {
        let content = json!({"resourceType": "MedicationRequest", "id": "m", "status": "active",
            "medicationReference": {"reference": reference, "display": "Ibuprofen"}});
        find(&rendered(&[content], &[]), ResourceType::MedicationRequest)["medicationReference"].clone()
    };
    for reference in ["Medication/gone", "https://elsewhere.example/Medication/1"] {
        assert_eq!(prescribed(reference), json!({"display": "Ibuprofen"}), "{reference}");
    }
    let dangling = json!({"resourceType": "Encounter", "id": "n", "status": "finished",
        "reasonReference": [{"reference": "#x", "display": SECRET}],
        "participant": [{"individual": {"type": "RelatedPerson", "display": SECRET}}]});
    assert!(!all_bodies(&rendered(&[dangling], &[])).contains(SECRET));
}

#[test]
fn episodes_are_found_by_identifier_and_a_contact_lends_its_own_only_where_nothing_is_closer() {
    let identifier = json!({"system": "https://his.example/episode", "value": "7"});
    let contents = [
        json!({"resourceType": "EpisodeOfCare", "id": "e1", "status": "active", "identifier": [identifier]}),
        json!({"resourceType": "EpisodeOfCare", "id": "e2", "status": "active"}),
        json!({"resourceType": "Encounter", "id": "n", "status": "finished",
            "episodeOfCare": [reference("EpisodeOfCare/e1"), reference("EpisodeOfCare/e2")]}),
        json!({"resourceType": "Procedure", "id": "by-number", "status": "completed",
            "reasonReference": [{"identifier": identifier}]}),
        json!({"resourceType": "Procedure", "id": "closer", "status": "completed", "encounter": reference("Encounter/n"),
            "reasonReference": [reference("EpisodeOfCare/e2")]}),
        json!({"resourceType": "Procedure", "id": "in-contact", "status": "completed", "encounter": reference("Encounter/n")}),
        json!({"resourceType": "Condition", "id": "c", "encounter": reference("Encounter/n")}),
    ];
    let rendered = rendered(&contents, &[]);
    let episodes = |record: &str| -> Vec<String> {
        item_of(&rendered, record).episodes.iter().map(|id| id.as_str().to_owned()).collect()
    };
    assert_eq!(episodes("Procedure:by-number"), ["EpisodeOfCare:e1"]);
    assert_eq!(episodes("Procedure:closer"), ["EpisodeOfCare:e2"]);
    assert_eq!(episodes("Procedure:in-contact"), ["EpisodeOfCare:e1", "EpisodeOfCare:e2"]);
    assert_eq!(episodes("Condition:c"), [""; 0], "an episode is not its contact's");
}

#[test]
fn supplies_panels_and_reports_hang_on_what_they_name() {
    let agreement = |content: Value| match topic(content) {
        Some(Topic::Supply { agreement, stopped_at, .. }) => {
            (agreement.map(|id| id.as_str().to_owned()), stopped_at.is_some())
        }
        other => panic!("{other:?}"),
    };
    let request = [reference("MedicationRequest/m")];
    for (kind, member) in [
        ("MedicationDispense", "authorizingPrescription"),
        ("MedicationStatement", "basedOn"),
        ("MedicationStatement", "derivedFrom"),
    ] {
        let mut content = json!({"resourceType": kind, "id": "x", "status": "completed"});
        content[member] = json!(request);
        assert_eq!(agreement(content), (Some("MedicationRequest:m".to_owned()), false), "{member}");
    }
    let not_taken = json!({"resourceType": "MedicationStatement", "id": "x", "status": "not-taken"});
    assert_eq!(agreement(not_taken), (None, true));
    let panel =
        json!({"resourceType": "Observation", "id": "x", "status": "final", "hasMember": [reference("Observation/o")]});
    assert_eq!(topic(panel), Some(Topic::Report { members: vec![source("Observation:o")] }));
    let line = json!({"resourceType": "Observation", "id": "l", "status": "final", "code": coded(SNOMED, "129271007")});
    let report = |id: &str| {
        json!({"resourceType": "Composition", "id": id, "status": "final", "encounter": reference("Encounter/e"),
            "section": [{"entry": [reference("Observation/l")]}]})
    };
    let two = rendered(&[line, report("a"), report("b")], &[]);
    let Topic::Line { entry, contact, .. } = &item_of(&two, "Observation:l").topic else { panic!("no line") };
    assert_eq!((entry.as_str(), contact.as_str()), ("Observation:l", "Observation:l"), "whose it is is not known");
    assert!(item_of(&two, "Observation:l").marks.hidden_by_practice);
    let secret = json!({"resourceType": "Composition", "id": "c", "status": "final", "confidentiality": "R"});
    assert!(item_of(&rendered(&[secret], &[]), "Composition:c").marks.hidden_by_practice);
}
