//! Correspondence: letters, forms and the practice's copies, and their bytes.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Coded, SourceId, Who};
use crate::domain::time::Timestamp;

/// Kind of a document. The EPD-overdrachtsbericht does not exist here: it is refused at import (R-DOC-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum DocumentKind {
    SpecialistLetter,
    Discharge,
    ReferralOut,
    HapReport,
    ParamedicReport,
    LabLetter,
    Letter,
    Form,
    Copy,
    Other,
}

/// A letter or form; its bytes come in `blob` records with the same hash.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Kind.
    pub kind: DocumentKind,
    /// Title.
    pub title: String,
    /// Date on the document.
    pub date: Option<Date>,
    /// Day of receipt.
    pub received: Date,
    /// Media type.
    pub mime: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// Sender in words.
    pub from: Option<String>,
    /// Recipient in words.
    pub to: Option<String>,
    /// The practice published it.
    pub published: bool,
    /// From when it is shown.
    pub published_at: Option<Timestamp>,
    /// The practice's explanation with it.
    pub explanation: Option<String>,
    /// Shown although its episode is hidden (R-DOC-06).
    pub override_episode: bool,
    /// Speaks of or comes from a third party.
    pub third_party: bool,
    /// When a form was stored; for forms `received` counts.
    pub stored_at: Option<Timestamp>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// What kind of document it is, in LOINC.
    pub doc_type: Option<Coded>,
    /// The wider class, in LOINC.
    pub class: Option<Coded>,
    /// The source's own identifier of the document.
    pub identifier: Option<String>,
    /// Another document took its place: it is not served.
    pub superseded: bool,
    /// Entered in error: it is not served.
    pub entered_in_error: bool,
    /// Who wrote it.
    pub author: Option<Who>,
    /// Language, such as `nl-NL`.
    pub language: Option<String>,
}

/// Bytes of a document, or one part of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 of the whole document, lower-case hex.
    pub sha256: String,
    /// This part, from 1.
    pub part: u32,
    /// Number of parts.
    pub parts: u32,
    /// The decoded bytes of this part.
    pub data: Vec<u8>,
}
