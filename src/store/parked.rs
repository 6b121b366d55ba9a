//! Records of a delta that refer to something not yet delivered: they wait a day (his-source-data §4.1).

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::rows::{bytes, groups, instant, last_of_each, list, lists, placeholders};
use super::{StoreError, Tx};
use crate::domain::ids::{PracticeScope, RecordKey};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "parked";
pub(super) const BODY: &str = "parked.body";
const COLUMNS: usize = 6;

/// A record that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Its key.
    pub key: RecordKey,
    /// The delivery it came with.
    pub batch: String,
    /// Its line in that delivery.
    pub line_no: u64,
    /// The line.
    pub body: Vec<u8>,
    /// Since when it waits.
    pub parked_at: Timestamp,
}

/// Parks records; one that waits already is replaced, of two with the same key the last counts.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put_many(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    records: &[Parked],
) -> Result<(), StoreError> {
    let records = last_of_each(records, |record| record.key);
    for group in groups(&records, COLUMNS) {
        let sql = format!(
            "INSERT INTO parked (practice_id, key, batch, line_no, body, parked_at)
             VALUES {}
             ON CONFLICT (practice_id, key) DO UPDATE
                SET batch = excluded.batch, line_no = excluded.line_no, body = excluded.body,
                    parked_at = excluded.parked_at",
            placeholders(group.len(), COLUMNS)
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for record in group {
            let sealed = sealer.seal(&context(scope, record.key), &record.body).map_err(StoreError::Sealing)?;
            query = query
                .bind(scope.practice.as_bytes().as_slice())
                .bind(record.key.as_bytes().as_slice())
                .bind(record.batch.as_str())
                .bind(i64::try_from(record.line_no).unwrap_or(i64::MAX))
                .bind(sealed)
                .bind(record.parked_at.millis());
        }
        query.execute(tx.conn()).await?;
    }
    Ok(())
}

/// Every waiting record of a practice, the longest waiting first.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn all(tx: &mut Tx<'_>, sealer: &Sealer, scope: &PracticeScope) -> Result<Vec<Parked>, StoreError> {
    const SQL: &str = "
        SELECT key, batch, line_no, body, parked_at
          FROM parked
         WHERE practice_id = $1
         ORDER BY parked_at, key";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer, scope)).collect()
}

/// Lets records go: taken up, or given up.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_many(tx: &mut Tx<'_>, scope: &PracticeScope, keys: &[RecordKey]) -> Result<(), StoreError> {
    for group in lists(keys) {
        let sql = format!("DELETE FROM parked WHERE practice_id = $1 AND key IN ({})", list(1, group.len()));
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

fn read(row: &AnyRow, sealer: &Sealer, scope: &PracticeScope) -> Result<Parked, StoreError> {
    let key = RecordKey::from_bytes(bytes(row, 0, TABLE)?);
    let line_no: i64 = row.try_get(2)?;
    Ok(Parked {
        key,
        batch: row.try_get(1)?,
        line_no: u64::try_from(line_no).map_err(|_| StoreError::corrupt(TABLE, key))?,
        body: sealer
            .open(&context(scope, key), row.try_get(3)?)
            .map_err(|reason| StoreError::sealed(TABLE, key, reason))?,
        parked_at: instant(row, 4)?,
    })
}
