//! Ids of patients, records and resources: keyed hashes, stable within a practice and meaningless outside it.

use aws_lc_rs::hmac;

use crate::domain::dossier::{RecordType, SourceId};
use crate::domain::ids::{PatientId, RecordKey, ResourceId};

/// Turns a practice's own ids into ours (his-to-fhir-mapping §2); cheap to clone and to keep.
///
/// Each id is the first 128 bits of an HMAC-SHA-256: without the index key nobody can tell which HIS id it
/// stands for, nor whether two practices hold the same person.
#[derive(Clone)]
pub struct IdHasher(hmac::Key);

impl IdHasher {
    pub(super) fn new(key: hmac::Key) -> Self {
        Self(key)
    }

    /// The patient whom the HIS calls `id`.
    pub fn patient_id(&self, id: &SourceId) -> PatientId {
        PatientId::from_bytes(self.short(&[b"patient", id.as_str().as_bytes()]))
    }

    /// The record of this type that the HIS calls `id`.
    pub fn record_key(&self, t: RecordType, id: &SourceId) -> RecordKey {
        RecordKey::from_bytes(self.short(&[b"record", t.as_str().as_bytes(), id.as_str().as_bytes()]))
    }

    /// The resource that `purpose` (such as `EpisodeOfCare`) makes of the HIS's `key`.
    pub fn resource_id(&self, purpose: &str, key: &str) -> ResourceId {
        ResourceId::from_bytes(self.short(&[b"resource", purpose.as_bytes(), key.as_bytes()]))
    }

    fn short(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut id = [0; 16];
        id.copy_from_slice(&super::mac(&self.0, parts)[..16]);
        id
    }
}
