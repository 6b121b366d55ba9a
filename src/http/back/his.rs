//! Deliveries by HTTPS: a HIS posts a batch with its certificate, and fetches what was found in it
//! (his-source-data §4.1).
//!
//! The body is read as it comes, never held: the importer sets it aside itself. Which certificate may deliver for a
//! practice is a setting of that practice (`his.host`); without it nobody may.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::TryStreamExt as _;
use http_body_util::LengthLimitError;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::app::App;
use crate::fhir::FhirRelease;
use crate::his::BatchKind;
use crate::http::extract::client::ClientIdentity;
use crate::import::{FeedDelivery, FeedReport, ImportError, Importer, Options, Report, State as BatchState};
use crate::store::practices::PracticeEntry;
use crate::store::{self, StoreError};

/// The media type of `dvza-his-1`.
const NDJSON: &str = "application/x-ndjson";
/// The media types of a FHIR feed: resources and Bundles.
const FHIR: [&str; 3] = ["application/fhir+json", "application/fhir+xml", "application/fhir+ndjson"];
/// The largest feed that is taken in one post: it is held in memory while it is read.
const LARGEST_FEED: usize = 128 * 1024 * 1024;
/// Names the batch before its first byte, so that a repeated post is recognised.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What these handlers need.
#[derive(Clone)]
pub struct HisState {
    app: App,
    importer: Importer,
    /// One delivery at a time on this node: the next one is told to wait.
    turn: Arc<Semaphore>,
}

/// The endpoints of HISes, below `/his`.
pub fn router(app: App, importer: Importer) -> Router {
    let state = HisState { app, importer, turn: Arc::new(Semaphore::new(1)) };
    Router::new().route("/{practice}", post(deliver)).route("/{practice}/{batch}", get(findings)).with_state(state)
}

/// Why a delivery is not taken in; the body is JSON with one sentence.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error("this certificate may not deliver for this practice")]
    Forbidden,
    #[error("the media type must be application/x-ndjson, or application/fhir+json, +xml or +ndjson for a FHIR feed")]
    MediaType,
    #[error("kind must be patient, full or delta")]
    Kind,
    #[error("the feed is too large for one post: send it in parts")]
    TooLarge,
    #[error("the feed cannot be read as FHIR, {0}")]
    Feed(String),
    #[error("Idempotency-Key must be the id of the batch, a UUID")]
    Key,
    #[error("another delivery is being taken in: try again later")]
    Busy,
    #[error("no such delivery")]
    Unknown,
    #[error("the delivery could not be read to its end: send it again")]
    Unreadable,
    #[error("storage failed: send it again")]
    Failed(#[source] ImportError),
}

impl IntoResponse for DeliveryError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Key | Self::Kind | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Feed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Failed(cause) => {
                tracing::error!(%cause, "a delivery could not be taken in");
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let mut response = (status, axum::Json(json!({ "error": self.to_string() }))).into_response();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

impl From<StoreError> for DeliveryError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

/// `POST /his/{practice}`: takes one batch; the answer comes when it stands, is held, or is refused.
async fn deliver(
    State(his): State<HisState>,
    client: ClientIdentity,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, DeliveryError> {
    let practice = his.practice_of(&name, &client).await?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type != NDJSON && !FHIR.contains(&media_type) {
        return Err(DeliveryError::MediaType);
    }
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let key: uuid::Uuid = key.and_then(|key| key.parse().ok()).ok_or(DeliveryError::Key)?;
    let _turn = his.turn.try_acquire().map_err(|_| DeliveryError::Busy)?;
    if media_type != NDJSON {
        let feed = Announced { batch: key, release: release_of(content_type), kind: kind_of(&asked)? };
        return his.feed(&practice, feed, body).await;
    }
    let stream = body.into_data_stream().map_err(std::io::Error::other);
    let source = SyncIoBridge::new(StreamReader::new(stream));
    let options = Options { sender: Some(practice.ura.clone()), ..Options::default() };
    let report = his.importer.import(source, &options, Arc::new(|_| {})).await.map_err(|error| match error {
        ImportError::Io(_) => DeliveryError::Unreadable,
        other => DeliveryError::Failed(other),
    })?;
    if report.batch.as_ref().is_some_and(|batch| *batch != key.to_string()) {
        tracing::warn!(practice.id = %practice.id, "a delivery named another batch than its Idempotency-Key");
    }
    Ok(answer(&report, None))
}

fn answer(report: &Report, feed: Option<&FeedReport>) -> Response {
    let out_of_order = report.by_code.contains_key("E-SEQ-001");
    let foreign = report.by_code.contains_key("E-AUTH-001");
    let too_large = report.by_code.contains_key("E-FMT-005");
    let (status, state) = match report.state {
        BatchState::Accepted => (StatusCode::ACCEPTED, "accepted"),
        BatchState::Replay => (StatusCode::OK, "replay"),
        BatchState::Held => (StatusCode::ACCEPTED, "held"),
        BatchState::Rejected if out_of_order => (StatusCode::CONFLICT, "rejected"),
        BatchState::Rejected if foreign => (StatusCode::FORBIDDEN, "rejected"),
        BatchState::Rejected if too_large => (StatusCode::PAYLOAD_TOO_LARGE, "rejected"),
        BatchState::Rejected => (StatusCode::UNPROCESSABLE_ENTITY, "rejected"),
    };
    let mut body = json!({
        "batch": report.batch, "state": state, "records": report.records, "refused": report.refused,
        "held_patients": report.held, "codes": report.by_code, "findings": report.findings,
    });
    if let Some(feed) = feed {
        body["lines_dropped"] = feed.lines_dropped.into();
        body["not_served"] = json!(feed.not_served);
        body["without_number"] = feed.without_number.into();
    }
    (status, axum::Json(body)).into_response()
}

/// `GET /his/{practice}/{batch}`: what was found in a delivery, NDJSON, one finding a line.
async fn findings(
    State(his): State<HisState>,
    client: ClientIdentity,
    Path((name, batch)): Path<(String, String)>,
) -> Result<Response, DeliveryError> {
    let practice = his.practice_of(&name, &client).await?;
    let mut tx = his.app.store().read().await?;
    let found = store::deliveries::find_findings(&mut tx, his.app.sealer(), &practice.scope(), &batch).await?;
    tx.close().await?;
    let found = found.ok_or(DeliveryError::Unknown)?;
    Ok(([(CONTENT_TYPE, NDJSON)], found).into_response())
}

/// What a post of a feed may say of itself.
#[derive(Deserialize)]
struct Asked {
    kind: Option<String>,
}

/// What a feed is said to be before its first byte.
struct Announced {
    batch: uuid::Uuid,
    release: FhirRelease,
    kind: BatchKind,
}

fn kind_of(asked: &Asked) -> Result<BatchKind, DeliveryError> {
    match asked.kind.as_deref() {
        None | Some("patient") => Ok(BatchKind::Patient),
        Some("full") => Ok(BatchKind::Full),
        Some("delta") => Ok(BatchKind::Delta),
        Some(_) => Err(DeliveryError::Kind),
    }
}

/// The release a feed is in, by `fhirVersion` of its media type: STU3 is 3.0, and R4 need not be said.
fn release_of(content_type: &str) -> FhirRelease {
    let mut parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let version = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("fhirVersion"));
    let version = version.map_or("", |(_, version)| version.trim().trim_matches('"'));
    if version == "3.0" || version.starts_with("3.0.") { FhirRelease::Stu3 } else { FhirRelease::R4 }
}

impl HisState {
    /// Takes a FHIR feed: everything about the patients in it, unless `kind` says otherwise.
    async fn feed(
        &self,
        practice: &PracticeEntry,
        Announced { batch, release, kind }: Announced,
        body: Body,
    ) -> Result<Response, DeliveryError> {
        let bytes = axum::body::to_bytes(body, LARGEST_FEED).await.map_err(|error| {
            let too_large = std::error::Error::source(&error).is_some_and(|cause| cause.is::<LengthLimitError>());
            if too_large { DeliveryError::TooLarge } else { DeliveryError::Unreadable }
        })?;
        let files = vec![("the body".to_owned(), bytes.to_vec())];
        let delivery = FeedDelivery { batch, release, kind, day_t: None, numbers: BTreeMap::new(), files };
        let options = Options { sender: Some(practice.ura.clone()), ..Options::default() };
        let taken = self.importer.import_feed(practice, delivery, &options, Arc::new(|_| {})).await;
        match taken {
            Ok(taken) => Ok(answer(&taken.report, Some(&taken))),
            Err(ImportError::Feed(fault)) => Err(DeliveryError::Feed(fault.to_string())),
            Err(error) => Err(DeliveryError::Failed(error)),
        }
    }

    /// The practice, if this certificate may deliver for it; an unknown practice looks the same as a foreign one.
    async fn practice_of(&self, name: &str, client: &ClientIdentity) -> Result<PracticeEntry, DeliveryError> {
        let mut tx = self.app.store().read().await?;
        let practice = store::practices::find_by_name(&mut tx, &self.app.full_name(name)).await?;
        let Some(practice) = practice else { return Err(DeliveryError::Forbidden) };
        let settings = store::settings::load_effective(&mut tx, &practice.scope()).await?;
        tx.close().await?;
        let allowed = settings.get("his.host").is_some_and(|host| client.hosts.contains(host));
        if allowed { Ok(practice) } else { Err(DeliveryError::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_in_r4_unless_its_media_type_says_stu3() {
        let cases = [
            ("application/fhir+json", FhirRelease::R4),
            ("application/fhir+json; fhirVersion=4.0", FhirRelease::R4),
            ("application/fhir+xml;charset=utf-8;fhirversion=\"3.0\"", FhirRelease::Stu3),
            ("application/fhir+json; fhirVersion=3.0.2", FhirRelease::Stu3),
            ("application/fhir+json; version=3.0", FhirRelease::R4),
        ];
        for (content_type, expected) in cases {
            assert_eq!(release_of(content_type), expected, "{content_type}");
        }
    }
}
