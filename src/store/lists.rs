//! The MedMij lists as last fetched and found good (medmij-authorization §6.1): one node stores them, all read them.
//!
//! Which list may replace which is decided by `lists`; the statement here only sees to it that of two nodes that fetched at the
//! same time the newer list stays.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::instant;
use super::{StoreError, Tx};
use crate::domain::time::Timestamp;
use crate::medmij::{ListKind, ListVersion};

const TABLE: &str = "medmij_list";

/// A list without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredList {
    /// Which list.
    pub kind: ListKind,
    /// Its version.
    pub version: ListVersion,
    /// When it was last fetched and found good, also if nothing had changed.
    pub good_at: Timestamp,
}

/// Stores a list unless a later one is there; `false` when one is.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn put(
    tx: &mut Tx<'_>,
    kind: ListKind,
    version: &ListVersion,
    text: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO medmij_list (kind, number, made_at, text, good_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (kind) DO UPDATE
           SET number = excluded.number, made_at = excluded.made_at, text = excluded.text, good_at = excluded.good_at
         WHERE medmij_list.number < excluded.number";
    let done = sqlx::query(SQL)
        .bind(kind.code())
        .bind(number(version, kind)?)
        .bind(version.made_at.millis())
        .bind(text)
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The list with this version was fetched again and is still the newest. `false` when it is not the one that is stored.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn confirm(
    tx: &mut Tx<'_>,
    kind: ListKind,
    version: &ListVersion,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE medmij_list
           SET good_at = $3
         WHERE kind = $1 AND number = $2 AND good_at <= $3";
    let done =
        sqlx::query(SQL).bind(kind.code()).bind(number(version, kind)?).bind(at.millis()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Every list that is stored, without the texts.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<StoredList>, StoreError> {
    const SQL: &str = "SELECT kind, number, made_at, good_at FROM medmij_list ORDER BY kind";
    let rows = sqlx::query(SQL).fetch_all(tx.conn()).await?;
    rows.iter().map(read).collect()
}

/// The text of one list.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn text(tx: &mut Tx<'_>, kind: ListKind) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT text FROM medmij_list WHERE kind = $1";
    let row = sqlx::query(SQL).bind(kind.code()).fetch_optional(tx.conn()).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

fn number(version: &ListVersion, kind: ListKind) -> Result<i64, StoreError> {
    i64::try_from(version.number).map_err(|_| StoreError::corrupt(TABLE, kind.code()))
}

fn read(row: &AnyRow) -> Result<StoredList, StoreError> {
    let code: &str = row.try_get(0)?;
    let corrupt = || StoreError::corrupt(TABLE, code);
    let kind = ListKind::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(corrupt)?;
    let number: i64 = row.try_get(1)?;
    let number = u64::try_from(number).map_err(|_| corrupt())?;
    let version = ListVersion { number, made_at: instant(row, 2)? };
    Ok(StoredList { kind, version, good_at: instant(row, 3)? })
}
