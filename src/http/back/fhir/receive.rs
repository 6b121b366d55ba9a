//! "Delen": what a PGO hands in for its user, as a transaction at the base (fhir-data-services §4, send).
//!
//! No data service offers it yet, so that it is refused as FHIR wants, whoever asks and whatever is in it: nothing is
//! looked up, and the body is not read. A service that does offer it begins here: it takes
//! [`PatientAccess`](super::PatientAccess) before anything else, keeps what came apart from the dossier until the practice
//! has looked at it, and answers with a Bundle of type `transaction-response`.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::format_for_refusal;
use crate::app::App;
use crate::fhir::FhirRelease;
use crate::http::error::fhir::FhirError;

/// `POST [base]`: not offered.
pub(super) async fn transaction(
    State(app): State<App>,
    Path((_, service)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let release = app.service(&service).map_or(FhirRelease::R4, |service| service.fhir);
    FhirError::Method.into_answer(format_for_refusal(&headers, release))
}
