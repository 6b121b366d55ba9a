//! The access log as a document to keep.
use super::*;

pub(super) async fn download(visit: Visit) -> Response {
    visit.answer(Err(PageError::NotFound))
}
