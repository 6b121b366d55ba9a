//! Codes, amounts and dates of the dossier as FHIR's datatypes, where every release writes them alike.

use super::codes::system;
use super::context::Context;
use super::members::Members;
use super::types::{Annotation, CodeableConcept, Coding, Decimal, Extension, Quantity, Text};
use super::words::Words;
use crate::domain::dossier::{Amount, BodySite, CodeSystem, Coded, ObservationDate, Route, Side};

/// The URI of a code system.
pub(in crate::mapping) fn uri(system: CodeSystem) -> &'static str {
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
pub(in crate::mapping) fn is_of(coded: &Coded, systems: &[CodeSystem]) -> bool {
    coded.code.as_ref().is_some_and(|(system, _)| systems.contains(system))
}

/// Code and words; words alone where there is no code.
pub(in crate::mapping) fn concept<'a>(words: &Words<'_>, coded: &'a Coded) -> CodeableConcept<'a> {
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

/// An amount with its unit in UCUM, or with its unit in words.
pub(in crate::mapping) fn quantity<'a>(words: &Words<'_>, amount: &'a Amount) -> Option<Quantity<'a>> {
    let value = Decimal::parse(&amount.value)?;
    Some(match words.clean_some(amount.unit.as_deref()) {
        Some(unit) if amount.ucum => Quantity::coded(value, unit.clone(), system::UCUM, unit),
        unit => Quantity::plain(value, unit),
    })
}

/// The code of the G-Standaard for pieces.
pub(in crate::mapping) const PIECES: &str = "245";

/// An amount in a unit of the G-Standaard, by its code and its words; pieces when no unit is named.
pub(in crate::mapping) fn gstandard_amount<'a>(
    digits: &str,
    code: Option<&'a str>,
    unit: Option<Text<'a>>,
) -> Option<Quantity<'a>> {
    let code = code.unwrap_or(PIECES);
    let words = match code {
        PIECES => "stuk",
        MILLILITRES => "milliliter",
        _ => "eenheid",
    };
    Some(Quantity::coded(Decimal::parse(digits)?, unit.unwrap_or(words.into()), system::GSTANDARD_UNIT, code))
}

/// The code of the G-Standaard for millilitres.
pub(in crate::mapping) const MILLILITRES: &str = "233";

/// A place on the body; its side stands in the extension with this URL.
pub(in crate::mapping) fn body_site<'a>(
    words: &Words<'_>,
    site: &'a BodySite,
    laterality: &'static str,
) -> CodeableConcept<'a> {
    let side = site.side.map(|side| Extension::concept(laterality, side_of(side).into()));
    let mut concept = concept(words, &site.site);
    concept.extension.extend(side);
    concept
}

fn side_of(side: Side) -> Coding<'static> {
    match side {
        Side::Left => Coding::shown(system::SNOMED, "7771000", "links"),
        Side::Right => Coding::shown(system::SNOMED, "24028007", "rechts"),
        Side::Both => Coding::shown(system::SNOMED, "51440002", "beide zijden"),
    }
}

/// The remark of a record.
pub(in crate::mapping) fn notes<'a>(ctx: &Context<'_>, note: Option<&'a str>) -> Option<Annotation<'a>> {
    ctx.words.clean_some(note).map(|text| Annotation { text })
}

/// A route or form of the G-Standaard; words alone say that the code is not known.
pub(in crate::mapping) fn gstandard<'a>(
    words: &Words<'_>,
    system: &'static str,
    route: &'a Route,
) -> Option<CodeableConcept<'a>> {
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
pub(in crate::mapping) fn date_time(date: ObservationDate) -> String {
    match date {
        ObservationDate::Day(day) => day.to_string(),
        ObservationDate::At(at) => at.to_rfc3339(),
    }
}

/// A period of which either end may be unknown; `None` when both are.
pub(in crate::mapping) fn period(start: Option<String>, end: Option<String>) -> Option<Members> {
    Members::new().some("start", start).some("end", end).non_empty()
}
