//! The commit point of a read: gates and consent once more, and the event, before anything is sent
//! (release-rules §3.1, §10).

use std::collections::BTreeMap;

use super::access::PatientAccess;
use crate::app::App;
use crate::audit::{Action, Actor, AuditError, Detail, Event, Kind, Objects, Outcome, Recheck, Verdict};
use crate::domain::ids::{PatientRef, ResourceId};
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::http::error::fhir::FhirError;
use crate::oauth::{AccessTokenHash, RequestIds};
use crate::store::authorization::access::{Access, NoAccess, Seen, find_access};

/// What an answer shows, and what it does not.
pub(super) struct Shown {
    /// The types that were asked for.
    pub kinds: Vec<ResourceType>,
    /// Every resource in the answer.
    pub resources: Vec<(ResourceType, ResourceId)>,
    /// How many resources of these types each reason withheld or stripped.
    pub withheld: BTreeMap<&'static str, u64>,
}

/// Stores the event of this answer, if everything it rests on is what it was at this very moment.
///
/// # Errors
/// [`FhirError::Moved`] when it is not, and the answer must be made anew; nothing may be sent after any error.
pub(super) async fn commit(app: &App, access: &PatientAccess, shown: Shown) -> Result<(), FhirError> {
    store(app, access, event(access).with(detail(access, &shown))).await
}

/// Stores the event of a refusal, as [`commit`] does: what is refused to one who may ask, and to one who may not any
/// more, are different answers.
pub(super) async fn refused(app: &App, access: &PatientAccess, error: &FhirError) -> Result<(), FhirError> {
    store(app, access, refusal(access, error)).await
}

/// Stores the event of a request whose access ended, or changed again and again, while the answer was made; the error
/// to answer with.
pub(super) async fn gone(app: &App, access: &PatientAccess, error: FhirError) -> FhirError {
    let stored = match access.let_go().await {
        Ok(()) => app.audit().append(refusal(access, &error)).await.is_ok(),
        Err(_) => false,
    };
    if stored { error } else { FhirError::Stopped("audit") }
}

fn refusal(access: &PatientAccess, error: &FhirError) -> Event {
    let outcome = match error {
        FhirError::Store(_) | FhirError::Moved | FhirError::Stopped(_) => Outcome::Failed,
        _ => Outcome::Refused,
    };
    let shown = Shown { kinds: Vec::new(), resources: Vec::new(), withheld: BTreeMap::new() };
    event(access).with(detail(access, &shown)).ended(outcome, error.reason())
}

async fn store(app: &App, access: &PatientAccess, event: Event) -> Result<(), FhirError> {
    access.let_go().await?;
    let check =
        StillAllowed { app: app.clone(), token: access.token(), before: access.access.clone(), at: access.at().at };
    app.audit().append_checked(event, Box::new(check)).await.map_err(|error| match error {
        AuditError::Refused(_) => FhirError::Token(NoAccess::Revoked),
        AuditError::Outdated => FhirError::Moved,
        AuditError::Store(_) | AuditError::Ended => FhirError::Stopped("audit"),
    })
}

/// Stores the event of a request that proved nothing; the error to answer with. With a token of ours it stands in the trail of
/// the patient whose token it is, or was: attempts after a block are to be seen (release-rules §10 c).
pub(super) async fn unproven(
    app: &App,
    (client, token): (Option<String>, Option<AccessTokenHash>),
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
    let event = match whose(app, token).await {
        Some(patient) => event.about(&patient),
        None => event,
    };
    match app.audit().append(event).await {
        Ok(()) => error,
        Err(_) => FhirError::Stopped("audit"),
    }
}

/// Whose token this is, or was; a database that does not answer is told by the event itself.
async fn whose(app: &App, token: Option<AccessTokenHash>) -> Option<PatientRef> {
    let token = token?;
    let mut tx = app.store().read().await.ok()?;
    let access = find_access(&mut tx, &token).await.ok()??;
    tx.close().await.ok()?;
    Some(access.patient)
}

fn event(access: &PatientAccess) -> Event {
    let actor = Actor::Pgo { client_id: access.access.client_id.clone() };
    Event::new(access.at().at, Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor).about(access.patient())
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
        correlation_id: Some(access.ids().correlation.to_string()),
        request_id: Some(access.ids().request.to_string()),
        consent: Some(access.access.consent.to_string()),
        token: Some(access.token().prefix()),
        ..Detail::default()
    }
}

/// Token, consent, practice, settings and dossier are what they were when the answer was made.
struct StillAllowed {
    app: App,
    token: AccessTokenHash,
    before: Access,
    at: Timestamp,
}

impl Recheck for StillAllowed {
    fn token(&self) -> AccessTokenHash {
        self.token
    }

    fn seen(&self) -> Seen {
        self.before.seen
    }

    fn verdict(&self, now: Option<&Access>) -> Verdict {
        let Some(now) = now else { return Verdict::Refused("G6_TOKEN".to_owned()) };
        let hosts = [self.before.client_id.clone()];
        match now.check(self.at, &hosts) {
            Err(NoAccess::ConsentEnded) => Verdict::Refused("G5_CONSENT".to_owned()),
            Err(_) => Verdict::Refused("G6_TOKEN".to_owned()),
            Ok(()) if *now == self.before => {
                // Seen anew: the next request of the collection need not be looked at again.
                self.app.keep_access(self.token, now);
                Verdict::Allowed
            }
            // A gate or a rule may have changed: they are asked again, over what is there now.
            Ok(()) => Verdict::Outdated,
        }
    }
}
