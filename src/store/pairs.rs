//! Which HIS was tested with which PGO and data service, and how that ended (release-rules §13.4 row 8). Nothing personal.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::deliveries::Product;
use super::rows::{bytes, instant};
use super::{StoreError, Tx};
use crate::domain::time::Timestamp;

const TABLE: &str = "proven_pair";

/// A test of one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The HIS.
    pub product: Product,
    /// The PGO, as the OAuthclientlist names it.
    pub client_id: String,
    /// Id of the data service.
    pub service: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Scripts that passed.
    pub passed: u32,
    /// Scripts that failed.
    pub failed: u32,
    /// SHA-256 of the report.
    pub evidence: [u8; 32],
}

impl Proof {
    /// Does it prove the pair? A run in which nothing passed proves nothing.
    pub fn holds(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

/// Records a test. `false`: one of the same pair and service was recorded at this very instant.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn add(tx: &mut Tx<'_>, proof: &Proof) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO proven_pair (system, system_version, client_id, service, at, passed, failed, evidence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (system, system_version, client_id, service, at) DO NOTHING";
    let done = sqlx::query(SQL)
        .bind(proof.product.system.as_str())
        .bind(proof.product.version.as_str())
        .bind(proof.client_id.as_str())
        .bind(proof.service.as_str())
        .bind(proof.at.millis())
        .bind(i64::from(proof.passed))
        .bind(i64::from(proof.failed))
        .bind(proof.evidence.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The newest test of every pair and service, by HIS, PGO and service.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn newest(tx: &mut Tx<'_>) -> Result<Vec<Proof>, StoreError> {
    const SQL: &str = "
        SELECT system, system_version, client_id, service, at, passed, failed, evidence
          FROM proven_pair p
         WHERE at = (SELECT MAX(at)
                       FROM proven_pair n
                      WHERE n.system = p.system
                        AND n.system_version = p.system_version
                        AND n.client_id = p.client_id
                        AND n.service = p.service)
         ORDER BY system, system_version, client_id, service";
    sqlx::query(SQL).fetch_all(tx.conn()).await?.iter().map(read).collect()
}

fn read(row: &AnyRow) -> Result<Proof, StoreError> {
    let count = |column: usize| -> Result<u32, StoreError> {
        u32::try_from(row.try_get::<i64, _>(column)?).map_err(|_| StoreError::corrupt(TABLE, "(count)"))
    };
    Ok(Proof {
        product: Product { system: row.try_get(0)?, version: row.try_get(1)? },
        client_id: row.try_get(2)?,
        service: row.try_get(3)?,
        at: instant(row, 4)?,
        passed: count(5)?,
        failed: count(6)?,
        evidence: bytes(row, 7, TABLE)?,
    })
}
