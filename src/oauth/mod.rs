//! OAuth as MedMij wants it: authorize and token requests, their answers, faults and secrets.
//!
//! Pure and without knowledge of lists or practices: a handler tells whether a client is known and combines the
//! answers. Implements medmij-authorization §2 (authorization interface) and §3 (token interface) with the binding
//! decisions of release-rules §15.18. Only the authorization code and refresh token grants exist.

pub mod authorize;
mod client;
pub mod describe;
mod ids;
mod params;
mod redirect;
mod scope;
mod secret;
pub mod token;

pub use client::{ClientId, InvalidClientId};
pub use ids::{InvalidRequestIds, RequestIds, SentIds};
pub use params::{ParamFault, Params, ParamsTooLong};
pub use redirect::{HostRule, InvalidRedirectUri, RedirectUri};
pub use scope::{InvalidScope, Scope};
pub use secret::{
    AccessToken, AccessTokenHash, AuthorizationCode, AuthorizationCodeHash, LoginState, LoginStateHash, RefreshToken,
    RefreshTokenHash, Secret, SecretHash, SessionId, SessionIdHash,
};
