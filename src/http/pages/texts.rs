//! Every text of the pages, as one table with a row per language: a text missing in one language does not compile.
//!
//! `{practice}`, `{pgo}` and the like stand for values; [`fill`] puts them in, the template escapes the result.

use serde::Serialize;

/// The texts of one language. Names say where a text stands.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the names say where each text stands; the tables are in nl.rs and en.rs")]
pub struct Texts {
    pub skip: &'static str,
    pub language_switch: &'static str,
    pub back_to_pgo: &'static str,
    pub cancel: &'static str,
    pub login: &'static str,
    pub retry: &'static str,

    pub landing_title: &'static str,
    pub landing_who: &'static str,
    pub landing_system: &'static str,
    pub landing_pgo: &'static str,
    pub landing_next: &'static str,
    pub landing_consents: &'static str,

    pub depart_title: &'static str,
    pub depart_text: &'static str,
    pub depart_next: &'static str,

    pub simulator_title: &'static str,
    pub simulator_warning: &'static str,
    pub simulator_bsn: &'static str,
    pub simulator_subject: &'static str,
    pub simulator_level: &'static str,

    pub cancelled_title: &'static str,
    pub cancelled_text: &'static str,
    pub cancelled_next: &'static str,

    pub unavailable_title: &'static str,
    pub unavailable_text: &'static str,
    pub unavailable_birth: &'static str,
    pub unavailable_next: &'static str,

    pub consent_title: &'static str,
    pub consent_question: &'static str,
    pub consent_statement: &'static str,
    pub consent_indefinite: &'static str,
    pub consent_more: &'static str,
    pub consent_free: &'static str,
    pub consent_privacy: &'static str,
    pub consent_long: &'static str,
    pub consent_lapse: &'static str,
    pub consent_again: &'static str,
    pub consent_change: &'static str,
    pub consent_rules: &'static str,
    pub consent_for_question: &'static str,
    pub consent_for_statement: &'static str,
    pub consent_for_once: &'static str,
    pub consent_give: &'static str,
    pub consent_refuse: &'static str,
    pub privacy_link: &'static str,

    pub practices_title: &'static str,
    pub practices_label: &'static str,
    pub practices_next: &'static str,
    pub practices_none: &'static str,

    pub overview_title: &'static str,
    pub overview_intro: &'static str,
    pub overview_none: &'static str,
    pub overview_given: &'static str,
    pub overview_used: &'static str,
    pub overview_unused: &'static str,
    pub overview_services: &'static str,
    pub overview_once: &'static str,
    pub overview_by_another: &'static str,
    pub overview_indefinite: &'static str,
    pub overview_lapses: &'static str,
    pub overview_text: &'static str,
    pub overview_withdraw: &'static str,
    pub overview_leave: &'static str,

    pub withdraw_title: &'static str,
    pub withdraw_question: &'static str,
    pub withdraw_effect: &'static str,
    pub withdraw_yes: &'static str,
    pub withdraw_no: &'static str,

    pub left_title: &'static str,
    pub left_text: &'static str,

    pub level_title: &'static str,
    pub level_text: &'static str,
    pub oneself_text: &'static str,

    pub bad_request_title: &'static str,
    pub bad_request_text: &'static str,
    pub bad_request_next: &'static str,

    pub expired_title: &'static str,
    pub expired_text: &'static str,

    pub forgery_title: &'static str,
    pub forgery_text: &'static str,

    pub missing_title: &'static str,
    pub missing_text: &'static str,

    pub fault_title: &'static str,
    pub fault_text: &'static str,
    pub fault_later: &'static str,
    pub fault_contact: &'static str,
    pub fault_supplier: &'static str,
    pub fault_ids: &'static str,
    pub ids_more: &'static str,
}

/// The text with its values put in; a value that looks like a placeholder stays as it is.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = from.split_once('}').unwrap_or((from, ""));
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::Lang;
    use std::collections::{BTreeMap, BTreeSet};

    fn table(lang: Lang) -> BTreeMap<String, String> {
        serde_json::from_value(serde_json::to_value(lang.texts()).unwrap()).unwrap()
    }

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_have_every_text_with_the_same_values_in_it() {
        let (nl, en) = (table(Lang::Nl), table(Lang::En));
        assert!(nl.keys().eq(en.keys()));
        for (key, text) in &nl {
            assert!(!text.trim().is_empty() && !en[key].trim().is_empty(), "{key} is empty");
            assert_ne!(text, &en[key], "{key} is not translated");
            assert_eq!(placeholders(text), placeholders(&en[key]), "{key}");
        }
    }

    #[test]
    fn values_are_put_in_once() {
        assert_eq!(fill("a {x} {y} {z}", &[("x", "{y}"), ("y", "2")]), "a {y} 2 {z}");
        assert_eq!(fill("open { brace", &[]), "open { brace}");
    }
}
