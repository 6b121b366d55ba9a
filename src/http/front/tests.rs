use std::sync::Arc;

use axum::http::StatusCode;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::domain::assurance::Level;
use crate::domain::bsn::Bsn;
use crate::domain::time::Timestamp;
use crate::http::test_world::{Answer, BSN, Browser, OTHER_PGO, PATIENT, PGO, World, authorize_query, code_form};
use crate::login::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use crate::oauth::{LoginState, Params};
use crate::store::authorization::consents;

const DENIED: Option<&str> = Some("access_denied");

/// The error an answer redirects to the PGO with.
fn error_of(answer: &Answer) -> Option<String> {
    assert!(answer.to().starts_with(&format!("https://{PGO}/callback?")), "{}", answer.to());
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.param("state").as_deref(), Some("s&t"));
    answer.param("error")
}

async fn consents_of_patient(world: &World) -> Vec<consents::Consent> {
    let mut tx = world.context.store.read().await.unwrap();
    consents::list_valid(&mut tx, &PATIENT, world.clock.now()).await.unwrap()
}

#[tokio::test]
async fn the_whole_flow_ends_with_code_and_state_at_the_pgo() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let answer = browser.submit("/consent", "indefinite=yes&decision=give").await;
    assert_eq!(error_of(&answer), None);
    assert_eq!(answer.param("code").unwrap().len(), 43);
    let given = consents_of_patient(&world).await;
    assert_eq!((given.len(), given[0].term), (1, consents::Term::Indefinite));
    assert_eq!(given[0].services, ["HG-R4", "49", "51"]);
    assert_eq!(*world.people.authorized.lock().unwrap(), 1);
    assert!(browser.cookie.is_none(), "the session is over");
    assert_eq!(
        world.steps().await,
        [
            "receive_authorization_request",
            "show_landing_page",
            "send_authentication_request",
            "receive_authentication_response",
            "show_consent_page",
            "consent_given",
            "send_authorization_response",
        ]
    );
}

#[tokio::test]
async fn without_the_tick_a_consent_is_for_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let page = browser.get("/consent").await;
    assert_eq!(page.count("input[name=indefinite]"), 1);
    assert_eq!(page.count("input[name=indefinite][checked]"), 0, "never preset");
    browser.submit("/consent", "decision=give").await;
    assert_eq!(consents_of_patient(&world).await[0].term, consents::Term::Once);
}

#[tokio::test]
async fn row_1a_shows_a_page_without_redirect_or_link() {
    let world = World::new().await;
    let good = authorize_query();
    for (from, to) in [
        (format!("client_id={PGO}"), "client_id=stranger.test".to_owned()),
        (format!("client_id={PGO}"), String::new()),
        (format!("{PGO}%2Fcallback"), "evil.test".to_owned()),
        ("redirect_uri=".to_owned(), "x=".to_owned()),
    ] {
        let answer = world.browser().get(&format!("/oauth/authorize?{}", good.replacen(&from, &to, 1))).await;
        assert_eq!((answer.status, answer.location.as_deref()), (StatusCode::BAD_REQUEST, None), "{to}");
        assert_eq!(answer.count("main a, form"), 0, "{to}");
        assert!(answer.cookies.is_empty(), "{to}");
    }
    assert_eq!(world.steps().await[..2], ["authorization_request_error", "show_authorization_request_error_page"]);
}

#[tokio::test]
async fn a_pgo_that_is_not_on_the_whitelist_is_not_trusted() {
    let world = World::new().await;
    world.set_clients(&[OTHER_PGO]);
    let answer = world.browser().get(&format!("/oauth/authorize?{}", authorize_query())).await;
    assert_eq!((answer.status, answer.location), (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn row_1b_redirects_with_the_error() {
    let world = World::new().await;
    let cases = [
        ("response_type=code", "response_type=token", "unsupported_response_type"),
        ("response_type=code", "", "invalid_request"),
        ("scope=delinde", "scope=onbekend", "invalid_scope"),
        ("scope=delinde", "scope=elders", "invalid_scope"),
        ("scope=delinde", "scope=oud", "invalid_scope"),
        ("scope=delinde", "scope=delinde~49", "invalid_scope"),
        ("scope=delinde", "scope=delinde+elders", "invalid_scope"),
        ("MedMij-Request-ID=", "x=", "invalid_request"),
        ("X-Correlation-ID=", "x=", "invalid_request"),
    ];
    for (from, to, error) in cases {
        let query = authorize_query().replacen(from, to, 1);
        let answer = world.browser().get(&format!("/oauth/authorize?{query}")).await;
        assert_eq!(error_of(&answer).as_deref(), Some(error), "{to}");
        assert!(answer.cookies.is_empty(), "{to}");
    }
}

#[tokio::test]
async fn row_2_cancelling_on_the_landing_page_is_access_denied() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    let answer = browser.submit("/landing", "action=cancel").await;
    assert_eq!(error_of(&answer).as_deref(), DENIED);
    assert_eq!(world.steps().await.last().unwrap(), "send_authorization_cancellation");
    assert!(browser.cookie.is_none());
}

#[tokio::test]
async fn row_2_cancelling_the_login_shows_a_page_and_is_then_access_denied() {
    let world = World::new().await;
    let mut browser = world.browser();
    let relay = browser.go_to_simulator(&authorize_query()).await;
    let answer = browser.post("/login/return", &format!("relay={relay}&action=cancel")).await;
    assert_eq!(answer.to(), "/cancelled");
    let answer = browser.submit("/cancelled", "action=back").await;
    assert_eq!(error_of(&answer).as_deref(), DENIED);
}

#[tokio::test]
async fn after_a_login_that_failed_one_may_try_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.log_in(&authorize_query(), "123456789", "hoog").await;
    assert_eq!(answer.to(), "/cancelled");
    let answer = browser.submit("/cancelled", "action=retry").await;
    let address = answer.to().to_owned();
    let relay = browser.get(&address).await.hidden("relay");
    let answer = browser.post("/login/return", &format!("relay={relay}&bsn={BSN}&level=hoog&action=login")).await;
    assert_eq!(answer.to(), "/consent");
}

#[tokio::test]
async fn a_level_that_is_too_low_is_access_denied() {
    let world = World::new().await;
    for level in ["basis", "midden"] {
        let answer = world.browser().log_in(&authorize_query(), BSN, level).await;
        assert_eq!(error_of(&answer).as_deref(), DENIED, "{level}");
    }
    assert_eq!(world.browser().log_in(&authorize_query(), BSN, "hoog").await.to(), "/consent");
}

#[tokio::test]
async fn row_3_every_cause_of_unavailability_reads_the_same() {
    let world = World::new().await;
    let unknown = unavailable(&world, "999990007").await;
    *world.people.unavailable.lock().unwrap() = true;
    let known = unavailable(&world, BSN).await;
    assert_eq!(unknown, known);
}

/// Page and redirect for somebody without available data.
async fn unavailable(world: &World, bsn: &str) -> (String, String) {
    let mut browser = world.browser();
    let answer = browser.log_in(&authorize_query(), bsn, "hoog").await;
    assert_eq!(answer.to(), "/unavailable");
    let page = browser.get("/unavailable").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.body.replace(&page.hidden("csrf"), "");
    let answer = browser.submit("/unavailable", "action=back").await;
    assert_eq!(error_of(&answer).as_deref(), DENIED);
    (text, answer.to().to_owned())
}

#[tokio::test]
async fn row_4_refusing_consent_is_access_denied() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let answer = browser.submit("/consent", "decision=refuse").await;
    assert_eq!(error_of(&answer).as_deref(), DENIED);
    assert!(consents_of_patient(&world).await.is_empty());
}

#[tokio::test]
async fn refusals_are_the_same_to_the_pgo() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let refused = browser.submit("/consent", "decision=refuse").await.to().to_owned();
    assert_eq!(refused, unavailable(&world, "999990007").await.1);
}

/// A means of login that answers as it is told.
struct Broker(Result<Identity, LoginError>);

impl PatientLogin for Broker {
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>> {
        let away = self.0 == Err(LoginError::Unavailable);
        let address = format!("https://broker.test/login?state={}", start.state.expose());
        async move { if away { Err(LoginError::Unavailable) } else { Ok(Departure::Redirect(address)) } }.boxed()
    }

    fn state(&self, answer: &Params) -> Option<LoginState> {
        LoginState::offered(answer.single("state").ok()??)
    }

    fn finish<'a>(&'a self, _: &'a Params, _: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>> {
        async move { self.0.clone() }.boxed()
    }

    fn origin(&self) -> Option<&str> {
        Some("https://broker.test")
    }
}

#[tokio::test]
async fn row_5_a_fault_shows_both_ids_and_the_way_back_to_a_trusted_pgo() {
    let world = World::new().await;
    let mut browser = world.browser_with_login(Arc::new(Broker(Err(LoginError::Unavailable))));
    let query = authorize_query();
    browser.get(&format!("/oauth/authorize?{query}")).await;
    let answer = browser.submit("/landing", "action=login").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    for (_, id) in url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name.ends_with("-ID")) {
        assert!(answer.body.contains(id.as_ref()), "{id}");
    }
    assert!(answer.body.contains("Dienst BV") && answer.body.contains("085-0000000"));
    assert_eq!(answer.count(&format!("main a[href^='https://{PGO}/callback?error=server_error']")), 1);
}

#[tokio::test]
async fn row_5_without_database_nobody_knows_the_way_back() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    world.context.store.close().await;
    let answer = browser.get("/landing").await;
    assert_eq!((answer.status, answer.count("dd")), (StatusCode::SERVICE_UNAVAILABLE, 2));
    assert_eq!(answer.count("main a"), 0);
}

#[tokio::test]
async fn a_login_elsewhere_comes_back_by_redirect_and_browsers_may_go_there() {
    let world = World::new().await;
    let bsn: Bsn = BSN.parse().unwrap();
    let identity =
        Identity { acting: bsn.clone().into(), subject: Bsn::into(bsn), level: Level::Hoog, at: world.clock.now() };
    let mut browser = world.browser_with_login(Arc::new(Broker(Ok(identity))));
    browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    assert!(
        browser.get("/landing").await.policy.contains("form-action 'self' https://pgo.dvza.test https://broker.test;")
    );
    let state = browser.submit("/landing", "action=login").await.param("state").unwrap();
    assert_eq!(browser.get(&format!("/login/return?state={state}")).await.to(), "/consent");
    assert_eq!(browser.get("/login/simulator").await.status, StatusCode::NOT_FOUND, "only with the simulator");
}

#[tokio::test]
async fn acting_for_somebody_else_is_not_offered_and_reads_as_unavailable() {
    let world = World::new().await;
    let (acting, subject) = ("999990007".parse().unwrap(), BSN.parse().unwrap());
    let identity =
        Identity { acting: Bsn::into(acting), subject: Bsn::into(subject), level: Level::Hoog, at: world.clock.now() };
    let mut browser = world.browser_with_login(Arc::new(Broker(Ok(identity))));
    browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    let state = browser.submit("/landing", "action=login").await.param("state").unwrap();
    assert_eq!(browser.get(&format!("/login/return?state={state}")).await.to(), "/unavailable");
}

#[tokio::test]
async fn lists_that_are_too_old_end_the_flow_without_redirect() {
    let world = World::with_settings(|settings| settings.lists_max_age_seconds = 60).await;
    world.clock.set(world.clock.now().plus_seconds(61));
    let answer = world.browser().get(&format!("/oauth/authorize?{}", authorize_query())).await;
    assert_eq!((answer.status, answer.location), (StatusCode::SERVICE_UNAVAILABLE, None));
}

#[tokio::test]
async fn a_login_answer_counts_once_and_only_in_its_own_session() {
    let world = World::new().await;
    let (mut one, mut two) = (world.browser(), world.browser());
    let relay = one.go_to_simulator(&authorize_query()).await;
    two.go_to_simulator(&authorize_query()).await;
    let form = format!("relay={relay}&bsn={BSN}&level=hoog&action=login");
    assert_eq!(two.post("/login/return", &form).await.status, StatusCode::BAD_REQUEST, "another session");
    assert_eq!(world.browser().post("/login/return", &form).await.status, StatusCode::BAD_REQUEST, "no session");
    assert_eq!(one.post("/login/return", &form).await.to(), "/consent");
    assert_eq!(one.post("/login/return", &form).await.status, StatusCode::BAD_REQUEST, "a second time");
}

#[tokio::test]
async fn the_session_id_of_before_the_login_is_worth_nothing_after_it() {
    let world = World::new().await;
    let mut browser = world.browser();
    let relay = browser.go_to_simulator(&authorize_query()).await;
    let before = browser.cookie.clone();
    browser.post("/login/return", &format!("relay={relay}&bsn={BSN}&level=hoog&action=login")).await;
    assert_ne!(browser.cookie, before);
    let mut thief = world.browser_with(before);
    assert_eq!(thief.get("/consent").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_session_ends_after_fifteen_idle_minutes() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    world.clock.set(world.clock.now().plus_seconds(899));
    assert_eq!(browser.get("/consent").await.status, StatusCode::OK);
    world.clock.set(world.clock.now().plus_seconds(900));
    assert_eq!(browser.get("/consent").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_form_that_is_not_ours_changes_nothing() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let csrf = browser.get("/consent").await.hidden("csrf");
    for form in
        ["decision=give".to_owned(), "decision=give&csrf=AAAA".to_owned(), format!("decision=give&csrf={csrf}x")]
    {
        assert_eq!(browser.post("/consent", &form).await.status, StatusCode::FORBIDDEN, "{form}");
    }
    for (name, value) in [("origin", "https://evil.test"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        browser.headers = vec![(name, value)];
        let answer = browser.post("/consent", &format!("decision=give&csrf={csrf}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(consents_of_patient(&world).await.is_empty());
    browser.headers = vec![("origin", "https://localhost:8443"), ("sec-fetch-site", "same-origin")];
    let answer = browser.post("/consent", &format!("decision=give&csrf={csrf}")).await;
    assert_eq!(error_of(&answer), None);
}

#[tokio::test]
async fn consent_cannot_be_given_before_the_login_or_twice() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    assert_eq!(browser.get("/consent").await.to(), "/landing");
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let csrf = browser.get("/consent").await.hidden("csrf");
    let cookie = browser.cookie.clone();
    let first = browser.post("/consent", &format!("decision=give&csrf={csrf}")).await;
    // A second click whose browser never saw the first answer gets that answer, and nothing is done twice.
    let mut again = world.browser_with(cookie.clone());
    let second = again.post("/consent", &format!("decision=give&csrf={csrf}")).await;
    assert_eq!((second.status, second.to()), (first.status, first.to()));
    assert_eq!(consents_of_patient(&world).await.len(), 1);
    let mut elsewhere = world.browser_with(cookie.clone());
    let forged = elsewhere.post("/consent", "decision=give&csrf=x").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    // Not when the code has arrived.
    let code = first.param("code").unwrap();
    assert_eq!(world.token(PGO, &code_form(&code)).await.0, StatusCode::OK);
    let mut late = world.browser_with(cookie);
    assert_eq!(late.post("/consent", &format!("decision=give&csrf={csrf}")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_code_is_told_again_for_a_minute() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let csrf = browser.get("/consent").await.hidden("csrf");
    let (cookie, form) = (browser.cookie.clone(), format!("decision=give&csrf={csrf}"));
    let first = browser.post("/consent", &form).await;
    world.clock.set(world.clock.now().plus_seconds(59));
    let second = world.browser_with(cookie.clone()).post("/consent", &form).await;
    assert_eq!(second.to(), first.to());
    world.clock.set(world.clock.now().plus_seconds(1));
    assert_eq!(world.browser_with(cookie).post("/consent", &form).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn who_says_no_after_yes_gets_no_code() {
    for term in ["", "&indefinite=yes"] {
        let world = World::new().await;
        let mut browser = world.browser();
        browser.go_to_consent(&authorize_query()).await;
        let csrf = browser.get("/consent").await.hidden("csrf");
        let cookie = browser.cookie.clone();
        let yes = browser.post("/consent", &format!("decision=give&csrf={csrf}{term}")).await;
        let no = world.browser_with(cookie.clone()).post("/consent", &format!("decision=refuse&csrf={csrf}")).await;
        assert_eq!(error_of(&no).as_deref(), DENIED);
        assert!(consents_of_patient(&world).await.is_empty(), "nothing stands");
        let (status, _) = world.token(PGO, &code_form(&yes.param("code").unwrap())).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "the code of the yes is worth nothing");
        let mut again = world.browser_with(cookie);
        let yes = again.post("/consent", &format!("decision=give&csrf={csrf}")).await;
        assert_eq!(error_of(&yes).as_deref(), DENIED, "and no further yes brings it back");
    }
}

#[tokio::test]
async fn who_says_no_after_yes_takes_tokens_back_too() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let csrf = browser.get("/consent").await.hidden("csrf");
    let cookie = browser.cookie.clone();
    let yes = browser.post("/consent", &format!("decision=give&indefinite=yes&csrf={csrf}")).await;
    let (status, tokens) = world.token(PGO, &code_form(&yes.param("code").unwrap())).await;
    assert_eq!(status, StatusCode::OK);
    let no = world.browser_with(cookie).post("/consent", &format!("decision=refuse&csrf={csrf}")).await;
    assert_eq!(error_of(&no).as_deref(), DENIED);
    assert!(consents_of_patient(&world).await.is_empty());
    let (status, body) = world.token(PGO, &crate::http::test_world::refresh_form(&tokens)).await;
    assert_eq!((status, body["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_grant")));
}

#[tokio::test]
async fn who_logs_in_for_another_is_told_so_where_consents_are_managed() {
    let world = World::new().await;
    let (acting, subject) = ("999990007".parse().unwrap(), BSN.parse().unwrap());
    let identity =
        Identity { acting: Bsn::into(acting), subject: Bsn::into(subject), level: Level::Hoog, at: world.clock.now() };
    let mut browser = world.browser_with_login(Arc::new(Broker(Ok(identity))));
    browser.get("/consents").await;
    let state = browser.submit("/landing", "action=login").await.param("state").unwrap();
    let answer = browser.get(&format!("/login/return?state={state}")).await;
    assert!(answer.body.contains("voor iemand anders") && !answer.body.contains("veiligere manier"), "{}", answer.body);
    assert_eq!(browser.get("/consents").await.to(), "/landing", "and sees none");
}

#[tokio::test]
async fn a_refusal_is_told_again_for_a_minute() {
    let world = World::new().await;
    for (fields, path) in [("decision=refuse", "/consent"), ("action=cancel", "/landing")] {
        let mut browser = world.browser();
        match path {
            "/consent" => browser.go_to_consent(&authorize_query()).await,
            _ => drop(browser.get(&format!("/oauth/authorize?{}", authorize_query())).await),
        }
        let csrf = browser.get(path).await.hidden("csrf");
        let (cookie, form) = (browser.cookie.clone(), format!("{fields}&csrf={csrf}"));
        let first = browser.post(path, &form).await;
        assert_eq!(first.param("error").as_deref(), Some("access_denied"));
        let second = world.browser_with(cookie.clone()).post(path, &form).await;
        assert_eq!(second.to(), first.to(), "{path}");
        world.clock.set(world.clock.now().plus_seconds(60));
        let third = world.browser_with(cookie).post(path, &form).await;
        assert_eq!(third.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn pages_carry_the_headers_and_no_script() {
    let world = World::new().await;
    let mut browser = world.browser();
    let answer = browser.get(&format!("/oauth/authorize?{}", authorize_query())).await;
    let cookie = &answer.cookies[0];
    for part in ["__Host-dvza=", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let page = browser.get("/landing").await;
    assert!(page.policy.contains("default-src 'none'") && page.policy.contains("frame-ancestors 'none'"));
    assert!(page.policy.contains(&format!("form-action 'self' https://{PGO};")), "{}", page.policy);
    assert_eq!(page.count("script, [onclick], [style]"), 0);
    assert_eq!(page.count("html[lang=nl]"), 1);
    assert_eq!(page.count("h1"), 1);
    assert!(page.body.contains("&#60;De Linde&#62;"), "names are escaped: {}", page.body);
}

#[tokio::test]
async fn the_language_can_be_chosen_and_is_remembered() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.go_to_consent(&authorize_query()).await;
    let page = browser.get("/consent?lang=en").await;
    assert_eq!(page.count("html[lang=en]"), 1);
    assert!(page.cookies[0].starts_with("__Host-lang=en;"));
    browser.headers = vec![("accept-language", "en-GB,nl;q=0.5")];
    assert_eq!(browser.get("/consent").await.count("html[lang=en]"), 1);
}

#[tokio::test]
async fn a_consent_can_be_withdrawn_and_the_tokens_die_at_once() {
    let world = World::new().await;
    let tokens = world.tokens(true).await;
    let mut browser = world.browser();
    log_in_to_consents(&mut browser, BSN).await;
    let page = browser.get("/consents").await;
    assert_eq!(page.count("button[name=withdraw]"), 1);
    let id = consents_of_patient(&world).await[0].id;
    let answer = browser.submit("/consents", &format!("withdraw={id}")).await;
    let confirm = answer.to().to_owned();
    let page = browser.get(&confirm).await;
    let (csrf, consent) = (page.hidden("csrf"), page.hidden("consent"));
    let keep = browser.post("/consents/withdraw", &format!("csrf={csrf}&consent={consent}&decision=keep")).await;
    assert_eq!(keep.to(), "/consents");
    assert_eq!(consents_of_patient(&world).await.len(), 1);
    browser.post("/consents/withdraw", &format!("csrf={csrf}&consent={consent}&decision=withdraw")).await;
    assert!(consents_of_patient(&world).await.is_empty());
    let (status, body) = world.token(PGO, &crate::http::test_world::refresh_form(&tokens)).await;
    assert_eq!((status, body["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_grant")));
    assert!(world.steps().await.contains(&"consent_withdrawn".to_owned()));
}

#[tokio::test]
async fn the_overview_tells_of_each_consent_the_text_that_was_agreed_to_in_its_language() {
    let world = World::new().await;
    world.tokens(true).await;
    let given = consents_of_patient(&world).await.remove(0);
    let mut browser = world.browser();
    log_in_to_consents(&mut browser, BSN).await;
    for lang in ["nl", "en"] {
        let page = browser.get(&format!("/consents?lang={lang}")).await;
        let paragraphs = page.count(&format!("section details p[lang={}]", given.language));
        assert_eq!(paragraphs, given.text.lines().count());
        assert!(paragraphs > 5 && page.body.contains(&given.text_version), "{}", page.body);
        for line in given.text.lines().filter(|line| !line.contains(['\'', '"', '&', '<'])) {
            assert!(page.body.contains(line), "{line}");
        }
    }
}

#[tokio::test]
async fn a_stranger_sees_an_empty_overview_like_a_patient_without_consents() {
    let world = World::new().await;
    let mut pages = Vec::new();
    for bsn in [BSN, "999990007"] {
        let mut browser = world.browser();
        log_in_to_consents(&mut browser, bsn).await;
        let page = browser.get("/consents").await;
        pages.push(page.body.replace(&page.hidden("csrf"), ""));
    }
    assert_eq!(pages[0], pages[1]);
}

#[tokio::test]
async fn consents_can_be_withdrawn_also_when_no_data_is_available_any_more() {
    let world = World::new().await;
    world.tokens(true).await;
    *world.people.unavailable.lock().unwrap() = true;
    let mut browser = world.browser();
    log_in_to_consents(&mut browser, BSN).await;
    assert_eq!(browser.get("/consents").await.count("button[name=withdraw]"), 1);
}

#[tokio::test]
async fn cancelling_or_leaving_consent_management_ends_the_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.get("/consents").await;
    let answer = browser.submit("/landing", "action=cancel").await;
    assert_eq!((answer.status, answer.count("form")), (StatusCode::OK, 0));
    assert!(browser.cookie.is_none());
    log_in_to_consents(&mut browser, BSN).await;
    let csrf = browser.get("/consents").await.hidden("csrf");
    let cookie = browser.cookie.clone();
    browser.post("/consents/leave", &format!("csrf={csrf}")).await;
    assert_eq!(world.browser_with(cookie).get("/consents").await.to(), "/landing", "the old cookie is worth nothing");
}

async fn log_in_to_consents(browser: &mut Browser, bsn: &str) {
    assert_eq!(browser.get("/consents").await.to(), "/landing");
    let answer = browser.submit("/landing", "action=login").await;
    let address = answer.to().to_owned();
    let relay = browser.get(&address).await.hidden("relay");
    let answer = browser.post("/login/return", &format!("relay={relay}&bsn={bsn}&level=hoog&action=login")).await;
    assert_eq!(answer.to(), "/consents");
}

#[tokio::test]
async fn unknown_addresses_and_the_style_sheet() {
    let world = World::new().await;
    assert_eq!(world.browser().get("/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.browser().get("/static/style.css").await.status, StatusCode::OK);
}
