//! Codes, places on the body, amounts and dates of `dvza-his-2`, as FHIR's datatypes.

use super::codes::{extension, system};
use super::context::{Context, Words};
use super::types::{CodeableConcept, Coding, Extension, ExtensionValue, Quantity, Text};
use crate::domain::dossier::{BodySite, CodeSystem, Coded};
use crate::mapping::parts::coded;
pub(super) use crate::mapping::parts::coded::{concept, date_time, gstandard, is_of, notes, period, quantity};

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
    coded::body_site(words, site, extension::LATERALITY)
}

/// An amount in a unit of the G-Standaard, pieces when no unit is named (pattern-GstdSimpleQuantity): UCUM with the
/// G-Standaard beside it where both know the unit, else the G-Standaard alone.
pub(super) fn pieces<'a>(digits: &str, code: Option<&'a str>, unit: Option<Text<'a>>) -> Option<Quantity<'a>> {
    let own = coded::gstandard_amount(digits, code, unit)?;
    let ucum = match code.unwrap_or(coded::PIECES) {
        coded::PIECES => "1",
        coded::MILLILITRES => "mL",
        _ => return Some(own),
    };
    let translation = Extension::new(extension::QUANTITY_TRANSLATION, ExtensionValue::Quantity(Box::new(own.clone())));
    Some(Quantity { extension: vec![translation], system: Some(system::UCUM), code: Some(ucum.into()), ..own })
}

/// The remark of a record where the profile has it as an extension.
pub(super) fn comment<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Extension<'a>> {
    ctx.words.clean_some(note).map(|text| Extension::string(extension::COMMENT, text))
}
