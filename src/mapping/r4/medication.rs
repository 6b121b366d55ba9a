//! A medication agreement as MedicationRequest with its Medication (his-to-fhir-mapping §8, MP9).
//!
//! `status` stays `unknown` as in MP9: whether it is current follows from the period of use, at the moment of asking.

use super::codes::{extension, profile, system};
use super::contacts::episode_extensions;
use super::context::{Context, Draft, EpisodeLinks, Link, Origin, Output, own_identifier, pointers};
use super::dosing::{Schedule, ZO_NODIG, as_needed};
use super::types::{
    CodeableConcept, Coding, Decimal, Dispense, Dosage, Extension, ExtensionValue, Identifier, Medication as Product,
    MedicationRequest, Period, Quantity, Reference, Text,
};
use crate::domain::dossier::{Medication, Route};
use crate::fhir::ResourceType;

/// Both resources of one agreement.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication) {
    let code = product_code(ctx, medication);
    let label = code.text.clone().unwrap_or_default().into_owned();
    let product = ctx.link(ResourceType::Medication, origin.key(), &label);
    render_agreement(ctx, out, origin, medication, &product);
    let content = Product { identifier: [own_identifier(product.id)], code };
    out.resource(origin, Draft::new(ResourceType::Medication, product.id, profile::PRODUCT, &content));
}

fn render_agreement(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, medication: &Medication, product: &Link) {
    let id = ctx.id(ResourceType::MedicationRequest, origin.key());
    let episodes = ctx.episode_links(out, origin, &medication.episodes);
    let reason = reason(ctx, medication, &episodes);
    let stop_reason = stop_reason(ctx, medication);
    let mut extension = episode_extensions(&episodes);
    let mut strip = pointers("/extension", extension.len());
    strip.extend(reason.iter().map(|_| "/reasonReference".to_owned()));
    strip.extend(stop_reason.iter().map(|_| "/reasonCode".to_owned()));
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
        requester: ctx.role(out, origin, "/prescriber", medication.prescriber.as_ref()),
        reason_code: stop_reason.into_iter().collect(),
        reason_reference: reason.into_iter().collect(),
        course_of_therapy_type: medication.chronic.then(continuous),
        dosage_instruction: dosage(ctx, medication).into_iter().collect(),
        dispense_request: dispense(ctx, out, origin, medication),
    };
    let draft = Draft::new(ResourceType::MedicationRequest, id, profile::MEDICATION_AGREEMENT, &content);
    out.resource(origin, Draft { strip, ..draft });
}

fn agreement_extensions<'a>(ctx: &Context<'a>, origin: &Origin<'_>, medication: &'a Medication) -> Vec<Extension<'a>> {
    let treatment = ctx.ids.id("PharmaceuticalTreatment", origin.key().as_str());
    let treatment = Identifier::new(system::OWN_TREATMENT, treatment.to_string());
    let words = ctx.words.clean_some(medication.dosage_text.as_deref());
    let rendered = words.map(|words| Extension::string(extension::RENDERED_DOSAGE, words));
    let own = [
        Extension::new(extension::PERIOD_OF_USE, ExtensionValue::Period(period_of_use(medication))),
        Extension::new(extension::TREATMENT_IDENTIFIER, ExtensionValue::Identifier(treatment)),
    ];
    rendered.into_iter().chain(own).collect()
}

/// From the first day to the last, or to the instant of stopping when that comes first.
fn period_of_use(medication: &Medication) -> Period {
    let planned = medication.end;
    let stopped = medication.stopped_at.filter(|at| planned.is_none_or(|end| at.local_date() <= end));
    let end = stopped.map(|at| at.to_rfc3339()).or_else(|| planned.map(|end| end.to_string()));
    Period { start: medication.start.to_string(), end }
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
fn product_code<'a>(ctx: &Context<'_>, medication: &'a Medication) -> CodeableConcept<'a> {
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

fn dosage<'a>(ctx: &Context<'_>, medication: &'a Medication) -> Option<Dosage<'a>> {
    let schedule = medication.dosage_text.as_deref().and_then(Schedule::parse);
    let mut codes: Vec<&str> = medication.nhg25.iter().map(String::as_str).collect();
    if schedule.as_ref().is_some_and(|schedule| schedule.as_needed) && !codes.contains(&ZO_NODIG) {
        codes.push(ZO_NODIG);
    }
    let criterion = codes.iter().position(|code| as_needed(code).is_some());
    let dosage = Dosage {
        text: ctx.words.clean_some(medication.dosage_text.as_deref()),
        as_needed_codeable_concept: criterion.and_then(|at| as_needed(codes.remove(at))).map(Into::into),
        additional_instruction: codes.into_iter().map(additional_instruction).collect(),
        timing: schedule.as_ref().and_then(Schedule::timing),
        route: medication.route.as_ref().and_then(|given| route(ctx, given)),
        dose_and_rate: schedule.as_ref().and_then(Schedule::dose).into_iter().collect(),
    };
    let says_something = dosage.text.is_some()
        || dosage.as_needed_codeable_concept.is_some()
        || !dosage.additional_instruction.is_empty()
        || dosage.route.is_some();
    says_something.then_some(dosage)
}

fn additional_instruction(code: &str) -> CodeableConcept<'_> {
    match as_needed(code) {
        Some(coding) => coding.into(),
        None => CodeableConcept::of(vec![Coding::new(system::NHG25, code)], format!("NHG-tabel 25: {code}")),
    }
}

fn route<'a>(ctx: &Context<'_>, route: &'a Route) -> Option<CodeableConcept<'a>> {
    let words = ctx.words.clean(&route.display);
    match route.code.as_deref() {
        Some(code) => {
            let own = words.filter(|words| words != code);
            let text = own.unwrap_or_else(|| format!("G-Standaard tabel 7: {code}").into());
            Some(CodeableConcept::of(vec![Coding::new(system::ROUTE, code)], text))
        }
        None => Some(CodeableConcept::uncoded(Vec::new(), words?)),
    }
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
