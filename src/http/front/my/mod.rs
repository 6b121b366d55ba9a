//! The patient's own pages at one practice: what is shared, who saw it, and what can be asked (release-rules §6, §9, §10).
//!
//! Starts with its own login, as the consents do. Nothing here shows more than a PGO would get: the data comes from
//! `app::showing`, and each view has its event before its answer. Whoever may see nothing at all gets one page for every
//! cause. Acting for somebody else is not offered here.

mod access;
mod data;
mod email;
mod entries;
mod exclusions;
mod file;
mod help;
mod log;
mod log_pdf;
mod requests;
mod results;
mod shown;
mod start;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, post};

use super::FrontState;
use super::consents;
use super::error::PageError;
use super::flow::identified;
use super::visit::{Visit, to_page};
use crate::app::Standing;
use crate::audit::{self, Action, Actor, Event, Kind, Outcome};
use crate::domain::ids::PatientRef;
use crate::domain::release::Gate;
use crate::http::context::PracticeView;
use crate::http::pages::my::views::My;
use crate::http::pages::texts::fill;
use crate::http::pages::views::Frame;
use crate::store::authorization::sessions::Door;

/// The form that logs out, and where it goes.
pub(super) const LEAVE: &str = "/my/leave";

/// Every page below `/my`.
pub(super) fn router() -> Router<FrontState> {
    let requests = get(requests::show).post(requests::send).layer(DefaultBodyLimit::max(requests::MAX_BYTES));
    Router::new()
        .route("/my", get(start::show))
        .route("/my/start", post(enter))
        .route("/my/access", post(access::ask))
        .route("/my/close", get(access::confirm).post(access::close))
        .route("/my/data", get(data::sections))
        .route("/my/data/{section}", get(data::section))
        .route("/my/data.json", get(file::download))
        .route("/my/document/{id}", get(data::document))
        .route("/my/log", get(log::show))
        .route("/my/log.pdf", get(log_pdf::download))
        .route("/my/email", get(email::show).post(email::change))
        .route("/my/results", post(results::change))
        .route("/my/requests", requests)
        .route("/my/exclusions", get(exclusions::show).post(exclusions::change))
        .route("/my/help", get(help::show))
        .route(LEAVE, post(leave))
}

/// Somebody who has pages of their own, at this practice and at this moment.
struct Own {
    practice: PracticeView,
    who: PatientRef,
    standing: Standing,
}

impl Own {
    /// The person of this visit, when every gate but that of the dossier's state is open.
    async fn enter(visit: &Visit) -> Result<Self, PageError> {
        let (practice, patient) = identified(visit).await?;
        let Some(who) = patient else { return Err(refused(visit, practice, None, Gate::NoRelation).await) };
        let app = &visit.state.app;
        let mut tx = app.store().read().await?;
        let standing = app.standing(&mut tx, &who, visit.moment).await?;
        tx.close().await?;
        match standing {
            Ok(standing) => Ok(Self { practice, who, standing }),
            Err(gate) => Err(refused(visit, practice, Some(&who), gate).await),
        }
    }

    /// An event of this person, about themselves.
    fn event(&self, visit: &Visit, kind: &'static str, action: Action) -> Event {
        // Names of steps are constants of ours; a test reads them all.
        let kind = Kind::new(kind).unwrap_or(Kind::UNNAMED);
        Event::new(visit.moment.at, kind, action, Actor::Patient { id: self.who.patient }).about(&self.who)
    }

    /// The frame of a page that can be asked for again.
    fn frame(&self, visit: &Visit) -> Frame {
        self.practice.frame(visit.lang)
    }

    /// What every own page carries besides.
    fn my(&self, visit: &Visit) -> Result<My, PageError> {
        Ok(My::new(visit.lang, self.practice.idle_seconds, visit.csrf(LEAVE)?))
    }

    /// The text with the practice in it.
    fn say(&self, text: &str) -> String {
        fill(text, &[("practice", &self.practice.display_name)])
    }
}

/// The answer for somebody who may see nothing, recorded with its cause.
async fn refused(visit: &Visit, practice: PracticeView, who: Option<&PatientRef>, gate: Gate) -> PageError {
    let kind = Kind::new("my_data_shown").unwrap_or(Kind::UNNAMED);
    let actor = who.map_or(Actor::Person { pseudonym: String::new() }, |who| Actor::Patient { id: who.patient });
    let event = Event::new(visit.moment.at, kind, Action::Read, actor).in_practice(practice.scope.practice);
    let event = who.into_iter().fold(event, Event::about).ended(Outcome::Refused, gate.code());
    match visit.state.app.audit().append(event).await {
        Ok(()) => PageError::Unavailable(Box::new(practice)),
        Err(error) => error.into(),
    }
}

/// Stores a change with its event; nothing of it is there without the other.
async fn commit(visit: &Visit, mut tx: crate::store::Tx<'static>, event: Event) -> Result<(), PageError> {
    audit::append_in(&mut tx, &visit.state.context.sealer, &[event]).await?;
    Ok(tx.commit().await?)
}

/// The view of a page of one's own is on record before it is shown (release-rules §10).
async fn viewed(visit: &Visit, own: &Own, kind: &'static str) -> Result<(), PageError> {
    let tx = visit.write().await?;
    commit(visit, tx, own.event(visit, kind, Action::Read)).await
}

/// What was not there, or no form of ours, is on record with who asked, as far as somebody is known.
async fn noted(visit: &Visit, result: Result<Response, PageError>) -> Result<Response, PageError> {
    let reason = match &result {
        Err(PageError::NotFound) => "missing",
        Err(PageError::Forged) => "forged",
        _ => return result,
    };
    if let Ok((practice, Some(who))) = identified(visit).await {
        let kind = Kind::new("my_step_refused").unwrap_or(Kind::UNNAMED);
        let event = Event::new(visit.moment.at, kind, Action::Execute, Actor::Patient { id: who.patient });
        let event = event.in_practice(practice.scope.practice).about(&who).ended(Outcome::Refused, reason);
        visit.state.app.audit().append(event).await?;
    }
    result
}

/// The answer to a page that was asked for: without a session the way in.
async fn seen(visit: &Visit, result: Result<Response, PageError>) -> Response {
    visit.answer(match noted(visit, result).await {
        Err(PageError::NoSession) => Ok(to_page("/my")),
        other => other,
    })
}

/// The answer to a form: without a session nothing was done, and that is said.
async fn done(visit: &Visit, result: Result<Response, PageError>) -> Response {
    visit.answer(match noted(visit, result).await {
        Err(PageError::NoSession) => Err(PageError::OwnSessionOver),
        other => other,
    })
}

/// A practice was chosen.
async fn enter(visit: Visit, body: Bytes) -> Response {
    visit.answer(consents::start_at(&visit, &body, Door::My).await)
}

/// Log out.
async fn leave(visit: Visit, body: Bytes) -> Response {
    let result = consents::left(&visit, LEAVE, &body).await;
    done(&visit, result).await
}
