//! Treatment directives and advance directives as Consent.
//!
//! Why a directive ended has no place in zib 2017.

use super::codes::{extension, profile, system};
use super::types::{other, snomed, unknown};
use crate::domain::dossier::{AdvanceDirective, CodeSystem, Decision, Directive, RecordType};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, period};
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use crate::mapping::parts::lists;
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, ExtensionValue, Reference};

/// FHIR asks for a policy (ppc-1); Nictiz's examples name the law.
const POLICY: &str = "http://wetten.overheid.nl/";

/// The Consent of a treatment directive.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, directive: &Directive) {
    let kind = ResourceType::Consent;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let rests_on = directive
        .advance_directive
        .as_ref()
        .map(|key| ctx.link_of(kind, RecordType::AdvanceDirective, key, "Wilsverklaring"));
    let is_listed = directive
        .treatment
        .code
        .as_ref()
        .is_some_and(|(system, code)| *system == CodeSystem::Sct && lists::is_treatment(code));
    let treatment = if is_listed {
        concept(&ctx.words, &directive.treatment)
    } else {
        other(ctx.words.clean(&directive.treatment.display).unwrap_or("Onbekend".into()))
    };
    let restrictions = ctx.words.clean_some(directive.specification.as_deref());
    let restrictions = restrictions.filter(|_| directive.decision == Decision::Other).map(|words| {
        Members::new()
            .with("extension", [Extension::string(extension::DIRECTIVE_RESTRICTIONS, words)])
            .with("type", "deny")
    });
    let parties: Vec<Reference<'_>> =
        directive.agreed_with.iter().filter_map(|party| ctx.who(out, origin, "/agreed_with", Some(party))).collect();
    let remark = ctx.words.clean_some(directive.note.as_deref());
    let remark = remark.map(|words| Extension::string(extension::COMMENT, words));
    let lasts = period(directive.date.map(|day| day.to_string()), directive.end.map(|day| day.to_string()));
    let content = Members::new()
        .all("extension", remark.into_iter().chain([Extension::concept(extension::DIRECTIVE_TREATMENT, treatment)]))
        .with("modifierExtension", [Extension::concept(extension::DIRECTIVE_PERMITTED, permitted(directive.decision))])
        .with("identifier", own_identifier(id))
        .with("status", "active")
        .with("category", [CodeableConcept::from(snomed("11291000146105", "behandelaanwijzing"))])
        .with("patient", ctx.patient.to())
        .some("period", lasts)
        .some("dateTime", directive.date.map(|day| day.to_string()))
        .all("consentingParty", parties)
        .some("sourceReference", rests_on.as_ref().map(Link::to))
        .with("policy", [Members::new().with("uri", POLICY)])
        .all("except", restrictions);
    out.resource(origin, Draft::new(kind, id, profile::TREATMENT_DIRECTIVE, &content));
}

/// UNCONFIRMED: what is neither permitted nor refused is permitted with restrictions; zib 2017 has no other word.
fn permitted(decision: Decision) -> CodeableConcept<'static> {
    let (code, display) = match decision {
        Decision::Permit => ("JA", "Ja"),
        Decision::Deny => ("NEE", "Nee"),
        Decision::Other => ("JA_MAAR", "Ja, maar met beperkingen"),
    };
    Coding::shown(system::TREATMENT_PERMITTED, code, display).into()
}

/// The Consent of an advance directive.
pub(super) fn render_advance(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, directive: &AdvanceDirective) {
    let kind = ResourceType::Consent;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let episodes = ctx.episode_links(out, origin, &directive.episodes);
    let disorders = episodes
        .iter()
        .map(|links| Extension::new(extension::DISORDER, ExtensionValue::Reference(links.condition.to())));
    let remark = ctx.words.clean_some(directive.note.as_deref());
    let remark = remark.map(|words| Extension::string(extension::COMMENT, words));
    let words = ctx.words.clean_some(directive.kind_text.as_deref());
    let code = match directive.kind {
        Some(code) => {
            let display = lists::advance_directive(code);
            let coding = Coding::shown(system::ADVANCE_DIRECTIVE, code, display);
            CodeableConcept::of(vec![coding], words.unwrap_or(display.into()))
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
    let category = snomed("11341000146107", "levenstestament en wilsverklaring in dossier");
    let content = Members::new()
        .all("extension", disorders.chain(remark))
        .with("identifier", own_identifier(id))
        .with("status", "active")
        .with("category", [CodeableConcept::from(category), code])
        .with("patient", ctx.patient.to())
        .some("period", period(None, directive.end.map(|day| day.to_string())))
        .some("dateTime", directive.date.map(|day| day.to_string()))
        .some("_dateTime", directive.date.is_none().then(unknown))
        .all("consentingParty", representative)
        .with("policy", [Members::new().with("uri", POLICY)]);
    let strip = pointers("/extension", episodes.len());
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::ADVANCE_DIRECTIVE, &content) });
}
