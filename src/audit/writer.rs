//! The commit point of reads: one task stores the events of many requests in one transaction.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::chain::{KnownEnd, append_and_commit, append_if_unchanged};
use super::event::{Event, Outcome};
use crate::oauth::AccessTokenHash;
use crate::seal::Sealer;
use crate::store::authorization::access::{Access, Seen, find_accesses};
use crate::store::{Engine, Store, StoreError};

/// Events that may wait; then callers wait too, until their own time limit ends it.
const QUEUE: usize = 1024;
/// Events of one transaction.
const GROUP: usize = 64;
/// How often one event alone is tried when another writer is in the way.
const TRIES: u32 = 3;

/// Judges once more, by what the transaction that stores an event sees, whether what it reports may still happen.
///
/// Consent may have been withdrawn while the answer was made (release-rules §3.1, G5 to G7). It may be asked
/// more than once for one event, and the last answer counts; or not at all, when nothing has changed.
pub trait Recheck: Send + Sync + 'static {
    /// The token the answer rests on.
    fn token(&self) -> AccessTokenHash;
    /// When what stands behind it was seen: as long as nothing that may change it has changed, it is not asked again.
    fn seen(&self) -> Seen;
    /// Decides by what stands behind the token now; `None` when nothing does.
    fn verdict(&self, now: Option<&Access>) -> Verdict;
}

/// The answer of a [`Recheck`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may still happen.
    Allowed,
    /// No longer, for the reason of this code.
    Refused(String),
    /// What the event reports was made of something that has changed since: it is to be made anew.
    Outdated,
}

/// The event was not stored as given: nothing may be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuditError {
    /// No longer allowed; the event was stored with outcome "aborted" and this reason.
    #[error("no longer allowed: {0}")]
    Refused(String),
    /// Made of something that has changed since; nothing was stored.
    #[error("outdated")]
    Outdated,
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
    /// instead. Other [`AuditError`]s when nothing was stored. In every case nothing may be shown.
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
    let mut end = KnownEnd::default();
    while jobs.recv_many(&mut group, GROUP).await > 0 {
        // Whoever is ready to ask comes along: under load that is most of them, without load nobody waits.
        tokio::task::yield_now().await;
        while group.len() < GROUP
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
        match commit(&store, &sealer, &group, &mut end).await {
            Ok(verdicts) => answer(group.drain(..).zip(verdicts)),
            // One event may have failed the transaction of all: each gets its own.
            Err(_) => {
                for job in group.drain(..) {
                    let result = commit_alone(&store, &sealer, &job, &mut end).await;
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
        Verdict::Outdated => Err(AuditError::Outdated),
    }
}

async fn commit_alone(store: &Store, sealer: &Sealer, job: &Job, end: &mut KnownEnd) -> Result<(), AuditError> {
    let mut tries = 1;
    loop {
        match commit(store, sealer, std::slice::from_ref(job), end).await {
            Ok(mut verdicts) => return told(verdicts.pop().unwrap_or(Verdict::Allowed)),
            Err(StoreError::Busy(_)) if tries < TRIES => tries += 1,
            Err(error) => return Err(AuditError::Store(Arc::new(error))),
        }
    }
}

/// Checks and stores a group in one transaction; one verdict for each, in order.
async fn commit(store: &Store, sealer: &Sealer, group: &[Job], end: &mut KnownEnd) -> Result<Vec<Verdict>, StoreError> {
    if let Some(stored) = commit_unchanged(store, sealer, group, end).await? {
        return Ok(stored);
    }
    let tokens: HashSet<_> = group.iter().filter_map(|job| job.check.as_ref()).map(|check| check.token()).collect();
    let tokens = Vec::from_iter(tokens);
    let mut tx = if tokens.is_empty() { store.write().await? } else { store.write_with_opening().await? };
    let behind = find_accesses(&mut tx, &tokens).await?;
    let mut verdicts = Vec::with_capacity(group.len());
    let mut events = Vec::with_capacity(group.len());
    for job in group {
        let verdict = match &job.check {
            Some(check) => check.verdict(behind.get(&check.token())),
            None => Verdict::Allowed,
        };
        match &verdict {
            Verdict::Allowed => events.push(job.event.clone()),
            Verdict::Refused(reason) => events.push(job.event.clone().ended(Outcome::Aborted, reason.as_str())),
            Verdict::Outdated => {}
        }
        verdicts.push(verdict);
    }
    append_and_commit(tx, sealer, &events, end).await?;
    Ok(verdicts)
}

/// Stores a group whose every check saw the same state, if that is still the state; `None` when it is not known to be.
async fn commit_unchanged(
    store: &Store,
    sealer: &Sealer,
    group: &[Job],
    end: &mut KnownEnd,
) -> Result<Option<Vec<Verdict>>, StoreError> {
    let mut stamps = group.iter().filter_map(|job| job.check.as_ref()).map(|check| check.seen().stamp());
    let Some(stamp) = stamps.next() else { return Ok(None) };
    if store.engine() != Engine::Sqlite || !end.is_known() || stamps.any(|other| other != stamp) {
        return Ok(None);
    }
    let events: Vec<_> = group.iter().map(|job| &job.event).collect();
    let stored = append_if_unchanged(store.write_with_opening().await?, sealer, &events, end, stamp).await?;
    Ok(stored.then(|| vec![Verdict::Allowed; group.len()]))
}
