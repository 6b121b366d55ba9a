//! The primitive types of FHIR: how their values are written.

/// How a primitive stands in JSON, and which texts it may hold (R4, Data Types).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are FHIR's own")]
pub enum Primitive {
    Boolean,
    Integer,
    PositiveInt,
    UnsignedInt,
    Decimal,
    Date,
    DateTime,
    Instant,
    Time,
    Code,
    Id,
    Oid,
    Uuid,
    Uri,
    Base64Binary,
    /// `string`, `markdown`: any text but an empty one.
    Text,
    /// The narrative.
    Xhtml,
}

impl Primitive {
    /// Reads FHIR's name of the type; `None` for every other type.
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "positiveInt" => Self::PositiveInt,
            "unsignedInt" => Self::UnsignedInt,
            "decimal" => Self::Decimal,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "instant" => Self::Instant,
            "time" => Self::Time,
            "code" => Self::Code,
            "id" => Self::Id,
            "oid" => Self::Oid,
            "uuid" => Self::Uuid,
            "uri" | "url" | "canonical" => Self::Uri,
            "base64Binary" => Self::Base64Binary,
            "string" | "markdown" => Self::Text,
            "xhtml" => Self::Xhtml,
            _ => return None,
        })
    }

    /// Is it a number in JSON?
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::PositiveInt | Self::UnsignedInt | Self::Decimal)
    }

    /// May the value be written so?
    pub fn allows(self, text: &str) -> bool {
        match self {
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Integer => text.parse::<i32>().is_ok() && is_plain_integer(text),
            Self::PositiveInt => is_plain_integer(text) && text.parse::<i32>().is_ok_and(|number| number > 0),
            Self::UnsignedInt => is_plain_integer(text) && text.parse::<i32>().is_ok_and(|number| number >= 0),
            Self::Decimal => is_json_number(text),
            Self::Date => is_date(text),
            Self::DateTime => match text.split_once('T') {
                None => is_date(text),
                Some((date, time)) => is_whole_date(date) && is_zoned_time(time),
            },
            Self::Instant => {
                text.split_once('T').is_some_and(|(date, time)| is_whole_date(date) && is_zoned_time(time))
            }
            Self::Time => is_time(text),
            Self::Code => is_code(text),
            Self::Id => {
                (1..=64).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
            }
            Self::Oid => text.strip_prefix("urn:oid:").is_some_and(|rest| {
                rest.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit()))
            }),
            Self::Uuid => text.strip_prefix("urn:uuid:").is_some_and(|rest| uuid::Uuid::try_parse(rest).is_ok()),
            Self::Uri => !text.is_empty() && !text.contains(char::is_whitespace),
            Self::Base64Binary => is_base64(text),
            Self::Text => !text.trim().is_empty(),
            Self::Xhtml => !text.is_empty(),
        }
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_plain_integer(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (number == "0" || !number.starts_with('0'))
}

/// A number as JSON writes it: the digits of a decimal travel between JSON and XML unchanged.
fn is_json_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(all_digits)
        && exponent.is_none_or(|exponent| all_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

fn is_date(text: &str) -> bool {
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year] => digits(year, 4) && *year != "0000",
        [year, month] => digits(year, 4) && digits(month, 2) && matches!(month.parse(), Ok(1..=12)),
        [_, _, _] => is_whole_date(text),
        _ => false,
    }
}

fn is_whole_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// `10:00:00`, with a fraction or not; 60 seconds are a leap second.
fn is_time(text: &str) -> bool {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (text, None),
    };
    let parts: Vec<&str> = clock.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let below = |text: &str, limit: u8| digits(text, 2) && text.parse::<u8>().is_ok_and(|number| number < limit);
    below(hour, 24)
        && below(minute, 60)
        && below(second, 61)
        && fraction.is_none_or(|fraction| !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_zoned_time(text: &str) -> bool {
    if let Some(time) = text.strip_suffix('Z') {
        return is_time(time);
    }
    let Some(at) = text.rfind(['+', '-']) else { return false };
    let (time, offset) = text.split_at(at);
    let zone = offset.get(1..).and_then(|offset| offset.split_once(':'));
    is_time(time)
        && zone.is_some_and(|(hours, minutes)| {
            digits(hours, 2) && digits(minutes, 2) && matches!(hours.parse(), Ok(0..=14)) && minutes < "60"
        })
}

/// No blank at either end, and single blanks inside only.
fn is_code(text: &str) -> bool {
    !text.is_empty() && text.split(' ').all(|word| !word.is_empty() && !word.contains(char::is_whitespace))
}

fn is_base64(text: &str) -> bool {
    let plain = text.trim_end_matches('=');
    let body = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' || byte.is_ascii_whitespace();
    !text.is_empty() && text.len() - plain.len() <= 2 && plain.bytes().all(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_fhir_says() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("boolean", &["true", "false"], &["True", "1", ""]),
            ("integer", &["0", "-12", "2147483647"], &["01", "1.0", "+1", "2147483648", "-"]),
            ("positiveInt", &["1"], &["0", "-1"]),
            ("unsignedInt", &["0", "7"], &["-1"]),
            ("decimal", &["5.90", "-0.0", "1E+2", "138"], &["+1", ".5", "01", "1.", "1e", "NaN", "1,5"]),
            ("date", &["2026", "2026-06", "2024-02-29"], &["2026-13", "2026-02-30", "26", "2026-6-1", "0000"]),
            (
                "dateTime",
                &["2026", "2026-06-15T10:00:00+02:00", "2026-06-15T10:00:00.5Z"],
                &["2026-06-15T10:00", "2026-06-15T10:00:00", "2026-06T10:00:00Z", "2026-06-15T25:00:00Z"],
            ),
            ("instant", &["2026-06-15T10:00:00Z"], &["2026-06-15", "2026-06-15T10:00:00+15:00"]),
            ("time", &["09:30:00"], &["9:30:00", "09:30", "24:00:00"]),
            ("code", &["final", "a b"], &["", " a", "a ", "a  b", "a\tb"]),
            ("id", &["a-1.B"], &["", "a_b", "a b"]),
            ("oid", &["urn:oid:2.16.840"], &["2.16", "urn:oid:", "urn:oid:2..1"]),
            ("uuid", &["urn:uuid:7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01"], &["7d7b7a0e-2f0b-4d0b-9d5e-0b5a7e5c9a01"]),
            ("url", &["Binary/1", "http://x.y"], &["", "a b"]),
            ("base64Binary", &["QUJD", "QQ=="], &["", "QQ===", "a*"]),
            ("string", &["a\nb"], &["", "  "]),
        ];
        for (name, good, bad) in cases {
            let primitive = Primitive::find(name).unwrap();
            for text in *good {
                assert!(primitive.allows(text), "{name} {text}");
            }
            for text in *bad {
                assert!(!primitive.allows(text), "{name} {text}");
            }
        }
        assert_eq!(Primitive::find("Quantity"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,30}") {
            for name in ["boolean", "integer", "decimal", "date", "dateTime", "instant", "time", "oid", "uuid", "uri"] {
                let _ = Primitive::find(name).unwrap().allows(&text);
            }
        }
    }
}
