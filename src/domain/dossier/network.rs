//! Organisations and professionals outside the practice, contact persons, and who pays.

use jiff::civil::Date;

use super::{Coded, PersonName, Reach, Sex, SourceId};

/// An organisation outside the practice: laboratory, pharmacy, hospital, insurer.
#[derive(Debug, Clone, PartialEq)]
pub struct Organization {
    /// Name.
    pub name: String,
    /// UZI-register abonneenummer, 8 digits.
    pub ura: Option<String>,
    /// AGB code, 8 digits.
    pub agb: Option<String>,
    /// UZOVI number of an insurer, 4 digits.
    pub uzovi: Option<String>,
    /// Code of the list of organisation types, such as `L1`.
    pub kind: Option<String>,
    /// AGB code of the specialty of a department.
    pub specialty: Option<Coded>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
}

/// A professional outside the practice.
#[derive(Debug, Clone, PartialEq)]
pub struct Professional {
    /// Name.
    pub name: PersonName,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// AGB code, 8 digits.
    pub agb: Option<String>,
    /// UZI number, 9 digits.
    pub uzi: Option<String>,
    /// BIG number, 11 digits.
    pub big: Option<String>,
    /// Specialty: an AGB specialty, a UZI role, or words.
    pub specialty: Option<Coded>,
    /// The organisation of this person.
    pub organization: Option<SourceId>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
}

/// Somebody the practice may turn to about the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactPerson {
    /// Name.
    pub name: PersonName,
    /// Code of the list of roles (zib Contactpersoon, RolCodelijst), such as `24`.
    pub role: Option<String>,
    /// Code of the list of relations (v3-RoleCode), such as `MTH`.
    pub relation: Option<String>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
}

/// Who pays: an insurance, or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayerKind {
    /// An insurance of this type; the code of the zib's list (B, A, BZ, H, T, AT).
    Insurance(Option<&'static str>),
    /// The patient pays.
    Patient,
    /// A contact person pays.
    ContactPerson,
}

/// Who pays for the care.
#[derive(Debug, Clone, PartialEq)]
pub struct Payer {
    /// Insurance or person.
    pub kind: PayerKind,
    /// The insurer as an organisation.
    pub insurer: Option<SourceId>,
    /// Name of the insurer in words.
    pub insurer_name: Option<String>,
    /// UZOVI number of the insurer, 4 digits.
    pub uzovi: Option<String>,
    /// Policy number.
    pub policy: Option<String>,
    /// The contact person who pays.
    pub person: Option<SourceId>,
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
}
