//! What closes a dossier or narrows it: blocks of import, practice and patient, and whether anybody may act for the patient.

use super::block_text;
use crate::domain::dossier::Block;
use crate::domain::ids::PatientRef;
use crate::store::{StoreError, Tx};

/// Sets or lifts the block of the import, such as [`Block::IdentityConflict`]. `false`: no such patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set_block(tx: &mut Tx<'_>, who: &PatientRef, block: Block) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE patient SET block = $3 WHERE practice_id = $1 AND id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(block_text(block))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Sets or lifts the block of the practice (R-X-04). `false`: no such patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set_own_block(tx: &mut Tx<'_>, who: &PatientRef, blocked: bool) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE patient SET own_block = $3 WHERE practice_id = $1 AND id = $2 AND removed_at IS NULL";
    let block = if blocked { Block::Practice } else { Block::None };
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(block_text(block))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that the patient wants nothing online, or takes that back (R-CO-04). `false`: no such patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set_optout(tx: &mut Tx<'_>, who: &PatientRef, opted_out: bool) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE patient SET own_optout = $3 WHERE practice_id = $1 AND id = $2 AND removed_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(i64::from(opted_out))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets nobody act for this patient, or lets them again (R-AG-05). `false`: no such patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forbid_representation(tx: &mut Tx<'_>, who: &PatientRef, is_forbidden: bool) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE patient SET no_representation = $3 WHERE practice_id = $1 AND id = $2 AND removed_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(i64::from(is_forbidden))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// What was forbidden for a patient who is merged away stays so for who remains: representation (R-AG-05), and blocks (R-X-04,
/// R-CO-04).
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn carry_limits(tx: &mut Tx<'_>, from: &PatientRef, to: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE patient
           SET no_representation = CASE WHEN gone.no_representation = 1 THEN 1 ELSE patient.no_representation END,
               own_block = CASE WHEN gone.own_block <> '' THEN gone.own_block ELSE patient.own_block END,
               own_optout = CASE WHEN gone.own_optout = 1 THEN 1 ELSE patient.own_optout END
          FROM (SELECT no_representation, own_block, own_optout FROM patient WHERE practice_id = $1 AND id = $3) AS gone
         WHERE patient.practice_id = $1 AND patient.id = $2";
    sqlx::query(SQL)
        .bind(from.practice.as_bytes().as_slice())
        .bind(to.patient.as_bytes().as_slice())
        .bind(from.patient.as_bytes().as_slice())
        .execute(tx.conn())
        .await?;
    Ok(())
}
