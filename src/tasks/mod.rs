//! What has to happen beside requests: forgetting what has lapsed, giving up records that waited too long.
//!
//! Every task may run at the same time on several nodes: each step is one conditional change that finds nothing to do the
//! second time.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::time::Timestamp;
use crate::import::{ImportError, Importer};
use crate::store::authorization::{grants, sessions, tokens};
use crate::store::{self, Store, StoreError};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(600);
/// An authorization that was not finished within a day is over: its session ended after 15 minutes without action.
const FLOWS_SECONDS: i64 = 24 * 60 * 60;

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

/// Deletes flows, sessions and tokens that ended; how many. Consents and the audit trail stay.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn forget(store: &Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut tx = store.write().await?;
    let flows = grants::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let visits = sessions::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let visits = visits + store::staff::forget(&mut tx, now.plus_seconds(-FLOWS_SECONDS)).await?;
    let lapsed = tokens::forget(&mut tx, now).await?;
    tx.commit().await?;
    Ok(flows + visits + lapsed)
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
