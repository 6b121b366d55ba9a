//! The test PGO against a small pretend server: a development network with hand-written pages and bundles.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path as UrlPath, Query, RawForm, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::devnet::{DevLists, DevNetwork, DevPractice, Ports};
use crate::domain::time::Timestamp;
use crate::http::extract::client::ClientIdentity;
use crate::http::listeners::{Limits, Listener};
use crate::http::tls::{Clients, ReloadingTls, TlsFiles};

/// What the pretend server was asked, and how it should behave.
#[derive(Default)]
struct Behaviour {
    /// The parameters of the authorization request.
    asked: Vec<(String, String)>,
    /// Bodies of token requests with their correlation ids.
    token_requests: Vec<(String, String)>,
    wrong_state: bool,
    unavailable: bool,
    /// The person must log in again and again.
    never_enough: bool,
    broken_page: bool,
    leave_site: bool,
}

type Shared = Arc<Mutex<Behaviour>>;

struct Demo {
    _dir: TempDir,
    pgo: Pgo,
    stranger: Pgo,
    shared: Shared,
    stop: CancellationToken,
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn demo() -> Demo {
    let limits = Limits {
        connections: 50,
        handshake: Duration::from_secs(20),
        head: Duration::from_secs(20),
        drain: Duration::from_secs(1),
    };
    let loopback = ([127, 0, 0, 1], 0).into();
    let front = Listener::bind("front", loopback, limits).await.unwrap();
    let back = Listener::bind("back", loopback, limits).await.unwrap();
    let ports = Ports { front: front.local_address().port(), back: back.local_address().port(), console: 1, ops: 2 };
    let dir = TempDir::new().unwrap();
    let practice = DevPractice { medmij_name: "linde@medmij".into(), display_name: "De Linde".into() };
    let network = DevNetwork::create_or_open(dir.path(), ports, &[practice]).unwrap();
    let zal = zal::tests::list(&network.front_url(), &network.back_url());
    network.write_lists(&DevLists { zal, ocl: String::new(), whl: String::new(), gnl: String::new() }).unwrap();

    let (shared, stop) = (Shared::default(), CancellationToken::new());
    let certs = dir.path().join("certs");
    let files = |stem: &str, clients| TlsFiles {
        cert: certs.join(format!("{stem}.pem")),
        key: certs.join(format!("{stem}.key")),
        clients,
    };
    let front_tls = ReloadingTls::open("front", files("front", Clients::Anonymous)).unwrap();
    let clients = Clients::Certified { roots: certs.join("ca.pem"), crls: Vec::new() };
    let back_tls = ReloadingTls::open("back", files("back", clients)).unwrap();
    tokio::spawn(front.serve_tls(front_tls.current(), front_router(shared.clone()), stop.clone()));
    tokio::spawn(back.serve_tls(back_tls.current(), back_router(shared.clone()), stop.clone()));

    let now = Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap();
    let file = network.demo_file(1, now, Vec::new(), Vec::new());
    let pgo = Pgo::from_demo(dir.path(), &file).unwrap();
    let stranger = Pgo::from_demo_as(Party::Stranger, dir.path(), &file).unwrap();
    Demo { _dir: dir, pgo, stranger, shared, stop }
}

fn person(wish: Wish) -> Person {
    Person::new("999990019".parse().unwrap(), wish)
}

// The pretend front listener: landing, login, consent.

fn front_router(shared: Shared) -> Router {
    Router::new()
        .route("/oauth/authorize", get(authorize))
        .route("/landing", get(landing).post(landed))
        .route("/login", get(login).post(logged_in))
        .route("/consent", get(consent).post(consented))
        .with_state(shared)
}

async fn authorize(State(shared): State<Shared>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let mut behaviour = shared.lock().unwrap();
    behaviour.asked = query;
    if behaviour.leave_site {
        return Redirect::to("https://evil.test/").into_response();
    }
    if behaviour.broken_page {
        return (StatusCode::BAD_REQUEST, Html("<title>Geen geldige vraag</title><p>x")).into_response();
    }
    let cookie = [(header::SET_COOKIE, "__Host-s=1; Path=/; Secure; HttpOnly; SameSite=Lax")];
    (cookie, Redirect::to("/landing")).into_response()
}

async fn landing(headers: HeaderMap) -> Response {
    let has_cookie = headers.get(header::COOKIE).is_some_and(|cookie| cookie == "__Host-s=1");
    if !has_cookie {
        return StatusCode::FORBIDDEN.into_response();
    }
    Html("<form method=post><button name=action value=login>x</button><button name=action value=cancel>x</button>")
        .into_response()
}

fn fields(form: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(form).into_owned().collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Back to the PGO with these parameters and the state.
fn back_to_pgo(shared: &Shared, parameters: &str) -> Response {
    let behaviour = shared.lock().unwrap();
    let state = if behaviour.wrong_state { "other".into() } else { field(&behaviour.asked, "state") };
    let target = field(&behaviour.asked, "redirect_uri");
    (StatusCode::FOUND, [(header::LOCATION, format!("{target}?{parameters}&state={state}"))]).into_response()
}

async fn landed(State(shared): State<Shared>, headers: HeaderMap, RawForm(form): RawForm) -> Response {
    assert!(headers.get(header::ORIGIN).is_some(), "a browser names the origin of a form");
    match field(&fields(&form), "action").as_str() {
        "login" => Redirect::to("/login").into_response(),
        _ => back_to_pgo(&shared, "error=access_denied&error_description=cancelled"),
    }
}

async fn login() -> Html<&'static str> {
    Html(
        "<form method=post><input name=bsn><select name=level><option value=basis><option value=hoog></select>\
         <button name=action value=login>x</button><button name=action value=cancel>x</button></form>",
    )
}

async fn logged_in(State(shared): State<Shared>, RawForm(form): RawForm) -> Response {
    let fields = fields(&form);
    if field(&fields, "action") == "cancel" {
        return back_to_pgo(&shared, "error=access_denied");
    }
    assert_eq!((field(&fields, "bsn").as_str(), field(&fields, "level").as_str()), ("999990019", "hoog"));
    let next = if shared.lock().unwrap().never_enough { "/login" } else { "/consent" };
    Redirect::to(next).into_response()
}

async fn consent(State(shared): State<Shared>) -> Html<&'static str> {
    if shared.lock().unwrap().unavailable {
        return Html("<form method=post action=/consent><button name=action value=back>Terug</button></form>");
    }
    Html(
        "<form method=post><input type=hidden name=csrf value=c><input type=checkbox name=indefinite value=yes>\
         <button name=decision value=give>Ja</button><button name=decision value=refuse>Nee</button></form>",
    )
}

async fn consented(State(shared): State<Shared>, RawForm(form): RawForm) -> Response {
    let fields = fields(&form);
    if field(&fields, "decision") != "give" {
        return back_to_pgo(&shared, "error=access_denied");
    }
    assert_eq!(field(&fields, "csrf"), "c");
    let code = if field(&fields, "indefinite") == "yes" { "long" } else { "once" };
    back_to_pgo(&shared, &format!("code={code}"))
}

// The pretend back listener: token and resources.

fn back_router(shared: Shared) -> Router {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/fhir/linde/HG-R4/{kind}", get(search))
        .route("/fhir/linde/HG-R4/{kind}/{id}", get(read))
        .with_state(shared)
}

async fn token(
    State(shared): State<Shared>,
    client: ClientIdentity,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let text = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    text("medmij-request-id").parse::<uuid::Uuid>().unwrap();
    let correlation = text("x-correlation-id");
    shared.lock().unwrap().token_requests.push((String::from_utf8(form.to_vec()).unwrap(), correlation));
    let fields = fields(&form);
    if !client.is_host(&field(&fields, "client_id")) {
        let body = json!({ "error": "invalid_client", "error_description": "certificate" });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let mut body =
        json!({ "access_token": "secret-access", "token_type": "Bearer", "expires_in": 900, "scope": "HG-R4 63" });
    match (field(&fields, "code").as_str(), field(&fields, "refresh_token").as_str()) {
        ("once", _) => Json(body).into_response(),
        ("long", _) | (_, "secret-refresh") => {
            body["refresh_token"] = "secret-refresh".into();
            Json(body).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response(),
    }
}

fn bundle(resources: &[Value], next: Option<String>) -> Value {
    let entry = |resource: &Value| json!({ "search": { "mode": "match" }, "resource": resource });
    let mut links = vec![json!({ "relation": "self", "url": "x" })];
    links.extend(next.map(|url| json!({ "relation": "next", "url": url })));
    let entries: Vec<_> = resources.iter().map(entry).collect();
    json!({ "resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries })
}

async fn search(UrlPath(kind): UrlPath<String>, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    assert_eq!(headers.get(header::ACCEPT).unwrap(), "application/fhir+json");
    if headers.get(header::AUTHORIZATION).unwrap() != "Bearer secret-access" {
        let body = json!({ "resourceType": "OperationOutcome", "issue": [{ "code": "login" }] });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let host = headers.get(header::HOST).map(|host| host.to_str().unwrap().to_owned());
    let host = host.or_else(|| uri.authority().map(ToString::to_string)).unwrap();
    let base = format!("https://{host}/fhir/linde/HG-R4");
    let condition = |id: &str| json!({ "resourceType": "Condition", "id": id });
    let answer = match (kind.as_str(), uri.query().unwrap_or_default()) {
        ("Condition", "") => bundle(&[condition("c1")], Some(format!("{base}/Condition?page=2"))),
        ("Condition", "page=2") => bundle(&[condition("c2")], None),
        ("DocumentReference", _) => bundle(
            &[json!({ "resourceType": "DocumentReference", "id": "d1",
                      "context": { "related": [{ "reference": "Condition/c2" }, { "reference": "Encounter/gone" }] },
                      "content": [{ "attachment": { "url": format!("{base}/Binary/b1") } }] })],
            None,
        ),
        ("Flag", _) => bundle(&[], Some("https://evil.test/next".into())),
        ("Endless", _) => bundle(&[], Some(format!("{base}/Endless"))),
        ("Broken", _) => json!({ "resourceType": "Bundle", "type": "batch" }),
        _ => {
            let body = json!({ "resourceType": "OperationOutcome", "issue": [{ "code": "not-supported" }] });
            return (StatusCode::NOT_FOUND, Json(body)).into_response();
        }
    };
    Json(answer).into_response()
}

async fn read(UrlPath((kind, id)): UrlPath<(String, String)>) -> Response {
    match (kind.as_str(), id.as_str()) {
        ("Binary", "b1") => {
            Json(json!({ "resourceType": "Binary", "contentType": "application/pdf", "data": "JVBERg==" }))
                .into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn requests(names: &[&str]) -> Vec<CollectRequest> {
    let request = |name: &&str| CollectRequest { name: (*name).to_owned(), path_and_query: (*name).to_owned() };
    names.iter().map(request).collect()
}

#[tokio::test]
async fn the_whole_chain_from_authorize_to_refresh() {
    let demo = demo().await;
    let authorized = demo.pgo.authorize("linde@medmij", &person(Wish::ConsentIndefinitely)).await.unwrap();
    let tokens = demo.pgo.exchange(&authorized).await.unwrap();
    assert_eq!(tokens.services, ["HG-R4", "63"]);
    assert_eq!(tokens.expires_in_seconds, Some(900));
    let renewed = demo.pgo.refresh(&tokens).await.unwrap();
    assert!(renewed.can_refresh());
    assert!(!format!("{authorized:?}{tokens:?}").contains("secret"));

    let behaviour = demo.shared.lock().unwrap();
    let asked = |name: &str| field(&behaviour.asked, name);
    assert_eq!(asked("response_type"), "code");
    assert_eq!(asked("client_id"), "pgo.dvza.test");
    assert_eq!(asked("redirect_uri"), "https://pgo.dvza.test/callback");
    assert_eq!(asked("scope"), "linde");
    assert_ne!(asked("MedMij-Request-ID"), asked("X-Correlation-ID"));
    let (first, second) = (&behaviour.token_requests[0], &behaviour.token_requests[1]);
    assert_eq!(first.1, asked("X-Correlation-ID"), "the flow's correlation id");
    assert_ne!(second.1, first.1, "a refresh has its own");
    for part in ["grant_type=authorization_code", "code=long", "client_id=pgo.dvza.test", "redirect_uri=https%3A%2F%2F"]
    {
        assert!(first.0.contains(part), "{part} in {}", first.0);
    }
    for part in ["grant_type=refresh_token", "client_id=pgo.dvza.test"] {
        assert!(second.0.contains(part), "{part} in {}", second.0);
    }
}

#[tokio::test]
async fn a_consent_for_once_gives_nothing_to_refresh_with() {
    let demo = demo().await;
    let authorized = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap();
    let tokens = demo.pgo.exchange(&authorized).await.unwrap();
    assert!(matches!(demo.pgo.refresh(&tokens).await, Err(PgoError::NoRefreshToken)));
}

#[tokio::test]
async fn every_refusal_of_the_person_comes_back_as_access_denied() {
    let demo = demo().await;
    for wish in [Wish::Refuse, Wish::CancelLanding, Wish::CancelLogin] {
        let error = demo.pgo.authorize("linde", &person(wish)).await.unwrap_err();
        assert!(matches!(&error, PgoError::Refused { error, .. } if error == "access_denied"), "{wish:?}: {error}");
    }
    demo.shared.lock().unwrap().never_enough = true;
    let error = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap_err();
    assert!(matches!(error, PgoError::Refused { .. }), "a second login page is left: {error}");
    *demo.shared.lock().unwrap() = Behaviour { unavailable: true, ..Behaviour::default() };
    let error = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap_err();
    assert!(matches!(error, PgoError::Refused { .. }), "the neutral page is left by its only button: {error}");
}

#[tokio::test]
async fn the_flow_stops_where_it_cannot_be_trusted() {
    let demo = demo().await;
    let set = |change: fn(&mut Behaviour)| change(&mut demo.shared.lock().unwrap());
    let once = person(Wish::ConsentOnce);

    set(|behaviour| behaviour.wrong_state = true);
    assert!(matches!(demo.pgo.authorize("linde", &once).await, Err(PgoError::BadReturn)));
    set(|behaviour| behaviour.broken_page = true);
    let error = demo.pgo.authorize("linde", &once).await.unwrap_err();
    assert!(matches!(&error, PgoError::Page { status: 400, title, .. } if title == "Geen geldige vraag"), "{error}");
    set(|behaviour| behaviour.leave_site = true);
    let error = demo.pgo.authorize("linde", &once).await.unwrap_err();
    assert!(matches!(error, PgoError::Redirect { .. }), "{error}");
    let error = demo.pgo.authorize("eik", &once).await.unwrap_err();
    assert!(matches!(error, PgoError::UnknownProvider(_)));
}

#[tokio::test]
async fn token_errors_name_step_status_and_code() {
    let demo = demo().await;
    let authorized = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap();
    let error = demo.pgo.exchange(&authorized.with_code("used")).await.unwrap_err();
    assert_eq!(error.to_string(), "token: status 400, invalid_grant");
    let error = demo.stranger.exchange(&authorized).await.unwrap_err();
    assert_eq!(error.to_string(), "token: status 401, invalid_client (certificate)");
}

#[tokio::test]
async fn pages_documents_and_references_are_collected() {
    let demo = demo().await;
    let authorized = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap();
    let tokens = demo.pgo.exchange(&authorized).await.unwrap();
    let names = ["Condition", "DocumentReference", "Flag", "Endless", "Broken", "Nothing"];
    let collected = demo.pgo.collect(&tokens, "HG-R4", &requests(&names)).await.unwrap();
    let [condition, document, flag, endless, broken, nothing] = &collected.sections[..] else { panic!("six sections") };

    assert!(condition.is_complete());
    assert_eq!((condition.pages.len(), condition.counts["Condition"].matches), (2, 2));
    assert_eq!(document.followed.len(), 2, "what came in a bundle is not read again");
    let binary = document.followed.iter().find(|followed| followed.reference == "Binary/b1").unwrap();
    assert_eq!((binary.media_type.as_str(), binary.content.as_slice()), ("application/pdf", &b"%PDF"[..]));
    assert_eq!(document.faults, ["Encounter/gone has status 404"]);
    assert_eq!(flag.faults, ["the next page is not below the service's address"]);
    assert_eq!(endless.faults, ["the pages do not end"]);
    assert_eq!(broken.faults, ["page 1 is no searchset"]);
    assert_eq!((nothing.status, nothing.faults[0].as_str()), (404, "status 404, issue not-supported"));
    assert!(!collected.is_complete());

    let dir = TempDir::new().unwrap();
    collected.write_to(dir.path()).unwrap();
    let folder = dir.path().join("linde-medmij/HG-R4");
    for name in ["01-Condition.json", "01-Condition-page2.json", "02-DocumentReference-Binary-b1.pdf"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_refused_token_is_a_section_with_its_status() {
    let demo = demo().await;
    let authorized = demo.pgo.authorize("linde", &person(Wish::ConsentOnce)).await.unwrap();
    let tokens = demo.pgo.exchange(&authorized).await.unwrap().with_access_token("other");
    let collected = demo.pgo.collect(&tokens, "HG-R4", &requests(&["Condition"])).await.unwrap();
    assert_eq!(collected.sections[0].status, 401);
    assert_eq!(collected.sections[0].faults, ["status 401, issue login"]);
    assert!(matches!(demo.pgo.collect(&tokens, "99", &[]).await, Err(PgoError::UnknownService { .. })));
}

#[tokio::test]
async fn a_page_can_be_driven_by_hand() {
    let demo = demo().await;
    let mut browser = demo.pgo.browser().unwrap();
    let front = demo.pgo.directory().provider("linde").unwrap().services[0].authorize.clone();
    let landing = browser.open(front).await.unwrap();
    let login = browser.press(&landing, ("action", "login"), &[]).await.unwrap();
    assert!(login.forms[0].has_field("bsn"));
    let error = browser.press(&login, ("decision", "give"), &[]).await.unwrap_err();
    assert!(matches!(error, PgoError::Form { .. }));
}
