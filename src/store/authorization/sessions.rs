//! Sessions of the front channel: one browser on its way through one flow.
//!
//! The cookie holds a random id, the row its hash. A session ends after 15 idle minutes (release-rules R-SE-01,
//! medmij-authorization §9.4), of somebody who is logged in after as few as the practice wants, and after
//! [`ABSOLUTE_SECONDS`] whatever happens.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::GrantId;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::oauth::{LoginStateHash, SessionIdHash};
use crate::store::rows::{bytes, optional_bytes, optional_instant};
use crate::store::{StoreError, Tx};

const TABLE: &str = "front_session";

/// Idle time after which a session is over, in seconds; a practice may shorten it for who is logged in.
pub const IDLE_SECONDS: i64 = 900;
/// Longest life of a session, in seconds.
pub const ABSOLUTE_SECONDS: i64 = 3600;

/// A live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The practice it is about.
    pub scope: PracticeScope,
    /// What it is for.
    pub purpose: Purpose,
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An authorization request of a PGO.
    Authorize(GrantId),
    /// What a person does for themselves: looking at consents, and their own pages.
    Own(Door, Visitor),
}

/// Where somebody came in who does something for themselves; after the login they are led there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Looking at and withdrawing consents.
    Consents,
    /// The patient's own pages.
    My,
}

impl Door {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Consents => "consents",
            Self::My => "my",
        }
    }
}

/// Who does something for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Not logged in yet.
    Anonymous,
    /// Logged in, and not a patient of this practice: sees what a patient sees of whom there is nothing.
    Stranger,
    /// Logged in.
    Patient(PatientRef),
}

/// What a new session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// An authorization request.
    Authorize(GrantId),
    /// What a person does for themselves.
    Own(Door),
}

/// Starts a session.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn start(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    id: &SessionIdHash,
    opening: Opening,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO front_session (id_hash, practice_id, purpose, grant_id, started_at, last_seen_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    let (purpose, grant) = match opening {
        Opening::Authorize(grant) => ("authorize", Some(grant)),
        Opening::Own(door) => (door.as_str(), None),
    };
    sqlx::query(SQL)
        .bind(id.as_bytes().as_slice())
        .bind(scope.practice.as_bytes().as_slice())
        .bind(purpose)
        .bind(grant.map(|grant| grant.as_bytes().to_vec()))
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The practice of the session with this id, whether or not it is alive.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn practice_of(tx: &mut Tx<'_>, id: &SessionIdHash) -> Result<Option<PracticeScope>, StoreError> {
    const SQL: &str = "SELECT practice_id FROM front_session WHERE id_hash = $1";
    let row = sqlx::query(SQL).bind(id.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    row.map(|row| Ok(PracticeScope { practice: PracticeId::from_bytes(bytes(&row, 0, TABLE)?) })).transpose()
}

/// The session with this id, which thereby was seen; `None` when unknown, ended, or idle for too long: for 15 minutes, or
/// once somebody is logged in for as long as the practice allows. Before that there is nothing to see, and logging in
/// elsewhere takes its time.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn touch(
    tx: &mut Tx<'_>,
    id: &SessionIdHash,
    allowed_seconds: i64,
    at: Timestamp,
) -> Result<Option<Session>, StoreError> {
    const SQL: &str = "
        UPDATE front_session
           SET last_seen_at = $2
         WHERE id_hash = $1
           AND ended_at IS NULL
           AND last_seen_at > $3
           AND (last_seen_at > $5
                OR (identified_at IS NULL
                    AND NOT EXISTS (SELECT 1
                                      FROM authorization_grant
                                     WHERE id = front_session.grant_id AND authenticated_at IS NOT NULL)))
           AND started_at > $4
     RETURNING practice_id, purpose, grant_id, patient_id, identified_at";
    let row = sqlx::query(SQL)
        .bind(id.as_bytes().as_slice())
        .bind(at.millis())
        .bind(at.plus_seconds(-IDLE_SECONDS).millis())
        .bind(at.plus_seconds(-ABSOLUTE_SECONDS).millis())
        .bind(at.plus_seconds(-allowed_seconds).millis())
        .fetch_optional(tx.conn())
        .await?;
    row.as_ref().map(read).transpose()
}

/// Remembers the login that was begun; an earlier one cannot be finished any more.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn begin_login(tx: &mut Tx<'_>, id: &SessionIdHash, state: &LoginStateHash) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE front_session SET login_state_hash = $2 WHERE id_hash = $1";
    let update = sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(state.as_bytes().as_slice());
    update.execute(tx.conn()).await?;
    Ok(())
}

/// Consumes the login that was begun in this session. `false` when the answer belongs to no or another login.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn take_login(tx: &mut Tx<'_>, id: &SessionIdHash, state: &LoginStateHash) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE front_session
           SET login_state_hash = NULL
         WHERE id_hash = $1
           AND login_state_hash = $2";
    let update = sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(state.as_bytes().as_slice());
    Ok(update.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Gives a session a new id, so that an id known before the login is worth nothing after it. `false` when it is gone.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn rotate(tx: &mut Tx<'_>, old: &SessionIdHash, new: &SessionIdHash) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE front_session SET id_hash = $2 WHERE id_hash = $1 AND ended_at IS NULL";
    let update = sqlx::query(SQL).bind(old.as_bytes().as_slice()).bind(new.as_bytes().as_slice());
    Ok(update.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Notes who logged in for themselves; `None` = somebody who is no patient of the practice. `false` when the
/// session has another purpose or is gone.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn identify(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    id: &SessionIdHash,
    patient: Option<PatientId>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE front_session
           SET patient_id = $3, identified_at = $4
         WHERE id_hash = $1
           AND practice_id = $2
           AND purpose IN ('consents', 'my')
           AND ended_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(id.as_bytes().as_slice())
        .bind(scope.practice.as_bytes().as_slice())
        .bind(patient.map(|patient| patient.as_bytes().to_vec()))
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends a session; may be repeated.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn end(tx: &mut Tx<'_>, id: &SessionIdHash, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE front_session SET ended_at = $2 WHERE id_hash = $1 AND ended_at IS NULL";
    sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(at.millis()).execute(tx.conn()).await?;
    Ok(())
}

/// The grant of a session that was ended after `since`.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn just_ended(tx: &mut Tx<'_>, id: &SessionIdHash, since: Timestamp) -> Result<Option<GrantId>, StoreError> {
    const SQL: &str = "
        SELECT grant_id
          FROM front_session
         WHERE id_hash = $1
           AND purpose = 'authorize'
           AND ended_at > $2";
    let query = sqlx::query(SQL).bind(id.as_bytes().as_slice()).bind(since.millis());
    let Some(row) = query.fetch_optional(tx.conn()).await? else { return Ok(None) };
    let grant: Option<&[u8]> = row.try_get(0)?;
    grant.map(|grant| GrantId::from_row(grant, TABLE)).transpose()
}

/// Deletes sessions last seen before `cutoff`; how many.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, cutoff: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM front_session WHERE last_seen_at < $1";
    Ok(sqlx::query(SQL).bind(cutoff.millis()).execute(tx.conn()).await?.rows_affected())
}

fn read(row: &AnyRow) -> Result<Session, StoreError> {
    let corrupt = || StoreError::corrupt(TABLE, "(session)");
    let practice = PracticeId::from_bytes(bytes(row, 0, TABLE)?);
    let purpose = match row.try_get::<&str, _>(1)? {
        "authorize" => {
            let grant: Option<&[u8]> = row.try_get(2)?;
            Purpose::Authorize(GrantId::from_row(grant.ok_or_else(corrupt)?, TABLE)?)
        }
        own => {
            let door = [Door::Consents, Door::My].into_iter().find(|door| door.as_str() == own);
            let patient = optional_bytes(row, 3, TABLE)?.map(PatientId::from_bytes);
            let visitor = match (optional_instant(row, 4)?, patient) {
                (None, _) => Visitor::Anonymous,
                (Some(_), None) => Visitor::Stranger,
                (Some(_), Some(patient)) => Visitor::Patient(PatientRef { practice, patient }),
            };
            Purpose::Own(door.ok_or_else(corrupt)?, visitor)
        }
    };
    Ok(Session { scope: PracticeScope { practice }, purpose })
}
