//! The last line of a delivery, which proves that all of it arrived: counts by type and the hash of the records.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::fields::{Checked, Fields, Path, Reading};
use super::finding::{Code, Finding};
use super::header::uuid;
use super::json::{self, Object, Value};
use super::record::LineType;
use super::values::{sha256, whole};
use crate::domain::dossier::RecordType;

/// Names beyond this many are counted together: the names of a delivery must not fill the memory.
const MAX_FOREIGN_NAMES: usize = 256;

/// Lines counted by their `t`, unknown types too, unreadable lines not (his-source-data §8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    known: BTreeMap<RecordType, u64>,
    /// Unknown types by name; the empty name stands for all that cannot be written.
    foreign: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts so many lines of a type.
    pub(super) fn add(&mut self, t: &LineType, lines: u64) {
        let count = match t {
            LineType::Record(t) => self.known.entry(*t).or_default(),
            LineType::Other(name) => self.foreign_count(name),
        };
        *count = count.saturating_add(lines);
    }

    fn foreign_count(&mut self, name: &str) -> &mut u64 {
        let fits = self.foreign.len() < MAX_FOREIGN_NAMES || self.foreign.contains_key(name);
        self.foreign.entry(if fits { name.to_owned() } else { String::new() }).or_default()
    }

    /// The names of the types that are counted differently.
    fn differences<'t>(&'t self, other: &'t Self) -> impl Iterator<Item = &'t str> {
        let known = RecordType::ALL.into_iter().filter(|t| self.known.get(t) != other.known.get(t));
        let names: BTreeSet<&str> = self.foreign.keys().chain(other.foreign.keys()).map(String::as_str).collect();
        let foreign = names.into_iter().filter(|name| self.foreign.get(*name) != other.foreign.get(*name));
        known.map(|t| -> &'t str { t.as_str() }).chain(foreign)
    }
}

/// What was seen of a batch, to hold against its footer.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    /// The batch of the header.
    pub(super) batch: Uuid,
    /// The record lines by type.
    pub(super) tally: &'a Tally,
    /// SHA-256 over the record lines with their LFs.
    pub(super) sha256: [u8; 32],
}

/// Holds the last line against what was seen. Gives its warnings, or why the batch is rejected (`E-FMT-003`).
pub(super) fn check_footer(line: &[u8], line_no: u64, seen: &Seen<'_>) -> Result<Vec<Finding>, Vec<Finding>> {
    let object = match json::parse(line) {
        Ok(Value::Object(object)) if is_footer(&object) => object,
        // The last line is a record or a part of one: the file is cut off, and no line is the footer.
        _ => return Err(vec![Finding::of_footer(Code::FooterInvalid, None, None)]),
    };
    let reading = Reading::envelope();
    let mut fields = Fields::new(&object, Path::Line, &reading);
    compare(&mut fields, seen);
    fields.close();
    let is_rejected = reading.refuses();
    let findings = reading
        .into_findings(line_no, Some("footer"), None)
        .into_iter()
        .map(|finding| finding.rejecting_as(Code::FooterInvalid))
        .collect();
    if is_rejected { Err(findings) } else { Ok(findings) }
}

fn is_footer(object: &Object<'_>) -> bool {
    matches!(object.get("t"), Some(Value::Text(t)) if t == "footer")
}

fn compare(footer: &mut Fields<'_>, seen: &Seen<'_>) {
    footer.take("t");
    if footer.required("batch", uuid).is_some_and(|batch| batch != seen.batch) {
        footer.report_at(Code::FooterInvalid, "batch");
    }
    if let Some(counts) = footer.required("counts", counts) {
        let at = Path::Member(&Path::Line, "counts");
        for name in counts.differences(seen.tally) {
            footer.reading().report(Code::FooterInvalid, &Path::Member(&at, name));
        }
    }
    if footer.required("sha256", sha256).is_some_and(|hex| hex != to_hex(&seen.sha256)) {
        footer.report_at(Code::FooterInvalid, "sha256");
    }
}

/// The counts of the footer; a count of zero is as good as none.
fn counts(value: &Value<'_>) -> Checked<Tally> {
    let Value::Object(object) = value else { return Err(Code::WrongType) };
    let mut tally = Tally::default();
    for (name, value) in object.members() {
        let lines = whole(0..=u64::MAX)(value)?;
        if lines > 0 {
            tally.add(&LineType::of(name), lines);
        }
    }
    Ok(tally)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: &str = "7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01";

    fn footer(counts: &str) -> String {
        let hash = to_hex(&[7; 32]);
        format!(r#"{{"t":"footer","batch":"{BATCH}","counts":{{{counts}}},"sha256":"{hash}"}}"#)
    }

    fn check(line: &str) -> Vec<String> {
        let mut tally = Tally::default();
        tally.add(&LineType::of("patient"), 2);
        tally.add(&LineType::of("note2"), 1);
        tally.add(&LineType::of("Jan Jansen"), 1);
        let seen = Seen { batch: BATCH.parse().unwrap(), tally: &tally, sha256: [7; 32] };
        let findings = check_footer(line.as_bytes(), 28, &seen).unwrap_or_else(|findings| findings);
        findings.into_iter().map(|f| format!("{} {}", f.code, f.path.unwrap_or_default())).collect()
    }

    #[test]
    fn a_footer_that_agrees_gives_no_finding() {
        assert!(check(&footer(r#""patient":2,"note2":1,"Jan Jansen":1,"episode":0"#)).is_empty());
        let upper =
            footer(r#""patient":2,"note2":1,"x y":1"#).replace(&"07".repeat(32), &"07".repeat(32).to_uppercase());
        assert!(check(&upper).is_empty());
    }

    #[test]
    fn every_disagreement_is_named() {
        let good = footer(r#""patient":2,"note2":1,"x y":1"#);
        let table = [
            (footer(r#""patient":3,"note2":1,"x y":1"#), "E-FMT-003 /counts/patient"),
            (footer(r#""patient":2,"note2":1,"x y":1,"episode":1"#), "E-FMT-003 /counts/episode"),
            (footer(r#""patient":2,"x y":1"#), "E-FMT-003 /counts/note2"),
            (footer(r#""patient":2,"note2":1"#), "E-FMT-003 /counts"),
            (footer(r#""patient":"2""#), "E-FMT-003 /counts"),
            (good.replace("7d7b", "8d7b"), "E-FMT-003 /batch"),
            (good.replace("0707", "0708"), "E-FMT-003 /sha256"),
            (good.replace("sha256", "sha1"), "E-FMT-003 /sha256"),
            (good.replace("footer", "contact"), "E-FMT-003 "),
            (good[..good.len() - 1].to_owned(), "E-FMT-003 "),
        ];
        for (line, expected) in table {
            assert!(check(&line).contains(&expected.to_owned()), "{line}: {:?}", check(&line));
        }
    }

    #[test]
    fn names_of_unknown_types_are_bounded() {
        let mut tally = Tally::default();
        for n in 0..10_000 {
            tally.add(&LineType::Other(format!("t{n}")), 1);
        }
        assert_eq!(tally.foreign.len(), MAX_FOREIGN_NAMES + 1);
        assert_eq!(tally.foreign.values().sum::<u64>(), 10_000);
    }
}
