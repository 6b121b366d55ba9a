//! The commit point of reads: one task stores the events of many requests in one transaction.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::chain::append_in;
use super::event::{Event, Outcome};
use crate::seal::Sealer;
use crate::store::{Store, StoreError, Tx};

/// Events that may wait; then callers wait too, until their own time limit ends it.
const QUEUE: usize = 1024;
/// Events of one transaction.
const GROUP: usize = 64;
/// How often one event alone is tried when another writer is in the way.
const TRIES: u32 = 3;

/// Looks again, in the transaction that stores an event, whether what it reports may still happen.
///
/// Consent may have been withdrawn while the answer was made (release-rules §3.1, G5 to G7). It may be asked
/// more than once for one event; the last answer counts.
pub trait Recheck: Send + Sync + 'static {
    /// Decides by what `tx` sees; must not write.
    fn recheck<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Verdict, StoreError>>;
}

/// The answer of a [`Recheck`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may still happen.
    Allowed,
    /// No longer, for the reason of this code.
    Refused(String),
}

/// The event was not stored as given: nothing may be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuditError {
    /// No longer allowed; the event was stored with outcome "aborted" and this reason.
    #[error("no longer allowed: {0}")]
    Refused(String),
    /// The database did not take it.
    #[error("the audit event could not be stored")]
    Store(#[source] Arc<StoreError>),
    /// The writer has ended: the server is shutting down.
    #[error("the audit writer has ended")]
    Ended,
}

/// Stores events durably before it answers; cheap to clone, ends when the last clone is dropped.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Job>,
}

struct Job {
    event: Event,
    check: Option<Box<dyn Recheck>>,
    answer: oneshot::Sender<Result<(), AuditError>>,
}

impl Writer {
    /// Starts the task that writes. Must be called within a tokio runtime.
    pub fn start(store: Store, sealer: Sealer) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(run(store, sealer, jobs));
        Self { queue }
    }

    /// Stores an event; it is durable when this returns `Ok`.
    ///
    /// When the caller gives up waiting, the event is stored all the same.
    ///
    /// # Errors
    /// [`AuditError`] when it was not stored: then nothing may be shown.
    pub async fn append(&self, event: Event) -> Result<(), AuditError> {
        self.submit(event, None).await
    }

    /// Stores an event if `check` still allows it at the moment of storing; the commit point of a read.
    ///
    /// # Errors
    /// [`AuditError::Refused`] when it is no longer allowed: then an event with outcome "aborted" was stored
    /// instead. Other [`AuditError`]s when nothing was stored. In both cases nothing may be shown.
    pub async fn append_checked(&self, event: Event, check: Box<dyn Recheck>) -> Result<(), AuditError> {
        self.submit(event, Some(check)).await
    }

    async fn submit(&self, event: Event, check: Option<Box<dyn Recheck>>) -> Result<(), AuditError> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Job { event, check, answer }).await.map_err(|_| AuditError::Ended)?;
        answered.await.map_err(|_| AuditError::Ended)?
    }
}

async fn run(store: Store, sealer: Sealer, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP);
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        match commit(&store, &sealer, &group).await {
            Ok(verdicts) => answer(group.drain(..).zip(verdicts)),
            // One event's check may have failed the transaction of all: each gets its own.
            Err(_) => {
                for job in group.drain(..) {
                    let result = commit_alone(&store, &sealer, &job).await;
                    // Nobody waits any more: the event was handled all the same.
                    let _ = job.answer.send(result);
                }
            }
        }
    }
}

fn answer(done: impl Iterator<Item = (Job, Verdict)>) {
    for (job, verdict) in done {
        // Nobody waits any more: the event is stored all the same.
        let _ = job.answer.send(told(verdict));
    }
}

fn told(verdict: Verdict) -> Result<(), AuditError> {
    match verdict {
        Verdict::Allowed => Ok(()),
        Verdict::Refused(reason) => Err(AuditError::Refused(reason)),
    }
}

async fn commit_alone(store: &Store, sealer: &Sealer, job: &Job) -> Result<(), AuditError> {
    let mut tries = 1;
    loop {
        match commit(store, sealer, std::slice::from_ref(job)).await {
            Ok(mut verdicts) => return told(verdicts.pop().unwrap_or(Verdict::Allowed)),
            Err(StoreError::Busy(_)) if tries < TRIES => tries += 1,
            Err(error) => return Err(AuditError::Store(Arc::new(error))),
        }
    }
}

/// Checks and stores a group in one transaction; one verdict for each, in order.
async fn commit(store: &Store, sealer: &Sealer, group: &[Job]) -> Result<Vec<Verdict>, StoreError> {
    let mut tx = store.write().await?;
    let mut verdicts = Vec::with_capacity(group.len());
    let mut events = Vec::with_capacity(group.len());
    for job in group {
        let verdict = match &job.check {
            Some(check) => check.recheck(&mut tx).await?,
            None => Verdict::Allowed,
        };
        events.push(match &verdict {
            Verdict::Allowed => job.event.clone(),
            Verdict::Refused(reason) => job.event.clone().ended(Outcome::Aborted, reason.as_str()),
        });
        verdicts.push(verdict);
    }
    append_in(&mut tx, sealer, &events).await?;
    tx.commit().await?;
    Ok(verdicts)
}
