//! Promises of the whole rendering in STU3; those of one building block stand beside it.

use std::path::PathBuf;
use std::sync::OnceLock;

use jiff::civil::date;
use serde_json::{Value, json};

use super::add_comment;
use crate::domain::dossier::{Attention, PatientRecords, Who};
use crate::fhir::links::links_of;
use crate::fhir::tree::Json;
use crate::fhir::{FhirRelease, Releases, ResourceType};
use crate::mapping::check::Profiles;
use crate::mapping::r4::sample::{id, practice, rich, source};
use crate::mapping::{Ids, Rendered, render_patient, render_practice};

const STU3: FhirRelease = FhirRelease::Stu3;

/// Compiled once for all tests.
fn profiles() -> &'static Profiles {
    static PROFILES: OnceLock<Profiles> = OnceLock::new();
    PROFILES.get_or_init(|| Profiles::load().unwrap())
}

fn render(records: &PatientRecords) -> Vec<Rendered> {
    let mut rendered = render_patient(records, &practice(), &Ids(&id), &Releases::from([STU3]));
    rendered.faces.remove(&STU3).unwrap()
}

fn of_practice() -> Vec<Rendered> {
    render_practice(&practice(), &Ids(&id), &Releases::from([STU3])).remove(&STU3).unwrap()
}

fn json(rendered: &Rendered) -> Value {
    serde_json::from_slice(&rendered.body).unwrap()
}

fn bodies(rendered: &[Rendered], kind: ResourceType) -> Vec<Value> {
    rendered.iter().filter(|resource| resource.kind == kind).map(json).collect()
}

/// The golden file holds one resource a line: digits and order of members exactly as served.
/// `DVZA_BLESS=1` writes it anew; then it is reviewed like code.
fn compare_with_golden(name: &str, resources: &[Rendered]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/mapping/stu3/golden").join(name);
    let mut lines = Vec::new();
    for resource in resources {
        lines.extend_from_slice(&resource.body);
        lines.push(b'\n');
    }
    if std::env::var_os("DVZA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
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
fn the_rich_dossier_is_rendered_as_the_golden_file_says() {
    compare_with_golden("rich.ndjson", &render(&rich()));
    compare_with_golden("practice.ndjson", &of_practice());
}

#[test]
fn every_resource_passes_its_profile() {
    for resource in render(&rich()).iter().chain(&of_practice()) {
        let body = json(resource);
        assert_eq!(profiles().check(STU3, resource.kind, &body), Ok(()), "{body:#}");
    }
}

#[test]
fn every_profile_of_the_server_occurs_in_the_rich_dossier() {
    let bodies: Vec<Value> = render(&rich()).iter().chain(&of_practice()).map(json).collect();
    // A Binary has no meta to claim one in.
    for canonical in profiles().canonicals(STU3).filter(|canonical| !canonical.ends_with("/Binary")) {
        assert!(bodies.iter().any(|body| body["meta"]["profile"][0] == *canonical), "{canonical}");
    }
}

#[test]
fn a_professional_is_named_as_a_person_with_the_role_beside_it() {
    let rendered = render(&rich());
    let patient = &bodies(&rendered, ResourceType::Patient)[0];
    let gp = &patient["generalPractitioner"][0];
    assert!(gp["reference"].as_str().unwrap().starts_with("Practitioner/"));
    let role = &gp["extension"][0];
    assert_eq!(role["url"], "http://nictiz.nl/fhir/StructureDefinition/practitionerrole-reference");
    assert!(role["valueReference"]["reference"].as_str().unwrap().starts_with("PractitionerRole/"));
    assert_eq!(patient.get("managingOrganization"), None);
    assert_eq!(patient["name"].as_array().unwrap().len(), 1);
}

#[test]
fn an_episode_tells_when_it_was_spoken_about_and_what_that_is_tied_to() {
    let rendered = render(&rich());
    let mut with_dates = 0;
    for resource in rendered.iter().filter(|resource| resource.kind == ResourceType::EpisodeOfCare) {
        let body = json(resource);
        assert_eq!(body["type"][0]["coding"][0]["code"], "64572001");
        let dates = body["extension"].as_array().into_iter().flatten().enumerate();
        let dates = dates.filter(|(_, extension)| extension["valueDateTime"].is_string());
        let pointers: Vec<String> = dates.map(|(place, _)| format!("/extension/{place}")).collect();
        let ties: Vec<&str> = resource.ties.iter().map(|tie| &*tie.cut).collect();
        assert_eq!(ties, pointers, "every date of another item goes with it");
        for tie in &resource.ties {
            assert!(
                tie.kind == ResourceType::Encounter && !tie.any_of.is_empty(),
                "to a contact and one of its reports"
            );
        }
        with_dates += usize::from(!ties.is_empty());
    }
    assert!(with_dates > 0);
}

#[test]
fn a_flag_of_an_episode_names_it_and_its_code() {
    let mut records = rich();
    for episode in &mut records.episodes {
        episode.d.attention = Attention::Yes;
    }
    let flags = bodies(&render(&records), ResourceType::Flag);
    let of_episodes: Vec<&Value> =
        flags.iter().filter(|flag| flag["extension"][0]["valueReference"].is_object()).collect();
    assert_eq!(of_episodes.len(), records.episodes.len());
    for flag in of_episodes {
        let detail = flag["extension"][0]["valueReference"]["reference"].as_str().unwrap();
        assert!(detail.starts_with("EpisodeOfCare/"), "{detail}");
        assert_eq!(flag["category"]["coding"][0]["code"], "74018-3");
    }
}

#[test]
fn a_report_has_one_type_and_a_code_in_every_section() {
    let reports = bodies(&render(&rich()), ResourceType::Composition);
    assert!(!reports.is_empty());
    for report in reports {
        assert_eq!(report["type"]["coding"].as_array().unwrap().len(), 1);
        for section in report["section"].as_array().unwrap() {
            let code = section["code"]["coding"][0]["code"].as_str().unwrap();
            assert!(code == "E" || (code == "P" && section.get("extension").is_none()), "{section}");
            assert!(section["text"]["div"].is_string());
        }
    }
}

#[test]
fn without_a_carer_the_practice_is_the_author_in_words() {
    let mut records = rich();
    for contact in &mut records.contacts {
        contact.d.carer = None;
    }
    for report in bodies(&render(&records), ResourceType::Composition) {
        assert_eq!(report["author"], json!([{"display": practice().practice.d.name}]));
    }
}

#[test]
fn what_must_have_a_contact_keeps_one_in_words_when_it_is_not_shown() {
    let rendered = render(&rich());
    let mut kept = 0;
    for (profile, member) in [("gp-EncounterReport", "encounter"), ("gp-JournalEntry", "context")] {
        for resource in &rendered {
            let body = json(resource);
            if !body["meta"]["profile"][0].as_str().is_some_and(|claim| claim.ends_with(profile)) {
                continue;
            }
            let links = links_of(resource.kind, &body);
            let to_contact = links.iter().filter(|link| link.kind == ResourceType::Encounter);
            let cuts: Vec<&str> = to_contact.map(|link| link.cut.as_ref()).collect();
            let mut tree = Json::parse(&resource.body).unwrap();
            tree.cut(&cuts).unwrap();
            let mut written = Vec::new();
            tree.write(&mut written);
            let body: Value = serde_json::from_slice(&written).unwrap();
            assert_eq!(body[member], json!({"display": "Contact"}));
            assert_eq!(profiles().check(STU3, resource.kind, &body), Ok(()), "{body:#}");
            kept += 1;
        }
    }
    assert!(kept > 1);
}

/// The resource of this type that this record became.
fn body(rendered: &[Rendered], kind: ResourceType, purpose: &str, key: &str) -> Value {
    json(rendered.iter().find(|resource| resource.kind == kind && resource.id == id(purpose, key)).expect(key))
}

#[test]
fn an_agreement_has_its_period_its_requester_and_its_dose_in_the_places_of_stu3() {
    let rendered = render(&rich());
    let full = body(&rendered, ResourceType::MedicationRequest, "MedicationRequest", "m1");
    assert_eq!(full.get("status"), None);
    assert_eq!(full["category"]["coding"][0]["code"], "16076005");
    assert!(full["requester"]["agent"]["reference"].as_str().unwrap().starts_with("Practitioner/"));
    let period = |body: &Value| {
        let extensions = body["extension"].as_array().unwrap().clone();
        extensions.into_iter().find(|extension| extension["valuePeriod"].is_object()).unwrap()
    };
    assert_eq!(period(&full)["url"], "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse");
    let dosage = &full["dosageInstruction"][0];
    assert_eq!(dosage["doseQuantity"]["code"], "245");
    assert_eq!((dosage.get("doseAndRate"), dosage["timing"]["repeat"].get("extension")), (None, None));
    let stopped = body(&rendered, ResourceType::MedicationRequest, "MedicationRequest", "m2");
    assert_eq!(stopped["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"], "2");
    let words_only = body(&rendered, ResourceType::Medication, "Medication", "m3");
    assert_eq!(words_only["extension"][0]["valueString"], words_only["code"]["text"]);
}

#[test]
fn when_medication_is_used_is_said_by_two_of_start_end_and_duration() {
    let mut records = rich();
    for (end, has_duration) in [(None, true), (Some(date(2026, 12, 31)), false)] {
        let agreement = records.medications.iter_mut().find(|record| record.id == source("m1")).unwrap();
        (agreement.d.end, agreement.d.stopped_at, agreement.d.days) = (end, None, Some(30));
        let agreement = body(&render(&records), ResourceType::MedicationRequest, "MedicationRequest", "m1");
        let mut extensions = agreement["extension"].as_array().unwrap().iter();
        assert_eq!(extensions.any(|extension| extension["valueDuration"].is_object()), has_duration, "{end:?}");
    }
}

#[test]
fn the_author_of_a_document_is_named_in_words_and_that_of_its_manifest_referred_to() {
    let mut records = rich();
    records.documents[0].d.author = Some(Who::Employee(source("e1")));
    let rendered = render(&records);
    let letter = body(&rendered, ResourceType::DocumentReference, "DocumentReference", "d1");
    let manifest = body(&rendered, ResourceType::DocumentManifest, "DocumentManifest", "d1");
    let author = &manifest["author"][0];
    assert!(author["reference"].as_str().unwrap().starts_with("Practitioner/"));
    assert_eq!(letter["author"], json!([{"display": author["display"]}]));
}

#[test]
fn a_result_claims_every_profile_it_fits() {
    let rendered = render(&rich());
    let cases: [(&str, &[&str], Option<&str>); 6] = [
        ("o01", &["gp-DiagnosticResult"], None),
        ("o02", &["gp-DiagnosticResult"], Some("vital-signs")),
        ("o04", &["zib-BodyWeight", "gp-DiagnosticResult"], Some("vital-signs")),
        ("o06", &["gp-DiagnosticResult"], None),
        ("o07", &["gp-LaboratoryResult", "zib-LaboratoryTestResult-Observation"], Some("49581000146104")),
        ("o11", &["zib-LaboratoryTestResult-Observation"], Some("49581000146104")),
    ];
    for (key, profiles, category) in cases {
        let result = body(&rendered, ResourceType::Observation, "Observation", key);
        let claims: Vec<&str> = result["meta"]["profile"]
            .as_array()
            .unwrap()
            .iter()
            .map(|claim| claim.as_str().unwrap().rsplit('/').next().unwrap())
            .collect();
        assert_eq!(claims, profiles, "{key}");
        assert_eq!(result.pointer("/category/0/coding/0/code").and_then(Value::as_str), category, "{key}");
    }
    let glucose = body(&rendered, ResourceType::Observation, "Observation", "o07");
    assert_eq!(glucose["interpretation"]["coding"][0]["system"], "http://hl7.org/fhir/v2/0078");
    assert!(glucose["comment"].as_str().unwrap().contains("Nuchter afgenomen"));
    assert_eq!(glucose["referenceRange"][0]["type"]["coding"][0]["code"], "normal");
}

#[test]
fn a_panel_names_its_results_by_how_they_belong_to_it() {
    let rendered = render(&rich());
    let pressure = body(&rendered, ResourceType::Observation, "Observation.blood_pressure", "o01");
    assert_eq!(pressure["related"].as_array().unwrap().len(), 2);
    assert_eq!(pressure["related"][0]["type"], "derived-from");
    let panel = body(&rendered, ResourceType::Observation, "Observation", "o17");
    assert_eq!(panel["related"][0]["type"], "has-member");
    let target = format!("Observation/{}", id("Observation", "o07"));
    assert_eq!(panel["related"][0]["target"]["reference"], target.as_str());
}

#[test]
fn an_intolerance_has_codes_with_those_of_the_zib_beside_them() {
    let rendered = render(&rich());
    let of = |key: &str| body(&rendered, ResourceType::AllergyIntolerance, "AllergyIntolerance", key);
    let beside = |element: &Value| element["extension"][0]["valueCodeableConcept"]["coding"][0]["code"].clone();
    let inactive = of("a2");
    assert_eq!(inactive["clinicalStatus"], "inactive");
    assert_eq!(beside(&inactive["_clinicalStatus"]), "obsolete");
    assert_eq!(inactive.get("category"), None);
    assert_eq!(beside(&inactive["_category"][0]), "OTH");
    let error = of("a3");
    assert_eq!(error.get("clinicalStatus"), None);
    assert_eq!(error["verificationStatus"], "entered-in-error");
}

#[test]
fn what_a_profile_demands_and_nobody_knows_is_said_to_be_unknown() {
    let is_unknown = |element: &Value| element["extension"][0]["valueCode"] == "unknown";
    let mut records = rich();
    records.advance_directives[0].d.date = None;
    let rendered = render(&records);
    let payer = body(&rendered, ResourceType::Coverage, "Coverage", "py1");
    let treatment = body(&rendered, ResourceType::Procedure, "Procedure", "t1");
    let directive = body(&rendered, ResourceType::Consent, "Consent.advance_directive", "ad1");
    assert_eq!(payer["period"]["start"], "2020-01-01");
    let cases = [
        (ResourceType::Coverage, &payer, "/period/_end"),
        (ResourceType::Procedure, &treatment, "/category"),
        (ResourceType::Consent, &directive, "/_dateTime"),
    ];
    for (kind, body, pointer) in cases {
        assert!(body.pointer(pointer).is_some_and(is_unknown), "{pointer}");
        assert_eq!(profiles().check(STU3, kind, body), Ok(()), "{pointer}");
    }
    let operated = body(&rendered, ResourceType::Procedure, "Procedure", "t2");
    assert_eq!(operated["category"]["coding"][0]["code"], "387713003");
}

#[test]
fn who_placed_a_device_may_be_an_organisation() {
    let mut records = rich();
    records.devices[0].d.author = Some(Who::Organization(source("g1")));
    let rendered = render(&records);
    let author = |key: &str| {
        let used = body(&rendered, ResourceType::DeviceUseStatement, "DeviceUseStatement.device", key);
        assert_eq!(profiles().check(STU3, ResourceType::DeviceUseStatement, &used), Ok(()), "{used:#}");
        let extension = &used["extension"][0];
        let url = extension["url"].as_str().unwrap().rsplit('-').next().unwrap().to_owned();
        (url, extension["valueReference"]["reference"].as_str().unwrap().split('/').next().unwrap().to_owned())
    };
    assert_eq!(author("dv1"), ("Organization".to_owned(), "Organization".to_owned()));
    assert_eq!(author("dv2"), ("Practitioner".to_owned(), "Practitioner".to_owned()));
}

#[test]
fn only_a_professional_or_an_organisation_treats() {
    let mut records = rich();
    records.treatments[1].d.performer = Some(Who::Patient);
    let treatment = body(&render(&records), ResourceType::Procedure, "Procedure", "t2");
    assert_eq!(treatment.get("performer"), None);
    records.treatments[1].d.performer = Some(Who::Organization(source("g1")));
    let treatment = body(&render(&records), ResourceType::Procedure, "Procedure", "t2");
    assert!(treatment["performer"][0]["actor"]["reference"].as_str().unwrap().starts_with("Organization/"));
}

#[test]
fn words_are_added_to_the_one_comment() {
    let cases = [
        (
            r#"{"valueString":"x","comment":"a","component":[]}"#,
            r#"{"valueString":"x","comment":"a\nb","component":[]}"#,
        ),
        (r#"{"valueString":"x","referenceRange":[]}"#, r#"{"valueString":"x","comment":"b","referenceRange":[]}"#),
        (r#"{"valueString":"x"}"#, r#"{"valueString":"x","comment":"b"}"#),
    ];
    for (body, expected) in cases {
        let mut tree = Json::parse(body.as_bytes()).unwrap();
        add_comment(&mut tree, "b");
        let mut written = Vec::new();
        tree.write(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }
}
