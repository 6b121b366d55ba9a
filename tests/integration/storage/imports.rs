//! What an import writes: records, document bytes, waiting records, deliveries.

use std::collections::BTreeSet;

use dvza::domain::dossier::RecordType;
use dvza::domain::ids::{PatientId, RecordKey};
use dvza::seal::sha256;
use dvza::store::StoreError;
use dvza::store::content::{self, Part};
use dvza::store::deliveries::{self, Begun, DeliveryState, Ending, LetThrough, NewDelivery, Product};
use dvza::store::pairs::{self, Proof};
use dvza::store::parked::{self, Parked};
use dvza::store::records::{self, Presence, RecordPut};

use crate::support::engines::{engines, now, patient, practice};

fn key(number: u16) -> RecordKey {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    RecordKey::from_bytes(bytes)
}

fn record(number: u16, patient: PatientId, body: Option<&[u8]>) -> RecordPut<'_> {
    RecordPut {
        key: key(number),
        patient,
        t: if number == 0 { RecordType::Patient } else { RecordType::Contact },
        v: u64::from(number) + 1,
        hash: [number.to_be_bytes()[1]; 32],
        body,
        at: now(),
    }
}

#[tokio::test]
async fn records_are_stored_replaced_and_seen_by_their_own_practice_only() {
    for engine in engines().await {
        let (here, there) = (patient(1, 1), patient(2, 1));
        let bodies: Vec<Vec<u8>> = (0..250).map(|number| format!("{{\"n\":{number}}}").into_bytes()).collect();
        let all: Vec<_> = (0..250_u16).map(|n| record(n, here.patient, Some(&bodies[usize::from(n)]))).collect();
        let mut tx = engine.store.write().await.unwrap();
        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &all).await.unwrap();
        let stored = records::for_patient(&mut tx, &engine.sealer, &here).await.unwrap();
        assert_eq!(stored.len(), 250);
        assert!(stored.iter().enumerate().all(|(n, record)| record.body.as_ref() == Some(&bodies[n])));

        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &[record(7, here.patient, None)]).await.unwrap();
        let keys: Vec<_> = (0..300).map(key).collect();
        let versions = records::versions_of(&mut tx, &practice(1), &keys).await.unwrap();
        assert_eq!(versions.len(), 250);
        assert_eq!((versions[&key(7)].presence, versions[&key(8)].presence), (Presence::Tombstone, Presence::Present));
        assert_eq!((versions[&key(8)].v, versions[&key(8)].hash), (9, [8; 32]));
        assert_eq!(records::versions_for_patient(&mut tx, &here).await.unwrap(), versions);
        let counts = records::counts(&mut tx, &practice(1)).await.unwrap();
        assert_eq!((counts[&RecordType::Patient], counts[&RecordType::Contact]), (1, 248));

        assert!(records::for_patient(&mut tx, &engine.sealer, &there).await.unwrap().is_empty());
        assert!(records::versions_of(&mut tx, &practice(2), &keys).await.unwrap().is_empty());
        assert!(records::versions_for_patient(&mut tx, &there).await.unwrap().is_empty());
        assert!(records::counts(&mut tx, &practice(2)).await.unwrap().is_empty());
        assert_eq!(records::bury(&mut tx, &there, now()).await.unwrap(), 0);
        assert_eq!(records::bury(&mut tx, &here, now()).await.unwrap(), 249);
        let buried = records::for_patient(&mut tx, &engine.sealer, &here).await.unwrap();
        assert!(buried.iter().all(|record| record.body.is_none()));
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn of_two_records_with_one_key_the_last_counts() {
    for engine in engines().await {
        let who = patient(1, 1);
        let twice = [record(1, who.patient, Some(b"old")), record(1, who.patient, Some(b"new"))];
        let mut tx = engine.store.write().await.unwrap();
        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &twice).await.unwrap();
        let stored = records::for_patient(&mut tx, &engine.sealer, &who).await.unwrap();
        assert_eq!(stored[0].body.as_deref(), Some(b"new".as_slice()));
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_merge_moves_the_records_and_they_open_for_their_new_owner() {
    for engine in engines().await {
        let (from, to) = (patient(1, 1), patient(1, 2));
        let mut tx = engine.store.write().await.unwrap();
        let both = [record(1, from.patient, Some(b"a")), record(2, from.patient, None)];
        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &both).await.unwrap();
        let moved = records::reassign(&mut tx, &engine.sealer, &practice(1), from.patient, to.patient).await;
        assert_eq!(moved.unwrap(), 2);
        assert!(records::for_patient(&mut tx, &engine.sealer, &from).await.unwrap().is_empty());
        let stored = records::for_patient(&mut tx, &engine.sealer, &to).await.unwrap();
        assert_eq!(stored[0].body.as_deref(), Some(b"a".as_slice()));
        assert_eq!(stored[1].body, None);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_given_to_another_patient_past_the_store_does_not_open() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let mine = [record(1, patient(1, 1).patient, Some(b"mine"))];
        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &mine).await.unwrap();
        tx.commit().await.unwrap();
        let thief = patient(1, 2);
        engine.tamper(&format!("UPDATE record SET patient_id = {}", engine.literal(thief.patient.as_bytes()))).await;
        let mut tx = engine.store.read().await.unwrap();
        let refused = records::for_patient(&mut tx, &engine.sealer, &thief).await;
        assert!(matches!(refused, Err(StoreError::Sealed { table: "record", .. })), "{refused:?}");
    }
}

#[tokio::test]
async fn a_corrupt_row_is_an_error_and_no_panic() {
    for engine in engines().await {
        let who = patient(1, 1);
        let mut tx = engine.store.write().await.unwrap();
        let one = [record(1, who.patient, Some(b"x"))];
        records::upsert_many(&mut tx, &engine.sealer, &practice(1), &one).await.unwrap();
        tx.commit().await.unwrap();
        let short = engine.literal(b"ab");
        for change in [
            "t = 'note'",
            "op = 'what'",
            "v = -1",
            "op = 'del'",
            &format!("hash = {short}"),
            &format!("body = {short}"),
        ] {
            engine.tamper(&format!("UPDATE record SET {change}")).await;
            let mut tx = engine.store.read().await.unwrap();
            let refused = records::for_patient(&mut tx, &engine.sealer, &who).await;
            assert!(matches!(refused, Err(StoreError::Corrupt { .. } | StoreError::Sealed { .. })), "{change}");
            tx.close().await.unwrap();
            let mut tx = engine.store.write().await.unwrap();
            records::upsert_many(&mut tx, &engine.sealer, &practice(1), &one).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_document_is_whole_when_every_part_came_and_its_hash_holds() {
    for engine in engines().await {
        let (who, stranger) = (patient(1, 1), patient(2, 1));
        let hash = sha256(b"eerste tweede");
        let part = |part, parts, data| Part { sha256: hash, part, parts, data };
        let mut tx = engine.store.write().await.unwrap();
        content::put_part(&mut tx, &engine.sealer, &who, &part(2, 2, b"tweede")).await.unwrap();
        assert_eq!(content::find(&mut tx, &engine.sealer, &who, &hash).await.unwrap(), None);
        assert!(content::complete(&mut tx, &who).await.unwrap().is_empty());
        content::put_part(&mut tx, &engine.sealer, &who, &part(1, 2, b"eerste ")).await.unwrap();
        let whole = content::find(&mut tx, &engine.sealer, &who, &hash).await.unwrap();
        assert_eq!(whole.as_deref(), Some(b"eerste tweede".as_slice()));
        assert_eq!(content::complete(&mut tx, &who).await.unwrap(), BTreeSet::from([hash]));

        assert_eq!(content::find(&mut tx, &engine.sealer, &stranger, &hash).await.unwrap(), None);
        assert!(content::complete(&mut tx, &stranger).await.unwrap().is_empty());
        assert_eq!(content::remove(&mut tx, &stranger, &hash).await.unwrap(), 0);
        assert_eq!(content::remove_all(&mut tx, &stranger).await.unwrap(), 0);

        // Another division of the same document replaces the first one.
        content::put_part(&mut tx, &engine.sealer, &who, &part(1, 1, b"eerste tweede")).await.unwrap();
        assert!(content::find(&mut tx, &engine.sealer, &who, &hash).await.unwrap().is_some());
        content::put_part(&mut tx, &engine.sealer, &who, &part(1, 1, b"iets anders")).await.unwrap();
        let lie = content::find(&mut tx, &engine.sealer, &who, &hash).await;
        assert!(matches!(lie, Err(StoreError::Corrupt { table: "content", .. })));
        assert_eq!(content::remove(&mut tx, &who, &hash).await.unwrap(), 1);
        assert_eq!(content::find(&mut tx, &engine.sealer, &who, &hash).await.unwrap(), None);
        content::put_part(&mut tx, &engine.sealer, &who, &part(1, 1, b"x")).await.unwrap();
        assert_eq!(content::remove_all(&mut tx, &who).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn waiting_records_are_kept_in_order_and_let_go() {
    for engine in engines().await {
        let waits = |number, later| Parked {
            key: key(number),
            batch: "b1".into(),
            line_no: u64::from(number),
            body: b"{}".to_vec(),
            parked_at: now().plus_seconds(later),
        };
        let (first, second) = (waits(2, 0), waits(1, 5));
        let mut tx = engine.store.write().await.unwrap();
        let both = [second.clone(), first.clone()];
        parked::put_many(&mut tx, &engine.sealer, &practice(1), &both).await.unwrap();
        assert_eq!(parked::all(&mut tx, &engine.sealer, &practice(1)).await.unwrap(), [first.clone(), second.clone()]);
        assert!(parked::all(&mut tx, &engine.sealer, &practice(2)).await.unwrap().is_empty());
        parked::remove_many(&mut tx, &practice(2), &[first.key, second.key]).await.unwrap();
        parked::remove_many(&mut tx, &practice(1), &[first.key]).await.unwrap();
        assert_eq!(parked::all(&mut tx, &engine.sealer, &practice(1)).await.unwrap(), [second]);
        tx.commit().await.unwrap();
    }
}

fn delivery(batch: &str, later: i64) -> NewDelivery {
    NewDelivery {
        batch: batch.into(),
        seq: 118,
        prev: None,
        kind: "full".into(),
        content_hash: [5; 32],
        received_at: now().plus_seconds(later),
        source: Some(Product { system: "Testhis".into(), version: batch.into() }),
    }
}

#[tokio::test]
async fn the_system_of_a_practice_is_that_of_its_newest_delivery_that_was_taken() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        assert!(deliveries::sources(&mut tx).await.unwrap().is_empty());
        for (batch, later, state) in [
            ("1.0", 0, DeliveryState::Accepted),
            ("2.0", 20, DeliveryState::Accepted),
            ("1.5", 10, DeliveryState::Accepted),
            ("3.0", 30, DeliveryState::Rejected),
        ] {
            deliveries::begin(&mut tx, &practice(1), &delivery(batch, later)).await.unwrap();
            let ending = Ending { state, at: now(), counts: "{}", findings: b"" };
            deliveries::finish(&mut tx, &engine.sealer, &practice(1), batch, &ending).await.unwrap();
        }
        let silent = NewDelivery { source: None, ..delivery("4.0", 40) };
        deliveries::begin(&mut tx, &practice(1), &silent).await.unwrap();
        let found = deliveries::sources(&mut tx).await.unwrap();
        let product = Product { system: "Testhis".into(), version: "2.0".into() };
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(practice(1).practice, product)]);
        let read = deliveries::find(&mut tx, &practice(1), "4.0").await.unwrap().unwrap();
        assert_eq!(read.new, silent);
    }
}

#[tokio::test]
async fn of_each_pair_and_service_the_newest_proof_counts() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let proof = |version: &str, service: &str, later: i64, failed: u32| Proof {
            product: Product { system: "Testhis".into(), version: version.into() },
            client_id: "pgo.nl".into(),
            service: service.into(),
            at: now().plus_seconds(later),
            passed: 3,
            failed,
            evidence: [7; 32],
        };
        let all = [proof("1", "49", 0, 0), proof("1", "49", 5, 2), proof("1", "50", 0, 0), proof("2", "49", 1, 0)];
        for one in &all {
            assert!(pairs::add(&mut tx, one).await.unwrap());
        }
        assert!(!pairs::add(&mut tx, &proof("1", "49", 5, 0)).await.unwrap(), "one at each instant");
        let newest = pairs::newest(&mut tx).await.unwrap();
        assert_eq!(newest, [all[1].clone(), all[2].clone(), all[3].clone()]);
        assert_eq!(newest.iter().map(Proof::holds).collect::<Vec<_>>(), [false, true, true]);
        assert!(!Proof { passed: 0, ..proof("1", "49", 0, 0) }.holds(), "nothing passed");
    }
}

#[tokio::test]
async fn the_same_delivery_twice_begins_once_even_in_a_race() {
    for engine in engines().await {
        let race = [0, 1].map(|_| {
            let store = engine.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let begun = deliveries::begin(&mut tx, &practice(1), &delivery("b1", 0)).await.unwrap();
                tx.commit().await.unwrap();
                begun == Begun::Now
            })
        });
        let mut winners = 0;
        for racer in race {
            winners += u32::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1);
        // The same id in another practice is another delivery.
        let mut tx = engine.store.write().await.unwrap();
        assert_eq!(deliveries::begin(&mut tx, &practice(2), &delivery("b1", 0)).await.unwrap(), Begun::Now);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_delivery_ends_once_and_a_held_one_can_go_on() {
    for engine in engines().await {
        let one = practice(1);
        let ending = |state| Ending { state, at: now(), counts: "{\"put\":1}", findings: b"E-REF-001 p1" };
        let mut tx = engine.store.write().await.unwrap();
        deliveries::begin(&mut tx, &one, &delivery("b1", 0)).await.unwrap();
        deliveries::begin(&mut tx, &one, &delivery("b2", 1)).await.unwrap();
        let (sealer, held, accepted) = (&engine.sealer, ending(DeliveryState::Held), ending(DeliveryState::Accepted));
        assert!(!deliveries::finish(&mut tx, sealer, &practice(2), "b1", &held).await.unwrap());
        assert!(deliveries::finish(&mut tx, sealer, &one, "b1", &held).await.unwrap());
        assert!(!deliveries::finish(&mut tx, sealer, &one, "b1", &accepted).await.unwrap());
        assert!(deliveries::resume(&mut tx, &one, "b1", &[5; 32]).await.unwrap());
        assert!(deliveries::finish(&mut tx, sealer, &one, "b1", &accepted).await.unwrap());
        assert!(!deliveries::resume(&mut tx, &one, "b1", &[5; 32]).await.unwrap());
        assert!(!deliveries::resume(&mut tx, &practice(2), "b2", &[2; 32]).await.unwrap());

        let first = deliveries::find(&mut tx, &one, "b1").await.unwrap().unwrap();
        assert_eq!(
            (first.state, first.finished_at, first.counts.as_str()),
            (DeliveryState::Accepted, Some(now()), "{\"put\":1}")
        );
        assert_eq!(first.new, delivery("b1", 0));
        let findings = deliveries::find_findings(&mut tx, sealer, &one, "b1").await.unwrap();
        assert_eq!(findings.as_deref(), Some(b"E-REF-001 p1".as_slice()));
        assert_eq!(deliveries::find_findings(&mut tx, sealer, &one, "b2").await.unwrap(), None);
        let batches: Vec<_> =
            deliveries::latest(&mut tx, &one, 9).await.unwrap().into_iter().map(|it| it.new.batch).collect();
        assert_eq!(batches, ["b2", "b1"]);
        assert_eq!(deliveries::latest(&mut tx, &one, 1).await.unwrap().len(), 1);

        assert_eq!(deliveries::find(&mut tx, &practice(2), "b1").await.unwrap(), None);
        assert_eq!(deliveries::find_findings(&mut tx, sealer, &practice(2), "b1").await.unwrap(), None);
        assert!(deliveries::latest(&mut tx, &practice(2), 9).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_held_delivery_is_let_through_once_and_for_the_content_that_was_seen_only() {
    for engine in engines().await {
        let (one, sealer) = (practice(1), &engine.sealer);
        let held = Ending { state: DeliveryState::Held, at: now(), counts: "{}", findings: b"" };
        let by = LetThrough { at: now(), by: "e1".into() };
        let mut tx = engine.store.write().await.unwrap();
        deliveries::begin(&mut tx, &one, &delivery("b1", 0)).await.unwrap();
        assert!(!deliveries::let_through(&mut tx, &one, ("b1", &[5; 32]), &by).await.unwrap(), "it still runs");
        deliveries::finish(&mut tx, sealer, &one, "b1", &held).await.unwrap();
        assert!(!deliveries::let_through(&mut tx, &one, ("b1", &[6; 32]), &by).await.unwrap(), "other content");
        assert!(!deliveries::let_through(&mut tx, &practice(2), ("b1", &[5; 32]), &by).await.unwrap());
        assert!(deliveries::let_through(&mut tx, &one, ("b1", &[5; 32]), &by).await.unwrap());
        assert!(!deliveries::let_through(&mut tx, &one, ("b1", &[5; 32]), &by).await.unwrap(), "twice");
        let found = deliveries::find(&mut tx, &one, "b1").await.unwrap().unwrap();
        assert_eq!(found.let_through, Some(by.clone()));
        assert!(found.waits_after(None) && found.waits_after(Some(117)) && !found.waits_after(Some(118)));

        // It still holds when the same comes again, and no longer when something else does.
        for (hash, still) in [([5; 32], true), ([6; 32], false), ([5; 32], false)] {
            assert!(deliveries::resume(&mut tx, &one, "b1", &hash).await.unwrap());
            let found = deliveries::find(&mut tx, &one, "b1").await.unwrap().unwrap();
            assert_eq!(found.let_through.is_some(), still);
            assert!(!found.waits_after(None), "it runs");
            deliveries::finish(&mut tx, sealer, &one, "b1", &held).await.unwrap();
        }
        assert!(deliveries::latest(&mut tx, &one, 1).await.unwrap()[0].let_through.is_none());
        tx.commit().await.unwrap();
    }
}
