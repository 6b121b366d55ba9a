//! What a practice plans and keeps for itself: extractions for later, evidence, and retrievals counted from the trail.

use std::collections::BTreeSet;

use dvza::audit::{self, Action, Actor, Event, Kind, Period, Retrievals};
use dvza::domain::dossier::DossierState;
use dvza::domain::evidence::Evidence;
use dvza::domain::extraction::{Choice, Column, Format, Schedule, Wanted};
use dvza::domain::onboarding::Step;
use dvza::domain::time::PartialDate;
use dvza::seal::sha256;
use dvza::store::cards::{self, Card, Waiting};
use dvza::store::evidence;
use dvza::store::patients::{self, OwnState, PatientPut};
use dvza::store::reports::{self, Fate, Plan};
use dvza::store::roll::{self, Enrolled};

use crate::support::engines::{engines, now, patient, practice};

fn plan(id: u8, monthly: Option<i8>) -> Plan {
    let wanted = Wanted {
        choice: Choice::Open,
        columns: vec![Column::Number, Column::State],
        format: Format::Csv,
        language: "nl".into(),
    };
    Plan {
        id: [id; 16],
        scope: practice(1),
        wanted,
        schedule: Schedule { wall: "09:00".parse().unwrap(), monthly },
        due_at: now().plus_seconds(60),
        attempts: 0,
        at: now(),
        by: "e1".into(),
    }
}

#[tokio::test]
async fn of_two_nodes_one_makes_a_planned_extraction_and_a_dead_one_leaves_it_to_the_other() {
    for engine in engines().await {
        let once = plan(1, None);
        let mut tx = engine.store.write().await.unwrap();
        reports::plan(&mut tx, &once).await.unwrap();
        assert!(reports::due(&mut tx, now(), 9).await.unwrap().is_empty(), "not before its time");
        let due = reports::due(&mut tx, once.due_at, 9).await.unwrap();
        assert_eq!(due, std::slice::from_ref(&once));
        tx.commit().await.unwrap();
        let again = once.due_at.plus_seconds(300);
        let race = [1, 2].map(|_| {
            let (store, plan) = (engine.store.clone(), once.clone());
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let mine = reports::claim(&mut tx, &plan, plan.due_at, again).await.unwrap();
                tx.commit().await.unwrap();
                mine
            })
        });
        let mut winners = 0;
        for racer in race {
            winners += u32::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1);

        // The winner dies: later another node takes over, and what the first still does is of no use.
        let mut tx = engine.store.write().await.unwrap();
        assert!(reports::due(&mut tx, again.plus_seconds(-1), 9).await.unwrap().is_empty());
        let second = reports::due(&mut tx, again, 9).await.unwrap().remove(0);
        assert_eq!(second.attempts, 1);
        assert!(reports::claim(&mut tx, &second, again, again.plus_seconds(600)).await.unwrap());
        assert!(!reports::turned(&mut tx, &once, None).await.unwrap(), "of the first");
        assert!(reports::turned(&mut tx, &second, None).await.unwrap());
        assert!(!reports::turned(&mut tx, &second, None).await.unwrap(), "once");
        assert!(reports::plans(&mut tx, &practice(1), "e1").await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn plans_and_files_are_those_of_one_employee_of_one_practice() {
    for engine in engines().await {
        let (sealer, monthly) = (&engine.sealer, plan(1, Some(31)));
        let mut tx = engine.store.write().await.unwrap();
        reports::plan(&mut tx, &monthly).await.unwrap();
        let next = monthly.due_at.plus_local_months(1);
        assert!(reports::claim(&mut tx, &monthly, monthly.due_at, next).await.unwrap());
        assert!(reports::turned(&mut tx, &monthly, Some(next)).await.unwrap());
        let moved = reports::plans(&mut tx, &practice(1), "e1").await.unwrap().remove(0);
        assert_eq!(moved, Plan { due_at: next, ..monthly.clone() });
        for (scope, by) in [(practice(1), "e2"), (practice(2), "e1")] {
            assert!(reports::plans(&mut tx, &scope, by).await.unwrap().is_empty());
            assert!(!reports::stop(&mut tx, &scope, monthly.id, by).await.unwrap());
        }

        let (file, failed) = ([7; 16], [8; 16]);
        reports::keep(&mut tx, sealer, &monthly, (file, now()), Ok((b"a,b", 2))).await.unwrap();
        reports::keep(&mut tx, sealer, &monthly, (failed, now()), Err("not_made")).await.unwrap();
        let turns = reports::turns(&mut tx, &practice(1), "e1").await.unwrap();
        let fates: Vec<_> = turns.iter().map(|turn| (turn.id, turn.rows, turn.fate.clone())).collect();
        assert_eq!(fates, [(file, 2, Fate::Waits), (failed, 0, Fate::Failed("not_made".into()))]);
        for (scope, by) in [(practice(1), "e2"), (practice(2), "e1")] {
            assert!(reports::turns(&mut tx, &scope, by).await.unwrap().is_empty());
            assert!(reports::fetch(&mut tx, sealer, &scope, (file, by), now()).await.unwrap().is_none());
        }
        assert!(reports::fetch(&mut tx, sealer, &practice(1), (failed, "e1"), now()).await.unwrap().is_none());
        let waiting = reports::waiting_since(&mut tx, now()).await.unwrap();
        assert_eq!(waiting, [(practice(1), file, "e1".to_owned())]);
        let fetched = reports::fetch(&mut tx, sealer, &practice(1), (file, "e1"), now()).await.unwrap();
        assert_eq!(fetched, Some((monthly.wanted.clone(), b"a,b".to_vec())));
        assert!(reports::fetch(&mut tx, sealer, &practice(1), (file, "e1"), now()).await.unwrap().is_none());
        assert!(!reports::lapse(&mut tx, file, now()).await.unwrap());
        let other = [9; 16];
        reports::keep(&mut tx, sealer, &monthly, (other, now()), Ok((b"c", 1))).await.unwrap();
        assert_eq!(reports::forget(&mut tx, now()).await.unwrap(), 2, "one that waits stays");
        assert!(reports::lapse(&mut tx, other, now()).await.unwrap());
        assert_eq!(reports::turns(&mut tx, &practice(1), "e1").await.unwrap()[0].fate, Fate::Lapsed(now()));
        assert!(reports::stop(&mut tx, &practice(1), monthly.id, "e1").await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn evidence_of_a_step_is_replaced_and_is_of_one_practice() {
    for engine in engines().await {
        let (here, there, sealer) = (practice(1), practice(2), &engine.sealer);
        let file = |text: &str| Evidence::new(text.as_bytes().to_vec()).unwrap();
        let mut tx = engine.store.write().await.unwrap();
        for text in ["%PDF-1.7", "Verklaring."] {
            evidence::put(&mut tx, sealer, &here, (Step::Audit, &file(text)), (now(), "e1")).await.unwrap();
        }
        let kept = evidence::list(&mut tx, &here).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[&Step::Audit].sha256, kept[&Step::Audit].size), (sha256(b"Verklaring."), 11));
        let found = evidence::find(&mut tx, sealer, &here, Step::Audit).await.unwrap();
        assert_eq!(found, Some(file("Verklaring.")));
        assert_eq!(evidence::find(&mut tx, sealer, &here, Step::Agreement).await.unwrap(), None);
        assert_eq!(evidence::find(&mut tx, sealer, &there, Step::Audit).await.unwrap(), None);
        assert!(!evidence::remove(&mut tx, &there, Step::Audit).await.unwrap());
        assert!(evidence::remove(&mut tx, &here, Step::Audit).await.unwrap());
        assert!(evidence::list(&mut tx, &here).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_retrieval_is_a_token_handed_out_within_the_period() {
    for engine in engines().await {
        let event = |who, kind: &'static str, seconds| {
            let actor = Actor::Pgo { client_id: "pgo.test".into() };
            Event::new(now().plus_seconds(seconds), Kind::new(kind).unwrap(), Action::Create, actor).about(&who)
        };
        let token = "send_token_response";
        let events = [
            event(patient(1, 1), token, -1),
            event(patient(1, 1), token, 0),
            event(patient(1, 1), token, 5),
            event(patient(1, 2), token, 9),
            event(patient(1, 3), token, 10),
            event(patient(1, 4), "receive_resource_request", 5),
            event(patient(2, 1), token, 5),
        ];
        let mut tx = engine.store.write().await.unwrap();
        audit::append_in(&mut tx, &engine.sealer, &events).await.unwrap();
        let period = Period { from: now(), until: now().plus_seconds(10) };
        let found = audit::retrievals(&mut tx, &practice(1), period).await.unwrap();
        assert_eq!(found, Retrievals { count: 3, patients: 2 });
        let nothing = Period { from: now().plus_seconds(20), until: now().plus_seconds(30) };
        assert_eq!(audit::retrievals(&mut tx, &practice(1), nothing).await.unwrap(), Retrievals::default());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn retrievals_are_counted_in_their_own_index() {
    use sqlx::Row as _;
    let engine = crate::support::engines::sqlite().await;
    let mut tx = engine.store.read().await.unwrap();
    const SQL: &str = "
        EXPLAIN QUERY PLAN
        SELECT COUNT(*), COUNT(DISTINCT patient_id)
          FROM audit_event
         WHERE practice_id = $1 AND kind = 'send_token_response' AND at >= $2 AND at < $3";
    let rows = sqlx::query(SQL).bind(vec![1_u8; 16]).bind(0_i64).bind(1_i64).fetch_all(tx.conn()).await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get(3)).collect();
    assert!(steps.iter().any(|step| step.contains("COVERING INDEX audit_event_by_retrieval")), "{steps:?}");
    tx.close().await.unwrap();
}

#[tokio::test]
async fn a_dossier_is_open_as_the_newer_of_his_and_console_says() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let card = Card {
            name: "Jansen, A.".into(),
            birth: PartialDate { year: 1980, month: None, day: None },
            number: "p1".into(),
            email: None,
            registered: true,
            blocked: false,
            marked_since: None,
        };
        let open = |seconds| Some((DossierState::Open, now().plus_seconds(seconds)));
        let closed = |seconds| Some((DossierState::Closed, now().plus_seconds(seconds)));
        let cases = [(open(0), None), (None, open(0)), (open(0), closed(1)), (closed(0), open(1)), (None, None)];
        for (number, (his, own)) in (1_u8..).zip(cases) {
            let who = patient(1, number);
            let put = PatientPut {
                source_id: &"p1".parse().unwrap(),
                bsn_hash: None,
                facts: b"{}",
                facts_version: 1,
                set_hash: [3; 32],
                record_count: 1,
            };
            patients::upsert(&mut tx, &engine.sealer, &who, &put, now()).await.unwrap();
            cards::put(&mut tx, &engine.sealer, &who, &card, (Waiting::default(), his)).await.unwrap();
            if let Some((state, at)) = own {
                patients::set_own_state(&mut tx, &who, &OwnState { state, opened_at: None, at }).await.unwrap();
            }
        }
        let roll = roll::changed_since(&mut tx, &engine.sealer, &practice(1), 0).await.unwrap();
        let is_open = |enrolled: Option<Enrolled>| enrolled.unwrap().state == DossierState::Open;
        let open: BTreeSet<_> =
            roll.into_iter().filter_map(|(who, enrolled)| is_open(enrolled).then_some(who)).collect();
        assert_eq!(open, [1, 2, 4].map(|number| patient(1, number).patient).into());
        tx.commit().await.unwrap();
    }
}
