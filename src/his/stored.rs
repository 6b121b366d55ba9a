//! What dvza keeps of a record's text, and the hash that tells whether its content changed.
//!
//! The delivered bytes are kept as they are, unless S or O lines were in them. Then the text is written anew
//! without those lines, each remaining one with its delivered place in `i`: the identity of a line must not move
//! when another is dropped. A record that has something of `dvza-his-2` says so in the store: what `dvza-his-1` called
//! unknown must stay unknown when it is read again.

use aws_lc_rs::digest::{SHA256, digest};

use super::fields::Reading;
use super::finding::{Code, Finding};
use super::json::{Object, Value, write, write_array, write_object};
use super::record::Op;
use crate::domain::dossier::{Body, Line};

/// Member of a kept line that tells its delivered place. Known in the store only.
const PLACE: &str = "i";

/// Member of a kept record that tells that it is of `dvza-his-2`. Known in the store only.
pub(super) const FORMAT: &str = "$fmt";

/// A stored record does not follow the format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a stored record does not follow the format: {code} at {path}")]
pub struct Unreadable {
    /// The first rule that is broken.
    pub code: Code,
    /// JSON Pointer to where; empty for the whole text.
    pub path: String,
}

impl Unreadable {
    pub(super) fn because(findings: &[Finding]) -> Self {
        let refusing = findings.iter().find(|finding| finding.code.as_str().starts_with('E'));
        Self {
            code: refusing.map_or(Code::LineUnreadable, |finding| finding.code),
            path: refusing.and_then(|finding| finding.path.clone()).unwrap_or_default(),
        }
    }
}

/// What is kept of a record's text.
pub(super) struct Content {
    /// SHA-256 over operation and content.
    pub(super) hash: [u8; 32],
    /// The text to keep; `None` for the delivered bytes.
    pub(super) text: Option<Vec<u8>>,
}

/// Does this stored record say that it is of `dvza-his-2`?
pub(super) fn is_of_two(line: &Object<'_>) -> bool {
    matches!(line.get(FORMAT), Some(Value::Number("2")))
}

/// The content of an accepted line. A line from the store is what it is: nothing more is dropped from it.
pub(super) fn content(line: &Object<'_>, op: &Op, reading: &Reading<'_>) -> Content {
    let is_stored = reading.is_stored;
    let is_of_two = reading.uses_two();
    let Some(Value::Object(d)) = line.get("d") else { return Content { hash: sha256(b"del"), text: None } };
    let kept = if is_stored { None } else { lines_to_rewrite(op, d) };
    // The same members mean something else where the first version does not know them.
    let mut canonical = if is_of_two { b"put2".to_vec() } else { b"put".to_vec() };
    write_content(d, kept, &mut canonical);
    let must_rewrite = kept.is_some() || (!is_stored && (is_of_two || line.get(FORMAT).is_some()));
    let text = must_rewrite.then(|| {
        let marker = is_of_two.then(|| (FORMAT.into(), Value::Number("2")));
        let members = line.members().iter().filter(|(key, _)| key != FORMAT).cloned();
        let line: Object<'_> = members.chain(marker).collect();
        let mut text = Vec::new();
        write_object(&line, &mut text, |key, value, out| match key {
            "d" => write_content(d, kept, out),
            _ => write(value, out),
        });
        text
    });
    Content { hash: sha256(&canonical), text }
}

/// The lines to keep, when the text cannot stay as it was delivered: some were dropped, or one carries a
/// member that would be taken for a place.
fn lines_to_rewrite<'o>(op: &'o Op, d: &Object<'_>) -> Option<&'o [Line]> {
    let (Op::Put(Body::Entry(entry), _), Some(Value::Array(delivered))) = (op, d.get("lines")) else { return None };
    let has_place = |line: &Value<'_>| matches!(line, Value::Object(line) if line.get(PLACE).is_some());
    let must = delivered.len() != entry.lines.len() || delivered.iter().any(has_place);
    must.then_some(&entry.lines)
}

fn write_content(d: &Object<'_>, kept: Option<&[Line]>, out: &mut Vec<u8>) {
    write_object(d, out, |key, value, out| match (key, value, kept) {
        ("lines", Value::Array(delivered), Some(kept)) => {
            let objects = kept.iter().filter_map(|line| match delivered.get(line.index) {
                Some(Value::Object(object)) => Some((line.index, object)),
                _ => None,
            });
            write_array(objects, out, |(place, object), out| write_line(place, object, out));
        }
        _ => write(value, out),
    });
}

fn write_line(place: usize, line: &Object<'_>, out: &mut Vec<u8>) {
    let members = line.members().iter().filter(|(key, _)| key != PLACE);
    let number = place.to_string();
    let place = (PLACE.into(), Value::Number(&number));
    let line: Object<'_> = members.cloned().chain([place]).collect();
    write(&Value::Object(line), out);
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    // A SHA-256 has 32 bytes.
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
