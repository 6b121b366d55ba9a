//! Whole flows over the real listeners: from the PGO's authorization request to the last page of the record.

pub mod audit;
mod changes;
mod crowd;
mod delivered;
mod leaks;
mod restarts;
mod search;
pub mod traces;

use dvza::domain::dossier::DossierState;
use dvza::fhir::catalogue::Catalogue;
use dvza::pgo::{Collected, Level, PgoError, Wish};
use dvza::sample::practice::FIRST_BSN;
use dvza::store::patients;

use crate::support::demo::Delivery;
use crate::support::dossier::patient;
use crate::support::engines::postgres_schema;
use crate::support::network::{Network, T};
use crate::support::postgres;
use crate::support::served::FORMATS;

/// A network of the demo practice.
pub async fn demo() -> (Network, Delivery) {
    let delivery = Delivery::demo();
    let network = Network::start(T, std::slice::from_ref(&delivery.bytes)).await;
    (network, delivery)
}

#[tokio::test]
async fn a_person_consents_and_the_pgo_collects_every_service_on_every_database() {
    let mut addresses = vec![None];
    if let Some(server) = postgres::address() {
        addresses.push(Some(postgres_schema(server).await));
    }
    for address in addresses {
        let network = Network::start_on(T, &[Delivery::demo().bytes], address.as_deref()).await;
        let tokens = network.tokens(FIRST_BSN).await.unwrap();
        let catalogue = Catalogue::built_in().unwrap();
        let offered: Vec<&str> = catalogue.services().iter().map(|service| service.id.as_str()).collect();
        assert_eq!((tokens.services.len(), &tokens.services), (12, &offered.into_iter().map(str::to_owned).collect()));
        assert_eq!(tokens.expires_in_seconds, Some(900));
        let collected = network.collect(&tokens).await;
        assert!(collected.iter().all(Collected::is_complete), "{:?}", faults(&collected));
        for kind in ["Patient", "EpisodeOfCare", "Encounter", "Observation", "DocumentReference", "Binary"] {
            let found = collected.iter().flat_map(|service| &service.sections).any(|section| {
                section.counts.get(kind).is_some_and(|count| count.matches + count.included + count.followed > 0)
            });
            assert!(found, "nothing of type {kind}");
        }
        for format in FORMATS {
            let answer = network.get(&tokens, "HG-R4", "Encounter", format).await;
            assert_eq!((answer.status, answer.media_type().as_str()), (200, format));
        }
        network.stop().await;
    }
}

fn faults(collected: &[Collected]) -> Vec<&String> {
    collected.iter().flat_map(|service| &service.sections).flat_map(|section| &section.faults).collect()
}

#[tokio::test]
async fn who_refuses_or_cancels_or_logs_in_too_weakly_is_sent_back_without_a_code() {
    let (network, _) = demo().await;
    let bsn: dvza::domain::bsn::Bsn = FIRST_BSN.parse().unwrap();
    let person = |wish, level| dvza::pgo::Person { bsn: bsn.clone(), level, wish };
    let cases = [
        person(Wish::Refuse, Level::Hoog),
        person(Wish::CancelLanding, Level::Hoog),
        person(Wish::CancelLogin, Level::Hoog),
        person(Wish::ConsentOnce, Level::Midden),
    ];
    for case in cases {
        let ended = network.pgo().authorize(&network.practice_name(0), &case).await;
        assert!(
            matches!(&ended, Err(PgoError::Refused { error, .. }) if error == "access_denied"),
            "{case:?}: {ended:?}"
        );
    }
    network.stop().await;
}

#[tokio::test]
async fn a_dossier_never_asked_for_opens_by_itself_when_the_practice_wants_that() {
    let (network, delivery) = demo().await;
    network.set("request_mode", "auto").await;
    for id in ["p15", "p16"] {
        let tokens = network.tokens(&delivery.bsn(id)).await.unwrap();
        let answer = network.get(&tokens, "HG-R4", "EpisodeOfCare", FORMATS[0]).await;
        assert_eq!(answer.status, 200);
        assert!(String::from_utf8(answer.body).unwrap().contains("Astma"), "{id}");
        assert_eq!(state(&network, id).await, Some(DossierState::Open));
    }
    // What somebody decided stays decided.
    for id in ["p11", "p12", "p13", "p14"] {
        assert!(network.tokens(&delivery.bsn(id)).await.is_err(), "{id}");
        assert_eq!(state(&network, id).await, None, "{id}");
    }
    network.stop().await;
}

#[tokio::test]
async fn a_dossier_never_asked_for_is_requested_when_the_practice_decides_by_hand() {
    let (network, delivery) = demo().await;
    for _ in 0..2 {
        assert!(network.tokens(&delivery.bsn("p16")).await.is_err());
        assert_eq!(state(&network, "p16").await, Some(DossierState::Requested));
    }
    let events = audit::of_patient(&network, "p16").await;
    assert_eq!(events.iter().filter(|event| event.kind.as_str() == "dossier_requested").count(), 1);
    network.stop().await;
}

/// What dvza itself knows of the dossier of a patient.
async fn state(network: &Network, id: &str) -> Option<DossierState> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let entry = patients::find(&mut tx, app.sealer(), &patient(network, 0, id)).await.unwrap().unwrap();
    tx.close().await.unwrap();
    entry.own.map(|own| own.state)
}

#[tokio::test]
async fn a_changed_setting_counts_from_the_next_request() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let count = async || {
        let answer = network.get(&tokens, "HG-R4", "EpisodeOfCare?_summary=count", FORMATS[0]).await;
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["total"].as_u64().unwrap()
    };
    assert!(count().await > 0);
    network.pass(1);
    network.set("facility.episodes", "false").await;
    assert_eq!(count().await, 0);
    network.pass(1);
    network.set("facility.episodes", "true").await;
    assert!(count().await > 0);
    network.stop().await;
}

#[tokio::test]
async fn a_withdrawn_consent_ends_access_with_the_next_request() {
    let (network, _) = demo().await;
    let tokens = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 200);
    let mut browser = network.pgo().browser().unwrap();
    let landing = browser.open(network.demo.consents.parse().unwrap()).await.unwrap();
    let login = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
    let fill = [("bsn", FIRST_BSN), ("level", "hoog")];
    let overview = browser.press(&login, ("action", "login"), &fill).await.unwrap();
    let buttons = overview.forms.iter().flat_map(dvza::pgo::Form::buttons);
    let withdraw: Vec<_> = buttons.filter(|(name, _)| *name == "withdraw").collect();
    let [button] = withdraw.as_slice() else { panic!("one consent was given: {withdraw:?}") };
    let question = browser.press(&overview, *button, &[]).await.unwrap();
    assert_eq!(network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await.status, 200, "only asked so far");
    browser.press(&question, ("decision", "withdraw"), &[]).await.unwrap();

    let answer = network.get(&tokens, "HG-R4", "Patient", FORMATS[0]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    assert!(network.pgo().refresh(&tokens).await.is_err());
    let events = audit::of_patient(&network, "p1").await;
    assert!(events.iter().any(|event| event.kind.as_str() == "consent_withdrawn"));
    network.stop().await;
}
