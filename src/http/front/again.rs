//! The end of a flow, told once more. Somebody clicks twice on a slow line: the browser sends the form twice and drops the
//! first answer, on which everything was settled. What the second one leads to is all the person sees.

use axum::response::{IntoResponse, Response};

use super::cookies;
use super::error::PageError;
use super::flow::{self, Flow};
use super::visit::{Visit, to_outside};
use crate::http::steps::StepKind;
use crate::oauth::AuthorizationCode;
use crate::oauth::authorize::AuthorizeError;
use crate::oauth::describe::Situation;
use crate::store::authorization::grants::{self, Refusal, Stage};
use crate::store::authorization::sessions;

/// How long after its end a session is still told how it ended, in seconds.
const SECONDS: i64 = 60;

/// The code of the flow in this session. It is made of the session's secret id and a key of ours, so that it can be said twice
/// and is stored nowhere; a session has one flow, and so one code.
pub(super) fn code(visit: &Visit) -> Result<AuthorizationCode, PageError> {
    let value = visit.state.context.sealer.login_value("code", visit.session_id()?.expose());
    AuthorizationCode::offered(&value).ok_or(PageError::NoSession)
}

/// The answer to a form of ours; when its session has just ended, the answer that ended it.
pub(super) async fn or_again(visit: &Visit, result: Result<Response, PageError>) -> Result<Response, PageError> {
    match result {
        Err(PageError::NoSession) => end_again(visit).await,
        other => other,
    }
}

async fn end_again(visit: &Visit) -> Result<Response, PageError> {
    let (id, at) = (visit.session_id()?.hash(), visit.moment.at);
    let mut tx = visit.write().await?;
    let ended = sessions::just_ended(&mut tx, &id, at.plus_seconds(-SECONDS)).await?;
    let grant = match ended {
        Some(grant) => grants::find(&mut tx, grant).await?,
        None => None,
    };
    tx.commit().await?;
    let flow = flow::ended(visit, grant.ok_or(PageError::NoSession)?).await?;
    let location = location(visit, &flow)?;
    let mut tx = visit.write().await?;
    visit.record(&mut tx, flow.step(visit, StepKind::RepeatAuthorizationResponse)).await?;
    tx.commit().await?;
    Ok((cookies::without_session(), to_outside(&location)).into_response())
}

fn location(visit: &Visit, flow: &Flow) -> Result<String, PageError> {
    let request = &flow.grant.request;
    match flow.grant.stage {
        Stage::Refused(Refusal::CodeReused) => Err(PageError::NoSession),
        Stage::Refused(_) => {
            let redirect = request.refused(AuthorizeError::AccessDenied, Situation::Denied);
            Ok(redirect.location(&visit.state.context.settings.descriptions))
        }
        // A code that was exchanged has arrived.
        Stage::Consented { code_expires_at, .. } if visit.moment.at < code_expires_at => {
            let code = code(visit)?;
            Ok(request.redirect_uri.with_query(&[("code", code.expose()), ("state", request.state.as_str())]))
        }
        _ => Err(PageError::NoSession),
    }
}
