//! A practice on the lists: what the register says against what the installation serves.

use dvza::cli::doctor::{Finding, Health};
use dvza::cli::entry::Entry;
use dvza::cli::lists;
use dvza::fhir::catalogue::Catalogue;
use dvza::medmij::{Environment, Zkl};
use dvza::store::{practices, settings};

use crate::flows::demo;
use crate::support::network::Network;

const ZAL: &str = "MedMij_Zorgaanbiederslijst.xml";
const WHL: &str = "MedMij_Whitelist.xml";
const GNL: &str = "MedMij_Gegevensdienstnamenlijst.xml";

async fn entry(network: &Network) -> Entry {
    let mut tx = network.server.app.store().read().await.unwrap();
    let practice = practices::find(&mut tx, &network.practices[0]).await.unwrap().unwrap();
    let settings = settings::load_effective(&mut tx, &network.practices[0]).await.unwrap();
    tx.close().await.unwrap();
    Entry::of(&practice, &settings, &Catalogue::built_in().unwrap(), network.config()).unwrap()
}

async fn compare(network: &Network) -> Vec<Finding> {
    let lists = lists::read(network.config(), network.clock.now()).unwrap();
    entry(network).await.compare(&lists, None)
}

fn faults(findings: &[Finding]) -> Vec<String> {
    let bad = findings.iter().filter(|finding| finding.health == Health::Bad);
    bad.map(|finding| format!("{}: {}", finding.subject, finding.text)).collect()
}

#[tokio::test]
async fn what_the_lists_say_differently_is_found_and_named() {
    let (network, _) = demo().await;
    assert_eq!(faults(&compare(&network).await), [""; 0], "the lists of the network are right");
    let name = network.practice_name(0);
    let front = network.config().listeners.front.public_url.origin().ascii_serialization();
    let other = "https://elsewhere.example";
    let folder = network.config().lists.dir.clone().unwrap();
    let host = network.config().listeners.back.public_url.host_str().unwrap().to_owned();
    let cases = [
        (ZAL, name.clone(), "anderepraktijk@medmij".to_owned(), "is not on it", 1),
        (ZAL, front, other.to_owned(), "AuthorizationEndpointuri is https://elsewhere.example/oauth/authorize on", 2),
        (ZAL, "/oauth/token".to_owned(), "/token".to_owned(), "TokenEndpointuri", 2),
        (ZAL, "/HG-R4<".to_owned(), "/other<".to_owned(), "ResourceEndpointuri", 1),
        (ZAL, ">HG-R4<".to_owned(), ">HG-R5<".to_owned(), "HG-R4: is not on the list", 2),
        (ZAL, ">ZA<".to_owned(), ">BAZB<".to_owned(), "says Aanbiedertype BAZB", 1),
        (ZAL, "<InterfaceversieId>2<".to_owned(), "<InterfaceversieId>1<".to_owned(), "no InterfaceversieId 2", 1),
        (GNL, ">DOC-R4<".to_owned(), ">DOC-R5<".to_owned(), "DOC-R4: has no name", 1),
        (WHL, format!(">{host}<"), ">elsewhere.example<".to_owned(), "Whitelist: lacks", 1),
    ];
    for (list, old, new, expected, count) in cases {
        let path = folder.join(list);
        let right = std::fs::read_to_string(&path).unwrap();
        assert!(right.contains(&old), "{list} holds {old}: {right}");
        std::fs::write(&path, right.replace(&old, &new)).unwrap();
        let faults = faults(&compare(&network).await);
        assert!(faults.len() == count && faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
        std::fs::write(&path, right).unwrap();
    }

    network.set("services.DOC-R4", "false").await;
    let found = faults(&compare(&network).await);
    assert!(found.len() == 1 && found[0].starts_with("DOC-R4: is on the list and not served here"), "{found:?}");
    network.stop().await;
}

#[tokio::test]
async fn numbers_that_address_books_lack_are_told() {
    let (network, _) = demo().await;
    let lists = lists::read(network.config(), network.clock.now()).unwrap();
    let entry = entry(&network).await;
    let printed = entry.to_string();
    let number = |register: &str| {
        let line = printed.lines().find(|line| line.starts_with(register)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let list = |name: &str, agb: &str| {
        let text = format!(
            "<Zorgaanbiederskoppellijst xmlns=\"xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/\">\
             <Tijdstempel>2026-06-15T08:00:00+02:00</Tijdstempel><Volgnummer>1</Volgnummer><Zorgaanbieders>\
             <Zorgaanbieder><Zorgaanbiedernaam>{name}</Zorgaanbiedernaam><IdentificerendeKenmerken>\
             <IdentificerendKenmerk><AGB>{agb}</AGB></IdentificerendKenmerk></IdentificerendeKenmerken>\
             </Zorgaanbieder></Zorgaanbieders></Zorgaanbiederskoppellijst>"
        );
        Zkl::parse(text.as_bytes(), Environment::Development).unwrap()
    };
    let warnings = |list: &Zkl| {
        let findings = entry.compare(&lists, Some(list));
        let told = findings.into_iter().filter(|finding| finding.health == Health::Warning);
        told.map(|finding| finding.text).collect::<Vec<_>>()
    };
    let (name, agb) = (network.practice_name(0), number("AGB"));
    let lacking = |register: &str, number: &str| format!("does not have {register} {number} for this practice");
    assert_eq!(warnings(&list(&name, &agb)), [lacking("URA", &number("URA"))]);
    assert_eq!(warnings(&list(&name, "01000001")), [lacking("AGB", &agb), lacking("URA", &number("URA"))]);
    let told = warnings(&list("anderepraktijk@medmij", &agb));
    assert_eq!(told, ["does not have this practice: address books cannot find it"]);
    network.stop().await;
}
