//! How often PGOs were let in to collect, counted from the trail: each token handed out is one retrieval.
//!
//! Counts only. The kind, instant and patient of an event stand beside its sealed body, in an index of their own for these events,
//! so nothing is opened however many patients there are; and the trail keeps them as long as it keeps anything.

use sqlx::Row as _;

use super::Period;
use crate::domain::ids::PracticeScope;
use crate::store::{StoreError, Tx};

/// What was collected in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retrievals {
    /// How often a PGO was let in.
    pub count: u64,
    /// For how many patients.
    pub patients: u64,
}

/// What was collected from a practice in a period.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn retrievals(tx: &mut Tx<'_>, scope: &PracticeScope, period: Period) -> Result<Retrievals, StoreError> {
    // The kind stands in the text: the index is for this kind alone.
    const SQL: &str = "
        SELECT COUNT(*), COUNT(DISTINCT patient_id)
          FROM audit_event
         WHERE practice_id = $1 AND kind = 'send_token_response' AND at >= $2 AND at < $3";
    let row = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(period.from.millis())
        .bind(period.until.millis())
        .fetch_one(tx.conn())
        .await?;
    let count = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Retrievals { count: count(0)?, patients: count(1)? })
}
