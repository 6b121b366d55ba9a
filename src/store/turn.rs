//! The one connection that writes to a SQLite file, and whose turn it is.
//!
//! SQLite has one writer at a time. Between processes the file's own lock decides; within this process writers stand
//! in line, each for one transaction, so that a long import and the audit of reads take turns instead of polling.
//! The connection stays open between turns: a pool would test it after each.

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard};

/// What begins a writing transaction. Taking the file's lock at once keeps it from failing half way, when it first
/// writes.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Where writers stand in line; cheap to clone.
#[derive(Clone)]
pub(super) struct Line {
    connect: AnyConnectOptions,
    setup: &'static str,
    patience: Duration,
    place: Arc<Mutex<Place>>,
}

enum Place {
    /// Not connected: at first, and after the connection broke.
    Vacant,
    Connected(Writer),
    Closed,
}

/// The connection.
struct Writer {
    connection: AnyConnection,
    /// A transaction was begun and not ended: whoever began it went away.
    open: bool,
}

/// One turn: dropped before its end, everything it wrote is undone.
pub(super) struct Turn(OwnedMappedMutexGuard<Place, Writer>);

impl Line {
    /// Nobody has connected yet; `setup` is said to every new connection, a turn comes within `patience` or not at all.
    pub fn new(connect: AnyConnectOptions, setup: &'static str, patience: Duration) -> Self {
        Self { connect, setup, patience, place: Arc::new(Mutex::new(Place::Vacant)) }
    }

    /// Waits for a turn.
    pub async fn turn(&self) -> Result<Turn, sqlx::Error> {
        let waiting = tokio::time::timeout(self.patience, self.place.clone().lock_owned());
        let mut place = waiting.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        if let Place::Vacant = *place {
            let mut connection = AnyConnection::connect_with(&self.connect).await?;
            connection.execute(sqlx::raw_sql(self.setup)).await?;
            *place = Place::Connected(Writer { connection, open: false });
        }
        let mut turn = OwnedMutexGuard::try_map(place, |place| match place {
            Place::Connected(writer) => Some(writer),
            Place::Vacant | Place::Closed => None,
        })
        .map(Turn)
        .map_err(|_| sqlx::Error::PoolClosed)?;
        turn.tidy_up().await;
        Ok(turn)
    }

    /// Waits for the turn that is taken, then closes for good.
    pub async fn close(&self) {
        let mut place = self.place.lock().await;
        if let Place::Connected(writer) = std::mem::replace(&mut *place, Place::Closed) {
            // It is a file of ours that is closed either way.
            let _ = writer.connection.close().await;
        }
    }
}

impl Turn {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut AnyConnection {
        &mut self.0.connection
    }

    /// Begins the transaction of this turn.
    pub async fn begin(&mut self) -> Result<(), sqlx::Error> {
        self.mark_begun();
        self.0.connection.execute(BEGIN).await.map(drop)
    }

    /// The next statement's text begins the transaction itself.
    pub fn mark_begun(&mut self) {
        self.0.open = true;
    }

    /// Ends the transaction and keeps what it wrote.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        self.0.connection.execute("COMMIT").await?;
        self.mark_ended();
        Ok(())
    }

    /// The last statement's text ended the transaction itself.
    pub fn mark_ended(&mut self) {
        self.0.open = false;
    }

    /// Ends the transaction and undoes what it wrote.
    pub async fn roll_back(mut self) -> Result<(), sqlx::Error> {
        self.0.connection.execute("ROLLBACK").await?;
        self.0.open = false;
        Ok(())
    }

    /// Undoes what a turn left that was dropped half way. When its commit had just come through, there is nothing to
    /// undo, and SQLite says so.
    async fn tidy_up(&mut self) {
        if self.0.open {
            let _ = self.0.connection.execute("ROLLBACK").await;
            self.0.open = false;
        }
    }
}
