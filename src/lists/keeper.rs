//! What may replace what: a newer list that is good, and nothing else.

use std::fmt;
use std::sync::Arc;

use super::source::{FetchError, ListSource};
use crate::domain::time::{Clock, Timestamp};
use crate::medmij::schema::{BrokenSchema, Schemas};
use crate::medmij::{
    Environment, Gnl, ListKind, ListTexts, ListVersion, Lists, ListsError, Ocl, Whl, Zal, Zkl, is_newer,
};
use crate::store::lists::StoredList;
use crate::store::{self, Store, StoreError};

/// The name of the task that one node does for all.
const LEASE: &str = "lists";

/// What fetching one list came to.
#[derive(Debug)]
pub enum Outcome {
    /// A newer list, which is in use from now on.
    New(ListVersion),
    /// The list that is in use is still the newest.
    Unchanged(ListVersion),
    /// Nothing that could be used: the last good one stays.
    Refused(Refusal),
}

impl Outcome {
    /// For metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::New(_) => "new",
            Self::Unchanged(_) => "unchanged",
            Self::Refused(Refusal::Fetch(_)) => "unreachable",
            Self::Refused(Refusal::Fault(_)) => "faulty",
            Self::Refused(Refusal::Older { .. } | Refusal::Renumbered { .. }) => "older",
            Self::Refused(Refusal::Store(_)) => "not_stored",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New(version) => write!(f, "new: number {} of {}", version.number, version.made_at.to_rfc3339()),
            Self::Unchanged(version) => write!(f, "unchanged: number {}", version.number),
            Self::Refused(refusal) => write!(f, "refused, the last good one stays in use: {refusal}"),
        }
    }
}

/// Why what came was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It has a fault.
    #[error(transparent)]
    Fault(#[from] ListsError),
    /// It is older than the one in use.
    #[error("number {got} is not newer than number {known}, which is in use")]
    Older {
        /// Volgnummer of the list in use.
        known: u64,
        /// Volgnummer of the one that came.
        got: u64,
    },
    /// Two lists with one number and different texts: one of them is not the register's.
    #[error("number {number} came before with another text")]
    Renumbered {
        /// The Volgnummer of both.
        number: u64,
    },
    /// It could not be stored.
    #[error("the list could not be stored")]
    Store(#[from] StoreError),
}

/// Fetches, checks and keeps the lists; cheap to clone.
#[derive(Clone)]
pub struct Keeper {
    store: Store,
    source: Arc<dyn ListSource>,
    schemas: Arc<Schemas>,
    environment: Environment,
    clock: Clock,
    kinds: Vec<ListKind>,
    holder: String,
}

impl Keeper {
    /// A keeper of these lists. `holder` names this node among those that share the database.
    ///
    /// # Errors
    /// [`BrokenSchema`]: a fault of this program.
    pub fn new(
        store: Store,
        source: Arc<dyn ListSource>,
        environment: Environment,
        clock: Clock,
        kinds: &[ListKind],
        holder: String,
    ) -> Result<Self, BrokenSchema> {
        let schemas = Arc::new(Schemas::built_in()?);
        Ok(Self { store, source, schemas, environment, clock, kinds: kinds.to_vec(), holder })
    }

    /// Is it this node that fetches until `seconds` from now?
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn takes_the_turn(&self, seconds: i64) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        let taken = store::leases::take(&mut tx, LEASE, &self.holder, now, now.plus_seconds(seconds)).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Fetches every list and takes what is newer and good. One list's fault does not hold up another's.
    pub async fn fetch(&self) -> Vec<(ListKind, Outcome)> {
        let mut outcomes = Vec::with_capacity(self.kinds.len());
        for kind in &self.kinds {
            let outcome = self.fetch_one(*kind).await.unwrap_or_else(Outcome::Refused);
            metrics::counter!("dvza_list_fetches_total", "list" => kind.code(), "outcome" => outcome.code())
                .increment(1);
            outcomes.push((*kind, outcome));
        }
        outcomes
    }

    async fn fetch_one(&self, kind: ListKind) -> Result<Outcome, Refusal> {
        let text = self.source.fetch(kind).await?;
        let at = self.clock.now();
        let (version, text) = self.check(kind, text).await?;
        let mut tx = self.store.write().await?;
        let known = store::lists::all(&mut tx).await?.into_iter().find(|known| known.kind == kind);
        let outcome = match known {
            Some(known) if known.version == version => {
                if store::lists::text(&mut tx, kind).await?.as_deref() != Some(text.as_str()) {
                    return Err(Refusal::Renumbered { number: version.number });
                }
                store::lists::confirm(&mut tx, kind, &version, at).await?;
                Outcome::Unchanged(version)
            }
            Some(known) if !is_newer(&known.version, &version) => {
                return Err(Refusal::Older { known: known.version.number, got: version.number });
            }
            _ => {
                store::lists::put(&mut tx, kind, &version, &text, at).await?;
                Outcome::New(version)
            }
        };
        tx.commit().await?;
        Ok(outcome)
    }

    /// Reads and validates a list: seconds of work for the largest, so not among the requests.
    async fn check(&self, kind: ListKind, text: Vec<u8>) -> Result<(ListVersion, String), ListsError> {
        let (schemas, environment) = (self.schemas.clone(), self.environment);
        let work = tokio::task::spawn_blocking(move || {
            let version = read_version(kind, &text, environment)?;
            // The reader has seen that it is UTF-8.
            let text = String::from_utf8_lossy(&text).into_owned();
            schemas.check(kind, &text)?;
            Ok((version, text))
        });
        match work.await {
            Ok(checked) => checked,
            Err(_) => Err(ListsError {
                list: kind,
                element: kind.root(),
                line: 0,
                fault: crate::medmij::Fault::NotWellFormed,
            }),
        }
    }

    /// What is stored of each list.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn stored(&self) -> Result<Vec<StoredList>, StoreError> {
        let mut tx = self.store.read().await?;
        let stored = store::lists::all(&mut tx).await?;
        tx.close().await?;
        Ok(stored)
    }

    /// The lists as stored, to be used by this node; `None` when one of the four was never fetched, or cannot be read by this
    /// version of the program.
    ///
    /// They are as old as the oldest of the four.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn load(&self) -> Result<Option<Lists>, StoreError> {
        let mut tx = self.store.read().await?;
        let stored = store::lists::all(&mut tx).await?;
        let mut texts = Vec::with_capacity(ListKind::DECIDING.len());
        for kind in ListKind::DECIDING {
            texts.push(store::lists::text(&mut tx, kind).await?.unwrap_or_default());
        }
        tx.close().await?;
        let deciding = stored.iter().filter(|list| ListKind::DECIDING.contains(&list.kind));
        let good_at = deciding.clone().map(|list| list.good_at).min();
        let (Some(good_at), 4, [zal, ocl, whl, gnl]) = (good_at, deciding.count(), texts.as_slice()) else {
            return Ok(None);
        };
        let texts = ListTexts { zal: zal.as_bytes(), ocl: ocl.as_bytes(), whl: whl.as_bytes(), gnl: gnl.as_bytes() };
        Ok(Lists::parse(texts, self.environment, good_at).ok())
    }

    /// Tells the age of each list to the metrics.
    pub fn measure(&self, stored: &[StoredList]) {
        let now = self.clock.now();
        for list in stored {
            metrics::gauge!("dvza_list_age_seconds", "list" => list.kind.code()).set(seconds(list.good_at, now));
            #[allow(clippy::cast_precision_loss, reason = "a number of publications is far below 2^52")]
            metrics::gauge!("dvza_list_number", "list" => list.kind.code()).set(list.version.number as f64);
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    ((to.millis() - from.millis()) / 1000) as f64
}

fn read_version(kind: ListKind, text: &[u8], environment: Environment) -> Result<ListVersion, ListsError> {
    Ok(match kind {
        ListKind::Zal => *Zal::parse(text, environment)?.version(),
        ListKind::Ocl => *Ocl::parse(text, environment)?.version(),
        ListKind::Whl => *Whl::parse(text, environment)?.version(),
        ListKind::Gnl => *Gnl::parse(text, environment)?.version(),
        ListKind::Zkl => *Zkl::parse(text, environment)?.version(),
    })
}
