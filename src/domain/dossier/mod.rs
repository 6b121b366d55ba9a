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
mod people;
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
pub use feed::FedResource;
pub use laboratory::{Order, Specimen};
pub use medication::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyReaction, AllergyStatus, ContraIndication, Criticality,
    Medication, Route, Severity, Verification,
};
pub use network::{ContactPerson, Organization, Payer, PayerKind, Professional};
pub use other::{
    Alert, Appointment, AppointmentStatus, Prophylaxis, Referral, Treatment, Vaccination, VaccinationMotive,
};
pub use people::{
    Address, AddressKind, Block, Deceased, DossierState, Employee, Insurer, Merge, NameUse, Patient, PatientStatus,
    PersonName, Practice, Relation, ReleaseRecord, Representative, RequestMode, Role, Sex,
};
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

/// The record types of `dvza-his-2`; the first 22 are those of `dvza-his-1`.
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
    /// An organisation outside the practice.
    Organization,
    /// A professional outside the practice.
    Professional,
    /// Somebody the practice may turn to about the patient.
    ContactPerson,
    /// Who pays for the care.
    Payer,
    /// What the patient says to use (medicatiegebruik).
    MedicationUse,
    /// What the pharmacy was asked to hand out (verstrekkingsverzoek).
    DispenseRequest,
    /// What the pharmacy made of an agreement (toedieningsafspraak).
    AdministrationAgreement,
    /// What the pharmacy handed out (medicatieverstrekking).
    Dispense,
    /// Material that was examined.
    Specimen,
    /// A request for diagnostics.
    Order,
    /// A treatment directive (behandelaanwijzing).
    Directive,
    /// An advance directive (wilsverklaring).
    AdvanceDirective,
    /// Use of tobacco, alcohol or drugs.
    Lifestyle,
    /// How the patient lives.
    LivingSituation,
    /// A functional or mental status.
    FunctionalStatus,
    /// A medical device in use.
    Device,
    /// A resource of a FHIR feed that is about a patient.
    Resource,
    /// A resource of a FHIR feed that is about nobody: an organisation, a professional, a product.
    SharedResource,
}

impl RecordType {
    /// Every type, in the order of the format.
    pub const ALL: [Self; 40] = [
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
        Self::Organization,
        Self::Professional,
        Self::ContactPerson,
        Self::Payer,
        Self::MedicationUse,
        Self::DispenseRequest,
        Self::AdministrationAgreement,
        Self::Dispense,
        Self::Specimen,
        Self::Order,
        Self::Directive,
        Self::AdvanceDirective,
        Self::Lifestyle,
        Self::LivingSituation,
        Self::FunctionalStatus,
        Self::Device,
        Self::Resource,
        Self::SharedResource,
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
            Self::Organization => "organization",
            Self::Professional => "professional",
            Self::ContactPerson => "contact_person",
            Self::Payer => "payer",
            Self::MedicationUse => "medication_use",
            Self::DispenseRequest => "dispense_request",
            Self::AdministrationAgreement => "administration_agreement",
            Self::Dispense => "dispense",
            Self::Specimen => "specimen",
            Self::Order => "order",
            Self::Directive => "directive",
            Self::AdvanceDirective => "advance_directive",
            Self::Lifestyle => "lifestyle",
            Self::LivingSituation => "living_situation",
            Self::FunctionalStatus => "functional_status",
            Self::Device => "device",
            Self::Resource => "resource",
            Self::SharedResource => "shared_resource",
        }
    }

    /// Reads a value of `t`.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Does a record of this type belong to one patient (and carry `pat`)?
    pub const fn is_patient_bound(self) -> bool {
        !matches!(
            self,
            Self::Practice
                | Self::Employee
                | Self::Patient
                | Self::Merge
                | Self::Organization
                | Self::Professional
                | Self::SharedResource
        )
    }

    /// Does `dvza-his-1` have this type too?
    pub fn is_of_his_1(self) -> bool {
        self <= Self::Appointment
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
    pub contact_persons: Vec<Record<ContactPerson>>,
    pub payers: Vec<Record<Payer>>,
    pub medication_uses: Vec<Record<MedicationUse>>,
    pub dispense_requests: Vec<Record<DispenseRequest>>,
    pub administration_agreements: Vec<Record<AdministrationAgreement>>,
    pub dispenses: Vec<Record<Dispense>>,
    pub specimens: Vec<Record<Specimen>>,
    pub orders: Vec<Record<Order>>,
    pub directives: Vec<Record<Directive>>,
    pub advance_directives: Vec<Record<AdvanceDirective>>,
    pub lifestyles: Vec<Record<Lifestyle>>,
    pub living_situations: Vec<Record<LivingSituation>>,
    pub functional_statuses: Vec<Record<FunctionalStatus>>,
    pub devices: Vec<Record<Device>>,
    pub resources: Vec<Record<FedResource>>,
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
            contact_persons: Vec::new(),
            payers: Vec::new(),
            medication_uses: Vec::new(),
            dispense_requests: Vec::new(),
            administration_agreements: Vec::new(),
            dispenses: Vec::new(),
            specimens: Vec::new(),
            orders: Vec::new(),
            directives: Vec::new(),
            advance_directives: Vec::new(),
            lifestyles: Vec::new(),
            living_situations: Vec::new(),
            functional_statuses: Vec::new(),
            devices: Vec::new(),
            resources: Vec::new(),
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
