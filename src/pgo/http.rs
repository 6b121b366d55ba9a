//! The PGO's connections: TLS with and without its certificate, MedMij headers, bounded answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use url::Url;
use uuid::Uuid;

use super::error::{PgoError, Step};

/// The largest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;
/// What MedMij gives a resource server (core.rscint.202), and a little more.
const ANSWER_TIME: Duration = Duration::from_secs(65);
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// An HTTP answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where the answer came from.
    pub url: Url,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The media type without parameters, in lower case; empty when there is none.
    pub fn media_type(&self) -> String {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// Reads an answer to its end.
    pub(super) async fn read(step: Step, mut response: reqwest::Response) -> Result<Self, PgoError> {
        let (status, url) = (response.status().as_u16(), response.url().clone());
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(step, error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(PgoError::TooLarge { step, limit: ANSWER_LIMIT });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, url, headers, body })
    }
}

/// What goes with every request on the back channel.
pub(super) struct Headers<'a> {
    pub correlation: Uuid,
    pub bearer: Option<&'a str>,
}

/// The mutual TLS connection to token and resource endpoints.
#[derive(Debug)]
pub(super) struct BackChannel {
    client: reqwest::Client,
}

impl BackChannel {
    pub fn new(tls: ClientConfig) -> Result<Self, PgoError> {
        Ok(Self { client: build(client(tls))? })
    }

    pub async fn get(&self, url: Url, accept: &str, headers: &Headers<'_>) -> Result<Answer, PgoError> {
        let accept = HeaderValue::from_str(accept).unwrap_or(HeaderValue::from_static("*/*"));
        let request = self.client.get(url).headers(medmij(headers)).header(ACCEPT, accept);
        let response = request.send().await.map_err(|error| lost(Step::Resource, error))?;
        Answer::read(Step::Resource, response).await
    }

    /// A POST with body and headers as given, and the MedMij headers.
    pub async fn post(
        &self,
        step: Step,
        url: Url,
        own: HeaderMap,
        body: Vec<u8>,
        headers: &Headers<'_>,
    ) -> Result<Answer, PgoError> {
        let request = self.client.post(url).headers(own).headers(medmij(headers)).body(body);
        let response = request.send().await.map_err(|error| lost(step, error))?;
        Answer::read(step, response).await
    }
}

/// Requests of somebody else's making on a connection like the PGO's: what conformance scripts send.
#[derive(Debug, Clone)]
pub struct Channel {
    client: reqwest::Client,
}

impl Channel {
    /// A connection that trusts these roots and shows this certificate with its key; without roots only plain HTTP works.
    ///
    /// # Errors
    /// [`PgoError::Setup`] names the file that is missing or not what it should be.
    pub fn open(ca: Option<&Path>, identity: Option<(&Path, &Path)>) -> Result<Self, PgoError> {
        let roots = match ca {
            Some(ca) => roots(ca)?,
            None => Arc::new(RootCertStore::empty()),
        };
        let tls = match identity {
            Some((cert, key)) => certified(roots, cert, key)?,
            None => anonymous(roots)?,
        };
        // Another builder's test server may speak plain HTTP.
        Ok(Self { client: build(client(tls).https_only(false))? })
    }

    /// Sends a request exactly as it is given.
    ///
    /// # Errors
    /// [`PgoError::Connection`] when there is no HTTP answer; any status is an answer.
    pub async fn send(
        &self,
        method: reqwest::Method,
        url: Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, PgoError> {
        let request = self.client.request(method, url).headers(headers);
        let request = match body {
            Some(body) => request.body(body),
            None => request,
        };
        let response = request.send().await.map_err(|error| lost(Step::Resource, error))?;
        Answer::read(Step::Resource, response).await
    }
}

/// `MedMij-Request-ID`, new for every request, and `X-Correlation-ID` (core.rscint.201, core.tknint.208).
fn medmij(headers: &Headers<'_>) -> HeaderMap {
    let mut map = HeaderMap::new();
    let bearer = headers.bearer.map(|token| ("authorization", format!("Bearer {token}")));
    let ids = [("medmij-request-id", new_uuid().to_string()), ("x-correlation-id", headers.correlation.to_string())];
    for (name, value) in ids.into_iter().chain(bearer) {
        // A token that is no header value cannot be sent; the server will say that it is missing.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(name == AUTHORIZATION.as_str());
            map.insert(name, value);
        }
    }
    map
}

/// A builder with the limits of every connection; redirects are never followed by themselves.
pub(super) fn client(tls: ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_TIME)
        .connect_timeout(CONNECT_TIME)
}

pub(super) fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client, PgoError> {
    builder.build().map_err(|error| PgoError::setup("the PGO's TLS", error))
}

pub(super) fn lost(step: Step, error: reqwest::Error) -> PgoError {
    // The URL of an authorization request holds state and ids: it does not belong in a message.
    PgoError::connection(step, &error.without_url())
}

/// The roots the PGO trusts.
pub(super) fn roots(path: &Path) -> Result<Arc<RootCertStore>, PgoError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|error| PgoError::setup(path, error))?;
    }
    Ok(Arc::new(roots))
}

/// TLS as a browser does it.
pub(super) fn anonymous(roots: Arc<RootCertStore>) -> Result<ClientConfig, PgoError> {
    Ok(builder()?.with_root_certificates(roots).with_no_client_auth())
}

/// TLS with the PGO's certificate.
pub(super) fn certified(roots: Arc<RootCertStore>, cert: &Path, key: &Path) -> Result<ClientConfig, PgoError> {
    let chain = certificates(cert)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| PgoError::setup(key, error))?;
    let builder = builder()?.with_root_certificates(roots);
    builder.with_client_auth_cert(chain, private).map_err(|error| PgoError::setup(cert, error))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, PgoError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    builder.map_err(|error| PgoError::setup("the PGO's TLS", error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PgoError> {
    let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    certificates.map_err(|error| PgoError::setup(path, error))
}

/// A random UUID (version 4).
pub(super) fn new_uuid() -> Uuid {
    Uuid::new_v4()
}
