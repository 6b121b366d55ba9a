//! A client that costs little, so that what is measured is the server: one connection, one request after the other.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use dvza::devnet::demo::DemoFile;
use dvza::http::tls;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use uuid::Uuid;

/// The host in the certificates of a development network.
const SERVER: &str = "localhost";

/// A PGO's server, as far as TLS and HTTP go. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    tls: TlsConnector,
    address: SocketAddr,
    host: HeaderValue,
}

/// An answer with its whole body.
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// What goes with every request of a collection.
#[derive(Clone)]
pub struct Bearer {
    /// `Bearer` and the access token.
    pub authorization: HeaderValue,
    /// `X-Correlation-ID`.
    pub correlation: HeaderValue,
}

/// An open connection.
pub struct Connection<'a> {
    client: &'a Client,
    requests: SendRequest<Empty<Bytes>>,
}

impl Client {
    /// The PGO of a development network, speaking to the server at this address.
    pub fn new(dir: &Path, demo: &DemoFile, address: SocketAddr) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in tls::read_certificates(&dir.join(&demo.ca))? {
            roots.add(certificate)?;
        }
        let certificate = &demo.pgo.certificate;
        let chain = tls::read_certificates(&dir.join(&certificate.cert))?;
        let key = PrivateKeyDer::from_pem_file(dir.join(&certificate.key))?;
        let config = ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
        let mut config = config.with_root_certificates(roots).with_client_auth_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Every collection pays for a whole handshake, whatever the server offers.
        config.resumption = Resumption::disabled();
        let host = HeaderValue::from_str(&format!("{SERVER}:{}", address.port()))?;
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), address, host })
    }

    /// The same client speaking to another server.
    pub fn to(&self, address: SocketAddr) -> anyhow::Result<Self> {
        let host = HeaderValue::from_str(&format!("{SERVER}:{}", address.port()))?;
        Ok(Self { address, host, ..self.clone() })
    }

    /// Connects anew: TCP, mutual TLS, HTTP/1.1.
    pub async fn connect(&self) -> anyhow::Result<Connection<'_>> {
        let stream = TcpStream::connect(self.address).await.context("no connection")?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(SERVER)?;
        let stream = self.tls.connect(name, stream).await.context("no TLS connection")?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends when `requests` is dropped; what goes wrong before is seen by the request that waits for it.
        tokio::spawn(connection);
        Ok(Connection { client: self, requests })
    }
}

impl Connection<'_> {
    /// One GET, read to its end; any status but 200 is an error.
    pub async fn get(&mut self, target: &Uri, bearer: &Bearer) -> anyhow::Result<Answer> {
        let (headers, body) = self.send(target, bearer).await?.into_parts();
        Ok(Answer { headers: headers.headers, body: body.collect().await?.to_bytes() })
    }

    /// As [`get`](Self::get), but only counts the bytes of the body.
    pub async fn count(&mut self, target: &Uri, bearer: &Bearer) -> anyhow::Result<u64> {
        let mut body = self.send(target, bearer).await?.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(bytes)
    }

    async fn send(&mut self, target: &Uri, bearer: &Bearer) -> anyhow::Result<Response<Incoming>> {
        let request_id = Uuid::new_v4().to_string();
        let request = Request::get(target.clone())
            .header(HOST, &self.client.host)
            .header(ACCEPT, "application/fhir+json")
            .header(AUTHORIZATION, &bearer.authorization)
            .header("x-correlation-id", &bearer.correlation)
            .header("medmij-request-id", request_id)
            .body(Empty::new())?;
        self.requests.ready().await?;
        let response = self.requests.send_request(request).await?;
        let status = response.status();
        ensure!(status == StatusCode::OK, "{} was answered with status {status}", target.path());
        Ok(response)
    }
}
