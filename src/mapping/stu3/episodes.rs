//! An episode as EpisodeOfCare, Condition and, with attention value, Flag (his-to-fhir-mapping §5).
//!
//! An EpisodeOfCare also tells when it was first and last spoken about. Those are dates of other items: each is tied to
//! its contact, and to a report of that contact about this episode, and goes when they are not shown.

use super::codes::{extension, profile, system};
use super::types::{snomed, specification};
use crate::domain::dossier::{Attention, ContactKind, Episode, EpisodeStatus, SourceId};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::links::Link;
use crate::mapping::parts::context::{ContactLinks, Context, Draft, EpisodeLinks, Origin, Output, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::problems::{is_complaint, problem_name, title};
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, ExtensionValue, Period};
use crate::mapping::parts::visits::moment;

/// All resources of one episode.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, episode: &Episode) {
    // Every episode of the dossier has its links: they are made of the same list.
    let Some(links) = ctx.episodes.get(origin.key().as_str()) else { return };
    render_episode(ctx, out, origin, episode, links);
    render_problem(ctx, out, origin, episode, links.condition.id);
    if episode.attention == Attention::Yes {
        render_attention(ctx, out, origin, episode, links);
    }
}

fn render_episode(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    episode: &Episode,
    links: &EpisodeLinks<'_>,
) {
    let id = links.episode.id;
    let (mut extensions, ties) = encounters(ctx, origin.key());
    extensions.extend(title(&ctx.words, episode).map(|title| Extension::string(extension::EPISODE_TITLE, title)));
    let status = match episode.status {
        EpisodeStatus::Open => "active",
        EpisodeStatus::Closed => "finished",
    };
    // UNCONFIRMED: the code is that of Nictiz's examples, the words are those of SNOMED CT.
    let kind = snomed("64572001", "aandoening");
    let content = Members::new()
        .all("extension", extensions)
        .with("identifier", [own_identifier(id)])
        .with("status", status)
        .with("type", [CodeableConcept::from(kind)])
        .with("diagnosis", [Members::new().with("condition", links.condition.to())])
        .with("patient", ctx.patient.to())
        .with("managingOrganization", ctx.practice.organization.to())
        .with("period", Period::of(episode.start.to_string(), episode.end.map(|end| end.to_string())));
    let draft = Draft::new(ResourceType::EpisodeOfCare, id, profile::EPISODE, &content);
    out.resource(origin, Draft { ties, ..draft });
}

/// The dates of the first and the last contact about an episode, each with what it is tied to.
fn encounters(ctx: &Context<'_>, episode: &SourceId) -> (Vec<Extension<'static>>, Vec<Link>) {
    let spoken = spoken_about(ctx, episode);
    let ends = [(extension::FIRST_ENCOUNTER, spoken.first()), (extension::LAST_ENCOUNTER, spoken.last())];
    let (mut extensions, mut ties) = (Vec::new(), Vec::new());
    for (url, spoken) in ends {
        let Some(Spoken { contact, reports }) = spoken else { continue };
        let place = format!("/extension/{}", extensions.len());
        ties.push(Link::tie(&place, ResourceType::Encounter, contact.encounter.id, reports.clone()));
        extensions.push(Extension::new(url, ExtensionValue::DateTime(moment(&contact.record.d))));
    }
    (extensions, ties)
}

/// A contact in which an episode was spoken about, and its reports that say so.
struct Spoken<'c> {
    contact: &'c ContactLinks<'c>,
    reports: Vec<ResourceId>,
}

/// The contacts about an episode, the first of them first. A memo is no encounter.
fn spoken_about<'c>(ctx: &'c Context<'_>, episode: &SourceId) -> Vec<Spoken<'c>> {
    let mut spoken: Vec<Spoken<'c>> = Vec::new();
    for entry in ctx.threads.entries_about(episode) {
        let contact = ctx.contacts.get(entry.d.contact.as_str());
        let Some(contact) = contact.filter(|links| links.record.d.kind != ContactKind::Memo) else { continue };
        let report = ctx.id(ResourceType::Composition, &entry.id);
        match spoken.iter_mut().find(|known| known.contact.encounter.id == contact.encounter.id) {
            Some(known) => known.reports.push(report),
            None => spoken.push(Spoken { contact, reports: vec![report] }),
        }
    }
    spoken.sort_by_key(|spoken| (spoken.contact.record.d.start, spoken.contact.encounter.id));
    spoken
}

fn render_problem(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, episode: &Episode, id: ResourceId) {
    let is_active = episode.status == EpisodeStatus::Open;
    let content = state(id, is_active)
        .all("category", episode.icpc.as_deref().map(|code| problem_type(!is_complaint(code))))
        .with("code", problem_name(&ctx.words, episode))
        .with("subject", ctx.patient.to())
        .with("onsetDateTime", episode.start.to_string())
        // An active problem cannot have ended (con-4).
        .some("abatementDateTime", episode.end.filter(|_| !is_active).map(|end| end.to_string()));
    out.resource(origin, Draft::new(ResourceType::Condition, id, profile::PROBLEM, &content));
}

/// How a problem begins: its identifier, and that it is or was there.
pub(super) fn state(id: ResourceId, is_active: bool) -> Members {
    let (clinical, code, display) =
        if is_active { ("active", "55561003", "Actueel") } else { ("inactive", "73425007", "Niet actueel") };
    Members::new()
        .with("identifier", [own_identifier(id)])
        .with("clinicalStatus", clinical)
        .with("_clinicalStatus", specification(snomed(code, display)))
        .with("verificationStatus", "confirmed")
        .with("_verificationStatus", specification(snomed("410605003", "aanwezigheid bevestigd")))
}

/// The kind of problem: a diagnosis or a complaint.
pub(super) fn problem_type(is_diagnosis: bool) -> CodeableConcept<'static> {
    if is_diagnosis { snomed("282291009", "Diagnose").into() } else { snomed("409586006", "Klacht").into() }
}

/// The Flag that says that an episode asks for attention. Its code is that of the episode, which it names.
fn render_attention(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    episode: &Episode,
    links: &EpisodeLinks<'_>,
) {
    let id = ctx.id(ResourceType::Flag, origin.key());
    let start = episode.attention_start.unwrap_or(episode.start);
    let detail = ExtensionValue::Reference(links.episode.to());
    let content = Members::new()
        .with("extension", [Extension::new(extension::FLAG_DETAIL, detail)])
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("category", alert())
        .with("code", problem_name(&ctx.words, episode))
        .with("subject", ctx.patient.to())
        .with("period", Period::of(start.to_string(), None))
        .some("author", ctx.role_of(out, origin, "/attention_by", episode.attention_by.as_ref()));
    out.resource(origin, Draft::new(ResourceType::Flag, id, profile::ALERT, &content));
}

/// What every alert is: one category, the same for all (gp-data fixtures).
pub(super) fn alert() -> CodeableConcept<'static> {
    Coding::shown(system::LOINC, "74018-3", "waarschuwing").into()
}
