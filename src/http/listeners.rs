//! The accept loop: sockets, TLS handshakes, limits, and an orderly end.
//!
//! A listener is bound first, so that its port is known before anything is announced, and served later. Every
//! request carries `ConnectInfo<SocketAddr>` and, on a connection with a client certificate, its
//! [`ClientIdentity`] in the extensions.
//!
//! Against overload and silent peers: a cap on connections (further ones wait in the kernel's queue), a time
//! limit for the handshake, for the first request and for each request head. See architecture.md §10.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;

use super::extract::client::ClientIdentity;

/// How long to wait before accepting again when the system is out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Limits of one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at the same time; at least 1.
    pub connections: usize,
    /// From the accepted socket to the end of the TLS handshake.
    pub handshake: Duration,
    /// From the end of the handshake to the first request, and for every HTTP/1 request head (this also ends
    /// idle connections).
    pub head: Duration,
    /// From the request to stop until running requests are cut off.
    pub drain: Duration,
}

/// A bound socket that does not serve yet.
#[derive(Debug)]
pub struct Listener {
    name: &'static str,
    socket: TcpListener,
    local: SocketAddr,
    limits: Limits,
}

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("the {name} listener cannot use {address}: {source}; is another program on that port?")]
pub struct BindError {
    /// Which listener: front, back, console or ops.
    pub name: &'static str,
    /// The configured address.
    pub address: SocketAddr,
    /// What the operating system said.
    pub source: io::Error,
}

/// How a connection is secured.
#[derive(Clone)]
enum Security {
    Plain,
    Tls(Arc<ArcSwap<ServerConfig>>),
}

impl Listener {
    /// Takes the address; port 0 lets the system choose, see [`local_address`](Self::local_address).
    ///
    /// # Errors
    /// [`BindError`] when the address is in use, not of this machine, or not permitted.
    pub async fn bind(name: &'static str, address: SocketAddr, limits: Limits) -> Result<Self, BindError> {
        let failed = |source| BindError { name, address, source };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let local = socket.local_addr().map_err(failed)?;
        Ok(Self { name, socket, local, limits })
    }

    /// The address with its real port.
    pub const fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Serves over TLS until `stop` is cancelled and the running requests are answered or their time is up.
    ///
    /// `tls` is looked at for every connection, so a new certificate is used at once.
    pub async fn serve_tls(self, tls: Arc<ArcSwap<ServerConfig>>, router: Router, stop: CancellationToken) {
        self.serve(Security::Tls(tls), router, stop).await;
    }

    /// Serves without TLS, for the operator's network; ends as [`serve_tls`](Self::serve_tls) does.
    pub async fn serve_plain(self, router: Router, stop: CancellationToken) {
        self.serve(Security::Plain, router, stop).await;
    }

    async fn serve(self, security: Security, router: Router, stop: CancellationToken) {
        let Self { name, socket, limits, .. } = self;
        let router = router.layer(CatchPanicLayer::new());
        let places = Arc::new(Semaphore::new(limits.connections.max(1)));
        let graceful = GracefulShutdown::new();
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&socket, &places) => accepted,
            };
            let (stream, peer, place) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(listener = name, %error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            metrics::counter!("dvza_connections_total", "listener" => name).increment(1);
            let connection = Connection { name, limits, peer, router: router.clone(), watcher: graceful.watcher() };
            running.spawn(connection.run(stream, security.clone(), place));
        }
        drop(socket);
        drain(name, graceful, running, limits.drain).await;
    }
}

/// Waits for a free place first, so that connections over the cap stay in the kernel's queue.
async fn accept(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = socket.accept().await?;
    Ok((stream, peer, place))
}

async fn drain(name: &'static str, graceful: GracefulShutdown, mut running: JoinSet<()>, limit: Duration) {
    if timeout(limit, graceful.shutdown()).await.is_err() {
        tracing::warn!(listener = name, "requests were cut off at the end of the shutdown time");
    }
    running.shutdown().await;
}

/// One accepted connection and what its requests need to know.
struct Connection {
    name: &'static str,
    limits: Limits,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
}

impl Connection {
    async fn run(self, stream: TcpStream, security: Security, _place: OwnedSemaphorePermit) {
        // Small answers (redirects, tokens) must not wait for more data; failure only costs speed.
        let _ = stream.set_nodelay(true);
        let Security::Tls(tls) = security else {
            return self.http(stream, None, Version::Any).await;
        };
        let handshake = TlsAcceptor::from(tls.load_full()).accept(stream);
        let reason = match timeout(self.limits.handshake, handshake).await {
            Ok(Ok(stream)) => match identity(stream.get_ref().1) {
                Ok(client) => {
                    let version = Version::negotiated(stream.get_ref().1.alpn_protocol());
                    return self.http(stream, client, version).await;
                }
                Err(error) => error.to_string(),
            },
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no handshake within the time limit".to_owned(),
        };
        metrics::counter!("dvza_tls_failures_total", "listener" => self.name).increment(1);
        tracing::debug!(listener = self.name, reason, "a TLS connection was refused");
    }

    async fn http<S>(self, stream: S, client: Option<ClientIdentity>, version: Version)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { limits, peer, router, watcher, .. } = self;
        let first = Arc::new(Notify::new());
        let arrived = first.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            arrived.notify_one();
            answer(router.clone(), request, peer, client.clone())
        });
        let builder = version.builder(limits.head);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let mut connection = std::pin::pin!(watcher.watch(connection));
        // How the peer ended the connection is of no interest: its requests were answered or it went away.
        tokio::select! {
            _ = &mut connection => return,
            first = timeout(limits.head, first.notified()) => if first.is_err() { return },
        }
        let _ = connection.await;
    }
}

async fn answer(
    router: Router,
    mut request: Request<Incoming>,
    peer: SocketAddr,
    client: Option<ClientIdentity>,
) -> Result<Response, Infallible> {
    request.extensions_mut().insert(ConnectInfo(peer));
    if let Some(client) = client {
        request.extensions_mut().insert(client);
    }
    router.oneshot(request).await
}

/// `None` on listeners that ask for no certificate; where one is asked for, the handshake fails without it.
fn identity(
    connection: &rustls::ServerConnection,
) -> Result<Option<ClientIdentity>, super::extract::client::UnreadableCertificate> {
    let leaf = connection.peer_certificates().and_then(<[_]>::first);
    leaf.map(|certificate| ClientIdentity::from_certificate(certificate)).transpose()
}

/// Which HTTP the connection speaks.
#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
    Any,
}

impl Version {
    fn negotiated(protocol: Option<&[u8]>) -> Self {
        if protocol == Some(b"h2") { Self::Http2 } else { Self::Http1 }
    }

    fn builder(self, head: Duration) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(head);
        builder.http2().timer(TokioTimer::new()).keep_alive_interval(head).keep_alive_timeout(head);
        match self {
            Self::Http1 => builder.http1_only(),
            Self::Http2 => builder.http2_only(),
            Self::Any => builder,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::test_network::{Authority, client_config, limits, reqwest_client};
    use crate::http::tls::{Clients, ReloadingTls};
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn loopback() -> SocketAddr {
        ([127, 0, 0, 1], 0).into()
    }

    async fn plain(router: Router, limits: Limits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = Listener::bind("ops", loopback(), limits).await.unwrap();
        let (address, stop) = (listener.local_address(), CancellationToken::new());
        let task = tokio::spawn(listener.serve_plain(router, stop.clone()));
        (address, stop, task)
    }

    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn the_port_is_known_before_serving() {
        let listener = Listener::bind("ops", loopback(), limits()).await.unwrap();
        assert_ne!(listener.local_address().port(), 0);
    }

    #[tokio::test]
    async fn a_port_in_use_is_named_in_the_error() {
        let first = Listener::bind("front", loopback(), limits()).await.unwrap();
        let error = Listener::bind("back", first.local_address(), limits()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("back") && text.contains(&first.local_address().to_string()), "{text}");
    }

    #[tokio::test]
    async fn a_handler_knows_the_peer_address() {
        let router = Router::new()
            .route("/", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }));
        let (address, _stop, _task) = plain(router, limits()).await;
        assert!(exchange(address, GET).await.ends_with("127.0.0.1"));
    }

    #[tokio::test]
    async fn a_panic_becomes_an_answer_without_details() {
        async fn broken() -> &'static str {
            panic!("inner secret")
        }
        let (address, _stop, _task) = plain(Router::new().route("/", get(broken)), limits()).await;
        let answer = exchange(address, GET).await;
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(!answer.contains("secret"));
    }

    #[tokio::test]
    async fn a_silent_connection_is_closed() {
        let short = Limits { head: Duration::from_millis(30), ..limits() };
        let (address, _stop, _task) = plain(Router::new(), short).await;
        assert_eq!(exchange(address, "").await, "", "closed without an answer");
        assert!(!exchange(address, "GET / HTT").await.contains("200"), "an unfinished head is not served");
    }

    #[tokio::test]
    async fn a_handshake_that_does_not_come_is_given_up() {
        let ca = Authority::new();
        let tls = ReloadingTls::open("front", ca.server_files("localhost", Clients::Anonymous)).unwrap();
        let short = Limits { handshake: Duration::from_millis(30), ..limits() };
        let listener = Listener::bind("front", loopback(), short).await.unwrap();
        let address = listener.local_address();
        tokio::spawn(listener.serve_tls(tls.current(), Router::new(), CancellationToken::new()));
        assert_eq!(exchange(address, "").await, "");
    }

    #[tokio::test]
    async fn connections_over_the_cap_wait_for_a_place() {
        let one = Limits { connections: 1, ..limits() };
        let (address, _stop, _task) = plain(Router::new().route("/", get(|| async { "here" })), one).await;
        let holder = TcpStream::connect(address).await.unwrap();
        let mut second = tokio::spawn(async move { exchange(address, GET).await });
        let early = timeout(Duration::from_millis(50), &mut second).await;
        assert!(early.is_err(), "the second connection waits");
        drop(holder);
        assert!(second.await.unwrap().ends_with("here"));
    }

    #[tokio::test]
    async fn a_running_request_is_finished_and_then_the_listener_ends() {
        let (started, begin) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (started.clone(), begin.clone());
        let router = Router::new().route(
            "/",
            get(move || async move {
                tell.notify_one();
                wait.notified().await;
                "finished"
            }),
        );
        let (address, stop, task) = plain(router, limits()).await;
        let request = tokio::spawn(async move { exchange(address, GET).await });
        started.notified().await;
        stop.cancel();
        begin.notify_one();
        assert!(request.await.unwrap().ends_with("finished"));
        task.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "no longer accepting");
    }

    #[tokio::test]
    async fn a_request_that_never_ends_is_cut_off() {
        let started = Arc::new(Notify::new());
        let tell = started.clone();
        let router = Router::new().route(
            "/",
            get(move || async move {
                tell.notify_one();
                std::future::pending::<&str>().await
            }),
        );
        let short = Limits { drain: Duration::from_millis(30), ..limits() };
        let (address, stop, task) = plain(router, short).await;
        let request = tokio::spawn(async move { exchange(address, GET).await });
        started.notified().await;
        stop.cancel();
        task.await.unwrap();
        assert_eq!(request.await.unwrap(), "");
    }

    #[tokio::test]
    async fn both_http_versions_are_served_over_tls() {
        let ca = Authority::new();
        let tls = ReloadingTls::open("front", ca.server_files("localhost", Clients::Anonymous)).unwrap();
        let listener = Listener::bind("front", loopback(), limits()).await.unwrap();
        let url = format!("https://localhost:{}/", listener.local_address().port());
        let router = Router::new()
            .route("/", get(|request: axum::extract::Request| async move { format!("{:?}", request.version()) }));
        tokio::spawn(listener.serve_tls(tls.current(), router, CancellationToken::new()));
        for (protocol, expected) in [("h2", "HTTP/2.0"), ("http/1.1", "HTTP/1.1")] {
            let mut config = client_config(&ca, None);
            config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
            let answer = reqwest_client(config).get(&url).send().await.unwrap().text().await.unwrap();
            assert_eq!(answer, expected);
        }
    }
}
