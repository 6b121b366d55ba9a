//! The live session behind a cookie, with what it is about.

use axum::response::{IntoResponse, Response};

use super::cookies;
use super::error::{Cause, PageError};
use super::visit::{Visit, to_outside};
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::http::context::PracticeView;
use crate::http::pages::texts::fill;
use crate::http::steps::{Step, StepKind};
use crate::oauth::authorize::{AuthorizeError, PageFault};
use crate::oauth::describe::Situation;
use crate::store::Tx;
use crate::store::authorization::grants::{self, Grant};
use crate::store::authorization::sessions::{self, Door, Purpose, Visitor};

/// A live session.
pub(super) enum Live {
    /// On the way to a code.
    Authorize(Box<Flow>),
    /// Doing something for themselves.
    Own(Box<PracticeView>, Door, Visitor),
}

/// A live authorization.
pub(super) struct Flow {
    /// Its grant.
    pub(super) grant: Grant,
    /// The practice.
    pub(super) practice: PracticeView,
    /// Name of the PGO on the OAuthclientlist.
    pub(super) pgo: String,
}

/// The live session of a visit.
pub(super) async fn live(visit: &Visit) -> Result<Live, PageError> {
    let id = visit.session_id()?.hash();
    let mut tx = visit.state.context.store.read().await?;
    let scope = sessions::practice_of(&mut tx, &id).await?;
    tx.close().await?;
    // How long nothing may happen is up to the practice (R-SE-01).
    let practice = practice(visit, &scope.ok_or(PageError::NoSession)?).await?;
    let (session, grant) = {
        let mut tx = visit.write().await?;
        let session = sessions::touch(&mut tx, &id, practice.idle_seconds, visit.moment.at).await?;
        let session = session.ok_or(PageError::NoSession)?;
        let grant = match session.purpose {
            Purpose::Authorize(grant) => grants::find(&mut tx, grant).await?,
            Purpose::Own(..) => None,
        };
        tx.commit().await?;
        (session, grant)
    };
    match (session.purpose, grant) {
        (Purpose::Own(door, visitor), _) => Ok(Live::Own(Box::new(practice), door, visitor)),
        (Purpose::Authorize(_), Some(grant)) => Ok(Live::Authorize(Box::new(flow(visit, grant, practice)?))),
        (Purpose::Authorize(_), None) => Err(PageError::NoSession),
    }
}

/// The live authorization of a visit.
pub(super) async fn authorization(visit: &Visit) -> Result<Box<Flow>, PageError> {
    match live(visit).await? {
        Live::Authorize(flow) => Ok(flow),
        Live::Own(..) => Err(PageError::NoSession),
    }
}

/// Practice and patient of somebody who logged in for themselves; `None` = no patient of the practice.
pub(super) async fn identified(visit: &Visit) -> Result<(PracticeView, Option<PatientRef>), PageError> {
    match live(visit).await? {
        Live::Own(practice, _, Visitor::Patient(patient)) => Ok((*practice, Some(patient))),
        Live::Own(practice, _, Visitor::Stranger) => Ok((*practice, None)),
        Live::Own(_, _, Visitor::Anonymous) | Live::Authorize(_) => Err(PageError::NoSession),
    }
}

/// The page that somebody is led to who came in here.
pub(super) const fn page_of(door: Door) -> &'static str {
    match door {
        Door::Consents => "/consents",
        Door::My => "/my",
    }
}

fn flow(visit: &Visit, grant: Grant, practice: PracticeView) -> Result<Flow, PageError> {
    let lists = visit.lists()?;
    // A PGO that left the lists meanwhile is not trusted any more: nobody is sent back to it.
    let client = lists.client(grant.request.client_id.as_str()).ok_or(PageFault::ClientUnknown)?;
    Ok(Flow { grant, practice, pgo: client.organisation.clone() })
}

/// The flow of a grant whose session has ended.
pub(super) async fn ended(visit: &Visit, grant: Grant) -> Result<Flow, PageError> {
    let practice = practice(visit, &grant.scope).await?;
    flow(visit, grant, practice)
}

async fn practice(visit: &Visit, scope: &PracticeScope) -> Result<PracticeView, PageError> {
    let found = visit.state.context.practices.load(scope).await?;
    found.ok_or_else(|| Cause::PracticeGone.into())
}

impl Flow {
    /// An event of this flow.
    pub(super) fn step(&self, visit: &Visit, kind: StepKind) -> Step {
        Step::of_person(visit.moment.at, kind)
            .at_practice(&self.grant.scope)
            .for_client(self.grant.request.client_id.as_str())
            .with_ids(Some(self.grant.request.ids))
    }

    /// The text with the names of this flow in it.
    pub(super) fn say(&self, visit: &Visit, text: &str) -> String {
        let desk = visit.state.context.settings.service_desk.name.as_str();
        fill(text, &[("practice", &self.practice.display_name), ("pgo", &self.pgo), ("desk", desk)])
    }

    /// Back to the PGO with `access_denied`; the session is over.
    pub(super) async fn deny(&self, visit: &Visit, mut tx: Tx<'static>, step: Step) -> Result<Response, PageError> {
        visit.record(&mut tx, step).await?;
        sessions::end(&mut tx, &visit.session_id()?.hash(), visit.moment.at).await?;
        tx.commit().await?;
        let redirect = self.grant.request.refused(AuthorizeError::AccessDenied, Situation::Denied);
        let location = redirect.location(&visit.state.context.settings.descriptions);
        Ok((cookies::without_session(), to_outside(&location)).into_response())
    }
}
