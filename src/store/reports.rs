//! Extractions that are planned for later, and what came of them. A plan holds nothing of a patient; a file is sealed, and is gone
//! once it was fetched or waited too long.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::{bytes, instant, optional_instant};
use super::{StoreError, Tx};
use crate::domain::extraction::{Schedule, Wanted};
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::seal::{Sealer, row_context};

const PLAN: &str = "report_plan";
const FILE: &str = "report_file";
pub(super) const BODY: &str = "report_file.body";

/// Names a plan or a file: 16 random bytes.
pub type ReportId = [u8; 16];

/// An extraction that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: ReportId,
    /// The practice.
    pub scope: PracticeScope,
    /// What is wanted.
    pub wanted: Wanted,
    /// When it is wanted.
    pub schedule: Schedule,
    /// Its next turn.
    pub due_at: Timestamp,
    /// How often this turn was tried.
    pub attempts: i64,
    /// When it was planned.
    pub at: Timestamp,
    /// By whom: an employee's id.
    pub by: String,
}

/// What came of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// A file waits to be fetched.
    Waits,
    /// It was fetched then, and is gone.
    Fetched(Timestamp),
    /// Nobody fetched it until then, and it is gone.
    Lapsed(Timestamp),
    /// It could not be made, for the reason of this code.
    Failed(String),
}

/// A turn that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its id.
    pub id: ReportId,
    /// What was wanted.
    pub wanted: Wanted,
    /// When it was made, or given up.
    pub made_at: Timestamp,
    /// Rows of the sheet.
    pub rows: i64,
    /// What came of it.
    pub fate: Fate,
}

/// Plans an extraction.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn plan(tx: &mut Tx<'_>, plan: &Plan) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO report_plan (id, practice_id, wanted, wall, monthly, due_at, next_at, attempts, at, by_)
        VALUES ($1, $2, $3, $4, $5, $6, $6, 0, $7, $8)";
    sqlx::query(SQL)
        .bind(plan.id.as_slice())
        .bind(plan.scope.practice.as_bytes().as_slice())
        .bind(write(&plan.wanted)?)
        .bind(plan.schedule.wall.to_string())
        .bind(plan.schedule.monthly.map(i64::from))
        .bind(plan.due_at.millis())
        .bind(plan.at.millis())
        .bind(plan.by.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What an employee planned, the next one first.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn plans(tx: &mut Tx<'_>, scope: &PracticeScope, by: &str) -> Result<Vec<Plan>, StoreError> {
    const SQL: &str = "
        SELECT id, practice_id, wanted, wall, monthly, due_at, attempts, at, by_
          FROM report_plan
         WHERE practice_id = $1 AND by_ = $2
         ORDER BY due_at, id";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(by);
    query.fetch_all(tx.conn()).await?.iter().map(read_plan).collect()
}

/// Drops a plan of this employee. `false`: there is none.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn stop(tx: &mut Tx<'_>, scope: &PracticeScope, id: ReportId, by: &str) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM report_plan WHERE practice_id = $1 AND id = $2 AND by_ = $3";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(id.as_slice()).bind(by);
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// The plans of all practices whose turn has come, at most so many.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn due(tx: &mut Tx<'_>, at: Timestamp, most: u32) -> Result<Vec<Plan>, StoreError> {
    const SQL: &str = "
        SELECT id, practice_id, wanted, wall, monthly, due_at, attempts, at, by_
          FROM report_plan
         WHERE next_at <= $1
         ORDER BY next_at, id
         LIMIT $2";
    let query = sqlx::query(SQL).bind(at.millis()).bind(i64::from(most));
    query.fetch_all(tx.conn()).await?.iter().map(read_plan).collect()
}

/// It is being made: nobody else makes it before `again`. `false`: somebody else does already, or it was dropped.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn claim(tx: &mut Tx<'_>, plan: &Plan, at: Timestamp, again: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE report_plan
           SET attempts = attempts + 1, next_at = $4
         WHERE id = $1 AND attempts = $2 AND next_at <= $3 AND due_at = $5";
    let done = sqlx::query(SQL)
        .bind(plan.id.as_slice())
        .bind(plan.attempts)
        .bind(at.millis())
        .bind(again.millis())
        .bind(plan.due_at.millis())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The turn of a plan that was claimed as `plan` is over: it goes on to the next one, or was the last. `false`: somebody dropped it
/// or took it over since, and nothing may come of this turn.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn turned(tx: &mut Tx<'_>, plan: &Plan, next: Option<Timestamp>) -> Result<bool, StoreError> {
    const MOVE: &str = "
        UPDATE report_plan
           SET due_at = $4, next_at = $4, attempts = 0
         WHERE id = $1 AND attempts = $2 AND due_at = $3";
    const DELETE: &str = "DELETE FROM report_plan WHERE id = $1 AND attempts = $2 AND due_at = $3";
    let query = sqlx::query(if next.is_some() { MOVE } else { DELETE })
        .bind(plan.id.as_slice())
        .bind(plan.attempts + 1)
        .bind(plan.due_at.millis());
    let query = next.into_iter().fold(query, |query, next| query.bind(next.millis()));
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Keeps what came of a turn of this plan: the file with so many rows, or the code of the reason why there is none.
///
/// # Errors
/// [`StoreError`] when sealing or the database fails.
pub async fn keep(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    plan: &Plan,
    (id, at): (ReportId, Timestamp),
    made: Result<(&[u8], i64), &str>,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO report_file (id, practice_id, by_, wanted, made_at, row_count, failure, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let sealed = made.ok().map(|(file, _)| sealer.seal(&context(&plan.scope, id), file));
    sqlx::query(SQL)
        .bind(id.as_slice())
        .bind(plan.scope.practice.as_bytes().as_slice())
        .bind(plan.by.as_str())
        .bind(write(&plan.wanted)?)
        .bind(at.millis())
        .bind(made.map_or(0, |(_, rows)| rows))
        .bind(made.err())
        .bind(sealed.transpose().map_err(StoreError::Sealing)?)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What came of an employee's plans, the newest first.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn turns(tx: &mut Tx<'_>, scope: &PracticeScope, by: &str) -> Result<Vec<Turn>, StoreError> {
    const SQL: &str = "
        SELECT id, wanted, made_at, row_count, failure, fetched_at, lapsed_at
          FROM report_file
         WHERE practice_id = $1 AND by_ = $2
         ORDER BY made_at DESC, id";
    let query = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(by);
    query.fetch_all(tx.conn()).await?.iter().map(read_turn).collect()
}

/// Takes the file of this employee out, once. `None`: there is none, or not any more.
///
/// # Errors
/// [`StoreError`] when the database fails, or the file cannot be opened.
pub async fn fetch(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    scope: &PracticeScope,
    (id, by): (ReportId, &str),
    at: Timestamp,
) -> Result<Option<(Wanted, Vec<u8>)>, StoreError> {
    const FIND: &str = "
        SELECT wanted, body
          FROM report_file
         WHERE practice_id = $1 AND id = $2 AND by_ = $3 AND body IS NOT NULL";
    const TAKE: &str = "
        UPDATE report_file
           SET body = NULL, fetched_at = $3
         WHERE practice_id = $1 AND id = $2 AND body IS NOT NULL";
    let query = sqlx::query(FIND).bind(scope.practice.as_bytes().as_slice()).bind(id.as_slice()).bind(by);
    let Some(row) = query.fetch_optional(tx.conn()).await? else { return Ok(None) };
    let file = sealer
        .open(&context(scope, id), row.try_get(1)?)
        .map_err(|reason| StoreError::sealed(FILE, "(report)", reason))?;
    let wanted = read_wanted(row.try_get(0)?, FILE)?;
    let query = sqlx::query(TAKE).bind(scope.practice.as_bytes().as_slice()).bind(id.as_slice()).bind(at.millis());
    // Of two who fetch at the same time one is the first.
    let is_first = query.execute(tx.conn()).await?.rows_affected() == 1;
    Ok(is_first.then_some((wanted, file)))
}

/// The files made before an instant that still wait.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn waiting_since(
    tx: &mut Tx<'_>,
    before: Timestamp,
) -> Result<Vec<(PracticeScope, ReportId, String)>, StoreError> {
    const SQL: &str = "
        SELECT practice_id, id, by_
          FROM report_file
         WHERE made_at <= $1 AND body IS NOT NULL
         ORDER BY made_at, id";
    let rows = sqlx::query(SQL).bind(before.millis()).fetch_all(tx.conn()).await?;
    rows.iter().map(|row| Ok((scope(row, 0, FILE)?, bytes(row, 1, FILE)?, row.try_get(2)?))).collect()
}

/// Deletes a file that waited too long; that there was one stays. `false`: it is gone already.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn lapse(tx: &mut Tx<'_>, id: ReportId, at: Timestamp) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE report_file SET body = NULL, lapsed_at = $2 WHERE id = $1 AND body IS NOT NULL";
    let query = sqlx::query(SQL).bind(id.as_slice()).bind(at.millis());
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Forgets what came of turns before an instant; how many.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM report_file WHERE made_at <= $1 AND body IS NULL";
    Ok(sqlx::query(SQL).bind(before.millis()).execute(tx.conn()).await?.rows_affected())
}

fn context(scope: &PracticeScope, id: ReportId) -> Vec<u8> {
    row_context(BODY, scope.practice, &[&id])
}

fn write(wanted: &Wanted) -> Result<String, StoreError> {
    serde_json::to_string(wanted).map_err(|_| StoreError::corrupt(PLAN, "(wanted)"))
}

fn read_wanted(text: &str, table: &'static str) -> Result<Wanted, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::corrupt(table, "(wanted)"))
}

fn scope(row: &AnyRow, column: usize, table: &'static str) -> Result<PracticeScope, StoreError> {
    Ok(PracticeScope { practice: PracticeId::from_bytes(bytes(row, column, table)?) })
}

fn read_plan(row: &AnyRow) -> Result<Plan, StoreError> {
    let corrupt = || StoreError::corrupt(PLAN, "(schedule)");
    let wall: &str = row.try_get(3)?;
    let monthly: Option<i64> = row.try_get(4)?;
    let schedule = Schedule {
        wall: wall.parse().map_err(|_| corrupt())?,
        monthly: monthly.map(i8::try_from).transpose().map_err(|_| corrupt())?,
    };
    Ok(Plan {
        id: bytes(row, 0, PLAN)?,
        scope: scope(row, 1, PLAN)?,
        wanted: read_wanted(row.try_get(2)?, PLAN)?,
        schedule,
        due_at: instant(row, 5)?,
        attempts: row.try_get(6)?,
        at: instant(row, 7)?,
        by: row.try_get(8)?,
    })
}

fn read_turn(row: &AnyRow) -> Result<Turn, StoreError> {
    let failure: Option<String> = row.try_get(4)?;
    let fate = match (failure, optional_instant(row, 5)?, optional_instant(row, 6)?) {
        (Some(reason), ..) => Fate::Failed(reason),
        (None, Some(at), _) => Fate::Fetched(at),
        (None, None, Some(at)) => Fate::Lapsed(at),
        (None, None, None) => Fate::Waits,
    };
    Ok(Turn {
        id: bytes(row, 0, FILE)?,
        wanted: read_wanted(row.try_get(1)?, FILE)?,
        made_at: instant(row, 2)?,
        rows: row.try_get(3)?,
        fate,
    })
}
