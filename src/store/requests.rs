//! What patients ask of their practice (release-rules §6.2): access, a copy, a correction, destruction, and what else goes
//! to the desk. The words are sealed; state and term are not.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant, optional_instant};
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "patient_request";
pub(super) const BODY: &str = "patient_request.body";

/// Names one request: 16 random bytes.
pub type RequestId = [u8; 16];

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the four kinds of the rule sheet, a form of before the opening, and a record to hide")]
pub enum RequestKind {
    Inzage,
    Afschrift,
    Correctie,
    Vernietiging,
    OldForms,
    Hide,
    /// An employee was excluded or let in again: the HIS is told, for it has its own doors (R-CO-07).
    Exclusion,
}

impl RequestKind {
    /// What a patient asks for by the form.
    pub const ASKED: [Self; 6] =
        [Self::Inzage, Self::Afschrift, Self::Correctie, Self::Vernietiging, Self::OldForms, Self::Hide];
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Inzage,
        Self::Afschrift,
        Self::Correctie,
        Self::Vernietiging,
        Self::OldForms,
        Self::Hide,
        Self::Exclusion,
    ];

    /// As the database and forms have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inzage => "inzage",
            Self::Afschrift => "afschrift",
            Self::Correctie => "correctie",
            Self::Vernietiging => "vernietiging",
            Self::OldForms => "old_forms",
            Self::Hide => "hide",
            Self::Exclusion => "exclusion",
        }
    }

    /// The kind of this name.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody answered it yet.
    Open,
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl RequestState {
    /// As the database has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    fn find(text: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Refused].into_iter().find(|state| state.as_str() == text)
    }
}

/// The words of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The patient's.
    pub asked: String,
    /// The practice's answer.
    pub answer: Option<String>,
}

/// A request as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientRequest {
    /// Its id.
    pub id: RequestId,
    /// Whose.
    pub patient: PatientId,
    /// What for.
    pub kind: RequestKind,
    /// When.
    pub requested_at: Timestamp,
    /// How far it is.
    pub state: RequestState,
    /// When it was answered.
    pub handled_at: Option<Timestamp>,
    /// Employee who answered it.
    pub handled_by: Option<String>,
    /// The words.
    pub words: Words,
}

/// Adds a request; one of the same kind that is still open stays, and takes this one in (R-DR-01). `false`: it was taken in.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn add(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    id: RequestId,
    kind: RequestKind,
    asked: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO patient_request (id, practice_id, patient_id, kind, requested_at, state, body)
        VALUES ($1, $2, $3, $4, $5, 'open', $6)";
    let open = for_patient(tx, sealer, who).await?;
    if let Some(same) = open.into_iter().find(|one| one.kind == kind && one.state == RequestState::Open) {
        let mut words = same.words;
        // Who is excluded, let in and excluded again is so in this order; of the others what was said before is not said twice.
        let lines = |text: &str| format!("\n{}\n", text.trim());
        let is_said = kind != RequestKind::Exclusion && lines(&words.asked).contains(&lines(asked));
        if !asked.trim().is_empty() && !is_said {
            words.asked = format!("{}\n{asked}", words.asked).trim().to_owned();
            put_words(tx, sealer, who, same.id, &words).await?;
        }
        return Ok(false);
    }
    let words = Words { asked: asked.to_owned(), answer: None };
    sqlx::query(SQL)
        .bind(id.as_slice())
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(kind.as_str())
        .bind(at.millis())
        .bind(sealed(sealer, who, id, &words)?)
        .execute(tx.conn())
        .await?;
    Ok(true)
}

/// Answers an open request. `false`: there is none of this id, or it was answered before.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn handle(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    id: RequestId,
    (state, answer): (RequestState, Option<&str>),
    (by, at): (&str, Timestamp),
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE patient_request
           SET state = $4, handled_at = $5, handled_by = $6
         WHERE practice_id = $1 AND patient_id = $2 AND id = $3 AND state = 'open'";
    let Some(found) = for_patient(tx, sealer, who).await?.into_iter().find(|one| one.id == id) else {
        return Ok(false);
    };
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(id.as_slice())
        .bind(state.as_str())
        .bind(at.millis())
        .bind(by)
        .execute(tx.conn())
        .await?;
    if done.rows_affected() != 1 {
        return Ok(false);
    }
    let words = Words { answer: answer.map(str::to_owned), ..found.words };
    put_words(tx, sealer, who, id, &words).await?;
    Ok(true)
}

/// Every request of a patient, the newest first.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn for_patient(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
) -> Result<Vec<PatientRequest>, StoreError> {
    const SQL: &str = "
        SELECT id, patient_id, kind, requested_at, state, handled_at, handled_by, body
          FROM patient_request
         WHERE practice_id = $1 AND patient_id = $2
         ORDER BY requested_at DESC, id";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer, who.practice)).collect()
}

/// An open request as the work list shows it: without its words, which stay sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Whose.
    pub patient: PatientId,
    /// What for.
    pub kind: RequestKind,
    /// When.
    pub requested_at: Timestamp,
}

/// The open requests of the practice, the oldest first, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn open(tx: &mut Tx<'_>, scope: &PracticeScope, most: u32) -> Result<Vec<OpenRequest>, StoreError> {
    const SQL: &str = "
        SELECT patient_id, kind, requested_at
          FROM patient_request
         WHERE practice_id = $1 AND state = 'open'
         ORDER BY requested_at, id
         LIMIT $2";
    let rows =
        sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    let read = |row: &AnyRow| {
        let patient = PatientId::from_bytes(bytes(row, 0, TABLE)?);
        let kind = RequestKind::find(row.try_get(1)?).ok_or_else(|| StoreError::corrupt(TABLE, patient))?;
        Ok(OpenRequest { patient, kind, requested_at: instant(row, 2)? })
    };
    rows.iter().map(read).collect()
}

/// What a patient asked who was merged away is asked by the one who remains.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails, or a row is corrupt or cannot be opened.
pub async fn reassign(tx: &mut Tx<'_>, sealer: &Sealer, from: &PatientRef, to: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE patient_request SET patient_id = $2 WHERE id = $1";
    for request in for_patient(tx, sealer, from).await? {
        let query = sqlx::query(SQL).bind(request.id.as_slice()).bind(to.patient.as_bytes().as_slice());
        query.execute(tx.conn()).await?;
        put_words(tx, sealer, to, request.id, &request.words).await?;
    }
    Ok(())
}

/// Answers every open request of a kind at once.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn settle(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    kind: RequestKind,
    (state, answer): (RequestState, Option<&str>),
    by: (&str, Timestamp),
) -> Result<bool, StoreError> {
    let mut any = false;
    for request in for_patient(tx, sealer, who).await?.into_iter().filter(|request| request.kind == kind) {
        any |= handle(tx, sealer, who, request.id, (state, answer), by).await?;
    }
    Ok(any)
}

/// Forgets the requests of a patient, with the dossier itself.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM patient_request WHERE practice_id = $1 AND patient_id = $2";
    let delete = sqlx::query(SQL).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    delete.execute(tx.conn()).await?;
    Ok(())
}

async fn put_words(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    id: RequestId,
    words: &Words,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE patient_request SET body = $2 WHERE id = $1";
    let body = sealed(sealer, who, id, words)?;
    sqlx::query(SQL).bind(id.as_slice()).bind(body).execute(tx.conn()).await?;
    Ok(())
}

fn sealed(sealer: &Sealer, who: &PatientRef, id: RequestId, words: &Words) -> Result<Vec<u8>, StoreError> {
    let plain = serde_json::to_vec(words).map_err(|_| StoreError::corrupt(TABLE, who.patient))?;
    sealer.seal(&context(who, id), &plain).map_err(StoreError::Sealing)
}

fn context(who: &PatientRef, id: RequestId) -> Vec<u8> {
    row_context(BODY, who.practice, &[who.patient.as_bytes(), &id])
}

fn read(row: &AnyRow, sealer: &Sealer, practice: PracticeId) -> Result<PatientRequest, StoreError> {
    let id: RequestId = bytes(row, 0, TABLE)?;
    let patient = PatientId::from_bytes(bytes(row, 1, TABLE)?);
    let corrupt = || StoreError::corrupt(TABLE, patient);
    let who = PatientRef { practice, patient };
    let words = sealer
        .open(&context(&who, id), row.try_get(7)?)
        .map_err(|reason| StoreError::sealed(TABLE, patient, reason))?;
    Ok(PatientRequest {
        id,
        patient,
        kind: RequestKind::find(row.try_get(2)?).ok_or_else(corrupt)?,
        requested_at: instant(row, 3)?,
        state: RequestState::find(row.try_get(4)?).ok_or_else(corrupt)?,
        handled_at: optional_instant(row, 5)?,
        handled_by: row.try_get(6)?,
        words: serde_json::from_slice(&words).map_err(|_| corrupt())?,
    })
}

/// Notes what the practice says with the state of a dossier: the answer to the request for access, open or not.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn say(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    answer: &str,
    (by, at): (&str, Timestamp),
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO patient_request (
            id, practice_id, patient_id, kind, requested_at, state, handled_at, handled_by, body)
        VALUES ($1, $2, $3, 'inzage', $4, 'refused', $4, $5, $6)";
    let refused = (RequestState::Refused, Some(answer));
    if settle(tx, sealer, who, RequestKind::Inzage, refused, (by, at)).await? {
        return Ok(());
    }
    // Named by whose it is and when: a second one at the same instant says the same.
    let mut name = who.patient.as_bytes().to_vec();
    name.extend_from_slice(&at.millis().to_be_bytes());
    let id: RequestId = crate::seal::sha256(&name)[..16].try_into().unwrap_or_default();
    let words = Words { asked: String::new(), answer: Some(answer.to_owned()) };
    sqlx::query(SQL)
        .bind(id.as_slice())
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(at.millis())
        .bind(by)
        .bind(sealed(sealer, who, id, &words)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}
