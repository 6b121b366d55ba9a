//! Rendered resources: what is written, what is left alone, and who may read it.

use dvza::domain::ids::ResourceId;
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::store::resources::{self, Desired, Rendering, Replaced};

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

fn id(number: u16) -> ResourceId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    ResourceId::from_bytes(bytes)
}

fn desired(number: u16, body: &[u8]) -> Desired<'static> {
    let kind = if number.is_multiple_of(2) { ResourceType::Encounter } else { ResourceType::Observation };
    // A test's bodies live as long as the test program.
    let body = Box::leak(Box::new(resources::Packing::new().unwrap().pack(body).unwrap()));
    Desired { kind, id: id(number), version: 1, body }
}

fn rendering<'a>(mapper_version: i64, resources: &'a [Desired<'a>]) -> Rendering<'a> {
    Rendering { release: FhirRelease::R4, mapper_version, resources }
}

async fn replace(engine: &Engine, number: u8, mapper_version: i64, set: &[Desired<'_>]) -> Replaced {
    let mut tx = engine.store.write().await.unwrap();
    let rendering = rendering(mapper_version, set);
    let done = resources::replace(&mut tx, &engine.sealer, &patient(number, 1), &rendering, now()).await.unwrap();
    tx.commit().await.unwrap();
    done
}

#[tokio::test]
async fn only_what_changed_is_written_and_what_is_gone_goes() {
    for engine in engines().await {
        let bodies: Vec<Vec<u8>> = (0..205).map(|number| format!("{{\"n\":{number}}}").into_bytes()).collect();
        let mut set: Vec<_> = (0..205_u16).map(|number| desired(number, &bodies[usize::from(number)])).collect();
        let first = replace(&engine, 1, 1, &set).await;
        assert_eq!(first, Replaced { added: 205, ..Replaced::default() });
        let again = replace(&engine, 1, 1, &set).await;
        assert_eq!(again, Replaced { unchanged: 205, ..Replaced::default() });

        set.truncate(100);
        set[3] = desired(3, b"{\"new\":1}");
        let third = replace(&engine, 1, 1, &set).await;
        assert_eq!(third, Replaced { added: 0, changed: 1, removed: 105, unchanged: 99 });
        let mut tx = engine.store.read().await.unwrap();
        let who = patient(1, 1);
        assert_eq!(resources::entries(&mut tx, &who, FhirRelease::R4).await.unwrap().len(), 100);
        assert_eq!(resources::count(&mut tx, &practice(1)).await.unwrap(), 100);
        let key = (ResourceType::Observation, id(3));
        let found = resources::bodies(&mut tx, &engine.sealer, &who, FhirRelease::R4, &[key]).await.unwrap();
        assert_eq!(found[&key], b"{\"new\":1}");
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn bodies_come_for_this_patient_these_types_and_these_ids_only() {
    for engine in engines().await {
        let set: Vec<_> = (0..120).map(|number| desired(number, b"{}")).collect();
        replace(&engine, 1, 1, &set).await;
        // Even numbers are Encounters: as Encounters, the odd ones are not there.
        let keys: Vec<_> = (0..500).map(|number| (ResourceType::Encounter, id(number))).collect();
        let mut tx = engine.store.read().await.unwrap();
        let sealer = &engine.sealer;
        let found = resources::bodies(&mut tx, sealer, &patient(1, 1), FhirRelease::R4, &keys).await.unwrap();
        assert_eq!(found.len(), 60);
        assert!(found.contains_key(&keys[2]) && !found.contains_key(&keys[3]));
        let both = [(ResourceType::Encounter, id(2)), (ResourceType::Observation, id(3))];
        let found = resources::bodies(&mut tx, sealer, &patient(1, 1), FhirRelease::R4, &both).await.unwrap();
        assert_eq!(found.len(), 2);
        for stranger in [patient(1, 2), patient(2, 1)] {
            let none = resources::bodies(&mut tx, sealer, &stranger, FhirRelease::R4, &keys).await.unwrap();
            assert!(none.is_empty());
            assert!(resources::entries(&mut tx, &stranger, FhirRelease::R4).await.unwrap().is_empty());
        }
        assert_eq!(resources::count(&mut tx, &practice(2)).await.unwrap(), 0);
        tx.close().await.unwrap();
        let mut tx = engine.store.write().await.unwrap();
        assert_eq!(resources::remove_all(&mut tx, &patient(2, 1)).await.unwrap(), 0);
        assert_eq!(resources::remove_all(&mut tx, &patient(1, 1)).await.unwrap(), 120);
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn two_patients_may_have_the_same_resource_id_each_with_its_own_body() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        for (number, body) in [(1, b"een".as_slice()), (2, b"twee")] {
            let set = [desired(2, body)];
            let who = patient(1, number);
            resources::replace(&mut tx, &engine.sealer, &who, &rendering(1, &set), now()).await.unwrap();
        }
        for (number, body) in [(1, b"een".as_slice()), (2, b"twee")] {
            let (who, key) = (patient(1, number), (ResourceType::Encounter, id(2)));
            let found = resources::bodies(&mut tx, &engine.sealer, &who, FhirRelease::R4, &[key]).await.unwrap();
            assert_eq!(found[&key], body);
        }
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_new_mapper_finds_who_is_still_to_be_rendered() {
    for engine in engines().await {
        let set = [desired(1, b"{}"), desired(2, b"{}")];
        replace(&engine, 1, 1, &set).await;
        let mut tx = engine.store.read().await.unwrap();
        let (one, two) = (practice(1), practice(2));
        let all = resources::patients_to_render(&mut tx, &one, FhirRelease::R4, 2).await.unwrap();
        assert_eq!(all, [patient(1, 1).patient]);
        assert!(resources::patients_to_render(&mut tx, &one, FhirRelease::R4, 1).await.unwrap().is_empty());
        assert!(resources::patients_to_render(&mut tx, &two, FhirRelease::R4, 2).await.unwrap().is_empty());
        tx.close().await.unwrap();
        assert_eq!(replace(&engine, 1, 2, &set).await, Replaced { unchanged: 2, ..Replaced::default() });
        let mut tx = engine.store.read().await.unwrap();
        assert!(resources::patients_to_render(&mut tx, &one, FhirRelease::R4, 2).await.unwrap().is_empty());
        tx.close().await.unwrap();
    }
}
