//! An OpenID Connect provider that speaks the real protocol: TLS, PKCE, single-use codes, signed tokens – and, when told
//! to, each of the lies a client must see through.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::{Form, Query, State};
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dvza::domain::time::Clock;
use dvza::http::listeners::{Limits, Listener};
use dvza::http::tls::{Clients, ReloadingTls, TlsFiles};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub const CLIENT: &str = "dvza";
pub const SECRET: &str = "een geheim dat niemand raadt";
pub const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";

/// What the provider does otherwise than it should.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    None,
    OtherNonce,
    NoNonce,
    OtherAudience,
    OtherIssuer,
    Expired,
    IssuedLongAgo,
    LoggedInLongAgo,
    NoAuthTime,
    UnknownKey,
    NoSignature,
    SecretAsKey,
    BrokenSignature,
    OtherAccessToken,
    NoIdToken,
    NoLevel,
    UnknownLevel,
    NoNumber,
    NotANumber,
    OtherSubjectInUserInfo,
    CodeRefused,
}

pub struct Provider {
    pub issuer: String,
    pub stop: CancellationToken,
    pub state: Shared,
}

pub type Shared = Arc<Mutex<Inner>>;

pub struct Inner {
    issuer: String,
    clock: Clock,
    pub lie: Lie,
    pub bsn: String,
    pub acr: String,
    /// Parameters of the last authorization request.
    pub asked: HashMap<String, String>,
    codes: HashMap<String, HashMap<String, String>>,
    key: EcdsaKeyPair,
    stranger: EcdsaKeyPair,
    count: u32,
}

impl Provider {
    /// Starts with certificates of a development network's folder.
    pub async fn start(network: &Path, clock: Clock) -> Self {
        let file = |name: &str| network.join("certs").join(name);
        let files = TlsFiles { cert: file("front.pem"), key: file("front.key"), clients: Clients::Anonymous };
        let second = Duration::from_secs(1);
        let limits = Limits { connections: 10, handshake: second, head: second, drain: second };
        let listener = Listener::bind("provider", ([127, 0, 0, 1], 0).into(), limits).await.unwrap();
        let issuer = format!("https://localhost:{}/broker", listener.local_address().port());
        let random = SystemRandom::new();
        let key = || {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap()
        };
        let state: Shared = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            clock,
            lie: Lie::None,
            bsn: "999990019".to_owned(),
            acr: SUBSTANTIAL.to_owned(),
            asked: HashMap::new(),
            codes: HashMap::new(),
            key: key(),
            stranger: key(),
            count: 0,
        }));
        let router = Router::new()
            .route("/broker/.well-known/openid-configuration", get(describe))
            .route("/broker/keys", get(keys))
            .route("/broker/authorize", get(authorize))
            .route("/broker/token", post(token))
            .route("/broker/userinfo", get(user_info))
            .with_state(state.clone());
        let stop = CancellationToken::new();
        tokio::spawn(listener.serve_tls(
            ReloadingTls::open("provider", files).unwrap().current(),
            router,
            stop.clone(),
        ));
        Self { issuer, stop, state }
    }
}

async fn describe(State(state): State<Shared>) -> Json<Value> {
    let issuer = state.lock().unwrap().issuer.clone();
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }))
}

async fn keys(State(state): State<Shared>) -> Json<Value> {
    let state = state.lock().unwrap();
    // An uncompressed point: 4, x, y.
    let point = state.key.public_key().as_ref();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
    Json(json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "one", "x": x, "y": y}]}))
}

/// Everybody is logged in already: the page in between is of no interest.
async fn authorize(State(state): State<Shared>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut state = state.lock().unwrap();
    state.count += 1;
    let code = format!("code{}", state.count);
    let mut address = url::Url::parse(&asked["redirect_uri"]).unwrap();
    address.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked["state"]);
    state.codes.insert(code, asked.clone());
    state.asked = asked;
    (StatusCode::FOUND, [(LOCATION, address.to_string())]).into_response()
}

async fn token(State(state): State<Shared>, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut state = state.lock().unwrap();
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    let secret = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{secret}")));
    if headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(expected.as_str()) {
        return refuse("invalid_client");
    }
    let Some(asked) = state.codes.remove(&form["code"]).filter(|_| state.lie != Lie::CodeRefused) else {
        return refuse("invalid_grant");
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, form["code_verifier"].as_bytes()));
    if asked["code_challenge"] != challenge || asked["redirect_uri"] != form["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let mut answer = json!({"access_token": "toegang", "token_type": "Bearer", "expires_in": 60});
    if state.lie != Lie::NoIdToken {
        answer["id_token"] = Value::String(state.id_token(&asked["nonce"]));
    }
    Json(answer).into_response()
}

async fn user_info(State(state): State<Shared>, headers: HeaderMap) -> Response {
    let state = state.lock().unwrap();
    if headers.get(AUTHORIZATION).is_none_or(|value| value != "Bearer toegang") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let subject = if state.lie == Lie::OtherSubjectInUserInfo { "iemand anders" } else { "pseudoniem" };
    Json(json!({"sub": subject, "bsn": state.bsn})).into_response()
}

impl Inner {
    fn id_token(&self, nonce: &str) -> String {
        let now = self.clock.now().millis() / 1000;
        let half = digest::digest(&digest::SHA256, b"toegang");
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "pseudoniem", "nonce": nonce, "bsn": self.bsn, "acr": self.acr,
            "iat": now, "auth_time": now, "exp": now + 60, "at_hash": URL_SAFE_NO_PAD.encode(&half.as_ref()[..16]),
        });
        let members = claims.as_object_mut().unwrap();
        let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
        let _ = match self.lie {
            Lie::OtherNonce => set("nonce", json!("een andere")),
            Lie::OtherAudience => set("aud", json!("iemand anders")),
            Lie::OtherIssuer => set("iss", json!("https://elders.example")),
            Lie::Expired => set("exp", json!(now - 120)),
            Lie::IssuedLongAgo => set("iat", json!(now - 3600)),
            Lie::LoggedInLongAgo => set("auth_time", json!(now - 3600)),
            Lie::UnknownLevel => set("acr", json!("https://elders.example/hoog")),
            Lie::NotANumber => set("bsn", json!("999990018")),
            Lie::OtherAccessToken => set("at_hash", json!(URL_SAFE_NO_PAD.encode([1; 16]))),
            _ => None,
        };
        let gone = match self.lie {
            Lie::NoNonce => "nonce",
            Lie::NoAuthTime => "auth_time",
            Lie::NoLevel => "acr",
            Lie::NoNumber => "bsn",
            _ => "",
        };
        members.remove(gone);
        let header = match self.lie {
            Lie::NoSignature => json!({"alg": "none"}),
            Lie::SecretAsKey => json!({"alg": "HS256"}),
            Lie::UnknownKey => json!({"alg": "ES256", "kid": "two"}),
            _ => json!({"alg": "ES256", "kid": "one"}),
        };
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let sign = |key: &EcdsaKeyPair| key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap().as_ref().to_vec();
        let signature = match self.lie {
            Lie::NoSignature => Vec::new(),
            // The well-known confusion: the public or shared value of the client used as a symmetric key.
            Lie::SecretAsKey => {
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, SECRET.as_bytes());
                aws_lc_rs::hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
            Lie::UnknownKey => sign(&self.stranger),
            Lie::BrokenSignature => {
                let mut signature = sign(&self.key);
                signature[10] ^= 1;
                signature
            }
            _ => sign(&self.key),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
