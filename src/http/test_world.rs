//! A whole authorization server on a temporary database, for the tests of both channels.

use std::sync::{Arc, LazyLock, Mutex};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tower::ServiceExt;

use super::back::token;
use super::context::{Asking, Availability, Context, Found, PracticeView, Practices, ServiceDesk, Settings};
use super::extract::client::ClientIdentity;
use super::front::{self, FrontState};
use crate::app::{App, Parts};
use crate::audit;
use crate::domain::assurance::Level;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::person::Person;
use crate::domain::representation::Representation;
use crate::domain::time::{Clock, Moment, Timestamp};
use crate::fhir::catalogue::Catalogue;
use crate::import::Importer;
use crate::login::PatientLogin;
use crate::login::simulator::Simulator;
use crate::mapping::check::Profiles;
use crate::medmij::{
    Aanbiedertype, Client, ClientInterface, EndpointUri, Environment, Interface, ListTexts, ListVersion, Lists,
    MedMijName, Provider, ProviderService, Systeemrol, WithoutServices, write,
};
use crate::oauth::HostRule;
use crate::oauth::describe::Descriptions;
use crate::seal::{KeyFile, Sealer};
use crate::store::practices::{self, NewPractice};
use crate::store::{Store, StoreError, StoreOptions, Tx, patients, sqlite_address};

pub(super) const BSN: &str = "999990019";
pub(super) const PGO: &str = "pgo.dvza.test";
pub(super) const OTHER_PGO: &str = "ander.dvza.test";
pub(super) const SCOPE: PracticeScope = PracticeScope { practice: PracticeId::from_bytes([1; 16]) };
pub(super) const PATIENT: PatientRef =
    PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: PatientId::from_bytes([2; 16]) };

/// The server with everything a test may turn.
pub(super) struct World {
    pub(super) context: Context,
    pub(super) clock: Clock,
    pub(super) people: Arc<People>,
    front: Router,
    back: Router,
    _dir: TempDir,
}

/// What the practice answers about people, turned by tests.
#[derive(Default)]
pub(super) struct People {
    pub(super) unavailable: Mutex<bool>,
    pub(super) authorized: Mutex<u32>,
}

impl Availability for People {
    fn find<'a>(
        &'a self,
        practice: &'a PracticeScope,
        asking: Asking<'a>,
        _: Moment,
    ) -> BoxFuture<'a, Result<Found, StoreError>> {
        async move {
            let away = *self.unavailable.lock().unwrap();
            let found = self.identify(practice, asking.person).await?.filter(|_| !away && asking.is_as_asked());
            Ok(found.map_or(Found::Unavailable, Found::Available))
        }
        .boxed()
    }

    fn identify<'a>(
        &'a self,
        practice: &'a PracticeScope,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Option<PatientRef>, StoreError>> {
        let is_known = person.bsn().is_some_and(|bsn| bsn.digits() == BSN);
        async move { Ok((is_known && *practice == SCOPE).then_some(PATIENT)) }.boxed()
    }

    fn is_available<'a>(
        &'a self,
        _: &'a PatientRef,
        _: Option<Representation>,
        _: Moment,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move { Ok(!*self.unavailable.lock().unwrap()) }.boxed()
    }

    fn authorized<'a>(
        &'a self,
        _: &'a mut Tx<'static>,
        _: &'a PatientRef,
        _: Moment,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            *self.authorized.lock().unwrap() += 1;
            Ok(())
        }
        .boxed()
    }
}

struct OnePractice(PracticeView);

impl Practices for OnePractice {
    fn find<'a>(&'a self, name: &'a MedMijName) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>> {
        async move { Ok(Some(self.0.clone()).filter(|practice| practice.name == *name)) }.boxed()
    }

    fn load<'a>(&'a self, scope: &'a PracticeScope) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>> {
        async move { Ok(Some(self.0.clone()).filter(|practice| practice.scope == *scope)) }.boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<PracticeView>, StoreError>> {
        async move { Ok(vec![self.0.clone()]) }.boxed()
    }
}

/// The server behind the own pages, on the same database.
fn app(context: &Context) -> App {
    App::new(Parts {
        store: context.store.clone(),
        sealer: context.sealer.clone(),
        clock: context.clock.clone(),
        services: Catalogue::built_in().unwrap(),
        lists: context.lists.clone(),
        settings: Settings::clone(&context.settings),
        back_origin: "https://localhost:8444".to_owned(),
    })
}

fn front_of(context: &Context, login: Arc<dyn PatientLogin>) -> Router {
    static PROFILES: LazyLock<Arc<Profiles>> = LazyLock::new(|| Arc::new(Profiles::load().unwrap()));
    let importer = Importer {
        store: context.store.clone(),
        sealer: context.sealer.clone(),
        profiles: PROFILES.clone(),
        releases: Catalogue::built_in().unwrap().releases(),
        clock: context.clock.clone(),
        nhg45: None,
    };
    front::router(FrontState { context: context.clone(), login, app: app(context), importer })
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with_settings(|_| {}).await
    }

    pub(super) async fn with_settings(turn: impl FnOnce(&mut Settings)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::standing_at(Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap());
        let sealer = Sealer::new(&KeyFile::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap()).unwrap();
        let store = fill_store(&dir, &sealer, clock.now()).await;
        let people = Arc::new(People::default());
        let mut settings = Settings {
            descriptions: Descriptions::default(),
            host_rule: HostRule::SameAsClient,
            refresh_grace_seconds: 0,
            without_services: WithoutServices::Refuse,
            lists_max_age_seconds: 86_400 * 3650,
            front_origin: "https://localhost:8443".to_owned(),
            service_desk: ServiceDesk { name: "Dienst BV".to_owned(), phone: "085-0000000".to_owned() },
            medmij_logo: None,
            security_txt: None,
            representation: Vec::new(),
        };
        turn(&mut settings);
        let context = Context {
            store,
            lists: Arc::new(ArcSwap::from_pointee(lists(clock.now(), &[PGO, OTHER_PGO]))),
            practices: Arc::new(OnePractice(practice())),
            availability: people.clone(),
            sealer,
            clock: clock.clone(),
            settings: Arc::new(settings),
        };
        let login = Arc::new(Simulator::new(Environment::Development).unwrap());
        let front = front_of(&context, login);
        let back = token::router(context.clone());
        Self { context, clock, people, front, back, _dir: dir }
    }

    /// A browser at the same server with another means of login.
    pub(super) fn browser_with_login(&self, login: Arc<dyn PatientLogin>) -> Browser {
        let front = front_of(&self.context, login);
        Browser { front, cookie: None, headers: Vec::new() }
    }

    /// Lists on which only these clients are left.
    pub(super) fn set_clients(&self, hosts: &[&str]) {
        self.context.lists.store(Arc::new(lists(self.clock.now(), hosts)));
    }

    pub(super) fn browser(&self) -> Browser {
        self.browser_with(None)
    }

    /// A browser with a cookie from elsewhere.
    pub(super) fn browser_with(&self, cookie: Option<String>) -> Browser {
        Browser { front: self.front.clone(), cookie, headers: Vec::new() }
    }

    /// A token request of a client whose certificate has this host.
    pub(super) async fn token(&self, host: &str, form: &str) -> (StatusCode, serde_json::Value) {
        self.token_with(host, form, &ids()).await
    }

    pub(super) async fn token_with(
        &self,
        host: &str,
        form: &str,
        headers: &[(&str, String)],
    ) -> (StatusCode, serde_json::Value) {
        let mut request =
            Request::post("/oauth/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let identity = ClientIdentity { hosts: vec![host.to_owned()], fingerprint: [0; 32] };
        let request = request.extension(identity).body(Body::from(form.to_owned())).unwrap();
        let response = self.back.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap())
    }

    /// The whole front channel with consent given; the code.
    pub(super) async fn code(&self, indefinite: bool) -> String {
        let mut browser = self.browser();
        browser.go_to_consent(&authorize_query()).await;
        let form = if indefinite { "indefinite=yes&decision=give" } else { "decision=give" };
        let answer = browser.submit("/consent", form).await;
        answer.param("code").expect("a code")
    }

    /// Tokens for a new code.
    pub(super) async fn tokens(&self, indefinite: bool) -> serde_json::Value {
        let code = self.code(indefinite).await;
        let (status, body) = self.token(PGO, &code_form(&code)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// Kinds of the audit events so far, oldest first.
    pub(super) async fn steps(&self) -> Vec<String> {
        let period =
            audit::Period { from: Timestamp::from_millis(0), until: self.clock.now().plus_seconds(86_400 * 999) };
        let mut out = Vec::new();
        audit::export(&self.context.store, &self.context.sealer, period, None, &mut out).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(BSN), "no BSN in the trail");
        text.lines().map(|line| find_kind(&serde_json::from_str(line).unwrap()).unwrap()).collect()
    }
}

fn find_kind(value: &serde_json::Value) -> Option<String> {
    match value.get("kind").and_then(serde_json::Value::as_str) {
        Some(kind) => Some(kind.to_owned()),
        None => value.as_object()?.values().find_map(find_kind),
    }
}

async fn fill_store(dir: &TempDir, sealer: &Sealer, at: Timestamp) -> Store {
    let address = sqlite_address(&dir.path().join("test.db"));
    let store = Store::open(&address, &StoreOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let mut tx = store.write().await.unwrap();
    let new = NewPractice {
        id: SCOPE.practice,
        medmij_name: "delinde@medmij".to_owned(),
        ura: "00000001".to_owned(),
        agb: None,
        display_name: "De Linde".to_owned(),
    };
    practices::add(&mut tx, &new, at).await.unwrap();
    let put = patients::PatientPut {
        source_id: &"p1".parse().unwrap(),
        bsn_hash: None,
        facts: b"{}",
        facts_version: 1,
        set_hash: [0; 32],
        record_count: 1,
    };
    patients::upsert(&mut tx, sealer, &PATIENT, &put, at).await.unwrap();
    tx.commit().await.unwrap();
    store
}

fn practice() -> PracticeView {
    PracticeView {
        scope: SCOPE,
        name: MedMijName::registered("delinde@medmij").unwrap(),
        display_name: "Huisartsen <De Linde>".to_owned(),
        logo: None,
        contact: None,
        login_service: None,
        privacy_url: Some("https://delinde.example/privacy".to_owned()),
        minimum: Level::Substantieel,
        idle_seconds: 900,
        services: ["HG-R4", "49", "51"].map(|id| id.parse().unwrap()).into(),
    }
}

fn lists(at: Timestamp, hosts: &[&str]) -> Lists {
    let dev = Environment::Development;
    let version = ListVersion { number: 1, made_at: at };
    let host = |host: &&str| crate::medmij::Hostname::parse(host, dev).unwrap();
    let back = |path: &str| EndpointUri::back(&format!("https://localhost:8444{path}"), dev).unwrap();
    let service = ProviderService {
        id: "HG-R4".parse().unwrap(),
        authorization: EndpointUri::front("https://localhost:8443/oauth/authorize", dev).unwrap(),
        token: back("/oauth/token"),
        subscription: None,
        roles: vec![Systeemrol { code: "HG".to_owned(), resource: back("/fhir") }],
    };
    let provider = |name: &str, interface: &str| Provider {
        name: MedMijName::registered(name).unwrap(),
        kind: Aanbiedertype::Zorgaanbieder,
        interfaces: vec![Interface { id: interface.to_owned(), services: vec![service.clone()] }],
    };
    let supported = ClientInterface {
        id: Some("2".to_owned()),
        services: ["HG-R4", "49", "63"].into_iter().map(|id| id.parse().unwrap()).collect(),
    };
    let clients: Vec<Client> = hosts
        .iter()
        .map(|name| Client {
            hostname: host(name),
            organisation: format!("PGO van {name}"),
            interfaces: Some(vec![supported.clone()]),
        })
        .collect();
    let providers = [provider("delinde@medmij", "2"), provider("elders@medmij", "2"), provider("oud@medmij", "1.4.0")];
    let names = [("HG-R4".parse().unwrap(), "Huisartsgegevens R4".to_owned())];
    let nodes: Vec<_> = hosts.iter().map(host).collect();
    let zal = write::zal(&version, &providers).unwrap();
    let ocl = write::ocl(&version, &clients).unwrap();
    let whl = write::whl(&version, &nodes).unwrap();
    let gnl = write::gnl(&version, &names).unwrap();
    let texts = ListTexts { zal: zal.as_bytes(), ocl: ocl.as_bytes(), whl: whl.as_bytes(), gnl: gnl.as_bytes() };
    Lists::parse(texts, dev, at).unwrap()
}

pub(super) fn ids() -> [(&'static str, String); 2] {
    ["MedMij-Request-ID", "X-Correlation-ID"].map(|name| (name, uuid::Uuid::new_v4().to_string()))
}

pub(super) fn authorize_query() -> String {
    let [(_, request), (_, correlation)] = ids();
    format!(
        "response_type=code&client_id={PGO}&redirect_uri=https%3A%2F%2F{PGO}%2Fcallback&scope=delinde&state=s%26t\
         &MedMij-Request-ID={request}&X-Correlation-ID={correlation}"
    )
}

pub(super) fn code_form(code: &str) -> String {
    format!("grant_type=authorization_code&code={code}&client_id={PGO}&redirect_uri=https%3A%2F%2F{PGO}%2Fcallback")
}

pub(super) fn refresh_form(tokens: &serde_json::Value) -> String {
    let token = tokens["refresh_token"].as_str().expect("a refresh token");
    format!("grant_type=refresh_token&refresh_token={token}&client_id={PGO}")
}

/// A browser: keeps the session cookie, follows nothing.
pub(super) struct Browser {
    front: Router,
    pub(super) cookie: Option<String>,
    pub(super) headers: Vec<(&'static str, &'static str)>,
}

/// What a browser got.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) policy: String,
    pub(super) cookies: Vec<String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn to(&self) -> &str {
        self.location.as_deref().unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.body))
    }

    /// A parameter of the address redirected to.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.to()).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The value of a hidden input.
    pub(super) fn hidden(&self, name: &str) -> String {
        let page = scraper::Html::parse_document(&self.body);
        let input = scraper::Selector::parse(&format!("input[name={name}]")).unwrap();
        let found = page.select(&input).next().unwrap_or_else(|| panic!("no {name} in {}", self.body));
        found.value().attr("value").unwrap().to_owned()
    }

    pub(super) fn count(&self, selector: &str) -> usize {
        scraper::Html::parse_document(&self.body).select(&scraper::Selector::parse(selector).unwrap()).count()
    }
}

impl Browser {
    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    pub(super) async fn post(&mut self, path: &str, form: &str) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    /// Opens the page at this path and submits its form with these fields.
    pub(super) async fn submit(&mut self, path: &str, fields: &str) -> Answer {
        let page = self.get(path).await;
        let csrf = page.hidden("csrf");
        self.post(path, &format!("csrf={csrf}&{fields}")).await
    }

    /// From the authorization request to the simulator's page; its state.
    pub(super) async fn go_to_simulator(&mut self, query: &str) -> String {
        let answer = self.get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/landing"));
        let answer = self.submit("/landing", "action=login").await;
        let address = answer.to().to_owned();
        self.get(&address).await.hidden("relay")
    }

    /// From the authorization request through a login.
    pub(super) async fn log_in(&mut self, query: &str, bsn: &str, level: &str) -> Answer {
        let relay = self.go_to_simulator(query).await;
        self.post("/login/return", &format!("relay={relay}&bsn={bsn}&level={level}&action=login")).await
    }

    /// From the authorization request to the consent page.
    pub(super) async fn go_to_consent(&mut self, query: &str) {
        let answer = self.log_in(query, BSN, "substantieel").await;
        assert_eq!(answer.to(), "/consent");
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let mut request = request;
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        let response = self.front.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let text = |name: header::HeaderName| {
            response.headers().get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(text(header::X_CONTENT_TYPE_OPTIONS), ["nosniff"]);
        let cookies = text(header::SET_COOKIE);
        for cookie in cookies.iter().filter(|cookie| cookie.starts_with("__Host-dvza=")) {
            let pair = cookie.split(';').next().unwrap().to_owned();
            self.cookie = if cookie.contains("Max-Age=0") { None } else { Some(pair) };
        }
        let (status, location) = (response.status(), text(header::LOCATION).pop());
        let policy = text(header::CONTENT_SECURITY_POLICY).concat();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, location, policy, cookies, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}
