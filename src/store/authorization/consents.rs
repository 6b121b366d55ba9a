//! Consents (toestemmingen): what a person agreed to, until when, and that it was withdrawn (R-CO-01, R-CO-02, R-CO-10).
//!
//! A one-time consent lapses with its code or access token. A long-lived one (langdurige toestemming) has no end of
//! its own, but lapses when no data is collected for half a year (medmij-authorization §1.6, §3.5).

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::ConsentId;
use crate::domain::assurance::Level;
use crate::domain::ids::{PatientRef, PracticeId};
use crate::domain::representation::Representation;
use crate::domain::time::Timestamp;
use crate::oauth::ClientId;
use crate::oauth::token::{ACCESS_TOKEN_SECONDS, CODE_SECONDS, REFRESH_TOKEN_MONTHS};
use crate::store::rows::{bytes, instant, optional_instant};
use crate::store::{StoreError, Tx};

const TABLE: &str = "consent";

/// How long a consent is meant to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// For this collection only.
    Once,
    /// For an indefinite time (onbepaalde tijd).
    Indefinite,
}

impl Term {
    /// As rows and the audit trail write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Indefinite => "indefinite",
        }
    }

    /// When a consent of this term lapses that is used at `at` and not again.
    fn lapses_after_use(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Once => at.plus_seconds(ACCESS_TOKEN_SECONDS),
            Self::Indefinite => at.plus_local_months(REFRESH_TOKEN_MONTHS),
        }
    }

    /// When a consent of this term lapses that is given at `at` and never used: with its code.
    fn lapses_unused(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Once => at.plus_seconds(CODE_SECONDS),
            Self::Indefinite => at.plus_local_months(REFRESH_TOKEN_MONTHS),
        }
    }
}

/// A consent as it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConsent<'a> {
    /// Its key.
    pub id: ConsentId,
    /// To whom data may go.
    pub client_id: &'a ClientId,
    /// Name of the PGO as it was shown.
    pub client_name: &'a str,
    /// Ids of the data services the practice offered at that moment.
    pub services: &'a [String],
    /// For how long.
    pub term: Term,
    /// Level of the login.
    pub level: Level,
    /// Version of the text.
    pub text_version: &'a str,
    /// Language of the text: `nl` or `en`.
    pub language: &'a str,
    /// The text exactly as shown.
    pub text: &'a str,
    /// When.
    pub at: Timestamp,
    /// On what ground somebody acted for the patient, and who: the look-up hash of their number.
    pub representative: Option<(Representation, [u8; 32])>,
}

/// A consent as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its key.
    pub id: ConsentId,
    /// The PGO.
    pub client_id: String,
    /// Name of the PGO as it was shown.
    pub client_name: String,
    /// Ids of the data services it covers.
    pub services: Vec<String>,
    /// For how long.
    pub term: Term,
    /// When it was given.
    pub given_at: Timestamp,
    /// When tokens were last issued under it; `None` = never.
    pub last_used_at: Option<Timestamp>,
    /// When it lapses if it is not used again.
    pub lapses_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// On what ground somebody else gave it for the patient.
    pub representation: Option<Representation>,
    /// Version of the text.
    pub text_version: String,
    /// Language of the text: `nl` or `en`.
    pub language: String,
    /// The text exactly as it was shown, one paragraph a line.
    pub text: String,
}

impl Consent {
    /// Does it count at this instant?
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.withdrawn_at.is_none() && self.lapses_at > now
    }
}

/// Stores a consent.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn give(tx: &mut Tx<'_>, who: &PatientRef, consent: &NewConsent<'_>) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO consent (
            id, practice_id, patient_id, client_id, client_name, services, term, level, text_version, language, text,
            given_at, lapses_at, representation, representative)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    sqlx::query(SQL)
        .bind(consent.id.as_bytes())
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(consent.client_id.as_str())
        .bind(consent.client_name)
        .bind(consent.services.join(" "))
        .bind(consent.term.as_str())
        .bind(consent.level.as_str())
        .bind(consent.text_version)
        .bind(consent.language)
        .bind(consent.text)
        .bind(consent.at.millis())
        .bind(consent.term.lapses_unused(consent.at).millis())
        .bind(consent.representative.map(|(ground, _)| ground.as_str()))
        .bind(consent.representative.map(|(_, person)| Vec::from(person)))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The patient's consents that count at this instant, by PGO and then oldest first.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn list_valid(tx: &mut Tx<'_>, who: &PatientRef, now: Timestamp) -> Result<Vec<Consent>, StoreError> {
    const SQL: &str = "
        SELECT id, client_id, client_name, services, term, given_at, last_used_at, lapses_at, withdrawn_at, representation,
               text_version, language, text
          FROM consent
         WHERE practice_id = $1
           AND patient_id = $2
           AND withdrawn_at IS NULL
           AND lapses_at > $3
         ORDER BY client_name, client_id, given_at";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(now.millis())
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read).collect()
}

/// One consent of this patient, also when it was withdrawn or lapsed.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is corrupt.
pub async fn find(tx: &mut Tx<'_>, who: &PatientRef, id: ConsentId) -> Result<Option<Consent>, StoreError> {
    const SQL: &str = "
        SELECT id, client_id, client_name, services, term, given_at, last_used_at, lapses_at, withdrawn_at, representation,
               text_version, language, text
          FROM consent
         WHERE practice_id = $1
           AND patient_id = $2
           AND id = $3";
    let row = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(id.as_bytes())
        .fetch_optional(tx.conn())
        .await?;
    row.as_ref().map(read).transpose()
}

/// How many long-lived consents of all practices count at this instant.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn count_standing(tx: &mut Tx<'_>, at: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*)
          FROM consent
         WHERE term = 'indefinite'
           AND given_at < $1
           AND lapses_at > $1
           AND (withdrawn_at IS NULL OR withdrawn_at >= $1)";
    let count: i64 = sqlx::query_scalar(SQL).bind(at.millis()).fetch_one(tx.conn()).await?;
    Ok(count.unsigned_abs())
}

/// How a PGO is used at one practice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The PGO.
    pub client_id: String,
    /// The practice.
    pub practice: PracticeId,
    /// When tokens were last issued to it; `None` = never.
    pub last_used_at: Option<Timestamp>,
}

/// Every PGO that ever got a consent, practice by practice.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn uses(tx: &mut Tx<'_>) -> Result<Vec<Use>, StoreError> {
    const SQL: &str = "
        SELECT client_id, practice_id, MAX(last_used_at)
          FROM consent
         GROUP BY client_id, practice_id
         ORDER BY client_id, practice_id";
    let read = |row: &AnyRow| {
        let practice = PracticeId::from_bytes(bytes(row, 1, TABLE)?);
        Ok(Use { client_id: row.try_get(0)?, practice, last_used_at: optional_instant(row, 2)? })
    };
    sqlx::query(SQL).fetch_all(tx.conn()).await?.iter().map(read).collect()
}

/// Notes that tokens are issued under a consent, and lets it run on. `false` when it does not count any more: then
/// nothing may be issued.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn mark_used(
    tx: &mut Tx<'_>,
    who: &PatientRef,
    id: ConsentId,
    term: Term,
    at: Timestamp,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE consent
           SET last_used_at = $4, lapses_at = $5
         WHERE practice_id = $1
           AND patient_id = $2
           AND id = $3
           AND term = $6
           AND withdrawn_at IS NULL
           AND lapses_at > $4";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(id.as_bytes())
        .bind(at.millis())
        .bind(term.lapses_after_use(at).millis())
        .bind(term.as_str())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws a consent and revokes every token under it, at once. `false` when it was withdrawn before, or is not
/// this patient's.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn withdraw(tx: &mut Tx<'_>, who: &PatientRef, id: ConsentId, at: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE consent
           SET withdrawn_at = $4
         WHERE practice_id = $1
           AND patient_id = $2
           AND id = $3
           AND withdrawn_at IS NULL";
    let done = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(id.as_bytes())
        .bind(at.millis())
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    super::tokens::revoke_of_consent(tx, id, at).await?;
    Ok(true)
}

/// A term as a row writes it.
pub(super) fn read_term(text: &str, table: &'static str) -> Result<Term, StoreError> {
    match text {
        "once" => Ok(Term::Once),
        "indefinite" => Ok(Term::Indefinite),
        _ => Err(StoreError::corrupt(table, "(term)")),
    }
}

/// Ids separated by spaces, as rows keep them.
pub(super) fn read_services(text: &str) -> Vec<String> {
    text.split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

fn read(row: &AnyRow) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: ConsentId::from_row(row.try_get(0)?, TABLE)?,
        client_id: row.try_get(1)?,
        client_name: row.try_get(2)?,
        services: read_services(row.try_get(3)?),
        term: read_term(row.try_get(4)?, TABLE)?,
        given_at: instant(row, 5)?,
        last_used_at: optional_instant(row, 6)?,
        lapses_at: instant(row, 7)?,
        withdrawn_at: optional_instant(row, 8)?,
        representation: read_representation(row.try_get(9)?, TABLE)?,
        text_version: row.try_get(10)?,
        language: row.try_get(11)?,
        text: row.try_get(12)?,
    })
}

/// A ground of representation as a row writes it.
pub(super) fn read_representation(
    text: Option<&str>,
    table: &'static str,
) -> Result<Option<Representation>, StoreError> {
    let ground = text.map(str::parse).transpose();
    ground.map_err(|_| StoreError::corrupt(table, "(representation)"))
}
