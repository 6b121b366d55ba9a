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
use crate::store::authorization::ConsentId;
use crate::store::authorization::consents;
use crate::store::authorization::grants::{self, Login, Refusal, Stage};
use crate::store::authorization::sessions;

/// How long after its end a session is still told how it ended, in seconds.
const SECONDS: i64 = 60;

/// The code of the flow in this session. It is made of the session's secret id and a key of ours, so that it can be said twice
/// and is stored nowhere; a session has one flow, and so one code.
pub(super) fn code(visit: &Visit) -> Result<AuthorizationCode, PageError> {
    let value = visit.state.context.sealer.login_value("code", visit.session_id()?.expose());
    AuthorizationCode::offered(&value).ok_or(PageError::NoSession)
}

/// What a form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// To give the consent.
    Consent,
    /// Anything else.
    Other,
}

/// The answer to a form of ours; when its session has just ended, the answer that ended it. Somebody whose last word is "no" gets
/// no code for the "yes" before it.
pub(super) async fn or_again(
    visit: &Visit,
    said: Said,
    result: Result<Response, PageError>,
) -> Result<Response, PageError> {
    match result {
        Err(PageError::NoSession) => end_again(visit, said).await,
        other => other,
    }
}

async fn end_again(visit: &Visit, said: Said) -> Result<Response, PageError> {
    let (id, at) = (visit.session_id()?.hash(), visit.moment.at);
    let mut tx = visit.write().await?;
    let ended = sessions::just_ended(&mut tx, &id, at.plus_seconds(-SECONDS)).await?;
    let grant = match ended {
        Some(grant) => grants::find(&mut tx, grant).await?,
        None => None,
    };
    tx.commit().await?;
    let flow = flow::ended(visit, grant.ok_or(PageError::NoSession)?).await?;
    if let (Stage::Consented { login, consent, .. } | Stage::Exchanged { login, consent }, Said::Other) =
        (&flow.grant.stage, said)
    {
        return take_back(visit, &flow, login, *consent).await;
    }
    let location = location(visit, &flow)?;
    let mut tx = visit.write().await?;
    visit.record(&mut tx, flow.step(visit, StepKind::RepeatAuthorizationResponse)).await?;
    tx.commit().await?;
    Ok((cookies::without_session(), to_outside(&location)).into_response())
}

/// A code that is out becomes worthless, and its consent with it; so do tokens that it became meanwhile.
async fn take_back(visit: &Visit, flow: &Flow, login: &Login, consent: ConsentId) -> Result<Response, PageError> {
    let mut tx = visit.write().await?;
    if !grants::take_back(&mut tx, flow.grant.id).await?
        || !consents::withdraw(&mut tx, &login.patient, consent, visit.moment.at).await?
    {
        return Err(PageError::NoSession);
    }
    let step = flow.step(visit, StepKind::ConsentWithdrawn).about_login(login).with_consent(consent);
    flow.deny(visit, tx, step).await
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
