//! Documents for the patient as PDF/A-2b: made from blocks of text, or converted from what a practice hands in.
//!
//! The documents service serves PDF/A only (R-DOC-08). [`document`] lays out headings, paragraphs and tables on A4;
//! [`convert`] turns plain text, RTF, JPEG and TIFF into the same; [`is_pdf_a`] tells what needs no conversion.
//! Pure: no file, no clock, no network; the same input gives the same bytes. The export is checked by krilla
//! against ISO 19005-2 level B, so a file that would break it is an error and never leaves here.
//! Text is shown as written or visibly not at all: characters that the fonts lack, and scripts that need joining
//! or run from right to left, become U+FFFD. What is not shown: pictures inside RTF, bold and colours of RTF.

#![forbid(unsafe_code)]

mod fax;
mod flow;
mod font;
mod jpeg;
mod output;
mod picture;
mod rtf;
mod table;
mod text;
mod tiff;
mod wrap;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use flow::Flow;
use font::{Fonts, Style};
use output::Output;

/// Bytes of a file that is converted, at most.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Pixels of one picture, at most.
pub const MAX_PIXELS: u64 = 100_000_000;
/// Pixels of all pictures of one file, at most: some 230 pages of A4 at 300 dpi.
pub const MAX_PIXELS_TOGETHER: u64 = 2_000_000_000;
/// Pages of a document, at most.
pub const MAX_PAGES: usize = 2000;
/// Groups inside each other in an RTF file, at most; word processors stay below 30.
pub const MAX_GROUPS: usize = 200;

/// A part of a document, placed below the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A line in bold that stays with what follows it.
    Heading(String),
    /// Text; a line feed in it begins a new line, a tab goes to the next tab stop.
    Paragraph(String),
    /// A table; its head is repeated on every page that it continues on.
    Rows {
        /// Titles of the columns; empty for a table without a head.
        head: Vec<String>,
        /// The cells, row by row; a row may be shorter than the widest one.
        rows: Vec<Vec<String>>,
    },
    /// What follows begins on a new page; without effect on a page that is still empty.
    PageBreak,
}

/// The moment (UTC) that the metadata of the file name as its making; values out of range are clamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Year of the common era.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl Made {
    /// This instant, in milliseconds since 1970 in UTC; one that is no date of the common era is the beginning.
    pub fn at_millis(millis: i64) -> Self {
        let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let utc = instant.to_zoned(jiff::tz::TimeZone::UTC);
        Self {
            year: utc.year().unsigned_abs(),
            month: utc.month().unsigned_abs(),
            day: utc.day().unsigned_abs(),
            hour: utc.hour().unsigned_abs(),
            minute: utc.minute().unsigned_abs(),
        }
    }
}

/// What a file that is to be converted consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Plain text: UTF-8 or Windows-1252, or UTF-16 with a byte order mark; a form feed begins a new page.
    Text,
    /// One JPEG picture.
    Jpeg,
    /// One TIFF picture per page.
    Tiff,
    /// Rich Text Format.
    Rtf,
}

impl SourceKind {
    /// The kind of this media type, when it is one of these.
    pub fn of_media_type(name: &str) -> Option<Self> {
        match name.split(';').next().unwrap_or_default().trim() {
            "text/plain" => Some(Self::Text),
            "image/jpeg" => Some(Self::Jpeg),
            "image/tiff" => Some(Self::Tiff),
            "application/rtf" | "text/rtf" => Some(Self::Rtf),
            _ => None,
        }
    }
}

impl std::fmt::Display for SourceKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::Rtf => "RTF",
        })
    }
}

/// Why there is no PDF; one line without anything from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// Over [`MAX_BYTES`].
    #[error("the file is larger than {limit} bytes", limit = MAX_BYTES)]
    TooManyBytes,
    /// Over [`MAX_PIXELS`].
    #[error("a picture has more than {limit} pixels", limit = MAX_PIXELS)]
    TooManyPixels,
    /// Over [`MAX_PIXELS_TOGETHER`].
    #[error("the pictures of the file have more than {limit} pixels together", limit = MAX_PIXELS_TOGETHER)]
    TooManyPixelsTogether,
    /// Over [`MAX_PAGES`].
    #[error("the document has more than {limit} pages", limit = MAX_PAGES)]
    TooManyPages,
    /// Over [`MAX_GROUPS`].
    #[error("the RTF file has more than {limit} groups inside each other", limit = MAX_GROUPS)]
    TooManyGroups,
    /// The bytes are not of this kind, or are damaged or cut off.
    #[error("the file is not a whole and readable {0} file")]
    Unreadable(SourceKind),
    /// A sound file that uses what is not supported here.
    #[error("this {0} file cannot be converted: {1}")]
    Unsupported(SourceKind, &'static str),
    /// The PDF could not be made: a fault of this program, not of the input.
    #[error("the PDF could not be made: {0}")]
    NotMade(&'static str),
}

/// A PDF/A-2b of these blocks on A4, with page numbers such as "1 / 3" below.
///
/// The title is metadata only and is not printed; `lang` is its language tag (`nl-NL`), left out when it is none.
/// Words are never lost: lines break at spaces, longer words inside.
///
/// # Errors
/// [`PdfError::TooManyPages`], or [`PdfError::NotMade`] for a fault of this program.
pub fn document(title: &str, lang: &str, blocks: &[Block], made_on: Made) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::load()?;
    let mut flow = Flow::new(&fonts);
    for block in blocks {
        match block {
            Block::Heading(text) => flow.heading(text)?,
            Block::Paragraph(text) => flow.paragraph(text)?,
            Block::Rows { head, rows } => table::place(&mut flow, head, rows)?,
            Block::PageBreak => flow.break_page(),
        }
    }
    let mut output = Output::new(&fonts)?;
    output.text_pages(&flow.finish())?;
    output.finish(title, lang, made_on)
}

/// A PDF/A-2b that shows what the file shows; `title` and `lang` as in [`document`].
///
/// Text and RTF get page numbers; text is set in a font of equal widths, so columns made of spaces stay columns.
/// A picture fills an A4 page, upright or lying as the picture is, without being stretched or blown up beyond
/// 72 pixels per inch. Metadata of a picture (place, camera) is not carried over.
///
/// # Errors
/// A limit of this module, [`PdfError::Unreadable`], [`PdfError::Unsupported`], or [`PdfError::NotMade`].
pub fn convert(kind: SourceKind, bytes: &[u8], title: &str, lang: &str, made_on: Made) -> Result<Vec<u8>, PdfError> {
    if bytes.len() > MAX_BYTES {
        return Err(PdfError::TooManyBytes);
    }
    let converted = || {
        let fonts = Fonts::load()?;
        let mut output = Output::new(&fonts)?;
        match kind {
            SourceKind::Text => show(&mut output, &fonts, &text::decode(bytes), Style::TYPED)?,
            SourceKind::Rtf => show(&mut output, &fonts, &rtf::read(bytes)?, Style::BODY)?,
            SourceKind::Jpeg => output.picture_page(&jpeg::read(bytes)?)?,
            SourceKind::Tiff => tiff::read(bytes, |picture| output.picture_page(&picture))?,
        }
        output.finish(title, lang, made_on)
    };
    // The decoders of others read what anybody may have sent: a slip there is a refused file, not a lost request.
    catch_unwind(AssertUnwindSafe(converted)).unwrap_or(Err(PdfError::Unreadable(kind)))
}

/// Running text with line feeds; a form feed begins a new page. Pages without a letter are left out.
fn show(output: &mut Output<'_>, fonts: &Fonts, text: &str, style: Style) -> Result<(), PdfError> {
    let mut flow = Flow::new(fonts);
    for page in text.split('\u{c}').filter(|page| !page.trim().is_empty()) {
        flow.break_page();
        flow.lines(page.trim_end(), style)?;
    }
    output.text_pages(&flow.finish())
}

/// Does the file claim to be PDF/A? A cheap look: the claim is not checked.
///
/// False for a claim in compressed metadata, which is rare; such a file counts as not being PDF/A.
pub fn is_pdf_a(bytes: &[u8]) -> bool {
    const CLAIM: &[u8] = b"pdfaid:part";
    bytes.starts_with(b"%PDF-")
        && memchr::memmem::find_iter(bytes, CLAIM).any(|at| {
            // As an element (`>2<`) or as an attribute (`="2"`).
            let value = bytes.get(at + CLAIM.len()..).unwrap_or_default();
            let value = value.iter().find(|byte| !byte.is_ascii_whitespace() && !b">=\"'".contains(byte));
            value.is_some_and(|digit| (b'1'..=b'4').contains(digit))
        })
}
