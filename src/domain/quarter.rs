//! Quarters of a year, as practices report by them; a day of the calendar in Europe/Amsterdam belongs to one.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::time::Timestamp;

/// Three months of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    /// The year.
    pub year: i16,
    /// 1 to 4.
    pub number: i8,
}

impl Quarter {
    /// The quarter of this day.
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), number: (day.month() - 1) / 3 + 1 }
    }

    /// This many quarters, that of `today` first.
    pub fn latest(today: Date, count: usize) -> Vec<Self> {
        std::iter::successors(Some(Self::of(today)), |quarter| Some(quarter.before())).take(count).collect()
    }

    /// The one before it.
    #[must_use]
    pub fn before(self) -> Self {
        match self.number {
            1 => Self { year: self.year - 1, number: 4 },
            number => Self { year: self.year, number: number - 1 },
        }
    }

    /// Its first instant.
    pub fn begin(self) -> Timestamp {
        Timestamp::start_of_day(self.first_day())
    }

    /// The first instant that no longer belongs to it.
    pub fn end(self) -> Timestamp {
        Timestamp::start_of_day(self.first_day().checked_add(3.months()).unwrap_or(Date::MAX))
    }

    fn first_day(self) -> Date {
        Date::new(self.year, self.number * 3 - 2, 1).unwrap_or(Date::MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_quarter_begins_and_ends_at_midnight_in_amsterdam() {
        let cases = [
            (date(2026, 3, 31), (2026, 1), "2026-01-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
            (date(2026, 4, 1), (2026, 2), "2026-04-01T00:00:00+02:00", "2026-07-01T00:00:00+02:00"),
            (date(2026, 12, 31), (2026, 4), "2026-10-01T00:00:00+02:00", "2027-01-01T00:00:00+01:00"),
        ];
        for (day, (year, number), begin, end) in cases {
            let quarter = Quarter::of(day);
            assert_eq!(quarter, Quarter { year, number });
            assert_eq!((quarter.begin().to_rfc3339(), quarter.end().to_rfc3339()), (begin.to_owned(), end.to_owned()));
        }
    }

    #[test]
    fn the_latest_quarters_follow_each_other_over_the_turn_of_the_year() {
        let latest = Quarter::latest(date(2026, 2, 1), 6);
        let expected = [(2026, 1), (2025, 4), (2025, 3), (2025, 2), (2025, 1), (2024, 4)];
        assert_eq!(latest, expected.map(|(year, number)| Quarter { year, number }));
        assert!(latest.windows(2).all(|pair| pair[1].end() == pair[0].begin()));
    }
}
