//! What follows a medication agreement: use, dispense request, administration agreement and dispense (MP9).

use jiff::civil::Date;

use super::{Amount, ObservationDate, Product, SourceId, Usage, Who};
use crate::domain::time::Timestamp;

/// What all four have in common.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Supply {
    /// The agreement it belongs to; its release rules then hold too.
    pub agreement: Option<SourceId>,
    /// Identification of the treatment with medication (MBH).
    pub treatment_id: Option<String>,
    /// The product.
    pub product: Product,
    /// Contact it came from.
    pub contact: Option<SourceId>,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
    /// Remark.
    pub note: Option<String>,
    /// Never served when true.
    pub entered_in_error: bool,
}

/// What the patient says to use (medicatiegebruik).
#[derive(Debug, Clone, PartialEq)]
pub struct MedicationUse {
    /// Product and links.
    pub supply: Supply,
    /// First day of use.
    pub start: Option<Date>,
    /// Last day of use.
    pub end: Option<Date>,
    /// Is it used?
    pub in_use: bool,
    /// Is it used as was agreed?
    pub as_agreed: Option<bool>,
    /// When this was written down.
    pub recorded: Option<ObservationDate>,
    /// Who told it.
    pub informant: Option<Who>,
    /// Who wrote it down.
    pub author: Option<Who>,
    /// Who prescribed it.
    pub prescriber: Option<Who>,
    /// How it is used.
    pub usage: Usage,
    /// Why the patient uses it, in words; removed when the episode is hidden.
    pub reason: Option<String>,
    /// When it was stopped.
    pub stopped_at: Option<Timestamp>,
    /// Why it was stopped.
    pub stop_reason: Option<String>,
}

/// What the pharmacy was asked to hand out (verstrekkingsverzoek).
#[derive(Debug, Clone, PartialEq)]
pub struct DispenseRequest {
    /// Product and links.
    pub supply: Supply,
    /// Day of the request.
    pub date: Date,
    /// First day it may be handed out.
    pub valid_from: Option<Date>,
    /// Last day it may be handed out.
    pub valid_to: Option<Date>,
    /// How much.
    pub amount: Option<Amount>,
    /// Number of repeats.
    pub repeats: Option<u32>,
    /// Who asked.
    pub author: Option<Who>,
    /// The pharmacy it was sent to.
    pub supplier: Option<SourceId>,
    /// Where it is handed out, in words.
    pub location: Option<String>,
}

/// What the pharmacy made of the agreement (toedieningsafspraak).
#[derive(Debug, Clone, PartialEq)]
pub struct AdministrationAgreement {
    /// Product and links.
    pub supply: Supply,
    /// When it was agreed.
    pub agreed: Option<ObservationDate>,
    /// First day of use.
    pub start: Date,
    /// Last day of use.
    pub end: Option<Date>,
    /// When it was stopped.
    pub stopped_at: Option<Timestamp>,
    /// The pharmacy.
    pub supplier: Option<SourceId>,
    /// How it is used.
    pub usage: Usage,
}

/// What the pharmacy handed out (medicatieverstrekking).
#[derive(Debug, Clone, PartialEq)]
pub struct Dispense {
    /// Product and links.
    pub supply: Supply,
    /// The request it answers.
    pub request: Option<SourceId>,
    /// When it was handed out.
    pub handed_over: ObservationDate,
    /// How much.
    pub amount: Option<Amount>,
    /// How many days it lasts.
    pub days: Option<u32>,
    /// The pharmacy.
    pub supplier: Option<SourceId>,
}
