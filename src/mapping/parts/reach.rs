//! Where somebody can be reached: what is the same in every release of an address and of a telephone number.

use super::codes::extension;
use super::output::{Origin, Output};
use super::types::{Extension, Text};
use super::words::Words;
use crate::domain::dossier;

/// Street, number and what goes with it, as one line and as its parts.
pub(in crate::mapping) fn address_line<'a>(
    words: &Words<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    addr: &'a dossier::Address,
) -> (Option<String>, Vec<Extension<'a>>) {
    let street = words.clean_some(addr.street.as_deref());
    let number = addr.nr.map(|number| Text::from(number.to_string()));
    let additions = [addr.nr_letter.as_deref(), addr.nr_add.as_deref()];
    let suffix: Vec<Text<'_>> = additions.into_iter().filter_map(|part| words.clean_some(part)).collect();
    let suffix = (!suffix.is_empty()).then(|| Text::from(suffix.join(" ")));
    let indication = match addr.indication.as_deref() {
        None => None,
        Some(indication @ ("by" | "to")) => Some(Text::from(indication)),
        Some(_) => {
            out.problem(origin, "/addr/indication", "is neither 'by' nor 'to'");
            None
        }
    };
    let parts = [
        (extension::STREET_NAME, street),
        (extension::HOUSE_NUMBER, number),
        (extension::BUILDING_NUMBER_SUFFIX, suffix),
        (extension::ADDITIONAL_LOCATOR, indication),
        (extension::UNIT_ID, words.clean_some(addr.note.as_deref())),
    ];
    let parts: Vec<(&'static str, Text<'a>)> = parts.into_iter().filter_map(|(url, part)| Some((url, part?))).collect();
    let line = parts.iter().map(|(_, part)| part.as_ref()).collect::<Vec<_>>().join(" ");
    let parts = parts.into_iter().map(|(url, part)| Extension::string(url, part)).collect();
    ((!line.is_empty()).then_some(line), parts)
}

/// `9998 ZY` and `9998zy` are `9998ZY`; a foreign code stays as it is.
pub(in crate::mapping) fn postal_code(text: Text<'_>) -> Text<'_> {
    let plain: String = text.split_whitespace().collect();
    if is_dutch_code(&plain) { plain.to_ascii_uppercase().into() } else { text }
}

/// Four digits and two letters.
pub(in crate::mapping) fn is_dutch_code(text: &str) -> bool {
    let (digits, letters) = text.split_at_checked(4).unwrap_or_default();
    letters.len() == 2
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Dutch mobile numbers begin with 06.
pub(in crate::mapping) fn is_mobile(number: &str) -> bool {
    let digits: String = number.chars().filter(|character| character.is_ascii_digit() || *character == '+').collect();
    ["06", "+316", "+3106", "00316"].iter().any(|start| digits.starts_with(start))
}

/// A country by its code of ISO 3166-1: two capitals.
pub(in crate::mapping) fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dutch_postcode_has_one_spelling() {
        let cases =
            [("9998 zy", "9998ZY"), ("9998ZY", "9998ZY"), ("B-1000", "B-1000"), ("75 008", "75 008"), ("é€", "é€")];
        for (text, expected) in cases {
            assert_eq!(postal_code(text.into()), expected, "{text}");
        }
    }

    #[test]
    fn a_mobile_number_is_known_by_its_beginning() {
        for mobile in ["0612345678", "06-1234 5678", "+31 6 12345678", "0031612345678"] {
            assert!(is_mobile(mobile), "{mobile}");
        }
        for land in ["+31190531770", "0501234567", "112"] {
            assert!(!is_mobile(land), "{land}");
        }
    }
}
