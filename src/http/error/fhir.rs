//! What a PGO's server reads when a resource request fails: an OperationOutcome, and `WWW-Authenticate` where the
//! token is the matter (fhir-data-services §1.5, medmij-authorization §4).

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::release::Gate;
use crate::fhir::negotiate::{Format, NegotiationFault};
use crate::fhir::outcome::{IssueCode, OperationOutcome};
use crate::fhir::search::QueryFault;
use crate::fhir::xml;
use crate::store::StoreError;
use crate::store::authorization::access::NoAccess;

/// Seconds after which a client may try again when we are overloaded or the database is away.
const RETRY_SECONDS: &str = "5";

/// Why a resource request is not answered. The caller learns a stable code; the cause is logged once, here.
#[derive(Debug, thiserror::Error)]
pub enum FhirError {
    /// No access token.
    #[error("no access token was sent")]
    NoToken,
    /// A request that OAuth calls malformed: two tokens, a token in the query, missing MedMij headers.
    #[error("{0}")]
    Malformed(&'static str),
    /// No such token.
    #[error("the access token is not valid")]
    UnknownToken,
    /// A token that proves nothing any more.
    #[error("the access token is not valid")]
    Token(NoAccess),
    /// Not this practice, or not this data service.
    #[error("the access token is not for this endpoint")]
    Scope,
    /// The client is not on MedMij's lists (any more), or the lists are too old.
    #[error("the client may not collect now")]
    Client,
    /// A gate closed: one answer for every reason.
    #[error("no data is available")]
    Gate(Gate),
    /// The data service does not offer this type or interaction, or there is no such endpoint.
    #[error("this data service does not offer that")]
    NotOffered,
    /// Only GET is offered.
    #[error("only GET is supported")]
    Method,
    /// No such resource, or not released: deliberately one answer.
    #[error("no such resource")]
    NotFound,
    /// The search cannot be understood.
    #[error(transparent)]
    Query(#[from] QueryFault),
    /// No format fits.
    #[error(transparent)]
    Negotiation(#[from] NegotiationFault),
    /// The page cursor is not ours, or belongs to another search.
    #[error("search parameter '_cursor': the value does not belong to this search")]
    Cursor,
    /// The database failed.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// A delivery changed the dossier while it was being read; what is there now is read with the next request.
    #[error("the dossier was just changed; ask again")]
    Moved,
    /// The answer held something that may never appear, or could not be cut: it is not sent.
    #[error("the answer was stopped")]
    Stopped(&'static str),
}

impl FhirError {
    fn outcome(&self) -> (StatusCode, IssueCode) {
        match self {
            Self::NoToken | Self::UnknownToken => (StatusCode::UNAUTHORIZED, IssueCode::Login),
            Self::Token(NoAccess::Expired) => (StatusCode::UNAUTHORIZED, IssueCode::Expired),
            Self::Token(_) => (StatusCode::UNAUTHORIZED, IssueCode::Login),
            Self::Malformed(_) | Self::Query(_) | Self::Cursor => (StatusCode::BAD_REQUEST, IssueCode::Invalid),
            Self::Scope | Self::Client | Self::Gate(_) => (StatusCode::FORBIDDEN, IssueCode::Forbidden),
            Self::NotOffered => (StatusCode::NOT_FOUND, IssueCode::NotSupported),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, IssueCode::NotSupported),
            Self::NotFound => (StatusCode::NOT_FOUND, IssueCode::NotFound),
            Self::Negotiation(_) => (StatusCode::NOT_ACCEPTABLE, IssueCode::NotSupported),
            Self::Store(_) | Self::Moved => (StatusCode::SERVICE_UNAVAILABLE, IssueCode::Transient),
            Self::Stopped(_) => (StatusCode::INTERNAL_SERVER_ERROR, IssueCode::Exception),
        }
    }

    /// The challenge of RFC 6750; filled on every 400, 401 and 403 because DVPs read it there.
    fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer"),
            Self::UnknownToken | Self::Token(_) => {
                Some("Bearer error=\"invalid_token\", error_description=\"The access token is not valid\"")
            }
            Self::Malformed(_) | Self::Query(_) | Self::Cursor => {
                Some("Bearer error=\"invalid_request\", error_description=\"The request is malformed\"")
            }
            Self::Scope | Self::Client | Self::Gate(_) => {
                Some("Bearer error=\"insufficient_scope\", error_description=\"The request is not allowed\"")
            }
            _ => None,
        }
    }

    /// The code for audit and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoToken | Self::UnknownToken | Self::Token(_) => "G6_TOKEN",
            Self::Scope => "G6_SCOPE",
            Self::Client | Self::Malformed(_) => "G1_CALLER",
            Self::Gate(gate) => gate.code(),
            Self::NotOffered | Self::Method | Self::Query(_) | Self::Negotiation(_) | Self::Cursor => "REQUEST",
            Self::NotFound => "NOT_FOUND",
            Self::Store(_) => "STORE",
            Self::Moved => "MOVED",
            Self::Stopped(_) => "STOPPED",
        }
    }

    /// The answer in the client's format.
    pub fn into_answer(self, format: Format) -> Response {
        let (status, code) = self.outcome();
        match &self {
            Self::Store(cause) => tracing::error!(cause = %cause, "a resource request failed in the database"),
            Self::Stopped(cause) => {
                metrics::counter!("dvza_answers_stopped_total", "cause" => *cause).increment(1);
                tracing::error!(cause = *cause, "an answer was stopped by the last guard; report this");
            }
            _ => {}
        }
        metrics::counter!("dvza_fhir_refusals_total", "reason" => self.reason()).increment(1);
        let json = OperationOutcome::error(code, &self.to_string()).to_json();
        let body = match format {
            Format::Json => json,
            // An outcome of our own making is always writable; should it not be, JSON says the same.
            Format::Xml => xml::from_json(&json).unwrap_or(json),
        };
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}

impl IntoResponse for FhirError {
    fn into_response(self) -> Response {
        self.into_answer(Format::Json)
    }
}
