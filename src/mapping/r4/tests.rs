//! Promises of the whole rendering; those of one building block stand beside it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

mod dates;

use proptest::prelude::*;
use serde_json::Value;

use super::sample::*;
use crate::domain::dossier::*;
use crate::domain::ids::ResourceId;
use crate::domain::release::{ItemKey, Reason, Topic, ValueKind, Verdict};
use crate::fhir::links::Link;
use crate::fhir::{FhirRelease, Releases, ResourceType};
use crate::mapping::check::Profiles;
use crate::mapping::index::index_patient;
use crate::mapping::view::View;
use crate::mapping::{Ids, Rendered, RenderedPatient, render_patient};

/// Compiled once for all tests.
fn profiles() -> &'static Profiles {
    static PROFILES: OnceLock<Profiles> = OnceLock::new();
    PROFILES.get_or_init(|| Profiles::load().unwrap())
}

const R4: FhirRelease = FhirRelease::R4;

fn render(records: &PatientRecords) -> RenderedPatient {
    render_patient(records, &practice(), &Ids(&id), &Releases::from([R4]))
}

fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>) -> Vec<Rendered> {
    crate::mapping::render_practice(practice, ids, &Releases::from([R4])).remove(&R4).unwrap()
}

fn json(rendered: &Rendered) -> Value {
    serde_json::from_slice(&rendered.body).unwrap()
}

fn find<'r>(patient: &'r RenderedPatient, kind: ResourceType, purpose: &str, key: &str) -> &'r Rendered {
    let wanted = id(purpose, key);
    patient.faces[&R4].iter().find(|r| r.kind == kind && r.id == wanted).unwrap_or_else(|| panic!("no {kind} of {key}"))
}

fn body(patient: &RenderedPatient, kind: ResourceType, key: &str) -> Value {
    json(find(patient, kind, kind.as_str(), key))
}

fn item(patient: &RenderedPatient, key: &ItemKey) -> usize {
    patient.facts.items().iter().position(|item| item.key == *key).unwrap()
}

fn with(change: impl FnOnce(&mut PatientRecords)) -> RenderedPatient {
    let mut records = rich();
    change(&mut records);
    render(&records)
}

#[test]
fn whoever_has_a_specialty_has_a_role_that_passes_its_profile() {
    let mut practice = practice();
    let cardiologist = Coded { code: Some((CodeSystem::AgbSpecialty, "0320".into())), display: "Cardiologie".into() };
    for employee in practice.employees.values_mut() {
        employee.d.specialty = Some(cardiologist.clone());
    }
    let made = render_practice(&practice, &Ids(&id));
    let roles: Vec<_> = made.iter().filter(|rendered| rendered.kind == ResourceType::PractitionerRole).collect();
    for role in &roles {
        assert!(profiles().check(R4, role.kind, &json(role)).is_ok(), "{}", json(role));
    }
    let said: Vec<_> = roles.iter().map(|role| json(role)["specialty"][0]["coding"][0]["code"].clone()).collect();
    assert!(said.contains(&"01.015".into()) && said.contains(&"0320".into()), "{said:?}");
}

/// Every object with a `display` and no `system`, and every reference: what others call a resource.
fn references(value: &Value, found: &mut Vec<(Option<String>, String)>) {
    match value {
        Value::Object(members) => {
            if let (None, Some(display)) = (members.get("system"), members.get("display").and_then(Value::as_str)) {
                let target = members.get("reference").and_then(Value::as_str).map(str::to_owned);
                found.push((target, display.to_owned()));
            }
            assert!(
                !members.get("reference").is_some_and(Value::is_string) || members.contains_key("display"),
                "a reference without display"
            );
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| references(element, found)),
        _ => {}
    }
}

/// The golden file holds one resource a line: digits and order of members exactly as served.
/// `DVZA_BLESS=1` writes it anew; then it is reviewed like code.
fn compare_with_golden(name: &str, resources: &[Rendered]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/mapping/r4/golden").join(name);
    let mut lines = Vec::new();
    for resource in resources {
        lines.extend_from_slice(&resource.body);
        lines.push(b'\n');
    }
    if std::env::var_os("DVZA_BLESS").is_some() {
        std::fs::write(&path, &lines).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    for (line, (expected, resource)) in golden.lines().zip(resources).enumerate() {
        let rendered = std::str::from_utf8(&resource.body).unwrap();
        assert_eq!(rendered, expected, "{name}, line {}", line + 1);
    }
    assert_eq!(golden.lines().count(), resources.len(), "{name}");
}

#[test]
fn the_items_are_the_same_whatever_is_rendered_of_them() {
    let made = |releases: &Releases| render_patient(&rich(), &practice(), &Ids(&id), releases);
    let (none, all) = (made(&Releases::new()), made(&Releases::from(FhirRelease::ALL)));
    assert!(none.faces.is_empty() && none.problems.is_empty());
    assert_eq!(none.facts, render(&rich()).facts);
    assert_eq!(all.facts, none.facts);
    assert_eq!(all.faces[&R4], render(&rich()).faces[&R4]);
}

#[test]
fn a_place_that_tells_of_another_item_goes_with_it() {
    let (index, ..) = index_patient(render(&rich()), profiles());
    let mut index = index.into_face(R4).unwrap();
    let first = |kind| index.resources.iter().position(|resource| resource.kind == kind).unwrap();
    let (episode, contact) = (first(ResourceType::EpisodeOfCare), first(ResourceType::Encounter));
    let (told, kind) = (index.resources[contact].id, ResourceType::Encounter);
    index.resources[episode].ties.push(Link::tie("/period/start", kind, told, Vec::new()));
    let is_told = |verdict: Verdict| {
        let mut verdicts = vec![Verdict::Release; index.facts.items().len()];
        verdicts[index.resources[contact].item] = verdict;
        let view = View::new(Arc::new(index.clone()), Arc::default(), verdicts);
        let place = view.find(ResourceType::EpisodeOfCare, index.resources[episode].id).unwrap();
        !view.cuts(view.get(place).unwrap()).contains(&"/period/start")
    };
    assert!(is_told(Verdict::Release));
    assert!(!is_told(Verdict::Withhold(Reason::Moment)));
}

#[test]
fn the_rich_dossier_is_rendered_as_the_golden_file_says() {
    compare_with_golden("rich.ndjson", &render(&rich()).faces[&R4]);
    compare_with_golden("practice.ndjson", &render_practice(&practice(), &Ids(&id)));
}

#[test]
fn every_resource_passes_its_profile() {
    let profiles = profiles();
    let patient = render(&rich());
    for resource in patient.faces[&R4].iter().chain(&render_practice(&practice(), &Ids(&id))) {
        let body = json(resource);
        assert_eq!(profiles.check(R4, resource.kind, &body), Ok(()), "{body:#}");
    }
}

#[test]
fn every_profile_of_the_server_occurs_in_the_rich_dossier() {
    let profiles = profiles();
    let patient = render(&rich());
    let practice = render_practice(&practice(), &Ids(&id));
    let bodies: Vec<Value> = patient.faces[&R4].iter().chain(&practice).map(json).collect();
    for canonical in profiles.canonicals(R4).filter(|canonical| !canonical.ends_with("/Binary")) {
        let is_claimed = bodies.iter().any(|body| body["meta"]["profile"][0] == *canonical);
        assert!(is_claimed, "{canonical}");
    }
}

#[test]
fn a_poor_dossier_passes_its_profiles_too() {
    let profiles = profiles();
    let mut poor = patient();
    poor.bsn = None;
    poor.name = PersonName {
        initials: None,
        first: None,
        call: None,
        prefix: None,
        last: "Jansen".into(),
        partner_prefix: None,
        partner_last: None,
        use_: None,
        title: None,
        suffix: None,
    };
    poor.addr = None;
    poor.phone.clear();
    poor.email = None;
    poor.gp = None;
    let patient = render(&PatientRecords::of(record("p9", poor)));
    assert_eq!((patient.faces[&R4].len(), patient.facts.items().len(), patient.problems.len()), (1, 1, 0));
    let body = json(&patient.faces[&R4][0]);
    assert_eq!(profiles.check(R4, ResourceType::Patient, &body), Ok(()));
    assert_eq!(body["identifier"].as_array().map(Vec::len), Some(1), "no number, so no masked number");
}

#[test]
fn no_body_holds_a_citizen_service_number() {
    for resource in render(&rich()).faces.remove(&R4).unwrap() {
        let body = String::from_utf8(resource.body).unwrap();
        assert!(!body.contains(BSN) && !body.contains(OTHER_BSN), "{} {}", resource.kind, resource.id);
    }
}

#[test]
fn the_number_is_masked_and_the_own_identifier_is_the_id() {
    let patient = render(&rich());
    let body = body(&patient, ResourceType::Patient, "p1");
    assert_eq!(body["identifier"][0]["value"], body["id"]);
    let masked = &body["identifier"][1];
    assert_eq!(masked["system"], "http://fhir.nl/fhir/NamingSystem/bsn");
    assert_eq!(masked.get("value"), None);
    assert_eq!(masked["_value"]["extension"][0]["valueCode"], "masked");
}

#[test]
fn a_secret_address_is_left_out() {
    let patient = with(|records| {
        if let Some(addr) = &mut records.patient.d.addr {
            addr.secret = true;
        }
    });
    let text = body(&patient, ResourceType::Patient, "p1").to_string();
    for word in ["address", "Zandpad", "Proefdorp", "9998ZY"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn ids_and_keys_of_the_his_do_not_leave() {
    for resource in render(&rich()).faces.remove(&R4).unwrap() {
        let body = String::from_utf8(resource.body).unwrap();
        for key in ["\"p1\"", "\"ep1\"", "\"c1\"", "c1-1", "\"o07\"", "\"e1\"", "\"d1\""] {
            assert!(!body.contains(key), "{key} in {}", resource.kind);
        }
    }
}

#[test]
fn references_say_nothing_of_another_item() {
    let patient = render(&rich());
    let own: HashMap<String, usize> = patient.faces[&R4]
        .iter()
        .map(|resource| (format!("{}/{}", resource.kind, resource.id), resource.item))
        .collect();
    for resource in &patient.faces[&R4] {
        let mut found = Vec::new();
        references(&json(resource), &mut found);
        for (target, display) in found {
            let Some(target) = target else { continue };
            let is_same_item = own.get(&target) == Some(&resource.item);
            let names = [
                "Patiënt",
                "Episode",
                "Probleem",
                "Uitslag",
                "Journaalregel",
                "Aanvraag",
                "Monster",
                "Medicatieafspraak",
                "Verstrekkingsverzoek",
                "Contactpersoon",
                "Wilsverklaring",
                "Hulpmiddel",
            ];
            let neutral = names.contains(&display.as_str())
                || target.starts_with("Encounter/")
                || target.starts_with("PractitionerRole/")
                || target.starts_with("Organization/");
            assert!(is_same_item || neutral, "{} calls {target} {display:?}", resource.kind);
        }
    }
}

#[test]
fn no_text_of_one_item_stands_in_another() {
    let patient = render(&rich());
    let texts = [
        ("Suikerziekte (type 2)", ItemKey::record(RecordType::Episode, &source("ep1"))),
        ("Zorgen thuis", ItemKey::record(RecordType::Episode, &source("ep4"))),
        ("Metformine tablet", ItemKey::record(RecordType::Medication, &source("m1"))),
        ("Kweek keel", ItemKey::record(RecordType::Observation, &source("o08"))),
        ("Brief oogarts", ItemKey::record(RecordType::Document, &source("d1"))),
        ("Penicillines", ItemKey::record(RecordType::Allergy, &source("a1"))),
    ];
    for (text, key) in texts {
        let owner = item(&patient, &key);
        for resource in patient.faces[&R4].iter().filter(|resource| resource.item != owner) {
            let body = String::from_utf8(resource.body.clone()).unwrap();
            assert!(!body.contains(text), "{text} in {}", resource.kind);
        }
    }
}

#[test]
fn the_same_dossier_gives_the_same_bytes() {
    assert_eq!(render(&rich()), render(&rich()));
}

#[test]
fn there_is_one_item_per_record_and_per_line() {
    let records = rich();
    let patient = render(&records);
    let lines: usize = records.entries.iter().map(|entry| entry.d.lines.len()).sum();
    let clinical = records.episodes.len() + records.contacts.len() + records.entries.len() + records.medications.len();
    let results = records.observations.len() + records.reports.len() + records.specimens.len() + records.orders.len();
    let safety = records.allergies.len() + records.contraindications.len() + records.alerts.len();
    let done = records.treatments.len() + records.vaccinations.len() + records.documents.len();
    let planned = records.prophylaxes.len() + records.referrals.len() + records.appointments.len();
    let people = records.representatives.len() + records.contact_persons.len() + records.payers.len();
    let supplies = records.medication_uses.len()
        + records.dispense_requests.len()
        + records.administration_agreements.len()
        + records.dispenses.len();
    let social = records.directives.len()
        + records.advance_directives.len()
        + records.lifestyles.len()
        + records.living_situations.len()
        + records.functional_statuses.len()
        + records.devices.len();
    // Beside them the patient, the laboratories, and the blood pressure made of two results.
    let all = 3 + lines + clinical + results + safety + done + planned + people + supplies + social;
    assert_eq!(patient.facts.items().len(), all);
    assert_eq!(patient.facts.items()[0].topic, Topic::Person);
    assert_eq!(patient.facts.items()[0].key, ItemKey::record(RecordType::Patient, &source("p1")));
    let mut keys: Vec<_> = patient.facts.items().iter().map(|item| item.key.clone()).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), patient.facts.items().len(), "every item has a key of its own");
}

#[test]
fn every_resource_belongs_to_the_item_of_its_record() {
    let patient = render(&rich());
    for (kind, t, key) in [
        (ResourceType::EpisodeOfCare, RecordType::Episode, "ep1"),
        (ResourceType::Condition, RecordType::Episode, "ep1"),
        (ResourceType::Flag, RecordType::Episode, "ep1"),
        (ResourceType::Encounter, RecordType::Contact, "c1"),
        (ResourceType::Composition, RecordType::Entry, "c1-1"),
        (ResourceType::MedicationRequest, RecordType::Medication, "m1"),
        (ResourceType::Medication, RecordType::Medication, "m1"),
        (ResourceType::DiagnosticReport, RecordType::Report, "lab1"),
        (ResourceType::Binary, RecordType::Document, "d1"),
    ] {
        let resource = find(&patient, kind, kind.as_str(), key);
        assert_eq!(resource.item, item(&patient, &ItemKey::record(t, &source(key))), "{kind}");
    }
    let line = find(&patient, ResourceType::Observation, "Observation.line", "c1-1#3");
    assert_eq!(line.item, item(&patient, &ItemKey::line(&source("c1-1"), 3)));
}

#[test]
fn only_attention_makes_a_flag() {
    for attention in [Attention::No, Attention::Unknown] {
        let patient = with(|records| records.episodes[0].d.attention = attention);
        let flag = id("Flag", "ep1");
        assert!(patient.faces[&R4].iter().all(|resource| resource.id != flag));
    }
}

#[test]
fn an_open_problem_has_not_ended() {
    let patient = with(|records| records.episodes[1].d.status = EpisodeStatus::Open);
    assert_eq!(body(&patient, ResourceType::Condition, "ep2").get("abatementDateTime"), None);
    assert_eq!(body(&patient, ResourceType::EpisodeOfCare, "ep2")["period"]["end"], "2023-03-01");
}

#[test]
fn a_contact_is_linked_to_the_episodes_of_all_its_deelcontacten() {
    let patient = render(&rich());
    let key = ItemKey::record(RecordType::Contact, &source("c1"));
    assert_eq!(patient.facts.items()[item(&patient, &key)].episodes, sources(&["ep1", "ep4"]));
    let encounter = body(&patient, ResourceType::Encounter, "c1");
    assert_eq!(encounter["episodeOfCare"].as_array().map(Vec::len), Some(2));
    assert_eq!(encounter["period"]["start"], "2026-05-18T14:05:00+02:00");
}

#[test]
fn a_report_has_both_type_codes_and_a_section_per_line() {
    let patient = render(&rich());
    let report = body(&patient, ResourceType::Composition, "c1-1");
    assert_eq!(report["type"]["coding"][0]["code"], "11591000146107");
    assert_eq!(report["type"]["coding"][1]["code"], "67781-5");
    assert_eq!(report["title"], "Contactverslag 18-05-2026");
    let sections = report["section"].as_array().unwrap();
    assert_eq!(sections.len(), 2);
    assert!(sections[0]["text"]["div"].as_str().unwrap().contains("HbA1c &gt; 53 &amp; stijgend."));
    let line = format!("Observation/{}", id("Observation.line", "c1-1#1"));
    assert_eq!(sections[0]["entry"][0]["reference"], line);
    assert_eq!(sections[0]["entry"][1]["reference"], format!("EpisodeOfCare/{}", id("EpisodeOfCare", "ep1")));
}

#[test]
fn without_a_carer_the_practice_is_the_author() {
    let patient = render(&rich());
    let report = body(&patient, ResourceType::Composition, "c2-1");
    assert_eq!(report["author"][0]["reference"], format!("Organization/{}", id("Organization", "pr1")));
}

#[test]
fn a_code_on_a_plan_line_is_a_problem_and_is_left_out() {
    let patient = render(&rich());
    let line = json(find(&patient, ResourceType::Observation, "Observation.line", "c2-1#1"));
    assert!(!line.to_string().contains("SOAPLineCode"));
    let problem = patient.problems.iter().find(|problem| problem.path == "/lines/1/icpc").unwrap();
    assert_eq!(problem.record, RecordRef { t: RecordType::Entry, id: source("c2-1") });
}

#[test]
fn a_deelcontact_without_its_contact_is_not_rendered_but_its_facts_are() {
    let patient = with(|records| records.contacts.clear());
    for kind in [ResourceType::Composition, ResourceType::Encounter] {
        assert!(patient.faces[&R4].iter().all(|resource| resource.kind != kind), "{kind}");
    }
    assert!(patient.facts.items().iter().any(|item| item.key == ItemKey::line(&source("c1-1"), 1)));
    assert!(patient.problems.iter().any(|problem| problem.path == "/contact"));
}

#[test]
fn a_line_carries_the_marks_of_its_deelcontact_and_its_own() {
    let patient = with(|records| {
        records.entries[0].mark.hidden = true;
        records.entries[0].d.lines[0].third_party = true;
    });
    let marks = |index: usize| patient.facts.items()[item(&patient, &ItemKey::line(&source("c1-1"), index))].marks;
    assert!(marks(1).third_party && marks(1).hidden_by_practice);
    assert!(!marks(3).third_party && marks(3).hidden_by_practice);
}

#[test]
fn digits_are_kept() {
    let patient = render(&rich());
    let raw = |key: &str| {
        String::from_utf8(find(&patient, ResourceType::Observation, "Observation", key).body.clone()).unwrap()
    };
    assert!(raw("o07").contains(r#""valueQuantity":{"value":7.40,"unit":"mmol/L""#));
    assert!(raw("o07").contains(r#""low":{"value":4.0,"#) && raw("o07").contains(r#""high":{"value":5.60,"#));
    assert!(raw("o03").contains(r#""value":37.40,"#));
    let request = find(&patient, ResourceType::MedicationRequest, "MedicationRequest", "m1");
    assert!(String::from_utf8(request.body.clone()).unwrap().contains(r#""quantity":{"value":90.50,"unit":"stuk"}"#));
}

#[test]
fn the_profile_of_a_result_follows_what_it_is_and_whether_its_value_is_complete() {
    let patient = render(&rich());
    let cases = [
        ("o01", "/Observation", None),
        ("o02", "/nl-core-PulseRate.PulseRateValue", Some("vital-signs")),
        ("o03", "/nl-core-BodyTemperature", Some("vital-signs")),
        ("o04", "/nl-core-BodyWeight", Some("vital-signs")),
        ("o05", "/nl-core-BodyHeight", Some("vital-signs")),
        ("o06", "/Observation", None),
        ("o07", "/nl-core-LaboratoryTestResult", Some("laboratory")),
        ("o08", "/nl-core-LaboratoryTestResult", Some("laboratory")),
        ("o10", "/Observation", None),
        ("o11", "/Observation", Some("laboratory")),
    ];
    for (key, profile, category) in cases {
        let body = body(&patient, ResourceType::Observation, key);
        assert!(body["meta"]["profile"][0].as_str().unwrap().ends_with(profile), "{key}");
        assert_eq!(body.pointer("/category/0/coding/0/code").and_then(Value::as_str), category, "{key}");
    }
}

#[test]
fn a_remark_on_a_third_party_is_cut_and_the_value_stays() {
    let patient = render(&rich());
    let body = body(&patient, ResourceType::Observation, "o09");
    assert!(!body.to_string().contains("Moeder"));
    assert_eq!(body["valueCodeableConcept"]["coding"][0]["code"], "32");
    assert_eq!(body["note"][0]["text"], "Geen afwijkingen.");
}

#[test]
fn a_report_concludes_only_what_all_its_results_conclude() {
    let conclusion =
        |patient: &RenderedPatient| body(patient, ResourceType::DiagnosticReport, "lab1").get("conclusion").cloned();
    assert_eq!(conclusion(&render(&rich())), Some("Geen afwijkingen.".into()));
    let other = with(|records| records.observations[7].d.release.conclusion = Some("Bel ons.".into()));
    assert_eq!(conclusion(&other), None);
    let without = with(|records| records.observations[7].d.release.conclusion = None);
    assert_eq!(conclusion(&without), None);
    let missing = with(|records| records.reports[0].d.members.push(source("o99")));
    assert_eq!(conclusion(&missing), None);
    let empty = with(|records| records.observations.clear());
    assert_eq!(conclusion(&empty), None);
}

#[test]
fn a_result_that_only_names_its_report_belongs_to_it() {
    let patient = with(|records| records.reports[0].d.members.clear());
    let key = ItemKey::record(RecordType::Report, &source("lab1"));
    let Topic::Report { members } = &patient.facts.items()[item(&patient, &key)].topic else { panic!("no report") };
    assert_eq!(*members, sources(&["o07", "o08"]));
}

#[test]
fn the_facts_of_a_result_are_those_of_its_record_and_its_report() {
    let result = |patient: &RenderedPatient, key: &str| {
        let key = ItemKey::record(RecordType::Observation, &source(key));
        let Topic::Observation(facts) = patient.facts.items()[item(patient, &key)].topic.clone() else { panic!() };
        facts
    };
    let patient = render(&rich());
    let glucose = result(&patient, "o07");
    assert_eq!((glucose.value, glucose.flag), (ValueKind::Quantity, Some(Flag::H)));
    assert!(glucose.in_report && glucose.has_conclusion);
    assert_eq!(glucose.authorised_at, Some(at("2026-06-05T13:02:00+02:00")));
    let loose = result(&patient, "o09");
    assert!(!loose.in_report && loose.authorised_at.is_none());
    let lost = with(|records| records.reports.clear());
    let lost = result(&lost, "o07");
    assert!(lost.in_report && lost.authorised_at.is_none(), "a report that is not there never starts the timer");
}

#[test]
fn a_stripped_prescription_loses_its_reasons_and_episodes() {
    let patient = render(&rich());
    let cases = [
        ("m1", vec!["/extension/0", "/reasonReference"]),
        ("m2", vec!["/extension/0", "/extension/1", "/reasonReference", "/reasonCode"]),
        ("m3", vec!["/note"]),
        ("m4", vec!["/extension/0", "/reasonReference"]),
    ];
    for (key, strip) in cases {
        let resource = find(&patient, ResourceType::MedicationRequest, "MedicationRequest", key);
        assert_eq!(resource.strip, strip, "{key}");
    }
    for resource in &patient.faces[&R4] {
        let body = json(resource);
        assert!(resource.strip.iter().all(|pointer| body.pointer(pointer).is_some()), "{}", resource.kind);
    }
}

#[test]
fn nothing_of_an_episode_is_left_when_the_pointers_are_removed() {
    for resource in render(&rich()).faces.remove(&R4).unwrap() {
        if !matches!(resource.kind, ResourceType::MedicationRequest | ResourceType::DocumentReference) {
            continue;
        }
        let mut body = json(&resource);
        for pointer in resource.strip.iter().rev() {
            *body.pointer_mut(pointer).unwrap() = Value::Null;
        }
        let text = body.to_string();
        assert!(!text.contains("EpisodeOfCare/") && !text.contains("Condition/") && !text.contains("ICPC"), "{text}");
    }
}

#[test]
fn a_reason_without_its_episode_is_named_by_its_code() {
    let patient = render(&rich());
    let body = body(&patient, ResourceType::MedicationRequest, "m2");
    assert_eq!(body["reasonReference"], serde_json::json!([{"display": "ICPC R96"}]));
}

#[test]
fn a_reason_with_the_code_of_another_episode_goes_with_that_episode() {
    let patient = with(|records| {
        records.medications[2].d.reason_icpc = Some("H71".into());
        records.medications[2].d.episodes = Vec::new();
    });
    let request = body(&patient, ResourceType::MedicationRequest, "m3");
    let reference = format!("Condition/{}", id("Condition", "ep2"));
    assert_eq!(request["reasonReference"], serde_json::json!([{"reference": reference, "display": "Probleem"}]));
}

#[test]
fn a_prescription_has_both_categories_and_a_schedule_only_when_understood() {
    let patient = render(&rich());
    let full = body(&patient, ResourceType::MedicationRequest, "m1");
    assert_eq!(full["category"][0]["coding"][0]["code"], "33633005");
    assert_eq!(full["category"][1]["coding"][0]["code"], "16076005");
    let dosage = &full["dosageInstruction"][0];
    assert_eq!(
        (&dosage["timing"]["repeat"]["frequency"], &dosage["timing"]["repeat"]["periodUnit"]),
        (&2.into(), &"d".into())
    );
    assert_eq!(dosage["asNeededCodeableConcept"]["coding"][0]["code"], "1028");
    let others: Vec<_> =
        dosage["additionalInstruction"].as_array().unwrap().iter().map(|c| &c["coding"][0]["code"]).collect();
    assert_eq!(others, ["1010", "1137"]);
    let free = body(&patient, ResourceType::MedicationRequest, "m2");
    let dosage = &free["dosageInstruction"][0];
    assert_eq!(dosage["text"], "2 inhalaties half uur voor het sporten");
    assert!(dosage.get("timing").is_none() && dosage.get("doseAndRate").is_none());
}

#[test]
fn use_ends_at_the_instant_of_stopping_when_that_comes_first() {
    let end = |change: fn(&mut Medication)| {
        let patient = with(|records| change(&mut records.medications[1].d));
        let body = body(&patient, ResourceType::MedicationRequest, "m2");
        let extensions = body["extension"].as_array().unwrap().clone();
        extensions.iter().find_map(|e| e.pointer("/valuePeriod/end")).and_then(Value::as_str).map(str::to_owned)
    };
    assert_eq!(end(|_| {}).as_deref(), Some("2026-06-20T14:15:00+02:00"));
    assert_eq!(end(|m| m.stopped_at = Some(at("2026-08-01T00:00:00+02:00"))).as_deref(), Some("2026-07-08"));
    assert_eq!(end(|m| (m.stopped_at, m.end) = (None, None)), None);
}

#[test]
fn a_cause_outside_the_required_list_says_that_its_code_is_not_known() {
    let patient = render(&rich());
    for (key, absent) in [("a1", false), ("a2", true), ("a3", true), ("a4", false)] {
        let body = body(&patient, ResourceType::AllergyIntolerance, key);
        assert_eq!(body["code"].get("extension").is_some(), absent, "{key}");
        assert!(body["code"]["text"].is_string(), "{key}");
    }
}

#[test]
fn only_complete_pdf_bytes_make_a_binary() {
    let patient = render(&rich());
    let binaries: Vec<_> = patient.faces[&R4].iter().filter(|r| r.kind == ResourceType::Binary).collect();
    let [binary] = binaries.as_slice() else { panic!("{} binaries", binaries.len()) };
    assert_eq!(binary.content.as_deref(), Some(LETTER));
    assert_eq!(
        json(binary),
        serde_json::json!({
            "resourceType": "Binary", "id": binary.id.to_string(), "contentType": "application/pdf"
        })
    );
    for (key, url) in [("d1", true), ("d2", false), ("d3", false)] {
        let body = body(&patient, ResourceType::DocumentReference, key);
        assert_eq!(body["content"][0]["attachment"].get("url").is_some(), url, "{key}");
        let facts = &patient.facts.items()[item(&patient, &ItemKey::record(RecordType::Document, &source(key)))];
        assert!(matches!(facts.topic, Topic::Document { servable, .. } if servable == url), "{key}");
    }
}

#[test]
fn a_document_is_dated_by_its_day_in_amsterdam() {
    let patient = render(&rich());
    assert_eq!(body(&patient, ResourceType::DocumentReference, "d1")["date"], "2026-01-22T00:00:00+01:00");
    assert_eq!(body(&patient, ResourceType::DocumentReference, "d2")["date"], "2026-01-24T00:00:00+01:00");
}

#[test]
fn what_points_to_nothing_is_a_problem_and_never_a_dangling_reference() {
    let patient = with(|records| {
        records.patient.d.gp = Some(source("e9"));
        records.medications[0].d.episodes = sources(&["ep9"]);
        records.medications[0].d.prescriber = Some(source("e9"));
        records.observations[0].d.contact = Some(source("c9"));
        records.contacts[0].d.carer = Some(source("e9"));
        records.reports[0].d.members.push(source("o99"));
    });
    let paths: Vec<&str> = patient.problems.iter().map(|problem| problem.path.as_str()).collect();
    for path in ["/gp", "/episodes", "/prescriber", "/contact", "/carer", "/members"] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
    let known: Vec<String> = patient.faces[&R4]
        .iter()
        .chain(&render_practice(&practice(), &Ids(&id)))
        .map(|resource| format!("{}/{}", resource.kind, resource.id))
        .collect();
    for resource in &patient.faces[&R4] {
        let mut found = Vec::new();
        references(&json(resource), &mut found);
        for target in found.into_iter().filter_map(|(target, _)| target) {
            assert!(known.contains(&target), "{target} of {}", resource.kind);
        }
    }
}

#[test]
fn a_subject_without_a_release_record_is_closed() {
    let patient = with(|records| records.release = None);
    let subject = patient.facts.subject;
    assert_eq!((subject.state, subject.block, subject.opened_at), (DossierState::None, Block::None, None));
}

#[test]
fn ids_differ_by_purpose() {
    let patient = render(&rich());
    let mut ids: Vec<ResourceId> = patient.faces[&R4].iter().map(|resource| resource.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), patient.faces[&R4].len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_words_of_the_source_give_valid_resources_without_numbers(
        text in "(\\PC|[\\x00-\\x1f<>&\"\\\\]|999990019|999991061){0,40}",
        digits in "-?[0-9]{1,9}([.][0-9]{1,6})?",
    ) {
        let profiles = profiles();
        let patient = with(|records| {
            records.patient.d.name.last.clone_from(&text);
            records.episodes[0].d.friendly_title = Some(text.clone());
            records.entries[0].d.lines[0].text.clone_from(&text);
            records.medications[0].d.name = Some(text.clone());
            records.medications[0].d.dosage_text = Some(text.clone());
            records.medications[0].d.unit = Some(text.clone());
            records.allergies[0].d.agent.display.clone_from(&text);
            records.allergies[0].d.reaction = Some(text.clone());
            records.observations[0].d.name = Some(text.clone());
            records.observations[6].d.value = number(&digits, &text, false);
            records.observations[7].d.value = ObservationValue::Text(text.clone());
            records.observations[6].d.release.conclusion = Some(text.clone());
            records.documents[0].d.title.clone_from(&text);
            records.documents[0].d.explanation = Some(text.clone());
            records.reports[0].d.lab.clone_from(&text);
            records.contacts[1].d.location = Some(text.clone());
        });
        for resource in &patient.faces[&R4] {
            let body = json(resource);
            prop_assert_eq!(profiles.check(R4, resource.kind, &body), Ok(()));
            let written = String::from_utf8(resource.body.clone()).unwrap();
            prop_assert!(digits == BSN || !written.contains(BSN) && !written.contains(OTHER_BSN));
        }
    }
}

#[test]
fn a_panel_without_a_value_is_shown_as_its_members_are() {
    // R-LAB-11: what it says of all of them goes while one is withheld
    let patient = with(|records| {
        let mut panel = records.observations[0].clone();
        panel.id = source("panel");
        panel.d.value = crate::domain::dossier::ObservationValue::None;
        panel.d.members = sources(&["o07", "o08"]);
        panel.d.interpretation = Some("past bij het beeld".into());
        panel.d.release.conclusion = Some("Alles goed.".into());
        panel.d.release.state = crate::domain::dossier::ResultState::Published;
        records.observations.push(panel);
    });
    let key = ItemKey::record(RecordType::Observation, &source("panel"));
    let Topic::Report { members } = &patient.facts.items()[item(&patient, &key)].topic else { panic!("no panel") };
    assert_eq!(*members, sources(&["o07", "o08"]));
    let resource = find(&patient, ResourceType::Observation, "Observation", "panel");
    assert!(resource.strip.iter().any(|pointer| pointer == "/interpretation"), "{:?}", resource.strip);
    assert!(resource.strip.iter().any(|pointer| pointer == "/note"), "{:?}", resource.strip);
}

#[test]
fn medication_ends_as_its_days_or_what_was_handed_out_say() {
    // R-MED-01, R-MED-03
    let end = |days: Option<u32>, chronic: bool| {
        let patient = with(|records| {
            let medication = &mut records.medications[0];
            (medication.id, medication.d.end, medication.d.days) = (source("new"), None, days);
            medication.d.chronic = chronic;
            medication.d.start = jiff::civil::date(2026, 6, 1);
            let mut dispense = records.dispenses[0].clone();
            dispense.id = source("handed");
            dispense.d.supply.agreement = Some(source("new"));
            dispense.d.handed_over = crate::domain::dossier::ObservationDate::Day(jiff::civil::date(2026, 6, 3));
            dispense.d.days = Some(10);
            records.dispenses.push(dispense);
        });
        let key = ItemKey::record(RecordType::Medication, &source("new"));
        let Topic::Medication { end, .. } = patient.facts.items()[item(&patient, &key)].topic else { panic!() };
        end.map(|end| end.to_string())
    };
    assert_eq!(end(Some(90), false).as_deref(), Some("2026-08-29"));
    assert_eq!(end(None, false).as_deref(), Some("2026-06-12"));
    assert_eq!(end(None, true), None);
}
