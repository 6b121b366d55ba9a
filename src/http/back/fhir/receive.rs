//! "Delen": what a PGO hands in for its user, as a transaction at the base (fhir-data-services §4, send).
//!
//! No data service offers it yet, so that it is refused as FHIR wants, whoever asks and whatever is in it: nothing is
//! looked up, and the body is taken off the wire unread. A service that does offer it begins here: it takes
//! [`PatientAccess`](super::PatientAccess) before anything else, keeps what came apart from the dossier until the practice
//! has looked at it, and answers with a Bundle of type `transaction-response`. Its bodies then pass by [`take_off`], up to a
//! limit of its own.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::StreamExt as _;

use super::format_for_refusal;
use crate::app::App;
use crate::fhir::FhirRelease;
use crate::http::error::fhir::FhirError;

/// As much of a body that nobody reads is taken off the wire, in bytes: who is still sending would not hear the answer.
const TAKEN_OFF: usize = 8 * 1024 * 1024;

/// Answers a write after what it sends; after a longer body the connection ends, perhaps before the answer is heard.
pub(super) async fn take_off(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let is_off = is_taken_off(body).await;
    let mut response = next.run(Request::from_parts(parts, Body::empty())).await;
    if !is_off {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn is_taken_off(body: Body) -> bool {
    let (mut chunks, mut length) = (body.into_data_stream(), 0);
    while let Some(Ok(chunk)) = chunks.next().await {
        length += chunk.len();
        if length > TAKEN_OFF {
            return false;
        }
    }
    true
}

/// `POST [base]`: not offered.
pub(super) async fn transaction(
    State(app): State<App>,
    Path((_, service)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let release = app.service(&service).map_or(FhirRelease::R4, |service| service.fhir);
    FhirError::Method.into_answer(format_for_refusal(&headers, release))
}
