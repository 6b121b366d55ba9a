//! Episodes, contacts, and the E and P lines of their deelcontacten.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{SourceId, Who};
use crate::domain::time::{PartialDate, Timestamp};

/// Whether the practice lets the patient see something. Only `Shown` releases; an absent or null value in the
/// feed is read as the rule sheet says per record type (release-rules §15.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The practice shows it.
    Shown,
    /// The practice hides it.
    Hidden,
    /// The feed said null: withheld until the practice confirms.
    Unconfirmed,
}

/// Attention value (attentiewaarde) of an episode; never derived from the ICPC code (R-EP-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Attention {
    Yes,
    No,
    Unknown,
}

/// Is the health problem still followed?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum EpisodeStatus {
    Open,
    Closed,
}

/// A health problem over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Title given by the practice.
    pub title: Option<String>,
    /// Title in plain words; wins over `title` (R-EP-05).
    pub friendly_title: Option<String>,
    /// ICPC-1-NL code.
    pub icpc: Option<String>,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Option<Date>,
    /// Open or closed.
    pub status: EpisodeStatus,
    /// Attention value.
    pub attention: Attention,
    /// Attention flag of the HIS; changes no decision.
    pub flag: Option<bool>,
    /// Visible to the patient.
    pub visible: Visibility,
    /// Hidden until the practice releases it by name.
    pub sensitive: bool,
    /// The episode this one is bundled under; changes no decision.
    pub bundle: Option<SourceId>,
    /// The words of the ICPC code as the HIS shows them.
    pub icpc_text: Option<String>,
    /// First day of the attention value; the episode's when not said.
    pub attention_start: Option<Date>,
    /// Who gave it.
    pub attention_by: Option<Who>,
}

/// The kind of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum ContactKind {
    Consult,
    Visite,
    TelefonischConsult,
    EConsult,
    VideoConsult,
    Groepsconsult,
    Herhaalrecept,
    Overleg,
    Post,
    Administratief,
    Memo,
    SpoedHap,
    Overig,
}

/// One contact of patient and practice.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Start; its local date decides which lines may be shown (R-SP-03).
    pub start: Timestamp,
    /// End.
    pub end: Option<Timestamp>,
    /// Kind.
    pub kind: ContactKind,
    /// Code of NHG table 14, two digits.
    pub nhg14: Option<String>,
    /// Was it with the patient self? `None`: not said, the kind decides (R-SP-04).
    pub with_patient: Option<bool>,
    /// Who gave care.
    pub carer: Option<SourceId>,
    /// Where.
    pub location: Option<String>,
    /// Only the day is known: `start` is its first instant.
    pub day_only: bool,
    /// The reason, in words; withheld with the contact, cut when an episode of it is hidden.
    pub reason: Option<String>,
}

/// Type of a journal line (journaalregel). S and O lines do not exist in dvza: they are dropped at import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LineKind {
    /// Evaluatie.
    E,
    /// Plan.
    P,
}

/// What an E line says of the problem it is about, beside its ICPC code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineProblem {
    /// A diagnosis; else a complaint.
    pub is_diagnosis: bool,
    /// The problem holds now.
    pub is_active: bool,
    /// When it began.
    pub onset: Option<PartialDate>,
}

/// A journal line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place among the lines of the delivered record, counted from 0, dropped lines included: keeps the
    /// identity of a line stable.
    pub index: usize,
    /// E or P.
    pub kind: LineKind,
    /// The text, 1 to 4000 characters.
    pub text: String,
    /// ICPC-1-NL code of the line.
    pub icpc: Option<String>,
    /// Ticked for the patient (absent in the feed: shown).
    pub visible: Visibility,
    /// Speaks of or comes from a third party.
    pub third_party: bool,
    /// Last edit; changes no decision (R-SP-03).
    pub edited_at: Option<Timestamp>,
    /// The words of the ICPC code as the HIS shows them.
    pub icpc_text: Option<String>,
    /// Who wrote it, when it was not the carer of the contact.
    pub author: Option<Who>,
    /// A problem of its own that the line states.
    pub problem: Option<LineProblem>,
}

/// A deelcontact: what was written about one or more episodes in one contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The contact.
    pub contact: SourceId,
    /// Place within the contact, from 1; unique per contact.
    pub seq: u32,
    /// Episodes it is about.
    pub episodes: Vec<SourceId>,
    /// E and P lines, at least one.
    pub lines: Vec<Line>,
    /// Confidential towards a representative (R-AG-08).
    pub not_for_representative: bool,
}
