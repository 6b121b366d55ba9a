//! What a DVA reports about a month: the steps of every flow, counted from the audit trail.

use dvza::cli::audit::figures;
use dvza::cli::server;
use dvza::pgo::{Person, Wish};
use dvza::sample::practice::FIRST_BSN;
use jiff::civil::date;

use crate::flows::demo;
use crate::support::demo::NOBODY;
use crate::support::network::Network;

async fn person(network: &Network, bsn: &str, wish: Wish) {
    let person = Person::new(bsn.parse().unwrap(), wish);
    let _ = network.pgo().authorize(&network.practice_name(0), &person).await;
}

#[tokio::test]
async fn a_month_is_reported_step_by_step_and_without_persons() {
    let (network, _) = demo().await;
    let tokens = network.tokens_at(0, FIRST_BSN, Wish::ConsentIndefinitely).await.unwrap();
    network.pgo().refresh(&tokens).await.unwrap();
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let requests: usize = network
        .collect(&tokens)
        .await
        .iter()
        .flat_map(|collected| &collected.sections)
        .map(|section| section.pages.len() + section.followed.len())
        .sum();
    for wish in [Wish::Refuse, Wish::CancelLanding, Wish::CancelLogin] {
        person(&network, FIRST_BSN, wish).await;
    }
    person(&network, NOBODY, Wish::ConsentOnce).await;
    let foundation = server::lay(network.config(), &network.clock).await.unwrap();
    let june = figures(network.config(), &foundation, date(2026, 6, 1)).await.unwrap();
    let expected = [
        ("authorization_requests", 6),
        ("landing_pages", 6),
        ("landing_cancelled", 1),
        ("logins_started", 5),
        ("logins_done", 4),
        ("logins_cancelled", 1),
        ("unavailable", 1),
        ("consents_once", 1),
        ("consents_indefinite", 1),
        ("consents_for_another", 0),
        ("consents_refused", 1),
        ("codes_sent", 2),
        ("tokens_by_code", 2),
        ("tokens_by_refresh", 1),
        ("token_errors", 0),
    ];
    for (name, count) in expected {
        assert_eq!(june.total.get(name), count, "{name}\n{june}");
    }
    let answered: u64 = tokens.services.iter().map(|service| june.total.resources(service)).sum();
    assert_eq!(answered, requests as u64);
    assert_eq!(june.standing_consents, 1);
    let name = network.practice_name(0);
    assert_eq!(june.practices[&name].get("codes_sent"), 2);
    let xml = june.to_xml().unwrap();
    assert!(
        xml.contains("<RapportageMaand>2026-06</RapportageMaand>") && xml.contains(&name) && !xml.contains(FIRST_BSN)
    );
    roxmltree::Document::parse(&xml).unwrap();
    // Another month is empty.
    let july = figures(network.config(), &foundation, date(2026, 7, 1)).await.unwrap();
    assert_eq!((july.total.get("authorization_requests"), july.standing_consents), (0, 1));
    foundation.store.close().await;
    network.stop().await;
}
