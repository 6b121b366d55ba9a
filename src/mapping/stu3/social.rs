//! Tobacco, alcohol and drugs, living situation, and functional or mental status as Observation; remarks are the comment.

use super::codes::{extension, profile, system};
use super::types::{other, snomed};
use crate::domain::dossier::{FunctionalStatus, Lifestyle, LifestyleKind, LivingSituation, RecordType, StatusKind};
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, period};
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::lists;
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Quantity};

/// Use of tobacco, alcohol or drugs.
pub(super) fn render_lifestyle(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, lifestyle: &Lifestyle) {
    let kind = ResourceType::Observation;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let (profile, code) = match lifestyle.kind {
        LifestyleKind::Tobacco => (
            profile::TOBACCO_USE,
            snomed("365980008", "bevinding betreffende tabakgebruik en blootstelling aan tabaksrook"),
        ),
        LifestyleKind::Alcohol => (profile::ALCOHOL_USE, snomed("228273003", "bevinding betreffende alcoholgebruik")),
        LifestyleKind::Drugs => (profile::DRUG_USE, snomed("228366006", "bevinding betreffende drugsgebruik")),
    };
    let status = match lists::use_status(lifestyle.kind, lifestyle.status) {
        Some((code, display)) => snomed(code, display),
        None => Coding::shown(system::NULL_FLAVOR, "OTH", "Anders"),
    };
    let effective = period(lifestyle.start.map(|at| at.to_fhir()), lifestyle.end.map(|at| at.to_fhir()));
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("code", CodeableConcept::from(code))
        .with("subject", ctx.patient.to())
        .some("effectivePeriod", effective)
        .some("issued", lifestyle.recorded.map(|day| Timestamp::start_of_day(day).to_rfc3339()))
        .all("performer", ctx.who(out, origin, "/author", lifestyle.author.as_ref()))
        .with("valueCodeableConcept", CodeableConcept::from(status))
        .some("comment", ctx.words.clean_some(lifestyle.note.as_deref()))
        .all("component", components(ctx, out, origin, lifestyle));
    out.resource(origin, Draft::new(kind, id, profile, &content));
}

fn components(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, lifestyle: &Lifestyle) -> Vec<Members> {
    let component = |code: &'static str, display: &'static str| {
        Members::new().with("code", CodeableConcept::from(snomed(code, display)))
    };
    let substance = lifestyle.substance.as_ref().map(|substance| concept(&ctx.words, substance));
    let mut number = |unit: &'static str, ucum: &'static str| {
        let value = Decimal::parse(lifestyle.amount.as_deref()?);
        if value.is_none() {
            out.problem(origin, "/amount", "is not a number");
        }
        Some(Quantity::coded(value?, unit, system::UCUM, ucum))
    };
    match lifestyle.kind {
        LifestyleKind::Tobacco => {
            let sort = component("53661000146106", "type tabak gebruikt");
            let amount = component("266918002", "hoeveelheid en type tabak gerookt");
            let years = lifestyle.pack_years.and_then(|years| Decimal::parse(&years.to_string()));
            let years = years.map(|years| Quantity::coded(years, "pakjaren", system::UCUM, "{PackYears}"));
            let found = [
                substance.map(|substance| sort.with("valueCodeableConcept", substance)),
                number("per dag", "/d").map(|number| amount.with("valueQuantity", number)),
                years.map(|years| component("401201003", "pakjaren").with("valueQuantity", years)),
            ];
            found.into_iter().flatten().collect()
        }
        LifestyleKind::Alcohol => {
            let amount = component("160573003", "inname van alcohol");
            number("per week", "/wk").map(|number| amount.with("valueQuantity", number)).into_iter().collect()
        }
        LifestyleKind::Drugs => {
            let sort = component("410942007", "drug of geneesmiddel");
            let route = lifestyle.route.as_ref().map(|route| concept(&ctx.words, route));
            let by = component("410675002", "toedieningsweg");
            let amount = ctx.words.clean_some(lifestyle.amount_text.as_deref());
            let often = component("228390007", "frequentie van drugsmisbruik");
            let found = [
                substance.map(|substance| sort.with("valueCodeableConcept", substance)),
                route.map(|route| by.with("valueCodeableConcept", route)),
                amount.map(|amount| often.with("valueString", amount)),
            ];
            found.into_iter().flatten().collect()
        }
    }
}

/// How the patient lives: the house is its value.
pub(super) fn render_living(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, living: &LivingSituation) {
    let kind = ResourceType::Observation;
    let id = ctx.id_of(kind, origin.record_type(), origin.key());
    let words = ctx.words.clean_some(living.house_text.as_deref());
    let house = match living.house {
        Some(code) => {
            let display = lists::house(code);
            let coding = Coding::shown(system::HOUSE, code, display);
            Some(CodeableConcept::of(vec![coding], words.unwrap_or(display.into())))
        }
        None => words.map(other),
    };
    let code = snomed("365508006", "bevinding betreffende woon- en huisvestingssituatie");
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("code", CodeableConcept::from(code))
        .with("subject", ctx.patient.to())
        .some("effectiveDateTime", living.recorded.map(|day| day.to_string()))
        .all("performer", ctx.who(out, origin, "/author", living.author.as_ref()))
        .some("valueCodeableConcept", house)
        .some("comment", ctx.words.clean_some(living.note.as_deref()));
    out.resource(origin, Draft::new(kind, id, profile::LIVING_SITUATION, &content));
}

/// A functional or mental status.
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
    let device =
        device.as_ref().map(|device| Extension::new(extension::STATUS_DEVICE, ExtensionValue::Reference(device.to())));
    let content = Members::new()
        .all("extension", device)
        .with("identifier", [own_identifier(id)])
        .with("status", "final")
        .with("category", [CodeableConcept::from(category)])
        .with("code", concept(&ctx.words, &status.name))
        .with("subject", ctx.patient.to())
        .some("effectivePeriod", period(status.date.map(|date| date.to_fhir()), None))
        .all("performer", ctx.who(out, origin, "/author", status.author.as_ref()))
        .with("valueCodeableConcept", concept(&ctx.words, &status.value))
        .some("comment", ctx.words.clean_some(status.note.as_deref()));
    out.resource(origin, Draft::new(kind, id, profile::FUNCTIONAL_STATUS, &content));
}
