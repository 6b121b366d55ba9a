//! Where a laboratory result comes from: the specimen and the order.

use jiff::civil::Date;

use super::{Amount, BodySite, Coded, ObservationDate, SourceId, Who};

/// Material that was examined.
#[derive(Debug, Clone, PartialEq)]
pub struct Specimen {
    /// The laboratory's number.
    pub number: Option<String>,
    /// What it is: SNOMED CT, or words.
    pub material: Coded,
    /// When it was taken.
    pub collected: Option<ObservationDate>,
    /// When the laboratory received it.
    pub received: Option<ObservationDate>,
    /// How it was taken: SNOMED CT, or words.
    pub method: Option<Coded>,
    /// Where on the body.
    pub body_site: Option<BodySite>,
    /// How much was taken.
    pub volume: Option<Amount>,
    /// Remark.
    pub note: Option<String>,
}

/// A request for diagnostics (aanvraag).
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Number of the order.
    pub number: Option<String>,
    /// Day of the order.
    pub date: Option<Date>,
    /// Who asked.
    pub requester: Option<Who>,
    /// Who is to do it.
    pub performer: Option<SourceId>,
    /// What was asked for.
    pub code: Option<Coded>,
    /// Why, in words.
    pub reason: Option<String>,
    /// The question, in words.
    pub question: Option<String>,
    /// Remark.
    pub note: Option<String>,
    /// It was carried out.
    pub completed: bool,
    /// Episodes it belongs to.
    pub episodes: Vec<SourceId>,
}
