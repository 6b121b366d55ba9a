//! A closed gate looks the same to PGO and browser, whatever closed it (release-rules §3.1, §15.18).

use dvza::domain::dossier::{Block, DossierState};
use dvza::pgo::{Form, Page, Tokens};
use dvza::sample::practice::FIRST_BSN;
use dvza::store::patients::{self, OwnState};
use dvza::store::practices::{self, Contract};
use serde_json::json;
use url::Url;

use crate::flows::demo;
use crate::support::counted::Counted;
use crate::support::demo::NOBODY;
use crate::support::dossier::patient;
use crate::support::network::{Network, T};
use crate::support::served::FORMATS;
use crate::support::wire::{Seen, pgo_client, proper, seen};

/// A patient who is served and has no published copy of the dossier, which would stay available.
const SERVED: &str = "p2";

#[tokio::test]
async fn a_dossier_that_closes_is_refused_in_the_same_bytes_whatever_closed_it() {
    let (network, delivery) = demo().await;
    let tokens = network.tokens(&delivery.bsn(SERVED)).await.unwrap();
    let mut refusals = Vec::new();
    for state in [DossierState::Closed, DossierState::OnHold] {
        set_state(&network, state).await;
        refusals.push((format!("{state:?}"), answers(&network, &tokens).await));
        set_state(&network, DossierState::Open).await;
    }
    for block in [Block::Practice, Block::PatientOptout, Block::IdentityConflict] {
        set_block(&network, block).await;
        refusals.push((format!("{block:?}"), answers(&network, &tokens).await));
        set_block(&network, Block::None).await;
    }
    set_contract(&network, Contract::Ended).await;
    refusals.push(("practice off".to_owned(), answers(&network, &tokens).await));
    set_contract(&network, Contract::Active).await;
    network.pass(1);
    network.set("online_access_since", "2030-01-01").await;
    refusals.push(("not yet introduced".to_owned(), answers(&network, &tokens).await));
    network.pass(1);
    network.set("online_access_since", "2021-01-01").await;
    for answer in answers(&network, &tokens).await {
        assert!([200, 404].contains(&answer.status), "all gates are open again: {}", answer.status);
    }
    let report = network.import(&delivery.change("patient", SERVED, "deceased", json!("2026-06-14"))).await;
    assert_eq!(report.changed, 1, "{report:?}");
    let after_death = answers(&network, &tokens).await;
    assert!(after_death.iter().all(|answer| answer.status == 401), "tokens end with death (R-AG-09): {after_death:?}");

    let (_, first) = &refusals[0];
    assert!(first.iter().all(|answer| answer.status == 403 && answer.issue() == "forbidden"), "{first:?}");
    for (case, refusal) in &refusals {
        assert_eq!(refusal, first, "{case}");
    }
    network.stop().await;
}

#[tokio::test]
async fn of_a_closed_dossier_a_published_copy_stays_and_nothing_else() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let total = async |service, kind| {
        let answer = network.get(&tokens, service, &format!("{kind}?_summary=count"), FORMATS[0]).await;
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["total"].as_u64().unwrap()
    };
    assert!(total("DOC-R4", "DocumentReference").await > 1);
    set_state_of(&network, "p1", DossierState::Closed).await;
    assert_eq!(total("DOC-R4", "DocumentReference").await, 1);
    for kind in ["EpisodeOfCare", "Encounter", "Composition", "Observation", "MedicationRequest", "AllergyIntolerance"]
    {
        assert_eq!(total("HG-R4", kind).await, 0, "{kind}");
    }
    network.stop().await;
}

/// A search, a read of something that is not there, and a document list.
async fn answers(network: &Network, tokens: &Tokens) -> Vec<Seen> {
    let http = pgo_client(network);
    let mut answers = Vec::new();
    for (service, path) in [("HG-R4", "Patient"), ("HG-R4", "Encounter/x"), ("DOC-R4", "DocumentReference")] {
        answers.push(seen(proper(http.get(format!("{}/{path}", network.base(service))), tokens)).await);
    }
    answers
}

async fn set_state(network: &Network, state: DossierState) {
    set_state_of(network, SERVED, state).await;
}

async fn set_state_of(network: &Network, id: &str, state: DossierState) {
    network.pass(1);
    let at = network.clock.now();
    let opened_at = (state == DossierState::Open).then(|| at.plus_local_months(-12));
    let mut tx = network.server.app.store().write().await.unwrap();
    let own = OwnState { state, opened_at, at };
    assert!(patients::set_own_state(&mut tx, &patient(network, 0, id), &own).await.unwrap());
    tx.commit().await.unwrap();
}

async fn set_block(network: &Network, block: Block) {
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(patients::set_block(&mut tx, &patient(network, 0, SERVED), block).await.unwrap());
    tx.commit().await.unwrap();
}

async fn set_contract(network: &Network, contract: Contract) {
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(practices::set_active(&mut tx, &network.practices[0], contract).await.unwrap());
    tx.commit().await.unwrap();
}

/// A login that ends at "no data available": the page, and the address the PGO gets.
async fn unavailable(network: &Network, bsn: &str) -> (Page, Url) {
    let mut browser = network.pgo().browser().unwrap();
    let landing = browser.open(network.authorization()).await.unwrap();
    let login = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
    let page = browser.press(&login, ("action", "login"), &[("bsn", bsn), ("level", "hoog")]).await.unwrap();
    let buttons: Vec<_> = page.forms.iter().flat_map(Form::buttons).collect();
    let [(name, value)] = buttons.as_slice() else { panic!("one way out: {buttons:?}") };
    let back = browser.leave(&page, (name, value), &[]).await.unwrap();
    (page, back)
}

/// The page without the token of its form.
fn normalised(page: &Page) -> String {
    let (before, rest) = page.html.split_once("name=\"csrf\" value=\"").unwrap();
    let (_, after) = rest.split_once('"').unwrap();
    format!("{before}{after}")
}

#[tokio::test]
async fn nobody_learns_from_a_login_why_there_is_no_data() {
    let (network, delivery) = demo().await;
    let (first_page, first_back) = unavailable(&network, NOBODY).await;
    assert_eq!(first_page.status, 200);
    let told: Vec<_> = first_back.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert!(told.contains(&"error".to_owned()) && !told.contains(&"code".to_owned()), "{told:?}");
    let cases = [
        ("p4", "fifteen"),
        ("p6", "number not verified"),
        ("p7", "deceased"),
        ("p8", "transferred"),
        ("p9", "blocked by the practice"),
        ("p10", "opted out"),
        ("p11", "requested"),
        ("p12", "on hold"),
        ("p13", "closed"),
        ("p14", "refused"),
        ("p15", "never asked, by hand"),
        ("p16", "unknown, by hand"),
    ];
    for (id, case) in cases {
        let (page, back) = unavailable(&network, &delivery.bsn(id)).await;
        assert_eq!((page.status, page.url.path()), (first_page.status, first_page.url.path()), "{case}");
        assert_eq!(normalised(&page), normalised(&first_page), "{case}");
        assert_eq!(back, first_back, "{case}");
    }
    network.stop().await;
}

/// Of one timing class: every refusal waits for the database equally often, at the page and on the way back to the PGO.
#[tokio::test]
async fn no_reason_for_having_no_data_takes_more_rounds_than_another() {
    let (network, delivery) = demo().await;
    unavailable(&network, NOBODY).await;
    let counted = Counted::default();
    let _counting = metrics::set_default_local_recorder(&counted);
    let mut rounds = Vec::new();
    for id in ["", "p4", "p6", "p7", "p8", "p9", "p10", "p11", "p12", "p13", "p14", "p15", "p16"] {
        let bsn = if id.is_empty() { NOBODY.to_owned() } else { delivery.bsn(id) };
        counted.take("");
        unavailable(&network, &bsn).await;
        rounds.push((id, counted.take("dvza_database_transactions_total")));
    }
    assert!(rounds[0].1.iter().any(|kind| kind == "write"), "something was counted");
    for (id, found) in &rounds[1..] {
        assert_eq!(found, &rounds[0].1, "{id}");
    }
    network.stop().await;
}

#[tokio::test]
async fn the_sixteenth_birthday_opens_what_the_day_before_was_closed() {
    let (network, delivery) = demo().await;
    let birth = delivery.find("patient", "p4")["d"]["birth"].as_str().unwrap().to_owned();
    let year: i32 = birth[..4].parse().unwrap();
    let birthday = format!("{}{}T00:00:00+01:00", year + 16, &birth[4..]);
    let birthday = dvza::domain::time::Timestamp::parse_rfc3339(&birthday).unwrap();
    assert!(network.clock.now() < birthday, "{T}");
    network.clock.set(birthday.plus_seconds(-1));
    let network = network.restarted().await;
    unavailable(&network, &delivery.bsn("p4")).await;
    network.pass(1);
    assert!(network.tokens(&delivery.bsn("p4")).await.is_ok());
    network.stop().await;
}
