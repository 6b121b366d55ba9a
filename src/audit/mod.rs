//! The audit trail: who did what with whose data, stored before the answer leaves, and provably complete.
//!
//! Shape of an event: NEN 7513 (release-rules §10): time, actor, action, objects and counts, never content.
//! Events form a chain: each carries a keyed hash over the one before it, and the head of the chain is sealed,
//! so that [`verify`] finds a changed, removed, inserted or truncated row and names it. A database put back as
//! a whole is found with a [`Head`] kept elsewhere (the log export, an operator's note).
//! A change writes its event in its own transaction ([`append_in`]); a read goes through the [`Writer`], which
//! groups waiting events into one commit. [`forward`] tells MedMij's chain log what it must know. Operational logs are not audit and live with `telemetry`.

mod chain;
mod event;
pub mod figures;
pub mod forward;
mod retrievals;
mod verify;
mod writer;

pub use chain::{
    Entry, ExportError, Head, Period, append_in, export, for_each, for_patient, for_patient_before, head,
    newest_of_kind, of_kind, of_kind_since, of_patient_and_kind, of_patients_since, page_for_patient,
};
pub use event::{Action, Actor, Detail, Event, InvalidKind, Kind, Objects, Outcome};
pub use retrievals::{Retrievals, retrievals};
pub use verify::{Fault, FaultKind, Report, verify};
pub use writer::{AuditError, Recheck, Verdict, Writer};
