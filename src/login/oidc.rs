//! Logging in at an OpenID Connect provider: a broker in front of DigiD, such as a TVS gateway (medmij-authorization §9).
//!
//! Authorization code flow with PKCE, `state` and `nonce`. Every login is asked for anew (`prompt=login`, `max_age`): there is no
//! single sign-on between practices. An ID token counts when the provider's key signed it for us, for this login, and
//! now; the number and the level come from claims that the configuration names, since brokers differ (§14: UNCONFIRMED).
//! What the provider says is never repeated in an error or a log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthenticationContextClass, AuthorizationCode, ClientId,
    ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest,
    HttpResponse, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

use super::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use crate::domain::assurance::Level;
use crate::domain::bsn::Bsn;
use crate::domain::person::{Person, Pseudonym};
use crate::domain::time::{Clock, Timestamp};
use crate::oauth::{LoginState, Params};
use crate::seal::Sealer;

/// The provider's own description is read again after so many seconds.
const METADATA_SECONDS: i64 = 600;
/// How old a login may be: the person has just done it.
const LOGIN_SECONDS: i64 = 300;
/// The largest answer of a provider that is read, in bytes.
const ANSWER_LIMIT: usize = 1 << 20;

/// Where the number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimSource {
    /// In the ID token.
    IdToken,
    /// In the answer of the UserInfo endpoint.
    UserInfo,
}

/// What an operator knows of the provider.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer, exactly as its ID tokens name it.
    pub issuer: Url,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Zeroizing<String>,
    /// The address of this server that the provider sends browsers back to.
    pub redirect_uri: Url,
    /// Scopes beside `openid`.
    pub scopes: Vec<String>,
    /// Does that claim hold a pairwise pseudonym, and no number?
    pub is_pairwise: bool,
    /// The claim with the citizen service number, or with the pseudonym.
    pub bsn_claim: String,
    /// Where that claim stands.
    pub bsn_source: ClaimSource,
    /// What each `acr` value means; a value that is not here is no login.
    pub levels: BTreeMap<String, Level>,
}

/// The means of login.
pub struct Oidc {
    settings: Settings,
    http: Http,
    sealer: Sealer,
    clock: Clock,
    origin: Option<String>,
    provider: Mutex<Option<(Timestamp, Arc<Provider>)>>,
}

/// Claims we do not know beforehand.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    all: BTreeMap<String, Value>,
}

impl AdditionalClaims for Claims {}

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Answer = StandardTokenResponse<Fields, CoreTokenType>;

/// The provider as it describes itself, with its keys.
type Provider = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// No answer, or one that is too large.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the provider cannot be reached")]
struct Unreachable;

/// Requests to the provider.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Unreachable;
    type Future = BoxFuture<'c, Result<HttpResponse, Unreachable>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.exchange(request))
    }
}

impl Http {
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| Unreachable)?;
        let request = self.0.request(parts.method, url).headers(parts.headers).body(body);
        let mut response = request.send().await.map_err(|_| Unreachable)?;
        let mut bytes = Vec::new();
        let (status, headers) = (response.status(), response.headers().clone());
        while let Some(chunk) = response.chunk().await.map_err(|_| Unreachable)? {
            if bytes.len() + chunk.len() > ANSWER_LIMIT {
                return Err(Unreachable);
            }
            bytes.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(bytes);
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        Ok(answer)
    }
}

impl Oidc {
    /// A means of login at this provider. `http` follows no redirects.
    pub fn new(settings: Settings, http: reqwest::Client, sealer: Sealer, clock: Clock) -> Self {
        Self { settings, http: Http(http), sealer, clock, origin: None, provider: Mutex::default() }
    }

    /// Learns where the provider sends browsers, for the pages that lead there. The provider may be away: then the
    /// issuer's own origin is assumed, which is nearly always the same.
    pub async fn introduce(mut self) -> Self {
        let address = self.provider().await.map(|provider| provider.auth_uri().url().clone());
        let address = address.unwrap_or_else(|_| self.settings.issuer.clone());
        self.origin = Some(address.origin().ascii_serialization());
        self
    }

    async fn provider(&self) -> Result<Arc<Provider>, LoginError> {
        let now = self.clock.now();
        let known = self.provider.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, provider)) = known.filter(|(at, _)| now <= at.plus_seconds(METADATA_SECONDS)) {
            return Ok(provider);
        }
        let issuer = IssuerUrl::from_url(self.settings.issuer.clone());
        // Refuses a description that names another issuer.
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let metadata = metadata.map_err(|_| self.away("its description cannot be read"))?;
        let redirect = RedirectUrl::from_url(self.settings.redirect_uri.clone());
        let provider = Provider::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(self.settings.client_secret.to_string())),
        );
        let provider = Arc::new(provider.set_redirect_uri(redirect));
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, provider.clone()));
        Ok(provider)
    }

    fn away(&self, why: &'static str) -> LoginError {
        metrics::counter!("dvza_login_failures_total", "reason" => "unavailable").increment(1);
        tracing::warn!(issuer = self.settings.issuer.as_str(), why, "the login provider cannot be used");
        LoginError::Unavailable
    }

    /// Why an answer is not to be trusted: counted, and logged without anything the answer said.
    fn distrust(&self, why: &'static str) -> LoginError {
        metrics::counter!("dvza_login_failures_total", "reason" => why).increment(1);
        tracing::warn!(issuer = self.settings.issuer.as_str(), why, "an answer of the login provider was refused");
        LoginError::Failed
    }

    /// Values tied to one login: made of its single-use state with a key of ours, so that nothing has to be kept.
    fn nonce(&self, state: &LoginState) -> String {
        self.sealer.login_value("nonce", state.expose())
    }

    fn verifier(&self, state: &LoginState) -> String {
        self.sealer.login_value("pkce", state.expose())
    }

    async fn begin_at_provider(&self, start: LoginStart<'_>) -> Result<Departure, LoginError> {
        if start.representation.is_some() {
            // Brokers have no common way to say for whom somebody acts.
            return Err(self.away("nobody acts for another over OpenID Connect"));
        }
        let provider = self.provider().await?;
        let verifier = PkceCodeVerifier::new(self.verifier(start.state));
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let (state, nonce) = (start.state.expose().to_owned(), self.nonce(start.state));
        let mut request = provider
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(challenge)
            .add_prompt(CoreAuthPrompt::Login)
            .set_max_age(std::time::Duration::ZERO);
        for scope in &self.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        // Everything that is enough, the least first: a broker takes the first it knows as the floor.
        let mut enough: Vec<_> = self.settings.levels.iter().filter(|(_, level)| **level >= start.minimum).collect();
        enough.sort_by_key(|(_, level)| **level);
        for (acr, _) in enough {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        Ok(Departure::Redirect(request.url().0.into()))
    }

    async fn finish_at_provider(&self, answer: &Params, at: Timestamp) -> Result<Identity, LoginError> {
        let field = |name| answer.single(name).map_err(|_| self.distrust("repeated"));
        let state = self.state(answer).ok_or_else(|| self.distrust("state"))?;
        // RFC 9207: an answer of another provider than the one that was asked.
        if field("iss")?.is_some_and(|issuer| issuer.trim_end_matches('/') != self.issuer()) {
            return Err(self.distrust("issuer"));
        }
        match (field("code")?, field("error")?) {
            (Some(code), None) => self.redeem(code, &state, at).await,
            (None, Some("access_denied")) => Err(LoginError::Cancelled),
            (None, Some("temporarily_unavailable" | "server_error")) => Err(self.away("it says so itself")),
            _ => Err(self.distrust("refused")),
        }
    }

    fn issuer(&self) -> &str {
        self.settings.issuer.as_str().trim_end_matches('/')
    }

    async fn redeem(&self, code: &str, state: &LoginState, at: Timestamp) -> Result<Identity, LoginError> {
        let provider = self.provider().await?;
        let request = provider.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| self.away("it has no token endpoint"))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(self.verifier(state)));
        let answer = request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::Request(Unreachable) => self.away("its token endpoint does not answer"),
            RequestTokenError::ServerResponse(_) => self.distrust("code"),
            _ => self.distrust("token_answer"),
        })?;
        let claims = self.verified(&provider, &answer, state, at)?;
        let level = self.level(&claims)?;
        let person = match self.settings.bsn_source {
            // `sub` is a claim of its own to the library.
            ClaimSource::IdToken if self.settings.bsn_claim == "sub" => self.read_person(claims.subject())?,
            ClaimSource::IdToken => self.person(claims.additional_claims())?,
            ClaimSource::UserInfo => {
                let request = provider.user_info(answer.access_token().clone(), Some(claims.subject().clone()));
                let request = request.map_err(|_| self.away("it has no UserInfo endpoint"))?;
                let about: UserInfoClaims<Claims, CoreGenderClaim> =
                    request.request_async(&self.http).await.map_err(|_| self.distrust("userinfo"))?;
                self.person(about.additional_claims())?
            }
        };
        Ok(Identity { acting: person.clone(), subject: person, level, at })
    }

    /// Signature, issuer, audience, time, nonce, and that the access token belongs to it.
    fn verified(
        &self,
        provider: &Provider,
        answer: &Answer,
        state: &LoginState,
        at: Timestamp,
    ) -> Result<IdTokenClaims<Claims, CoreGenderClaim>, LoginError> {
        let token = answer.id_token().ok_or_else(|| self.distrust("no_id_token"))?;
        let now = chrono_of(at).ok_or_else(|| self.distrust("time"))?;
        let recent = move |instant: chrono::DateTime<chrono::Utc>| {
            let age = (now - instant).num_seconds();
            if (-60..=LOGIN_SECONDS).contains(&age) { Ok(()) } else { Err("not of this login".to_owned()) }
        };
        let verifier = provider
            .id_token_verifier()
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            ])
            .set_time_fn(move || now)
            .set_issue_time_verifier_fn(recent)
            .set_auth_time_verifier_fn(move |instant| match instant {
                Some(instant) => recent(instant),
                // `max_age` was asked for, so the claim is mandatory (OpenID Connect Core §2).
                None => Err("no auth_time".to_owned()),
            });
        let claims = token.claims(&verifier, &Nonce::new(self.nonce(state))).map_err(|_| self.distrust("id_token"))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(|_| self.distrust("id_token"))?;
            let key = token.signing_key(&verifier).map_err(|_| self.distrust("id_token"))?;
            let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key);
            if actual.map_err(|_| self.distrust("at_hash"))? != *expected {
                return Err(self.distrust("at_hash"));
            }
        }
        Ok(claims.clone())
    }

    fn level(&self, claims: &IdTokenClaims<Claims, CoreGenderClaim>) -> Result<Level, LoginError> {
        let acr = claims.auth_context_ref().ok_or_else(|| self.distrust("no_level"))?;
        self.settings.levels.get(acr.as_str()).copied().ok_or_else(|| self.distrust("unknown_level"))
    }

    fn person(&self, claims: &Claims) -> Result<Person, LoginError> {
        let text = claims.all.get(&self.settings.bsn_claim).and_then(Value::as_str);
        self.read_person(text.ok_or_else(|| self.distrust("no_number"))?)
    }

    fn read_person(&self, text: &str) -> Result<Person, LoginError> {
        if self.settings.is_pairwise {
            let pseudonym = Pseudonym::new(self.issuer(), text);
            return pseudonym.map(Person::Pseudonym).map_err(|_| self.distrust("number"));
        }
        text.parse::<Bsn>().map(Person::Bsn).map_err(|_| self.distrust("number"))
    }
}

impl PatientLogin for Oidc {
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>> {
        Box::pin(self.begin_at_provider(start))
    }

    fn state(&self, answer: &Params) -> Option<LoginState> {
        LoginState::offered(answer.single("state").ok()??)
    }

    fn finish<'a>(&'a self, answer: &'a Params, at: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>> {
        Box::pin(self.finish_at_provider(answer, at))
    }

    fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

/// The library speaks another language of time: converted here and nowhere else.
fn chrono_of(at: Timestamp) -> Option<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp_millis(at.millis())
}
