//! Instants, calendar days in Europe/Amsterdam, ages, and the clock as a value.
//!
//! Every rule that depends on time receives a [`Moment`]; only the edges of the program read a [`Clock`].
//! The system clock is read here and nowhere else.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Serialize};

/// An instant in milliseconds since 1970-01-01T00:00:00Z, as the database stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// Text that is not an instant with an offset (RFC 3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an instant of RFC 3339 with its offset")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The instant this many milliseconds after the epoch, clamped to the years -9999 to 9999.
    pub fn from_millis(millis: i64) -> Self {
        let (low, high) = (jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        Self(millis.clamp(low, high))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This many seconds later (or earlier, when negative).
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The same wall-clock time this many calendar days later in Europe/Amsterdam.
    pub fn plus_local_days(self, days: i32) -> Self {
        let later = self.zoned().checked_add(days.days());
        later.map_or(self, |zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// The same wall-clock time this many calendar months later in Europe/Amsterdam, day clamped to the month.
    pub fn plus_local_months(self, months: i32) -> Self {
        let later = self.zoned().checked_add(months.months());
        later.map_or(self, |zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// The calendar day in Europe/Amsterdam.
    pub fn local_date(self) -> Date {
        self.zoned().date()
    }

    /// Wall clock in Europe/Amsterdam.
    pub fn local(self) -> DateTime {
        self.zoned().datetime()
    }

    /// The first instant of this day in Europe/Amsterdam.
    pub fn start_of_day(day: Date) -> Self {
        Self::of_local(day.at(0, 0, 0, 0))
    }

    /// The instant of a wall-clock time in Europe/Amsterdam that a person typed: the first one when it exists twice (E21), none
    /// when it does not exist (E22).
    pub fn typed(wall: DateTime) -> Option<Self> {
        let ambiguous = amsterdam().to_ambiguous_zoned(wall);
        let exists = !matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. });
        ambiguous.earlier().ok().filter(|_| exists).map(|zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// The instant of this wall-clock time in Europe/Amsterdam: the first one when it exists twice, and one
    /// hour later on the clock when it does not exist.
    pub fn of_local(wall: DateTime) -> Self {
        let zoned = amsterdam().to_zoned(wall);
        Self(zoned.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }

    /// `2026-06-15T10:00:00+02:00`, in Europe/Amsterdam, with milliseconds only when there are any.
    pub fn to_rfc3339(self) -> String {
        let zoned = self.zoned();
        let seconds = zoned.offset().seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        let wall = zoned.datetime();
        format!("{wall}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// Reads an RFC 3339 instant; an offset is mandatory.
    ///
    /// # Errors
    /// [`InvalidTimestamp`] when the text has another form, names an impossible date or lacks an offset.
    pub fn parse_rfc3339(text: &str) -> Result<Self, InvalidTimestamp> {
        let instant: jiff::Timestamp = text.parse().map_err(|_| InvalidTimestamp)?;
        Ok(Self(instant.as_millisecond()))
    }

    fn zoned(self) -> Zoned {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(amsterdam())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// The zone of every date a patient sees.
pub fn amsterdam() -> TimeZone {
    static ZONE: std::sync::OnceLock<TimeZone> = std::sync::OnceLock::new();
    // The zone data is compiled in (jiff's bundled database), so the name is always known.
    ZONE.get_or_init(|| TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC)).clone()
}

/// The instant of a request and its calendar day in Europe/Amsterdam, frozen once and passed to every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant the request was accepted.
    pub at: Timestamp,
    /// The calendar day of `at` in Europe/Amsterdam.
    pub today: Date,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self { at, today: at.local_date() }
    }
}

/// A date of which month or day may be unknown (a birth date with zeros, an onset by year).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartialDate {
    /// The year, always known.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: Option<i8>,
    /// The day of the month; `None` whenever the month is unknown.
    pub day: Option<i8>,
}

impl PartialDate {
    /// The earliest day this can mean.
    pub fn earliest(self) -> Date {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).unwrap_or(Date::MIN)
    }

    /// The latest day this can mean.
    pub fn latest(self) -> Date {
        let month = self.month.unwrap_or(12);
        let first = Date::new(self.year, month, 1).unwrap_or(Date::MAX);
        match self.day {
            Some(day) => Date::new(self.year, month, day).unwrap_or(first),
            None => first.last_of_month(),
        }
    }

    /// FHIR's form: as many parts as are known.
    pub fn to_fhir(self) -> String {
        match (self.month, self.day) {
            (Some(month), Some(day)) => format!("{:04}-{month:02}-{day:02}", self.year),
            (Some(month), None) => format!("{:04}-{month:02}", self.year),
            _ => format!("{:04}", self.year),
        }
    }

    /// As people here write it, day first; `??` for what is not known.
    pub fn to_dutch(self) -> String {
        let part = |part: Option<i8>| part.map_or_else(|| "??".to_owned(), |part| format!("{part:02}"));
        format!("{}-{}-{}", part(self.day), part(self.month), self.year)
    }
}

impl From<Date> for PartialDate {
    fn from(date: Date) -> Self {
        Self { year: date.year(), month: Some(date.month()), day: Some(date.day()) }
    }
}

/// Whole years lived on `today`; a birthday on 29 February is reached on 1 March in other years
/// (release-rules §7.1).
pub fn age_on(today: Date, birth: Date) -> i16 {
    let years = today.year() - birth.year();
    let reached = (today.month(), today.day()) >= (birth.month(), birth.day());
    if reached { years } else { years - 1 }
}

/// Is this person surely at least `years` old? With unknown day or month the latest birth date counts.
pub fn is_at_least(years: i16, birth: PartialDate, today: Date) -> bool {
    age_on(today, birth.latest()) >= years
}

/// Is this person surely younger than `years`? With unknown day or month the earliest birth date counts.
pub fn is_younger_than(years: i16, birth: PartialDate, today: Date) -> bool {
    age_on(today, birth.earliest()) < years
}

/// `today` minus this many calendar months, the day clamped to the month's length (release-rules R-LAB-06).
pub fn months_before(today: Date, months: i32) -> Date {
    today.checked_sub(months.months()).unwrap_or(Date::MIN)
}

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    /// The system clock moved by a fixed number of milliseconds (0 in production).
    System { shift_millis: i64 },
    /// The same, but it can be set while it runs: of a demonstration only.
    Demonstration { shift_millis: Arc<AtomicI64> },
    /// A clock that moves only when a test moves it.
    Hand(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// The clock of the machine.
    pub const fn system() -> Self {
        Self(Source::System { shift_millis: 0 })
    }

    /// Starts at `now` and runs on from there (`--now`, development only).
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Source::System { shift_millis: now.millis() - system_millis() })
    }

    /// Starts at `now`, runs on from there, and runs on from wherever it is [set](Clock::set): for `dvza demo`, never for a server.
    pub fn of_demonstration(now: Timestamp) -> Self {
        Self(Source::Demonstration { shift_millis: Arc::new(AtomicI64::new(now.millis() - system_millis())) })
    }

    /// Stands at `now` until it is [set](Clock::set).
    pub fn standing_at(now: Timestamp) -> Self {
        Self(Source::Hand(Arc::new(Mutex::new(now))))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System { shift_millis } => Timestamp::from_millis(system_millis() + shift_millis),
            Source::Demonstration { shift_millis } => {
                Timestamp::from_millis(system_millis() + shift_millis.load(Ordering::SeqCst))
            }
            Source::Hand(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The present instant with its calendar day.
    pub fn moment(&self) -> Moment {
        self.now().into()
    }

    /// Moves a standing clock, or that of a demonstration; the clock of a server is left alone.
    pub fn set(&self, now: Timestamp) {
        match &self.0 {
            Source::System { .. } => {}
            Source::Demonstration { shift_millis } => {
                shift_millis.store(now.millis() - system_millis(), Ordering::SeqCst);
            }
            Source::Hand(at) => *at.lock().unwrap_or_else(PoisonError::into_inner) = now,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the system clock")]
fn system_millis() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn age_vectors_of_the_rule_sheet() {
        let t = date(2026, 6, 15);
        let cases = [
            (date(2010, 6, 15), t, 16),
            (date(2010, 6, 16), t, 15),
            (date(2014, 6, 15), t, 12),
            (date(2014, 6, 16), t, 11),
            (date(2012, 2, 29), date(2028, 2, 28), 15),
            (date(2012, 2, 29), date(2028, 2, 29), 16),
            (date(2010, 2, 28), date(2026, 2, 28), 16),
            (date(2004, 2, 29), date(2022, 2, 28), 17),
            (date(2004, 2, 29), date(2022, 3, 1), 18),
        ];
        for (birth, today, age) in cases {
            assert_eq!(age_on(today, birth), age, "born {birth}, on {today}");
        }
    }

    #[test]
    fn an_unknown_birthday_counts_as_the_latest_possible_one() {
        let birth = PartialDate { year: 2010, month: None, day: None };
        assert!(!is_at_least(16, birth, date(2026, 6, 15)));
        assert!(!is_at_least(16, birth, date(2026, 12, 30)));
        assert!(is_at_least(16, birth, date(2026, 12, 31)));
    }

    #[test]
    fn fourteen_month_vectors_of_the_rule_sheet() {
        let cases = [
            (date(2026, 4, 30), date(2025, 2, 28)),
            (date(2026, 2, 28), date(2024, 12, 28)),
            (date(2024, 2, 29), date(2022, 12, 29)),
            (date(2025, 4, 30), date(2024, 2, 29)),
            (date(2026, 3, 31), date(2025, 1, 31)),
            (date(2026, 1, 1), date(2024, 11, 1)),
            (date(2026, 6, 15), date(2025, 4, 15)),
        ];
        for (today, edge) in cases {
            assert_eq!(months_before(today, 14), edge, "on {today}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_in_amsterdam() {
        let at = Timestamp::parse_rfc3339("2026-06-15T22:00:00Z").unwrap();
        assert_eq!(at.local_date(), date(2026, 6, 16));
        assert_eq!(Timestamp::start_of_day(date(2026, 6, 16)), at);
        assert_eq!(at.to_rfc3339(), "2026-06-16T00:00:00+02:00");
    }

    #[test]
    fn an_hour_that_exists_twice_is_the_first_one() {
        let at = Timestamp::of_local(date(2026, 10, 25).at(2, 30, 0, 0));
        assert_eq!(at.to_rfc3339(), "2026-10-25T02:30:00+02:00");
    }

    #[test]
    fn a_time_that_somebody_types_is_the_first_of_two_and_none_when_it_does_not_exist() {
        // E21, E22
        let typed = |day: Date| Timestamp::typed(day.at(2, 30, 0, 0)).map(Timestamp::to_rfc3339);
        assert_eq!(typed(date(2026, 10, 25)).as_deref(), Some("2026-10-25T02:30:00+02:00"));
        assert_eq!(typed(date(2026, 3, 29)), None);
        assert_eq!(typed(date(2026, 6, 15)).as_deref(), Some("2026-06-15T02:30:00+02:00"));
    }

    #[test]
    fn an_instant_without_offset_is_refused() {
        assert!(Timestamp::parse_rfc3339("2026-06-15T10:00:00").is_err());
    }

    #[test]
    fn the_clock_of_a_demonstration_is_set_and_that_of_a_server_is_not() {
        let noon = Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap();
        let later = noon.plus_local_days(3);
        let clock = Clock::of_demonstration(noon);
        let copy = clock.clone();
        assert!(copy.now() >= noon && copy.now() < later);
        clock.set(later);
        assert!(copy.now() >= later && copy.now() < later.plus_seconds(3600), "every copy follows, and runs on");
        for server in [Clock::starting_at(noon), Clock::system()] {
            let before = server.now();
            server.set(before.plus_local_days(3));
            assert!(server.now() < before.plus_local_days(1));
        }
    }
}
