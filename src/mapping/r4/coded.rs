//! Codes, places on the body, amounts and dates of `dvza-his-2`, as FHIR's datatypes.

use super::codes::{extension, system};
use super::context::{Context, Words};
use super::types::{Annotation, CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Members, Quantity, Text};
use crate::domain::dossier::{Amount, BodySite, CodeSystem, Coded, ObservationDate, Route, Side};

/// The URI of a code system.
pub(super) fn uri(system: CodeSystem) -> &'static str {
    match system {
        CodeSystem::Sct => system::SNOMED,
        CodeSystem::Loinc => system::LOINC,
        CodeSystem::Icpc => system::ICPC,
        CodeSystem::Icf => system::ICF,
        CodeSystem::Nhg15 => system::NHG15,
        CodeSystem::Nhg45 => system::NHG45,
        CodeSystem::Nhg49 => system::NHG49,
        CodeSystem::Nhg56 => system::NHG56,
        CodeSystem::GSnk => system::SNK,
        CodeSystem::GSsk => system::SSK,
        CodeSystem::GGpk => system::GPK,
        CodeSystem::GHpk => system::HPK,
        CodeSystem::GPrk => system::PRK,
        CodeSystem::GTh122 => system::THESAURUS_122,
        CodeSystem::GRoute => system::ROUTE,
        CodeSystem::GUnit => system::GSTANDARD_UNIT,
        CodeSystem::AgbSpecialty => system::CARE_TYPE,
        CodeSystem::UziRole => system::UZI_ROLE,
    }
}

/// Has this code one of these systems?
pub(super) fn is_of(coded: &Coded, systems: &[CodeSystem]) -> bool {
    coded.code.as_ref().is_some_and(|(system, _)| systems.contains(system))
}

/// Code and words; words alone where there is no code.
pub(super) fn concept<'a>(words: &Words<'_>, coded: &'a Coded) -> CodeableConcept<'a> {
    let display = words.clean(&coded.display);
    let coding = coded
        .code
        .as_ref()
        .map(|(system, code)| Coding { display: display.clone(), ..Coding::new(uri(*system), code.as_str()) });
    let text = display.unwrap_or_else(|| match &coded.code {
        Some((_, code)) => Text::Owned(format!("Code {code}")),
        None => "Onbekend".into(),
    });
    CodeableConcept::of(coding.into_iter().collect(), text)
}

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

/// An amount with its unit in UCUM, or with its unit in words.
pub(super) fn quantity<'a>(words: &Words<'_>, amount: &'a Amount) -> Option<Quantity<'a>> {
    let value = Decimal::parse(&amount.value)?;
    Some(match words.clean_some(amount.unit.as_deref()) {
        Some(unit) if amount.ucum => Quantity::coded(value, unit.clone(), system::UCUM, unit),
        unit => Quantity::plain(value, unit),
    })
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

/// A route or form of the G-Standaard; words alone say that the code is not known.
pub(super) fn gstandard<'a>(words: &Words<'_>, system: &'static str, route: &'a Route) -> Option<CodeableConcept<'a>> {
    let text = words.clean(&route.display);
    match route.code.as_deref() {
        Some(code) => {
            let own = text.filter(|text| text != code).unwrap_or_else(|| Text::Owned(format!("G-Standaard: {code}")));
            Some(CodeableConcept::of(vec![Coding::new(system, code)], own))
        }
        None => Some(CodeableConcept::uncoded(Vec::new(), text?)),
    }
}

/// A day or an instant as FHIR writes it.
pub(super) fn date_time(date: ObservationDate) -> String {
    match date {
        ObservationDate::Day(day) => day.to_string(),
        ObservationDate::At(at) => at.to_rfc3339(),
    }
}

/// A period of which either end may be unknown; `None` when both are.
pub(super) fn period(start: Option<String>, end: Option<String>) -> Option<Members> {
    Members::new().some("start", start).some("end", end).non_empty()
}

/// The remark of a record.
pub(super) fn notes<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Annotation<'a>> {
    ctx.words.clean_some(note).map(|text| Annotation { text })
}

/// The remark of a record where the profile has it as an extension.
pub(super) fn comment<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Extension<'a>> {
    ctx.words.clean_some(note).map(|text| Extension::string(extension::COMMENT, text))
}
