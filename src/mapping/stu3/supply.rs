//! What follows a medication agreement, as the BgZ has it: use (MedicationStatement) and administration agreement
//! (MedicationDispense), each with its own Medication.
//!
//! Dispense requests and dispenses are in no service of STU3 that is offered: they are not rendered.

use super::codes::{extension, profile, system};
use super::medication::{instructions, period_of_use, render_product, stop_type, treatment};
use super::types::{by_role, other, snomed, unknown};
use crate::domain::dossier::{AdministrationAgreement, MedicationUse, Supply};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{date_time, notes, period};
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, own_identifier};
use crate::mapping::parts::medicines::{self, course_of};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, ExtensionValue};

fn product(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, supply: &Supply) -> Link {
    let id = ctx.id_of(ResourceType::Medication, origin.record_type(), origin.key());
    render_product(ctx, out, origin, id, &supply.product)
}

fn agreement(ctx: &Context<'_>, supply: &Supply) -> Option<Link> {
    let agreement = supply.agreement.as_ref()?;
    Some(ctx.link(ResourceType::MedicationRequest, agreement, "Medicatieafspraak"))
}

/// The MedicationStatement of what the patient says to use.
pub(super) fn render_use(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, used: &MedicationUse) {
    let kind = ResourceType::MedicationStatement;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let product = product(ctx, out, origin, &used.supply);
    let agreement = agreement(ctx, &used.supply);
    let context = ctx.encounter(out, origin, used.supply.contact.as_ref());
    let prescriber = ctx.role_of(out, origin, "/prescriber", used.prescriber.as_ref()).map(by_role);
    let author = ctx.author_of(out, origin, "/author", used.author.as_ref()).map(by_role);
    let stop_reason = used.stop_reason.as_deref().filter(|_| used.stopped_at.is_some());
    let stop_reason = ctx.words.clean_some(stop_reason);
    let reason = ctx.words.clean_some(used.reason.as_deref());
    let note = notes(ctx, used.supply.note.as_deref());
    // What may go stands first, so that its place is known.
    let told = [("/extension/0", stop_reason.is_some()), ("/reasonCode", reason.is_some()), ("/note", note.is_some())];
    let strip = told.into_iter().filter(|(_, is_there)| *is_there).map(|(pointer, _)| pointer.to_owned()).collect();
    let extensions = stop_reason
        .map(|words| Extension::concept(extension::USE_CHANGE_REASON, other(words)))
        .into_iter()
        .chain(used.as_agreed.map(|yes| Extension::new(extension::AS_AGREED, ExtensionValue::Boolean(yes))))
        .chain(prescriber.map(|who| Extension::new(extension::USE_PRESCRIBER, ExtensionValue::Reference(who))))
        .chain(author.map(|who| Extension::new(extension::USE_AUTHOR, ExtensionValue::Reference(who))))
        .chain([treatment(course_of(ctx, origin, &used.supply))]);
    let category = Coding::shown(system::MEDICATION_CATEGORY, "6", "Medicatiegebruik");
    let content = Members::new()
        .all("extension", extensions)
        .with("identifier", [own_identifier(id)])
        .some("context", context)
        .with("status", use_status(used))
        .with("category", CodeableConcept::from(category))
        .with("medicationReference", product.to())
        .some("effectivePeriod", period(used.start.map(|day| day.to_string()), used.end.map(|day| day.to_string())))
        .some("dateAsserted", used.recorded.map(date_time))
        .some("_dateAsserted", used.recorded.is_none().then(unknown))
        .some("informationSource", ctx.who(out, origin, "/informant", used.informant.as_ref()))
        .with("subject", ctx.patient.to())
        .all("derivedFrom", agreement.as_ref().map(Link::to))
        .with("taken", if used.in_use { "y" } else { "n" })
        .all("reasonCode", reason.map(CodeableConcept::words))
        .all("note", note)
        .all("dosage", instructions(ctx, &used.usage));
    out.resource(origin, Draft { strip, ..Draft::new(kind, id, profile::MEDICATION_USE, &content) });
}

/// UNCONFIRMED: STU3 has no status for what is not taken; that it is not used any more says the same.
fn use_status(used: &MedicationUse) -> &'static str {
    match (used.supply.entered_in_error, used.stopped_at, used.in_use) {
        (true, _, _) => "entered-in-error",
        (false, Some(_), _) => "stopped",
        (false, None, true) => "active",
        (false, None, false) => "completed",
    }
}

/// The MedicationDispense of what the pharmacy made of an agreement.
pub(super) fn render_agreement(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    administration: &AdministrationAgreement,
) {
    let kind = ResourceType::MedicationDispense;
    let supply = &administration.supply;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let product = product(ctx, out, origin, supply);
    let agreement = agreement(ctx, supply);
    let context = ctx.encounter(out, origin, supply.contact.as_ref());
    let period = medicines::period_of_use(administration.start, administration.end, administration.stopped_at);
    let agreed = administration
        .agreed
        .map(|at| Extension::new(extension::ADMINISTRATION_AGREED, ExtensionValue::DateTime(date_time(at))));
    let own = [period_of_use(period), treatment(course_of(ctx, origin, supply))];
    let supplier = ctx.organization(out, origin, "/supplier", administration.supplier.as_ref());
    let content = Members::new()
        .all("extension", agreed.into_iter().chain(own))
        .all("modifierExtension", administration.stopped_at.map(|_| stop_type()))
        .with("identifier", [own_identifier(id)])
        .some("status", supply.entered_in_error.then_some("entered-in-error"))
        .with("category", CodeableConcept::from(snomed("422037009", "toedieningsafspraak")))
        .with("medicationReference", product.to())
        .with("subject", ctx.patient.to())
        .some("context", context)
        .all("performer", supplier.map(|actor| Members::new().with("actor", actor)))
        .all("authorizingPrescription", agreement.as_ref().map(Link::to))
        .all("note", notes(ctx, supply.note.as_deref()))
        .all("dosageInstruction", instructions(ctx, &administration.usage));
    out.resource(origin, Draft::new(kind, id, profile::ADMINISTRATION_AGREEMENT, &content));
}
