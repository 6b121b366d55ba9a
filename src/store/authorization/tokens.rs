//! Tokens: families, access tokens, refresh tokens.
//!
//! A family is everything that came from one code. Refresh tokens rotate: each is good for one use, and a second use
//! revokes the whole family, access tokens included (medmij-authorization §3.7, RFC 9700).

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::consents::{Term, read_services, read_term};
use super::{ConsentId, FamilyId, GrantId};
use crate::domain::ids::{PatientId, PatientRef, PracticeId};
use crate::domain::time::Timestamp;
use crate::oauth::token::{ACCESS_TOKEN_SECONDS, REFRESH_TOKEN_MONTHS};
use crate::oauth::{AccessTokenHash, RefreshTokenHash};
use crate::store::rows::{bytes, instant, optional_instant};
use crate::store::{StoreError, Tx};
use uuid::Uuid;

const TABLE: &str = "refresh_token";

/// Why a family was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Its code was offered a second time.
    CodeReused,
    /// A refresh token of it was used a second time.
    RefreshReused,
    /// The person withdrew the consent.
    ConsentWithdrawn,
    /// Access of the patient ended: dossier closed, blocked, deceased (release-rules R-DR-09, R-AG-09).
    AccessEnded,
}

impl Revocation {
    /// As rows and the audit trail write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CodeReused => "code_reused",
            Self::RefreshReused => "refresh_reused",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::AccessEnded => "access_ended",
        }
    }
}

/// Opens the family of a grant.
///
/// # Errors
/// [`StoreError::Taken`] when the grant has one already; else when the database fails.
pub async fn open_family(
    tx: &mut Tx<'_>,
    who: &PatientRef,
    id: FamilyId,
    grant: GrantId,
    consent: ConsentId,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO token_family (id, practice_id, patient_id, grant_id, consent_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(SQL)
        .bind(id.as_bytes())
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(grant.as_bytes())
        .bind(consent.as_bytes())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stores an access token, good for 900 seconds and these data services.
///
/// # Errors
/// [`StoreError::Taken`] should the token exist already; else when the database fails.
pub async fn issue_access(
    tx: &mut Tx<'_>,
    family: FamilyId,
    token: &AccessTokenHash,
    services: &[String],
    correlation: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO access_token (hash, family_id, services, correlation_id, issued_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(SQL)
        .bind(token.as_bytes().as_slice())
        .bind(family.as_bytes())
        .bind(services.join(" "))
        .bind(correlation.to_string())
        .bind(at.millis())
        .bind(at.plus_seconds(ACCESS_TOKEN_SECONDS).millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stores a refresh token, good for half a year and one use.
///
/// # Errors
/// [`StoreError::Taken`] should the token exist already; else when the database fails.
pub async fn issue_refresh(
    tx: &mut Tx<'_>,
    family: FamilyId,
    token: &RefreshTokenHash,
    at: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO refresh_token (hash, family_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)";
    sqlx::query(SQL)
        .bind(token.as_bytes().as_slice())
        .bind(family.as_bytes())
        .bind(at.millis())
        .bind(at.plus_local_months(REFRESH_TOKEN_MONTHS).millis())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A refresh token with everything its use is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refresh {
    /// Its family.
    pub family: FamilyId,
    /// Whose data.
    pub patient: PatientRef,
    /// To whom it was issued.
    pub client_id: String,
    /// The consent behind it.
    pub consent: ConsentId,
    /// The consent's term.
    pub term: Term,
    /// Ids of the data services the consent covers.
    pub services: Vec<String>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used; `None` = not yet.
    pub rotated_at: Option<Timestamp>,
    /// When its family was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The refresh token with this hash, used or not.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn find_refresh(tx: &mut Tx<'_>, token: &RefreshTokenHash) -> Result<Option<Refresh>, StoreError> {
    const SQL: &str = "
        SELECT r.family_id, f.practice_id, f.patient_id, c.client_id, c.id, c.term, c.services, r.expires_at,
               r.rotated_at, f.revoked_at
          FROM refresh_token r
          JOIN token_family f ON f.id = r.family_id
          JOIN consent c ON c.id = f.consent_id
         WHERE r.hash = $1";
    let row = sqlx::query(SQL).bind(token.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    row.as_ref().map(read_refresh).transpose()
}

/// Uses a refresh token up. `false` when it was used before, expired, or its family was revoked.
///
/// Within `grace_seconds` after its use it may be used again, for a client that lost the answer; 0 = never.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn rotate(
    tx: &mut Tx<'_>,
    token: &RefreshTokenHash,
    grace_seconds: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE refresh_token
           SET rotated_at = COALESCE(rotated_at, $2)
         WHERE hash = $1
           AND expires_at > $2
           AND (rotated_at IS NULL OR rotated_at > $3)
           AND EXISTS (SELECT 1
                         FROM token_family
                        WHERE id = refresh_token.family_id AND revoked_at IS NULL)";
    let done = sqlx::query(SQL)
        .bind(token.as_bytes().as_slice())
        .bind(at.millis())
        .bind(at.plus_seconds(-grace_seconds).millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes a family with all its tokens. `false` when it was revoked before.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn revoke_family(
    tx: &mut Tx<'_>,
    family: FamilyId,
    reason: Revocation,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE token_family
           SET revoked_at = $2, revoke_reason = $3
         WHERE id = $1
           AND revoked_at IS NULL";
    let update = sqlx::query(SQL).bind(family.as_bytes()).bind(at.millis()).bind(reason.as_str());
    Ok(update.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Revokes all tokens of a patient at one practice; how many families. The consents stay: with access restored, the
/// person authorizes anew.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn revoke_of_patient(tx: &mut Tx<'_>, who: &PatientRef, at: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        UPDATE token_family
           SET revoked_at = $3, revoke_reason = $4
         WHERE practice_id = $1
           AND patient_id = $2
           AND revoked_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(at.millis())
        .bind(Revocation::AccessEnded.as_str())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Deletes access tokens that expired and refresh tokens that expired before `cutoff`; how many. Used refresh tokens
/// stay until then, so that their reuse is still noticed.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, cutoff: Timestamp) -> Result<u64, StoreError> {
    const ACCESS: &str = "DELETE FROM access_token WHERE expires_at < $1";
    const REFRESH: &str = "DELETE FROM refresh_token WHERE expires_at < $1";
    let access = sqlx::query(ACCESS).bind(cutoff.millis()).execute(tx.conn()).await?.rows_affected();
    let refresh = sqlx::query(REFRESH).bind(cutoff.millis()).execute(tx.conn()).await?.rows_affected();
    Ok(access + refresh)
}

/// Revokes what came from a grant, because its code was offered again.
pub(super) async fn revoke_of_grant(tx: &mut Tx<'_>, grant: GrantId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE token_family
           SET revoked_at = $2, revoke_reason = $3
         WHERE grant_id = $1
           AND revoked_at IS NULL";
    let update = sqlx::query(SQL).bind(grant.as_bytes()).bind(at.millis()).bind(Revocation::CodeReused.as_str());
    update.execute(tx.conn()).await?;
    Ok(())
}

/// Revokes what was issued under a consent, because it was withdrawn.
pub(super) async fn revoke_of_consent(tx: &mut Tx<'_>, consent: ConsentId, at: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE token_family
           SET revoked_at = $2, revoke_reason = $3
         WHERE consent_id = $1
           AND revoked_at IS NULL";
    let reason = Revocation::ConsentWithdrawn.as_str();
    sqlx::query(SQL).bind(consent.as_bytes()).bind(at.millis()).bind(reason).execute(tx.conn()).await?;
    Ok(())
}

fn read_refresh(row: &AnyRow) -> Result<Refresh, StoreError> {
    let practice = PracticeId::from_bytes(bytes(row, 1, TABLE)?);
    let patient = PatientId::from_bytes(bytes(row, 2, TABLE)?);
    Ok(Refresh {
        family: FamilyId::from_row(row.try_get(0)?, TABLE)?,
        patient: PatientRef { practice, patient },
        client_id: row.try_get(3)?,
        consent: ConsentId::from_row(row.try_get(4)?, TABLE)?,
        term: read_term(row.try_get(5)?, TABLE)?,
        services: read_services(row.try_get(6)?),
        expires_at: instant(row, 7)?,
        rotated_at: optional_instant(row, 8)?,
        revoked_at: optional_instant(row, 9)?,
    })
}
