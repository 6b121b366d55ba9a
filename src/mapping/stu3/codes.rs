//! The fixed names of zib 2017 in STU3: what differs from the other releases.

use crate::mapping::parts::vocabulary::{Professionals, Vocabulary};

/// How STU3 writes what the parts have in common.
pub(super) const VOCABULARY: Vocabulary =
    Vocabulary { professionals: Professionals::Person { role: extension::PRACTITIONER_ROLE } };

/// Systems of codes and identifiers: those of every release, and the spellings of STU3.
pub(super) mod system {
    pub use crate::mapping::parts::codes::system::*;

    pub const ACT_CODE: &str = "http://hl7.org/fhir/v3/ActCode";
    pub const ACT_STATUS: &str = "http://hl7.org/fhir/v3/ActStatus";
    pub const ADDRESS_USE: &str = "http://hl7.org/fhir/v3/AddressUse";
    pub const ADMINISTRATIVE_GENDER: &str = "http://hl7.org/fhir/v3/AdministrativeGender";
    /// Countries by the table of the registers of persons; 6030 is the Netherlands.
    pub const COUNTRY_GBA: &str = "urn:oid:2.16.840.1.113883.2.4.4.16.34";
    pub const MARITAL_STATUS: &str = "http://hl7.org/fhir/v3/MaritalStatus";
    pub const NULL_FLAVOR: &str = "http://hl7.org/fhir/v3/NullFlavor";
    /// What a record of medication is, in the process of medication before 9.1.
    pub const MEDICATION_CATEGORY: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.3";
    pub const OBSERVATION_CATEGORY: &str = "http://hl7.org/fhir/observation-category";
    pub const PARTICIPATION: &str = "http://hl7.org/fhir/v3/ParticipationType";
    pub const RANGE_MEANING: &str = "http://hl7.org/fhir/referencerange-meaning";
    pub const INTERPRETATION: &str = "http://hl7.org/fhir/v2/0078";
    pub const ROLE_CODE: &str = "http://hl7.org/fhir/v3/RoleCode";
    /// How medication was stopped, in the process of medication before 9.1.
    pub const STOP_TYPE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.20.77.5.2.1";
    /// May a treatment be given: the system that Nictiz's fixtures name.
    pub const TREATMENT_PERMITTED: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4";
}

/// What `meta.profile` claims.
pub(super) mod profile {
    pub const ADMINISTRATION_AGREEMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AdministrationAgreement";
    pub const ADVANCE_DIRECTIVE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AdvanceDirective";
    pub const ALCOHOL_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AlcoholUse";
    pub const ALERT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Alert";
    pub const ALLERGY: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AllergyIntolerance";
    pub const APPOINTMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/eAfspraak-Appointment";
    pub const BLOOD_PRESSURE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-BloodPressure";
    pub const BODY_HEIGHT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-BodyHeight";
    pub const BODY_WEIGHT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-BodyWeight";
    pub const DEVICE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicalDeviceProduct";
    pub const DEVICE_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicalDevice";
    pub const DIAGNOSTIC_RESULT: &str = "http://nictiz.nl/fhir/StructureDefinition/gp-DiagnosticResult";
    pub const DRUG_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-DrugUse";
    pub const ENCOUNTER: &str = "http://nictiz.nl/fhir/StructureDefinition/gp-Encounter";
    pub const ENCOUNTER_REPORT: &str = "http://nictiz.nl/fhir/StructureDefinition/gp-EncounterReport";
    pub const EPISODE: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-episodeofcare";
    pub const FUNCTIONAL_STATUS: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-FunctionalOrMentalStatus";
    pub const JOURNAL_ENTRY: &str = "http://nictiz.nl/fhir/StructureDefinition/gp-JournalEntry";
    pub const LABORATORY_REPORT: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-LaboratoryTestResult-DiagnosticReport";
    pub const LABORATORY_RESULT: &str = "http://nictiz.nl/fhir/StructureDefinition/gp-LaboratoryResult";
    pub const LABORATORY_TEST: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-LaboratoryTestResult-Observation";
    pub const LIVING_SITUATION: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-LivingSituation";
    pub const LOCATION: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-location";
    pub const MEDICATION_AGREEMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationAgreement";
    pub const MEDICATION_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse";
    pub const ORGANIZATION: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-organization";
    pub const PATIENT: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-patient";
    pub const PAYER: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Payer";
    pub const PRACTITIONER: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-practitioner";
    pub const PRACTITIONER_ROLE: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-practitionerrole";
    pub const PROBLEM: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Problem";
    pub const PROCEDURE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Procedure";
    pub const PROCEDURE_REQUEST: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-ProcedureRequest";
    pub const PRODUCT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Product";
    pub const RELATED_PERSON: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-relatedperson";
    pub const SPECIMEN: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-LaboratoryTestResult-Specimen";
    pub const TOBACCO_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-TobaccoUse";
    pub const TREATMENT_DIRECTIVE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective";
    pub const VACCINATION: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Vaccination";
}

/// Extensions we write.
pub(super) mod extension {
    pub use crate::mapping::parts::codes::extension::*;

    pub const ADDRESS_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AddressInformation-AddressType";
    pub const ADMINISTRATION_AGREED: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-AdministrationAgreement-AuthoredOn";
    pub const AS_AGREED: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse-AsAgreedIndicator";
    pub const CODE_SPECIFICATION: &str = "http://nictiz.nl/fhir/StructureDefinition/code-specification";
    pub const COMMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/Comment";
    pub const CONTACT_ROLE: &str = "http://fhir.nl/fhir/StructureDefinition/nl-core-relatedperson-role";
    pub const DEVICE_ORGANIZATION: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicalDevice-Organization";
    pub const DEVICE_PRACTITIONER: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicalDevice-Practitioner";
    pub const DEVICE_PROBLEM: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicalDevice-Problem";
    pub const DIRECTIVE_PERMITTED: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective-TreatmentPermitted";
    pub const DIRECTIVE_RESTRICTIONS: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective-Restrictions";
    pub const DIRECTIVE_TREATMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective-Treatment";
    pub const DISORDER: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-AdvanceDirective-Disorder";
    pub const DURATION: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse-Duration";
    pub const EPISODE_CONTEXT: &str =
        "http://nictiz.nl/fhir/StructureDefinition/extension-context-nl-core-episodeofcare";
    pub const EPISODE_TITLE: &str = "http://nictiz.nl/fhir/StructureDefinition/EpisodeOfCare-Title";
    pub const FIRST_ENCOUNTER: &str = "http://nictiz.nl/fhir/StructureDefinition/EpisodeOfCare-DateFirstEncounter";
    pub const LAST_ENCOUNTER: &str = "http://nictiz.nl/fhir/StructureDefinition/EpisodeOfCare-DateLastEncounter";
    pub const LATERALITY: &str = "http://nictiz.nl/fhir/StructureDefinition/BodySite-Qualifier";
    pub const MEDICATION_TREATMENT: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-MedicationTreatment";
    pub const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse";
    pub const PRACTITIONER_ROLE: &str = "http://nictiz.nl/fhir/StructureDefinition/practitionerrole-reference";
    pub const PRODUCT_DESCRIPTION: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Product-Description";
    pub const SECTION_ICPC: &str = "http://nictiz.nl/fhir/StructureDefinition/code-icpc-1-nl";
    pub const STATUS_DEVICE: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-FunctionalOrMentalStatus-MedicalDevice";
    pub const STOP_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-StopType";
    pub const TELECOM_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-ContactInformation-TelecomType";
    pub const USE_AUTHOR: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse-Author";
    pub const USE_CHANGE_REASON: &str =
        "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse-ReasonForChangeOrDiscontinuationOfUse";
    pub const USE_PRESCRIBER: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-MedicationUse-Prescriber";
}
