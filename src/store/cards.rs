//! How patients stand in the lists of the console: name and birth date, and how much of them waits for a person.
//!
//! Written with every rendering of a patient, so that a list of hundreds is one query.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::patients::state_text;
use super::rows::{bytes, list, lists};
use super::{StoreError, Tx};
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::{PartialDate, Timestamp};
use crate::seal::{Sealer, row_context};

const TABLE: &str = "patient_card";
pub(super) const CARD: &str = "patient_card.card";

/// Who a patient is, for the people of the practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Name, as the practice writes it.
    pub name: String,
    /// Birth date.
    pub birth: PartialDate,
    /// The HIS's id, by which the practice finds the patient there.
    pub number: String,
    /// E-mail address, lower-case, for invitations.
    pub email: Option<String>,
    /// Registered with the practice now.
    pub registered: bool,
    /// Something stands in the way of online access, whatever the dossier's state: a block, no verified number.
    #[serde(default)]
    pub blocked: bool,
    /// When the oldest mark for a third party was set in the console, of those that hold (R-X-01).
    #[serde(default)]
    pub marked_since: Option<Timestamp>,
}

/// What the HIS says of the dossier, and since when.
pub type HisState = Option<(DossierState, Timestamp)>;

/// How much waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Results that nobody reviewed.
    pub results: i64,
    /// Results that were kept, or for which the patient was invited: somebody has to come back to them (release-rules §5.1).
    pub saved: i64,
    /// Documents that are neither published nor withdrawn.
    pub documents: i64,
    /// Episodes of which the HIS does not say whether they may be shown (E62).
    pub unconfirmed: i64,
}

/// Adds or replaces a card.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn put(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    card: &Card,
    (waiting, his): (Waiting, HisState),
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO patient_card (
            practice_id, patient_id, card, results, documents, unconfirmed, his_state, his_state_at, saved, marked_since)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (practice_id, patient_id) DO UPDATE
           SET card = excluded.card, results = excluded.results, documents = excluded.documents,
               unconfirmed = excluded.unconfirmed, his_state = excluded.his_state,
               his_state_at = excluded.his_state_at, saved = excluded.saved, marked_since = excluded.marked_since";
    let body = serde_json::to_vec(card).map_err(|_| StoreError::corrupt(TABLE, who.patient))?;
    sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(sealer.seal(&context(who), &body).map_err(StoreError::Sealing)?)
        .bind(waiting.results)
        .bind(waiting.documents)
        .bind(waiting.unconfirmed)
        .bind(his.map(|(state, _)| state_text(state)))
        .bind(his.map(|(_, at)| at.millis()))
        .bind(waiting.saved)
        .bind(card.marked_since.map(Timestamp::millis))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The card of one patient.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn find(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Option<Card>, StoreError> {
    let scope = PracticeScope { practice: who.practice };
    Ok(find_many(tx, sealer, &scope, &[who.patient]).await?.remove(&who.patient))
}

/// The cards of these patients; unknown ones are left out.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn find_many(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    patients: &[PatientId],
) -> Result<HashMap<PatientId, Card>, StoreError> {
    let mut found = HashMap::with_capacity(patients.len());
    for group in lists(patients) {
        let sql = format!(
            "SELECT patient_id, card FROM patient_card WHERE practice_id = $1 AND patient_id IN ({})",
            list(1, group.len())
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(scope.practice.as_bytes().as_slice());
        for patient in group {
            query = query.bind(patient.as_bytes().as_slice());
        }
        for row in query.fetch_all(tx.conn()).await? {
            let (patient, card) = read(&row, sealer, scope.practice)?;
            found.insert(patient, card);
        }
    }
    Ok(found)
}

/// The patients with a mark for a third party that was set until this instant, the oldest mark first, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails, or a card is corrupt or cannot be opened.
pub async fn marked_until(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    until: Timestamp,
    most: u32,
) -> Result<Vec<(PatientId, Card)>, StoreError> {
    const SQL: &str = "
        SELECT patient_id, card FROM patient_card
         WHERE practice_id = $1 AND marked_since <= $2
         ORDER BY marked_since, patient_id LIMIT $3";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(until.millis());
    let rows = query.bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer, scope.practice)).collect()
}

/// The patients of whom something waits, those with most first, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn waiting(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    most: u32,
) -> Result<Vec<(PatientId, Waiting)>, StoreError> {
    const SQL: &str = "
        SELECT patient_id, results, documents, unconfirmed, saved
          FROM patient_card
         WHERE practice_id = $1 AND results + documents + unconfirmed + saved > 0
         ORDER BY results + documents + unconfirmed + saved DESC, patient_id
         LIMIT $2";
    let rows =
        sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    let read = |row: &AnyRow| {
        let waiting = Waiting {
            results: row.try_get(1)?,
            documents: row.try_get(2)?,
            unconfirmed: row.try_get(3)?,
            saved: row.try_get(4)?,
        };
        Ok((PatientId::from_bytes(bytes(row, 0, TABLE)?), waiting))
    };
    rows.iter().map(read).collect()
}

/// How much waits in the whole practice.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn waiting_in_all(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Waiting, StoreError> {
    const SQL: &str = "
        SELECT CAST(COALESCE(SUM(results), 0) AS BIGINT), CAST(COALESCE(SUM(documents), 0) AS BIGINT),
               CAST(COALESCE(SUM(unconfirmed), 0) AS BIGINT), CAST(COALESCE(SUM(saved), 0) AS BIGINT)
          FROM patient_card
         WHERE practice_id = $1 AND results + documents + unconfirmed + saved > 0";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_one(tx.conn()).await?;
    Ok(Waiting {
        results: row.try_get(0)?,
        documents: row.try_get(1)?,
        unconfirmed: row.try_get(2)?,
        saved: row.try_get(3)?,
    })
}

/// Forgets a card, with the patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove(tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM patient_card WHERE practice_id = $1 AND patient_id = $2";
    let delete = sqlx::query(SQL).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    delete.execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow, sealer: &Sealer, practice: PracticeId) -> Result<(PatientId, Card), StoreError> {
    let patient = PatientId::from_bytes(bytes(row, 0, TABLE)?);
    Ok((patient, open(sealer, practice, patient, row.try_get(1)?)?))
}

/// Opens a card as it is stored.
pub(super) fn open(
    sealer: &Sealer,
    practice: PracticeId,
    patient: PatientId,
    sealed: &[u8],
) -> Result<Card, StoreError> {
    let context = context(&PatientRef { practice, patient });
    let card = sealer.open(&context, sealed).map_err(|reason| StoreError::sealed(TABLE, patient, reason))?;
    serde_json::from_slice(&card).map_err(|_| StoreError::corrupt(TABLE, patient))
}

fn context(who: &PatientRef) -> Vec<u8> {
    row_context(CARD, who.practice, &[who.patient.as_bytes()])
}
