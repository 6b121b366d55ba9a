//! The token endpoint: a code or refresh token becomes an access token (medmij-authorization §3).
//!
//! The caller is known by its certificate. A code is burnt as soon as it is offered, before anything else is asked.
//! What is asked last, in the transaction that issues, is asked of the rows: consent, family and grant must still
//! count. The two grants are in `code_grant` and `refresh_grant`; what they share is here.

mod code_grant;
mod refresh_grant;
#[cfg(test)]
mod tests;

use axum::Extension;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use crate::domain::ids::PatientRef;
use crate::domain::representation::Representation;
use crate::domain::time::Moment;
use crate::http::context::{Context, INTERFACE_VERSION, NoRandomness, random};
use crate::http::extract::client::ClientIdentity;
use crate::http::steps::{Step, StepKind};
use crate::medmij::Lists;
use crate::oauth::token::{self, TokenRefusal, TokenRequest, TokenResponse};
use crate::oauth::{ClientId, Params, RequestIds, SentIds};
use crate::store::authorization::ConsentId;
use crate::store::authorization::FamilyId;
use crate::store::authorization::consents::{self, Term};
use crate::store::authorization::tokens;
use crate::store::{StoreError, Tx};

/// The token endpoint.
pub fn router(context: Context) -> Router {
    Router::new().route("/oauth/token", post(token)).layer(DefaultBodyLimit::max(Params::MAX_BYTES)).with_state(context)
}

/// Why no token is issued.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// An error of the interface.
    #[error(transparent)]
    Refused(#[from] TokenRefusal),
    /// The database is away.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The lists are older than allowed.
    #[error("the MedMij lists are too old to decide on")]
    ListsTooOld,
}

impl Failure {
    /// What the client is told; the one place where a fault of ours is logged.
    fn refusal(&self) -> TokenRefusal {
        match self {
            Self::Refused(refusal) => *refusal,
            Self::Store(_) | Self::Random(_) | Self::ListsTooOld => {
                tracing::error!(error = %self, cause = ?std::error::Error::source(self), "no token could be issued");
                TokenRefusal::FAULT
            }
        }
    }
}

/// A token request by a caller that is known.
struct Caller<'a> {
    context: &'a Context,
    moment: Moment,
    hosts: &'a [String],
    ids: Option<RequestIds>,
}

async fn token(
    State(context): State<Context>,
    identity: Option<Extension<ClientIdentity>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let hosts = identity.map(|Extension(identity)| identity.hosts).unwrap_or_default();
    let caller = Caller {
        context: &context,
        moment: context.clock.moment(),
        hosts: &hosts,
        ids: RequestIds::from_headers(sent_ids(&headers)).ok(),
    };
    match caller.handle(&headers, &body).await {
        Ok(response) => answer(StatusCode::OK, response.to_json()),
        Err(failure) => {
            let refusal = failure.refusal();
            let status = StatusCode::from_u16(refusal.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
            answer(status, refusal.to_json(&context.settings.descriptions))
        }
    }
}

impl Caller<'_> {
    async fn handle(&self, headers: &HeaderMap, body: &[u8]) -> Result<TokenResponse, Failure> {
        let params = Params::parse(body).map_err(|_| TokenRefusal::REQUEST)?;
        // First of all, whatever else is wrong: a code that was offered is worth nothing any more (core.tknint.204).
        let offer = code_grant::burn(self, &params).await?;
        let asked = self.check(headers, &params);
        let issued = match asked {
            Ok(TokenRequest::Code(request)) => code_grant::issue(self, &request, offer).await,
            Ok(TokenRequest::Refresh(request)) => refresh_grant::issue(self, &request).await,
            Err(refusal) => Err(refusal),
        };
        if let Err(Failure::Refused(refusal)) = &issued {
            self.record_refusal(*refusal).await?;
        }
        issued
    }

    /// Everything that can be said without looking at code or token.
    fn check(&self, headers: &HeaderMap, params: &Params) -> Result<TokenRequest, Failure> {
        if !is_form(headers) {
            return Err(TokenRefusal::REQUEST.into());
        }
        let request = token::parse(params)?;
        self.ids.ok_or(TokenRefusal::HEADERS)?;
        let client_id = match &request {
            TokenRequest::Code(request) => &request.client_id,
            TokenRequest::Refresh(request) => &request.client_id,
        };
        let lists = self.lists()?;
        if !self.hosts.iter().any(|host| host == client_id.as_str()) || lists.client(client_id.as_str()).is_none() {
            return Err(TokenRefusal::CLIENT.into());
        }
        Ok(request)
    }

    fn lists(&self) -> Result<arc_swap::Guard<std::sync::Arc<Lists>>, Failure> {
        let lists = self.context.lists.load();
        let max_age = self.context.settings.lists_max_age_seconds;
        if lists.are_usable_at(self.moment.at, max_age) { Ok(lists) } else { Err(Failure::ListsTooOld) }
    }

    /// The data services that consent, practice and client have in common.
    async fn services(
        &self,
        patient: &PatientRef,
        client_id: &ClientId,
        consented: &[String],
    ) -> Result<Vec<String>, Failure> {
        let scope = crate::domain::ids::PracticeScope { practice: patient.practice };
        let practice = self.context.practices.load(&scope).await?.ok_or(TokenRefusal::GRANT)?;
        let lists = self.lists()?;
        let client = lists.client(client_id.as_str()).ok_or(TokenRefusal::CLIENT)?;
        let without = self.context.settings.without_services;
        let offered = practice.services.iter().map(crate::medmij::GegevensdienstId::as_str);
        let services: Vec<String> = offered
            .filter(|id| consented.iter().any(|consented| consented == id))
            .filter(|id| client.supports(INTERFACE_VERSION, id, without))
            .map(str::to_owned)
            .collect();
        if services.is_empty() { Err(TokenRefusal::SERVICES.into()) } else { Ok(services) }
    }

    /// The availability test once more: much may have changed since the consent.
    async fn require_available(&self, patient: &PatientRef, ground: Option<Representation>) -> Result<(), Failure> {
        if self.context.availability.is_available(patient, ground, self.moment).await? {
            Ok(())
        } else {
            Err(TokenRefusal::GRANT.into())
        }
    }

    /// Stores new tokens of a family, if the consent still counts.
    async fn hand_out(&self, tx: &mut Tx<'static>, ticket: &Ticket<'_>) -> Result<TokenResponse, Failure> {
        let at = self.moment.at;
        if !consents::mark_used(tx, &ticket.patient, ticket.consent, ticket.term, at).await? {
            return Err(TokenRefusal::GRANT.into());
        }
        let ids = self.ids.ok_or(TokenRefusal::HEADERS)?;
        let access = crate::oauth::AccessToken::from_random(&random()?);
        let services = ticket.services.to_vec();
        tokens::issue_access(tx, ticket.family, &access.hash(), &services, ids.correlation, at).await?;
        let refresh = match ticket.term {
            Term::Indefinite => Some(crate::oauth::RefreshToken::from_random(&random()?)),
            Term::Once => None,
        };
        if let Some(refresh) = &refresh {
            tokens::issue_refresh(tx, ticket.family, &refresh.hash(), at).await?;
        }
        let step = self.step(StepKind::SendTokenResponse).about(&ticket.patient).for_client(ticket.client_id.as_str());
        let step = step.with_consent(ticket.consent).with("grant_type", ticket.grant_type);
        step.with_token(access.hash().prefix(), &services).record(tx, &self.context.sealer).await?;
        Ok(TokenResponse { access_token: access, refresh_token: refresh, services })
    }

    async fn record_refusal(&self, refusal: TokenRefusal) -> Result<(), Failure> {
        let mut tx = self.context.store.write().await?;
        let step = self.step(StepKind::SendTokenErrorResponse).refused(refusal.error.as_str());
        step.record(&mut tx, &self.context.sealer).await?;
        Ok(tx.commit().await?)
    }

    /// A step of this caller, whom the certificate names.
    fn step(&self, kind: StepKind) -> Step {
        Step::of_pgo(self.moment.at, kind, &self.hosts.join(" ")).with_ids(self.ids)
    }
}

/// Everything needed to issue tokens of a family.
struct Ticket<'a> {
    patient: PatientRef,
    client_id: &'a ClientId,
    family: FamilyId,
    consent: ConsentId,
    term: Term,
    services: &'a [String],
    grant_type: &'static str,
}

fn sent_ids(headers: &HeaderMap) -> SentIds<'_> {
    let single = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().and_then(|value| value.to_str().ok());
        if values.next().is_some() { None } else { first }
    };
    SentIds { request: single(RequestIds::REQUEST), correlation: single(RequestIds::CORRELATION) }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn answer(status: StatusCode, body: String) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    }
    response
}
