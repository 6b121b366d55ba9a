use proptest::prelude::*;

use super::*;
use crate::pdf::font::Face;
use crate::pdf::wrap::{Line, wrap};

fn paragraph(text: &str) -> Block {
    Block::Paragraph(text.into())
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn the_text_can_be_read_back_and_pages_are_numbered() {
    let blocks = [
        Block::Heading("Inzage".into()),
        paragraph("Zoë’s gegevens: ½ µg ≤ 5 → goed, € 5.\nŁódź\tΕλλάδα"),
        Block::PageBreak,
        paragraph("Einde"),
    ];
    assert_eq!(pages(&made(&blocks)), ["InzageZoë’sgegevens:½µg≤5→goed,€5.ŁódźΕλλάδα1/2", "Einde2/2"]);
}

#[test]
fn nothing_to_show_is_one_empty_page() {
    for blocks in [&[][..], &[Block::PageBreak], &[Block::Rows { head: vec![], rows: vec![] }]] {
        assert_eq!(pages(&made(blocks)), ["1/1"]);
    }
}

#[test]
fn page_breaks_at_the_edges_make_no_empty_pages() {
    let blocks =
        [Block::PageBreak, paragraph("a"), Block::PageBreak, Block::PageBreak, paragraph("b"), Block::PageBreak];
    assert_eq!(pages(&made(&blocks)), ["a1/2", "b2/2"]);
}

#[test]
fn what_cannot_be_shown_is_visible_and_what_has_no_shape_is_dropped() {
    let shown = |text: &str| pages(&made(&[paragraph(text)])).concat();
    assert_eq!(shown("a漢b"), "a\u{fffd}b1/1");
    assert_eq!(shown("שלום"), "\u{fffd}\u{fffd}\u{fffd}\u{fffd}1/1", "letter by letter it would read backwards");
    assert_eq!(shown("a\u{0}\u{1b}\u{7f}\u{ad}\u{202e}\u{feff}\u{ffff}b"), "ab1/1");
}

#[test]
fn a_long_text_goes_on_over_pages_and_loses_no_line() {
    let lines: Vec<String> = (0..200).map(|number| format!("regel{number};")).collect();
    let pages = pages(&made(&[paragraph(&lines.join("\n"))]));
    assert_eq!(pages.len(), 4);
    let text: String = pages.iter().map(|page| page.split_at(page.len() - "1/4".len()).0).collect();
    assert_eq!(text, lines.concat());
}

#[test]
fn a_heading_is_not_left_alone_at_the_foot_of_a_page() {
    for lines in 40..60 {
        let blocks = [paragraph(&"x\n".repeat(lines)), Block::Heading("KOP".into()), paragraph("een\ntwee")];
        let pages = pages(&made(&blocks));
        assert!(pages.iter().all(|page| page.contains("KOP") == page.contains("KOPeentwee")), "{lines}: {pages:?}");
    }
}

#[test]
fn the_head_of_a_table_is_repeated_on_every_page() {
    let rows = (0..120).map(|number| row(&[&format!("[{number}]"), &"woord ".repeat(30), "x"])).collect();
    let pages = pages(&made(&[Block::Rows { head: row(&["DATUM", "WAT", "WIE"]), rows }]));
    assert!(pages.len() > 5 && pages.iter().all(|page| page.starts_with("DATUMWATWIE")));
    assert!((0..120).all(|number| pages.concat().contains(&format!("[{number}]"))));
}

#[test]
fn a_row_stays_together_unless_no_page_holds_it() {
    let cell = |name: &str, lines: usize| format!("<{name}{}{name}>", "\nx".repeat(lines));
    let rows = vec![row(&[&cell("a", 30)]), row(&[&cell("b", 40)]), row(&[&cell("c", 300)])];
    let pages = pages(&made(&[Block::Rows { head: row(&["KOP"]), rows }]));
    assert!(pages[0].contains("a>") && !pages[0].contains("<b"));
    assert!(pages[1].contains("<b") && pages[1].contains("b>"));
    assert_eq!(pages.concat().matches('x').count(), 370);
}

#[test]
fn tables_of_odd_shapes_lose_nothing() {
    let wide: Vec<String> = (0..150).map(|number| format!("k{number}")).collect();
    let tables = [
        (vec![], vec![row(&["a"]), row(&["b", "c", "d"]), vec![]]),
        (row(&["kop"]), vec![]),
        (vec![], vec![wide.clone()]),
        (row(&[&"hoge kop ".repeat(600)]), vec![row(&["rij"])]),
    ];
    for (head, rows) in tables {
        let words: Vec<String> = head.iter().chain(rows.iter().flatten()).map(|cell| squeezed(cell)).collect();
        let pages = pages(&made(&[Block::Rows { head, rows }]));
        let total = pages.len();
        let numbered = pages.iter().enumerate();
        let text: String =
            numbered.map(|(i, page)| page.strip_suffix(&format!("{}/{total}", i + 1)).unwrap()).collect();
        // Cells of a row are drawn one after the other, each from top to bottom.
        assert_eq!(text, words.concat());
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let blocks = [Block::Heading("a".into()), Block::Rows { head: row(&["b"]), rows: vec![row(&["c"])] }];
    assert_eq!(made(&blocks), made(&blocks));
    assert_ne!(made(&blocks), document("Titel", "nl-NL", &blocks, Made { minute: 6, ..MADE }).unwrap());
}

#[test]
fn metadata_names_title_language_moment_and_level() {
    let text =
        |title: &str, lang: &str| String::from_utf8_lossy(&document(title, lang, &[], MADE).unwrap()).into_owned();
    let normal = text("Brief <1> &\u{1} \n meer", "nl-NL");
    for part in ["Brief &lt;1&gt; &amp; meer<", "<pdfaid:part>2<", "<pdfaid:conformance>B<", "2026-11-28T09:05:00"] {
        assert!(normal.contains(part), "{part}");
    }
    assert!(normal.contains("(nl-NL)"));
    assert!(!text("", "geen taal)").contains("geen taal"));
    assert!(text(&"x".repeat(100_000), "nl").len() < 20_000, "a title has its bounds");
}

#[test]
fn a_document_has_its_limit_of_pages() {
    let blocks: Vec<Block> = (0..=MAX_PAGES).flat_map(|_| [paragraph("x"), Block::PageBreak]).collect();
    assert_eq!(document("", "nl", &blocks, MADE), Err(PdfError::TooManyPages));
    assert_eq!(PdfError::TooManyPages.to_string(), "the document has more than 2000 pages");
}

#[test]
fn a_claim_of_pdf_a_is_seen() {
    assert!(is_pdf_a(&made(&[])));
    for (claims, text) in [
        (true, "%PDF-1.4\n<pdfaid:part> 1 </pdfaid:part>"),
        (true, "%PDF-1.4\n pdfaid:part=\"3\""),
        (true, "%PDF-1.4\n pdfaid:part = '2'"),
        (false, "<pdfaid:part>1</pdfaid:part>"),
        (false, "%PDF-1.4\n"),
        (false, "%PDF-1.4\n pdfaid:part"),
        (false, "%PDF-1.4\n <pdfaid:part>x"),
    ] {
        assert_eq!(is_pdf_a(text.as_bytes()), claims, "{text}");
    }
}

fn inked(lines: &[Line]) -> String {
    lines.iter().flat_map(|line| &line.pieces).flat_map(|piece| piece.text.chars()).filter(|c| *c != ' ').collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn wrapping_loses_no_character_and_keeps_to_its_width(text in "[a-z \t\n\u{a0}]{0,300}|\\PC{0,200}", width in 1f32..300.0) {
        let fonts = Fonts::load().unwrap();
        for style in [Style::BODY, Style::TYPED, Style::CELL_HEAD] {
            let text = fonts.showable(style.face, &text);
            let lines = wrap(&fonts, style, &text, width);
            let all: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            prop_assert_eq!(inked(&lines), all);
            prop_assert!(lines.len() > text.matches('\n').count());
            for piece in lines.iter().flat_map(|line| &line.pieces) {
                let end: f32 = piece.x + piece.text.chars().map(|c| fonts.width(style, c)).sum::<f32>();
                // A column narrower than one character holds one all the same, with what has no width beside it.
                let inked = piece.text.chars().filter(|c| fonts.width(style, *c) > 0.0).count();
                prop_assert!(end <= width + 0.1 || inked == 1 && piece.x == 0.0);
            }
        }
    }

    #[test]
    fn what_is_showable_has_a_glyph(text in "\\PC{0,100}|.{0,100}") {
        let fonts = Fonts::load().unwrap();
        for face in [Face::Regular, Face::Bold, Face::Mono] {
            let text = fonts.showable(face, &text);
            prop_assert!(text.chars().all(|c| "\n\t".contains(c) || fonts.glyph(face, c).is_some()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_makes_a_document(title in ".{0,60}", lang in ".{0,8}", texts in prop::collection::vec(".{0,80}", 4)) {
        let [a, b, c, d] = <[String; 4]>::try_from(texts).unwrap();
        let table = Block::Rows { head: vec![c, String::new()], rows: vec![vec![d], vec![]] };
        prop_assert!(document(&title, &lang, &[Block::Heading(a), Block::Paragraph(b), table], MADE).is_ok());
    }
}
