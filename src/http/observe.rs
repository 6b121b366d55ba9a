//! One log line and one metric per request: route, outcome and duration, never an address with parameters.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// Wraps every request of a listener.
pub async fn request(State(listener): State<&'static str>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().to_string();
    let span = tracing::info_span!(
        "request",
        listener,
        route,
        correlation.id = uuid_header(request.headers(), "x-correlation-id"),
        medmij.request_id = uuid_header(request.headers(), "medmij-request-id"),
    );
    let began = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let duration = began.elapsed();
    let labels = [("listener", listener.to_owned()), ("route", route.clone()), ("status", status.to_string())];
    metrics::histogram!("dvza_request_seconds", &labels).record(duration.as_secs_f64());
    span.in_scope(|| tracing::info!(method, status, duration_ms = duration.as_millis(), "answered"));
    response
}

/// Only a UUID is repeated: anything else is a stranger's text.
fn uuid_header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.parse::<uuid::Uuid>().ok()).map(|id| id.to_string()).unwrap_or_default()
}
