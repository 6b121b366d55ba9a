//! Correspondence and its bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::coded::{coded, who};
use super::fields::{Checked, Fields};
use super::finding::Code;
use super::json::Value;
use super::values::{date, form, id, instant, one_of, sha256, string, text, whole, words};
use crate::domain::dossier::{Blob, Document, DocumentKind};

const KINDS: [(&str, DocumentKind); 10] = [
    ("specialist_letter", DocumentKind::SpecialistLetter),
    ("discharge", DocumentKind::Discharge),
    ("referral_out", DocumentKind::ReferralOut),
    ("hap_report", DocumentKind::HapReport),
    ("paramedic_report", DocumentKind::ParamedicReport),
    ("lab_letter", DocumentKind::LabLetter),
    ("letter", DocumentKind::Letter),
    ("form", DocumentKind::Form),
    ("copy", DocumentKind::Copy),
    ("other", DocumentKind::Other),
];

const MEDIA_TYPES: [&str; 5] = ["application/pdf", "text/plain", "image/jpeg", "image/tiff", "application/rtf"];

/// Largest document in bytes: 50 MiB.
const MAX_DOCUMENT: u64 = 50 << 20;
/// Largest part in bytes, decoded: 700 KiB, so that it fits a line.
const MAX_PART: usize = 700 << 10;
/// More parts than any document within its limit needs.
const MAX_PARTS: u32 = 10_000;

pub(super) fn document(d: &mut Fields<'_>) -> Option<Document> {
    let kind = d.required("kind", kind);
    let title = d.required("title", words);
    let dated = d.optional("date", date);
    let received = d.required("received", date);
    let mime = d.required("mime", form(|mime| MEDIA_TYPES.contains(&mime), Code::FileType));
    let size = d.required("size", whole(1..=MAX_DOCUMENT));
    let sha256 = d.required("sha256", sha256);
    let from = d.optional("from", words);
    let to = d.optional("to", words);
    let published = d.is_set("published");
    let published_at = d.optional("published_at", instant);
    if published && !d.has("published_at") {
        d.report_at(Code::Missing, "published_at");
    }
    let explanation = d.optional("explanation", text(2000));
    let override_episode = d.is_set("override_episode");
    let third_party = d.is_set("third_party");
    let stored_at = d.optional("stored_at", instant);
    let episodes = d.list("episodes", id);
    Some(Document {
        kind: kind?,
        title: title?,
        date: dated,
        received: received?,
        mime: mime?,
        size: size?,
        sha256: sha256?,
        from,
        to,
        published,
        published_at,
        explanation,
        override_episode,
        third_party,
        stored_at,
        episodes,
        doc_type: d.object2("doc_type", coded),
        class: d.object2("class", coded),
        identifier: d.optional2("identifier", text(200)),
        superseded: d.is_set2("superseded"),
        entered_in_error: d.is_set2("entered_in_error"),
        author: d.object2("author", who),
        language: d.optional2("language", form(is_language, Code::WrongForm)),
    })
}

/// The EPD-overdracht has a code of its own: it is known, and never shown (R-DOC-01).
fn kind(value: &Value<'_>) -> Checked<DocumentKind> {
    match string(value)? {
        "epd_overdracht" => Err(Code::EpdOverdracht),
        _ => one_of(&KINDS)(value),
    }
}

pub(super) fn blob(d: &mut Fields<'_>) -> Option<Blob> {
    let sha256 = d.required("sha256", sha256);
    let part = d.required("part", whole(1..=MAX_PARTS));
    let parts = d.required("parts", whole(1..=MAX_PARTS));
    if let (Some(part), Some(parts)) = (part, parts)
        && part > parts
    {
        d.report_at(Code::OutOfRange, "part");
    }
    // What is stored of a blob names it only: its bytes are kept as content.
    let data =
        if d.reading().is_stored { d.optional("data", bytes).or(Some(Vec::new())) } else { d.required("data", bytes) };
    Some(Blob { sha256: sha256?, part: part?, parts: parts?, data: data? })
}

fn bytes(value: &Value<'_>) -> Checked<Vec<u8>> {
    let bytes = STANDARD.decode(string(value)?).map_err(|_| Code::WrongForm)?;
    match bytes.len() {
        0 => Err(Code::Missing),
        1..=MAX_PART => Ok(bytes),
        _ => Err(Code::WrongLength),
    }
}

/// `nl` or `nl-NL`.
fn is_language(text: &str) -> bool {
    let (language, country) = text.split_once('-').unwrap_or((text, "NL"));
    let is_lower = language.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_upper = country.bytes().all(|byte| byte.is_ascii_uppercase());
    (2..=3).contains(&language.len()) && is_lower && country.len() == 2 && is_upper
}
