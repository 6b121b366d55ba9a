//! What every release says of a prescription and of what follows it: product, course, period, reason, amount.

use jiff::civil::Date;

use super::codes::system;
use super::context::{Context, EpisodeLinks, Origin, Output};
use super::members::Members;
use super::types::{CodeableConcept, Coding, Decimal, Identifier, Period, Quantity, Reference, Text};
use super::words::Words;
use crate::domain::dossier::{Medication, Product, Supply, Usage, Vaccination};
use crate::domain::time::Timestamp;

/// The codes and the name of what is prescribed.
pub(in crate::mapping) fn product(medication: &Medication) -> Product {
    Product {
        prk: medication.prk.clone(),
        hpk: medication.hpk.clone(),
        gpk: medication.gpk.clone(),
        zi: medication.zi.clone(),
        atc: medication.atc.clone(),
        name: medication.name.clone(),
    }
}

/// How it is to be used.
pub(in crate::mapping) fn usage(medication: &Medication) -> Usage {
    Usage {
        dosage_text: medication.dosage_text.clone(),
        nhg25: medication.nhg25.clone(),
        route: medication.route.clone(),
        dosing: medication.dosing.clone(),
    }
}

/// Every known code, the most specific first; without any, the words under "other" of this list of null flavors.
pub(in crate::mapping) fn product_code<'a>(
    words: &Words<'_>,
    product: &'a Product,
    null_flavor: &'static str,
) -> CodeableConcept<'a> {
    let codes = [
        (system::ZI, "ZI", &product.zi),
        (system::HPK, "HPK", &product.hpk),
        (system::PRK, "PRK", &product.prk),
        (system::GPK, "GPK", &product.gpk),
        (system::ATC, "ATC", &product.atc),
    ];
    let known = || codes.iter().filter_map(|(system, name, code)| Some((*system, *name, code.as_deref()?)));
    let mut coding: Vec<Coding<'a>> = known().map(|(system, _, code)| Coding::new(system, code)).collect();
    let label = words.clean_some(product.name.as_deref());
    let label = label.or_else(|| known().next().map(|(_, name, code)| Text::Owned(format!("{name} {code}"))));
    if coding.is_empty() {
        coding.push(Coding::shown(null_flavor, "OTH", "Anders"));
    }
    CodeableConcept::of(coding, label.unwrap_or("Geneesmiddel zonder naam".into()))
}

/// The codes and the name of a vaccine.
pub(in crate::mapping) fn vaccine(vaccination: &Vaccination) -> Product {
    Product {
        prk: vaccination.prk.clone(),
        atc: vaccination.atc.clone(),
        name: vaccination.name.clone(),
        ..vaccination.product.clone()
    }
}

/// Has it a code that names a product?
pub(in crate::mapping) fn is_coded(product: &Product) -> bool {
    [&product.prk, &product.hpk, &product.gpk, &product.zi, &product.atc].into_iter().any(Option::is_some)
}

/// The codes of a vaccine's product; SNOMED CT stands beside them, as only the lists of products may bind.
pub(in crate::mapping) fn vaccine_code<'a>(
    words: &Words<'_>,
    vaccination: &'a Vaccination,
    product: &Product,
    null_flavor: &'static str,
) -> CodeableConcept<'a> {
    let of_product = product_code(words, product, null_flavor);
    let mut coding: Vec<Coding<'a>> = if is_coded(product) {
        of_product.coding.into_iter().map(|coding| Coding::new(coding.system, coding.code.into_owned())).collect()
    } else {
        Vec::new()
    };
    coding.extend(vaccination.sct.as_deref().map(|code| Coding::new(system::SNOMED, code)));
    CodeableConcept::of(coding, of_product.text.unwrap_or_default().into_owned())
}

/// The course of medication: as the source calls it, else by a name of our own for the agreement.
pub(in crate::mapping) fn course<'a>(ctx: &Context<'_>, own: Option<&'a str>, key: &str) -> Identifier<'a> {
    match own.and_then(|own| ctx.words.clean(own)) {
        Some(own) => Identifier::new(system::SOURCE_TREATMENT, own),
        None => {
            let id = ctx.ids.id("PharmaceuticalTreatment", key);
            Identifier::new(system::OWN_TREATMENT, id.to_string())
        }
    }
}

/// The course of the agreement that is supplied, or of the source's own number, or of this record.
pub(in crate::mapping) fn course_of<'a>(ctx: &Context<'a>, origin: &Origin<'_>, supply: &'a Supply) -> Identifier<'a> {
    let Some(agreement) = &supply.agreement else {
        // Ids are unique for each type only: an agreement of the same id is another course.
        let key = format!("{}:{}", origin.record_type().as_str(), origin.key());
        return course(ctx, supply.treatment_id.as_deref(), &key);
    };
    let own = supply.treatment_id.as_deref().or_else(|| ctx.treatment_of(agreement));
    course(ctx, own, agreement.as_str())
}

/// From the first day to the last, or to the instant of stopping when that comes first.
pub(in crate::mapping) fn period_of_use(start: Date, end: Option<Date>, stopped_at: Option<Timestamp>) -> Period {
    let stopped = stopped_at.filter(|at| end.is_none_or(|end| at.local_date() <= end));
    let end = stopped.map(|at| at.to_rfc3339()).or_else(|| end.map(|end| end.to_string()));
    Period::of(start.to_string(), end)
}

/// So many days.
pub(in crate::mapping) fn duration(days: Option<u32>) -> Option<Quantity<'static>> {
    let days = Decimal::parse(&days?.to_string())?;
    Some(Quantity::coded(days, "dag", system::UCUM, "d"))
}

/// Why it was stopped, in words.
pub(in crate::mapping) fn stop_reason<'a>(ctx: &Context<'_>, medication: &'a Medication) -> Option<Text<'a>> {
    medication.stopped_at?;
    ctx.words.clean_some(medication.stop_reason.as_deref())
}

/// The problem it is for: of the linked episodes the one with the code of the reason, or the only one.
///
/// A code that no linked episode has may still be that of another episode: then it refers to that one, so that it
/// goes when that episode is withheld. Only a code that no episode of the dossier has stands for itself.
pub(in crate::mapping) fn reason<'a>(
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

/// How much may be handed out, and how often again.
pub(in crate::mapping) fn supply(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    medication: &Medication,
    repeats: Option<u32>,
) -> Option<Members> {
    let quantity = medication.qty.as_deref().and_then(|digits| {
        let value = Decimal::parse(digits);
        if value.is_none() {
            out.problem(origin, "/qty", "is not a number");
        }
        Some(Quantity::plain(value?, ctx.words.clean_some(medication.unit.as_deref())))
    });
    Members::new().some("numberOfRepeatsAllowed", repeats).some("quantity", quantity).non_empty()
}
