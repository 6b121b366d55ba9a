//! Contra-indications and attention lines as Flag (his-to-fhir-mapping §9, §13).

use super::coded::{comment, concept, other, period};
use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Extension, Members};
use crate::domain::dossier::{Alert, ContraIndication};
use crate::fhir::ResourceType;
use crate::mapping::parts::titles::is_alert_name;

/// The Flag of a contra-indication. nl-core binds it to thesaurus 40; words alone claim the base.
pub(super) fn render_contra_indication(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    contra: &ContraIndication,
) {
    let id = ctx.id_of(ResourceType::Flag, origin.record_type(), origin.key());
    let text = ctx.words.clean(&contra.display).unwrap_or("Contra-indicatie".into());
    let coding = contra
        .code
        .as_deref()
        .map(|code| Coding { display: Some(text.clone()), ..Coding::new(system::THESAURUS_40, code) });
    let closure = ctx.words.clean_some(contra.end_reason.as_deref());
    let closure = closure.map(|words| Extension::string(extension::REASON_CLOSURE, words));
    let extensions = comment(ctx, contra.note.as_deref()).into_iter().chain(closure.filter(|_| contra.code.is_some()));
    let category =
        Coding::shown(system::SNOMED, "140401000146105", "contra-indicatie met betrekking op medicatiebewaking");
    let content = Members::new()
        .all("extension", extensions)
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("category", [CodeableConcept::from(category)])
        .with("code", CodeableConcept::of(coding.into_iter().collect(), text))
        .with("subject", ctx.patient.to())
        .some("period", period(Some(contra.start.to_string()), contra.end.map(|end| end.to_string())))
        .some("author", ctx.role_of(out, origin, "/author", contra.author.as_ref()));
    let profile = if contra.code.is_some() { profile::CONTRA_INDICATION } else { profile::FLAG };
    out.resource(origin, Draft::new(ResourceType::Flag, id, profile, &content));
}

/// The Flag of an attention line; a name outside the zib's list is "other" with its words.
pub(super) fn render_alert(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, alert: &Alert) {
    let id = ctx.id_of(ResourceType::Flag, origin.record_type(), origin.key());
    let text = ctx.words.clean(&alert.text).unwrap_or("Attentieregel".into());
    let code = match &alert.name {
        Some(name) if is_alert_name(name) => concept(&ctx.words, name),
        Some(name) => other(ctx.words.clean(&name.display).unwrap_or("Onbekend".into())),
        None => other(text.clone()),
    };
    // With a name of its own the line is the remark that goes with it.
    let remark = alert.name.as_ref().and_then(|_| comment(ctx, Some(&alert.text)));
    let content = Members::new()
        .all("extension", remark)
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("category", [CodeableConcept::from(Coding::shown(system::LOINC, "74018-3", "Alert"))])
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("period", period(Some(alert.start.to_string()), alert.end.map(|end| end.to_string())))
        .some("author", ctx.role_of(out, origin, "/author", alert.author.as_ref()));
    out.resource(origin, Draft::new(ResourceType::Flag, id, profile::ALERT, &content));
}
