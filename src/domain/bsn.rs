//! The citizen service number (burgerservicenummer) and its 11-test.

use std::fmt;
use std::str::FromStr;

use zeroize::Zeroize;

/// A citizen service number that passed the 11-test (his-source-data §2.1).
///
/// `Debug` never prints the digits, so a stray `?patient` in a log line leaks nothing. There is no `Display`
/// and no `Serialize`: the digits leave this type through [`Bsn::digits`] only, for hashing and sealing.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Bsn(String);

/// The text is not nine digits, fails the 11-test, or is all zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a citizen service number: nine digits that pass the 11-test are needed")]
pub struct InvalidBsn;

impl Bsn {
    /// The nine digits, for keyed hashing and sealing only.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl FromStr for Bsn {
    type Err = InvalidBsn;

    fn from_str(text: &str) -> Result<Self, InvalidBsn> {
        if passes_eleven_test(text) { Ok(Self(text.to_owned())) } else { Err(InvalidBsn) }
    }
}

impl fmt::Debug for Bsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bsn(…)")
    }
}

impl Drop for Bsn {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn passes_eleven_test(text: &str) -> bool {
    let digits = text.as_bytes();
    if digits.len() != 9 || !digits.iter().all(u8::is_ascii_digit) || text == "000000000" {
        return false;
    }
    let sum: i32 =
        digits.iter().zip([9, 8, 7, 6, 5, 4, 3, 2, -1]).map(|(digit, weight)| i32::from(digit - b'0') * weight).sum();
    sum % 11 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleven_test_accepts_what_the_sheet_lists() {
        for good in ["999990007", "999990019", "999999990", "123456782", "111222333"] {
            assert!(good.parse::<Bsn>().is_ok(), "{good}");
        }
    }

    #[test]
    fn the_eleven_test_refuses_what_the_sheet_lists() {
        for bad in ["999999999", "123456789", "000000000", "99999001", "9999900190", "99999001a", "٩٩٩٩٩٠٠١٩", ""]
        {
            assert_eq!(bad.parse::<Bsn>(), Err(InvalidBsn), "{bad}");
        }
    }

    #[test]
    fn the_test_range_holds_exactly_909_numbers() {
        let valid = (999_990_000..=999_999_999_u32).filter(|n| n.to_string().parse::<Bsn>().is_ok()).count();
        assert_eq!(valid, 909);
    }

    #[test]
    fn debug_does_not_print_the_digits() {
        let bsn: Bsn = "999990019".parse().unwrap();
        assert_eq!(format!("{bsn:?}"), "Bsn(…)");
    }
}
