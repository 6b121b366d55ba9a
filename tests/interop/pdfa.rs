//! What we make of documents, judged by a PDF/A validator that others wrote: see `pdfa` in this folder.

use std::path::Path;
use std::process::Command;

use dvza::pdf::{Block, Made, SourceKind, convert, document};
use lopdf::{Document, Object};

const MADE_ON: Made = Made { year: 2026, month: 6, day: 15, hour: 8, minute: 0 };
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pdf/samples");
/// The pictures that can be converted.
const PICTURES: [&str; 10] = [
    "rgb.jpg",
    "cmyk.jpg",
    "profile.jpg",
    "progressive.jpg",
    "turned.jpg",
    "deflate.tif",
    "group3.tif",
    "jpeg.tif",
    "lzw.tif",
    "pages.tif",
];

/// What is done to a document.
type Damage = fn(&mut Document);

#[test]
fn a_validator_that_others_wrote_finds_pdf_a_and_sees_through_damage() {
    if !super::is_wanted("to fetch the package pdf-oxide and have it judge our PDF/A") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let good = write_ours(dir.path());
    let bad = write_damaged(dir.path(), &good);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/pdfa");
    let done = Command::new(script).arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    let all = good.len() + bad;
    assert!(said.contains(&format!("{all} of {all} files judged as they should be")), "{said}");
}

/// One of everything that is made into PDF/A: a page of ours, and each kind of document that is handed in.
fn write_ours(dir: &Path) -> Vec<Vec<u8>> {
    let rows = vec![vec!["1 juni 2026".to_owned(), "Eén, twee – drie € µmol/l".to_owned()]; 90];
    let blocks = [
        Block::Heading("Wie heeft uw gegevens gezien?".into()),
        Block::Paragraph("Nieuwste eerst.\nRegel twee\tmet een tab, en \u{5d0} die niet wordt getoond.".into()),
        Block::Rows { head: vec!["Wanneer".into(), "Wat".into()], rows },
        Block::PageBreak,
        Block::Paragraph("Einde".into()),
    ];
    let mut made = vec![("page".to_owned(), document("Toegangslog", "nl", &blocks, MADE_ON).unwrap())];
    let rtf = br"{\rtf1\ansi\ansicpg1252 Geachte collega,\par Pati\'ebnt komt {\b morgen}.\par}".to_vec();
    let mut sources = vec![
        ("text".to_owned(), SourceKind::Text, "Geachte collega,\n\nAlles goed.\u{c}Bladzijde 2".as_bytes().to_vec()),
        ("rtf".to_owned(), SourceKind::Rtf, rtf),
    ];
    for name in PICTURES {
        let kind = if name.ends_with(".jpg") { SourceKind::Jpeg } else { SourceKind::Tiff };
        sources.push((name.to_owned(), kind, std::fs::read(Path::new(SAMPLES).join(name)).unwrap()));
    }
    for (name, kind, bytes) in sources {
        let pdf = convert(kind, &bytes, "Brief", "nl", MADE_ON).unwrap_or_else(|error| panic!("{name}: {error}"));
        made.push((name, pdf));
    }
    for (name, pdf) in &made {
        std::fs::write(dir.join(format!("good-{name}.pdf")), pdf).unwrap();
    }
    made.into_iter().map(|(_, pdf)| pdf).collect()
}

/// The page of ours with one thing taken away or added that PDF/A-2b asks for or forbids; how many there are.
fn write_damaged(dir: &Path, good: &[Vec<u8>]) -> usize {
    let damages: [(&str, Damage); 4] = [
        ("no-metadata", |pdf| drop(pdf.catalog_mut().unwrap().remove(b"Metadata"))),
        ("script", |pdf| {
            let action = lopdf::dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") };
            pdf.catalog_mut().unwrap().set("OpenAction", action);
        }),
        ("no-claim", no_claim),
        ("font-not-embedded", |pdf| {
            for object in pdf.objects.values_mut() {
                if let Ok(font) = object.as_dict_mut() {
                    for file in [b"FontFile".as_slice(), b"FontFile2", b"FontFile3"] {
                        font.remove(file);
                    }
                }
            }
        }),
    ];
    let page = &good[0];
    for (name, damage) in damages {
        let mut pdf = Document::load_mem(page).unwrap();
        damage(&mut pdf);
        pdf.save(dir.join(format!("bad-{name}.pdf"))).unwrap();
    }
    std::fs::write(dir.join("bad-cut-off.pdf"), &page[..page.len() / 2]).unwrap();
    damages.len() + 1
}

/// Takes from the metadata that this is PDF/A.
fn no_claim(pdf: &mut Document) {
    let metadata = pdf.catalog().unwrap().get(b"Metadata").unwrap().as_reference().unwrap();
    let stream = pdf.get_object_mut(metadata).unwrap().as_stream_mut().unwrap();
    let text = String::from_utf8(stream.content.clone()).unwrap();
    let other = text.replace("<pdfaid:part>2</pdfaid:part>", "");
    assert_ne!(text, other, "the metadata has the claim in this form");
    stream.set_content(other.into_bytes());
}
