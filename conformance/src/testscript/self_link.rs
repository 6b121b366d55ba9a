//! The rule `assert-response-queryParamsInSelfLink` (testscript-runner §6): the self link names what was asked.

use url::Url;

/// How many parameters of the request the self link does not name.
pub(super) fn missing(request: &str, link: &str) -> Option<Vec<String>> {
    let asked = parameters(request)?;
    let named = parameters(link)?;
    let is_named = |(name, value): &(String, String)| {
        named.iter().any(|(own, other)| own == name && (other == value || is_same_reference(value, other)))
    };
    Some(asked.into_iter().filter(|parameter| !is_named(parameter)).map(|(name, _)| name).collect())
}

fn parameters(url: &str) -> Option<Vec<(String, String)>> {
    Some(Url::parse(url).ok()?.query_pairs().into_owned().collect())
}

/// The same id, with or without the type before it.
fn is_same_reference(asked: &str, named: &str) -> bool {
    let id = |value: &str| {
        let (kind, id) = value.rsplit_once('/').unwrap_or(("", value));
        let kind = kind.rsplit('/').next().unwrap_or_default();
        let is_type = kind.is_empty() || kind.bytes().all(|c| c.is_ascii_alphabetic());
        let is_id = !id.is_empty() && id.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'));
        (is_type && is_id).then(|| (kind.to_owned(), id.to_owned()))
    };
    match (id(asked), id(named)) {
        (Some((kind, id)), Some((other_kind, other))) => {
            id == other && (kind == other_kind || kind.is_empty() || other_kind.is_empty())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_self_link_names_every_parameter() {
        let cases = [
            ("?a=1&b=x%7Cy", "?b=x|y&a=1&c=2", 0),
            ("?a=1&a=2", "?a=1", 1),
            ("?patient=Patient/7", "?patient=7", 0),
            ("?patient=7", "?patient=Patient/7", 0),
            ("?patient=Patient/7", "?patient=Group/7", 1),
            ("?patient=Patient/7", "?patient=8", 1),
            ("", "", 0),
        ];
        for (asked, named, count) in cases {
            let found = missing(&format!("https://x.test/A{asked}"), &format!("https://x.test/A{named}"));
            assert_eq!(found.unwrap().len(), count, "{asked} {named}");
        }
        assert_eq!(missing("https://x.test/A", "no link"), None);
    }
}
