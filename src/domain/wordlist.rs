//! Words that a practice wants to think twice about before a patient reads them (R-SP-11).
//!
//! A word of the list never withholds anything (E06): the console warns, and a person decides.

/// The practice's words and phrases, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordList(Vec<String>);

impl WordList {
    /// The setting that holds them.
    pub const SETTING: &'static str = "page.words";

    /// The list that a setting makes: words or phrases, separated by commas or new lines.
    pub fn read(text: &str) -> Self {
        Self(text.split([',', '\n']).map(plain).filter(|word| !word.is_empty()).collect())
    }

    /// The first word of the list that stands in a text as a whole, however it is written.
    pub fn find(&self, text: &str) -> Option<&str> {
        let text = plain(text);
        self.0.iter().map(String::as_str).find(|word| stands_in(&text, word))
    }
}

/// In lower case, with one blank between words.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stands_in(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        !is_part(before) && !is_part(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_found_whole_and_however_it_is_written() {
        let list = WordList::read("Niet delen, werkhypothese\n  privé ,,");
        for (text, found) in [
            ("NIET  DELEN met patiënt", Some("niet delen")),
            ("(werkhypothese: migraine)", Some("werkhypothese")),
            ("Privé.", Some("privé")),
            ("niet delend", None),
            ("werkhypotheses", None),
            ("rustig beleid", None),
            ("", None),
        ] {
            assert_eq!(list.find(text), found, "{text}");
        }
        assert_eq!(WordList::read(" , \n").find("niet delen"), None, "an empty list finds nothing");
    }

    proptest! {
        #[test]
        fn any_list_and_text_are_read(list in ".{0,60}", text in ".{0,60}") {
            let list = WordList::read(&list);
            if let Some(word) = list.find(&text) {
                prop_assert!(plain(&text).contains(word));
            }
        }
    }
}
