//! The fixed names: code systems, identifier systems, profiles and extensions (his-to-fhir-mapping §1).

/// Systems of codes and identifiers.
pub(super) mod system {
    pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
    pub const ADDRESS_USE: &str = "http://terminology.hl7.org/CodeSystem/v3-AddressUse";
    pub const ADMINISTRATIVE_GENDER: &str = "http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender";
    pub const AGB: &str = "http://fhir.nl/fhir/NamingSystem/agb-z";
    pub const ALLERGY_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
    pub const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
    pub const ATC: &str = "http://www.whocc.no/atc";
    pub const BIG: &str = "http://fhir.nl/fhir/NamingSystem/big";
    pub const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
    pub const CARE_TYPE: &str = "urn:oid:2.16.840.1.113883.2.4.6.7";
    pub const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    pub const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    pub const COUNTRY: &str = "urn:iso:std:iso:3166";
    pub const COURSE_OF_THERAPY: &str = "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy";
    pub const DATA_ABSENT_REASON: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
    pub const DIAGNOSTIC_SERVICE: &str = "http://terminology.hl7.org/CodeSystem/v2-0074";
    pub const GPK: &str = "urn:oid:2.16.840.1.113883.2.4.4.1";
    pub const GSTANDARD_UNIT: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.900.2";
    pub const HPK: &str = "urn:oid:2.16.840.1.113883.2.4.4.7";
    pub const ICPC: &str = "http://hl7.org/fhir/sid/icpc-1-nl";
    pub const INTERPRETATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
    pub const JOURNAL_LINE: &str = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
    pub const LOINC: &str = "http://loinc.org";
    pub const NHG14: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-14-contactwijze";
    pub const NHG25: &str =
        "https://referentiemodel.nhg.org/tabellen/nhg-tabel-25-gebruiksvoorschrift#aanvullend-numeriek";
    pub const NHG45: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen";
    pub const NHG45_RESULT: &str =
        "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen#resultaten";
    pub const NULL_FLAVOR: &str = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
    pub const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
    pub const ORGANIZATION_TYPE: &str = "http://nictiz.nl/fhir/NamingSystem/organization-type";
    pub const PRK: &str = "urn:oid:2.16.840.1.113883.2.4.4.10";
    pub const ROUTE: &str = "urn:oid:2.16.840.1.113883.2.4.4.9";
    pub const SNK: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.750";
    pub const SNOMED: &str = "http://snomed.info/sct";
    pub const SSK: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.725";
    pub const TELECOM_TYPE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.22.1";
    pub const THESAURUS_122: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.902.122";
    pub const UCUM: &str = "http://unitsofmeasure.org";
    pub const URA: &str = "http://fhir.nl/fhir/NamingSystem/ura";
    pub const URI: &str = "urn:ietf:rfc:3986";
    pub const UZI: &str = "http://fhir.nl/fhir/NamingSystem/uzi-nr-pers";
    pub const UZI_ROLE: &str = "http://fhir.nl/fhir/NamingSystem/uzi-rolcode";
    pub const ZI: &str = "urn:oid:2.16.840.1.113883.2.4.4.8";

    /// Our own name of a patient: the resource id, never a number of the HIS.
    pub const OWN_PATIENT: &str = "https://dvza.nl/fhir/NamingSystem/patient";
    /// Our own name of a record: the resource id, never a key of the HIS.
    pub const OWN_RECORD: &str = "https://dvza.nl/fhir/NamingSystem/record";
    /// Our own name of a course of medication (MP9 "medicamenteuze behandeling").
    pub const OWN_TREATMENT: &str = "https://dvza.nl/fhir/NamingSystem/pharmaceutical-treatment";
    /// The number a laboratory gave to its report.
    pub const LABORATORY_REPORT: &str = "https://dvza.nl/fhir/NamingSystem/laboratory-report-number";
}

/// What `meta.profile` claims: one profile per resource.
pub(super) mod profile {
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
    pub const ADDRESS_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-AddressInformation.AddressType";
    pub const ASSEMBLY_ORDER: &str = "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order";
    pub const BUILDING_NUMBER_SUFFIX: &str =
        "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-buildingNumberSuffix";
    pub const ADDITIONAL_LOCATOR: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-additionalLocator";
    pub const CODE_SPECIFICATION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-CodeSpecification";
    pub const DATA_ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    pub const EPISODE_CONTEXT: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-Context-EpisodeOfCare";
    pub const EPISODE_NAME: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-EpisodeOfCare.EpisodeOfCareName";
    pub const FLAG_DETAIL: &str = "http://hl7.org/fhir/StructureDefinition/flag-detail";
    pub const HOUSE_NUMBER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-houseNumber";
    pub const NAME_QUALIFIER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier";
    pub const OWN_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";
    pub const OWN_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix";
    pub const PARTNER_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-name";
    pub const PARTNER_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix";
    pub const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";
    pub const QUANTITY_TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation";
    pub const RENDERED_DOSAGE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-RenderedDosageInstruction";
    pub const SOAP_LINE_CODE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-SOAPReport.SOAPLineCode";
    pub const STOP_TYPE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-StopType";
    pub const STREET_NAME: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-streetName";
    pub const TIMING_EXACT: &str = "http://hl7.org/fhir/StructureDefinition/timing-exact";
    pub const TREATMENT_IDENTIFIER: &str =
        "http://nictiz.nl/fhir/StructureDefinition/ext-PharmaceuticalTreatment.Identifier";
}
