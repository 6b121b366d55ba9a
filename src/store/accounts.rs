//! E-mail addresses for notices, one person each (release-rules R-RG). They open nothing: access needs an eID.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant, optional_bytes, optional_instant};
use super::{StoreError, Tx};
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const TABLE: &str = "email_account";
pub(super) const BODY: &str = "email_account.body";
const COLUMNS: &str = "id, practice_id, patient_id, created_at, confirmed_at, link_until, body";

/// Names one account: 16 random bytes.
pub type AccountId = [u8; 16];

/// What is known of who has the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The address.
    pub address: String,
    /// Name, as who signed up without an eID wrote it.
    pub name: Option<String>,
    /// Birth date, likewise.
    pub birth: Option<jiff::civil::Date>,
    /// Telephone number, likewise.
    pub phone: Option<String>,
}

/// An account as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// At which practice.
    pub practice: PracticeId,
    /// Whose; `None` while nobody linked it.
    pub patient: Option<PatientId>,
    /// Since when.
    pub created_at: Timestamp,
    /// When the link in the letter was used.
    pub confirmed_at: Option<Timestamp>,
    /// Until when that link can be used; `None` when it was.
    pub link_until: Option<Timestamp>,
    /// What was told.
    pub told: Told,
}

/// A link in a letter: the hash of its token, and until when it can be used.
pub type ConfirmLink = ([u8; 32], Timestamp);

/// Adds an account that waits for its link to be used.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails; also when the address has an account.
pub async fn add(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    (practice, patient): (PracticeId, Option<PatientId>),
    (id, address_hash): (AccountId, [u8; 32]),
    told: &Told,
    (link, at): (ConfirmLink, Timestamp),
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO email_account (
            id, practice_id, patient_id, address_hash, created_at, link_hash, link_until, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let plain = serde_json::to_vec(told).map_err(|_| StoreError::corrupt(TABLE, "?"))?;
    sqlx::query(SQL)
        .bind(id.as_slice())
        .bind(practice.as_bytes().as_slice())
        .bind(patient.map(|patient| patient.as_bytes().to_vec()))
        .bind(address_hash.as_slice())
        .bind(at.millis())
        .bind(link.0.as_slice())
        .bind(link.1.millis())
        .bind(sealer.seal(&context(practice, id), &plain).map_err(StoreError::Sealing)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The account with this address.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn by_address(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    address_hash: &[u8; 32],
) -> Result<Option<Account>, StoreError> {
    one(tx, sealer, "address_hash", address_hash.as_slice()).await
}

/// The account whose letter holds this link, used in time or not.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn by_link(tx: &mut Tx<'_>, sealer: &Sealer, link_hash: &[u8; 32]) -> Result<Option<Account>, StoreError> {
    one(tx, sealer, "link_hash", link_hash.as_slice()).await
}

async fn one(tx: &mut Tx<'_>, sealer: &Sealer, column: &str, value: &[u8]) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM email_account WHERE {column} = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value).fetch_optional(tx.conn()).await?;
    row.map(|row| read(&row, sealer)).transpose()
}

/// The account of a patient.
///
/// # Errors
/// [`StoreError`] when the database fails, or the row is corrupt or cannot be opened.
pub async fn of_patient(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM email_account WHERE practice_id = $1 AND patient_id = $2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(who.practice.as_bytes().as_slice());
    let row = query.bind(who.patient.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    row.map(|row| read(&row, sealer)).transpose()
}

/// Confirmed accounts that nobody linked to a patient yet, the oldest first, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn unlinked(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    most: u32,
) -> Result<Vec<Account>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM email_account
          WHERE practice_id = $1 AND patient_id IS NULL AND confirmed_at IS NOT NULL
          ORDER BY confirmed_at, id LIMIT $2"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scope.practice.as_bytes().as_slice());
    let rows = query.bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// How many accounts of this practice wait for their link to be used, made after this instant.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn unconfirmed_since(tx: &mut Tx<'_>, scope: &PracticeScope, since: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*) FROM email_account WHERE practice_id = $1 AND confirmed_at IS NULL AND created_at > $2";
    let query = sqlx::query_scalar::<_, i64>(SQL).bind(scope.practice.as_bytes().as_slice()).bind(since.millis());
    Ok(query.fetch_one(tx.conn()).await?.unsigned_abs())
}

/// What was told of an account that nobody confirmed yet gives way to what was told later.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn restate(tx: &mut Tx<'_>, sealer: &Sealer, account: &Account, told: &Told) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE email_account SET body = $2 WHERE id = $1 AND confirmed_at IS NULL";
    let plain = serde_json::to_vec(told).map_err(|_| StoreError::corrupt(TABLE, "?"))?;
    let sealed = sealer.seal(&context(account.practice, account.id), &plain).map_err(StoreError::Sealing)?;
    sqlx::query(SQL).bind(account.id.as_slice()).bind(sealed).execute(tx.conn()).await?;
    Ok(())
}

/// A new link takes the place of the earlier one.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn renew(tx: &mut Tx<'_>, id: AccountId, link: ConfirmLink) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE email_account SET link_hash = $2, link_until = $3 WHERE id = $1 AND confirmed_at IS NULL";
    let query = sqlx::query(SQL).bind(id.as_slice()).bind(link.0.as_slice()).bind(link.1.millis());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// The link was used, for the first and last time. `false`: it was used before.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn confirm(tx: &mut Tx<'_>, id: AccountId, at: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE email_account SET confirmed_at = $2, link_hash = NULL, link_until = NULL
         WHERE id = $1 AND confirmed_at IS NULL";
    let done = sqlx::query(SQL).bind(id.as_slice()).bind(at.millis()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// An employee links a confirmed account to a patient of the same practice. `false`: there is none that waits.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn link(tx: &mut Tx<'_>, id: AccountId, who: &PatientRef) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE email_account SET patient_id = $3
         WHERE id = $1 AND practice_id = $2 AND patient_id IS NULL AND confirmed_at IS NOT NULL";
    let query = sqlx::query(SQL).bind(id.as_slice()).bind(who.practice.as_bytes().as_slice());
    let done = query.bind(who.patient.as_bytes().as_slice()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets an account of this practice. `false`: there is none.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove(tx: &mut Tx<'_>, scope: &PracticeScope, id: AccountId) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM email_account WHERE id = $1 AND practice_id = $2";
    let query = sqlx::query(SQL).bind(id.as_slice()).bind(scope.practice.as_bytes().as_slice());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Forgets the account of a patient.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn remove_all(tx: &mut Tx<'_>, who: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM email_account WHERE practice_id = $1 AND patient_id = $2";
    let delete = sqlx::query(SQL).bind(who.practice.as_bytes().as_slice()).bind(who.patient.as_bytes().as_slice());
    delete.execute(tx.conn()).await?;
    Ok(())
}

/// The account of a patient who was merged away is that of the one who remains, unless that one has an own.
///
/// # Errors
/// [`StoreError`] when the database fails, or a row is corrupt or cannot be opened.
pub async fn reassign(tx: &mut Tx<'_>, sealer: &Sealer, from: &PatientRef, to: &PatientRef) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE email_account SET patient_id = $3 WHERE practice_id = $1 AND patient_id = $2";
    if of_patient(tx, sealer, to).await?.is_some() {
        return remove_all(tx, from).await;
    }
    let query = sqlx::query(SQL).bind(from.practice.as_bytes().as_slice()).bind(from.patient.as_bytes().as_slice());
    query.bind(to.patient.as_bytes().as_slice()).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets accounts whose link was not used and ended before this instant; how many.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget_unconfirmed(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM email_account WHERE confirmed_at IS NULL AND link_until < $1";
    Ok(sqlx::query(SQL).bind(before.millis()).execute(tx.conn()).await?.rows_affected())
}

/// Forgets confirmed accounts that nobody linked since this instant; how many.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget_unlinked(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM email_account WHERE patient_id IS NULL AND confirmed_at < $1";
    Ok(sqlx::query(SQL).bind(before.millis()).execute(tx.conn()).await?.rows_affected())
}

fn context(practice: PracticeId, id: AccountId) -> Vec<u8> {
    row_context(BODY, practice, &[&id])
}

fn read(row: &AnyRow, sealer: &Sealer) -> Result<Account, StoreError> {
    let id: AccountId = bytes(row, 0, TABLE)?;
    let practice = PracticeId::from_bytes(bytes(row, 1, TABLE)?);
    let patient = optional_bytes(row, 2, TABLE)?.map(PatientId::from_bytes);
    let plain = sealer
        .open(&context(practice, id), row.try_get(6)?)
        .map_err(|reason| StoreError::sealed(TABLE, crate::seal::hex(&id), reason))?;
    Ok(Account {
        id,
        practice,
        patient,
        created_at: instant(row, 3)?,
        confirmed_at: optional_instant(row, 4)?,
        link_until: optional_instant(row, 5)?,
        told: serde_json::from_slice(&plain).map_err(|_| StoreError::corrupt(TABLE, crate::seal::hex(&id)))?,
    })
}
