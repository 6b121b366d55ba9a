//! Codes, amounts and dates of the dossier as FHIR's datatypes, where every release writes them alike.

use super::codes::system;
use super::members::Members;
use super::types::{CodeableConcept, Coding, Decimal, Quantity, Text};
use super::words::Words;
use crate::domain::dossier::{Amount, CodeSystem, Coded, ObservationDate, Route};

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
