//! What the HIS handed in, when, and what became of it.

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant, optional_instant};
use super::{StoreError, Tx};
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "delivery";
pub(super) const FINDINGS: &str = "delivery.findings";

/// A product of a supplier, as it names itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Product {
    /// Its name.
    pub system: String,
    /// Its version.
    pub version: String,
}

/// A delivery that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id, a UUID chosen by the HIS.
    pub batch: String,
    /// Its number within the practice.
    pub seq: i64,
    /// The delivery before it.
    pub prev: Option<String>,
    /// `full`, `patient` or `delta`.
    pub kind: String,
    /// Hash of its content.
    pub content_hash: [u8; 32],
    /// When it came in.
    pub received_at: Timestamp,
    /// What made it; `None` of a delivery that came before this was kept.
    pub source: Option<Product>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Being taken in; after a crash it is taken in again, unchanged records cost nothing.
    Running,
    /// Waits for a person, because too much would go.
    Held,
    /// Taken; single records may have been refused.
    Accepted,
    /// Refused as a whole.
    Rejected,
}

impl DeliveryState {
    /// As the database stores it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Held => "held",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    fn find(text: &str) -> Option<Self> {
        [Self::Running, Self::Held, Self::Accepted, Self::Rejected].into_iter().find(|state| state.as_str() == text)
    }
}

/// That a person let a held delivery through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetThrough {
    /// When.
    pub at: Timestamp,
    /// The employee's id.
    pub by: String,
}

/// A delivery without its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What it said of itself.
    pub new: NewDelivery,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it was decided.
    pub finished_at: Option<Timestamp>,
    /// Counts as JSON: records by outcome and type, nothing personal.
    pub counts: String,
    /// Somebody let it through while it was held: exactly this content may shrink the practice.
    pub let_through: Option<LetThrough>,
}

impl Delivery {
    /// Is it held, and would its content still be taken after the delivery with this number, the last one that was?
    pub fn waits_after(&self, last: Option<i64>) -> bool {
        self.state == DeliveryState::Held && last.is_none_or(|last| self.new.seq > last)
    }
}

/// What [`begin`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new and now runs.
    Now,
    /// This batch came before.
    Before(Box<Delivery>),
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<'a> {
    /// Where it stands from now on.
    pub state: DeliveryState,
    /// When.
    pub at: Timestamp,
    /// Counts as JSON, nothing personal.
    pub counts: &'a str,
    /// The findings, NDJSON; sealed, because they name records of the HIS.
    pub findings: &'a [u8],
}

/// Begins a delivery; of two that come with the same batch id, exactly one is [`Begun::Now`].
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn begin(tx: &mut Tx<'_>, scope: &PracticeScope, new: &NewDelivery) -> Result<Begun, StoreError> {
    const SQL: &str = "
        INSERT INTO delivery (
            practice_id, batch, seq, prev, kind, content_hash, state, received_at, counts, system, system_version)
        VALUES ($1, $2, $3, $4, $5, $6, 'running', $7, '{}', $8, $9)
        ON CONFLICT (practice_id, batch) DO NOTHING";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(new.batch.as_str())
        .bind(new.seq)
        .bind(new.prev.clone())
        .bind(new.kind.as_str())
        .bind(new.content_hash.as_slice())
        .bind(new.received_at.millis())
        .bind(new.source.as_ref().map(|source| source.system.clone()))
        .bind(new.source.as_ref().map(|source| source.version.clone()))
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 1 {
        return Ok(Begun::Now);
    }
    let before = find(tx, scope, &new.batch).await?;
    before.map(|delivery| Begun::Before(Box::new(delivery))).ok_or_else(|| StoreError::corrupt(TABLE, &new.batch))
}

/// Lets a delivery that was held, refused, or cut off by a crash, run (again). `false` when it was taken or is unknown.
///
/// A held or refused delivery may come again under the same id with other content: nothing of it was ever taken. That it was
/// let through holds for the content that was looked at, and not for another.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn resume(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    batch: &str,
    content_hash: &[u8; 32],
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE delivery
           SET state = 'running',
               finished_at = NULL,
               content_hash = $3,
               let_through_at = CASE WHEN content_hash = $3 THEN let_through_at END,
               let_through_by = CASE WHEN content_hash = $3 THEN let_through_by END
         WHERE practice_id = $1 AND batch = $2 AND state IN ('running', 'held', 'rejected')";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(batch)
        .bind(content_hash.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a running delivery. `false` when it does not run.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn finish(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    batch: &str,
    ending: &Ending<'_>,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE delivery
           SET state = $3, finished_at = $4, counts = $5, findings = $6
         WHERE practice_id = $1 AND batch = $2 AND state = 'running'";
    let findings = sealer.seal(&context(scope, batch), ending.findings).map_err(StoreError::Sealing)?;
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(batch)
        .bind(ending.state.as_str())
        .bind(ending.at.millis())
        .bind(ending.counts)
        .bind(findings)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a held delivery with this content through. `false` when there is none, or it was let through before.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn let_through(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    (batch, content_hash): (&str, &[u8; 32]),
    by: &LetThrough,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE delivery
           SET let_through_at = $4, let_through_by = $5
         WHERE practice_id = $1 AND batch = $2 AND content_hash = $3
           AND state = 'held' AND let_through_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(batch)
        .bind(content_hash.as_slice())
        .bind(by.at.millis())
        .bind(by.by.as_str())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// One delivery.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn find(tx: &mut Tx<'_>, scope: &PracticeScope, batch: &str) -> Result<Option<Delivery>, StoreError> {
    const SQL: &str = "
        SELECT batch, seq, prev, kind, content_hash, state, received_at, finished_at, counts, system, system_version,
               let_through_at, let_through_by
          FROM delivery
         WHERE practice_id = $1 AND batch = $2";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(batch).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read).transpose()
}

/// The findings of a delivery, NDJSON; `None` when it is unknown or not ended.
///
/// # Errors
/// [`StoreError`] when the database fails or they cannot be opened.
pub async fn find_findings(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    batch: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "
        SELECT findings
          FROM delivery
         WHERE practice_id = $1 AND batch = $2 AND findings IS NOT NULL";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(batch).fetch_optional(tx.conn()).await?;
    let Some(row) = row else { return Ok(None) };
    let findings = sealer.open(&context(scope, batch), row.try_get(0)?);
    findings.map(Some).map_err(|reason| StoreError::sealed(TABLE, batch, reason))
}

/// The latest deliveries of a practice, newest first, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn latest(tx: &mut Tx<'_>, scope: &PracticeScope, most: u32) -> Result<Vec<Delivery>, StoreError> {
    const SQL: &str = "
        SELECT batch, seq, prev, kind, content_hash, state, received_at, finished_at, counts, system, system_version,
               let_through_at, let_through_by
          FROM delivery
         WHERE practice_id = $1
         ORDER BY received_at DESC, batch
         LIMIT $2";
    let rows =
        sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(read).collect()
}

/// What made the newest delivery that was taken, of every practice of which this is known.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn sources(tx: &mut Tx<'_>) -> Result<HashMap<PracticeId, Product>, StoreError> {
    const SQL: &str = "
        SELECT d.practice_id, d.system, d.system_version
          FROM delivery d
         WHERE d.state = 'accepted'
           AND d.system IS NOT NULL
           AND NOT EXISTS (SELECT 1
                             FROM delivery n
                            WHERE n.practice_id = d.practice_id
                              AND n.state = 'accepted'
                              AND n.system IS NOT NULL
                              AND (n.received_at > d.received_at
                                   OR (n.received_at = d.received_at AND n.seq > d.seq)))";
    let read = |row: &AnyRow| {
        let product = Product { system: row.try_get(1)?, version: row.try_get(2)? };
        Ok((PracticeId::from_bytes(bytes(row, 0, TABLE)?), product))
    };
    sqlx::query(SQL).fetch_all(tx.conn()).await?.iter().map(read).collect()
}

fn context(scope: &PracticeScope, batch: &str) -> Vec<u8> {
    row_context(FINDINGS, scope.practice, &[batch.as_bytes()])
}

fn read(row: &AnyRow) -> Result<Delivery, StoreError> {
    let batch: String = row.try_get(0)?;
    let state = DeliveryState::find(row.try_get(5)?).ok_or_else(|| StoreError::corrupt(TABLE, &batch))?;
    let new = NewDelivery {
        batch,
        seq: row.try_get(1)?,
        prev: row.try_get(2)?,
        kind: row.try_get(3)?,
        content_hash: bytes(row, 4, TABLE)?,
        received_at: instant(row, 6)?,
        source: read_source(row.try_get(9)?, row.try_get(10)?),
    };
    let let_through = read_let_through(optional_instant(row, 11)?, row.try_get(12)?);
    Ok(Delivery { new, state, finished_at: optional_instant(row, 7)?, counts: row.try_get(8)?, let_through })
}

fn read_let_through(at: Option<Timestamp>, by: Option<String>) -> Option<LetThrough> {
    Some(LetThrough { at: at?, by: by? })
}

fn read_source(system: Option<String>, version: Option<String>) -> Option<Product> {
    Some(Product { system: system?, version: version? })
}
