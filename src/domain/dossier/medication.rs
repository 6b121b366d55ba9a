//! Medication, intolerances and contra-indications.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Coded, Dosing, ObservationDate, SourceId, Who};
use crate::domain::time::{PartialDate, Timestamp};

/// Route of administration: a code of G-Standaard table 7 with its display, or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Code of G-Standaard table 7; `None` when the source has text only.
    pub code: Option<String>,
    /// The source's own words; for a code without display, the code.
    pub display: String,
}

/// A medication agreement or prescription.
#[derive(Debug, Clone, PartialEq)]
pub struct Medication {
    /// G-Standaard prescription code.
    pub prk: Option<String>,
    /// G-Standaard trade product code.
    pub hpk: Option<String>,
    /// G-Standaard generic product code.
    pub gpk: Option<String>,
    /// G-Standaard article number.
    pub zi: Option<String>,
    /// ATC code.
    pub atc: Option<String>,
    /// The label of the product.
    pub name: Option<String>,
    /// First day of use.
    pub start: Date,
    /// Last day of use.
    pub end: Option<Date>,
    /// When it was stopped, whatever the end date.
    pub stopped_at: Option<Timestamp>,
    /// Why it was stopped.
    pub stop_reason: Option<String>,
    /// Chronic use: current also without an end date (R-MED-03).
    pub chronic: bool,
    /// How to use it, in words.
    pub dosage_text: Option<String>,
    /// Codes of NHG table 25 (numeric).
    pub nhg25: Vec<String>,
    /// Amount per prescription, digits as delivered.
    pub qty: Option<String>,
    /// Unit of `qty`.
    pub unit: Option<String>,
    /// Number of repeats.
    pub repeats: Option<u32>,
    /// Route of administration.
    pub route: Option<Route>,
    /// ICPC code of the reason; removed when the episode is hidden.
    pub reason_icpc: Option<String>,
    /// Who prescribed it.
    pub prescriber: Option<SourceId>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// Never served when true.
    pub entered_in_error: bool,
    /// Contact it came from.
    pub contact: Option<SourceId>,
    /// Identification of the treatment with medication (MBH).
    pub treatment_id: Option<String>,
    /// When it was agreed.
    pub agreed: Option<ObservationDate>,
    /// Days of use, when that was agreed.
    pub days: Option<u32>,
    /// The parts of the dosing, where the HIS has them.
    pub dosing: Vec<Dosing>,
    /// Who prescribed it, when it was nobody of the practice.
    pub prescribed_by: Option<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// Code system of an intolerance's cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the tables of the G-Standaard, SNOMED CT, or none")]
pub enum AgentSystem {
    GSnk,
    GSsk,
    GGpk,
    GHpk,
    GTh122,
    Sct,
    Text,
}

/// What causes the intolerance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Table of the code.
    pub system: AgentSystem,
    /// Code; `None` for text.
    pub code: Option<String>,
    /// The source's words.
    pub display: String,
}

/// Kind of intolerance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum AllergyCategory {
    Medication,
    Food,
    Environment,
    Other,
}

/// Does it hold now?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum AllergyStatus {
    Active,
    Inactive,
    Error,
}

/// Severity of a reaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Severity {
    Mild,
    Moderate,
    Severe,
}

/// An intolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct Allergy {
    /// Cause.
    pub agent: Agent,
    /// Kind.
    pub category: AllergyCategory,
    /// Active, inactive, or recorded in error.
    pub status: AllergyStatus,
    /// When it began.
    pub onset: Option<PartialDate>,
    /// Severity.
    pub severity: Option<Severity>,
    /// What happens, in words.
    pub reaction: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// How dangerous the next exposure may be.
    pub criticality: Option<Criticality>,
    /// Reactions with what is known of each.
    pub reactions: Vec<AllergyReaction>,
    /// When it was written down.
    pub recorded: Option<Date>,
    /// Who wrote it down.
    pub recorder: Option<Who>,
    /// How certain it is; confirmed when not said.
    pub verification: Option<Verification>,
    /// Last reaction.
    pub last_reaction: Option<PartialDate>,
}

/// How dangerous the next exposure may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Criticality {
    Mild,
    Moderate,
    Severe,
    Fatal,
}

/// How certain an intolerance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Verification {
    Unconfirmed,
    Confirmed,
    Refuted,
}

/// One reaction to a cause.
#[derive(Debug, Clone, PartialEq)]
pub struct AllergyReaction {
    /// What happened: SNOMED CT, or words.
    pub symptom: Coded,
    /// The substance it happened with.
    pub substance: Option<Agent>,
    /// How severe it was.
    pub severity: Option<Severity>,
    /// When it happened.
    pub at: Option<PartialDate>,
    /// What happened, in words.
    pub description: Option<String>,
}

/// A contra-indication of G-Standaard thesaurus 40.
#[derive(Debug, Clone, PartialEq)]
pub struct ContraIndication {
    /// Code of thesaurus 40.
    pub code: Option<String>,
    /// The source's words.
    pub display: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Option<Date>,
    /// Who stated it.
    pub author: Option<Who>,
    /// Why it ended, in words.
    pub end_reason: Option<String>,
    /// Remark.
    pub note: Option<String>,
}
