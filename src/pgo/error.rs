//! Why the test PGO could not go on: at which step, and what the other side said.

use std::fmt;
use std::path::{Path, PathBuf};

use super::forms::FormError;

/// A step of the chain as a PGO sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The authorization request until the first page.
    Authorize,
    /// The landing page.
    Landing,
    /// The login page.
    Login,
    /// The consent page.
    Consent,
    /// Another page of the server.
    OtherPage,
    /// The return to the PGO.
    Return,
    /// The token request with the code.
    Token,
    /// The token request with the refresh token.
    Refresh,
    /// A resource request.
    Resource,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorize => "authorize",
            Self::Landing => "landing page",
            Self::Login => "login",
            Self::Consent => "consent",
            Self::OtherPage => "page",
            Self::Return => "return to the PGO",
            Self::Token => "token",
            Self::Refresh => "refresh",
            Self::Resource => "resource request",
        })
    }
}

/// The PGO could not go on. No message holds a number, a token, or the text of a page.
#[derive(Debug, thiserror::Error)]
pub enum PgoError {
    /// A file of the demo network is missing or not what it should be.
    #[error("{path}: {reason}")]
    Setup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider is not on the Zorgaanbiederslijst.
    #[error("{0} is not on the Zorgaanbiederslijst")]
    UnknownProvider(String),
    /// The provider does not offer the data service.
    #[error("{provider} does not offer data service {service}")]
    UnknownService {
        /// MedMij name.
        provider: String,
        /// GegevensdienstId.
        service: String,
    },
    /// There was no HTTP answer.
    #[error("{step}: no answer ({reason})")]
    Connection {
        /// Where in the chain.
        step: Step,
        /// The causes, outermost first, without the URL.
        reason: String,
    },
    /// The answer is larger than any honest one.
    #[error("{step}: the answer is larger than {limit} bytes")]
    TooLarge {
        /// Where in the chain.
        step: Step,
        /// The limit.
        limit: usize,
    },
    /// The server answered with an error page or one the PGO does not know.
    #[error("{step}: page with status {status} ({title}) cannot be gone on from")]
    Page {
        /// Where in the chain.
        step: Step,
        /// HTTP status.
        status: u16,
        /// The page's title.
        title: String,
    },
    /// A page lacks a field or button that interface.md §5 promises.
    #[error("{step}: {source}")]
    Form {
        /// Where in the chain.
        step: Step,
        /// What is missing.
        source: FormError,
    },
    /// The server sends the browser where it must not go, or in circles.
    #[error("{step}: the redirect cannot be followed ({reason})")]
    Redirect {
        /// Where in the chain.
        step: Step,
        /// Why not.
        reason: &'static str,
    },
    /// The flow ended with an OAuth error at the PGO.
    #[error("refused: {error}{}", description.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// The OAuth error code.
        error: String,
        /// The `error_description`.
        description: Option<String>,
    },
    /// `code` is missing or `state` is not the one that was sent.
    #[error("the return to the PGO has no code, or not the state that was sent")]
    BadReturn,
    /// The token endpoint refused.
    #[error("{step}: status {status}, {error}{}", description.as_deref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Token {
        /// With the code or with the refresh token.
        step: Step,
        /// HTTP status.
        status: u16,
        /// The OAuth error code, or what is wrong with the answer.
        error: String,
        /// The `error_description`.
        description: Option<String>,
    },
    /// The consent was for once: there is nothing to refresh with.
    #[error("there is no refresh token: the consent was for once")]
    NoRefreshToken,
    /// A request path that would leave the service's base address.
    #[error("the request {0} cannot be joined to the service's address")]
    BadRequestPath(String),
}

impl PgoError {
    pub(super) fn setup(path: impl AsRef<Path>, reason: impl fmt::Display) -> Self {
        Self::Setup { path: path.as_ref().to_owned(), reason: reason.to_string() }
    }

    pub(super) fn connection(step: Step, error: &dyn std::error::Error) -> Self {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        Self::Connection { step, reason }
    }
}
