//! Makes the extractions that were planned for later (release-rules §6.5), and deletes files that nobody fetched.
//!
//! Each is claimed before it is made, so that of several nodes one makes it, and a node that dies leaves it to another. Whoever planned
//! it must still have the right to it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::audit::{self, Action, Actor, Detail, Event, Kind, Outcome};
use crate::domain::dossier::SourceId;
use crate::domain::extraction::KEPT_DAYS;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::console::extraction;
use crate::sheet::SheetError;
use crate::store::reports::{self, Plan};
use crate::store::{self, StoreError, Tx};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(60);
/// Extractions made in one round.
const AT_ONCE: u32 = 20;
/// How often a turn is tried.
const MOST_ATTEMPTS: i64 = 3;
/// One that could not be made is tried again after this long, times the attempts so far.
const AGAIN_SECONDS: i64 = 300;

/// An extraction cannot be made now.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// Database, or something of the practice that cannot be opened.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// The file.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The thread that wrote the file.
    #[error("the task ended")]
    Ended,
}

/// Does the rounds until the server stops.
pub async fn make(app: App, stop: CancellationToken) {
    while tokio::time::timeout(EVERY, stop.cancelled()).await.is_err() {
        if let Err(error) = make_once(&app, app.clock().now()).await {
            tracing::error!(%error, "planned extractions could not be looked at; tried again");
        }
    }
}

/// Makes the extractions whose turn has come, and deletes what waited too long; how many were made.
///
/// # Errors
/// [`StoreError`] when the database fails. An extraction that cannot be made is no error: it is tried again, and then told to who
/// planned it.
pub async fn make_once(app: &App, now: Timestamp) -> Result<u64, StoreError> {
    let mut tx = app.store().read().await?;
    let due = reports::due(&mut tx, now, AT_ONCE).await?;
    let waiting = reports::waiting_since(&mut tx, now.plus_local_days(-KEPT_DAYS)).await?;
    tx.close().await?;
    let mut made = 0;
    for plan in &due {
        let mut tx = app.store().write().await?;
        let again = now.plus_seconds(AGAIN_SECONDS * (plan.attempts + 1));
        let mine = reports::claim(&mut tx, plan, now, again).await?;
        tx.commit().await?;
        if !mine {
            continue;
        }
        match take_turn(app, plan, now).await {
            Ok(is_made) => made += u64::from(is_made),
            Err(error) => {
                tracing::error!(practice.id = %plan.scope.practice, attempts = plan.attempts + 1, %error, "a planned extraction could not be made");
                if plan.attempts + 1 >= MOST_ATTEMPTS {
                    give_up(app, plan, "not_made", now).await?;
                }
            }
        }
    }
    for (scope, id, by) in waiting {
        let mut tx = app.store().write().await?;
        if reports::lapse(&mut tx, id, now).await? {
            let facts = [("file", Uuid::from_bytes(id).to_string()), ("planned_by", by)];
            let event = event("report_lapsed", Action::Delete, now, facts).in_practice(scope.practice);
            audit::append_in(&mut tx, app.sealer(), &[event]).await?;
            tx.commit().await?;
        }
    }
    Ok(made)
}

/// Makes the file and moves the plan on, in one transaction; `false` when there is no file to be.
async fn take_turn(app: &App, plan: &Plan, now: Timestamp) -> Result<bool, Failure> {
    let mut tx = app.store().read().await?;
    let Some(by) = who_may_have(app, &mut tx, plan).await? else {
        tx.close().await?;
        give_up(app, plan, "no_right", now).await?;
        return Ok(false);
    };
    let sheet = extraction::sheet(app, &mut tx, &plan.scope, &plan.wanted, (&by, now)).await?;
    tx.close().await?;
    let rows = sheet.len();
    let format = plan.wanted.format;
    let file = tokio::task::spawn_blocking(move || sheet.write(format)).await.map_err(|_| Failure::Ended)??;
    let mut tx = app.store().write().await?;
    // Dropped meanwhile, or taken over by another node: then nothing comes of it here.
    if !reports::turned(&mut tx, plan, plan.schedule.following(plan.due_at, now)).await? {
        return Ok(false);
    }
    let id = *Uuid::new_v4().as_bytes();
    let made = (file.as_slice(), i64::try_from(rows).unwrap_or(i64::MAX));
    reports::keep(&mut tx, app.sealer(), plan, (id, now), Ok(made)).await?;
    let facts = [
        ("plan", Uuid::from_bytes(plan.id).to_string()),
        ("file", Uuid::from_bytes(id).to_string()),
        ("planned_by", plan.by.clone()),
    ];
    let mut event = event("report_made", Action::Create, now, facts).in_practice(plan.scope.practice);
    event.detail.counts.insert("rows".to_owned(), rows as u64);
    audit::append_in(&mut tx, app.sealer(), &[event]).await?;
    tx.commit().await?;
    Ok(true)
}

/// Does who planned it work here, in a practice that is served, with the right to reports?
async fn who_may_have(app: &App, tx: &mut Tx<'_>, plan: &Plan) -> Result<Option<SourceId>, StoreError> {
    let practice = store::practices::find(tx, &plan.scope).await?;
    let Ok(id) = plan.by.parse::<SourceId>() else { return Ok(None) };
    let employee = app.employees(tx, &plan.scope).await?.remove(&id);
    match (practice, employee) {
        (Some(practice), Some(employee)) if practice.active => {
            let rights = app.rights_of(tx, &plan.scope, &id, &employee).await?;
            Ok(rights.has(Right::ReportExtract).then_some(id))
        }
        _ => Ok(None),
    }
}

/// Nothing comes of this turn; who planned it is told why. Without the right there are no further ones.
async fn give_up(app: &App, plan: &Plan, reason: &'static str, now: Timestamp) -> Result<(), StoreError> {
    let next = if reason == "no_right" { None } else { plan.schedule.following(plan.due_at, now) };
    let mut tx = app.store().write().await?;
    if !reports::turned(&mut tx, plan, next).await? {
        return Ok(());
    }
    let id = *Uuid::new_v4().as_bytes();
    reports::keep(&mut tx, app.sealer(), plan, (id, now), Err(reason)).await?;
    let facts = [("plan", Uuid::from_bytes(plan.id).to_string()), ("planned_by", plan.by.clone())];
    let event = event("report_failed", Action::Execute, now, facts).in_practice(plan.scope.practice);
    audit::append_in(&mut tx, app.sealer(), &[event.ended(Outcome::Failed, reason)]).await?;
    tx.commit().await
}

fn event<const N: usize>(kind: &'static str, action: Action, at: Timestamp, facts: [(&str, String); N]) -> Event {
    let kind = Kind::new(kind).unwrap_or(Kind::UNNAMED);
    let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let detail = Detail { facts, ..Detail::default() };
    Event::new(at, kind, action, Actor::System { name: "reports".to_owned() }).with(detail)
}
