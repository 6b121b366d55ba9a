//! Every route of the console × every right × own and foreign practice: only what release-rules §6.3 allows.

use dvza::domain::rights::Right;
use dvza::http::console::ROUTES;

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
