//! A letter of one page as PDF/A-2b, made from nothing: the format the documents service serves (R-DOC-08).
//!
//! What ISO 19005-2 level B asks is met by having little: no colour of a device (grey of a calibrated space,
//! so no output profile), no foreign font (a Type 3 font of dots, drawn here and holding only the letters in
//! use), metadata that names the level, an identifier, no compression, nothing active. Same text, same bytes.
//! It is a stand-in for letters of invented practices: one page, printable ASCII; the practice's own copies
//! and converted letters are not made here.

mod dots;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::writer::sha256_hex;

/// Characters on one line and lines on the page, at 12 points on A4.
const COLUMNS: usize = 66;
const LINES: usize = 42;

/// The letter with this title and these paragraphs, as the bytes of a PDF/A-2b file.
///
/// Long paragraphs are wrapped at words. Accents are dropped and other characters outside ASCII become `?`;
/// what does not fit on the page is left out.
pub fn letter(title: &str, paragraphs: &[&str]) -> Vec<u8> {
    let lines = layout(title, paragraphs);
    let used: BTreeSet<u8> = lines.iter().flat_map(|line| line.bytes()).collect();
    let mut file = File::new();
    file.object("<</Type/Catalog/Pages 2 0 R/Metadata 3 0 R/Lang(nl-NL)>>");
    file.object("<</Type/Pages/Kids[4 0 R]/Count 1>>");
    file.stream("/Type/Metadata/Subtype/XML", &metadata(title));
    file.object(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R/Resources<</Font<</F 6 0 R>>\
         /ColorSpace<</G[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]>>>>>>",
    );
    file.stream("", &content(&lines));
    file.object(&font(&used, 8));
    file.stream("", TO_UNICODE);
    for character in used {
        file.stream("", &glyph(character));
    }
    file.finish()
}

/// The title, an empty line, and the paragraphs broken into lines, all in printable ASCII.
fn layout(title: &str, paragraphs: &[&str]) -> Vec<String> {
    let mut lines = wrap(&plain(title));
    for paragraph in paragraphs {
        lines.push(String::new());
        lines.extend(wrap(&plain(paragraph)));
    }
    lines.truncate(LINES);
    lines
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.len() + 1 + word.len() <= COLUMNS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Printable ASCII: the Dutch accents become their letter.
fn plain(text: &str) -> String {
    let fold = |character: char| match character {
        ' '..='~' => character,
        'à' | 'á' | 'ä' | 'â' => 'a',
        'è' | 'é' | 'ë' | 'ê' => 'e',
        'ì' | 'í' | 'ï' | 'î' => 'i',
        'ò' | 'ó' | 'ö' | 'ô' => 'o',
        'ù' | 'ú' | 'ü' | 'û' => 'u',
        'ç' => 'c',
        character if character.is_whitespace() => ' ',
        _ => '?',
    };
    text.chars().map(fold).collect()
}

fn content(lines: &[String]) -> String {
    let mut text = String::from("BT /G cs 0 sc /F 12 Tf 16 TL 60 766 Td\n");
    for line in lines {
        text.push('(');
        for character in line.chars() {
            if matches!(character, '(' | ')' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push_str(") Tj T*\n");
    }
    text.push_str("ET\n");
    text
}

/// The font's dictionary; the drawings of its letters are the objects from `first_glyph` on.
fn font(used: &BTreeSet<u8>, first_glyph: usize) -> String {
    let (mut procs, mut names) = (String::new(), String::new());
    for (object, character) in (first_glyph..).zip(used) {
        // Writing to a String cannot fail.
        let _ = write!(procs, "/c{character} {object} 0 R");
        let _ = write!(names, "{character}/c{character} ");
    }
    let (first, last) = (used.first().copied().unwrap_or(b' '), used.last().copied().unwrap_or(b' '));
    let width = dots::ADVANCE;
    let widths: String =
        (first..=last).map(|code| if used.contains(&code) { format!("{width} ") } else { "0 ".into() }).collect();
    format!(
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 5 7]/FontMatrix[0.1 0 0 0.1 0 0]/Resources<<>>\
         /FirstChar {first}/LastChar {last}/Widths[{widths}]/ToUnicode 7 0 R\
         /Encoding<</Type/Encoding/Differences[{names}]>>/CharProcs<<{procs}>>>>"
    )
}

/// Draws one letter: a bar for every run of dots above each other.
fn glyph(character: u8) -> String {
    let mut drawing = format!("{} 0 0 0 5 7 d1\n", dots::ADVANCE);
    for (column, bits) in dots::columns(character).into_iter().enumerate() {
        let mut row = 0;
        while row < dots::ROWS {
            let height = (row..dots::ROWS).take_while(|r| bits >> r & 1 == 1).count();
            if height > 0 {
                let bottom = dots::ROWS - row - height;
                let _ = writeln!(drawing, "{column} {bottom} 1 {height} re");
            }
            row += height + 1;
        }
    }
    if drawing.contains("re\n") {
        drawing.push_str("f\n");
    }
    drawing
}

/// Lets a reader copy and search the text: every code is its own ASCII character.
const TO_UNICODE: &str = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
    /CMapName /Dots def /CMapType 2 def\n\
    1 begincodespacerange <00> <FF> endcodespacerange\n\
    1 beginbfrange <20> <7E> <0020> endbfrange\n\
    endcmap CMapName currentdict /CMap defineresource pop end end\n";

fn metadata(title: &str) -> String {
    let title = plain(title).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n\
         <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n\
         <dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title>\n\
         </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>\n"
    )
}

/// The file as it grows: objects get their numbers in the order they are added, from 1.
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn new() -> Self {
        // Four bytes above 127 in a comment tell programs that the file is binary.
        Self { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), offsets: Vec::new() }
    }

    fn object(&mut self, body: &str) {
        self.offsets.push(self.bytes.len());
        let object = format!("{} 0 obj\n{body}\nendobj\n", self.offsets.len());
        self.bytes.extend_from_slice(object.as_bytes());
    }

    fn stream(&mut self, members: &str, data: &str) {
        self.object(&format!("<<{members}/Length {}>>\nstream\n{data}\nendstream", data.len()));
    }

    fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len();
        let identifier = sha256_hex(&self.bytes);
        let identifier = &identifier[..32];
        let size = self.offsets.len() + 1;
        let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            let _ = writeln!(end, "{offset:010} 00000 n ");
        }
        let _ = write!(
            end,
            "trailer\n<</Size {size}/Root 1 0 R/ID[<{identifier}><{identifier}>]>>\nstartxref\n{start}\n%%EOF\n"
        );
        self.bytes.extend_from_slice(end.as_bytes());
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(bytes: &[u8], text: &str) -> Option<usize> {
        bytes.windows(text.len()).position(|window| window == text.as_bytes())
    }

    /// Reads the file the way a viewer does: `startxref`, the table, then every object at its place.
    fn check_structure(bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let table = String::from_utf8_lossy(&bytes[start..]).into_owned();
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("xref"));
        let size: usize = lines.next().unwrap().strip_prefix("0 ").unwrap().parse().unwrap();
        for number in 0..size {
            let entry = lines.next().unwrap();
            assert_eq!(entry.len(), 19, "an entry is 20 bytes with its line feed");
            let offset: usize = entry[..10].parse().unwrap();
            let head = format!("{number} 0 obj\n");
            assert!(number == 0 || bytes[offset..].starts_with(head.as_bytes()), "object {number}");
        }
        for (at, _) in text.match_indices("/Length ") {
            let length: usize = text[at + 8..].split('>').next().unwrap().parse().unwrap();
            let body = at + text[at..].find("stream\n").unwrap() + 7;
            assert!(text[body..].is_char_boundary(length) && text[body + length..].starts_with("\nendstream\nendobj"));
        }
        assert!(text.contains("trailer\n") && text.ends_with("%%EOF\n"));
    }

    #[test]
    fn the_letter_is_a_whole_file_and_says_its_level() {
        let bytes = letter("Brief (oogarts)", &["Geachte collega,", "Geen afwijkingen \\ controle over één jaar."]);
        assert!(bytes.starts_with(b"%PDF-1.7\n%"));
        assert!(find(&bytes, "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>").is_some());
        assert!(find(&bytes, "(Brief \\(oogarts\\)) Tj").is_some());
        assert!(find(&bytes, "controle over een jaar.").is_some());
        assert!(find(&bytes, "Device").is_none(), "no colour of a device");
    }

    #[test]
    fn the_same_text_gives_the_same_bytes() {
        assert_eq!(letter("A", &["b"]), letter("A", &["b"]));
        assert_ne!(letter("A", &["b"]), letter("A", &["c"]));
    }

    #[test]
    fn a_long_paragraph_is_broken_at_words_and_a_long_letter_ends_with_the_page() {
        let long = "woord ".repeat(40);
        let lines = wrap(long.trim());
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= COLUMNS));
        assert_eq!(layout("T", &["regel"; 100]).len(), LINES);
    }

    #[test]
    fn every_printable_character_has_a_drawing_of_its_own() {
        let drawings: BTreeSet<String> = (b' '..=b'~').map(glyph).collect();
        assert_eq!(drawings.len(), 95);
    }

    proptest! {
        #[test]
        fn any_text_makes_a_sound_file(title in ".{0,80}", text in ".{0,400}") {
            // The streams hold ASCII only, except the mark that begins the metadata; it is valid UTF-8.
            let bytes = letter(&title, &[&text]);
            let mut ascii = bytes.clone();
            ascii.splice(10..14, *b"abcd");
            prop_assert!(std::str::from_utf8(&ascii).is_ok());
            check_structure(&ascii);
        }
    }
}
