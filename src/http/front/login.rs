//! Logging in: away to the means of login, and back with its answer (medmij-authorization §1.4 steps 3-5, §2.4). Each login
//! has a session of its own (R-SE-03); whoever logs in for nobody else is led to their own dossier (R-AG-07).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;

use super::error::PageError;
use super::flow::{Flow, Live, live, page_of};
use super::visit::{Visit, to_outside, to_page};
use super::{authorize, cookies};
use crate::domain::assurance::Level;
use crate::domain::representation::Representation;
use crate::http::context::{Asking, Found, PracticeView, random};
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::views::{Depart, Frame, Message, SimulatorForm};
use crate::http::steps::{Step, StepKind};
use crate::login::{Departure, Identity, LoginError, LoginStart};
use crate::oauth::{LoginState, Params, SessionId};
use crate::store::authorization::grants::{self, Login, Refusal, Stage};
use crate::store::authorization::sessions::{self, Door, Visitor};

/// Begins a login in this session and sends the browser on its way.
pub(super) async fn begin(
    visit: &Visit,
    practice: &PracticeView,
    ground: Option<Representation>,
    step: Step,
) -> Result<Response, PageError> {
    let state = LoginState::from_random(&random()?);
    let mut tx = visit.write().await?;
    sessions::begin_login(&mut tx, &visit.session_id()?.hash(), &state.hash()).await?;
    visit.record(&mut tx, step).await?;
    tx.commit().await?;
    let start = LoginStart {
        state: &state,
        practice: &practice.scope,
        service: practice.login_service.as_ref(),
        minimum: practice.minimum,
        representation: ground,
    };
    Ok(match visit.state.login.begin(start).await? {
        Departure::Redirect(address) => to_outside(&address),
        Departure::Form { action, fields } => {
            let view = Depart { frame: practice.frame(visit.lang).fixed(), action, fields };
            let page = Page::new(view);
            visit.state.login.origin().into_iter().fold(page, Page::leading_to).into_response()
        }
    })
}

/// The page of the simulator; its route exists only when the simulator is the means of login.
pub(super) async fn simulator(visit: Visit) -> Response {
    let params = Params::parse(visit.query.as_bytes()).ok();
    let relay = params.and_then(|params| LoginState::offered(params.single("relay").ok()??));
    let Some(relay) = relay else {
        return visit.answer(Err(PageError::NoSession));
    };
    let levels = Level::ALL.map(|level| (level.as_str(), level == Level::Substantieel));
    let frame = Frame::bare(visit.lang);
    let mut form = SimulatorForm { frame, relay: relay.expose().to_owned(), for_another: false, levels: levels.into() };
    let flow = match live(&visit).await {
        Ok(Live::Authorize(flow)) => Some(flow),
        _ => None,
    };
    form.for_another = flow.as_ref().is_some_and(|flow| flow.grant.request.scope.representation().is_some());
    let mut page = Page::new(form);
    // A level that is too low leads straight back to the PGO.
    if let Some(flow) = flow {
        page = page.leading_to(flow.grant.request.redirect_uri.origin());
    }
    visit.answer(Ok(page.into_response()))
}

/// The answer of a means of login that redirects (SAML artifact, OIDC).
pub(super) async fn return_by_get(visit: Visit) -> Response {
    let answer = Params::parse(visit.query.as_bytes()).map_err(|_| PageError::NoSession);
    finish(visit, answer).await
}

/// The answer of a means of login that posts (simulator).
pub(super) async fn return_by_post(visit: Visit, body: Bytes) -> Response {
    let answer = Params::parse(&body).map_err(|_| PageError::NoSession);
    finish(visit, answer).await
}

async fn finish(visit: Visit, answer: Result<Params, PageError>) -> Response {
    let result = match answer {
        Ok(answer) => settle(&visit, &answer).await,
        Err(error) => Err(error),
    };
    visit.answer(result)
}

async fn settle(visit: &Visit, answer: &Params) -> Result<Response, PageError> {
    let live = live(visit).await?;
    let state = visit.state.login.state(answer).ok_or(PageError::NoSession)?;
    // Consumed before the answer is looked at: an answer counts once, and in the session that asked for it.
    let mut tx = visit.write().await?;
    if !sessions::take_login(&mut tx, &visit.session_id()?.hash(), &state.hash()).await? {
        return Err(PageError::NoSession);
    }
    tx.commit().await?;
    let identity = visit.state.login.finish(answer, visit.moment.at).await;
    match live {
        Live::Authorize(flow) => settle_flow(visit, &flow, identity).await.map_err(|error| error.within(&flow)),
        Live::Own(practice, door, Visitor::Anonymous) => settle_own(visit, (&practice, door), identity).await,
        Live::Own(..) => Err(PageError::NoSession),
    }
}

async fn settle_flow(
    visit: &Visit,
    flow: &Flow,
    identity: Result<Identity, LoginError>,
) -> Result<Response, PageError> {
    if flow.grant.stage != Stage::Requested {
        return Err(PageError::NoSession);
    }
    let identity = match identity {
        Ok(identity) => identity,
        Err(LoginError::Unavailable) => return Err(LoginError::Unavailable.into()),
        Err(error) => return broken_off(visit, flow, error).await,
    };
    if identity.level < flow.practice.minimum {
        return too_low(visit, flow, identity.level).await;
    }
    let ground = flow.grant.request.scope.representation();
    match find(visit, flow, ground, &identity).await? {
        Found::Available(patient) => {
            let acting = ground.map(|_| visit.state.context.sealer.person_hash(patient.practice, &identity.acting));
            authenticated(visit, flow, &Login { patient, level: identity.level, at: identity.at, acting }).await
        }
        Found::Unavailable => unavailable(visit, flow, identity.level, Refusal::Unavailable).await,
        Found::OtherBirthDate => unavailable(visit, flow, identity.level, Refusal::OtherBirthDate).await,
    }
}

/// The availability test.
async fn find(
    visit: &Visit,
    flow: &Flow,
    ground: Option<Representation>,
    identity: &Identity,
) -> Result<Found, PageError> {
    let request = &flow.grant.request;
    let is_birth =
        |day: Date| request.birth_mark.as_deref() == Some(&authorize::birth_mark(visit, &request.state, day));
    let asking = Asking { person: &identity.subject, acting: &identity.acting, ground, is_birth: &is_birth };
    Ok(visit.state.context.availability.find(&flow.practice.scope, asking, visit.moment).await?)
}

/// The login was cancelled or failed: the person may try again.
async fn broken_off(visit: &Visit, flow: &Flow, error: LoginError) -> Result<Response, PageError> {
    let step = match error {
        LoginError::Cancelled => flow.step(visit, StepKind::ReceiveAuthorizationCancellation).refused("cancelled"),
        _ => flow.step(visit, StepKind::ReceiveAuthenticationError).refused("login_failed"),
    };
    let mut tx = visit.write().await?;
    visit.record(&mut tx, step).await?;
    tx.commit().await?;
    Ok(to_page("/cancelled"))
}

async fn too_low(visit: &Visit, flow: &Flow, level: Level) -> Result<Response, PageError> {
    let mut tx = visit.write().await?;
    if !grants::refuse(&mut tx, flow.grant.id, Refusal::LevelTooLow).await? {
        return Err(PageError::NoSession);
    }
    let step = flow.step(visit, StepKind::ReceiveAuthenticationResponse).refused("level_too_low");
    flow.deny(visit, tx, step.with("level", level.as_str())).await
}

async fn unavailable(visit: &Visit, flow: &Flow, level: Level, why: Refusal) -> Result<Response, PageError> {
    let mut tx = visit.write().await?;
    if !grants::refuse(&mut tx, flow.grant.id, why).await? {
        return Err(PageError::NoSession);
    }
    // The login itself was one.
    visit.record(&mut tx, logged_in(visit, flow, level)).await?;
    visit.record(&mut tx, flow.step(visit, StepKind::AvailabilityTest).refused(why.as_str())).await?;
    tx.commit().await?;
    Ok(to_page("/unavailable"))
}

fn logged_in(visit: &Visit, flow: &Flow, level: Level) -> Step {
    flow.step(visit, StepKind::ReceiveAuthenticationResponse).with("level", level.as_str())
}

/// Logged in and available: on to the consent, in a session with a new id.
async fn authenticated(visit: &Visit, flow: &Flow, login: &Login) -> Result<Response, PageError> {
    let session = SessionId::from_random(&random()?);
    let mut tx = visit.write().await?;
    let moved = grants::authenticate(&mut tx, flow.grant.id, login).await?
        && sessions::rotate(&mut tx, &visit.session_id()?.hash(), &session.hash()).await?;
    if !moved {
        return Err(PageError::NoSession);
    }
    visit.record(&mut tx, logged_in(visit, flow, login.level).about_login(login)).await?;
    tx.commit().await?;
    Ok((cookies::with_session(&session), to_page("/consent")).into_response())
}

/// To look at one's consents one need not be available, only oneself; the own pages ask the gates themselves.
async fn settle_own(
    visit: &Visit,
    (practice, door): (&PracticeView, Door),
    identity: Result<Identity, LoginError>,
) -> Result<Response, PageError> {
    let step = Step::of_person(visit.moment.at, StepKind::ReceiveAuthenticationResponse).at_practice(&practice.scope);
    let identity = match identity {
        Ok(identity) => identity,
        Err(LoginError::Unavailable) => return Err(LoginError::Unavailable.into()),
        Err(LoginError::Cancelled | LoginError::Failed) => return Ok(to_page("/landing")),
    };
    let t = visit.lang.texts();
    let oneself = match door {
        Door::Consents => t.oneself_text,
        Door::My => MyTexts::of(visit.lang).oneself,
    };
    let refused = if identity.level < practice.minimum {
        Some(("level_too_low", t.level_title, t.level_text))
    } else if identity.acting != identity.subject {
        Some(("for_another", t.level_title, oneself))
    } else {
        None
    };
    if let Some((reason, title, text)) = refused {
        let mut tx = visit.write().await?;
        visit.record(&mut tx, step.refused(reason).with("level", identity.level.as_str())).await?;
        tx.commit().await?;
        return Ok(message(visit, practice, title, text));
    }
    let found = visit.state.context.availability.identify(&practice.scope, &identity.subject).await?;
    let session = SessionId::from_random(&random()?);
    let mut tx = visit.write().await?;
    let old = visit.session_id()?.hash();
    let patient = found.map(|found| found.patient);
    let moved = sessions::identify(&mut tx, &practice.scope, &old, patient, visit.moment.at).await?
        && sessions::rotate(&mut tx, &old, &session.hash()).await?;
    if !moved {
        return Err(PageError::NoSession);
    }
    let step = step.with("level", identity.level.as_str());
    visit.record(&mut tx, found.iter().fold(step, Step::about)).await?;
    tx.commit().await?;
    Ok((cookies::with_session(&session), to_page(page_of(door))).into_response())
}

fn message(visit: &Visit, practice: &PracticeView, title: &str, text: &str) -> Response {
    let frame = practice.frame(visit.lang).fixed();
    let lines = vec![text.to_owned()];
    Page::new(Message { frame, title: title.to_owned(), lines, form: None, ids: None }).into_response()
}
