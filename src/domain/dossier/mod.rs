//! The dossier of a GP patient, record by record, as a HIS delivers it (his-source-data §4).
//!
//! These are validated values: a [`Record`] exists only when the format reader accepted every field. One file
//! per part of the dossier. What may be shown of it is `domain::release`; how it looks in FHIR is `mapping`.
//! Never here, by design: work notes, memos, S and O lines.

mod care;
mod documents;
mod medication;
mod other;
mod people;
mod results;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use care::{Attention, Contact, ContactKind, Entry, Episode, EpisodeStatus, Line, LineKind, Visibility};
pub use documents::{Blob, Document, DocumentKind};
pub use medication::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyStatus, ContraIndication, Medication, Route, Severity,
};
pub use other::{Alert, Appointment, AppointmentStatus, Prophylaxis, Referral, Treatment, Vaccination};
pub use people::{
    Address, Block, Deceased, DossierState, Employee, Insurer, Merge, NameUse, Patient, PatientStatus, PersonName,
    Practice, Relation, ReleaseRecord, Representative, RequestMode, Role, Sex,
};
pub use results::{
    Comparator, Flag, Observation, ObservationDate, ObservationStatus, ObservationValue, Report, ResultRelease,
    ResultState,
};

use super::time::Timestamp;

/// The name a HIS gives to a record: unique per practice and type, stable for life.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(String);

/// Text that does not fit `[A-Za-z0-9._:-]{1,64}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record id is 1 to 64 characters of A-Z a-z 0-9 . _ : -")]
pub struct InvalidSourceId;

impl SourceId {
    /// The id as the HIS wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SourceId {
    type Err = InvalidSourceId;

    fn from_str(text: &str) -> Result<Self, InvalidSourceId> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSourceId)
        }
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The 22 record types of `dvza-his-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// The practice and its settings.
    Practice,
    /// A person working in the practice.
    Employee,
    /// A registered or formerly registered person.
    Patient,
    /// The state of a patient's dossier request.
    Release,
    /// Somebody who acts for a patient.
    Representative,
    /// Two patient records that turned out to be one person.
    Merge,
    /// A health problem over time.
    Episode,
    /// One contact of patient and practice.
    Contact,
    /// A deelcontact with its journal lines.
    Entry,
    /// A medication agreement or prescription.
    Medication,
    /// An intolerance.
    Allergy,
    /// A contra-indication.
    Contraindication,
    /// A determination: laboratory result or measurement.
    Observation,
    /// A laboratory report that groups determinations.
    Report,
    /// A treatment or operation.
    Treatment,
    /// Profylaxe en voorzorg.
    Prophylaxis,
    /// A vaccination.
    Vaccination,
    /// An attention line.
    Alert,
    /// A letter or form.
    Document,
    /// The bytes of a document, or a part of them.
    Blob,
    /// A referral.
    Referral,
    /// An appointment.
    Appointment,
}

impl RecordType {
    /// Every type, in the order of the format.
    pub const ALL: [Self; 22] = [
        Self::Practice,
        Self::Employee,
        Self::Patient,
        Self::Release,
        Self::Representative,
        Self::Merge,
        Self::Episode,
        Self::Contact,
        Self::Entry,
        Self::Medication,
        Self::Allergy,
        Self::Contraindication,
        Self::Observation,
        Self::Report,
        Self::Treatment,
        Self::Prophylaxis,
        Self::Vaccination,
        Self::Alert,
        Self::Document,
        Self::Blob,
        Self::Referral,
        Self::Appointment,
    ];

    /// The value of `t` in a line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Practice => "practice",
            Self::Employee => "employee",
            Self::Patient => "patient",
            Self::Release => "release",
            Self::Representative => "representative",
            Self::Merge => "merge",
            Self::Episode => "episode",
            Self::Contact => "contact",
            Self::Entry => "entry",
            Self::Medication => "medication",
            Self::Allergy => "allergy",
            Self::Contraindication => "contraindication",
            Self::Observation => "observation",
            Self::Report => "report",
            Self::Treatment => "treatment",
            Self::Prophylaxis => "prophylaxis",
            Self::Vaccination => "vaccination",
            Self::Alert => "alert",
            Self::Document => "document",
            Self::Blob => "blob",
            Self::Referral => "referral",
            Self::Appointment => "appointment",
        }
    }

    /// Reads a value of `t`.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Does a record of this type belong to one patient (and carry `pat`)?
    pub const fn is_patient_bound(self) -> bool {
        !matches!(self, Self::Practice | Self::Employee | Self::Patient | Self::Merge)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Type and id: names one record of a practice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordRef {
    /// The record's type.
    pub t: RecordType,
    /// The record's id.
    pub id: SourceId,
}

/// The practice's own mark on any patient-bound record (`hidden_by_practice`, `hidden_reason`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeMark {
    /// The practice withholds this record.
    pub hidden: bool,
    /// Why, in the practice's words; never shown outside the console.
    pub reason: Option<String>,
}

/// A record with what the envelope of its line said.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<T> {
    /// The HIS's id.
    pub id: SourceId,
    /// The version; grows with every change.
    pub v: u64,
    /// When the HIS last changed it.
    pub at: Timestamp,
    /// The practice's mark.
    pub mark: PracticeMark,
    /// The content.
    pub d: T,
}

/// The content of a record, by type.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each variant is named after the record type it holds")]
pub enum Body {
    Practice(Box<Practice>),
    Employee(Box<Employee>),
    Patient(Box<Patient>),
    Release(Box<ReleaseRecord>),
    Representative(Box<Representative>),
    Merge(Merge),
    Episode(Box<Episode>),
    Contact(Box<Contact>),
    Entry(Entry),
    Medication(Box<Medication>),
    Allergy(Box<Allergy>),
    Contraindication(Box<ContraIndication>),
    Observation(Box<Observation>),
    Report(Box<Report>),
    Treatment(Box<Treatment>),
    Prophylaxis(Box<Prophylaxis>),
    Vaccination(Box<Vaccination>),
    Alert(Box<Alert>),
    Document(Box<Document>),
    Blob(Box<Blob>),
    Referral(Box<Referral>),
    Appointment(Box<Appointment>),
}

/// The complete set of one patient, ready for rendering. Records are in the order of their ids.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each field is named after the record type it holds")]
pub struct PatientRecords {
    pub patient: Record<Patient>,
    pub release: Option<Record<ReleaseRecord>>,
    pub representatives: Vec<Record<Representative>>,
    pub episodes: Vec<Record<Episode>>,
    pub contacts: Vec<Record<Contact>>,
    pub entries: Vec<Record<Entry>>,
    pub medications: Vec<Record<Medication>>,
    pub allergies: Vec<Record<Allergy>>,
    pub contraindications: Vec<Record<ContraIndication>>,
    pub observations: Vec<Record<Observation>>,
    pub reports: Vec<Record<Report>>,
    pub treatments: Vec<Record<Treatment>>,
    pub prophylaxes: Vec<Record<Prophylaxis>>,
    pub vaccinations: Vec<Record<Vaccination>>,
    pub alerts: Vec<Record<Alert>>,
    pub documents: Vec<Record<Document>>,
    pub referrals: Vec<Record<Referral>>,
    pub appointments: Vec<Record<Appointment>>,
    /// SHA-256 (lower-case hex) of the documents whose bytes are complete and verified.
    pub complete_blobs: std::collections::BTreeSet<String>,
}

impl PatientRecords {
    /// A patient of whom nothing else is known yet.
    pub fn of(patient: Record<Patient>) -> Self {
        Self {
            patient,
            release: None,
            representatives: Vec::new(),
            episodes: Vec::new(),
            contacts: Vec::new(),
            entries: Vec::new(),
            medications: Vec::new(),
            allergies: Vec::new(),
            contraindications: Vec::new(),
            observations: Vec::new(),
            reports: Vec::new(),
            treatments: Vec::new(),
            prophylaxes: Vec::new(),
            vaccinations: Vec::new(),
            alerts: Vec::new(),
            documents: Vec::new(),
            referrals: Vec::new(),
            appointments: Vec::new(),
            complete_blobs: std::collections::BTreeSet::new(),
        }
    }
}

/// The practice and the people working in it: what every patient's resources refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct PracticeRecords {
    /// The practice.
    pub practice: Record<Practice>,
    /// The employees by id, also those no longer active: old records name them.
    pub employees: BTreeMap<SourceId, Record<Employee>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_ids_are_short_and_plain() {
        for good in ["p1", "p1-c1-1", "2.16.840.1:77_a", &"x".repeat(64)] {
            assert!(good.parse::<SourceId>().is_ok(), "{good}");
        }
        for bad in ["", "p 1", "é", "a/b", &"x".repeat(65)] {
            assert!(bad.parse::<SourceId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        for kind in RecordType::ALL {
            assert_eq!(RecordType::find(kind.as_str()), Some(kind));
        }
        assert_eq!(RecordType::find("note"), None);
    }
}
