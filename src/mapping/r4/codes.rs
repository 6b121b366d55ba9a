//! The fixed names: code systems, identifier systems, profiles and extensions (his-to-fhir-mapping §1).

/// Systems of codes and identifiers.
pub(super) mod system {
    pub use crate::mapping::parts::codes::system::*;

    pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    pub const ADDRESS_USE: &str = "http://terminology.hl7.org/CodeSystem/v3-AddressUse";
    pub const ADMINISTRATIVE_GENDER: &str = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender";
    pub const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
    pub const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
    pub const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    pub const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    pub const COURSE_OF_THERAPY: &str = "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy";
    pub const DATA_ABSENT_REASON: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
    pub const DIAGNOSTIC_SERVICE: &str = "http://terminology.hl7.org/CodeSystem/v2-0074";
    pub const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
    pub const NULL_FLAVOR: &str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
    pub const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
    pub const CONSENT_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/consentcategorycodes";
    pub const CONSENT_SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
    pub const MARITAL_STATUS: &str = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus";
    pub const PERFORMER_FUNCTION: &str = "http://terminology.hl7.org/CodeSystem/v2-0443";
    pub const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    pub const SELF_PAY: &str = "http://terminology.hl7.org/CodeSystem/coverage-selfpay";
}

/// What `meta.profile` claims: one profile per resource.
pub(super) mod profile {
    pub const ADMINISTRATION_AGREEMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-AdministrationAgreement";
    pub const ADVANCE_DIRECTIVE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-AdvanceDirective";
    pub const ALCOHOL_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-AlcoholUse";
    pub const APPOINTMENT: &str = "http://hl7.org/fhir/StructureDefinition/Appointment";
    pub const BASE_PROCEDURE: &str = "http://hl7.org/fhir/StructureDefinition/Procedure";
    pub const BASE_SPECIMEN: &str = "http://hl7.org/fhir/StructureDefinition/Specimen";
    pub const BLOOD_PRESSURE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-BloodPressure";
    pub const CONTACT_PERSON: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-ContactPerson";
    pub const CONTRA_INDICATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-MedicationContraIndication";
    pub const DEVICE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-MedicalDevice.Product";
    pub const DEVICE_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-MedicalDevice";
    pub const DISPENSE: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-MedicationDispense";
    pub const DISPENSE_REQUEST: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-DispenseRequest";
    pub const DRUG_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-DrugUse";
    pub const FLAG: &str = "http://hl7.org/fhir/StructureDefinition/Flag";
    pub const FUNCTIONAL_STATUS: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-FunctionalOrMentalStatus";
    pub const HEAD_CIRCUMFERENCE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-HeadCircumference";
    pub const HEART_RATE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-HeartRate";
    pub const HOUSE_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-LivingSituation.HouseType";
    pub const IMMUNIZATION: &str = "http://hl7.org/fhir/StructureDefinition/Immunization";
    pub const INSURANCE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Payer.InsuranceCompany";
    pub const LIVING_SITUATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-LivingSituation";
    pub const MEDICATION_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-MedicationUse2";
    pub const O2_SATURATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-O2Saturation";
    pub const PAYER_ORGANIZATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Payer-Organization";
    pub const PAYER_PERSON: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Payer.PayerPerson";
    pub const PROCEDURE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Procedure-event";
    pub const PROCEDURE_REQUEST: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Procedure-request";
    pub const SERVICE_REQUEST: &str = "http://hl7.org/fhir/StructureDefinition/ServiceRequest";
    pub const SPECIMEN: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-LaboratoryTestResult.Specimen";
    pub const TOBACCO_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-TobaccoUse";
    pub const TREATMENT_DIRECTIVE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-TreatmentDirective2";
    pub const VACCINATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Vaccination-event";
    pub const VACCINE_PRODUCT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-PharmaceuticalProduct";
    pub const ALERT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Alert";
    pub const ALLERGY: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-AllergyIntolerance";
    pub const BODY_HEIGHT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-BodyHeight";
    pub const BODY_TEMPERATURE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-BodyTemperature";
    pub const BODY_WEIGHT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-BodyWeight";
    pub const DIAGNOSTIC_REPORT: &str = "http://hl7.org/fhir/StructureDefinition/DiagnosticReport";
    pub const DOCUMENT_REFERENCE: &str = "http://hl7.org/fhir/StructureDefinition/DocumentReference";
    pub const ENCOUNTER: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Encounter";
    pub const EPISODE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-EpisodeOfCare";
    pub const LABORATORY_RESULT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-LaboratoryTestResult";
    pub const LOCATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-HealthcareProvider";
    pub const MEDICATION_AGREEMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-MedicationAgreement";
    pub const OBSERVATION: &str = "http://hl7.org/fhir/StructureDefinition/Observation";
    pub const ORGANIZATION: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-HealthcareProvider-Organization";
    pub const PATIENT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Patient";
    pub const PRACTITIONER: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-HealthProfessional-Practitioner";
    pub const PRACTITIONER_ROLE: &str =
        "http://nictiz.nl/fhir/StructureDefinition/nl-core-HealthProfessional-PractitionerRole";
    pub const PROBLEM: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-Problem";
    pub const PRODUCT: &str = "http://nictiz.nl/fhir/StructureDefinition/mp-PharmaceuticalProduct";
    pub const PULSE_RATE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-PulseRate.PulseRateValue";
    pub const SOAP_LINE: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-SOAPReport.SOAPLine";
    pub const SOAP_REPORT: &str = "http://nictiz.nl/fhir/StructureDefinition/nl-core-SOAPReport";
}

/// Extensions we write.
pub(super) mod extension {
    pub use crate::mapping::parts::codes::extension::*;

    pub const ADMINISTRATION_AGREED: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-AdministrationAgreement.AdministrationAgreementDateTime";
    pub const AS_AGREED: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-AsAgreedIndicator";
    pub const COMMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-Comment";
    pub const DEVICE_PROFESSIONAL: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-MedicalDevice.HealthProfessional";
    pub const DISORDER: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-AdvanceDirective.Disorder";
    pub const DISPENSE_LOCATION: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-DispenseRequest.DispenseLocation";
    pub const DURATION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Duration";
    pub const LATERALITY: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-AnatomicalLocation.Laterality";
    pub const REASON_CLOSURE: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-MedicationContraIndication.ReasonClosure";
    pub const REASON_FOR_ENDING: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.ReasonForEnding";
    pub const RESOURCE_CATEGORY: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-ResourceCategory";
    pub const SPECIFICATION_OTHER: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-TreatmentDirective2.SpecificationOther";
    pub const USE_AUTHOR: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-MedicationUse2.Author";
    pub const USE_PRESCRIBER: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-MedicationUse2.Prescriber";
    pub const VACCINE_PRODUCT: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-Vaccination.PharmaceuticalProduct";
    pub const ADDRESS_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-AddressInformation.AddressType";
    pub const CODE_SPECIFICATION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-CodeSpecification";
    pub const EPISODE_CONTEXT: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-Context-EpisodeOfCare";
    pub const EPISODE_NAME: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-EpisodeOfCare.EpisodeOfCareName";
    pub const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";
    pub const RENDERED_DOSAGE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-RenderedDosageInstruction";
    pub const SOAP_LINE_CODE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-SOAPReport.SOAPLineCode";
    pub const STOP_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-StopType";
    pub const TREATMENT_IDENTIFIER: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-PharmaceuticalTreatment.Identifier";
}
