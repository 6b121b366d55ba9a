//! The MedMij lists as a service: a register that speaks real TLS hands out good and bad lists, and only good, newer ones are used.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use dvza::cli::{devlists, wire};
use dvza::config::Register as Address;
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::catalogue::Catalogue;
use dvza::http::listeners::{Limits, Listener};
use dvza::http::tls::{Clients, ReloadingTls, TlsFiles};
use dvza::lists::{FetchError, HttpsSource, Keeper, Outcome, Refusal};
use dvza::medmij::{Environment, Fault, ListKind};
use dvza::store::{leases, lists};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::support::Engine;
use crate::support::engines::engines;
use crate::support::wire::browser;

const NOW: &str = "2026-06-15T10:00:00+02:00";

/// A register under the test's control: lists by file name, or a status.
struct Register {
    network: tempfile::TempDir,
    port: u16,
    shelf: Shelf,
    stop: CancellationToken,
}

type Shelf = Arc<Mutex<HashMap<String, Result<String, u16>>>>;

async fn hand_out(State(shelf): State<Shelf>, request: Request) -> (StatusCode, String) {
    // Whoever forgets the interface version gets what a register without it would give: nothing.
    if request.uri().query() != Some("api=2") {
        return (StatusCode::NOT_FOUND, String::new());
    }
    let name = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    match shelf.lock().unwrap().get(&name) {
        Some(Ok(text)) => (StatusCode::OK, text.clone()),
        Some(Err(status)) => (StatusCode::from_u16(*status).unwrap(), String::new()),
        None => (StatusCode::NOT_FOUND, String::new()),
    }
}

impl Register {
    async fn open() -> Self {
        let network = tempfile::tempdir().unwrap();
        let practice =
            DevPractice { medmij_name: "huisartsdelinde@medmij".to_owned(), display_name: "De Linde".to_owned() };
        let practices = [practice];
        let ports = Ports::unused().unwrap();
        let now = Timestamp::parse_rfc3339(NOW).unwrap();
        let dev = DevNetwork::create_or_open(network.path(), ports, &practices).unwrap();
        let texts = devlists::write(&dev, &practices, &Catalogue::built_in().unwrap(), now).unwrap();
        let mut shelf = HashMap::new();
        for (kind, text) in [
            (ListKind::Zal, texts.zal),
            (ListKind::Ocl, texts.ocl),
            (ListKind::Whl, texts.whl),
            (ListKind::Gnl, texts.gnl),
        ] {
            shelf.insert(kind.file_name(), Ok(text));
        }
        let shelf: Shelf = Arc::new(Mutex::new(shelf));
        let file = |name: &str| network.path().join("certs").join(name);
        let clients = Clients::Certified { roots: file("ca.pem"), crls: Vec::new() };
        let files = TlsFiles { cert: file("back.pem"), key: file("back.key"), clients };
        let second = Duration::from_secs(1);
        let limits = Limits { connections: 10, handshake: second, head: second, drain: second };
        let listener = Listener::bind("register", ([127, 0, 0, 1], 0).into(), limits).await.unwrap();
        let (port, stop) = (listener.local_address().port(), CancellationToken::new());
        let router = Router::new().fallback(hand_out).with_state(shelf.clone());
        tokio::spawn(listener.serve_tls(
            ReloadingTls::open("register", files).unwrap().current(),
            router,
            stop.clone(),
        ));
        Self { network, port, shelf, stop }
    }

    fn address(&self) -> Address {
        let file = |name: &str| self.network.path().join("certs").join(name);
        Address {
            url: Url::parse(&format!("https://localhost:{}/lijsten", self.port)).unwrap(),
            cert: file("pgo.pem"),
            key: file("pgo.key"),
            roots: file("ca.pem"),
            koppellijst: false,
        }
    }

    fn keeper(&self, engine: &Engine, clock: &Clock, node: &str) -> Keeper {
        let address = self.address();
        let source = HttpsSource::new(wire::register_client(&address).unwrap(), address.url).impatient();
        let (network, kinds) = (Environment::Development, &ListKind::DECIDING);
        Keeper::new(engine.store.clone(), Arc::new(source), network, clock.clone(), kinds, node.to_owned()).unwrap()
    }

    fn put(&self, kind: ListKind, list: Result<String, u16>) {
        self.shelf.lock().unwrap().insert(kind.file_name(), list);
    }

    fn text(&self, kind: ListKind) -> String {
        self.shelf.lock().unwrap()[&kind.file_name()].clone().unwrap()
    }

    /// The list as it is, with another Volgnummer.
    fn numbered(&self, kind: ListKind, number: u64) -> String {
        let text = self.text(kind);
        let (before, rest) = text.split_once("<Volgnummer>").unwrap();
        let (_, after) = rest.split_once("</Volgnummer>").unwrap();
        format!("{before}<Volgnummer>{number}</Volgnummer>{after}")
    }
}

async fn outcome(keeper: &Keeper, kind: ListKind) -> Outcome {
    keeper.fetch().await.into_iter().find(|(fetched, _)| *fetched == kind).unwrap().1
}

#[tokio::test]
async fn lists_are_fetched_kept_and_confirmed_on_every_database() {
    let register = Register::open().await;
    for engine in engines().await {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let keeper = register.keeper(&engine, &clock, "a");
        assert!(keeper.load().await.unwrap().is_none());
        let first = keeper.fetch().await;
        assert!(first.len() == 4 && first.iter().all(|(_, outcome)| matches!(outcome, Outcome::New(_))), "{first:?}");
        let loaded = keeper.load().await.unwrap().unwrap();
        assert!(loaded.client("pgo.dvza.test").is_some());
        assert_eq!(loaded.good_at, clock.now());

        clock.set(clock.now().plus_seconds(600));
        let again = keeper.fetch().await;
        assert!(again.iter().all(|(_, outcome)| matches!(outcome, Outcome::Unchanged(_))), "{again:?}");
        assert_eq!(keeper.load().await.unwrap().unwrap().good_at, clock.now(), "seen again, so as good as new");
        // Another node reads what this one stored.
        let other = register.keeper(&engine, &clock, "b");
        assert_eq!(other.load().await.unwrap(), keeper.load().await.unwrap());
    }
    register.stop.cancel();
}

#[tokio::test]
async fn nothing_worse_takes_the_place_of_a_good_list() {
    let register = Register::open().await;
    for engine in engines().await {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let keeper = register.keeper(&engine, &clock, "a");
        let good = register.numbered(ListKind::Whl, 10);
        register.put(ListKind::Whl, Ok(good.clone()));
        keeper.fetch().await;
        let fetched_at = clock.now();
        clock.set(fetched_at.plus_seconds(60));
        let newer = register.numbered(ListKind::Whl, 11);
        let without_nodes = {
            let (head, rest) = newer.split_once("<MedMijNodes>").unwrap();
            let (_, tail) = rest.split_once("</MedMijNodes>").unwrap();
            format!("{head}<MedMijNodes><Leeg/></MedMijNodes>{tail}")
        };
        type Expected = fn(&Refusal) -> bool;
        let cases: [(&str, Result<String, u16>, Expected); 9] = [
            ("older", Ok(register.numbered(ListKind::Whl, 9)), |refusal| {
                matches!(refusal, Refusal::Older { known: 10, got: 9 })
            }),
            ("a newer number made earlier", Ok(newer.replace("<Tijdstempel>20", "<Tijdstempel>19")), |refusal| {
                matches!(refusal, Refusal::Older { .. })
            }),
            ("the same number, another text", Ok(good.replace("pgo.dvza.test", "kwaad.dvza.test")), |refusal| {
                matches!(refusal, Refusal::Renumbered { number: 10 })
            }),
            (
                "an element more",
                Ok(without_nodes),
                |refusal| matches!(refusal, Refusal::Fault(error) if error.fault == Fault::Schema),
            ),
            (
                "a wildcard",
                Ok(newer.replace("pgo.dvza.test", "*.dvza.test")),
                |refusal| matches!(refusal, Refusal::Fault(error) if matches!(error.fault, Fault::Form(_))),
            ),
            (
                "another list",
                Ok(register.text(ListKind::Gnl)),
                |refusal| matches!(refusal, Refusal::Fault(error) if error.fault == Fault::WrongRoot),
            ),
            (
                "half a list",
                Ok(newer[..newer.len() / 2].to_owned()),
                |refusal| matches!(refusal, Refusal::Fault(error) if error.fault == Fault::NotWellFormed),
            ),
            ("nothing", Ok(String::new()), |refusal| matches!(refusal, Refusal::Fault(_))),
            ("an error", Err(503), |refusal| matches!(refusal, Refusal::Fetch(FetchError::Status { status: 503, .. }))),
        ];
        for (case, list, expected) in cases {
            register.put(ListKind::Whl, list);
            match outcome(&keeper, ListKind::Whl).await {
                Outcome::Refused(refusal) => assert!(expected(&refusal), "{case}: {refusal:?}"),
                other => panic!("{case}: {other:?}"),
            }
            let loaded = keeper.load().await.unwrap().unwrap();
            assert!(loaded.whl.contains("pgo.dvza.test"), "{case}: the last good one stays");
            assert_eq!(loaded.good_at, fetched_at, "{case}: and gets no younger by it");
        }
        register.put(ListKind::Whl, Ok(newer));
        assert!(matches!(outcome(&keeper, ListKind::Whl).await, Outcome::New(version) if version.number == 11));
        register.put(ListKind::Whl, Ok(good));
    }
    register.stop.cancel();
}

#[tokio::test]
async fn who_cannot_be_reached_or_wants_another_certificate_leaves_the_last_good_lists_until_they_are_too_old() {
    let register = Register::open().await;
    for engine in engines().await {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let keeper = register.keeper(&engine, &clock, "a");
        keeper.fetch().await;
        let nowhere = HttpsSource::new(
            wire::register_client(&register.address()).unwrap(),
            Url::parse("https://localhost:1/").unwrap(),
        );
        let (network, kinds) = (Environment::Development, &ListKind::DECIDING);
        let stranded =
            Keeper::new(engine.store.clone(), Arc::new(nowhere.impatient()), network, clock.clone(), kinds, "b".into());
        let stranded = stranded.unwrap();
        clock.set(clock.now().plus_seconds(3600));
        for (kind, outcome) in stranded.fetch().await {
            assert!(matches!(outcome, Outcome::Refused(Refusal::Fetch(FetchError::Unreachable { .. }))), "{kind}");
        }
        let loaded = stranded.load().await.unwrap().unwrap();
        assert!(loaded.are_usable_at(clock.now(), 86_400));
        clock.set(clock.now().plus_seconds(86_400));
        assert!(!loaded.are_usable_at(clock.now(), 86_400));
    }
    // Without a certificate of the network the register does not speak.
    let bare = browser(&register.network.path().join("certs/ca.pem"));
    let url = format!("https://localhost:{}/MedMij_Whitelist.xml?api=2", register.port);
    assert!(bare.get(url).send().await.is_err());
    register.stop.cancel();
}

#[tokio::test]
async fn one_node_fetches_for_all_until_it_is_gone() {
    let register = Register::open().await;
    for engine in engines().await {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let (one, two) = (register.keeper(&engine, &clock, "one"), register.keeper(&engine, &clock, "two"));
        assert!(one.takes_the_turn(660).await.unwrap());
        assert!(!two.takes_the_turn(660).await.unwrap());
        clock.set(clock.now().plus_seconds(600));
        assert!(one.takes_the_turn(660).await.unwrap(), "whoever has it renews it");
        assert!(!two.takes_the_turn(660).await.unwrap());
        clock.set(clock.now().plus_seconds(661));
        assert!(two.takes_the_turn(660).await.unwrap(), "a node that is gone loses it");
        assert!(!one.takes_the_turn(660).await.unwrap());
    }
    register.stop.cancel();
}

#[tokio::test]
async fn of_two_nodes_that_store_at_the_same_time_the_newer_list_stays() {
    let register = Register::open().await;
    for engine in engines().await {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        register.keeper(&engine, &clock, "a").fetch().await;
        let mut tx = engine.store.write().await.unwrap();
        let stored = lists::all(&mut tx).await.unwrap();
        let whl = stored.iter().find(|list| list.kind == ListKind::Whl).unwrap();
        let mut later = whl.version;
        later.number += 2;
        assert!(lists::put(&mut tx, ListKind::Whl, &later, "later", clock.now()).await.unwrap());
        let mut earlier = whl.version;
        earlier.number += 1;
        assert!(!lists::put(&mut tx, ListKind::Whl, &earlier, "earlier", clock.now()).await.unwrap());
        assert!(!lists::confirm(&mut tx, ListKind::Whl, &earlier, clock.now()).await.unwrap());
        assert_eq!(lists::text(&mut tx, ListKind::Whl).await.unwrap().as_deref(), Some("later"));
        assert_eq!(lists::text(&mut tx, ListKind::Zkl).await.unwrap(), None);
        let until = clock.now().plus_seconds(1);
        assert!(leases::take(&mut tx, "x", "a", clock.now(), until).await.unwrap());
        assert!(!leases::take(&mut tx, "x", "b", clock.now(), until).await.unwrap());
        tx.close().await.unwrap();
    }
    register.stop.cancel();
}
