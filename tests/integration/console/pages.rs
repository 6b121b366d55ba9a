//! What all pages have in common: the preview is what the PGO gets, the queries of a page do not grow, an extraction is what the
//! practice holds.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{Reader, Xlsx, open_workbook_from_rs};
use dvza::app::{Asked, OWNERS};
use dvza::domain::ids::PatientRef;
use dvza::domain::time::Timestamp;
use dvza::http::console::ROUTES;
use dvza::sample::synth;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use crate::flows::traces::some_choice;
use crate::my::person::{Person, names};
use crate::my::shown::{collected, documents, documents_of};
use crate::support::counted::Counted;
use crate::support::demo::Delivery;
use crate::support::desk::{Desk, path};
use crate::support::dossier::patient;
use crate::support::network::{Network, T};

/// Random practices, each with other dossiers, settings and another instant.
const PRACTICES: u64 = 5;

/// Type and id of what somebody is shown outside FHIR.
async fn shown(network: &Network, who: &PatientRef, asked: Asked) -> BTreeSet<String> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let showing = app.show(&mut tx, who, asked, network.clock.moment()).await.unwrap();
    tx.close().await.unwrap();
    let showing = showing.ok().into_iter().flat_map(|showing| showing.resources);
    showing.map(|resource| format!("{}/{}", resource.kind, resource.id)).collect()
}

#[tokio::test]
async fn preview_patient_page_and_pgo_never_differ_whatever_the_practice_chooses() {
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let (mut served_once, mut differs) = (0, BTreeSet::new());
    for round in 0..PRACTICES {
        let written = Timestamp::parse_rfc3339(T).unwrap();
        let chosen = some_choice().new_tree(&mut runner).unwrap().current();
        let mut bytes = Vec::new();
        synth::synth_two(4, 700 + round, written, &mut bytes).unwrap();
        let delivery = Delivery::read(bytes);
        let now = written.plus_seconds(chosen.minutes * 60).to_rfc3339();
        let network = Network::start(&now, std::slice::from_ref(&delivery.bytes)).await;
        for (key, value) in &chosen.settings {
            network.set(key, value).await;
        }
        for (id, bsn) in delivery.people() {
            let who = patient(&network, 0, &id);
            let (preview, page) =
                (shown(&network, &who, Asked::AsIfOpen).await, shown(&network, &who, Asked::ByPatient).await);
            let pgo = collected(&network, &bsn).await.unwrap_or_default();
            if page.is_empty() {
                assert!(pgo.is_empty(), "a dossier that is not open: {id}");
                continue;
            }
            assert!(preview == page, "{id} with {chosen:?}");
            let bytes = documents(&pgo);
            let pgo: BTreeSet<String> = pgo.into_keys().collect();
            let differ: Vec<_> = pgo.symmetric_difference(&page).collect();
            assert!(differ.is_empty(), "{id}: {differ:?} with {chosen:?}");
            let (person, _) = Person::logged_in(&network, &bsn).await;
            let bundle: Value = serde_json::from_slice(&person.get("/my/data.json").await.bytes).unwrap();
            assert_eq!(names(&bundle), page, "{id}");
            assert!(documents_of(&bundle) == bytes, "{id}: the bytes of documents with {chosen:?}");
            served_once += pgo.len();
            differs.insert(page.len());
        }
        network.stop().await;
    }
    assert!(served_once > 200 && differs.len() > 2, "{served_once} {differs:?}");
}

#[tokio::test]
async fn an_extraction_holds_the_practice_and_the_chosen_columns() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    assert_eq!(owner.post("/reports", &[("format", "xlsx")]).await.status, 422, "no column");
    let asked = patient(&network, 0, "p11");
    assert_eq!(owner.post(&format!("{}/release", path(&asked)), &[("action", "release")]).await.status, 200);
    // One comes by a PGO, and the practice's rule opens by itself.
    network.set("dossier_request_mode", "auto").await;
    network.tokens(&delivery.bsn("p15")).await.unwrap();
    let columns = ["number", "state", "opened_by", "mode"].map(|column| ("column", column));
    let fields = [&columns[..], &[("format", "xlsx"), ("which", "all")]].concat();
    let file = owner.download("/reports", &fields).await;
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file)).unwrap();
    let range = book.worksheet_range("Dossiers").unwrap();
    let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    assert_eq!(rows[0], ["nummer in het HIS", "dossier", "opengesteld door", "wijze van openstellen"]);
    let numbers: BTreeSet<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    let patients = delivery.records().iter().filter(|record| record["t"] == "patient");
    let expected: BTreeSet<&str> = patients.filter_map(|record| record["id"].as_str()).collect();
    assert!(numbers.is_subset(&expected) && numbers.len() + 1 >= expected.len(), "merged patients are gone");
    let told = |id: &str| rows.iter().find(|row| row[0] == id).unwrap()[1..].to_vec();
    assert_eq!(told("p11"), ["opengesteld", "A.W. Lindeboom", "met de hand"]);
    assert_eq!(told("p15"), ["opengesteld", "automatisch", "automatisch"]);
    assert_eq!(told("p1"), ["opengesteld", "", "in het HIS"]);
    let csv = owner.download("/reports", &[("column", "number"), ("format", "csv"), ("which", "open")]).await;
    let text = String::from_utf8(csv).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("p11\r\n") && !text.contains("p14\r\n"), "{text}");
    network.stop().await;
}

#[tokio::test]
async fn a_page_asks_as_many_questions_for_many_patients_as_for_few() {
    let counted = Counted::default();
    let _guard = metrics::set_default_local_recorder(&counted);
    let mut counts = Vec::new();
    for patients in [2u32, 110] {
        let mut bytes = Vec::new();
        let now = Timestamp::parse_rfc3339(T).unwrap();
        synth::synth(patients, 3, now, &mut bytes).unwrap();
        let delivery = Delivery::read(bytes);
        let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
        network.set(OWNERS, "s1-e1").await;
        ask_everybody(&network, &delivery).await;
        let owner = Desk::login(&network, 0, "s1-e1").await;
        let page = path(&patient(&network, 0, "s1-p1"));
        let mut of_pages = Vec::new();
        for route in ROUTES.iter().filter(|route| route.method == "GET") {
            let address = route.path.replace("/p/{patient}", &page);
            counted.take("dvza_statements_total");
            let seen = owner.get(&address).await;
            assert!(seen.status == 200 && !seen.says("Inloggen voor medewerkers"), "{address}");
            let is_cut = seen.says("Hier staan de eerste 100");
            assert_eq!(is_cut, address == "/" && patients > 100, "{address} of {patients}");
            of_pages.push((route.path, counted.take("dvza_statements_total").len()));
        }
        counts.push(of_pages);
        network.stop().await;
    }
    assert_eq!(counts[0], counts[1]);
    assert!(counts[0].iter().all(|(_, count)| *count > 0), "{counts:?}");
}

/// Every dossier waits for an answer.
async fn ask_everybody(network: &Network, delivery: &Delivery) {
    use dvza::domain::dossier::DossierState;
    use dvza::store::patients::{OwnState, set_own_state};
    let mut tx = network.server.app.store().write().await.unwrap();
    for (id, _) in delivery.people() {
        let own = OwnState { state: DossierState::Requested, opened_at: None, at: network.clock.now() };
        set_own_state(&mut tx, &patient(network, 0, &id), &own).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_an_earlier_version_rendered_is_rendered_anew_without_a_delivery() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    let bsn = dvza::sample::practice::FIRST_BSN;
    let before = collected(&network, bsn).await.unwrap();
    let mut tx = network.server.app.store().write().await.unwrap();
    sqlx::query("UPDATE patient SET facts_version = 1").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(outdated(&network).await > 10);
    let done = network.server.importer.catch_up().await.unwrap();
    assert!(done > 10, "{done}");
    assert_eq!(collected(&network, bsn).await.unwrap(), before);
    assert_eq!(outdated(&network).await, 0);
    assert_eq!(network.server.importer.catch_up().await.unwrap(), 0);
    network.stop().await;
}

/// Patients of the first practice whose rendering is of another version.
async fn outdated(network: &Network) -> usize {
    let face = dvza::mapping::face::find(dvza::fhir::FhirRelease::R4).unwrap();
    let (facts_version, rendered) = (dvza::mapping::index::INDEX_VERSION, (face.release, face.mapper_version));
    let mut tx = network.server.app.store().read().await.unwrap();
    let practice = &network.practices[0];
    let found = dvza::store::patients::outdated(&mut tx, practice, facts_version, rendered, 100).await.unwrap();
    tx.close().await.unwrap();
    found.len()
}
