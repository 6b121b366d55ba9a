//! What a person reads when a step cannot be taken; the one place that turns an error into a page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use super::flow::Flow;
use super::my::LEAVE;
use super::visit::Visit;
use crate::app::{LetterError, ShowError};
use crate::audit::AuditError;
use crate::http::context::{NoRandomness, PracticeView};
use crate::http::pages::Page;
use crate::http::pages::my::MyTexts;
use crate::http::pages::my::views::SessionOver;
use crate::http::pages::texts::fill;
use crate::http::pages::views::{Fault, Frame, Message, MessageForm};
use crate::import::ImportError;
use crate::login::LoginError;
use crate::oauth::authorize::{AuthorizeError, AuthorizeRequest, PageFault};
use crate::oauth::describe::Situation;
use crate::store::StoreError;

/// A step that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum PageError {
    /// Exception 1a: client or redirect address cannot be trusted. No redirect, no link.
    #[error("authorization request not trusted: {0}")]
    NotTrusted(#[from] PageFault),
    /// No live session, or one at another step.
    #[error("no live session for this step")]
    NoSession,
    /// No live session for the patient's own pages any more.
    #[error("no live session for the own pages")]
    OwnSessionOver,
    /// Nothing is shown to this person here, for whatever reason.
    #[error("no data is available to this person")]
    Unavailable(Box<PracticeView>),
    /// What was asked for does not exist, or is not shown.
    #[error("no such thing, or not shown")]
    NotFound,
    /// The form is not proven to be ours.
    #[error("form without proof of origin")]
    Forged,
    /// A fault of ours; with the request it happened in, when that is known and trusted.
    #[error("technical fault")]
    Fault(#[source] Cause, Option<Box<Trusted>>),
}

/// What a fault page may show of the flow it interrupts.
#[derive(Debug)]
pub(super) struct Trusted {
    request: AuthorizeRequest,
    pgo: String,
    practice: String,
}

/// Kinds of fault of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    /// Database.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// Random source.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// Means of login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// What was to be shown was stopped.
    #[error("stopped: {0}")]
    Stopped(&'static str),
    /// What was to be shown could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A patient could not be rendered after a decision of their own.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A letter could not be written.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// Lists past their age.
    #[error("the MedMij lists are too old to decide on")]
    ListsTooOld,
    /// A practice that a stored row names is gone.
    #[error("the practice of a session does not exist")]
    PracticeGone,
}

impl<E: Into<Cause>> From<E> for PageError {
    fn from(cause: E) -> Self {
        Self::Fault(cause.into(), None)
    }
}

impl From<ShowError> for Cause {
    fn from(error: ShowError) -> Self {
        match error {
            ShowError::Store(error) => Self::Store(error),
            ShowError::Stopped(code) => Self::Stopped(code),
        }
    }
}

impl PageError {
    /// The error as it happened within a flow: a fault page may then offer the way back.
    pub(super) fn within(self, flow: &Flow) -> Self {
        match self {
            Self::Fault(cause, None) => {
                let (request, pgo) = (flow.grant.request.clone(), flow.pgo.clone());
                let practice = flow.practice.display_name.clone();
                Self::Fault(cause, Some(Box::new(Trusted { request, pgo, practice })))
            }
            other => other,
        }
    }

    /// Status and page of each error.
    pub(super) fn into_page(self, visit: &Visit) -> Response {
        let t = visit.lang.texts();
        let (status, title, lines) = match self {
            Self::NotTrusted(_) => {
                (StatusCode::BAD_REQUEST, t.bad_request_title, vec![t.bad_request_text, t.bad_request_next])
            }
            Self::NoSession => (StatusCode::BAD_REQUEST, t.expired_title, vec![t.expired_text]),
            Self::OwnSessionOver => return own_session_over(visit),
            Self::Unavailable(practice) => return unavailable(visit, &practice),
            Self::NotFound => (StatusCode::NOT_FOUND, t.missing_title, vec![t.missing_text]),
            Self::Forged => (StatusCode::FORBIDDEN, t.forgery_title, vec![t.forgery_text]),
            Self::Fault(cause, trusted) => return fault(visit, &cause, trusted.map(|trusted| *trusted)),
        };
        let lines = lines.into_iter().map(str::to_owned).collect();
        let view = Message { frame: Frame::bare(visit.lang), title: title.to_owned(), lines, form: None, ids: None };
        Page::new(view).with_status(status).into_response()
    }
}

/// The one answer for every cause why somebody sees nothing at all (release-rules §3.1, G3): who is blocked cannot be told
/// from who is unknown.
fn unavailable(visit: &Visit, practice: &PracticeView) -> Response {
    let t = visit.lang.texts();
    let say = |text| fill(text, &[("practice", practice.display_name.as_str())]);
    let lines = [t.unavailable_text, t.unavailable_next].map(say).into_iter().chain(practice.contact.clone());
    let leave = vec![("leave", t.overview_leave.to_owned())];
    let form = visit.csrf(LEAVE).ok().map(|csrf| MessageForm { path: LEAVE, csrf, buttons: leave });
    let frame = practice.frame(visit.lang).fixed();
    let view = Message { frame, title: t.unavailable_title.to_owned(), lines: lines.collect(), form, ids: None };
    Page::new(view).into_response()
}

fn own_session_over(visit: &Visit) -> Response {
    let m = MyTexts::of(visit.lang);
    let view = SessionOver { frame: Frame::bare(visit.lang), m };
    Page::new(view).with_status(StatusCode::BAD_REQUEST).into_response()
}

/// Screen "Technische storing".
fn fault(visit: &Visit, cause: &Cause, trusted: Option<Trusted>) -> Response {
    let (trace, session) = match &trusted {
        Some(trusted) => (trusted.request.ids.request, trusted.request.ids.correlation),
        None => (Uuid::new_v4(), Uuid::new_v4()),
    };
    tracing::error!(
        error = %cause,
        source = ?std::error::Error::source(cause),
        medmij.request_id = %trace,
        correlation.id = %session,
        "a page could not be served"
    );
    let t = visit.lang.texts();
    let desk = &visit.state.context.settings.service_desk;
    let values = [("desk", desk.name.as_str()), ("phone", desk.phone.as_str())];
    let mut lines = vec![t.fault_text.to_owned(), t.fault_later.to_owned(), fill(t.fault_contact, &values)];
    lines.extend(trusted.as_ref().map(|trusted| fill(t.fault_supplier, &[("practice", &trusted.practice)])));
    let back = trusted.as_ref().map(|trusted| {
        let redirect = trusted.request.refused(AuthorizeError::ServerError, Situation::Fault);
        let location = redirect.location(&visit.state.context.settings.descriptions);
        (location, fill(t.back_to_pgo, &[("pgo", &trusted.pgo)]))
    });
    let mut frame = Frame::bare(visit.lang);
    frame.practice = trusted.map(|trusted| trusted.practice);
    let view = Fault { frame, lines, trace: trace.to_string(), session: session.to_string(), back };
    Page::new(view).with_status(StatusCode::SERVICE_UNAVAILABLE).into_response()
}

/// An address that does not exist.
pub(super) async fn missing(visit: Visit) -> Response {
    let t = visit.lang.texts();
    let frame = Frame::bare(visit.lang);
    let lines = vec![t.missing_text.to_owned()];
    let view = Message { frame, title: t.missing_title.to_owned(), lines, form: None, ids: None };
    Page::new(view).with_status(StatusCode::NOT_FOUND).into_response()
}
