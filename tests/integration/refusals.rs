//! What is refused, and how, over the real listeners: each refusal as the PGO's server sees it.

mod gates;
mod tokens;

use dvza::devnet::authority::{Authority, Leaf, Usage};
use dvza::pgo::{Party, Pgo, Wish};
use dvza::sample::practice::FIRST_BSN;
use reqwest::{Method, RequestBuilder};

use crate::flows::demo;
use crate::support::demo::Delivery;
use crate::support::network::{Network, T};
use crate::support::wire::{Seen, UUID, client, medmij, pgo_client, proper, seen};

const INVALID_TOKEN: &str = "Bearer error=\"invalid_token\"";
const INVALID_REQUEST: &str = "Bearer error=\"invalid_request\"";
const INSUFFICIENT_SCOPE: &str = "Bearer error=\"insufficient_scope\"";

/// Status, issue code and the beginning of the challenge.
type Expected = (u16, &'static str, &'static str);

fn assert_refused(case: &str, answer: &Seen, expected: Expected) {
    assert_eq!((answer.status, answer.issue().as_str()), (expected.0, expected.1), "{case}");
    let challenge = answer.challenge();
    assert!(challenge.starts_with(expected.2) && challenge.is_empty() == expected.2.is_empty(), "{case}: {challenge}");
}

#[tokio::test]
async fn a_request_without_a_good_token_and_good_headers_is_refused() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let http = pgo_client(&network);
    let patient = format!("{}/Patient", network.base("HG-R4"));
    let token = tokens.expose_access_token();
    let get = || http.get(&patient);
    let cases: Vec<(&str, RequestBuilder, Expected)> = vec![
        ("no token", medmij(get()), (401, "login", "Bearer")),
        ("another scheme", medmij(get()).basic_auth("a", Some("b")), (401, "login", "Bearer")),
        ("garbage", medmij(get()).bearer_auth("bm90LWEtdG9rZW4"), (401, "login", INVALID_TOKEN)),
        ("not even base64", medmij(get()).bearer_auth("%%%"), (401, "login", INVALID_TOKEN)),
        ("very long", medmij(get()).bearer_auth("A".repeat(6000)), (401, "login", INVALID_TOKEN)),
        ("one letter short", medmij(get()).bearer_auth(&token[1..]), (401, "login", INVALID_TOKEN)),
        (
            "in the query",
            medmij(http.get(format!("{patient}?access_token={token}"))),
            (400, "invalid", INVALID_REQUEST),
        ),
        (
            "in the query too",
            proper(http.get(format!("{patient}?access_token={token}")), &tokens),
            (400, "invalid", INVALID_REQUEST),
        ),
        ("two tokens", proper(get(), &tokens).header("authorization", "Bearer x"), (400, "invalid", INVALID_REQUEST)),
        ("no MedMij headers", get().bearer_auth(token), (400, "invalid", INVALID_REQUEST)),
        (
            "no correlation id",
            get().bearer_auth(token).header("medmij-request-id", UUID),
            (400, "invalid", INVALID_REQUEST),
        ),
        (
            "a request id that is none",
            get().bearer_auth(token).header("medmij-request-id", "1").header("x-correlation-id", UUID),
            (400, "invalid", INVALID_REQUEST),
        ),
        (
            "two request ids",
            proper(get(), &tokens).header("medmij-request-id", UUID),
            (400, "invalid", INVALID_REQUEST),
        ),
    ];
    for (case, request, expected) in cases {
        let answer = seen(request).await;
        assert_refused(case, &answer, expected);
        assert!(!String::from_utf8(answer.body).unwrap().contains(token), "{case}: the token is repeated");
    }
    assert_eq!(seen(proper(get(), &tokens)).await.status, 200, "the good request in between is answered");
    network.stop().await;
}

#[tokio::test]
async fn a_token_is_good_for_its_client_its_practice_its_services_and_its_time() {
    let deliveries = [Delivery::demo().bytes, other_practice()];
    let network = Network::start(T, &deliveries).await;
    network.set("services.DOC-R4", "false").await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    assert!(tokens.services.len() > 5 && !tokens.services.contains(&"DOC-R4".to_owned()), "{:?}", tokens.services);
    network.pass(1);
    network.set("services.DOC-R4", "true").await;
    let http = pgo_client(&network);
    let other = client(&network, Some(&network.demo.other_pgo.certificate));
    let stranger = client(&network, Some(&network.demo.stranger));
    let patient = format!("{}/Patient", network.base("HG-R4"));
    let documents = format!("{}/DocumentReference", network.base("DOC-R4"));
    let elsewhere = format!("{}/Patient", network.base_at(1, "HG-R4"));
    let nowhere = format!("{}/fhir/bestaatniet/HG-R4/Patient", network.demo.back);
    let cases = [
        ("the other PGO", other.get(&patient), (401, "login", INVALID_TOKEN)),
        ("a stranger", stranger.get(&patient), (401, "login", INVALID_TOKEN)),
        ("a service without consent", http.get(&documents), (403, "forbidden", INSUFFICIENT_SCOPE)),
        ("another practice", http.get(&elsewhere), (403, "forbidden", INSUFFICIENT_SCOPE)),
        ("a practice that does not exist", http.get(&nowhere), (403, "forbidden", INSUFFICIENT_SCOPE)),
    ];
    for (case, request, expected) in cases {
        assert_refused(case, &seen(proper(request, &tokens)).await, expected);
    }
    network.pass(898);
    assert_eq!(seen(proper(http.get(&patient), &tokens)).await.status, 200, "after 899 seconds");
    network.pass(1);
    assert_refused(
        "after 900 seconds",
        &seen(proper(http.get(&patient), &tokens)).await,
        (401, "expired", INVALID_TOKEN),
    );
    network.stop().await;
}

fn other_practice() -> Vec<u8> {
    let mut bytes = Vec::new();
    let now = dvza::domain::time::Timestamp::parse_rfc3339(T).unwrap();
    dvza::sample::synth::synth_practice(2, 2, 1, now, &mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn what_is_not_offered_is_refused_by_the_status_fhir_has_for_it() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let http = pgo_client(&network);
    let base = network.base("HG-R4");
    let request = |method: Method, path: &str| proper(http.request(method, format!("{base}/{path}")), &tokens);
    let get = |path: &str| request(Method::GET, path);
    let accept = |accept: &str| get("Patient").header("accept", accept);
    let cases: Vec<(&str, RequestBuilder, Expected)> = vec![
        ("a type of another service", get("DocumentReference"), (404, "not-supported", "")),
        ("a type that does not exist", get("Recipe"), (404, "not-supported", "")),
        ("a type that can only be read", get("Practitioner"), (404, "not-supported", "")),
        ("a history", get("Patient/1/_history"), (404, "not-supported", "")),
        ("an operation", get("Patient/$everything"), (404, "not-found", "")),
        ("POST", request(Method::POST, "Patient"), (405, "not-supported", "")),
        ("a transaction", proper(http.post(&base), &tokens), (405, "not-supported", "")),
        (
            "a large transaction",
            proper(http.post(&base), &tokens).body(vec![b' '; 500_000]),
            (405, "not-supported", ""),
        ),
        ("a transaction below the base", request(Method::POST, ""), (405, "not-supported", "")),
        ("the base itself", proper(http.get(&base), &tokens), (404, "not-supported", "")),
        ("PUT", request(Method::PUT, "Patient/1"), (405, "not-supported", "")),
        ("DELETE", request(Method::DELETE, "Patient/1"), (405, "not-supported", "")),
        ("a page", accept("text/html"), (406, "not-supported", "")),
        ("an older FHIR", accept("application/fhir+json; fhirVersion=3.0"), (406, "not-supported", "")),
        ("a format that is none", get("Patient?_format=turtle"), (406, "not-supported", "")),
        ("a patient", get("Encounter?patient=1"), (400, "invalid", INVALID_REQUEST)),
        ("a subject", get("Encounter?subject=Patient/1"), (400, "invalid", INVALID_REQUEST)),
        ("a chain", get("Encounter?subject.birthdate=1970"), (400, "invalid", INVALID_REQUEST)),
        ("a reverse chain", get("Patient?_has:Encounter:subject:status=x"), (400, "invalid", INVALID_REQUEST)),
        ("a date that is none", get("Encounter?date=yesterday"), (400, "invalid", INVALID_REQUEST)),
        ("a modifier", get("Encounter?status:not=finished"), (400, "invalid", INVALID_REQUEST)),
    ];
    for (case, request, expected) in cases {
        assert_refused(case, &seen(request).await, expected);
    }
    let metadata = seen(http.get(format!("{base}/metadata"))).await;
    assert_eq!((metadata.status, &metadata.json()["resourceType"]), (200, &"CapabilityStatement".into()));
    network.stop().await;
}

#[tokio::test]
async fn without_a_client_certificate_there_is_no_connection() {
    let (network, _) = demo().await;
    let anonymous = client(&network, None);
    for path in ["/oauth/token", "/fhir/testpraktijka/HG-R4/metadata"] {
        let answer = anonymous.get(format!("{}{path}", network.demo.back)).send().await;
        assert!(answer.is_err(), "{path} was answered");
    }
    assert!(anonymous.get(&network.demo.consents).send().await.is_ok(), "browsers need none");
    network.stop().await;
}

#[tokio::test]
async fn a_stranger_gets_no_token_for_anything() {
    let (network, _) = demo().await;
    let authorized = network
        .pgo()
        .authorize(&network.practice_name(0), &dvza::pgo::Person::new(FIRST_BSN.parse().unwrap(), Wish::ConsentOnce))
        .await
        .unwrap();
    let stranger = Pgo::from_demo_as(Party::Stranger, network.dir.path(), &network.demo).unwrap();
    tokens::assert_token_refused(stranger.exchange(&authorized).await, 401, "invalid_client");
    network.stop().await;
}

/// A certificate for many hosts is a certificate for none: `client_id` must stand in it letter for letter.
#[tokio::test]
async fn a_wildcard_certificate_is_nobody() {
    let (network, _) = demo().await;
    let tokens = network.tokens(FIRST_BSN).await.unwrap();
    let certs = network.dir.path().join("certs");
    let read = |name: &str| std::fs::read_to_string(certs.join(name)).unwrap();
    let authority = Authority::open(&read("ca.pem"), &read("ca.key")).unwrap();
    let issued = authority.issue(&Leaf::new("*.dvza.test", Usage::Client)).unwrap();
    std::fs::write(certs.join("wild.pem"), issued.cert_pem).unwrap();
    std::fs::write(certs.join("wild.key"), issued.key_pem.as_bytes()).unwrap();
    let wild = network.client_with("wild");
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", &network.demo.pgo.client_id)];
    let url = network.config().listeners.back.public_url.join("/oauth/token").unwrap();
    let answer = seen(medmij(wild.post(url).form(&form))).await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()));
    let answer = seen(proper(wild.get(format!("{}/Patient", network.base("HG-R4"))), &tokens)).await;
    assert_eq!(answer.status, 401);
    network.stop().await;
}
