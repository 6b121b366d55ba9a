//! Reading what a HIS delivers: the reference import formats `dvza-his-1` (his-source-data §4) and `dvza-his-2`, which
//! adds record types and members to it (docs/formats/dvza-his-2.md).
//!
//! Bytes in, validated [`SourceRecord`]s and [`Finding`]s out. Pure: the only I/O is the [`std::io::Read`] it is
//! given. Bounded: one line in memory, 1 MiB a line, 32 levels, 64 findings a record. It never panics on input.
//! What needs more than one line (references, versions, duplicates, thresholds) is decided by the importer.
//!
//! From outside to inside: `batch` walks a delivery over `stream`, `header` and `footer`; `record` reads one
//! line with `json` and `fields`; one file per part of the dossier builds the values of [`crate::domain::dossier`].

mod batch;
mod care;
mod coded;
mod codes;
mod documents;
pub mod feed;
mod fields;
mod finding;
mod footer;
mod header;
mod json;
mod laboratory;
mod medication;
mod network;
mod other;
mod people;
mod practice;
mod record;
mod references;
mod resource;
mod results;
mod social;
mod stored;
mod stream;
mod supply;
#[cfg(test)]
mod tests;
mod ucum;
mod values;

pub use batch::{BatchEnd, BatchError, BatchReader, RecordLine};
pub use finding::{Code, Finding, Severity};
pub use header::{BatchKind, Format, Header, Source, SourceKind};
pub use record::{Frame, LineType, Op, Outcome, SourceRecord, read_record, read_stored};
pub use references::{Reference, Scope};
pub use stored::Unreadable;
