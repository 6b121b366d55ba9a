//! Determinations and the laboratory reports that group them.

use super::coded::{self, body_site, who};
use super::codes;
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::ucum::is_ucum;
use super::values::{agb_or_ura, date, decimal, digits, flag, form, id, instant, one_of, string, text, words};
use crate::domain::dossier::{
    Comparator, Flag, Observation, ObservationDate, ObservationStatus, ObservationValue, Report, ResultKind,
    ResultRelease, ResultState,
};

/// How the value of a determination is written.
#[derive(Clone, Copy)]
enum ValueType {
    Quantity,
    Coded,
    Text,
    None,
}

const VALUE_TYPES: [(&str, ValueType); 5] = [
    ("q", ValueType::Quantity),
    ("c", ValueType::Coded),
    ("s", ValueType::Text),
    ("t", ValueType::Text),
    ("none", ValueType::None),
];

const COMPARATORS: [(&str, Comparator); 4] = [
    ("<", Comparator::Less),
    ("<=", Comparator::LessOrEqual),
    (">", Comparator::Greater),
    (">=", Comparator::GreaterOrEqual),
];

const FLAGS: [(&str, Flag); 6] =
    [("N", Flag::N), ("L", Flag::L), ("H", Flag::H), ("LL", Flag::LL), ("HH", Flag::HH), ("A", Flag::A)];

/// Marks that `dvza-his-2` adds: of cultures and of what lies between.
const FLAGS_2: [(&str, Flag); 3] = [("I", Flag::I), ("R", Flag::R), ("S", Flag::S)];

const RESULT_KINDS: [(&str, ResultKind); 2] =
    [("laboratory", ResultKind::Laboratory), ("measurement", ResultKind::Measurement)];

const STATUSES: [(&str, ObservationStatus); 5] = [
    ("prelim", ObservationStatus::Prelim),
    ("final", ObservationStatus::Final),
    ("corrected", ObservationStatus::Corrected),
    ("cancelled", ObservationStatus::Cancelled),
    ("error", ObservationStatus::Error),
];

const RESULT_STATES: [(&str, ResultState); 5] = [
    ("received", ResultState::Received),
    ("saved", ResultState::Saved),
    ("invited", ResultState::Invited),
    ("published", ResultState::Published),
    ("withdrawn", ResultState::Withdrawn),
];

pub(super) fn observation(d: &mut Fields<'_>) -> Option<Observation> {
    if !d.has_any(&["nhg45", "loinc", "name"]) {
        d.report(Code::DeterminationMissing);
    }
    let nhg45 = d.optional("nhg45", digits(1..=5));
    check_table(d, nhg45.as_deref());
    let key = d.optional("key", form(|key| key.chars().count() == 8, Code::WrongForm));
    let loinc = d.optional("loinc", form(codes::is_loinc, Code::WrongForm));
    let name = d.optional("name", words);
    let date = d.required("date", moment);
    check_not_future(d, date);
    let value_type = d.required("value_type", one_of(&VALUE_TYPES));
    let value = value(d, value_type);
    let low = d.optional("low", decimal);
    let high = d.optional("high", decimal);
    let flag = flag_of_result(d);
    let status = d.required("status", one_of(&STATUSES));
    let lab = d.optional("lab", words);
    let lab_agb = d.optional("lab_agb", agb_or_ura);
    let report = d.optional("report", id);
    let contact = d.optional("contact", id);
    let episodes = d.list("episodes", id);
    let comment = d.optional("comment", words);
    let comment_third_party = d.is_set("comment_third_party");
    let release = d.required_object("release", result_release);
    Some(Observation {
        nhg45,
        key,
        loinc,
        name,
        date: date?,
        value: value?,
        low,
        high,
        flag,
        status: status?,
        lab,
        lab_agb,
        report,
        contact,
        episodes,
        comment,
        comment_third_party,
        release: release?,
        kind: d.optional2("kind", one_of(&RESULT_KINDS)),
        identifier: d.optional2("identifier", text(64)),
        unit_text: d.optional2("unit_text", words),
        interpretation: d.optional2("interpretation", words),
        body_site: d.object2("body_site", body_site),
        method: d.object2("method", coded::coded),
        performer: d.object2("performer", who),
        specimen: d.optional2("specimen", id),
        members: d.list2("members", id),
        order: d.optional2("order", id),
    })
}

fn flag_of_result(d: &mut Fields<'_>) -> Option<Flag> {
    let reads_two = d.reading().reads_two();
    let flag = d.optional("flag", |value| match one_of(&FLAGS_2)(value) {
        Ok(flag) if reads_two => Ok(flag),
        _ => one_of(&FLAGS)(value),
    });
    if flag.is_some_and(|flag| FLAGS_2.iter().any(|(_, of_two)| *of_two == flag)) {
        d.reading().note_two();
    }
    flag
}

/// Warns about a number that the loaded NHG table 45 does not have.
fn check_table(d: &Fields<'_>, nhg45: Option<&str>) {
    if let (Some(number), Some(table)) = (nhg45, d.reading().nhg45)
        && !table.contains(number)
    {
        d.report_at(Code::CodeNotInTable, "nhg45");
    }
}

pub(super) fn moment(value: &Value<'_>) -> Checked<ObservationDate> {
    if string(value)?.contains('T') {
        instant(value).map(ObservationDate::At)
    } else {
        date(value).map(ObservationDate::Day)
    }
}

/// One day ahead is granted: clocks of laboratories differ.
fn check_not_future(d: &Fields<'_>, date: Option<ObservationDate>) {
    let (Some(date), Some(now)) = (date, d.reading().now) else { return };
    let is_future = match date {
        ObservationDate::At(at) => at > now.plus_local_days(1),
        ObservationDate::Day(day) => day > now.plus_local_days(1).local_date(),
    };
    if is_future {
        d.report_at(Code::InTheFuture, "date");
    }
}

/// The members that belong to this type of value; one that does not belong is reported as unknown.
fn value(d: &mut Fields<'_>, value_type: Option<ValueType>) -> Option<ObservationValue> {
    match value_type {
        Some(ValueType::Quantity) => quantity(d),
        Some(ValueType::Coded) => coded(d),
        Some(ValueType::Text) => d.required("value", text(8000)).map(ObservationValue::Text),
        Some(ValueType::None) => Some(ObservationValue::None),
        None => {
            // Without a type nothing can be said of them, and the type is reported already.
            for key in ["value", "unit", "cmp", "code"] {
                d.take(key);
            }
            None
        }
    }
}

fn quantity(d: &mut Fields<'_>) -> Option<ObservationValue> {
    let value = d.required("value", decimal);
    let comparator = d.optional("cmp", one_of(&COMPARATORS));
    let unit = d.optional("unit", words);
    let ucum = unit.as_deref().is_some_and(is_ucum);
    if unit.is_some() && !ucum {
        d.report_at(Code::UnitNotUcum, "unit");
    }
    Some(ObservationValue::Quantity { value: value?, unit, ucum, comparator })
}

/// A code with its display in `value`; one of the two is enough to say something.
fn coded(d: &mut Fields<'_>) -> Option<ObservationValue> {
    if !d.has_any(&["code", "value"]) {
        d.report_at(Code::Missing, "code");
    }
    let code = d.optional("code", digits(1..=18));
    let display = d.optional("value", text(8000));
    Some(ObservationValue::Coded { code, display })
}

fn result_release(release: &mut Fields<'_>) -> Option<ResultRelease> {
    let state = release.required("state", one_of(&RESULT_STATES));
    let at = release.optional("at", instant);
    let conclusion = release.optional("conclusion", words);
    let by = release.optional("by", id);
    if state == Some(ResultState::Published) {
        if !release.has("at") {
            release.report_at(Code::Missing, "at");
        }
        if !release.has("conclusion") {
            release.report_at(Code::ConclusionMissing, "conclusion");
        }
    }
    Some(ResultRelease { state: state?, at, conclusion, by })
}

pub(super) fn report(d: &mut Fields<'_>) -> Option<Report> {
    let lab = d.required("lab", words);
    let lab_agb = d.optional("lab_agb", agb_or_ura);
    let number = d.required("number", words);
    let requested_at = d.optional("requested_at", instant);
    let sampled_at = d.optional("sampled_at", instant);
    let authorised_at = d.optional("authorised_at", instant);
    let complete = d.optional("complete", flag);
    let members = d.list("members", id);
    Some(Report {
        lab_agb,
        requested_at,
        sampled_at,
        authorised_at,
        complete,
        members,
        order: d.optional2("order", id),
        performer: d.optional2("performer", id),
        sampled_on: d.optional2("sampled_on", date),
        status: d.optional2("status", one_of(&STATUSES)),
        lab: lab?,
        number: number?,
    })
}
