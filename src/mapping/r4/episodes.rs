//! An episode as EpisodeOfCare, Condition and, with attention value, Flag (his-to-fhir-mapping §5).

use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{
    CodeableConcept, Coding, Condition, Diagnosis, EpisodeOfCare, Extension, ExtensionValue, Flag, Period, Reference,
};
use crate::domain::dossier::{Attention, Episode, EpisodeStatus};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::mapping::parts::problems::{is_complaint, problem_name, title};

/// All resources of one episode.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, episode: &Episode) {
    // Every episode of the dossier has its links: they are made of the same list.
    let Some(links) = ctx.episodes.get(origin.key().as_str()) else { return };
    let content = episode_of_care(ctx, episode, links.episode.id, links.condition.to());
    out.resource(origin, Draft::new(ResourceType::EpisodeOfCare, links.episode.id, profile::EPISODE, &content));
    let content = condition(ctx, episode, links.condition.id);
    out.resource(origin, Draft::new(ResourceType::Condition, links.condition.id, profile::PROBLEM, &content));
    if episode.attention == Attention::Yes {
        let id = ctx.id(ResourceType::Flag, origin.key());
        let author = ctx.role_of(out, origin, "/attention_by", episode.attention_by.as_ref());
        let content = flag(ctx, episode, id, links.condition.to(), author);
        out.resource(origin, Draft::new(ResourceType::Flag, id, profile::ALERT, &content));
    }
}

fn episode_of_care<'a>(
    ctx: &'a Context<'_>,
    episode: &'a Episode,
    id: ResourceId,
    condition: Reference<'a>,
) -> EpisodeOfCare<'a> {
    let name = title(&ctx.words, episode).map(|title| Extension::string(extension::EPISODE_NAME, title));
    EpisodeOfCare {
        extension: name.into_iter().collect(),
        identifier: [own_identifier(id)],
        status: match episode.status {
            EpisodeStatus::Open => "active",
            EpisodeStatus::Closed => "finished",
        },
        diagnosis: [Diagnosis { condition }],
        patient: ctx.patient.to(),
        managing_organization: ctx.practice.organization.to(),
        period: Period::of(episode.start.to_string(), episode.end.map(|end| end.to_string())),
    }
}

fn condition<'a>(ctx: &'a Context<'_>, episode: &'a Episode, id: ResourceId) -> Condition<'a> {
    let (clinical, shown, abatement) = match episode.status {
        EpisodeStatus::Open => ("active", "Active", None),
        EpisodeStatus::Closed => ("inactive", "Inactive", episode.end),
    };
    Condition {
        identifier: [own_identifier(id)],
        clinical_status: Coding::shown(system::CONDITION_CLINICAL, clinical, shown).into(),
        verification_status: CodeableConcept {
            coding: vec![
                Coding::shown(system::CONDITION_VERIFICATION, "confirmed", "Confirmed"),
                Coding::shown(system::SNOMED, "410605003", "aanwezigheid bevestigd"),
            ],
            ..CodeableConcept::default()
        },
        category: episode.icpc.as_deref().map(problem_type).into_iter().collect(),
        code: problem_name(&ctx.words, episode),
        subject: ctx.patient.to(),
        onset_date_time: episode.start.to_string(),
        // An active problem cannot have ended (con-4).
        abatement_date_time: abatement.map(|end| end.to_string()),
    }
}

fn flag<'a>(
    ctx: &'a Context<'_>,
    episode: &'a Episode,
    id: ResourceId,
    condition: Reference<'a>,
    author: Option<Reference<'a>>,
) -> Flag<'a> {
    // With flag-detail the code must say that it does not apply; the ICPC code stands beside it (zib-Alert-2).
    let mut code = problem_name(&ctx.words, episode);
    code.extension.clear();
    code.coding.insert(0, Coding::shown(system::DATA_ABSENT_REASON, "not-applicable", "Not Applicable"));
    Flag {
        extension: [Extension::new(extension::FLAG_DETAIL, ExtensionValue::Reference(condition))],
        identifier: [own_identifier(id)],
        status: "active",
        category: [Coding::shown(system::LOINC, "75323-6", "Condition").into()],
        code,
        subject: ctx.patient.to(),
        period: Period::of(episode.attention_start.unwrap_or(episode.start).to_string(), None),
        author,
    }
}

/// The kind of problem that an ICPC code stands for.
fn problem_type(icpc: &str) -> CodeableConcept<'static> {
    let coding = if is_complaint(icpc) {
        Coding::shown(system::SNOMED, "409586006", "klacht")
    } else {
        Coding::shown(system::SNOMED, "282291009", "interpretatie van diagnose")
    };
    coding.into()
}
