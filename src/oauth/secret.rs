//! Secrets that are handed out once and stored as a hash: codes, tokens, session ids.
//!
//! Each use is its own type, and the stored form is another type again: a code cannot be offered as a token, and
//! storing a plaintext does not compile. 256 random bits make guessing hopeless (RFC 6749 §10.10), so a plain
//! SHA-256 is enough at rest.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// What a secret is for.
pub mod purpose {
    /// Authorization code.
    #[derive(Debug)]
    pub enum Code {}
    /// Access token.
    #[derive(Debug)]
    pub enum Access {}
    /// Refresh token.
    #[derive(Debug)]
    pub enum Refresh {}
    /// Session cookie of the front channel.
    #[derive(Debug)]
    pub enum Session {}
    /// Value that ties the answer of a login to its start (RelayState, state).
    #[derive(Debug)]
    pub enum Login {}
}

/// A secret in plain: 256 random bits as 43 characters of base64url. `Debug` shows nothing.
pub struct Secret<P> {
    text: Zeroizing<String>,
    purpose: PhantomData<fn() -> P>,
}

/// The stored form of a [`Secret`].
pub struct SecretHash<P> {
    bytes: [u8; 32],
    purpose: PhantomData<fn() -> P>,
}

/// Authorization code, single use, 900 seconds.
pub type AuthorizationCode = Secret<purpose::Code>;
/// Stored form of an authorization code.
pub type AuthorizationCodeHash = SecretHash<purpose::Code>;
/// Access token, 900 seconds.
pub type AccessToken = Secret<purpose::Access>;
/// Stored form of an access token.
pub type AccessTokenHash = SecretHash<purpose::Access>;
/// Refresh token, single use, half a year.
pub type RefreshToken = Secret<purpose::Refresh>;
/// Stored form of a refresh token.
pub type RefreshTokenHash = SecretHash<purpose::Refresh>;
/// Session id of the front channel, in a cookie.
pub type SessionId = Secret<purpose::Session>;
/// Stored form of a session id.
pub type SessionIdHash = SecretHash<purpose::Session>;
/// State of a login under way, single use.
pub type LoginState = Secret<purpose::Login>;
/// Stored form of a login state.
pub type LoginStateHash = SecretHash<purpose::Login>;

impl<P> Secret<P> {
    /// The secret made of 32 random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self { text: Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes)), purpose: PhantomData }
    }

    /// A secret somebody offers; `None` when it cannot be one of ours.
    pub fn offered(text: &str) -> Option<Self> {
        let in_form =
            text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        in_form.then(|| Self { text: Zeroizing::new(text.to_owned()), purpose: PhantomData })
    }

    /// The plain text, for the one message or cookie that carries it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The form that is stored.
    pub fn hash(&self) -> SecretHash<P> {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, self.text.as_bytes()).as_ref());
        SecretHash { bytes, purpose: PhantomData }
    }
}

impl<P> fmt::Debug for Secret<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<P> SecretHash<P> {
    /// The hash with these 32 bytes, read back from the database.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { bytes, purpose: PhantomData }
    }

    /// The 32 bytes of the hash, as the database stores them.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The first eight bytes in hexadecimal: names a token in the audit trail without being able to stand for it.
    pub fn prefix(&self) -> String {
        self.bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl<P> Clone for SecretHash<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for SecretHash<P> {}

impl<P> PartialEq for SecretHash<P> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<P> Eq for SecretHash<P> {}

impl<P> Hash for SecretHash<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<P> fmt::Debug for SecretHash<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretHash({}…)", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn debug_shows_neither_a_secret_nor_a_whole_hash() {
        let code = AuthorizationCode::from_random(&[7; 32]);
        assert_eq!(format!("{code:?}"), "Secret(…)");
        assert!(!format!("{:?}", code.hash()).contains(code.expose()));
        assert_eq!(code.hash().prefix().len(), 16);
    }

    proptest! {
        #[test]
        fn what_is_handed_out_is_recognised_when_offered(bytes: [u8; 32]) {
            let token = AccessToken::from_random(&bytes);
            let offered = AccessToken::offered(token.expose()).unwrap();
            prop_assert_eq!(offered.hash(), token.hash());
        }

        #[test]
        fn nothing_of_another_form_is_looked_up(text in "\\PC{0,60}") {
            if let Some(token) = RefreshToken::offered(&text) {
                prop_assert_eq!(token.expose().len(), 43);
            }
        }
    }
}
