//! What a PGO gets over the whole chain, against what the sheets say it must get.

use std::collections::BTreeMap;
use std::sync::Arc;

use dvza::domain::dossier::RecordType;
use dvza::domain::release::{Verdict, Viewer, decide, gate};
use dvza::mapping::index::PatientIndex;
use serde_json::Value;

use crate::support::network::{Network, T, shared};

/// How many resources of each type the matches of a collection hold, each id once.
fn counts(collected: &[dvza::pgo::Collected]) -> BTreeMap<String, usize> {
    let mut ids: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
    for section in collected.iter().flat_map(|collected| &collected.sections) {
        for (_, resource) in section.resources() {
            let kind = resource["resourceType"].as_str().unwrap_or_default().to_owned();
            let id = resource.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            ids.entry(kind).or_default().insert(id);
        }
    }
    ids.into_iter().map(|(kind, ids)| (kind, ids.len())).collect()
}

#[tokio::test]
async fn the_official_persona_yields_the_counts_of_the_official_scripts() {
    let Some(file) = shared("data/cevat.ndjson") else { return };
    let network = Network::start(T, &[std::fs::read(file).unwrap()]).await;
    let tokens = network.tokens("999911132").await.unwrap();
    let collected = network.collect(&tokens).await;
    assert!(collected.iter().all(dvza::pgo::Collected::is_complete));
    let found = counts(&collected);
    let asked = [
        ("Composition", 18),
        ("Encounter", 18),
        ("EpisodeOfCare", 7),
        ("MedicationRequest", 3),
        ("AllergyIntolerance", 1),
    ];
    for (kind, count) in asked {
        assert_eq!(found.get(kind), Some(&count), "{kind}");
    }
    let determinations = collected[0].sections.iter().find(|section| section.name == "Determinations").unwrap();
    assert_eq!(determinations.counts["Observation"].matches, 18);
    network.stop().await;
}

/// The table of his-source-data §5, one row per item: what default settings decide at T.
const EXPECTED: &[(&str, &str, Option<usize>, &str)] = &[
    ("episode", "p1-ep1", None, "RELEASE"),
    ("episode", "p1-ep2", None, "RELEASE"),
    ("episode", "p1-ep3", None, "F8_STATUS"),
    ("episode", "p1-ep4", None, "F3_HIDDEN"),
    ("contact", "p1-c1", None, "F6_CUTOFF"),
    ("entry", "p1-c1-1", Some(0), "F6_CUTOFF"),
    ("entry", "p1-c1-1", Some(1), "F6_CUTOFF"),
    ("contact", "p1-c2", None, "F9_STRIP"),
    ("entry", "p1-c2-1", Some(0), "RELEASE"),
    ("entry", "p1-c2-1", Some(1), "RELEASE"),
    ("entry", "p1-c2-2", Some(0), "F9_EPISODE"),
    ("entry", "p1-c2-2", Some(1), "F9_EPISODE"),
    ("contact", "p1-c3", None, "RELEASE"),
    ("entry", "p1-c3-1", Some(0), "RELEASE"),
    ("entry", "p1-c3-1", Some(1), "RELEASE"),
    ("medication", "p1-m1", None, "RELEASE"),
    ("medication", "p1-m2", None, "F8_STATUS"),
    ("medication", "p1-m3", None, "F9_STRIP"),
    ("allergy", "p1-a1", None, "RELEASE"),
    ("observation", "p1-o1", None, "RELEASE"),
    ("observation", "p1-o2", None, "RELEASE"),
    ("observation", "p1-o3", None, "F7_WINDOW"),
    ("observation", "p1-o4", None, "RELEASE"),
    ("treatment", "p1-t1", None, "RELEASE"),
    ("prophylaxis", "p1-x1", None, "RELEASE"),
    ("appointment", "p1-ap1", None, "RELEASE"),
    ("document", "p1-d1", None, "RELEASE"),
    ("document", "p1-d2", None, "F6_CUTOFF"),
    ("episode", "p3-ep1", None, "RELEASE"),
    ("contact", "p3-c1", None, "RELEASE"),
    ("entry", "p3-c1-1", Some(0), "RELEASE"),
    ("entry", "p3-c1-1", Some(1), "F10_MOMENT"),
    ("contact", "p3-c2", None, "F11_CONTACT"),
    ("entry", "p3-c2-1", Some(0), "F3_HIDDEN"),
    ("report", "p3-lab1", None, "RELEASE"),
    ("observation", "p3-o1", None, "RELEASE"),
    ("observation", "p3-o2", None, "F10_MOMENT"),
    ("observation", "p3-o3", None, "F10_MOMENT"),
    ("allergy", "p3-a1", None, "F8_STATUS"),
];

#[tokio::test]
async fn the_sample_practice_gives_the_expected_outcome_of_the_sheet() {
    let Some(file) = shared("data/vlonder.ndjson") else { return };
    let network = Network::start(T, &[std::fs::read(file).unwrap()]).await;
    let mut seen = 0;
    for patient in ["p1", "p2", "p3"] {
        seen += check_patient(&network, patient).await;
    }
    assert_eq!(seen, EXPECTED.len(), "every row of the table names an item");
    // p2 is fifteen until the day after.
    assert!(network.tokens("999990548").await.is_err());
    network.stop().await;
}

async fn check_patient(network: &Network, patient: &str) -> usize {
    let app = &network.server.app;
    let practice = network.practices[0].practice;
    let id = app.sealer().practice_hasher(practice).patient_id(&patient.parse().unwrap());
    let who = dvza::domain::ids::PatientRef { practice, patient: id };
    let mut tx = app.store().read().await.unwrap();
    let entry = dvza::store::patients::find(&mut tx, app.sealer(), &who).await.unwrap().unwrap();
    let index: Arc<PatientIndex> = app.patient_index(&mut tx, &who, &entry.set_hash, None).await.unwrap().unwrap();
    let policy = app.policy(&mut tx, practice).await.unwrap().unwrap();
    tx.close().await.unwrap();
    let at = network.clock.moment();
    let Ok(admission) = gate(&index.facts, &Default::default(), &policy, None, at) else {
        assert_eq!(patient, "p2", "only p2 stays outside");
        return 0;
    };
    let verdicts = decide(&index.facts, admission, Viewer::Patient, &policy, at);
    let mut seen = 0;
    for (t, id, line, expected) in EXPECTED.iter().filter(|(_, id, _, _)| id.starts_with(patient)) {
        let wanted = |item: &dvza::domain::release::Item| {
            item.key.t == RecordType::find(t).unwrap() && item.key.id.as_str() == *id && item.key.line == *line
        };
        let place = index.facts.items().iter().position(wanted).unwrap_or_else(|| panic!("no item {t} {id} {line:?}"));
        let found = match verdicts[place] {
            Verdict::Release => "RELEASE",
            Verdict::Strip(reason) | Verdict::Withhold(reason) => reason.code(),
        };
        assert_eq!(found, *expected, "{t} {id} {line:?}");
        seen += 1;
    }
    seen
}

#[tokio::test]
async fn the_patient_with_a_secret_address_is_served_without_it() {
    let Some(file) = shared("data/vlonder.ndjson") else { return };
    let network = Network::start(T, &[std::fs::read(file).unwrap()]).await;
    let tokens = network.tokens("999994116").await.unwrap();
    let answer = network.get(&tokens, "HG-R4", "Patient", "application/fhir+json").await;
    let body = String::from_utf8(answer.body).unwrap();
    assert!(body.contains("Amrani") && !body.contains("Sluiskade"), "{body}");
    // The report shows the one member that is published.
    let answer = network.get(&tokens, "HG-R4", "DiagnosticReport", "application/fhir+json").await;
    let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(bundle["entry"][0]["resource"]["result"].as_array().map(Vec::len), Some(1));
    network.stop().await;
}
