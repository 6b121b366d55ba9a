use super::*;
use crate::pdf::text::decode;

#[test]
fn each_encoding_is_read() {
    for (text, bytes) in [
        ("café €", "café €".as_bytes()),
        ("café €…", b"caf\xe9 \x80\x85"),
        ("\u{fffd}ÿ", b"\x81\xff"),
        ("é!", b"\xff\xfe\xe9\0!\0"),
        ("é\u{fffd}", b"\xfe\xff\0\xe9\0"),
        ("é\u{fffd}", b"\xef\xbb\xbf\xc3\xa9\xff"),
        ("", b""),
    ] {
        assert_eq!(decode(bytes), text);
    }
}

#[test]
fn a_form_feed_begins_a_page_and_columns_stay_columns() {
    let text = "\u{feff}NAAM   UITSLAG\r\nHb\t8,1\u{c}twee\r\n\u{c}";
    assert_eq!(pages(&converted(SourceKind::Text, text.as_bytes()).unwrap()), ["NAAMUITSLAGHb8,11/2", "twee2/2"]);
}

#[test]
fn eighty_columns_and_sixty_lines_fit_on_a_page() {
    let line = "x".repeat(80);
    let text = vec![line.as_str(); 60].join("\n");
    assert_eq!(pages(&converted(SourceKind::Text, text.as_bytes()).unwrap()), [squeezed(&text) + "1/1"]);
}

#[test]
fn limits_of_text() {
    let too_long = vec![b' '; MAX_BYTES + 1];
    for kind in [SourceKind::Text, SourceKind::Jpeg, SourceKind::Tiff, SourceKind::Rtf] {
        assert_eq!(converted(kind, &too_long), Err(PdfError::TooManyBytes));
    }
    let too_many_pages = "x\u{c}".repeat(MAX_PAGES + 1);
    assert_eq!(converted(SourceKind::Text, too_many_pages.as_bytes()), Err(PdfError::TooManyPages));
    assert_eq!(PdfError::TooManyBytes.to_string(), "the file is larger than 20971520 bytes");
}
