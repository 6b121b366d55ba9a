//! Reading the members of a resource.

use jiff::civil::Date;

use super::record_id;
use crate::domain::dossier::SourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType as R;
use crate::fhir::search::Span;
use crate::fhir::tree::Json;

/// Both ends of a Period, as days in Amsterdam.
pub(super) fn period(json: &Json<'_>, member: &str) -> (Option<Date>, Option<Date>) {
    let Some(period) = json.member(member) else { return (None, None) };
    (word(period, "start").and_then(first_day), word(period, "end").and_then(last_day))
}

pub(super) fn first_day(text: &str) -> Option<Date> {
    Span::parse(text)?.from.map(Timestamp::local_date)
}

/// The last day that a date covers: an end of `2026-06` is the 30th.
pub(super) fn last_day(text: &str) -> Option<Date> {
    let to = Span::parse(text)?.to?;
    Some(Timestamp::from_millis(to.millis() - 1).local_date())
}

pub(super) fn has_code(json: &Json<'_>, member: &str, system: &str, code: &str) -> bool {
    let concepts = json.member(member).into_iter().filter(|value| matches!(value, Json::Object(_)));
    let codings = concepts.chain(list(json, member)).flat_map(|concept| list(concept, "coding"));
    let mut codings = codings.map(|coding| (word(coding, "system"), word(coding, "code")));
    codings.any(|pair| pair == (Some(system), Some(code)))
}

/// The record of what a reference names.
pub(super) fn record_of(reference: &Json<'_>) -> Option<String> {
    let (kind, id) = word(reference, "reference")?.split_once('/')?;
    Some(record_id(R::find(kind)?, id))
}

/// The record a single reference names; of one that names nothing, `itself`, which is no such record.
pub(super) fn named(json: &Json<'_>, member: &str, itself: &SourceId) -> SourceId {
    let record = json.member(member).and_then(record_of).and_then(|record| record.parse().ok());
    record.unwrap_or_else(|| itself.clone())
}

pub(super) fn ids(records: impl Iterator<Item = String>) -> Vec<SourceId> {
    let mut ids: Vec<SourceId> = records.filter_map(|record| record.parse().ok()).collect();
    ids.sort();
    ids.dedup();
    ids
}

pub(super) fn list<'j>(json: &'j Json<'_>, member: &str) -> impl Iterator<Item = &'j Json<'j>> {
    match json.member(member) {
        Some(Json::Array(elements)) => elements.as_slice(),
        _ => &[],
    }
    .iter()
}

pub(super) fn word<'j>(json: &'j Json<'_>, member: &str) -> Option<&'j str> {
    json.member(member).and_then(Json::as_text)
}
