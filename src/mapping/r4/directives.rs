//! Treatment directives and advance directives as Consent (nl-core-r4-profiles §2).

use super::coded::{comment, concept_or_other, other, period};
use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Link, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Extension, ExtensionValue, Members, Reference};
use crate::domain::dossier::{AdvanceDirective, CodeSystem, Decision, Directive, RecordType};
use crate::fhir::ResourceType;
use crate::mapping::parts::lists;

/// FHIR asks for a policy (ppc-1); nl-core's examples name the law.
const POLICY: &str = "https://wetten.overheid.nl/";

/// The Consent of a treatment directive (nl-core-TreatmentDirective2).
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, directive: &Directive) {
    let kind = ResourceType::Consent;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let rests_on = directive
        .advance_directive
        .as_ref()
        .map(|key| ctx.link_of(kind, RecordType::AdvanceDirective, key, "Wilsverklaring"));
    let specification = ctx.words.clean_some(directive.specification.as_deref());
    let specification = specification.filter(|_| directive.decision == Decision::Other);
    let decision = match directive.decision {
        Decision::Permit => Some("permit"),
        Decision::Deny => Some("deny"),
        Decision::Other => None,
    };
    let parties: Vec<Members> = directive
        .agreed_with
        .iter()
        .filter_map(|party| ctx.who(out, origin, "/agreed_with", Some(party)))
        .map(|party| actor("CONSENTER", "consenter", party))
        .collect();
    let ending = ctx.words.clean_some(directive.end_reason.as_deref());
    let is_listed = |system: CodeSystem, code: &str| system == CodeSystem::Sct && lists::is_treatment(code);
    let provision = Members::new()
        .all("extension", ending.map(|words| Extension::string(extension::REASON_FOR_ENDING, words)))
        .some("type", decision)
        .some("period", period(None, directive.end.map(|day| day.to_string())))
        .all("actor", parties)
        .with("code", [concept_or_other(&ctx.words, &directive.treatment, is_listed)]);
    let content = Members::new()
        .all("extension", comment(ctx, directive.note.as_deref()))
        .all("modifierExtension", specification.map(|words| Extension::string(extension::SPECIFICATION_OTHER, words)))
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("scope", scope("treatment", "Treatment"))
        .with(
            "category",
            [CodeableConcept::from(Coding::shown(system::SNOMED, "129125009", "verrichting met expliciete context"))],
        )
        .with("patient", ctx.patient.to())
        .some("dateTime", directive.date.map(|day| day.to_string()))
        .some("sourceReference", rests_on.as_ref().map(Link::to))
        .with("policy", [Members::new().with("uri", POLICY)])
        .with("provision", provision);
    out.resource(origin, Draft::new(kind, id, profile::TREATMENT_DIRECTIVE, &content));
}

/// The Consent of an advance directive (nl-core-AdvanceDirective).
pub(super) fn render_advance(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, directive: &AdvanceDirective) {
    let kind = ResourceType::Consent;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let episodes = ctx.episode_links(out, origin, &directive.episodes);
    let disorders = episodes
        .iter()
        .map(|links| Extension::new(extension::DISORDER, ExtensionValue::Reference(links.condition.to())));
    let words = ctx.words.clean_some(directive.kind_text.as_deref());
    let code = match directive.kind {
        Some(code) => {
            let display = lists::advance_directive(code);
            CodeableConcept::of(
                vec![Coding::shown(system::ADVANCE_DIRECTIVE, code, display)],
                words.unwrap_or(display.into()),
            )
        }
        None => other(words.unwrap_or("Wilsverklaring".into())),
    };
    let representative = directive.representative.as_ref().and_then(|key| {
        let person = ctx.contact_person(key);
        if person.is_none() {
            out.problem(origin, "/representative", "names a contact person that was not delivered");
        }
        person
    });
    let representative = representative.map(|person| actor("RESPRSN", "responsible party", person));
    let provision = Members::new()
        .some("period", period(None, directive.end.map(|day| day.to_string())))
        .all("actor", representative)
        .with("code", [code]);
    let content = Members::new()
        .all("extension", disorders.chain(comment(ctx, directive.note.as_deref())))
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("scope", scope("adr", "Advanced Care Directive"))
        .with("category", [CodeableConcept::from(Coding::shown(system::CONSENT_CATEGORY, "acd", "Advance Directive"))])
        .with("patient", ctx.patient.to())
        .some("dateTime", directive.date.map(|day| day.to_string()))
        .with("policy", [Members::new().with("uri", POLICY)])
        .with("provision", provision);
    let strip = super::context::pointers("/extension", episodes.len());
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::ADVANCE_DIRECTIVE, &content) });
}

fn scope(code: &'static str, display: &'static str) -> CodeableConcept<'static> {
    Coding::shown(system::CONSENT_SCOPE, code, display).into()
}

fn actor(code: &'static str, display: &'static str, who: Reference<'_>) -> Members {
    let role = CodeableConcept::from(Coding::shown(system::ROLE_CODE, code, display));
    Members::new().with("role", role).with("reference", who)
}
