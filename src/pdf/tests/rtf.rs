use super::*;
use crate::pdf::rtf::read;

fn text(body: &str) -> String {
    read(format!("{{\\rtf1\\ansi {body}}}").as_bytes()).unwrap()
}

#[test]
fn each_part_of_rtf_becomes_its_text() {
    for (name, body, expected) in [
        ("escapes", r"\{a\}\\b\~c\_d\-e", "{a}\\b\u{a0}c\u{2011}de"),
        ("code page", r"caf\'e9 \'80\'81", "café €\u{fffd}"),
        ("no hexadecimal", r"a\'zzb", "a\u{fffd}b"),
        ("raw bytes", "a\r\nb", "ab"),
        ("unicode with its fallback", r"\u233?x\u8364\'80y", "éx€y"),
        ("negative unicode", r"\u-3?\u-3913?", "\u{fffd}•"),
        ("no fallback", r"\uc0\u233?", "é?"),
        ("two characters of fallback, or up to the end of the group", r"\uc2\u233ab{\u233c}d", "ééd"),
        ("a control word is one character of fallback", r"\uc1\u233\tab x", "éx"),
        ("surrogates", r"\u-10179?\u-8704?", "\u{1f600}"),
        ("half a surrogate", r"\u-8704?\u-10179?x", "\u{fffd}x"),
        ("lines", "a\\par b\\line c\\\nd\\tab e", "a\nb\nc\nd\te"),
        ("pages", r"a\page b", "a\u{c}b"),
        ("punctuation", r"\lquote a\rquote\endash\emdash\ldblquote b\rdblquote\bullet", "‘a’–—“b”•"),
        ("a table", r"\trowd\cellx1 a\cell b\cell\row c\cell\row\pard d", "a\tb\t\nc\t\nd"),
        ("cells of paragraphs", r"x\par\trowd\cell b\par\cell\row\trowd c\par d\par\cell\row e", "x\n\tb\t\nc\nd\t\ne"),
        ("a paragraph on a new page", r"a\par\pard\pagebb b", "a\n\u{c}b"),
        ("looks", r"\b vet\b0  {\i schuin}\fs20 ", "vet schuin"),
        (
            "destinations",
            r"{\fonttbl{\f0 Arial;}}{\colortbl;}{\stylesheet{\s1 Kop;}}{\info{\author X}}{\pict 0102}a",
            "a",
        ),
        ("unknown destinations", r"{\*\generator X;}{\*\nieuw {diep} x}a", "a"),
        ("a field", r"{\field{\*\fldinst HYPERLINK x}{\fldrslt klik}}", "klik"),
        ("a text box", r"{\shp{\*\shpinst{\sp{\sn a}{\sv 1}}{\shptxt tekst\par}}{\shprslt dubbel}}", "tekst\n"),
        ("header and text", r"{\header Praktijk}Beste", "Praktijk\nBeste"),
        ("hidden", r"a{\v geheim}b\v geheim\v0 c\v geheim\plain d", "abcd"),
        ("deleted", r"a{\deleted weg}b\deleted weg\deleted0 c", "abc"),
        ("binary", "a{\\pict\\bin4 }}\\{}b", "ab"),
        ("numbers out of range", r"a\fs99999999999999999999 b\u99999?c\uc-1\u233?d", "ab\u{fffd}céd"),
        ("a star that is no destination", r"\*a{\*}{\b b}", "ab"),
    ] {
        assert_eq!(text(body), expected, "{name}");
    }
}

#[test]
fn a_broken_file_is_refused_and_never_half_a_letter() {
    for broken in
        ["", "tekst", "{\\rtf1 a", "{\\rtf1 a\\", "{\\rtf1 a\\'e", "{\\rtf1 {a}", "{\\rtf1\\bin999 a}", "\\rtf1 a}"]
    {
        assert_eq!(read(broken.as_bytes()), Err(PdfError::Unreadable(SourceKind::Rtf)), "{broken}");
    }
    assert_eq!(read(b" \r\n{\\rtf1 a}\0 rest").as_deref(), Ok("a"));
}

#[test]
fn groups_have_a_limit() {
    let nested = |depth: usize| read(format!("{{\\rtf1{}a{}", "{".repeat(depth - 1), "}".repeat(depth)).as_bytes());
    assert_eq!(nested(MAX_GROUPS).as_deref(), Ok("a"));
    assert_eq!(nested(MAX_GROUPS + 1), Err(PdfError::TooManyGroups));
    assert_eq!(nested(1_000_000), Err(PdfError::TooManyGroups));
}

#[test]
fn a_letter_becomes_pages() {
    let letter = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Beste Zo\'eb,\par\par Uitslag:\tab 7,2\page Groet}";
    assert_eq!(pages(&converted(SourceKind::Rtf, letter.as_bytes()).unwrap()), ["BesteZoë,Uitslag:7,21/2", "Groet2/2"]);
}
