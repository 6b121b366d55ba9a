//! The search parameters: their names, types, definitions, and where in a resource their values stand.

use serde::{Deserialize, Serialize};

use crate::fhir::ResourceType;

/// A search parameter of R4 (or of Nictiz) that dvza can answer; `_id` and the result parameters are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names are FHIR's own")]
pub enum Param {
    Authored,
    #[serde(rename = "authoredon")]
    AuthoredOn,
    Category,
    Class,
    ClinicalStatus,
    Code,
    Date,
    #[serde(rename = "datetime")]
    DateTime,
    Effective,
    EffectiveTime,
    Identifier,
    Intent,
    LifecycleStatus,
    Occurrence,
    OnsetDate,
    PeriodOfUse,
    PharmaceuticalTreatmentIdentifier,
    RecordedDate,
    Relationship,
    Status,
    Type,
    VaccineCode,
    #[serde(rename = "whenhandedover")]
    WhenHandedOver,
}

/// How the value of a parameter is written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// `code`, `system|code`, `system|` or `|code`.
    Token,
    /// A date with an optional prefix.
    Date,
}

impl Param {
    /// The name in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authored => "authored",
            Self::AuthoredOn => "authoredon",
            Self::Category => "category",
            Self::Class => "class",
            Self::ClinicalStatus => "clinical-status",
            Self::Code => "code",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Effective => "effective",
            Self::EffectiveTime => "effective-time",
            Self::Identifier => "identifier",
            Self::Intent => "intent",
            Self::LifecycleStatus => "lifecycle-status",
            Self::Occurrence => "occurrence",
            Self::OnsetDate => "onset-date",
            Self::PeriodOfUse => "period-of-use",
            Self::PharmaceuticalTreatmentIdentifier => "pharmaceutical-treatment-identifier",
            Self::RecordedDate => "recorded-date",
            Self::Relationship => "relationship",
            Self::Status => "status",
            Self::Type => "type",
            Self::VaccineCode => "vaccine-code",
            Self::WhenHandedOver => "whenhandedover",
        }
    }

    /// How values are written.
    pub const fn kind(self) -> ParamType {
        match self {
            Self::Authored
            | Self::AuthoredOn
            | Self::Date
            | Self::DateTime
            | Self::Effective
            | Self::EffectiveTime
            | Self::Occurrence
            | Self::OnsetDate
            | Self::PeriodOfUse
            | Self::RecordedDate
            | Self::WhenHandedOver => ParamType::Date,
            Self::Category
            | Self::Class
            | Self::ClinicalStatus
            | Self::Code
            | Self::Identifier
            | Self::Intent
            | Self::LifecycleStatus
            | Self::PharmaceuticalTreatmentIdentifier
            | Self::Relationship
            | Self::Status
            | Self::Type
            | Self::VaccineCode => ParamType::Token,
        }
    }

    /// The parameter this name means for this type: its own name, or the one STU3 had for it
    /// (fhir-data-services §4, §7.2).
    pub fn find(kind: ResourceType, name: &str) -> Option<Self> {
        let name = match (kind, name) {
            (R::MedicationRequest | R::MedicationDispense | R::MedicationStatement, "periodofuse") => {
                Self::PeriodOfUse.as_str()
            }
            (ResourceType::DocumentReference, "indexed") => Self::Date.as_str(),
            _ => name,
        };
        rules_of(kind).map(|rule| rule.param).find(|param| param.as_str() == name)
    }

    /// Does this type have this parameter?
    pub fn exists_on(self, kind: ResourceType) -> bool {
        rules_of(kind).any(|rule| rule.param == self)
    }

    /// Canonical URL of the SearchParameter; `None` when the type does not have it.
    pub fn definition(self, kind: ResourceType) -> Option<String> {
        let rule = rules_of(kind).find(|rule| rule.param == self)?;
        Some(match rule.definition.starts_with("http") {
            true => rule.definition.to_owned(),
            false => format!("http://hl7.org/fhir/SearchParameter/{}", rule.definition),
        })
    }

    /// The code system that a value without one belongs to: that of a `code` element, fixed by R4.
    pub(super) fn implied_system(self, kind: ResourceType) -> Option<&'static str> {
        rules_of(kind).find(|rule| rule.param == self)?.implied
    }
}

/// Where a value of a parameter stands in a resource.
pub(super) enum Source {
    /// At these members, one below the other; arrays are entered.
    Path(&'static [&'static str]),
    /// In this member of the top-level extension with this URL.
    Extension(&'static str, &'static str),
}

/// One parameter of one type.
pub(super) struct Rule {
    pub(super) kind: ResourceType,
    pub(super) param: Param,
    definition: &'static str,
    pub(super) sources: &'static [Source],
    implied: Option<&'static str>,
}

/// The parameters of this type.
pub(super) fn rules_of(kind: ResourceType) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| rule.kind == kind)
}

const fn rule(
    kind: ResourceType,
    param: Param,
    definition: &'static str,
    sources: &'static [Source],
    implied: Option<&'static str>,
) -> Rule {
    Rule { kind, param, definition, sources, implied }
}

const TREATMENT: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-PharmaceuticalTreatment.Identifier";
const PERIOD_OF_USE: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";

use ResourceType as R;
use Source::{Extension, Path};

#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(R::AllergyIntolerance, Param::Category, "AllergyIntolerance-category", &[Path(&["category"])], Some("http://hl7.org/fhir/allergy-intolerance-category")),
    rule(R::AllergyIntolerance, Param::ClinicalStatus, "AllergyIntolerance-clinical-status", &[Path(&["clinicalStatus"])], None),
    rule(R::AllergyIntolerance, Param::Code, "clinical-code", &[Path(&["code"]), Path(&["reaction", "substance"])], None),
    rule(R::AllergyIntolerance, Param::Date, "clinical-date", &[Path(&["recordedDate"])], None),
    rule(R::AllergyIntolerance, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Appointment, Param::Date, "Appointment-date", &[Path(&["start"])], None),
    rule(R::Appointment, Param::Identifier, "Appointment-identifier", &[Path(&["identifier"])], None),
    rule(R::Appointment, Param::Status, "Appointment-status", &[Path(&["status"])], Some("http://hl7.org/fhir/appointmentstatus")),
    rule(R::CarePlan, Param::Category, "CarePlan-category", &[Path(&["category"])], None),
    rule(R::CarePlan, Param::Date, "clinical-date", &[Path(&["period"])], None),
    rule(R::CarePlan, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::CarePlan, Param::Status, "CarePlan-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::CareTeam, Param::Category, "CareTeam-category", &[Path(&["category"])], None),
    rule(R::CareTeam, Param::Date, "clinical-date", &[Path(&["period"])], None),
    rule(R::CareTeam, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::CareTeam, Param::Status, "CareTeam-status", &[Path(&["status"])], Some("http://hl7.org/fhir/care-team-status")),
    rule(R::Composition, Param::Category, "Composition-category", &[Path(&["category"])], None),
    rule(R::Composition, Param::Date, "clinical-date", &[Path(&["date"])], None),
    rule(R::Composition, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Composition, Param::Status, "Composition-status", &[Path(&["status"])], Some("http://hl7.org/fhir/composition-status")),
    rule(R::Composition, Param::Type, "clinical-type", &[Path(&["type"])], None),
    rule(R::Condition, Param::Category, "Condition-category", &[Path(&["category"])], None),
    rule(R::Condition, Param::ClinicalStatus, "Condition-clinical-status", &[Path(&["clinicalStatus"])], None),
    rule(R::Condition, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Condition, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Condition, Param::OnsetDate, "Condition-onset-date", &[Path(&["onsetDateTime"]), Path(&["onsetPeriod"])], None),
    rule(R::Condition, Param::RecordedDate, "Condition-recorded-date", &[Path(&["recordedDate"])], None),
    rule(R::Consent, Param::Category, "Consent-category", &[Path(&["category"])], None),
    rule(R::Consent, Param::Date, "clinical-date", &[Path(&["dateTime"])], None),
    rule(R::Consent, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Consent, Param::Status, "Consent-status", &[Path(&["status"])], Some("http://hl7.org/fhir/consent-state-codes")),
    rule(R::Coverage, Param::Identifier, "Coverage-identifier", &[Path(&["identifier"])], None),
    rule(R::Coverage, Param::Status, "Coverage-status", &[Path(&["status"])], Some("http://hl7.org/fhir/fm-status")),
    rule(R::Coverage, Param::Type, "Coverage-type", &[Path(&["type"])], None),
    rule(R::DeviceRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::DeviceRequest, Param::Status, "DeviceRequest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::DeviceUseStatement, Param::Identifier, "DeviceUseStatement-identifier", &[Path(&["identifier"])], None),
    rule(R::DiagnosticReport, Param::Category, "DiagnosticReport-category", &[Path(&["category"])], None),
    rule(R::DiagnosticReport, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::DiagnosticReport, Param::Date, "clinical-date", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::DiagnosticReport, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::DiagnosticReport, Param::Status, "DiagnosticReport-status", &[Path(&["status"])], Some("http://hl7.org/fhir/diagnostic-report-status")),
    rule(R::DocumentManifest, Param::Status, "DocumentManifest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/document-reference-status")),
    rule(R::DocumentReference, Param::Category, "DocumentReference-category", &[Path(&["category"])], None),
    rule(R::DocumentReference, Param::Date, "DocumentReference-date", &[Path(&["date"])], None),
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
    rule(R::Goal, Param::Category, "Goal-category", &[Path(&["category"])], None),
    rule(R::Goal, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Goal, Param::LifecycleStatus, "Goal-lifecycle-status", &[Path(&["lifecycleStatus"])], Some("http://hl7.org/fhir/goal-status")),
    rule(R::Immunization, Param::Date, "clinical-date", &[Path(&["occurrenceDateTime"])], None),
    rule(R::Immunization, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Immunization, Param::Status, "Immunization-status", &[Path(&["status"])], Some("http://hl7.org/fhir/event-status")),
    rule(R::Immunization, Param::VaccineCode, "Immunization-vaccine-code", &[Path(&["vaccineCode"])], None),
    rule(R::ImmunizationRecommendation, Param::Date, "ImmunizationRecommendation-date", &[Path(&["date"])], None),
    rule(R::ImmunizationRecommendation, Param::Identifier, "ImmunizationRecommendation-identifier", &[Path(&["identifier"])], None),
    rule(R::Medication, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::MedicationAdministration, Param::Category, "http://nictiz.nl/fhir/SearchParameter/category", &[Path(&["category"])], None),
    rule(R::MedicationAdministration, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationAdministration, Param::EffectiveTime, "MedicationAdministration-effective-time", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::MedicationAdministration, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationAdministration, Param::PharmaceuticalTreatmentIdentifier, "http://nictiz.nl/fhir/SearchParameter/pharmaceutical-treatment-identifier", &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationAdministration, Param::Status, "medications-status", &[Path(&["status"])], Some("http://terminology.hl7.org/CodeSystem/medication-admin-status")),
    rule(R::MedicationDispense, Param::Category, "http://nictiz.nl/fhir/SearchParameter/category", &[Path(&["category"])], None),
    rule(R::MedicationDispense, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationDispense, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationDispense, Param::PeriodOfUse, "http://nictiz.nl/fhir/SearchParameter/period-of-use", &[Extension(PERIOD_OF_USE, "valuePeriod")], None),
    rule(R::MedicationDispense, Param::PharmaceuticalTreatmentIdentifier, "http://nictiz.nl/fhir/SearchParameter/pharmaceutical-treatment-identifier", &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationDispense, Param::Status, "medications-status", &[Path(&["status"])], Some("http://terminology.hl7.org/CodeSystem/medicationdispense-status")),
    rule(R::MedicationDispense, Param::WhenHandedOver, "MedicationDispense-whenhandedover", &[Path(&["whenHandedOver"])], None),
    rule(R::MedicationRequest, Param::AuthoredOn, "MedicationRequest-authoredon", &[Path(&["authoredOn"])], None),
    rule(R::MedicationRequest, Param::Category, "MedicationRequest-category", &[Path(&["category"])], None),
    rule(R::MedicationRequest, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationRequest, Param::Intent, "MedicationRequest-intent", &[Path(&["intent"])], Some("http://hl7.org/fhir/CodeSystem/medicationrequest-intent")),
    rule(R::MedicationRequest, Param::PeriodOfUse, "http://nictiz.nl/fhir/SearchParameter/period-of-use", &[Extension(PERIOD_OF_USE, "valuePeriod")], None),
    rule(R::MedicationRequest, Param::PharmaceuticalTreatmentIdentifier, "http://nictiz.nl/fhir/SearchParameter/pharmaceutical-treatment-identifier", &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationRequest, Param::Status, "medications-status", &[Path(&["status"])], Some("http://hl7.org/fhir/CodeSystem/medicationrequest-status")),
    rule(R::MedicationStatement, Param::Category, "MedicationStatement-category", &[Path(&["category"])], None),
    rule(R::MedicationStatement, Param::Code, "clinical-code", &[Path(&["medicationCodeableConcept"])], None),
    rule(R::MedicationStatement, Param::Effective, "MedicationStatement-effective", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"])], None),
    rule(R::MedicationStatement, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::MedicationStatement, Param::PeriodOfUse, "http://nictiz.nl/fhir/SearchParameter/period-of-use", &[Path(&["effectivePeriod"]), Path(&["effectiveDateTime"])], None),
    rule(R::MedicationStatement, Param::PharmaceuticalTreatmentIdentifier, "http://nictiz.nl/fhir/SearchParameter/pharmaceutical-treatment-identifier", &[Extension(TREATMENT, "valueIdentifier")], None),
    rule(R::MedicationStatement, Param::Status, "medications-status", &[Path(&["status"])], Some("http://hl7.org/fhir/CodeSystem/medication-statement-status")),
    rule(R::NutritionOrder, Param::DateTime, "NutritionOrder-datetime", &[Path(&["dateTime"])], None),
    rule(R::NutritionOrder, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::NutritionOrder, Param::Status, "NutritionOrder-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::Observation, Param::Category, "Observation-category", &[Path(&["category"])], None),
    rule(R::Observation, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Observation, Param::Date, "clinical-date", &[Path(&["effectiveDateTime"]), Path(&["effectivePeriod"]), Path(&["effectiveInstant"])], None),
    rule(R::Observation, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Observation, Param::Status, "Observation-status", &[Path(&["status"])], Some("http://hl7.org/fhir/observation-status")),
    rule(R::Procedure, Param::Category, "Procedure-category", &[Path(&["category"])], None),
    rule(R::Procedure, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::Procedure, Param::Date, "clinical-date", &[Path(&["performedDateTime"]), Path(&["performedPeriod"])], None),
    rule(R::Procedure, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::Procedure, Param::Status, "Procedure-status", &[Path(&["status"])], Some("http://hl7.org/fhir/event-status")),
    rule(R::RelatedPerson, Param::Identifier, "RelatedPerson-identifier", &[Path(&["identifier"])], None),
    rule(R::RelatedPerson, Param::Relationship, "RelatedPerson-relationship", &[Path(&["relationship"])], None),
    rule(R::ServiceRequest, Param::Authored, "ServiceRequest-authored", &[Path(&["authoredOn"])], None),
    rule(R::ServiceRequest, Param::Category, "ServiceRequest-category", &[Path(&["category"])], None),
    rule(R::ServiceRequest, Param::Code, "clinical-code", &[Path(&["code"])], None),
    rule(R::ServiceRequest, Param::Identifier, "clinical-identifier", &[Path(&["identifier"])], None),
    rule(R::ServiceRequest, Param::Intent, "ServiceRequest-intent", &[Path(&["intent"])], Some("http://hl7.org/fhir/request-intent")),
    rule(R::ServiceRequest, Param::Occurrence, "ServiceRequest-occurrence", &[Path(&["occurrenceDateTime"]), Path(&["occurrencePeriod"])], None),
    rule(R::ServiceRequest, Param::Status, "ServiceRequest-status", &[Path(&["status"])], Some("http://hl7.org/fhir/request-status")),
    rule(R::Specimen, Param::Identifier, "Specimen-identifier", &[Path(&["identifier"])], None),
    rule(R::Specimen, Param::Type, "Specimen-type", &[Path(&["type"])], None),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::shared;

    #[test]
    fn a_parameter_is_found_by_its_name_and_by_the_one_of_stu3() {
        let cases = [
            (R::MedicationRequest, "period-of-use", Some(Param::PeriodOfUse)),
            (R::MedicationRequest, "periodofuse", Some(Param::PeriodOfUse)),
            (R::Observation, "periodofuse", None),
            (R::DocumentReference, "indexed", Some(Param::Date)),
            (R::Encounter, "indexed", None),
            (R::Observation, "Code", None),
            (R::Patient, "date", None),
        ];
        for (kind, name, expected) in cases {
            assert_eq!(Param::find(kind, name), expected, "{kind} {name}");
        }
    }

    #[test]
    fn the_stored_name_of_a_parameter_is_its_name() {
        for rule in RULES {
            assert_eq!(serde_json::to_value(rule.param).unwrap(), rule.param.as_str());
        }
    }

    #[test]
    fn every_definition_is_official_and_says_what_we_say() {
        let Some(folder) = shared::folder("fhir") else { return };
        for rule in RULES {
            let url = rule.param.definition(rule.kind).unwrap();
            let name = format!("SearchParameter-{}.json", url.rsplit('/').next().unwrap());
            let places = [
                "r4-core/package",
                "nl-core-r4/packages/nictiz.fhir.nl.r4.zib2020",
                "nl-core-r4/packages/nictiz.fhir.nl.r4.medicationprocess9",
            ];
            let text = places.iter().find_map(|place| std::fs::read_to_string(folder.join(place).join(&name)).ok());
            let official: serde_json::Value = serde_json::from_str(&text.expect(&name)).unwrap();
            assert_eq!(official["url"], url.as_str());
            assert_eq!(official["code"], rule.param.as_str());
            let bases = official["base"].as_array().unwrap();
            assert!(bases.iter().any(|base| base == rule.kind.as_str()), "{url} for {}", rule.kind);
            let ours = match rule.param.kind() {
                ParamType::Token => "token",
                ParamType::Date => "date",
            };
            assert!(official["type"] == ours || rule.param == Param::PeriodOfUse, "{url}");
        }
    }
}
