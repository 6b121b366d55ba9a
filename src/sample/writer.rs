//! Writes one full delivery in the format `dvza-his-1` or `dvza-his-2` (his-source-data §4.1), line by line.
//!
//! Members are in a fixed order and nothing is kept but the hash and the counts, so the same records give the
//! same bytes and memory does not grow. The writer knows the container, not the records: what goes into `d` is
//! the caller's.

use std::io::{self, Write};

use aws_lc_rs::digest::{Context, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::dossier::RecordType;
use crate::domain::time::Timestamp;

/// The longest line of the format, its line feed included.
pub const MAX_LINE: usize = 1 << 20;

/// The most bytes one `blob` line may carry, before base64.
pub const MAX_PART: usize = 700 * 1024;

/// The version of the format that a delivery is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `dvza-his-1`.
    One,
    /// `dvza-his-2`.
    Two,
}

impl Version {
    /// As the header has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "dvza-his-1",
            Self::Two => "dvza-his-2",
        }
    }
}

/// What the header of a delivery says, and the version and instant all its records share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The version of the format.
    pub format: Version,
    /// The delivery's own id.
    pub id: Uuid,
    /// UZI-register abonneenummer of the practice, 8 digits.
    pub ura: String,
    /// AGB code of the practice, 8 digits.
    pub agb: String,
    /// The name the delivering system gives itself.
    pub system: String,
    /// When the delivery was made.
    pub made: Timestamp,
    /// Place in the practice's row of deliveries; the first one may have any.
    pub seq: u64,
    /// Version of every record, 1 or more.
    pub version: u64,
    /// When the records were last changed.
    pub changed: Timestamp,
}

/// Writes the header at once, records one by one, and the footer at the end.
///
/// A delivery that is not [finished](BatchWriter::finish) has no footer and is refused by every importer
/// (`E-FMT-003`), so a half-written file does no harm. Wrap a file or pipe in a `BufWriter`.
pub struct BatchWriter<W: Write> {
    out: W,
    batch: Batch,
    changed: String,
    hash: Context,
    counts: [u64; RecordType::ALL.len()],
    line: Vec<u8>,
}

#[derive(Serialize)]
struct Line<'a, D> {
    t: RecordType,
    id: &'a str,
    v: u64,
    op: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pat: Option<&'a str>,
    at: &'a str,
    d: &'a D,
}

impl<W: Write> BatchWriter<W> {
    /// Writes the header of a full delivery.
    ///
    /// # Errors
    /// What writing to `out` answers.
    pub fn begin(batch: Batch, out: W) -> io::Result<Self> {
        let mut writer = Self {
            out,
            changed: batch.changed.to_rfc3339(),
            batch,
            hash: Context::new(&SHA256),
            counts: [0; RecordType::ALL.len()],
            line: Vec::new(),
        };
        let batch = &writer.batch;
        let header = json!({
            "t": "header",
            "fmt": batch.format.as_str(),
            "batch": batch.id,
            "kind": "full",
            "practice": { "ura": batch.ura, "agb": batch.agb },
            "source": { "system": batch.system, "version": env!("CARGO_PKG_VERSION"), "kind": "his" },
            "made": batch.made.to_rfc3339(),
            "seq": batch.seq,
            "prev": null,
        });
        writer.write_line(&header)?;
        Ok(writer)
    }

    /// Writes one record: `pat` for the types that belong to a patient, `None` for the others.
    ///
    /// # Errors
    /// What writing answers; `InvalidData` when the line gets longer than [`MAX_LINE`].
    pub fn put(&mut self, t: RecordType, id: &str, pat: Option<&str>, d: &impl Serialize) -> io::Result<()> {
        let line = Line { t, id, v: self.batch.version, op: "put", pat, at: &self.changed, d };
        self.line.clear();
        serde_json::to_writer(&mut self.line, &line)?;
        self.line.push(b'\n');
        if self.line.len() > MAX_LINE {
            let message = format!("the line of {t} {id} is longer than the format allows");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.hash.update(&self.line);
        self.counts[t as usize] += 1;
        self.out.write_all(&self.line)
    }

    /// Writes the bytes of document `id` as `blob` records of at most `part` bytes (at most [`MAX_PART`] anyhow).
    ///
    /// # Errors
    /// What [`put`](Self::put) answers.
    pub fn put_bytes(&mut self, id: &str, pat: &str, bytes: &[u8], part: usize) -> io::Result<()> {
        let sha256 = sha256_hex(bytes);
        let chunks = bytes.chunks(part.clamp(1, MAX_PART));
        let parts = chunks.len();
        for (number, chunk) in (1..).zip(chunks) {
            let d = json!({ "sha256": sha256, "part": number, "parts": parts, "data": STANDARD.encode(chunk) });
            self.put(RecordType::Blob, &format!("{id}-b{number}"), Some(pat), &d)?;
        }
        Ok(())
    }

    /// Writes the footer with the counts and the hash, flushes, and gives `out` back.
    ///
    /// # Errors
    /// What writing or flushing answers.
    pub fn finish(mut self) -> io::Result<W> {
        let seen = RecordType::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let counts: Map<String, Value> = seen.map(|(t, count)| (t.to_string(), count.into())).collect();
        let sha256 = hex(self.hash.clone().finish().as_ref());
        let footer = json!({ "t": "footer", "batch": self.batch.id, "counts": counts, "sha256": sha256 });
        self.write_line(&footer)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// Writes a line that is neither counted nor hashed.
    fn write_line(&mut self, value: &Value) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }
}

/// SHA-256 in lower-case hex, as `document` and `blob` carry it.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let at = Timestamp::parse_rfc3339("2026-06-15T02:00:00+02:00").unwrap();
        Batch {
            format: Version::One,
            id: Uuid::nil(),
            ura: "90009999".into(),
            agb: "01999999".into(),
            system: "Toets".into(),
            made: at,
            seq: 1,
            version: 3,
            changed: at,
        }
    }

    fn lines(bytes: Vec<u8>) -> Vec<Value> {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with('\n') && !text.contains("\n\n"));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn the_types_are_counted_in_the_order_of_the_format() {
        // `counts` is indexed by the discriminant of the type.
        for (place, t) in RecordType::ALL.into_iter().enumerate() {
            assert_eq!(t as usize, place);
        }
    }

    #[test]
    fn a_record_is_one_line_with_its_members_in_order() {
        let mut writer = BatchWriter::begin(batch(), Vec::new()).unwrap();
        writer.put(RecordType::Alert, "a1", Some("p1"), &json!({ "text": "x\ny", "start": "2026-01-01" })).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let expected = concat!(
            r#"{"t":"alert","id":"a1","v":3,"op":"put","pat":"p1","at":"2026-06-15T02:00:00+02:00","#,
            r#""d":{"text":"x\ny","start":"2026-01-01"}}"#
        );
        assert_eq!(text.lines().nth(1), Some(expected));
    }

    #[test]
    fn the_footer_counts_and_hashes_the_lines_between() {
        let mut writer = BatchWriter::begin(batch(), Vec::new()).unwrap();
        writer.put(RecordType::Practice, "pr", None, &json!({})).unwrap();
        writer.put(RecordType::Patient, "p1", None, &json!({})).unwrap();
        writer.put(RecordType::Patient, "p2", None, &json!({})).unwrap();
        let bytes = writer.finish().unwrap();
        let footer = lines(bytes.clone()).pop().unwrap();
        assert_eq!(footer["counts"], json!({ "practice": 1, "patient": 2 }));
        let text = String::from_utf8(bytes).unwrap();
        let middle: String = text.split_inclusive('\n').skip(1).take(3).collect();
        assert_eq!(footer["sha256"], sha256_hex(middle.as_bytes()));
    }

    #[test]
    fn a_document_travels_in_parts_that_carry_the_hash_of_the_whole() {
        let mut writer = BatchWriter::begin(batch(), Vec::new()).unwrap();
        writer.put_bytes("d1", "p1", b"abcdefg", 3).unwrap();
        let lines = lines(writer.finish().unwrap());
        let parts = &lines[1..4];
        let data: Vec<u8> =
            parts.iter().flat_map(|l| STANDARD.decode(l["d"]["data"].as_str().unwrap()).unwrap()).collect();
        assert_eq!(data, b"abcdefg");
        for (i, part) in parts.iter().enumerate() {
            assert_eq!(part["d"]["sha256"], sha256_hex(b"abcdefg"));
            assert_eq!((&part["d"]["part"], &part["d"]["parts"]), (&json!(i + 1), &json!(3)));
        }
    }

    #[test]
    fn a_line_longer_than_the_format_allows_is_refused() {
        let mut writer = BatchWriter::begin(batch(), Vec::new()).unwrap();
        let error = writer.put(RecordType::Alert, "a1", Some("p1"), &json!({ "text": "x".repeat(MAX_LINE) }));
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn the_largest_part_fits_its_line() {
        let mut writer = BatchWriter::begin(batch(), io::sink()).unwrap();
        let id = "d".repeat(60);
        writer.put_bytes(&id, &"p".repeat(64), &vec![7; MAX_PART + 1], usize::MAX).unwrap();
    }
}
