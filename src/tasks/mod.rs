//! What has to happen beside requests: forgetting what has lapsed, giving up records that waited too long.
//!
//! Every task may run at the same time on several nodes: each step is one conditional change that finds nothing to do the
//! second time.

pub mod extractions;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::extraction::TOLD_DAYS;
use crate::domain::time::{Clock, Moment, Timestamp};
use crate::import::{ImportError, Importer};
use crate::mail::Mailer;
use crate::store::authorization::{grants, sessions, tokens};
use crate::store::{self, Store, StoreError};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(600);
/// An authorization that was not finished within a day is over: its session ended after 15 minutes without action.
const FLOWS_SECONDS: i64 = 24 * 60 * 60;

/// An e-mail address whose link ended so many days ago is free again.
const UNCONFIRMED_DAYS: i32 = 7;
/// So long a confirmed address waits for somebody to link it.
const UNLINKED_DAYS: i32 = 90;

/// Does the rounds until the server stops.
pub async fn keep_house(importer: Importer, stop: CancellationToken) {
    loop {
        // After an upgrade what the earlier version rendered is not served: it is rendered anew while the server runs.
        match importer.catch_up().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "patients were rendered by this version"),
            Err(error) => tracing::error!(%error, "patients could not be rendered; tried again in ten minutes"),
        }
        if tokio::time::timeout(EVERY, stop.cancelled()).await.is_ok() {
            return;
        }
        let now = importer.clock.now();
        if let Err(error) = forget(&importer.store, now).await {
            tracing::error!(%error, "what has lapsed could not be forgotten; tried again in ten minutes");
        }
        if let Err(error) = give_up_parked(&importer).await {
            tracing::error!(%error, "waiting records could not be looked at; tried again in ten minutes");
        }
    }
}

/// Letters handed over in one go.
const POST_AT_ONCE: u32 = 50;
/// A letter that was not taken is tried again after this long, times the attempts so far.
const POST_AGAIN_SECONDS: i64 = 300;

/// Who carries letters, and how often.
pub struct Post {
    /// The mail server.
    pub mailer: Mailer,
    /// Time between two looks at the outbox.
    pub every: Duration,
}

/// Hands letters to the mail server until this one stops.
pub async fn post(app: App, clock: Clock, post: Post, stop: CancellationToken) {
    loop {
        if let Err(error) = post_once(&app, clock.moment(), &post.mailer).await {
            tracing::error!(%error, "the outbox could not be looked at; tried again");
        }
        if tokio::time::timeout(post.every, stop.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Hands over the letters whose turn it is; how many were taken.
///
/// # Errors
/// [`StoreError`] when the database fails. A letter that is not taken is no error: it is tried again later.
pub async fn post_once(app: &App, at: Moment, mailer: &Mailer) -> Result<u64, StoreError> {
    let (store, now) = (app.store(), at.at);
    let mut tx = store.read().await?;
    let due = store::outbox::due(&mut tx, app.sealer(), now, POST_AT_ONCE).await?;
    tx.close().await?;
    let mut taken = 0;
    for waiting in due {
        // Claimed first: of two nodes one hands it over, and a letter is rather late than sent twice.
        let mut tx = store.write().await?;
        let again = now.plus_seconds(POST_AGAIN_SECONDS * (waiting.attempts + 1));
        let mine = store::outbox::claim(&mut tx, waiting.id, waiting.attempts, again).await?;
        tx.commit().await?;
        if !mine || !app.still_holds(&waiting, at).await? {
            continue;
        }
        match mailer.send(&waiting.letter).await {
            Ok(()) => {
                let mut tx = store.write().await?;
                store::outbox::sent(&mut tx, waiting.id, now).await?;
                tx.commit().await?;
                taken += 1;
            }
            Err(error) => tracing::warn!(%error, attempts = waiting.attempts + 1, "a letter was not taken"),
        }
    }
    Ok(taken)
}

/// Deletes flows, sessions, tokens, letters and unconfirmed addresses that ended, and what came of extractions long ago; how many.
/// Consents and the audit trail stay.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut tx = store.write().await?;
    let flows = grants::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let visits = sessions::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let visits = visits + store::staff::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let lapsed = tokens::forget(&mut tx, now).await?;
    let accounts = store::accounts::forget_unconfirmed(&mut tx, now.plus_local_days(-UNCONFIRMED_DAYS)).await?;
    let accounts = accounts + store::accounts::forget_unlinked(&mut tx, now.plus_local_days(-UNLINKED_DAYS)).await?;
    let letters = store::outbox::forget(&mut tx, now).await?;
    let turns = store::reports::forget(&mut tx, now.plus_local_days(-TOLD_DAYS)).await?;
    tx.commit().await?;
    Ok(flows + visits + lapsed + accounts + letters + turns)
}

async fn give_up_parked(importer: &Importer) -> Result<(), ImportError> {
    let mut tx = importer.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    for practice in practices {
        let given_up = importer.expire_parked(&practice).await?;
        if !given_up.is_empty() {
            let count = given_up.len();
            tracing::warn!(practice.id = %practice.id, count, "records waited a day for what they name and were given up");
        }
    }
    Ok(())
}
