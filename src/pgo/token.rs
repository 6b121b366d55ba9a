//! Authorization request, its answer, and the token requests, with the `oauth2` crate as independent client.

use std::sync::atomic::{AtomicU16, Ordering};

use futures_util::future::BoxFuture;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AccessToken, AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse,
    TokenUrl,
};
use url::Url;
use uuid::Uuid;

use super::Pgo;
use super::error::{PgoError, Step};
use super::http::{Headers, new_uuid};
use super::zal::Provider;

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The code the person brought back. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct Authorized {
    /// MedMij name of the provider.
    pub provider: String,
    /// `X-Correlation-ID` of the flow.
    pub correlation: Uuid,
    pub(super) code: AuthorizationCode,
}

impl Authorized {
    /// A code of one's own making or of another flow, for trying what must be refused.
    pub fn with_code(&self, code: &str) -> Self {
        Self { code: AuthorizationCode::new(code.to_owned()), ..self.clone() }
    }

    /// The code itself, for requests of one's own making. It is a secret until it was exchanged.
    pub fn expose_code(&self) -> &str {
        self.code.secret()
    }
}

/// What the token endpoint gave. `Debug` does not show the tokens.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// MedMij name of the provider.
    pub provider: String,
    /// `X-Correlation-ID` for resource requests with these tokens (core.rscint.201).
    pub correlation: Uuid,
    /// The data services the access token is for.
    pub services: Vec<String>,
    /// Lifetime of the access token in seconds, when told.
    pub expires_in_seconds: Option<u64>,
    pub(super) access: AccessToken,
    pub(super) refresh: Option<RefreshToken>,
}

impl Tokens {
    /// Was the consent until further notice?
    pub const fn can_refresh(&self) -> bool {
        self.refresh.is_some()
    }

    /// The same with another access token, for trying what must be refused.
    pub fn with_access_token(&self, token: &str) -> Self {
        Self { access: AccessToken::new(token.to_owned()), ..self.clone() }
    }

    /// The access token itself, for requests of one's own making. It is a secret.
    pub fn expose_access_token(&self) -> &str {
        self.access.secret()
    }

    /// The refresh token itself, if there is one. It is a secret.
    pub fn expose_refresh_token(&self) -> Option<&str> {
        self.refresh.as_ref().map(|token| token.secret().as_str())
    }
}

/// An authorization request that waits for its answer.
pub(super) struct AuthorizationRequest {
    provider: String,
    correlation: Uuid,
    state: CsrfToken,
    url: Url,
}

impl AuthorizationRequest {
    /// The request for everything this provider offers (medmij-authorization §2.1).
    pub fn new(pgo: &Pgo, provider: &Provider) -> Result<Self, PgoError> {
        let correlation = new_uuid();
        // Two random UUIDs: 244 bits that nobody can guess.
        let state = format!("{}{}", new_uuid().simple(), new_uuid().simple());
        let client = client(pgo, provider)?;
        let (url, state) = client
            .authorize_url(|| CsrfToken::new(state))
            .add_scope(Scope::new(provider.scope().to_owned()))
            .add_extra_param("MedMij-Request-ID", new_uuid().to_string())
            .add_extra_param("X-Correlation-ID", correlation.to_string())
            .url();
        Ok(Self { provider: provider.name.clone(), correlation, state, url })
    }

    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Reads the parameters with which the person came back.
    pub fn returned(&self, url: &Url) -> Result<Authorized, PgoError> {
        let find =
            |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
        if find("state").as_ref() != Some(self.state.secret()) {
            return Err(PgoError::BadReturn);
        }
        if let Some(error) = find("error") {
            return Err(PgoError::Refused { error, description: find("error_description") });
        }
        let code = AuthorizationCode::new(find("code").ok_or(PgoError::BadReturn)?);
        Ok(Authorized { provider: self.provider.clone(), correlation: self.correlation, code })
    }
}

/// `authorization_code`; the correlation id is that of the authorization request (core.tknint.208).
pub(super) async fn exchange(pgo: &Pgo, authorized: &Authorized) -> Result<Tokens, PgoError> {
    let client = client(pgo, pgo.directory.provider(&authorized.provider)?)?;
    let sender = Sender::new(pgo, Step::Token, authorized.correlation);
    let result = client.exchange_code(authorized.code.clone()).request_async(&sender).await;
    sender.tokens(&authorized.provider, result)
}

/// `refresh_token`; a refresh has a correlation id of its own (core.tknint.208).
pub(super) async fn refresh(pgo: &Pgo, tokens: &Tokens) -> Result<Tokens, PgoError> {
    let refresh = tokens.refresh.as_ref().ok_or(PgoError::NoRefreshToken)?;
    let client = client(pgo, pgo.directory.provider(&tokens.provider)?)?;
    let sender = Sender::new(pgo, Step::Refresh, new_uuid());
    let result = client.exchange_refresh_token(refresh).request_async(&sender).await;
    sender.tokens(&tokens.provider, result)
}

/// All services of a provider share their authorization and token endpoints.
fn client(pgo: &Pgo, provider: &Provider) -> Result<Client, PgoError> {
    let service = provider
        .services
        .first()
        .ok_or_else(|| PgoError::UnknownService { provider: provider.name.clone(), service: "(any)".to_owned() })?;
    Ok(BasicClient::new(ClientId::new(pgo.client_id.clone()))
        .set_auth_uri(AuthUrl::from_url(service.authorize.clone()))
        .set_token_uri(TokenUrl::from_url(service.token.clone()))
        .set_redirect_uri(RedirectUrl::from_url(pgo.redirect_uri.clone()))
        .set_auth_type(AuthType::RequestBody))
}

/// Carries the requests of the `oauth2` crate over our connection.
struct Sender<'a> {
    pgo: &'a Pgo,
    step: Step,
    correlation: Uuid,
    status: AtomicU16,
}

type TokenResult = Result<BasicTokenResponse, RequestTokenError<PgoError, BasicErrorResponse>>;

impl<'c> AsyncHttpClient<'c> for Sender<'_> {
    type Error = PgoError;
    type Future = BoxFuture<'c, Result<HttpResponse, PgoError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl<'a> Sender<'a> {
    const fn new(pgo: &'a Pgo, step: Step, correlation: Uuid) -> Self {
        Self { pgo, step, correlation, status: AtomicU16::new(0) }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, PgoError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| PgoError::setup("token endpoint", "not a URL"))?;
        let headers = Headers { correlation: self.correlation, bearer: None };
        let answer = self.pgo.back.post(self.step, url, parts.headers, body, &headers).await?;
        self.status.store(answer.status, Ordering::Relaxed);
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() =
            answer.status.try_into().map_err(|_| PgoError::setup("token endpoint", "no status"))?;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }

    fn tokens(&self, provider: &str, result: TokenResult) -> Result<Tokens, PgoError> {
        let response = result.map_err(|error| self.refusal(error))?;
        let scopes = response.scopes().map(Vec::as_slice).unwrap_or_default();
        Ok(Tokens {
            provider: provider.to_owned(),
            correlation: self.correlation,
            services: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
            expires_in_seconds: response.expires_in().map(|lifetime| lifetime.as_secs()),
            access: response.access_token().clone(),
            refresh: response.refresh_token().cloned(),
        })
    }

    fn refusal(&self, error: RequestTokenError<PgoError, BasicErrorResponse>) -> PgoError {
        let token = |error: String, description| PgoError::Token {
            step: self.step,
            status: self.status.load(Ordering::Relaxed),
            error,
            description,
        };
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(answer) => {
                token(answer.error().as_ref().to_owned(), answer.error_description().cloned())
            }
            RequestTokenError::Parse(..) => token("the answer is no token response".to_owned(), None),
            RequestTokenError::Other(_) => token("the answer is empty".to_owned(), None),
        }
    }
}
