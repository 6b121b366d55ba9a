//! The names that are the same in every release: code systems, identifier systems and FHIR's own extensions.

/// Systems of codes and identifiers.
pub(in crate::mapping) mod system {
    pub const AGB: &str = "http://fhir.nl/fhir/NamingSystem/agb-z";
    pub const ATC: &str = "http://www.whocc.no/atc";
    pub const BIG: &str = "http://fhir.nl/fhir/NamingSystem/big";
    pub const BSN: &str = crate::fhir::BSN_SYSTEMS[0];
    pub const CARE_TYPE: &str = "urn:oid:2.16.840.1.113883.2.4.6.7";
    pub const COUNTRY: &str = "urn:iso:std:iso:3166";
    pub const GPK: &str = "urn:oid:2.16.840.1.113883.2.4.4.1";
    pub const GSTANDARD_UNIT: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.900.2";
    pub const HPK: &str = "urn:oid:2.16.840.1.113883.2.4.4.7";
    pub const ICPC: &str = "http://hl7.org/fhir/sid/icpc-1-nl";
    pub const JOURNAL_LINE: &str = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
    pub const LOINC: &str = "http://loinc.org";
    pub const NHG14: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-14-contactwijze";
    pub const NHG25: &str =
        "https://referentiemodel.nhg.org/tabellen/nhg-tabel-25-gebruiksvoorschrift#aanvullend-numeriek";
    pub const NHG45: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen";
    pub const NHG45_RESULT: &str =
        "https://referentiemodel.nhg.org/tabellen/nhg-tabel-45-diagnostische-bepalingen#resultaten";
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
    pub const ADVANCE_DIRECTIVE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.14.1";
    pub const CONTACT_ROLE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.23.1";
    pub const CONTACT_ROLE_COD472: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.22.472";
    pub const FORM: &str = "urn:oid:2.16.840.1.113883.2.4.4.11";
    pub const GTIN: &str = "https://www.gs1.org/gtin";
    pub const HIBC: &str = "urn:oid:2.16.840.1.113883.6.40";
    pub const HOUSE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.4.13.1";
    pub const ICF: &str = "http://hl7.org/fhir/sid/icf-nl";
    pub const INSURANCE: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.101.5.1";
    pub const NHG15: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-15-verrichtingen";
    pub const NHG49: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-49-ingrepen-en-behandelingen";
    pub const NHG56: &str = "https://referentiemodel.nhg.org/tabellen/nhg-tabel-56-profylaxe-en-voorzorg";
    pub const THESAURUS_40: &str = "urn:oid:2.16.840.1.113883.2.4.4.1.902.40";
    pub const UZOVI: &str = "http://fhir.nl/fhir/NamingSystem/uzovi";
    /// Our own name of a patient: the resource id, never a number of the HIS.
    pub const OWN_PATIENT: &str = "https://dvza.nl/fhir/NamingSystem/patient";
    /// Our own name of a record: the resource id, never a key of the HIS.
    pub const OWN_RECORD: &str = "https://dvza.nl/fhir/NamingSystem/record";
    /// Our own name of a course of medication (MP9 "medicamenteuze behandeling").
    pub const OWN_TREATMENT: &str = "https://dvza.nl/fhir/NamingSystem/pharmaceutical-treatment";
    /// The identifier the HIS has of a document.
    pub const DOCUMENT: &str = "https://dvza.nl/fhir/NamingSystem/document";
    /// The number of an order.
    pub const ORDER: &str = "https://dvza.nl/fhir/NamingSystem/order-number";
    /// The number of a referral.
    pub const REFERRAL: &str = "https://dvza.nl/fhir/NamingSystem/referral-number";
    /// The identifier a laboratory gave to a result.
    pub const RESULT: &str = "https://dvza.nl/fhir/NamingSystem/laboratory-result";
    /// The number a laboratory gave to a specimen.
    pub const SPECIMEN: &str = "https://dvza.nl/fhir/NamingSystem/specimen-number";
    /// The identification of a course of medication that the HIS delivers.
    pub const SOURCE_TREATMENT: &str = "https://dvza.nl/fhir/NamingSystem/source-treatment";
    /// The identifier the HIS has of a vaccination.
    pub const VACCINATION: &str = "https://dvza.nl/fhir/NamingSystem/vaccination";
    /// The number a laboratory gave to its report.
    pub const LABORATORY_REPORT: &str = "https://dvza.nl/fhir/NamingSystem/laboratory-report-number";
}

/// Extensions we write.
pub(in crate::mapping) mod extension {
    pub const SUPPORTING_INFO: &str = "http://hl7.org/fhir/StructureDefinition/workflow-supportingInfo";
    pub const UNIT_ID: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-unitID";
    pub const ASSEMBLY_ORDER: &str = "http://hl7.org/fhir/StructureDefinition/humanname-assembly-order";
    pub const BUILDING_NUMBER_SUFFIX: &str =
        "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-buildingNumberSuffix";
    pub const ADDITIONAL_LOCATOR: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-additionalLocator";
    pub const DATA_ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    pub const FLAG_DETAIL: &str = "http://hl7.org/fhir/StructureDefinition/flag-detail";
    pub const HOUSE_NUMBER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-houseNumber";
    pub const NAME_QUALIFIER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier";
    pub const OWN_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";
    pub const OWN_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-prefix";
    pub const PARTNER_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-name";
    pub const PARTNER_PREFIX: &str = "http://hl7.org/fhir/StructureDefinition/humanname-partner-prefix";
    pub const QUANTITY_TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation";
    pub const STREET_NAME: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-streetName";
    pub const TIMING_EXACT: &str = "http://hl7.org/fhir/StructureDefinition/timing-exact";
}
