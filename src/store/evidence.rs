//! Files that prove what a practice arranged before it began, one for each step of the onboarding. Sealed.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant};
use super::{StoreError, Tx};
use crate::domain::evidence::{Evidence, EvidenceKind};
use crate::domain::ids::PracticeScope;
use crate::domain::onboarding::Step;
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context, sha256};

const TABLE: &str = "onboarding_file";
pub(super) const BODY: &str = "onboarding_file.body";

/// What is known of a file without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its length in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
    /// When it was stored.
    pub at: Timestamp,
    /// By whom: an employee's id.
    pub by: String,
}

/// Stores the file of a step, in place of an earlier one.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    (step, file): (Step, &Evidence),
    (at, by): (Timestamp, &str),
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO onboarding_file (practice_id, step, media, size, sha256, at, by_, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (practice_id, step) DO UPDATE
           SET media = excluded.media, size = excluded.size, sha256 = excluded.sha256, at = excluded.at,
               by_ = excluded.by_, body = excluded.body";
    let size = i64::try_from(file.bytes().len()).map_err(|_| StoreError::corrupt(TABLE, step.as_str()))?;
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(step.as_str())
        .bind(file.kind().extension())
        .bind(size)
        .bind(sha256(file.bytes()).as_slice())
        .bind(at.millis())
        .bind(by)
        .bind(sealer.seal(&context(scope, step), file.bytes()).map_err(StoreError::Sealing)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What is kept for each step that has a file.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn list(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<BTreeMap<Step, Kept>, StoreError> {
    const SQL: &str = "SELECT step, media, size, sha256, at, by_ FROM onboarding_file WHERE practice_id = $1";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    rows.iter().map(read).collect()
}

/// The file of a step.
///
/// # Errors
/// [`StoreError`] when the database fails, or the file cannot be opened.
pub async fn find(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    step: Step,
) -> Result<Option<Evidence>, StoreError> {
    const SQL: &str = "SELECT body FROM onboarding_file WHERE practice_id = $1 AND step = $2";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(step.as_str());
    let Some(row) = query.fetch_optional(tx.conn()).await? else { return Ok(None) };
    let plain = sealer
        .open(&context(scope, step), row.try_get(0)?)
        .map_err(|reason| StoreError::sealed(TABLE, step.as_str(), reason))?;
    Evidence::new(plain).map(Some).map_err(|_| StoreError::corrupt(TABLE, step.as_str()))
}

/// Removes the file of a step. `false`: there was none.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove(tx: &mut Tx<'_>, scope: &PracticeScope, step: Step) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM onboarding_file WHERE practice_id = $1 AND step = $2";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(step.as_str());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

fn context(scope: &PracticeScope, step: Step) -> Vec<u8> {
    row_context(BODY, scope.practice, &[step.as_str().as_bytes()])
}

fn read(row: &AnyRow) -> Result<(Step, Kept), StoreError> {
    let name: &str = row.try_get(0)?;
    let corrupt = || StoreError::corrupt(TABLE, name);
    let kept = Kept {
        kind: EvidenceKind::find(row.try_get(1)?).ok_or_else(corrupt)?,
        size: row.try_get(2)?,
        sha256: bytes(row, 3, TABLE)?,
        at: instant(row, 4)?,
        by: row.try_get(5)?,
    };
    Ok((Step::find(name).ok_or_else(corrupt)?, kept))
}
