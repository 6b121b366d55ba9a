//! Static files: the style sheet, compiled in, the two logos of every screen (core.usrint.107), and whom to tell about a
//! vulnerability (RFC 9116).

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::visit::Visit;
use super::{FrontState, error};
use crate::domain::picture::Picture;
use crate::medmij::MedMijName;
use crate::store;

const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css"));
/// A plain word mark: the logo itself is MedMij's, and comes from the operator.
const WORD_MARK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/medmij-logo.svg"));
/// May be kept for an hour, so that a new version reaches everybody soon.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// The address changes with the picture.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The style sheet.
pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", AN_HOUR, STYLE.into())
}

/// Whom to tell about a vulnerability, when the operator says so.
pub(super) async fn security(visit: Visit) -> Response {
    match visit.state.context.settings.security_txt.clone() {
        Some(text) => file("text/plain; charset=utf-8", AN_HOUR, text.into_bytes()),
        None => error::missing(visit).await,
    }
}

/// The MedMij logo: the operator's file, or its name in letters.
pub(super) async fn medmij_logo(State(state): State<FrontState>) -> Response {
    match &state.context.settings.medmij_logo {
        Some(picture) => picture_of(picture, AN_HOUR),
        None => file("image/svg+xml", AN_HOUR, WORD_MARK.into()),
    }
}

/// The logo of a practice, at the address that its pages name.
pub(super) async fn practice_logo(
    State(state): State<FrontState>,
    Path((stem, _)): Path<(String, String)>,
) -> Response {
    match find(&state, &stem).await {
        Ok(Some(picture)) => picture_of(&picture, FOR_GOOD),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a logo cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn find(state: &FrontState, stem: &str) -> Result<Option<Picture>, store::StoreError> {
    let Ok(name) = MedMijName::from_stem(stem) else { return Ok(None) };
    let Some(practice) = state.context.practices.find(&name).await? else { return Ok(None) };
    let mut tx = state.context.store.read().await?;
    let picture = store::logos::find(&mut tx, &practice.scope).await?;
    tx.close().await?;
    Ok(picture)
}

fn picture_of(picture: &Picture, keep: HeaderValue) -> Response {
    file(picture.media_type(), keep, picture.bytes().to_vec())
}

fn file(media_type: &'static str, keep: HeaderValue, bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, keep)], bytes)
        .into_response()
}
