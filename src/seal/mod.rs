//! Encryption at rest, and keyed hashing of everything that could point at a person.
//!
//! A sealed value is AES-256-GCM with the identity of its row as authenticated data, so a value moved to
//! another row, table or practice does not open. The first key of the [`KeyFile`] seals, every key opens, and
//! the key's number stands in front of the value: `store::rotation` re-seals what an old key sealed.
//! Citizen service numbers and HIS ids are hashed with a key of their own per practice (architecture §5a), so
//! rows of one person in two practices cannot be joined. Where the keys come from is `config`.

mod ids;
mod keys;

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::domain::bsn::Bsn;
use crate::domain::email::EmailAddress;
use crate::domain::ids::PracticeId;
use crate::domain::person::Person;

pub use ids::IdHasher;
pub use keys::{KeyFile, KeyFileError, SealKey};

/// Bytes of the key's number, big-endian, in front of a sealed value.
const KEY_ID_LEN: usize = 4;
/// Bytes in front of the ciphertext: key number and nonce.
const HEADER_LEN: usize = KEY_ID_LEN + NONCE_LEN;
/// Bytes of the authentication tag behind the ciphertext.
const TAG_LEN: usize = 16;

/// A value could not be sealed or opened. Names the key at most, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too short to be a sealed value.
    #[error("not a sealed value: too short")]
    TooShort,
    /// Sealed with a key that is not in the key file.
    #[error("sealed with key {0}, which is not in the key file")]
    UnknownKey(u32),
    /// Changed, moved from another row, or sealed with another key of the same number.
    #[error("the sealed value was changed, or belongs to another row or key")]
    Refused,
    /// The random generator or the cipher failed; nothing was sealed.
    #[error("sealing failed in the cryptography library")]
    Failed,
}

/// Seals and opens values and makes keyed hashes; cheap to clone, without `Debug` so that no key is printed.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    /// First seals, every one opens.
    keys: Vec<(u32, LessSafeKey)>,
    index: hmac::Key,
    audit: hmac::Key,
    random: SystemRandom,
}

impl Sealer {
    /// Takes the keys of a file.
    ///
    /// # Errors
    /// [`KeyFileError`] when the file holds no sealing key or one that the cipher does not take.
    pub fn new(file: &KeyFile) -> Result<Self, KeyFileError> {
        let keys = file.seal_keys().iter().map(cipher).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyFileError::NoSealKey);
        }
        let index = hmac::Key::new(hmac::HMAC_SHA256, file.index_key());
        let audit = hmac::Key::new(hmac::HMAC_SHA256, file.audit_key());
        Ok(Self(Arc::new(Inner { keys, index, audit, random: SystemRandom::new() })))
    }

    /// Seals `plain` for the place named by `context` (see [`row_context`]).
    ///
    /// The result is key number ‖ nonce ‖ ciphertext ‖ tag, 32 bytes longer than `plain`. Nonces are random: a
    /// key is good for 2³² values (NIST SP 800-38D §8.3), then it has to be rotated.
    ///
    /// # Errors
    /// [`SealError::Failed`] when the random generator or the cipher fails.
    pub fn seal(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, key) = &self.0.keys[0]; // `new` refuses an empty list
        let mut nonce = [0_u8; NONCE_LEN];
        self.0.random.fill(&mut nonce).map_err(|_| SealError::Failed)?;
        let mut sealed = Vec::with_capacity(HEADER_LEN + plain.len() + TAG_LEN);
        sealed.extend_from_slice(&id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(context), &mut sealed[HEADER_LEN..]);
        sealed.extend_from_slice(tag.map_err(|_| SealError::Failed)?.as_ref());
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal`] made for the same `context`.
    ///
    /// # Errors
    /// [`SealError`] says whether the value is malformed, its key is missing, or it was changed or moved.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let id = key_id(sealed).ok_or(SealError::TooShort)?;
        let (nonce, ciphertext) = sealed[KEY_ID_LEN..].split_first_chunk::<NONCE_LEN>().ok_or(SealError::TooShort)?;
        if ciphertext.len() < TAG_LEN {
            return Err(SealError::TooShort);
        }
        let (_, key) = self.0.keys.iter().find(|(known, _)| *known == id).ok_or(SealError::UnknownKey(id))?;
        let mut plain = ciphertext.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.open_in_place(nonce, Aad::from(context), &mut plain).map_err(|_| SealError::Refused)?.len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Number of the key that seals new values.
    pub fn current_key(&self) -> u32 {
        self.0.keys[0].0 // `new` refuses an empty list
    }

    /// Is this key in the file, so that its values can be opened?
    pub fn knows_key(&self, id: u32) -> bool {
        self.0.keys.iter().any(|(known, _)| *known == id)
    }

    /// The look-up hash of a citizen service number within one practice.
    ///
    /// Still a pseudonym of 10⁹ values: whoever holds the index key can try them all, so guard that key.
    pub fn bsn_hash(&self, practice: PracticeId, bsn: &Bsn) -> [u8; 32] {
        let key = self.practice_key(b"bsn", practice);
        mac(&key, &[bsn.digits().as_bytes()])
    }

    /// The look-up hash of somebody within one practice, by number or pseudonym: the two never meet.
    pub fn person_hash(&self, practice: PracticeId, person: &Person) -> [u8; 32] {
        match person {
            Person::Bsn(bsn) => self.bsn_hash(practice, bsn),
            Person::Pseudonym(pseudonym) => {
                mac(&self.practice_key(b"pseudonym", practice), &[pseudonym.expose().as_bytes()])
            }
        }
    }

    /// The look-up hash of an e-mail address within the installation: one address is one person's (R-RG-01).
    pub fn address_hash(&self, address: &EmailAddress) -> [u8; 32] {
        mac(&self.0.index, &[b"e-mail address", address.as_str().as_bytes()])
    }

    /// Makes the ids of one practice's patients, records and resources; keep it for a whole delivery.
    pub fn practice_hasher(&self, practice: PracticeId) -> IdHasher {
        IdHasher::new(self.practice_key(b"ids", practice))
    }

    /// One link of the audit chain: HMAC-SHA-256 with the audit key over the length-prefixed parts.
    pub fn audit_link(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.0.audit, parts)
    }

    /// A value that belongs to one login and can be made again from its single-use state: PKCE verifier, nonce.
    /// 43 characters of base64url, told by nothing but the state **and** our key.
    pub fn login_value(&self, purpose: &str, state: &str) -> String {
        URL_SAFE_NO_PAD.encode(mac(&self.0.index, &[b"login", purpose.as_bytes(), state.as_bytes()]))
    }

    /// Master key of the front's cookies and CSRF tokens: 64 bytes, the same on every node.
    pub fn cookie_key(&self) -> Zeroizing<[u8; 64]> {
        let mut key = Zeroizing::new([0; 64]);
        for (half, label) in key.chunks_exact_mut(32).zip([b"cookie encryption".as_slice(), b"cookie signature"]) {
            half.copy_from_slice(&*Zeroizing::new(mac(&self.0.index, &[label])));
        }
        key
    }

    /// What tells this key file from another: of the keys in it that never change.
    pub fn mark(&self) -> [u8; 32] {
        let audit = Zeroizing::new(mac(&self.0.audit, &[b"installation"]));
        mac(&self.0.index, &[b"installation", &*audit])
    }

    fn practice_key(&self, purpose: &[u8], practice: PracticeId) -> hmac::Key {
        let secret = Zeroizing::new(mac(&self.0.index, &[b"practice", purpose, practice.as_bytes()]));
        hmac::Key::new(hmac::HMAC_SHA256, &*secret)
    }
}

/// SHA-256 of a random token, as tokens are stored: 256 random bits need no key and no salt.
pub fn token_hash(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

/// SHA-256 of any bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Number of the key a value was sealed with; `None` when it is too short to say.
pub fn key_id(sealed: &[u8]) -> Option<u32> {
    sealed.first_chunk::<KEY_ID_LEN>().map(|id| u32::from_be_bytes(*id))
}

/// Names the place of a sealed value: table and column, practice, and what else identifies the row.
///
/// Parts are length-prefixed, so two different places never share a context.
pub fn row_context(column: &str, practice: PracticeId, row: &[&[u8]]) -> Vec<u8> {
    let mut context = Vec::with_capacity(96);
    push_part(&mut context, column.as_bytes());
    push_part(&mut context, practice.as_bytes());
    for part in row {
        push_part(&mut context, part);
    }
    context
}

fn push_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&(part.len() as u64).to_be_bytes());
    out.extend_from_slice(part);
}

/// HMAC over length-prefixed parts.
fn mac(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut tag = [0; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

fn cipher(key: &SealKey) -> Result<(u32, LessSafeKey), KeyFileError> {
    let unbound = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| KeyFileError::KeySize)?;
    Ok((key.id(), LessSafeKey::new(unbound)))
}

#[cfg(test)]
mod tests;
