//! Payers as Coverage, with the insurer where the record names one in words.

use super::codes::{profile, system};
use super::types::unknown;
use crate::domain::dossier::{Payer, PayerKind};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::period;
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, own_identifier};
use crate::mapping::parts::lists;
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Identifier};

/// The Coverage of a payer.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, payer: &Payer) {
    let kind = ResourceType::Coverage;
    let id = ctx.id(kind, origin.key());
    let insurer = named_insurer(ctx, out, origin, payer);
    let (class, payor) = match payer.kind {
        PayerKind::Insurance(insurance) => {
            let known = ctx.organization(out, origin, "/insurer", payer.insurer.as_ref());
            let class = insurance.map(|code| Coding::shown(system::INSURANCE, code, lists::insurance(code)));
            (class, known.or_else(|| insurer.as_ref().map(Link::to)))
        }
        PayerKind::Patient => (None, Some(ctx.patient.to())),
        PayerKind::ContactPerson => (None, payer.person.as_ref().and_then(|key| ctx.contact_person(key))),
    };
    let Some(payor) = payor else {
        out.problem(origin, "/insurer", "names nobody that was delivered: nothing of it is rendered");
        return;
    };
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .some("type", class.map(CodeableConcept::from))
        .with("subscriber", ctx.patient.to())
        .some("subscriberId", ctx.words.clean_some(payer.policy.as_deref()))
        .with("beneficiary", ctx.patient.to())
        .some("period", lasts(payer))
        .with("payor", [payor]);
    out.resource(origin, Draft::new(kind, id, profile::PAYER, &content));
}

/// From when until when: a period must have its end (zib-Payer), or say that it is not known.
fn lasts(payer: &Payer) -> Option<Members> {
    let lasts = period(payer.start.map(|day| day.to_string()), payer.end.map(|day| day.to_string()))?;
    Some(lasts.some("_end", payer.end.is_none().then(unknown)))
}

/// An insurer that is known by name or number only belongs to its payer.
fn named_insurer(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, payer: &Payer) -> Option<Link> {
    let name = lists::insurer(&ctx.words, payer)?;
    let link = ctx.link_of(ResourceType::Organization, origin.record_type(), origin.key(), &name);
    let number = payer.uzovi.as_deref().map(|number| Identifier::new(system::UZOVI, number));
    let content = Members::new().all("identifier", number).with("name", &name);
    out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile::ORGANIZATION, &content));
    Some(link)
}
