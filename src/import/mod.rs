//! The way of a delivery from bytes to stored, rendered patients (architecture §5b, his-source-data §4).
//!
//! Read and judge every line, set it aside (`receive`, `spool`); look at each patient against what is stored (`check`,
//! `plan`); then either refuse or hold the delivery as a whole, or apply it patient by patient (`apply`). Release has no part in
//! this: facts are stored, decisions are not. The format itself is `his`, what becomes of it in FHIR `mapping`. What
//! was not taken stays on a list (`quarantine`).

mod again;
mod apply;
mod check;
mod ending;
mod feed;
mod findings;
mod plan;
mod quarantine;
mod receive;
mod shrink;
mod spool;
mod stored;

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::sync::Arc;

pub use feed::{FeedDelivery, FeedReport};
pub use shrink::Sizes;

use check::Delivery;
use ending::Ended;
use findings::{Findings, Refusal};
use receive::{Behind, PARKED, Received};

use crate::domain::time::{Clock, Moment};
use crate::fhir::Releases;
use crate::his::{BatchError, BatchKind, BatchReader, Code, Finding, Frame, Header, read_stored};
use crate::mapping::Problem;
use crate::mapping::check::Profiles;
use crate::seal::Sealer;
use crate::store::deliveries::DeliveryState;
use crate::store::practices::PracticeEntry;
use crate::store::{self, Store, StoreError};

/// A parked record waits this long for what it names (his-source-data §4.1).
const PARKED_SECONDS: i64 = 24 * 60 * 60;

/// Why a delivery could not be worked through; what is wrong with its content is a [`Finding`].
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The delivery or the temporary folder could not be read or written.
    #[error("reading the delivery or writing the temporary folder failed")]
    Io(#[from] std::io::Error),
    /// The store failed; patients that were applied stay applied, run it again.
    #[error("the database failed during the import; run it again")]
    Store(#[from] StoreError),
    /// Something stored cannot be read back.
    #[error("a value in {table} cannot be read back; the key file or the database was changed")]
    Unreadable {
        /// Where it stands.
        table: &'static str,
    },
    /// A FHIR feed holds something that is no FHIR resource; nothing was changed.
    #[error(transparent)]
    Feed(#[from] crate::his::feed::FeedFault),
    /// The program is stopping.
    #[error("the import was interrupted; run it again")]
    Interrupted,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many lines were read.
    Read(u64),
    /// Every patient is being looked at.
    Checking,
    /// This part of the patients was applied.
    Applied {
        /// Parts done.
        part: usize,
        /// Parts in all.
        of: usize,
    },
}

/// Told about each step.
pub type Progress = dyn Fn(Step) + Send + Sync;

/// How a delivery is taken.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The practice (URA) of the certificate that sent it; `None` when an operator hands it in.
    pub sender: Option<String>,
    /// Look at everything, store nothing.
    pub dry_run: bool,
    /// The operator lets a shrunken practice through (E-LIM-001).
    pub accept_shrink: bool,
    /// It was made of a FHIR feed, and tells nothing about what came in other formats. [`Importer::import_feed`] says so
    /// itself.
    pub feed: bool,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Taken; single records may have been refused, and patients held back.
    Accepted,
    /// Refused as a whole: nothing was changed.
    Rejected,
    /// Waits for a person: nothing was changed.
    Held,
    /// Taken before, with the same content: nothing to do.
    Replay,
}

/// The report of one delivery. Nothing personal: types, ids, paths and codes.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its id; `None` when the header could not be read.
    pub batch: Option<String>,
    /// What became of it.
    pub state: State,
    /// Everything that was found, in the order of the lines.
    pub findings: Vec<Finding>,
    /// How many findings there were of each code, also those not kept one by one.
    pub by_code: BTreeMap<&'static str, u64>,
    /// Lines between header and footer.
    pub records: u64,
    /// Records taken, by type.
    pub taken: BTreeMap<&'static str, u64>,
    /// Records refused.
    pub refused: u64,
    /// Entries of which only S and O lines came.
    pub dropped: u64,
    /// Patients that are new or changed.
    pub changed: u64,
    /// Patients left alone.
    pub unchanged: u64,
    /// Patients removed.
    pub removed: u64,
    /// Records that wait for what they name.
    pub parked: u64,
    /// Patients held back, by the HIS's id.
    pub held: Vec<String>,
    /// What the practice holds and would hold, when that is why the delivery waits.
    pub sizes: Option<Sizes>,
    /// Fields and resources that could not be rendered.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Was anything refused, so that an operator should look?
    pub fn has_refusals(&self) -> bool {
        matches!(self.state, State::Rejected | State::Held) || self.refused > 0 || !self.held.is_empty()
    }
}

/// Takes deliveries; cheap to clone.
#[derive(Clone)]
pub struct Importer {
    /// Where everything goes.
    pub store: Store,
    /// Seals and hashes.
    pub sealer: Sealer,
    /// Our own schemas of what we serve.
    pub profiles: Arc<Profiles>,
    /// The FHIR releases that some service speaks: patients are rendered in these.
    pub releases: Releases,
    /// The time.
    pub clock: Clock,
    /// Numbers of the loaded NHG table 45, if one was loaded.
    pub nhg45: Option<Arc<HashSet<String>>>,
}

impl Importer {
    /// Takes one delivery.
    ///
    /// # Errors
    /// [`ImportError`] when reading, storing or the program itself fails. What is wrong with the delivery is in the report.
    pub async fn import<R: Read + Send + 'static>(
        &self,
        source: R,
        options: &Options,
        progress: Arc<Progress>,
    ) -> Result<Report, ImportError> {
        let opened = tokio::task::spawn_blocking(move || BatchReader::open(source));
        let reader = match opened.await.map_err(|_| ImportError::Interrupted)? {
            Ok(reader) => reader,
            Err(BatchError::Rejected(findings)) => return Ok(refused(None, findings)),
            Err(BatchError::Source(error)) => return Err(error.into()),
        };
        let header = reader.header().clone();
        let batch = header.batch.to_string();
        let Some(practice) = self.practice_of(&header, options).await? else {
            let finding = Finding::of_header(Code::PracticeMismatch, Some("/practice/ura"));
            return Ok(refused(Some(batch), vec![finding]));
        };
        let known = self.known_delivery(&practice, &batch).await?;
        if known.is_none()
            && let Some(finding) = sequence_fault(&practice, &header)
        {
            return Ok(refused(Some(batch), vec![finding]));
        }
        let at = self.clock.moment();
        let (received, findings) = self.receive(reader, &practice, at, progress.clone()).await?;
        let Some(received) = received else {
            return self.reject(&practice, &header, None, findings, options).await;
        };
        if let Some(hash) = known {
            if hash != received.content_hash {
                let finding = Finding::of_header(Code::SequenceGap, Some("/batch"));
                return Ok(refused(Some(batch), vec![finding]));
            }
            if practice.last.as_ref().is_some_and(|last| last.seq >= number_of(&header)) {
                return Ok(Report { batch: Some(batch), state: State::Replay, ..empty() });
            }
        }
        self.judge_and_apply(&practice, received, findings, options, at, &progress).await
    }

    /// E-REF-002: records whose targets did not come within 24 hours are given up, and stand on the list of what was not
    /// taken.
    ///
    /// # Errors
    /// [`ImportError`] when the store fails.
    pub async fn expire_parked(&self, practice: &PracticeEntry) -> Result<Vec<Finding>, ImportError> {
        let now = self.clock.now();
        let limit = now.plus_seconds(-PARKED_SECONDS);
        let mut tx = self.store.write().await?;
        let scope = practice.scope();
        let hasher = self.sealer.practice_hasher(practice.id);
        let (mut findings, mut expired, mut untaken) = (Vec::new(), Vec::new(), Vec::new());
        for parked in store::parked::all(&mut tx, &self.sealer, &scope).await? {
            if parked.parked_at >= limit {
                continue;
            }
            expired.push(parked.key);
            let record = read_stored(&parked.body).map_err(|_| ImportError::Unreadable { table: "parked" })?;
            let path = self.missing_member(&mut tx, practice, &record).await?;
            let key = plan::key(&record);
            let finding = plan::finding_at(Code::ReferenceExpired, &key, parked.line_no, &path);
            // A complete set may have brought it meanwhile.
            let stored = store::records::versions_of(&mut tx, &scope, &[parked.key]).await?;
            if stored.get(&parked.key).is_none_or(|stored| stored.v < record.v) {
                let refusal = Refusal { record: key, patient: record.pat.clone(), finding: finding.clone() };
                untaken.extend(quarantine::row(&hasher, &refusal, &parked.batch, now));
            }
            findings.push(finding);
        }
        store::quarantine::put_many(&mut tx, &self.sealer, &scope, &untaken).await?;
        store::parked::remove_many(&mut tx, &scope, &expired).await?;
        tx.commit().await?;
        Ok(findings)
    }

    /// Which member of a parked record still names something unknown.
    async fn missing_member(
        &self,
        tx: &mut store::Tx<'_>,
        practice: &PracticeEntry,
        record: &crate::his::SourceRecord,
    ) -> Result<String, ImportError> {
        let hasher = self.sealer.practice_hasher(practice.id);
        let targets: Vec<_> = record
            .references()
            .iter()
            .map(|reference| (hasher.record_key(reference.t, reference.id), reference.path()))
            .collect();
        let keys: Vec<_> = targets.iter().map(|(key, _)| *key).collect();
        let known = store::records::versions_of(tx, &practice.scope(), &keys).await?;
        let missing = targets.into_iter().find(|(key, _)| !known.contains_key(key));
        Ok(missing.map_or_else(|| "/pat".to_owned(), |(_, path)| path))
    }

    async fn practice_of(&self, header: &Header, options: &Options) -> Result<Option<PracticeEntry>, ImportError> {
        if options.sender.as_ref().is_some_and(|sender| *sender != header.ura) {
            return Ok(None);
        }
        let mut tx = self.store.read().await?;
        let practice = store::practices::find_by_ura(&mut tx, &header.ura).await?;
        tx.close().await?;
        Ok(practice)
    }

    /// Content hash of this batch if it came before and was taken or is half taken. Of a held one nothing was.
    async fn known_delivery(&self, practice: &PracticeEntry, batch: &str) -> Result<Option<[u8; 32]>, ImportError> {
        let mut tx = self.store.read().await?;
        let known = store::deliveries::find(&mut tx, &practice.scope(), batch).await?;
        tx.close().await?;
        let counts = |state| matches!(state, DeliveryState::Accepted | DeliveryState::Running);
        Ok(known.filter(|delivery| counts(delivery.state)).map(|delivery| delivery.new.content_hash))
    }

    async fn receive<R: Read + Send + 'static>(
        &self,
        reader: BatchReader<R>,
        practice: &PracticeEntry,
        at: Moment,
        progress: Arc<Progress>,
    ) -> Result<(Option<Received>, Findings), ImportError> {
        let kind = reader.header().kind;
        let behind = self.behind(practice, kind).await?;
        let (sealer, id, nhg45) = (self.sealer.clone(), practice.id, self.nhg45.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let frame = Frame { now: at.at, nhg45: nhg45.as_deref(), format: reader.header().format };
            let hash_number: receive::HashNumber = Box::new(move |bsn| sealer.bsn_hash(id, bsn));
            let mut findings = Findings::default();
            let told = |lines| progress(Step::Read(lines));
            let received = receive::receive(reader, behind, &frame, &hash_number, &mut findings, &told)?;
            Ok::<_, ImportError>((received, findings))
        });
        reading.await.map_err(|_| ImportError::Interrupted)?
    }

    /// What earlier deliveries left behind; nothing waits for a complete practice.
    async fn behind(&self, practice: &PracticeEntry, kind: BatchKind) -> Result<Behind, ImportError> {
        let scope = practice.scope();
        let mut tx = self.store.read().await?;
        let parked = match kind {
            BatchKind::Full => Vec::new(),
            BatchKind::Patient | BatchKind::Delta => store::parked::all(&mut tx, &self.sealer, &scope).await?,
        };
        let quarantined = self.quarantined(&mut tx, &scope).await?;
        tx.close().await?;
        let waiting = parked.into_iter().map(|parked| (parked.line_no | PARKED, parked.body)).collect();
        Ok(Behind { waiting, quarantined })
    }

    async fn judge_and_apply(
        &self,
        practice: &PracticeEntry,
        received: Received,
        mut findings: Findings,
        options: &Options,
        at: Moment,
        progress: &Arc<Progress>,
    ) -> Result<Report, ImportError> {
        progress(Step::Checking);
        let hasher = self.sealer.practice_hasher(practice.id);
        let mut tx = self.store.read().await?;
        let stored_patients: HashSet<_> =
            store::patients::list(&mut tx, &practice.scope()).await?.into_iter().collect();
        let stored_records: u64 = store::records::counts(&mut tx, &practice.scope()).await?.values().sum();
        tx.close().await?;
        let merges = check::merges(&received, &hasher)?;
        let mut delivery = Delivery {
            practice: practice.clone(),
            feed: options.feed,
            hasher,
            received,
            at,
            stored_patients,
            employees: HashSet::new(),
            held: HashSet::new(),
            merges,
            conflicts: HashSet::new(),
        };
        delivery.employees = check::employees(self, &delivery).await?;
        let delivery = Arc::new(check::check(self, delivery, &mut findings).await?);
        let received = &delivery.received;
        findings.judge_thresholds(received.records);
        if findings.refuse_the_batch() {
            let hash = Some(received.content_hash);
            return self.reject(practice, &received.header, hash, findings, options).await;
        }
        let sizes = Sizes::of(&delivery, stored_records);
        if !options.accept_shrink && self.must_wait(&delivery, sizes).await? {
            findings.add(None, Finding::of_header(Code::ShrinkGuard, None));
            return self.end(&delivery, findings, Ended::Held(sizes), options).await;
        }
        if !options.dry_run {
            self.begin(&delivery).await?;
        }
        let applied = apply::apply(self, &delivery, !options.dry_run, progress.as_ref()).await?;
        self.end(&delivery, findings, Ended::Applied(applied), options).await
    }
}

/// E-SEQ-001: deliveries of a practice follow each other without a gap.
fn sequence_fault(practice: &PracticeEntry, header: &Header) -> Option<Finding> {
    let fault = |path| Some(Finding::of_header(Code::SequenceGap, Some(path)));
    let Some(last) = &practice.last else {
        // Changes need something to change.
        return if header.kind == BatchKind::Delta && header.prev.is_some() { fault("/prev") } else { None };
    };
    if number_of(header) != last.seq.saturating_add(1) {
        return fault("/seq");
    }
    match &header.prev {
        Some(prev) if prev.to_string() != last.batch => fault("/prev"),
        _ => None,
    }
}

/// The number of a delivery, as the database counts.
fn number_of(header: &Header) -> i64 {
    i64::try_from(header.seq).unwrap_or(i64::MAX)
}

fn refused(batch: Option<String>, findings: Vec<Finding>) -> Report {
    let mut by_code = BTreeMap::new();
    for finding in &findings {
        *by_code.entry(finding.code.as_str()).or_default() += 1;
    }
    Report { batch, state: State::Rejected, findings, by_code, ..empty() }
}

fn empty() -> Report {
    Report {
        batch: None,
        state: State::Accepted,
        findings: Vec::new(),
        by_code: BTreeMap::new(),
        records: 0,
        taken: BTreeMap::new(),
        refused: 0,
        dropped: 0,
        changed: 0,
        unchanged: 0,
        removed: 0,
        parked: 0,
        held: Vec::new(),
        sizes: None,
        problems: Vec::new(),
    }
}
