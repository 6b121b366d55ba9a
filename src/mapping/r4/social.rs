//! Tobacco, alcohol and drugs, living situation, and functional or mental status as Observation (nl-core-r4-profiles §7).

use super::coded::{concept, is_of, notes, other, period};
use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Link, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Members, Quantity};
use crate::domain::dossier::{
    CodeSystem, FunctionalStatus, Lifestyle, LifestyleKind, LivingSituation, RecordType, StatusKind, UseStatus, Who,
};
use crate::fhir::ResourceType;
use crate::mapping::parts::lists;

fn snomed(code: &'static str, display: &'static str) -> CodeableConcept<'static> {
    Coding::shown(system::SNOMED, code, display).into()
}

/// Use of tobacco, alcohol or drugs.
pub(super) fn render_lifestyle(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, lifestyle: &Lifestyle) {
    let id = ctx.id_of(ResourceType::Observation, origin.record_type(), origin.key());
    let (profile, code) = match lifestyle.kind {
        LifestyleKind::Tobacco => (
            profile::TOBACCO_USE,
            snomed("365980008", "bevinding betreffende tabakgebruik en blootstelling aan tabaksrook"),
        ),
        LifestyleKind::Alcohol => (profile::ALCOHOL_USE, snomed("228273003", "bevinding betreffende alcoholgebruik")),
        LifestyleKind::Drugs => (profile::DRUG_USE, snomed("228366006", "bevinding betreffende drugsgebruik")),
    };
    let effective = period(lifestyle.start.map(|at| at.to_fhir()), lifestyle.end.map(|at| at.to_fhir()));
    let issued = lifestyle.recorded.map(|day| crate::domain::time::Timestamp::start_of_day(day).to_rfc3339());
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("code", code)
        .with("subject", ctx.patient.to())
        .some("effectivePeriod", effective)
        .some("issued", issued)
        .all("performer", performer(ctx, out, origin, lifestyle.author.as_ref()))
        .with("valueCodeableConcept", use_status(lifestyle.kind, lifestyle.status))
        .all("note", notes(ctx, lifestyle.note.as_deref()))
        .all("component", components(ctx, out, origin, lifestyle));
    out.resource(origin, Draft::new(ResourceType::Observation, id, profile, &content));
}

fn performer<'c>(
    ctx: &'c Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    who: Option<&Who>,
) -> Option<super::types::Reference<'c>> {
    ctx.who(out, origin, "/author", who)
}

fn use_status(kind: LifestyleKind, status: UseStatus) -> CodeableConcept<'static> {
    match lists::use_status(kind, status) {
        Some((code, display)) => snomed(code, display),
        None => Coding::shown(system::NULL_FLAVOR, "OTH", "Anders").into(),
    }
}

fn components(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, lifestyle: &Lifestyle) -> Vec<Members> {
    let component = |code: CodeableConcept<'_>| Members::new().with("code", code);
    let substance = lifestyle.substance.as_ref().map(|substance| concept(&ctx.words, substance));
    let mut number = |unit: &'static str, ucum: &'static str| {
        let value = Decimal::parse(lifestyle.amount.as_deref()?);
        if value.is_none() {
            out.problem(origin, "/amount", "is not a number");
        }
        Some(Quantity::coded(value?, unit, system::UCUM, ucum))
    };
    let mut all = Vec::new();
    match lifestyle.kind {
        LifestyleKind::Tobacco => {
            all.extend(substance.map(|substance| {
                component(snomed("53661000146106", "soort tabak gebruikt")).with("valueCodeableConcept", substance)
            }));
            all.extend(
                number("per dag", "/d")
                    .map(|amount| component(snomed("266918002", "tabaksconsumptie")).with("valueQuantity", amount)),
            );
            all.extend(
                lifestyle
                    .pack_years
                    .map(|years| component(snomed("401201003", "pakjaren")).with("valueInteger", years)),
            );
        }
        LifestyleKind::Alcohol => {
            all.extend(
                number("per week", "/wk")
                    .map(|amount| component(snomed("897148007", "alcoholconsumptie")).with("valueQuantity", amount)),
            );
        }
        LifestyleKind::Drugs => {
            let amount = ctx.words.clean_some(lifestyle.amount_text.as_deref());
            all.extend(
                amount.map(|amount| {
                    component(snomed("363908000", "detail over drugsmisbruik")).with("valueString", amount)
                }),
            );
            all.extend(
                substance.map(|substance| {
                    component(snomed("105590001", "substantie")).with("valueCodeableConcept", substance)
                }),
            );
            all.extend(lifestyle.route.as_ref().map(|route| {
                component(snomed("410675002", "toedieningsweg"))
                    .with("valueCodeableConcept", concept(&ctx.words, route))
            }));
        }
    }
    all
}

/// How the patient lives, and the house as a member of its own.
pub(super) fn render_living(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, living: &LivingSituation) {
    let kind = ResourceType::Observation;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let words = ctx.words.clean_some(living.house_text.as_deref());
    let house = match (living.house, words) {
        (Some(code), words) => {
            let display = lists::house(code);
            Some(CodeableConcept::of(
                vec![Coding::shown(system::HOUSE, code, display)],
                words.unwrap_or(display.into()),
            ))
        }
        (None, words) => words.map(other),
    };
    let effective = living.recorded.map(|day| day.to_string());
    let house = house.map(|house| {
        let link = Link::new(kind, ctx.ids.id("Observation.living_situation.house", origin.key().as_str()), "Woning");
        let content = Members::new()
            .with("identifier", [own_identifier(link.id)])
            .with("status", "final")
            .with("code", snomed("272497004", "woonomgeving"))
            .with("subject", ctx.patient.to())
            .some("effectiveDateTime", effective.clone())
            .with("valueCodeableConcept", house);
        out.resource(origin, Draft::new(kind, link.id, profile::HOUSE_TYPE, &content));
        link
    });
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("code", snomed("365508006", "bevinding betreffende woonomstandigheden"))
        .with("subject", ctx.patient.to())
        .some("effectiveDateTime", effective)
        .all("performer", performer(ctx, out, origin, living.author.as_ref()))
        .all("note", notes(ctx, living.note.as_deref()))
        .all("hasMember", house.as_ref().map(Link::to));
    out.resource(origin, Draft::new(kind, id, profile::LIVING_SITUATION, &content));
}

/// A functional or mental status; in words only it claims the base.
pub(super) fn render_status(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, status: &FunctionalStatus) {
    let kind = ResourceType::Observation;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let category = match status.kind {
        StatusKind::Functional => snomed("118228005", "bevinding betreffende functioneren"),
        StatusKind::Mental => snomed("384821006", "bevinding betreffende geestelijke toestand"),
    };
    let device = status
        .device
        .as_ref()
        .map(|key| ctx.link_of(ResourceType::DeviceUseStatement, RecordType::Device, key, "Hulpmiddel"));
    let bound = [CodeSystem::Sct, CodeSystem::Icf];
    let is_bound = is_of(&status.name, &bound) && is_of(&status.value, &bound);
    let extension = device
        .as_ref()
        .map(|device| Extension::new(extension::SUPPORTING_INFO, ExtensionValue::Reference(device.to())));
    let content = Members::new()
        .all("extension", extension)
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("category", [category])
        .with("code", concept(&ctx.words, &status.name))
        .with("subject", ctx.patient.to())
        .some("effectiveDateTime", status.date.map(|date| date.to_fhir()))
        .all("performer", performer(ctx, out, origin, status.author.as_ref()))
        .with("valueCodeableConcept", concept(&ctx.words, &status.value))
        .all("note", notes(ctx, status.note.as_deref()));
    let profile = if is_bound { profile::FUNCTIONAL_STATUS } else { profile::OBSERVATION };
    out.resource(origin, Draft::new(kind, id, profile, &content));
}
