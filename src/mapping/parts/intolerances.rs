//! What every release says of an intolerance: its cause, its category, how sure, how bad (his-to-fhir-mapping §9).

use super::codes::system;
use super::context::Context;
use super::types::{CodeableConcept, Coding, Extension, Text};
use crate::domain::dossier::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyStatus, Criticality, Severity, Verification,
};

/// How sure it is, as FHIR codes and names it; without a word it is confirmed.
pub(in crate::mapping) fn verification(allergy: &Allergy) -> (&'static str, &'static str) {
    match (allergy.status, allergy.verification) {
        (AllergyStatus::Error, _) => ("entered-in-error", "Entered in Error"),
        (_, Some(Verification::Unconfirmed)) => ("unconfirmed", "Unconfirmed"),
        (_, Some(Verification::Refuted)) => ("refuted", "Refuted"),
        (_, Some(Verification::Confirmed) | None) => ("confirmed", "Confirmed"),
    }
}

/// FHIR's category and the zib's; "other" has none of FHIR's, and of the zib's the one of this list of null flavors.
pub(in crate::mapping) fn category(
    category: AllergyCategory,
    null_flavor: &'static str,
) -> (Option<&'static str>, Coding<'static>) {
    let snomed = |code: &'static str, display: &'static str| Coding::shown(system::SNOMED, code, display);
    match category {
        AllergyCategory::Medication => {
            (Some("medication"), snomed("419511003", "neiging tot ongewenste reactie op medicatie en/of drug"))
        }
        AllergyCategory::Food => (Some("food"), snomed("418471000", "neiging tot ongewenste reactie op voedsel")),
        AllergyCategory::Environment => (Some("environment"), snomed("426232007", "omgevingsgerelateerde allergie")),
        AllergyCategory::Other => (None, Coding::shown(null_flavor, "OTH", "Anders")),
    }
}

/// The list is required: a code of another system may not stand there, so only its words stay.
pub(in crate::mapping) fn cause<'a>(ctx: &Context<'_>, agent: &'a Agent) -> CodeableConcept<'a> {
    let words = ctx.words.clean(&agent.display);
    match (system_of(agent.system), agent.code.as_deref()) {
        (Some(system), Some(code)) => {
            let text = words.unwrap_or_else(|| Text::Owned(format!("Code {code}")));
            CodeableConcept::of(vec![Coding::new(system, code)], text)
        }
        _ => CodeableConcept::uncoded(Vec::new(), words.unwrap_or("Oorzaak onbekend".into())),
    }
}

/// The system of a code that the required list of causes has.
fn system_of(agent: AgentSystem) -> Option<&'static str> {
    match agent {
        AgentSystem::GSnk => Some(system::SNK),
        AgentSystem::GSsk => Some(system::SSK),
        AgentSystem::GHpk => Some(system::HPK),
        AgentSystem::GTh122 => Some(system::THESAURUS_122),
        AgentSystem::Sct => Some(system::SNOMED),
        AgentSystem::GGpk | AgentSystem::Text => None,
    }
}

/// What happens, in the source's words, when anything is known of it; a severity without words says that the
/// manifestation is not known.
pub(in crate::mapping) fn manifestation<'a>(ctx: &Context<'_>, allergy: &'a Allergy) -> Option<CodeableConcept<'a>> {
    match (ctx.words.clean_some(allergy.reaction.as_deref()), allergy.severity) {
        (None, None) => None,
        (Some(words), _) => Some(CodeableConcept::words(words)),
        (None, Some(_)) => {
            Some(CodeableConcept { extension: vec![Extension::absent("unknown")], ..CodeableConcept::default() })
        }
    }
}

/// How bad a reaction was.
pub(in crate::mapping) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Mild => "mild",
        Severity::Moderate => "moderate",
        Severity::Severe => "severe",
    }
}

/// How bad it may become: FHIR's code and the zib's (nl-core-r4-profiles §0.3).
pub(in crate::mapping) fn criticality(criticality: Criticality) -> (&'static str, Coding<'static>) {
    let snomed = |code: &'static str, display: &'static str| Coding::shown(system::SNOMED, code, display);
    match criticality {
        Criticality::Mild => ("low", snomed("255604002", "licht")),
        Criticality::Moderate => ("high", snomed("6736007", "matig")),
        Criticality::Severe => ("high", snomed("24484000", "ernstig")),
        Criticality::Fatal => ("high", snomed("399166001", "fataal")),
    }
}
