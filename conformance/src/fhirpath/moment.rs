//! Dates, times and instants with the precision in which they are written.

use std::cmp::Ordering;

/// A date, time or instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    text: String,
    /// Year, month, day, hour, minute, second, as far as they are written; a time starts at the hour.
    parts: Vec<u32>,
    /// Nanoseconds, when seconds are written.
    nanos: u32,
    /// Minutes east of UTC.
    offset: Option<i32>,
    is_time: bool,
}

impl Moment {
    /// Reads a date or dateTime of FHIR; `None` when it is none or not in the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let mut parts = Vec::new();
        for (place, part) in date.split('-').enumerate() {
            parts.push(digits(part, if place == 0 { 4 } else { 2 })?);
        }
        let is_date = match parts[..] {
            [_] => true,
            [_, month] => (1..=12).contains(&month),
            [year, month, day] => (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month),
            _ => false,
        };
        let mut moment = Self { text: text.to_owned(), parts, nanos: 0, offset: None, is_time: false };
        if !is_date {
            return None;
        }
        let Some(time) = time.filter(|time| !time.is_empty()) else { return Some(moment) };
        let zone = time.find(['Z', '+', '-']);
        let (time, zone) = time.split_at(zone.unwrap_or(time.len()));
        moment.offset = if zone.is_empty() { None } else { Some(offset(zone)?) };
        if moment.parts.len() < 3 {
            return None;
        }
        moment.clock(time)?;
        Some(moment)
    }

    /// Reads a time of day.
    pub fn parse_time(text: &str) -> Option<Self> {
        let mut moment = Self { text: text.to_owned(), parts: Vec::new(), nanos: 0, offset: None, is_time: true };
        moment.clock(text)?;
        Some(moment)
    }

    fn clock(&mut self, time: &str) -> Option<()> {
        let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
        let mut count = 0;
        for (part, limit) in time.split(':').zip([24, 60, 61]) {
            self.parts.push(digits(part, 2).filter(|part| *part < limit)?);
            count += 1;
        }
        if time.split(':').count() != count {
            return None;
        }
        if !fraction.is_empty() {
            let padded = format!("{fraction:0<9}");
            self.nanos = padded.get(..9)?.parse().ok()?;
        }
        Some(())
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Has it a date only?
    pub fn is_date(&self) -> bool {
        !self.is_time && self.parts.len() <= 3
    }

    /// Is it a time of day?
    pub fn is_time(&self) -> bool {
        self.is_time
    }

    /// Which is earlier; `None` when their precision leaves it open.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.is_time != other.is_time {
            return None;
        }
        let (a, b) = (self.in_utc(other), other.in_utc(self));
        for (a, b) in a.iter().zip(&b) {
            if a != b {
                return Some(a.cmp(b));
            }
        }
        (a.len() == b.len()).then_some(Ordering::Equal)
    }

    /// The parts, moved to UTC when both have a time and a zone; seconds carry their fraction.
    fn in_utc(&self, other: &Self) -> Vec<i64> {
        let mut parts: Vec<i64> = self.parts.iter().map(|part| i64::from(*part)).collect();
        let (Some(offset), Some(_), true) = (self.offset, other.offset, parts.len() >= 4) else {
            return self.with_nanos(parts);
        };
        let minutes = days(parts[0], parts[1], parts[2]) * 1440 + parts[3] * 60 + parts.get(4).copied().unwrap_or(0)
            - i64::from(offset);
        let (year, month, day) = civil(minutes.div_euclid(1440));
        let of_day = minutes.rem_euclid(1440);
        let moved = [year, month, day, of_day / 60, of_day % 60];
        let shared = parts.len().min(5);
        parts[..shared].copy_from_slice(&moved[..shared]);
        self.with_nanos(parts)
    }

    fn with_nanos(&self, mut parts: Vec<i64>) -> Vec<i64> {
        let full = if self.is_time { 3 } else { 6 };
        if let Some(seconds) = parts.get_mut(full - 1) {
            *seconds = *seconds * 1_000_000_000 + i64::from(self.nanos);
        }
        parts
    }
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let is_number = text.len() == length && text.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn offset(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let is_zone = hours <= 14 && minutes < 60;
    is_zone.then(|| i32::try_from(hours * 60 + minutes).ok()).flatten().map(|minutes| sign * minutes)
}

fn days_in(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_compare_as_instants_as_far_as_they_are_precise() {
        let cases = [
            ("2024-02-29", "2024-03-01", Some(Ordering::Less)),
            ("2024-02", "2024-02-10", None),
            ("2023", "2024-02-10", Some(Ordering::Less)),
            ("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z", Some(Ordering::Equal)),
            ("2024-01-01T00:30:00+02:00", "2023-12-31T23:30:00Z", Some(Ordering::Less)),
            ("2024-01-01T10:00:00.5Z", "2024-01-01T10:00:00.50Z", Some(Ordering::Equal)),
            ("2024-01-01", "2024-01-01T10:00:00Z", None),
            ("2024-03-01T00:00:00+01:00", "2024-02-29T23:00:00.001Z", Some(Ordering::Less)),
        ];
        for (a, b, expected) in cases {
            let (left, right) = (Moment::parse(a).unwrap(), Moment::parse(b).unwrap());
            assert_eq!(left.compare(&right), expected, "{a} {b}");
            assert_eq!(right.compare(&left), expected.map(Ordering::reverse), "{b} {a}");
        }
    }

    #[test]
    fn days_outside_of_the_calendar_are_no_moments() {
        for text in ["2023-02-29", "2023-13", "2023-00-01", "23", "2023-01-01T25:00:00Z", "2023-01T10:00:00Z", "x", ""]
        {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
