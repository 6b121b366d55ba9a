//! A mail server of somebody else: takes letters over SMTP and keeps them.

use std::sync::{Arc, Mutex};

use dvza::domain::time::Timestamp;
use dvza::mail::{Mailer, Settings};
use dvza::tasks;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::network::Network;

/// The server, as long as it is there.
pub struct PostOffice {
    mailer: Mailer,
    letters: Arc<Mutex<Vec<Letter>>>,
    refuses: Arc<Mutex<bool>>,
}

/// A letter that came.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: String,
    pub text: String,
}

impl Letter {
    /// The token of the link in it.
    pub fn token(&self) -> String {
        let after = self.text.split("/email/confirm?token=").nth(1).expect("a link");
        after.split_whitespace().next().unwrap().to_owned()
    }
}

impl PostOffice {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let refuses = Arc::new(Mutex::new(false));
        let (kept, shut) = (letters.clone(), refuses.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), shut.clone()));
            }
        });
        let from = "Praktijk <online@praktijk.example>".to_owned();
        let settings =
            Settings { host: "127.0.0.1".to_owned(), port, from, credentials: None, root: None, plain: true };
        Self { mailer: Mailer::new(settings).unwrap(), letters, refuses }
    }

    /// From now on letters are refused, or taken again.
    pub fn refuse(&self, refuses: bool) {
        *self.refuses.lock().unwrap() = refuses;
    }

    /// The server hands over what is due now; the letters that came.
    pub async fn collect(&self, network: &Network) -> Vec<Letter> {
        self.collect_at(network, network.clock.now()).await
    }

    pub async fn collect_at(&self, network: &Network, now: Timestamp) -> Vec<Letter> {
        let app = &network.server.app;
        tasks::post_once(app, now.into(), &self.mailer).await.unwrap();
        std::mem::take(&mut *self.letters.lock().unwrap())
    }
}

async fn serve(stream: TcpStream, letters: Arc<Mutex<Vec<Letter>>>, refuses: Arc<Mutex<bool>>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 post\r\n").await.ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.get(..4).unwrap_or(&line) {
            "RCPT" if *refuses.lock().unwrap() => "451 not now\r\n",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok\r\n"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await.ok()?.filter(|line| line != ".") {
                    text.push_str(&line);
                    text.push('\n');
                }
                letters.lock().unwrap().push(Letter { to: to.clone(), text: decoded(&text) });
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        write.write_all(answer.as_bytes()).await.ok()?;
    }
    Some(())
}

/// The body as a reader sees it: quoted-printable undone.
fn decoded(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'=') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
