//! What the operator's network may ask: is the server alive, is it ready, what has it counted.
//!
//! Plain HTTP on a listener of its own (interface.md §3); nothing here tells anything about a patient.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// May traffic be sent here?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Every part works.
    Ready,
    /// These parts do not, named for the operator ("database", "lists"); never empty in practice.
    NotReady(Vec<&'static str>),
}

/// Asks all parts whether they work; called for every readiness request, so it must be quick.
pub type ReadinessCheck = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Readiness> + Send>> + Send + Sync>;

#[derive(Clone)]
struct OpsState {
    ready: ReadinessCheck,
    metrics: PrometheusHandle,
}

/// The endpoints of the ops listener.
///
/// - `/health/live` – 200 as long as the process answers;
/// - `/health/ready` – 200, or 503 with the parts that do not work;
/// - `/metrics` – counters and gauges in Prometheus' text format.
pub fn router(ready: ReadinessCheck, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(readiness))
        .route("/metrics", get(render))
        .with_state(OpsState { ready, metrics })
}

/// Makes the process count into a recorder that [`router`] renders. Once per process.
///
/// # Errors
/// [`BuildError`] when a recorder is installed already.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new().install_recorder()
}

async fn readiness(State(state): State<OpsState>) -> Response {
    match (state.ready)().await {
        Readiness::Ready => Json(serde_json::json!({ "ready": true })).into_response(),
        Readiness::NotReady(parts) => {
            let body = Json(serde_json::json!({ "ready": false, "not_ready": parts }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

async fn render(State(state): State<OpsState>) -> impl IntoResponse {
    state.metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], state.metrics.render())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(path: &str, readiness: Readiness) -> (StatusCode, String) {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || metrics::counter!("dvza_test_total").increment(3));
        let check: ReadinessCheck = Arc::new(move || {
            let answer = readiness.clone();
            Box::pin(async move { answer })
        });
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(check, recorder.handle()).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_server_that_is_not_ready_is_still_alive() {
        let broken = Readiness::NotReady(vec!["database", "lists"]);
        assert_eq!(ask("/health/live", broken.clone()).await.0, StatusCode::OK);
        let (status, body) = ask("/health/ready", broken).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body, r#"{"ready":false,"not_ready":["database","lists"]}"#);
    }

    #[tokio::test]
    async fn a_ready_server_says_so() {
        assert_eq!(ask("/health/ready", Readiness::Ready).await, (StatusCode::OK, r#"{"ready":true}"#.to_owned()));
    }

    #[tokio::test]
    async fn metrics_are_rendered_for_prometheus() {
        let (status, body) = ask("/metrics", Readiness::Ready).await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("dvza_test_total 3"), "{body}");
    }
}
