//! Everything shown and everything refused is accounted for.

use std::collections::BTreeSet;

use dvza::audit::{self, Event, Kind, Outcome, Period};
use dvza::domain::time::Timestamp;
use dvza::sample::practice::FIRST_BSN;
use serde_json::Value;

use super::demo;
use crate::support::dossier::patient;
use crate::support::network::Network;
use crate::support::served::FORMATS;

/// The events about a patient of the first practice, newest first.
pub async fn of_patient(network: &Network, id: &str) -> Vec<Event> {
    let app = &network.server.app;
    let mut tx = app.store().read().await.unwrap();
    let who = patient(network, 0, id);
    let entries = audit::for_patient(&mut tx, app.sealer(), &who, 10_000).await.unwrap();
    tx.close().await.unwrap();
    entries.into_iter().map(|entry| entry.event).collect()
}

/// Every event, as it is exported.
async fn exported(network: &Network) -> Vec<Value> {
    let app = &network.server.app;
    let period = Period { from: Timestamp::from_millis(i64::MIN), until: Timestamp::from_millis(i64::MAX) };
    let mut out = Vec::new();
    audit::export(app.store(), app.sealer(), period, None, &mut out).await.unwrap();
    out.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[tokio::test]
async fn every_answer_has_an_event_with_what_it_showed_and_what_it_did_not() {
    let (network, delivery) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let collected = network.collect(&tokens).await;
    let events = of_patient(&network, "p1").await;
    let reads: Vec<&Event> = events.iter().filter(|event| event.kind == Kind::RECEIVE_RESOURCE_REQUEST).collect();
    assert!(reads.iter().all(|event| event.outcome == Outcome::Done));

    let sections = || collected.iter().flat_map(|service| &service.sections);
    let answers: usize = sections().map(|section| section.pages.len() + section.followed.len()).sum();
    assert_eq!(reads.len(), answers);
    let shown: BTreeSet<String> = sections()
        .flat_map(|section| section.resources())
        .map(|(_, resource)| {
            format!("{}/{}", resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap())
        })
        .chain(sections().flat_map(|section| &section.followed).map(|followed| followed.reference.clone()))
        .collect();
    let objects = reads.iter().flat_map(|event| &event.detail.objects);
    let recorded: BTreeSet<String> =
        objects.flat_map(|objects| objects.ids.iter().map(|id| format!("{}/{id}", objects.kind))).collect();
    assert_eq!(recorded, shown);

    let reasons: BTreeSet<&String> = reads.iter().flat_map(|event| event.detail.withheld.keys()).collect();
    for reason in ["F3_HIDDEN", "F4_PATIENT", "F6_CUTOFF", "F7_WINDOW", "F8_STATUS", "F10_MOMENT", "F11_CONTACT"] {
        assert!(reasons.iter().any(|found| *found == reason), "{reason} is not among {reasons:?}");
    }
    for event in &reads {
        let detail = &event.detail;
        assert!(detail.consent.is_some() && detail.token.is_some() && detail.request_id.is_some());
        assert!(!detail.token.as_ref().is_some_and(|prefix| tokens.expose_access_token().contains(prefix)));
    }
    assert_private(&exported(&network).await, &delivery.numbers());
    assert_sound(&network).await;
    network.stop().await;
}

#[tokio::test]
async fn a_refusal_has_an_event_too() {
    let (network, delivery) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let unknown = tokens.with_access_token("bm90LWEtdG9rZW4");
    for (tokens, path) in [(&tokens, "Patient?patient=1"), (&tokens, "Encounter/unknown"), (&unknown, "Patient")] {
        assert!(network.get(tokens, "HG-R4", path, FORMATS[0]).await.status >= 400);
    }
    assert!(network.tokens(&delivery.bsn("p9")).await.is_err());
    let events = exported(&network).await;
    for reason in ["REQUEST", "NOT_FOUND", "G6_TOKEN", "G3_BLOCK_PRACTICE"] {
        let recorded = events.iter().any(|event| event["outcome"] == "refused" && event["detail"]["reason"] == reason);
        assert!(recorded, "no refusal for {reason}");
    }
    assert_private(&events, &delivery.numbers());
    assert_sound(&network).await;
    network.stop().await;
}

fn assert_private(events: &[Value], numbers: &[String]) {
    for event in events {
        let text = event.to_string();
        assert!(numbers.iter().all(|number| !text.contains(number)), "a number in event {}", event["seq"]);
    }
}

async fn assert_sound(network: &Network) {
    let app = &network.server.app;
    let report = audit::verify(app.store(), app.sealer(), None).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
}
