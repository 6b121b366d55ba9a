//! Treatments, prophylaxis, vaccinations, attention lines, referrals and appointments.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{BodySite, Coded, Product, Route, SourceId, Visibility, Who};
use crate::domain::time::{PartialDate, Timestamp};

/// A treatment or operation (behandeling).
#[derive(Debug, Clone, PartialEq)]
pub struct Treatment {
    /// Code of the source.
    pub code: Option<String>,
    /// What was done, in words.
    pub code_text: String,
    /// When.
    pub date: Option<PartialDate>,
    /// Side of the body.
    pub side: Option<String>,
    /// Absent in the feed: shown; null: unconfirmed.
    pub visible: Visibility,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// What was done, by a code of a named system (NHG table 49 or SNOMED CT).
    pub procedure: Option<Coded>,
    /// Last day, when it took more than one.
    pub end: Option<Date>,
    /// Where on the body.
    pub body_site: Option<BodySite>,
    /// Who did it.
    pub performer: Option<Who>,
    /// Remark.
    pub note: Option<String>,
}

/// Profylaxe en voorzorg (NHG table 56).
#[derive(Debug, Clone, PartialEq)]
pub struct Prophylaxis {
    /// Code of NHG table 56.
    pub nhg56: Option<String>,
    /// The measure in words.
    pub name: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Option<Date>,
}

/// What a vaccination was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum VaccinationMotive {
    NationalProgramme,
    Programme,
    Work,
    Travel,
    Passive,
    Other,
}

/// A vaccination.
#[derive(Debug, Clone, PartialEq)]
pub struct Vaccination {
    /// ATC code.
    pub atc: Option<String>,
    /// G-Standaard prescription code.
    pub prk: Option<String>,
    /// Product in words.
    pub name: Option<String>,
    /// Day of vaccination.
    pub date: Date,
    /// Batch number.
    pub batch: Option<String>,
    /// The batch number is not known.
    pub batch_unknown: bool,
    /// Trade product and generic product codes, and the article number.
    pub product: Product,
    /// Active immunisation product in SNOMED CT.
    pub sct: Option<String>,
    /// Identifier of the vaccination.
    pub identifier: Option<String>,
    /// Pharmaceutical form: code of the G-Standaard.
    pub form: Option<Route>,
    /// Dose in ml, digits as delivered.
    pub dose_ml: Option<String>,
    /// Where on the body.
    pub body_site: Option<BodySite>,
    /// Route of administration.
    pub route: Option<Route>,
    /// Who gave it.
    pub performer: Option<Who>,
    /// Where it was given, in words.
    pub location: Option<String>,
    /// Why: national programme, other programme, work, travel, passive, or another immunisation.
    pub motive: Option<VaccinationMotive>,
    /// The condition that asks for it: a code of the list in SNOMED CT.
    pub indication: Option<Coded>,
    /// The disease it protects from: a code of the list in SNOMED CT.
    pub disease: Option<Coded>,
    /// Remark.
    pub note: Option<String>,
}

/// An attention line (attentieregel).
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// Text, at most 500 characters.
    pub text: String,
    /// First day.
    pub start: Date,
    /// Last day.
    pub end: Option<Date>,
    /// What it is: a code of the zib's list in SNOMED CT.
    pub name: Option<Coded>,
    /// Who wrote it.
    pub author: Option<Who>,
}

/// A referral.
#[derive(Debug, Clone, PartialEq)]
pub struct Referral {
    /// To whom, in words.
    pub to: String,
    /// ICPC code of the reason.
    pub icpc: Option<String>,
    /// Day of referral.
    pub date: Date,
    /// ZorgDomein number.
    pub number: Option<String>,
    /// Text.
    pub text: Option<String>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// Who referred.
    pub by: Option<Who>,
    /// To whom, as an organisation or professional.
    pub performer: Option<Who>,
    /// What was asked for.
    pub service: Option<Coded>,
    /// The referral is over.
    pub completed: bool,
    /// Last day it holds.
    pub end: Option<Date>,
}

/// State of an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum AppointmentStatus {
    Booked,
    Cancelled,
    Done,
    Noshow,
}

/// An appointment.
#[derive(Debug, Clone, PartialEq)]
pub struct Appointment {
    /// Start.
    pub start: Timestamp,
    /// End.
    pub end: Option<Timestamp>,
    /// State.
    pub status: AppointmentStatus,
    /// With whom.
    pub with: Option<SourceId>,
    /// Kind in words.
    pub kind: Option<String>,
    /// Reason; withheld when its episode is hidden.
    pub reason: Option<String>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
}
