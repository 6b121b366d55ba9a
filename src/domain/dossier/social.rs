//! Directives, living situation, tobacco, alcohol, drugs, functional status and devices.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BodySite, Coded, SourceId, Who};
use crate::domain::time::PartialDate;

/// What was agreed about a treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Decision {
    Permit,
    Deny,
    Other,
}

/// A treatment directive (behandelaanwijzing).
#[derive(Debug, Clone, PartialEq)]
pub struct Directive {
    /// The treatment; a code of the zib's list of six, or words.
    pub treatment: Coded,
    /// Permitted, refused, or something else that `specification` says.
    pub decision: Decision,
    /// What else was decided, in words.
    pub specification: Option<String>,
    /// Last review.
    pub date: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
    /// Why it ended, in words.
    pub end_reason: Option<String>,
    /// The advance directive it rests on.
    pub advance_directive: Option<SourceId>,
    /// With whom it was agreed.
    pub agreed_with: Vec<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// An advance directive (wilsverklaring).
#[derive(Debug, Clone, PartialEq)]
pub struct AdvanceDirective {
    /// Code of the zib's list of kinds, such as `NR`; `None`: another kind, in words.
    pub kind: Option<&'static str>,
    /// The kind in words.
    pub kind_text: Option<String>,
    /// Day of the declaration.
    pub date: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
    /// The contact person who represents the patient in it.
    pub representative: Option<SourceId>,
    /// Episodes it is about.
    pub episodes: Vec<SourceId>,
    /// Remark.
    pub note: Option<String>,
}

/// What is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum LifestyleKind {
    Tobacco,
    Alcohol,
    Drugs,
}

/// Use of it, in the words of all three lists; which fit which kind is the reader's to check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum UseStatus {
    Daily,
    Sometimes,
    Passive,
    Uses,
    Misuses,
    NotNow,
    Former,
    Never,
    Other,
}

/// Use of tobacco, alcohol or drugs.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifestyle {
    /// What is used.
    pub kind: LifestyleKind,
    /// How it is used.
    pub status: UseStatus,
    /// Began.
    pub start: Option<PartialDate>,
    /// Stopped.
    pub end: Option<PartialDate>,
    /// Type of tobacco or of drugs.
    pub substance: Option<Coded>,
    /// Number per day (tobacco) or per week (alcohol), digits as delivered.
    pub amount: Option<String>,
    /// Amount in words (drugs).
    pub amount_text: Option<String>,
    /// Pack years (tobacco).
    pub pack_years: Option<u32>,
    /// Route of administration (drugs).
    pub route: Option<Coded>,
    /// When it was written down.
    pub recorded: Option<Date>,
    /// Who wrote it down.
    pub author: Option<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// How the patient lives.
#[derive(Debug, Clone, PartialEq)]
pub struct LivingSituation {
    /// Code of the zib's list of houses, such as `FLATW`.
    pub house: Option<&'static str>,
    /// The house in words.
    pub house_text: Option<String>,
    /// When it was written down.
    pub recorded: Option<Date>,
    /// Who wrote it down.
    pub author: Option<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// What a status is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum StatusKind {
    Functional,
    Mental,
}

/// A functional or mental status.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionalStatus {
    /// Functional or mental.
    pub kind: StatusKind,
    /// What was looked at: SNOMED CT or ICF.
    pub name: Coded,
    /// What was found: SNOMED CT or ICF.
    pub value: Coded,
    /// When.
    pub date: Option<PartialDate>,
    /// The device it depends on.
    pub device: Option<SourceId>,
    /// Who found it.
    pub author: Option<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// A medical device in use by the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// What it is: SNOMED CT, or words.
    pub product: Coded,
    /// GS1 trade item number.
    pub gtin: Option<String>,
    /// HIBC product number.
    pub hibc: Option<String>,
    /// Description of the product.
    pub description: Option<String>,
    /// Where it is.
    pub body_site: Option<BodySite>,
    /// First day.
    pub start: Option<PartialDate>,
    /// Last day.
    pub end: Option<Date>,
    /// Who placed or prescribed it.
    pub author: Option<Who>,
    /// Episodes it is for.
    pub episodes: Vec<SourceId>,
    /// Remark.
    pub note: Option<String>,
}
