//! Who works in the console: sessions, who an employee is for the means of login, rights and exclusions.

use std::collections::{BTreeMap, HashSet};

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant};
use super::{StoreError, Tx};
use crate::domain::dossier::SourceId;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::rights::Rights;
use crate::domain::time::Timestamp;
use crate::oauth::{LoginStateHash, SessionIdHash};

const TABLE: &str = "staff_session";

/// Longest life of a session, in seconds: a working day.
pub const ABSOLUTE_SECONDS: i64 = 10 * 3600;

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffSession {
    /// The practice.
    pub scope: PracticeScope,
    /// The employee, once logged in.
    pub employee: Option<SourceId>,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
}

/// Starts a session, of nobody yet; a login will say whose.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn start(
    tx: &mut Tx<'_>,
    id: &SessionIdHash,
    practice: &PracticeScope,
    state: &LoginStateHash,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO staff_session (id_hash, practice_id, login_state_hash, started_at, last_seen_at)
        VALUES ($1, $2, $3, $4, $4)";
    sqlx::query(SQL)
        .bind(id.as_bytes().as_slice())
        .bind(practice.practice.as_bytes().as_slice())
        .bind(state.as_bytes().as_slice())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The session with this id; `None` when unknown, ended, or older than a working day. How long it may be idle is the
/// practice's to say.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn find(tx: &mut Tx<'_>, id: &SessionIdHash, at: Timestamp) -> Result<Option<StaffSession>, StoreError> {
    const SQL: &str = "
        SELECT practice_id, employee, last_seen_at
          FROM staff_session
         WHERE id_hash = $1 AND ended_at IS NULL AND started_at > $2";
    let row = sqlx::query(SQL)
        .bind(id.as_bytes().as_slice())
        .bind(at.plus_seconds(-ABSOLUTE_SECONDS).millis())
        .fetch_optional(tx.conn())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The session was seen.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn seen(tx: &mut Tx<'_>, id: &SessionIdHash, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staff_session SET last_seen_at = $2 WHERE id_hash = $1";
    sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(at.millis()).execute(tx.conn()).await?;
    Ok(())
}

/// Consumes the login that was begun in this session, and gives the session to this employee under a new id.
///
/// `false` when the answer belongs to no or another login.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn identify(
    tx: &mut Tx<'_>,
    (old, new): (&SessionIdHash, &SessionIdHash),
    state: &LoginStateHash,
    employee: &SourceId,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE staff_session
           SET id_hash = $2, employee = $4, login_state_hash = NULL
         WHERE id_hash = $1 AND login_state_hash = $3 AND ended_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(old.as_bytes().as_slice())
        .bind(new.as_bytes().as_slice())
        .bind(state.as_bytes().as_slice())
        .bind(employee.as_str())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a session; may be repeated.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn end(tx: &mut Tx<'_>, id: &SessionIdHash, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE staff_session SET ended_at = $2 WHERE id_hash = $1 AND ended_at IS NULL";
    sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(at.millis()).execute(tx.conn()).await?;
    Ok(())
}

/// Deletes sessions last seen before `cutoff`; how many.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, cutoff: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM staff_session WHERE last_seen_at < $1";
    Ok(sqlx::query(SQL).bind(cutoff.millis()).execute(tx.conn()).await?.rows_affected())
}

/// Says who an employee is for the means of login; an earlier statement about the same person is replaced.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn tie(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    person_hash: &[u8; 32],
    employee: &SourceId,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO staff_identity (practice_id, person_hash, employee)
        VALUES ($1, $2, $3)
        ON CONFLICT (practice_id, person_hash) DO UPDATE SET employee = excluded.employee";
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(person_hash.as_slice())
        .bind(employee.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The employee that this person is.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn employee_of(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    person_hash: &[u8; 32],
) -> Result<Option<SourceId>, StoreError> {
    const SQL: &str = "SELECT employee FROM staff_identity WHERE practice_id = $1 AND person_hash = $2";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(person_hash.as_slice());
    let row = query.fetch_optional(tx.conn()).await?;
    row.as_ref().map(|row| employee(row, 0)).transpose()
}

/// Rights that somebody gave or proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The rights.
    pub rights: Rights,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// The rights of every employee who has others than those of the role; and the proposals that wait for a second person.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn rights(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
) -> Result<(BTreeMap<SourceId, Given>, BTreeMap<SourceId, Given>), StoreError> {
    const GIVEN: &str = "SELECT employee, rights, at, by_ FROM employee_right WHERE practice_id = $1";
    const PROPOSED: &str = "SELECT employee, rights, at, by_ FROM employee_right_proposal WHERE practice_id = $1";
    let given = sqlx::query(GIVEN).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    let proposed = sqlx::query(PROPOSED).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    let read = |row: &AnyRow| -> Result<(SourceId, Given), StoreError> {
        let rights = Rights::read(row.try_get(1)?);
        Ok((employee(row, 0)?, Given { rights, at: instant(row, 2)?, by: row.try_get(3)? }))
    };
    let given = given.iter().map(read).collect::<Result<_, _>>()?;
    Ok((given, proposed.iter().map(read).collect::<Result<_, _>>()?))
}

/// The rights given to one employee, if others than those of the role.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn rights_of(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    employee: &SourceId,
) -> Result<Option<Rights>, StoreError> {
    const SQL: &str = "SELECT rights FROM employee_right WHERE practice_id = $1 AND employee = $2";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(employee.as_str());
    let row = query.fetch_optional(tx.conn()).await?;
    Ok(row.map(|row| row.try_get(0).map(Rights::read)).transpose()?)
}

/// Proposes rights for an employee, in place of an earlier proposal.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn propose(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    employee: &SourceId,
    given: &Given,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO employee_right_proposal (practice_id, employee, rights, at, by_)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (practice_id, employee) DO UPDATE
           SET rights = excluded.rights, at = excluded.at, by_ = excluded.by_";
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(employee.as_str())
        .bind(given.rights.to_text())
        .bind(given.at.millis())
        .bind(given.by.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes a proposal away: approved by another person than who made it, or dropped. `None`: there is none.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn take_proposal(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    employee: &SourceId,
) -> Result<Option<Given>, StoreError> {
    const SQL: &str = "
        DELETE FROM employee_right_proposal
         WHERE practice_id = $1 AND employee = $2
     RETURNING rights, at, by_";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(employee.as_str());
    let row = query.fetch_optional(tx.conn()).await?;
    row.map(|row| Ok(Given { rights: Rights::read(row.try_get(0)?), at: instant(&row, 1)?, by: row.try_get(2)? }))
        .transpose()
}

/// Gives an employee rights, approved by this person.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn give(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    employee: &SourceId,
    given: &Given,
    approved_by: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO employee_right (practice_id, employee, rights, at, by_, approved_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (practice_id, employee) DO UPDATE
           SET rights = excluded.rights, at = excluded.at, by_ = excluded.by_, approved_by = excluded.approved_by";
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(employee.as_str())
        .bind(given.rights.to_text())
        .bind(given.at.millis())
        .bind(given.by.as_str())
        .bind(approved_by)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The employees whom a patient excludes, since when, and who noted it.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn excluded(
    tx: &mut Tx<'_>,
    who: &PatientRef,
) -> Result<BTreeMap<SourceId, (Timestamp, String)>, StoreError> {
    const SQL: &str = "SELECT employee, at, by_ FROM exclusion WHERE practice_id = $1 AND patient_id = $2";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| Ok((employee(row, 0)?, (instant(row, 1)?, row.try_get(2)?)))).collect()
}

/// The patients of whom an employee sees nothing: who excluded them (R-CO-07), and they themselves (release-rules §7.3).
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn closed_to(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    employee: &SourceId,
) -> Result<HashSet<PatientId>, StoreError> {
    const SQL: &str = "
        SELECT patient_id FROM exclusion WHERE practice_id = $1 AND employee = $2
        UNION
        SELECT id
          FROM patient -- as a list, or SQLite walks the practice and looks for an employee behind each patient
         WHERE practice_id = $1
           AND bsn_hash IN (SELECT person_hash FROM staff_identity WHERE practice_id = $1 AND employee = $2)";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(employee.as_str());
    let rows = query.fetch_all(tx.conn()).await?;
    rows.iter().map(|row| Ok(PatientId::from_bytes(bytes(row, 0, TABLE)?))).collect()
}

/// Excludes an employee from a dossier, or lets them look again. `false` when nothing changed.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn exclude(
    tx: &mut Tx<'_>,
    who: &PatientRef,
    employee: &SourceId,
    excluded: bool,
    (by, at): (&str, Timestamp),
) -> Result<bool, StoreError> {
    const PUT: &str = "
        INSERT INTO exclusion (practice_id, patient_id, employee, at, by_)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (practice_id, patient_id, employee) DO NOTHING";
    const DELETE: &str = "DELETE FROM exclusion WHERE practice_id = $1 AND patient_id = $2 AND employee = $3";
    let query = sqlx::query(if excluded { PUT } else { DELETE })
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(employee.as_str());
    let query = if excluded { query.bind(at.millis()).bind(by) } else { query };
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Whom a patient excluded who is merged away is excluded by who remains (R-CO-07).
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn carry_exclusions(tx: &mut Tx<'_>, from: &PatientRef, to: &PatientRef) -> Result<(), StoreError> {
    const COPY: &str = "
        INSERT INTO exclusion (practice_id, patient_id, employee, at, by_)
        SELECT practice_id, $3, employee, at, by_ FROM exclusion WHERE practice_id = $1 AND patient_id = $2
        ON CONFLICT (practice_id, patient_id, employee) DO NOTHING";
    const REMOVE: &str = "DELETE FROM exclusion WHERE practice_id = $1 AND patient_id = $2";
    let copy = sqlx::query(COPY).bind(from.practice.as_bytes().as_slice()).bind(from.patient.as_bytes().as_slice());
    copy.bind(to.patient.as_bytes().as_slice()).execute(tx.conn()).await?;
    let remove = sqlx::query(REMOVE).bind(from.practice.as_bytes().as_slice());
    remove.bind(from.patient.as_bytes().as_slice()).execute(tx.conn()).await?;
    Ok(())
}

fn employee(row: &AnyRow, column: usize) -> Result<SourceId, StoreError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| StoreError::corrupt(TABLE, "(employee)"))
}

fn read(row: &AnyRow) -> Result<StaffSession, StoreError> {
    let practice = PracticeId::from_bytes(bytes(row, 0, TABLE)?);
    let text: Option<&str> = row.try_get(1)?;
    let employee = text.map(|text| text.parse().map_err(|_| StoreError::corrupt(TABLE, "(employee)"))).transpose()?;
    Ok(StaffSession { scope: PracticeScope { practice }, employee, last_seen_at: instant(row, 2)? })
}
