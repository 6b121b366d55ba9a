//! Shelves: the rendered FHIR resources of one patient, or of a practice itself, in one FHIR release.
//!
//! A shelf is one row, read and written as a whole: a collection wants most of it, and an import swaps a patient at once
//! (docs/decisions/0007). In it each body is packed by itself, so that only what is shown is ever unpacked.

use std::collections::HashMap;
use std::ops::Range;

use sqlx::Row as _;

use super::packing::{Packer, Unpacker};
use super::rows::bytes;
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope, ResourceId};
use crate::domain::time::Timestamp;
use crate::fhir::{FhirRelease, ResourceType};
use crate::seal::{Sealer, row_context, sha256};

const TABLE: &str = "shelf";
pub(super) const BODIES: &str = "shelf.bodies";

/// A resource of a shelf: of two types the same id may occur.
pub type Key = (ResourceType, ResourceId);

/// Packs the bodies of a shelf before a transaction begins, so that the writer's turn is short.
pub struct Packing {
    packer: Packer,
    bytes: Vec<u8>,
}

/// A shelf as it is stored, with the hash of what is on it: equal means unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
    hash: [u8; 32],
}

impl Packing {
    /// An empty shelf.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the dictionary cannot be used.
    pub fn new() -> Result<Self, StoreError> {
        let packer = Packer::new().map_err(|_| StoreError::corrupt(TABLE, "(dictionary)"))?;
        Ok(Self { packer, bytes: Vec::new() })
    }

    /// Adds a resource; of two with the same key the last counts.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the compressor fails.
    pub fn add(&mut self, (kind, id): Key, body: &[u8]) -> Result<(), StoreError> {
        let packed = self.packer.pack(body).ok();
        let packed = packed.and_then(|packed| Some((u32::try_from(packed.len()).ok()?, packed)));
        let (length, packed) = packed.ok_or_else(|| StoreError::corrupt(TABLE, id))?;
        let name = kind.as_str().as_bytes();
        let name_length = u8::try_from(name.len()).map_err(|_| StoreError::corrupt(TABLE, id))?;
        self.bytes.push(name_length);
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(id.as_bytes());
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(&packed);
        Ok(())
    }

    /// Everything that was added.
    pub fn finish(self) -> Packed {
        Packed { hash: sha256(&self.bytes), bytes: self.bytes }
    }
}

/// A shelf that was read; its bodies are still packed.
pub struct Shelf {
    bytes: Vec<u8>,
    places: HashMap<Key, Range<usize>>,
    unpacker: Unpacker,
}

impl Shelf {
    fn open(bytes: Vec<u8>) -> Option<Self> {
        let mut places = HashMap::new();
        let mut at = 0;
        while at < bytes.len() {
            let (key, body) = entry(&bytes, at)?;
            at = body.end;
            places.insert(key, body);
        }
        Some(Self { bytes, places, unpacker: Unpacker::new().ok()? })
    }

    /// What is on it, in no order.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        self.places.keys().copied()
    }

    /// The body of one resource; `None` when it is not on the shelf.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the body cannot be unpacked.
    pub fn body(&mut self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(packed) = self.places.get(key).and_then(|place| self.bytes.get(place.clone())) else {
            return Ok(None);
        };
        self.unpacker.unpack(packed).map(Some).map_err(|_| StoreError::corrupt(TABLE, key.1))
    }
}

/// One entry: length and name of the type, id, length of the body, body.
fn entry(bytes: &[u8], at: usize) -> Option<(Key, Range<usize>)> {
    let (name_length, rest) = bytes.get(at..)?.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(*name_length))?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let kind = ResourceType::find(std::str::from_utf8(name).ok()?)?;
    let start = bytes.len() - rest.len();
    let end = start.checked_add(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    (end <= bytes.len()).then_some(((kind, ResourceId::from_bytes(*id)), start..end))
}

/// Puts a shelf in place of the one before; `false` when it is the same, by the same mapper.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    (who, release): (&PatientRef, FhirRelease),
    mapper_version: i64,
    shelf: &Packed,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO shelf (practice_id, patient_id, fhir_release, mapper_version, hash, bodies, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (practice_id, patient_id, fhir_release) DO UPDATE
           SET mapper_version = excluded.mapper_version, hash = excluded.hash, bodies = excluded.bodies,
               updated_at = excluded.updated_at
         WHERE shelf.hash <> excluded.hash OR shelf.mapper_version <> excluded.mapper_version";
    let sealed = sealer.seal(&context(who, release), &shelf.bytes).map_err(StoreError::Sealing)?;
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(release.as_str())
        .bind(mapper_version)
        .bind(shelf.hash.as_slice())
        .bind(sealed)
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The shelf of a patient, or of the practice itself.
///
/// # Errors
/// [`StoreError`] when the database fails, or the shelf cannot be opened.
pub async fn find(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    release: FhirRelease,
) -> Result<Option<Shelf>, StoreError> {
    const SQL: &str = "SELECT bodies FROM shelf WHERE practice_id = $1 AND patient_id = $2 AND fhir_release = $3";
    let row = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(release.as_str())
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let bytes = sealer
        .open(&context(who, release), row.try_get(0)?)
        .map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?;
    Shelf::open(bytes).map(Some).ok_or_else(|| StoreError::corrupt(TABLE, who.patient))
}

/// Whose shelves another mapper than this one filled: to be rendered anew.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn patients_to_render(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    release: FhirRelease,
    mapper_version: i64,
) -> Result<Vec<PatientId>, StoreError> {
    const SQL: &str = "
        SELECT patient_id
          FROM shelf
         WHERE practice_id = $1 AND fhir_release = $2 AND mapper_version <> $3
         ORDER BY patient_id";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(release.as_str())
        .bind(mapper_version)
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| Ok(PatientId::from_bytes(bytes(row, 0, TABLE)?))).collect()
}

/// Removes the shelf of a patient in one release; says how many there were.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove(tx: &mut Tx<'_>, who: &PatientRef, release: FhirRelease) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM shelf WHERE practice_id = $1 AND patient_id = $2 AND fhir_release = $3";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(release.as_str())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Removes every shelf of a patient, of all releases; says how many there were.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM shelf WHERE practice_id = $1 AND patient_id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

fn context(who: &PatientRef, release: FhirRelease) -> Vec<u8> {
    row_context(BODIES, who.practice, &[who.patient.as_bytes(), release.as_str().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(number: u8) -> Key {
        let kind = if number.is_multiple_of(2) { ResourceType::Encounter } else { ResourceType::Observation };
        (kind, ResourceId::from_bytes([number; 16]))
    }

    proptest! {
        #[test]
        fn what_is_put_on_a_shelf_is_found_on_it(bodies in proptest::collection::btree_map(any::<u8>(), any::<Vec<u8>>(), 0..20)) {
            let mut packing = Packing::new().unwrap();
            for (number, body) in &bodies {
                packing.add(key(*number), body).unwrap();
            }
            let mut shelf = Shelf::open(packing.finish().bytes).unwrap();
            prop_assert_eq!(shelf.keys().count(), bodies.len());
            for (number, body) in &bodies {
                prop_assert_eq!(shelf.body(&key(*number)).unwrap(), Some(body.clone()));
            }
            prop_assert_eq!(shelf.body(&(ResourceType::Binary, ResourceId::from_bytes([1; 16]))).unwrap(), None);
        }

        #[test]
        fn damaged_bytes_are_no_shelf_or_an_error_and_never_a_panic(mut bytes: Vec<u8>, well_begun: bool) {
            if well_begun {
                let mut packing = Packing::new().unwrap();
                packing.add(key(1), b"{}").unwrap();
                bytes = [packing.finish().bytes, bytes].concat();
            }
            if let Some(mut shelf) = Shelf::open(bytes) {
                for key in shelf.keys().collect::<Vec<_>>() {
                    let _ = shelf.body(&key);
                }
            }
        }
    }
}
