//! The searchset Bundle: finished resource bodies, joined as they are (fhir-data-services §1.2).
//!
//! Bodies are copied byte for byte, so the answer to a search costs no parsing. There is no `id` and no `timestamp`:
//! the same store and the same moment give the same bytes.

use std::borrow::Cow;

use super::ResourceType;
use super::tree::write_text;
use crate::domain::ids::ResourceId;

/// One finished resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// Its JSON, with everything withheld already cut out.
    pub body: Cow<'a, [u8]>,
}

/// What `Bundle.total` says. The official scripts want it to be at most the number of matches in this Bundle, so
/// it can only be given when all are in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// Every match is in this Bundle: their number is the total.
    Complete,
    /// This Bundle is one page of several: left out.
    Paged,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searchset<'a> {
    /// Base URL of the data service, without a final slash.
    pub base: &'a str,
    /// The search as it was understood: [`Query::self_link`](super::search::Query::self_link).
    pub self_link: &'a str,
    /// URL of the next page.
    pub next: Option<&'a str>,
    /// Whether all matches are here.
    pub total: Total,
    /// What was searched, in its order.
    pub matches: Vec<Entry<'a>>,
    /// What comes along.
    pub includes: Vec<Entry<'a>>,
}

impl Searchset<'_> {
    /// The Bundle as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let entries = self.matches.iter().chain(&self.includes);
        let mut out = Vec::with_capacity(entries.map(|entry| entry.body.len() + 256).sum::<usize>() + 1024);
        let total = match self.total {
            Total::Complete => Some(self.matches.len()),
            Total::Paged => None,
        };
        open(total, &mut out);
        link("self", self.self_link, &mut out);
        if let Some(next) = self.next {
            out.push(b',');
            link("next", next, &mut out);
        }
        out.push(b']');
        self.entries(&mut out);
        out.push(b'}');
        out
    }

    fn entries(&self, out: &mut Vec<u8>) {
        let matches = self.matches.iter().map(|entry| (entry, "match"));
        let entries = matches.chain(self.includes.iter().map(|entry| (entry, "include")));
        for (i, (entry, mode)) in entries.enumerate() {
            out.extend_from_slice(if i == 0 { b",\"entry\":[" } else { b"," });
            out.extend_from_slice(b"{\"fullUrl\":");
            write_text(&format!("{}/{}/{}", self.base, entry.kind, entry.id), out);
            out.extend_from_slice(b",\"resource\":");
            out.extend_from_slice(&entry.body);
            out.extend_from_slice(format!(",\"search\":{{\"mode\":\"{mode}\"}}}}").as_bytes());
        }
        // FHIR has no empty arrays: without entries there is no member either.
        if !self.matches.is_empty() || !self.includes.is_empty() {
            out.push(b']');
        }
    }
}

/// Resources that were collected at a moment, as one file: a Bundle that answers no search. It is written in pieces, for
/// documents are large: the start, one entry after the other, and the end.
#[derive(Debug)]
pub struct Collection {
    base: String,
    is_empty: bool,
}

impl Collection {
    /// A file whose addresses begin with this base URL, without a final slash; its start goes to `out`.
    pub fn start(base: &str, timestamp: &str, out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"timestamp\":");
        write_text(timestamp, out);
        Self { base: base.to_owned(), is_empty: true }
    }

    /// One more resource.
    pub fn entry(&mut self, entry: &Entry<'_>, out: &mut Vec<u8>) {
        out.reserve(entry.body.len() + 128);
        out.extend_from_slice(if self.is_empty { b",\"entry\":[" } else { b"," });
        out.extend_from_slice(b"{\"fullUrl\":");
        write_text(&format!("{}/{}/{}", self.base, entry.kind, entry.id), out);
        out.extend_from_slice(b",\"resource\":");
        out.extend_from_slice(&entry.body);
        out.push(b'}');
        self.is_empty = false;
    }

    /// What comes after the last resource. FHIR has no empty arrays: without resources there is nothing to close but the file.
    pub const fn end(&self) -> &'static [u8] {
        if self.is_empty { b"}" } else { b"]}" }
    }
}

/// The answer to a search that only asks for the number (`_summary=count`).
pub fn count_only(self_link: &str, total: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(self_link.len() + 128);
    open(Some(total), &mut out);
    link("self", self_link, &mut out);
    out.extend_from_slice(b"]}");
    out
}

/// Up to and including the opening bracket of the links.
fn open(total: Option<usize>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
    if let Some(total) = total {
        out.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
    out.extend_from_slice(b",\"link\":[");
}

fn link(relation: &str, url: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("{{\"relation\":\"{relation}\",\"url\":").as_bytes());
    write_text(url, out);
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn entry(kind: ResourceType, n: u8, body: &'static str) -> Entry<'static> {
        Entry { kind, id: ResourceId::from_bytes([n; 16]), body: body.as_bytes().into() }
    }

    fn searchset<'a>(matches: Vec<Entry<'a>>, includes: Vec<Entry<'a>>) -> Searchset<'a> {
        let self_link = "https://x/fhir/Flag?a=%22";
        Searchset { base: "https://x/fhir", self_link, next: None, total: Total::Complete, matches, includes }
    }

    #[test]
    fn bodies_are_joined_byte_for_byte_with_their_mode_and_address() {
        let set = searchset(
            vec![entry(ResourceType::Flag, 1, r#"{"resourceType":"Flag","v":7.40}"#)],
            vec![entry(ResourceType::Condition, 2, r#"{"resourceType":"Condition"}"#)],
        );
        let text = String::from_utf8(set.to_json()).unwrap();
        assert!(text.contains(r#""resource":{"resourceType":"Flag","v":7.40},"search":{"mode":"match"}"#));
        let bundle: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(bundle["type"], "searchset");
        assert_eq!(bundle["total"], 1);
        assert_eq!(bundle["link"], json!([{"relation": "self", "url": "https://x/fhir/Flag?a=%22"}]));
        let id = ResourceId::from_bytes([2; 16]);
        assert_eq!(bundle["entry"][1]["fullUrl"], format!("https://x/fhir/Condition/{id}"));
        assert_eq!(bundle["entry"][1]["search"]["mode"], "include");
    }

    #[test]
    fn an_empty_result_has_no_entry_member() {
        let bundle: Value = serde_json::from_slice(&searchset(vec![], vec![]).to_json()).unwrap();
        assert_eq!(bundle["total"], 0);
        assert_eq!(bundle.get("entry"), None);
    }

    #[test]
    fn a_collection_has_every_body_with_its_address_and_no_total() {
        let body = r#"{"resourceType":"Flag","v":7.40}"#;
        let collection = |entries: &[Entry<'_>]| {
            let mut out = Vec::new();
            let mut file = Collection::start("https://x/fhir", "2026-06-15T10:00:00+02:00", &mut out);
            entries.iter().for_each(|entry| file.entry(entry, &mut out));
            out.extend_from_slice(file.end());
            out
        };
        let text = collection(&[entry(ResourceType::Flag, 1, body), entry(ResourceType::Flag, 2, "{}")]);
        let bundle: Value = serde_json::from_slice(&text).unwrap();
        assert!(String::from_utf8(text).unwrap().contains(body), "byte for byte");
        let id = ResourceId::from_bytes([1; 16]);
        assert_eq!(bundle["entry"][0]["fullUrl"], format!("https://x/fhir/Flag/{id}"));
        assert_eq!(bundle["entry"].as_array().map(Vec::len), Some(2));
        assert_eq!((&bundle["type"], bundle.get("total"), bundle.get("link")), (&json!("collection"), None, None));
        let empty: Value = serde_json::from_slice(&collection(&[])).unwrap();
        assert_eq!(empty.get("entry"), None, "FHIR has no empty arrays");
    }

    #[test]
    fn a_page_has_a_next_link_and_no_total() {
        let mut set = searchset(vec![entry(ResourceType::Flag, 1, "{}")], vec![]);
        set.total = Total::Paged;
        set.next = Some("https://x/fhir/Flag?_cursor=a");
        let bundle: Value = serde_json::from_slice(&set.to_json()).unwrap();
        assert_eq!(bundle.get("total"), None);
        assert_eq!(bundle["link"][1]["relation"], "next");
    }

    #[test]
    fn a_count_has_only_total_and_self_link() {
        let bundle: Value = serde_json::from_slice(&count_only("https://x", 7)).unwrap();
        assert_eq!(
            bundle,
            json!({"resourceType": "Bundle", "type": "searchset", "total": 7, "link": [{"relation": "self", "url": "https://x"}]})
        );
    }

    #[test]
    fn a_bundle_can_be_written_in_xml() {
        let set = searchset(vec![entry(ResourceType::Flag, 1, r#"{"resourceType":"Flag","id":"a"}"#)], vec![]);
        let xml = String::from_utf8(crate::fhir::xml::from_json(&set.to_json()).unwrap()).unwrap();
        assert!(
            xml.contains(r#"<resource><Flag><id value="a"/></Flag></resource><search><mode value="match"/></search>"#)
        );
    }
}
