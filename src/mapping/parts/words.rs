//! Free text on its way out.

use std::borrow::Cow;

use super::types::Text;
use crate::domain::dossier::PatientRecords;

/// Cleans free text on its way out.
#[derive(Debug, Default)]
pub(in crate::mapping) struct Words<'a> {
    /// Citizen service numbers that may never leave, also when somebody typed one into a text (R §3.3.3).
    numbers: Vec<&'a str>,
}

impl<'a> Words<'a> {
    pub fn of(records: &'a PatientRecords) -> Self {
        let own = records.patient.d.bsn.iter();
        let others = records.representatives.iter().filter_map(|record| record.d.bsn.as_ref());
        Self { numbers: own.chain(others).map(crate::domain::bsn::Bsn::digits).collect() }
    }

    /// The text without outer blanks, control characters and citizen service numbers; `None` when nothing is left.
    pub fn clean<'t>(&self, text: &'t str) -> Option<Text<'t>> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let mut text = Cow::Borrowed(text);
        if text.chars().any(is_unwritable) {
            text = Cow::Owned(text.chars().filter(|&character| !is_unwritable(character)).collect());
        }
        for number in &self.numbers {
            if text.contains(number) {
                text = Cow::Owned(text.replace(number, "*********"));
            }
        }
        (!text.trim().is_empty()).then_some(text)
    }

    pub fn clean_some<'t>(&self, text: Option<&'t str>) -> Option<Text<'t>> {
        self.clean(text?)
    }
}

/// FHIR strings and XML know tab and line ends, no other control character.
fn is_unwritable(character: char) -> bool {
    (character.is_control() && !matches!(character, '\t' | '\n' | '\r')) || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_typed_into_a_text_does_not_leave() {
        let words = Words { numbers: vec!["999990019"] };
        assert_eq!(words.clean("bsn 999990019, zie brief").as_deref(), Some("bsn *********, zie brief"));
    }

    #[test]
    fn words_are_clean_or_absent() {
        let words = Words::default();
        let cases = [
            ("", None),
            (" \n\t ", None),
            ("\u{0}\u{7f}", None),
            (" rust \u{1b}houden\n ", Some("rust houden")),
            ("regel 1\nregel 2", Some("regel 1\nregel 2")),
            ("a\u{FFFE}b", Some("ab")),
        ];
        for (text, expected) in cases {
            assert_eq!(words.clean(text).as_deref(), expected, "{text:?}");
        }
    }
}
