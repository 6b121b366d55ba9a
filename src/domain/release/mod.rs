//! When may the patient see it? The release rules of the practice, evaluated per request.
//!
//! Implements release-rules §3 (gates G0-G8, filters F1-F12), §4-5 and the binding decisions of §15.
//! Decisions are never stored: they depend on the instant and on the practice's current policy. `facts` is what a
//! decision may look at, `policy` the practice's settings, `gate` the questions about person and session,
//! `decide` the questions about one item, `dossier` all items of a patient together.

mod facts;

pub use facts::{Cascade, DossierFacts, Item, ItemKey, Marks, ResultFacts, Subject, Topic, ValueKind};
