//! The checklist in the console: days, and files as evidence, which are known by content and handed back as they came.

use dvza::app::OWNERS;
use dvza::audit::{self, Entry, Kind};
use dvza::domain::evidence::MAX_BYTES;
use dvza::domain::rights::Right;

use crate::flows::demo;
use crate::support::desk::{Desk, give};
use crate::support::network::Network;

const LIST: &str = "Wat er moet gebeuren";
const PDF: &[u8] = b"%PDF-1.7\n\x00\xff\r\n--\r\nrapport";

async fn practice() -> (Network, Desk) {
    let (network, _) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    (network, owner)
}

async fn recorded(network: &Network, kind: &'static str) -> Vec<Entry> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let kind = Kind::new(kind).unwrap();
    audit::of_kind(&mut tx, app.sealer(), &network.practices[0], &kind, 100).await.unwrap()
}

/// State and evidence of a row.
async fn row(desk: &Desk, name: &str) -> [String; 2] {
    let rows = desk.get("/onboarding").await.rows(LIST);
    let row = rows.into_iter().find(|row| row[0] == name).unwrap();
    [row[1].clone(), row[2].clone()]
}

#[tokio::test]
async fn the_days_of_the_steps_are_set_here_and_a_day_to_come_is_refused() {
    let (network, owner) = practice().await;
    network.set("online_access_since", "2026-03-01").await;
    let page = owner.get("/onboarding").await;
    assert_eq!(page.rows(LIST).len(), 12, "{}", page.html);
    let audit = "Audit binnen twee maanden na de start";
    assert_eq!(row(&owner, audit).await, ["open te laat, moest voor 01-05-2026", "–"]);
    assert_eq!(row(&owner, "Patiënten mogen online kijken").await[0], "gedaan: 01-03-2026");
    assert_eq!(row(&owner, "Vermelding op de Zorgaanbiederslijst").await[0], "gedaan", "the lists in use name it");
    assert_eq!(row(&owner, "Recht om het BSN te verwerken").await[0], "open");

    for day in ["2026-06-16", "gisteren"] {
        let fields = [("step", "audit"), ("day", day), ("action", "save")];
        let refused = owner.post("/onboarding", &fields).await;
        assert!(
            refused.says("Niets is opgeslagen") && refused.says("Geef de dag waarop dit is gedaan"),
            "{}",
            refused.html
        );
        assert!(refused.html.contains("aria-invalid"));
    }
    assert!(row(&owner, audit).await[0].starts_with("open"));
    let fields = [("step", "audit"), ("day", "2026-06-15"), ("action", "save")];
    assert_eq!(owner.post("/onboarding", &fields).await.status, 200);
    assert_eq!(row(&owner, audit).await[0], "gedaan: 15-06-2026");
    let change = recorded(&network, "setting_changed").await.remove(0);
    assert_eq!(change.event.detail.facts["onboarding.audit"], "2026-06-15");
    assert_eq!(owner.post("/onboarding", &[("step", "audit"), ("action", "save")]).await.status, 200);
    assert!(row(&owner, audit).await[0].starts_with("open"), "and taken back");
    assert_eq!(owner.post("/onboarding", &[("step", "logo"), ("action", "save")]).await.status, 404);
    network.stop().await;
}

#[tokio::test]
async fn evidence_is_kept_fetched_as_it_came_replaced_and_removed_on_record() {
    let (network, owner) = practice().await;
    let step = [("step", "certificate")];
    let kept = owner.upload("/onboarding/file", &step, PDF).await;
    assert_eq!(kept.status, 200, "{}", kept.html);
    assert_eq!(row(&owner, "Servercertificaat").await[1], "PDF (1 kB), 15-06-2026 10:00, door e1");
    assert_eq!(row(&owner, "Servercertificaat").await[0], "open", "a file is no day");

    let answer = owner.answer("/onboarding", &[("step", "certificate"), ("action", "fetch")]).await;
    let head = answer.headers().clone();
    assert_eq!(head["content-type"], "application/pdf");
    assert_eq!(head["content-disposition"], "attachment; filename=\"certificate.pdf\"", "named by us");
    assert_eq!(head["x-content-type-options"], "nosniff");
    assert_eq!(head["cache-control"], "no-store");
    assert_eq!(answer.bytes().await.unwrap(), PDF);

    // A page of the web is text here, whatever its sender calls it.
    let page = b"<script>alert(1)</script>";
    assert_eq!(owner.upload("/onboarding/file", &step, page).await.status, 200);
    let answer = owner.answer("/onboarding", &[("step", "certificate"), ("action", "fetch")]).await;
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));

    let stored = recorded(&network, "evidence_stored").await;
    assert_eq!(stored.len(), 2);
    let (newest, first) = (&stored[0].event.detail.facts, &stored[1].event.detail.facts);
    assert_eq!(newest["replaced"], first["sha256"]);
    assert!(!first.contains_key("replaced"));
    assert_eq!(owner.post("/onboarding", &[("step", "certificate"), ("action", "remove")]).await.status, 200);
    assert_eq!(row(&owner, "Servercertificaat").await[1], "–");
    for action in ["fetch", "remove"] {
        assert_eq!(owner.post("/onboarding", &[("step", "certificate"), ("action", action)]).await.status, 404);
    }
    assert_eq!(recorded(&network, "evidence_removed").await[0].event.detail.facts["sha256"], newest["sha256"]);
    assert_eq!(recorded(&network, "evidence_fetched").await.len(), 2);
    network.stop().await;
}

#[tokio::test]
async fn a_file_of_another_kind_or_size_or_without_proof_is_not_kept() {
    let (network, owner) = practice().await;
    let step = [("step", "audit")];
    let large = [b"%PDF-".as_slice(), &vec![b'a'; MAX_BYTES]].concat();
    for (file, words) in [
        (b"MZ\x90\x00".as_slice(), "Het bestand is geen PDF, PNG, JPEG of tekst."),
        (b"".as_slice(), "Kies een bestand dat niet leeg is."),
        (&large, "Het bestand is groter dan 5 MB."),
    ] {
        let refused = owner.upload("/onboarding/file", &step, file).await;
        assert!(refused.says("Niets is opgeslagen") && refused.says(words), "{words}: {}", refused.html);
    }
    // As any other form it must be ours.
    assert_eq!(owner.send_file("/onboarding/file", &step, PDF).await.status, 403, "without a token");
    let forged = [("step", "audit"), ("csrf", "x")];
    assert_eq!(owner.send_file("/onboarding/file", &forged, PDF).await.status, 403, "with another token");
    assert!(Desk::stranger(&network).send_file("/onboarding/file", &step, PDF).await.says("Inloggen voor medewerkers"));
    give(&network, "e3", &[Right::ReportExtract]).await;
    let other = Desk::login(&network, 0, "e3").await;
    assert_eq!(other.upload("/onboarding/file", &step, PDF).await.status, 403, "without the right");
    assert_eq!(owner.upload("/onboarding/file", &[("step", "logo")], PDF).await.status, 404);
    // No other form takes a file.
    assert_eq!(owner.upload("/onboarding", &[("step", "audit"), ("action", "save")], PDF).await.status, 403);
    assert!(recorded(&network, "evidence_stored").await.is_empty());
    assert_eq!(row(&owner, "Audit binnen twee maanden na de start").await[1], "–");
    // The largest that is taken.
    let largest = &large[..MAX_BYTES];
    assert_eq!(owner.upload("/onboarding/file", &step, largest).await.status, 200);
    network.stop().await;
}
