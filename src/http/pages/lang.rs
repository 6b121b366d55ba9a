//! Dutch or English.

use super::texts::Texts;
use super::{en, nl};

/// Language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

impl Lang {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The language tag: `nl` or `en`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }

    /// The language with this tag.
    pub fn find(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.as_str() == tag)
    }

    /// The first language of an `Accept-Language` header that we have; its order is taken, its weights are not.
    pub fn from_accept(header: &str) -> Option<Self> {
        let tags = header.split(',').take(20).filter_map(|range| range.split(['-', ';']).next());
        tags.map(|tag| tag.trim().to_ascii_lowercase()).find_map(|tag| Self::find(&tag))
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Nl => Self::En,
            Self::En => Self::Nl,
        }
    }

    /// The words of this language, of the two that stand here: neither can be forgotten.
    pub const fn pick<'t>(self, nl: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Nl => nl,
            Self::En => en,
        }
    }

    /// Its texts.
    pub const fn texts(self) -> &'static Texts {
        match self {
            Self::Nl => &nl::TEXTS,
            Self::En => &en::TEXTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_we_have_is_taken() {
        let cases = [
            ("nl-NL,nl;q=0.9,en;q=0.8", Some(Lang::Nl)),
            ("de, EN-gb;q=0.5", Some(Lang::En)),
            ("fr", None),
            ("", None),
            (";;,,--", None),
        ];
        for (header, lang) in cases {
            assert_eq!(Lang::from_accept(header), lang, "{header}");
        }
    }
}
