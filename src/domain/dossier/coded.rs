//! What several records of `dvza-his-2` share: codes with their words, products, dosing, telephones, references.

use serde::{Deserialize, Serialize};

use super::{Route, SourceId};

/// The system of a code, by the short name it has in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the short names of the code systems of his-to-fhir-mapping §1")]
pub enum CodeSystem {
    Sct,
    Loinc,
    Icpc,
    Icf,
    Nhg15,
    Nhg45,
    Nhg49,
    Nhg56,
    GSnk,
    GSsk,
    GGpk,
    GHpk,
    GPrk,
    GTh122,
    GRoute,
    GUnit,
    AgbSpecialty,
    UziRole,
}

/// A code with the source's words; words alone where the source has no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// System and code; `None` for words alone.
    pub code: Option<(CodeSystem, String)>,
    /// The source's words.
    pub display: String,
}

/// The side of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Side {
    Left,
    Right,
    Both,
}

/// A place on the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodySite {
    /// The place.
    pub site: Coded,
    /// Left, right or both.
    pub side: Option<Side>,
}

/// A product by the codes the source knows, and its label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Product {
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
    /// The label.
    pub name: Option<String>,
}

/// A number with its unit, digits as delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Digits as delivered.
    pub value: String,
    /// Unit as delivered.
    pub unit: Option<String>,
    /// Is `unit` written in UCUM?
    pub ucum: bool,
}

/// The unit of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum TimeUnit {
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// One line of a dosing that the HIS keeps in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dosing {
    /// How often per period.
    pub frequency: Option<u32>,
    /// At most so often, when the frequency is a range.
    pub frequency_max: Option<u32>,
    /// Length of the period in `period_unit`.
    pub period: Option<u32>,
    /// Unit of the period.
    pub period_unit: Option<TimeUnit>,
    /// Local times of the day, `HH:MM`.
    pub times: Vec<String>,
    /// Amount at a time, digits as delivered.
    pub dose: Option<String>,
    /// Largest amount at a time, when the dose is a range.
    pub dose_max: Option<String>,
    /// Code of the unit in thesaurus 2 of the G-Standaard.
    pub dose_unit: Option<String>,
    /// The unit in words.
    pub dose_unit_text: Option<String>,
    /// At most this amount in a day, digits as delivered.
    pub max_per_day: Option<String>,
    /// Only when needed.
    pub as_needed: bool,
}

/// Instructions for use: words, codes of NHG table 25 and, where the HIS has them, the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// How to use it, in words.
    pub dosage_text: Option<String>,
    /// Codes of NHG table 25 (numeric).
    pub nhg25: Vec<String>,
    /// Route of administration.
    pub route: Option<Route>,
    /// The parts.
    pub dosing: Vec<Dosing>,
}

/// Who did something: somebody of the practice, or of elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// An employee of the practice.
    Employee(SourceId),
    /// A professional of elsewhere.
    Professional(SourceId),
    /// An organisation of elsewhere.
    Organization(SourceId),
    /// A contact person of the patient.
    ContactPerson(SourceId),
    /// The patient self.
    Patient,
}

/// What a telephone number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum PhoneKind {
    Home,
    Work,
    Mobile,
    Fax,
    Pager,
}

/// A telephone number with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number as delivered.
    pub nr: String,
    /// What it is for.
    pub kind: Option<PhoneKind>,
    /// Remark of the practice.
    pub remark: Option<String>,
}

/// How a person or organisation is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Postal address.
    pub addr: Option<super::Address>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// E-mail address.
    pub email: Option<String>,
}
