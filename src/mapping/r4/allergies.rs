//! An intolerance as AllergyIntolerance (his-to-fhir-mapping §9).
//!
//! The cause must come from SNK, SSK, HPK, thesaurus 122 or SNOMED CT. Where the source has another code or words
//! only, the element says that the code is not known and keeps the words.

use super::coded::concept;
use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{AllergyIntolerance, Annotation, CodeableConcept, Coding, Extension, Members};
use crate::domain::dossier::{AgentSystem, Allergy, AllergyReaction, AllergyStatus};
use crate::fhir::ResourceType;
use crate::mapping::parts::intolerances::{category, cause, criticality, manifestation, severity, verification};

/// The resource of one intolerance.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, allergy: &Allergy) {
    let id = ctx.id(ResourceType::AllergyIntolerance, origin.key());
    let (category, category_coding) = category(allergy.category, system::NULL_FLAVOR);
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
    let (code, display) = verification(allergy);
    Coding::shown(system::ALLERGY_VERIFICATION, code, display).into()
}

fn reaction(ctx: &Context<'_>, allergy: &Allergy) -> Option<Members> {
    let manifestation = manifestation(ctx, allergy)?;
    Some(Members::new().with("manifestation", [manifestation]).some("severity", allergy.severity.map(severity)))
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
