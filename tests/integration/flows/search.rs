//! Searches and reads tell nothing about what is withheld: not by status, count, page, link or date.

use std::collections::BTreeSet;

use dvza::domain::ids::ResourceId;
use dvza::fhir::ResourceType;
use dvza::fhir::catalogue::Catalogue;
use dvza::pgo::Tokens;
use dvza::sample::practice::FIRST_BSN;
use dvza::store::authorization::consents;
use serde_json::Value;
use url::Url;

use super::demo;
use crate::support::dossier::{Dossier, patient};
use crate::support::network::Network;
use crate::support::wire::{Seen, pgo_client, proper, seen};

/// A caller with the tokens of one patient.
struct Caller<'a> {
    network: &'a Network,
    tokens: Tokens,
    client: reqwest::Client,
}

impl<'a> Caller<'a> {
    async fn new(network: &'a Network, bsn: &str) -> Self {
        Self { network, tokens: network.tokens(bsn).await.unwrap(), client: pgo_client(network) }
    }

    async fn url(&self, url: &str) -> Seen {
        seen(proper(self.client.get(url), &self.tokens).header("accept", "application/fhir+json")).await
    }

    async fn get(&self, service: &str, path: &str) -> Seen {
        self.url(&format!("{}/{path}", self.network.base(service))).await
    }

    async fn bundle(&self, path: &str) -> Value {
        let answer = self.get("HG-R4", path).await;
        assert_eq!(answer.status, 200, "{path}");
        answer.json()
    }
}

/// Ids of the matches, in their order.
fn matches(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let found = entries.filter(|entry| entry["search"]["mode"] == "match");
    found.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array().into_iter().flatten();
    links.filter(|link| link["relation"] == relation).find_map(|link| link["url"].as_str().map(str::to_owned))
}

/// The data services of both releases that offer this type, or else say that they do not.
fn services_of(kind: ResourceType) -> [&'static str; 2] {
    let catalogue = Catalogue::built_in().unwrap();
    let offers = |id: &str| catalogue.find(id).is_some_and(|service| service.find_read(kind).is_some());
    [if offers("HG-R4") { "HG-R4" } else { "DOC-R4" }, if offers("49") { "49" } else { "51" }]
}

#[tokio::test]
async fn a_withheld_id_reads_and_searches_exactly_like_an_unknown_one() {
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let withheld = Dossier::load(&network, 0, "p1").await.withheld_resources();
    let catalogue = Catalogue::built_in().unwrap();
    let mut kinds = BTreeSet::new();
    let of_both = withheld.iter().flat_map(|(kind, id)| services_of(*kind).map(|service| (service, kind, id)));
    for (service, kind, id) in of_both {
        // Of an unknown id of the same length everything must be the same.
        let unknown = ResourceId::from_bytes([7; 16]);
        let read = caller.get(service, &format!("{kind}/{id}")).await;
        assert_eq!(read, caller.get(service, &format!("{kind}/{unknown}")).await, "{kind}");
        let offered = catalogue.find(service).unwrap().find_read(*kind).is_some();
        assert_eq!((read.status, read.issue().as_str()), (404, if offered { "not-found" } else { "not-supported" }));
        if catalogue.find(service).unwrap().find_search(*kind).is_some() && kinds.insert((service, *kind)) {
            let searched = caller.get(service, &format!("{kind}?_id={id}")).await;
            assert_eq!(searched.status, 200);
            assert_eq!((matches(&searched.json()).len(), &searched.json()["total"]), (0, &Value::from(0)));
        }
    }
    assert!(kinds.len() >= 12, "{kinds:?}");
    network.stop().await;
}

#[tokio::test]
async fn another_patients_resource_reads_like_an_unknown_one() {
    let (network, delivery) = demo().await;
    let (first, second) = (Caller::new(&network, FIRST_BSN).await, Caller::new(&network, &delivery.bsn("p2")).await);
    let theirs = matches(&second.bundle("Encounter").await);
    let unknown = ResourceId::from_bytes([7; 16]);
    let read = first.get("HG-R4", &format!("Encounter/{}", theirs[0])).await;
    assert_eq!(read, first.get("HG-R4", &format!("Encounter/{unknown}")).await);
    assert_eq!(read.status, 404);
    network.stop().await;
}

#[tokio::test]
async fn counts_and_totals_are_of_what_is_shown() {
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let dossier = Dossier::load(&network, 0, "p1").await;
    for kind in [ResourceType::EpisodeOfCare, ResourceType::Observation, ResourceType::Encounter] {
        let all = caller.bundle(kind.as_str()).await;
        let shown = dossier.shown_of(kind);
        assert_eq!(matches(&all).len(), shown, "{kind}");
        assert_eq!(all["total"], shown, "{kind}");
        for query in ["_summary=count", "_count=0"] {
            let count = caller.bundle(&format!("{kind}?{query}")).await;
            assert_eq!((&count["total"], &count["entry"]), (&Value::from(shown), &Value::Null), "{kind}?{query}");
        }
    }
    network.stop().await;
}

#[tokio::test]
async fn pages_cover_exactly_the_whole_set_and_their_links_tell_nothing() {
    let (network, delivery) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let whole = matches(&caller.bundle("Observation").await);
    let mut paged = Vec::new();
    let mut bundle = caller.bundle("Observation?_count=4").await;
    loop {
        assert_eq!(bundle["total"], Value::Null, "a page has no total");
        paged.extend(matches(&bundle));
        let Some(next) = link(&bundle, "next") else { break };
        let told = network.practices[0].practice.to_string();
        assert!(!next.contains(&told) && delivery.numbers().iter().all(|number| !next.contains(number)));
        assert!(whole.iter().all(|id| !next.contains(id)), "the cursor is opaque");
        bundle = caller.url(&next).await.json();
    }
    assert!(whole.len() > 8);
    assert_eq!(paged, whole);
    network.stop().await;
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_search_of_its_own_patient_only() {
    let (network, delivery) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let next = link(&caller.bundle("Condition?_count=1").await, "next").unwrap();
    assert_eq!(caller.url(&next).await.status, 200);

    let other_patient = Caller::new(&network, &delivery.bsn("p2")).await;
    let other_search = next.replace("/Condition?", "/Observation?");
    let other_criteria = format!("{next}&category=problem-list-item");
    let url = Url::parse(&next).unwrap();
    let cursor = url.query_pairs().find(|(name, _)| name == "_cursor").unwrap().1.into_owned();
    let mut tampered = cursor.clone().into_bytes();
    let middle = tampered.len() / 2;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let tampered = next.replace(&cursor, std::str::from_utf8(&tampered).unwrap());
    let cases = [
        ("another patient", other_patient.url(&next).await),
        ("another type", caller.url(&other_search).await),
        ("another search", caller.url(&other_criteria).await),
        ("a changed letter", caller.url(&tampered).await),
        ("half of it", caller.url(&next[..next.len() - 12]).await),
        ("nonsense", caller.get("HG-R4", "Condition?_count=1&_cursor=AAAA").await),
    ];
    for (case, answer) in cases {
        assert_eq!((answer.status, answer.issue().as_str()), (400, "invalid"), "{case}");
    }
    network.stop().await;
}

#[tokio::test]
async fn a_date_never_widens_what_is_shown() {
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    for kind in ["Observation", "Encounter", "Composition", "DiagnosticReport"] {
        let plain: BTreeSet<String> = matches(&caller.bundle(kind).await).into_iter().collect();
        for date in ["ge2020-01-01", "le2030-01-01", "ne1900-01-01"] {
            let dated = matches(&caller.bundle(&format!("{kind}?date={date}")).await);
            assert!(dated.iter().all(|id| plain.contains(id)), "{kind} {date}");
        }
    }
    network.stop().await;
}

#[tokio::test]
async fn a_date_narrows_to_what_lies_after_it() {
    // E36
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let dates = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().into_iter().flatten();
        let matched = entries.filter(|entry| entry["search"]["mode"] == "match");
        matched.filter_map(|entry| Some(entry["resource"]["effectiveDateTime"].as_str()?[..10].to_owned())).collect()
    };
    let all = dates(&caller.bundle("Observation").await);
    let some = dates(&caller.bundle("Observation?date=ge2026-05-15").await);
    let expected: Vec<String> = all.iter().filter(|date| date.as_str() >= "2026-05-15").cloned().collect();
    assert_eq!(some, expected);
    assert!(!some.is_empty() && some.len() < all.len(), "{} of {}", some.len(), all.len());
    network.stop().await;
}

#[tokio::test]
async fn a_consent_that_is_withdrawn_between_two_pages_ends_the_search() {
    // E24
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let next = link(&caller.bundle("Observation?_count=4").await, "next").unwrap();
    assert_eq!(caller.url(&next).await.status, 200);
    let who = patient(&network, 0, "p1");
    let mut tx = network.server.app.store().write().await.unwrap();
    let given = consents::list_valid(&mut tx, &who, network.clock.now()).await.unwrap();
    assert!(consents::withdraw(&mut tx, &who, given[0].id, network.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    let refused = caller.url(&next).await;
    assert_eq!((refused.status, refused.issue().as_str()), (401, "login"));
    network.stop().await;
}

#[tokio::test]
async fn the_self_link_names_what_was_honoured_and_nothing_else() {
    let (network, _) = demo().await;
    let caller = Caller::new(&network, FIRST_BSN).await;
    let base = network.base("HG-R4");
    let cases = [
        ("Encounter", "Encounter"),
        ("Encounter?colour=red&status=finished&_format=json", "Encounter?status=finished"),
        ("Encounter?_lastUpdated=ge2020&_sort=date", "Encounter"),
        ("Observation?_include=Observation:subject&date=ge2020-01-01", "Observation?date=ge2020-01-01"),
    ];
    for (asked, told) in cases {
        let bundle = caller.bundle(asked).await;
        assert_eq!(link(&bundle, "self"), Some(format!("{base}/{told}")), "{asked}");
    }
    network.stop().await;
}
