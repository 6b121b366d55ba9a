//! `GET /oauth/authorize`: where a PGO sends its user (medmij-authorization §2).

use axum::response::{IntoResponse, Response};
use jiff::civil::Date;

use super::cookies;
use super::error::PageError;
use super::visit::{Visit, to_outside, to_page};
use crate::http::context::{INTERFACE_VERSION, PracticeView, random};
use crate::http::steps::{Step, StepKind};
use crate::medmij::{Lists, MedMijName};
use crate::oauth::authorize::{
    self, AuthorizeError, AuthorizeFault, AuthorizeRequest, BirthMark, ErrorRedirect, State,
};
use crate::oauth::describe::Situation;
use crate::oauth::{RequestIds, Scope, SentIds, SessionId};
use crate::store::authorization::GrantId;
use crate::store::authorization::grants;
use crate::store::authorization::sessions::{self, Opening};

/// Checks the request and opens a grant; the person goes on to the landing page.
pub(super) async fn authorize(visit: Visit) -> Response {
    visit.answer(begin(&visit).await)
}

async fn begin(visit: &Visit) -> Result<Response, PageError> {
    let lists = visit.lists()?;
    let rule = visit.state.context.settings.host_rule;
    let header = |name: &str| visit.headers.get(name).and_then(|value| value.to_str().ok());
    let ids = SentIds { request: header(RequestIds::REQUEST), correlation: header(RequestIds::CORRELATION) };
    let known = |client: &crate::oauth::ClientId| lists.client(client.as_str()).is_some();
    let mark = |state: &State, birth: Date| birth_mark(visit, state, birth);
    let grounds = &visit.state.context.settings.representation;
    let mark: Option<BirthMark<'_>> = if grounds.is_empty() { None } else { Some(&mark) };
    let request = match authorize::parse(&visit.query, ids, rule, mark, known) {
        Ok(request) => request,
        Err(AuthorizeFault::Redirect(redirect)) => return refuse(visit, &redirect, None).await,
        Err(AuthorizeFault::Page(fault)) => {
            let mut tx = visit.write().await?;
            for kind in [StepKind::AuthorizationRequestError, StepKind::ShowAuthorizationRequestErrorPage] {
                visit.record(&mut tx, Step::of_person(visit.moment.at, kind).refused("not_trusted")).await?;
            }
            tx.commit().await?;
            return Err(fault.into());
        }
    };
    let is_offered = request.scope.representation().is_none_or(|ground| grounds.contains(&ground));
    match practice(visit, &lists, &request.scope).await?.filter(|_| is_offered) {
        Some(practice) => open(visit, &practice, &request).await,
        None => {
            let redirect = request.refused(AuthorizeError::InvalidScope, Situation::Scope);
            refuse(visit, &redirect, Some(request.ids)).await
        }
    }
}

/// The mark of a birth date in the request with this state.
pub(super) fn birth_mark(visit: &Visit, state: &State, birth: Date) -> String {
    visit.state.context.sealer.login_value("birth", &format!("{birth} {}", state.as_str()))
}

/// The practice a scope names, when it is on the list for our interface version and served here.
async fn practice(visit: &Visit, lists: &Lists, scope: &Scope) -> Result<Option<PracticeView>, PageError> {
    let Ok(name) = MedMijName::from_stem(scope.name()) else {
        return Ok(None);
    };
    let listed = lists
        .provider(&name)
        .is_some_and(|provider| provider.interfaces.iter().any(|interface| interface.id == INTERFACE_VERSION));
    if listed { Ok(visit.state.context.practices.find(&name).await?) } else { Ok(None) }
}

/// Stores grant and session together, then hands the session to the browser.
async fn open(visit: &Visit, practice: &PracticeView, request: &AuthorizeRequest) -> Result<Response, PageError> {
    let grant = GrantId::from_random(random()?);
    let session = SessionId::from_random(&random()?);
    let step = Step::of_person(visit.moment.at, StepKind::ReceiveAuthorizationRequest)
        .at_practice(&practice.scope)
        .for_client(request.client_id.as_str())
        .with_ids(Some(request.ids));
    let mut tx = visit.write().await?;
    grants::open(&mut tx, &practice.scope, grant, request, visit.moment.at).await?;
    sessions::start(&mut tx, &practice.scope, &session.hash(), Opening::Authorize(grant), visit.moment.at).await?;
    visit.record(&mut tx, step).await?;
    tx.commit().await?;
    Ok((cookies::with_session(&session), to_page("/landing")).into_response())
}

/// Exception 1b: back to the PGO with an error.
async fn refuse(visit: &Visit, redirect: &ErrorRedirect, ids: Option<RequestIds>) -> Result<Response, PageError> {
    let step = Step::of_person(visit.moment.at, StepKind::SendAuthorizationRequestError)
        .with_ids(ids)
        .refused(redirect.error.as_str());
    let mut tx = visit.write().await?;
    visit.record(&mut tx, step).await?;
    tx.commit().await?;
    Ok(to_outside(&redirect.location(&visit.state.context.settings.descriptions)))
}
