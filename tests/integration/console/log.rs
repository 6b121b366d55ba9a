//! The access log of a patient as the practice reads it: all of it, and in words.

use dvza::audit::{self, Action, Actor, Event, Kind, Outcome};
use dvza::domain::release::{Gate, Reason};

use super::practice;
use crate::support::desk::path;

/// More than fit on two pages.
const EVENTS: usize = 1100;

#[tokio::test]
async fn the_log_goes_back_to_the_first_event_page_by_page() {
    let (network, owner, who) = practice().await;
    let app = &network.server.app;
    let event = |number: usize| {
        let actor = Actor::Pgo { client_id: format!("pgo-{number}.example") };
        Event::new(network.clock.now(), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor).about(&who)
    };
    let events: Vec<Event> = (0..EVENTS).map(event).collect();
    let mut tx = app.store().write().await.unwrap();
    audit::append_in(&mut tx, app.sealer(), &events).await.unwrap();
    tx.commit().await.unwrap();

    let first = format!("{}/log", path(&who));
    let (mut address, mut seen, mut pages) = (first.clone(), Vec::new(), 0);
    loop {
        let page = owner.get(&address).await;
        assert_eq!(page.status, 200);
        let rows = page.rows("Toegangslog");
        assert!(rows.len() <= 500, "{}", rows.len());
        seen.extend(rows.into_iter().filter(|row| row[1].starts_with("PGO pgo-")).map(|row| row[1].clone()));
        pages += 1;
        assert_eq!(page.says("Nieuwste gebeurtenissen"), pages > 1);
        let Some(older) = page.links().into_iter().find(|link| link.starts_with(&format!("{first}?before="))) else {
            break;
        };
        assert!(page.says("Oudere gebeurtenissen"));
        address = older;
    }
    let expected: Vec<String> = (0..EVENTS).rev().map(|number| format!("PGO pgo-{number}.example")).collect();
    assert!(pages >= 3 && seen == expected, "each event once, the newest first, on {pages} pages");
    // What is no number is the newest page, and before the first event there is none.
    for odd in ["x", "-1", "0", "99999999999999999999"] {
        assert_eq!(owner.get(&format!("{first}?before={odd}")).await.rows("Toegangslog").len(), 500, "{odd}");
    }
    assert!(owner.get(&format!("{first}?before=1")).await.rows("Toegangslog").is_empty());
    network.stop().await;
}

#[tokio::test]
async fn refusals_stand_in_the_log_as_words_and_not_as_codes() {
    let (network, owner, who) = practice().await;
    let app = &network.server.app;
    let reasons = [Reason::Episode, Reason::Moment].map(Reason::code);
    let codes = Gate::ALL.map(Gate::code).into_iter().chain(["G6_SCOPE", "NOT_FOUND"]).chain(reasons);
    for code in codes.clone() {
        let actor = Actor::Pgo { client_id: "pgo.example".to_owned() };
        let event = Event::new(network.clock.now(), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor).about(&who);
        app.audit().append(event.ended(Outcome::Refused, code)).await.unwrap();
    }
    let address = format!("{}/log", path(&who));
    let log = owner.get(&address).await;
    for words in ["Het dossier is niet opengesteld.", "De toegang is verlopen.", "De patiënt is jonger dan 16."] {
        assert!(log.says(words), "{words}");
    }
    let english = owner.get(&format!("{address}?lang=en")).await;
    assert!(english.says("The dossier is not open.") && english.says("for another reason"));
    for code in codes {
        assert!(!log.html.contains(code) && !english.html.contains(code), "{code}");
    }
    network.stop().await;
}
