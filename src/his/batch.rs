//! A whole delivery, from header to footer, one line at a time (his-source-data §4.1).
//!
//! The reader is always one line ahead: the last line is the footer, whatever it says, and is never taken for a
//! record. A batch is proven complete only when [`BatchReader::finish`] says so; until then nothing of it may be
//! applied.

use std::io::{self, Read};

use aws_lc_rs::digest::{Context, SHA256};

use super::finding::{Code, Finding, Severity};
use super::footer::{Seen, Tally, check_footer};
use super::header::{Header, read_header};
use super::record::{Frame, Outcome, read_record};
use super::stream::{Limits, Lines, LinesError, RawLine};

/// Why a batch is not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// It breaks the format in a way that rejects it whole. The findings say where; warnings may be among them.
    #[error("the batch is rejected")]
    Rejected(Vec<Finding>),
    /// The source of the bytes failed; the batch may be good.
    #[error("the delivery cannot be read")]
    Source(#[source] io::Error),
}

impl From<LinesError> for BatchError {
    fn from(error: LinesError) -> Self {
        Self::Rejected(vec![match error {
            LinesError::Source(error) => return Self::Source(error),
            LinesError::LineTooLong(line) => Finding { line: Some(line), ..Finding::of_batch(Code::TooLarge) },
            LinesError::TooLarge => Finding::of_batch(Code::TooLarge),
            LinesError::Damaged => Finding::of_footer(Code::FooterInvalid, None, None),
        }])
    }
}

/// A record line as delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordLine<'a> {
    /// Its number in the delivery, from 2: the header is line 1.
    pub number: u64,
    /// Its bytes without the LF.
    pub bytes: &'a [u8],
}

/// What is known of a batch when all of it was read and the footer agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEnd {
    /// Record lines, refused ones included.
    pub records: u64,
    /// SHA-256 over the record lines with their LFs, as the footer has it: tells a replay from a batch id that
    /// was used again (`E-SEQ-001`).
    pub sha256: [u8; 32],
    /// Warnings about the footer.
    pub warnings: Vec<Finding>,
}

/// Reads a delivery: plain, gzip or zstd.
pub struct BatchReader<R: Read> {
    lines: Lines<R>,
    header: Header,
    warnings: Vec<Finding>,
    current: RawLine,
    next: RawLine,
    ahead: Ahead,
    tally: Tally,
    hash: Context,
    records: u64,
}

/// What comes after the current line.
enum Ahead {
    /// A line, in `next`.
    Line,
    /// The end, and the last line is in `next`.
    Footer,
    /// The end, and there was no line but the header.
    Nothing,
    /// The next line cannot be had.
    Failed(LinesError),
}

impl<R: Read> BatchReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`BatchError::Rejected`] when the first line is no valid header, [`BatchError::Source`] when `source` fails.
    pub fn open(source: R) -> Result<Self, BatchError> {
        Self::open_within(source, Limits::FORMAT)
    }

    fn open_within(source: R, limits: Limits) -> Result<Self, BatchError> {
        let mut lines = Lines::new(source, limits)?;
        let (mut current, mut next) = (RawLine::default(), RawLine::default());
        lines.read(&mut current)?;
        let (header, warnings) = read_header(&current.bytes).map_err(BatchError::Rejected)?;
        let ahead = match lines.read(&mut next) {
            Ok(true) => Ahead::Line,
            Ok(false) => Ahead::Nothing,
            Err(error) => Ahead::Failed(error),
        };
        let hash = Context::new(&SHA256);
        Ok(Self { lines, header, warnings, current, next, ahead, tally: Tally::default(), hash, records: 0 })
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Warnings about the header.
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The next record line, unread; `None` before the footer.
    ///
    /// For callers that read lines in several threads: pass each to [`read_record`] and the outcome to
    /// [`BatchReader::count`], and reject the batch when a finding has [`Severity::Batch`].
    ///
    /// # Errors
    /// [`BatchError::Rejected`] when a limit is broken or the archive is damaged, [`BatchError::Source`] when the
    /// source fails.
    pub fn next_line(&mut self) -> Result<Option<RecordLine<'_>>, BatchError> {
        Ok(if self.advance()? { Some(self.current_line()) } else { None })
    }

    /// The next record line with what became of it, counted; `None` before the footer.
    ///
    /// # Errors
    /// As [`BatchReader::next_line`], and [`BatchError::Rejected`] when a second header or footer comes along.
    pub fn next_record(&mut self, frame: &Frame<'_>) -> Result<Option<(RecordLine<'_>, Outcome)>, BatchError> {
        if !self.advance()? {
            return Ok(None);
        }
        let outcome = read_record(&self.current.bytes, self.current.number, frame);
        if outcome.findings.iter().any(|finding| finding.code.severity() == Severity::Batch) {
            return Err(BatchError::Rejected(outcome.findings));
        }
        self.count(&outcome);
        Ok(Some((self.current_line(), outcome)))
    }

    /// Counts a line of [`BatchReader::next_line`] for the comparison with the footer.
    pub fn count(&mut self, outcome: &Outcome) {
        if let Some(t) = &outcome.t {
            self.tally.add(t, 1);
        }
    }

    /// Holds the footer against what was read. To be called when there are no more lines; earlier, the batch
    /// counts as cut off.
    ///
    /// # Errors
    /// [`BatchError::Rejected`] when the footer is missing or disagrees (`E-FMT-003`), [`BatchError::Source`] when
    /// the source failed.
    pub fn finish(self) -> Result<BatchEnd, BatchError> {
        match self.ahead {
            Ahead::Failed(error) => return Err(error.into()),
            Ahead::Line | Ahead::Nothing => {
                return Err(BatchError::Rejected(vec![Finding::of_footer(Code::FooterInvalid, None, None)]));
            }
            Ahead::Footer => {}
        }
        let mut sha256 = [0; 32];
        // A SHA-256 has 32 bytes.
        sha256.copy_from_slice(self.hash.finish().as_ref());
        let seen = Seen { batch: self.header.batch, tally: &self.tally, sha256 };
        let warnings = check_footer(&self.next.bytes, self.next.number, &seen).map_err(BatchError::Rejected)?;
        if !self.next.is_complete {
            let cut_off = Finding::of_footer(Code::FooterInvalid, Some(self.next.number), None);
            return Err(BatchError::Rejected(vec![cut_off]));
        }
        Ok(BatchEnd { records: self.records, sha256, warnings })
    }

    /// Makes the line ahead the current one, if it is a record; it is when another line follows.
    fn advance(&mut self) -> Result<bool, BatchError> {
        match std::mem::replace(&mut self.ahead, Ahead::Nothing) {
            Ahead::Line => {}
            Ahead::Failed(error) => return Err(error.into()),
            end => {
                self.ahead = end;
                return Ok(false);
            }
        }
        std::mem::swap(&mut self.current, &mut self.next);
        self.ahead = match self.lines.read(&mut self.next) {
            Ok(true) => Ahead::Line,
            Ok(false) => {
                std::mem::swap(&mut self.current, &mut self.next);
                self.ahead = Ahead::Footer;
                return Ok(false);
            }
            Err(error) => Ahead::Failed(error),
        };
        self.hash.update(&self.current.bytes);
        self.hash.update(b"\n");
        self.records += 1;
        Ok(true)
    }

    fn current_line(&self) -> RecordLine<'_> {
        RecordLine { number: self.current.number, bytes: &self.current.bytes }
    }
}
