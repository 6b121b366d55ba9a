//! Shelves of rendered resources: put as a whole, and read by nobody else.

use dvza::domain::ids::ResourceId;
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::store::shelves::{self, Key, Packing};

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

const R4: FhirRelease = FhirRelease::R4;

fn key(number: u8) -> Key {
    let kind = if number.is_multiple_of(2) { ResourceType::Encounter } else { ResourceType::Observation };
    (kind, ResourceId::from_bytes([number; 16]))
}

/// Puts these bodies on the shelf of patient 1 of a practice; did it change?
async fn put(engine: &Engine, practice: u8, mapper_version: i64, bodies: &[(u8, &[u8])]) -> bool {
    let mut packing = Packing::new().unwrap();
    for (number, body) in bodies {
        packing.add(key(*number), body).unwrap();
    }
    let mut tx = engine.store.write().await.unwrap();
    let whose = (&patient(practice, 1), R4);
    let done = shelves::put(&mut tx, &engine.sealer, whose, mapper_version, &packing.finish(), now()).await.unwrap();
    tx.commit().await.unwrap();
    done
}

#[tokio::test]
async fn a_shelf_is_written_when_something_on_it_changed_and_then_holds_just_that() {
    for engine in engines().await {
        assert!(put(&engine, 1, 1, &[(1, b"een"), (2, b"twee")]).await);
        assert!(!put(&engine, 1, 1, &[(1, b"een"), (2, b"twee")]).await);
        assert!(put(&engine, 1, 1, &[(1, b"een"), (4, b"vier")]).await);
        let mut tx = engine.store.read().await.unwrap();
        let mut shelf = shelves::find(&mut tx, &engine.sealer, &patient(1, 1), R4).await.unwrap().unwrap();
        assert_eq!(shelf.keys().count(), 2);
        assert_eq!(shelf.body(&key(4)).unwrap().as_deref(), Some(b"vier".as_slice()));
        assert_eq!(shelf.body(&key(2)).unwrap(), None);
        let other_type = (ResourceType::Patient, key(4).1);
        assert_eq!(shelf.body(&other_type).unwrap(), None, "an id counts with its type");
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_shelf_is_found_for_its_patient_only() {
    for engine in engines().await {
        put(&engine, 1, 1, &[(1, b"een")]).await;
        let mut tx = engine.store.write().await.unwrap();
        for stranger in [patient(1, 2), patient(2, 1)] {
            assert!(shelves::find(&mut tx, &engine.sealer, &stranger, R4).await.unwrap().is_none());
        }
        assert_eq!(shelves::remove_all(&mut tx, &patient(2, 1)).await.unwrap(), 0);
        assert_eq!(shelves::remove_all(&mut tx, &patient(1, 1)).await.unwrap(), 1);
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_shelf_of_one_release_goes_by_itself() {
    for engine in engines().await {
        put(&engine, 1, 1, &[(1, b"een")]).await;
        let mut tx = engine.store.write().await.unwrap();
        let stu3 = (&patient(1, 1), FhirRelease::Stu3);
        let mut packing = Packing::new().unwrap();
        packing.add(key(1), b"een, in STU3").unwrap();
        assert!(shelves::put(&mut tx, &engine.sealer, stu3, 1, &packing.finish(), now()).await.unwrap());
        let mut shelf = shelves::find(&mut tx, &engine.sealer, stu3.0, stu3.1).await.unwrap().unwrap();
        assert_eq!(shelf.body(&key(1)).unwrap().as_deref(), Some(b"een, in STU3".as_slice()));
        assert_eq!(shelves::remove(&mut tx, stu3.0, stu3.1).await.unwrap(), 1);
        assert_eq!(shelves::remove(&mut tx, stu3.0, stu3.1).await.unwrap(), 0);
        assert!(shelves::find(&mut tx, &engine.sealer, stu3.0, R4).await.unwrap().is_some());
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_shelf_that_was_moved_to_another_patient_does_not_open() {
    for engine in engines().await {
        put(&engine, 1, 1, &[(1, b"een")]).await;
        let other = engine.literal(patient(1, 2).patient.as_bytes());
        engine.tamper(&format!("UPDATE shelf SET patient_id = {other}")).await;
        let mut tx = engine.store.read().await.unwrap();
        assert!(shelves::find(&mut tx, &engine.sealer, &patient(1, 2), R4).await.is_err());
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_new_mapper_finds_who_is_still_to_be_rendered() {
    for engine in engines().await {
        put(&engine, 1, 1, &[(1, b"een")]).await;
        let mut tx = engine.store.read().await.unwrap();
        let (one, two) = (practice(1), practice(2));
        let all = shelves::patients_to_render(&mut tx, &one, R4, 2).await.unwrap();
        assert_eq!(all, [patient(1, 1).patient]);
        assert!(shelves::patients_to_render(&mut tx, &one, R4, 1).await.unwrap().is_empty());
        assert!(shelves::patients_to_render(&mut tx, &two, R4, 2).await.unwrap().is_empty());
        tx.close().await.unwrap();
        assert!(
            put(&engine, 1, 2, &[(1, b"een")]).await,
            "the same bodies by another mapper: not to be rendered again"
        );
        let mut tx = engine.store.read().await.unwrap();
        assert!(shelves::patients_to_render(&mut tx, &one, R4, 2).await.unwrap().is_empty());
        tx.close().await.unwrap();
    }
}
