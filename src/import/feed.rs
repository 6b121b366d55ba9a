//! A FHIR feed as a delivery of its practice: translated (`his::feed`), then taken like any other.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use super::{ImportError, Importer, Options, Progress, Report, State, empty};
use crate::domain::bsn::Bsn;
use crate::fhir::FhirRelease;
use crate::his::BatchKind;
use crate::his::feed::{Feed, File, Translated, translate};
use crate::store;
use crate::store::deliveries::DeliveryState;
use crate::store::practices::PracticeEntry;

/// A feed as it is handed in.
#[derive(Debug, Clone)]
pub struct FeedDelivery {
    /// Id of the delivery; the same id again is a repetition and changes nothing.
    pub batch: Uuid,
    /// The release of FHIR it is in.
    pub release: FhirRelease,
    /// What becomes of resources that are not mentioned.
    pub kind: BatchKind,
    /// The day T of official test data.
    pub day_t: Option<Date>,
    /// Citizen service numbers of patients whose resource carries none, by `Patient/id`.
    pub numbers: BTreeMap<String, Bsn>,
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
}

/// What became of a feed.
#[derive(Debug, Clone)]
pub struct FeedReport {
    /// The report of the delivery that was made of it.
    pub report: Report,
    /// S and O lines that were left out.
    pub lines_dropped: u64,
    /// Resources of types that are not served, by type.
    pub not_served: BTreeMap<String, u64>,
    /// Patients whom nobody can find: no citizen service number was delivered, or two.
    pub without_number: u64,
}

impl Importer {
    /// Takes one FHIR feed of this practice.
    ///
    /// # Errors
    /// [`ImportError::Feed`] when a file cannot be read as FHIR: nothing was changed. Else as [`Importer::import`].
    pub async fn import_feed(
        &self,
        practice: &PracticeEntry,
        feed: FeedDelivery,
        options: &Options,
        progress: Arc<Progress>,
    ) -> Result<FeedReport, ImportError> {
        if self.is_known(practice, &feed.batch).await? {
            let report = Report { batch: Some(feed.batch.to_string()), state: State::Replay, ..empty() };
            return Ok(FeedReport { report, lines_dropped: 0, not_served: BTreeMap::new(), without_number: 0 });
        }
        let (made, practice) = (self.clock.now(), practice.clone());
        let translating = tokio::task::spawn_blocking(move || {
            let files: Vec<File<'_>> = feed.files.iter().map(|(name, bytes)| File { name, bytes }).collect();
            let last = practice.last.as_ref().map_or(0, |last| last.seq);
            let header = Feed {
                release: feed.release,
                batch: feed.batch,
                ura: &practice.ura,
                agb: practice.agb.as_deref().unwrap_or("00000000"),
                kind: feed.kind,
                seq: u64::try_from(last).unwrap_or(0) + 1,
                made,
                day_t: feed.day_t,
                numbers: &feed.numbers,
            };
            translate(&header, &files)
        });
        let mut translated = translating.await.map_err(|_| ImportError::Interrupted)??;
        let options = Options { feed: true, ..options.clone() };
        let delivery = Cursor::new(std::mem::take(&mut translated.delivery));
        let report = self.import(delivery, &options, progress).await?;
        let Translated { lines_dropped, not_served, without_number, .. } = translated;
        Ok(FeedReport { report, lines_dropped, not_served, without_number })
    }

    /// Was a delivery with this id taken before?
    async fn is_known(&self, practice: &PracticeEntry, batch: &Uuid) -> Result<bool, ImportError> {
        let mut tx = self.store.read().await?;
        let known = store::deliveries::find(&mut tx, &practice.scope(), &batch.to_string()).await?;
        tx.close().await?;
        Ok(known.is_some_and(|delivery| delivery.state == DeliveryState::Accepted))
    }
}
