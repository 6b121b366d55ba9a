//! A FHIR feed: HIS vendors that deliver FHIR, in R4 or STU3, hand in resources and Bundles, in JSON or XML.
//!
//! [`translate`] makes a `dvza-his-2` delivery of them, in which each resource is a `resource` record (with a patient) or a
//! `shared_resource` record (a professional, an organisation, a product), so that everything that holds for deliveries holds
//! for feeds: one transaction per patient, versions, replays, thresholds, reports. The content of a resource is kept as it
//! came. What is decided here is only what a delivery must know: which resources there are (`sources`), how they name each
//! other (`references`), whose they are and as which lines they travel (`lines`).
//!
//! S and O lines are left out, as everywhere (R-SP-01); types that dvza does not serve are left out and counted.

mod lines;
mod references;
mod sources;

pub use lines::is_fed_patient;
pub(super) use references::SHARED;

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::header::BatchKind;
use crate::domain::bsn::Bsn;
use crate::domain::time::Timestamp;
use crate::fhir::FhirRelease;

/// What a delivery says of itself, and what helps to read it.
#[derive(Debug, Clone)]
pub struct Feed<'a> {
    /// The release of FHIR it is in, all of it.
    pub release: FhirRelease,
    /// Id of the delivery.
    pub batch: Uuid,
    /// URA of the practice, 8 digits.
    pub ura: &'a str,
    /// AGB code of the practice, 8 digits.
    pub agb: &'a str,
    /// What becomes of resources that are not mentioned; [`BatchKind::Patient`]: those of the patients in it are gone.
    pub kind: BatchKind,
    /// Its place in the practice's row of deliveries.
    pub seq: u64,
    /// The present instant: when the feed was made, and the version of a resource that does not say its own.
    pub made: Timestamp,
    /// The day T of official test data, whose dates are placeholders; `None` for every real feed.
    pub day_t: Option<Date>,
    /// Citizen service numbers of patients whose resource carries none, by `Patient/id`.
    pub numbers: &'a BTreeMap<String, Bsn>,
}

/// A file of the feed.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// JSON (a resource, a Bundle, or one resource a line) or XML, in UTF-8.
    pub bytes: &'a [u8],
}

/// A feed as a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The delivery, to be taken like any other.
    pub delivery: Vec<u8>,
    /// S and O lines that were left out: observations and sections.
    pub lines_dropped: u64,
    /// Resources of types that are not served, by type.
    pub not_served: BTreeMap<String, u64>,
    /// Patients whose citizen service number is not known, or contradictory.
    pub without_number: u64,
}

/// Why a feed is not taken at all. Names the file and the place, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {fault}")]
pub struct FeedFault {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub fault: String,
}

/// Makes a delivery of a feed.
///
/// # Errors
/// [`FeedFault`] when a file is neither JSON nor XML, holds something that is no resource of its release or cannot be named, asks to
/// delete, or when one name could mean two resources.
/// What is wrong inside a resource is found when the delivery is read, and refuses that resource alone.
pub fn translate(feed: &Feed<'_>, files: &[File<'_>]) -> Result<Translated, FeedFault> {
    let texts = files.iter().map(|file| sources::text(file, feed.day_t)).collect::<Result<Vec<_>, _>>()?;
    let mut found = sources::Found::of(feed.release);
    for (file, text) in files.iter().zip(&texts) {
        sources::read(file.name, text, &mut found)?;
    }
    references::join(&mut found)?;
    Ok(lines::write(feed, found))
}

#[cfg(test)]
mod tests;
