//! An intolerance as AllergyIntolerance (his-to-fhir-mapping §9).
//!
//! The cause must come from SNK, SSK, HPK, thesaurus 122 or SNOMED CT. Where the source has another code or words
//! only, the element says that the code is not known and keeps the words.

use super::coded::concept;
use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{AllergyIntolerance, Annotation, CodeableConcept, Coding, Extension, Members, Text};
use crate::domain::dossier::{
    Agent, AgentSystem, Allergy, AllergyCategory, AllergyReaction, AllergyStatus, Criticality, Severity, Verification,
};
use crate::fhir::ResourceType;

/// The resource of one intolerance.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, allergy: &Allergy) {
    let id = ctx.id(ResourceType::AllergyIntolerance, origin.key());
    let (category, category_coding) = category(allergy.category);
    let criticality = allergy.criticality.map(criticality);
    if allergy.agent.system == AgentSystem::GGpk {
        out.problem(origin, "/agent/code", "has a code of a system that the list of causes does not have");
    }
    let content = AllergyIntolerance {
        identifier: [own_identifier(id)],
        clinical_status: clinical_status(allergy.status),
        verification_status: verification_status(allergy),
        category: category.into_iter().collect(),
        category_elements: [Extension::specification(category_coding).into()],
        criticality: criticality.as_ref().map(|(code, _)| *code),
        criticality_element: criticality.map(|(_, coding)| Extension::specification(coding).into()),
        code: cause(ctx, &allergy.agent),
        patient: ctx.patient.to(),
        onset_date_time: allergy.onset.map(|onset| onset.to_fhir()),
        recorded_date: allergy.recorded.map(|day| day.to_string()),
        recorder: ctx.role_of(out, origin, "/recorder", allergy.recorder.as_ref()),
        last_occurrence: allergy.last_reaction.map(|at| at.to_fhir()),
        note: ctx.words.clean_some(allergy.note.as_deref()).map(|text| Annotation { text }).into_iter().collect(),
        reaction: reaction(ctx, allergy)
            .into_iter()
            .chain(allergy.reactions.iter().map(|each| reaction_of(ctx, each)))
            .collect(),
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

fn verification_status(allergy: &Allergy) -> CodeableConcept<'static> {
    let (code, display) = match (allergy.status, allergy.verification) {
        (AllergyStatus::Error, _) => ("entered-in-error", "Entered in Error"),
        (_, Some(Verification::Unconfirmed)) => ("unconfirmed", "Unconfirmed"),
        (_, Some(Verification::Refuted)) => ("refuted", "Refuted"),
        (_, Some(Verification::Confirmed) | None) => ("confirmed", "Confirmed"),
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

/// The list is required: a code of another system may not stand there, so only its words stay.
fn cause<'a>(ctx: &Context<'_>, agent: &'a Agent) -> CodeableConcept<'a> {
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

/// What happens, in the source's words; a severity without words says that the manifestation is not known.
fn reaction(ctx: &Context<'_>, allergy: &Allergy) -> Option<Members> {
    let words = ctx.words.clean_some(allergy.reaction.as_deref());
    let severity = allergy.severity.map(severity);
    let manifestation = match (words, severity) {
        (None, None) => return None,
        (Some(words), _) => CodeableConcept::words(words),
        (None, Some(_)) => {
            CodeableConcept { extension: vec![Extension::absent("unknown")], ..CodeableConcept::default() }
        }
    };
    Some(Members::new().with("manifestation", [manifestation]).some("severity", severity))
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Mild => "mild",
        Severity::Moderate => "moderate",
        Severity::Severe => "severe",
    }
}

/// A reaction in parts.
fn reaction_of(ctx: &Context<'_>, reaction: &AllergyReaction) -> Members {
    Members::new()
        .some("substance", reaction.substance.as_ref().map(|substance| cause(ctx, substance)))
        .with("manifestation", [concept(&ctx.words, &reaction.symptom)])
        .some("description", ctx.words.clean_some(reaction.description.as_deref()))
        .some("onset", reaction.at.map(|at| at.to_fhir()))
        .some("severity", reaction.severity.map(severity))
}

/// FHIR's code and the zib's (nl-core-r4-profiles §0.3).
fn criticality(criticality: Criticality) -> (&'static str, Coding<'static>) {
    let snomed = |code: &'static str, display: &'static str| Coding::shown(system::SNOMED, code, display);
    match criticality {
        Criticality::Mild => ("low", snomed("255604002", "licht")),
        Criticality::Moderate => ("high", snomed("6736007", "matig")),
        Criticality::Severe => ("high", snomed("24484000", "ernstig")),
        Criticality::Fatal => ("high", snomed("399166001", "fataal")),
    }
}
