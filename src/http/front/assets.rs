//! Static files: one style sheet, compiled in.

use axum::http::header;
use axum::response::IntoResponse;

const STYLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css"));

/// The style sheet. May be kept for an hour, so that a new version reaches everybody soon.
pub(super) async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, STYLE)
}
