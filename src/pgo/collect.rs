//! Collecting a data service: requests, pages, documents, and whatever is referred to but was not in a bundle.
//!
//! The access token goes to addresses below the service's base only; links that point elsewhere are not followed.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use base64::Engine;
use serde_json::Value;
use url::Url;

use super::Pgo;
use super::error::PgoError;
use super::http::Answer;
use super::token::Tokens;
use super::zal::Service;

/// The most pages of one request.
const PAGE_LIMIT: usize = 1_000;
/// The most resources that are read one by one in one section.
const FOLLOW_LIMIT: usize = 5_000;
/// What the PGO wants to read.
const ACCEPT: &str = "application/fhir+json";

/// One request of a data service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectRequest {
    /// What the section is called: `Patient`, `Observation (lab)`.
    pub name: String,
    /// What comes after the base address: `Patient?_include=Patient:general-practitioner`.
    pub path_and_query: String,
}

/// How many resources of a type a section brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Found by the request.
    pub matches: usize,
    /// Sent along.
    pub included: usize,
    /// Read one by one afterwards.
    pub followed: usize,
}

/// A resource that was read by its own address.
#[derive(Debug, Clone)]
pub struct Followed {
    /// `Type/id`.
    pub reference: String,
    /// HTTP status.
    pub status: u16,
    /// Media type of the content: of the document itself when it came wrapped as a `Binary` resource.
    pub media_type: String,
    /// The resource, or the document's bytes.
    pub content: Vec<u8>,
}

/// What one request brought.
#[derive(Debug, Clone)]
pub struct Section {
    /// As in the request.
    pub name: String,
    /// As in the request.
    pub path_and_query: String,
    /// HTTP status of the first page.
    pub status: u16,
    /// The bundles as they came, in order; when the request was refused, its answer.
    pub pages: Vec<Vec<u8>>,
    /// Counts by resource type.
    pub counts: BTreeMap<String, Count>,
    /// What was read one by one.
    pub followed: Vec<Followed>,
    /// What went wrong, in words: a refusal's issue code, a bundle that is none, links that lead elsewhere.
    pub faults: Vec<String>,
}

/// A collected data service.
#[derive(Debug, Clone)]
pub struct Collected {
    /// MedMij name.
    pub provider: String,
    /// GegevensdienstId.
    pub service: String,
    /// In the order of the requests.
    pub sections: Vec<Section>,
}

impl Collected {
    /// Did every request, page, document and reference come well?
    pub fn is_complete(&self) -> bool {
        self.sections.iter().all(Section::is_complete)
    }

    /// Writes every bundle and document below this folder, one file each.
    ///
    /// # Errors
    /// The file and what the operating system says.
    pub fn write_to(&self, dir: &Path) -> Result<(), (PathBuf, std::io::Error)> {
        let dir = dir.join(file_name(&self.provider)).join(file_name(&self.service));
        let write =
            |path: PathBuf, bytes: &[u8]| crate::devnet::files::replace(&path, bytes).map_err(|error| (path, error));
        for (i, section) in self.sections.iter().enumerate() {
            let stem = format!("{:02}-{}", i + 1, file_name(&section.name));
            for (page, bytes) in section.pages.iter().enumerate() {
                let suffix = if page == 0 { String::new() } else { format!("-page{}", page + 1) };
                write(dir.join(format!("{stem}{suffix}.json")), bytes)?;
            }
            for followed in &section.followed {
                let extension = if followed.media_type == "application/pdf" { "pdf" } else { "json" };
                let name = file_name(&followed.reference);
                write(dir.join(format!("{stem}-{name}.{extension}")), &followed.content)?;
            }
        }
        Ok(())
    }
}

impl Section {
    /// Did the request and everything behind it come well?
    pub fn is_complete(&self) -> bool {
        self.status == 200 && self.faults.is_empty()
    }

    /// Every resource of the bundles, in order, with its search mode (`match`, `include`, `outcome`).
    pub fn resources(&self) -> Vec<(String, Value)> {
        let bundles = self.pages.iter().filter_map(|page| serde_json::from_slice::<Value>(page).ok());
        bundles.flat_map(|bundle| entries(&bundle)).collect()
    }

    fn refused(request: &CollectRequest, answer: Answer) -> Self {
        let code = serde_json::from_slice::<Value>(&answer.body).ok().and_then(|body| issue_code(&body));
        let faults = vec![format!("status {}, issue {}", answer.status, code.as_deref().unwrap_or("unknown"))];
        Self { status: answer.status, pages: vec![answer.body], faults, ..Self::empty(request) }
    }

    fn empty(request: &CollectRequest) -> Self {
        Self {
            name: request.name.clone(),
            path_and_query: request.path_and_query.clone(),
            status: 200,
            pages: Vec::new(),
            counts: BTreeMap::new(),
            followed: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn count(&mut self, kind: &str) -> &mut Count {
        self.counts.entry(kind.to_owned()).or_default()
    }
}

pub(super) async fn collect(
    pgo: &Pgo,
    tokens: &Tokens,
    service: &Service,
    requests: &[CollectRequest],
) -> Result<Collected, PgoError> {
    // A service of the list has at least one resource endpoint; see `Directory::parse`.
    let base = service.resources.first().map(|endpoint| endpoint.base.clone());
    let base = base
        .ok_or_else(|| PgoError::UnknownService { provider: tokens.provider.clone(), service: service.id.clone() })?;
    let mut collector = Collector { pgo, tokens, base, known: HashSet::new() };
    let mut sections = Vec::with_capacity(requests.len());
    for request in requests {
        sections.push(collector.section(request).await?);
    }
    for section in &mut sections {
        collector.follow(section).await?;
    }
    Ok(Collected { provider: tokens.provider.clone(), service: service.id.clone(), sections })
}

struct Collector<'a> {
    pgo: &'a Pgo,
    tokens: &'a Tokens,
    base: Url,
    /// `Type/id` of everything that came or was asked for.
    known: HashSet<String>,
}

impl Collector<'_> {
    /// One request with all its pages.
    async fn section(&mut self, request: &CollectRequest) -> Result<Section, PgoError> {
        let mut section = Section::empty(request);
        let mut next = Some(below(&self.base, &request.path_and_query)?);
        let mut seen = HashSet::new();
        while let Some(url) = next.take() {
            if section.pages.len() >= PAGE_LIMIT || !seen.insert(url.clone()) {
                section.faults.push("the pages do not end".to_owned());
                break;
            }
            let answer = self.pgo.get(self.tokens, url, ACCEPT).await?;
            if answer.status != 200 && section.pages.is_empty() {
                return Ok(Section::refused(request, answer));
            }
            let Some(bundle) = searchset(&answer) else {
                section.faults.push(format!("page {} is no searchset", section.pages.len() + 1));
                break;
            };
            self.take(&mut section, &bundle);
            next = self.next_page(&mut section, &bundle);
            section.pages.push(answer.body);
        }
        Ok(section)
    }

    fn take(&mut self, section: &mut Section, bundle: &Value) {
        for (mode, resource) in entries(bundle) {
            let Some(kind) = resource["resourceType"].as_str() else { continue };
            let count = section.count(kind);
            match mode.as_str() {
                "match" => count.matches += 1,
                _ => count.included += 1,
            }
            if let Some(id) = resource["id"].as_str() {
                self.known.insert(format!("{kind}/{id}"));
            }
        }
    }

    fn next_page(&self, section: &mut Section, bundle: &Value) -> Option<Url> {
        let links = bundle["link"].as_array()?;
        let next = links.iter().find(|link| link["relation"] == "next")?["url"].as_str()?;
        let url = Url::parse(next).ok().filter(|url| is_below(&self.base, url));
        if url.is_none() {
            section.faults.push("the next page is not below the service's address".to_owned());
        }
        url
    }

    /// Reads documents and what is referred to, and what these refer to in turn.
    async fn follow(&mut self, section: &mut Section) -> Result<(), PgoError> {
        let mut open: VecDeque<String> = VecDeque::new();
        for (_, resource) in section.resources() {
            self.references(&resource, &mut open);
        }
        while let Some(reference) = open.pop_front() {
            if section.followed.len() >= FOLLOW_LIMIT {
                section.faults.push("too many references".to_owned());
                break;
            }
            let answer = self.pgo.get(self.tokens, below(&self.base, &reference)?, ACCEPT).await?;
            let followed = followed(reference, answer);
            if followed.status != 200 {
                section.faults.push(format!("{} has status {}", followed.reference, followed.status));
            } else if let Ok(resource) = serde_json::from_slice::<Value>(&followed.content) {
                self.references(&resource, &mut open);
            }
            let kind = followed.reference.split('/').next().unwrap_or_default().to_owned();
            section.count(&kind).followed += usize::from(followed.status == 200);
            section.followed.push(followed);
        }
        Ok(())
    }

    /// Puts every reference and document address that is new on the list.
    fn references(&mut self, value: &Value, open: &mut VecDeque<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.references(item, open)),
            Value::Object(members) => {
                let attachment = members.get("attachment").and_then(|attachment| attachment.get("url"));
                for text in members.get("reference").into_iter().chain(attachment).filter_map(Value::as_str) {
                    let new = relative(&self.base, text).filter(|reference| self.known.insert(reference.clone()));
                    open.extend(new);
                }
                members.values().for_each(|member| self.references(member, open));
            }
            _ => {}
        }
    }
}

/// Resources of a bundle with their search mode.
fn entries(bundle: &Value) -> Vec<(String, Value)> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mode = |entry: &Value| entry["search"]["mode"].as_str().unwrap_or("match").to_owned();
    entries.iter().filter(|entry| entry["resource"].is_object()).map(|e| (mode(e), e["resource"].clone())).collect()
}

fn searchset(answer: &Answer) -> Option<Value> {
    let bundle: Value = serde_json::from_slice(&answer.body).ok()?;
    let is_searchset = bundle["resourceType"] == "Bundle" && bundle["type"] == "searchset";
    (answer.status == 200 && is_searchset).then_some(bundle)
}

fn issue_code(outcome: &Value) -> Option<String> {
    outcome["issue"][0]["code"].as_str().map(str::to_owned)
}

/// The address of a request. Nothing may lead out of the service.
fn below(base: &Url, path_and_query: &str) -> Result<Url, PgoError> {
    let text = format!("{}/{}", base.as_str().trim_end_matches('/'), path_and_query);
    let url = Url::parse(&text).ok().filter(|url| is_below(base, url) && url.fragment().is_none());
    url.ok_or_else(|| PgoError::BadRequestPath(path_and_query.split('?').next().unwrap_or_default().to_owned()))
}

fn is_below(base: &Url, url: &Url) -> bool {
    let folder = format!("{}/", base.path().trim_end_matches('/'));
    url.origin() == base.origin() && url.path().starts_with(&folder) && url.username().is_empty()
}

/// `Type/id` of a literal reference to this service; `None` for anything else (`#contained`, `urn:`, elsewhere).
fn relative(base: &Url, text: &str) -> Option<String> {
    let folder = format!("{}/", base.as_str().trim_end_matches('/'));
    let own = text.strip_prefix(&folder).unwrap_or(text);
    let (kind, id) = own.split_once('/')?;
    let is_type = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|c| c.is_ascii_alphabetic());
    let id = id.split_once("/_history/").map_or(id, |(id, _)| id);
    let is_id =
        (1..=64).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'));
    let dots = id.bytes().all(|c| c == b'.');
    (is_type && is_id && !dots).then(|| format!("{kind}/{id}"))
}

/// Takes a document out of its `Binary` wrapping.
fn followed(reference: String, answer: Answer) -> Followed {
    let media_type = answer.media_type();
    let wrapped = || {
        let binary: Value = serde_json::from_slice(&answer.body).ok()?;
        let data = binary["data"].as_str().filter(|_| binary["resourceType"] == "Binary")?;
        let content = base64::engine::general_purpose::STANDARD.decode(data).ok()?;
        Some((binary["contentType"].as_str().unwrap_or_default().to_owned(), content))
    };
    let (media_type, content) = match wrapped() {
        Some(unwrapped) => unwrapped,
        None => (media_type, answer.body),
    };
    Followed { reference, status: answer.status, media_type, content }
}

/// Letters, digits and hyphens; nothing that could name another folder.
fn file_name(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    if plain.is_empty() { "unnamed".to_owned() } else { plain.chars().take(100).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> Url {
        Url::parse("https://b.test:8444/fhir/linde/HG-R4").unwrap()
    }

    #[test]
    fn requests_stay_below_the_service() {
        let good =
            ["Patient", "Patient?_include=Patient:general-practitioner", "Observation?code=https://x|&date=ge2026"];
        for request in good {
            assert!(below(&base(), request).is_ok(), "{request}");
        }
        for request in ["../DOC-R4/Patient", "../../../oauth/token", "%2e%2e/x", "Patient#x"] {
            assert!(below(&base(), request).is_err(), "{request}");
        }
    }

    #[test]
    fn only_references_to_this_service_are_followed() {
        let cases = [
            ("Condition/abc", Some("Condition/abc")),
            ("https://b.test:8444/fhir/linde/HG-R4/Binary/a-1.b", Some("Binary/a-1.b")),
            ("Condition/abc/_history/3", Some("Condition/abc")),
            ("https://evil.test/fhir/linde/HG-R4/Binary/a", None),
            ("https://b.test:8444/fhir/linde/DOC-R4/Binary/a", None),
            ("#contained", None),
            ("urn:uuid:5f1a9c1e-0000-4000-8000-000000000000", None),
            ("Binary/../../x", None),
            ("Binary/..", None),
            ("patient/abc", None),
            ("Condition/", None),
        ];
        for (text, expected) in cases {
            assert_eq!(relative(&base(), text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn file_names_never_leave_their_folder() {
        assert_eq!(file_name("../../Patient (x)"), "Patient--x");
        assert_eq!(file_name("/"), "unnamed");
    }

    proptest! {
        #[test]
        fn whatever_is_followed_stays_below_the_service(text in ".{0,80}") {
            if let Some(reference) = relative(&base(), &text) {
                prop_assert!(is_below(&base(), &below(&base(), &reference).unwrap()));
            }
            if let Ok(url) = below(&base(), &text) {
                prop_assert!(is_below(&base(), &url));
            }
        }
    }
}
