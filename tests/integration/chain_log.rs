//! MedMij's chain log: told of every step, in order and once, and of no person.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use dvza::audit::forward::{ForwardError, Forwarder, Told};
use dvza::cli::wire;
use dvza::config::ChainLog;
use dvza::http::listeners::{Limits, Listener};
use dvza::http::tls::{Clients, ReloadingTls, TlsFiles};
use dvza::pgo::Wish;
use dvza::sample::practice::FIRST_BSN;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::support::demo::Delivery;
use crate::support::engines::postgres_schema;
use crate::support::network::{Network, T};
use crate::support::postgres;

/// A receiver that may be broken, and remembers what it took by key.
#[derive(Default)]
struct Receiver {
    broken: Option<u16>,
    keys: Vec<String>,
    lines: Vec<Value>,
}

type Shared = Arc<Mutex<Receiver>>;

async fn take(State(state): State<Shared>, headers: HeaderMap, Json(lines): Json<Vec<Value>>) -> StatusCode {
    let mut state = state.lock().unwrap();
    state.keys.push(headers["idempotency-key"].to_str().unwrap().to_owned());
    if let Some(status) = state.broken {
        return StatusCode::from_u16(status).unwrap();
    }
    state.lines.extend(lines);
    StatusCode::ACCEPTED
}

async fn receiver(network: &Network) -> (Shared, Url, CancellationToken) {
    let file = |name: &str| network.dir.path().join("certs").join(name);
    let clients = Clients::Certified { roots: file("ca.pem"), crls: Vec::new() };
    let files = TlsFiles { cert: file("console.pem"), key: file("console.key"), clients };
    let second = Duration::from_secs(1);
    let limits = Limits { connections: 10, handshake: second, head: second, drain: second };
    let listener = Listener::bind("receiver", ([127, 0, 0, 1], 0).into(), limits).await.unwrap();
    let url = Url::parse(&format!("https://localhost:{}/v1/logs", listener.local_address().port())).unwrap();
    let (state, stop) = (Shared::default(), CancellationToken::new());
    let router = Router::new().route("/v1/logs", post(take)).with_state(state.clone());
    tokio::spawn(listener.serve_tls(ReloadingTls::open("chain_log", files).unwrap().current(), router, stop.clone()));
    (state, url, stop)
}

fn forwarder(network: &Network, url: &Url) -> Forwarder {
    let file = |name: &str| network.dir.path().join("certs").join(name);
    let log = ChainLog {
        url: url.clone(),
        cert: file("pgo.pem"),
        key: file("pgo.key"),
        roots: file("ca.pem"),
        every_seconds: 10,
    };
    let app = &network.server.app;
    let parts = (app.store().clone(), app.sealer().clone(), network.clock.clone());
    wire::forwarder(&log, network.config(), parts).unwrap()
}

async fn tell_all(forwarder: &Forwarder) -> usize {
    let mut told = 0;
    while let Told::Lines(lines) = forwarder.tell().await.unwrap() {
        told += lines;
    }
    told
}

#[tokio::test]
async fn every_step_is_told_in_order_and_once_whatever_happens_to_the_receiver_or_the_server() {
    let mut addresses = vec![None];
    if let Some(server) = postgres::address() {
        addresses.push(Some(postgres_schema(server).await));
    }
    for address in addresses {
        let delivery = Delivery::demo();
        let network = Network::start_on(T, std::slice::from_ref(&delivery.bytes), address.as_deref()).await;
        let (state, url, stop) = receiver(&network).await;
        let node = forwarder(&network, &url);
        assert_eq!(node.tell().await.unwrap(), Told::Nothing, "history is not told");

        let tokens = network.tokens(FIRST_BSN).await.unwrap();
        let collected = network.collect(&tokens).await;
        assert!(network.tokens_at(0, FIRST_BSN, Wish::CancelLanding).await.is_err());

        state.lock().unwrap().broken = Some(503);
        for _ in 0..2 {
            assert!(matches!(node.tell().await, Err(ForwardError::Refused(text)) if text == "status 503"));
        }
        state.lock().unwrap().broken = None;
        let told = tell_all(&node).await;
        {
            let state = state.lock().unwrap();
            assert_eq!(state.lines.len(), told);
            assert!(state.keys[0] == state.keys[1] && state.keys[1] == state.keys[2], "told again under the same key");
            check(&state.lines, collected.len(), &delivery);
        }

        // A server that starts again, and one that runs beside.
        let again = forwarder(&network, &url);
        assert_eq!(again.tell().await.unwrap(), Told::NotOurTurn);
        network.pass(121);
        assert_eq!(again.tell().await.unwrap(), Told::Nothing, "nothing is told twice");
        assert_eq!(node.tell().await.unwrap(), Told::NotOurTurn);
        assert_eq!(state.lock().unwrap().lines.len(), told);
        stop.cancel();
        network.stop().await;
    }
}

fn check(lines: &[Value], services: usize, delivery: &Delivery) {
    let types: Vec<&str> = lines.iter().map(|line| line["event"]["type"].as_str().unwrap()).collect();
    let begin = [
        "receive_authorization_request",
        "show_landing_page",
        "send_authentication_request",
        "receive_authentication_response",
        "show_consent_page",
        "consent_given",
        "send_authorization_response",
        "receive_token_request",
        "send_token_response",
        "receive_resource_request",
    ];
    let mut rest = types.iter();
    for step in begin {
        assert!(rest.any(|found| *found == step), "{step} is missing, or in another order: {types:?}");
    }
    assert_eq!(types.last(), Some(&"send_authorization_cancellation"), "{types:?}");
    assert!(services >= 2);
    let sessions: BTreeSet<_> = lines.iter().map(|line| line["event"]["session_id"].as_str().unwrap()).collect();
    assert_eq!(sessions.len(), 2, "one for each flow");
    let request = lines.iter().find(|line| line["event"]["type"] == "receive_resource_request").unwrap();
    assert_eq!(request["request"]["client_id"], "pgo.dvza.test");
    assert!(!request["request"]["uri"].as_str().unwrap().contains('?'));
    let text = serde_json::to_string(lines).unwrap();
    for number in delivery.numbers() {
        assert!(!text.contains(&number));
    }
    for word in ["patient", "G3", "relation", "consent_id"] {
        assert!(!text.contains(word), "{word}");
    }
}
