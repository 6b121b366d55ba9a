//! The rules for single values: types, lengths, lists, numbers, dates and instants (his-source-data §4.2).
//!
//! Each rule turns a JSON value into a value of the dossier or says which code of the catalogue it breaks.
//! A text without anything in it breaks [`Code::Missing`], so that an optional one is simply absent.

use std::ops::RangeInclusive;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::codes;
use super::fields::Checked;
use super::finding::Code;
use super::json::Value;
use crate::domain::bsn::Bsn;
use crate::domain::dossier::{SourceId, Visibility};
use crate::domain::time::{PartialDate, Timestamp, amsterdam};

/// Yes or no.
pub(super) fn flag(value: &Value<'_>) -> Checked<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        _ => Err(Code::WrongType),
    }
}

/// Yes, no, or null for not said.
pub(super) fn flag_or_null(value: &Value<'_>) -> Checked<Option<bool>> {
    match value {
        Value::Null => Ok(None),
        _ => flag(value).map(Some),
    }
}

/// A tick of the practice; null withholds until somebody confirms (release-rules §15.8).
pub(super) fn visibility(value: &Value<'_>) -> Checked<Visibility> {
    flag_or_null(value).map(|visible| match visible {
        Some(true) => Visibility::Shown,
        Some(false) => Visibility::Hidden,
        None => Visibility::Unconfirmed,
    })
}

/// Text of any length the line allows.
pub(super) fn words(value: &Value<'_>) -> Checked<String> {
    printable(value).map(str::to_owned)
}

/// Text of at most `longest` characters.
pub(super) fn text(longest: usize) -> impl Fn(&Value<'_>) -> Checked<String> {
    move |value| {
        let text = printable(value)?;
        // Bytes are quicker to count and never fewer than characters.
        if text.len() > longest && text.chars().count() > longest {
            return Err(Code::WrongLength);
        }
        Ok(text.to_owned())
    }
}

/// Text that has this form.
pub(super) fn form(fits: impl Fn(&str) -> bool, otherwise: Code) -> impl Fn(&Value<'_>) -> Checked<String> {
    move |value| {
        let text = printable(value)?;
        if fits(text) { Ok(text.to_owned()) } else { Err(otherwise) }
    }
}

/// A code of a system that has no stricter form.
pub(super) fn code(value: &Value<'_>) -> Checked<String> {
    form(codes::is_code, Code::WrongForm)(value)
}

/// So many digits.
pub(super) fn digits(length: RangeInclusive<usize>) -> impl Fn(&Value<'_>) -> Checked<String> {
    form(move |text| codes::is_digits(text, *length.start(), *length.end()), Code::WrongForm)
}

/// An AGB code or a URA.
pub(super) fn agb_or_ura(value: &Value<'_>) -> Checked<String> {
    form(|text| codes::is_digits(text, 8, 8), Code::AgbOrUraForm)(value)
}

/// An ICPC-1-NL code.
pub(super) fn icpc(value: &Value<'_>) -> Checked<String> {
    form(codes::is_icpc, Code::IcpcForm)(value)
}

/// An ATC code.
pub(super) fn atc(value: &Value<'_>) -> Checked<String> {
    form(codes::is_atc, Code::WrongForm)(value)
}

/// A G-Standaard product code.
pub(super) fn product(value: &Value<'_>) -> Checked<String> {
    form(|text| codes::is_digits(text, 1, 8), Code::ProductCodeForm)(value)
}

/// A SHA-256 in hexadecimal, given back in lower case.
pub(super) fn sha256(value: &Value<'_>) -> Checked<String> {
    form(codes::is_sha256, Code::WrongForm)(value).map(|hex| hex.to_ascii_lowercase())
}

/// A BSN that passes the 11-test.
pub(super) fn bsn(value: &Value<'_>) -> Checked<Bsn> {
    string(value)?.parse().map_err(|_| Code::BsnInvalid)
}

/// The id of a record.
pub(super) fn id(value: &Value<'_>) -> Checked<SourceId> {
    match string(value)? {
        "" => Err(Code::Missing),
        text => text.parse().map_err(|_| Code::WrongForm),
    }
}

/// One of the listed words.
pub(super) fn one_of<T: Copy>(list: &'static [(&'static str, T)]) -> impl Fn(&Value<'_>) -> Checked<T> {
    move |value| {
        let text = string(value)?;
        list.iter().find(|(word, _)| *word == text).map(|(_, meant)| *meant).ok_or(Code::NotInList)
    }
}

/// A whole number within a range.
pub(super) fn whole<N>(range: RangeInclusive<N>) -> impl Fn(&Value<'_>) -> Checked<N>
where
    N: std::str::FromStr + PartialOrd,
{
    move |value| {
        let Value::Number(digits) = value else { return Err(Code::WrongType) };
        if digits.contains(['.', 'e', 'E']) {
            return Err(Code::WrongType);
        }
        // What is left are digits with a sign, so a number that does not parse is too large or negative.
        digits.parse().ok().filter(|number| range.contains(number)).ok_or(Code::OutOfRange)
    }
}

/// A decimal number as text: up to nine digits, a point, up to six digits. Digits stay as delivered.
pub(super) fn decimal(value: &Value<'_>) -> Checked<String> {
    let text = string(value)?;
    if is_decimal(text) { Ok(text.to_owned()) } else { Err(Code::NotNumeric) }
}

/// A decimal number above zero, as text or as a JSON number.
pub(super) fn amount(value: &Value<'_>) -> Checked<String> {
    let digits = match value {
        Value::Number(digits) => digits,
        _ => string(value)?,
    };
    if !is_decimal(digits) {
        return Err(Code::NotNumeric);
    }
    let is_positive = !digits.starts_with('-') && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if is_positive { Ok(digits.to_owned()) } else { Err(Code::OutOfRange) }
}

/// A calendar day.
pub(super) fn date(value: &Value<'_>) -> Checked<Date> {
    let parts = string(value)?.as_bytes();
    match full_date(parts)? {
        (year, Some(month), Some(day)) => civil(year, month, day),
        _ => Err(Code::ImpossibleDate),
    }
}

/// A day of which month and day may be `00`: a birth date.
pub(super) fn date_with_zeros(value: &Value<'_>) -> Checked<PartialDate> {
    let (year, month, day) = full_date(string(value)?.as_bytes())?;
    partial(year, month, day)
}

/// A year, a month or a day; what is unknown may be left out or be `00`.
pub(super) fn partial_date(value: &Value<'_>) -> Checked<PartialDate> {
    let text = string(value)?.as_bytes();
    match text {
        [year @ .., b'-', m1, m2] if year.len() == 4 => partial(number(year)?, two_digits(*m1, *m2)?, None),
        year if year.len() == 4 => partial(number(year)?, None, None),
        _ => {
            let (year, month, day) = full_date(text)?;
            partial(year, month, day)
        }
    }
}

/// An instant of RFC 3339 in UTC (`Z`) or with the offset that Europe/Amsterdam had at that instant.
pub(super) fn instant(value: &Value<'_>) -> Checked<Timestamp> {
    let text = string(value)?;
    let (day, time) = text.split_once('T').ok_or(Code::WrongForm)?;
    let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
    let clock = wall_clock(clock)?;
    let day = match full_date(day.as_bytes())? {
        (year, Some(month), Some(day)) => civil(year, month, day)?,
        _ => return Err(Code::ImpossibleDate),
    };
    let offset = match zone {
        "" => return Err(Code::OffsetMissing),
        "Z" => Offset::UTC,
        _ => read_offset(zone)?,
    };
    let at = offset.to_timestamp(DateTime::from_parts(day, clock)).map_err(|_| Code::ImpossibleDate)?;
    if zone != "Z" && amsterdam().to_offset(at) != offset {
        return Err(Code::OffsetWrong);
    }
    Ok(Timestamp::from_millis(at.as_millisecond()))
}

/// The text of a value, as it is.
pub(super) fn string<'v>(value: &'v Value<'_>) -> Checked<&'v str> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(Code::WrongType),
    }
}

/// Text with something in it, and nothing that FHIR or XML cannot carry.
fn printable<'v>(value: &'v Value<'_>) -> Checked<&'v str> {
    let text = string(value)?;
    let is_forbidden =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.trim().is_empty() {
        Err(Code::Missing)
    } else if text.contains(is_forbidden) {
        Err(Code::WrongForm)
    } else {
        Ok(text)
    }
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    match unsigned.split_once('.') {
        Some((whole, fraction)) => codes::is_digits(whole, 1, 9) && codes::is_digits(fraction, 1, 6),
        None => codes::is_digits(unsigned, 1, 9),
    }
}

/// `YYYY-MM-DD`, where `00` is `None`.
fn full_date(text: &[u8]) -> Checked<(i16, Option<i8>, Option<i8>)> {
    match text {
        [year @ .., b'-', m1, m2, b'-', d1, d2] if year.len() == 4 => {
            Ok((number(year)?, two_digits(*m1, *m2)?, two_digits(*d1, *d2)?))
        }
        _ => Err(Code::WrongForm),
    }
}

fn two_digits(tens: u8, ones: u8) -> Checked<Option<i8>> {
    let number = number(&[tens, ones])?;
    Ok(i8::try_from(number).ok().filter(|&number| number > 0))
}

/// Up to four digits.
fn number(digits: &[u8]) -> Checked<i16> {
    digits.iter().try_fold(0_i16, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + i16::from(digit - b'0')),
        _ => Err(Code::WrongForm),
    })
}

fn civil(year: i16, month: i8, day: i8) -> Checked<Date> {
    Date::new(year, month, day).ok().filter(|_| year > 0).ok_or(Code::ImpossibleDate)
}

/// A day without its month means nothing: only the year is kept then.
fn partial(year: i16, month: Option<i8>, day: Option<i8>) -> Checked<PartialDate> {
    let day = month.and(day);
    civil(year, month.unwrap_or(1), day.unwrap_or(1))?;
    Ok(PartialDate { year, month, day })
}

/// `HH:MM:SS` with up to nine decimals of a second.
fn wall_clock(text: &str) -> Checked<Time> {
    let (clock, fraction) = text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *clock.as_bytes() else { return Err(Code::WrongForm) };
    let part = |tens, ones| two_digits(tens, ones).map(Option::unwrap_or_default);
    let nanoseconds = match fraction {
        None => 0,
        Some(digits) if codes::is_digits(digits, 1, 9) => {
            format!("{digits:0<9}").parse().map_err(|_| Code::WrongForm)?
        }
        Some(_) => return Err(Code::WrongForm),
    };
    Time::new(part(h1, h2)?, part(m1, m2)?, part(s1, s2)?, nanoseconds).map_err(|_| Code::ImpossibleDate)
}

/// `+HH:MM` or `-HH:MM`.
fn read_offset(text: &str) -> Checked<Offset> {
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = *text.as_bytes() else { return Err(Code::WrongForm) };
    let minutes = i32::from(number(&[h1, h2])?) * 60 + i32::from(number(&[m1, m2])?);
    // `+00:00` is never the offset of Amsterdam and `-00:00` means that the offset is not known.
    if minutes == 0 {
        return Err(Code::OffsetWrong);
    }
    let seconds = if sign == b'-' { minutes * -60 } else { minutes * 60 };
    Offset::from_seconds(seconds).map_err(|_| Code::OffsetWrong)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Value<'_> {
        Value::Text(Cow::Borrowed(text))
    }

    #[test]
    fn instants_need_the_offset_of_amsterdam() {
        let good = [
            ("2026-06-15T10:00:00+02:00", "2026-06-15T10:00:00+02:00"),
            ("2026-01-15T10:00:00+01:00", "2026-01-15T10:00:00+01:00"),
            ("2026-06-15T08:00:00Z", "2026-06-15T10:00:00+02:00"),
            ("2026-06-15T10:00:00.25+02:00", "2026-06-15T10:00:00.25+02:00"),
            ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00"),
            ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        ];
        for (text, written) in good {
            assert_eq!(instant(&of(text)).map(Timestamp::to_rfc3339).as_deref(), Ok(written), "{text}");
        }
        let bad = [
            ("2026-06-15T10:00:00", Code::OffsetMissing),
            ("2026-06-15T10:00:00.5", Code::OffsetMissing),
            ("2026-06-15T10:00:00+03:00", Code::OffsetWrong),
            ("2026-01-15T10:00:00+02:00", Code::OffsetWrong),
            ("2026-03-29T02:30:00+01:00", Code::OffsetWrong),
            ("2026-06-15T10:00:00+00:00", Code::OffsetWrong),
            ("2026-06-15T10:00:00-00:00", Code::OffsetWrong),
            ("2026-06-15T10:00:00+99:99", Code::OffsetWrong),
            ("2025-02-30T10:00:00+01:00", Code::ImpossibleDate),
            ("2025-02-00T10:00:00+01:00", Code::ImpossibleDate),
            ("2026-06-15T24:00:00+02:00", Code::ImpossibleDate),
            ("2026-06-15T10:60:00+02:00", Code::ImpossibleDate),
            ("2026-06-15", Code::WrongForm),
            ("2026-06-15 10:00:00+02:00", Code::WrongForm),
            ("2026-06-15T10:00+02:00", Code::WrongForm),
            ("2026-06-15T10:00:00.+02:00", Code::WrongForm),
            ("2026-06-15T10:00:00+0200", Code::WrongForm),
            ("2026-06-15T10:00:00z", Code::WrongForm),
            ("", Code::WrongForm),
        ];
        for (text, code) in bad {
            assert_eq!(instant(&of(text)), Err(code), "{text}");
        }
    }

    #[test]
    fn dates_exist_or_are_refused() {
        assert_eq!(date(&of("2024-02-29")), Ok(jiff::civil::date(2024, 2, 29)));
        let bad = [
            ("2025-02-30", Code::ImpossibleDate),
            ("2025-00-00", Code::ImpossibleDate),
            ("0000-01-01", Code::ImpossibleDate),
            ("2025-13-01", Code::ImpossibleDate),
            ("2025-1-1", Code::WrongForm),
            ("01-02-2025", Code::WrongForm),
            ("20250101", Code::WrongForm),
            ("2025-01-01T00:00:00Z", Code::WrongForm),
        ];
        for (text, code) in bad {
            assert_eq!(date(&of(text)), Err(code), "{text}");
        }
        assert_eq!(date(&Value::Number("2025")), Err(Code::WrongType));
    }

    #[test]
    fn dates_may_be_known_in_part() {
        let table = [
            ("2015", Ok("2015")),
            ("2015-03", Ok("2015-03")),
            ("2015-00", Ok("2015")),
            ("2015-03-00", Ok("2015-03")),
            ("1984-00-00", Ok("1984")),
            ("1984-00-12", Ok("1984")),
            ("2009-11-30", Ok("2009-11-30")),
            ("2015-13", Err(Code::ImpossibleDate)),
            ("2015-02-30", Err(Code::ImpossibleDate)),
            ("0000", Err(Code::ImpossibleDate)),
            ("15", Err(Code::WrongForm)),
            ("jong", Err(Code::WrongForm)),
        ];
        for (text, expected) in table {
            let read = partial_date(&of(text)).map(PartialDate::to_fhir);
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
        assert_eq!(date_with_zeros(&of("1984")), Err(Code::WrongForm), "a birth date is written in full");
    }

    #[test]
    fn numbers_keep_their_digits_and_their_range() {
        for good in ["5.10", "-0", "0.000001", "123456789.123456"] {
            assert_eq!(decimal(&of(good)).as_deref(), Ok(good));
        }
        for bad in ["5,1", "", ".5", "5.", "+5", "1e3", "1234567890", "1.1234567", "5.1 "] {
            assert_eq!(decimal(&of(bad)), Err(Code::NotNumeric), "{bad}");
        }
        assert_eq!(amount(&Value::Number("90")).as_deref(), Ok("90"));
        for (value, code) in [("0.0", Code::OutOfRange), ("-1", Code::OutOfRange), ("1e2", Code::NotNumeric)] {
            assert_eq!(amount(&Value::Number(value)), Err(code), "{value}");
        }
        assert_eq!(whole(0..=99_u32)(&Value::Number("99")), Ok(99));
        for (value, code) in [("100", Code::OutOfRange), ("-1", Code::OutOfRange), ("1.0", Code::WrongType)] {
            assert_eq!(whole(0..=99_u32)(&Value::Number(value)), Err(code), "{value}");
        }
        assert_eq!(whole(0..=99_u32)(&of("9")), Err(Code::WrongType));
    }

    #[test]
    fn text_is_measured_in_characters_and_holds_no_control_characters() {
        assert_eq!(text(3)(&of("één")).as_deref(), Ok("één"));
        assert_eq!(text(3)(&of("vier")), Err(Code::WrongLength));
        assert_eq!(words(&of("a\tb\r\nc")).as_deref(), Ok("a\tb\r\nc"));
        for (bad, code) in
            [("", Code::Missing), (" \n", Code::Missing), ("a\0", Code::WrongForm), ("a\u{ffff}", Code::WrongForm)]
        {
            assert_eq!(words(&of(bad)), Err(code), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_rule_panics_on_any_text(text in ".{0,40}", dated in r"[0-9]{0,4}-?[0-9]{0,2}-?[0-9]{0,2}T?[0-9:.]{0,12}[Z+-]?[0-9:]{0,6}") {
            for text in [&text, &dated] {
                let value = of(text);
                let _ = (instant(&value), date(&value), partial_date(&value), date_with_zeros(&value));
                let _ = (decimal(&value), amount(&value), whole(0..=9_u32)(&value), id(&value), bsn(&value));
            }
        }

        #[test]
        fn an_instant_we_write_is_read_back(millis in 0_i64..4_102_444_800_000) {
            let at = Timestamp::from_millis(millis);
            let text = at.to_rfc3339();
            prop_assert_eq!(instant(&of(&text)), Ok(at));
        }
    }
}
