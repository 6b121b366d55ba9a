//! The types of records, of both versions of the format.

use std::fmt;

use serde::{Deserialize, Serialize};

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
