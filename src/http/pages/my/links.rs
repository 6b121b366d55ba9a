//! The practice's own links on the help page: settings `page.link.1` to `page.link.9`, and the film `page.film`.

use std::collections::BTreeMap;

/// The most links of a practice.
const MOST: u32 = 9;

/// Label and address of a link as the practice set it: `label|https://…`; `None` when it is not one.
pub fn read(setting: &str) -> Option<(String, String)> {
    let (label, url) = setting.split_once('|')?;
    let (label, url) = (label.trim(), url.trim());
    (!label.is_empty() && is_safe(url)).then(|| (label.to_owned(), url.to_owned()))
}

/// Is this an address that a patient may be sent to?
pub fn is_safe(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}

/// Is this the name of a link, behind `page.`?
pub fn is_name(name: &str) -> bool {
    (1..=MOST).any(|number| name == format!("link.{number}"))
}

/// The links of a practice with these settings, in their order; what is none is left out.
pub fn of(settings: &BTreeMap<String, String>) -> Vec<(String, String)> {
    (1..=MOST).filter_map(|number| read(settings.get(&format!("page.link.{number}"))?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_a_label_and_leads_to_https_only() {
        assert_eq!(
            read("Griep | https://thuisarts.nl/griep"),
            Some(("Griep".into(), "https://thuisarts.nl/griep".into()))
        );
        for bad in
            ["Griep", "|https://thuisarts.nl", "x|http://thuisarts.nl", "x|javascript:alert(1)", "x|//thuisarts.nl"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(is_name("link.9") && !is_name("link.10") && !is_name("link.") && !is_name("film"));
    }
}
