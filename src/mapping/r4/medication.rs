//! A medication agreement as MedicationRequest with its Medication (his-to-fhir-mapping §8, MP9).
//!
//! `status` stays `unknown` as in MP9: whether it is current follows from the period of use, at the moment of asking.

use super::coded::date_time;
use super::codes::{extension, profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, EpisodeLinks, Link, Origin, Output, own_identifier, pointers};
use super::dosing::instructions;
use super::types::{
    Annotation, CodeableConcept, Coding, Decimal, Dispense, Extension, ExtensionValue, Identifier,
    Medication as Resource, MedicationRequest, Period, Quantity, Reference, Text,
};
use crate::domain::dossier::{Medication, Product, Usage};
use crate::fhir::ResourceType;

/// Both resources of one agreement.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication) {
    let all = Product {
        prk: medication.prk.clone(),
        hpk: medication.hpk.clone(),
        gpk: medication.gpk.clone(),
        zi: medication.zi.clone(),
        atc: medication.atc.clone(),
        name: medication.name.clone(),
    };
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
    let reason = reason(ctx, medication, &episodes);
    let stop_reason = stop_reason(ctx, medication);
    let usage = Usage {
        dosage_text: medication.dosage_text.clone(),
        nhg25: medication.nhg25.clone(),
        route: medication.route.clone(),
        dosing: medication.dosing.clone(),
    };
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
        dosage_instruction: instructions(ctx, &usage),
        dispense_request: dispense(ctx, out, origin, medication),
    };
    let draft = Draft::new(ResourceType::MedicationRequest, id, profile::MEDICATION_AGREEMENT, &content);
    out.resource(origin, Draft { strip, ..draft });
}

fn agreement_extensions<'a>(ctx: &Context<'a>, origin: &Origin<'_>, medication: &'a Medication) -> Vec<Extension<'a>> {
    let treatment = treatment_identifier(ctx, medication.treatment_id.as_deref(), origin.key().as_str());
    let words = ctx.words.clean_some(medication.dosage_text.as_deref());
    let rendered = words.map(|words| Extension::string(extension::RENDERED_DOSAGE, words));
    let own = [Extension::new(extension::PERIOD_OF_USE, ExtensionValue::Period(period_of_use(medication))), treatment];
    rendered.into_iter().chain(own).collect()
}

/// The course of medication: as the source calls it, else by a name of our own for the agreement.
pub(super) fn treatment_identifier<'a>(ctx: &Context<'_>, own: Option<&'a str>, key: &str) -> Extension<'a> {
    let identifier = match own.and_then(|own| ctx.words.clean(own)) {
        Some(own) => Identifier::new(system::SOURCE_TREATMENT, own),
        None => {
            let id = ctx.ids.id("PharmaceuticalTreatment", key);
            Identifier::new(system::OWN_TREATMENT, id.to_string())
        }
    };
    Extension::new(extension::TREATMENT_IDENTIFIER, ExtensionValue::Identifier(identifier))
}

/// From the first day to the last, or to the instant of stopping when that comes first.
fn period_of_use(medication: &Medication) -> Period {
    let planned = medication.end;
    let stopped = medication.stopped_at.filter(|at| planned.is_none_or(|end| at.local_date() <= end));
    let end = stopped.map(|at| at.to_rfc3339()).or_else(|| planned.map(|end| end.to_string()));
    let days = medication.days.and_then(|days| Decimal::parse(&days.to_string()));
    let duration = days.map(|days| {
        let days = Quantity::coded(days, "dag", system::UCUM, "d");
        Extension::new(extension::DURATION, ExtensionValue::Duration(Box::new(days)))
    });
    Period { extension: duration.into_iter().collect(), ..Period::of(medication.start.to_string(), end) }
}

fn stop_type() -> Extension<'static> {
    let coding = Coding::shown(system::SNOMED, "113371000146109", "definitief gestopt met medicatie");
    Extension::concept(extension::STOP_TYPE, coding.into())
}

/// The list of reasons for stopping has no free text but "other" (VS RedenWijzigenStaken).
fn stop_reason<'a>(ctx: &Context<'_>, medication: &'a Medication) -> Option<CodeableConcept<'a>> {
    medication.stopped_at?;
    let words = ctx.words.clean_some(medication.stop_reason.as_deref())?;
    Some(CodeableConcept::of(vec![Coding::shown(system::NULL_FLAVOR, "OTH", "Overig")], words))
}

/// The problem it is for: of the linked episodes the one with the code of the reason, or the only one.
///
/// A code that no linked episode has may still be that of another episode: then it refers to that one, so that it
/// goes when that episode is withheld. Only a code that no episode of the dossier has stands for itself.
fn reason<'a>(
    ctx: &'a Context<'_>,
    medication: &'a Medication,
    episodes: &[&'a EpisodeLinks<'_>],
) -> Option<Reference<'a>> {
    let Some(code) = medication.reason_icpc.as_deref() else {
        return match episodes {
            [only] => Some(only.condition.to()),
            _ => None,
        };
    };
    let linked = episodes.iter().find(|links| links.icpc == Some(code)).map(|links| links.condition.to());
    let other = || ctx.episode_of_code(code).map(|links| links.condition.to());
    Some(linked.or_else(other).unwrap_or_else(|| Reference::named(format!("ICPC {code}"))))
}

fn continuous() -> CodeableConcept<'static> {
    Coding::shown(system::COURSE_OF_THERAPY, "continuous", "Continuous long term therapy").into()
}

/// Every known code, the most specific first; without any, the words under "other".
pub(super) fn product_code<'a>(ctx: &Context<'_>, medication: &'a Product) -> CodeableConcept<'a> {
    let codes = [
        (system::ZI, "ZI", &medication.zi),
        (system::HPK, "HPK", &medication.hpk),
        (system::PRK, "PRK", &medication.prk),
        (system::GPK, "GPK", &medication.gpk),
        (system::ATC, "ATC", &medication.atc),
    ];
    let known = || codes.iter().filter_map(|(system, name, code)| Some((*system, *name, code.as_deref()?)));
    let mut coding: Vec<Coding<'a>> = known().map(|(system, _, code)| Coding::new(system, code)).collect();
    let label = ctx.words.clean_some(medication.name.as_deref());
    let label = label.or_else(|| known().next().map(|(_, name, code)| Text::Owned(format!("{name} {code}"))));
    if coding.is_empty() {
        coding.push(Coding::shown(system::NULL_FLAVOR, "OTH", "Anders"));
    }
    CodeableConcept::of(coding, label.unwrap_or("Geneesmiddel zonder naam".into()))
}

fn dispense<'a>(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    medication: &'a Medication,
) -> Option<Dispense<'a>> {
    let quantity = medication.qty.as_deref().and_then(|digits| {
        let value = Decimal::parse(digits);
        if value.is_none() {
            out.problem(origin, "/qty", "is not a number");
        }
        Some(Quantity::plain(value?, ctx.words.clean_some(medication.unit.as_deref())))
    });
    let says_something = quantity.is_some() || medication.repeats.is_some();
    says_something.then_some(Dispense { number_of_repeats_allowed: medication.repeats, quantity })
}
