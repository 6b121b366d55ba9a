//! What is simulated around a demo: the time that passes, and the letters that went out.
//!
//! Only `dvza demo --serve` has it, on loopback. A server has no such door: its clock cannot be set.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::post::{Kept, Letters};
use crate::domain::time::{Clock, Timestamp};

/// What they know.
#[derive(Clone)]
struct Surroundings {
    clock: Clock,
    letters: Letters,
}

/// Which instant it shall be.
#[derive(Deserialize)]
struct Wanted {
    to: String,
}

/// The endpoints, for a demo with this clock and these letters.
///
/// - `GET /time` – `{"now":"2026-06-15T12:00:00+02:00"}`;
/// - `POST /time` with `{"to":"2026-06-16T09:00:00+02:00"}` – it is that instant now, and time runs on from there;
/// - `GET /letters` – the e-mails that were handed over, the oldest first.
///
/// A page elsewhere cannot make a browser set the time: no browser sends JSON across origins unasked.
pub fn router(clock: Clock, letters: Letters) -> Router {
    let state = Surroundings { clock, letters };
    Router::new().route("/time", get(time).post(pass)).route("/letters", get(letters_so_far)).with_state(state)
}

async fn time(State(around): State<Surroundings>) -> Json<Value> {
    Json(json!({ "now": around.clock.now().to_rfc3339() }))
}

/// Time goes forward only: what happened already stays in the past.
async fn pass(State(around): State<Surroundings>, Json(wanted): Json<Wanted>) -> Response {
    let refuse = |reason: &str| {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": format!("to: {reason}") }))).into_response()
    };
    let Ok(to) = Timestamp::parse_rfc3339(&wanted.to) else {
        return refuse("not an instant of RFC 3339 with its offset, such as 2026-06-16T09:00:00+02:00");
    };
    if to < around.clock.now() {
        return refuse("this instant has passed, and time goes forward only");
    }
    around.clock.set(to);
    time(State(around)).await.into_response()
}

async fn letters_so_far(State(around): State<Surroundings>) -> Json<Vec<Kept>> {
    Json(around.letters.all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, header};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    const NOON: &str = "2026-06-15T12:00:00+02:00";

    async fn ask(clock: &Clock, request: Request<Body>) -> (StatusCode, String) {
        let answer = router(clock.clone(), Letters::default()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn set(clock: &Clock, media_type: &str, body: &str) -> (StatusCode, String) {
        let request = Request::post("/time").header(header::CONTENT_TYPE, media_type);
        ask(clock, request.body(Body::from(body.to_owned())).unwrap()).await
    }

    #[tokio::test]
    async fn time_passes_forward_and_is_told() {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOON).unwrap());
        let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(ask(&clock, get("/time")).await, (StatusCode::OK, format!(r#"{{"now":"{NOON}"}}"#)));
        let (status, told) = set(&clock, "application/json", r#"{"to":"2026-06-16T07:00:00Z"}"#).await;
        assert_eq!((status, told.as_str()), (StatusCode::OK, r#"{"now":"2026-06-16T09:00:00+02:00"}"#));
        assert_eq!(clock.now().to_rfc3339(), "2026-06-16T09:00:00+02:00");
        assert_eq!(ask(&clock, get("/letters")).await, (StatusCode::OK, "[]".to_owned()));
    }

    #[tokio::test]
    async fn what_is_no_later_instant_changes_nothing_and_is_told_why() {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(NOON).unwrap());
        let cases = [
            ("application/json", r#"{"to":"tomorrow"}"#, "to: not an instant"),
            ("application/json", r#"{"to":"2026-06-16T09:00:00"}"#, "to: not an instant"),
            ("application/json", r#"{"to":"2026-06-15T11:59:59+02:00"}"#, "to: this instant has passed"),
            ("application/json", "{}", "to"),
            ("text/plain", r#"{"to":"2026-06-16T09:00:00+02:00"}"#, "application/json"),
        ];
        for (media_type, body, reason) in cases {
            let (status, told) = set(&clock, media_type, body).await;
            assert!(status.is_client_error() && told.contains(reason), "{body}: {status} {told}");
            assert_eq!(clock.now().to_rfc3339(), NOON);
        }
    }
}
