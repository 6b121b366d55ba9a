//! What serving is measured against: axum on rustls with the TLS of the back listener, and nothing behind it.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use dvza::cli::wire;
use dvza::config::Config;
use dvza::http::tls;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::client::Answer;

/// Answers by bearer and target of the request.
#[derive(Default)]
pub struct Recorded(HashMap<(HeaderValue, String), (HeaderMap, Bytes)>);

impl Recorded {
    /// Keeps an answer; what the HTTP library adds by itself is left to it.
    pub fn keep(&mut self, authorization: &HeaderValue, target: &str, answer: &Answer) {
        let mut headers = answer.headers.clone();
        for name in [CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        self.0.insert((authorization.clone(), target.to_owned()), (headers, answer.body.clone()));
    }
}

/// Answers every request with what was recorded for it.
pub fn replay(recorded: Recorded) -> Router {
    Router::new().fallback(replay_one).with_state(Arc::new(recorded))
}

async fn replay_one(State(recorded): State<Arc<Recorded>>, request: Request) -> Response {
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let target = request.uri().path_and_query().map(ToString::to_string);
    let known = authorization.zip(target).and_then(|key| recorded.0.get(&key));
    let Some((headers, body)) = known else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = Response::new(Body::from(body.clone()));
    *response.headers_mut() = headers.clone();
    response
}

/// Answers every request with the value of its `Authorization` header.
///
/// The test PGO shows its tokens to nobody but a server: so a server is asked.
pub fn echo() -> Router {
    Router::new().fallback(async |request: Request| {
        let value = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        Bytes::copy_from_slice(value.unwrap_or_default())
    })
}

/// Starts a server on a port of its own with the certificates of the back listener; it ends with the runtime.
pub async fn start(config: &Config, router: Router) -> anyhow::Result<SocketAddr> {
    let tls = Arc::new(tls::server_config(&wire::client_tls(&config.listeners.back))?);
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = socket.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            tokio::spawn(connection(stream, TlsAcceptor::from(tls.clone()), router.clone()));
        }
    });
    Ok(address)
}

async fn connection(stream: TcpStream, tls: TlsAcceptor, router: Router) {
    // As the listener does it; failure only costs speed.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = tls.accept(stream).await else { return };
    let builder = Builder::new(TokioExecutor::new());
    // The client sees what goes wrong.
    let _ = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)).await;
}
