//! Treatments as Procedure; prophylaxis, referrals and orders as ServiceRequest; appointments (his-to-fhir-mapping §13).
//!
//! nl-core binds a procedure to NHG table 49, SNOMED CT and billing codes: a treatment that the HIS has in words only
//! claims the base. Prophylaxis and appointments have no nl-core profile at all (release-rules §15.17).

use super::coded::{body_site, concept, is_of, notes, period};
use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Identifier, Members, Reference, Text};
use crate::domain::dossier::{
    Appointment, AppointmentStatus, CodeSystem, Coded, Order, Prophylaxis, Referral, Treatment,
};
use crate::fhir::ResourceType;
use crate::mapping::parts::problems::icpc;

/// Systems that the list of procedures has.
const PROCEDURE_SYSTEMS: [CodeSystem; 2] = [CodeSystem::Nhg49, CodeSystem::Sct];

/// The Procedure of a treatment.
pub(super) fn render_treatment(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, treatment: &Treatment) {
    let id = ctx.id(ResourceType::Procedure, origin.key());
    let episodes = ctx.episode_links(out, origin, &treatment.episodes);
    let code = treatment.procedure.as_ref().map(|procedure| concept(&ctx.words, procedure));
    let text = ctx.words.clean(&treatment.code_text).unwrap_or("Behandeling".into());
    let code = code.unwrap_or_else(|| CodeableConcept::words(text));
    let is_bound = treatment.procedure.as_ref().is_some_and(|procedure| is_of(procedure, &PROCEDURE_SYSTEMS));
    let site = match (&treatment.body_site, treatment.side.as_deref()) {
        (Some(site), _) => Some(body_site(&ctx.words, site)),
        (None, side) => ctx.words.clean_some(side).filter(|_| !is_bound).map(CodeableConcept::words),
    };
    if treatment.side.is_some() && site.is_none() {
        out.problem(origin, "/side", "a side without a place cannot be stated");
    }
    // NHG table 49 holds operations and the like: with it the BgZ, which asks for surgical procedures, finds the treatment.
    let is_surgical = treatment.procedure.as_ref().is_some_and(|procedure| is_of(procedure, &[CodeSystem::Nhg49]));
    let surgical = is_surgical
        .then(|| CodeableConcept::from(Coding::shown(system::SNOMED, "387713003", "chirurgische verrichting")));
    let start = treatment.date.map(|date| date.to_fhir());
    let end = treatment.end.map(|day| day.to_string());
    let performer = ctx.who(out, origin, "/performer", treatment.performer.as_ref());
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "completed")
        .some("category", surgical)
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("performedDateTime", start.clone().filter(|_| end.is_none()))
        .some("performedPeriod", end.clone().and_then(|end| period(start, Some(end))))
        .all("performer", performer.map(|actor| Members::new().with("actor", actor)))
        .all("reasonReference", episodes.iter().map(|links| links.condition.to()))
        .all("bodySite", site)
        .all("note", notes(ctx, treatment.note.as_deref()));
    let told = [("/reasonReference", !episodes.is_empty()), ("/note", treatment.note.is_some())];
    let strip = told.into_iter().filter(|(_, is_there)| *is_there).map(|(pointer, _)| pointer.to_owned()).collect();
    let profile = if is_bound { profile::PROCEDURE } else { profile::BASE_PROCEDURE };
    out.resource(origin, Draft { strip, ..Draft::new(ResourceType::Procedure, id, profile, &content) });
}

/// The ServiceRequest of profylaxe en voorzorg: a plan.
pub(super) fn render_prophylaxis(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, prophylaxis: &Prophylaxis) {
    let id = ctx.id_of(ResourceType::ServiceRequest, origin.record_type(), origin.key());
    let name = ctx.words.clean(&prophylaxis.name).unwrap_or("Profylaxe".into());
    let coding = prophylaxis
        .nhg56
        .as_deref()
        .map(|code| Coding { display: Some(name.clone()), ..Coding::new(system::NHG56, code) });
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .with("intent", "plan")
        .with("code", CodeableConcept::of(coding.into_iter().collect(), name))
        .with("subject", ctx.patient.to())
        .some(
            "occurrencePeriod",
            period(Some(prophylaxis.start.to_string()), prophylaxis.end.map(|end| end.to_string())),
        );
    out.resource(origin, Draft::new(ResourceType::ServiceRequest, id, profile::SERVICE_REQUEST, &content));
}

/// The ServiceRequest of a referral.
pub(super) fn render_referral(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, referral: &Referral) {
    let id = ctx.id_of(ResourceType::ServiceRequest, origin.record_type(), origin.key());
    let to = ctx.words.clean(&referral.to).unwrap_or("Verwijzing".into());
    let number = ctx.words.clean_some(referral.number.as_deref());
    let is_bound = referral.service.as_ref().is_some_and(|service| is_of(service, &PROCEDURE_SYSTEMS));
    let code = match &referral.service {
        Some(service) => concept(&ctx.words, service),
        None => CodeableConcept::words(Text::Owned(format!("Verwijzing naar {to}"))),
    };
    let episodes = ctx.episode_links(out, origin, &referral.episodes);
    let mut reasons: Vec<Reference<'_>> = episodes.iter().map(|links| links.condition.to()).collect();
    if let (true, Some(other)) = (reasons.is_empty(), referral.icpc.as_deref().and_then(|c| ctx.episode_of_code(c))) {
        // The code of an episode goes when that episode is withheld.
        reasons.push(other.condition.to());
    }
    let reason_code = referral.icpc.as_deref().filter(|_| reasons.is_empty()).map(|code| icpc(code, None));
    let performer = ctx.who(out, origin, "/performer", referral.performer.as_ref());
    let mut strip = Vec::new();
    if !reasons.is_empty() {
        strip.push("/reasonReference".to_owned());
    }
    strip.extend(reason_code.iter().map(|_| "/reasonCode".to_owned()));
    let text = ctx.words.clean_some(referral.text.as_deref());
    strip.extend(text.iter().map(|_| "/note".to_owned()));
    let content = Members::new()
        .all(
            "identifier",
            [own_identifier(id)].into_iter().chain(number.map(|number| Identifier::new(system::REFERRAL, number))),
        )
        .with("status", if referral.completed { "completed" } else { "active" })
        .with("intent", "order")
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some(
            "occurrencePeriod",
            referral.end.and_then(|end| period(Some(referral.date.to_string()), Some(end.to_string()))),
        )
        .with("authoredOn", referral.date.to_string())
        .some("requester", ctx.role_of(out, origin, "/by", referral.by.as_ref()))
        .with("performer", [performer.unwrap_or_else(|| Reference::named(to))])
        .all("reasonCode", reason_code)
        .all("reasonReference", reasons)
        .all("note", notes(ctx, referral.text.as_deref()));
    let profile = if is_bound { profile::PROCEDURE_REQUEST } else { profile::SERVICE_REQUEST };
    out.resource(origin, Draft { strip, ..Draft::new(ResourceType::ServiceRequest, id, profile, &content) });
}

/// The ServiceRequest of an order for diagnostics.
pub(super) fn render_order(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, order: &Order) {
    let id = ctx.id_of(ResourceType::ServiceRequest, origin.record_type(), origin.key());
    let number = ctx.words.clean_some(order.number.as_deref());
    let is_bound = order.code.as_ref().is_some_and(|code: &Coded| is_of(code, &PROCEDURE_SYSTEMS));
    let code = match &order.code {
        Some(code) => concept(&ctx.words, code),
        None => CodeableConcept::words("Aanvraag diagnostiek"),
    };
    let episodes = ctx.episode_links(out, origin, &order.episodes);
    let reason = ctx.words.clean_some(order.reason.as_deref());
    let question = ctx.words.clean_some(order.question.as_deref());
    let remark = ctx.words.clean_some(order.note.as_deref());
    let notes: Vec<Members> =
        question.into_iter().chain(remark).map(|text| Members::new().with("text", text)).collect();
    // Reason and question may tell of an episode that is hidden.
    let told =
        [("/reasonCode", reason.is_some()), ("/reasonReference", !episodes.is_empty()), ("/note", !notes.is_empty())];
    let strip = told.into_iter().filter(|(_, is_there)| *is_there).map(|(pointer, _)| pointer.to_owned()).collect();
    let content = Members::new()
        .all(
            "identifier",
            [own_identifier(id)].into_iter().chain(number.map(|number| Identifier::new(system::ORDER, number))),
        )
        .with("status", if order.completed { "completed" } else { "active" })
        .with("intent", "order")
        .with("category", [CodeableConcept::from(Coding::shown(system::SNOMED, "108252007", "laboratoriumprocedure"))])
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("authoredOn", order.date.map(|day| day.to_string()))
        .some("requester", ctx.role_of(out, origin, "/requester", order.requester.as_ref()))
        .all("performer", ctx.organization(out, origin, "/performer", order.performer.as_ref()))
        .all("reasonCode", reason.map(CodeableConcept::words))
        .all("reasonReference", episodes.iter().map(|links| links.condition.to()))
        .all("note", notes);
    let profile = if is_bound { profile::PROCEDURE_REQUEST } else { profile::SERVICE_REQUEST };
    out.resource(origin, Draft { strip, ..Draft::new(ResourceType::ServiceRequest, id, profile, &content) });
}

/// The Appointment.
pub(super) fn render_appointment(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, appointment: &Appointment) {
    let id = ctx.id(ResourceType::Appointment, origin.key());
    let with = ctx.role(out, origin, "/with", appointment.with.as_ref());
    let episodes = ctx.episode_links(out, origin, &appointment.episodes);
    let reason = ctx.words.clean_some(appointment.reason.as_deref());
    let mut strip: Vec<String> = reason.iter().map(|_| "/reasonCode".to_owned()).collect();
    if !episodes.is_empty() {
        strip.push("/reasonReference".to_owned());
    }
    let participant = |actor: Reference<'_>| Members::new().with("actor", actor).with("status", "accepted");
    // Without an end both are left out of the pair that FHIR asks for a booked appointment (app-3): the end is the start.
    let end = appointment.end.unwrap_or(appointment.start);
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with(
            "status",
            match appointment.status {
                AppointmentStatus::Booked => "booked",
                AppointmentStatus::Cancelled => "cancelled",
                AppointmentStatus::Done => "fulfilled",
                AppointmentStatus::Noshow => "noshow",
            },
        )
        .all("serviceType", ctx.words.clean_some(appointment.kind.as_deref()).map(CodeableConcept::words))
        .all("reasonCode", reason.map(CodeableConcept::words))
        .all("reasonReference", episodes.iter().map(|links| links.condition.to()))
        .with("start", appointment.start.to_rfc3339())
        .with("end", end.to_rfc3339())
        .all("participant", [ctx.patient.to()].into_iter().chain(with).map(participant));
    out.resource(origin, Draft { strip, ..Draft::new(ResourceType::Appointment, id, profile::APPOINTMENT, &content) });
}
