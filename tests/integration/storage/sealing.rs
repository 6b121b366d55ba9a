//! What lies in the database tells nothing, and keys can be changed while the server runs.

use std::collections::BTreeMap;

use aws_lc_rs::rand::SystemRandom;
use dvza::audit::{self, Action, Actor, Event, Kind};
use dvza::domain::dossier::RecordType;
use dvza::domain::evidence::Evidence;
use dvza::domain::extraction::{Choice, Format, Schedule, Wanted};
use dvza::domain::ids::{PatientId, RecordKey, ResourceId};
use dvza::domain::onboarding::Step;
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::seal::{Sealer, sha256};
use dvza::store::content::Part;
use dvza::store::deliveries::{DeliveryState, Ending, NewDelivery};
use dvza::store::parked::Parked;
use dvza::store::patients::PatientPut;
use dvza::store::quarantine::Quarantined;
use dvza::store::records::RecordPut;
use dvza::store::reports::Plan;
use dvza::store::rotation::{self, Cursor, Progress};
use dvza::store::{content, deliveries, evidence, parked, patients, quarantine, records, reports, shelves};
use sqlx::{AssertSqlSafe, Column as _, Row as _};

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

const MARKER: &str = "GEHEIM-4711";
const TABLES: [&str; 14] = [
    "practice_setting",
    "practice_setting_history",
    "patient",
    "record",
    "shelf",
    "content",
    "parked",
    "quarantine",
    "delivery",
    "report_plan",
    "report_file",
    "onboarding_file",
    "audit_event",
    "audit_chain",
];

/// Writes the marker through every function that seals.
async fn fill(engine: &Engine, rows: u16) {
    let (who, scope, sealer) = (patient(1, 1), practice(1), &engine.sealer);
    let mut tx = engine.store.write().await.unwrap();
    let source_id = MARKER.parse().unwrap();
    let body = MARKER.as_bytes();
    let put = PatientPut {
        source_id: &source_id,
        bsn_hash: None,
        facts: body,
        facts_version: 1,
        set_hash: [0; 32],
        record_count: 1,
    };
    patients::upsert(&mut tx, sealer, &who, &put, now()).await.unwrap();
    let id = |number: u16| {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        id
    };
    let record = |number| RecordPut {
        key: RecordKey::from_bytes(id(number)),
        patient: who.patient,
        t: RecordType::Contact,
        v: 1,
        hash: [0; 32],
        body: Some(body),
        at: now(),
    };
    let all: Vec<_> = (0..rows).map(record).collect();
    records::upsert_many(&mut tx, sealer, &scope, &all).await.unwrap();
    for number in 0..rows {
        let mut packing = shelves::Packing::new().unwrap();
        packing.add((ResourceType::Encounter, ResourceId::from_bytes(id(1))), body).unwrap();
        let mut who = who;
        who.patient = PatientId::from_bytes(id(number));
        shelves::put(&mut tx, sealer, (&who, FhirRelease::R4), 1, &packing.finish(), now()).await.unwrap();
    }
    let part = Part { sha256: sha256(body), part: 1, parts: 1, data: body };
    content::put_part(&mut tx, sealer, &who, &part).await.unwrap();
    let waits = Parked {
        key: RecordKey::from_bytes(id(1)),
        batch: "b".into(),
        line_no: 1,
        body: body.to_vec(),
        parked_at: now(),
    };
    parked::put_many(&mut tx, sealer, &scope, &[waits]).await.unwrap();
    let untaken = Quarantined {
        key: RecordKey::from_bytes(id(1)),
        patient: Some(who.patient),
        t: RecordType::Contact,
        code: "E-VAL-008".into(),
        batch: "b".into(),
        at: now(),
        body: body.to_vec(),
    };
    quarantine::put_many(&mut tx, sealer, &scope, &[untaken]).await.unwrap();
    let new = NewDelivery {
        batch: "b".into(),
        seq: 1,
        prev: None,
        kind: "full".into(),
        content_hash: [0; 32],
        received_at: now(),
        source: None,
    };
    deliveries::begin(&mut tx, &scope, &new).await.unwrap();
    let ending = Ending { state: DeliveryState::Accepted, at: now(), counts: "{}", findings: body };
    deliveries::finish(&mut tx, sealer, &scope, "b", &ending).await.unwrap();
    let plan = Plan {
        id: id(1),
        scope,
        wanted: Wanted { choice: Choice::All, columns: vec![], format: Format::Csv, language: "nl".into() },
        schedule: Schedule { wall: "09:00".parse().unwrap(), monthly: None },
        due_at: now(),
        attempts: 0,
        at: now(),
        by: "e1".into(),
    };
    reports::plan(&mut tx, &plan).await.unwrap();
    reports::keep(&mut tx, sealer, &plan, (id(2), now()), Ok((body, 1))).await.unwrap();
    let file = Evidence::new(body.to_vec()).unwrap();
    evidence::put(&mut tx, sealer, &scope, (Step::Audit, &file), (now(), "e1")).await.unwrap();
    let actor = Actor::Employee { id: MARKER.into(), role: "huisarts".into() };
    let event = Event::new(now(), Kind::DELIVERY_DECIDED, Action::Update, actor).about(&who);
    audit::append_in(&mut tx, sealer, &[event]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn search_rows(engine: &Engine) -> usize {
    let mut tx = engine.store.read().await.unwrap();
    let mut values = 0;
    for table in TABLES {
        for row in sqlx::query(AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(tx.conn()).await.unwrap() {
            for column in 0..row.columns().len() {
                let blob = row.try_get::<Vec<u8>, _>(column);
                let text = row.try_get::<String, _>(column).map(String::into_bytes);
                let Ok(value) = blob.or(text) else { continue };
                let found = value.windows(MARKER.len()).any(|window| window == MARKER.as_bytes());
                assert!(!found, "{table}.{}", row.columns()[column].name());
                values += 1;
            }
        }
    }
    tx.close().await.unwrap();
    values
}

#[tokio::test]
async fn nothing_personal_is_readable_in_any_row() {
    for engine in engines().await {
        fill(&engine, 3).await;
        assert!(search_rows(&engine).await > 40);
        let Some(folder) = &engine.folder else { continue };
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let path = file.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes()), "{}", path.display());
        }
    }
}

async fn usage_by_key(engine: &Engine) -> BTreeMap<u32, u64> {
    let mut tx = engine.store.read().await.unwrap();
    let mut by_key = BTreeMap::new();
    for ((_, key), count) in rotation::usage(&mut tx).await.unwrap() {
        *by_key.entry(key).or_default() += count;
    }
    tx.close().await.unwrap();
    by_key
}

#[tokio::test]
async fn a_rotation_seals_every_row_anew_and_nothing_is_lost() {
    for mut engine in engines().await {
        fill(&engine, 25).await;
        let all = usage_by_key(&engine).await[&1];
        assert_eq!(all, 2 + 25 + 25 + 7);
        engine.keys.add_seal_key(&SystemRandom::new()).unwrap();
        engine.sealer = Sealer::new(&engine.keys).unwrap();
        let (mut cursor, mut steps) = (Cursor::default(), 0);
        loop {
            let mut tx = engine.store.write().await.unwrap();
            let progress = rotation::reseal(&mut tx, &engine.sealer, cursor, 10).await.unwrap();
            tx.commit().await.unwrap();
            steps += 1;
            assert!(steps < 50);
            match progress {
                Progress::More(next) => cursor = next,
                Progress::Done => break,
            }
        }
        assert_eq!(usage_by_key(&engine).await, BTreeMap::from([(2, all)]));
        let who = patient(1, 1);
        let mut tx = engine.store.write().await.unwrap();
        let id = reports::turns(&mut tx, &practice(1), "e1").await.unwrap()[0].id;
        let file = reports::fetch(&mut tx, &engine.sealer, &practice(1), (id, "e1"), now()).await.unwrap();
        assert_eq!(file.unwrap().1, MARKER.as_bytes());
        tx.close().await.unwrap();
        let mut tx = engine.store.read().await.unwrap();
        let stored = records::for_patient(&mut tx, &engine.sealer, &who).await.unwrap();
        assert!(stored.iter().all(|record| record.body.as_deref() == Some(MARKER.as_bytes())));
        let found = content::find(&mut tx, &engine.sealer, &who, &sha256(MARKER.as_bytes())).await.unwrap();
        assert_eq!(found.as_deref(), Some(MARKER.as_bytes()));
        assert!(patients::find_facts(&mut tx, &engine.sealer, &who).await.unwrap().is_some());
        assert!(patients::find(&mut tx, &engine.sealer, &who).await.unwrap().is_some());
        assert_eq!(parked::all(&mut tx, &engine.sealer, &practice(1)).await.unwrap().len(), 1);
        assert_eq!(quarantine::list(&mut tx, &engine.sealer, &practice(1), 9).await.unwrap().len(), 1);
        assert!(deliveries::find_findings(&mut tx, &engine.sealer, &practice(1), "b").await.unwrap().is_some());
        assert!(evidence::find(&mut tx, &engine.sealer, &practice(1), Step::Audit).await.unwrap().is_some());
        assert_eq!(audit::for_patient(&mut tx, &engine.sealer, &who, 9).await.unwrap().len(), 1);
        tx.close().await.unwrap();
        assert!(audit::verify(&engine.store, &engine.sealer, None).await.unwrap().is_sound());
    }
}

#[tokio::test]
async fn a_row_that_does_not_open_stops_the_rotation_and_nothing_of_its_batch_is_kept() {
    for mut engine in engines().await {
        fill(&engine, 3).await;
        let sealed_elsewhere = engine.sealer.seal(b"elsewhere", b"x").unwrap();
        engine.tamper(&format!("UPDATE parked SET body = {}", engine.literal(&sealed_elsewhere))).await;
        engine.keys.add_seal_key(&SystemRandom::new()).unwrap();
        engine.sealer = Sealer::new(&engine.keys).unwrap();
        let mut cursor = Cursor::default();
        let fault = loop {
            let mut tx = engine.store.write().await.unwrap();
            match rotation::reseal(&mut tx, &engine.sealer, cursor, 10).await {
                Ok(Progress::More(next)) => cursor = next,
                Ok(Progress::Done) => panic!("the bad row was passed over"),
                Err(fault) => break fault,
            }
            tx.commit().await.unwrap();
        };
        assert!(matches!(fault, dvza::store::StoreError::Sealed { table: "parked", .. }));
        assert!(usage_by_key(&engine).await.contains_key(&1));
    }
}
