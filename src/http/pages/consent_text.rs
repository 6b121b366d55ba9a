//! The consent text (toestemmingsverklaring): one value that is shown and stored, so evidence and page are the same.

use super::Lang;
use super::texts::fill;
use crate::domain::representation::Representation;

/// Version of the text; raised whenever a word of it changes in either language.
pub const VERSION: &str = "2026-2";

/// The text of a consent in one language, for one practice and PGO (medmij-authorization §1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// Title of the page.
    pub title: String,
    /// The question.
    pub question: String,
    /// That consent is needed.
    pub statement: String,
    /// Label of the choice for an indefinite time, which is never preset; none where there is no such choice.
    pub indefinite: Option<String>,
    /// Explanation, one paragraph each.
    pub explanation: Vec<String>,
}

impl ConsentText {
    /// The text for this practice and this PGO; with a ground, for who acts for the patient.
    pub fn new(lang: Lang, practice: &str, pgo: &str, ground: Option<Representation>) -> Self {
        let t = lang.texts();
        let say = |text| fill(text, &[("practice", practice), ("pgo", pgo)]);
        let explanation = match ground {
            None => vec![
                t.consent_free,
                t.consent_privacy,
                t.consent_long,
                t.consent_lapse,
                t.consent_again,
                t.consent_change,
                t.consent_rules,
            ],
            Some(_) => vec![t.consent_free, t.consent_privacy, t.consent_for_once, t.consent_rules],
        };
        let (question, statement) = match ground {
            None => (t.consent_question, t.consent_statement),
            Some(_) => (t.consent_for_question, t.consent_for_statement),
        };
        Self {
            title: say(t.consent_title),
            question: say(question),
            statement: say(statement),
            indefinite: ground.is_none().then(|| say(t.consent_indefinite)),
            explanation: explanation.into_iter().map(say).collect(),
        }
    }

    /// Everything that was to be read, one paragraph a line: what is stored as evidence.
    pub fn rendered(&self) -> String {
        let head = [&self.title, &self.question, &self.statement].into_iter().chain(&self.indefinite);
        let lines: Vec<&str> = head.chain(&self.explanation).map(String::as_str).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change of a word without a change of [`VERSION`] fails here.
    #[test]
    fn a_version_stands_for_one_text() {
        let both = Lang::ALL.map(|lang| {
            [None, Some(Representation::Parental)]
                .map(|ground| ConsentText::new(lang, "P", "G", ground).rendered())
                .join("\n")
        });
        let both = both.join("\n");
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, both.as_bytes());
        let start: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((VERSION, start.as_str()), ("2026-2", "9bb5ad23cf2b327a"));
    }

    #[test]
    fn the_text_says_what_the_framework_demands() {
        let text = ConsentText::new(Lang::Nl, "Huisartsen De Linde", "Mijn PGO", None).rendered();
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
