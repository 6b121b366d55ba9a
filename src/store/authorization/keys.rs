//! Keys of the rows: random, one type per table.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use uuid::Uuid;

use crate::store::StoreError;

/// What a key names.
pub mod of {
    /// A grant.
    #[derive(Debug)]
    pub enum Grant {}
    /// A consent.
    #[derive(Debug)]
    pub enum Consent {}
    /// A token family.
    #[derive(Debug)]
    pub enum Family {}
}

/// A random key of 16 bytes; the type says of which table.
pub struct Key<T>(Uuid, PhantomData<fn() -> T>);

/// Key of a grant.
pub type GrantId = Key<of::Grant>;
/// Key of a consent; stands in the consent overview.
pub type ConsentId = Key<of::Consent>;
/// Key of a token family: everything that came from one code.
pub type FamilyId = Key<of::Family>;

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key")]
pub struct InvalidKey;

impl<T> Key<T> {
    /// The key made of these random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid(), PhantomData)
    }

    /// The 16 bytes, as rows store them.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The key a row holds.
    pub(super) fn from_row(bytes: &[u8], table: &'static str) -> Result<Self, StoreError> {
        let key = Uuid::from_slice(bytes).map_err(|_| StoreError::corrupt(table, "(key column)"))?;
        Ok(Self(key, PhantomData))
    }
}

impl<T> FromStr for Key<T> {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        Uuid::try_parse(text).map(|key| Self(key, PhantomData)).map_err(|_| InvalidKey)
    }
}

impl<T> fmt::Display for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> PartialEq for Key<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Key<T> {}
