//! How every patient of a practice stands, for pages that look at all of them: what changed since a turn was read.
//!
//! Triggers note each change with the practice's next number (migration 0018), whoever makes it.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::cards::{self, Card};
use super::outbox::INVITATION;
use super::patients::find_state;
use super::rows::{bytes, optional_instant};
use super::{StoreError, Tx};
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::Sealer;

const TABLE: &str = "patient_card";

/// How one patient stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Who it is.
    pub card: Card,
    /// State of the dossier: the newer of HIS and console.
    pub state: DossierState,
    /// Since when; `None` as long as nobody said anything.
    pub since: Option<Timestamp>,
    /// A block of import, practice or patient holds, beside that of the HIS.
    pub is_blocked: bool,
    /// When the patient was last invited, as far as that is still known.
    pub invited_at: Option<Timestamp>,
}

/// The number of the practice's newest change; 0 before the first.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn turn(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT value FROM roll_turn WHERE practice_id = $1";
    let value = sqlx::query_scalar(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    Ok(value.unwrap_or_default())
}

/// The patients who changed after this turn, as they stand now; `None` for who is no longer there. After turn 0 these are all.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn changed_since(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    turn: i64,
) -> Result<Vec<(PatientId, Option<Enrolled>)>, StoreError> {
    const SQL: &str = "
        SELECT r.patient_id, c.card, c.his_state, c.his_state_at, p.own_state, p.own_state_at,
               CASE WHEN p.block <> '' OR p.own_block <> '' OR p.own_optout = 1 THEN 1 ELSE 0 END,
               (SELECT MAX(o.created_at) FROM outbox o
                 WHERE o.practice_id = r.practice_id AND o.patient_id = r.patient_id AND o.kind = $3)
          FROM roll_change r
          LEFT JOIN patient p ON p.practice_id = r.practice_id AND p.id = r.patient_id AND p.removed_at IS NULL
          LEFT JOIN patient_card c ON c.practice_id = r.practice_id AND c.patient_id = p.id
         WHERE r.practice_id = $1 AND r.turn > $2";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(turn)
        .bind(INVITATION)
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer, scope)).collect()
}

fn read(row: &AnyRow, sealer: &Sealer, scope: &PracticeScope) -> Result<(PatientId, Option<Enrolled>), StoreError> {
    let patient = PatientId::from_bytes(bytes(row, 0, TABLE)?);
    let Some(card) = row.try_get::<Option<&[u8]>, _>(1)? else { return Ok((patient, None)) };
    let said = |column: usize| -> Result<Option<(DossierState, Timestamp)>, StoreError> {
        let text: Option<&str> = row.try_get(column)?;
        let find = |text| find_state(text).ok_or_else(|| StoreError::corrupt(TABLE, patient));
        Ok(text.map(find).transpose()?.zip(optional_instant(row, column + 1)?))
    };
    let newest = newest(said(4)?, said(2)?);
    let enrolled = Enrolled {
        card: cards::open(sealer, scope.practice, patient, card)?,
        state: newest.map_or(DossierState::None, |(state, _)| state),
        since: newest.map(|(_, at)| at),
        is_blocked: row.try_get::<i64, _>(6)? == 1,
        invited_at: optional_instant(row, 7)?,
    };
    Ok((patient, Some(enrolled)))
}

/// The newer of what was said here and what the HIS says; of two at one instant ours.
pub(super) fn newest(own: cards::HisState, his: cards::HisState) -> cards::HisState {
    match (own, his) {
        (Some(own), Some(his)) if own.1 < his.1 => Some(his),
        (own, his) => own.or(his),
    }
}
