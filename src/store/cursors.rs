//! How far the audit trail was told to each of those who are told of it.

use sqlx::Row as _;

use super::{StoreError, Tx};

/// The number of the last event that was received there; `None` when nothing was told yet.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn find(tx: &mut Tx<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    const SQL: &str = "SELECT seq FROM forward_cursor WHERE name = $1";
    let row = sqlx::query(SQL).bind(name).fetch_optional(tx.conn()).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Begins behind an event; does nothing when it began before.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn begin(tx: &mut Tx<'_>, name: &str, seq: i64) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO forward_cursor (name, seq) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    sqlx::query(SQL).bind(name).bind(seq).execute(tx.conn()).await?;
    Ok(())
}

/// Everything up to `to` was received; `false` when somebody else moved on from `from` meanwhile.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn advance(tx: &mut Tx<'_>, name: &str, from: i64, to: i64) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE forward_cursor SET seq = $3 WHERE name = $1 AND seq = $2";
    let done = sqlx::query(SQL).bind(name).bind(from).bind(to).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}
