//! A medication agreement as MedicationRequest with its Medication (his-to-fhir-mapping §8, MP9).
//!
//! `status` stays `unknown` as in MP9: whether it is current follows from the period of use, at the moment of asking.

use super::coded::date_time;
use super::codes::{extension, profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, Link, Origin, Output, own_identifier, pointers};
use super::dosing::instructions;
use super::types::{
    Annotation, CodeableConcept, Coding, Extension, ExtensionValue, Identifier, Medication as Resource,
    MedicationRequest, Period,
};
use crate::domain::dossier::{Medication, Product};
use crate::fhir::ResourceType;
use crate::mapping::parts::medicines;

/// Both resources of one agreement.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication) {
    let all = medicines::product(medication);
    let code = product_code(ctx, &all);
    let label = code.text.clone().unwrap_or_default().into_owned();
    let product = ctx.link(ResourceType::Medication, origin.key(), &label);
    render_agreement(ctx, out, origin, medication, &product);
    let content = Resource { identifier: [own_identifier(product.id)], code };
    out.resource(origin, Draft::new(ResourceType::Medication, product.id, profile::PRODUCT, &content));
}

fn render_agreement(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication, product: &Link) {
    let id = ctx.id(ResourceType::MedicationRequest, origin.key());
    let episodes = ctx.episode_links(out, origin, &medication.episodes);
    let reason = medicines::reason(ctx, medication, &episodes);
    let stop_reason = stop_reason(ctx, medication);
    let mut extension = episode_extensions(&episodes);
    let mut strip = pointers("/extension", extension.len());
    strip.extend(reason.iter().map(|_| "/reasonReference".to_owned()));
    strip.extend(stop_reason.iter().map(|_| "/reasonCode".to_owned()));
    // A remark may tell the reason (R-MED-05).
    strip.extend(medication.note.iter().map(|_| "/note".to_owned()));
    extension.extend(agreement_extensions(ctx, origin, medication));
    let content = MedicationRequest {
        extension,
        modifier_extension: medication.stopped_at.map(|_| stop_type()).into_iter().collect(),
        identifier: [own_identifier(id)],
        status: if medication.entered_in_error { "entered-in-error" } else { "unknown" },
        intent: "order",
        category: [
            Coding::shown(system::SNOMED, "33633005", "voorschrijven van geneesmiddel").into(),
            Coding::shown(system::SNOMED, "16076005", "voorschrijven").into(),
        ],
        medication_reference: product.to(),
        subject: ctx.patient.to(),
        encounter: ctx.encounter(out, origin, medication.contact.as_ref()),
        authored_on: medication.agreed.map(date_time),
        requester: ctx
            .role(out, origin, "/prescriber", medication.prescriber.as_ref())
            .or_else(|| ctx.role_of(out, origin, "/prescribed_by", medication.prescribed_by.as_ref())),
        reason_code: stop_reason.into_iter().collect(),
        reason_reference: reason.into_iter().collect(),
        course_of_therapy_type: medication.chronic.then(continuous),
        note: ctx.words.clean_some(medication.note.as_deref()).map(|text| Annotation { text }).into_iter().collect(),
        dosage_instruction: instructions(ctx, &medicines::usage(medication)),
        dispense_request: medicines::supply(ctx, out, origin, medication, medication.repeats),
    };
    let draft = Draft::new(ResourceType::MedicationRequest, id, profile::MEDICATION_AGREEMENT, &content);
    out.resource(origin, Draft { strip, ..draft });
}

fn agreement_extensions<'a>(ctx: &Context<'a>, origin: &Origin<'_>, medication: &'a Medication) -> Vec<Extension<'a>> {
    let course = medicines::course(ctx, medication.treatment_id.as_deref(), origin.key().as_str());
    let words = ctx.words.clean_some(medication.dosage_text.as_deref());
    let rendered = words.map(|words| Extension::string(extension::RENDERED_DOSAGE, words));
    let own = [
        Extension::new(extension::PERIOD_OF_USE, ExtensionValue::Period(period_of_use(medication))),
        treatment(course),
    ];
    rendered.into_iter().chain(own).collect()
}

/// The course of medication.
pub(super) fn treatment(course: Identifier<'_>) -> Extension<'_> {
    Extension::new(extension::TREATMENT_IDENTIFIER, ExtensionValue::Identifier(course))
}

fn period_of_use(medication: &Medication) -> Period {
    let duration = medicines::duration(medication.days)
        .map(|days| Extension::new(extension::DURATION, ExtensionValue::Duration(Box::new(days))));
    let period = medicines::period_of_use(medication.start, medication.end, medication.stopped_at);
    Period { extension: duration.into_iter().collect(), ..period }
}

fn stop_type() -> Extension<'static> {
    let coding = Coding::shown(system::SNOMED, "113371000146109", "definitief gestopt met medicatie");
    Extension::concept(extension::STOP_TYPE, coding.into())
}

/// The list of reasons for stopping has no free text but "other" (VS RedenWijzigenStaken).
fn stop_reason<'a>(ctx: &Context<'_>, medication: &'a Medication) -> Option<CodeableConcept<'a>> {
    let words = medicines::stop_reason(ctx, medication)?;
    Some(CodeableConcept::of(vec![Coding::shown(system::NULL_FLAVOR, "OTH", "Overig")], words))
}

fn continuous() -> CodeableConcept<'static> {
    Coding::shown(system::COURSE_OF_THERAPY, "continuous", "Continuous long term therapy").into()
}

/// Every known code of a product; without any, its words under "other".
pub(super) fn product_code<'a>(ctx: &Context<'_>, product: &'a Product) -> CodeableConcept<'a> {
    medicines::product_code(&ctx.words, product, system::NULL_FLAVOR)
}
