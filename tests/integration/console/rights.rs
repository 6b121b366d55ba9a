//! Every route of the console × every right × own and foreign practice: only what release-rules §6.3 allows.

use dvza::domain::rights::Right;
use dvza::http::console::ROUTES;
use serde_json::json;

use crate::flows::audit::of_patient;
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
async fn a_nurse_publishes_results_of_own_episodes_only() {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    let own = &delivery.find("entry", "p1-c1-1")["d"]["episodes"];
    let changes = [
        ("contact", "p1-c1", json!({ "carer": "e4" })),
        ("observation", "p1-o3", json!({ "episodes": own })),
        ("observation", "p1-o4", json!({ "episodes": null })),
    ];
    assert_eq!(network.import(&delivery.changes(&changes)).await.refused, 0);
    let page = format!("{}/results", path(&patient(&network, 0, "p1")));
    let nurse = Desk::login(&network, 0, "e4").await;
    let offered = nurse.get(&page).await.values("item");
    assert!(offered.contains(&"observation:p1-o3".to_owned()), "{offered:?}");
    assert!(!offered.contains(&"observation:p1-o4".to_owned()), "of no episode, so of nobody");
    let publish = |item| [("item", item), ("action", "publish"), ("conclusion", "Geen bijzonderheden.")];
    assert_eq!(nurse.post(&page, &publish("observation:p1-o4")).await.status, 403);
    let denied = of_patient(&network, "p1").await.into_iter().filter(|event| event.kind.as_str() == "console_denied");
    assert_eq!(denied.count(), 1, "the attempt is on record");
    assert_eq!(nurse.post(&page, &publish("observation:p1-o3")).await.status, 200);
    // What the practice gives by name has no such border.
    give(&network, "e4", &[Right::ViewDossier, Right::PublishResult]).await;
    assert_eq!(nurse.post(&page, &publish("observation:p1-o4")).await.status, 200);
    assert!(nurse.get(&page).await.values("item").len() > offered.len());
    network.stop().await;
}
