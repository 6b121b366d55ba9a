//! One read that says everything a resource request is decided on: token, family, consent, practice, patient.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::consents::{read_representation, read_services};
use super::{ConsentId, FamilyId};
use crate::domain::assurance::Level;
use crate::domain::dossier::Block;
use crate::domain::ids::{PatientId, PatientRef, PracticeId};
use crate::domain::representation::Representation;
use crate::domain::time::Timestamp;
use crate::oauth::AccessTokenHash;
use crate::store::patients::{OwnState, find_block, find_state};
use crate::store::rows::{bytes, instant, list, lists, optional_bytes, optional_instant};
use crate::store::{StoreError, Tx};

const TABLE: &str = "access_token";

/// What stands behind an access token, as it is at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Whose data.
    pub patient: PatientRef,
    /// MedMij name of the practice, as the resource endpoint must have it.
    pub practice_name: String,
    /// The practice's contract runs (G0).
    pub practice_active: bool,
    /// To whom the token was issued.
    pub client_id: String,
    /// Ids of the data services it is good for.
    pub services: Vec<String>,
    /// `X-Correlation-ID` that resource requests must carry.
    pub correlation: Uuid,
    /// Its family.
    pub family: FamilyId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The consent behind it.
    pub consent: ConsentId,
    /// When the consent was given.
    pub consent_given_at: Timestamp,
    /// When the consent lapses.
    pub consent_lapses_at: Timestamp,
    /// When the consent was withdrawn.
    pub consent_withdrawn_at: Option<Timestamp>,
    /// Level of the login the consent was given with.
    pub level: Level,
    /// On what ground somebody else acts for the patient.
    pub representation: Option<Representation>,
    /// The practice lets nobody act for this patient.
    pub no_representation: bool,
    /// Block on the patient.
    pub block: Block,
    /// State of the dossier as set at this side; the HIS's own is among the patient's facts.
    pub own_state: Option<OwnState>,
    /// When the patient disappeared from the deliveries.
    pub removed_at: Option<Timestamp>,
    /// Hash over the patient's records: which index is theirs now.
    pub set_hash: [u8; 32],
    /// The same of the practice's own records; `None` before its first delivery.
    pub practice_set_hash: Option<[u8; 32]>,
    /// Moves with every change of the practice's settings.
    pub settings_stamp: i64,
    /// When all this was seen.
    pub seen: Seen,
}

/// A number that on SQLite moves with everything that may change an [`Access`], whoever changes it: as long as it is the
/// same, so is every access that was seen with it. It is not part of what an access is: two of them are equal whenever
/// they were seen.
#[derive(Debug, Clone, Copy)]
pub struct Seen(i64);

impl Seen {
    /// The number.
    pub fn stamp(self) -> i64 {
        self.0
    }
}

impl PartialEq for Seen {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Seen {}

/// Why a token is no proof of access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAccess {
    /// Older than 900 seconds (G6).
    #[error("the access token has expired")]
    Expired,
    /// Its family was revoked (G6).
    #[error("the access token was revoked")]
    Revoked,
    /// The consent was withdrawn or lapsed (G5).
    #[error("the consent does not count any more")]
    ConsentEnded,
    /// It was issued to another client (G6).
    #[error("the access token belongs to another client")]
    OtherClient,
}

impl Access {
    /// Does the token prove access at this instant, for a caller with these certificate hosts?
    ///
    /// The gates on practice and patient (G0, G3, G7) are not among these questions: they need the policy.
    ///
    /// # Errors
    /// [`NoAccess`] for the first reason against it.
    pub fn check(&self, now: Timestamp, hosts: &[String]) -> Result<(), NoAccess> {
        if !hosts.contains(&self.client_id) {
            return Err(NoAccess::OtherClient);
        }
        if self.expires_at <= now {
            return Err(NoAccess::Expired);
        }
        if self.revoked_at.is_some() {
            return Err(NoAccess::Revoked);
        }
        if self.consent_withdrawn_at.is_some() || self.consent_lapses_at <= now {
            return Err(NoAccess::ConsentEnded);
        }
        Ok(())
    }
}

/// Everything [`read`] reads, and the token it belongs to.
const SELECT: &str = "
        SELECT f.practice_id, f.patient_id, pr.medmij_name, pr.active, c.client_id, a.services, a.correlation_id, f.id,
               a.issued_at, a.expires_at, f.revoked_at, c.id, c.given_at, c.lapses_at, c.withdrawn_at, c.level,
               CASE WHEN pt.block <> '' THEN pt.block WHEN pt.own_block <> '' THEN pt.own_block
                    WHEN pt.own_optout = 1 THEN 'patient_optout' ELSE '' END,
               pt.own_state, pt.own_opened_at, pt.own_state_at, pt.removed_at, pt.set_hash, shelf.set_hash,
               pr.settings_stamp, a.hash, (SELECT value FROM access_stamp WHERE id = 1), c.representation,
               pt.no_representation
          FROM access_token a
          JOIN token_family f ON f.id = a.family_id
          JOIN consent c ON c.id = f.consent_id
          JOIN practice pr ON pr.id = f.practice_id
          JOIN patient pt ON pt.practice_id = f.practice_id AND pt.id = f.patient_id
          LEFT JOIN patient shelf ON shelf.practice_id = f.practice_id AND shelf.id = $1";

/// What stands behind the token with this hash. `None` when there is no such token, or its patient is gone.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn find_access(tx: &mut Tx<'_>, token: &AccessTokenHash) -> Result<Option<Access>, StoreError> {
    Ok(find_accesses(tx, std::slice::from_ref(token)).await?.remove(token))
}

/// The same for many tokens in one statement a few hundred.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn find_accesses(
    tx: &mut Tx<'_>,
    tokens: &[AccessTokenHash],
) -> Result<HashMap<AccessTokenHash, Access>, StoreError> {
    let mut found = HashMap::with_capacity(tokens.len());
    for group in lists(tokens) {
        let sql = format!("{}{SELECT} WHERE a.hash IN ({})", tx.opening(), list(1, group.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(PatientId::PRACTICE.as_bytes().as_slice());
        for token in group {
            query = query.bind(token.as_bytes().as_slice());
        }
        for row in query.fetch_all(tx.conn()).await? {
            found.insert(AccessTokenHash::from_bytes(bytes(&row, 24, TABLE)?), read(&row)?);
        }
    }
    Ok(found)
}

fn read(row: &AnyRow) -> Result<Access, StoreError> {
    let corrupt = || StoreError::corrupt(TABLE, "(access)");
    let practice = PracticeId::from_bytes(bytes(row, 0, TABLE)?);
    let patient = PatientId::from_bytes(bytes(row, 1, TABLE)?);
    let text = |column: usize| row.try_get::<&str, _>(column);
    Ok(Access {
        patient: PatientRef { practice, patient },
        practice_name: row.try_get(2)?,
        practice_active: row.try_get::<i64, _>(3)? == 1,
        client_id: row.try_get(4)?,
        services: read_services(text(5)?),
        correlation: text(6)?.parse().map_err(|_| corrupt())?,
        family: FamilyId::from_row(row.try_get(7)?, TABLE)?,
        issued_at: instant(row, 8)?,
        expires_at: instant(row, 9)?,
        revoked_at: optional_instant(row, 10)?,
        consent: ConsentId::from_row(row.try_get(11)?, TABLE)?,
        consent_given_at: instant(row, 12)?,
        consent_lapses_at: instant(row, 13)?,
        consent_withdrawn_at: optional_instant(row, 14)?,
        level: text(15)?.parse().map_err(|_| corrupt())?,
        representation: read_representation(row.try_get(26)?, TABLE)?,
        no_representation: row.try_get::<i64, _>(27)? == 1,
        block: find_block(text(16)?).ok_or_else(corrupt)?,
        own_state: read_own_state(row)?,
        removed_at: optional_instant(row, 20)?,
        set_hash: bytes(row, 21, TABLE)?,
        practice_set_hash: optional_bytes(row, 22, TABLE)?,
        settings_stamp: row.try_get(23)?,
        seen: Seen(row.try_get(25)?),
    })
}

fn read_own_state(row: &AnyRow) -> Result<Option<OwnState>, StoreError> {
    let state: Option<&str> = row.try_get(17)?;
    let Some(state) = state else { return Ok(None) };
    let corrupt = || StoreError::corrupt(TABLE, "(own state)");
    Ok(Some(OwnState {
        state: find_state(state).ok_or_else(corrupt)?,
        opened_at: optional_instant(row, 18)?,
        at: optional_instant(row, 19)?.ok_or_else(corrupt)?,
    }))
}
