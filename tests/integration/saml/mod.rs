//! Logging in over SAML against a provider that speaks it, with a table of answers that must not be believed.

mod answers;
mod lies;
mod provider;

use std::path::PathBuf;

use dvza::cli::wire;
use dvza::config::{LoginMethod, SamlBinding, SamlProfile, SamlProvider};
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::assurance::Level;
use dvza::domain::ids::{PracticeId, PracticeScope};
use dvza::domain::representation::Representation;
use dvza::domain::time::{Clock, Timestamp};
use dvza::login::saml::Saml;
use dvza::login::{Departure, Identity, LoginError, LoginService, LoginStart, PatientLogin};
use dvza::oauth::{LoginState, Params};
use dvza::sample::practice::FIRST_BSN;
use dvza::seal::{KeyFile, Sealer};
use url::Url;

use self::answers::Form;
use self::lies::{COMMON, ENCRYPTED, Lie};
use self::provider::{Keys, Provider, attribute};
use crate::support::counted::Counted;
use crate::support::demo::Delivery;
use crate::support::network::{Network, T};
use crate::support::wire::browser;

const NOW: &str = "2026-06-15T10:00:00+02:00";
const FRONT: &str = "https://dva.example/";
const CONSUMER: &str = "https://dva.example/login/return";
const ENTITY: &str = "urn:nl-eid-gdi:1.0:LC:00000000000000000001:entities:9000";
const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";

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
        let own = Keys::new("dva.example");
        let provider = Provider::start(dir.path(), clock.clone(), CONSUMER, ENTITY, &own).await;
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("saml.pem", &own.cert_pem);
        write("saml.key", &own.key_pem);
        write("metadata.xml", &provider.metadata);
        write("signer.pem", &provider.state.lock().unwrap().answers.keys.cert_pem);
        let keys = KeyFile::generate(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        Self { dir, clock, provider, sealer: Sealer::new(&keys).unwrap() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn digid(&self) -> SamlProvider {
        SamlProvider {
            profile: SamlProfile::Digid,
            binding: SamlBinding::Redirect,
            entity_id: ENTITY.to_owned(),
            metadata: self.file("metadata.xml"),
            metadata_signer: Some(self.file("signer.pem")),
            cert: self.file("saml.pem"),
            key: self.file("saml.key"),
            decryption_cert: None,
            decryption_key: None,
            tls_cert: self.file("certs/pgo.pem"),
            tls_key: self.file("certs/pgo.key"),
            roots: self.file("certs/ca.pem"),
            consumer_index: 0,
            levels: None,
            voluntary: None,
            parental: None,
        }
    }

    /// A connection to a routing service; the provider answers in its form.
    fn toegang(&self) -> SamlProvider {
        {
            let mut state = self.provider.state.lock().unwrap();
            state.answers.form = Form::Attributes;
            state.answers.class = SUBSTANTIAL.to_owned();
        }
        SamlProvider { profile: SamlProfile::Toegang, binding: SamlBinding::Post, ..self.digid() }
    }

    fn try_login(&self, settings: &SamlProvider) -> anyhow::Result<Saml> {
        wire::saml(settings, &Url::parse(FRONT).unwrap(), self.sealer.clone(), self.clock.clone())
    }

    fn login(&self, settings: &SamlProvider) -> Saml {
        self.try_login(settings).unwrap()
    }

    /// A browser without a screen: away to the provider, and back with what it says.
    async fn visit(&self, login: &Saml, byte: u8) -> Params {
        self.visit_for(login, byte, None).await
    }

    async fn visit_for(&self, login: &Saml, byte: u8, representation: Option<Representation>) -> Params {
        let state = LoginState::from_random(&[byte; 32]);
        let browser = browser(&self.file("certs/ca.pem"));
        let request = match login.begin(start(&state, representation, &service())).await.unwrap() {
            Departure::Redirect(address) => browser.get(address),
            Departure::Form { action, fields } => browser.post(action).form(&fields),
        };
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 302, "the provider takes the request");
        let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        assert!(back.as_str().starts_with(CONSUMER), "{back}");
        Params::parse(back.query().unwrap().as_bytes()).unwrap()
    }

    async fn log_in(&self, login: &Saml, byte: u8) -> Result<Identity, LoginError> {
        let answer = self.visit(login, byte).await;
        login.finish(&answer, self.clock.now()).await
    }

    fn asked(&self) -> String {
        self.provider.state.lock().unwrap().asked.clone()
    }
}

fn service() -> LoginService {
    LoginService { audience: "urn:nl-eid-gdi:1.0:DV:1:entities:1".to_owned(), uuid: "een-dienst".to_owned() }
}

fn start<'a>(
    state: &'a LoginState,
    representation: Option<Representation>,
    service: &'a LoginService,
) -> LoginStart<'a> {
    const PRACTICE: PracticeScope = PracticeScope { practice: PracticeId::from_bytes([1; 16]) };
    LoginStart { state, practice: &PRACTICE, service: Some(service), minimum: Level::Substantieel, representation }
}

#[tokio::test]
async fn a_person_logs_in_at_digid_with_a_plain_or_an_encrypted_number() {
    let around = Surroundings::new().await;
    for (byte, binding, form) in [
        (1, SamlBinding::Redirect, Form::NameId),
        (2, SamlBinding::Post, Form::NameId),
        (3, SamlBinding::Redirect, Form::EncryptedNameId),
    ] {
        around.provider.state.lock().unwrap().answers.form = form;
        let login = around.login(&SamlProvider { binding, ..around.digid() });
        let identity = around.log_in(&login, byte).await.unwrap();
        assert_eq!((identity.level, identity.at), (Level::Substantieel, around.clock.now()));
        assert!(identity.subject.bsn().unwrap().digits() == "999990019" && identity.acting == identity.subject);
        assert!(login.origin().unwrap().starts_with("https://localhost:"), "pages may lead there");
    }
    let asked = around.asked();
    assert_eq!(attribute(&asked, "ForceAuthn"), "true", "no single sign-on between practices");
    assert_eq!(attribute(&asked, "AssertionConsumerServiceIndex"), "0");
    let context = "<samlp:RequestedAuthnContext Comparison=\"minimum\"><saml:AuthnContextClassRef>\
                   urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard</saml:AuthnContextClassRef>";
    assert!(asked.contains(context), "nothing below what the practice wants is asked for: {asked}");
    assert!(!asked.contains("AssertionConsumerServiceURL"));
    around.provider.stop.cancel();
}

#[tokio::test]
async fn a_person_logs_in_at_a_routing_service_for_oneself_or_for_another() {
    let around = Surroundings::new().await;
    let settings = SamlProvider {
        voluntary: Some("urn:bvd".to_owned()),
        parental: Some("urn:bvd-og".to_owned()),
        ..around.toegang()
    };
    let login = around.login(&settings);
    for (byte, form) in [(1, Form::Attributes), (2, Form::AttributesBeside)] {
        around.provider.state.lock().unwrap().answers.form = form;
        let identity = around.log_in(&login, byte).await.unwrap();
        assert!(identity.subject.bsn().unwrap().digits() == "999990019" && identity.acting == identity.subject);
        assert_eq!(identity.level, Level::Substantieel);
    }
    let asked = around.asked();
    let (audience, uuid) = ("urn:nl-eid-gdi:1.0:IntendedAudience", "urn:nl-eid-gdi:1.0:ServiceUUID");
    for (name, value) in [(audience, service().audience), (uuid, service().uuid)] {
        let attribute = format!("<saml:Attribute Name=\"{name}\"><saml:AttributeValue>{value}<");
        assert!(asked.contains(&attribute), "{asked}");
    }
    assert!(!asked.contains("RequestedAuthnContext"), "the level is the service's");
    assert!(!asked.contains("Scoping"), "nobody is asked for mandates");

    around.provider.state.lock().unwrap().answers.legal = Some("999990020".to_owned());
    for (byte, kind, asked) in [(3, Representation::Voluntary, "urn:bvd"), (4, Representation::Parental, "urn:bvd-og")]
    {
        let answer = around.visit_for(&login, byte, Some(kind)).await;
        let identity = login.finish(&answer, around.clock.now()).await.unwrap();
        assert_eq!(
            (identity.acting.bsn().unwrap().digits(), identity.subject.bsn().unwrap().digits()),
            ("999990019", "999990020")
        );
        let scoping = format!(
            "<samlp:IDPEntry ProviderID=\"{asked}\"/></samlp:IDPList><samlp:RequesterID>{asked}</samlp:RequesterID>"
        );
        assert!(around.asked().contains(&scoping), "{}", around.asked());
    }
    around.provider.stop.cancel();
}

#[tokio::test]
async fn an_answer_that_is_forged_stale_wrapped_or_for_another_is_never_believed() {
    let around = Surroundings::new().await;
    let reasons = Counted::default();
    let _counting = metrics::set_default_local_recorder(&reasons);
    for cases in [&COMMON[..], &ENCRYPTED] {
        let login = around.login(&if cases == COMMON { around.digid() } else { around.toegang() });
        for (byte, (lie, reason)) in (10..).zip(cases) {
            around.provider.lie(*lie);
            assert_eq!(around.log_in(&login, byte).await, Err(LoginError::Failed), "{lie:?}");
            assert_eq!(reasons.take("dvza_login_failures_total"), [*reason], "{lie:?}: refused, and for what it is");
            around.provider.lie(Lie::None);
            assert!(around.log_in(&login, byte + 100).await.is_ok(), "after {lie:?} the truth is believed");
        }
    }
    around.provider.stop.cancel();
}

#[tokio::test]
async fn an_artifact_counts_once_and_for_its_own_login_only() {
    let around = Surroundings::new().await;
    let login = around.login(&around.digid());
    let answer = around.visit(&login, 1).await;
    assert!(login.finish(&answer, around.clock.now()).await.is_ok());
    assert_eq!(login.finish(&answer, around.clock.now()).await, Err(LoginError::Failed), "replayed");

    // The artifact of one login brought along with the state of another: the answer is to another request.
    let (one, two) = (around.visit(&login, 2).await, around.visit(&login, 3).await);
    let field = |answer: &Params, name| answer.single(name).unwrap().unwrap().to_owned();
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (artifact, state) = (encoded(&field(&one, "SAMLart")), field(&two, "RelayState"));
    let said = |text: String| Params::parse(text.as_bytes()).unwrap();
    let cases = [
        ("of another login", format!("SAMLart={artifact}&RelayState={state}")),
        ("without state", format!("SAMLart={artifact}")),
        ("without artifact", format!("RelayState={state}")),
        ("two artifacts", format!("SAMLart={artifact}&SAMLart={artifact}&RelayState={state}")),
        ("no artifact", format!("SAMLart=AAQABw%3D%3D&RelayState={state}")),
        ("a posted assertion", format!("SAMLResponse={artifact}&RelayState={state}")),
    ];
    for (case, text) in cases {
        assert_eq!(login.finish(&said(text), around.clock.now()).await, Err(LoginError::Failed), "{case}");
    }
    around.provider.stop.cancel();
}

#[tokio::test]
async fn a_cancelled_login_is_told_apart_from_a_failed_one_and_from_a_service_that_is_away() {
    let around = Surroundings::new().await;
    let login = around.login(&around.digid());
    // DigiD has one code for a login that is cancelled and one that fails.
    around.provider.lie(Lie::FailedNotCancelled);
    assert_eq!(around.log_in(&login, 1).await, Err(LoginError::Cancelled));
    around.provider.lie(Lie::ArtifactServiceFails);
    assert_eq!(around.log_in(&login, 2).await, Err(LoginError::Unavailable));
    around.provider.lie(Lie::None);
    around.provider.state.lock().unwrap().answers.class =
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract".to_owned();
    assert_eq!(around.log_in(&login, 3).await.unwrap().level, Level::Midden, "the flow refuses it");

    // Roots that the artifact service's certificate does not come from.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(around.file("other.pem"), other.cert.pem()).unwrap();
    let login = around.login(&SamlProvider { roots: around.file("other.pem"), ..around.digid() });
    assert_eq!(around.log_in(&login, 4).await, Err(LoginError::Unavailable));

    let login = around.login(&around.toegang());
    around.provider.lie(Lie::Cancelled);
    assert_eq!(around.log_in(&login, 6).await, Err(LoginError::Cancelled), "by its message");
    // A routing service does not know a practice without a service, nor mandates that nobody is asked for.
    let login = around.login(&around.toegang());
    let (state, service) = (LoginState::from_random(&[5; 32]), service());
    let nameless = LoginStart { service: None, ..start(&state, None, &service) };
    assert_eq!(login.begin(nameless).await, Err(LoginError::Unavailable));
    let for_another = start(&state, Some(Representation::Parental), &service);
    assert_eq!(login.begin(for_another).await, Err(LoginError::Unavailable));
    // And nobody goes by a description that has ended.
    around.clock.set(Timestamp::parse_rfc3339("2026-06-17T10:00:00+02:00").unwrap());
    assert_eq!(login.begin(start(&state, None, &service)).await, Err(LoginError::Unavailable));
    around.provider.stop.cancel();
}

#[tokio::test]
async fn a_connection_is_made_of_signed_metadata_and_strong_keys_only() {
    let around = Surroundings::new().await;
    let right = std::fs::read_to_string(around.file("metadata.xml")).unwrap();
    let refused = |text: &str| {
        std::fs::write(around.file("metadata.xml"), text).unwrap();
        let error = around.try_login(&around.digid()).err().unwrap();
        std::fs::write(around.file("metadata.xml"), &right).unwrap();
        format!("{error:#}")
    };
    let cases = [
        ("changed", right.replace("/sso", "/elders"), "not signed"),
        (
            "unsigned",
            right.replace("ds:Signature ", "ds:Other ").replace("</ds:Signature>", "</ds:Other>"),
            "not signed",
        ),
        ("another's", right.replace("EntityDescriptor", "EntitiesDescriptor"), "not metadata"),
        ("no XML", "metadata".to_owned(), "not metadata"),
    ];
    for (case, text, expected) in cases {
        let told = refused(&text);
        assert!(told.contains(expected), "{case}: {told}");
    }
    around.clock.set(Timestamp::parse_rfc3339("2026-06-17T10:00:00+02:00").unwrap());
    assert!(refused(&right).contains("validUntil"));
    around.clock.set(Timestamp::parse_rfc3339(NOW).unwrap());

    let weak = rcgen::generate_simple_self_signed(["dva.example".to_owned()]).unwrap();
    std::fs::write(around.file("weak.key"), weak.signing_key.serialize_pem()).unwrap();
    let error = around.try_login(&SamlProvider { key: around.file("weak.key"), ..around.digid() }).err().unwrap();
    assert!(format!("{error:#}").contains("RSA key"), "{error:#}");

    // What the provider must know of us is signed, and says where answers go and which certificates are ours.
    let metadata = around.login(&around.digid()).metadata().unwrap();
    let certificate = std::fs::read_to_string(around.file("saml.pem")).unwrap();
    let certificate: String = certificate.lines().filter(|line| !line.starts_with("-----")).collect();
    for expected in [ENTITY, CONSUMER, "HTTP-Artifact", "use=\"encryption\"", &certificate, "<ds:SignatureValue>"] {
        assert!(metadata.contains(expected), "{expected} in {metadata}");
    }
    around.provider.stop.cancel();
}

/// The whole front channel: a page with a form to the provider, and back into the same session, also after a restart.
#[tokio::test]
async fn a_person_who_logs_in_with_an_artifact_consents_and_returns_to_the_pgo() {
    let around = Surroundings::new().await;
    around.provider.state.lock().unwrap().answers.bsn = FIRST_BSN.to_owned();
    around.clock.set(Timestamp::parse_rfc3339(T).unwrap());
    let settings = SamlProvider { binding: SamlBinding::Post, ..around.digid() };
    let network = Network::start_with(T, &[Delivery::demo().bytes], Vec::new(), |config| {
        config.login.method = LoginMethod::Saml;
        config.login.saml = Some(settings);
    })
    .await;
    let consumer = network.config().listeners.front.public_url.join("/login/return").unwrap();
    around.provider.state.lock().unwrap().answers.consumer = consumer.to_string();
    let mut person = network.pgo().browser().unwrap();
    let landing = person.open(network.authorization()).await.unwrap();
    let depart = person.press(&landing, ("action", "login"), &[]).await.unwrap();
    let html = scraper::Html::parse_document(&depart.html);
    let select = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let action = html.select(&select("form")).next().unwrap().attr("action").unwrap().to_owned();
    let fields: Vec<(String, String)> = html
        .select(&select("input[type=hidden]"))
        .map(|field| (field.attr("name").unwrap().to_owned(), field.attr("value").unwrap().to_owned()))
        .collect();
    let elsewhere = browser(&around.file("certs/ca.pem")).post(action).form(&fields).send().await.unwrap();
    let back = Url::parse(elsewhere.headers()["location"].to_str().unwrap()).unwrap();
    let network = network.restarted().await;
    let consent = person.open(back.clone()).await.unwrap();
    assert!(consent.html.contains("decision") && !consent.html.contains(FIRST_BSN), "{}", consent.html);
    let returned = person.leave(&consent, ("decision", "give"), &[]).await.unwrap();
    assert!(returned.query_pairs().any(|(name, _)| name == "code"), "{returned}");
    let again = person.open(back).await.unwrap();
    assert!(again.status >= 400, "{}", again.status);
    network.stop().await;
    around.provider.stop.cancel();
}
