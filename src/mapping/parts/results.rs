//! What every release says of a determination and of a report: what it is, its code and value, its remark.

use serde::Serialize;

use super::codes::system;
use super::context::{Context, Origin, Output};
use super::members::Members;
use super::types::{CodeableConcept, Coding, Decimal, Quantity, Reference, Text};
use crate::domain::dossier::{
    Comparator, Flag, Observation, ObservationStatus, ObservationValue, Record, Report, ResultKind, ResultState,
};

/// Rows of NHG table 45 that are laboratory work although their name does not say so.
const LABORATORY_NUMBERS: [&str; 5] = ["371", "372", "1334", "3208", "3272"];

/// A measurement that releases have a profile for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum Vital {
    PulseRate,
    BodyTemperature,
    BodyWeight,
    BodyHeight,
    HeartRate,
    O2Saturation,
    HeadCircumference,
}

/// What a vital-sign profile asks: a LOINC code, one of these units, and how the source may name it.
pub(in crate::mapping) struct VitalSign {
    pub vital: Vital,
    loinc: &'static str,
    nhg45: Option<&'static str>,
    units: &'static [&'static str],
    /// A second coding that the number in NHG table 45 stands for.
    specification: Option<(&'static str, &'static str)>,
}

/// Oxygen saturation by pulse oximetry.
const PULSE_OXIMETRY: &str = "59408-5";

/// Weight and height have no confirmed number in NHG table 45: there only the LOINC code of the source counts.
const VITAL_SIGNS: [VitalSign; 7] = [
    sign_of(Vital::PulseRate, "8893-0", Some("1875"), &["/min"], None),
    sign_of(Vital::BodyTemperature, "8310-5", Some("1915"), &["Cel"], Some(("415945006", "orale temperatuur"))),
    sign_of(Vital::BodyWeight, "29463-7", None, &["kg", "g"], None),
    sign_of(Vital::BodyHeight, "8302-2", None, &["cm"], None),
    sign_of(Vital::HeartRate, "8867-4", None, &["/min"], None),
    sign_of(Vital::O2Saturation, "59408-5", None, &["%"], None),
    sign_of(Vital::HeadCircumference, "9843-4", None, &["cm"], None),
];

const fn sign_of(
    vital: Vital,
    loinc: &'static str,
    nhg45: Option<&'static str>,
    units: &'static [&'static str],
    specification: Option<(&'static str, &'static str)>,
) -> VitalSign {
    VitalSign { vital, loinc, nhg45, units, specification }
}

/// The vital sign this is, with a complete value.
pub(in crate::mapping) fn vital_sign(observation: &Observation) -> Option<&'static VitalSign> {
    VITAL_SIGNS.iter().find(|sign| sign.fits(observation))
}

impl VitalSign {
    /// Is it this measurement, with a complete value in a unit the profile knows?
    fn fits(&self, observation: &Observation) -> bool {
        let is_named = observation.loinc.as_deref() == Some(self.loinc)
            || (observation.loinc.is_none() && self.nhg45.is_some() && observation.nhg45.as_deref() == self.nhg45);
        let ObservationValue::Quantity { unit: Some(unit), ucum: true, comparator: None, value } = &observation.value
        else {
            return false;
        };
        is_named && self.units.contains(&unit.as_str()) && Decimal::parse(value).is_some()
    }
}

/// Is it laboratory work, by what the source says, else by where it comes from?
pub(in crate::mapping) fn is_laboratory(ctx: &Context<'_>, origin: &Origin<'_>, observation: &Observation) -> bool {
    if let Some(kind) = observation.kind {
        return kind == ResultKind::Laboratory;
    }
    let is_known = |number: &str| LABORATORY_NUMBERS.contains(&number);
    laboratory_of(ctx, origin, observation).is_some()
        || ctx.threads.report_of.contains_key(origin.key().as_str())
        || observation.nhg45.as_deref().is_some_and(is_known)
        || observation.name.as_deref().is_some_and(|name| name.to_ascii_lowercase().contains("(lab)"))
}

/// The laboratory the determination names, else that of its report.
pub(in crate::mapping) fn laboratory_of<'c>(
    ctx: &'c Context<'_>,
    origin: &Origin<'_>,
    observation: &'c Observation,
) -> Option<Reference<'c>> {
    ctx.laboratory(observation.lab_agb.as_deref(), observation.lab.as_deref()).or_else(|| {
        let report = ctx.threads.report_of.get(origin.key().as_str()).copied().flatten()?;
        ctx.laboratory(report.d.lab_agb.as_deref(), Some(&report.d.lab))
    })
}

/// The status of a determination.
pub(in crate::mapping) fn status(status: ObservationStatus) -> &'static str {
    match status {
        ObservationStatus::Prelim => "preliminary",
        ObservationStatus::Final => "final",
        ObservationStatus::Corrected => "corrected",
        ObservationStatus::Cancelled => "cancelled",
        ObservationStatus::Error => "entered-in-error",
    }
}

/// NHG table 45 first, then LOINC, then what a vital-sign profile adds.
pub(in crate::mapping) fn code<'a>(
    ctx: &Context<'_>,
    observation: &'a Observation,
    vital: Option<&VitalSign>,
) -> CodeableConcept<'a> {
    let name = ctx.words.clean_some(observation.name.as_deref());
    let nhg45 = observation.nhg45.as_deref();
    let loinc = observation.loinc.as_deref().or(vital.map(|sign| sign.loinc));
    let is_named = |sign: &&VitalSign| sign.nhg45.is_some() && sign.nhg45 == nhg45;
    let specification = vital.filter(is_named).and_then(|sign| sign.specification);
    let codings = [
        nhg45.map(|code| Coding { display: name.clone(), ..Coding::new(system::NHG45, code) }),
        loinc.map(|code| Coding::new(system::LOINC, code)),
        // The profile asks for the general code beside that of pulse oximetry.
        (loinc == Some(PULSE_OXIMETRY) && vital.is_some()).then(|| Coding::new(system::LOINC, "2708-6")),
        specification.map(|(code, display)| Coding::shown(system::SNOMED, code, display)),
    ];
    let text = name.unwrap_or_else(|| match (nhg45, loinc) {
        (Some(code), _) => format!("NHG-tabel 45: {code}").into(),
        (None, Some(code)) => format!("LOINC {code}").into(),
        (None, None) => "Bepaling zonder naam".into(),
    });
    CodeableConcept::of(codings.into_iter().flatten().collect(), text)
}

/// A value of a determination.
#[derive(Debug, Serialize)]
pub(in crate::mapping) enum Value<'a> {
    #[serde(rename = "valueQuantity")]
    Quantity(Quantity<'a>),
    #[serde(rename = "valueCodeableConcept")]
    Concept(CodeableConcept<'a>),
    #[serde(rename = "valueString")]
    String(Text<'a>),
}

impl Value<'_> {
    /// These members and the value.
    pub fn add_to(self, members: Members) -> Members {
        match self {
            Self::Quantity(quantity) => members.with("valueQuantity", quantity),
            Self::Concept(concept) => members.with("valueCodeableConcept", concept),
            Self::String(text) => members.with("valueString", text),
        }
    }
}

/// What was found.
pub(in crate::mapping) fn value<'a>(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    observation: &'a Observation,
) -> Option<Value<'a>> {
    match &observation.value {
        ObservationValue::Quantity { value, comparator, .. } => {
            let quantity = quantity(ctx, value, &observation.value);
            if quantity.is_none() {
                out.problem(origin, "/value", "is not a number");
            }
            let quantity = quantity?;
            let unit = ctx.words.clean_some(observation.unit_text.as_deref()).or_else(|| quantity.unit.clone());
            Some(Value::Quantity(Quantity { comparator: comparator.map(sign), unit, ..quantity }))
        }
        ObservationValue::Coded { code, display } => {
            coded_value(ctx, code.as_deref(), display.as_deref()).map(Value::Concept)
        }
        ObservationValue::Text(text) => ctx.words.clean(text).map(Value::String),
        ObservationValue::None => None,
    }
}

/// Digits with the unit of the result; a unit outside UCUM is text.
fn quantity<'a>(ctx: &Context<'_>, digits: &str, of: &'a ObservationValue) -> Option<Quantity<'a>> {
    let ObservationValue::Quantity { unit, ucum, .. } = of else { return None };
    let value = Decimal::parse(digits)?;
    Some(match unit.as_deref().and_then(|unit| ctx.words.clean(unit)) {
        Some(unit) if *ucum => Quantity::coded(value, unit.clone(), system::UCUM, unit),
        unit => Quantity::plain(value, unit),
    })
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Less => "<",
        Comparator::LessOrEqual => "<=",
        Comparator::Greater => ">",
        Comparator::GreaterOrEqual => ">=",
    }
}

fn coded_value<'a>(ctx: &Context<'_>, code: Option<&'a str>, display: Option<&'a str>) -> Option<CodeableConcept<'a>> {
    let words = ctx.words.clean_some(display);
    match code {
        Some(code) => {
            let coding = Coding { display: words.clone(), ..Coding::new(system::NHG45_RESULT, code) };
            let text = words.unwrap_or_else(|| format!("NHG-tabel 45, uitslag {code}").into());
            Some(CodeableConcept::of(vec![coding], text))
        }
        None => words.map(CodeableConcept::words),
    }
}

/// What a flag says: the zib's code, which some have, and HL7's with its words.
pub(in crate::mapping) fn flag(flag: Flag) -> (Option<Coding<'static>>, (&'static str, &'static str)) {
    let (zib, hl7) = match flag {
        Flag::N => (None, ("N", "Normal")),
        Flag::A => (None, ("A", "Abnormal")),
        Flag::L => (Some(("281300000", "beneden referentiewaarde")), ("L", "Low")),
        Flag::H => (Some(("281302008", "boven referentiewaarde")), ("H", "High")),
        Flag::LL => (None, ("LL", "Critical low")),
        Flag::HH => (None, ("HH", "Critical high")),
        Flag::I => (Some(("11896004", "intermediair")), ("I", "Intermediate")),
        Flag::R => (Some(("30714006", "resistent")), ("R", "Resistant")),
        Flag::S => (Some(("131196009", "ontvankelijk")), ("S", "Susceptible")),
    };
    (zib.map(|(code, display)| Coding::shown(system::SNOMED, code, display)), hl7)
}

/// The remark and the practice's conclusion, in one text as there is one place for it; a remark on a third party is cut
/// (R-LAB-13).
pub(in crate::mapping) fn remark<'a>(ctx: &Context<'_>, observation: &'a Observation) -> Option<Text<'a>> {
    let comment = observation.comment.as_deref().filter(|_| !observation.comment_third_party);
    let comment = ctx.words.clean_some(comment);
    // Until it is published the practice's conclusion is a draft.
    let is_published = observation.release.state == ResultState::Published;
    let conclusion = observation.release.conclusion.as_deref().filter(|_| is_published);
    let conclusion = ctx.words.clean_some(conclusion);
    match (comment, conclusion) {
        (Some(comment), Some(conclusion)) => Some(Text::Owned(format!("{comment}\n\n{conclusion}"))),
        (comment, conclusion) => comment.or(conclusion),
    }
}

/// The lower and the upper bound of what is normal, for a number.
pub(in crate::mapping) fn reference_range(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    observation: &Observation,
) -> Option<Members> {
    let ObservationValue::Quantity { .. } = observation.value else { return None };
    let mut bound = |digits: Option<&str>, path: &str| {
        let quantity = quantity(ctx, digits?, &observation.value);
        if quantity.is_none() {
            out.problem(origin, path, "is not a number");
        }
        quantity
    };
    let low = bound(observation.low.as_deref(), "/low");
    let high = bound(observation.high.as_deref(), "/high");
    Members::new().some("low", low).some("high", high).non_empty()
}

/// The status of a report.
pub(in crate::mapping) fn report_status(report: &Report) -> &'static str {
    match (report.status, report.complete) {
        (Some(given), _) => status(given),
        (None, Some(true)) => "final",
        (None, Some(false)) => "partial",
        (None, None) => "unknown",
    }
}

/// When the material of a report was taken.
pub(in crate::mapping) fn sampled(report: &Report) -> Option<String> {
    report.sampled_at.map(|at| at.to_rfc3339()).or_else(|| report.sampled_on.map(|day| day.to_string()))
}

/// The determinations of a report; one it names that was not delivered is a problem.
pub(in crate::mapping) fn members<'c, 'a>(
    ctx: &'c Context<'a>,
    out: &mut Output,
    origin: &Origin<'_>,
    report: &Report,
) -> &'c [&'a Record<Observation>] {
    let members = ctx.threads.members.get(origin.key().as_str()).map(Vec::as_slice).unwrap_or_default();
    if report.members.iter().any(|named| !members.iter().any(|member| member.id == *named)) {
        out.problem(origin, "/members", "names a determination that was not delivered");
    }
    members
}

/// The practice's conclusion, only when every determination of the report carries that same text: whichever of
/// them is released then says it already, so the report cannot tell of one that is not.
pub(in crate::mapping) fn conclusion<'a>(
    ctx: &Context<'_>,
    report: &Report,
    members: &[&'a Record<Observation>],
) -> Option<Text<'a>> {
    let published = |member: &&&Record<Observation>| member.d.release.state == ResultState::Published;
    let mut conclusions = members
        .iter()
        .map(|member| member.d.release.conclusion.as_deref().map(str::trim).filter(|_| published(&member)));
    let first = conclusions.next()??;
    let is_complete = report.members.iter().all(|named| members.iter().any(|member| member.id == *named));
    let is_shared = is_complete && conclusions.all(|other| other == Some(first));
    is_shared.then(|| ctx.words.clean(first)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vital_sign_is_known_by_one_code() {
        for (place, sign) in VITAL_SIGNS.iter().enumerate() {
            let others = VITAL_SIGNS.iter().skip(place + 1);
            assert!(others.clone().all(|other| other.loinc != sign.loinc));
            assert!(sign.nhg45.is_none() || others.clone().all(|other| other.nhg45 != sign.nhg45));
        }
    }
}
