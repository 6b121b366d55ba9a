//! Records that were not taken.

use dvza::domain::dossier::RecordType;
use dvza::domain::ids::RecordKey;
use dvza::store::StoreError;
use dvza::store::quarantine::{self, Quarantined};

use crate::support::engines::{engines, now, patient, practice};

/// A record with this number, refused so many seconds later.
fn untaken(number: u16, later: i64) -> Quarantined {
    let mut key = [0; 16];
    key[..2].copy_from_slice(&number.to_be_bytes());
    Quarantined {
        key: RecordKey::from_bytes(key),
        patient: number.is_multiple_of(2).then(|| patient(1, 1).patient),
        t: RecordType::Episode,
        code: "E-CODE-001".into(),
        batch: format!("b{later}"),
        at: now().plus_seconds(later),
        body: format!("{number}").into_bytes(),
    }
}

#[tokio::test]
async fn records_stand_on_the_list_since_the_first_time_and_are_seen_by_their_own_practice_only() {
    for engine in engines().await {
        let (one, two, sealer) = (practice(1), practice(2), &engine.sealer);
        let mut tx = engine.store.write().await.unwrap();
        let all: Vec<Quarantined> = (0..300).map(|number| untaken(number, i64::from(number))).collect();
        quarantine::put_many(&mut tx, sealer, &one, &all).await.unwrap();
        assert_eq!(quarantine::list(&mut tx, sealer, &one, 1000).await.unwrap(), all);
        assert_eq!(quarantine::list(&mut tx, sealer, &one, 2).await.unwrap(), all[..2]);
        assert_eq!(quarantine::count(&mut tx, &one).await.unwrap(), 300);

        // What is refused again has the newer finding, and stands there as long as before.
        let again = Quarantined { code: "E-VAL-008".into(), patient: None, body: b"new".to_vec(), ..untaken(0, 900) };
        quarantine::put_many(&mut tx, sealer, &one, &[untaken(0, 800), again.clone()]).await.unwrap();
        let first = quarantine::list(&mut tx, sealer, &one, 1).await.unwrap().remove(0);
        assert_eq!(first, Quarantined { at: now(), ..again });

        assert!(quarantine::list(&mut tx, sealer, &two, 9).await.unwrap().is_empty());
        assert_eq!(quarantine::count(&mut tx, &two).await.unwrap(), 0);
        let keys: Vec<RecordKey> = all.iter().skip(1).map(|record| record.key).collect();
        quarantine::remove_many(&mut tx, &two, &keys).await.unwrap();
        assert_eq!(quarantine::count(&mut tx, &one).await.unwrap(), 300);
        quarantine::remove_many(&mut tx, &one, &keys).await.unwrap();
        quarantine::remove_many(&mut tx, &one, &keys).await.unwrap();
        assert_eq!(quarantine::count(&mut tx, &one).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_an_error_and_no_panic() {
    for engine in engines().await {
        let one = practice(1);
        let mut tx = engine.store.write().await.unwrap();
        quarantine::put_many(&mut tx, &engine.sealer, &one, &[untaken(1, 0)]).await.unwrap();
        tx.commit().await.unwrap();
        let short = engine.literal(b"ab");
        for change in ["t = 'note'", &format!("body = {short}"), &format!("patient_id = {short}")] {
            engine.tamper(&format!("UPDATE quarantine SET {change}")).await;
            let mut tx = engine.store.write().await.unwrap();
            let refused = quarantine::list(&mut tx, &engine.sealer, &one, 9).await;
            assert!(matches!(refused, Err(StoreError::Corrupt { .. } | StoreError::Sealed { .. })), "{change}");
            quarantine::remove_many(&mut tx, &one, &[untaken(1, 0).key]).await.unwrap();
            quarantine::put_many(&mut tx, &engine.sealer, &one, &[untaken(1, 0)]).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}
