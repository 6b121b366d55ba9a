//! What comes out is read back with a PDF reader of others (lopdf).

mod documents;
mod hostile;
mod pictures;
mod rtf;
mod text;

use lopdf::{Document, Object};

use super::*;

const MADE: Made = Made { year: 2026, month: 11, day: 28, hour: 9, minute: 5 };

fn made(blocks: &[Block]) -> Vec<u8> {
    document("Titel", "nl-NL", blocks, MADE).unwrap()
}

fn converted(kind: SourceKind, bytes: &[u8]) -> Result<Vec<u8>, PdfError> {
    convert(kind, bytes, "Titel", "nl-NL", MADE)
}

/// The text of every page, without white space: where lines break is the reader's guess.
fn pages(pdf: &[u8]) -> Vec<String> {
    let document = Document::load_mem(pdf).unwrap();
    let numbers = document.get_pages();
    numbers.keys().map(|number| squeezed(&document.extract_text(&[*number]).unwrap())).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Width and height of every page, in whole points.
fn sizes(pdf: &[u8]) -> Vec<(i64, i64)> {
    let document = Document::load_mem(pdf).unwrap();
    let side = |object: &Object| object.as_float().unwrap().round() as i64;
    let size = |id| {
        let page = document.get_dictionary(id).unwrap();
        let sides = page.get(b"MediaBox").unwrap().as_array().unwrap();
        (side(&sides[2]), side(&sides[3]))
    };
    document.get_pages().into_values().map(size).collect()
}
