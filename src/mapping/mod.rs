//! From the dossier to FHIR: one folder per FHIR release, one file per building block.
//!
//! Rendering happens at import, for a whole patient at once; it decides nothing about release, it only states the
//! facts release needs (`DossierFacts`). Sources: his-to-fhir-mapping and nl-core-r4-profiles.

pub mod check;
pub mod feed;
pub mod finish;
pub mod index;
mod parts;
pub mod r4;
pub mod summary;
pub mod view;

use crate::domain::dossier::{PatientRecords, PracticeRecords, RecordRef, SourceId};
use crate::domain::ids::ResourceId;
use crate::domain::release::DossierFacts;
use crate::fhir::ResourceType;

/// Makes resource ids: a keyed hash of the practice over a purpose and the HIS's key, so an id tells nothing.
#[derive(Clone, Copy)]
pub struct Ids<'a>(pub &'a (dyn Fn(&str, &str) -> ResourceId + Sync));

impl Ids<'_> {
    /// The id of the resource that `purpose` (such as `EpisodeOfCare`) makes of the HIS's `key`.
    pub fn id(&self, purpose: &str, key: &str) -> ResourceId {
        (self.0)(purpose, key)
    }
}

/// Renders everything of one patient: what the records make, and what came as FHIR.
pub fn render_patient(records: &PatientRecords, practice: &PracticeRecords, ids: &Ids<'_>) -> RenderedPatient {
    if records.decisions.is_empty() {
        return feed::add(r4::render_patient(records, practice, ids), records, practice, ids);
    }
    let mut records = records.clone();
    let decisions = std::mem::take(&mut records.decisions);
    decisions.enter(&mut records);
    let mut rendered = feed::add(r4::render_patient(&records, practice, ids), &records, practice, ids);
    let (mut subject, mut items) = (rendered.facts.subject.clone(), rendered.facts.items().to_vec());
    let fed = |id: &SourceId| {
        let record = records.resources.iter().find(|record| record.id == *id)?;
        Some(feed::fingerprint(&record.d))
    };
    decisions.mark(&mut subject, &mut items, &fed);
    rendered.facts = DossierFacts::new(subject, items);
    feed::say(&decisions, &mut rendered);
    rendered
}

/// Renders what belongs to the practice.
pub fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>) -> Vec<Rendered> {
    let mut rendered = r4::render_practice(practice, ids);
    rendered.extend(feed::render_shared(&practice.shared, ids));
    rendered
}

/// One rendered resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// FHIR type.
    pub kind: ResourceType,
    /// Id, as it also stands in the body.
    pub id: ResourceId,
    /// Place of its item in [`DossierFacts::items`]; for the practice's own resources always 0.
    pub item: usize,
    /// The resource as FHIR JSON, members in FHIR's element order, digits as delivered.
    pub body: Vec<u8>,
    /// JSON Pointers of members that go when the verdict is "strip", beside links to withheld resources.
    pub strip: Vec<String>,
    /// For a Binary: SHA-256 (lower-case hex) of the document whose bytes it stands for.
    pub content: Option<String>,
    /// Who made it.
    pub source: Source,
}

/// Who made a resource, and so what it is held against before it is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Mapped here: our own schema of its profile.
    Mapped,
    /// Delivered as FHIR: its form was judged when it was read.
    Fed,
}

/// A field that could not be mapped: the resource is rendered without it, nothing is guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The record.
    pub record: RecordRef,
    /// The member of the record, as JSON Pointer into `d`.
    pub path: String,
    /// What is wrong, without any value.
    pub reason: &'static str,
}

/// Everything made of one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedPatient {
    /// What release looks at.
    pub facts: DossierFacts,
    /// The resources.
    pub resources: Vec<Rendered>,
    /// What could not be mapped.
    pub problems: Vec<Problem>,
}
