//! The one row about the installation itself.

use super::rows::bytes;
use super::{StoreError, Tx};

/// The mark of the key file that this database was begun with; `None` before the first start.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn key_mark(tx: &mut Tx<'_>) -> Result<Option<[u8; 32]>, StoreError> {
    let row = sqlx::query("SELECT key_mark FROM installation WHERE id = 1").fetch_optional(tx.conn()).await?;
    row.map(|row| bytes(&row, 0, "installation")).transpose()
}

/// Stores the mark, unless there is one.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn begin(tx: &mut Tx<'_>, mark: &[u8; 32]) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO installation (id, key_mark) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    sqlx::query(SQL).bind(mark.as_slice()).execute(tx.conn()).await?;
    Ok(())
}
