//! The audit chain: durable before the answer, complete, and provably so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use dvza::audit::{
    self, Action, Actor, AuditError, Event, FaultKind, Head, Kind, Outcome, Period, Recheck, Verdict, Writer,
};
use dvza::oauth::AccessTokenHash;
use dvza::store::authorization::access::{Access, Seen, find_access};
use dvza::store::practices;

use super::authorization::issue_token;
use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

fn event(number: u8) -> Event {
    let actor = Actor::Pgo { client_id: format!("pgo{number}.dvza.test") };
    Event::new(now().plus_seconds(i64::from(number)), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor)
        .about(&patient(1 + number % 2, 1))
}

async fn append(engine: &Engine, count: u8) {
    let mut tx = engine.store.write().await.unwrap();
    let events: Vec<_> = (1..=count).map(event).collect();
    audit::append_in(&mut tx, &engine.sealer, &events).await.unwrap();
    tx.commit().await.unwrap();
}

async fn faults(engine: &Engine, anchor: Option<&Head>) -> Vec<(i64, FaultKind)> {
    let report = audit::verify(&engine.store, &engine.sealer, anchor).await.unwrap();
    report.faults.iter().map(|fault| (fault.seq, fault.kind)).collect()
}

async fn head(engine: &Engine) -> Head {
    let mut tx = engine.store.read().await.unwrap();
    let head = audit::head(&mut tx).await.unwrap();
    tx.close().await.unwrap();
    head
}

#[tokio::test]
async fn an_untouched_chain_is_sound_also_when_empty() {
    for engine in engines().await {
        assert_eq!(faults(&engine, None).await, []);
        append(&engine, 90).await;
        append(&engine, 1).await;
        let report = audit::verify(&engine.store, &engine.sealer, None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.events, report.head.seq), (91, 91));
        assert_eq!(report.head, head(&engine).await);
    }
}

#[tokio::test]
async fn every_kind_of_tampering_is_found_and_named() {
    // Swapping two rows' numbers needs a detour, since numbers are unique.
    let swap = "UPDATE audit_event SET seq = CASE seq WHEN 4 THEN -4 ELSE -5 END WHERE seq IN (4, 5);
                UPDATE audit_event SET seq = CASE seq WHEN -4 THEN 5 ELSE 4 END WHERE seq IN (-4, -5)";
    let zeros = "0".repeat(64);
    let cases: Vec<(&str, Vec<(i64, FaultKind)>)> = vec![
        ("UPDATE audit_event SET at = at + 1 WHERE seq = 4", vec![(4, FaultKind::Changed)]),
        ("UPDATE audit_event SET kind = 'x' WHERE seq = 4", vec![(4, FaultKind::Changed)]),
        ("UPDATE audit_event SET patient_id = NULL WHERE seq = 4", vec![(4, FaultKind::Changed)]),
        (
            "UPDATE audit_event SET hash = (SELECT hash FROM audit_event WHERE seq = 5) WHERE seq = 4",
            vec![(4, FaultKind::Changed), (5, FaultKind::Changed)],
        ),
        ("DELETE FROM audit_event WHERE seq IN (4, 5)", vec![(4, FaultKind::Missing { until: 5 })]),
        ("DELETE FROM audit_event WHERE seq = 1", vec![(1, FaultKind::Missing { until: 1 })]),
        ("DELETE FROM audit_event WHERE seq > 8", vec![(9, FaultKind::Truncated { until: 10 })]),
        ("DELETE FROM audit_event", vec![(1, FaultKind::Truncated { until: 10 })]),
        (
            "INSERT INTO audit_event SELECT 11, at, practice_id, patient_id, kind, body, hash
               FROM audit_event WHERE seq = 10",
            vec![(11, FaultKind::Inserted)],
        ),
        (
            "INSERT INTO audit_event SELECT 0, at, practice_id, patient_id, kind, body, hash
               FROM audit_event WHERE seq = 10",
            vec![(0, FaultKind::Inserted)],
        ),
        // Who cuts off the end and moves the head back has the hashes, but not the key of the head's seal.
        (
            "DELETE FROM audit_event WHERE seq > 8;
             UPDATE audit_chain SET next_seq = 9, last_hash = (SELECT hash FROM audit_event WHERE seq = 8)",
            vec![(9, FaultKind::Head)],
        ),
        ("UPDATE audit_chain SET mac = NULL", vec![(11, FaultKind::Head)]),
    ];
    for engine in engines().await {
        append(&engine, 10).await;
        engine.tamper("CREATE TABLE kept_event AS SELECT * FROM audit_event").await;
        engine.tamper("CREATE TABLE kept_chain AS SELECT * FROM audit_chain").await;
        let restore = "DELETE FROM audit_event; INSERT INTO audit_event SELECT * FROM kept_event;
                       DELETE FROM audit_chain; INSERT INTO audit_chain SELECT * FROM kept_chain";
        for (tampering, expected) in &cases {
            run_all(&engine, tampering).await;
            assert_eq!(&faults(&engine, None).await, expected, "{tampering}");
            run_all(&engine, restore).await;
        }
        run_all(&engine, swap).await;
        let found = faults(&engine, None).await;
        assert!(found.iter().any(|(seq, kind)| *seq == 4 && matches!(kind, FaultKind::Unreadable(_))), "{found:?}");
        run_all(&engine, restore).await;

        // Only a head kept elsewhere tells that everything was taken away, head and all.
        let kept = head(&engine).await;
        let blank = match engine.store.engine() {
            dvza::store::Engine::Sqlite => format!("X'{zeros}'"),
            dvza::store::Engine::Postgres => format!("'\\x{zeros}'::bytea"),
        };
        run_all(
            &engine,
            &format!("DELETE FROM audit_event; UPDATE audit_chain SET next_seq = 1, mac = NULL, last_hash = {blank}"),
        )
        .await;
        assert_eq!(faults(&engine, None).await, []);
        assert_eq!(faults(&engine, Some(&kept)).await, [(10, FaultKind::Anchor)]);
        run_all(&engine, restore).await;
        append(&engine, 1).await;
        assert_eq!(faults(&engine, Some(&kept)).await, []);
        let other = Head { hash: [1; 32], ..kept };
        assert_eq!(faults(&engine, Some(&other)).await, [(10, FaultKind::Anchor)]);
    }
}

async fn run_all(engine: &Engine, statements: &str) {
    for statement in statements.split(';') {
        engine.tamper(statement).await;
    }
}

#[tokio::test]
async fn a_key_that_is_missing_is_told_and_not_taken_for_tampering() {
    for engine in engines().await {
        append(&engine, 2).await;
        let mut other = dvza::seal::KeyFile::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        other.add_seal_key(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let stranger = dvza::seal::Sealer::new(&other).unwrap();
        let report = audit::verify(&engine.store, &stranger, None).await.unwrap();
        assert!(report.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Unreadable(_))));
        assert!(!report.faults.iter().any(|fault| fault.kind == FaultKind::Changed));
    }
}

#[tokio::test]
async fn fifty_events_at_once_are_all_stored_in_one_chain() {
    for engine in engines().await {
        let writer = Writer::start(engine.store.clone(), engine.sealer.clone());
        let all = (0..50).map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.append(event(number)).await })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        let report = audit::verify(&engine.store, &engine.sealer, None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.events, 50);
    }
}

#[tokio::test]
async fn two_nodes_write_one_chain() {
    for engine in engines().await {
        let other = dvza::store::Store::open(&engine.address, &dvza::store::StoreOptions::default()).await.unwrap();
        let writers = [engine.store.clone(), other.clone()].map(|store| Writer::start(store, engine.sealer.clone()));
        let all = (0..40_u8).map(|number| {
            let writer = writers[usize::from(number % 2)].clone();
            tokio::spawn(async move { writer.append(event(number)).await })
        });
        for one in all.collect::<Vec<_>>() {
            one.await.unwrap().unwrap();
        }
        let report = audit::verify(&engine.store, &engine.sealer, None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
        assert_eq!(report.events, 40);
        other.close().await;
    }
}

/// Allows as long as practice 1 is active and the patient's records are the first ones; counts how often it was asked.
struct WhileNothingChanges {
    token: AccessTokenHash,
    seen: Seen,
    asked: Arc<AtomicU32>,
}

impl Recheck for WhileNothingChanges {
    fn token(&self) -> AccessTokenHash {
        self.token
    }

    fn seen(&self) -> Seen {
        self.seen
    }

    fn verdict(&self, now: Option<&Access>) -> Verdict {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match now {
            Some(access) if access.practice_active && access.set_hash == [0; 32] => Verdict::Allowed,
            Some(access) if access.practice_active => Verdict::Outdated,
            Some(_) => Verdict::Refused("G0_PRACTICE_OFF".into()),
            None => Verdict::Refused("G6_TOKEN".into()),
        }
    }
}

async fn outcomes(engine: &Engine) -> Vec<(Outcome, Option<String>)> {
    let mut tx = engine.store.read().await.unwrap();
    let log = audit::for_patient(&mut tx, &engine.sealer, &patient(1, 1), 10).await.unwrap();
    tx.close().await.unwrap();
    log.into_iter().map(|entry| (entry.event.outcome, entry.event.detail.reason)).collect()
}

#[tokio::test]
async fn what_changed_since_an_answer_was_made_is_seen_at_its_commit_point() {
    let aborted = |reason: &str| (Outcome::Aborted, Some(reason.to_owned()));
    for engine in engines().await {
        let writer = Writer::start(engine.store.clone(), engine.sealer.clone());
        let mut tx = engine.store.write().await.unwrap();
        let token = issue_token(&mut tx, &engine, 1).await;
        let seen = find_access(&mut tx, &token).await.unwrap().unwrap().seen;
        tx.commit().await.unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let check = |token| Box::new(WhileNothingChanges { token, seen, asked: asked.clone() });
        writer.append_checked(event(2), check(token)).await.unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 1, "the first time the end of the chain is not known yet");
        writer.append_checked(event(10), check(token)).await.unwrap();
        let again = match engine.store.engine() {
            dvza::store::Engine::Sqlite => 0,
            dvza::store::Engine::Postgres => 1,
        };
        assert_eq!(asked.load(Ordering::Relaxed), 1 + again, "nothing changed, so SQLite need not ask");

        let mut tx = engine.store.write().await.unwrap();
        practices::set_active(&mut tx, &practice(1), practices::Contract::Ended).await.unwrap();
        tx.commit().await.unwrap();
        let refused = writer.append_checked(event(6), check(token)).await;
        assert!(matches!(refused, Err(AuditError::Refused(reason)) if reason == "G0_PRACTICE_OFF"));

        let mut tx = engine.store.write().await.unwrap();
        practices::set_active(&mut tx, &practice(1), practices::Contract::Active).await.unwrap();
        tx.commit().await.unwrap();
        let other = engine.literal(&[1; 32]);
        engine.tamper(&format!("UPDATE patient SET set_hash = {other}")).await;
        let outdated = writer.append_checked(event(8), check(token)).await;
        assert!(matches!(outdated, Err(AuditError::Outdated)), "made anew, so nothing is stored");

        engine.tamper("DELETE FROM access_token").await;
        let refused = writer.append_checked(event(4), check(token)).await;
        assert!(matches!(refused, Err(AuditError::Refused(reason)) if reason == "G6_TOKEN"));
        assert_eq!(asked.load(Ordering::Relaxed), 4 + again, "every change is seen");
        let done = (Outcome::Done, None);
        let expected = [aborted("G6_TOKEN"), aborted("G0_PRACTICE_OFF"), done.clone(), done];
        assert_eq!(outcomes(&engine).await, expected);
        let report = audit::verify(&engine.store, &engine.sealer, None).await.unwrap();
        assert!(report.is_sound(), "{report:?}");
    }
}

#[tokio::test]
async fn an_event_the_database_refuses_fails_alone() {
    for engine in engines().await {
        let writer = Writer::start(engine.store.clone(), engine.sealer.clone());
        match engine.store.engine() {
            dvza::store::Engine::Sqlite => {
                engine
                    .tamper(
                        "CREATE TRIGGER broken BEFORE INSERT ON audit_event WHEN NEW.kind = 'broken'
                         BEGIN SELECT RAISE(ABORT, 'broken'); END",
                    )
                    .await;
            }
            dvza::store::Engine::Postgres => {
                engine.tamper("ALTER TABLE audit_event ADD CONSTRAINT broken CHECK (kind <> 'broken')").await;
            }
        }
        let all = (0..20_u8).map(|number| {
            let writer = writer.clone();
            let event = match number {
                7 => Event { kind: Kind::new("broken").unwrap(), ..event(number) },
                _ => event(number),
            };
            tokio::spawn(async move { writer.append(event).await })
        });
        let mut failed = 0;
        for one in all.collect::<Vec<_>>() {
            failed += u32::from(matches!(one.await.unwrap(), Err(AuditError::Store(_))));
        }
        let report = audit::verify(&engine.store, &engine.sealer, None).await.unwrap();
        assert_eq!((failed, report.events, report.is_sound()), (1, 19, true));
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_is_an_error() {
    for engine in engines().await {
        let writer = Writer::start(engine.store.clone(), engine.sealer.clone());
        engine.tamper("DELETE FROM audit_chain").await;
        assert!(matches!(writer.append(event(1)).await, Err(AuditError::Store(_))));
        engine.store.close().await;
        assert!(matches!(writer.append(event(1)).await, Err(AuditError::Store(_))));
    }
}

#[tokio::test]
async fn an_event_of_a_transaction_that_is_dropped_leaves_no_gap() {
    for engine in engines().await {
        append(&engine, 2).await;
        let mut tx = engine.store.write().await.unwrap();
        let first = audit::append_in(&mut tx, &engine.sealer, &[event(3), event(4)]).await.unwrap();
        assert_eq!(first, 3);
        assert_eq!(audit::append_in(&mut tx, &engine.sealer, &[event(5)]).await.unwrap(), 5);
        assert_eq!(audit::append_in(&mut tx, &engine.sealer, &[]).await.unwrap(), 0);
        drop(tx);
        append(&engine, 1).await;
        assert_eq!(faults(&engine, None).await, []);
        assert_eq!(head(&engine).await.seq, 3);
    }
}

#[tokio::test]
async fn the_log_of_a_patient_holds_no_event_of_another_practice() {
    for engine in engines().await {
        append(&engine, 5).await;
        let mut tx = engine.store.read().await.unwrap();
        let (one, two) = (patient(1, 1), patient(2, 1));
        let mut seqs = Vec::new();
        for who in [one, two, patient(1, 2)] {
            let log = audit::for_patient(&mut tx, &engine.sealer, &who, 9).await.unwrap();
            assert!(log.iter().all(|entry| entry.event.practice == Some(who.practice)));
            seqs.push(log.into_iter().map(|entry| entry.seq).collect::<Vec<_>>());
        }
        assert_eq!(seqs, [vec![4, 2], vec![5, 3, 1], vec![]]);
        assert_eq!(audit::for_patient(&mut tx, &engine.sealer, &two, 1).await.unwrap().len(), 1);
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_log_of_a_patient_is_read_by_pages_and_by_kind() {
    for engine in engines().await {
        append(&engine, 9).await;
        let mut tx = engine.store.read().await.unwrap();
        let (two, sealer) = (patient(2, 1), &engine.sealer);
        let pages = [((0, 2), vec![9, 7]), ((2, 2), vec![5, 3]), ((4, 2), vec![1]), ((6, 2), vec![])];
        for (page, expected) in pages {
            let log = audit::page_for_patient(&mut tx, sealer, &two, page).await.unwrap();
            assert_eq!(log.into_iter().map(|entry| entry.seq).collect::<Vec<_>>(), expected);
        }
        for (before, expected) in [(i64::MAX, vec![9, 7]), (7, vec![5, 3]), (2, vec![1]), (1, vec![])] {
            let log = audit::for_patient_before(&mut tx, sealer, &two, (before, 2)).await.unwrap();
            assert_eq!(log.into_iter().map(|entry| entry.seq).collect::<Vec<_>>(), expected);
        }
        let newest = audit::newest_of_kind(&mut tx, sealer, &two, &Kind::RECEIVE_RESOURCE_REQUEST).await.unwrap();
        assert_eq!(newest.map(|entry| entry.seq), Some(9));
        assert_eq!(audit::newest_of_kind(&mut tx, sealer, &two, &Kind::CONSENT_GIVEN).await.unwrap(), None);
        tx.close().await.unwrap();
    }
}

#[tokio::test]
async fn an_export_has_one_line_per_event_of_its_period_and_practice() {
    for engine in engines().await {
        append(&engine, 10).await;
        let period = Period { from: now().plus_seconds(2), until: now().plus_seconds(6) };
        for (scope, expected) in [(None, vec![2, 3, 4, 5]), (Some(practice(1)), vec![2, 4])] {
            let mut out = Vec::new();
            let count = audit::export(&engine.store, &engine.sealer, period, scope.as_ref(), &mut out).await.unwrap();
            let lines: Vec<serde_json::Value> =
                String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let seqs: Vec<_> = lines.iter().map(|line| line["seq"].as_i64().unwrap()).collect();
            assert_eq!((count, seqs), (expected.len() as u64, expected));
            assert_eq!(lines[0]["kind"], "receive_resource_request");
        }
    }
}
