//! A practice on the lists: what the register says against what the installation serves.

use dvza::cli::doctor::{Finding, Health};
use dvza::cli::entry::Entry;
use dvza::cli::lists;
use dvza::cli::probe::{Credentials, Probe};
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::catalogue::Catalogue;
use dvza::medmij::schema::Schemas;
use dvza::medmij::{
    EndpointUri, Environment, ListKind, ListVersion, MedMijName, Provider, ProviderService, Zal, Zkl, write,
};
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
    // Endpoints stand with every service on the list.
    let all = Catalogue::built_in().unwrap().services().len();
    let folder = network.config().lists.dir.clone().unwrap();
    let host = network.config().listeners.back.public_url.host_str().unwrap().to_owned();
    let cases = [
        (ZAL, name.clone(), "anderepraktijk@medmij".to_owned(), "is not on it", 1),
        (ZAL, front, other.to_owned(), "AuthorizationEndpointuri is https://elsewhere.example/oauth/authorize on", all),
        (ZAL, "/oauth/token".to_owned(), "/token".to_owned(), "TokenEndpointuri", all),
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

#[tokio::test]
async fn what_is_written_for_the_register_is_what_it_must_publish() {
    let (network, _) = demo().await;
    let entry = entry(&network).await;
    let version = ListVersion { number: 7, made_at: network.clock.now() };
    let provider = entry.provider(Environment::Development).unwrap();
    let text = write::zal(&version, std::slice::from_ref(&provider)).unwrap();
    Schemas::built_in().unwrap().check(ListKind::Zal, &text).unwrap();
    let path = network.config().lists.dir.clone().unwrap().join(ZAL);
    std::fs::write(path, text).unwrap();
    assert_eq!(faults(&compare(&network).await), [""; 0]);

    // Release 2 knows names of letters and front addresses without a port only.
    let old = write::zal_release_2(&version, std::slice::from_ref(&provider)).unwrap_err().to_string();
    assert!(old.contains("localhost") && old.contains("no port"), "{old}");
    let elsewhere = |text: &str| text.replace(&network_host(&network), "dva.example.nl");
    let mut public = provider.clone();
    for service in &mut public.interfaces[0].services {
        service.authorization =
            EndpointUri::front("https://dva.example.nl/oauth/authorize", Environment::Production).unwrap();
        service.token = EndpointUri::back(&elsewhere(service.token.as_str()), Environment::Production).unwrap();
        let resource = elsewhere(service.roles[0].resource.as_str());
        service.roles[0].resource = EndpointUri::back(&resource, Environment::Production).unwrap();
    }
    let text = write::zal_release_2(&version, std::slice::from_ref(&public)).unwrap();
    Schemas::built_in().unwrap().check(ListKind::Zal, &text).unwrap();
    let read = Zal::parse(text.as_bytes(), Environment::Production).unwrap();
    assert_eq!(read.find(&public.name).unwrap().interfaces[0].services, public.interfaces[0].services);
    let numbered = Provider { name: MedMijName::registered("delinde2@medmij").unwrap(), ..public };
    let old = write::zal_release_2(&version, &[numbered]).unwrap_err().to_string();
    assert!(old.contains("delinde2@medmij does not fit release 2"), "{old}");
    network.stop().await;
}

fn network_host(network: &Network) -> String {
    network.config().listeners.back.public_url.host_str().unwrap().to_owned()
}

#[tokio::test]
async fn endpoints_are_met_as_a_pgo_would_and_what_differs_is_told() {
    let (network, _) = demo().await;
    let now = Clock::system().now();
    let right = entry(&network).await.provider(Environment::Development).unwrap();
    let file = |name: &str| network.dir.path().join("certs").join(name);
    let credentials =
        Credentials::of(network.config(), Some((&file("pgo.pem"), &file("pgo.key"))), Some(&file("ca.pem")));
    let probe = Probe::new(&credentials, now).unwrap();
    let findings = probe.meet(&right).await;
    assert_eq!(faults(&findings), [""; 0]);
    for expected in [
        "no redirect",
        "as a token endpoint",
        "refuses who shows no client certificate",
        "FHIR 4.0.1",
        "without a token",
        "clock agrees",
    ] {
        assert!(findings.iter().any(|finding| finding.text.contains(expected)), "{expected}: {findings:?}");
    }

    // Each address wrong in a way of its own.
    let change = |make: &dyn Fn(&mut ProviderService)| {
        let mut wrong = right.clone();
        wrong.interfaces[0].services.truncate(1);
        make(&mut wrong.interfaces[0].services[0]);
        wrong
    };
    let front =
        |path: &str| format!("{}{path}", network.config().listeners.front.public_url.origin().ascii_serialization());
    let address = |text: String| EndpointUri::back(&text, Environment::Development).unwrap();
    let token_at_front = address(front("/oauth/authorize"));
    let nowhere = address("https://localhost:1/oauth/token".to_owned());
    let resources_at_token = address(network.config().listeners.back.public_url.join("/oauth").unwrap().to_string());
    let cases = [
        (change(&|service| service.token = token_at_front.clone()), "who shows no client certificate"),
        (change(&|service| service.token = nowhere.clone()), "cannot be reached as a PGO would"),
        (change(&|service| service.authorization = service.token.clone()), "cannot be reached"),
        (change(&|service| service.authorization = address(front("/nowhere"))), "is it an authorization endpoint?"),
        (change(&|service| service.roles[0].resource = resources_at_token.clone()), "is it a FHIR endpoint?"),
    ];
    for (provider, expected) in cases {
        let found = faults(&probe.meet(&provider).await);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}");
    }
    let later = Probe::new(&credentials, now.plus_seconds(60)).unwrap();
    assert!(faults(&later.meet(&right).await).iter().any(|fault| fault.contains("seconds from ours")));
    let after_all = Timestamp::parse_rfc3339("2099-12-15T00:00:00Z").unwrap();
    let told = Probe::new(&credentials, after_all).unwrap().meet(&right).await;
    assert!(
        told.iter().any(|finding| finding.health == Health::Warning && finding.text.contains("ends in")),
        "{told:?}"
    );

    // Roots that the certificates do not come from.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let path = network.dir.path().join("other.pem");
    std::fs::write(&path, other.cert.pem()).unwrap();
    let strict = Credentials { front_roots: vec![path.clone()], back_roots: vec![path], ..credentials };
    let found = faults(&Probe::new(&strict, now).unwrap().meet(&right).await);
    assert!(
        found.iter().all(|fault| fault.contains("UnknownIssuer") || fault.contains("certificate")) && !found.is_empty(),
        "{found:?}"
    );
    network.stop().await;
}
