//! Treatments as Procedure, prophylaxis, referrals and orders as ProcedureRequest, and appointments
//! (his-to-fhir-mapping §13).

use super::codes::{profile, system};
use super::types::{body_site, caregiver, snomed};
use crate::domain::dossier::{Appointment, AppointmentStatus, CodeSystem, Order, Prophylaxis, Referral, Treatment};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, is_of, notes, period};
use crate::mapping::parts::context::{Context, Draft, EpisodeLinks, Origin, Output, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::problems::icpc;
use crate::mapping::parts::types::{Annotation, CodeableConcept, Coding, Identifier, Reference, Text};

/// The pointers of those members that are there.
fn told<const N: usize>(members: [(&str, bool); N]) -> Vec<String> {
    members.into_iter().filter(|(_, is_there)| *is_there).map(|(pointer, _)| pointer.to_owned()).collect()
}

fn conditions<'l>(episodes: &'l [&'l EpisodeLinks<'_>]) -> impl Iterator<Item = Reference<'l>> {
    episodes.iter().map(|links| links.condition.to())
}

/// The Procedure of a treatment.
pub(super) fn render_treatment(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, treatment: &Treatment) {
    let id = ctx.id(ResourceType::Procedure, origin.key());
    let episodes = ctx.episode_links(out, origin, &treatment.episodes);
    let text = ctx.words.clean(&treatment.code_text).unwrap_or("Behandeling".into());
    let code = match &treatment.procedure {
        Some(procedure) => concept(&ctx.words, procedure),
        None => CodeableConcept::words(text),
    };
    let site = match &treatment.body_site {
        Some(site) => Some(body_site(&ctx.words, site)),
        None => ctx.words.clean_some(treatment.side.as_deref()).map(CodeableConcept::words),
    };
    // NHG table 49 holds operations and the like: with it the BgZ, which asks for surgical procedures, finds the treatment.
    let is_surgical = treatment.procedure.as_ref().is_some_and(|procedure| is_of(procedure, &[CodeSystem::Nhg49]));
    // The profile wants a category of every treatment; of the others it is not known.
    let category = if is_surgical {
        CodeableConcept::from(snomed("387713003", "chirurgische verrichting"))
    } else {
        CodeableConcept::uncoded(Vec::new(), "Behandeling")
    };
    let start = treatment.date.map(|date| date.to_fhir());
    let end = treatment.end.map(|day| day.to_string());
    let performer = caregiver(ctx, out, origin, treatment.performer.as_ref());
    let role = || CodeableConcept::from(Coding::shown(system::PARTICIPATION, "PRF", "Uitvoerder"));
    let note = notes(ctx, treatment.note.as_deref());
    let strip = told([("/reasonReference", !episodes.is_empty()), ("/note", note.is_some())]);
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "completed")
        .with("category", category)
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("performedDateTime", start.clone().filter(|_| end.is_none()))
        .some("performedPeriod", end.clone().and_then(|end| period(start, Some(end))))
        .all("performer", performer.map(|actor| Members::new().with("role", role()).with("actor", actor)))
        .all("reasonReference", conditions(&episodes))
        .all("bodySite", site)
        .all("note", note);
    out.resource(origin, Draft { strip, ..Draft::new(ResourceType::Procedure, id, profile::PROCEDURE, &content) });
}

/// The ProcedureRequest of profylaxe en voorzorg: a plan.
pub(super) fn render_prophylaxis(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, prophylaxis: &Prophylaxis) {
    let kind = ResourceType::ProcedureRequest;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let name = ctx.words.clean(&prophylaxis.name).unwrap_or("Profylaxe".into());
    let coding = prophylaxis
        .nhg56
        .as_deref()
        .map(|code| Coding { display: Some(name.clone()), ..Coding::new(system::NHG56, code) });
    let planned = period(Some(prophylaxis.start.to_string()), prophylaxis.end.map(|end| end.to_string()));
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("intent", "plan")
        .with("code", CodeableConcept::of(coding.into_iter().collect(), name))
        .with("subject", ctx.patient.to())
        .some("occurrencePeriod", planned);
    out.resource(origin, Draft::new(kind, id, profile::PROCEDURE_REQUEST, &content));
}

/// The ProcedureRequest of a referral.
pub(super) fn render_referral(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, referral: &Referral) {
    let kind = ResourceType::ProcedureRequest;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let to = ctx.words.clean(&referral.to).unwrap_or("Verwijzing".into());
    let number = ctx.words.clean_some(referral.number.as_deref());
    let code = match &referral.service {
        Some(service) => concept(&ctx.words, service),
        None => CodeableConcept::words(Text::Owned(format!("Verwijzing naar {to}"))),
    };
    let episodes = ctx.episode_links(out, origin, &referral.episodes);
    let mut reasons: Vec<Reference<'_>> = conditions(&episodes).collect();
    if let (true, Some(other)) = (reasons.is_empty(), referral.icpc.as_deref().and_then(|c| ctx.episode_of_code(c))) {
        // The code of an episode goes when that episode is withheld.
        reasons.push(other.condition.to());
    }
    let reason = referral.icpc.as_deref().filter(|_| reasons.is_empty()).map(|code| icpc(code, None));
    let performer = ctx.who(out, origin, "/performer", referral.performer.as_ref());
    let requester = ctx.role_of(out, origin, "/by", referral.by.as_ref());
    let note = notes(ctx, referral.text.as_deref());
    let strip =
        told([("/reasonReference", !reasons.is_empty()), ("/reasonCode", reason.is_some()), ("/note", note.is_some())]);
    let lasts = referral.end.and_then(|end| period(Some(referral.date.to_string()), Some(end.to_string())));
    let number = number.map(|number| Identifier::new(system::REFERRAL, number));
    let content = Members::new()
        .all("identifier", [own_identifier(id)].into_iter().chain(number))
        .with("status", if referral.completed { "completed" } else { "active" })
        .with("intent", "order")
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("occurrencePeriod", lasts)
        .with("authoredOn", referral.date.to_string())
        .some("requester", requester.map(|agent| Members::new().with("agent", agent)))
        .with("performer", performer.unwrap_or_else(|| Reference::named(to)))
        .all("reasonCode", reason)
        .all("reasonReference", reasons)
        .all("note", note);
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::PROCEDURE_REQUEST, &content) });
}

/// The ProcedureRequest of an order for diagnostics.
pub(super) fn render_order(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, order: &Order) {
    let kind = ResourceType::ProcedureRequest;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let code = match &order.code {
        Some(code) => concept(&ctx.words, code),
        None => CodeableConcept::words("Aanvraag diagnostiek"),
    };
    let episodes = ctx.episode_links(out, origin, &order.episodes);
    let reason = ctx.words.clean_some(order.reason.as_deref());
    let words = [order.question.as_deref(), order.note.as_deref()];
    let words: Vec<Annotation<'_>> = words.into_iter().filter_map(|words| notes(ctx, words)).collect();
    let requester = ctx.role_of(out, origin, "/requester", order.requester.as_ref());
    let performer = ctx.organization(out, origin, "/performer", order.performer.as_ref());
    let number = ctx.words.clean_some(order.number.as_deref());
    let number = number.map(|number| Identifier::new(system::ORDER, number));
    // Reason and question may tell of an episode that is hidden.
    let strip = told([
        ("/reasonCode", reason.is_some()),
        ("/reasonReference", !episodes.is_empty()),
        ("/note", !words.is_empty()),
    ]);
    let content = Members::new()
        .all("identifier", [own_identifier(id)].into_iter().chain(number))
        .with("status", if order.completed { "completed" } else { "active" })
        .with("intent", "order")
        .with("category", [CodeableConcept::from(snomed("108252007", "laboratoriumprocedure"))])
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("authoredOn", order.date.map(|day| day.to_string()))
        .some("requester", requester.map(|agent| Members::new().with("agent", agent)))
        .some("performer", performer)
        .all("reasonCode", reason.map(CodeableConcept::words))
        .all("reasonReference", conditions(&episodes))
        .all("note", words);
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::PROCEDURE_REQUEST, &content) });
}

/// The Appointment.
pub(super) fn render_appointment(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, appointment: &Appointment) {
    let kind = ResourceType::Appointment;
    let id = ctx.id(kind, origin.key());
    let with = ctx.role(out, origin, "/with", appointment.with.as_ref());
    let episodes = ctx.episode_links(out, origin, &appointment.episodes);
    let reason = ctx.words.clean_some(appointment.reason.as_deref());
    let strip = told([("/reason", reason.is_some()), ("/indication", !episodes.is_empty())]);
    let participant = |actor: Reference<'_>| Members::new().with("actor", actor).with("status", "accepted");
    let status = match appointment.status {
        AppointmentStatus::Booked => "booked",
        AppointmentStatus::Cancelled => "cancelled",
        AppointmentStatus::Done => "fulfilled",
        AppointmentStatus::Noshow => "noshow",
    };
    // FHIR asks for both ends of a booked appointment (app-3): without an end it is the start.
    let end = appointment.end.unwrap_or(appointment.start);
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", status)
        .all("serviceType", ctx.words.clean_some(appointment.kind.as_deref()).map(CodeableConcept::words))
        .all("reason", reason.map(CodeableConcept::words))
        .all("indication", conditions(&episodes))
        .with("start", appointment.start.to_rfc3339())
        .with("end", end.to_rfc3339())
        .all("participant", [ctx.patient.to()].into_iter().chain(with).map(participant));
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::APPOINTMENT, &content) });
}
