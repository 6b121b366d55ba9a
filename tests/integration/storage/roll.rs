//! How every patient stands, read by what changed since.

use dvza::domain::dossier::{Block, DossierState};
use dvza::domain::ids::PatientRef;
use dvza::domain::time::PartialDate;
use dvza::store::Tx;
use dvza::store::cards::{self, Card, Waiting};
use dvza::store::outbox::{self, INVITATION, Letter};
use dvza::store::patients::{self, OwnState, PatientPut};
use dvza::store::roll::{self, Enrolled};

use crate::support::engines::{Engine, engines, now, patient, practice};

fn card() -> Card {
    Card {
        name: "Berg".into(),
        birth: PartialDate { year: 1958, month: None, day: None },
        number: "p1".into(),
        email: None,
        registered: true,
        blocked: false,
        marked_since: None,
    }
}

async fn enrol(engine: &Engine, tx: &mut Tx<'_>, who: &PatientRef) {
    let put = PatientPut {
        source_id: &"p1".parse().unwrap(),
        bsn_hash: None,
        facts: b"{}",
        facts_version: 1,
        set_hash: [0; 32],
        record_count: 1,
    };
    patients::upsert(tx, &engine.sealer, who, &put, now()).await.unwrap();
    let said = (Waiting::default(), Some((DossierState::Requested, now())));
    cards::put(tx, &engine.sealer, who, &card(), said).await.unwrap();
}

/// Who changed since the turn, who is the only one; the turn moves on.
async fn change(engine: &Engine, tx: &mut Tx<'_>, turn: &mut i64) -> (PatientRef, Option<Enrolled>) {
    let (sealer, scope) = (&engine.sealer, practice(1));
    let mut changed = roll::changed_since(tx, sealer, &scope, *turn).await.unwrap();
    let now = roll::turn(tx, &scope).await.unwrap();
    assert!(now > *turn, "{}: the change is noted", engine.name);
    *turn = now;
    assert_eq!(changed.len(), 1, "{}", engine.name);
    let (who, enrolled) = changed.remove(0);
    (PatientRef { practice: scope.practice, patient: who }, enrolled)
}

#[tokio::test]
async fn whoever_changes_how_a_patient_stands_is_noted_and_nobody_else_is() {
    for engine in engines().await {
        let (one, other, foreign) = (patient(1, 1), patient(1, 2), patient(2, 1));
        let mut tx = engine.store.write().await.unwrap();
        assert_eq!(roll::turn(&mut tx, &practice(1)).await.unwrap(), 0);
        for who in [&one, &other, &foreign] {
            enrol(&engine, &mut tx, who).await;
        }
        let all = roll::changed_since(&mut tx, &engine.sealer, &practice(1), 0).await.unwrap();
        assert_eq!(all.len(), 2, "{}: those of the practice", engine.name);
        let mut turn = roll::turn(&mut tx, &practice(1)).await.unwrap();
        assert!(roll::changed_since(&mut tx, &engine.sealer, &practice(1), turn).await.unwrap().is_empty());

        let own = OwnState { state: DossierState::Open, opened_at: None, at: now().plus_seconds(-1) };
        patients::set_own_state(&mut tx, &one, &own).await.unwrap();
        let mut stands = Enrolled {
            card: card(),
            state: DossierState::Requested,
            since: Some(now()),
            is_blocked: false,
            invited_at: None,
        };
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())), "the HIS spoke later");
        patients::set_own_state(&mut tx, &one, &OwnState { at: now(), ..own }).await.unwrap();
        stands.state = DossierState::Open;
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())), "of two at once ours");

        patients::set_own_block(&mut tx, &one, true).await.unwrap();
        stands.is_blocked = true;
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())));
        patients::set_own_block(&mut tx, &one, false).await.unwrap();
        stands.is_blocked = false;
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())));
        for blocks in [true, false] {
            patients::set_optout(&mut tx, &one, blocks).await.unwrap();
            assert_eq!(change(&engine, &mut tx, &mut turn).await.1.unwrap().is_blocked, blocks);
        }
        for block in [Block::IdentityConflict, Block::None] {
            patients::set_block(&mut tx, &one, block).await.unwrap();
            assert_eq!(change(&engine, &mut tx, &mut turn).await.1.unwrap().is_blocked, block != Block::None);
        }

        let letter = Letter { to: "a@x.example".into(), subject: "U kunt inloggen".into(), text: "Kijk.".into() };
        let (id, at) = ([1; 16], (now(), now()));
        outbox::put(&mut tx, &engine.sealer, &one, (id, INVITATION), &letter, at).await.unwrap();
        stands.invited_at = Some(now());
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())));
        outbox::remove_all(&mut tx, &one).await.unwrap();
        stands.invited_at = None;
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, Some(stands.clone())));
        outbox::put(&mut tx, &engine.sealer, &one, ([2; 16], "notice"), &letter, at).await.unwrap();
        assert!(roll::changed_since(&mut tx, &engine.sealer, &practice(1), turn).await.unwrap().is_empty());

        cards::remove(&mut tx, &one).await.unwrap();
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (one, None), "{}", engine.name);
        patients::mark_removed(&mut tx, &other, now()).await.unwrap();
        assert_eq!(change(&engine, &mut tx, &mut turn).await, (other, None), "{}", engine.name);
        tx.commit().await.unwrap();
    }
}
