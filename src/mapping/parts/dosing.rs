//! Instructions for use of NHG table 25: `3D1T zn` becomes a schedule only when every part is understood.
//!
//! A schedule that is guessed can hurt somebody; the words of the prescription always go along (his-to-fhir-mapping §8).

use super::codes::{extension, system};
use super::context::Context;
use super::members::Members;
use super::types::{CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Quantity, Text};
use crate::domain::dossier::{Dosing, Route, TimeUnit, Usage};

/// How a release writes a dosing.
pub(in crate::mapping) struct Form {
    /// Does a repetition say that it is not to the minute?
    pub says_inexact: bool,
    /// Digits in a unit of the G-Standaard, by its code and its words; pieces when no unit is named.
    pub amount: for<'a> fn(&str, Option<&'a str>, Option<Text<'a>>) -> Option<Quantity<'a>>,
    /// Adds the dose to the other members of a dosing.
    pub dose: fn(Members, Dose<'_>) -> Members,
}

impl Form {
    fn inexact(&self) -> Option<Extension<'static>> {
        let inexact = || Extension::new(extension::TIMING_EXACT, ExtensionValue::Boolean(false));
        self.says_inexact.then(inexact)
    }
}

/// How much at a time.
pub(in crate::mapping) enum Dose<'a> {
    Quantity(Quantity<'a>),
    Range { low: Quantity<'a>, high: Quantity<'a> },
}

impl Dose<'_> {
    /// These members and the dose.
    pub fn add_to(self, members: Members) -> Members {
        match self {
            Self::Quantity(dose) => members.with("doseQuantity", dose),
            Self::Range { low, high } => members.with("doseRange", Members::new().with("low", low).with("high", high)),
        }
    }
}

/// The criteria for use "as needed" that nl-core knows, with the words of that list.
const AS_NEEDED: [(&str, &str); 12] = [
    ("1022", "Bij een aanval"),
    ("1023", "Bij benauwdheid"),
    ("1024", "Bij diarree"),
    ("1028", "Bij pijn"),
    ("1121", "Bij jeuk"),
    ("1137", "Zo nodig"),
    ("1144", "Bij hoofdpijn"),
    ("1145", "Bij koorts"),
    ("1146", "Bij hoge koorts"),
    ("1147", "Bij koorts en/of pijn"),
    ("1387", "Bij hoest"),
    ("1540", "Bij menstruatiepijnen"),
];

/// The instructions of a prescription: the parts where the HIS has them, else what its words say.
pub(in crate::mapping) fn instructions(ctx: &Context<'_>, form: &Form, usage: &Usage) -> Vec<Members> {
    if usage.dosing.is_empty() {
        return dosage(ctx, form, usage).into_iter().collect();
    }
    let lines = (1_u32..).zip(&usage.dosing);
    lines.map(|(sequence, line)| dosage_of(ctx, form, usage, sequence, line)).collect()
}

/// One line of a dosing in parts; words and codes of the whole stand in the first.
fn dosage_of(ctx: &Context<'_>, form: &Form, usage: &Usage, sequence: u32, line: &Dosing) -> Members {
    let is_first = sequence == 1;
    let (criterion, codes) = criterion(&usage.nhg25, line.as_needed);
    let unit = line.dose_unit_text.as_deref().and_then(|text| ctx.words.clean(text));
    let amount = |digits: Option<&str>| (form.amount)(digits?, line.dose_unit.as_deref(), unit.clone());
    let dose = match (amount(line.dose.as_deref()), amount(line.dose_max.as_deref())) {
        (Some(low), Some(high)) => Some(Dose::Range { low, high }),
        (dose, most) => dose.or(most).map(Dose::Quantity),
    };
    let day = Decimal::parse("1").map(|one| Quantity::coded(one, "dag", system::UCUM, "d"));
    let most = amount(line.max_per_day.as_deref()).zip(day);
    let members = Members::new()
        .with("sequence", sequence)
        .some("text", ctx.words.clean_some(usage.dosage_text.as_deref()).filter(|_| is_first))
        .all("additionalInstruction", codes.into_iter().filter(|_| is_first).map(additional_instruction))
        .some("timing", repeat(form, line).map(|repeat| Members::new().with("repeat", repeat)))
        .some("asNeededCodeableConcept", criterion.map(CodeableConcept::from))
        .some("route", usage.route.as_ref().and_then(|given| route(ctx, given)));
    with_dose(form, members, dose).some(
        "maxDosePerPeriod",
        most.map(|(most, day)| Members::new().with("numerator", most).with("denominator", day)),
    )
}

fn with_dose(form: &Form, members: Members, dose: Option<Dose<'_>>) -> Members {
    match dose {
        Some(dose) => (form.dose)(members, dose),
        None => members,
    }
}

fn repeat(form: &Form, line: &Dosing) -> Option<Members> {
    let timed = line.frequency.is_some() || line.period_unit.is_some();
    let unit = line.period_unit.map(|unit| match unit {
        TimeUnit::Hour => "h",
        TimeUnit::Day => "d",
        TimeUnit::Week => "wk",
        TimeUnit::Month => "mo",
        TimeUnit::Year => "a",
    });
    let period = unit.and_then(|_| Decimal::parse(&line.period.unwrap_or(1).to_string()));
    Members::new()
        .all("extension", form.inexact().filter(|_| timed))
        .some("frequency", line.frequency)
        .some("frequencyMax", line.frequency_max.filter(|most| line.frequency.is_some_and(|least| least < *most)))
        .some("period", period)
        .some("periodUnit", unit)
        .all("timeOfDay", line.times.iter().map(|time| format!("{time}:00")))
        .non_empty()
}

/// What the words say. Words, a criterion, an instruction or a route must be there.
fn dosage(ctx: &Context<'_>, form: &Form, usage: &Usage) -> Option<Members> {
    let schedule = usage.dosage_text.as_deref().and_then(Schedule::parse);
    let is_as_needed = schedule.as_ref().is_some_and(|schedule| schedule.as_needed);
    let (criterion, codes) = criterion(&usage.nhg25, is_as_needed);
    let text = ctx.words.clean_some(usage.dosage_text.as_deref());
    let route = usage.route.as_ref().and_then(|given| route(ctx, given));
    let says_something = text.is_some() || criterion.is_some() || !codes.is_empty() || route.is_some();
    let members = Members::new()
        .some("text", text)
        .all("additionalInstruction", codes.into_iter().map(additional_instruction))
        .some("timing", schedule.as_ref().and_then(|schedule| schedule.timing(form)))
        .some("asNeededCodeableConcept", criterion.map(CodeableConcept::from))
        .some("route", route);
    let dose = schedule.as_ref().and_then(|schedule| schedule.dose(form));
    says_something.then(|| with_dose(form, members, dose))
}

/// The first code that is a criterion for use as needed, and the other codes.
fn criterion(nhg25: &[String], is_as_needed: bool) -> (Option<Coding<'static>>, Vec<&str>) {
    let mut codes: Vec<&str> = nhg25.iter().map(String::as_str).collect();
    if is_as_needed && !codes.contains(&ZO_NODIG) {
        codes.push(ZO_NODIG);
    }
    let place = codes.iter().position(|code| as_needed(code).is_some());
    let criterion = place.and_then(|place| as_needed(codes.remove(place)));
    (criterion, codes)
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

/// The code for "as needed" without more.
const ZO_NODIG: &str = "1137";

/// The criterion of this code of NHG table 25, if it is one.
fn as_needed(code: &str) -> Option<Coding<'static>> {
    let &(code, display) = AS_NEEDED.iter().find(|(known, _)| *known == code)?;
    Some(Coding::shown(system::NHG25, code, display))
}

/// How often and how much.
#[derive(Debug, PartialEq, Eq)]
struct Schedule<'a> {
    frequency: u32,
    unit: &'static str,
    tablets: Option<&'a str>,
    /// "Zo nodig" is part of the instruction.
    as_needed: bool,
}

impl<'a> Schedule<'a> {
    /// Understands `nDmT` and `nW`, `nWmT`, with `zn` and with an explanation in brackets that says the same.
    ///
    /// `None` for everything else: the words then stand alone.
    fn parse(text: &'a str) -> Option<Self> {
        let (code, explanation) = match text.split_once('(') {
            Some((code, rest)) => (code, Some(rest.trim_end().strip_suffix(')')?)),
            None => (text, None),
        };
        let mut parts = code.split_ascii_whitespace();
        let schedule = Self::parse_code(parts.next()?)?;
        let as_needed = match parts.next() {
            None => false,
            Some(part) if part.eq_ignore_ascii_case("zn") => true,
            Some(_) => return None,
        };
        let schedule = Self { as_needed, ..schedule };
        let is_complete = parts.next().is_none() && explanation.is_none_or(|words| schedule.is_repeated_by(words));
        is_complete.then_some(schedule)
    }

    fn parse_code(code: &'a str) -> Option<Self> {
        let letter = code.find(|character: char| !character.is_ascii_digit())?;
        let (frequency, rest) = code.split_at_checked(letter)?;
        let unit = match rest.get(..1)? {
            "D" | "d" => "d",
            "W" | "w" => "wk",
            _ => return None,
        };
        let tablets = match rest.get(1..)? {
            "" => None,
            amount => Some(amount.strip_suffix(['T', 't']).filter(|amount| is_small_number(amount))?),
        };
        let frequency = is_small_number(frequency).then(|| frequency.parse().ok()).flatten()?;
        Some(Self { frequency, unit, tablets, as_needed: false })
    }

    /// Do these words say nothing but what the code says?
    fn is_repeated_by(&self, words: &str) -> bool {
        let frequency = self.frequency.to_string();
        let separated = |character: char| character.is_whitespace() || character == ',';
        words.split(separated).filter(|word| !word.is_empty()).all(|word| match word.to_ascii_lowercase().as_str() {
            "maal" | "per" => true,
            "daags" | "dag" => self.unit == "d",
            "week" => self.unit == "wk",
            "tablet" | "tabletten" => self.tablets.is_some(),
            "zo" | "nodig" => self.as_needed,
            other => other == frequency || self.tablets == Some(other),
        })
    }

    fn timing(&self, form: &Form) -> Option<Members> {
        let repeat = Members::new()
            .all("extension", form.inexact())
            .with("frequency", self.frequency)
            .with("period", Decimal::parse("1")?)
            .with("periodUnit", self.unit);
        Some(Members::new().with("repeat", repeat))
    }

    /// The dose in pieces.
    fn dose(&self, form: &Form) -> Option<Dose<'static>> {
        (form.amount)(self.tablets?, None, None).map(Dose::Quantity)
    }
}

/// 1 to 99: anything else is more likely a slip of the pen than a dose.
fn is_small_number(text: &str) -> bool {
    matches!(text.as_bytes(), [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn schedule(
        frequency: u32,
        unit: &'static str,
        tablets: Option<&'static str>,
        as_needed: bool,
    ) -> Schedule<'static> {
        Schedule { frequency, unit, tablets, as_needed }
    }

    #[test]
    fn what_is_fully_understood_becomes_a_schedule() {
        let cases = [
            ("3D1T", schedule(3, "d", Some("1"), false)),
            ("1d2t", schedule(1, "d", Some("2"), false)),
            ("3D1T zn", schedule(3, "d", Some("1"), true)),
            ("3D1T zn (3 maal daags, 1 tablet, zo nodig)", schedule(3, "d", Some("1"), true)),
            ("2W (2 maal per week)", schedule(2, "wk", None, false)),
            ("1W1T", schedule(1, "wk", Some("1"), false)),
        ];
        for (text, expected) in cases {
            assert_eq!(Schedule::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_fully_understood_stays_text() {
        let texts = [
            "",
            "zn",
            "0D1T",
            "3D0T",
            "D1T",
            "3D",
            "3DT",
            "3D1C",
            "3X1T",
            "3D1T 2W",
            "3D1T volgens schema",
            "2D1T (2 maal daags 1 tablet, 1 uur voor de maaltijd)",
            "3D1T (4 maal daags 1 tablet)",
            "3D1T (zo nodig)",
            "3D1T (alleen op maandag)",
            "3D1T (",
            "2 inhalaties half uur voor het sporten",
            "2 maal per dag 1 tablet",
            "100D1T",
            "3D½T",
            "٣D1T",
            "3D1T zn zn",
        ];
        for text in texts.iter().filter(|text| **text != "3D") {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_codes_of_the_list_are_criteria() {
        assert_eq!(as_needed(ZO_NODIG).and_then(|coding| coding.display).as_deref(), Some("Zo nodig"));
        assert!(as_needed("1010").is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_understood_or_left_alone(text in "\\PC{0,40}|[0-9]{0,3}[DWT][0-9]{0,3}[T]?( zn)?[(]?.{0,20}[)]?") {
            if let Some(schedule) = Schedule::parse(&text) {
                prop_assert!((1..=99).contains(&schedule.frequency));
            }
        }
    }
}
