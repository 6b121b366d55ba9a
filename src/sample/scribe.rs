//! Takes down the records of an invented practice: dates them, numbers what is withheld, adds letters.

use std::cell::Cell;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::WITHHELD_MARKER;
use super::calendar::Calendar;
use super::pdf;
use super::writer::{Batch, BatchWriter, MAX_PART, sha256_hex};
use crate::domain::dossier::RecordType;
use crate::domain::time::Timestamp;

/// How a letter's bytes are cut into `blob` records.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parts {
    /// As few as the format allows.
    One,
    /// In two halves.
    Two,
}

/// A delivery being written.
pub(super) struct Scribe<'a> {
    batch: BatchWriter<&'a mut dyn Write>,
    /// The days around the instant the practice is dated by.
    pub(super) calendar: Calendar,
    withheld: Cell<u64>,
}

impl<'a> Scribe<'a> {
    /// Begins the delivery, dated around `now`.
    pub(super) fn begin(batch: Batch, now: Timestamp, out: &'a mut dyn Write) -> io::Result<Self> {
        let batch = BatchWriter::begin(batch, out)?;
        Ok(Self { batch, calendar: Calendar::around(now), withheld: Cell::new(0) })
    }

    /// Adds a record that belongs to no patient: practice, employee, patient, merge.
    pub(super) fn put(&mut self, t: RecordType, id: &str, d: &Value) -> io::Result<()> {
        self.batch.put(t, id, None, d)
    }

    /// Adds a record of patient `pat`.
    pub(super) fn put_for(&mut self, pat: &str, t: RecordType, id: &str, d: &Value) -> io::Result<()> {
        self.batch.put(t, id, Some(pat), d)
    }

    /// Adds document `id` with a letter of one page that holds `text`; `d` lacks its form, size and hash.
    pub(super) fn put_letter(
        &mut self,
        pat: &str,
        id: &str,
        mut d: Value,
        text: &[&str],
        parts: Parts,
    ) -> io::Result<()> {
        let bytes = pdf::letter(d["title"].as_str().unwrap_or_default(), text);
        d["mime"] = json!("application/pdf");
        d["size"] = json!(bytes.len());
        d["sha256"] = json!(sha256_hex(&bytes));
        self.put_for(pat, RecordType::Document, id, &d)?;
        let part = match parts {
            Parts::One => MAX_PART,
            Parts::Two => bytes.len().div_ceil(2),
        };
        self.batch.put_bytes(id, pat, &bytes, part)
    }

    /// The text with the marker of what may not be served, and the next number.
    pub(super) fn hide(&self, text: &str) -> String {
        let number = self.withheld.get() + 1;
        self.withheld.set(number);
        format!("{text} {WITHHELD_MARKER}-{number}")
    }

    /// Ends the delivery with its footer.
    pub(super) fn finish(self) -> io::Result<()> {
        self.batch.finish().map(drop)
    }
}
