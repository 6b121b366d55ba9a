//! The access log as a document to keep: PDF/A, available day and night without anybody of the practice (release-rules §10).

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::log::rows;
use super::{Own, seen};
use crate::http::front::error::Cause;
use crate::http::front::error::PageError;
use crate::http::front::visit::Visit;
use crate::http::pages::my::log::name;
use crate::http::pages::my::views::LogRow;
use crate::http::pages::my::{MyTexts, dates};
use crate::http::pages::texts::fill;
use crate::pdf::{Block, Made, PdfError, document};

/// Events in one document: some hundred pages.
const MOST: u32 = 10_000;

/// The whole log.
pub(super) async fn download(visit: Visit) -> Response {
    let result = make(&visit).await;
    seen(&visit, result).await
}

async fn make(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    let (rows, more) = rows(visit, &own, "my_log_downloaded", (0, MOST)).await?;
    let t = &MyTexts::of(visit.lang).log;
    let mut blocks = vec![
        Block::Heading(t.title.to_owned()),
        Block::Paragraph(own.say(t.intro)),
        Block::Paragraph(fill(t.pdf_made, &[("date", &dates::minute(visit.moment.at))])),
        Block::Rows {
            head: [t.when, t.who, t.what, t.outcome].map(str::to_owned).into(),
            rows: rows.into_iter().map(cells).collect(),
        },
    ];
    if more {
        blocks.push(Block::Paragraph(t.pdf_more.to_owned()));
    }
    let (lang, made) = (visit.lang.as_str(), Made::at_millis(visit.moment.at.millis()));
    // Setting some thousand lines takes a moment, in which others are not to wait.
    let bytes = tokio::task::spawn_blocking(move || document(t.title, lang, &blocks, made)).await;
    let bytes = bytes.unwrap_or(Err(PdfError::NotMade("the task ended"))).map_err(|_| Cause::Stopped("pdf"))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name(visit.lang))),
    ];
    Ok((headers, bytes).into_response())
}

fn cells(row: LogRow) -> Vec<String> {
    let what = if row.more.is_empty() { row.what } else { format!("{}: {}", row.what, row.more) };
    vec![row.when, row.who, what, row.outcome.to_owned()]
}
