//! `${…}`: variables, dates and random values in requests, expressions and fixtures (testscript-runner §3).

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Placeholders within placeholders are followed this deep.
const DEPTH: usize = 8;

/// A placeholder that has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No such variable.
    #[error("the variable {0} is not declared")]
    Unknown(String),
    /// A variable without a default and without an expression.
    #[error("the variable {0} has no value")]
    Empty(String),
    /// Its expression found nothing.
    #[error("the expression of the variable {0} finds nothing")]
    Nothing(String),
    /// Its expression cannot be evaluated.
    #[error("the variable {name} cannot be evaluated: {reason}")]
    Failed {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// A date that cannot be computed.
    #[error("the placeholder {0} is no date")]
    NoDate(String),
}

/// The moments that placeholders count from.
#[derive(Debug, Clone)]
pub struct Moments<'m> {
    /// The current date.
    pub today: Date,
    /// The current dateTime.
    pub now: &'m str,
}

/// Where the values of names come from.
pub(super) trait Names {
    /// The value of a variable; `Ok(None)` when it is not declared.
    fn variable(&mut self, name: &str, depth: usize) -> Result<Option<String>, Unresolved>;
    /// A random number.
    fn random(&mut self) -> u128;
}

/// Fills in every placeholder of a text.
pub(super) fn fill(text: &str, moments: &Moments<'_>, names: &mut impl Names) -> Result<String, Unresolved> {
    fill_within(text, moments, names, DEPTH)
}

pub(super) fn fill_within(
    text: &str,
    moments: &Moments<'_>,
    names: &mut impl Names,
    depth: usize,
) -> Result<String, Unresolved> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inside, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&value(inside, moments, names, depth)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Fills in the dates of a fixture; other placeholders stay.
///
/// # Errors
/// [`Unresolved::NoDate`] for a date that cannot be computed.
pub fn fill_dates(text: &str, moments: &Moments<'_>) -> Result<String, Unresolved> {
    struct Nothing;
    impl Names for Nothing {
        fn variable(&mut self, name: &str, _: usize) -> Result<Option<String>, Unresolved> {
            Ok(if name == "T" { None } else { Some(format!("${{{name}}}")) })
        }
        fn random(&mut self) -> u128 {
            0
        }
    }
    fill(text, moments, &mut Nothing)
}

fn value(inside: &str, moments: &Moments<'_>, names: &mut impl Names, depth: usize) -> Result<String, Unresolved> {
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    match parts[..] {
        ["UUID"] => Ok(uuid::Builder::from_random_bytes(names.random().to_be_bytes()).into_uuid().to_string()),
        ["CURRENTDATE"] => Ok(moments.today.to_string()),
        ["CURRENTDATETIME"] => Ok(moments.now.to_owned()),
        ["CURRENTDATE", unit, amount] => Ok(shift(moments.today, unit, amount, inside)?.to_string()),
        ["CURRENTDATETIME", unit, amount] => {
            Ok(with_time(shift(moments.today, unit, amount, inside)?, time_of(moments.now)))
        }
        [kind @ ("DATE" | "DATETIME"), name, unit, amount] => {
            // Fixtures use T without declaring it: the day on which they are loaded.
            let start = match names.variable(name, depth.saturating_sub(1))? {
                Some(start) => start,
                None => moments.today.to_string(),
            };
            let (date, time) = start.split_once('T').map_or((start.as_str(), None), |(date, time)| (date, Some(time)));
            let date: Date = date.parse().map_err(|_| Unresolved::NoDate(inside.to_owned()))?;
            let date = shift(date, unit, amount, inside)?;
            Ok(if kind == "DATE" { date.to_string() } else { with_time(date, time) })
        }
        [name] if name.starts_with("RANDOM-") => {
            let count: usize = name["RANDOM-".len()..].parse().unwrap_or(0).min(30);
            let digits = format!("{:039}", names.random() % 10_u128.pow(38));
            Ok(digits[digits.len() - count..].to_owned())
        }
        _ if depth == 0 => Err(Unresolved::Unknown(inside.to_owned())),
        _ => names.variable(inside, depth - 1)?.ok_or_else(|| Unresolved::Unknown(inside.to_owned())),
    }
}

fn shift(date: Date, unit: &str, amount: &str, inside: &str) -> Result<Date, Unresolved> {
    let wrong = || Unresolved::NoDate(inside.to_owned());
    let amount: i32 = amount.strip_prefix('+').unwrap_or(amount).parse().map_err(|_| wrong())?;
    let span: Span = match unit {
        "D" | "d" => Span::new().try_days(amount),
        "M" | "m" => Span::new().try_months(amount),
        "Y" | "y" => Span::new().try_years(amount),
        _ => return Err(wrong()),
    }
    .map_err(|_| wrong())?;
    date.checked_add(span).map_err(|_| wrong())
}

fn time_of(now: &str) -> Option<&str> {
    now.split_once('T').map(|(_, time)| time)
}

/// A dateTime on this day; without a time the beginning of the day in the Netherlands.
fn with_time(date: Date, time: Option<&str>) -> String {
    if let Some(time) = time {
        return format!("{date}T{time}");
    }
    let offset = TimeZone::get("Europe/Amsterdam").ok().and_then(|zone| {
        let start = date.to_datetime(jiff::civil::Time::midnight()).to_zoned(zone).ok()?;
        Some(start.offset().seconds() / 60)
    });
    let minutes = offset.unwrap_or(0);
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("{date}T00:00:00{sign}{hours:02}:{minutes:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Table(&'static [(&'static str, &'static str)]);

    impl Names for Table {
        fn variable(&mut self, name: &str, _: usize) -> Result<Option<String>, Unresolved> {
            Ok(self.0.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
        }
        fn random(&mut self) -> u128 {
            1_234_567_890
        }
    }

    #[test]
    fn placeholders_have_the_values_of_the_sheet() {
        let moments = Moments { today: jiff::civil::date(2026, 3, 31), now: "2026-03-31T10:00:00+02:00" };
        let mut names = Table(&[("name", "value"), ("T", "2026-03-31"), ("B", "2024-02-29T08:00:00+01:00")]);
        let cases = [
            ("a ${name} b", "a value b"),
            ("${CURRENTDATE}", "2026-03-31"),
            ("${CURRENTDATETIME}", "2026-03-31T10:00:00+02:00"),
            ("${CURRENTDATE,M,-1}", "2026-02-28"),
            ("ge${DATE, T, D, -21}", "ge2026-03-10"),
            ("${DATE,T,y,+1}", "2027-03-31"),
            ("${DATE, U, D, -5}T09:00:00+02:00", "2026-03-26T09:00:00+02:00"),
            ("${DATETIME, T, D, -0}", "2026-03-31T00:00:00+02:00"),
            ("${DATETIME, B, Y, 1}", "2025-02-28T08:00:00+01:00"),
            ("${RANDOM-10}", "1234567890"),
            ("no placeholder ${", "no placeholder ${"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, &moments, &mut names).unwrap(), expected, "{text}");
        }
        assert_eq!(fill("${UUID}", &moments, &mut names).unwrap().len(), 36);
        for text in
            ["${other}", "${DATE, name, D, 1}", "${DATE, T, W, 1}", "${CURRENTDATE,D,x}", "${DATE, T, Y, 99999}"]
        {
            assert!(fill(text, &moments, &mut names).is_err(), "{text}");
        }
    }

    #[test]
    fn random_placeholders_never_panic() {
        let moments = Moments { today: jiff::civil::date(2026, 3, 31), now: "" };
        let words = ["${", "}", "DATE", ",", "T", "D", "-21", "RANDOM-", "99", "CURRENTDATE", "é", "name", "$"];
        let mut seed = 3;
        for _ in 0..20_000 {
            let text: String =
                (0..crate::random(&mut seed, 9)).map(|_| words[crate::random(&mut seed, words.len())]).collect();
            let _ = fill(&text, &moments, &mut Table(&[("T", "2026-01-01")]));
            let _ = fill_dates(&text, &moments);
        }
    }
}
