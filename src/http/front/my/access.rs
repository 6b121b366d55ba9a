//! Asking for access to the dossier, and closing it (R-DR-01, R-DR-09).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::{Own, done, seen};
use crate::app::AccessAsked;
use crate::http::front::error::PageError;
use crate::http::front::visit::{Visit, to_page};
use crate::http::pages::Page;
use crate::http::pages::my::views::Close;

/// The form that asks, and where it goes.
pub(super) const ASK: &str = "/my/access";
/// The form that closes, and where it goes.
const CLOSE: &str = "/my/close";

/// Ask for access.
pub(super) async fn ask(visit: Visit, body: Bytes) -> Response {
    let result = asked(&visit, &body).await;
    done(&visit, result).await
}

async fn asked(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    visit.own_form(ASK, body)?;
    let own = Own::enter(visit).await?;
    let mut tx = visit.write().await?;
    let asked = visit.state.app.ask_for_access(&mut tx, &own.who, visit.moment).await?;
    tx.commit().await?;
    Ok(to_page(match asked {
        AccessAsked::Requested => "/my?done=asked",
        AccessAsked::Opened => "/my?done=opened",
        AccessAsked::Unchanged => "/my",
    }))
}

/// The question whether access is to be closed.
pub(super) async fn confirm(visit: Visit) -> Response {
    let result = show_question(&visit).await;
    seen(&visit, result).await
}

async fn show_question(visit: &Visit) -> Result<Response, PageError> {
    let own = Own::enter(visit).await?;
    if !own.standing.is_open() {
        return Ok(to_page("/my"));
    }
    let view = Close { frame: own.frame(visit), my: own.my(visit)?, csrf: visit.csrf(CLOSE)?, path: CLOSE };
    Ok(Page::new(view).into_response())
}

/// Close, or leave it open.
pub(super) async fn close(visit: Visit, body: Bytes) -> Response {
    let result = closed(&visit, &body).await;
    done(&visit, result).await
}

async fn closed(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form(CLOSE, body)?;
    let own = Own::enter(visit).await?;
    if form.single("decision").ok().flatten() != Some("close") {
        return Ok(to_page("/my"));
    }
    let mut tx = visit.write().await?;
    let closed = visit.state.app.close_access(&mut tx, &own.who, visit.moment).await?;
    tx.commit().await?;
    Ok(to_page(if closed { "/my?done=closed" } else { "/my" }))
}
