//! Citizen service numbers that nobody has, one after the other.

use crate::domain::bsn::Bsn;

/// The first number of the demo practice: within the range for tests, 999990000 to 999999999.
pub(super) const TEST_RANGE: u32 = 999_990_019;

/// Where the numbers of synthetic practices begin; the test range holds 909 only (his-source-data §2.1).
pub(super) const SYNTHETIC_RANGE: u32 = 900_000_000;

/// The numbers from `first` up that pass the 11-test, in order; about one in eleven does.
pub(super) fn valid_from(first: u32) -> impl Iterator<Item = String> {
    (first..=999_999_999).map(|number| format!("{number:09}")).filter(|text| text.parse::<Bsn>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_begins_with_the_number_everybody_tests_with() {
        let first: Vec<_> = valid_from(TEST_RANGE).take(3).collect();
        assert_eq!(first, ["999990019", "999990020", "999990032"]);
    }
}
