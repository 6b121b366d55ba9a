//! Source records as the HIS delivered them, with tombstones of those that were taken away.

use std::collections::{BTreeMap, HashMap};

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::rows::{bytes, groups, instant, last_of_each, list, lists, placeholders};
use super::{StoreError, Tx};
use crate::domain::dossier::RecordType;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope, RecordKey};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "record";
pub(super) const BODY: &str = "record.body";
const COLUMNS: usize = 9;

/// A record to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPut<'a> {
    /// Its key ([`crate::seal::IdHasher::record_key`]).
    pub key: RecordKey,
    /// Whose it is; [`PatientId::PRACTICE`] for records of the practice.
    pub patient: PatientId,
    /// Its type.
    pub t: RecordType,
    /// Its version.
    pub v: u64,
    /// Hash of its content.
    pub hash: [u8; 32],
    /// The line to keep; `None` leaves a tombstone.
    pub body: Option<&'a [u8]>,
    /// When the HIS changed it.
    pub at: Timestamp,
}

/// A record as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// Its key.
    pub key: RecordKey,
    /// Its type.
    pub t: RecordType,
    /// Its version.
    pub v: u64,
    /// Hash of its content.
    pub hash: [u8; 32],
    /// The line as kept; `None` for a tombstone.
    pub body: Option<Vec<u8>>,
    /// When the HIS changed it.
    pub at: Timestamp,
}

/// What a new delivery is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordVersion {
    /// Whose it is.
    pub patient: PatientId,
    /// Its version.
    pub v: u64,
    /// Hash of its content.
    pub hash: [u8; 32],
    /// Is it there, or taken away?
    pub presence: Presence,
}

/// Is a record there, or only the trace of it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Present,
    /// It was taken away; a higher version brings it back.
    Tombstone,
}

impl Presence {
    const fn op(self) -> &'static str {
        match self {
            Self::Present => "put",
            Self::Tombstone => "del",
        }
    }
}

/// Adds or replaces records; of two with the same key the last counts.
///
/// Which versions may replace which is decided by the import.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn upsert_many(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    records: &[RecordPut<'_>],
) -> Result<(), StoreError> {
    let records = last_of_each(records, |record| record.key);
    for group in groups(&records, COLUMNS) {
        let sql = format!(
            "INSERT INTO record (practice_id, key, patient_id, t, v, hash, op, body, at)
             VALUES {}
             ON CONFLICT (practice_id, key) DO UPDATE
                SET patient_id = excluded.patient_id, t = excluded.t, v = excluded.v, hash = excluded.hash,
                    op = excluded.op, body = excluded.body, at = excluded.at",
            placeholders(group.len(), COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for record in group {
            let context = context(scope.practice, record.patient, record.key);
            let body = record.body.map(|body| sealer.seal(&context, body)).transpose().map_err(StoreError::Sealing)?;
            let presence = if body.is_some() { Presence::Present } else { Presence::Tombstone };
            query = query
                .bind(scope.practice.as_bytes().as_slice())
                .bind(record.key.as_bytes().as_slice())
                .bind(record.patient.as_bytes().as_slice())
                .bind(record.t.as_str())
                .bind(version_to_row(record.v))
                .bind(record.hash.as_slice())
                .bind(presence.op())
                .bind(body)
                .bind(record.at.millis());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

/// Every record of a patient, tombstones too, by key.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn for_patient(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Vec<StoredRecord>, StoreError> {
    // Sorted here: told to sort by key, SQLite walks the records of the whole practice in that order.
    const SQL: &str = "
        SELECT key, t, v, hash, op, body, at
          FROM record
         WHERE practice_id = $1 AND patient_id = $2";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    let mut records = rows.iter().map(|row| read(row, sealer, who)).collect::<Result<Vec<_>, _>>()?;
    records.sort_unstable_by_key(|record| *record.key.as_bytes());
    Ok(records)
}

/// The versions of these records, of whatever patient of the practice; unknown ones are left out.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn versions_of(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    keys: &[RecordKey],
) -> Result<HashMap<RecordKey, RecordVersion>, StoreError> {
    let mut found = HashMap::with_capacity(keys.len());
    for group in lists(keys) {
        let sql = format!(
            "SELECT key, patient_id, v, hash, op FROM record WHERE practice_id = $1 AND key IN ({})",
            list(1, group.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(scope.practice.as_bytes().as_slice());
        for key in group {
            query = query.bind(key.as_bytes().as_slice());
        }
        for row in query.fetch_all(tx.conn()).await? {
            let (key, version) = read_version(&row)?;
            found.insert(key, version);
        }
    }
    Ok(found)
}

/// The versions of a patient's records.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn versions_for_patient(
    tx: &mut Tx<'_>,
    who: &PatientRef,
) -> Result<HashMap<RecordKey, RecordVersion>, StoreError> {
    const SQL: &str = "
        SELECT key, patient_id, v, hash, op
          FROM record
         WHERE practice_id = $1 AND patient_id = $2";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read_version).collect()
}

/// How many records of each type the practice has, without tombstones.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn counts(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<BTreeMap<RecordType, u64>, StoreError> {
    const SQL: &str = "
        SELECT t, COUNT(*)
          FROM record
         WHERE practice_id = $1 AND op = 'put'
         GROUP BY t";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    let mut counts = BTreeMap::new();
    for row in rows {
        let t = RecordType::find(row.try_get(0)?).ok_or_else(|| StoreError::corrupt(TABLE, "(column t)"))?;
        let count: i64 = row.try_get(1)?;
        counts.insert(t, count.unsigned_abs());
    }
    Ok(counts)
}

/// Turns every record of a patient into a tombstone (`del` of `patient` cascades, his-source-data §4.1).
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn bury(tx: &mut Tx<'_>, who: &PatientRef, at: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        UPDATE record
           SET op = 'del', body = NULL, at = $3
         WHERE practice_id = $1 AND patient_id = $2 AND op = 'put'";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Moves a patient's records to another patient of the same practice (a merge), sealed for their new owner.
///
/// Both are found in `scope`; the number of records moved is returned.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn reassign(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    from: PatientId,
    to: PatientId,
) -> Result<usize, StoreError> {
    let records = for_patient(tx, sealer, &PatientRef { practice: scope.practice, patient: from }).await?;
    let moved: Vec<RecordPut<'_>> = records
        .iter()
        .map(|record| RecordPut {
            key: record.key,
            patient: to,
            t: record.t,
            v: record.v,
            hash: record.hash,
            body: record.body.as_deref(),
            at: record.at,
        })
        .collect();
    upsert_many(tx, sealer, scope, &moved).await?;
    Ok(moved.len())
}

/// Removes records of a patient without a trace: a complete set no longer names them, and may name them again.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_many(tx: &mut Tx<'_>, who: &PatientRef, keys: &[RecordKey]) -> Result<(), StoreError> {
    for group in groups(keys, 3) {
        let sql = format!(
            "DELETE FROM record WHERE practice_id = $1 AND patient_id = $2 AND key IN ({})",
            list(2, group.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql))
            .bind(who.practice.as_bytes().as_slice())
            .bind(who.patient.as_bytes().as_slice());
        for key in group {
            query = query.bind(key.as_bytes().as_slice());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

/// The patient is part of the place: a row given to another patient does not open.
fn context(practice: PracticeId, patient: PatientId, key: RecordKey) -> Vec<u8> {
    row_context(BODY, practice, &[patient.as_bytes(), key.as_bytes()])
}

fn read(row: &AnyRow, sealer: &Sealer, who: &PatientRef) -> Result<StoredRecord, StoreError> {
    let key = RecordKey::from_bytes(bytes(row, 0, TABLE)?);
    let t = RecordType::find(row.try_get(1)?).ok_or_else(|| StoreError::corrupt(TABLE, key))?;
    let sealed: Option<&[u8]> = row.try_get(5)?;
    let present = presence(row, 4, key)? == Presence::Present;
    if present != sealed.is_some() {
        return Err(StoreError::corrupt(TABLE, key));
    }
    let body = sealed
        .map(|sealed| sealer.open(&context(who.practice, who.patient, key), sealed))
        .transpose()
        .map_err(|reason| StoreError::sealed(TABLE, key, reason))?;
    let (v, hash) = (version_from_row(row.try_get(2)?, key)?, bytes(row, 3, TABLE)?);
    Ok(StoredRecord { key, t, v, hash, body, at: instant(row, 6)? })
}

fn read_version(row: &AnyRow) -> Result<(RecordKey, RecordVersion), StoreError> {
    let key = RecordKey::from_bytes(bytes(row, 0, TABLE)?);
    let version = RecordVersion {
        patient: PatientId::from_bytes(bytes(row, 1, TABLE)?),
        v: version_from_row(row.try_get(2)?, key)?,
        hash: bytes(row, 3, TABLE)?,
        presence: presence(row, 4, key)?,
    };
    Ok((key, version))
}

fn presence(row: &AnyRow, column: usize, key: RecordKey) -> Result<Presence, StoreError> {
    let op: &str = row.try_get(column)?;
    [Presence::Present, Presence::Tombstone]
        .into_iter()
        .find(|presence| presence.op() == op)
        .ok_or_else(|| StoreError::corrupt(TABLE, key))
}

/// Versions beyond 2⁶³ do not occur: the format's reader refuses them.
fn version_to_row(v: u64) -> i64 {
    i64::try_from(v).unwrap_or(i64::MAX)
}

fn version_from_row(v: i64, key: RecordKey) -> Result<u64, StoreError> {
    u64::try_from(v).map_err(|_| StoreError::corrupt(TABLE, key))
}
