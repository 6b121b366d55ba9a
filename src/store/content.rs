//! The bytes of documents, in the parts in which the HIS delivered them.

use std::collections::BTreeSet;

use sqlx::Row as _;

use super::rows::bytes;
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope};
use crate::seal::{Sealer, row_context, sha256};

const TABLE: &str = "content";
pub(super) const DATA: &str = "content.data";

/// One part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// SHA-256 of the whole document: its name.
    pub sha256: [u8; 32],
    /// Number of this part, from 1.
    pub part: u32,
    /// How many parts there are.
    pub parts: u32,
    /// The bytes of this part.
    pub data: &'a [u8],
}

/// Stores one part; parts of an earlier division into another number of parts go.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put_part(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef, part: &Part<'_>) -> Result<(), StoreError> {
    const CLEAN: &str = "
        DELETE FROM content
         WHERE practice_id = $1 AND patient_id = $2 AND sha256 = $3 AND parts <> $4";
    const SQL: &str = "
        INSERT INTO content (practice_id, patient_id, sha256, part, parts, data)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (practice_id, patient_id, sha256, part) DO UPDATE
           SET parts = excluded.parts, data = excluded.data";
    let sealed = sealer.seal(&context(who, &part.sha256, part.part), part.data).map_err(StoreError::Sealing)?;
    sqlx::query(CLEAN)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(part.sha256.as_slice())
        .bind(i64::from(part.parts))
        .execute(tx.conn())
        .await?;
    sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(part.sha256.as_slice())
        .bind(i64::from(part.part))
        .bind(i64::from(part.parts))
        .bind(sealed)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The whole document; `None` when the patient has no such document or a part is missing.
///
/// # Errors
/// [`StoreError::Corrupt`] when the bytes do not have the hash they go by; [`StoreError`] when the database
/// fails or a part cannot be opened.
pub async fn find(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    hash: &[u8; 32],
) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "
        SELECT part, parts, data
          FROM content
         WHERE practice_id = $1 AND patient_id = $2 AND sha256 = $3
         ORDER BY part";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(hash.as_slice())
        .fetch_all(tx.conn())
        .await?;
    let mut whole = Vec::new();
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    for (expected, row) in (1_u32..).zip(&rows) {
        let (part, parts): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        if part != i64::from(expected) || parts != count {
            return Ok(None);
        }
        let plain = sealer.open(&context(who, hash, expected), row.try_get(2)?);
        whole.extend_from_slice(&plain.map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?);
    }
    if rows.is_empty() {
        return Ok(None);
    }
    if sha256(&whole) != *hash {
        return Err(StoreError::corrupt(TABLE, who.patient));
    }
    Ok(Some(whole))
}

/// The bytes of a SHA-256 written in hex, as records name documents; `None` when it is not one.
pub fn hash_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(hash)
}

/// Gives the documents of one patient to another, when the HIS merged the two.
///
/// # Errors
/// [`StoreError`] when the database fails, or a part cannot be opened or sealed.
pub async fn reassign(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    from: PatientId,
    to: PatientId,
) -> Result<(), StoreError> {
    let from = PatientRef { practice: scope.practice, patient: from };
    let to = PatientRef { practice: scope.practice, patient: to };
    for hash in complete(tx, &from).await? {
        if let Some(data) = find(tx, sealer, &from, &hash).await? {
            put_part(tx, sealer, &to, &Part { sha256: hash, part: 1, parts: 1, data: &data }).await?;
        }
    }
    remove_all(tx, &from).await?;
    Ok(())
}

/// The documents of a patient of which every part is there.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn complete(tx: &mut Tx<'_>, who: &PatientRef) -> Result<BTreeSet<[u8; 32]>, StoreError> {
    const SQL: &str = "
        SELECT sha256
          FROM content
         WHERE practice_id = $1 AND patient_id = $2
         GROUP BY sha256
        HAVING COUNT(*) = MIN(parts) AND MAX(part) = MIN(parts) AND MIN(part) = 1";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| bytes(row, 0, TABLE)).collect()
}

/// Removes one document of a patient; says how many parts it had.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove(tx: &mut Tx<'_>, who: &PatientRef, hash: &[u8; 32]) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM content WHERE practice_id = $1 AND patient_id = $2 AND sha256 = $3";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(hash.as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Removes every document of a patient; says how many parts there were.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM content WHERE practice_id = $1 AND patient_id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

fn context(who: &PatientRef, hash: &[u8; 32], part: u32) -> Vec<u8> {
    row_context(DATA, who.practice, &[who.patient.as_bytes(), hash, &i64::from(part).to_be_bytes()])
}
