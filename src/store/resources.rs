//! Rendered FHIR resources, by patient, FHIR release and type; only their bodies are secret.

use std::collections::{HashMap, HashSet};

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::packing::{Packer, Unpacker};
use super::rows::{bytes, groups, instant, last_of_each, list, lists, placeholders};
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope, ResourceId};
use crate::domain::time::Timestamp;
use crate::fhir::{FhirRelease, ResourceType};
use crate::seal::{Sealer, row_context, sha256};

const TABLE: &str = "resource";
pub(super) const BODY: &str = "resource.body";
const COLUMNS: usize = 10;

/// A resource as it should be from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired<'a> {
    /// FHIR type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Version of the source record, as `meta.versionId` says.
    pub version: u64,
    /// The rendered JSON, packed.
    pub body: &'a Packed,
}

/// A body as it is stored, with the hash of what it was: equal means unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    bytes: Vec<u8>,
    hash: [u8; 32],
}

/// Packs bodies before a transaction begins, so that the writer's turn is short.
pub struct Packing(Packer);

impl Packing {
    /// Ready to pack.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the dictionary cannot be used.
    pub fn new() -> Result<Self, StoreError> {
        Packer::new().map(Self).map_err(|_| StoreError::corrupt(TABLE, "(dictionary)"))
    }

    /// Packs one body.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the compressor fails.
    pub fn pack(&mut self, body: &[u8]) -> Result<Packed, StoreError> {
        let bytes = self.0.pack(body).map_err(|_| StoreError::corrupt(TABLE, "(body)"))?;
        Ok(Packed { bytes, hash: sha256(body) })
    }
}

/// All resources a mapper made of one patient for one FHIR release.
#[derive(Debug, Clone, Copy)]
pub struct Rendering<'a> {
    /// The FHIR release.
    pub release: FhirRelease,
    /// Version of the mapper.
    pub mapper_version: i64,
    /// The resources; of two with the same type and id the last counts.
    pub resources: &'a [Desired<'a>],
}

/// What [`replace`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replaced {
    /// New resources.
    pub added: usize,
    /// Resources with another body.
    pub changed: usize,
    /// Resources that are no more.
    pub removed: usize,
    /// Resources left alone.
    pub unchanged: usize,
}

/// A resource without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceEntry {
    /// FHIR type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Version of the source record.
    pub version: u64,
    /// Version of the mapper that rendered it.
    pub mapper_version: i64,
    /// Hash of the body.
    pub hash: [u8; 32],
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// Makes a patient's resources equal to `rendering`: writes what changed, removes what is gone.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails, or a row is corrupt.
pub async fn replace(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    rendering: &Rendering<'_>,
    at: Timestamp,
) -> Result<Replaced, StoreError> {
    let known = entries(tx, who, rendering.release).await?;
    let desired = last_of_each(rendering.resources, |resource| (resource.kind, resource.id));
    let known_by_id: HashMap<_, _> = known.iter().map(|entry| ((entry.kind, entry.id), entry)).collect();
    let mut done = Replaced::default();
    let mut write = Vec::new();
    for resource in &desired {
        match known_by_id.get(&(resource.kind, resource.id)) {
            None => done.added += 1,
            Some(entry) if entry.hash != resource.body.hash || entry.version != resource.version => done.changed += 1,
            Some(entry) if entry.mapper_version == rendering.mapper_version => {
                done.unchanged += 1;
                continue;
            }
            // The same body by another mapper: written so that it is not rendered again.
            Some(_) => done.unchanged += 1,
        }
        write.push(*resource);
    }
    let wanted: HashSet<_> = desired.iter().map(|resource| (resource.kind, resource.id)).collect();
    let gone: Vec<&ResourceEntry> = known.iter().filter(|entry| !wanted.contains(&(entry.kind, entry.id))).collect();
    done.removed = gone.len();
    remove(tx, who, rendering.release, &gone).await?;
    upsert(tx, sealer, who, rendering, &write, at).await?;
    Ok(done)
}

/// A resource of a patient: ids are looked up without the type, and taken with it.
pub type Key = (ResourceType, ResourceId);

/// The bodies of these resources, of any type; those the patient does not have are left out.
///
/// # Errors
/// [`StoreError`] when the database fails, or a body cannot be opened.
pub async fn bodies(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    release: FhirRelease,
    wanted: &[Key],
) -> Result<HashMap<Key, Vec<u8>>, StoreError> {
    let asked: HashSet<&Key> = wanted.iter().collect();
    let mut found = HashMap::with_capacity(wanted.len());
    let mut unpacker = Unpacker::new().map_err(|_| StoreError::corrupt(TABLE, "(dictionary)"))?;
    for group in lists(wanted) {
        let sql = format!(
            "SELECT type, id, body
               FROM resource
              WHERE practice_id = $1 AND patient_id = $2 AND fhir_release = $3 AND id IN ({})",
            list(3, group.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(who.practice.as_bytes().as_slice())
            .bind(who.patient.as_bytes().as_slice())
            .bind(release.as_str());
        for (_, id) in group {
            query = query.bind(id.as_bytes().as_slice());
        }
        for row in query.fetch_all(tx.conn()).await? {
            let id = ResourceId::from_bytes(bytes(&row, 1, TABLE)?);
            let kind = ResourceType::find(row.try_get(0)?).ok_or_else(|| StoreError::corrupt(TABLE, id))?;
            if !asked.contains(&(kind, id)) {
                continue;
            }
            let packed = sealer
                .open(&context(who, release, kind, id), row.try_get(2)?)
                .map_err(|reason| StoreError::sealed(TABLE, id, reason))?;
            found.insert((kind, id), unpacker.unpack(&packed).map_err(|_| StoreError::corrupt(TABLE, id))?);
        }
    }
    Ok(found)
}

/// Every resource of a patient in one FHIR release, by type and id, without the bodies.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn entries(
    tx: &mut Tx<'_>,
    who: &PatientRef,
    release: FhirRelease,
) -> Result<Vec<ResourceEntry>, StoreError> {
    const SQL: &str = "
        SELECT type, id, version, mapper_version, hash, updated_at
          FROM resource
         WHERE practice_id = $1 AND patient_id = $2 AND fhir_release = $3
         ORDER BY type, id";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(release.as_str())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read).collect()
}

/// Patients with a resource of another mapper than this one: to be rendered anew.
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
        SELECT DISTINCT patient_id
          FROM resource
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

/// How many resources the practice has in all releases.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn count(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<u64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM resource WHERE practice_id = $1";
    let count: i64 = sqlx::query_scalar(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_one(tx.conn()).await?;
    Ok(count.unsigned_abs())
}

/// Removes every resource of a patient, of all releases; says how many there were.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM resource WHERE practice_id = $1 AND patient_id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

async fn remove(
    tx: &mut Tx<'_>,
    who: &PatientRef,
    release: FhirRelease,
    gone: &[&ResourceEntry],
) -> Result<(), StoreError> {
    // Entries come by type and id, so each run of one type is one list.
    for of_one_type in gone.chunk_by(|one, next| one.kind == next.kind) {
        for group in lists(of_one_type) {
            let sql = format!(
                "DELETE FROM resource
                  WHERE practice_id = $1 AND patient_id = $2 AND fhir_release = $3 AND type = $4 AND id IN ({})",
                list(4, group.len())
            );
            let mut query = sqlx::query(AssertSqlSafe(sql))
                .bind(who.practice.as_bytes().as_slice())
                .bind(who.patient.as_bytes().as_slice())
                .bind(release.as_str())
                .bind(of_one_type[0].kind.as_str()); // `chunk_by` yields no empty slice
            for entry in group {
                query = query.bind(entry.id.as_bytes().as_slice());
            }
            query.execute(tx.conn()).await?;
        }
    }
    Ok(())
}

async fn upsert(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    rendering: &Rendering<'_>,
    resources: &[&Desired<'_>],
    at: Timestamp,
) -> Result<(), StoreError> {
    for group in groups(resources, COLUMNS) {
        let sql = format!(
            "INSERT INTO resource (practice_id, patient_id, fhir_release, type, id, version, mapper_version, hash,
                                   body, updated_at)
             VALUES {}
             ON CONFLICT (practice_id, patient_id, fhir_release, type, id) DO UPDATE
                SET version = excluded.version, mapper_version = excluded.mapper_version, hash = excluded.hash,
                    body = excluded.body, updated_at = excluded.updated_at",
            placeholders(group.len(), COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for resource in group {
            let context = context(who, rendering.release, resource.kind, resource.id);
            query = query
                .bind(who.practice.as_bytes().as_slice())
                .bind(who.patient.as_bytes().as_slice())
                .bind(rendering.release.as_str())
                .bind(resource.kind.as_str())
                .bind(resource.id.as_bytes().as_slice())
                .bind(i64::try_from(resource.version).unwrap_or(i64::MAX))
                .bind(rendering.mapper_version)
                .bind(resource.body.hash.as_slice())
                .bind(sealer.seal(&context, &resource.body.bytes).map_err(StoreError::Sealing)?)
                .bind(at.millis());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

fn context(who: &PatientRef, release: FhirRelease, kind: ResourceType, id: ResourceId) -> Vec<u8> {
    let row = [who.patient.as_bytes().as_slice(), release.as_str().as_bytes(), kind.as_str().as_bytes(), id.as_bytes()];
    row_context(BODY, who.practice, &row)
}

fn read(row: &AnyRow) -> Result<ResourceEntry, StoreError> {
    let id = ResourceId::from_bytes(bytes(row, 1, TABLE)?);
    let corrupt = || StoreError::corrupt(TABLE, id);
    let version: i64 = row.try_get(2)?;
    Ok(ResourceEntry {
        kind: ResourceType::find(row.try_get(0)?).ok_or_else(corrupt)?,
        id,
        version: u64::try_from(version).map_err(|_| corrupt())?,
        mapper_version: row.try_get(3)?,
        hash: bytes(row, 4, TABLE)?,
        updated_at: instant(row, 5)?,
    })
}
