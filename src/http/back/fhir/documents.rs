//! Documents: the bytes behind a DocumentReference, as they are or as a Binary resource (fhir-data-services §4).

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use super::access::PatientAccess;
use super::commit::{self, Shown};
use super::{accept, answer, bodies, pairs};
use crate::app::App;
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::binary::with_data;
use crate::fhir::negotiate::{BinaryForm, negotiate_binary};
use crate::http::error::fhir::FhirError;
use crate::store;

/// The one media type that is served (R-DOC-08).
const PDF: &str = "application/pdf";

/// `GET [base]/Binary/[id]`.
pub(super) async fn read(
    app: &App,
    access: &PatientAccess,
    id: ResourceId,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Response, FhirError> {
    let wanted = pairs(query).into_iter().find(|(name, _)| name == "_format").map(|(_, value)| value);
    let form = negotiate_binary(accept(headers), wanted.as_deref(), access.service.fhir, PDF)?;
    let released = access.released(app);
    let view = &released.view;
    let place = view.find(ResourceType::Binary, id).ok_or(FhirError::NotFound)?;
    let hash = view.get(place).and_then(|(_, resource)| resource.content.as_deref());
    let bytes = content(app, access, hash).await?;
    let response = match form {
        BinaryForm::Raw => raw(bytes),
        BinaryForm::Resource(format) => {
            let bodies = bodies::all(app, access, &released).await?;
            let wrapped = with_data(access.service.fhir, bodies::at(bodies, place)?, &bytes);
            answer(wrapped.map_err(|_| FhirError::Stopped("body_unreadable"))?, format)?
        }
    };
    let kind = ResourceType::Binary;
    let shown = Shown { kinds: vec![kind], resources: vec![(kind, id)], withheld: view.tally(&[kind]) };
    commit::commit(app, access, shown).await?;
    Ok(response)
}

async fn content(app: &App, access: &PatientAccess, hash: Option<&str>) -> Result<Vec<u8>, FhirError> {
    let hash = hash.and_then(crate::store::content::hash_from_hex).ok_or(FhirError::NotFound)?;
    let mut tx = access.transaction(app).await?;
    let bytes = store::content::find(&mut tx, app.sealer(), access.patient(), &hash).await?;
    tx.close().await?;
    bytes.ok_or(FhirError::NotFound)
}

fn raw(bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PDF));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
