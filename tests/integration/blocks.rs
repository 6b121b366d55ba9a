//! Every building block a GP holds, from `dvza-his-2` to what a patient sees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dvza::domain::dossier::{Body, PatientRecords, PracticeRecords, Record, SourceId};
use dvza::domain::ids::ResourceId;
use dvza::domain::release::{Policy, Viewer, decide, gate};
use dvza::fhir::{Faces, FhirRelease, Releases, ResourceType};
use dvza::his::{BatchReader, Frame, Op, SourceRecord};
use dvza::mapping::check::Profiles;
use dvza::mapping::index::{index_patient, index_practice};
use dvza::mapping::view::View;
use dvza::mapping::{Ids, Rendered, RenderedPatient};
use dvza::sample::synth;
use serde_json::Value;

const R4: FhirRelease = FhirRelease::R4;

fn render_patient(records: &PatientRecords, practice: &PracticeRecords) -> RenderedPatient {
    dvza::mapping::render_patient(records, practice, &Ids(&id), &Releases::from([R4]))
}

fn render_practice(practice: &PracticeRecords) -> Faces<Vec<Rendered>> {
    dvza::mapping::render_practice(practice, &Ids(&id), &Releases::from([R4]))
}

/// A delivery as the mapper wants it.
struct Dossiers {
    practice: PracticeRecords,
    patients: Vec<PatientRecords>,
}

/// Reads a delivery in which nothing may be found.
fn read(bytes: &[u8]) -> Dossiers {
    let mut batch = BatchReader::open(bytes).unwrap();
    let frame = Frame { now: synth::default_now(), nhg45: None, format: batch.header().format };
    let mut records = Vec::new();
    while let Some((_, outcome)) = batch.next_record(&frame).unwrap() {
        assert_eq!(outcome.findings, []);
        records.extend(outcome.record);
    }
    assert_eq!(batch.finish().unwrap().warnings, []);
    let (mut practice, mut patients) = (None, BTreeMap::<SourceId, PatientRecords>::new());
    let mut network = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for SourceRecord { id, v, at, pat, op, .. } in records {
        let Op::Put(body, mark) = op else { panic!("a full delivery deletes nothing") };
        macro_rules! record {
            ($d:expr) => {
                Record { id: id.clone(), v, at, mark, d: *$d }
            };
        }
        match body {
            Body::Practice(d) => practice = Some(record!(d)),
            Body::Employee(d) => drop(network.0.insert(id.clone(), record!(d))),
            Body::Organization(d) => drop(network.1.insert(id.clone(), record!(d))),
            Body::Professional(d) => drop(network.2.insert(id.clone(), record!(d))),
            Body::Patient(d) => drop(patients.insert(id.clone(), PatientRecords::of(record!(d)))),
            body => {
                let patient = patients.get_mut(&pat.unwrap()).unwrap();
                if let Body::Blob(blob) = &body {
                    patient.complete_blobs.insert(blob.sha256.clone());
                }
                patient.put(Record { id, v, at, mark, d: body });
            }
        }
    }
    let (employees, organizations, professionals) = network;
    let shared = BTreeMap::new();
    let practice = PracticeRecords { practice: practice.unwrap(), employees, organizations, professionals, shared };
    Dossiers { practice, patients: patients.into_values().collect() }
}

/// A stand-in for the keyed hash of a practice.
fn id(purpose: &str, key: &str) -> ResourceId {
    let name = format!("{purpose}|{key}");
    ResourceId::from_bytes(*uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).as_bytes())
}

fn dossiers(patients: u32) -> Dossiers {
    let mut bytes = Vec::new();
    synth::synth_two(patients, 11, synth::default_now(), &mut bytes).unwrap();
    read(&bytes)
}

fn profile(resource: &Rendered) -> Value {
    let body: Value = serde_json::from_slice(&resource.body).unwrap();
    body["meta"]["profile"][0].clone()
}

#[test]
fn two_hundred_synthetic_patients_with_every_building_block_fit_their_profiles() {
    let profiles = Profiles::load().unwrap();
    let Dossiers { practice, patients } = dossiers(200);
    assert_eq!(patients.len(), 200);
    let mut claimed = BTreeSet::new();
    let mut check = |resource: &Rendered| {
        let body: Value = serde_json::from_slice(&resource.body).unwrap();
        assert_eq!(profiles.check(R4, resource.kind, &body), Ok(()), "{body:#}");
        claimed.extend(body["meta"]["profile"][0].as_str().map(str::to_owned));
    };
    render_practice(&practice)[&R4].iter().for_each(&mut check);
    for patient in &patients {
        let rendered = render_patient(patient, &practice);
        assert_eq!(rendered.problems, [], "{}", patient.patient.id);
        rendered.faces[&R4].iter().for_each(&mut check);
    }
    // What words alone become, which a synthetic practice codes; the rich dossier of the mapper has them.
    let in_words = ["Procedure", "Specimen", "Binary"];
    for canonical in profiles.canonicals(R4) {
        let name = canonical.rsplit('/').next().unwrap();
        assert!(claimed.contains(canonical) || in_words.contains(&name), "{canonical}");
    }
}

#[test]
fn a_patient_is_shown_every_building_block_and_what_it_leads_to() {
    let profiles = Profiles::load().unwrap();
    let Dossiers { practice, patients } = dossiers(1);
    let settings = practice.practice.d.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let policy = Policy::from_settings(settings).unwrap();
    let (shelf, _) = index_practice(render_practice(&practice), &profiles);
    let (index, bodies, _) = index_patient(render_patient(&patients[0], &practice), &profiles);
    let (index, shelf) = (index.into_face(R4).unwrap(), shelf.into_face(R4).unwrap());
    let bodies = &bodies[&R4];
    let at = synth::default_now().into();
    let admission = gate(&index.facts, &Default::default(), &policy, None, at).unwrap();
    let shown = |policy: &Policy| {
        let verdicts = decide(&index.facts, admission, Viewer::Patient, policy, at);
        View::new(Arc::new(index.clone()), Arc::new(shelf.clone()), verdicts)
    };
    let view = shown(&policy);
    let ids: BTreeSet<ResourceId> = view.all().map(|(_, resource)| resource.id).collect();
    let profiles_of = |ids: &BTreeSet<ResourceId>| -> BTreeSet<String> {
        let of_patient = bodies.iter().filter(|resource| ids.contains(&resource.id));
        of_patient.filter_map(|resource| profile(resource).as_str().map(str::to_owned)).collect()
    };
    let seen = profiles_of(&ids);
    for name in [
        "mp-MedicationUse2",
        "mp-DispenseRequest",
        "mp-AdministrationAgreement",
        "mp-MedicationDispense",
        "nl-core-BloodPressure",
        "nl-core-LaboratoryTestResult.Specimen",
        "nl-core-ContactPerson",
        "nl-core-Payer.InsuranceCompany",
        "nl-core-TreatmentDirective2",
        "nl-core-AdvanceDirective",
        "nl-core-TobaccoUse",
        "nl-core-LivingSituation",
        "nl-core-LivingSituation.HouseType",
        "nl-core-FunctionalOrMentalStatus",
        "nl-core-MedicalDevice",
        "nl-core-MedicalDevice.Product",
        "nl-core-Vaccination-event",
        "nl-core-Procedure-event",
        "nl-core-Procedure-request",
        "nl-core-MedicationContraIndication",
    ] {
        let canonical = format!("http://nictiz.nl/fhir/StructureDefinition/{name}");
        assert!(seen.contains(&canonical), "{name} is not shown");
    }
    let order = index.resources.iter().find(|resource| resource.id == id("ServiceRequest.order", "s1-p1-w1")).unwrap();
    assert!(ids.contains(&order.id), "a result leads to its order");
    // Without results nothing leads to specimen and order any more, nor to the laboratory.
    let mut without = policy.clone();
    without.set("facility.diagnostic_values", "false").unwrap();
    let left: BTreeSet<ResourceId> = shown(&without).all().map(|(_, resource)| resource.id).collect();
    assert!(!left.contains(&order.id));
    assert!(!left.contains(&id("Specimen", "s1-p1-s1")));
    assert!(!left.contains(&id("Organization.outside", "s1-g1")));
    for section in ["directives", "social", "devices", "payer", "contact_persons", "medication"] {
        let mut without = policy.clone();
        without.set(&format!("facility.{section}"), "false").unwrap();
        let left: BTreeSet<ResourceId> = shown(&without).all().map(|(_, resource)| resource.id).collect();
        assert!(left.len() < ids.len(), "{section}");
        assert!(left.is_subset(&ids), "{section}");
    }
    assert!(index.resources.iter().any(|resource| resource.kind == ResourceType::Consent));
}

#[test]
fn the_reason_of_a_contact_goes_with_whatever_is_withheld_of_it() {
    let profiles = Profiles::load().unwrap();
    let Dossiers { practice, mut patients } = dossiers(1);
    let settings = practice.practice.d.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let policy = Policy::from_settings(settings).unwrap();
    let records = &mut patients[0];
    for contact in &mut records.contacts {
        contact.d.reason = Some("anticonceptie".into());
    }
    let cuts = |records: &PatientRecords, entry: usize, viewer: Viewer| {
        let encounter = id("Encounter", records.entries[entry].d.contact.as_str());
        let (index, ..) = index_patient(render_patient(records, &practice), &profiles);
        let index = index.into_face(R4).unwrap();
        let at = synth::default_now().into();
        let admission = gate(&index.facts, &Default::default(), &policy, None, at).unwrap();
        let verdicts = decide(&index.facts, admission, viewer, &policy, at);
        let view = View::new(Arc::new(index), Arc::default(), verdicts);
        let place = view.find(ResourceType::Encounter, encounter);
        let shown = place.and_then(|place| view.get(place));
        shown.map(|shown| view.cuts(shown).into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    let tells =
        |cuts: &Option<Vec<String>>| cuts.as_ref().is_some_and(|cuts| !cuts.iter().any(|cut| cut == "/reasonCode"));
    let whole = |entry: &usize| tells(&cuts(records, *entry, Viewer::Patient));
    let entry = (0..records.entries.len()).find(whole).expect("a contact of which everything is shown");
    records.entries[entry].d.not_for_representative = true;
    assert!(tells(&cuts(records, entry, Viewer::Patient)));
    assert!(!tells(&cuts(records, entry, Viewer::Representative)));
    records.entries[entry].mark.hidden = true;
    assert!(!tells(&cuts(records, entry, Viewer::Patient)));
}

#[test]
fn every_record_of_a_synthetic_practice_fits_the_schema_of_its_type() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats/dvza-his-2");
    let mut validators = BTreeMap::new();
    for t in dvza::domain::dossier::RecordType::ALL {
        let text = std::fs::read_to_string(folder.join(format!("{t}.schema.json"))).unwrap();
        let schema: Value = serde_json::from_str(&text).unwrap();
        validators.insert(t.to_string(), jsonschema::validator_for(&schema).unwrap());
    }
    let mut bytes = Vec::new();
    synth::synth_two(20, 3, synth::default_now(), &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut seen = BTreeSet::new();
    for line in text.lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        let t = line["t"].as_str().unwrap();
        let Some(validator) = validators.get(t) else { continue };
        let faults: Vec<String> = validator.iter_errors(&line["d"]).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{t} {}: {faults:?}", line["id"]);
        seen.insert(t.to_owned());
    }
    // Nobody of a synthetic practice turns out to be two, and resources come from FHIR feeds.
    for t in ["merge", "resource", "shared_resource"] {
        validators.remove(t);
    }
    assert_eq!(seen, validators.into_keys().collect());
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_both_formats_and_the_first_is_part_of_the_second() {
    let made = |two: bool, seed: u64| {
        let mut bytes = Vec::new();
        let now = synth::default_now();
        if two { synth::synth_two(3, seed, now, &mut bytes) } else { synth::synth(3, seed, now, &mut bytes) }.unwrap();
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(made(true, 5), made(true, 5));
    assert_ne!(made(true, 5), made(true, 6));
    let (one, two) = (made(false, 5), made(true, 5));
    assert!(one.contains(r#""fmt":"dvza-his-1""#) && two.contains(r#""fmt":"dvza-his-2""#));
    let ids = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line.get("id").is_some()).map(|line| format!("{} {}", line["t"], line["id"])).collect()
    };
    assert!(ids(&one).is_subset(&ids(&two)));
}
