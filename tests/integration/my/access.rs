//! Asking for access, closing it, and the dossier's state in words.

use dvza::domain::dossier::DossierState;
use dvza::pgo::Wish;
use dvza::store::patients;

use super::person::Person;
use crate::flows::{audit::of_patient, demo};
use crate::support::dossier::patient;
use crate::support::network::Network;
use crate::support::served::FORMATS;

async fn own_state(network: &Network, id: &str) -> Option<DossierState> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let entry = patients::find(&mut tx, app.sealer(), &patient(network, 0, id)).await.unwrap().unwrap();
    tx.close().await.unwrap();
    entry.own.map(|own| own.state)
}

#[tokio::test]
async fn the_start_page_says_where_the_dossier_stands() {
    let (network, delivery) = demo().await;
    let cases: [(&str, &[&str], bool); 7] = [
        ("p1", &["Uw dossier is open", "nodigt u uit om een uitslag te bespreken"], false),
        ("p11", &["U hebt gevraagd", "binnen een maand", "uiterlijk op"], false),
        ("p12", &["U hebt gevraagd", "binnen een maand", "uiterlijk op"], false),
        ("p13", &["Uw dossier is gesloten"], true),
        ("p14", &["niet online kunt bekijken", "kopie van uw dossier", "klacht"], true),
        ("p15", &["nog niet gevraagd"], true),
        ("p16", &["nog niet gevraagd"], true),
    ];
    for (id, words, may_ask) in cases {
        let (person, start) = Person::logged_in(&network, &delivery.bsn(id)).await;
        let text = start.text();
        assert!(words.iter().all(|word| text.contains(word)), "{id}");
        assert_eq!(start.all("button[value=ask]").len() == 1, may_ask, "{id}");
        assert_eq!(start.attributes("a[href='/my/close']", "href").len() == 1, id == "p1", "{id}");
        if id != "p1" {
            let data = person.get("/my/data").await;
            assert!(data.text().contains("Uw dossier is nu niet open"), "{id}");
            assert_eq!(person.get("/my/data.json").await.without_tokens(), data.without_tokens());
        }
    }
    // R-LAB-05: an invitation tells neither the result nor its name, and only who is invited reads it.
    let (_, start) = Person::logged_in(&network, &delivery.bsn("p1")).await;
    assert!(!start.text().contains("Natrium") && !start.text().contains("129"));
    let (_, other) = Person::logged_in(&network, &delivery.bsn("p2")).await;
    assert!(other.text().contains("Uw dossier is open") && !other.text().contains("nodigt u uit"));
    // On hold is the practice's own matter.
    let state = async |id: &str| {
        let (_, start) = Person::logged_in(&network, &delivery.bsn(id)).await;
        start.without_tokens()
    };
    let (asked, on_hold) = (state("p11").await, state("p12").await);
    assert_eq!(asked, on_hold);
    network.stop().await;
}

#[tokio::test]
async fn of_a_dossier_that_is_not_open_the_published_copy_is_there() {
    let (network, delivery) = demo().await;
    let (person, start) = Person::logged_in(&network, &delivery.bsn("p3")).await;
    assert!(start.text().contains("documenten voor u klaargezet"));
    let counts = person.get("/my/data").await.all(".sections a");
    assert_eq!(counts, ["Documenten en brieven", "Persoonlijke gegevens"]);
    let paths = person.get("/my/data/documenten").await.attributes("section a", "href");
    assert_eq!(paths.len(), 1);
    assert!(person.get(&paths[0]).await.bytes.starts_with(b"%PDF-"));
    network.stop().await;
}

#[tokio::test]
async fn access_is_asked_for_once_however_often_it_is_said() {
    let (network, delivery) = demo().await;
    let (person, start) = Person::logged_in(&network, &delivery.bsn("p16")).await;
    let asked = person.press(&start, "ask", &[]).await;
    assert!(asked.text().contains("Uw verzoek om inzage is ontvangen"));
    assert!(asked.text().contains("U krijgt uiterlijk op 15-07-2026 antwoord."));
    assert_eq!(own_state(&network, "p16").await, Some(DossierState::Requested));
    network.pass(86_400);
    let (person, again) = Person::logged_in(&network, &delivery.bsn("p16")).await;
    assert!(again.all("button[value=ask]").is_empty());
    // Said again by an old page, by the form of requests, and by a PGO: the first one stands.
    let requests = person.get("/my/requests").await;
    person.press(&requests, "send", &[("kind", "inzage"), ("words", "")]).await;
    assert!(network.tokens(&delivery.bsn("p16")).await.is_err());
    assert!(person.get("/my").await.text().contains("15-07-2026"));
    let events = of_patient(&network, "p16").await;
    assert_eq!(events.iter().filter(|event| event.kind.as_str() == "dossier_requested").count(), 1);
    network.stop().await;
}

#[tokio::test]
async fn where_the_practice_wants_that_a_dossier_opens_at_once() {
    let (network, delivery) = demo().await;
    network.set("request_mode", "auto").await;
    let (person, start) = Person::logged_in(&network, &delivery.bsn("p15")).await;
    assert!(
        person.get("/my/data").await.text().contains("Uw dossier is nu niet open"),
        "it waits until it is asked for"
    );
    let asked = person.press(&start, "ask", &[]).await;
    assert!(asked.text().contains("Uw dossier is nu open"));
    assert_eq!(own_state(&network, "p15").await, Some(DossierState::Open));
    assert!(person.get("/my/data/problemen").await.text().contains("Astma"));
    // What somebody decided stays decided: the practice answers.
    for id in ["p13", "p14"] {
        let (person, start) = Person::logged_in(&network, &delivery.bsn(id)).await;
        person.press(&start, "ask", &[]).await;
        assert_eq!(own_state(&network, id).await, Some(DossierState::Requested), "{id}");
    }
    network.stop().await;
}

#[tokio::test]
async fn access_that_is_closed_ends_every_token_at_once() {
    let (network, delivery) = demo().await;
    let bsn = delivery.bsn("p2");
    let tokens = network.tokens_at(0, &bsn, Wish::ConsentIndefinitely).await.unwrap();
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 200);
    let (person, _) = Person::logged_in(&network, &bsn).await;
    let question = person.get("/my/close").await;
    person.press(&question, "keep", &[]).await;
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 200, "kept open");
    let closed = person.press(&question, "close", &[]).await;
    assert!(closed.text().contains("De toegang tot uw dossier is gesloten"));
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 401);
    assert!(network.pgo().refresh(&tokens).await.is_err());
    assert!(network.tokens(&bsn).await.is_err());
    assert!(person.get("/my/data").await.text().contains("Uw dossier is nu niet open"));
    assert!(person.get("/my/log").await.text().contains("Heeft het dossier gesloten"));
    // It can be asked for again; the practice decides.
    let start = person.get("/my").await;
    person.press(&start, "ask", &[]).await;
    assert_eq!(own_state(&network, "p2").await, Some(DossierState::Requested));
    network.stop().await;
}

#[tokio::test]
async fn nobody_under_sixteen_asks_for_access() {
    let (network, delivery) = demo().await;
    network.set("request_mode", "auto").await;
    let (_, page) = Person::logged_in(&network, &delivery.bsn("p4")).await;
    assert!(page.all("button[value=ask]").is_empty());
    assert_eq!(own_state(&network, "p4").await, None);
    network.stop().await;
}
