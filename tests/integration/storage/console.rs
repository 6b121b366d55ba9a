//! What the console stores: decisions, cards, requests, sessions, rights and exclusions, each of one practice only.

use dvza::domain::decision::{Choice, Decision};
use dvza::domain::dossier::{Block, DossierState, RecordType, SourceId};
use dvza::domain::ids::PatientRef;
use dvza::domain::release::ItemKey;
use dvza::domain::rights::{Right, Rights};
use dvza::domain::time::PartialDate;
use dvza::oauth::{LoginState, SessionId};
use dvza::store::cards::{self, Card, Waiting};
use dvza::store::patients::{self, Figures, OwnState, PatientPut};
use dvza::store::requests::{self, RequestKind, RequestState};
use dvza::store::staff::{self, Given};
use dvza::store::{Tx, decisions, roll};

use crate::support::Engine;
use crate::support::engines::{engines, now, patient, practice};

fn id(text: &str) -> SourceId {
    text.parse().unwrap()
}

async fn put(engine: &Engine, tx: &mut Tx<'_>, who: &PatientRef) {
    let source_id = id("p1");
    let put = PatientPut {
        source_id: &source_id,
        bsn_hash: None,
        facts: b"{}",
        facts_version: 1,
        set_hash: [3; 32],
        record_count: 1,
    };
    patients::upsert(tx, &engine.sealer, who, &put, now()).await.unwrap();
}

fn decision(episode: &str, shown: bool, seconds: i64) -> Decision {
    let about = ItemKey::record(RecordType::Episode, &id(episode));
    let at = now().plus_seconds(seconds);
    Decision { about, choice: Choice::Visible(shown), at, by: "e1".into(), reason: Some("Omdat.".into()) }
}

#[tokio::test]
async fn decisions_are_kept_in_their_order_and_the_last_counts() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let (here, other, there) = (patient(1, 1), patient(1, 2), patient(2, 1));
        let first = [decision("a", false, 0), decision("b", false, 0)];
        decisions::append(&mut tx, &engine.sealer, &here, &first).await.unwrap();
        decisions::append(&mut tx, &engine.sealer, &here, &[decision("a", true, 0)]).await.unwrap();
        let history = decisions::history(&mut tx, &engine.sealer, &here).await.unwrap();
        assert_eq!(history, [decision("a", false, 0), decision("b", false, 0), decision("a", true, 0)]);
        let count = decisions::that_count(&mut tx, &engine.sealer, &here).await.unwrap();
        assert_eq!(count.iter().count(), 2);
        for stranger in [&other, &there] {
            assert!(decisions::history(&mut tx, &engine.sealer, stranger).await.unwrap().is_empty());
        }
        assert_eq!(decisions::patients(&mut tx, &practice(1)).await.unwrap().len(), 1);
        assert!(decisions::patients(&mut tx, &practice(2)).await.unwrap().is_empty());
        decisions::reassign(&mut tx, &engine.sealer, &here, &other).await.unwrap();
        assert_eq!(decisions::history(&mut tx, &engine.sealer, &other).await.unwrap(), history);
        assert!(decisions::history(&mut tx, &engine.sealer, &here).await.unwrap().is_empty());
        decisions::remove_all(&mut tx, &other).await.unwrap();
        assert!(decisions::history(&mut tx, &engine.sealer, &other).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_work_list_follows_the_newer_of_his_and_console() {
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
        let (by_his, by_us, newer) = (patient(1, 1), patient(1, 2), patient(1, 3));
        for who in [&by_his, &by_us, &newer] {
            put(&engine, &mut tx, who).await;
        }
        let asked = Some((DossierState::Requested, now()));
        let waiting = Waiting { results: 2, documents: 1, unconfirmed: 0, saved: 0 };
        cards::put(&mut tx, &engine.sealer, &by_his, &card, (waiting, asked)).await.unwrap();
        cards::put(&mut tx, &engine.sealer, &by_us, &card, (Waiting::default(), None)).await.unwrap();
        cards::put(&mut tx, &engine.sealer, &newer, &card, (Waiting::default(), asked)).await.unwrap();
        let own = |state, seconds| OwnState { state, opened_at: None, at: now().plus_seconds(seconds) };
        patients::set_own_state(&mut tx, &by_us, &own(DossierState::OnHold, 5)).await.unwrap();
        patients::set_own_state(&mut tx, &newer, &own(DossierState::Refused, 5)).await.unwrap();
        let states = [DossierState::Requested, DossierState::OnHold];
        let all = roll::changed_since(&mut tx, &engine.sealer, &practice(1), 0).await.unwrap();
        let stands =
            all.into_iter().filter_map(|(who, enrolled)| Some((who, enrolled.as_ref()?.state, enrolled?.since?)));
        let mut listed: Vec<_> = stands.filter(|(_, state, _)| states.contains(state)).collect();
        listed.sort_unstable_by_key(|(_, _, since)| *since);
        let expected = [
            (by_his.patient, DossierState::Requested, now()),
            (by_us.patient, DossierState::OnHold, now().plus_seconds(5)),
        ];
        assert_eq!(listed, expected);
        assert!(roll::changed_since(&mut tx, &engine.sealer, &practice(2), 0).await.unwrap().is_empty());

        assert_eq!(cards::find(&mut tx, &engine.sealer, &by_us).await.unwrap(), Some(card.clone()));
        assert_eq!(cards::find(&mut tx, &engine.sealer, &patient(2, 1)).await.unwrap(), None);
        assert_eq!(cards::waiting(&mut tx, &practice(1), 10).await.unwrap(), [(by_his.patient, waiting)]);
        assert_eq!(cards::waiting_in_all(&mut tx, &practice(1)).await.unwrap(), waiting);
        assert_eq!(cards::waiting_in_all(&mut tx, &practice(2)).await.unwrap(), Waiting::default());
        cards::remove(&mut tx, &by_his).await.unwrap();
        assert_eq!(cards::waiting(&mut tx, &practice(1), 10).await.unwrap(), []);
        assert_eq!(patients::figures(&mut tx, &practice(1)).await.unwrap(), Figures::default());

        assert!(patients::set_own_block(&mut tx, &by_us, true).await.unwrap());
        assert!(!patients::set_own_block(&mut tx, &patient(2, 1), true).await.unwrap());
        let entry = patients::find(&mut tx, &engine.sealer, &by_us).await.unwrap().unwrap();
        assert_eq!((entry.blocked_here, entry.effective_block()), (true, Block::Practice));
        // The patient's own word stands beside it, and neither lifts the other.
        let block = async |tx: &mut dvza::store::Tx<'_>, who: &dvza::domain::ids::PatientRef| {
            patients::find(tx, &engine.sealer, who).await.unwrap().unwrap().effective_block()
        };
        assert!(patients::set_optout(&mut tx, &by_us, true).await.unwrap());
        assert_eq!(block(&mut tx, &by_us).await, Block::Practice);
        assert!(patients::set_own_block(&mut tx, &by_us, false).await.unwrap());
        assert_eq!(block(&mut tx, &by_us).await, Block::PatientOptout);
        // Who is merged away leaves the limits to who remains.
        patients::carry_limits(&mut tx, &by_us, &by_his).await.unwrap();
        assert_eq!(block(&mut tx, &by_his).await, Block::PatientOptout);
        assert!(patients::set_optout(&mut tx, &by_us, false).await.unwrap());
        patients::carry_limits(&mut tx, &by_us, &by_his).await.unwrap();
        assert_eq!(block(&mut tx, &by_his).await, Block::PatientOptout, "nothing of it is lifted by a merge");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_request_merges_with_an_open_one_and_is_answered_once() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let (here, there) = (patient(1, 1), patient(2, 1));
        let sealer = &engine.sealer;
        let kind = RequestKind::Correctie;
        assert!(requests::add(&mut tx, sealer, &here, [1; 16], kind, "Adres.", now()).await.unwrap());
        assert!(!requests::add(&mut tx, sealer, &here, [2; 16], kind, "En mijn telefoon.", now()).await.unwrap());
        assert!(requests::add(&mut tx, sealer, &here, [3; 16], RequestKind::Afschrift, "", now()).await.unwrap());
        let open = requests::open(&mut tx, &practice(1), 10).await.unwrap();
        assert_eq!(open.len(), 2);
        assert_eq!(requests::open(&mut tx, &practice(1), 1).await.unwrap(), open[..1]);
        let all = requests::for_patient(&mut tx, sealer, &here).await.unwrap();
        let asked = all.iter().find(|one| one.kind == kind).unwrap();
        assert_eq!(asked.words.asked, "Adres.\nEn mijn telefoon.");
        assert!(requests::open(&mut tx, &practice(2), 10).await.unwrap().is_empty());
        let answer = (RequestState::Done, Some("Gedaan."));
        let by = ("e1", now());
        assert!(!requests::handle(&mut tx, sealer, &there, [1; 16], answer, by).await.unwrap());
        assert!(requests::handle(&mut tx, sealer, &here, [1; 16], answer, by).await.unwrap());
        assert!(!requests::handle(&mut tx, sealer, &here, [1; 16], answer, by).await.unwrap());
        requests::say(&mut tx, sealer, &here, "Gesloten.", by).await.unwrap();
        let all = requests::for_patient(&mut tx, sealer, &here).await.unwrap();
        assert_eq!(all.len(), 3);
        let done = all.iter().find(|one| one.id == [1; 16]).unwrap();
        assert_eq!((done.state, done.words.answer.as_deref()), (RequestState::Done, Some("Gedaan.")));
        requests::remove_all(&mut tx, &here).await.unwrap();
        assert!(requests::for_patient(&mut tx, sealer, &here).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_session_is_an_employees_after_its_own_login_only() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let session = |byte| SessionId::from_random(&[byte; 32]).hash();
        let login = |byte| LoginState::from_random(&[byte; 32]).hash();
        staff::start(&mut tx, &session(1), &practice(1), &login(1), now()).await.unwrap();
        assert_eq!(staff::find(&mut tx, &session(1), now()).await.unwrap().unwrap().employee, None);
        let both = (&session(1), &session(2));
        assert!(!staff::identify(&mut tx, both, &login(2), &id("e1")).await.unwrap(), "another login");
        assert!(staff::identify(&mut tx, both, &login(1), &id("e1")).await.unwrap());
        assert!(staff::find(&mut tx, &session(1), now()).await.unwrap().is_none(), "the old id is worth nothing");
        let later = now().plus_seconds(60);
        staff::seen(&mut tx, &session(2), later).await.unwrap();
        let found = staff::find(&mut tx, &session(2), later).await.unwrap().unwrap();
        assert_eq!((found.scope, found.employee, found.last_seen_at), (practice(1), Some(id("e1")), later));
        let too_late = now().plus_seconds(staff::ABSOLUTE_SECONDS);
        assert!(staff::find(&mut tx, &session(2), too_late).await.unwrap().is_none());
        staff::end(&mut tx, &session(2), later).await.unwrap();
        assert!(staff::find(&mut tx, &session(2), later).await.unwrap().is_none());
        assert_eq!(staff::forget(&mut tx, later.plus_seconds(1)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn rights_identities_and_exclusions_are_those_of_one_practice() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        let (here, there) = (practice(1), practice(2));
        staff::tie(&mut tx, &here, &[7; 32], &id("e1")).await.unwrap();
        staff::tie(&mut tx, &here, &[7; 32], &id("e2")).await.unwrap();
        assert_eq!(staff::employee_of(&mut tx, &here, &[7; 32]).await.unwrap(), Some(id("e2")));
        assert_eq!(staff::employee_of(&mut tx, &there, &[7; 32]).await.unwrap(), None);

        let rights: Rights = [Right::ViewDossier, Right::HideLine].into_iter().collect();
        let given = Given { rights: rights.clone(), at: now(), by: "e1".into() };
        staff::propose(&mut tx, &here, &id("e3"), &given).await.unwrap();
        assert_eq!(staff::rights_of(&mut tx, &here, &id("e3")).await.unwrap(), None);
        let taken = staff::take_proposal(&mut tx, &here, &id("e3")).await.unwrap();
        assert_eq!(taken, Some(given.clone()));
        assert_eq!(staff::take_proposal(&mut tx, &here, &id("e3")).await.unwrap(), None);
        staff::give(&mut tx, &here, &id("e3"), &given, "e2").await.unwrap();
        assert_eq!(staff::rights_of(&mut tx, &here, &id("e3")).await.unwrap(), Some(rights));
        assert_eq!(staff::rights_of(&mut tx, &there, &id("e3")).await.unwrap(), None);
        let (all, proposed) = staff::rights(&mut tx, &here).await.unwrap();
        assert_eq!((all.len(), proposed.len()), (1, 0));

        let (who, stranger) = (patient(1, 1), patient(2, 1));
        let by = ("e1", now());
        assert!(staff::exclude(&mut tx, &who, &id("e4"), true, by).await.unwrap());
        assert!(!staff::exclude(&mut tx, &who, &id("e4"), true, by).await.unwrap());
        assert!(staff::excluded(&mut tx, &who).await.unwrap().contains_key(&id("e4")));
        assert!(staff::excluded(&mut tx, &stranger).await.unwrap().is_empty());
        assert!(staff::exclude(&mut tx, &who, &id("e4"), false, by).await.unwrap());
        assert!(staff::excluded(&mut tx, &who).await.unwrap().is_empty());
        tx.commit().await.unwrap();
    }
}
