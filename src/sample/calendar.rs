//! Dates and instants around one moment, written as the format wants them.

use jiff::Span;
use jiff::civil::Date;

use crate::domain::time::{Timestamp, months_before};

/// Writes days and instants relative to one instant, in Europe/Amsterdam.
///
/// Offsets are added: negative is the past. A day that the calendar cannot hold becomes today.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    now: Timestamp,
    today: Date,
}

impl Calendar {
    /// The calendar around `now`.
    pub(super) fn around(now: Timestamp) -> Self {
        Self { now, today: now.local_date() }
    }

    /// The day this many days from today, `2026-06-15`.
    pub(super) fn day(self, days: i32) -> String {
        self.date(days).to_string()
    }

    /// The day this many calendar months before today.
    pub(super) fn months_ago(self, months: i32) -> String {
        months_before(self.today, months).to_string()
    }

    /// How many days before today that day lies.
    pub(super) fn days_in_months(self, months: i32) -> i32 {
        months_before(self.today, months).until(self.today).map_or(0, |span| span.get_days())
    }

    /// The wall-clock time `hour:minute` on the day this many days from today; `hour` below 24, `minute` below 60.
    pub(super) fn at(self, days: i32, hour: i8, minute: i8) -> String {
        Timestamp::of_local(self.date(days).at(hour, minute, 0, 0)).to_rfc3339()
    }

    /// The instant this many seconds from now.
    pub(super) fn seconds(self, seconds: i64) -> String {
        self.now.plus_seconds(seconds).to_rfc3339()
    }

    fn date(self, days: i32) -> Date {
        let span = Span::new().try_days(days);
        span.and_then(|span| self.today.checked_add(span)).unwrap_or(self.today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_is_that_of_the_day_itself() {
        let calendar = Calendar::around(Timestamp::parse_rfc3339("2026-06-15T10:00:00+02:00").unwrap());
        assert_eq!(calendar.day(-1), "2026-06-14");
        assert_eq!(calendar.months_ago(14), "2025-04-15");
        assert_eq!(calendar.days_in_months(14), 426);
        assert_eq!(calendar.at(0, 9, 5), "2026-06-15T09:05:00+02:00");
        assert_eq!(calendar.at(-180, 9, 5), "2025-12-17T09:05:00+01:00");
        assert_eq!(calendar.seconds(-60), "2026-06-15T09:59:00+02:00");
    }

    #[test]
    fn the_ends_of_time_do_not_stop_it() {
        for millis in [i64::MIN, 0, i64::MAX] {
            let calendar = Calendar::around(Timestamp::from_millis(millis));
            assert!(!calendar.day(i32::MAX).is_empty());
            assert!(!calendar.at(i32::MIN, 23, 59).is_empty());
            assert!(!calendar.months_ago(12 * 120).is_empty());
        }
    }
}
