//! An intolerance as AllergyIntolerance (his-to-fhir-mapping §9): codes where R4 has concepts, with the zib's beside them.

use super::codes::{profile, system};
use super::types::{snomed, specification};
use crate::domain::dossier::{AgentSystem, Allergy, AllergyReaction, AllergyStatus, Severity};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, notes};
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::intolerances::{category, cause, criticality, manifestation, severity, verification};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Element};

/// The resource of one intolerance.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, allergy: &Allergy) {
    let id = ctx.id(ResourceType::AllergyIntolerance, origin.key());
    if allergy.agent.system == AgentSystem::GGpk {
        out.problem(origin, "/agent/code", "has a code of a system that the list of causes does not have");
    }
    let (clinical, of_zib) = clinical_status(allergy.status).unzip();
    let (verification, _) = verification(allergy);
    let (category, category_of_zib) = category(allergy.category, system::NULL_FLAVOR);
    let (criticality, criticality_of_zib) = allergy.criticality.map(criticality).unzip();
    let reactions = allergy.reactions.iter().map(|each| reaction_of(ctx, each));
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .some("clinicalStatus", clinical)
        .some("_clinicalStatus", of_zib)
        .with("verificationStatus", verification)
        .all("category", category)
        .with("_category", [specification(category_of_zib)])
        .some("criticality", criticality)
        .some("_criticality", criticality_of_zib.map(specification))
        .with("code", cause(ctx, &allergy.agent))
        .with("patient", ctx.patient.to())
        .some("onsetDateTime", allergy.onset.map(|onset| onset.to_fhir()))
        .some("assertedDate", allergy.recorded.map(|day| day.to_string()))
        .some("recorder", ctx.role_of(out, origin, "/recorder", allergy.recorder.as_ref()))
        .some("lastOccurrence", allergy.last_reaction.map(|at| at.to_fhir()))
        .all("note", notes(ctx, allergy.note.as_deref()))
        .all("reaction", reaction(ctx, allergy).into_iter().chain(reactions));
    out.resource(origin, Draft::new(ResourceType::AllergyIntolerance, id, profile::ALLERGY, &content));
}

/// Entered in error has no clinical status (ait-2).
fn clinical_status(status: AllergyStatus) -> Option<(&'static str, Element<'static>)> {
    let of_zib =
        |code: &'static str, display: &'static str| specification(Coding::shown(system::ACT_STATUS, code, display));
    match status {
        AllergyStatus::Active => Some(("active", of_zib("active", "Active"))),
        AllergyStatus::Inactive => Some(("inactive", of_zib("obsolete", "Obsolete"))),
        AllergyStatus::Error => None,
    }
}

fn reaction(ctx: &Context<'_>, allergy: &Allergy) -> Option<Members> {
    let manifestation = listed(manifestation(ctx, allergy)?);
    Some(with_severity(Members::new().with("manifestation", [manifestation]), allergy.severity))
}

/// The zib's list of symptoms is closed, and has "other" for what is known in words only or not at all.
fn listed(mut symptom: CodeableConcept<'_>) -> CodeableConcept<'_> {
    if symptom.coding.is_empty() {
        symptom.coding.push(Coding::shown(system::NULL_FLAVOR, "OTH", "Anders"));
    }
    symptom
}

/// A reaction in parts.
fn reaction_of(ctx: &Context<'_>, reaction: &AllergyReaction) -> Members {
    let members = Members::new()
        .some("substance", reaction.substance.as_ref().map(|substance| cause(ctx, substance)))
        .with("manifestation", [listed(concept(&ctx.words, &reaction.symptom))])
        .some("description", ctx.words.clean_some(reaction.description.as_deref()))
        .some("onset", reaction.at.map(|at| at.to_fhir()));
    with_severity(members, reaction.severity)
}

fn with_severity(members: Members, of: Option<Severity>) -> Members {
    let of_zib = of.map(|of| {
        specification(match of {
            Severity::Mild => snomed("255604002", "licht"),
            Severity::Moderate => snomed("6736007", "matig"),
            Severity::Severe => snomed("24484000", "ernstig"),
        })
    });
    members.some("severity", of.map(severity)).some("_severity", of_zib)
}
