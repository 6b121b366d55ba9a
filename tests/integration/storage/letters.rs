//! Letters on their way, and the addresses they go to.

use dvza::domain::email::EmailAddress;
use dvza::store::accounts::{self, Told};
use dvza::store::outbox::{self, INVITATION, Letter};

use crate::support::engines::{engines, now, patient, practice};

const NOTICE: &str = "notice";

fn letter(to: &str) -> Letter {
    Letter { to: to.into(), subject: "Nieuw bericht".into(), text: "Er is iets nieuws.".into() }
}

fn told(address: &str) -> Told {
    Told { address: address.into(), ..Told::default() }
}

#[tokio::test]
async fn a_letter_waits_for_its_moment_is_tried_by_one_and_sent_once() {
    for engine in engines().await {
        let (sealer, one, other) = (&engine.sealer, patient(1, 1), patient(2, 1));
        let later = now().plus_seconds(3600);
        let mut tx = engine.store.write().await.unwrap();
        outbox::put(&mut tx, sealer, &one, ([1; 16], NOTICE), &letter("a@x.example"), (now(), later)).await.unwrap();
        assert!(outbox::due(&mut tx, sealer, now(), 9).await.unwrap().is_empty(), "not before its moment");
        assert!(!outbox::waits(&mut tx, &one, NOTICE, now()).await.unwrap());
        assert!(outbox::waits(&mut tx, &one, NOTICE, later).await.unwrap());
        assert!(!outbox::waits(&mut tx, &other, NOTICE, later).await.unwrap(), "of another practice");
        let due = outbox::due(&mut tx, sealer, later, 9).await.unwrap();
        assert_eq!((due.len(), &due[0].letter, due[0].who), (1, &letter("a@x.example"), one));
        // Who claims it first has it until its next moment.
        let again = later.plus_seconds(300);
        assert!(outbox::claim(&mut tx, [1; 16], 0, again).await.unwrap());
        assert!(!outbox::claim(&mut tx, [1; 16], 0, again).await.unwrap());
        assert!(outbox::due(&mut tx, sealer, later, 9).await.unwrap().is_empty());
        assert_eq!(outbox::due(&mut tx, sealer, again, 9).await.unwrap()[0].attempts, 1);
        outbox::sent(&mut tx, [1; 16], again).await.unwrap();
        assert!(outbox::due(&mut tx, sealer, again, 9).await.unwrap().is_empty());
        assert!(!outbox::waits(&mut tx, &one, NOTICE, again).await.unwrap(), "another one may follow");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_letter_that_fails_is_given_up_and_what_is_done_with_is_forgotten() {
    for engine in engines().await {
        let (sealer, who) = (&engine.sealer, patient(1, 1));
        let mut tx = engine.store.write().await.unwrap();
        for (id, kind) in [(1, NOTICE), (2, INVITATION)] {
            let at = (now(), now());
            outbox::put(&mut tx, sealer, &who, ([id; 16], kind), &letter("a@x.example"), at).await.unwrap();
        }
        for attempt in 0..8 {
            assert!(outbox::claim(&mut tx, [1; 16], attempt, now()).await.unwrap());
        }
        let due = outbox::due(&mut tx, sealer, now(), 9).await.unwrap();
        assert_eq!(due.iter().map(|waiting| waiting.id).collect::<Vec<_>>(), [[2; 16]], "eight times is enough");
        outbox::sent(&mut tx, [2; 16], now()).await.unwrap();
        assert_eq!(outbox::forget(&mut tx, now().plus_local_days(30)).await.unwrap(), 0);
        assert_eq!(outbox::forget(&mut tx, now().plus_local_days(31)).await.unwrap(), 1, "who was invited stays known");
        let invited = outbox::latest(&mut tx, &practice(1), INVITATION).await.unwrap();
        assert_eq!(invited.get(&who.patient), Some(&now()));
        assert!(outbox::latest(&mut tx, &practice(2), INVITATION).await.unwrap().is_empty());
        assert_eq!(outbox::forget(&mut tx, now().plus_local_days(401)).await.unwrap(), 1);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_address_is_one_persons_in_the_whole_installation() {
    for engine in engines().await {
        let sealer = &engine.sealer;
        let (one, other) = (patient(1, 1), patient(2, 1));
        let spelled = |text: &str| sealer.address_hash(&text.parse::<EmailAddress>().unwrap());
        let hash = spelled("A@x.example");
        assert_eq!(hash, spelled(" a@X.example "));
        let until = now().plus_seconds(86_400);
        let add = async |tx: &mut dvza::store::Tx<'_>, id: u8, who: &dvza::domain::ids::PatientRef| {
            let (whose, link) = ((who.practice, Some(who.patient)), ([id; 32], until));
            accounts::add(tx, sealer, whose, ([id; 16], hash), &told("a@x.example"), (link, now())).await
        };
        let mut tx = engine.store.write().await.unwrap();
        add(&mut tx, 1, &one).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = engine.store.write().await.unwrap();
        assert!(add(&mut tx, 2, &other).await.is_err(), "the database itself refuses a second");
        drop(tx);
        let mut tx = engine.store.write().await.unwrap();
        let found = accounts::by_address(&mut tx, sealer, &hash).await.unwrap().unwrap();
        assert_eq!((found.practice, found.patient), (one.practice, Some(one.patient)));
        assert_eq!(accounts::of_patient(&mut tx, sealer, &one).await.unwrap(), Some(found));
        assert_eq!(accounts::of_patient(&mut tx, sealer, &other).await.unwrap(), None);
        // What was told is told anew, until the link is used.
        let found = accounts::of_patient(&mut tx, sealer, &one).await.unwrap().unwrap();
        let anew = |phone: &str| Told { phone: Some(phone.to_owned()), ..told("a@x.example") };
        accounts::restate(&mut tx, sealer, &found, &anew("1")).await.unwrap();
        assert_eq!(accounts::of_patient(&mut tx, sealer, &one).await.unwrap().unwrap().told, anew("1"));
        // The link of the letter is used once; a newer one takes its place.
        accounts::renew(&mut tx, [1; 16], ([7; 32], until)).await.unwrap();
        assert!(accounts::by_link(&mut tx, sealer, &[1; 32]).await.unwrap().is_none());
        assert!(accounts::by_link(&mut tx, sealer, &[7; 32]).await.unwrap().is_some());
        assert!(accounts::confirm(&mut tx, [1; 16], now()).await.unwrap());
        assert!(!accounts::confirm(&mut tx, [1; 16], now()).await.unwrap());
        assert!(accounts::by_link(&mut tx, sealer, &[7; 32]).await.unwrap().is_none());
        accounts::restate(&mut tx, sealer, &found, &anew("2")).await.unwrap();
        assert_eq!(accounts::of_patient(&mut tx, sealer, &one).await.unwrap().unwrap().told, anew("1"));
        assert!(!accounts::remove(&mut tx, &practice(2), [1; 16]).await.unwrap(), "of another practice");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_signed_up_is_linked_once_within_the_practice_and_the_unconfirmed_are_forgotten() {
    for engine in engines().await {
        let sealer = &engine.sealer;
        let (one, second, other) = (patient(1, 1), patient(1, 2), patient(2, 1));
        let until = now().plus_seconds(86_400);
        let mut tx = engine.store.write().await.unwrap();
        for id in [1, 2] {
            let address = format!("a{id}@x.example");
            let (hash, link) = (sealer.address_hash(&address.parse().unwrap()), ([id; 32], until));
            let whose = (one.practice, None);
            accounts::add(&mut tx, sealer, whose, ([id; 16], hash), &told(&address), (link, now())).await.unwrap();
        }
        let earlier = now().plus_seconds(-1);
        assert_eq!(accounts::unconfirmed_since(&mut tx, &practice(1), earlier).await.unwrap(), 2);
        assert_eq!(accounts::unconfirmed_since(&mut tx, &practice(2), earlier).await.unwrap(), 0);
        assert!(!accounts::link(&mut tx, [1; 16], &one).await.unwrap(), "not before it is confirmed");
        assert!(accounts::confirm(&mut tx, [1; 16], now()).await.unwrap());
        let waiting = accounts::unlinked(&mut tx, sealer, &practice(1), 9).await.unwrap();
        assert_eq!(waiting.iter().map(|account| account.id).collect::<Vec<_>>(), [[1; 16]]);
        assert!(!accounts::link(&mut tx, [1; 16], &other).await.unwrap(), "of another practice");
        assert!(accounts::link(&mut tx, [1; 16], &one).await.unwrap());
        assert!(!accounts::link(&mut tx, [1; 16], &second).await.unwrap(), "once");
        assert!(accounts::unlinked(&mut tx, sealer, &practice(1), 9).await.unwrap().is_empty());
        // Of a patient who is merged away it goes along, unless the other has an own.
        accounts::reassign(&mut tx, sealer, &one, &second).await.unwrap();
        assert!(accounts::of_patient(&mut tx, sealer, &one).await.unwrap().is_none());
        assert!(accounts::of_patient(&mut tx, sealer, &second).await.unwrap().is_some());
        assert_eq!(accounts::forget_unconfirmed(&mut tx, until).await.unwrap(), 0);
        assert_eq!(accounts::forget_unconfirmed(&mut tx, until.plus_seconds(1)).await.unwrap(), 1);
        accounts::remove_all(&mut tx, &second).await.unwrap();
        assert!(accounts::of_patient(&mut tx, sealer, &second).await.unwrap().is_none());
        tx.commit().await.unwrap();
    }
}
