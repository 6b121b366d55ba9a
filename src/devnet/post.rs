//! A mail server that keeps what it is handed, so that a demo shows which letters went out. It delivers nothing.
//!
//! SMTP (RFC 5321) as far as a submitting server speaks it: no TLS, no login, on loopback only.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// The letters that are kept; older ones are dropped.
const MOST: usize = 1_000;
/// The longest line of a conversation, in bytes.
const LINE: u64 = 4_096;
/// The longest letter, in bytes.
const LETTER: usize = 1024 * 1024;

/// A letter as it was handed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The sender's address.
    pub from: String,
    /// The addresses it is for.
    pub to: Vec<String>,
    /// Headers and text (RFC 5322).
    pub message: String,
}

/// The letters so far, the oldest first; cheap to clone.
#[derive(Clone, Default)]
pub struct Letters(Arc<Mutex<VecDeque<Kept>>>);

impl Letters {
    /// All of them.
    pub fn all(&self) -> Vec<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn keep(&self, letter: Kept) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if letters.len() == MOST {
            letters.pop_front();
        }
        letters.push_back(letter);
    }
}

/// Takes letters until it is dropped.
pub async fn take(socket: TcpListener, letters: Letters) {
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let Ok((stream, _)) = socket.accept().await else { continue };
        let letters = letters.clone();
        running.spawn(async move {
            if let Err(error) = converse(stream, &letters).await {
                tracing::debug!(%error, "a conversation with the demo's mail server broke off");
            }
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, letters: &Letters) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut letter = Kept::default();
    say(&mut stream, "220 demo").await?;
    while let Some(line) = line(&mut stream).await? {
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        let answer = match verb.to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" | "RSET" | "NOOP" => {
                letter = Kept::default();
                "250 demo"
            }
            "MAIL" => {
                letter = Kept { from: address(rest), ..Kept::default() };
                "250 ok"
            }
            "RCPT" => {
                letter.to.push(address(rest));
                "250 ok"
            }
            "DATA" if letter.to.is_empty() => "503 nobody to send it to",
            "DATA" => {
                say(&mut stream, "354 the letter, please").await?;
                letter.message = text(&mut stream).await?;
                letters.keep(std::mem::take(&mut letter));
                "250 kept"
            }
            "QUIT" => return say(&mut stream, "221 goodbye").await,
            _ => "502 this server does not know that",
        };
        say(&mut stream, answer).await?;
    }
    Ok(())
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &str) -> io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
    stream.flush().await
}

/// The next line without its end; `None` when the other side is gone.
async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    stream.take(LINE).read_until(b'\n', &mut bytes).await?;
    match bytes.strip_suffix(b"\n") {
        Some(line) => Ok(Some(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())),
        None if bytes.is_empty() => Ok(None),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end, or too long")),
    }
}

/// The lines up to a single dot; a dot that was doubled for the journey is one again (RFC 5321 §4.5.2).
async fn text<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<String> {
    let mut text = String::new();
    while let Some(line) = line(stream).await? {
        if line == "." {
            return Ok(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
        text.push('\n');
        if text.len() > LETTER {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the letter is too long"));
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// What stands between angle brackets.
fn address(rest: &str) -> String {
    let inner = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(rest, |(address, _)| address).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Mailer, Settings};
    use crate::store::outbox::Letter;

    async fn answers(said: &str) -> (String, Vec<Kept>) {
        let letters = Letters::default();
        let (near, far) = tokio::io::duplex(64 * 1024);
        let (mut read, mut write) = tokio::io::split(near);
        write.write_all(said.as_bytes()).await.unwrap();
        write.shutdown().await.unwrap();
        let _ = converse(far, &letters).await;
        let mut heard = String::new();
        read.read_to_string(&mut heard).await.unwrap();
        (heard, letters.all())
    }

    #[tokio::test]
    async fn a_letter_is_kept_as_it_was_handed_over() {
        let said = "EHLO x\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nSubject: s\r\n\r\n..x\r\n.\r\nQUIT\r\n";
        let (heard, letters) = answers(said).await;
        assert!(heard.ends_with("221 goodbye\r\n"), "{heard}");
        let to = vec!["b@example.org".to_owned()];
        assert_eq!(letters, [Kept { from: "a@example.org".into(), to, message: "Subject: s\n\n.x\n".into() }]);
    }

    #[tokio::test]
    async fn what_is_no_letter_is_not_kept() {
        let long = "x".repeat(5_000);
        for said in ["DATA\r\n", "STARTTLS\r\n", "MAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nhalf", long.as_str()] {
            assert_eq!(answers(said).await.1, [], "{said}");
        }
        assert!(answers("DATA\r\n").await.0.contains("503"));
        assert!(answers("STARTTLS\r\n").await.0.contains("502"));
    }

    #[tokio::test]
    async fn the_server_s_own_letters_arrive() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = socket.local_addr().unwrap().port();
        let letters = Letters::default();
        let taking = tokio::spawn(take(socket, letters.clone()));
        let from = "Praktijk <online@example.org>".to_owned();
        let settings = Settings { host: "127.0.0.1".into(), port, from, credentials: None, root: None, plain: true };
        let letter =
            Letter { to: "p@example.org".into(), subject: "Online inzage".into(), text: "Beste patiënt".into() };
        Mailer::new(settings).unwrap().send(&letter).await.unwrap();
        taking.abort();
        let kept = letters.all();
        assert_eq!((kept.len(), kept[0].to.as_slice()), (1, ["p@example.org".to_owned()].as_slice()));
        assert!(kept[0].message.contains("Subject: Online inzage"));
    }
}
