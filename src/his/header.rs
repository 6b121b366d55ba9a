//! The first line of a delivery: which batch this is, of which practice, and what it replaces.

use uuid::Uuid;

use super::fields::{Checked, Fields, Path, Reading};
use super::finding::{Code, Finding};
use super::json::{self, Object, Value};
use super::values::{agb_or_ura, id, instant, one_of, string, text, whole};
use crate::domain::dossier::SourceId;
use crate::domain::time::Timestamp;

/// The version of the format of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// `dvza-his-1`.
    One,
    /// `dvza-his-2`: all of the first, and more.
    Two,
}

/// Names of the formats, as `fmt` of the header has them.
const FORMATS: [(&str, Format); 2] = [("dvza-his-1", Format::One), ("dvza-his-2", Format::Two)];

/// What a batch holds, and so what becomes of the records it does not mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchKind {
    /// The complete practice: what is not mentioned is deleted.
    Full,
    /// The complete set of the patients named in the header: of those, what is not mentioned is deleted.
    Patient,
    /// Changes: what is not mentioned stays.
    Delta,
}

/// The kind of system that delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A GP information system.
    His,
    /// A chain care system.
    Kis,
}

/// The system that made the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name of the product, at most 100 characters.
    pub system: String,
    /// Its version, at most 100 characters.
    pub version: String,
    /// Its kind; a header that does not say means a HIS (his-source-data §8).
    pub kind: SourceKind,
}

/// The header of a batch (his-source-data §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The version of the format.
    pub format: Format,
    /// Identifies the batch; the same id must always have the same content.
    pub batch: Uuid,
    /// What the batch holds.
    pub kind: BatchKind,
    /// URA of the practice, 8 digits.
    pub ura: String,
    /// AGB code of the practice, 8 digits.
    pub agb: String,
    /// The delivering system.
    pub source: Source,
    /// When the batch was made.
    pub made: Timestamp,
    /// Number of the batch, one higher each time.
    pub seq: u64,
    /// The batch before this one; `None` for the first.
    pub prev: Option<Uuid>,
    /// The patients whose complete sets these are; empty unless `kind` is [`BatchKind::Patient`].
    pub patients: Vec<SourceId>,
}

const KINDS: [(&str, BatchKind); 3] =
    [("full", BatchKind::Full), ("patient", BatchKind::Patient), ("delta", BatchKind::Delta)];

const SOURCE_KINDS: [(&str, SourceKind); 2] = [("his", SourceKind::His), ("kis", SourceKind::Kis)];

/// Reads the first line; gives the header with its warnings, or why the batch is rejected (`E-FMT-002`).
pub(super) fn read_header(line: &[u8]) -> Result<(Header, Vec<Finding>), Vec<Finding>> {
    let object = match json::parse(line) {
        Ok(Value::Object(object)) if is_header(&object) => object,
        _ => return Err(vec![Finding::of_header(Code::HeaderInvalid, None)]),
    };
    // Of a header of another format nothing can be said.
    let Some(format) = object.get("fmt").and_then(|value| one_of(&FORMATS)(value).ok()) else {
        return Err(vec![Finding::of_header(Code::HeaderInvalid, Some("/fmt"))]);
    };
    let reading = Reading::envelope();
    let mut fields = Fields::new(&object, Path::Line, &reading);
    let header = header(format, &mut fields);
    fields.close();
    let is_refused = reading.refuses();
    let findings = reading
        .into_findings(1, Some("header"), None)
        .into_iter()
        .map(|finding| finding.rejecting_as(Code::HeaderInvalid))
        .collect();
    match header {
        Some(header) if !is_refused => Ok((header, findings)),
        _ => Err(findings),
    }
}

fn is_header(object: &Object<'_>) -> bool {
    matches!(object.get("t"), Some(Value::Text(t)) if t == "header")
}

fn header(format: Format, h: &mut Fields<'_>) -> Option<Header> {
    h.take("t");
    h.take("fmt");
    let batch = h.required("batch", uuid);
    let kind = h.required("kind", one_of(&KINDS));
    let practice = h.required_object("practice", practice);
    let source = h.required_object("source", source);
    let made = h.required("made", instant);
    let seq = h.required("seq", whole(0..=i64::MAX as u64));
    let prev = h.optional("prev", uuid_or_null).flatten();
    let patients = h.list("patients", id);
    if kind.is_some_and(|kind| h.has("patients") != (kind == BatchKind::Patient)) {
        h.report_at(Code::Missing, "patients");
    }
    let (ura, agb) = practice?;
    Some(Header {
        format,
        batch: batch?,
        kind: kind?,
        ura,
        agb,
        source: source?,
        made: made?,
        seq: seq?,
        prev,
        patients,
    })
}

fn practice(practice: &mut Fields<'_>) -> Option<(String, String)> {
    let ura = practice.required("ura", agb_or_ura);
    let agb = practice.required("agb", agb_or_ura);
    Some((ura?, agb?))
}

fn source(source: &mut Fields<'_>) -> Option<Source> {
    let system = source.required("system", text(100));
    let version = source.required("version", text(100));
    let kind = source.optional("kind", one_of(&SOURCE_KINDS)).unwrap_or(SourceKind::His);
    Some(Source { system: system?, version: version?, kind })
}

/// A UUID in its hyphenated form.
pub(super) fn uuid(value: &Value<'_>) -> Checked<Uuid> {
    let text = string(value)?;
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Ok(uuid),
        _ => Err(Code::WrongForm),
    }
}

fn uuid_or_null(value: &Value<'_>) -> Checked<Option<Uuid>> {
    match value {
        Value::Null => Ok(None),
        _ => uuid(value).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"t":"header","fmt":"dvza-his-1","batch":"7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01","kind":"full","practice":{"ura":"90009991","agb":"01999991"},"source":{"system":"VoorbeeldHIS","version":"9.2"},"made":"2026-06-15T02:00:00+02:00","seq":118,"prev":null}"#;

    #[test]
    fn a_good_header_is_read_whole() {
        let (header, warnings) = read_header(GOOD.as_bytes()).unwrap();
        assert_eq!(header.kind, BatchKind::Full);
        assert_eq!((header.ura.as_str(), header.agb.as_str()), ("90009991", "01999991"));
        assert_eq!(header.source.kind, SourceKind::His);
        assert_eq!((header.seq, header.prev), (118, None));
        assert!(header.patients.is_empty() && warnings.is_empty());
    }

    #[test]
    fn the_patients_are_named_exactly_when_they_are_delivered() {
        let named = GOOD.replace("\"full\"", "\"patient\"").replace("null}", "null,\"patients\":[\"p1\",\"p2\"]}");
        assert_eq!(read_header(named.as_bytes()).unwrap().0.patients.len(), 2);
        for bad in [named.replace("\"patient\"", "\"delta\""), GOOD.replace("\"full\"", "\"patient\"")] {
            assert_eq!(paths(&bad), ["E-FMT-002 /patients"]);
        }
    }

    #[test]
    fn what_is_wrong_in_a_header_rejects_the_batch_and_names_its_place() {
        let table = [
            ("\"t\":\"header\"", "\"t\":\"practice\"", "E-FMT-002 "),
            ("dvza-his-1", "dvza-his-9", "E-FMT-002 /fmt"),
            ("\"fmt\":\"dvza-his-1\",", "", "E-FMT-002 /fmt"),
            ("7d7b7a0e-2f0b", "2f0b", "E-FMT-002 /batch"),
            ("7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01", "7d7b7a0e2f0b4d0b9d5e0b5a7e5c9a01", "E-FMT-002 /batch"),
            ("\"full\"", "\"all\"", "E-FMT-002 /kind"),
            ("90009991", "9000999", "E-FMT-002 /practice/ura"),
            (",\"version\":\"9.2\"", "", "E-FMT-002 /source/version"),
            ("02:00:00+02:00", "02:00:00", "E-FMT-002 /made"),
            ("118", "-1", "E-FMT-002 /seq"),
            ("\"prev\":null", "\"prev\":1", "E-FMT-002 /prev"),
            ("\"prev\":null", "\"prev\":null,\"prev\":null", "E-FMT-002 "),
        ];
        for (from, to, expected) in table {
            assert_eq!(paths(&GOOD.replacen(from, to, 1)), [expected], "{to}");
        }
        assert!(read_header(b"").is_err() && read_header(b"\xEF\xBB\xBF{}").is_err());
    }

    #[test]
    fn an_unknown_member_of_a_header_is_a_warning() {
        let (_, warnings) = read_header(GOOD.replace("\"seq\"", "\"foo\":1,\"seq\"").as_bytes()).unwrap();
        assert_eq!(warnings, [Finding::of_header(Code::MemberUnknown, Some("/foo"))]);
    }

    fn paths(line: &str) -> Vec<String> {
        let findings = read_header(line.as_bytes()).unwrap_err();
        findings.into_iter().map(|f| format!("{} {}", f.code, f.path.unwrap_or_default())).collect()
    }
}
