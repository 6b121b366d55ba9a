//! Proof of access: a handler that has a [`PatientAccess`] serves a request whose token, certificate, consent and
//! gates were checked (release-rules §3.1, medmij-authorization §4).

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, RawQuery};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;

use tokio::sync::Mutex;

use super::commit;
use crate::app::{App, Dossier, Released};
use crate::domain::dossier::Block;
use crate::domain::ids::PatientRef;
use crate::domain::release::{Admission, OwnState, Policy, Viewer, decide, gate};
use crate::domain::time::Moment;
use crate::fhir::FhirRelease;
use crate::fhir::catalogue::Service;
use crate::http::error::fhir::FhirError;
use crate::http::extract::client::ClientIdentity;
use crate::mapping::index::{PatientIndex, PracticeIndex};
use crate::oauth::{AccessToken, AccessTokenHash, RequestIds, SentIds};
use crate::store::Tx;
use crate::store::authorization::access::{Access, find_access};
use crate::store::patients;

/// Built only by its extractor.
pub struct PatientAccess {
    /// What the token stands for.
    pub access: Access,
    /// The data service of the endpoint.
    pub service: Arc<Service>,
    asked: Asked,
    policy: Arc<Policy>,
    admission: Admission,
    index: Arc<PatientIndex>,
    providers: Arc<PracticeIndex>,
    /// The transaction that saw all this, when one was needed: what is read in it is of the same state.
    seen: Mutex<Option<Tx<'static>>>,
}

impl PatientAccess {
    /// Whose data.
    pub fn patient(&self) -> &PatientRef {
        &self.access.patient
    }

    /// The practice's MedMij name, as the endpoint has it.
    pub fn practice(&self) -> &str {
        &self.asked.practice
    }

    /// Instant and day of the request, frozen for every rule.
    pub fn at(&self) -> Moment {
        self.asked.at
    }

    /// The ids of this request.
    pub fn ids(&self) -> &RequestIds {
        &self.asked.ids
    }

    /// Hash of the token: what the commit point looks up again.
    pub fn token(&self) -> AccessTokenHash {
        self.asked.token
    }

    /// The same request, proven by what the database says now.
    ///
    /// # Errors
    /// [`FhirError`] when it is not allowed any more.
    pub async fn renew(&self, app: &App) -> Result<Self, FhirError> {
        self.asked.clone().prove_anew(app).await
    }

    /// A transaction that sees the dossier in the state this access was proven for: the one that saw it, once; after that
    /// a new one. Whoever holds one asks for no other connection: requests that each hold one and wait for another
    /// would wait for each other.
    ///
    /// # Errors
    /// [`FhirError::Moved`] when something about it changed since.
    pub async fn transaction(&self, app: &App) -> Result<Tx<'static>, FhirError> {
        if let Some(tx) = self.seen.lock().await.take() {
            return Ok(tx);
        }
        let mut tx = app.store().read().await?;
        let now = find_access(&mut tx, &self.asked.token).await?;
        if now.as_ref() == Some(&self.access) { Ok(tx) } else { Err(FhirError::Moved) }
    }

    /// Ends that transaction when nobody took it: what follows waits for another connection.
    pub async fn let_go(&self) -> Result<(), FhirError> {
        match self.seen.lock().await.take() {
            Some(tx) => Ok(tx.close().await?),
            None => Ok(()),
        }
    }

    /// What of the patient's resources is shown at the moment of this request.
    pub fn released(&self, app: &App) -> Arc<Released> {
        let viewer = if self.access.representation.is_some() { Viewer::Representative } else { Viewer::Patient };
        let verdicts = decide(&self.index.facts, self.admission, viewer, &self.policy, self.asked.at);
        app.released(&self.access, &self.index, &self.providers, verdicts)
    }

    /// The practice's settings.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl FromRequestParts<App> for PatientAccess {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let (proven, token) = match Asked::read(parts, app).await {
            Ok(asked) => {
                let token = asked.token;
                (asked.prove(app).await, Some(token))
            }
            Err(error) => (Err(error), None),
        };
        let error = match proven {
            Ok(access) => return Ok(access),
            Err(error) => error,
        };
        let client = parts.extensions.get::<ClientIdentity>().and_then(|client| client.hosts.first().cloned());
        let error = commit::unproven(app, (client, token), request_ids(&parts.headers).ok(), error).await;
        let release = release_of(parts, app).await;
        Err(error.into_answer(super::format_for_refusal(&parts.headers, release)))
    }
}

/// What a request says of itself, before anything is looked up.
#[derive(Clone)]
struct Asked {
    token: AccessTokenHash,
    ids: RequestIds,
    client: ClientIdentity,
    practice: String,
    service: String,
    at: Moment,
}

impl Asked {
    async fn read(parts: &mut Parts, app: &App) -> Result<Self, FhirError> {
        let path: Path<HashMap<String, String>> =
            Path::from_request_parts(parts, app).await.map_err(|_| FhirError::NotOffered)?;
        let RawQuery(query) = RawQuery::from_request_parts(parts, app).await.unwrap_or(RawQuery(None));
        let (practice, service) = endpoint(&path);
        Ok(Self {
            token: bearer(&parts.headers, query.as_deref())?.hash(),
            ids: request_ids(&parts.headers)?,
            client: parts.extensions.get::<ClientIdentity>().cloned().ok_or(FhirError::Client)?,
            practice: practice.to_owned(),
            service: service.to_owned(),
            at: app.clock().moment(),
        })
    }

    /// By what an earlier request of the collection proved, if there is one: the commit point compares it with what is
    /// there then. Every doubt is settled by the database.
    async fn prove(self, app: &App) -> Result<PatientAccess, FhirError> {
        let kept = app.kept_access(&self.token).and_then(|access| {
            let service = self.admit(app, &access).ok()?;
            let dossier = app.kept_dossier(&access, service.fhir)?;
            self.clone().open(app, access, service, dossier, None).ok()
        });
        match kept {
            Some(access) => Ok(access),
            None => self.prove_anew(app).await,
        }
    }

    async fn prove_anew(self, app: &App) -> Result<PatientAccess, FhirError> {
        let mut tx = app.store().read().await?;
        let access = find_access(&mut tx, &self.token).await?.ok_or(FhirError::UnknownToken)?;
        let service = self.admit(app, &access)?;
        let dossier = app.load_dossier(&mut tx, &access, service.fhir).await?;
        app.keep_access(self.token, &access);
        self.open(app, access, service, dossier, Some(tx))
    }

    /// Token, client, practice and data service.
    fn admit(&self, app: &App, access: &Access) -> Result<Arc<Service>, FhirError> {
        access.check(self.at.at, &self.client.hosts).map_err(FhirError::Token)?;
        app.admit_client(&access.client_id, self.at.at).map_err(|_| FhirError::Client)?;
        let offered = app.service(&self.service).filter(|_| access.services.contains(&self.service));
        offered.filter(|_| access.practice_name == app.full_name(&self.practice)).ok_or(FhirError::Scope)
    }

    /// G0, G3 and G7, as late as they can be asked: over the facts as they are now.
    fn open(
        self,
        app: &App,
        access: Access,
        service: Arc<Service>,
        dossier: Dossier,
        seen: Option<Tx<'static>>,
    ) -> Result<PatientAccess, FhirError> {
        use crate::domain::release::Gate;
        if !access.practice_active {
            return Err(FhirError::Gate(Gate::PracticeOff));
        }
        let policy = dossier.policy.ok_or(FhirError::Gate(Gate::PracticeOff))?;
        if access.removed_at.is_some() {
            return Err(FhirError::Gate(Gate::NoRelation));
        }
        if !app.level_suffices(access.level, &policy) {
            return Err(FhirError::Gate(Gate::Level));
        }
        let index = dossier.index.ok_or(FhirError::Gate(Gate::NoRelation))?;
        let own = own_state(access.block, access.own_state, access.no_representation);
        let admission = gate(&index.facts, &own, &policy, access.representation, self.at).map_err(FhirError::Gate)?;
        let providers = dossier.providers;
        Ok(PatientAccess { asked: self, access, service, policy, admission, index, providers, seen: Mutex::new(seen) })
    }
}

/// What dvza itself knows of the dossier, as the rules want it.
pub fn own_state(block: Block, own: Option<patients::OwnState>, no_representation: bool) -> OwnState {
    let opened_at = own.and_then(|own| own.opened_at);
    OwnState { block, state: own.map(|own| (own.state, own.at)), opened_at, no_representation }
}

/// The release of the data service that was asked, as far as that can be told.
async fn release_of(parts: &mut Parts, app: &App) -> FhirRelease {
    let path = Path::<HashMap<String, String>>::from_request_parts(parts, app).await;
    let service = path.ok().and_then(|path| app.service(endpoint(&path).1));
    service.map_or(FhirRelease::R4, |service| service.fhir)
}

fn endpoint(path: &HashMap<String, String>) -> (&str, &str) {
    let part = |name| path.get(name).map(String::as_str).unwrap_or_default();
    (part("practice"), part("service"))
}

/// The token from the `Authorization` header, the only place it may be (core.rscint.200).
fn bearer(headers: &HeaderMap, query: Option<&str>) -> Result<AccessToken, FhirError> {
    let in_query =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).any(|(name, _)| name == "access_token");
    if in_query {
        return Err(FhirError::Malformed("the access token belongs in the Authorization header"));
    }
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Err(FhirError::NoToken) };
    if sent.next().is_some() {
        return Err(FhirError::Malformed("one Authorization header is allowed"));
    }
    let value = value.to_str().map_err(|_| FhirError::UnknownToken)?;
    let (scheme, token) = value.split_once(' ').ok_or(FhirError::NoToken)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(FhirError::NoToken);
    }
    AccessToken::offered(token.trim()).ok_or(FhirError::UnknownToken)
}

/// Both MedMij headers, once each and UUIDs (core.rscint.201).
fn request_ids(headers: &HeaderMap) -> Result<RequestIds, FhirError> {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let value = values.next().and_then(|value| value.to_str().ok());
        value.filter(|_| values.next().is_none())
    };
    let sent = SentIds { request: one(RequestIds::REQUEST), correlation: one(RequestIds::CORRELATION) };
    RequestIds::from_headers(sent)
        .map_err(|_| FhirError::Malformed("MedMij-Request-ID and X-Correlation-ID are needed once each, as UUIDs"))
}
