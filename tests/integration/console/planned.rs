//! Extractions that are planned: made at their time by one node, fetched once by who planned them, and on record.

use dvza::app::OWNERS;
use dvza::audit::{self, Entry, Kind};
use dvza::domain::rights::Right;
use dvza::domain::time::Timestamp;
use dvza::store::reports;
use dvza::tasks::extractions::make_once;

use crate::flows::demo;
use crate::support::desk::{Desk, give};
use crate::support::network::Network;

const PLANNED: &str = "Door u gepland";
const MADE: &str = "Gemaakt voor u";

/// What is planned in these tests, unless they say otherwise.
const FIELDS: [(&str, &str); 7] = [
    ("action", "plan"),
    ("which", "all"),
    ("column", "number"),
    ("format", "csv"),
    ("day", "2026-06-16"),
    ("time", "07:30"),
    ("repeat", "once"),
];

/// [`FIELDS`] with other values.
fn with<'f>(changes: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let value = |name: &str| changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| *value);
    FIELDS.iter().map(|(name, standard)| (*name, value(name).unwrap_or(*standard))).collect()
}

async fn practice() -> (Network, Desk) {
    let (network, _) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    (network, owner)
}

/// The clock stands at this instant, and the planned extractions of then are made.
async fn make_at(network: &Network, at: &str) -> u64 {
    network.clock.set(Timestamp::parse_rfc3339(at).unwrap());
    make_once(&network.server.app, network.clock.now()).await.unwrap()
}

async fn recorded(network: &Network, kind: &'static str) -> Vec<Entry> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let kind = Kind::new(kind).unwrap();
    audit::of_kind(&mut tx, app.sealer(), &network.practices[0], &kind, 100).await.unwrap()
}

#[tokio::test]
async fn a_planned_extraction_is_made_at_its_time_and_fetched_once_by_who_planned_it() {
    let (network, owner) = practice().await;
    let planned = owner.post("/reports", &FIELDS).await;
    assert_eq!(planned.status, 200, "{}", planned.html);
    assert_eq!(planned.rows(PLANNED)[0][..2], ["16-06-2026 07:30", "één keer"]);
    assert!(planned.says("Gemaakt voor u: 0"));
    assert_eq!(make_at(&network, "2026-06-16T07:29:59+02:00").await, 0, "not before its time");
    assert_eq!(make_at(&network, "2026-06-16T07:30:00+02:00").await, 1);
    assert_eq!(make_at(&network, "2026-06-16T07:30:00+02:00").await, 0, "once");

    let owner = Desk::login(&network, 0, "e1").await;
    let page = owner.get("/reports").await;
    assert!(page.says("Door u gepland: 0"), "{}", page.html);
    assert_eq!(page.rows(MADE)[0][3], "klaar, wordt verwijderd op 23-06-2026");
    let file = page.values("fetch").remove(0);
    // Another one with the same right sees nothing of it, and cannot fetch it.
    give(&network, "e3", &[Right::ReportExtract]).await;
    let other = Desk::login(&network, 0, "e3").await;
    assert!(other.get("/reports").await.values("fetch").is_empty());
    assert_eq!(other.post("/reports", &[("fetch", &file)]).await.status, 404);
    assert_eq!(owner.post("/reports", &[("fetch", "nothing")]).await.status, 404);

    let csv = String::from_utf8(owner.download("/reports", &[("fetch", &file)]).await).unwrap();
    assert!(csv.contains("nummer in het HIS\r\n") && csv.contains("p11\r\n"), "{csv}");
    assert_eq!(owner.post("/reports", &[("fetch", &file)]).await.status, 404, "it is gone");
    let page = owner.get("/reports").await;
    assert_eq!(page.rows(MADE)[0][3], "opgehaald en verwijderd op 16-06-2026 07:30");

    let made = recorded(&network, "report_made").await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].event.detail.facts["planned_by"], "e1");
    assert!(made[0].event.detail.counts["rows"] > 5);
    let plan = recorded(&network, "report_planned").await.remove(0);
    assert_eq!(plan.event.detail.facts["due"], "2026-06-16T07:30:00+02:00");
    assert_eq!(plan.event.detail.facts["plan"], made[0].event.detail.facts["plan"]);
    assert_eq!(recorded(&network, "report_fetched").await[0].event.detail.facts["file"], file);
    network.stop().await;
}

#[tokio::test]
async fn each_month_has_an_extraction_until_it_is_stopped() {
    let (network, owner) = practice().await;
    let monthly = with(&[("day", "2026-06-30"), ("repeat", "monthly"), ("format", "xlsx")]);
    assert_eq!(owner.post("/reports", &monthly).await.status, 200);
    assert_eq!(make_at(&network, "2026-06-30T08:00:00+02:00").await, 1);
    let owner = Desk::login(&network, 0, "e1").await;
    let page = owner.get("/reports").await;
    assert_eq!(page.rows(PLANNED)[0][..2], ["30-07-2026 07:30", "elke maand op dag 30"]);
    let plan = page.values("stop").remove(0);
    give(&network, "e3", &[Right::ReportExtract]).await;
    let other = Desk::login(&network, 0, "e3").await;
    assert_eq!(other.post("/reports", &[("stop", &plan)]).await.status, 404, "not one's own");
    let stopped = owner.post("/reports", &[("stop", &plan)]).await;
    assert!(stopped.status == 200 && stopped.says("Door u gepland: 0"), "{}", stopped.html);
    assert_eq!(make_at(&network, "2026-07-30T07:30:00+02:00").await, 0);
    assert_eq!(recorded(&network, "report_plan_stopped").await.len(), 1);
    network.stop().await;
}

#[tokio::test]
async fn a_time_that_exists_twice_is_the_first_and_what_cannot_be_is_refused_by_its_field() {
    let (network, owner) = practice().await;
    for (changes, words) in [
        (vec![("day", "2027-03-28"), ("time", "02:30")], "Tijd: deze tijd bestaat niet."),
        (vec![("day", "2026-06-15"), ("time", "10:00")], "Dag en tijd: dit is al voorbij."),
        (vec![("day", "soon")], "Dag: geef de dag"),
        (vec![("time", "25:00")], "Tijd: geef een tijd"),
        (vec![("column", "bsn")], "Kies ten minste één kolom"),
    ] {
        let refused = owner.post("/reports", &with(&changes)).await;
        assert_eq!(refused.status, 422, "{changes:?}");
        assert!(refused.says(words), "{words}: {}", refused.html);
    }
    for changes in [("repeat", "daily"), ("format", "pdf"), ("which", "some")] {
        assert_eq!(owner.post("/reports", &with(&[changes])).await.status, 404, "{changes:?}");
    }
    assert!(owner.get("/reports").await.says("Door u gepland: 0"));
    // E21
    assert_eq!(owner.post("/reports", &with(&[("day", "2026-10-25"), ("time", "02:30")])).await.status, 200);
    let mut tx = network.server.app.store().read().await.unwrap();
    let plans = reports::plans(&mut tx, &network.practices[0], "e1").await.unwrap();
    tx.close().await.unwrap();
    assert_eq!(plans[0].due_at.to_rfc3339(), "2026-10-25T02:30:00+02:00");
    for _ in 1..20 {
        assert_eq!(owner.post("/reports", &FIELDS).await.status, 200);
    }
    assert!(owner.post("/reports", &FIELDS).await.says("U hebt al 20 geplande extracties"));
    network.stop().await;
}

#[tokio::test]
async fn without_the_right_nothing_is_made_and_nothing_is_fetched() {
    let (network, _) = practice().await;
    give(&network, "e3", &[Right::ReportExtract]).await;
    let planner = Desk::login(&network, 0, "e3").await;
    assert_eq!(planner.post("/reports", &with(&[("repeat", "monthly")])).await.status, 200);
    assert_eq!(make_at(&network, "2026-06-16T07:30:00+02:00").await, 1);
    give(&network, "e3", &[Right::ViewDossier]).await;
    let planner = Desk::login(&network, 0, "e3").await;
    let mut tx = network.server.app.store().read().await.unwrap();
    let turns = reports::turns(&mut tx, &network.practices[0], "e3").await.unwrap();
    tx.close().await.unwrap();
    let file = uuid::Uuid::from_bytes(turns[0].id).to_string();
    assert_eq!(planner.post("/reports", &[("fetch", &file)]).await.status, 403);
    assert_eq!(make_at(&network, "2026-07-16T07:30:00+02:00").await, 0);
    assert_eq!(recorded(&network, "report_failed").await[0].event.detail.reason.as_deref(), Some("no_right"));
    // With the right again: it is told, and there are no further turns.
    give(&network, "e3", &[Right::ReportExtract]).await;
    let planner = Desk::login(&network, 0, "e3").await;
    let page = planner.get("/reports").await;
    assert!(page.rows(MADE)[0][3].starts_with("mislukt en gestopt"), "{}", page.html);
    assert!(page.says("Door u gepland: 0"));
    network.stop().await;
}

#[tokio::test]
async fn a_file_that_nobody_fetches_is_deleted_after_seven_days() {
    let (network, owner) = practice().await;
    assert_eq!(owner.post("/reports", &FIELDS).await.status, 200);
    assert_eq!(make_at(&network, "2026-06-16T07:30:00+02:00").await, 1);
    make_at(&network, "2026-06-23T07:29:59+02:00").await;
    let file = Desk::login(&network, 0, "e1").await.get("/reports").await.values("fetch").remove(0);
    make_at(&network, "2026-06-23T07:30:00+02:00").await;
    let owner = Desk::login(&network, 0, "e1").await;
    assert_eq!(owner.post("/reports", &[("fetch", &file)]).await.status, 404);
    let page = owner.get("/reports").await;
    assert_eq!(page.rows(MADE)[0][3], "niet opgehaald, verwijderd op 23-06-2026 07:30");
    assert_eq!(recorded(&network, "report_lapsed").await[0].event.detail.facts["file"], file);
    // That there was one is told for a month.
    let store = network.server.app.store();
    dvza::tasks::forget(store, network.clock.now()).await.unwrap();
    assert_eq!(owner.get("/reports").await.rows(MADE).len(), 1);
    network.clock.set(Timestamp::parse_rfc3339("2026-07-16T07:30:00+02:00").unwrap());
    dvza::tasks::forget(store, network.clock.now()).await.unwrap();
    assert!(Desk::login(&network, 0, "e1").await.get("/reports").await.says("Gemaakt voor u: 0"));
    network.stop().await;
}

#[tokio::test]
async fn what_cannot_be_made_is_tried_again_and_then_told() {
    let (network, owner) = practice().await;
    assert_eq!(owner.post("/reports", &with(&[("repeat", "monthly")])).await.status, 200);
    let mut tx = network.server.app.store().write().await.unwrap();
    sqlx::query("UPDATE patient_card SET card = X'00000001'").execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    for (at, words) in [
        ("2026-06-16T07:30:00+02:00", "niet gelukt, wordt opnieuw geprobeerd"),
        ("2026-06-16T07:34:59+02:00", "niet gelukt, wordt opnieuw geprobeerd"),
        ("2026-06-16T07:35:00+02:00", "niet gelukt, wordt opnieuw geprobeerd"),
        ("2026-06-16T07:45:00+02:00", "mislukt: het bestand kon niet worden gemaakt"),
    ] {
        assert_eq!(make_at(&network, at).await, 0);
        let page = Desk::login(&network, 0, "e1").await.get("/reports").await;
        assert!(page.says(words), "{at}: {}", page.html);
    }
    let page = Desk::login(&network, 0, "e1").await.get("/reports").await;
    assert_eq!(page.rows(PLANNED)[0][0], "16-07-2026 07:30", "the next month has its own turn");
    assert_eq!(recorded(&network, "report_failed").await.len(), 1);
    network.stop().await;
}
