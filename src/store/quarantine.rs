//! Records that were not taken, each with the finding that says why, until a delivery brings them in good order.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::rows::{bytes, groups, instant, last_of_each, lists, optional_bytes, placeholders};
use super::{StoreError, Tx};
use crate::domain::dossier::RecordType;
use crate::domain::ids::{PatientId, PracticeScope, RecordKey};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "quarantine";
pub(super) const BODY: &str = "quarantine.body";
const COLUMNS: usize = 8;

/// A record that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its key.
    pub key: RecordKey,
    /// Whose it is; `None` of the practice itself.
    pub patient: Option<PatientId>,
    /// Its type.
    pub t: RecordType,
    /// Code of what is wrong with it.
    pub code: String,
    /// The delivery that brought it last.
    pub batch: String,
    /// Since when it is not taken.
    pub at: Timestamp,
    /// The finding, a line of the report.
    pub body: Vec<u8>,
}

/// Puts records on the list. One that stands there gets the newer finding and keeps its instant; of two with the same key
/// the last counts.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put_many(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    records: &[Quarantined],
) -> Result<(), StoreError> {
    let records = last_of_each(records, |record| record.key);
    for group in groups(&records, COLUMNS) {
        let sql = format!(
            "INSERT INTO quarantine (practice_id, key, patient_id, t, code, batch, at, body)
             VALUES {}
             ON CONFLICT (practice_id, key) DO UPDATE
                SET patient_id = excluded.patient_id, code = excluded.code, batch = excluded.batch,
                    body = excluded.body",
            placeholders(group.len(), COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for record in group {
            let sealed = sealer.seal(&context(scope, record.key), &record.body).map_err(StoreError::Sealing)?;
            query = query
                .bind(scope.practice.as_bytes().as_slice())
                .bind(record.key.as_bytes().as_slice())
                .bind(record.patient.map(|patient| patient.as_bytes().to_vec()))
                .bind(record.t.as_str())
                .bind(record.code.as_str())
                .bind(record.batch.as_str())
                .bind(record.at.millis())
                .bind(sealed);
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

/// The records on the list of a practice, the longest there first, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn list(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    most: u32,
) -> Result<Vec<Quarantined>, StoreError> {
    const SQL: &str = "
        SELECT key, patient_id, t, code, batch, at, body
          FROM quarantine
         WHERE practice_id = $1
         ORDER BY at, key
         LIMIT $2";
    let rows =
        sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer, scope)).collect()
}

/// How many records stand on the list of a practice.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn count(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<u64, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*)
          FROM quarantine
         WHERE practice_id = $1";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_one(tx.conn()).await?;
    let count: i64 = row.try_get(0)?;
    Ok(count.unsigned_abs())
}

/// Takes records off the list; keys that do not stand there change nothing.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_many(tx: &mut Tx<'_>, scope: &PracticeScope, keys: &[RecordKey]) -> Result<(), StoreError> {
    for group in lists(keys) {
        let keys = super::rows::list(1, group.len());
        let sql = format!("DELETE FROM quarantine WHERE practice_id = $1 AND key IN ({keys})");
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(scope.practice.as_bytes().as_slice());
        for key in group {
            query = query.bind(key.as_bytes().as_slice());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

fn context(scope: &PracticeScope, key: RecordKey) -> Vec<u8> {
    row_context(BODY, scope.practice, &[key.as_bytes()])
}

fn read(row: &AnyRow, sealer: &Sealer, scope: &PracticeScope) -> Result<Quarantined, StoreError> {
    let key = RecordKey::from_bytes(bytes(row, 0, TABLE)?);
    Ok(Quarantined {
        key,
        patient: optional_bytes(row, 1, TABLE)?.map(PatientId::from_bytes),
        t: RecordType::find(row.try_get(2)?).ok_or_else(|| StoreError::corrupt(TABLE, key))?,
        code: row.try_get(3)?,
        batch: row.try_get(4)?,
        at: instant(row, 5)?,
        body: sealer
            .open(&context(scope, key), row.try_get(6)?)
            .map_err(|reason| StoreError::sealed(TABLE, key, reason))?,
    })
}
