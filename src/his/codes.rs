//! The forms of codes and identifiers (his-source-data §2): does this text look like one?
//!
//! Form only. Whether a code exists is a question for licensed tables, which dvza does not ship.

/// Between `low` and `high` ASCII digits.
pub(super) fn is_digits(text: &str, low: usize, high: usize) -> bool {
    (low..=high).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An ICPC-1-NL code such as `T90` or `T90.02`; 17 chapters.
pub(super) fn is_icpc(text: &str) -> bool {
    match text.as_bytes() {
        [chapter, main @ ..] if b"ABDFHKLNPRSTUWXYZ".contains(chapter) => match main {
            [a, b] => [a, b].into_iter().all(u8::is_ascii_digit),
            [a, b, b'.', c, d] => [a, b, c, d].into_iter().all(u8::is_ascii_digit),
            _ => false,
        },
        _ => false,
    }
}

/// An ATC code of any of its five levels.
pub(super) fn is_atc(text: &str) -> bool {
    let levels = [u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_digit];
    let deeper = [u8::is_ascii_uppercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_digit];
    let forms = levels.into_iter().chain(deeper);
    matches!(text.len(), 1 | 3 | 4 | 5 | 7) && text.bytes().zip(forms).all(|(byte, fits)| fits(&byte))
}

/// A LOINC code: up to seven digits, a hyphen, a check digit.
pub(super) fn is_loinc(text: &str) -> bool {
    text.split_once('-').is_some_and(|(number, check)| is_digits(number, 1, 7) && is_digits(check, 1, 1))
}

/// A UZI role code such as `01.015`.
pub(super) fn is_uzi_role(text: &str) -> bool {
    text.split_once('.').is_some_and(|(group, role)| is_digits(group, 2, 2) && is_digits(role, 3, 3))
}

/// A SNOMED CT identifier: 6 to 18 digits that pass Verhoeff's check.
pub(super) fn is_sctid(text: &str) -> bool {
    is_digits(text, 6, 18) && !text.starts_with('0') && passes_verhoeff(text)
}

/// A code as FHIR writes it: no blanks at the ends, no two in a row, nothing but printable characters.
pub(super) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.split(' ').all(|word| !word.is_empty() && word.chars().all(is_visible))
}

/// An e-mail address in the part of RFC 5322 that is in use: `local@domain.example`, no quoting, no comments.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let dotted =
        |part: &str, fits: fn(char) -> bool| part.split('.').all(|atom| !atom.is_empty() && atom.chars().all(fits));
    let in_local = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let in_domain = |c: char| c.is_alphanumeric() || c == '-';
    text.len() <= 254
        && local.len() <= 64
        && domain.contains('.')
        && dotted(local, in_local)
        && dotted(domain, in_domain)
}

/// A SHA-256 in hexadecimal, either case.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

/// The check digit of SNOMED CT: the dihedral group of order ten, from the right.
fn passes_verhoeff(digits: &str) -> bool {
    const MULTIPLY: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTE: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // Every table entry and every digit is below ten, so no index can leave its table.
    let sum = digits.bytes().rev().enumerate().fold(0_u8, |sum, (place, byte)| {
        let digit = PERMUTE[place % 8][usize::from(byte - b'0')];
        MULTIPLY[usize::from(sum)][usize::from(digit)]
    });
    sum == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_accept_the_good_and_refuse_the_bad() {
        type Form = fn(&str) -> bool;
        let table: [(&str, Form, &[&str], &[&str]); 8] = [
            ("ICPC", is_icpc, &["T90", "T90.02", "A04", "Z29"], &["T9002", "T90.2", "C01", "T9", "t90", "T90.022", ""]),
            ("ATC", is_atc, &["A", "A10", "A10B", "A10BA", "A10BA02"], &["A1", "A10BA0", "a10", "10A", "A10BA022", ""]),
            ("LOINC", is_loinc, &["8480-6", "14631-6"], &["8480", "8480-66", "12345678-1", "-1", "a-1"]),
            ("UZI role", is_uzi_role, &["01.015"], &["1.015", "01015", "01.15", "01.0150"]),
            (
                "SCTID",
                is_sctid,
                &["373873005", "22298006", "387517004"],
                &["373873006", "12345", "0373873005", "22298060"],
            ),
            ("code", is_code, &["35", "CR MB", "a b"], &["", " 35", "35 ", "CR  MB", "a\tb"]),
            (
                "e-mail",
                is_email,
                &["a@b.nl", "j_x950@HUISARTS.nl", "a.b+c@d-e.example"],
                &["a", "a@b", "@b.nl", "a@b..nl", "a b@c.nl", "a@@b.nl", ".a@b.nl"],
            ),
            ("SHA-256", is_sha256, &[&"aF".repeat(32)], &["", "a", &"g".repeat(64)]),
        ];
        for (name, form, good, bad) in table {
            good.iter().for_each(|text| assert!(form(text), "{name} {text:?}"));
            bad.iter().for_each(|text| assert!(!form(text), "{name} {text:?}"));
        }
    }

    proptest! {
        #[test]
        fn no_form_panics(text in ".{0,30}") {
            for form in [is_icpc, is_atc, is_loinc, is_uzi_role, is_sctid, is_code, is_email, is_sha256] {
                form(&text);
            }
        }
    }
}
