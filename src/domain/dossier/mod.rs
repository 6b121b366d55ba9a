//! The dossier of a GP patient, record by record, as a HIS delivers it (his-source-data §4, docs/formats).
//!
//! These are validated values: a [`Record`] exists only when the format reader accepted every field. One file
//! per part of the dossier. What may be shown of it is `domain::release`; how it looks in FHIR is `mapping`.
//! Never here, by design: work notes, memos, S and O lines.

mod care;
mod coded;
mod documents;
mod feed;
mod laboratory;
mod medication;
mod network;
mod other;
mod patient_records;
mod people;
mod record_type;
mod results;
mod social;
mod supply;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use care::{
    Attention, Contact, ContactKind, Entry, Episode, EpisodeStatus, Line, LineKind, LineProblem, Visibility,
};
pub use coded::{
    Amount, BodySite, CodeSystem, Coded, Dosing, Phone, PhoneKind, Product, Reach, Side, TimeUnit, Usage, Who,
};
pub use documents::{Blob, Document, DocumentKind};
pub use feed::{FedRelease, FedResource};
pub use laboratory::{Order, Specimen};
pub use medication::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyReaction, AllergyStatus, ContraIndication, Criticality,
    Medication, Route, Severity, Verification,
};
pub use network::{ContactPerson, Organization, Payer, PayerKind, Professional};
pub use other::{
    Alert, Appointment, AppointmentStatus, Prophylaxis, Referral, Treatment, Vaccination, VaccinationMotive,
};
pub use patient_records::PatientRecords;
pub use people::{
    Address, AddressKind, Block, Deceased, DossierState, Employee, Insurer, Merge, NameUse, Patient, PatientStatus,
    PersonName, Practice, Relation, ReleaseRecord, Representative, RequestMode, Role, Sex,
};
pub use record_type::RecordType;
pub use results::{
    Comparator, Flag, Observation, ObservationDate, ObservationStatus, ObservationValue, Report, ResultKind,
    ResultRelease, ResultState,
};
pub use social::{
    AdvanceDirective, Decision, Device, Directive, FunctionalStatus, Lifestyle, LifestyleKind, LivingSituation,
    StatusKind, UseStatus,
};
pub use supply::{AdministrationAgreement, Dispense, DispenseRequest, MedicationUse, Supply};

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
    Organization(Box<Organization>),
    Professional(Box<Professional>),
    ContactPerson(Box<ContactPerson>),
    Payer(Box<Payer>),
    MedicationUse(Box<MedicationUse>),
    DispenseRequest(Box<DispenseRequest>),
    AdministrationAgreement(Box<AdministrationAgreement>),
    Dispense(Box<Dispense>),
    Specimen(Box<Specimen>),
    Order(Box<Order>),
    Directive(Box<Directive>),
    AdvanceDirective(Box<AdvanceDirective>),
    Lifestyle(Box<Lifestyle>),
    LivingSituation(Box<LivingSituation>),
    FunctionalStatus(Box<FunctionalStatus>),
    Device(Box<Device>),
    Resource(Box<FedResource>),
    SharedResource(Box<FedResource>),
}

/// The practice and the people working in it: what every patient's resources refer to.
#[derive(Debug, Clone, PartialEq)]
pub struct PracticeRecords {
    /// The practice.
    pub practice: Record<Practice>,
    /// The employees by id, also those no longer active: old records name them.
    pub employees: BTreeMap<SourceId, Record<Employee>>,
    /// The organisations outside the practice by id.
    pub organizations: BTreeMap<SourceId, Record<Organization>>,
    /// The professionals outside the practice by id.
    pub professionals: BTreeMap<SourceId, Record<Professional>>,
    /// Resources of a FHIR feed that are about nobody, by id.
    pub shared: BTreeMap<SourceId, Record<FedResource>>,
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
