//! The practices of this installation, and where their deliveries stand.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, optional_bytes};
use super::{StoreError, Tx};
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::time::Timestamp;

const TABLE: &str = "practice";

/// A practice to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPractice {
    /// Its id: 16 random bytes.
    pub id: PracticeId,
    /// Its name on the Zorgaanbiederslijst, such as `huisartsdelinde@medmij`; unique.
    pub medmij_name: String,
    /// Its UZI register number; unique, and what deliveries name.
    pub ura: String,
    /// Its AGB code.
    pub agb: Option<String>,
    /// What people call it.
    pub display_name: String,
}

/// A practice as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeEntry {
    /// Its id.
    pub id: PracticeId,
    /// Its name on the Zorgaanbiederslijst.
    pub medmij_name: String,
    /// Its UZI register number.
    pub ura: String,
    /// Its AGB code.
    pub agb: Option<String>,
    /// What people call it.
    pub display_name: String,
    /// Its contract runs; when not, nothing of it is served (G0).
    pub active: bool,
    /// The last delivery that was taken; `None` before the first.
    pub last: Option<LastBatch>,
}

impl PracticeEntry {
    /// The scope of everything it owns.
    pub fn scope(&self) -> PracticeScope {
        PracticeScope { practice: self.id }
    }

    /// The number of the last delivery that was taken; `None` before the first.
    pub fn last_seq(&self) -> Option<i64> {
        self.last.as_ref().map(|last| last.seq)
    }
}

/// The last delivery that was taken (his-source-data §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBatch {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub batch: String,
    /// Hash of its content: the same number with another content is refused.
    pub content_hash: [u8; 32],
}

/// Adds a practice, active and without deliveries.
///
/// # Errors
/// [`StoreError::Taken`] when its MedMij name or URA is in use.
pub async fn add(tx: &mut Tx<'_>, practice: &NewPractice, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO practice (id, medmij_name, ura, agb, display_name, active, added_at)
        VALUES ($1, $2, $3, $4, $5, 1, $6)";
    sqlx::query(SQL)
        .bind(practice.id.as_bytes().as_slice())
        .bind(practice.medmij_name.as_str())
        .bind(practice.ura.as_str())
        .bind(practice.agb.clone())
        .bind(practice.display_name.as_str())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The practice with this id.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn find(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Option<PracticeEntry>, StoreError> {
    const SQL: &str = "
        SELECT id, medmij_name, ura, agb, display_name, active, seq, last_batch, last_batch_hash
          FROM practice
         WHERE id = $1";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read).transpose()
}

/// The practice with this name on the Zorgaanbiederslijst, also when it is not active.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn find_by_name(tx: &mut Tx<'_>, medmij_name: &str) -> Result<Option<PracticeEntry>, StoreError> {
    const SQL: &str = "
        SELECT id, medmij_name, ura, agb, display_name, active, seq, last_batch, last_batch_hash
          FROM practice
         WHERE medmij_name = $1";
    let row = sqlx::query(SQL).bind(medmij_name).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read).transpose()
}

/// The practice with this UZI register number, also when it is not active.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn find_by_ura(tx: &mut Tx<'_>, ura: &str) -> Result<Option<PracticeEntry>, StoreError> {
    const SQL: &str = "
        SELECT id, medmij_name, ura, agb, display_name, active, seq, last_batch, last_batch_hash
          FROM practice
         WHERE ura = $1";
    let row = sqlx::query(SQL).bind(ura).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read).transpose()
}

/// Every practice, by MedMij name.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn list(tx: &mut Tx<'_>) -> Result<Vec<PracticeEntry>, StoreError> {
    const SQL: &str = "
        SELECT id, medmij_name, ura, agb, display_name, active, seq, last_batch, last_batch_hash
          FROM practice
         ORDER BY medmij_name";
    sqlx::query(SQL).fetch_all(tx.conn()).await?.iter().map(read).collect()
}

/// Whether a practice's contract runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// Its data may be served.
    Active,
    /// Nothing of it is served.
    Ended,
}

/// Starts or ends a practice's contract; its data stay. `false` when there is no such practice.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set_active(tx: &mut Tx<'_>, scope: &PracticeScope, contract: Contract) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE practice SET active = $2 WHERE id = $1";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(i64::from(contract == Contract::Active))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes what people call a practice, and its AGB code.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn describe(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    display_name: &str,
    agb: Option<&str>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE practice SET display_name = $2, agb = $3 WHERE id = $1";
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(display_name)
        .bind(agb.map(str::to_owned))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Records that a delivery was taken, if `expected` still is the last number.
///
/// `false` when another delivery came first: of two that follow the same one, exactly one wins.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn advance_seq(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    expected: Option<i64>,
    last: &LastBatch,
) -> Result<bool, StoreError> {
    // A null number compares as -1, which no delivery has.
    const SQL: &str = "
        UPDATE practice
           SET seq = $3, last_batch = $4, last_batch_hash = $5
         WHERE id = $1 AND COALESCE(seq, -1) = $2";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(expected.unwrap_or(-1))
        .bind(last.seq)
        .bind(last.batch.as_str())
        .bind(last.content_hash.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<PracticeEntry, StoreError> {
    let id = PracticeId::from_bytes(bytes(row, 0, TABLE)?);
    let (seq, batch, hash): (Option<i64>, Option<String>, _) =
        (row.try_get(6)?, row.try_get(7)?, optional_bytes(row, 8, TABLE)?);
    let last = match (seq, batch, hash) {
        (None, None, None) => None,
        (Some(seq), Some(batch), Some(content_hash)) => Some(LastBatch { seq, batch, content_hash }),
        _ => return Err(StoreError::corrupt(TABLE, id)),
    };
    let active: i64 = row.try_get(5)?;
    Ok(PracticeEntry {
        id,
        medmij_name: row.try_get(1)?,
        ura: row.try_get(2)?,
        agb: row.try_get(3)?,
        display_name: row.try_get(4)?,
        active: active == 1,
        last,
    })
}
