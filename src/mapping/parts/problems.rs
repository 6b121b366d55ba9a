//! The problem an episode is about: its title, its ICPC code, and what kind of problem that makes it.

use super::codes::system;
use super::types::{CodeableConcept, Coding, Text};
use super::words::Words;
use crate::domain::dossier::Episode;

/// The title in plain words, else the practice's own (R-EP-05).
pub(in crate::mapping) fn title<'a>(words: &Words<'_>, episode: &'a Episode) -> Option<Text<'a>> {
    let friendly = words.clean_some(episode.friendly_title.as_deref());
    friendly.or_else(|| words.clean_some(episode.title.as_deref()))
}

/// ICPC code with the episode's title; the words of the ICPC itself are not ours to give.
pub(in crate::mapping) fn problem_name<'a>(words: &Words<'_>, episode: &'a Episode) -> CodeableConcept<'a> {
    let title = title(words, episode);
    match &episode.icpc {
        Some(code) => {
            let of_code = words.clean_some(episode.icpc_text.as_deref());
            let mut concept = icpc(code, title.or_else(|| of_code.clone()));
            for coding in &mut concept.coding {
                coding.display.clone_from(&of_code);
            }
            concept
        }
        None => CodeableConcept::uncoded(Vec::new(), title.unwrap_or("Episode zonder titel".into())),
    }
}

/// An ICPC code; without words of the source the code itself is the text.
pub(in crate::mapping) fn icpc<'a>(code: &'a str, words: Option<Text<'a>>) -> CodeableConcept<'a> {
    let text = words.unwrap_or_else(|| format!("ICPC {code}").into());
    CodeableConcept::of(vec![Coding::new(system::ICPC, code)], text)
}

/// Components 01-29 of a chapter are complaints, the others are taken as diagnoses.
pub(in crate::mapping) fn is_complaint(icpc: &str) -> bool {
    let component: Option<u8> = icpc.get(1..3).and_then(|digits| digits.parse().ok());
    matches!(component, Some(1..=29))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symptom_code_is_a_complaint() {
        for (code, expected) in [
            ("A04", true),
            ("R21.01", true),
            ("P29", true),
            ("T90.02", false),
            ("K78", false),
            ("A30", false),
            ("é", false),
        ] {
            assert_eq!(is_complaint(code), expected, "{code}");
        }
    }

    #[test]
    fn a_code_without_title_has_no_display() {
        let concept = icpc("K78", None);
        assert!(concept.coding[0].display.is_none());
        assert_eq!(concept.text.as_deref(), Some("ICPC K78"));
    }
}
