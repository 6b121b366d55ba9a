//! A page as an HTTP answer, with the headers every answer of the front channel carries.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A page with its status and the origins its forms may lead to.
pub struct Page<T> {
    view: T,
    status: StatusCode,
    form_targets: Vec<String>,
}

impl<T: Template> Page<T> {
    /// A page with status 200 whose forms stay at this server.
    pub fn new(view: T) -> Self {
        Self { view, status: StatusCode::OK, form_targets: Vec::new() }
    }

    /// With this status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A form of this page ends, by redirects, at this origin; browsers check the whole chain against `form-action`.
    #[must_use]
    pub fn leading_to(mut self, origin: impl Into<String>) -> Self {
        self.form_targets.push(origin.into());
        self
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let html = match self.view.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
        };
        let mut response = (self.status, Html(html)).into_response();
        if let Ok(policy) = HeaderValue::from_str(&policy(&self.form_targets)) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// No script at all, own style only, forms to the named places only, never in a frame.
fn policy(form_targets: &[String]) -> String {
    let mut targets = String::from("'self'");
    for target in form_targets {
        targets.push(' ');
        targets.push_str(target);
    }
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The headers of every answer of the front channel; one that is there already stays.
pub async fn harden(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 6] = [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Not "no-referrer": browsers would then send `Origin: null` with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
