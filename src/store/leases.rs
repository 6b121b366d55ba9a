//! Leases: which node does a task that one does for all. A lease that is not renewed lapses by itself.

use super::{StoreError, Tx};
use crate::domain::time::Timestamp;

/// Takes or renews a lease until an instant; `false` when another holder has it.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn take(
    tx: &mut Tx<'_>,
    name: &str,
    holder: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO lease (name, holder, until)
        VALUES ($1, $2, $4)
        ON CONFLICT (name) DO UPDATE
           SET holder = excluded.holder, until = excluded.until
         WHERE lease.holder = excluded.holder OR lease.until <= $3";
    let done =
        sqlx::query(SQL).bind(name).bind(holder).bind(now.millis()).bind(until.millis()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}
