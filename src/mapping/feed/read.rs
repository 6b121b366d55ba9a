//! Reading the members of a resource.

use jiff::civil::Date;

use super::record_id;
use crate::domain::dossier::SourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType as R;
use crate::fhir::search::Span;
use crate::fhir::tree::Json;

/// Codes of the sections and lines that are never served (R-SP-01), and every naming of their system, without scheme.
const NEVER: [(&[&str], &[&str]); 3] = [
    (&["snomed.info/sct", "2.16.840.1.113883.6.96"], &["255362007", "260224007"]),
    (&["fhir.nl/fhir/namingsystem/journaalregeltypen", "2.16.840.1.113883.2.4.4.32.2"], &["s", "o"]),
    (&["loinc.org", "2.16.840.1.113883.6.1"], &["61150-9", "61149-1"]),
];
/// The confidentiality labels of HL7, without scheme, and those that hide nothing.
const CONFIDENTIALITY: [&str; 3] =
    ["terminology.hl7.org/codesystem/v3-confidentiality", "hl7.org/fhir/v3/confidentiality", "2.16.840.1.113883.5.25"];
const NOT_CONFIDENTIAL: [&str; 4] = ["U", "L", "M", "N"];
const RESTRICTED: [&str; 2] = ["R", "V"];
/// The label of test data.
const TEST_DATA: (&str, &str) = ("terminology.hl7.org/codesystem/v3-actreason", "HTEST");

/// A naming system without what spellings differ in: scheme, case, the end.
fn plain(system: &str) -> String {
    let system = system.trim().trim_end_matches(['/', '#']).to_ascii_lowercase();
    let schemes = ["http://", "https://", "urn:oid:"];
    schemes.iter().find_map(|scheme| system.strip_prefix(scheme).map(str::to_owned)).unwrap_or(system)
}

/// Does anything in it, at whatever depth and also in what it contains, say that it is an S or O line (R-SP-01)?
pub fn holds_what_is_never_shown(json: &Json<'_>) -> bool {
    match json {
        Json::Array(elements) => elements.iter().any(holds_what_is_never_shown),
        Json::Object(members) => {
            let codes = json.member("code").into_iter().flat_map(|code| list(code, "coding"));
            is_never_shown(json)
                // Without a system the letters mean this only as the kind of a line.
                || codes.filter(|coding| coding.member("system").is_none()).any(is_line_letter)
                || members.iter().any(|(_, value)| holds_what_is_never_shown(value))
        }
        _ => false,
    }
}

fn is_never_shown(coding: &Json<'_>) -> bool {
    let (Some(system), Some(code)) = (word(coding, "system"), word(coding, "code")) else { return false };
    let code = code.trim().to_ascii_lowercase();
    // Most codes are none of these, and are told by the code alone.
    NEVER.iter().any(|(systems, codes)| codes.contains(&code.as_str()) && systems.contains(&plain(system).as_str()))
}

fn is_line_letter(coding: &Json<'_>) -> bool {
    word(coding, "code").is_some_and(|code| matches!(code.trim(), "S" | "O" | "s" | "o"))
}

/// Does this security label hide nothing? One without code or of another system may mean anything, so it hides.
pub fn is_harmless(label: &Json<'_>) -> bool {
    let codings: Vec<&Json<'_>> = list(label, "coding").collect();
    if !codings.is_empty() {
        return codings.into_iter().all(is_harmless);
    }
    let (Some(system), Some(code)) = (word(label, "system").map(plain), word(label, "code")) else { return false };
    (CONFIDENTIALITY.contains(&system.as_str()) && NOT_CONFIDENTIAL.contains(&code))
        || (system == TEST_DATA.0 && code == TEST_DATA.1)
}

/// Is this security label of a document the restriction that documents are exchanged with, R or V, and nothing else?
pub(super) fn is_restriction(label: &Json<'_>) -> bool {
    let mut codings = list(label, "coding");
    let is_one = |coding: &Json<'_>| {
        let system = word(coding, "system").map(plain);
        system.is_some_and(|system| CONFIDENTIALITY.contains(&system.as_str()))
            && word(coding, "code").is_some_and(|code| RESTRICTED.contains(&code))
    };
    codings.next().is_some_and(is_one) && codings.next().is_none() && label.member("text").is_none()
}

/// Does the source keep it from the patient: by a label, also of what is contained, or by the confidentiality of a report?
/// The restriction of a document is told by [`is_restriction`].
pub(super) fn is_labelled(json: &Json<'_>, is_document: bool) -> bool {
    let mut meta = json.member("meta").into_iter().flat_map(|meta| list(meta, "security"));
    let mut labels = list(json, "securityLabel").filter(|label| !(is_document && is_restriction(label)));
    let confidentiality = word(json, "confidentiality").is_some_and(|code| !NOT_CONFIDENTIAL.contains(&code));
    let hides = |label: &Json<'_>| !is_harmless(label);
    confidentiality
        || meta.any(hides)
        || labels.any(hides)
        || list(json, "contained").any(|contained| is_labelled(contained, false))
}

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

/// The first day of a date or instant that is a member of its own.
pub(super) fn day(json: &Json<'_>, member: &str) -> Option<Date> {
    word(json, member).and_then(first_day)
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
