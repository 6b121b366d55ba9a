//! What a demo that serves has around it: a mail server and the passing of time, on loopback.

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cli::wire;
use crate::config::{Config, Mail};
use crate::devnet::post::{self, Letters};
use crate::devnet::surroundings;
use crate::domain::time::Clock;
use crate::http::listeners::Listener;

/// Any port that is free.
const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
/// Who the letters of a demo come from.
const SENDER: &str = "Online inzage <online@demo.example>";

/// The two sockets, which nobody serves yet.
pub(super) struct Surroundings {
    post: TcpListener,
    desk: Listener,
}

impl Surroundings {
    /// Opens both, and lets the server hand its letters over here.
    pub(super) async fn open(config: &mut Config) -> anyhow::Result<Self> {
        let post = TcpListener::bind(std::net::SocketAddr::from(LOOPBACK)).await.context("the demo's mail server")?;
        let desk = Listener::bind("surroundings", LOOPBACK.into(), wire::limits(&config.limits)).await?;
        config.mail = Some(Mail {
            host: "127.0.0.1".to_owned(),
            port: post.local_addr().context("the demo's mail server")?.port(),
            from: SENDER.to_owned(),
            user: None,
            password_file: None,
            root: None,
            plain: true,
            every_seconds: 1,
        });
        Ok(Self { post, desk })
    }

    /// Where time passes and letters are read.
    pub(super) fn address(&self) -> String {
        format!("http://{}", self.desk.local_address())
    }

    /// Serves until `stop` is cancelled or the tasks are dropped.
    pub(super) fn serve(self, clock: Clock, stop: CancellationToken) -> JoinSet<()> {
        let letters = Letters::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(post::take(self.post, letters.clone()));
        tasks.spawn(self.desk.serve_plain(surroundings::router(clock, letters), stop));
        tasks
    }
}
