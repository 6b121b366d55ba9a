//! The search parameters of STU3, as far as dvza answers them (fhir-data-services §2 and §3).
//!
//! Only what stands elsewhere, or is a plain code, differs from R4: `context` and `reason` are no search
//! parameters here, an intolerance has `assertedDate`, a vaccination `date`, and medication the extensions of zib 2017.

use super::Source::{Extension, Path};
use super::{Param, Rule, rule};
use crate::fhir::{ResourceType, ResourceType as R};

/// What STU3 calls a parameter that R4 knows by another name (fhir-data-services §2, §4).
pub(super) fn name(kind: ResourceType, param: Param) -> &'static str {
    match (kind, param) {
        (_, Param::PeriodOfUse) => "periodofuse",
        // UNCONFIRMED: Nictiz's SearchParameter Medications-medicationtreatment was not at hand.
        (_, Param::PharmaceuticalTreatmentIdentifier) => "medicationtreatment",
        (R::DocumentManifest, Param::Date) => "created",
        (R::DocumentReference, Param::Date) => "indexed",
        _ => param.as_str(),
    }
}

const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse";
const TREATMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-MedicationTreatment";
const BY_PERIOD: &str = "http://nictiz.nl/fhir/SearchParameter/Medications-periodofuse";
const BY_CATEGORY: &str = "http://nictiz.nl/fhir/SearchParameter/Medications-category";
// UNCONFIRMED: as the name.
const BY_TREATMENT: &str = "http://nictiz.nl/fhir/SearchParameter/Medications-medicationtreatment";

// UNCONFIRMED: the ids of the definitions that are FHIR's own are those of R4, which took them over from STU3; the
// SearchParameters of 3.0.2 were not at hand.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    rule(R::AllergyIntolerance, Param::Category, "AllergyIntolerance-category", &[Path(&["category"])], Some("http://hl7.org/fhir/allergy-intolerance-category")),
    rule(R::AllergyIntolerance, Param::ClinicalStatus, "AllergyIntolerance-clinical-status", &[Path(&["clinicalStatus"])], Some("http://hl7.org/fhir/allergy-clinical-status")),
    rule(R::AllergyIntolerance, Param::Code, "clinical-code", &[Path(&["code"]), Path(&["reaction", "substance"])], None),
    rule(R::AllergyIntolerance, Param::Date, "clinical-date", &[Path(&["assertedDate"])], None),
    rule(R::AllergyIntolerance, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Appointment, Param::Date, "Appointment-date", &[Path(&["start"])], None),
    rule(R::Appointment, Param::Identifier, "Appointment-identifier", &[Path(&["identifier"])], None),
    rule(R::Appointment, Param::Status, "Appointment-status", &[Path(&["status"])], Some("http://hl7.org/fhir/appointmentstatus")),
    rule(R::Composition, Param::Date, "clinical-date", &[Path(&["date"])], None),
    rule(R::Composition, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Composition, Param::Status, "Composition-status", &[Path(&["status"])], Some("http://hl7.org/fhir/composition-status")),
    rule(R::Composition, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::Condition, Param::Category, "Condition-category", &[Path(&["category"])], None),
    rule(R::Condition, Param::ClinicalStatus, "Condition-clinical-status", &[Path(&["clinicalStatus"])], Some("http://hl7.org/fhir/condition-clinical")),
    rule(R::Condition, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Condition, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Condition, Param::OnsetDate, "Condition-onset-date", &[Path(&["onsetDateTime"]), Path(&["onsetPeriod"])], None),
    rule(R::Consent, Param::Category, "Consent-category", &[Path(&["category"])], None),
    rule(R::Consent, Param::Date, "clinical-date", &[Path(&["dateTime"])], None),
    rule(R::Consent, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Consent, Param::Status, "Consent-status", &[Path(&["status"])], Some("http://hl7.org/fhir/consent-state-codes")),
    rule(R::Coverage, Param::Identifier, "Coverage-identifier", &[Path(&["identifier"])], None),
    rule(R::Coverage, Param::Type, "Coverage-type", &[Path(&["type"])], None),
    rule(R::DeviceRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::DeviceRequest, Param::Status, "DeviceRequest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::DeviceUseStatement, Param::Identifier, "DeviceUseStatement-identifier", &[Path(&["identifier"])], None),
    rule(R::DiagnosticReport, Param::Category, "DiagnosticReport-category", &[Path(&["category"])], None),
    rule(R::DiagnosticReport, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::DiagnosticReport, Param::Date, "clinical-date", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::DiagnosticReport, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::DiagnosticReport, Param::Status, "DiagnosticReport-status", &[Path(&["status"])], Some("http://hl7.org/fhir/diagnostic-report-status")),
    rule(R::DocumentManifest, Param::Date, "DocumentManifest-created", &[Path(&["created"])], None),
    rule(R::DocumentManifest, Param::Identifier, "clinical-identifier", &[Path(&["masterIdentifier"]), Path(&["identifier"])], None),
    rule(R::DocumentManifest, Param::Status, "DocumentManifest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/document-reference-status")),
    rule(R::DocumentManifest, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::DocumentReference, Param::Class, "DocumentReference-class", &[Path(&["class"])], None),
    rule(R::DocumentReference, Param::Date, "DocumentReference-indexed", &[Path(&["indexed"])], None),
    rule(R::DocumentReference, Param::Identifier, "clinical-identifier", &[Path(&["masterIdentifier"]), Path(&["identifier"])], None),
    rule(R::DocumentReference, Param::Status, "DocumentReference-status", &[Path(&["status"])], Some("http://hl7.org/fhir/document-reference-status")),
    rule(R::DocumentReference, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::Encounter, Param::Class, "Encounter-class", &[Path(&["class"])], None),
    rule(R::Encounter, Param::Date, "clinical-date", &[Path(&["period"])], None),
    rule(R::Encounter, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Encounter, Param::Status, "Encounter-status", &[Path(&["status"])], Some("http://hl7.org/fhir/encounter-status")),
    rule(R::Encounter, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::EpisodeOfCare, Param::Date, "clinical-date", &[Path(&["period"])], None),
    rule(R::EpisodeOfCare, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::EpisodeOfCare, Param::Status, "EpisodeOfCare-status", &[Path(&["status"])], Some("http://hl7.org/fhir/episode-of-care-status")),
    rule(R::EpisodeOfCare, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::Flag, Param::Category, "http://nictiz.nl/fhir/SearchParameter/Flag-category", &[Path(&["category"])], None),
    rule(R::Flag, Param::Date, "clinical-date", &[Path(&["period"])], None),
    rule(R::Flag, Param::Identifier, "Flag-identifier", &[Path(&["identifier"])], None),
    rule(R::Immunization, Param::Date, "clinical-date", &[Path(&["date"])], None),
    rule(R::Immunization, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Immunization, Param::Status, "Immunization-status", &[Path(&["status"])], Some("http://hl7.org/fhir/medication-admin-status")),
    rule(R::Immunization, Param::VaccineCode, "Immunization-vaccine-code", &[Path(&["vaccineCode"])], None),
    rule(R::ImmunizationRecommendation, Param::Date, "ImmunizationRecommendation-date", &[Path(&["recommendation", "date"])], None),
    rule(R::ImmunizationRecommendation, Param::Identifier, "ImmunizationRecommendation-identifier", &[Path(&["identifier"])], None),
    rule(R::Medication, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::MedicationDispense, Param::Category, BY_CATEGORY, &[Path(&["category"])], None),
    rule(R::MedicationDispense, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationDispense, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationDispense, Param::PeriodOfUse, BY_PERIOD, &[Extension(PERIOD_OF_USE, "valuePeriod")], None),
    rule(R::MedicationDispense, Param::PharmaceuticalTreatmentIdentifier, BY_TREATMENT, &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationDispense, Param::Status, "medications-status", &[Path(&["status"])], Some("http://hl7.org/fhir/medication-dispense-status")),
    rule(R::MedicationDispense, Param::WhenHandedOver, "MedicationDispense-whenhandedover", &[Path(&["whenHandedOver"])], None),
    rule(R::MedicationRequest, Param::AuthoredOn, "MedicationRequest-authoredon", &[Path(&["authoredOn"])], None),
    rule(R::MedicationRequest, Param::Category, "MedicationRequest-category", &[Path(&["category"])], None),
    rule(R::MedicationRequest, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationRequest, Param::Intent, "MedicationRequest-intent", &[Path(&["intent"])], Some("http://hl7.org/fhir/medication-request-intent")),
    rule(R::MedicationRequest, Param::PeriodOfUse, BY_PERIOD, &[Extension(PERIOD_OF_USE, "valuePeriod")], None),
    rule(R::MedicationRequest, Param::PharmaceuticalTreatmentIdentifier, BY_TREATMENT, &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationRequest, Param::Status, "medications-status", &[Path(&["status"])], Some("http://hl7.org/fhir/medication-request-status")),
    rule(R::MedicationStatement, Param::Category, "MedicationStatement-category", &[Path(&["category"])], None),
    rule(R::MedicationStatement, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationStatement, Param::Effective, "MedicationStatement-effective", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::MedicationStatement, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationStatement, Param::PharmaceuticalTreatmentIdentifier, BY_TREATMENT, &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationStatement, Param::Status, "medications-status", &[Path(&["status"])], Some("http://hl7.org/fhir/medication-statement-status")),
    rule(R::NutritionOrder, Param::DateTime, "NutritionOrder-datetime", &[Path(&["dateTime"])], None),
    rule(R::NutritionOrder, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::NutritionOrder, Param::Status, "NutritionOrder-status", &[Path(&["status"])], Some("http://hl7.org/fhir/nutrition-order-status")),
    rule(R::Observation, Param::Category, "Observation-category", &[Path(&["category"])], None),
    rule(R::Observation, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Observation, Param::Date, "clinical-date", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::Observation, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Observation, Param::Status, "Observation-status", &[Path(&["status"])], Some("http://hl7.org/fhir/observation-status")),
    rule(R::Procedure, Param::Category, "Procedure-category", &[Path(&["category"])], None),
    rule(R::Procedure, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Procedure, Param::Date, "clinical-date", &[Path(&["performedDateTime"]), Path(&["performedPeriod"])], None),
    rule(R::Procedure, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Procedure, Param::Status, "Procedure-status", &[Path(&["status"])], Some("http://hl7.org/fhir/event-status")),
    rule(R::ProcedureRequest, Param::Authored, "ProcedureRequest-authored", &[Path(&["authoredOn"])], None),
    rule(R::ProcedureRequest, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::ProcedureRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::ProcedureRequest, Param::Intent, "ProcedureRequest-intent", &[Path(&["intent"])], Some("http://hl7.org/fhir/request-intent")),
    rule(R::ProcedureRequest, Param::Occurrence, "ProcedureRequest-occurrence", &[Path(&["occurrenceDateTime"]), Path(&["occurrencePeriod"])], None),
    rule(R::ProcedureRequest, Param::Status, "ProcedureRequest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::RelatedPerson, Param::Identifier, "RelatedPerson-identifier", &[Path(&["identifier"])], None),
    rule(R::Specimen, Param::Identifier, "Specimen-identifier", &[Path(&["identifier"])], None),
    rule(R::Specimen, Param::Type, "Specimen-type", &[Path(&["type"])], None),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_parameter_is_stated_twice() {
        for (place, rule) in RULES.iter().enumerate() {
            let again = RULES[place + 1..].iter().find(|other| other.kind == rule.kind && other.param == rule.param);
            assert!(again.is_none(), "{} {}", rule.kind, name(rule.kind, rule.param));
        }
    }

    #[test]
    fn medication_is_searched_by_the_names_of_nictiz() {
        assert_eq!(name(R::MedicationRequest, Param::PeriodOfUse), "periodofuse");
        assert_eq!(name(R::MedicationDispense, Param::Category), "category");
        let rule = RULES.iter().find(|rule| rule.kind == R::MedicationRequest && rule.param == Param::PeriodOfUse);
        assert_eq!(rule.unwrap().definition, "http://nictiz.nl/fhir/SearchParameter/Medications-periodofuse");
    }
}
