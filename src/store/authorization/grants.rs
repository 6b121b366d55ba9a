//! Grants: one authorization request on its way to tokens.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{ConsentId, GrantId};
use crate::domain::assurance::Level;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::oauth::authorize::AuthorizeRequest;
use crate::oauth::token::CODE_SECONDS;
use crate::oauth::{AuthorizationCodeHash, RequestIds};
use crate::store::rows::{bytes, instant, optional_bytes, optional_instant};
use crate::store::{StoreError, Tx};

const TABLE: &str = "authorization_grant";

/// How long a person may take from the authorization request to the consent, in seconds.
pub const FLOW_SECONDS: i64 = 1800;

/// A grant with the stage it has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its key.
    pub id: GrantId,
    /// The practice that was asked for.
    pub scope: PracticeScope,
    /// The checked request.
    pub request: AuthorizeRequest,
    /// After this instant it cannot go on to a code.
    pub expires_at: Timestamp,
    /// What is known by now.
    pub stage: Stage,
}

/// The life of a grant; each stage holds exactly what is known by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The person has not logged in yet.
    Requested,
    /// Logged in, available, not yet consented.
    Authenticated(Login),
    /// Consented: a code is out.
    Consented {
        /// Who.
        login: Login,
        /// To what.
        consent: ConsentId,
        /// Until when the code is good.
        code_expires_at: Timestamp,
    },
    /// The code became tokens.
    Exchanged {
        /// Who.
        login: Login,
        /// To what.
        consent: ConsentId,
    },
    /// Ended without tokens.
    Refused(Refusal),
}

/// A login that counts for a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login {
    /// The patient whose dossier it is about.
    pub patient: PatientRef,
    /// How sure.
    pub level: Level,
    /// When.
    pub at: Timestamp,
    /// Who acts for the patient, when it is not the patient: the look-up hash of their number.
    pub acting: Option<[u8; 32]>,
}

/// Why a grant ended without tokens. For the practice's own trail; a PGO sees `access_denied` for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Cancelled on the landing page, or after a login that was broken off.
    Cancelled,
    /// The login failed.
    LoginFailed,
    /// The login was below the practice's minimum (G2).
    LevelTooLow,
    /// The availability test was negative (G0, G3, G4, G7).
    Unavailable,
    /// The birth date that the PGO gave for the represented person is not the patient's (ext.vert.autorisatie.200).
    OtherBirthDate,
    /// The person did not consent.
    Declined,
    /// The code was offered more than once.
    CodeReused,
}

impl Refusal {
    const ALL: [Self; 7] = [
        Self::Cancelled,
        Self::LoginFailed,
        Self::LevelTooLow,
        Self::Unavailable,
        Self::OtherBirthDate,
        Self::Declined,
        Self::CodeReused,
    ];

    /// As rows and the audit trail write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::LoginFailed => "login_failed",
            Self::LevelTooLow => "level_too_low",
            Self::Unavailable => "unavailable",
            Self::OtherBirthDate => "other_birth_date",
            Self::Declined => "declined",
            Self::CodeReused => "code_reused",
        }
    }
}

/// Stores a new request; it expires after [`FLOW_SECONDS`].
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn open(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    id: GrantId,
    request: &AuthorizeRequest,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO authorization_grant (
            id, practice_id, client_id, redirect_uri, scope, state, request_id, correlation_id, stage, requested_at,
            expires_at, birth_mark)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'requested', $9, $10, $11)";
    sqlx::query(SQL)
        .bind(id.as_bytes())
        .bind(scope.practice.as_bytes().as_slice())
        .bind(request.client_id.as_str())
        .bind(request.redirect_uri.as_str())
        .bind(request.scope.to_string())
        .bind(request.state.as_str())
        .bind(request.ids.request.to_string())
        .bind(request.ids.correlation.to_string())
        .bind(at.millis())
        .bind(at.plus_seconds(FLOW_SECONDS).millis())
        .bind(request.birth_mark.clone())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The grant with this key, whatever its stage.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn find(tx: &mut Tx<'_>, id: GrantId) -> Result<Option<Grant>, StoreError> {
    const SQL: &str = "
        SELECT id, practice_id, client_id, redirect_uri, scope, state, request_id, correlation_id, stage, expires_at,
               patient_id, level, authenticated_at, refusal, consent_id, code_expires_at, birth_mark,
               acting_hash
          FROM authorization_grant
         WHERE id = $1";
    let row = sqlx::query(SQL).bind(id.as_bytes()).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read).transpose()
}

/// Requested → Authenticated. `false` when the grant is at another stage or expired.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn authenticate(tx: &mut Tx<'_>, id: GrantId, login: &Login) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE authorization_grant
           SET stage = 'authenticated', patient_id = $2, level = $3, authenticated_at = $4, acting_hash = $6
         WHERE id = $1
           AND practice_id = $5
           AND stage = 'requested'
           AND expires_at > $4";
    let done = sqlx::query(SQL)
        .bind(id.as_bytes())
        .bind(login.patient.patient.as_bytes().as_slice())
        .bind(login.level.as_str())
        .bind(login.at.millis())
        .bind(login.patient.practice.as_bytes().as_slice())
        .bind(login.acting.map(Vec::from))
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Authenticated → Consented, with a code that is good for 900 seconds. `false` when the grant is at another stage
/// or expired.
///
/// # Errors
/// [`StoreError::Taken`] should the code exist already (uniqueness is promised to the network); else when the
/// database fails.
pub async fn consent(
    tx: &mut Tx<'_>,
    id: GrantId,
    consent: ConsentId,
    code: &AuthorizationCodeHash,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE authorization_grant
           SET stage = 'consented', consent_id = $2, code_hash = $3, code_expires_at = $4
         WHERE id = $1
           AND stage = 'authenticated'
           AND expires_at > $5";
    let done = sqlx::query(SQL)
        .bind(id.as_bytes())
        .bind(consent.as_bytes())
        .bind(code.as_bytes().as_slice())
        .bind(at.plus_seconds(CODE_SECONDS).millis())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Requested or Authenticated → Refused. `false` when the grant was past that.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn refuse(tx: &mut Tx<'_>, id: GrantId, reason: Refusal) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE authorization_grant
           SET stage = 'refused', refusal = $2
         WHERE id = $1
           AND stage IN ('requested', 'authenticated')";
    let done = sqlx::query(SQL).bind(id.as_bytes()).bind(reason.as_str()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Consented or Exchanged → Refused, for who says no after yes: the code is worth nothing. `false` at any other stage.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn take_back(tx: &mut Tx<'_>, id: GrantId) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE authorization_grant
           SET stage = 'refused', refusal = $2
         WHERE id = $1
           AND stage IN ('consented', 'exchanged')";
    let done = sqlx::query(SQL).bind(id.as_bytes()).bind(Refusal::Declined.as_str()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// What became of a code that was offered.
#[derive(Debug)]
pub enum CodeOffer {
    /// No such code.
    Unknown,
    /// Offered before: grant and tokens that came from it are gone now.
    Reused(Box<Grant>),
    /// Offered for the first time. It is burnt; whether it was in time and by the right client is to be asked.
    First(Box<Grant>),
}

/// Burns a code, whoever offers it and whatever follows (core.tknint.204); a second offer revokes what the first gave.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn offer_code(tx: &mut Tx<'_>, code: &AuthorizationCodeHash, at: Timestamp) -> Result<CodeOffer, StoreError> {
    const FIRST: &str = "
        UPDATE authorization_grant
           SET code_offered_at = $2
         WHERE code_hash = $1
           AND code_offered_at IS NULL
     RETURNING id, practice_id, client_id, redirect_uri, scope, state, request_id, correlation_id, stage, expires_at,
               patient_id, level, authenticated_at, refusal, consent_id, code_expires_at, birth_mark,
               acting_hash";
    const AGAIN: &str = "
        UPDATE authorization_grant
           SET stage = 'refused', refusal = 'code_reused'
         WHERE code_hash = $1
     RETURNING id, practice_id, client_id, redirect_uri, scope, state, request_id, correlation_id, stage, expires_at,
               patient_id, level, authenticated_at, refusal, consent_id, code_expires_at, birth_mark,
               acting_hash";
    let hash = code.as_bytes().as_slice();
    if let Some(row) = sqlx::query(FIRST).bind(hash).bind(at.millis()).fetch_optional(tx.conn()).await? {
        return Ok(CodeOffer::First(Box::new(read(&row)?)));
    }
    let Some(row) = sqlx::query(AGAIN).bind(hash).fetch_optional(tx.conn()).await? else {
        return Ok(CodeOffer::Unknown);
    };
    let grant = read(&row)?;
    super::tokens::revoke_of_grant(tx, grant.id, at).await?;
    Ok(CodeOffer::Reused(Box::new(grant)))
}

/// Consented → Exchanged: the last question before tokens are handed out. `false` when the code was offered again
/// in the meantime.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn exchange(tx: &mut Tx<'_>, id: GrantId) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE authorization_grant
           SET stage = 'exchanged'
         WHERE id = $1
           AND stage = 'consented'";
    let done = sqlx::query(SQL).bind(id.as_bytes()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes grants that were requested before `cutoff`; how many. A code of a deleted grant is unknown from then on.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, cutoff: Timestamp) -> Result<u64, StoreError> {
    const SESSIONS: &str = "
        DELETE FROM front_session
         WHERE grant_id IN (SELECT id FROM authorization_grant WHERE requested_at < $1)";
    const GRANTS: &str = "DELETE FROM authorization_grant WHERE requested_at < $1";
    sqlx::query(SESSIONS).bind(cutoff.millis()).execute(tx.conn()).await?;
    Ok(sqlx::query(GRANTS).bind(cutoff.millis()).execute(tx.conn()).await?.rows_affected())
}

fn read(row: &AnyRow) -> Result<Grant, StoreError> {
    let id = GrantId::from_row(row.try_get(0)?, TABLE)?;
    let corrupt = || StoreError::corrupt(TABLE, id);
    let scope = PracticeScope { practice: PracticeId::from_bytes(bytes(row, 1, TABLE)?) };
    let text = |column: usize| row.try_get::<&str, _>(column);
    let request = AuthorizeRequest {
        client_id: text(2)?.parse().map_err(|_| corrupt())?,
        redirect_uri: text(3)?.parse().map_err(|_| corrupt())?,
        scope: text(4)?.parse().map_err(|_| corrupt())?,
        state: text(5)?.parse().map_err(|_| corrupt())?,
        ids: RequestIds {
            request: text(6)?.parse().map_err(|_| corrupt())?,
            correlation: text(7)?.parse().map_err(|_| corrupt())?,
        },
        birth_mark: row.try_get(16)?,
    };
    let stage = match text(8)? {
        "requested" => Stage::Requested,
        "authenticated" => Stage::Authenticated(read_login(row, scope)?.ok_or_else(corrupt)?),
        "consented" => Stage::Consented {
            login: read_login(row, scope)?.ok_or_else(corrupt)?,
            consent: read_consent(row)?.ok_or_else(corrupt)?,
            code_expires_at: optional_instant(row, 15)?.ok_or_else(corrupt)?,
        },
        "exchanged" => Stage::Exchanged {
            login: read_login(row, scope)?.ok_or_else(corrupt)?,
            consent: read_consent(row)?.ok_or_else(corrupt)?,
        },
        "refused" => {
            let reason: Option<&str> = row.try_get(13)?;
            let known = Refusal::ALL.into_iter().find(|refusal| Some(refusal.as_str()) == reason);
            Stage::Refused(known.ok_or_else(corrupt)?)
        }
        _ => return Err(corrupt()),
    };
    Ok(Grant { id, scope, request, expires_at: instant(row, 9)?, stage })
}

fn read_login(row: &AnyRow, scope: PracticeScope) -> Result<Option<Login>, StoreError> {
    let patient = optional_bytes(row, 10, TABLE)?.map(PatientId::from_bytes);
    let level: Option<&str> = row.try_get(11)?;
    let (Some(patient), Some(Ok(level)), Some(at)) = (patient, level.map(str::parse), optional_instant(row, 12)?)
    else {
        return Ok(None);
    };
    let acting = optional_bytes(row, 17, TABLE)?;
    Ok(Some(Login { patient: PatientRef { practice: scope.practice, patient }, level, at, acting }))
}

fn read_consent(row: &AnyRow) -> Result<Option<ConsentId>, StoreError> {
    let found: Option<&[u8]> = row.try_get(14)?;
    found.map(|key| ConsentId::from_row(key, TABLE)).transpose()
}
