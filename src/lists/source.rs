//! Where lists come from: the register, over HTTPS with our client certificate.

use std::time::Duration;

use futures_util::future::BoxFuture;
use url::Url;

use crate::medmij::ListKind;

/// More than the Zorgaanbiederslijst of every Dutch provider, in bytes.
const LARGEST: usize = 64 << 20;
/// The whole of one list must have arrived by then.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pauses before trying again, as the register's own clients do: short outages are common.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Somebody who hands out lists.
pub trait ListSource: Send + Sync {
    /// The text of a list as it is now.
    ///
    /// # Errors
    /// [`FetchError`] when it could not be had.
    fn fetch(&self, kind: ListKind) -> BoxFuture<'_, Result<Vec<u8>, FetchError>>;
}

/// A list could not be fetched. Says why in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, or it broke.
    #[error("the register cannot be reached at {host}: {reason}")]
    Unreachable {
        /// Its host.
        host: String,
        /// What went wrong: name, connection, TLS or time.
        reason: &'static str,
    },
    /// It answered with something else than a list.
    #[error("the register at {host} answers with status {status}")]
    Status {
        /// Its host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// More bytes than any list has.
    #[error("the register at {host} sends more than {LARGEST} bytes")]
    TooLarge {
        /// Its host.
        host: String,
    },
}

/// The register.
pub struct HttpsSource {
    client: reqwest::Client,
    base: Url,
    pauses: Vec<Duration>,
}

impl HttpsSource {
    /// Lists below `base`, asked for by a client that presents our certificate and follows no redirects.
    pub fn new(client: reqwest::Client, base: Url) -> Self {
        Self { client, base, pauses: PAUSES.to_vec() }
    }

    /// The same, trying again without a pause.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { pauses: vec![Duration::ZERO; self.pauses.len()], ..self }
    }

    /// The address of a list: its official name below the base, with the interface version (core.lijsten.300).
    pub fn address(&self, kind: ListKind) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{}", self.base.path().trim_end_matches('/'), kind.file_name()));
        url.set_query(Some("api=2"));
        url
    }

    async fn try_once(&self, kind: ListKind) -> Result<Vec<u8>, FetchError> {
        let host = || self.base.host_str().unwrap_or_default().to_owned();
        let lost = |error: reqwest::Error| FetchError::Unreachable { host: host(), reason: reason(&error) };
        let request = self.client.get(self.address(kind)).timeout(PATIENCE);
        let mut response = request.send().await.map_err(lost)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status { host: host(), status: response.status().as_u16() });
        }
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if text.len() + chunk.len() > LARGEST {
                return Err(FetchError::TooLarge { host: host() });
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }
}

impl ListSource for HttpsSource {
    fn fetch(&self, kind: ListKind) -> BoxFuture<'_, Result<Vec<u8>, FetchError>> {
        Box::pin(async move {
            for pause in &self.pauses {
                match self.try_once(kind).await {
                    // What the register says itself is not said better a second later.
                    Err(FetchError::Unreachable { .. }) => tokio::time::sleep(*pause).await,
                    done => return done,
                }
            }
            self.try_once(kind).await
        })
    }
}

/// In words, without addresses: the error of the library may quote what it connected to.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection, or no TLS with our certificate"
    } else {
        "the connection broke"
    }
}
