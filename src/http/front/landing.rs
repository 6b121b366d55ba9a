//! The landing page: whom one is about to log in at, and for whom (medmij-authorization §1.6).

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};

use super::again::{self, Said};
use super::error::PageError;
use super::flow::{Flow, Live, live, page_of};
use super::visit::{Visit, to_page};
use super::{consents, login};
use crate::http::context::PracticeView;
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::texts::fill;
use crate::http::pages::views::Landing;
use crate::http::steps::{Step, StepKind};
use crate::oauth::Params;
use crate::store::authorization::grants::{self, Refusal, Stage};
use crate::store::authorization::sessions::{Door, Visitor};

/// The landing page.
pub(super) async fn show(visit: Visit) -> Response {
    let result = match live(&visit).await {
        Ok(Live::Authorize(flow)) => show_flow(&visit, &flow).await.map_err(|error| error.within(&flow)),
        Ok(Live::Own(practice, door, Visitor::Anonymous)) => show_own(&visit, &practice, door),
        Ok(Live::Own(_, door, _)) => Ok(to_page(page_of(door))),
        Err(error) => Err(error),
    };
    visit.answer(result)
}

/// Log in, or cancel.
pub(super) async fn choose(visit: Visit, body: Bytes) -> Response {
    let form = match visit.own_form("landing", &body) {
        Ok(form) => form,
        Err(error) => return visit.answer(Err(error)),
    };
    let result = match live(&visit).await {
        Ok(Live::Authorize(flow)) => choose_flow(&visit, &flow, &form).await.map_err(|error| error.within(&flow)),
        Ok(Live::Own(practice, _, Visitor::Anonymous)) => choose_own(&visit, &practice, &form).await,
        Ok(Live::Own(_, door, _)) => Ok(to_page(page_of(door))),
        Err(error) => Err(error),
    };
    visit.answer(again::or_again(&visit, Said::Other, result).await)
}

async fn show_flow(visit: &Visit, flow: &Flow) -> Result<Response, PageError> {
    match flow.grant.stage {
        Stage::Requested => {}
        Stage::Authenticated(_) => return Ok(to_page("/consent")),
        Stage::Refused(Refusal::Unavailable | Refusal::OtherBirthDate) => return Ok(to_page("/unavailable")),
        Stage::Consented { .. } | Stage::Exchanged { .. } | Stage::Refused(_) => return Err(PageError::NoSession),
    }
    let mut tx = visit.write().await?;
    visit.record(&mut tx, flow.step(visit, StepKind::ShowLandingPage)).await?;
    tx.commit().await?;
    let t = visit.lang.texts();
    let lines = [t.landing_who, t.landing_system, t.landing_pgo, t.landing_next];
    let view = Landing {
        frame: flow.practice.frame(visit.lang),
        title: flow.say(visit, t.landing_title),
        lines: lines.map(|line| flow.say(visit, line)).into(),
        help: None,
        csrf: visit.csrf("landing")?,
    };
    Ok(leading_to_login(visit, Page::new(view).leading_to(flow.grant.request.redirect_uri.origin())))
}

fn show_own(visit: &Visit, practice: &PracticeView, door: Door) -> Result<Response, PageError> {
    let t = visit.lang.texts();
    let m = MyTexts::of(visit.lang);
    let (after, help) = match door {
        Door::Consents => (t.landing_consents, None),
        Door::My => (m.landing, Some(m.tile_help)),
    };
    let desk = visit.state.context.settings.service_desk.name.as_str();
    let say = |text| fill(text, &[("practice", &practice.display_name), ("desk", desk)]);
    let view = Landing {
        frame: practice.frame(visit.lang),
        title: say(t.landing_title),
        lines: [t.landing_who, t.landing_system, after].map(say).into(),
        help,
        csrf: visit.csrf("landing")?,
    };
    Ok(leading_to_login(visit, Page::new(view)))
}

fn leading_to_login(visit: &Visit, page: Page<Landing>) -> Response {
    match visit.state.login.origin() {
        Some(origin) => page.leading_to(origin).into_response(),
        None => page.into_response(),
    }
}

async fn choose_flow(visit: &Visit, flow: &Flow, form: &Params) -> Result<Response, PageError> {
    if flow.grant.stage != Stage::Requested {
        return Err(PageError::NoSession);
    }
    match form.single("action").ok().flatten() {
        Some("login") => {
            let step = flow.step(visit, StepKind::SendAuthenticationRequest);
            login::begin(visit, &flow.practice, flow.grant.request.scope.representation(), step).await
        }
        Some("cancel") => {
            let mut tx = visit.write().await?;
            if !grants::refuse(&mut tx, flow.grant.id, Refusal::Cancelled).await? {
                return Err(PageError::NoSession);
            }
            let step = flow.step(visit, StepKind::SendAuthorizationCancellation).refused(Refusal::Cancelled.as_str());
            flow.deny(visit, tx, step).await
        }
        _ => Ok(to_page("/landing")),
    }
}

async fn choose_own(visit: &Visit, practice: &PracticeView, form: &Params) -> Result<Response, PageError> {
    match form.single("action").ok().flatten() {
        Some("login") => {
            let step =
                Step::of_person(visit.moment.at, StepKind::SendAuthenticationRequest).at_practice(&practice.scope);
            login::begin(visit, practice, None, step).await
        }
        Some("cancel") => consents::end(visit, Some(practice)).await,
        _ => Ok(to_page("/landing")),
    }
}
