//! Changing the sealing key: which rows use which key, and sealing old rows anew, a batch at a time.
//!
//! Rows stay readable all the while, since every key of the key file opens. Put a new key in front, run
//! [`reseal`] until it says [`Progress::Done`], see with [`usage`] that no row uses the old key, remove it.
//! Every sealed column of the database is listed here, in [`COLUMNS`].

use std::collections::BTreeMap;

use sqlx::any::AnyRow;
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row as _};

use super::rows::list;
use super::{
    StoreError, Tx, accounts, cards, content, decisions, deliveries, evidence, outbox, parked, patients, quarantine,
    records, reports, requests, shelves,
};
use crate::domain::ids::PracticeId;
use crate::seal::{SealError, Sealer, key_id, row_context};

/// Place of the sealed body of audit events; their context is their number alone, under no practice.
const AUDIT_BODY: &str = "audit_event.body";
/// Stands for "no practice" in the context of a row that belongs to none.
const NO_PRACTICE: PracticeId = PracticeId::from_bytes([0; 16]);

/// A sealed column, and the columns that identify its row in the order of its context.
struct SealedColumn {
    /// Table and column; also the first part of the context.
    place: &'static str,
    table: &'static str,
    column: &'static str,
    key: &'static [(&'static str, Kind)],
}

#[derive(Clone, Copy)]
enum Kind {
    Practice,
    Bytes,
    Text,
    Number,
}

/// A value of a key column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Practice(PracticeId),
    Bytes(Vec<u8>),
    Text(String),
    Number(i64),
}

const fn sealed(
    place: &'static str,
    table: &'static str,
    column: &'static str,
    key: &'static [(&'static str, Kind)],
) -> SealedColumn {
    SealedColumn { place, table, column, key }
}

const PRACTICE: (&str, Kind) = ("practice_id", Kind::Practice);
const PATIENT: (&str, Kind) = ("patient_id", Kind::Bytes);

const COLUMNS: [SealedColumn; 16] = [
    sealed(patients::SOURCE_ID, "patient", "source_id", &[PRACTICE, ("id", Kind::Bytes)]),
    sealed(patients::FACTS, "patient", "facts", &[PRACTICE, ("id", Kind::Bytes)]),
    sealed(records::BODY, "record", "body", &[PRACTICE, PATIENT, ("key", Kind::Bytes)]),
    sealed(shelves::BODIES, "shelf", "bodies", &[PRACTICE, PATIENT, ("fhir_release", Kind::Text)]),
    sealed(content::DATA, "content", "data", &[PRACTICE, PATIENT, ("sha256", Kind::Bytes), ("part", Kind::Number)]),
    sealed(parked::BODY, "parked", "body", &[PRACTICE, ("key", Kind::Bytes)]),
    sealed(quarantine::BODY, "quarantine", "body", &[PRACTICE, ("key", Kind::Bytes)]),
    sealed(deliveries::FINDINGS, "delivery", "findings", &[PRACTICE, ("batch", Kind::Text)]),
    sealed(decisions::BODY, "decision", "body", &[PRACTICE, PATIENT, ("seq", Kind::Number)]),
    sealed(cards::CARD, "patient_card", "card", &[PRACTICE, PATIENT]),
    sealed(requests::BODY, "patient_request", "body", &[PRACTICE, PATIENT, ("id", Kind::Bytes)]),
    sealed(outbox::BODY, "outbox", "body", &[PRACTICE, PATIENT, ("id", Kind::Bytes)]),
    sealed(accounts::BODY, "email_account", "body", &[PRACTICE, ("id", Kind::Bytes)]),
    sealed(reports::BODY, "report_file", "body", &[PRACTICE, ("id", Kind::Bytes)]),
    sealed(evidence::BODY, "onboarding_file", "body", &[PRACTICE, ("step", Kind::Text)]),
    sealed(AUDIT_BODY, "audit_event", "body", &[("seq", Kind::Number)]),
];

/// Where [`reseal`] goes on; [`Cursor::default`] is the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor {
    column: usize,
    after: Option<Vec<Value>>,
}

/// How far [`reseal`] came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Go on from here, in a new transaction.
    More(Cursor),
    /// Every row is sealed with the current key.
    Done,
}

/// The context of the sealed body of audit event `seq`.
pub fn audit_context(seq: i64) -> Vec<u8> {
    row_context(AUDIT_BODY, NO_PRACTICE, &[&seq.to_be_bytes()])
}

/// How many values each key sealed, by place (table and column) and key number.
///
/// Reads every row: for `doctor` and the end of a rotation, not for requests.
///
/// # Errors
/// [`StoreError`] when the database fails or a value is too short to name its key.
pub async fn usage(tx: &mut Tx<'_>) -> Result<BTreeMap<(&'static str, u32), u64>, StoreError> {
    let mut usage = BTreeMap::new();
    for SealedColumn { place, table, column, .. } in &COLUMNS {
        let sql = format!(
            "SELECT substr({column}, 1, 4), COUNT(*)
               FROM {table}
              WHERE {column} IS NOT NULL
              GROUP BY substr({column}, 1, 4)"
        );
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(tx.conn()).await? {
            let id = key_id(row.try_get(0)?).ok_or_else(|| StoreError::corrupt(table, "(too short)"))?;
            let count: i64 = row.try_get(1)?;
            usage.insert((*place, id), count.unsigned_abs());
        }
    }
    Ok(usage)
}

/// Seals at most `most` values anew that another key than the current one sealed; commit after each call.
///
/// A value that changes meanwhile is left alone: whoever wrote it used the current key.
///
/// # Errors
/// [`StoreError`] when the database fails, or a value cannot be opened: then nothing of this batch is kept.
pub async fn reseal(tx: &mut Tx<'_>, sealer: &Sealer, cursor: Cursor, most: u32) -> Result<Progress, StoreError> {
    let Some(column) = COLUMNS.get(cursor.column) else { return Ok(Progress::Done) };
    let rows = old_rows(tx, sealer, column, cursor.after.as_deref(), most).await?;
    let mut last = None;
    for row in &rows {
        let key = column.read_key(row)?;
        reseal_row(tx, sealer, column, &key, row.try_get(column.key.len())?).await?;
        last = Some(key);
    }
    Ok(if rows.len() < most as usize {
        match cursor.column + 1 {
            next if next < COLUMNS.len() => Progress::More(Cursor { column: next, after: None }),
            _ => Progress::Done,
        }
    } else {
        Progress::More(Cursor { column: cursor.column, after: last })
    })
}

async fn old_rows(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    sealed: &SealedColumn,
    after: Option<&[Value]>,
    most: u32,
) -> Result<Vec<AnyRow>, StoreError> {
    let SealedColumn { table, column, .. } = sealed;
    let key = sealed.key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let beyond = after.map(|values| format!("AND ({key}) > ({})", list(2, values.len()))).unwrap_or_default();
    let sql = format!(
        "SELECT {key}, {column}
           FROM {table}
          WHERE substr({column}, 1, 4) <> $1 {beyond}
          ORDER BY {key}
          LIMIT $2"
    );
    let current = sealer.current_key().to_be_bytes();
    let query = sqlx::query(AssertSqlSafe(sql)).bind(current.as_slice()).bind(i64::from(most));
    Ok(bind_key(query, after.unwrap_or_default()).fetch_all(tx.conn()).await?)
}

async fn reseal_row(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    sealed: &SealedColumn,
    key: &[Value],
    old: &[u8],
) -> Result<(), StoreError> {
    let SealedColumn { table, column, .. } = sealed;
    let context = sealed.context(key);
    let unreadable = |reason: SealError| StoreError::sealed(table, "(rotation)", reason);
    let plain = zeroize::Zeroizing::new(sealer.open(&context, old).map_err(unreadable)?);
    let new = sealer.seal(&context, &plain).map_err(StoreError::Sealing)?;
    let same_row: Vec<String> =
        sealed.key.iter().enumerate().map(|(place, (name, _))| format!("{name} = ${}", place + 3)).collect();
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2 AND {}", same_row.join(" AND "));
    let query = sqlx::query(AssertSqlSafe(sql)).bind(new).bind(old);
    bind_key(query, key).execute(tx.conn()).await?;
    Ok(())
}

type AnyQuery<'q> = Query<'q, Any, sqlx::any::AnyArguments>;

fn bind_key<'q>(mut query: AnyQuery<'q>, key: &'q [Value]) -> AnyQuery<'q> {
    for value in key {
        query = match value {
            Value::Practice(id) => query.bind(id.as_bytes().as_slice()),
            Value::Bytes(bytes) => query.bind(bytes.as_slice()),
            Value::Text(text) => query.bind(text.as_str()),
            Value::Number(number) => query.bind(*number),
        };
    }
    query
}

impl SealedColumn {
    fn read_key(&self, row: &AnyRow) -> Result<Vec<Value>, StoreError> {
        let mut key = Vec::with_capacity(self.key.len());
        for (place, (_, kind)) in self.key.iter().enumerate() {
            key.push(match kind {
                Kind::Practice => Value::Practice(PracticeId::from_bytes(super::rows::bytes(row, place, self.table)?)),
                Kind::Bytes => Value::Bytes(row.try_get(place)?),
                Kind::Text => Value::Text(row.try_get(place)?),
                Kind::Number => Value::Number(row.try_get(place)?),
            });
        }
        Ok(key)
    }

    /// The context in which the store functions sealed this row.
    fn context(&self, key: &[Value]) -> Vec<u8> {
        let mut practice = NO_PRACTICE;
        let mut parts: Vec<Vec<u8>> = Vec::with_capacity(key.len());
        for value in key {
            match value {
                Value::Practice(id) => practice = *id,
                Value::Bytes(bytes) => parts.push(bytes.clone()),
                Value::Text(text) => parts.push(text.clone().into_bytes()),
                Value::Number(number) => parts.push(number.to_be_bytes().to_vec()),
            }
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        row_context(self.place, practice, &parts)
    }
}
