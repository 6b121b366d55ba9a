//! Dates as people in the Netherlands write them: `15-06-2026`, in Amsterdam's time.

use std::borrow::Cow;

use crate::domain::time::Timestamp;

/// The day of an instant.
pub fn day(at: Timestamp) -> String {
    date(at.local_date())
}

/// A day of the calendar.
pub fn date(day: jiff::civil::Date) -> String {
    day.strftime("%d-%m-%Y").to_string()
}

/// Day, hour and minute of an instant.
pub fn minute(at: Timestamp) -> String {
    at.local().strftime("%d-%m-%Y %H:%M").to_string()
}

/// A date of FHIR – a year, a month, a day, or an instant with its offset – in local form: what orders it, the newest
/// last, and what is shown. A text that is none of these orders first and is shown as it is.
pub fn of_fhir(text: &str) -> (String, String) {
    if let Ok(at) = Timestamp::parse_rfc3339(text) {
        return (at.local().to_string(), day(at));
    }
    match turned(text) {
        Some(shown) => (text.to_owned(), shown),
        None => (String::new(), text.to_owned()),
    }
}

/// The same text with every `2026-06-15` in it turned round.
pub fn localized(text: &str) -> Cow<'_, str> {
    let words: Vec<Cow<'_, str>> = text.split(' ').map(|word| turned(word).map_or(word.into(), Into::into)).collect();
    if words.iter().all(|word| matches!(word, Cow::Borrowed(_))) { text.into() } else { words.join(" ").into() }
}

/// A year, month or day the other way round; `None` when it is something else.
fn turned(text: &str) -> Option<String> {
    let mut parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_date = matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2]);
    let are_digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    parts.reverse();
    (is_date && are_digits).then(|| parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_shown_as_people_write_them_and_instants_in_local_time() {
        let cases = [
            ("2026", "2026"),
            ("2026-06", "06-2026"),
            ("2026-06-15", "15-06-2026"),
            ("2026-06-15T23:30:00Z", "16-06-2026"),
            ("2026-06-15T10:00:00+02:00", "15-06-2026"),
            ("last week", "last week"),
            ("20-6-15", "20-6-15"),
        ];
        for (text, shown) in cases {
            assert_eq!(of_fhir(text).1, shown, "{text}");
        }
        assert_eq!(localized("2020-01-31 – 2021-02-28"), "31-01-2020 – 28-02-2021");
        assert_eq!(localized("30 mg, 1-2 keer"), "30 mg, 1-2 keer");
    }

    #[test]
    fn the_later_date_orders_last() {
        let order = ["last week", "2025", "2026-06", "2026-06-15", "2026-06-15T08:00:00Z", "2026-06-15T10:30:00+02:00"];
        assert!(order.map(|text| of_fhir(text).0).is_sorted());
    }
}
