//! Sending e-mail over SMTP: invitations, which hold nothing medical and no link that logs in (release-rules §6.4).

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use zeroize::Zeroizing;

use crate::store::outbox::Letter;

/// How the mail server is reached.
pub struct Settings {
    /// Its host name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who the letters come from, such as `Praktijk <online@example.org>`.
    pub from: String,
    /// User name and password, when it asks for them.
    pub credentials: Option<(String, Zeroizing<String>)>,
    /// PEM with a root that its certificate must come from, beside those of the system; `None` with `plain` off: the system's.
    pub root: Option<Vec<u8>>,
    /// Without TLS: for a server on this machine in development only.
    pub plain: bool,
}

/// A letter cannot be sent, or the server cannot be reached; without address or text.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sender is no address.
    #[error("the sender is no e-mail address")]
    From,
    /// The recipient is no address.
    #[error("the recipient is no e-mail address")]
    To,
    /// The letter cannot be written.
    #[error("the letter cannot be written")]
    Letter,
    /// TLS cannot be set up.
    #[error("TLS to the mail server cannot be set up")]
    Tls,
    /// The server refused it, or is away.
    #[error("the mail server did not take the letter")]
    Refused,
}

/// Sends letters.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// A connection to this server; it is made with the first letter.
    ///
    /// # Errors
    /// [`MailError`] when sender or certificate cannot be used.
    pub fn new(settings: Settings) -> Result<Self, MailError> {
        let from = settings.from.parse().map_err(|_| MailError::From)?;
        let tls = match settings.plain {
            true => Tls::None,
            false => {
                let mut parameters = TlsParameters::builder(settings.host.clone());
                if let Some(root) = &settings.root {
                    let root = Certificate::from_pem(root).map_err(|_| MailError::Tls)?;
                    parameters = parameters.add_root_certificate(root);
                }
                Tls::Required(parameters.build_rustls().map_err(|_| MailError::Tls)?)
            }
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host);
        let mut builder = builder.port(settings.port).tls(tls);
        if let Some((user, password)) = settings.credentials {
            builder = builder.credentials(Credentials::new(user, password.to_string()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends one letter.
    ///
    /// # Errors
    /// [`MailError`] when the address is none, or the server does not take it.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let to: Mailbox = letter.to.parse().map_err(|_| MailError::To)?;
        let message = Message::builder().from(self.from.clone()).to(to).subject(letter.subject.as_str());
        let message = message.body(letter.text.clone()).map_err(|_| MailError::Letter)?;
        self.transport.send(message).await.map(drop).map_err(|_| MailError::Refused)
    }
}
