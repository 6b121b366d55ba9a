//! Deliveries on the console: findings in words, the list of what was not taken, and a held delivery that is let through.

use dvza::audit::{self, Entry, Kind};
use dvza::his::Code;
use dvza::import::State;
use serde_json::{Value, json};

use super::practice;
use crate::deliveries::{SECOND, rewritten};
use crate::support::demo::Delivery;
use crate::support::desk::{Desk, Seen};
use crate::support::network::Network;

const UNTAKEN: &str = "Niet overgenomen gegevens";

/// The next delivery, with one record that is wrong among forty that are in order.
fn with_a_wrong_code(delivery: &Delivery) -> Delivery {
    let text = |record: &Value, name: &str| record[name].as_str().unwrap().to_owned();
    let good = delivery.records().iter().filter(|record| record["t"] == "contact" || record["t"] == "medication");
    let good: Vec<(String, String)> = good.take(40).map(|record| (text(record, "t"), text(record, "id"))).collect();
    let mut changes: Vec<(&str, &str, Value)> =
        good.iter().map(|(t, id)| (t.as_str(), id.as_str(), json!({}))).collect();
    changes.push(("episode", "p11-ep1", json!({ "icpc": "T9002" })));
    Delivery::read(delivery.changes(&changes))
}

#[tokio::test]
async fn a_record_that_was_refused_is_told_in_words_until_it_comes_in_order() {
    let (network, owner, _) = practice().await;
    assert!(owner.get("/imports").await.says(&format!("{UNTAKEN}: 0")));
    let wrong = with_a_wrong_code(&Delivery::demo());
    let report = network.import(&wrong.bytes).await;
    assert_eq!((report.state, report.refused), (State::Accepted, 1), "{:?}", report.findings);

    let page = owner.get("/imports").await;
    let meaning = Code::IcpcForm.meaning_nl();
    assert_eq!(page.rows(UNTAKEN), [["15-06-2026 10:00", "episode", "p11-ep1", meaning, "E-CODE-001"]]);
    let deliveries = page.rows("Leveringen");
    let told = ["15-06-2026 10:00", "wijzigingen", "2", "verwerkt", "ontvangen: 41 in orde: 40 geweigerd: 1"];
    assert!(deliveries.iter().any(|row| *row == told), "{deliveries:?}");

    // Each delivery has a page of its own.
    let address = format!("/imports?batch={}", report.batch.unwrap());
    assert!(page.links().contains(&address));
    let one = owner.get(&address).await;
    let found = [meaning, "E-CODE-001", "episode", "p11-ep1", "/d/icpc"];
    assert!(one.rows("Bevindingen").iter().any(|row| row[..5] == found), "{}", one.html);
    assert!(one.rows("Gegevens die in orde waren").iter().any(|row| row[0] == "contact"), "{}", one.html);
    assert_eq!(owner.get("/imports?batch=e0000000-0000-4000-8000-000000000000").await.status, 404);
    let first = page.links().into_iter().find(|link| link.starts_with("/imports?batch=") && *link != address);
    let first = owner.get(&first.unwrap()).await;
    assert!(first.says("hele praktijk") && !first.says("p11-ep1"), "{}", first.html);

    let mended = wrong.changes(&[("episode", "p11-ep1", json!({ "icpc": "R96" }))]);
    assert_eq!(network.import(&mended).await.refused, 0);
    assert!(owner.get("/imports").await.says(&format!("{UNTAKEN}: 0")));
    let english = owner.get(&format!("{address}&lang=en")).await;
    assert!(english.says(Code::IcpcForm.meaning()), "{}", english.html);
    network.stop().await;
}

/// The complete practice with these patients only.
fn shrunk_to(patients: &[&str]) -> Vec<u8> {
    rewritten(
        &Delivery::demo().bytes,
        |header| {
            header["seq"] = 2.into();
            header["prev"] = header["batch"].clone();
            header["batch"] = SECOND.into();
        },
        |records| {
            let stays = |record: &Value| {
                let whose = if record["t"] == "patient" { &record["id"] } else { &record["pat"] };
                record["t"] != "merge" && whose.as_str().is_none_or(|whose| patients.contains(&whose))
            };
            records.into_iter().filter(stays).collect()
        },
    )
}

async fn recorded(network: &Network) -> Vec<Entry> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let kind = Kind::new("delivery_let_through").unwrap();
    let found = audit::of_kind(&mut tx, app.sealer(), &network.practices[0], &kind, 100).await.unwrap();
    tx.close().await.unwrap();
    found
}

/// Sends the form as somebody who looked at what the page showed.
async fn confirm(desk: &Desk, seen: &str) -> Seen {
    let fields = [("action", "let_through"), ("batch", SECOND), ("seen", seen), ("checked", "true")];
    desk.post("/imports", &fields).await
}

#[tokio::test]
async fn a_held_delivery_is_let_through_by_who_may_and_for_exactly_what_was_looked_at() {
    const WAITS: &str = "Er wacht een levering van het HIS op een beslissing.";
    const CHECK: &str = "Ik heb gecontroleerd dat dit klopt";
    let (network, owner, _) = practice().await;
    let (smaller, other) = (shrunk_to(&["p1", "p2"]), shrunk_to(&["p1"]));
    let report = network.import(&smaller).await;
    assert_eq!(report.state, State::Held, "{:?}", report.findings);
    let sizes = report.sizes.unwrap();
    assert!(sizes.patients.0 > 10 && sizes.patients.1 == 2 && sizes.records.0 > sizes.records.1, "{sizes:?}");
    assert!(owner.get("/").await.says(WAITS));

    let page = owner.get("/imports").await;
    assert!(page.says(CHECK) && page.says("Patiënten na deze levering") && page.says("aangehouden"), "{}", page.html);
    let seen = page.values("seen").remove(0);
    let assistant = Desk::login(&network, 0, "e3").await;
    assert_eq!(confirm(&assistant, &seen).await.status, 403);
    assert_eq!(confirm(&owner, "00").await.status, 422, "not what was seen");
    let unticked = [("action", "let_through"), ("batch", SECOND), ("seen", seen.as_str())];
    assert_eq!(owner.post("/imports", &unticked).await.status, 422);
    assert_eq!(owner.post("/imports", &[("action", "let_through"), ("batch", "x")]).await.status, 404);
    assert_eq!(network.import(&smaller).await.state, State::Held, "nobody has said anything yet");
    assert!(recorded(&network).await.is_empty());

    let done = confirm(&owner, &seen).await;
    assert!(done.status == 200 && done.says("Doorgelaten op 15-06-2026 10:00") && !done.says(CHECK), "{}", done.html);
    assert!(!owner.get("/").await.says(WAITS));
    assert_eq!(confirm(&owner, &seen).await.status, 422, "once is enough");

    // Something else under the same id is held again, and the word about the first one is gone.
    assert_eq!(network.import(&other).await.state, State::Held);
    assert!(owner.get("/imports").await.says(CHECK));
    assert_eq!(confirm(&owner, &seen).await.status, 422);
    assert_eq!(network.import(&smaller).await.state, State::Held);
    let seen = owner.get("/imports").await.values("seen").remove(0);
    assert_eq!(confirm(&owner, &seen).await.status, 200);
    let taken = network.import(&smaller).await;
    assert_eq!(taken.state, State::Accepted, "{:?}", taken.findings);
    assert!(taken.removed > 10, "{}", taken.removed);
    assert_eq!(network.import(&smaller).await.state, State::Replay);

    let events = recorded(&network).await;
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|entry| entry.event.detail.objects[0].ids == [SECOND]));
    assert_eq!(confirm(&owner, &seen).await.status, 404, "it waits no longer");
    network.stop().await;
}
