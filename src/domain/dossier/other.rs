//! Treatments, prophylaxis, vaccinations, attention lines, referrals and appointments.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{SourceId, Visibility};
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
