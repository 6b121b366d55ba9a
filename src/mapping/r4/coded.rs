//! Codes, places on the body, amounts and dates of `dvza-his-2`, as FHIR's datatypes.

use super::codes::{extension, system};
use super::context::{Context, Words};
use super::types::{Annotation, CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Quantity, Text};
use crate::domain::dossier::{BodySite, CodeSystem, Coded, Side};
pub(super) use crate::mapping::parts::coded::{concept, date_time, gstandard, is_of, period, quantity};

/// The code if its system is one of these; else "other" with the words, where the list has that.
pub(super) fn concept_or_other<'a>(
    words: &Words<'_>,
    coded: &'a Coded,
    fits: impl Fn(CodeSystem, &str) -> bool,
) -> CodeableConcept<'a> {
    if coded.code.as_ref().is_some_and(|(system, code)| fits(*system, code)) {
        return concept(words, coded);
    }
    other(words.clean(&coded.display).unwrap_or("Onbekend".into()))
}

/// "Other", with the source's words.
pub(super) fn other<'a>(text: impl Into<Text<'a>>) -> CodeableConcept<'a> {
    CodeableConcept::of(vec![Coding::shown(system::NULL_FLAVOR, "OTH", "Anders")], text)
}

/// A place on the body with its side (nl-core-AnatomicalLocation).
pub(super) fn body_site<'a>(words: &Words<'_>, site: &'a BodySite) -> CodeableConcept<'a> {
    let laterality = site.side.map(|side| Extension::concept(extension::LATERALITY, laterality(side).into()));
    let mut concept = concept(words, &site.site);
    concept.extension.extend(laterality);
    concept
}

fn laterality(side: Side) -> Coding<'static> {
    match side {
        Side::Left => Coding::shown(system::SNOMED, "7771000", "links"),
        Side::Right => Coding::shown(system::SNOMED, "24028007", "rechts"),
        Side::Both => Coding::shown(system::SNOMED, "51440002", "beide zijden"),
    }
}

/// An amount in a unit of the G-Standaard, pieces when no unit is named (pattern-GstdSimpleQuantity): UCUM with the
/// G-Standaard beside it where both know the unit, else the G-Standaard alone.
pub(super) fn pieces<'a>(digits: &str, code: Option<&'a str>, unit: Option<Text<'a>>) -> Option<Quantity<'a>> {
    let amount = Decimal::parse(digits)?;
    let code = code.unwrap_or("245");
    let (ucum, words) = match code {
        "245" => (Some("1"), "stuk"),
        "233" => (Some("mL"), "milliliter"),
        _ => (None, "eenheid"),
    };
    let unit = unit.unwrap_or(words.into());
    let own = Quantity::coded(amount.clone(), unit.clone(), system::GSTANDARD_UNIT, code);
    let Some(ucum) = ucum else { return Some(own) };
    let translation = Extension::new(extension::QUANTITY_TRANSLATION, ExtensionValue::Quantity(Box::new(own)));
    Some(Quantity { extension: vec![translation], ..Quantity::coded(amount, unit, system::UCUM, ucum) })
}

/// The remark of a record.
pub(super) fn notes<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Annotation<'a>> {
    ctx.words.clean_some(note).map(|text| Annotation { text })
}

/// The remark of a record where the profile has it as an extension.
pub(super) fn comment<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Extension<'a>> {
    ctx.words.clean_some(note).map(|text| Extension::string(extension::COMMENT, text))
}
