//! The token request, its answer and its errors (medmij-authorization §3).

use serde::Serialize;

use super::describe::{Descriptions, Situation};
use super::{AccessToken, AuthorizationCode, ClientId, Params, RefreshToken};

/// Lifetime of an access token in seconds (core.autorisatie.204).
pub const ACCESS_TOKEN_SECONDS: i64 = 900;
/// Lifetime of an authorization code in seconds.
pub const CODE_SECONDS: i64 = 900;
/// Lifetime of a refresh token, and of a long-lived consent that is not used, in calendar months.
pub const REFRESH_TOKEN_MONTHS: i32 = 6;

/// A token request with everything its grant needs. Whether it is true is still to be asked.
#[derive(Debug)]
pub enum TokenRequest {
    /// `grant_type=authorization_code`.
    Code(CodeRequest),
    /// `grant_type=refresh_token`.
    Refresh(RefreshRequest),
}

/// A code offered for tokens.
#[derive(Debug)]
pub struct CodeRequest {
    /// The code; `None` when the text cannot be one of ours, which is an `invalid_grant` like any unknown code.
    pub code: Option<AuthorizationCode>,
    /// Who says to be asking.
    pub client_id: ClientId,
    /// Must equal the one of the authorization request, character by character.
    pub redirect_uri: String,
}

/// A refresh token offered for new tokens.
#[derive(Debug)]
pub struct RefreshRequest {
    /// The token; `None` when the text cannot be one of ours.
    pub token: Option<RefreshToken>,
    /// Who says to be asking.
    pub client_id: ClientId,
    /// Ids of data services to narrow to (RFC 6749 §6); empty = all that were granted.
    pub narrow_to: Vec<String>,
}

/// The errors of the token interface (§3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenError {
    /// A parameter or header is missing, malformed or repeated.
    InvalidRequest,
    /// `client_id` is not the certificate's host, or not on the lists.
    InvalidClient,
    /// Code or refresh token unknown, expired, used, revoked, or of another client.
    InvalidGrant,
    /// Not one of the two grants.
    UnsupportedGrantType,
    /// No data service is left for this client.
    InvalidScope,
    /// Lists too old or database away. RFC 6749 has no code for it at this endpoint.
    TemporarilyUnavailable,
}

impl TokenError {
    /// The error code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// The HTTP status that goes with it.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest | Self::InvalidGrant | Self::UnsupportedGrantType | Self::InvalidScope => 400,
        }
    }
}

/// A refusal of the token interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("token request refused: {}", .error.as_str())]
pub struct TokenRefusal {
    /// The error code.
    pub error: TokenError,
    /// What the description is chosen by.
    pub situation: Situation,
}

impl TokenRefusal {
    /// A parameter is missing, malformed or repeated.
    pub const REQUEST: Self = Self { error: TokenError::InvalidRequest, situation: Situation::TokenRequest };
    /// A MedMij header is missing or malformed.
    pub const HEADERS: Self = Self { error: TokenError::InvalidRequest, situation: Situation::RequestIds };
    /// Neither of the two grants.
    pub const GRANT_TYPE: Self = Self { error: TokenError::UnsupportedGrantType, situation: Situation::GrantType };
    /// Not a client, or not this one.
    pub const CLIENT: Self = Self { error: TokenError::InvalidClient, situation: Situation::Client };
    /// Code or refresh token not valid.
    pub const GRANT: Self = Self { error: TokenError::InvalidGrant, situation: Situation::Grant };
    /// No data service left.
    pub const SERVICES: Self = Self { error: TokenError::InvalidScope, situation: Situation::Services };
    /// A fault of ours.
    pub const FAULT: Self = Self { error: TokenError::TemporarilyUnavailable, situation: Situation::Fault };

    /// The body of the answer, JSON.
    pub fn to_json(self, descriptions: &Descriptions) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            error: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            error_description: Option<&'a str>,
        }
        to_json(&Body { error: self.error.as_str(), error_description: descriptions.of(self.situation) })
    }
}

/// The tokens that are handed out.
#[derive(Debug)]
pub struct TokenResponse {
    /// Opaque, 900 seconds.
    pub access_token: AccessToken,
    /// Only with a long-lived consent.
    pub refresh_token: Option<RefreshToken>,
    /// Ids of the data services the access token is good for; not the scope of the authorization request.
    pub services: Vec<String>,
}

impl TokenResponse {
    /// The body of the answer, JSON (core.tknint.201).
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Body<'a> {
            access_token: &'a str,
            token_type: &'a str,
            expires_in: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            refresh_token: Option<&'a str>,
            scope: &'a str,
        }
        to_json(&Body {
            access_token: self.access_token.expose(),
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_SECONDS,
            refresh_token: self.refresh_token.as_ref().map(RefreshToken::expose),
            scope: &self.services.join(" "),
        })
    }
}

/// Texts and numbers in a flat struct: serialising them cannot fail, so an error becomes the empty object.
fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|_| "{}".to_owned())
}

/// The code in a request, whatever else is wrong with it: a code is burnt by whoever offers it (core.tknint.204).
pub fn offered_code(params: &Params) -> Option<AuthorizationCode> {
    AuthorizationCode::offered(params.single("code").ok()??)
}

/// Reads and checks the parameters; unknown ones are ignored.
///
/// # Errors
/// [`TokenRefusal`] when a parameter is missing, repeated or malformed, or the grant is not known.
pub fn parse(params: &Params) -> Result<TokenRequest, TokenRefusal> {
    let need = |name| params.single(name).map_err(|_| TokenRefusal::REQUEST)?.ok_or(TokenRefusal::REQUEST);
    match need("grant_type")? {
        "authorization_code" => {
            let code = AuthorizationCode::offered(need("code")?);
            let client_id = need("client_id")?.parse().map_err(|_| TokenRefusal::CLIENT)?;
            let redirect_uri = need("redirect_uri")?.to_owned();
            Ok(TokenRequest::Code(CodeRequest { code, client_id, redirect_uri }))
        }
        "refresh_token" => {
            let token = RefreshToken::offered(need("refresh_token")?);
            let client_id = need("client_id")?.parse().map_err(|_| TokenRefusal::CLIENT)?;
            let scope = params.single("scope").map_err(|_| TokenRefusal::REQUEST)?.unwrap_or_default();
            let narrow_to = scope.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
            Ok(TokenRequest::Refresh(RefreshRequest { token, client_id, narrow_to }))
        }
        _ => Err(TokenRefusal::GRANT_TYPE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CODE: &str = "grant_type=authorization_code&code=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        &client_id=pgo.nl&redirect_uri=https%3A%2F%2Fpgo.nl%2Fcb";
    const REFRESH: &str =
        "grant_type=refresh_token&refresh_token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&client_id=pgo.nl";

    fn read(body: &str) -> Result<TokenRequest, TokenRefusal> {
        parse(&Params::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn both_grants_are_read() {
        let TokenRequest::Code(request) = read(CODE).unwrap() else { panic!("not a code") };
        assert!(request.code.is_some());
        assert_eq!((request.client_id.as_str(), request.redirect_uri.as_str()), ("pgo.nl", "https://pgo.nl/cb"));
        let TokenRequest::Refresh(request) = read(&format!("{REFRESH}&scope=48+49")).unwrap() else {
            panic!("not a refresh")
        };
        assert_eq!(request.narrow_to, ["48", "49"]);
    }

    #[test]
    fn missing_and_repeated_parameters_are_invalid_requests() {
        for name in ["grant_type", "code", "client_id", "redirect_uri"] {
            assert_eq!(read(&CODE.replace(&format!("{name}="), "x=")).unwrap_err(), TokenRefusal::REQUEST, "no {name}");
            assert_eq!(read(&format!("{CODE}&{name}=x")).unwrap_err(), TokenRefusal::REQUEST, "two of {name}");
        }
        for name in ["refresh_token", "client_id"] {
            assert_eq!(
                read(&REFRESH.replace(&format!("&{name}="), "&x=")).unwrap_err(),
                TokenRefusal::REQUEST,
                "no {name}"
            );
        }
        assert_eq!(read("").unwrap_err(), TokenRefusal::REQUEST);
    }

    #[test]
    fn unknown_grants_are_unsupported() {
        for grant in ["password", "client_credentials", "refresh_code", "Authorization_code"] {
            assert_eq!(
                read(&CODE.replace("authorization_code", grant)).unwrap_err(),
                TokenRefusal::GRANT_TYPE,
                "{grant}"
            );
        }
    }

    #[test]
    fn a_code_in_a_faulty_request_is_still_an_offered_code() {
        for body in [CODE.replace("redirect_uri", "x"), CODE.replace("client_id", "x"), CODE.replace("grant_type", "x")]
        {
            let params = Params::parse(body.as_bytes()).unwrap();
            assert!(parse(&params).is_err() && offered_code(&params).is_some(), "{body}");
        }
    }

    #[test]
    fn the_answer_has_the_fields_of_the_interface() {
        let mut answer = TokenResponse {
            access_token: AccessToken::from_random(&[0; 32]),
            refresh_token: None,
            services: vec!["48".to_owned(), "HG-R4".to_owned()],
        };
        let body: serde_json::Value = serde_json::from_str(&answer.to_json()).unwrap();
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 900);
        assert_eq!(body["scope"], "48 HG-R4");
        assert!(body.get("refresh_token").is_none());
        answer.refresh_token = Some(RefreshToken::from_random(&[1; 32]));
        let body: serde_json::Value = serde_json::from_str(&answer.to_json()).unwrap();
        assert!(body["refresh_token"].is_string());
    }

    #[test]
    fn statuses_of_the_error_table() {
        let cases = [
            (TokenRefusal::REQUEST, 400, "invalid_request"),
            (TokenRefusal::HEADERS, 400, "invalid_request"),
            (TokenRefusal::GRANT_TYPE, 400, "unsupported_grant_type"),
            (TokenRefusal::CLIENT, 401, "invalid_client"),
            (TokenRefusal::GRANT, 400, "invalid_grant"),
            (TokenRefusal::SERVICES, 400, "invalid_scope"),
            (TokenRefusal::FAULT, 503, "temporarily_unavailable"),
        ];
        for (refusal, status, code) in cases {
            assert_eq!((refusal.error.status(), refusal.error.as_str()), (status, code));
            assert!(refusal.to_json(&Descriptions::default()).starts_with(&format!("{{\"error\":\"{code}\"")));
        }
    }

    proptest! {
        #[test]
        fn any_body_is_answered(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let params = Params::parse(&body).unwrap();
            let _ = parse(&params);
            let _ = offered_code(&params);
        }
    }
}
