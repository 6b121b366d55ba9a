//! The running texts of the patient's own pages, as a table with a row per language; words for values are in `words`.
//!
//! `{practice}`, `{date}` and the like stand for values, as in the other pages' texts.

use serde::Serialize;

use super::email::EmailTexts;
use super::{en, nl};
use crate::http::pages::Lang;

/// The texts of one language. Names say where a text stands.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands; the tables are in nl.rs and en.rs")]
pub struct MyTexts {
    pub home: &'static str,
    pub leave: &'static str,
    pub leave_advice: &'static str,
    pub minute: &'static str,
    pub minutes: &'static str,
    pub practices_title: &'static str,
    pub practices_label: &'static str,
    pub landing: &'static str,
    pub oneself: &'static str,
    pub over_title: &'static str,
    pub over_text: &'static str,
    pub over_again: &'static str,

    pub start_title: &'static str,
    pub start_intro: &'static str,
    pub tile_data: &'static str,
    pub tile_data_text: &'static str,
    pub tile_log: &'static str,
    pub tile_log_text: &'static str,
    pub tile_consents: &'static str,
    pub tile_consents_text: &'static str,
    pub tile_requests: &'static str,
    pub tile_requests_text: &'static str,
    pub tile_exclusions: &'static str,
    pub tile_exclusions_text: &'static str,
    pub tile_help: &'static str,
    pub tile_help_text: &'static str,

    pub state_title: &'static str,
    pub state_none: &'static str,
    pub state_asked: &'static str,
    pub state_expected: &'static str,
    pub state_open: &'static str,
    pub state_closed: &'static str,
    pub state_refused: &'static str,
    pub state_copy: &'static str,
    pub state_complaint: &'static str,
    pub state_copies: &'static str,
    pub state_invited: &'static str,
    pub ask: &'static str,
    pub ask_text: &'static str,
    pub close: &'static str,
    pub close_question: &'static str,
    pub close_effect: &'static str,
    pub close_again: &'static str,
    pub close_yes: &'static str,
    pub close_no: &'static str,
    pub done_asked: &'static str,
    pub done_opened: &'static str,
    pub done_closed: &'static str,

    pub data_title: &'static str,
    pub data_intro: &'static str,
    pub data_shut: &'static str,
    pub data_fresh: &'static str,
    pub data_wrong: &'static str,
    pub data_wrong_link: &'static str,
    pub data_none: &'static str,
    pub data_back: &'static str,
    pub data_caution: &'static str,
    pub data_document: &'static str,
    pub download_title: &'static str,
    pub download_text: &'static str,
    pub download_sharing: &'static str,
    pub download: &'static str,

    pub log: LogTexts,
    pub results: ResultTexts,
    pub email: EmailTexts,
    pub requests: RequestTexts,
    pub exclusions: ExclusionTexts,
    pub help: HelpTexts,
}

/// Who has seen what.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands")]
pub struct LogTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub none: &'static str,
    pub pdf: &'static str,
    pub pdf_made: &'static str,
    pub pdf_more: &'static str,
    pub when: &'static str,
    pub who: &'static str,
    pub what: &'static str,
    pub outcome: &'static str,
    pub older: &'static str,
    pub newer: &'static str,
    pub oneself: &'static str,
    pub system: &'static str,
    pub nobody: &'static str,
    pub representative: &'static str,
    pub one_of_practice: &'static str,
}

/// Requests to the practice.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands")]
pub struct RequestTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub desk: &'static str,
    pub kind: &'static str,
    pub words: &'static str,
    pub words_hint: &'static str,
    pub send: &'static str,
    pub errors: &'static str,
    pub error_mark: &'static str,
    pub kind_missing: &'static str,
    pub words_missing: &'static str,
    pub words_long: &'static str,
    pub words_enough: &'static str,
    pub sent: &'static str,
    pub merged: &'static str,
    pub own: &'static str,
    pub own_none: &'static str,
    pub asked_on: &'static str,
    pub expected: &'static str,
    pub answered_on: &'static str,
    pub asked_words: &'static str,
    pub answer: &'static str,
}

/// Who may not look, and what is not shared.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands")]
pub struct ExclusionTexts {
    pub title: &'static str,
    pub intro: &'static str,
    pub limits: &'static str,
    pub people: &'static str,
    pub people_none: &'static str,
    pub since: &'static str,
    pub exclude: &'static str,
    pub allow: &'static str,
    pub excluded: &'static str,
    pub allowed: &'static str,
    pub registered: &'static str,
    pub registered_intro: &'static str,
    pub registered_none: &'static str,
    pub until: &'static str,
    pub hidden: &'static str,
    pub hidden_intro: &'static str,
    pub hidden_none: &'static str,
    pub hidden_ask: &'static str,
}

/// Help, and what the words mean.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands")]
pub struct HelpTexts {
    pub title: &'static str,
    pub whom: &'static str,
    pub whom_lines: [&'static str; 4],
    pub safety: &'static str,
    pub safety_lines: [&'static str; 6],
    pub login: &'static str,
    pub login_lines: [&'static str; 6],
    pub words: &'static str,
    pub glossary: [(&'static str, &'static str); 17],
    pub links: &'static str,
    pub film: &'static str,
    pub browsers: &'static str,
    pub browsers_text: &'static str,
    pub later: &'static str,
    pub later_text: &'static str,
    pub privacy: &'static str,
}

impl MyTexts {
    /// The texts in this language.
    pub const fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Nl => &nl::TEXTS,
            Lang::En => &en::TEXTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// Every text with the place where it stands.
    fn texts(value: &Value, place: &str, all: &mut Vec<(String, String)>) {
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| texts(value, &format!("{place}.{name}"), all))
            }
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(n, value)| texts(value, &format!("{place}.{n}"), all))
            }
            Value::String(text) => all.push((place.to_owned(), text.clone())),
            _ => {}
        }
    }

    fn table(lang: Lang) -> Vec<(String, String)> {
        let mut all = Vec::new();
        texts(&serde_json::to_value(MyTexts::of(lang)).unwrap(), "", &mut all);
        all
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_have_every_text_of_the_own_pages_with_the_same_values_in_it() {
        let (nl, en) = (table(Lang::Nl), table(Lang::En));
        assert_eq!(nl.len(), en.len());
        for ((place, dutch), (_, english)) in nl.iter().zip(&en) {
            assert!(!dutch.trim().is_empty() && !english.trim().is_empty(), "{place} is empty");
            assert_eq!(placeholders(dutch), placeholders(english), "{place}");
            // Names and terms of the glossary are the same in both.
            let is_term = place.contains("glossary") && place.ends_with(".0");
            assert!(is_term || dutch != english, "{place} is not translated");
        }
    }
}

/// Results that are not shown yet.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands")]
pub struct ResultTexts {
    pub title: &'static str,
    pub offer: &'static str,
    pub wait: &'static str,
    pub waiting: &'static str,
    pub now: &'static str,
    pub stop: &'static str,
    pub changed: &'static str,
}
