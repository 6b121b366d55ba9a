//! What a practice decided about single records, in the order in which it did. Rows are never changed.

use std::collections::HashSet;

use sqlx::Row as _;

use super::rows::bytes;
use super::{StoreError, Tx};
use crate::domain::decision::{Decision, Decisions};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope};
use crate::seal::{Sealer, row_context};

const TABLE: &str = "decision";
pub(super) const BODY: &str = "decision.body";

/// Adds decisions about one patient, in their order.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn append(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    decisions: &[Decision],
) -> Result<(), StoreError> {
    const LAST: &str = "SELECT COALESCE(MAX(seq), 0) FROM decision WHERE practice_id = $1 AND patient_id = $2";
    const SQL: &str = "INSERT INTO decision (practice_id, patient_id, seq, at, body) VALUES ($1, $2, $3, $4, $5)";
    let last =
        sqlx::query_scalar(LAST).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    let mut seq: i64 = last.fetch_one(tx.conn()).await?;
    for decision in decisions {
        seq += 1;
        let body = serde_json::to_vec(decision).map_err(|_| StoreError::corrupt(TABLE, who.patient))?;
        let body = sealer.seal(&context(who, seq), &body).map_err(StoreError::Sealing)?;
        sqlx::query(SQL)
            .bind(who.practice.as_bytes().as_slice())
            .bind(who.patient.as_bytes().as_slice())
            .bind(seq)
            .bind(decision.at.millis())
            .bind(body)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// Every decision about a patient, the oldest first.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn history(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Vec<Decision>, StoreError> {
    const SQL: &str = "SELECT seq, body FROM decision WHERE practice_id = $1 AND patient_id = $2 ORDER BY seq";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    let mut history = Vec::with_capacity(rows.len());
    for row in &rows {
        let body = sealer
            .open(&context(who, row.try_get(0)?), row.try_get(1)?)
            .map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?;
        history.push(serde_json::from_slice(&body).map_err(|_| StoreError::corrupt(TABLE, who.patient))?);
    }
    Ok(history)
}

/// The decisions that count.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn that_count(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Decisions, StoreError> {
    Ok(Decisions::of(history(tx, sealer, who).await?))
}

/// The patients about whom anything was decided.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn patients(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<HashSet<PatientId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT patient_id FROM decision WHERE practice_id = $1";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| Ok(PatientId::from_bytes(bytes(row, 0, TABLE)?))).collect()
}

/// Moves the decisions about a patient who is merged away behind those about the one who remains.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn reassign(tx: &mut Tx<'_>, sealer: &Sealer, from: &PatientRef, to: &PatientRef) -> Result<(), StoreError> {
    let moved = history(tx, sealer, from).await?;
    append(tx, sealer, to, &moved).await?;
    remove_all(tx, from).await
}

/// Forgets everything that was decided about a patient, with the dossier itself.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM decision WHERE practice_id = $1 AND patient_id = $2";
    let delete = sqlx::query(SQL).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    delete.execute(tx.conn()).await?;
    Ok(())
}

fn context(who: &PatientRef, seq: i64) -> Vec<u8> {
    row_context(BODY, who.practice, &[who.patient.as_bytes(), &seq.to_be_bytes()])
}
