//! Determinations (bepalingen): laboratory results and measurements, and the reports that group them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BodySite, Coded, SourceId, Who};
use crate::domain::time::Timestamp;

/// When a determination was made: a day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObservationDate {
    /// A calendar day.
    Day(Date),
    /// An instant; its day is that of Europe/Amsterdam.
    At(Timestamp),
}

impl ObservationDate {
    /// The calendar day in Europe/Amsterdam.
    pub fn local_date(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::At(at) => at.local_date(),
        }
    }
}

/// `<`, `<=`, `>` or `>=` before a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the four signs")]
pub enum Comparator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The outcome of a determination. Digits of numbers are as delivered: they carry meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservationValue {
    /// A number with its unit.
    Quantity {
        /// Digits as delivered.
        value: String,
        /// Unit as delivered.
        unit: Option<String>,
        /// Is `unit` written in UCUM?
        ucum: bool,
        /// Sign before the number.
        comparator: Option<Comparator>,
    },
    /// A code of the answers of NHG table 45, with the source's words.
    Coded {
        /// Numeric code.
        code: Option<String>,
        /// The source's words.
        display: Option<String>,
    },
    /// Text, at most 8000 characters.
    Text(String),
    /// No value.
    None,
}

/// The laboratory's mark on a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "HL7's interpretation codes")]
pub enum Flag {
    N,
    L,
    H,
    LL,
    HH,
    A,
    I,
    R,
    S,
}

/// How certain a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum ObservationStatus {
    Prelim,
    Final,
    Corrected,
    Cancelled,
    Error,
}

/// What the practice did with a result (release-rules §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the states of the rule sheet")]
pub enum ResultState {
    Received,
    Saved,
    Invited,
    Published,
    Withdrawn,
}

/// The practice's decision on a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRelease {
    /// State.
    pub state: ResultState,
    /// From when it is shown; may lie in the future.
    pub at: Option<Timestamp>,
    /// The practice's words with the result; never blank when published.
    pub conclusion: Option<String>,
    /// Who decided.
    pub by: Option<SourceId>,
}

/// Whose work a determination is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum ResultKind {
    Laboratory,
    Measurement,
}

/// A determination.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Number in NHG table 45.
    pub nhg45: Option<String>,
    /// Key code of NHG table 45, 8 positions, inner blanks kept.
    pub key: Option<String>,
    /// LOINC code.
    pub loinc: Option<String>,
    /// Name in the source's words.
    pub name: Option<String>,
    /// When it was made.
    pub date: ObservationDate,
    /// Outcome.
    pub value: ObservationValue,
    /// Lower bound of the reference range, digits as delivered.
    pub low: Option<String>,
    /// Upper bound of the reference range, digits as delivered.
    pub high: Option<String>,
    /// The laboratory's mark.
    pub flag: Option<Flag>,
    /// Certainty.
    pub status: ObservationStatus,
    /// Laboratory in words.
    pub lab: Option<String>,
    /// AGB code of the laboratory.
    pub lab_agb: Option<String>,
    /// Report it belongs to.
    pub report: Option<SourceId>,
    /// Contact it was made in.
    pub contact: Option<SourceId>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// Remark with the result.
    pub comment: Option<String>,
    /// The remark speaks of a third party: it is cut, the value stays (R-LAB-13).
    pub comment_third_party: bool,
    /// The practice's decision.
    pub release: ResultRelease,
    /// Laboratory work or a measurement of the practice, where the HIS says so.
    pub kind: Option<ResultKind>,
    /// The laboratory's identifier of the result.
    pub identifier: Option<String>,
    /// The unit as the laboratory shows it, beside UCUM.
    pub unit_text: Option<String>,
    /// What the result means, in words of the laboratory.
    pub interpretation: Option<String>,
    /// Where on the body.
    pub body_site: Option<BodySite>,
    /// How it was done: SNOMED CT, or words.
    pub method: Option<Coded>,
    /// Who did it.
    pub performer: Option<Who>,
    /// The material.
    pub specimen: Option<SourceId>,
    /// The results a panel groups.
    pub members: Vec<SourceId>,
    /// The order it answers.
    pub order: Option<SourceId>,
}

/// A laboratory report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Laboratory in words.
    pub lab: String,
    /// AGB code of the laboratory.
    pub lab_agb: Option<String>,
    /// The laboratory's number.
    pub number: String,
    /// When it was asked for.
    pub requested_at: Option<Timestamp>,
    /// When the sample was taken.
    pub sampled_at: Option<Timestamp>,
    /// When the laboratory signed it; starts the timer of `auto_delay`.
    pub authorised_at: Option<Timestamp>,
    /// All results are in.
    pub complete: Option<bool>,
    /// Its determinations.
    pub members: Vec<SourceId>,
    /// The order it answers.
    pub order: Option<SourceId>,
    /// The laboratory as an organisation.
    pub performer: Option<SourceId>,
    /// The day the sample was taken, when no time is known.
    pub sampled_on: Option<Date>,
    /// Final, preliminary, corrected or cancelled; else `complete` says it.
    pub status: Option<ObservationStatus>,
}
