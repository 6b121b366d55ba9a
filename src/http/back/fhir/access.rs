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
use crate::app::App;
use crate::domain::dossier::Block;
use crate::domain::ids::PatientRef;
use crate::domain::release::{Admission, OwnState, Policy, Viewer, decide, gate};
use crate::domain::time::Moment;
use crate::fhir::catalogue::Service;
use crate::http::error::fhir::FhirError;
use crate::http::extract::client::ClientIdentity;
use crate::mapping::index::{PatientIndex, PracticeIndex};
use crate::mapping::view::View;
use crate::oauth::{AccessToken, RequestIds, SentIds};
use crate::store;
use crate::store::authorization::access::{Access, find_access};

/// Built only by its extractor.
pub struct PatientAccess {
    /// Whose data.
    pub patient: PatientRef,
    /// The practice's MedMij name, as the endpoint has it.
    pub practice: String,
    /// The data service of the endpoint.
    pub service: Arc<Service>,
    /// Instant and day of the request, frozen for every rule.
    pub at: Moment,
    /// What the token stands for.
    pub access: Access,
    /// The ids of this request.
    pub ids: RequestIds,
    /// Hash of the token: what the commit point looks up again.
    pub token: crate::oauth::AccessTokenHash,
    policy: Policy,
    admission: Admission,
    index: Arc<PatientIndex>,
    providers: Arc<PracticeIndex>,
    /// The transaction that saw all this, for the bodies: they are of the same state.
    seen: Mutex<Option<store::Tx<'static>>>,
}

impl PatientAccess {
    /// The transaction in which access was proven, once; after that a new one. Whoever holds one asks for no other
    /// connection: requests that each hold one and wait for another would wait for each other.
    pub async fn transaction(&self, app: &App) -> Result<store::Tx<'static>, FhirError> {
        match self.seen.lock().await.take() {
            Some(tx) => Ok(tx),
            None => Ok(app.store().read().await?),
        }
    }

    /// Ends that transaction when nobody took it: what follows waits for another connection.
    pub async fn let_go(&self) -> Result<(), FhirError> {
        match self.seen.lock().await.take() {
            Some(tx) => Ok(tx.close().await?),
            None => Ok(()),
        }
    }

    /// What of the patient's resources is shown at the moment of this request.
    pub fn view(&self) -> View<'_> {
        let verdicts = decide(&self.index.facts, self.admission, Viewer::Patient, &self.policy, self.at);
        View::new(&self.index, &self.providers, verdicts)
    }

    /// The practice's standard conclusion for results that a timer released.
    pub fn standard_conclusion(&self) -> Option<&str> {
        self.policy.lab_auto_conclusion.as_deref()
    }
}

impl FromRequestParts<App> for PatientAccess {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let error = match Self::prove(parts, app).await {
            Ok(access) => return Ok(access),
            Err(error) => error,
        };
        let client = parts.extensions.get::<ClientIdentity>().and_then(|client| client.hosts.first().cloned());
        let error = commit::unproven(app, client, request_ids(&parts.headers).ok(), error).await;
        Err(error.into_answer(super::format_for_refusal(&parts.headers)))
    }
}

impl PatientAccess {
    async fn prove(parts: &mut Parts, app: &App) -> Result<Self, FhirError> {
        let path: Path<HashMap<String, String>> =
            Path::from_request_parts(parts, app).await.map_err(|_| FhirError::NotOffered)?;
        let RawQuery(query) = RawQuery::from_request_parts(parts, app).await.unwrap_or(RawQuery(None));
        let token = bearer(&parts.headers, query.as_deref())?;
        let ids = request_ids(&parts.headers)?;
        let client = parts.extensions.get::<ClientIdentity>().ok_or(FhirError::Client)?;
        let at = app.clock().moment();
        let hash = token.hash();
        let mut tx = app.store().read().await?;
        let access = find_access(&mut tx, &hash).await?.ok_or(FhirError::UnknownToken)?;
        access.check(at.at, &client.hosts).map_err(FhirError::Token)?;
        app.admit_client(&access.client_id, at.at).map_err(|_| FhirError::Client)?;
        let (practice, service) = endpoint(&path);
        let offered = app.service(service).filter(|_| access.services.iter().any(|id| id == service));
        let offered = offered.filter(|_| access.practice_name == app.full_name(practice)).ok_or(FhirError::Scope)?;
        let open = open_dossier(app, &mut tx, &access, at).await?;
        Ok(Self {
            patient: access.patient,
            practice: practice.to_owned(),
            service: offered,
            at,
            access,
            ids,
            token: hash,
            policy: open.policy,
            admission: open.admission,
            index: open.index,
            providers: open.providers,
            seen: Mutex::new(Some(tx)),
        })
    }
}

struct OpenDossier {
    policy: Policy,
    admission: Admission,
    index: Arc<PatientIndex>,
    providers: Arc<PracticeIndex>,
}

/// G0, G3 and G7, as late as they can be asked: over the facts as they are now.
async fn open_dossier(
    app: &App,
    tx: &mut store::Tx<'_>,
    access: &Access,
    at: Moment,
) -> Result<OpenDossier, FhirError> {
    use crate::domain::release::Gate;
    if !access.practice_active {
        return Err(FhirError::Gate(Gate::PracticeOff));
    }
    let policy = app.policy(tx, access.patient.practice).await?.ok_or(FhirError::Gate(Gate::PracticeOff))?;
    if access.removed_at.is_some() {
        return Err(FhirError::Gate(Gate::NoRelation));
    }
    if !app.level_suffices(access.level, &policy) {
        return Err(FhirError::Gate(Gate::Level));
    }
    let index =
        app.patient_index(tx, &access.patient, &access.set_hash).await?.ok_or(FhirError::Gate(Gate::NoRelation))?;
    let providers = app.practice_index(tx, access.patient.practice, access.practice_set_hash.as_ref()).await?;
    let own = own_state(access.block, access.own_state);
    let admission = gate(&index.facts, &own, &policy, at).map_err(FhirError::Gate)?;
    Ok(OpenDossier { policy, admission, index, providers })
}

/// What dvza itself knows of the dossier, as the rules want it.
pub fn own_state(block: Block, own: Option<store::patients::OwnState>) -> OwnState {
    OwnState { block, state: own.map(|own| (own.state, own.at)), opened_at: own.and_then(|own| own.opened_at) }
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
