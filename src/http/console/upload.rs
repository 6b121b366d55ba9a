//! A form that a file goes along with (`multipart/form-data`). Read by the guard only, after session and right: its token is asked for as
//! that of any other form.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use std::convert::Infallible;

use super::error::ConsoleError;
use crate::domain::evidence::MAX_BYTES;

/// Routes that take a file.
const ROUTES: [&str; 1] = ["/onboarding/file"];
/// The longest such form: the file, and room for what stands around it.
pub(super) const FORM_BYTES: usize = MAX_BYTES + 64 * 1024;
/// The most parts of such a form.
const MOST_PARTS: usize = 16;
/// Name of the field with the file.
pub(super) const FILE: &str = "file";

/// The file of a form; `None` when none was chosen. What its sender calls it is not looked at.
#[derive(Clone, Default)]
pub(super) struct Upload(pub(super) Option<Bytes>);

impl<S: Send + Sync> FromRequestParts<S> for Upload {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// Does this route take a file, and is this a form that may carry one?
pub(super) fn is_upload(route: &str, headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    ROUTES.contains(&route) && media.to_ascii_lowercase().starts_with("multipart/form-data")
}

/// The fields of such a form, and its file.
///
/// # Errors
/// [`ConsoleError::Forged`] when it is no such form.
pub(super) async fn read(
    media: Option<&HeaderValue>,
    bytes: Bytes,
) -> Result<(Vec<(String, String)>, Upload), ConsoleError> {
    let mut request = Request::new(Body::from(bytes));
    request.headers_mut().insert(header::CONTENT_TYPE, media.cloned().ok_or(ConsoleError::Forged)?);
    // Its length was looked at when it was read.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|_| ConsoleError::Forged)?;
    let (mut fields, mut upload) = (Vec::new(), Upload::default());
    for _ in 0..MOST_PARTS {
        let Some(part) = parts.next_field().await.map_err(|_| ConsoleError::Forged)? else {
            return Ok((fields, upload));
        };
        let name = part.name().unwrap_or_default().to_owned();
        if name == FILE {
            let file = part.bytes().await.map_err(|_| ConsoleError::Forged)?;
            upload = Upload(Some(file).filter(|file| !file.is_empty()));
        } else {
            fields.push((name, part.text().await.map_err(|_| ConsoleError::Forged)?));
        }
    }
    Err(ConsoleError::Forged)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIA: HeaderValue = HeaderValue::from_static("multipart/form-data; boundary=x");

    fn part(head: &str, body: &str) -> String {
        format!("--x\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
    }

    async fn of(body: String) -> Result<(Vec<(String, String)>, Option<Vec<u8>>), ConsoleError> {
        let (fields, upload) = read(Some(&MEDIA), Bytes::from(body)).await?;
        Ok((fields, upload.0.map(|bytes| bytes.to_vec())))
    }

    #[tokio::test]
    async fn fields_and_file_are_told_apart_by_name() {
        let body =
            part("name=\"csrf\"", "tok") + &part("name=\"file\"; filename=\"../../x.exe\"", "%PDF-") + "--x--\r\n";
        let (fields, file) = of(body).await.unwrap();
        assert_eq!(fields, [("csrf".to_owned(), "tok".to_owned())]);
        assert_eq!(file.as_deref(), Some(b"%PDF-".as_slice()));
        let none = part("name=\"file\"; filename=\"\"", "") + "--x--\r\n";
        assert_eq!(of(none).await.unwrap().1, None, "no file was chosen");
    }

    #[tokio::test]
    async fn what_is_cut_off_or_has_too_many_parts_is_no_form() {
        assert!(of(part("name=\"csrf\"", "tok")).await.is_err(), "without an end");
        let many: String = (0..=MOST_PARTS).map(|_| part("name=\"a\"", "b")).collect();
        assert!(of(many + "--x--\r\n").await.is_err());
        let other = HeaderValue::from_static("multipart/form-data");
        assert!(read(Some(&other), Bytes::new()).await.is_err(), "no boundary");
    }

    #[test]
    fn only_the_routes_with_a_file_take_one() {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, MEDIA)]);
        assert!(is_upload("/onboarding/file", &headers));
        assert!(!is_upload("/settings", &headers));
        assert!(!is_upload("/onboarding/file", &HeaderMap::new()));
    }
}
