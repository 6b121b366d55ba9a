//! Real logins: each means against a party that speaks its protocol, with a table of answers that must not be believed.

use std::path::PathBuf;

use dvza::cli::wire;
use dvza::config::{BsnPlace, LoginMethod, OidcProvider};
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::assurance::Level;
use dvza::domain::ids::{PracticeId, PracticeScope};
use dvza::domain::person::{Person, Pseudonym};
use dvza::domain::time::{Clock, Timestamp};
use dvza::login::oidc::Oidc;
use dvza::login::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use dvza::oauth::{LoginState, Params};
use dvza::sample::practice::FIRST_BSN;
use dvza::seal::{KeyFile, Sealer};
use dvza::store::patients;
use url::Url;

use crate::support::demo::Delivery;
use crate::support::dossier::patient;
use crate::support::network::{Network, T};
use crate::support::provider::{CLIENT, Lie, Provider, SECRET, SUBSTANTIAL};
use crate::support::wire::browser as wire_browser;

const NOW: &str = "2026-06-15T10:00:00+02:00";
const FRONT: &str = "https://dva.example/";

fn start<'a>(state: &'a LoginState, practice: &'a PracticeScope) -> LoginStart<'a> {
    LoginStart { state, practice, service: None, minimum: Level::Substantieel, representation: None }
}

struct Surroundings {
    dir: tempfile::TempDir,
    clock: Clock,
    provider: Provider,
    sealer: Sealer,
}

impl Surroundings {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let practice = DevPractice { medmij_name: "linde@medmij".to_owned(), display_name: "De Linde".to_owned() };
        DevNetwork::create_or_open(dir.path(), Ports::unused().unwrap(), &[practice]).unwrap();
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOW).unwrap());
        let provider = Provider::start(dir.path(), clock.clone()).await;
        std::fs::write(dir.path().join("oidc.secret"), format!("{SECRET}\n")).unwrap();
        let keys = KeyFile::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        Self { dir, clock, provider, sealer: Sealer::new(&keys).unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn settings(&self) -> OidcProvider {
        OidcProvider {
            issuer: Url::parse(&self.provider.issuer).unwrap(),
            client_id: CLIENT.to_owned(),
            client_secret_file: self.file("oidc.secret"),
            roots: self.file("certs/ca.pem"),
            scopes: vec!["bsn".to_owned()],
            pairwise: false,
            bsn_claim: "bsn".to_owned(),
            bsn_in: BsnPlace::IdToken,
            levels: [(SUBSTANTIAL, "substantieel"), ("http://eidas.europa.eu/LoA/low", "midden")]
                .map(|(acr, level)| (acr.to_owned(), level.to_owned()))
                .into(),
        }
    }

    fn login(&self, settings: &OidcProvider) -> Oidc {
        wire::oidc(settings, &Url::parse(FRONT).unwrap(), self.sealer.clone(), self.clock.clone()).unwrap()
    }

    fn lie(&self, lie: Lie) {
        self.provider.state.lock().unwrap().lie = lie;
    }

    /// A browser without a screen: away to the provider, and back with what it says.
    async fn visit(&self, login: &Oidc, byte: u8) -> Params {
        let state = LoginState::from_random(&[byte; 32]);
        let practice = PracticeScope { practice: PracticeId::from_bytes([1; 16]) };
        let Departure::Redirect(address) = login.begin(start(&state, &practice)).await.unwrap() else {
            panic!("no redirect")
        };
        let browser = wire_browser(&self.file("certs/ca.pem"));
        let answer = browser.get(address).send().await.unwrap();
        let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        assert!(back.as_str().starts_with("https://dva.example/login/return?"), "{back}");
        Params::parse(back.query().unwrap().as_bytes()).unwrap()
    }

    async fn log_in(&self, login: &Oidc, byte: u8) -> Result<Identity, LoginError> {
        let answer = self.visit(login, byte).await;
        login.finish(&answer, self.clock.now()).await
    }
}

#[tokio::test]
async fn a_person_logs_in_at_a_provider_and_is_known_by_number_and_level() {
    let around = Surroundings::new().await;
    let in_token = around.settings();
    let in_answer = OidcProvider { bsn_in: BsnPlace::Userinfo, ..in_token.clone() };
    for (byte, settings) in [(1, in_token), (2, in_answer)] {
        let login = around.login(&settings).introduce().await;
        let identity = around.log_in(&login, byte).await.unwrap();
        assert_eq!((identity.level, identity.at), (Level::Substantieel, around.clock.now()));
        assert!(identity.subject.bsn().unwrap().digits() == "999990019" && identity.acting == identity.subject);
        let origin = Url::parse(&around.provider.issuer).unwrap().origin().ascii_serialization();
        assert_eq!(login.origin(), Some(origin.as_str()), "pages may lead there");
    }
    let asked = around.provider.state.lock().unwrap().asked.clone();
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!((asked["prompt"].as_str(), asked["max_age"].as_str()), ("login", "0"), "no single sign-on");
    assert_eq!(asked["acr_values"], SUBSTANTIAL, "nothing below what the practice wants is asked for");
    assert_eq!(asked["scope"], "openid bsn");
    around.provider.stop.cancel();
}

/// By a pseudonym of the provider: it is nobody's until the practice says whose.
#[tokio::test]
async fn a_person_can_be_known_by_a_pairwise_pseudonym() {
    let around = Surroundings::new().await;
    around.clock.set(Timestamp::parse_rfc3339(T).unwrap());
    let settings = OidcProvider { pairwise: true, bsn_claim: "sub".to_owned(), ..around.settings() };
    let identity = around.log_in(&around.login(&settings), 1).await.unwrap();
    let pseudonym = Pseudonym::new(&around.provider.issuer, "pseudoniem").unwrap();
    assert_eq!((identity.subject.bsn(), &identity.subject), (None, &Person::Pseudonym(pseudonym.clone())));

    let network = Network::start_with(T, &[Delivery::demo().bytes], Vec::new(), |config| {
        config.login.method = LoginMethod::Oidc;
        config.login.oidc = Some(settings);
    })
    .await;
    let visit = async || {
        let mut browser = network.pgo().browser().unwrap();
        let landing = browser.open(network.authorization()).await.unwrap();
        let away = browser.leave(&landing, ("action", "login"), &[]).await.unwrap();
        let elsewhere = wire_browser(&around.file("certs/ca.pem")).get(away).send().await.unwrap();
        let back = Url::parse(elsewhere.headers()["location"].to_str().unwrap()).unwrap();
        browser.open(back).await.unwrap()
    };
    assert!(visit().await.url.path().ends_with("/unavailable"));
    let (one, two) = (patient(&network, 0, "p1"), patient(&network, 0, "p2"));
    let hash = network.server.app.sealer().person_hash(one.practice, &Person::Pseudonym(pseudonym));
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(patients::set_pseudonym(&mut tx, &one, Some(hash)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(visit().await.url.path().ends_with("/consent"));
    let mut tx = network.server.app.store().write().await.unwrap();
    assert!(patients::set_pseudonym(&mut tx, &two, Some(hash)).await.is_err(), "it is one person's");
    drop(tx);
    network.stop().await;
    around.provider.stop.cancel();
}

#[tokio::test]
async fn an_answer_that_is_forged_stale_or_for_another_is_never_believed() {
    let around = Surroundings::new().await;
    let settings = around.settings();
    let lies = [
        Lie::OtherNonce,
        Lie::NoNonce,
        Lie::OtherAudience,
        Lie::OtherIssuer,
        Lie::Expired,
        Lie::IssuedLongAgo,
        Lie::LoggedInLongAgo,
        Lie::NoAuthTime,
        Lie::UnknownKey,
        Lie::NoSignature,
        Lie::SecretAsKey,
        Lie::BrokenSignature,
        Lie::OtherAccessToken,
        Lie::NoIdToken,
        Lie::NoLevel,
        Lie::UnknownLevel,
        Lie::NoNumber,
        Lie::NotANumber,
        Lie::CodeRefused,
    ];
    let login = around.login(&settings);
    for (byte, lie) in (10..).zip(lies) {
        around.lie(lie);
        assert_eq!(around.log_in(&login, byte).await, Err(LoginError::Failed), "{lie:?}");
        around.lie(Lie::None);
        assert!(around.log_in(&login, byte + 100).await.is_ok(), "after {lie:?} the truth is believed");
    }
    let by_answer = around.login(&OidcProvider { bsn_in: BsnPlace::Userinfo, ..settings });
    around.lie(Lie::OtherSubjectInUserInfo);
    assert_eq!(around.log_in(&by_answer, 1).await, Err(LoginError::Failed));
    around.provider.stop.cancel();
}

#[tokio::test]
async fn an_answer_counts_once_and_for_its_own_login_only() {
    let around = Surroundings::new().await;
    let login = around.login(&around.settings());
    let answer = around.visit(&login, 1).await;
    assert!(login.finish(&answer, around.clock.now()).await.is_ok());
    assert_eq!(login.finish(&answer, around.clock.now()).await, Err(LoginError::Failed), "replayed");

    // The code of one login brought along with the state of another: PKCE and nonce do not fit.
    let (one, two) = (around.visit(&login, 2).await, around.visit(&login, 3).await);
    let field = |answer: &Params, name| answer.single(name).unwrap().unwrap().to_owned();
    let mixed = format!("code={}&state={}", field(&one, "code"), field(&two, "state"));
    let mixed = Params::parse(mixed.as_bytes()).unwrap();
    assert_eq!(login.finish(&mixed, around.clock.now()).await, Err(LoginError::Failed));

    let said = |text: String| Params::parse(text.as_bytes()).unwrap();
    let state = field(&around.visit(&login, 4).await, "state");
    let cases = [
        ("cancelled", format!("error=access_denied&state={state}"), LoginError::Cancelled),
        ("refused", format!("error=invalid_request&state={state}"), LoginError::Failed),
        ("away", format!("error=temporarily_unavailable&state={state}"), LoginError::Unavailable),
        ("both", format!("error=access_denied&code=x&state={state}"), LoginError::Failed),
        ("neither", format!("state={state}"), LoginError::Failed),
        ("without state", "code=x".to_owned(), LoginError::Failed),
        ("of another issuer", format!("code=x&state={state}&iss=https%3A%2F%2Felders.example"), LoginError::Failed),
    ];
    for (case, text, expected) in cases {
        assert_eq!(login.finish(&said(text), around.clock.now()).await, Err(expected), "{case}");
    }
    around.provider.stop.cancel();
}

#[tokio::test]
async fn a_lower_level_is_told_as_it_is_and_a_provider_that_is_away_is_no_login() {
    let around = Surroundings::new().await;
    around.provider.state.lock().unwrap().acr = "http://eidas.europa.eu/LoA/low".to_owned();
    let login = around.login(&around.settings());
    assert_eq!(around.log_in(&login, 1).await.unwrap().level, Level::Midden, "the flow refuses it");

    let nowhere = OidcProvider { issuer: Url::parse("https://localhost:1/broker").unwrap(), ..around.settings() };
    let login = around.login(&nowhere).introduce().await;
    let state = LoginState::from_random(&[1; 32]);
    let practice = PracticeScope { practice: PracticeId::from_bytes([1; 16]) };
    let start = start(&state, &practice);
    assert_eq!(login.begin(start).await, Err(LoginError::Unavailable));
    // A provider whose certificate comes from elsewhere is away too.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(around.file("other.pem"), other.cert.pem()).unwrap();
    let settings = OidcProvider { roots: around.file("other.pem"), ..around.settings() };
    assert_eq!(around.login(&settings).begin(start).await, Err(LoginError::Unavailable));
    around.provider.stop.cancel();
}

/// The whole front channel with a real means of login: away to another site, and back into the same session.
#[tokio::test]
async fn a_person_who_logs_in_at_a_provider_consents_and_returns_to_the_pgo() {
    let around = Surroundings::new().await;
    around.provider.state.lock().unwrap().bsn = FIRST_BSN.to_owned();
    around.clock.set(Timestamp::parse_rfc3339(T).unwrap());
    let settings = around.settings();
    let network = Network::start_with(T, &[Delivery::demo().bytes], Vec::new(), |config| {
        config.login.method = LoginMethod::Oidc;
        config.login.oidc = Some(settings);
    })
    .await;
    let mut browser = network.pgo().browser().unwrap();
    let landing = browser.open(network.authorization()).await.unwrap();
    let away = browser.leave(&landing, ("action", "login"), &[]).await.unwrap();
    let elsewhere = wire_browser(&around.file("certs/ca.pem")).get(away).send().await.unwrap();
    let back = Url::parse(elsewhere.headers()["location"].to_str().unwrap()).unwrap();
    // The server is restarted while the person is at the provider.
    let network = network.restarted().await;
    let consent = browser.open(back.clone()).await.unwrap();
    assert!(consent.html.contains("decision"), "{}", consent.html);
    assert!(!consent.html.contains(FIRST_BSN));
    let returned = browser.leave(&consent, ("decision", "give"), &[]).await.unwrap();
    assert!(returned.query_pairs().any(|(name, _)| name == "code"), "{returned}");

    // The provider's answer once more, as from a copied address: it counted, and leads nowhere.
    let again = browser.open(back).await.unwrap();
    assert!(again.status >= 400, "{}", again.status);
    network.stop().await;
    around.provider.stop.cancel();
}
