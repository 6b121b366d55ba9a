//! The search parameters: their names, types, definitions, and where in a resource their values stand, in one table per
//! FHIR release.

mod r4;
mod stu3;

use serde::{Deserialize, Serialize};

use crate::fhir::{FhirRelease, ResourceType, ResourceType as R};

/// A search parameter of FHIR (or of Nictiz) that dvza can answer; `_id` and the result parameters are not among them.
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

    /// The name a release has for it on this type.
    pub fn name(self, release: FhirRelease, kind: ResourceType) -> &'static str {
        match release {
            FhirRelease::R4 => self.as_str(),
            FhirRelease::Stu3 => stu3::name(kind, self),
        }
    }

    /// The parameter this name means for this type: its own name, or the one STU3 had for it
    /// (fhir-data-services §4, §7.2).
    pub fn find(release: FhirRelease, kind: ResourceType, name: &str) -> Option<Self> {
        let name = match (kind, name) {
            (R::MedicationRequest | R::MedicationDispense | R::MedicationStatement, "periodofuse") => {
                Self::PeriodOfUse.as_str()
            }
            (R::DocumentReference, "indexed") => Self::Date.as_str(),
            _ => name,
        };
        let is_it = |param: &Self| param.as_str() == name || param.name(release, kind) == name;
        rules_of(release, kind).map(|rule| rule.param).find(is_it)
    }

    /// The parameter with this name, whichever type and release has it.
    pub fn of_name(name: &str) -> Option<Self> {
        let rules = FhirRelease::ALL.into_iter().flat_map(rules);
        rules.map(|rule| rule.param).find(|param| param.as_str() == name)
    }

    /// Does this type have this parameter?
    pub fn exists_on(self, release: FhirRelease, kind: ResourceType) -> bool {
        rules_of(release, kind).any(|rule| rule.param == self)
    }

    /// Canonical URL of the SearchParameter; `None` when the type does not have it.
    pub fn definition(self, release: FhirRelease, kind: ResourceType) -> Option<String> {
        let rule = rules_of(release, kind).find(|rule| rule.param == self)?;
        Some(match rule.definition.starts_with("http") {
            true => rule.definition.to_owned(),
            false => format!("http://hl7.org/fhir/SearchParameter/{}", rule.definition),
        })
    }

    /// The code system that a value without one belongs to: that of a `code` element, fixed by FHIR.
    pub(super) fn implied_system(self, release: FhirRelease, kind: ResourceType) -> Option<&'static str> {
        rules_of(release, kind).find(|rule| rule.param == self)?.implied
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
pub(super) fn rules_of(release: FhirRelease, kind: ResourceType) -> impl Iterator<Item = &'static Rule> {
    rules(release).iter().filter(move |rule| rule.kind == kind)
}

/// The parameters of every type.
const fn rules(release: FhirRelease) -> &'static [Rule] {
    match release {
        FhirRelease::R4 => r4::RULES,
        FhirRelease::Stu3 => stu3::RULES,
    }
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
            assert_eq!(Param::find(FhirRelease::R4, kind, name), expected, "{kind} {name}");
        }
        let of_stu3 = |kind, name| Param::find(FhirRelease::Stu3, kind, name);
        assert_eq!(of_stu3(R::MedicationRequest, "periodofuse"), Some(Param::PeriodOfUse));
        assert_eq!(
            of_stu3(R::MedicationRequest, "medicationtreatment"),
            Some(Param::PharmaceuticalTreatmentIdentifier)
        );
        assert_eq!(of_stu3(R::DocumentManifest, "created"), Some(Param::Date));
        assert_eq!(of_stu3(R::ServiceRequest, "status"), None);
    }

    #[test]
    fn the_stored_name_of_a_parameter_is_its_name() {
        for rule in FhirRelease::ALL.into_iter().flat_map(rules) {
            assert_eq!(Param::of_name(rule.param.as_str()), Some(rule.param));
            assert_eq!(serde_json::to_value(rule.param).unwrap(), rule.param.as_str());
        }
    }

    #[test]
    fn every_definition_is_official_and_says_what_we_say() {
        let Some(folder) = shared::folder("fhir") else { return };
        for rule in r4::RULES {
            let url = rule.param.definition(FhirRelease::R4, rule.kind).unwrap();
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
