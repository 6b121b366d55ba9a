//! Figures by quarter, and the evidence for OPEN that rests on them.

use dvza::app::OWNERS;
use dvza::audit::{self, Kind};
use dvza::sample::practice::FIRST_BSN;

use crate::flows::demo;
use crate::support::demo::Delivery;
use crate::support::desk::Desk;
use crate::support::network::Network;

const QUARTERS: &str = "Ophalen per kwartaal";

/// How many patients the practice has, as the page says.
async fn patients(network: &Network) -> u64 {
    let mut tx = network.server.app.store().read().await.unwrap();
    let count = dvza::store::patients::count(&mut tx, &network.practices[0]).await.unwrap();
    tx.close().await.unwrap();
    count
}

#[tokio::test]
async fn retrievals_are_told_by_quarter_of_the_calendar_in_amsterdam() {
    let network = Network::start("2026-06-30T23:59:00+02:00", &[Delivery::demo().bytes]).await;
    network.set(OWNERS, "e1").await;
    for _ in 0..2 {
        network.tokens(FIRST_BSN).await.unwrap();
    }
    // Who is refused has collected nothing.
    assert!(network.tokens(&Delivery::demo().bsn("p4")).await.is_err());
    network.pass(59);
    network.tokens(FIRST_BSN).await.unwrap();
    network.pass(1);
    network.tokens(FIRST_BSN).await.unwrap();
    let owner = Desk::login(&network, 0, "e1").await;
    let page = owner.get("/reports").await;
    assert_eq!(page.status, 200, "{}", page.html);
    let tenths = 1000 / patients(&network).await;
    let share = format!("{},{} %", tenths / 10, tenths % 10);
    let rows = page.rows(QUARTERS);
    assert_eq!(rows.len(), 8);
    assert_eq!(rows[0], ["3e kwartaal 2026 (loopt nog)", "1", "1", &share]);
    assert_eq!(rows[1], ["2e kwartaal 2026", "3", "1", &share]);
    assert_eq!(rows[2], ["1e kwartaal 2026", "0", "0", "0,0 %"]);
    assert_eq!(rows[7][0], "4e kwartaal 2024");
    assert!(page.says("20 %") && page.says("11 % op 17 november 2021"));
    // The same as a file, whatever columns are ticked, and never with persons.
    let fields = [("which", "quarters"), ("column", "name"), ("format", "csv")];
    let csv = String::from_utf8(owner.download("/reports", &fields).await).unwrap();
    let lines: Vec<&str> = csv.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "kwartaal,keren opgehaald,verschillende patiënten,deel van de patiënten");
    assert_eq!(lines[2], format!("2e kwartaal 2026,3,1,\"{share}\""));
    assert_eq!(lines.len(), 9);
    network.stop().await;
}

#[tokio::test]
async fn of_another_practice_nothing_is_counted() {
    let mut other = Vec::new();
    let now = dvza::domain::time::Timestamp::parse_rfc3339(crate::support::network::T).unwrap();
    dvza::sample::synth::synth(2, 5, now, &mut other).unwrap();
    let network = Network::start(crate::support::network::T, &[Delivery::demo().bytes, other]).await;
    network.tokens(FIRST_BSN).await.unwrap();
    let mut tx = network.server.app.store().write().await.unwrap();
    let owners = dvza::store::settings::Setting {
        key: OWNERS.to_owned(),
        source: dvza::store::settings::SettingSource::Own,
        value: "s1-e1".to_owned(),
        at: now,
        by: "test".to_owned(),
    };
    dvza::store::settings::set(&mut tx, &network.practices[1], &owners).await.unwrap();
    tx.commit().await.unwrap();
    let abroad = Desk::login(&network, 1, "s1-e1").await;
    let page = abroad.get("/reports").await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(page.rows(QUARTERS)[0][1..3], ["0", "0"]);
    network.stop().await;
}

#[tokio::test]
async fn the_evidence_for_open_has_the_practices_words_and_what_the_server_knows() {
    let (network, _) = demo().await;
    network.set(OWNERS, "e1").await;
    let owner = Desk::login(&network, 0, "e1").await;
    let page = owner.get("/reports/open").await;
    assert_eq!(page.status, 200, "{}", page.html);
    let conditions = "De vier voorwaarden van het tarief";
    let empty = "niet ingevuld";
    assert!(page.rows(conditions).iter().all(|row| row[1..] == [empty, empty, empty]), "{}", page.html);
    assert_eq!(page.rows(conditions).len(), 4);
    assert!(page.says("De declaratie gaat naar de zorgverzekeraar"));

    let wrong = [("group", "open"), ("page.open.2", "Inzage."), ("page.open.2.day", "ooit")];
    assert!(owner.post("/settings", &wrong).await.says("Niets is opgeslagen"));
    let right = [
        ("group", "open"),
        ("page.open.2", "De praktijk biedt inzage."),
        ("page.open.2.day", "2026-01-05"),
        ("page.open.2.note", "Zie de website."),
    ];
    assert_eq!(owner.post("/settings", &right).await.status, 200);
    network.set("facility.ep_lines", "true").await;
    network.set("facility.diagnostic_values", "false").await;
    network.set("onboarding.agreement", "2026-02-01").await;
    let page = owner.get("/reports/open").await;
    assert_eq!(page.rows(conditions)[1], ["2", "De praktijk biedt inzage.", "05-01-2026", "Zie de website."]);
    assert_eq!(page.rows(conditions)[0][1], empty);
    let shown: std::collections::BTreeMap<String, String> =
        page.rows("Wat de server zelf laat zien").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert!(shown["E- en P-regels (verplicht voor OPEN)"].starts_with("aan, sinds"), "{shown:?}");
    assert_eq!(shown["Diagnostische waarden (verplicht voor OPEN)"], "uit");
    assert_eq!(shown["Overeenkomst met de dienstverlener"], "01-02-2026");
    assert_eq!(shown["Contract"], "loopt");
    assert_eq!(shown["Op de Zorgaanbiederslijst van MedMij"], "ja (testpraktijka@medmij)");
    assert!(!shown["Opengestelde dossiers"].starts_with("0 "), "those that the HIS says are open count: {shown:?}");
    assert_eq!(page.rows(QUARTERS).len(), 8);

    let pdf = owner.download("/reports/open", &[("action", "pdf")]).await;
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let text = document.extract_text(&[1]).unwrap();
    assert!(text.contains("De praktijk biedt inzage") && text.contains("zorgverzekeraar"), "{text}");
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let kind = Kind::new("open_evidence_made").unwrap();
    let events = audit::of_kind(&mut tx, app.sealer(), &network.practices[0], &kind, 9).await.unwrap();
    assert_eq!(events.len(), 1);
    tx.close().await.unwrap();
    network.stop().await;
}
