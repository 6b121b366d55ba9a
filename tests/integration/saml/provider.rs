//! An identity provider that speaks SAML as DigiD and TVS do: signed metadata, signed requests over both bindings, artifacts
//! that are given out once over mutual TLS, real XML signatures and encryption – and, when told to, each of the lies of
//! [`Lie`](super::lies::Lie).

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use axum::Router;
use axum::extract::{Form, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::{DsigContext, verify};
use bergshamra_keys::{KeysManager, loader};
use dvza::domain::time::Clock;
use dvza::http::listeners::{Limits, Listener};
use dvza::http::tls::{Clients, ReloadingTls, TlsFiles};
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::answers::{Answers, Asked};
use super::lies::Lie;

/// An RSA key with its certificate.
pub struct Keys {
    pub key_pem: String,
    pub cert_pem: String,
    pub cert_der: Vec<u8>,
}

impl Keys {
    pub fn new(name: &str) -> Self {
        let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
        let cert = rcgen::CertificateParams::new([name.to_owned()]).unwrap().self_signed(&key).unwrap();
        Self { key_pem: key.serialize_pem(), cert_pem: cert.pem(), cert_der: cert.der().to_vec() }
    }

    pub fn cert_base64(&self) -> String {
        STANDARD.encode(&self.cert_der)
    }
}

pub struct Provider {
    pub stop: CancellationToken,
    pub state: Shared,
    /// What it says of itself, signed.
    pub metadata: String,
}

pub type Shared = Arc<Mutex<Inner>>;

pub struct Inner {
    pub answers: Answers,
    /// The last AuthnRequest, as XML.
    pub asked: String,
    /// Our certificate, as the provider knows it from our metadata.
    client: Vec<u8>,
    artifacts: HashMap<String, Asked>,
    count: u8,
}

impl Provider {
    /// Starts with certificates of a development network's folder. `client` is our certificate for signing.
    pub async fn start(network: &Path, clock: Clock, consumer: &str, entity: &str, client: &Keys) -> Self {
        let stop = CancellationToken::new();
        let file = |name: &str| network.join("certs").join(name);
        let second = Duration::from_secs(1);
        let limits = Limits { connections: 20, handshake: second, head: second, drain: second };
        let mut origins = Vec::new();
        let mut listeners = Vec::new();
        for clients in [Clients::Anonymous, Clients::Certified { roots: file("ca.pem"), crls: Vec::new() }] {
            let files = TlsFiles { cert: file("front.pem"), key: file("front.key"), clients };
            let listener = Listener::bind("provider", ([127, 0, 0, 1], 0).into(), limits).await.unwrap();
            origins.push(format!("https://localhost:{}", listener.local_address().port()));
            listeners.push((listener, ReloadingTls::open("provider", files).unwrap().current()));
        }
        let answers = Answers::new(&origins[0], consumer, entity, client, clock);
        let metadata = answers.metadata(&origins[0], &origins[1]);
        let inner = Inner {
            answers,
            asked: String::new(),
            client: client.cert_der.clone(),
            artifacts: HashMap::new(),
            count: 0,
        };
        let state: Shared = Arc::new(Mutex::new(inner));
        let front = Router::new().route("/sso", get(by_address).post(by_form)).with_state(state.clone());
        let back = Router::new().route("/artifact", post(resolve)).with_state(state.clone());
        for ((listener, tls), router) in listeners.into_iter().zip([front, back]) {
            tokio::spawn(listener.serve_tls(tls, router, stop.clone()));
        }
        Self { stop, state, metadata }
    }

    pub fn lie(&self, lie: Lie) {
        self.state.lock().unwrap().answers.lie = lie;
    }
}

/// HTTP-POST: the signature is in the message.
async fn by_form(State(state): State<Shared>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut state = state.lock().unwrap();
    let message = String::from_utf8(STANDARD.decode(&form["SAMLRequest"]).unwrap()).unwrap();
    if !state.is_signed(&message) {
        return StatusCode::FORBIDDEN.into_response();
    }
    state.log_in(message, &form["RelayState"])
}

/// HTTP-Redirect: the signature is over the query.
async fn by_address(State(state): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let mut state = state.lock().unwrap();
    let query = query.unwrap();
    let fields: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let signed = query.split("&Signature=").next().unwrap();
    let (_, certificate) = X509Certificate::from_der(&state.client).unwrap();
    let key = certificate.public_key().subject_public_key.data.to_vec();
    let signature = STANDARD.decode(&fields["Signature"]).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
    if key.verify(signed.as_bytes(), &signature).is_err() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let mut message = String::new();
    let deflated = STANDARD.decode(&fields["SAMLRequest"]).unwrap();
    flate2::read::DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut message).unwrap();
    state.log_in(message, &fields["RelayState"])
}

/// An artifact is exchanged once, for who signs the request.
async fn resolve(State(state): State<Shared>, body: String) -> Response {
    let mut state = state.lock().unwrap();
    let start = body.find("<samlp:ArtifactResolve").unwrap();
    let message = body[start..].split("</soap:Body>").next().unwrap().to_owned();
    if !state.is_signed(&message) || state.answers.lie == Lie::ArtifactServiceFails {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let artifact = message.split("<samlp:Artifact>").nth(1).unwrap().split('<').next().unwrap();
    let asked = state.artifacts.remove(artifact);
    state.answers.artifact_response(attribute(&message, "ID"), asked.as_ref()).into_response()
}

impl Inner {
    fn is_signed(&self, message: &str) -> bool {
        let mut keys = KeysManager::new();
        keys.add_key(loader::load_x509_cert_der(&self.client).unwrap());
        verify::verify(&DsigContext::new(keys), message).is_ok_and(|result| result.is_valid())
    }

    /// Everybody is logged in already: the pages in between are of no interest.
    fn log_in(&mut self, message: String, relay: &str) -> Response {
        self.count += 1;
        let artifact = self.artifact();
        self.artifacts.insert(artifact.clone(), Asked { request: attribute(&message, "ID").to_owned() });
        self.asked = message;
        let mut address = url::Url::parse(&self.answers.consumer).unwrap();
        address.query_pairs_mut().append_pair("SAMLart", &artifact).append_pair("RelayState", relay);
        (StatusCode::FOUND, [(LOCATION, address.to_string())]).into_response()
    }

    fn artifact(&self) -> String {
        let source = match self.answers.lie {
            Lie::ArtifactOfAnother => "https://elders.example",
            _ => &self.answers.entity,
        };
        let source = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, source.as_bytes());
        let handle = [self.count; 20];
        STANDARD.encode([&[0, 4, 0, 7], source.as_ref(), &handle].concat())
    }
}

/// The first attribute of this name in a message of ours.
pub fn attribute<'m>(message: &'m str, name: &str) -> &'m str {
    let start = message.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    message[start..].split('"').next().unwrap()
}
