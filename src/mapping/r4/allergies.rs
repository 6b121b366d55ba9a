//! An intolerance as AllergyIntolerance (his-to-fhir-mapping §9).
//!
//! The cause must come from SNK, SSK, HPK, thesaurus 122 or SNOMED CT. Where the source has another code or words
//! only, the element says that the code is not known and keeps the words.

use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{AllergyIntolerance, Annotation, CodeableConcept, Coding, Extension, Reaction, Text};
use crate::domain::dossier::{Agent, AgentSystem, Allergy, AllergyCategory, AllergyStatus, Severity};
use crate::fhir::ResourceType;

/// The resource of one intolerance.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, allergy: &Allergy) {
    let id = ctx.id(ResourceType::AllergyIntolerance, origin.key());
    let (category, category_coding) = category(allergy.category);
    let content = AllergyIntolerance {
        identifier: [own_identifier(id)],
        clinical_status: clinical_status(allergy.status),
        verification_status: verification_status(allergy.status),
        category: category.into_iter().collect(),
        category_elements: [Extension::specification(category_coding).into()],
        code: cause(ctx, &allergy.agent),
        patient: ctx.patient.to(),
        onset_date_time: allergy.onset.map(|onset| onset.to_fhir()),
        note: ctx.words.clean_some(allergy.note.as_deref()).map(|text| Annotation { text }).into_iter().collect(),
        reaction: reaction(ctx, allergy).into_iter().collect(),
    };
    out.resource(origin, Draft::new(ResourceType::AllergyIntolerance, id, profile::ALLERGY, &content));
}

/// Entered in error has no clinical status (ait-2).
fn clinical_status(status: AllergyStatus) -> Option<CodeableConcept<'static>> {
    let (code, display) = match status {
        AllergyStatus::Active => ("active", "Active"),
        AllergyStatus::Inactive => ("inactive", "Inactive"),
        AllergyStatus::Error => return None,
    };
    Some(Coding::shown(system::ALLERGY_CLINICAL, code, display).into())
}

fn verification_status(status: AllergyStatus) -> CodeableConcept<'static> {
    let (code, display) = match status {
        AllergyStatus::Active | AllergyStatus::Inactive => ("confirmed", "Confirmed"),
        AllergyStatus::Error => ("entered-in-error", "Entered in Error"),
    };
    Coding::shown(system::ALLERGY_VERIFICATION, code, display).into()
}

/// FHIR's category and the zib's; "other" has none of FHIR's (nl-core-r4-profiles §0.3).
fn category(category: AllergyCategory) -> (Option<&'static str>, Coding<'static>) {
    let snomed = |code: &'static str, display: &'static str| Coding::shown(system::SNOMED, code, display);
    match category {
        AllergyCategory::Medication => {
            (Some("medication"), snomed("419511003", "neiging tot ongewenste reactie op medicatie en/of drug"))
        }
        AllergyCategory::Food => (Some("food"), snomed("418471000", "neiging tot ongewenste reactie op voedsel")),
        AllergyCategory::Environment => (Some("environment"), snomed("426232007", "omgevingsgerelateerde allergie")),
        AllergyCategory::Other => (None, Coding::shown(system::NULL_FLAVOR, "OTH", "Anders")),
    }
}

fn cause<'a>(ctx: &Context<'_>, agent: &'a Agent) -> CodeableConcept<'a> {
    let words = ctx.words.clean(&agent.display);
    let text = |code: &str| words.clone().unwrap_or_else(|| Text::Owned(format!("Code {code}")));
    match (system_of(agent.system), agent.code.as_deref()) {
        (Some(Allowed::Yes(system)), Some(code)) => CodeableConcept::of(vec![Coding::new(system, code)], text(code)),
        (Some(Allowed::No(system)), Some(code)) => {
            CodeableConcept::uncoded(vec![Coding::new(system, code)], text(code))
        }
        _ => CodeableConcept::uncoded(Vec::new(), words.unwrap_or("Oorzaak onbekend".into())),
    }
}

/// A code system, and whether the required list of causes has it.
enum Allowed {
    Yes(&'static str),
    No(&'static str),
}

fn system_of(agent: AgentSystem) -> Option<Allowed> {
    match agent {
        AgentSystem::GSnk => Some(Allowed::Yes(system::SNK)),
        AgentSystem::GSsk => Some(Allowed::Yes(system::SSK)),
        AgentSystem::GHpk => Some(Allowed::Yes(system::HPK)),
        AgentSystem::GTh122 => Some(Allowed::Yes(system::THESAURUS_122)),
        AgentSystem::Sct => Some(Allowed::Yes(system::SNOMED)),
        AgentSystem::GGpk => Some(Allowed::No(system::GPK)),
        AgentSystem::Text => None,
    }
}

/// What happens, in the source's words; a severity without words says that the manifestation is not known.
fn reaction<'a>(ctx: &Context<'_>, allergy: &'a Allergy) -> Option<Reaction<'a>> {
    let words = ctx.words.clean_some(allergy.reaction.as_deref());
    let severity = allergy.severity.map(|severity| match severity {
        Severity::Mild => "mild",
        Severity::Moderate => "moderate",
        Severity::Severe => "severe",
    });
    let manifestation = match (words, severity) {
        (None, None) => return None,
        (Some(words), _) => CodeableConcept::words(words),
        (None, Some(_)) => {
            CodeableConcept { extension: vec![Extension::absent("unknown")], ..CodeableConcept::default() }
        }
    };
    Some(Reaction { manifestation: [manifestation], severity })
}
