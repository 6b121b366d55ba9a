//! The items of a dossier, named in forms and told in words.

use std::collections::HashMap;

use serde_json::Value;

use crate::app::InFull;
use crate::domain::dossier::RecordType;
use crate::domain::release::{Item, ItemKey};
use crate::http::console::words;
use crate::http::pages::Lang;
use crate::http::pages::my::words::value;
use crate::mapping::summary::{Label, Summary, summary};

/// The value of a form field that names an item: `episode:e1`, `entry:d1#0` for a line.
pub(in crate::http::console) fn value_of(key: &ItemKey) -> String {
    match key.line {
        Some(line) => format!("{}:{}#{line}", key.t, key.id),
        None => format!("{}:{}", key.t, key.id),
    }
}

/// The item that such a value names.
pub(in crate::http::console) fn key_of(value: &str) -> Option<ItemKey> {
    let (t, rest) = value.split_once(':')?;
    let t = RecordType::find(t)?;
    let (id, line) = match rest.rsplit_once('#') {
        Some((id, line)) => (id, Some(line.parse().ok()?)),
        None => (rest, None),
    };
    Some(ItemKey { t, id: id.parse().ok()?, line })
}

/// An item in words, made of the first resource of it that has any.
pub(in crate::http::console) struct Told<'f> {
    /// Its place in the index.
    pub place: usize,
    /// The item.
    pub item: &'f Item,
    /// Its words; `None` for what has none of its own.
    pub summary: Option<Summary>,
}

impl Told<'_> {
    /// A title of one line.
    pub(in crate::http::console) fn title(&self) -> String {
        match &self.summary {
            Some(summary) => summary.title.clone(),
            None => format!("{} {}", self.item.key.t, self.item.key.id),
        }
    }

    /// The date, as people write it.
    pub(in crate::http::console) fn date(&self) -> String {
        self.summary.as_ref().and_then(|summary| summary.date.as_deref()).map(words::fhir_date).unwrap_or_default()
    }

    /// The value or text, for lines and results.
    pub(in crate::http::console) fn text(&self) -> String {
        let details = self.summary.iter().flat_map(|summary| &summary.details);
        let texts = details.filter(|(label, _)| matches!(label, Label::Value | Label::Text | Label::Reference));
        texts.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" · ")
    }

    /// What the practice says with it; empty when it says nothing.
    pub(in crate::http::console) fn note(&self) -> &str {
        let mut details = self.summary.iter().flat_map(|summary| &summary.details);
        details.find(|(label, _)| *label == Label::Note).map_or("", |(_, text)| text)
    }

    /// Section, title, date and details, each on a line.
    pub(in crate::http::console) fn lines(&self, lang: Lang) -> Vec<String> {
        match &self.summary {
            Some(summary) => lines(lang, summary),
            None => vec![self.title()],
        }
    }
}

/// Title, date and details, each on a line.
pub(in crate::http::console) fn lines(lang: Lang, summary: &Summary) -> Vec<String> {
    let mut lines = vec![summary.title.clone()];
    lines.extend(summary.date.as_deref().map(words::fhir_date));
    let details = summary.details.iter();
    lines.extend(
        details.map(|(label, text)| format!("{}: {}", words::label(lang, *label), told_as(lang, *label, text))),
    );
    lines
}

/// A detail as people say it.
fn told_as(lang: Lang, label: Label, text: &str) -> &str {
    match label {
        Label::Status | Label::Value => value(lang, text),
        _ => text,
    }
}

/// Every item of a dossier in words, in the order of the index.
pub(in crate::http::console) fn told(full: &InFull) -> Vec<Told<'_>> {
    let mut summaries: HashMap<&ItemKey, Summary> = HashMap::new();
    for resource in &full.resources {
        let Some(key) = &resource.item else { continue };
        if summaries.contains_key(key) {
            continue;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&resource.body) else { continue };
        // In a feed an episode and its Condition are two items: the episode has no words of its own.
        if let Some(summary) = summary(resource.kind, &body) {
            summaries.insert(key, summary);
        }
    }
    let items = full.index.facts.items().iter().enumerate();
    items.map(|(place, item)| Told { place, item, summary: summaries.remove(&item.key) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_names_its_item_and_nothing_else_does() {
        let line = ItemKey::line(&"p1-c1-1".parse().unwrap(), 2);
        let episode = ItemKey::record(RecordType::Episode, &"Condition:a.b".parse().unwrap());
        for key in [line, episode] {
            assert_eq!(key_of(&value_of(&key)), Some(key));
        }
        for bad in ["", "episode", "episode:", "nothing:e1", "episode:e 1", "entry:d1#x"] {
            assert_eq!(key_of(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_or_not(value in ".{0,80}") {
            if let Some(key) = key_of(&value) {
                prop_assert_eq!(key_of(&value_of(&key)), Some(key));
            }
        }
    }
}
