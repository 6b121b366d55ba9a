//! The key file: a small JSON text that holds every secret of the store.
//!
//! ```json
//! { "seal": [ { "id": 1, "key": "…base64, 256 bits…" } ], "index": "…", "audit": "…" }
//! ```
//!
//! `seal` may hold several keys: put a new one in front to rotate, remove the old one when no row uses it any
//! more. `index` makes look-up hashes and ids and `audit` links the audit chain: these two never change.

use aws_lc_rs::rand::SecureRandom;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of every key.
const KEY_LEN: usize = 32;

/// The key file cannot be used. Says which member is wrong, never what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// Not the JSON form of a key file.
    #[error("the key file is not JSON with members seal, index and audit (line {line}, column {column})")]
    Form {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault.
        column: usize,
    },
    /// A key is not base64 of 256 bits.
    #[error("a key in the key file is not base64 of exactly 32 bytes")]
    KeySize,
    /// `seal` is empty.
    #[error("the key file has no key in `seal`")]
    NoSealKey,
    /// Two keys in `seal` have the same number.
    #[error("the key file has key number {0} twice in `seal`")]
    SameId(u32),
    /// The random generator failed while making keys.
    #[error("the random generator failed; no key was made")]
    Random,
}

/// One sealing key with its number.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealKey {
    id: u32,
    bytes: [u8; KEY_LEN],
}

impl SealKey {
    /// Its number, which stands in front of every value it sealed.
    pub fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }
}

/// All keys of an installation; wiped from memory when dropped, without `Debug` so that none is printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct KeyFile {
    seal: Vec<SealKey>,
    index: [u8; KEY_LEN],
    audit: [u8; KEY_LEN],
}

/// The JSON text of a key file, with the keys in base64.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct FileText {
    seal: Vec<SealText>,
    index: String,
    audit: String,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct SealText {
    id: u32,
    key: String,
}

impl KeyFile {
    /// Makes a new file with one sealing key, number 1.
    ///
    /// # Errors
    /// [`KeyFileError::Random`] when the generator fails.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, KeyFileError> {
        let seal = vec![SealKey { id: 1, bytes: random_key(random)? }];
        Ok(Self { seal, index: random_key(random)?, audit: random_key(random)? })
    }

    /// Puts a new sealing key in front; the old ones still open. Then let `store::rotation` re-seal.
    ///
    /// # Errors
    /// [`KeyFileError::Random`] when the generator fails, or no number is left.
    pub fn add_seal_key(&mut self, random: &dyn SecureRandom) -> Result<u32, KeyFileError> {
        let highest = self.seal.iter().map(SealKey::id).max().unwrap_or(0);
        let id = highest.checked_add(1).ok_or(KeyFileError::Random)?;
        self.seal.insert(0, SealKey { id, bytes: random_key(random)? });
        Ok(id)
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    /// [`KeyFileError`] when it has another form, a key of another size, no sealing key, or a number twice.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let file: FileText = serde_json::from_str(text)
            .map_err(|fault| KeyFileError::Form { line: fault.line(), column: fault.column() })?;
        let mut seal: Vec<SealKey> = Vec::with_capacity(file.seal.len());
        for key in &file.seal {
            if seal.iter().any(|known| known.id == key.id) {
                return Err(KeyFileError::SameId(key.id));
            }
            seal.push(SealKey { id: key.id, bytes: decode(&key.key)? });
        }
        if seal.is_empty() {
            return Err(KeyFileError::NoSealKey);
        }
        Ok(Self { seal, index: decode(&file.index)?, audit: decode(&file.audit)? })
    }

    /// The text to write to a file that only the server's account may read.
    pub fn to_text(&self) -> Zeroizing<String> {
        let seal = self.seal.iter().map(|key| SealText { id: key.id, key: STANDARD.encode(key.bytes) }).collect();
        let file = FileText { seal, index: STANDARD.encode(self.index), audit: STANDARD.encode(self.audit) };
        // Only maps with odd keys and failing writers make this fail; a struct of strings and numbers cannot.
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        Zeroizing::new(text)
    }

    /// The sealing keys: the first seals, every one opens.
    pub fn seal_keys(&self) -> &[SealKey] {
        &self.seal
    }

    pub(super) fn index_key(&self) -> &[u8; KEY_LEN] {
        &self.index
    }

    pub(super) fn audit_key(&self) -> &[u8; KEY_LEN] {
        &self.audit
    }
}

fn random_key(random: &dyn SecureRandom) -> Result<[u8; KEY_LEN], KeyFileError> {
    let mut key = [0; KEY_LEN];
    random.fill(&mut key).map_err(|_| KeyFileError::Random)?;
    Ok(key)
}

fn decode(text: &str) -> Result<[u8; KEY_LEN], KeyFileError> {
    let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| KeyFileError::KeySize)?);
    bytes.as_slice().try_into().map_err(|_| KeyFileError::KeySize)
}
