//! When may the patient see it? The release rules of the practice, evaluated per request.
//!
//! Implements release-rules §3 (gates G0-G8, filters F1-F12), §4-5 and the binding decisions of §15.
//! Decisions are never stored: they depend on the instant and on the practice's current policy. `facts` is what a
//! decision may look at, `policy` the practice's settings, `gate` the questions about person and dossier, `decide`
//! the questions about each item, `reason` the answers.

mod decide;
mod facts;
mod gate;
mod policy;
mod reason;
mod relations;
#[cfg(test)]
mod tests;

pub use decide::{Viewer, decide, invites, needs_standard_conclusion};
pub use facts::{Cascade, DossierFacts, Item, ItemKey, Marks, ResultFacts, Subject, Topic, ValueKind};
pub use gate::{Admission, OwnState, dossier_state, gate};
pub use policy::{
    Appointments, CASCADES, Cascades, ClosedEpisodes, Correspondence, Facility, LabRelease, Policy, SECTIONS, SETTINGS,
    SettingError, settings_in_words,
};
pub use reason::{Gate, Reason, Verdict};
