//! The practice, the people working in it, its patients, and how open each dossier is.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Coded, Phone, Reach, RecordRef, SourceId};
use crate::domain::bsn::Bsn;
use crate::domain::time::{PartialDate, Timestamp};

/// The practice as its HIS describes it. Settings keep their text: `release::Policy` reads them.
#[derive(Debug, Clone, PartialEq)]
pub struct Practice {
    /// Name, at most 120 characters.
    pub name: String,
    /// UZI-register abonneenummer, 8 digits.
    pub ura: String,
    /// AGB code, 8 digits.
    pub agb: String,
    /// Code of the list of organisation types; `Z3` (huisartspraktijk) when the feed does not say.
    pub org_type: Option<String>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
    /// Settings of release-rules §2.1 by dotted key, values as text (`facility.ep_lines` → `true`).
    pub settings: Vec<(String, String)>,
}

/// What an employee does in the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the Dutch titles of the professions")]
pub enum Role {
    Huisarts,
    Waarnemer,
    Doktersassistent,
    Poh,
    Pa,
    Vs,
    Manager,
    Overig,
}

/// A person working in the practice.
#[derive(Debug, Clone, PartialEq)]
pub struct Employee {
    /// Name as written in the HIS.
    pub name: String,
    /// Profession.
    pub role: Role,
    /// UZI role code, such as `01.015`.
    pub uzi_role: Option<String>,
    /// AGB code, 8 digits.
    pub agb: Option<String>,
    /// UZI number, 9 digits.
    pub uzi: Option<String>,
    /// BIG number, 11 digits.
    pub big: Option<String>,
    /// Works here now.
    pub active: bool,
    /// The parts of the name, where the HIS has them.
    pub name_parts: Option<PersonName>,
    /// Administrative sex.
    pub sex: Option<Sex>,
    /// AGB specialty, such as `0100`.
    pub specialty: Option<Coded>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
}

/// How the parts of a married name are put together (NL1 own, NL2 partner, NL3 partner-own, NL4 own-partner).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the codes of HL7's table of name assembly orders")]
pub enum NameUse {
    NL1,
    NL2,
    NL3,
    NL4,
}

/// The parts of a person's name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the part of the name it is called after")]
pub struct PersonName {
    pub initials: Option<String>,
    pub first: Option<String>,
    pub call: Option<String>,
    pub prefix: Option<String>,
    pub last: String,
    pub partner_prefix: Option<String>,
    pub partner_last: Option<String>,
    pub use_: Option<NameUse>,
    pub title: Option<String>,
    pub suffix: Option<String>,
}

/// Administrative sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the four values of the format")]
pub enum Sex {
    Male,
    Female,
    Undetermined,
    Unknown,
}

/// That a patient died, and when if known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deceased {
    /// The date is not known.
    Yes,
    /// The day of death.
    On(Date),
}

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the values of the format")]
pub enum AddressKind {
    Home,
    Postal,
    Temporary,
    Work,
    Holiday,
}

/// A Dutch (or foreign) postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// Street name.
    pub street: Option<String>,
    /// House number.
    pub nr: Option<u32>,
    /// House letter.
    pub nr_letter: Option<String>,
    /// Addition to the house number.
    pub nr_add: Option<String>,
    /// `by` or `to` a numbered house.
    pub indication: Option<String>,
    /// Postcode as delivered.
    pub postcode: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The address is secret and is never served.
    pub secret: bool,
    /// What it is for; a home address when not said.
    pub kind: Option<AddressKind>,
    /// Municipality.
    pub municipality: Option<String>,
    /// Where to find it, in words.
    pub note: Option<String>,
}

/// The patient's insurer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insurer {
    /// UZOVI number, 4 digits.
    pub uzovi: Option<String>,
    /// Policy number.
    pub policy: Option<String>,
}

/// The relation of a patient with the practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientStatus {
    /// Registered now.
    Registered,
    /// Left, the practice keeps the dossier.
    Deregistered,
    /// Left, the dossier went to another practice.
    Transferred,
    /// Seen in passing.
    Passant,
}

/// A person known to the practice.
#[derive(Debug, Clone, PartialEq)]
pub struct Patient {
    /// The citizen service number; without it there is no online access.
    pub bsn: Option<Bsn>,
    /// The number was checked against an identity document.
    pub bsn_verified: bool,
    /// Name.
    pub name: PersonName,
    /// Administrative sex.
    pub sex: Sex,
    /// Birth date; day and month may be unknown.
    pub birth: PartialDate,
    /// Set when the patient died.
    pub deceased: Option<Deceased>,
    /// Part of a multiple birth.
    pub multiple_birth: Option<bool>,
    /// Postal address.
    pub addr: Option<Address>,
    /// Telephone numbers as delivered.
    pub phone: Vec<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Insurer.
    pub insurer: Option<Insurer>,
    /// The patient's own GP.
    pub gp: Option<SourceId>,
    /// First day of registration.
    pub registered_from: Date,
    /// Last day of registration.
    pub registered_to: Option<Date>,
    /// Relation with the practice.
    pub status: PatientStatus,
    /// Further addresses.
    pub addresses: Vec<Address>,
    /// Telephone numbers with what is known of them.
    pub phones: Vec<Phone>,
    /// Code of the list of marital states (v3-MaritalStatus).
    pub marital_status: Option<&'static str>,
}

/// The state of a patient's dossier for online access (release-rules §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the states of the rule sheet")]
pub enum DossierState {
    #[default]
    None,
    Requested,
    Open,
    Refused,
    OnHold,
    Closed,
}

/// Who handles dossier requests: a person, or the program at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named by the format")]
pub enum RequestMode {
    Manual,
    Auto,
}

/// Why nothing of this patient may be served (release-rules §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the rule sheet")]
pub enum Block {
    #[default]
    None,
    Practice,
    PatientOptout,
    Deceased,
    Transferred,
    NoBsn,
    IdentityUnverified,
    IdentityConflict,
}

/// How open the dossier is, as the feed says; one per patient.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseRecord {
    /// State of the dossier.
    pub state: DossierState,
    /// When it was opened; present when `state` is open.
    pub opened_at: Option<Timestamp>,
    /// When the patient asked for access.
    pub requested_at: Option<Timestamp>,
    /// How the request was handled.
    pub mode: Option<RequestMode>,
    /// Who opened it.
    pub by: Option<SourceId>,
    /// Forms of before the opening that are released by name.
    pub back_catalogue: Vec<RecordRef>,
    /// Records the patient asked not to show.
    pub patient_hidden: Vec<RecordRef>,
    /// A block set in the HIS: none, practice, patient_optout or transferred.
    pub block: Block,
}

/// What a representative is to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the values of the format")]
pub enum Relation {
    Parent,
    Guardian,
    Mentor,
    Curator,
    Mandate,
}

/// Somebody who acts for the patient.
#[derive(Debug, Clone, PartialEq)]
pub struct Representative {
    /// Name.
    pub name: String,
    /// Relation to the patient.
    pub relation: Relation,
    /// The representative's own number; never served.
    pub bsn: Option<Bsn>,
    /// Has parental authority.
    pub authority: Option<bool>,
    /// The young person agreed, and when.
    pub consent_child: Option<bool>,
    /// The day of that agreement.
    pub consent_child_on: Option<Date>,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
    /// The parts of the name, where the HIS has them.
    pub name_parts: Option<PersonName>,
    /// Address, telephone, e-mail.
    pub reach: Reach,
}

/// Two patient records are one person: records of `from` move to `to`.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// The patient that ends.
    pub from: SourceId,
    /// The patient that remains.
    pub to: SourceId,
}
