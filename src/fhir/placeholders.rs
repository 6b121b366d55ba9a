//! The dates that official test data leaves open: `${DATE, T, D, -21}` is the day T, shifted.
//!
//! The fixtures of the Nictiz TestScripts are about "three weeks ago"; whoever loads them says which day T is
//! (testscript-runner §3). No HIS delivers these: only an import with a day T looks for them.

use jiff::civil::Date;

/// A placeholder that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a placeholder that is not ${{DATE, T, D|M|Y, n}} or one of its kind, at byte {at}")]
pub struct UnknownPlaceholder {
    /// Where it begins.
    pub at: usize,
}

/// Fills in the dates for this day T. Text without placeholders comes back as it was.
///
/// # Errors
/// [`UnknownPlaceholder`] for anything in `${…}` that is no date.
pub fn fill(text: &str, t: Date) -> Result<String, UnknownPlaceholder> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let at = text.len() - rest.len() + start;
        let unknown = UnknownPlaceholder { at };
        let end = rest[start..].find('}').ok_or(unknown.clone())? + start;
        filled.push_str(&rest[..start]);
        filled.push_str(&value(&rest[start + 2..end], t).ok_or(unknown)?);
        rest = &rest[end + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(inside: &str, t: Date) -> Option<String> {
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    let day = match parts.as_slice() {
        ["CURRENTDATE" | "T"] => t,
        ["CURRENTDATE", unit, amount] => shift(t, unit, amount)?,
        ["DATE" | "DATETIME", "T", unit, amount] => shift(t, unit, amount)?,
        _ => return None,
    };
    Some(day.to_string())
}

/// A month that has no such day gives its last one.
fn shift(day: Date, unit: &str, amount: &str) -> Option<Date> {
    let amount: i32 = amount.strip_prefix('+').unwrap_or(amount).parse().ok()?;
    let span = jiff::Span::new();
    let span = match unit {
        "D" | "d" => span.try_days(amount),
        "M" | "m" => span.try_months(amount),
        "Y" | "y" => span.try_years(amount),
        _ => return None,
    };
    day.checked_add(span.ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_months_and_years_are_shifted() {
        let t = date(2026, 3, 31);
        let cases = [
            ("no placeholder", "no placeholder"),
            ("a ${DATE, T, D, -21} b", "a 2026-03-10 b"),
            ("${DATE,T,D,+1}T09:00:00+02:00", "2026-04-01T09:00:00+02:00"),
            ("${DATE, T, M, -1}${DATE, T, y, -2}", "2026-02-282024-03-31"),
            ("${CURRENTDATE} ${CURRENTDATE,M,-14}", "2026-03-31 2025-01-31"),
            ("${DATETIME, T, D, -0}", "2026-03-31"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, t).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_named_by_its_place() {
        for text in ["ab${", "ab${UUID}", "ab${DATE, U, D, 1}", "ab${DATE, T, W, 1}", "ab${DATE, T, D, x}", "ab${}"] {
            assert_eq!(fill(text, date(2026, 3, 31)), Err(UnknownPlaceholder { at: 2 }), "{text}");
        }
        assert!(fill("${DATE, T, Y, 99999}", date(2026, 3, 31)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_filled_without_panic(text in r"(\$\{|\}|DATE|T|D|,| |-|9|é){0,20}") {
            let _ = fill(&text, date(2026, 3, 31));
        }
    }
}
