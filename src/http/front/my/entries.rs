//! What is shown of a dossier, in words and under its headings.

use std::cmp::Reverse;

use serde_json::Value;

use super::shown::Name;
use crate::app::Showing;
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::http::pages::Lang;
use crate::http::pages::my::views::{Document, Item};
use crate::http::pages::my::{MyTexts, dates, words};
use crate::http::pages::texts::fill;
use crate::mapping::summary::{Label, Section, Summary, summary};

/// Something that stands under a heading.
pub(super) struct Entry {
    /// What it was made of.
    pub(super) name: Name,
    /// In words.
    pub(super) summary: Summary,
    /// The document behind it, when that is shown too.
    pub(super) document: Option<ResourceId>,
}

/// Everything that stands under a heading, the newest first.
pub(super) fn entries(showing: &Showing) -> Vec<Entry> {
    let mut entries: Vec<Entry> = showing
        .resources
        .iter()
        .filter_map(|resource| {
            let body: Value = serde_json::from_slice(&resource.body).ok()?;
            let document = document(showing, resource.kind, &body);
            Some(Entry { name: (resource.kind, resource.id), summary: summary(resource.kind, &body)?, document })
        })
        .collect();
    let order = |entry: &Entry| {
        let date = entry.summary.date.as_deref().map(|date| dates::of_fhir(date).0);
        (Reverse(date), entry.summary.title.clone(), entry.name)
    };
    entries.sort_by_cached_key(order);
    entries
}

/// Those under one heading.
pub(super) fn of_section(showing: &Showing, section: Section) -> Vec<Entry> {
    entries(showing).into_iter().filter(|entry| entry.summary.section == section).collect()
}

/// The bytes that a DocumentReference points to, if they are in what is shown.
fn document(showing: &Showing, kind: ResourceType, body: &Value) -> Option<ResourceId> {
    if kind != ResourceType::DocumentReference {
        return None;
    }
    let url = body["content"][0]["attachment"]["url"].as_str()?;
    let id: ResourceId = url.rsplit('/').next()?.parse().ok()?;
    showing.view.find(ResourceType::Binary, id).map(|_| id)
}

impl Entry {
    /// As its page shows it.
    pub(super) fn item(&self, lang: Lang) -> Item {
        let Summary { section, title, date, details } = &self.summary;
        let open = MyTexts::of(lang).data_document;
        // What a note says is words, although FHIR calls it a value.
        let label = |label| match (section, label) {
            (Section::Contactverslagen, Label::Value) => Label::Text,
            (_, label) => label,
        };
        let detail = |(name, text): &(Label, String)| (words::label(lang, label(*name)), told(lang, *name, text));
        Item {
            title: capitalized(title),
            date: date.as_deref().map(|date| dates::of_fhir(date).1),
            details: details.iter().map(detail).collect(),
            document: self
                .document
                .map(|id| Document { path: format!("/my/document/{id}"), label: fill(open, &[("title", title)]) }),
        }
    }
}

fn told(lang: Lang, label: Label, text: &str) -> String {
    match label {
        Label::Birth | Label::Period => dates::localized(text).into_owned(),
        Label::Value | Label::Status => words::value(lang, text).to_owned(),
        _ => text.to_owned(),
    }
}

/// Displays of codes begin with a small letter; a heading does not.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
