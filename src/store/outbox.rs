//! Letters by e-mail on their way. Nothing of them is readable in the database.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant};
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "outbox";
pub(super) const BODY: &str = "outbox.body";
/// A letter that could not be sent so often is given up.
const MOST_ATTEMPTS: i64 = 8;
/// Letters that invite.
pub const INVITATION: &str = "invitation";
/// So long it is remembered who was invited, in days.
const INVITATION_DAYS: i32 = 400;
/// So long another letter is kept, in days.
const LETTER_DAYS: i32 = 30;

/// Names one letter: 16 random bytes.
pub type LetterId = [u8; 16];

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text, without anything medical and without a link that logs in.
    pub text: String,
}

/// A letter that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: LetterId,
    /// To whom.
    pub who: PatientRef,
    /// What it is for.
    pub kind: String,
    /// How often it was tried.
    pub attempts: i64,
    /// The letter.
    pub letter: Letter,
}

/// Puts a letter in the outbox, to be sent at the second instant or soon after.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    (id, kind): (LetterId, &str),
    letter: &Letter,
    (at, not_before): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO outbox (id, practice_id, patient_id, kind, created_at, next_at, attempts, body)
        VALUES ($1, $2, $3, $4, $5, $7, 0, $6)";
    let plain = serde_json::to_vec(letter).map_err(|_| StoreError::corrupt(TABLE, who.patient))?;
    sqlx::query(SQL)
        .bind(id.as_slice())
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(kind)
        .bind(at.millis())
        .bind(sealer.seal(&context(who, id), &plain).map_err(StoreError::Sealing)?)
        .bind(not_before.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// When each patient of the practice last got a letter of this kind.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn latest(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    kind: &str,
) -> Result<HashMap<PatientId, Timestamp>, StoreError> {
    const SQL: &str = "
        SELECT patient_id, MAX(created_at)
          FROM outbox
         WHERE practice_id = $1 AND kind = $2
         GROUP BY patient_id";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(kind).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| Ok((PatientId::from_bytes(bytes(row, 0, TABLE)?), instant(row, 1)?))).collect()
}

/// Does a letter of this kind wait for this patient that goes out before this instant?
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn waits(tx: &mut Tx<'_>, who: &PatientRef, kind: &str, until: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*) FROM outbox
         WHERE practice_id = $1 AND patient_id = $2 AND kind = $3 AND sent_at IS NULL AND next_at <= $4";
    let query = sqlx::query_scalar::<_, i64>(SQL).bind(who.practice.as_bytes().as_slice());
    let query = query.bind(who.patient.as_bytes().as_slice()).bind(kind).bind(until.millis());
    Ok(query.fetch_one(tx.conn()).await? > 0)
}

/// Forgets the letters of a patient, with the dossier itself.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM outbox WHERE practice_id = $1 AND patient_id = $2";
    let delete = sqlx::query(SQL).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    delete.execute(tx.conn()).await?;
    Ok(())
}

/// The letters whose turn it is, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn due(tx: &mut Tx<'_>, sealer: &Sealer, at: Timestamp, most: u32) -> Result<Vec<Waiting>, StoreError> {
    const SQL: &str = "
        SELECT id, practice_id, patient_id, attempts, body, kind
          FROM outbox
         WHERE sent_at IS NULL AND next_at <= $1 AND attempts < $2
         ORDER BY next_at, id
         LIMIT $3";
    let rows =
        sqlx::query(SQL).bind(at.millis()).bind(MOST_ATTEMPTS).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// It is being tried: nobody else tries it before `next_at`. `false`: somebody else does already.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn claim(tx: &mut Tx<'_>, id: LetterId, attempts: i64, next_at: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE outbox SET attempts = attempts + 1, next_at = $3 WHERE id = $1 AND attempts = $2 AND sent_at IS NULL";
    let done = sqlx::query(SQL).bind(id.as_slice()).bind(attempts).bind(next_at.millis()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// It is not to be sent any more.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn drop(tx: &mut Tx<'_>, id: LetterId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id.as_slice()).execute(tx.conn()).await?;
    Ok(())
}

/// How many letters of this kind were written to a patient since an instant.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn written_since(tx: &mut Tx<'_>, who: &PatientRef, kind: &str, since: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*) FROM outbox WHERE practice_id = $1 AND patient_id = $2 AND kind = $3 AND created_at > $4";
    let query = sqlx::query_scalar::<_, i64>(SQL).bind(who.practice.as_bytes().as_slice());
    let query = query.bind(who.patient.as_bytes().as_slice()).bind(kind).bind(since.millis());
    Ok(query.fetch_one(tx.conn()).await?.unsigned_abs())
}

/// It was sent.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn sent(tx: &mut Tx<'_>, id: LetterId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE outbox SET sent_at = $2 WHERE id = $1";
    sqlx::query(SQL).bind(id.as_slice()).bind(at.millis()).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets letters that are done with: of invitations it is known for a year who was invited (release-rules §6.4).
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        DELETE FROM outbox
         WHERE created_at < $1
            OR (created_at < $2 AND kind <> $3 AND (sent_at IS NOT NULL OR attempts >= $4))";
    let query = sqlx::query(SQL).bind(now.plus_local_days(-INVITATION_DAYS).millis());
    let query = query.bind(now.plus_local_days(-LETTER_DAYS).millis()).bind(INVITATION).bind(MOST_ATTEMPTS);
    Ok(query.execute(tx.conn()).await?.rows_affected())
}

fn context(who: &PatientRef, id: LetterId) -> Vec<u8> {
    row_context(BODY, who.practice, &[who.patient.as_bytes(), &id])
}

fn read(row: &AnyRow, sealer: &Sealer) -> Result<Waiting, StoreError> {
    let id: LetterId = bytes(row, 0, TABLE)?;
    let practice = PracticeId::from_bytes(bytes(row, 1, TABLE)?);
    let who = PatientRef { practice, patient: PatientId::from_bytes(bytes(row, 2, TABLE)?) };
    let plain = sealer
        .open(&context(&who, id), row.try_get(4)?)
        .map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?;
    let letter = serde_json::from_slice(&plain).map_err(|_| StoreError::corrupt(TABLE, who.patient))?;
    Ok(Waiting { id, who, kind: row.try_get(5)?, attempts: row.try_get(3)?, letter })
}
