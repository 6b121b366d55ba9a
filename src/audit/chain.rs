//! Adding events to the chain and reading them back.

use std::io::Write;

use serde::Serialize;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::ErrorKind;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _};

use super::event::{Event, Kind};
use crate::domain::ids::{PatientId, PatientRef, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::Sealer;
use crate::store::rotation::audit_context;
use crate::store::rows::{groups, list, lists, placeholders};
use crate::store::{Store, StoreError, Tx};

pub(super) const TABLE: &str = "audit_event";
pub(super) const CHAIN: &str = "audit_chain";
const COLUMNS: usize = 7;
/// Rows read at a time.
pub(super) const PAGE: i64 = 500;

/// The end of the chain at some moment: kept elsewhere, it proves later that nothing before it was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last event; 0 when there is none.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// A stored event with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub seq: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// From one instant (inclusive) to another (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub from: Timestamp,
    /// First instant that no longer belongs to it.
    pub until: Timestamp,
}

/// Adds events within a transaction that changes something; they are durable when it commits, or not at all.
///
/// Holds the end of the chain until then, so that numbers follow each other on every node: make it the last
/// thing the transaction does. Returns the number of the first event (0 when there is none to add).
///
/// # Errors
/// [`StoreError`] when sealing or the database fails; then the transaction must not be committed.
pub async fn append_in(tx: &mut Tx<'_>, sealer: &Sealer, events: &[Event]) -> Result<i64, StoreError> {
    if events.is_empty() {
        return Ok(0);
    }
    let (first, last) = take_numbers(tx, events.len()).await?;
    let Extension { rows, next, head } = extend(sealer, events, first, last)?;
    for group in groups(&rows, COLUMNS) {
        bind_rows(sqlx::query(AssertSqlSafe(insert_text(group.len()))), group).execute(tx.conn()).await?;
    }
    move_head(tx, sealer, next, &head).await?;
    Ok(first)
}

/// Where the chain ended when this writer last stored something: saves asking, as long as nobody else adds to it.
#[derive(Default)]
pub(super) struct KnownEnd(Option<(i64, [u8; 32])>);

impl KnownEnd {
    /// Is there one? It may still be outdated.
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }
}

/// Adds the events and makes them durable; remembers where the chain ends then.
///
/// # Errors
/// [`StoreError`]; then nothing was stored.
pub(super) async fn append_and_commit(
    mut tx: Tx<'static>,
    sealer: &Sealer,
    events: &[Event],
    end: &mut KnownEnd,
) -> Result<(), StoreError> {
    end.0 = None;
    append_in(&mut tx, sealer, events).await?;
    let head = load_head(&mut tx).await?;
    tx.commit().await?;
    end.0 = Some((head.next_seq, head.last_hash));
    Ok(())
}

/// Adds the events and makes them durable in one exchange with the database, if the chain still ends where it is known
/// to and nothing has changed since the state with this stamp; `false` when that is not so, and nothing was stored.
///
/// # Errors
/// [`StoreError`] when the database fails; then nothing was stored either.
pub(super) async fn append_if_unchanged(
    mut tx: Tx<'static>,
    sealer: &Sealer,
    events: &[&Event],
    end: &mut KnownEnd,
    stamp: i64,
) -> Result<bool, StoreError> {
    let Some((first, last)) = end.0.take() else { return Ok(false) };
    let Extension { rows, next, head } = extend(sealer, events.iter().copied(), first, last)?;
    let mac = head_mac(sealer, next, &head);
    let opening = tx.opening();
    let sql = tx.closing(format!("{opening}{}", tied_text(rows.len())));
    let done = bind_rows(sqlx::query(AssertSqlSafe(sql)), &rows)
        .bind(first)
        .bind(last.as_slice())
        .bind(next)
        .bind(head.as_slice())
        .bind(mac.as_slice())
        .bind(stamp)
        .execute(tx.conn())
        .await;
    match done {
        Ok(_) => tx.finish().await?,
        // No hash for the first row, or its number is taken: something moved.
        Err(sqlx::Error::Database(error))
            if matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::NotNullViolation) =>
        {
            tx.close().await?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    }
    end.0 = Some((next, head));
    Ok(true)
}

/// Adds rows and moves the end in one text. The hash of the first row is tied to the end and the state it was made for: when
/// they are no longer these there is none, and a row must have one.
fn tied_text(rows: usize) -> String {
    let [first, last, next, head, mac, stamp] = std::array::from_fn(|place| rows * COLUMNS + 1 + place);
    let tied = format!(
        "(SELECT ${COLUMNS} FROM audit_chain c, access_stamp s
           WHERE c.id = 1 AND c.next_seq = ${first} AND c.last_hash = ${last} AND s.id = 1 AND s.value = ${stamp})"
    );
    let values = placeholders(rows, COLUMNS).replacen(&format!("${COLUMNS})"), &format!("{tied})"), 1);
    format!(
        "INSERT INTO audit_event (seq, at, practice_id, patient_id, kind, body, hash) VALUES {values};
         UPDATE audit_chain SET next_seq = ${next}, last_hash = ${head}, mac = ${mac} WHERE id = 1"
    )
}

/// New links of the chain, not stored yet.
struct Extension<'a> {
    rows: Vec<NewRow<'a>>,
    /// The number after the last.
    next: i64,
    /// The hash of the last.
    head: [u8; 32],
}

/// Gives the events numbers from `first` on, and hashes that follow `last`.
fn extend<'e>(
    sealer: &Sealer,
    events: impl IntoIterator<Item = &'e Event>,
    first: i64,
    last: [u8; 32],
) -> Result<Extension<'e>, StoreError> {
    let mut head = last;
    let mut rows = Vec::new();
    for (seq, event) in (first..).zip(events) {
        let body = serde_json::to_vec(event).map_err(|_| StoreError::corrupt(TABLE, seq))?;
        head = link(sealer, &head, &Link::of(seq, event, &body));
        let sealed = sealer.seal(&audit_context(seq), &body).map_err(StoreError::Sealing)?;
        rows.push(NewRow { seq, event, sealed, hash: head });
    }
    let next = rows.last().map_or(first, |row| row.seq + 1);
    Ok(Extension { rows, next, head })
}

/// The end of the chain, to be kept elsewhere.
///
/// # Errors
/// [`StoreError`] when the database fails or the row is missing.
pub async fn head(tx: &mut Tx<'_>) -> Result<Head, StoreError> {
    let stored = load_head(tx).await?;
    Ok(Head { seq: stored.next_seq - 1, hash: stored.last_hash })
}

/// The events about one patient, newest first, at most `most`: what the patient's own log page shows.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn for_patient(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    page_for_patient(tx, sealer, who, (0, most)).await
}

/// The same from a later one on: so many are left out, and at most so many follow.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn page_for_patient(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    (skip, most): (u32, u32),
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE practice_id = $1 AND patient_id = $2
         ORDER BY seq DESC
         LIMIT $3 OFFSET $4";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(i64::from(most))
        .bind(i64::from(skip))
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// The events about one patient from before the one with this number, newest first, at most `most`: the next page of a list
/// that grows while it is read.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn for_patient_before(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    (before, most): (i64, u32),
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE practice_id = $1 AND patient_id = $2 AND seq < $3
         ORDER BY seq DESC
         LIMIT $4";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(before)
        .bind(i64::from(most))
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// The events of one kind about one patient, newest first, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn of_patient_and_kind(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    kind: &Kind,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE practice_id = $1 AND patient_id = $2 AND kind = $3
         ORDER BY seq DESC
         LIMIT $4";
    let rows = sqlx::query(SQL)
        .bind(who.practice.as_bytes().as_slice())
        .bind(who.patient.as_bytes().as_slice())
        .bind(kind.as_str())
        .bind(i64::from(most))
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// The events of one kind about these patients since an instant, at most `most` for some of them together.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn of_patients_since(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    (scope, patients): (&PracticeScope, &[PatientId]),
    (kind, since): (&Kind, Timestamp),
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let mut found = Vec::new();
    for group in lists(patients) {
        let sql = format!(
            "SELECT seq, body
               FROM audit_event
              WHERE practice_id = $1 AND kind = $2 AND at >= $3 AND patient_id IN ({})
              ORDER BY seq DESC
              LIMIT {most}",
            list(3, group.len())
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(scope.practice.as_bytes().as_slice());
        let mut query = query.bind(kind.as_str()).bind(since.millis());
        for patient in group {
            query = query.bind(patient.as_bytes().as_slice());
        }
        for row in query.fetch_all(tx.conn()).await? {
            found.push(read(&row, sealer)?);
        }
    }
    Ok(found)
}

/// The newest event of a kind about one patient.
///
/// # Errors
/// [`StoreError`] when the database fails or the event cannot be read.
pub async fn newest_of_kind(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    who: &PatientRef,
    kind: &Kind,
) -> Result<Option<Entry>, StoreError> {
    Ok(of_patient_and_kind(tx, sealer, who, kind, 1).await?.pop())
}

/// The events of one kind in a practice since an instant, newest first, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn of_kind_since(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    (kind, since): (&Kind, Timestamp),
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE practice_id = $1 AND kind = $2 AND at >= $3
         ORDER BY seq DESC
         LIMIT $4";
    let rows = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(kind.as_str())
        .bind(since.millis())
        .bind(i64::from(most))
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// The events of one kind in a practice, newest first, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub async fn of_kind(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    kind: &Kind,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    of_kind_since(tx, sealer, scope, (kind, Timestamp::from_millis(i64::MIN)), most).await
}

/// The events after this number, in the order of the chain, at most `most`.
///
/// # Errors
/// [`StoreError`] when the database fails or an event cannot be read.
pub(super) async fn after(tx: &mut Tx<'_>, sealer: &Sealer, seq: i64, most: u32) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE seq > $1
         ORDER BY seq
         LIMIT $2";
    let rows = sqlx::query(SQL).bind(seq).bind(i64::from(most)).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| read(row, sealer)).collect()
}

/// An export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The events could not be read.
    #[error("the audit events could not be read")]
    Store(#[from] StoreError),
    /// The receiver did not take them.
    #[error("the export could not be written")]
    Write(#[from] std::io::Error),
}

/// Writes the events of a period as NDJSON, in the order of the chain; says how many there were.
///
/// With a `scope` only those of one practice. Reads a page at a time, so memory does not grow.
///
/// # Errors
/// [`ExportError`] when an event cannot be read or written; what was written before is complete lines.
pub async fn export(
    store: &Store,
    sealer: &Sealer,
    period: Period,
    scope: Option<&PracticeScope>,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    for_each(store, sealer, period, scope, &mut |entry| {
        serde_json::to_writer(&mut *out, entry).map_err(std::io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })
    .await
}

/// Hands over the events of a period one by one, in the order of the chain; says how many there were.
///
/// # Errors
/// [`ExportError`] when an event cannot be read, or as `take` says.
pub async fn for_each(
    store: &Store,
    sealer: &Sealer,
    period: Period,
    scope: Option<&PracticeScope>,
    take: &mut (dyn FnMut(&Entry) -> Result<(), ExportError> + Send),
) -> Result<u64, ExportError> {
    const SQL: &str = "
        SELECT seq, body
          FROM audit_event
         WHERE seq > $1 AND at >= $2 AND at < $3 AND ($4 = 0 OR practice_id = $5)
         ORDER BY seq
         LIMIT $6";
    let practice = scope.map_or([0; 16], |scope| *scope.practice.as_bytes());
    let (mut after, mut count) = (0_i64, 0_u64);
    loop {
        let mut tx = store.read().await?;
        let rows = sqlx::query(SQL)
            .bind(after)
            .bind(period.from.millis())
            .bind(period.until.millis())
            .bind(i64::from(scope.is_some()))
            .bind(practice.as_slice())
            .bind(PAGE)
            .fetch_all(tx.conn())
            .await
            .map_err(StoreError::from)?;
        tx.close().await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = last.try_get(0).map_err(StoreError::from)?;
        for row in &rows {
            take(&read(row, sealer)?)?;
            count += 1;
        }
    }
}

/// Everything one hash of the chain covers, besides the hash before it.
pub(super) struct Link<'a> {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) practice: Option<&'a [u8]>,
    pub(super) patient: Option<&'a [u8]>,
    pub(super) kind: &'a str,
    /// The opened body: a rotation of sealing keys leaves the chain as it is.
    pub(super) body: &'a [u8],
}

impl<'a> Link<'a> {
    fn of(seq: i64, event: &'a Event, body: &'a [u8]) -> Self {
        Self {
            seq,
            at: event.at.millis(),
            practice: event.practice.as_ref().map(|id| id.as_bytes().as_slice()),
            patient: event.patient.as_ref().map(|id| id.as_bytes().as_slice()),
            kind: event.kind.as_str(),
            body,
        }
    }
}

/// The hash of one event, given the hash of the one before it.
pub(super) fn link(sealer: &Sealer, before: &[u8; 32], link: &Link<'_>) -> [u8; 32] {
    sealer.audit_link(&[
        before,
        &link.seq.to_be_bytes(),
        &link.at.to_be_bytes(),
        link.practice.unwrap_or_default(),
        link.patient.unwrap_or_default(),
        link.kind.as_bytes(),
        link.body,
    ])
}

/// The seal on the head: who may write to the database still cannot move the head back to an earlier event.
pub(super) fn head_mac(sealer: &Sealer, next_seq: i64, last_hash: &[u8; 32]) -> [u8; 32] {
    sealer.audit_link(&[b"head", &next_seq.to_be_bytes(), last_hash])
}

/// The one row of `audit_chain`.
pub(super) struct StoredHead {
    pub(super) next_seq: i64,
    pub(super) last_hash: [u8; 32],
    pub(super) mac: Option<Vec<u8>>,
}

pub(super) async fn load_head(tx: &mut Tx<'_>) -> Result<StoredHead, StoreError> {
    const SQL: &str = "SELECT next_seq, last_hash, mac FROM audit_chain WHERE id = 1";
    let row = sqlx::query(SQL).fetch_optional(tx.conn()).await?;
    let row = row.ok_or_else(|| StoreError::corrupt(CHAIN, 1))?;
    Ok(StoredHead { next_seq: row.try_get(0)?, last_hash: hash(&row, 1)?, mac: row.try_get(2)? })
}

pub(super) fn hash(row: &AnyRow, column: usize) -> Result<[u8; 32], StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| StoreError::corrupt(CHAIN, "(hash)"))
}

/// Reserves numbers and locks the end of the chain, in one statement, so that two nodes never take the same.
async fn take_numbers(tx: &mut Tx<'_>, count: usize) -> Result<(i64, [u8; 32]), StoreError> {
    const SQL: &str = "
        UPDATE audit_chain
           SET next_seq = next_seq + $1
         WHERE id = 1
        RETURNING next_seq, last_hash";
    let count = i64::try_from(count).map_err(|_| StoreError::corrupt(CHAIN, 1))?;
    let row = sqlx::query(SQL).bind(count).fetch_optional(tx.conn()).await?;
    let row = row.ok_or_else(|| StoreError::corrupt(CHAIN, 1))?;
    let next: i64 = row.try_get(0)?;
    Ok((next - count, hash(&row, 1)?))
}

async fn move_head(tx: &mut Tx<'_>, sealer: &Sealer, next_seq: i64, last: &[u8; 32]) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE audit_chain SET last_hash = $1, mac = $2 WHERE id = 1";
    let mac = head_mac(sealer, next_seq, last);
    sqlx::query(SQL).bind(last.as_slice()).bind(mac.as_slice()).execute(tx.conn()).await?;
    Ok(())
}

type Statement<'q> = Query<'q, Any, AnyArguments>;

struct NewRow<'a> {
    seq: i64,
    event: &'a Event,
    sealed: Vec<u8>,
    hash: [u8; 32],
}

fn insert_text(rows: usize) -> String {
    format!(
        "INSERT INTO audit_event (seq, at, practice_id, patient_id, kind, body, hash) VALUES {}",
        placeholders(rows, COLUMNS)
    )
}

fn bind_rows<'q>(mut query: Statement<'q>, rows: &'q [NewRow<'q>]) -> Statement<'q> {
    for row in rows {
        query = query
            .bind(row.seq)
            .bind(row.event.at.millis())
            .bind(row.event.practice.as_ref().map(|id| id.as_bytes().as_slice()))
            .bind(row.event.patient.as_ref().map(|id| id.as_bytes().as_slice()))
            .bind(row.event.kind.as_str())
            .bind(row.sealed.as_slice())
            .bind(row.hash.as_slice());
    }
    query
}

fn read(row: &AnyRow, sealer: &Sealer) -> Result<Entry, StoreError> {
    let seq: i64 = row.try_get(0)?;
    let body =
        sealer.open(&audit_context(seq), row.try_get(1)?).map_err(|reason| StoreError::sealed(TABLE, seq, reason))?;
    let event = serde_json::from_slice(&body).map_err(|_| StoreError::corrupt(TABLE, seq))?;
    Ok(Entry { seq, event })
}
