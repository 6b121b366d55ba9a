//! A medication agreement as MedicationRequest with its Medication (his-to-fhir-mapping §8, MP 9.0.7).
//!
//! It has no `status` unless it was entered in error: whether it is current follows from the period of use, at the moment
//! of asking. That a course goes on without an end has no place of its own in STU3.

use super::codes::{extension, profile, system};
use super::contacts::episode_extensions;
use super::types::{other, snomed, unknown};
use crate::domain::dossier::{Medication, Product, Usage};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{date_time, gstandard_amount, notes};
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use crate::mapping::parts::dosing::{self, Dose, Form};
use crate::mapping::parts::medicines;
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, ExtensionValue, Identifier, Period};

/// The dose beside the other members, in a unit of the G-Standaard.
const FORM: Form = Form { says_inexact: false, amount: gstandard_amount, dose: beside };

/// Both resources of one agreement.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication) {
    let id = ctx.id(ResourceType::Medication, origin.key());
    let product = render_product(ctx, out, origin, id, &medicines::product(medication));
    let id = ctx.id(ResourceType::MedicationRequest, origin.key());
    let episodes = ctx.episode_links(out, origin, &medication.episodes);
    let reason = medicines::reason(ctx, medication, &episodes);
    let stop_reason = medicines::stop_reason(ctx, medication);
    let note = notes(ctx, medication.note.as_deref());
    let mut extensions = episode_extensions(&episodes);
    let mut strip = pointers("/extension", extensions.len());
    strip.extend(reason.iter().map(|_| "/reasonReference".to_owned()));
    strip.extend(stop_reason.iter().map(|_| "/reasonCode".to_owned()));
    // A remark may tell the reason (R-MED-05).
    strip.extend(note.iter().map(|_| "/note".to_owned()));
    let course = medicines::course(ctx, medication.treatment_id.as_deref(), origin.key().as_str());
    extensions.push(treatment(course));
    let period = medicines::period_of_use(medication.start, medication.end, medication.stopped_at);
    // Two of start, end and duration say when: zib 2017 takes no third.
    let days = medicines::duration(medication.days.filter(|_| period.end.is_none()));
    extensions.push(period_of_use(period));
    extensions.extend(days.map(|days| Extension::new(extension::DURATION, ExtensionValue::Duration(Box::new(days)))));
    let context = ctx.encounter(out, origin, medication.contact.as_ref());
    let requester = ctx
        .role(out, origin, "/prescriber", medication.prescriber.as_ref())
        .or_else(|| ctx.role_of(out, origin, "/prescribed_by", medication.prescribed_by.as_ref()));
    // STU3 has no zero here: not again is not said.
    let repeats = medication.repeats.filter(|repeats| *repeats > 0);
    let content = Members::new()
        .with("extension", extensions)
        .all("modifierExtension", medication.stopped_at.map(|_| stop_type()))
        .with("identifier", [own_identifier(id)])
        .some("status", medication.entered_in_error.then_some("entered-in-error"))
        .with("intent", "order")
        .with("category", CodeableConcept::from(snomed("16076005", "voorschrijven")))
        .with("medicationReference", product.to())
        .with("subject", ctx.patient.to())
        .some("context", context)
        .some("authoredOn", medication.agreed.map(date_time))
        .some("_authoredOn", medication.agreed.is_none().then(unknown))
        .some("requester", requester.map(|agent| Members::new().with("agent", agent)))
        .all("reasonCode", stop_reason.map(other))
        .all("reasonReference", reason)
        .all("note", note)
        .all("dosageInstruction", instructions(ctx, &medicines::usage(medication)))
        .some("dispenseRequest", medicines::supply(ctx, out, origin, medication, repeats));
    let draft = Draft::new(ResourceType::MedicationRequest, id, profile::MEDICATION_AGREEMENT, &content);
    out.resource(origin, Draft { strip, ..draft });
}

/// The Medication of what is prescribed, used or agreed; without a code the words describe it.
pub(super) fn render_product(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    id: ResourceId,
    product: &Product,
) -> Link {
    let code = medicines::product_code(&ctx.words, product, system::NULL_FLAVOR);
    let label = code.text.clone().unwrap_or_default().into_owned();
    let is_coded = code.coding.iter().any(|coding| coding.system != system::NULL_FLAVOR);
    let description = (!is_coded).then(|| Extension::string(extension::PRODUCT_DESCRIPTION, label.as_str()));
    let content = Members::new().all("extension", description).with("code", code);
    out.resource(origin, Draft::new(ResourceType::Medication, id, profile::PRODUCT, &content));
    Link::new(ResourceType::Medication, id, label)
}

/// The instructions for use.
pub(super) fn instructions(ctx: &Context<'_>, usage: &Usage) -> Vec<Members> {
    dosing::instructions(ctx, &FORM, usage)
}

fn beside(members: Members, dose: Dose<'_>) -> Members {
    dose.add_to(members)
}

/// The course of medication.
pub(super) fn treatment(course: Identifier<'_>) -> Extension<'_> {
    Extension::new(extension::MEDICATION_TREATMENT, ExtensionValue::Identifier(course))
}

pub(super) fn period_of_use(period: Period) -> Extension<'static> {
    Extension::new(extension::PERIOD_OF_USE, ExtensionValue::Period(period))
}

/// Stopped for good, as MP 9.0.7 codes it (BgZ fixtures).
pub(super) fn stop_type() -> Extension<'static> {
    Extension::concept(extension::STOP_TYPE, Coding::shown(system::STOP_TYPE, "2", "Definitief").into())
}
