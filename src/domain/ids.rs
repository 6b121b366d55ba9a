//! Identifiers: of practices, patients and resources inside dvza, and of records as the HIS names them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Base32 of RFC 4648 in lower case: what a resource id is written in.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Text that is not an identifier of the expected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of this installation")]
pub struct InvalidId;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes, as the database stores them.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_base32(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                read_base32(text).map(Self).ok_or(InvalidId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <[u8; 16]>::deserialize(deserializer).map(Self);
                }
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

opaque_id!(
    /// A practice of this installation; random, given when the practice is added.
    PracticeId
);
opaque_id!(
    /// A patient of one practice: a keyed hash of practice and HIS id, so that it tells nothing and is stable.
    PatientId
);
opaque_id!(
    /// A rendered FHIR resource: a keyed hash of practice, purpose and HIS id (his-to-fhir-mapping §2).
    ///
    /// Written as 26 characters of base32, which fits FHIR's `id` and carries nothing of the HIS key.
    ResourceId
);
opaque_id!(
    /// A stored source record: a keyed hash of practice, record type and HIS id.
    RecordKey
);

/// Hashes an id by its first eight bytes: ids are keyed hashes already, so nobody outside can choose them.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdHash(u64);

impl std::hash::Hasher for IdHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut first = [0; 8];
        for (place, byte) in first.iter_mut().zip(bytes) {
            *place = *byte;
        }
        self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(first);
    }

    // Arrays write their length first, as a number: it is always 16 and tells nothing.
    fn write_usize(&mut self, _: usize) {}
}

/// A map whose keys are ids.
pub type IdMap<K, V> = std::collections::HashMap<K, V, std::hash::BuildHasherDefault<IdHash>>;

impl PatientId {
    /// Stands for the practice itself where a table is keyed by patient: its organisation and employees.
    pub const PRACTICE: Self = Self([0; 16]);
}

/// One practice: the first argument of every query that is not about one patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PracticeScope {
    /// The practice whose rows may be touched.
    pub practice: PracticeId,
}

/// One patient of one practice: the first argument of every query about a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PatientRef {
    /// The practice that keeps the dossier.
    pub practice: PracticeId,
    /// The patient within that practice.
    pub patient: PatientId,
}

impl PatientRef {
    /// The practice's own shelf: resources that belong to no patient.
    pub const fn practice_itself(practice: PracticeId) -> Self {
        Self { practice, patient: PatientId::PRACTICE }
    }
}

fn write_base32(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let number = u128::from_be_bytes(*bytes);
    let mut text = [0_u8; 26];
    for (i, place) in text.iter_mut().enumerate() {
        // 26 × 5 = 130 bits: the first character carries the three highest bits only.
        let shift = 125 - 5 * i;
        *place = ALPHABET[((number >> shift) & 31) as usize];
    }
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

fn read_base32(text: &str) -> Option<[u8; 16]> {
    if text.len() != 26 {
        return None;
    }
    let mut number: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&c| c == byte)? as u128;
        if i == 0 && digit > 7 {
            return None;
        }
        number = (number << 5) | digit;
    }
    Some(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn writing_and_reading_an_id_is_the_identity(bytes: [u8; 16]) {
            let id = ResourceId::from_bytes(bytes);
            let text = id.to_string();
            prop_assert_eq!(text.len(), 26);
            prop_assert_eq!(text.parse::<ResourceId>(), Ok(id));
        }

        #[test]
        fn reading_never_panics_and_accepts_only_what_it_would_write(text in ".{0,40}") {
            if let Ok(id) = text.parse::<ResourceId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
