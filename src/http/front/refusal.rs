//! The pages after a login that did not lead on: cancelled (annuleringspagina), and no data available.
//!
//! "No data available" is one page with one text for every cause, and the PGO gets `access_denied` for each
//! (medmij-authorization §1.5, §2.6; release-rules §15.18).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::again::{self, Said};
use super::error::PageError;
use super::flow::{Flow, authorization};
use super::login;
use super::visit::{Visit, to_page};
use crate::http::pages::Page;
use crate::http::pages::views::{Message, MessageForm};
use crate::http::steps::StepKind;
use crate::store::authorization::grants::{self, Refusal, Stage};

/// The login was cancelled or failed.
pub(super) async fn cancelled(visit: Visit) -> Response {
    visit.answer(show_cancelled(&visit).await)
}

async fn show_cancelled(visit: &Visit) -> Result<Response, PageError> {
    let flow = authorization(visit).await?;
    if flow.grant.stage != Stage::Requested {
        return Err(PageError::NoSession);
    }
    let t = visit.lang.texts();
    let lines = [t.cancelled_text, t.cancelled_next];
    let buttons = vec![("back", flow.say(visit, t.back_to_pgo)), ("retry", t.retry.to_owned())];
    message(visit, &flow, t.cancelled_title, &lines, "/cancelled", buttons)
}

/// Back to the PGO, or another try.
pub(super) async fn after_cancel(visit: Visit, body: Bytes) -> Response {
    let result = leave_cancelled(&visit, &body).await;
    visit.answer(again::or_again(&visit, Said::Other, result).await)
}

async fn leave_cancelled(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    let form = visit.own_form("/cancelled", body)?;
    let flow = authorization(visit).await?;
    if form.single("action").ok().flatten() == Some("retry") {
        if flow.grant.stage != Stage::Requested {
            return Err(PageError::NoSession);
        }
        let step = flow.step(visit, StepKind::SendAuthenticationRequest);
        let ground = flow.grant.request.scope.representation();
        return login::begin(visit, &flow.practice, ground, step).await.map_err(|error| error.within(&flow));
    }
    let mut tx = visit.write().await?;
    if !grants::refuse(&mut tx, flow.grant.id, Refusal::LoginFailed).await? {
        return Err(PageError::NoSession);
    }
    let step = flow.step(visit, StepKind::SendAuthorizationCancellation).refused(Refusal::LoginFailed.as_str());
    flow.deny(visit, tx, step).await
}

/// No data available, for whatever reason.
pub(super) async fn unavailable(visit: Visit) -> Response {
    visit.answer(show_unavailable(&visit).await)
}

async fn show_unavailable(visit: &Visit) -> Result<Response, PageError> {
    let flow = authorization(visit).await?;
    let t = visit.lang.texts();
    let text = match flow.grant.stage {
        Stage::Refused(Refusal::Unavailable) => t.unavailable_text,
        Stage::Refused(Refusal::OtherBirthDate) => t.unavailable_birth,
        _ => return Ok(to_page("/landing")),
    };
    let lines = [text, t.unavailable_next].into_iter().chain(flow.practice.contact.as_deref());
    let lines: Vec<_> = lines.collect();
    let buttons = vec![("back", flow.say(visit, t.back_to_pgo))];
    message(visit, &flow, t.unavailable_title, &lines, "/unavailable", buttons)
}

/// Back to the PGO.
pub(super) async fn after_unavailable(visit: Visit, body: Bytes) -> Response {
    let result = leave_unavailable(&visit, &body).await;
    visit.answer(again::or_again(&visit, Said::Other, result).await)
}

async fn leave_unavailable(visit: &Visit, body: &[u8]) -> Result<Response, PageError> {
    visit.own_form("/unavailable", body)?;
    let flow = authorization(visit).await?;
    if !matches!(flow.grant.stage, Stage::Refused(Refusal::Unavailable | Refusal::OtherBirthDate)) {
        return Err(PageError::NoSession);
    }
    let tx = visit.write().await?;
    let step = flow.step(visit, StepKind::SendAuthorizationErrorResponse).refused("access_denied");
    flow.deny(visit, tx, step).await
}

fn message(
    visit: &Visit,
    flow: &Flow,
    title: &str,
    lines: &[&str],
    path: &'static str,
    buttons: Vec<(&'static str, String)>,
) -> Result<Response, PageError> {
    let ids = flow.grant.request.ids;
    let view = Message {
        frame: flow.practice.frame(visit.lang),
        title: title.to_owned(),
        lines: lines.iter().map(|line| flow.say(visit, line)).collect(),
        form: Some(MessageForm { path, csrf: visit.csrf(path)?, buttons }),
        ids: (path == "/cancelled").then(|| (ids.request.to_string(), ids.correlation.to_string())),
    };
    let mut page = Page::new(view).leading_to(flow.grant.request.redirect_uri.origin());
    if let Some(origin) = visit.state.login.origin() {
        page = page.leading_to(origin);
    }
    Ok(page.into_response())
}
