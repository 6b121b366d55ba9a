//! The FHIR releases a dossier is rendered in.
//!
//! A release is one folder and one row here. What it is rendered from – items, blocks, ids – is the same for all.

use super::parts::context::{Context, PracticeLinks};
use super::parts::output::{Origin, Output};
use super::parts::vocabulary::Vocabulary;
use super::plan::{Block, PracticeBlock};
use super::{Ids, r4, stu3};
use crate::fhir::tree::Json;
use crate::fhir::{FhirRelease, Releases};

/// How a release renders.
pub struct Face {
    /// The release.
    pub release: FhirRelease,
    /// Raised when the same dossier would be rendered differently, so that what another version rendered is rendered anew.
    pub mapper_version: i64,
    /// What the parts write differently.
    pub(super) vocabulary: &'static Vocabulary,
    /// Renders something of a patient.
    pub(super) block: fn(&Context<'_>, &mut Output, &Origin<'_>, &Block<'_>),
    /// Renders something of a practice.
    pub(super) practice: fn(&PracticeLinks, &Ids<'_>, &mut Output, &Origin<'_>, &PracticeBlock<'_>),
    /// Adds an annotation to an Observation, in the release's place for it.
    pub(super) add_note: for<'a> fn(&mut Json<'a>, &'a str),
}

const FACES: &[Face] = &[r4::FACE, stu3::FACE];

/// Those of these releases that can be rendered.
pub fn of(releases: &Releases) -> impl Iterator<Item = &'static Face> {
    FACES.iter().filter(|face| releases.contains(&face.release))
}

/// The face of this release; `None` when it cannot be rendered.
pub fn find(release: FhirRelease) -> Option<&'static Face> {
    FACES.iter().find(|face| face.release == release)
}
