//! The consent text (toestemmingsverklaring): one value that is shown and stored, so evidence and page are the same.

use super::Lang;
use super::texts::fill;

/// Version of the text; raised whenever a word of it changes in either language.
pub const VERSION: &str = "2026-1";

/// The text of a consent in one language, for one practice and PGO (medmij-authorization §1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// Title of the page.
    pub title: String,
    /// The question.
    pub question: String,
    /// That consent is needed.
    pub statement: String,
    /// Label of the choice for an indefinite time, which is never preset.
    pub indefinite: String,
    /// Explanation, one paragraph each.
    pub explanation: Vec<String>,
}

impl ConsentText {
    /// The text for this practice and this PGO.
    pub fn new(lang: Lang, practice: &str, pgo: &str) -> Self {
        let t = lang.texts();
        let say = |text| fill(text, &[("practice", practice), ("pgo", pgo)]);
        let explanation = [
            t.consent_free,
            t.consent_privacy,
            t.consent_long,
            t.consent_lapse,
            t.consent_again,
            t.consent_change,
            t.consent_rules,
        ];
        Self {
            title: say(t.consent_title),
            question: say(t.consent_question),
            statement: say(t.consent_statement),
            indefinite: say(t.consent_indefinite),
            explanation: explanation.map(say).into(),
        }
    }

    /// Everything that was to be read, one paragraph a line: what is stored as evidence.
    pub fn rendered(&self) -> String {
        let head = [&self.title, &self.question, &self.statement, &self.indefinite];
        let lines: Vec<&str> = head.into_iter().chain(&self.explanation).map(String::as_str).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of a word without a change of [`VERSION`] fails here.
    #[test]
    fn a_version_stands_for_one_text() {
        let both = Lang::ALL.map(|lang| ConsentText::new(lang, "P", "G").rendered()).join("\n");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, both.as_bytes());
        let start: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((VERSION, start.as_str()), ("2026-1", "153496c0643c46d6"));
    }

    #[test]
    fn the_text_says_what_the_framework_demands() {
        let text = ConsentText::new(Lang::Nl, "Huisartsen De Linde", "Mijn PGO").rendered();
        for needed in [
            "Huisartsen De Linde",
            "Mijn PGO",
            "onbepaalde tijd",
            "zes maanden",
            "privacyverklaring",
            "MedMij",
            "opnieuw in",
        ] {
            assert!(text.contains(needed), "{needed}");
        }
    }
}
