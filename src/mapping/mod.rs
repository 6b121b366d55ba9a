//! From the dossier to FHIR: one folder per FHIR release (`face` lists them), in it one file per building block, and what
//! the releases share in `parts`.
//!
//! Rendering happens at import, for a whole patient at once; it decides nothing about release, it only states the
//! facts release needs (`DossierFacts`). Sources: his-to-fhir-mapping and nl-core-r4-profiles.

pub mod check;
pub mod face;
pub mod feed;
pub mod finish;
pub mod index;
mod items;
mod parts;
mod plan;
mod r4;
mod stu3;
pub mod summary;
pub mod view;

use crate::domain::dossier::{PatientRecords, PracticeRecords, RecordRef, SourceId};
use crate::domain::ids::ResourceId;
use crate::domain::release::DossierFacts;
use crate::fhir::links::Link;
use crate::fhir::{Faces, FhirRelease, Releases, ResourceType};
use parts::context::{Context, PracticeLinks};
use parts::output::Output;
use parts::threads::Threads;
use plan::{Plan, PracticeBlock};

/// Makes resource ids: a keyed hash of the practice over a purpose and the HIS's key, so an id tells nothing.
#[derive(Clone, Copy)]
pub struct Ids<'a>(pub &'a (dyn Fn(&str, &str) -> ResourceId + Sync));

impl Ids<'_> {
    /// The id of the resource that `purpose` (such as `EpisodeOfCare`) makes of the HIS's `key`.
    pub fn id(&self, purpose: &str, key: &str) -> ResourceId {
        (self.0)(purpose, key)
    }
}

/// Renders everything of one patient: what the records make, in each of these releases that can be rendered, and what came
/// as FHIR.
///
/// Items are in the order of the record types, item 0 is the patient; the same dossier gives the same bytes.
/// `practice` supplies the names of employees and practice in references.
pub fn render_patient(
    records: &PatientRecords,
    practice: &PracticeRecords,
    ids: &Ids<'_>,
    releases: &Releases,
) -> RenderedPatient {
    if records.decisions.is_empty() {
        return feed::add(render_records(records, practice, ids, releases), records, practice, ids);
    }
    let mut records = records.clone();
    let decisions = std::mem::take(&mut records.decisions);
    decisions.enter(&mut records);
    let rendered = render_records(&records, practice, ids, releases);
    let mut rendered = feed::add(rendered, &records, practice, ids);
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

/// What the records of a patient make: the items once, and from them the resources of every release.
fn render_records(
    records: &PatientRecords,
    practice: &PracticeRecords,
    ids: &Ids<'_>,
    releases: &Releases,
) -> RenderedPatient {
    let threads = Threads::of(records);
    let plan = Plan::of(records, practice, &threads);
    let (mut faces, mut problems) = (Faces::new(), Vec::<Problem>::new());
    for face in face::of(releases) {
        let ctx = Context::of(records, practice, ids, &threads, face.vocabulary);
        let mut out = Output::default();
        for (item, block) in &plan.blocks {
            (face.block)(&ctx, &mut out, &block.origin(*item), block);
        }
        faces.insert(face.release, out.resources);
        // What cannot be mapped in one release often cannot be in another either: that is told once.
        let told = problems.len();
        for problem in out.problems {
            if !problems[..told].contains(&problem) {
                problems.push(problem);
            }
        }
    }
    RenderedPatient { facts: DossierFacts::new(items::subject(records), plan.items), faces, problems }
}

/// Renders what belongs to the practice, in each of these releases that can be rendered.
pub fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>, releases: &Releases) -> Faces<Vec<Rendered>> {
    let rendered = face::of(releases).map(|face| {
        let links = PracticeLinks::of(practice, ids, face.vocabulary);
        let mut out = Output::default();
        for block in PracticeBlock::all(practice) {
            (face.practice)(&links, ids, &mut out, &block.origin(), &block);
        }
        (face.release, out.resources)
    });
    let mut faces: Faces<Vec<Rendered>> = rendered.collect();
    for (release, resources) in &mut faces {
        resources.extend(feed::render_shared(&practice.shared, *release, ids));
    }
    faces
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
    /// Places in the body that tell of another item, such as its date ([`Link::tie`]).
    pub ties: Vec<Link>,
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
    /// The resources, in each release.
    pub faces: Faces<Vec<Rendered>>,
    /// What could not be mapped.
    pub problems: Vec<Problem>,
}

impl RenderedPatient {
    /// The release of what is shown outside FHIR: R4 where there is one, unless something came as STU3.
    pub fn main(&self) -> FhirRelease {
        let of_stu3 = self.faces.get(&FhirRelease::Stu3).into_iter().flatten();
        if of_stu3.into_iter().any(|resource| resource.source == Source::Fed) {
            return FhirRelease::Stu3;
        }
        if self.faces.contains_key(&FhirRelease::R4) {
            return FhirRelease::R4;
        }
        self.faces.keys().next().copied().unwrap_or(FhirRelease::R4)
    }
}
