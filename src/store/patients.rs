//! The patients of a practice: how they are found, what blocks them, and the facts release looks at.

mod limits;

use std::collections::HashMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, optional_bytes, optional_instant};
use super::{StoreError, Tx};
use crate::domain::dossier::{Block, DossierState, SourceId};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope};
use crate::domain::time::Timestamp;
use crate::fhir::FhirRelease;
use crate::seal::{Sealer, row_context};

pub use limits::{carry_limits, forbid_representation, set_block, set_optout, set_own_block};

const TABLE: &str = "patient";
pub(super) const SOURCE_ID: &str = "patient.source_id";
pub(super) const FACTS: &str = "patient.facts";

/// What an import knows of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatientPut<'a> {
    /// The HIS's id.
    pub source_id: &'a SourceId,
    /// Look-up hash of the citizen service number ([`Sealer::bsn_hash`]); `None` without a number.
    pub bsn_hash: Option<[u8; 32]>,
    /// The serialised facts of the whole dossier.
    pub facts: &'a [u8],
    /// Version of that form.
    pub facts_version: i64,
    /// Hash over the patient's records: equal means that nothing changed.
    pub set_hash: [u8; 32],
    /// How many records the dossier holds.
    pub record_count: i64,
}

/// A patient as stored, without the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientEntry {
    /// The HIS's id.
    pub source_id: SourceId,
    /// Look-up hash of the citizen service number.
    pub bsn_hash: Option<[u8; 32]>,
    /// Block found at import; [`Block::None`] when there is none. Blocks of the HIS itself are in the facts.
    pub block: Block,
    /// The state given to the dossier here; `None` as long as only the HIS spoke.
    pub own: Option<OwnState>,
    /// Hash over the patient's records.
    pub set_hash: [u8; 32],
    /// How many records the dossier holds.
    pub record_count: i64,
    /// When the import last changed it.
    pub updated_at: Timestamp,
    /// When the HIS took it away; then nothing of it is served.
    pub removed_at: Option<Timestamp>,
    /// The practice lets nobody act for this patient (R-AG-05).
    pub no_representation: bool,
    /// The practice blocked it in the console (R-X-04).
    pub blocked_here: bool,
    /// The patient said at the desk that nothing may be online (R-CO-04).
    pub opted_out_here: bool,
}

impl PatientEntry {
    /// The block that holds beside the HIS's: the import's before the practice's, and that before the patient's own word.
    pub fn effective_block(&self) -> Block {
        match self.block {
            Block::None if self.blocked_here => Block::Practice,
            Block::None if self.opted_out_here => Block::PatientOptout,
            block => block,
        }
    }
}

/// The state of a dossier as set here, by the patient or in the console (release-rules §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnState {
    /// The state.
    pub state: DossierState,
    /// When the dossier was opened; set when `state` is open.
    pub opened_at: Option<Timestamp>,
    /// Since when; the newer of this and the HIS's state holds.
    pub at: Timestamp,
}

/// The facts of one patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFacts {
    /// Version of their form.
    pub version: i64,
    /// The serialised facts.
    pub bytes: Vec<u8>,
}

/// Adds or replaces a patient; block and own state stay as they are, a removed patient is back.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn upsert(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    patient: &PatientPut<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO patient (practice_id, id, source_id, bsn_hash, block, facts, facts_version, set_hash,
                             record_count, updated_at)
        VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8, $9)
        ON CONFLICT (practice_id, id) DO UPDATE
           SET source_id = excluded.source_id, bsn_hash = excluded.bsn_hash, facts = excluded.facts,
               facts_version = excluded.facts_version, set_hash = excluded.set_hash,
               record_count = excluded.record_count, updated_at = excluded.updated_at, removed_at = NULL";
    let source_id = sealer.seal(&context(SOURCE_ID, who), patient.source_id.as_str().as_bytes());
    let facts = sealer.seal(&context(FACTS, who), patient.facts);
    sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(source_id.map_err(StoreError::Sealing)?)
        .bind(patient.bsn_hash.map(Vec::from))
        .bind(facts.map_err(StoreError::Sealing)?)
        .bind(patient.facts_version)
        .bind(patient.set_hash.as_slice())
        .bind(patient.record_count)
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The patients of the practice with this citizen service number: more than one is an identity conflict.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn find_by_bsn(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    bsn_hash: &[u8; 32],
) -> Result<Vec<PatientId>, StoreError> {
    // Sorted here: told to sort by id, SQLite walks every patient of the practice in that order.
    const SQL: &str = "
        SELECT id
          FROM patient
         WHERE practice_id = $1 AND bsn_hash = $2 AND removed_at IS NULL";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(bsn_hash.as_slice())
        .fetch_all(tx.conn())
        .await?;
    let mut found = rows.iter().map(read_id).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    Ok(found)
}

/// One patient, also a removed one.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn find(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Option<PatientEntry>, StoreError> {
    const SQL: &str = "
        SELECT source_id, bsn_hash, block, own_state, own_opened_at, own_state_at, set_hash, record_count,
               updated_at, removed_at, no_representation, own_block, own_optout
          FROM patient
         WHERE practice_id = $1 AND id = $2";
    let row = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_optional(tx.conn())
        .await?;
    row.as_ref().map(|row| read(row, sealer, who)).transpose()
}

/// The facts of a patient; `None` when there is no such patient or it was removed.
///
/// # Errors
/// [`StoreError`] when the database fails, or the facts cannot be opened.
pub async fn find_facts(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Option<StoredFacts>, StoreError> {
    const SQL: &str = "
        SELECT facts, facts_version
          FROM patient
         WHERE practice_id = $1 AND id = $2 AND removed_at IS NULL AND facts IS NOT NULL";
    let row = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_optional(tx.conn())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let bytes = sealer
        .open(&context(FACTS, who), row.try_get(0)?)
        .map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?;
    Ok(Some(StoredFacts { version: row.try_get(1)?, bytes }))
}

/// The patient with this pseudonym.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn find_by_pseudonym(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    hash: &[u8; 32],
) -> Result<Vec<PatientId>, StoreError> {
    const SQL: &str = "
        SELECT id
          FROM patient
         WHERE practice_id = $1 AND pseudonym_hash = $2 AND removed_at IS NULL";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(hash.as_slice());
    query.fetch_all(tx.conn()).await?.iter().map(read_id).collect()
}

/// Says whose pseudonym this is, or with `None` that the patient has none. `false`: no such patient.
///
/// # Errors
/// [`StoreError::Taken`] when it is another patient's; else when the database fails.
pub async fn set_pseudonym(tx: &mut Tx<'_>, who: &PatientRef, hash: Option<[u8; 32]>) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE patient SET pseudonym_hash = $3 WHERE practice_id = $1 AND id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(hash.map(Vec::from))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives the dossier a state of our own. `false`: no such patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set_own_state(tx: &mut Tx<'_>, who: &PatientRef, own: &OwnState) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE patient
           SET own_state = $3, own_opened_at = $4, own_state_at = $5
         WHERE practice_id = $1 AND id = $2";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(state_text(own.state))
        .bind(own.opened_at.map(Timestamp::millis))
        .bind(own.at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The ids of every patient that was not removed, in their own order.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn list(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<PatientId>, StoreError> {
    const SQL: &str = "
        SELECT id
          FROM patient
         WHERE practice_id = $1 AND id <> $2 AND removed_at IS NULL
         ORDER BY id";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(PatientId::PRACTICE.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read_id).collect()
}

/// The set hash of every patient that was not removed: what an import compares with first.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn set_hashes(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<HashMap<PatientId, [u8; 32]>, StoreError> {
    const SQL: &str = "
        SELECT id, set_hash
          FROM patient
         WHERE practice_id = $1 AND id <> $2 AND removed_at IS NULL";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(PatientId::PRACTICE.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| Ok((read_id(row)?, bytes(row, 1, TABLE)?))).collect()
}

/// How many patients were not removed.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn count(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<u64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM patient WHERE practice_id = $1 AND id <> $2 AND removed_at IS NULL";
    let count: i64 = sqlx::query_scalar(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(PatientId::PRACTICE.as_bytes().as_slice())
        .fetch_one(tx.conn())
        .await?;
    Ok(count.unsigned_abs())
}

/// Patients whose rendering is of another program version, or not there in this release, the practice's own shelf among
/// them; at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn outdated(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    facts_version: i64,
    (release, mapper_version): (FhirRelease, i64),
    most: u32,
) -> Result<Vec<PatientId>, StoreError> {
    const SQL: &str = "
        SELECT p.id
          FROM patient p
         WHERE p.practice_id = $1 AND p.removed_at IS NULL AND p.record_count > 0
           AND (p.facts_version <> $2
                OR NOT EXISTS (SELECT 1 FROM shelf s
                                WHERE s.practice_id = p.practice_id AND s.patient_id = p.id
                                  AND s.fhir_release = $3 AND s.mapper_version = $4))
         ORDER BY p.id
         LIMIT $5";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(facts_version)
        .bind(release.as_str())
        .bind(mapper_version)
        .bind(i64::from(most))
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read_id).collect()
}

/// How much online access is used in a practice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Dossiers that were opened here.
    pub open: u64,
    /// Consents that were neither withdrawn nor are used up.
    pub consents: u64,
    /// Patients for whom a PGO ever collected.
    pub retrieved: u64,
}

/// The figures of a practice.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn figures(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Figures, StoreError> {
    const SQL: &str = "
        SELECT (SELECT COUNT(*) FROM patient WHERE practice_id = $1 AND own_state = 'open' AND removed_at IS NULL),
               (SELECT COUNT(*) FROM consent WHERE practice_id = $1 AND withdrawn_at IS NULL),
               (SELECT COUNT(DISTINCT patient_id) FROM consent WHERE practice_id = $1 AND last_used_at IS NOT NULL)";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_one(tx.conn()).await?;
    let count = |column: usize| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
    Ok(Figures { open: count(0)?, consents: count(1)?, retrieved: count(2)? })
}

/// How a dossier stands and how it is used, for the extraction of a practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The patient.
    pub patient: PatientId,
    /// State of the dossier: the newer of HIS and console.
    pub state: DossierState,
    /// When it was opened here.
    pub opened_at: Option<Timestamp>,
    /// PGOs that got a consent.
    pub pgos: u64,
    /// When one last collected.
    pub last_used_at: Option<Timestamp>,
}

/// How every dossier of a practice stands and is used; patients who were removed are left out.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn usage(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<Usage>, StoreError> {
    const SQL: &str = "
        SELECT p.id, p.own_state, p.own_state_at, p.own_opened_at, c.his_state, c.his_state_at,
               (SELECT COUNT(DISTINCT client_id) FROM consent k
                 WHERE k.practice_id = p.practice_id AND k.patient_id = p.id),
               (SELECT MAX(last_used_at) FROM consent k
                 WHERE k.practice_id = p.practice_id AND k.patient_id = p.id)
          FROM patient p
          LEFT JOIN patient_card c ON c.practice_id = p.practice_id AND c.patient_id = p.id
         WHERE p.practice_id = $1 AND p.id <> $2 AND p.removed_at IS NULL
         ORDER BY p.id";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(PatientId::PRACTICE.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    let read = |row: &AnyRow| {
        let patient = read_id(row)?;
        let corrupt = || StoreError::corrupt(TABLE, patient);
        let state = |column: usize| -> Result<Option<DossierState>, StoreError> {
            let text: Option<&str> = row.try_get(column)?;
            text.map(|text| find_state(text).ok_or_else(corrupt)).transpose()
        };
        let own = state(1)?.zip(optional_instant(row, 2)?);
        let his = state(4)?.zip(optional_instant(row, 5)?);
        let pgos: i64 = row.try_get(6)?;
        Ok(Usage {
            patient,
            state: super::roll::newest(own, his).map_or(DossierState::None, |(state, _)| state),
            opened_at: optional_instant(row, 3)?,
            pgos: pgos.unsigned_abs(),
            last_used_at: optional_instant(row, 7)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Marks a patient as taken away by the HIS: it is found no more, and its facts and number are forgotten.
///
/// Its records, resources and content are removed by their own functions. `false`: no such patient, or it was
/// removed before.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn mark_removed(tx: &mut Tx<'_>, who: &PatientRef, at: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE patient
           SET removed_at = $3, updated_at = $3, bsn_hash = NULL, facts = NULL, record_count = 0
         WHERE practice_id = $1 AND id = $2 AND removed_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn context(column: &str, who: &PatientRef) -> Vec<u8> {
    row_context(column, who.practice, &[who.patient.as_bytes()])
}

fn read_id(row: &AnyRow) -> Result<PatientId, StoreError> {
    Ok(PatientId::from_bytes(bytes(row, 0, TABLE)?))
}

fn read(row: &AnyRow, sealer: &Sealer, who: &PatientRef) -> Result<PatientEntry, StoreError> {
    let corrupt = || StoreError::corrupt(TABLE, who.patient);
    let source_id = sealer
        .open(&context(SOURCE_ID, who), row.try_get(0)?)
        .map_err(|reason| StoreError::sealed(TABLE, who.patient, reason))?;
    let source_id = std::str::from_utf8(&source_id).ok().and_then(|text| text.parse().ok()).ok_or_else(corrupt)?;
    Ok(PatientEntry {
        source_id,
        bsn_hash: optional_bytes(row, 1, TABLE)?,
        block: find_block(row.try_get(2)?).ok_or_else(corrupt)?,
        own: read_own(row)?.map_err(|Unknown| corrupt())?,
        set_hash: bytes(row, 6, TABLE)?,
        record_count: row.try_get(7)?,
        updated_at: Timestamp::from_millis(row.try_get(8)?),
        removed_at: optional_instant(row, 9)?,
        no_representation: row.try_get::<i64, _>(10)? == 1,
        blocked_here: !row.try_get::<&str, _>(11)?.is_empty(),
        opted_out_here: row.try_get::<i64, _>(12)? == 1,
    })
}

/// A text that stands for no value we know.
struct Unknown;

fn read_own(row: &AnyRow) -> Result<Result<Option<OwnState>, Unknown>, StoreError> {
    let state: Option<&str> = row.try_get(3)?;
    let (opened_at, at) = (optional_instant(row, 4)?, optional_instant(row, 5)?);
    Ok(match (state.map(find_state), at) {
        (None, None) => Ok(None),
        (Some(Some(state)), Some(at)) => Ok(Some(OwnState { state, opened_at, at })),
        _ => Err(Unknown),
    })
}

/// Every block with its text in column `block`.
const BLOCKS: [(Block, &str); 8] = [
    (Block::None, ""),
    (Block::Practice, "practice"),
    (Block::PatientOptout, "patient_optout"),
    (Block::Deceased, "deceased"),
    (Block::Transferred, "transferred"),
    (Block::NoBsn, "no_bsn"),
    (Block::IdentityUnverified, "identity_unverified"),
    (Block::IdentityConflict, "identity_conflict"),
];

/// The text of a block in column `patient.block`; empty for none.
pub fn block_text(block: Block) -> &'static str {
    match block {
        Block::None => "",
        Block::Practice => "practice",
        Block::PatientOptout => "patient_optout",
        Block::Deceased => "deceased",
        Block::Transferred => "transferred",
        Block::NoBsn => "no_bsn",
        Block::IdentityUnverified => "identity_unverified",
        Block::IdentityConflict => "identity_conflict",
    }
}

/// The block a text in column `patient.block` stands for.
pub fn find_block(text: &str) -> Option<Block> {
    BLOCKS.into_iter().find(|(_, known)| *known == text).map(|(block, _)| block)
}

/// The text of a state in column `patient.own_state`.
pub(super) fn state_text(state: DossierState) -> &'static str {
    match state {
        DossierState::None => "none",
        DossierState::Requested => "requested",
        DossierState::Open => "open",
        DossierState::Refused => "refused",
        DossierState::OnHold => "on_hold",
        DossierState::Closed => "closed",
    }
}

/// The state a text in column `patient.own_state` stands for.
pub fn find_state(text: &str) -> Option<DossierState> {
    use DossierState::{Closed, None, OnHold, Open, Refused, Requested};
    [None, Requested, Open, Refused, OnHold, Closed].into_iter().find(|state| state_text(*state) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_found_by_its_text_and_no_other_text_is() {
        for (block, text) in BLOCKS {
            assert_eq!(block_text(block), text);
            assert_eq!(find_block(text), Some(block));
        }
        assert_eq!(find_block("none"), None);
        assert_eq!(find_state("opened"), None);
        assert_eq!(find_state("on_hold"), Some(DossierState::OnHold));
    }
}
