//! The MedMij name of a practice: `huisartsdelinde@medmij`.

use std::fmt;
use std::str::FromStr;

const SUFFIX: &str = "@medmij";
/// Longest name without its suffix; far above any real one, so that foreign text stays bounded.
const MAX_LEN: usize = 100;

/// A MedMij name in its registered (lower-case) form (medmij-authorization §11.2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MedMijName(String);

/// The text is not a MedMij name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a MedMij name: lower-case letters, each group followed by at most four digits, joined by one - & or ., and @medmij at its end"
)]
pub struct InvalidMedMijName;

impl MedMijName {
    /// Reads a name as the lists write it: lower case, with its suffix.
    ///
    /// # Errors
    /// [`InvalidMedMijName`] for any other form, also for upper case.
    pub fn registered(text: &str) -> Result<Self, InvalidMedMijName> {
        match text.strip_suffix(SUFFIX) {
            Some(stem) if is_stem(stem) => Ok(Self(text.to_owned())),
            _ => Err(InvalidMedMijName),
        }
    }

    /// Reads the name as a scope writes it: without the suffix, case and diacritics ignored.
    ///
    /// # Errors
    /// [`InvalidMedMijName`] when the text, once folded, is not the stem of a name.
    pub fn from_stem(text: &str) -> Result<Self, InvalidMedMijName> {
        let stem = fold(text)?;
        if is_stem(&stem) { Ok(Self(stem + SUFFIX)) } else { Err(InvalidMedMijName) }
    }

    /// The whole name, with `@medmij`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `@medmij`, as it stands in a scope and in our URLs.
    pub fn stem(&self) -> &str {
        self.0.strip_suffix(SUFFIX).unwrap_or(&self.0)
    }
}

impl FromStr for MedMijName {
    type Err = InvalidMedMijName;

    /// Reads a name with its suffix, case and diacritics ignored.
    fn from_str(text: &str) -> Result<Self, InvalidMedMijName> {
        let at = text.rfind('@').ok_or(InvalidMedMijName)?;
        let (stem, suffix) = text.split_at(at);
        if suffix.eq_ignore_ascii_case(SUFFIX) { Self::from_stem(stem) } else { Err(InvalidMedMijName) }
    }
}

impl fmt::Display for MedMijName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower case without diacritics: both count as equal to the base letter in use.
fn fold(text: &str) -> Result<String, InvalidMedMijName> {
    if text.len() > 2 * MAX_LEN {
        return Err(InvalidMedMijName);
    }
    Ok(text.chars().flat_map(char::to_lowercase).map(base_letter).collect())
}

fn base_letter(letter: char) -> char {
    match letter {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    }
}

fn is_stem(text: &str) -> bool {
    text.len() <= MAX_LEN && text.split(['-', '&', '.']).all(is_segment)
}

/// One or more fragments: letters, then at most four digits.
fn is_segment(text: &str) -> bool {
    let mut digits = 4;
    let mut some = false;
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' => digits = 0,
            b'0'..=b'9' if some && digits < 4 => digits += 1,
            _ => return false,
        }
        some = true;
    }
    some
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_rule_are_accepted() {
        for good in [
            "huisartsdelinde@medmij",
            "test.huisarts.amsterdam@medmij",
            "h1234a5678@medmij",
            "jansen&pietersen-zoon2@medmij",
            "a@medmij",
        ] {
            let name = MedMijName::registered(good).unwrap();
            assert_eq!(name.as_str(), good);
            assert_eq!(MedMijName::from_stem(name.stem()), Ok(name), "{good}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in [
            "",
            "@medmij",
            "huisarts",
            "huisarts@Medmij",
            "Huisarts@medmij",
            "1huisarts@medmij",
            "h12345@medmij",
            "h--a@medmij",
            "h-@medmij",
            "-h@medmij",
            "h a@medmij",
            "h_a@medmij",
            "h-1@medmij",
            "h@medmij@medmij",
            "h~48@medmij",
        ] {
            assert_eq!(MedMijName::registered(bad), Err(InvalidMedMijName), "{bad}");
        }
    }

    #[test]
    fn case_and_diacritics_do_not_matter_in_use() {
        let name = MedMijName::registered("huisartsreve@medmij").unwrap();
        for same in ["HuisartsReve@MedMij", "huisartsrëvé@medmij", "HUISARTSRÈVE@medmij"] {
            assert_eq!(same.parse(), Ok(name.clone()), "{same}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_a_registered_name_or_a_refusal(text in "\\PC{0,300}") {
            for name in [text.parse::<MedMijName>(), MedMijName::from_stem(&text)].into_iter().flatten() {
                prop_assert_eq!(MedMijName::registered(name.as_str()), Ok(name.clone()));
            }
        }

        #[test]
        fn the_published_pattern_and_the_parser_agree(text in "([a-c]{1,3}[0-9]{0,5}[-&.]?){1,4}") {
            let registered = MedMijName::registered(&format!("{text}@medmij")).is_ok();
            let by_pattern = !text.ends_with(['-', '&', '.'])
                && text.split(|c: char| !c.is_ascii_digit()).all(|run| run.len() <= 4);
            prop_assert_eq!(registered, by_pattern);
        }
    }
}
