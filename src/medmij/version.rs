//! Version of a list: Volgnummer and Tijdstempel together.

use crate::domain::time::Timestamp;

/// The version a list carries (medmij-authorization §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListVersion {
    /// `Volgnummer`, at least 1, rising with every publication.
    pub number: u64,
    /// `Tijdstempel`, when the list was made.
    pub made_at: Timestamp,
}

/// May `new` replace `old`? Only with a higher number that was not made earlier.
///
/// A replayed older list fails on its number, a renumbered older one on its time.
pub fn is_newer(old: &ListVersion, new: &ListVersion) -> bool {
    new.number > old.number && new.made_at >= old.made_at
}

/// Reads `Tijdstempel`: an xs:dateTime of 20 characters or more, so with its zone.
pub(super) fn read_stamp(text: &str) -> Option<Timestamp> {
    if text.len() < 20 || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    Timestamp::parse_rfc3339(text).ok()
}

/// Reads `Volgnummer`: a positive integer in decimal digits.
pub(super) fn read_number(text: &str) -> Option<u64> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&number| number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u64, made_at: &str) -> ListVersion {
        ListVersion { number, made_at: Timestamp::parse_rfc3339(made_at).unwrap() }
    }

    #[test]
    fn a_list_is_replaced_only_by_a_later_one() {
        let old = version(7, "2026-06-15T10:00:00Z");
        let cases = [
            ("next number, later", 8, "2026-06-15T10:10:00Z", true),
            ("next number, same instant", 8, "2026-06-15T10:00:00Z", true),
            ("next number, made earlier", 8, "2026-06-15T09:59:59Z", false),
            ("same number, later", 7, "2026-06-15T10:10:00Z", false),
            ("lower number, later", 6, "2026-06-15T10:10:00Z", false),
        ];
        for (case, number, made_at, expected) in cases {
            assert_eq!(is_newer(&old, &version(number, made_at)), expected, "{case}");
        }
    }

    #[test]
    fn a_stamp_needs_its_zone() {
        assert!(read_stamp("2026-06-15T10:00:00Z").is_some());
        assert!(read_stamp("2026-06-15T10:00:00.123+02:00").is_some());
        for bad in ["2026-06-15T10:00:00", "2026-06-15 10:00:00+02:00", "2026-06-15", "2026-13-15T10:00:00Z", ""] {
            assert!(read_stamp(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_number_is_positive_and_plain() {
        assert_eq!(read_number("42"), Some(42));
        for bad in ["0", "-1", "+1", "1.0", "", "99999999999999999999999"] {
            assert!(read_number(bad).is_none(), "{bad}");
        }
    }
}
