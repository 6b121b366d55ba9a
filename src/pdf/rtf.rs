//! Rich Text Format: the text that a reader sees, without its looks.
//!
//! Of RTF 1.9.1 only what carries text. Paragraphs and table rows become lines, cells are separated by tabs, page
//! breaks become form feeds. Text that its author hid or struck out with tracked changes is left out, as a word
//! processor shows it; headers, footnotes and text boxes appear where the file has them. Bytes are Windows-1252.

use super::text::windows_1252;
use super::{MAX_GROUPS, PdfError, SourceKind};

const UNREADABLE: PdfError = PdfError::Unreadable(SourceKind::Rtf);

/// Groups that are no text of the document.
const SKIPPED: &[&str] = &[
    "aftncn",
    "aftnsep",
    "aftnsepc",
    "annotation",
    "atnauthor",
    "atnid",
    "atnref",
    "bkmkend",
    "bkmkstart",
    "colorschememapping",
    "colortbl",
    "datastore",
    "filetbl",
    "fldinst",
    "fonttbl",
    "ftncn",
    "ftnsep",
    "ftnsepc",
    "generator",
    "info",
    "latentstyles",
    "listoverridetable",
    "listtable",
    "nonesttables",
    "nonshppict",
    "objclass",
    "objdata",
    "objname",
    "pgptbl",
    "pict",
    "private1",
    "revtbl",
    "rsidtbl",
    "rxe",
    "shprslt",
    "sp",
    "stylesheet",
    "tc",
    "tcn",
    "template",
    "themedata",
    "xe",
    "xmlnstbl",
];
/// Groups that stand apart from the running text.
const APART: &[&str] =
    &["footer", "footerf", "footerl", "footerr", "footnote", "header", "headerf", "headerl", "headerr", "shptxt"];

/// The text, with `\n` for lines, `\t` for cells and tabs, and `\u{c}` for page breaks.
///
/// A file whose groups are not all closed is unreadable: it may have been cut off, and half a letter must not
/// look like a whole one. What follows the last group is ignored.
pub(super) fn read(bytes: &[u8]) -> Result<String, PdfError> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let bytes = bytes.get(start..).unwrap_or_default();
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !bytes.starts_with(b"{\\rtf") {
        return Err(UNREADABLE);
    }
    let group = Group { shown: true, hidden: false, deleted: false, apart: false, fallback: 1 };
    let reader = Reader {
        bytes,
        at: 0,
        out: String::new(),
        cell_start: 0,
        group,
        outer: Vec::new(),
        skip: 0,
        high: None,
        starred: false,
    };
    reader.read()
}

/// What holds until the group is closed.
#[derive(Clone, Copy)]
struct Group {
    shown: bool,
    hidden: bool,
    deleted: bool,
    apart: bool,
    /// Characters that stand in for each `\u` and are skipped.
    fallback: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    out: String,
    /// Where in `out` the cell of a table began.
    cell_start: usize,
    group: Group,
    outer: Vec<Group>,
    /// Stand-ins still to be skipped.
    skip: usize,
    /// First half of a character that `\u` gives in two.
    high: Option<u16>,
    /// The next word follows `\*`: a group that a reader who does not know it must skip.
    starred: bool,
}

impl Reader<'_> {
    fn read(mut self) -> Result<String, PdfError> {
        loop {
            match self.next()? {
                b'{' => self.open()?,
                b'}' => {
                    self.close();
                    if self.outer.is_empty() {
                        return Ok(self.out);
                    }
                }
                b'\\' => self.control()?,
                b'\r' | b'\n' | 0 => {}
                byte => self.put(windows_1252(byte)),
            }
        }
    }

    fn next(&mut self) -> Result<u8, PdfError> {
        let byte = self.peek().ok_or(UNREADABLE)?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn open(&mut self) -> Result<(), PdfError> {
        if self.outer.len() >= MAX_GROUPS {
            return Err(PdfError::TooManyGroups);
        }
        self.outer.push(self.group);
        (self.skip, self.starred) = (0, false);
        Ok(())
    }

    fn close(&mut self) {
        let closed = self.group;
        // There is one: the file begins with an opening brace and ends with the last closing one.
        if let Some(outer) = self.outer.pop() {
            self.group = outer;
        }
        (self.skip, self.starred) = (0, false);
        if closed.apart && !self.group.apart && closed.shown {
            self.on_new_line();
        }
    }

    /// Everything after a backslash.
    fn control(&mut self) -> Result<(), PdfError> {
        let first = self.next()?;
        if first.is_ascii_alphabetic() {
            return self.word();
        }
        match first {
            b'\'' => {
                let digits = [self.next()?, self.next()?];
                let byte = std::str::from_utf8(&digits).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok());
                self.put(byte.map_or(char::REPLACEMENT_CHARACTER, windows_1252));
            }
            b'*' => self.starred = true,
            b'\\' | b'{' | b'}' => self.put(char::from(first)),
            b'~' => self.put('\u{a0}'),
            b'_' => self.put('\u{2011}'),
            b'\r' | b'\n' => self.put('\n'),
            // Soft hyphens and marks of indexes show nothing, but count as characters.
            _ => self.skip = self.skip.saturating_sub(1),
        }
        Ok(())
    }

    /// A control word, whose first letter has just been read, with its number and the space that ends it.
    fn word(&mut self) -> Result<(), PdfError> {
        let start = self.at - 1;
        self.skip_while(|byte| byte.is_ascii_alphabetic());
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        let digits = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        self.skip_while(|byte| byte.is_ascii_digit());
        let number =
            self.bytes.get(digits..self.at).and_then(|text| std::str::from_utf8(text).ok()?.parse::<i32>().ok());
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        // ASCII letters only.
        let word = std::str::from_utf8(word).unwrap_or_default();
        if word == "bin" {
            let length = number.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
            self.at = self.at.saturating_add(length);
        }
        let starred = std::mem::take(&mut self.starred);
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.act(word, number, starred);
        }
        Ok(())
    }

    fn skip_while(&mut self, holds: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&holds) {
            self.at += 1;
        }
    }

    fn act(&mut self, word: &str, number: Option<i32>, starred: bool) {
        let is_on = number != Some(0);
        match word {
            "u" => self.unicode(number),
            "uc" => self.group.fallback = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1),
            "par" | "line" | "sect" => self.put('\n'),
            "page" | "pagebb" => self.put('\u{c}'),
            "tab" => self.put('\t'),
            "trowd" => self.cell_start = self.out.len(),
            "cell" | "nestcell" => self.end_cell('\t'),
            "row" | "nestrow" => self.end_cell('\n'),
            "emdash" => self.put('—'),
            "endash" => self.put('–'),
            "emspace" | "enspace" | "qmspace" => self.put(' '),
            "bullet" => self.put('•'),
            "lquote" => self.put('‘'),
            "rquote" => self.put('’'),
            "ldblquote" => self.put('“'),
            "rdblquote" => self.put('”'),
            "v" => self.group.hidden = is_on,
            "deleted" => self.group.deleted = is_on,
            "plain" => (self.group.hidden, self.group.deleted) = (false, false),
            // The one unknown group with text: a box that Word draws, whose older twin `shprslt` is skipped.
            "shpinst" => {}
            _ if starred || SKIPPED.contains(&word) => self.group.shown = false,
            _ if APART.contains(&word) => {
                self.group.apart = true;
                self.on_new_line();
            }
            _ => {}
        }
    }

    /// `\u` with a signed number of 16 bits; characters beyond them come in two halves.
    fn unicode(&mut self, number: Option<i32>) {
        let unit = number.and_then(|n| u16::try_from(if n < 0 { n + 0x1_0000 } else { n }).ok()).unwrap_or(0xfffd);
        match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let character = char::decode_utf16([high, unit]).next().and_then(Result::ok);
                self.write(character.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            // The round bullet of the Symbol font; other private characters are shown as missing.
            (_, 0xf0b7) => self.write('•'),
            (_, 0xd800..=0xdbff) => self.high = Some(unit),
            _ => self.write(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
        self.skip = self.group.fallback;
    }

    /// A character of the text, unless it stands in for one that was read.
    fn put(&mut self, character: char) {
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.write(character);
        }
    }

    fn write(&mut self, character: char) {
        self.starred = false;
        if self.group.shown && !self.group.hidden && !self.group.deleted {
            self.out.push(character);
        }
    }

    /// The paragraph that fills a cell ends with it, not with a line of its own.
    fn end_cell(&mut self, end: char) {
        while self.out.len() > self.cell_start && self.out.ends_with('\n') {
            self.out.pop();
        }
        self.put(end);
        self.cell_start = self.out.len();
    }

    fn on_new_line(&mut self) {
        if self.group.shown && !self.out.is_empty() && !self.out.ends_with(['\n', '\u{c}']) {
            self.out.push('\n');
        }
    }
}
