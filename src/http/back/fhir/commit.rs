//! The commit point of a read: gates and consent once more, and the event, before anything is sent
//! (release-rules §3.1, §10).

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::access::{PatientAccess, own_state};
use crate::app::App;
use crate::audit::{Action, Actor, AuditError, Detail, Event, Kind, Objects, Outcome, Recheck, Verdict};
use crate::domain::dossier::DossierState;
use crate::domain::ids::ResourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::http::error::fhir::FhirError;
use crate::oauth::{AccessTokenHash, RequestIds};
use crate::store::authorization::access::{Access, NoAccess, find_access};
use crate::store::{StoreError, Tx};

/// What an answer shows, and what it does not.
pub(super) struct Shown {
    /// The types that were asked for.
    pub kinds: Vec<ResourceType>,
    /// Every resource in the answer.
    pub resources: Vec<(ResourceType, ResourceId)>,
    /// How many resources of these types each reason withheld or stripped.
    pub withheld: BTreeMap<&'static str, u64>,
}

/// Stores the event of this answer, if the token still proves access at this very moment.
pub(super) async fn commit(app: &App, access: &PatientAccess, shown: Shown) -> Result<(), FhirError> {
    access.let_go().await?;
    let event = event(access).with(detail(access, &shown));
    let check = StillAllowed { token: access.token, before: access.access.clone(), at: access.at.at };
    app.audit().append_checked(event, Box::new(check)).await.map_err(|error| match error {
        AuditError::Refused(_) => FhirError::Token(NoAccess::Revoked),
        AuditError::Store(_) | AuditError::Ended => FhirError::Stopped("audit"),
    })
}

/// Stores the event of a refusal.
pub(super) async fn refused(app: &App, access: &PatientAccess, error: &FhirError) -> Result<(), FhirError> {
    access.let_go().await?;
    let outcome = match error {
        FhirError::Store(_) | FhirError::Stopped(_) => Outcome::Failed,
        _ => Outcome::Refused,
    };
    let shown = Shown { kinds: Vec::new(), resources: Vec::new(), withheld: BTreeMap::new() };
    let event = event(access).with(detail(access, &shown)).ended(outcome, error.reason());
    app.audit().append(event).await.map_err(|_| FhirError::Stopped("audit"))
}

/// Stores the event of a request that proved nothing; the error to answer with.
pub(super) async fn unproven(
    app: &App,
    client: Option<String>,
    ids: Option<RequestIds>,
    error: FhirError,
) -> FhirError {
    let actor = Actor::Pgo { client_id: client.clone().unwrap_or_default() };
    let detail = Detail {
        client_id: client,
        correlation_id: ids.map(|ids| ids.correlation.to_string()),
        request_id: ids.map(|ids| ids.request.to_string()),
        ..Detail::default()
    };
    let event = Event::new(app.clock().now(), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor)
        .with(detail)
        .ended(Outcome::Refused, error.reason());
    match app.audit().append(event).await {
        Ok(()) => error,
        Err(_) => FhirError::Stopped("audit"),
    }
}

fn event(access: &PatientAccess) -> Event {
    let actor = Actor::Pgo { client_id: access.access.client_id.clone() };
    Event::new(access.at.at, Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor).about(&access.patient)
}

fn detail(access: &PatientAccess, shown: &Shown) -> Detail {
    let mut objects: BTreeMap<ResourceType, Vec<String>> = BTreeMap::new();
    for kind in &shown.kinds {
        objects.entry(*kind).or_default();
    }
    for (kind, id) in &shown.resources {
        objects.entry(*kind).or_default().push(id.to_string());
    }
    let objects = objects.into_iter().map(|(kind, ids)| Objects { kind: kind.as_str().to_owned(), ids });
    Detail {
        service: Some(access.service.id.clone()),
        client_id: Some(access.access.client_id.clone()),
        purpose: Some("patient_request".to_owned()),
        objects: objects.collect(),
        withheld: shown.withheld.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
        correlation_id: Some(access.ids.correlation.to_string()),
        request_id: Some(access.ids.request.to_string()),
        consent: Some(access.access.consent.to_string()),
        token: Some(access.token.prefix()),
        ..Detail::default()
    }
}

/// Token, consent, practice and dossier are what they were when the request was admitted.
struct StillAllowed {
    token: AccessTokenHash,
    before: Access,
    at: Timestamp,
}

impl Recheck for StillAllowed {
    fn recheck<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Verdict, StoreError>> {
        Box::pin(async move {
            let Some(now) = find_access(tx, &self.token).await? else {
                return Ok(Verdict::Refused("G6_TOKEN".to_owned()));
            };
            Ok(self.verdict(&now))
        })
    }
}

impl StillAllowed {
    fn verdict(&self, now: &Access) -> Verdict {
        let hosts = [self.before.client_id.clone()];
        let refused = match now.check(self.at, &hosts) {
            Err(NoAccess::ConsentEnded) => Some("G5_CONSENT"),
            Err(_) => Some("G6_TOKEN"),
            Ok(()) if !now.practice_active => Some("G0_PRACTICE_OFF"),
            Ok(()) if now.removed_at.is_some() || now.block != self.before.block => Some("G3_AVAILABILITY"),
            Ok(()) if closed_since(&self.before, now) => Some("G7_DOSSIER"),
            Ok(()) => None,
        };
        refused.map_or(Verdict::Allowed, |reason| Verdict::Refused(reason.to_owned()))
    }
}

/// Was the dossier's own state changed to something that is not open while the answer was made?
fn closed_since(before: &Access, now: &Access) -> bool {
    let (before, now) = (own_state(before.block, before.own_state), own_state(now.block, now.own_state));
    before.state != now.state && now.state.is_some_and(|(state, _)| state != DossierState::Open)
}
