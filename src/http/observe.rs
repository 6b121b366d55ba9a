//! One log line and one metric per request: route, outcome and duration, never an address with parameters.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// Wraps every request of a listener.
pub async fn request(State(listener): State<&'static str>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        // Only a UUID is repeated: anything else is a stranger's text.
        value.and_then(|value| value.parse::<uuid::Uuid>().ok()).map(|id| id.to_string()).unwrap_or_default()
    };
    let span = tracing::info_span!(
        "request",
        listener,
        route,
        correlation.id = header("x-correlation-id"),
        medmij.request_id = header("medmij-request-id"),
    );
    let began = Instant::now();
    async move {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let duration = began.elapsed();
        metrics::histogram!("dvza_request_seconds", "listener" => listener, "route" => route.clone(), "status" => status.to_string())
            .record(duration.as_secs_f64());
        tracing::info!(%method, route, status, duration_ms = duration.as_millis(), "answered");
        response
    }
    .instrument(span)
    .await
}
