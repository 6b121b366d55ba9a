//! Dates as intervals: what `2026-06` covers, and how search prefixes compare intervals.
//!
//! A date without a time covers whole days in Europe/Amsterdam, because that is what the GP and the patient mean by
//! it (fhir-data-services §1.7); a time without an offset, or with the Dutch offset of the other season, is Amsterdam's
//! wall clock.

use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// A half-open interval of instants, from `from` until just before `to`; an absent end is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first instant in it.
    pub from: Option<Timestamp>,
    /// The first instant after it.
    pub to: Option<Timestamp>,
}

impl Span {
    /// Unbounded on both sides: an unknown period.
    pub const ALWAYS: Self = Self { from: None, to: None };

    /// What a FHIR `date`, `dateTime` or `instant` covers; `None` when it is none of these.
    ///
    /// Searches may leave out seconds and offset; a year runs from 0001 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        match text.split_once('T') {
            None => days(text),
            Some((day, time)) => instant(day, time),
        }
    }

    /// From the start of one interval to the end of another: a FHIR Period.
    pub fn between(start: Option<Self>, end: Option<Self>) -> Self {
        Self { from: start.and_then(|span| span.from), to: end.and_then(|span| span.to) }
    }

    /// This interval with its open end, if it has just one, so many days from the other.
    pub fn lasting(self, days: i64) -> Self {
        const SECONDS_A_DAY: i64 = 86_400;
        match (self.from, self.to) {
            (Some(from), None) => Self { to: Some(from.plus_seconds(days * SECONDS_A_DAY)), ..self },
            (None, Some(to)) => Self { from: Some(to.plus_seconds(-days * SECONDS_A_DAY)), ..self },
            _ => self,
        }
    }

    fn bounds(self) -> (i64, i64) {
        (self.from.map_or(i64::MIN, Timestamp::millis), self.to.map_or(i64::MAX, Timestamp::millis))
    }
}

/// How a search value is compared with a resource's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// The search value contains the resource's value. The default.
    Eq,
    /// Not [`Prefix::Eq`].
    Ne,
    /// Some of the resource's value lies after the search value.
    Gt,
    /// Some of it lies before the search value.
    Lt,
    /// Some of it lies at or after the start of the search value: a prescription that ends today is still `ge` today.
    Ge,
    /// Some of it lies at or before the end of the search value.
    Le,
    /// All of it lies after the search value.
    Sa,
    /// All of it lies before the search value.
    Eb,
}

/// A date condition of a search: prefix and interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateFilter {
    /// How to compare.
    pub prefix: Prefix,
    /// The search value.
    pub span: Span,
}

impl DateFilter {
    /// Reads `ge2026-06-15` and the like; `None` for anything else, also for the prefix `ap`, which has no
    /// agreed meaning.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, rest) = match text.get(..2) {
            Some("eq") => (Prefix::Eq, &text[2..]),
            Some("ne") => (Prefix::Ne, &text[2..]),
            Some("gt") => (Prefix::Gt, &text[2..]),
            Some("lt") => (Prefix::Lt, &text[2..]),
            Some("ge") => (Prefix::Ge, &text[2..]),
            Some("le") => (Prefix::Le, &text[2..]),
            Some("sa") => (Prefix::Sa, &text[2..]),
            Some("eb") => (Prefix::Eb, &text[2..]),
            _ => (Prefix::Eq, text),
        };
        Some(Self { prefix, span: Span::parse(rest)? })
    }

    /// Does a resource with this value answer the condition?
    pub fn hits(self, value: Span) -> bool {
        let (asked_from, asked_to) = self.span.bounds();
        let (from, to) = value.bounds();
        let contained = asked_from <= from && to <= asked_to;
        match self.prefix {
            Prefix::Eq => contained,
            Prefix::Ne => !contained,
            Prefix::Gt => to > asked_to,
            Prefix::Lt => from < asked_from,
            Prefix::Ge => to > asked_from,
            Prefix::Le => from < asked_to,
            Prefix::Sa => from >= asked_to,
            Prefix::Eb => to <= asked_from,
        }
    }
}

/// `2026`, `2026-06` or `2026-06-15`.
fn days(text: &str) -> Option<Span> {
    let parts: Vec<&str> = text.split('-').collect();
    let (first, last) = match parts.as_slice() {
        [year] => (date_of(year, "01", "01")?, date_of(year, "12", "31")?),
        [year, month] => {
            let first = date_of(year, month, "01")?;
            (first, first.last_of_month())
        }
        [year, month, day] => {
            let day = date_of(year, month, day)?;
            (day, day)
        }
        _ => return None,
    };
    let next = last.tomorrow().ok().filter(|next| *next <= date(9999, 12, 31));
    Some(Span { from: Some(Timestamp::start_of_day(first)), to: next.map(Timestamp::start_of_day) })
}

fn date_of(year: &str, month: &str, day: &str) -> Option<Date> {
    let year = i16::try_from(number(year, 4, 9999)?).ok()?;
    let month = i8::try_from(number(month, 2, 12)?).ok()?;
    let day = i8::try_from(number(day, 2, 31)?).ok()?;
    if year == 0 { None } else { Date::new(year, month, day).ok() }
}

/// A number of exactly this many digits, at most `highest`.
fn number(text: &str, digits: usize, highest: u32) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok()?;
    (plain && number <= highest).then_some(number)
}

/// `10:00`, `10:00:30` or `10:00:30.250`, with or without offset, on this day.
fn instant(day: &str, time: &str) -> Option<Span> {
    let [year, month, day] = day.split('-').collect::<Vec<_>>().try_into().ok()?;
    let day = date_of(year, month, day)?;
    // A plus sign in a query is often sent raw and arrives as a blank.
    let time = time.replace(' ', "+");
    let (clock, offset) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let (hour, minute, second) = match clock.split(':').collect::<Vec<_>>().as_slice() {
        [hour, minute] if fraction.is_none() => (number(hour, 2, 23)?, number(minute, 2, 59)?, None),
        [hour, minute, second] => (number(hour, 2, 23)?, number(minute, 2, 59)?, Some(number(second, 2, 59)?)),
        _ => return None,
    };
    let start = moment(day, (hour, minute, second.unwrap_or(0)), offset)?;
    let start = Timestamp::from_millis(start.millis() + fraction.map_or(Some(0), millis)?);
    let length = match (second, fraction) {
        (None, _) => 60_000,
        (Some(_), None) => 1_000,
        (Some(_), Some(_)) => 1,
    };
    Some(Span { from: Some(start), to: Some(Timestamp::from_millis(start.millis() + length)) })
}

fn moment(day: Date, (hour, minute, second): (u32, u32, u32), offset: &str) -> Option<Timestamp> {
    if offset.is_empty() {
        let wall = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0);
        return Some(Timestamp::of_local(wall));
    }
    if offset != "Z" {
        let (hours, minutes) = offset.get(1..)?.split_once(':')?;
        number(hours, 2, 14)?;
        number(minutes, 2, 59)?;
    }
    let at = Timestamp::parse_rfc3339(&format!("{day}T{hour:02}:{minute:02}:{second:02}{offset}")).ok()?;
    if DUTCH.contains(&offset) && !at.to_rfc3339().ends_with(offset) {
        // The wall clock of the other season: who wrote it looked at a clock and at a calendar, not at the offset.
        let wall = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0);
        return Some(Timestamp::of_local(wall));
    }
    Some(at)
}

/// The offsets of the Netherlands, in winter and in summer.
const DUTCH: [&str; 2] = ["+01:00", "+02:00"];

/// The first three digits of a fraction of a second.
fn millis(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}").get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp::parse_rfc3339(text).unwrap())
    }

    #[test]
    fn a_date_covers_amsterdam_days_and_a_time_its_precision() {
        let cases = [
            ("2026", "2026-01-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
            ("2026-06", "2026-06-01T00:00:00+02:00", "2026-07-01T00:00:00+02:00"),
            ("2024-02", "2024-02-01T00:00:00+01:00", "2024-03-01T00:00:00+01:00"),
            ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
            ("2026-06-15T10:00", "2026-06-15T10:00:00+02:00", "2026-06-15T10:01:00+02:00"),
            ("2026-06-15T10:00:30", "2026-06-15T10:00:30+02:00", "2026-06-15T10:00:31+02:00"),
            ("2026-12-15T00:00:00+02:00", "2026-12-15T00:00:00+01:00", "2026-12-15T00:00:01+01:00"),
            ("2026-06-15T00:00:00+01:00", "2026-06-15T00:00:00+02:00", "2026-06-15T00:00:01+02:00"),
            ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:01+01:00"),
            ("2026-06-15T10:00:30Z", "2026-06-15T10:00:30Z", "2026-06-15T10:00:31Z"),
            ("2026-06-15T10:00:30.25-05:00", "2026-06-15T15:00:30.250Z", "2026-06-15T15:00:30.251Z"),
            ("2026-06-15T10:00:00 02:00", "2026-06-15T08:00:00Z", "2026-06-15T08:00:01Z"),
        ];
        for (text, from, to) in cases {
            assert_eq!(Span::parse(text), Some(Span { from: at(from), to: at(to) }), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let cases = [
            "",
            "26",
            "2026-6",
            "2026-13",
            "2026-02-30",
            "2026-06-15T",
            "2026-06-15T10",
            "2026-06-15T25:00",
            "2026-06-15T10:00:60Z",
            "2026-06-15T10:00Zx",
            "2026-06-15T10:00.5Z",
            "2026-06-15T10:00:00.Z",
            "2026-06-15T10:00:00+2",
            "2026-06T10:00",
            "15-06-2026",
            "0000",
            "today",
            "２０２６",
            "2026-06-15T10:00:00+15:00",
            "+026",
            "2026-06-15-01",
            "2026-06-15T10:00:00Z[UTC]",
        ];
        for text in cases {
            assert_eq!(Span::parse(text), None, "{text}");
        }
        for text in ["ap2026", "ge", "xx2026", "ge ge2026", "GE2026", "é2026"] {
            assert_eq!(DateFilter::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_year_has_no_end() {
        assert_eq!(Span::parse("9999").unwrap().to, None);
        assert_eq!(Span::parse("9999-12-31").unwrap().to, None);
    }

    #[test]
    fn prescriptions_are_current_on_their_last_day_and_when_they_have_no_end() {
        let period = |start, end: Option<&str>| Span::between(Span::parse(start), end.and_then(Span::parse));
        let today = DateFilter::parse("ge2026-06-15").unwrap();
        let cases = [
            ("ends today", period("2026-01-01", Some("2026-06-15")), true),
            ("ended yesterday", period("2026-01-01", Some("2026-06-14")), false),
            ("no end", period("2026-01-01", None), true),
            ("starts later", period("2026-07-01", None), true),
            ("unknown", Span::ALWAYS, true),
        ];
        for (name, value, expected) in cases {
            assert_eq!(today.hits(value), expected, "{name}");
        }
    }

    /// The same rules said about every instant, on a scale of a few hours around the search value.
    fn by_hand(prefix: Prefix, asked: (i64, i64), value: (i64, i64)) -> bool {
        let mut instants = value.0..value.1;
        let inside = |instant: i64| asked.0 <= instant && instant < asked.1;
        match prefix {
            Prefix::Eq => instants.all(inside),
            Prefix::Ne => !instants.all(inside),
            Prefix::Gt => instants.any(|instant| instant >= asked.1),
            Prefix::Lt => instants.any(|instant| instant < asked.0),
            Prefix::Ge => instants.any(|instant| instant >= asked.0),
            Prefix::Le => instants.any(|instant| instant < asked.1),
            Prefix::Sa => instants.all(|instant| instant >= asked.1),
            Prefix::Eb => instants.all(|instant| instant < asked.0),
        }
    }

    fn any_prefix() -> impl Strategy<Value = Prefix> {
        use Prefix::{Eb, Eq, Ge, Gt, Le, Lt, Ne, Sa};
        prop::sample::select(vec![Eq, Ne, Gt, Lt, Ge, Le, Sa, Eb])
    }

    proptest! {
        #[test]
        fn prefixes_agree_with_checking_every_instant(
            prefix in any_prefix(),
            asked in (0_i64..20, 1_i64..10),
            value in (0_i64..20, 1_i64..10),
        ) {
            let span = |(from, length): (i64, i64)| Span {
                from: Some(Timestamp::from_millis(from)),
                to: Some(Timestamp::from_millis(from + length)),
            };
            let filter = DateFilter { prefix, span: span(asked) };
            let (asked, range) = ((asked.0, asked.0 + asked.1), (value.0, value.0 + value.1));
            prop_assert_eq!(filter.hits(span(value)), by_hand(prefix, asked, range));
        }

        #[test]
        fn an_open_end_counts_as_far_away(prefix in any_prefix(), asked in 0_i64..20, from in 0_i64..20) {
            let day = |from: i64, to: Option<i64>| Span {
                from: Some(Timestamp::from_millis(from)),
                to: to.map(Timestamp::from_millis),
            };
            let filter = DateFilter { prefix, span: day(asked, Some(asked + 5)) };
            prop_assert_eq!(filter.hits(day(from, None)), by_hand(prefix, (asked, asked + 5), (from, 100)));
        }

        #[test]
        fn any_text_is_read_without_panic(text in ".{0,30}") {
            let _ = DateFilter::parse(&text);
        }

        #[test]
        fn text_like_a_date_is_read_without_panic(text in "[a-z]{0,2}[0-9]{0,4}(-[0-9]{0,2}){0,2}(T[0-9:.+Z -]{0,20})?") {
            let _ = DateFilter::parse(&text);
        }
    }
}
