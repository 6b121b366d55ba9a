//! Every route of the console × every right × own and foreign practice: only what release-rules §6.3 allows.

use dvza::app::OWNERS;
use dvza::domain::rights::Right;
use dvza::http::console::ROUTES;
use dvza::sample::practice::FIRST_BSN;
use serde_json::json;

use crate::flows::audit::of_patient;
use crate::my::person::Person;
use crate::support::demo::Delivery;
use crate::support::desk::{Desk, Seen, give, path};
use crate::support::dossier::patient;
use crate::support::network::{Network, T};

async fn take(desk: &Desk, method: &str, path: &str) -> Seen {
    match method {
        "GET" => desk.get(path).await,
        _ => desk.post(path, &[]).await,
    }
}

#[tokio::test]
async fn every_route_opens_with_its_right_only_and_never_for_another_practice() {
    let mut other = Vec::new();
    let now = dvza::domain::time::Timestamp::parse_rfc3339(T).unwrap();
    dvza::sample::synth::synth(2, 5, now, &mut other).unwrap();
    let network = Network::start(T, &[Delivery::demo().bytes, other]).await;
    let own = path(&patient(&network, 0, "p1"));
    let foreign = path(&patient(&network, 1, "s1-p1"));
    let mut refused = 0;
    for right in Right::ALL {
        give(&network, "e3", &[right]).await;
        let desk = Desk::login(&network, 0, "e3").await;
        // Logging out ends the session, so that route is taken last.
        for route in ROUTES.iter().filter(|route| route.path != "/logout") {
            let may = route.right.is_none_or(|needed| needed == right);
            let seen = take(&desk, route.method, &route.path.replace("/p/{patient}", &own)).await;
            assert_ne!(seen.status, 401, "{} {} as {right:?}", route.method, route.path);
            assert_eq!(seen.status != 403, may, "{} {} as {right:?}: {}", route.method, route.path, seen.status);
            refused += u32::from(!may);
            if route.path.contains("{patient}") {
                let seen = take(&desk, route.method, &route.path.replace("/p/{patient}", &foreign)).await;
                assert_eq!(seen.status, if may { 404 } else { 403 }, "{} {} abroad", route.method, route.path);
            }
        }
        assert_eq!(take(&desk, "POST", "/logout").await.status, 200);
        assert_eq!(desk.get("/help").await.status, 200, "is sent to the login");
        assert!(desk.get("/help").await.says("Inloggen voor medewerkers"));
    }
    assert!(refused > 300, "{refused}");
    // An employee of one practice is nobody in the other.
    let abroad = Desk::login(&network, 1, "e9999").await;
    assert!(abroad.get("/help").await.says("Inloggen voor medewerkers"));
    network.stop().await;
}

#[tokio::test]
async fn the_desk_lifts_no_block_of_the_practice_and_the_practice_no_word_of_the_patient() {
    let network = Network::start(T, &[Delivery::demo().bytes]).await;
    network.set(OWNERS, "e1").await;
    let page = path(&patient(&network, 0, "p1"));
    let (owner, assistant) = (Desk::login(&network, 0, "e1").await, Desk::login(&network, 0, "e3").await);
    let block = async |action, reason| {
        let fields = [("action", action), ("reason", reason)];
        assert_eq!(owner.post(&format!("{page}/block"), &fields).await.status, 200, "{action}");
    };
    let wish = async |wish| {
        let fields = [("wish", wish), ("identified", "id_document")];
        assert_eq!(assistant.post(&format!("{page}/desk"), &fields).await.status, 200, "{wish}");
    };
    let is_open = async || network.tokens(FIRST_BSN).await.is_ok();
    assert!(is_open().await);
    block("block", "Dwang door partner.").await;
    wish("optin").await;
    assert!(!is_open().await, "no wish lifts what the doctor set");
    wish("optout").await;
    block("unblock", "Veilig nu.").await;
    assert!(!is_open().await, "the patient wants nothing online");
    wish("optin").await;
    assert!(is_open().await);
    // The reasons are read in the log of the practice, and stand in no trail and on no page of the patient.
    let log = owner.get(&format!("{page}/log")).await;
    assert!(log.says("Reden: Dwang door partner.") && log.says("Reden: Veilig nu."), "{}", log.html);
    let trail = format!("{:?}", of_patient(&network, "p1").await);
    assert!(!trail.contains("Dwang"), "{trail}");
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    assert!(!person.get("/my/log").await.text().contains("Dwang"));
    network.stop().await;
}

#[tokio::test]
async fn every_look_at_a_dossier_and_every_refusal_is_on_record() {
    let network = Network::start(T, &[Delivery::demo().bytes]).await;
    network.set(OWNERS, "e1").await;
    let page = path(&patient(&network, 0, "p1"));
    let owner = Desk::login(&network, 0, "e1").await;
    for route in ROUTES.iter().filter(|route| route.method == "GET" && route.path.contains("{patient}")) {
        let before = of_patient(&network, "p1").await.len();
        assert_eq!(owner.get(&route.path.replace("/p/{patient}", &page)).await.status, 200);
        let events = of_patient(&network, "p1").await;
        assert_eq!(events.len(), before + 1, "{}", route.path);
    }
    // A copy has a right of its own, beside that of its page.
    assert_eq!(owner.post(&format!("{page}/copy"), &[("explanation", "Uw dossier.")]).await.status, 200);
    let documents = owner.get(&format!("{page}/documents")).await;
    let copy = documents.values("item").into_iter().find(|item| item.contains("copy")).expect("the copy is listed");
    give(&network, "e3", &[Right::ViewDossier, Right::PublishDocument]).await;
    let clerk = Desk::login(&network, 0, "e3").await;
    let fields = [("item", copy.as_str()), ("action", "withdraw")];
    assert_eq!(clerk.post(&format!("{page}/documents"), &fields).await.status, 403);
    let denied = of_patient(&network, "p1").await.into_iter().filter(|event| event.kind.as_str() == "console_denied");
    assert_eq!(denied.count(), 1);
    network.stop().await;
}

#[tokio::test]
async fn what_is_refused_for_another_reason_than_a_right_is_on_record_too() {
    let network = Network::start(T, &[Delivery::demo().bytes]).await;
    network.set(OWNERS, "e1").await;
    let own = patient(&network, 0, "p1");
    let page = path(&own);
    let owner = Desk::login(&network, 0, "e1").await;
    let guessed = format!("/p/{}", dvza::domain::ids::PatientId::from_bytes([7; 16]));
    // A patient that is not there, a form without its proof, and one that says nothing.
    assert_eq!(owner.get(&guessed).await.status, 404);
    assert_eq!(owner.send(&format!("{page}/close"), &[("reason", "weg")]).await.status, 403);
    let unclear = owner.post(&format!("{page}/mark"), &[]).await.status;
    assert!((400..500).contains(&unclear), "{unclear}");
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let kind = dvza::audit::Kind::new("console_refused").unwrap();
    let scope = dvza::domain::ids::PracticeScope { practice: own.practice };
    let mut events = dvza::audit::of_kind(&mut tx, app.sealer(), &scope, &kind, 10).await.unwrap();
    tx.close().await.unwrap();
    events.sort_by_key(|entry| entry.seq);
    let told: Vec<_> = events.iter().map(|entry| &entry.event).collect();
    let said = |place: usize| (told[place].detail.facts["route"].as_str(), told[place].detail.reason.as_deref());
    assert_eq!(told.len(), 3);
    assert_eq!(said(0), ("/p/{patient}", Some("missing")));
    assert_eq!(said(1), ("/p/{patient}/close", Some("forged")));
    assert_eq!(said(2).0, "/p/{patient}/mark");
    assert_eq!(told[0].patient, None, "nobody is named who is not there");
    assert!(owner.get(&format!("{page}/log")).await.says("Deed iets wat niet is uitgevoerd"));
    network.stop().await;
}

#[tokio::test]
async fn a_nurse_publishes_results_of_own_episodes_only() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    network.set(OWNERS, "e1").await;
    let episodes = &delivery.find("entry", "p1-c1-1")["d"]["episodes"];
    let changes = [
        ("contact", "p1-c1", json!({ "carer": "e4" })),
        ("observation", "p1-o3", json!({ "episodes": episodes })),
        ("observation", "p1-o4", json!({ "episodes": null })),
    ];
    assert_eq!(network.import(&delivery.changes(&changes)).await.refused, 0);
    let page = format!("{}/results", path(&patient(&network, 0, "p1")));
    let nurse = Desk::login(&network, 0, "e4").await;
    let offered = nurse.get(&page).await.values("item");
    let named =
        |all: &[String], id: &str| all.iter().find(|item| item.starts_with(&format!("observation:{id}@"))).cloned();
    let owner = Desk::login(&network, 0, "e1").await;
    let all = owner.get(&page).await.values("item");
    let (own, other) = (named(&offered, "p1-o3").expect("of an own episode"), named(&all, "p1-o4").unwrap());
    assert_eq!(named(&offered, "p1-o4"), None, "of no episode, so of nobody");
    let publish = |item| [("item", item), ("action", "publish"), ("conclusion", "Geen bijzonderheden.")];
    assert_eq!(nurse.post(&page, &publish(other.as_str())).await.status, 403);
    let denied = of_patient(&network, "p1").await.into_iter().filter(|event| event.kind.as_str() == "console_denied");
    assert_eq!(denied.count(), 1, "the attempt is on record");
    assert_eq!(nurse.post(&page, &publish(own.as_str())).await.status, 200);
    // What the practice gives by name has no such border.
    give(&network, "e4", &[Right::ViewDossier, Right::PublishResult]).await;
    assert_eq!(nurse.post(&page, &publish(other.as_str())).await.status, 200);
    assert!(nurse.get(&page).await.values("item").len() > offered.len());
    network.stop().await;
}
