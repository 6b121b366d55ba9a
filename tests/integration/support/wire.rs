//! Requests of one's own making over the real listeners: any header, any body, any certificate or none.

use std::collections::BTreeMap;
use std::sync::Arc;

use dvza::devnet::demo::DemoCertificate;
use dvza::pgo::Tokens;
use reqwest::RequestBuilder;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use super::network::Network;

/// A well-formed id for the MedMij headers.
pub const UUID: &str = "9b2f6a0e-7c1d-4f3b-8a55-0d6c2e4f1a77";

/// An answer without what differs each time.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    /// HTTP status.
    pub status: u16,
    /// Every header but the date.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, String::from_utf8_lossy(&self.body))
    }
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The issue code of an OperationOutcome.
    pub fn issue(&self) -> String {
        let body = self.json();
        assert_eq!(body["resourceType"], "OperationOutcome", "{body}");
        body["issue"][0]["code"].as_str().unwrap().to_owned()
    }

    /// The challenge, or nothing.
    pub fn challenge(&self) -> &str {
        self.headers.get("www-authenticate").map(String::as_str).unwrap_or_default()
    }
}

/// A client that shows this certificate, or none.
pub fn client(network: &Network, certificate: Option<&DemoCertificate>) -> reqwest::Client {
    let path = |file: &str| network.dir.path().join(file);
    let chain = |file: &str| -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_file_iter(path(file)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let mut roots = RootCertStore::empty();
    for root in chain(&network.demo.ca) {
        roots.add(root).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let builder = builder.with_root_certificates(roots);
    let tls = match certificate {
        None => builder.with_no_client_auth(),
        Some(shown) => {
            let key = PrivateKeyDer::from_pem_file(path(&shown.key)).unwrap();
            builder.with_client_auth_cert(chain(&shown.cert), key).unwrap()
        }
    };
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The client of the PGO.
pub fn pgo_client(network: &Network) -> reqwest::Client {
    client(network, Some(&network.demo.pgo.certificate))
}

/// The request with both MedMij headers.
pub fn medmij(request: RequestBuilder) -> RequestBuilder {
    request.header("medmij-request-id", UUID).header("x-correlation-id", UUID)
}

/// The request with both MedMij headers and the access token, as a PGO sends it.
pub fn proper(request: RequestBuilder, tokens: &Tokens) -> RequestBuilder {
    medmij(request).bearer_auth(tokens.expose_access_token())
}

/// Sends a request and reads the answer.
pub async fn seen(request: RequestBuilder) -> Seen {
    let answer = request.send().await.unwrap();
    let headers = answer.headers().iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    Seen { status: answer.status().as_u16(), headers: headers.collect(), body: answer.bytes().await.unwrap().to_vec() }
}

/// A browser that trusts this authority, shows no certificate and follows no redirects.
pub fn browser(ca: &std::path::Path) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in dvza::http::tls::read_certificates(ca).unwrap() {
        roots.add(certificate).unwrap();
    }
    let config = rustls::ClientConfig::builder_with_provider(dvza::http::tls::provider());
    let config = config.with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}
