//! Patients: one person in two practices stays two strangers.

use dvza::domain::dossier::{Block, DossierState, SourceId};
use dvza::domain::ids::PatientRef;
use dvza::store::Tx;
use dvza::store::patients::{self, OwnState, PatientPut, StoredFacts};

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

const BSN: [u8; 32] = [9; 32];

async fn put(engine: &Engine, tx: &mut Tx<'_>, who: &PatientRef, facts: &[u8]) {
    let source_id: SourceId = "p1".parse().unwrap();
    let put = PatientPut {
        source_id: &source_id,
        bsn_hash: Some(BSN),
        facts,
        facts_version: 1,
        set_hash: [3; 32],
        record_count: 106,
    };
    patients::upsert(tx, &engine.sealer, who, &put, now()).await.unwrap();
}

#[tokio::test]
async fn a_patient_is_found_in_its_own_practice_only() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let (here, there) = (patient(1, 1), patient(2, 1));
        put(&engine, &mut tx, &here, b"{}").await;
        assert_eq!(patients::find_by_bsn(&mut tx, &practice(1), &BSN).await.unwrap(), [here.patient]);
        assert_eq!(patients::find_by_bsn(&mut tx, &practice(1), &[8; 32]).await.unwrap(), []);
        assert_eq!(patients::list(&mut tx, &practice(1)).await.unwrap(), [here.patient]);
        assert_eq!(patients::count(&mut tx, &practice(1)).await.unwrap(), 1);
        assert_eq!(patients::set_hashes(&mut tx, &practice(1)).await.unwrap()[&here.patient], [3; 32]);

        assert_eq!(patients::find_by_bsn(&mut tx, &practice(2), &BSN).await.unwrap(), []);
        assert_eq!(patients::find(&mut tx, &engine.sealer, &there).await.unwrap(), None);
        assert_eq!(patients::find_facts(&mut tx, &engine.sealer, &there).await.unwrap(), None);
        assert_eq!(patients::list(&mut tx, &practice(2)).await.unwrap(), []);
        assert_eq!(patients::count(&mut tx, &practice(2)).await.unwrap(), 0);
        assert!(patients::set_hashes(&mut tx, &practice(2)).await.unwrap().is_empty());
        let own = OwnState { state: DossierState::Closed, opened_at: None, at: now() };
        assert!(!patients::set_block(&mut tx, &there, Block::Practice).await.unwrap());
        assert!(!patients::set_own_state(&mut tx, &there, &own).await.unwrap());
        assert!(!patients::mark_removed(&mut tx, &there, now()).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_import_leaves_block_and_own_state_alone() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let who = patient(1, 1);
        put(&engine, &mut tx, &who, b"{}").await;
        let fresh = patients::find(&mut tx, &engine.sealer, &who).await.unwrap().unwrap();
        assert_eq!((fresh.block, fresh.own), (Block::None, None));

        let own = OwnState { state: DossierState::Open, opened_at: Some(now()), at: now().plus_seconds(1) };
        assert!(patients::set_block(&mut tx, &who, Block::IdentityConflict).await.unwrap());
        assert!(patients::set_own_state(&mut tx, &who, &own).await.unwrap());
        put(&engine, &mut tx, &who, b"{\"v\":2}").await;
        let again = patients::find(&mut tx, &engine.sealer, &who).await.unwrap().unwrap();
        assert_eq!((again.block, again.own), (Block::IdentityConflict, Some(own)));
        assert_eq!((again.source_id.as_str(), again.bsn_hash, again.record_count), ("p1", Some(BSN), 106));
        let facts = patients::find_facts(&mut tx, &engine.sealer, &who).await.unwrap().unwrap();
        assert_eq!(facts, StoredFacts { version: 1, bytes: b"{\"v\":2}".to_vec() });
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_removed_patient_is_found_no_more_until_the_his_brings_it_back() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let who = patient(1, 1);
        put(&engine, &mut tx, &who, b"{}").await;
        assert!(patients::mark_removed(&mut tx, &who, now()).await.unwrap());
        assert!(!patients::mark_removed(&mut tx, &who, now()).await.unwrap());
        assert_eq!(patients::find_by_bsn(&mut tx, &practice(1), &BSN).await.unwrap(), []);
        assert_eq!(patients::find_facts(&mut tx, &engine.sealer, &who).await.unwrap(), None);
        assert_eq!(patients::count(&mut tx, &practice(1)).await.unwrap(), 0);
        let gone = patients::find(&mut tx, &engine.sealer, &who).await.unwrap().unwrap();
        assert_eq!((gone.removed_at, gone.bsn_hash), (Some(now()), None));
        put(&engine, &mut tx, &who, b"{}").await;
        assert_eq!(patients::find_by_bsn(&mut tx, &practice(1), &BSN).await.unwrap(), [who.patient]);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn two_patients_with_one_number_are_both_found() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        for number in [2, 1] {
            put(&engine, &mut tx, &patient(1, number), b"{}").await;
        }
        let found = patients::find_by_bsn(&mut tx, &practice(1), &BSN).await.unwrap();
        assert_eq!(found, [patient(1, 1).patient, patient(1, 2).patient]);
        tx.close().await.unwrap();
    }
}
