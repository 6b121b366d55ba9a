//! Files as resources: JSON or XML, alone, in a Bundle, or one a line.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{FeedFault, File};
use crate::fhir::placeholders;
use crate::fhir::tree::Json;
use crate::fhir::xml;
use crate::fhir::{FhirRelease, ResourceType};
use crate::mapping::feed::is_harmless;

/// A resource of the feed.
pub(super) struct Source<'t> {
    /// The document it stands in, by place.
    pub document: usize,
    /// Its type.
    pub kind: ResourceType,
    /// Its logical id at the source.
    pub id: String,
    /// It has no id of its own: its `urn:uuid` is.
    pub by_urn: bool,
    /// What stands before `Type/id` in its address; `None` without one of the web.
    pub base: Option<String>,
    /// Its content; references are rewritten by `references`.
    pub json: Json<'t>,
}

impl Source<'_> {
    /// `Type/id`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }
}

/// A resource by itself, or a Bundle: what references are resolved in first.
pub(super) struct Document {
    /// The file it stands in.
    pub file: String,
    /// `fullUrl` of an entry, and the `Type/id` of its resource.
    pub full_urls: BTreeMap<String, String>,
}

/// Everything in the files.
pub(super) struct Found<'t> {
    /// The release they are of.
    pub release: FhirRelease,
    /// The documents, in the order of the files.
    pub documents: Vec<Document>,
    /// The resources, in the order of the documents.
    pub sources: Vec<Source<'t>>,
    /// Resources of types that are not served.
    pub not_served: BTreeMap<String, u64>,
}

impl Found<'_> {
    /// Nothing yet.
    pub fn of(release: FhirRelease) -> Self {
        Self { release, documents: Vec::new(), sources: Vec::new(), not_served: BTreeMap::new() }
    }
}

/// The longest narrative that is kept, in bytes: half of what a line of a delivery holds, for it is written with escapes.
const LONGEST_NARRATIVE: usize = 512 * 1024;

/// The text of a file, with the dates of test data filled in.
pub(super) fn text<'f>(file: &File<'f>, day_t: Option<Date>) -> Result<Cow<'f, str>, FeedFault> {
    let text = std::str::from_utf8(file.bytes).map_err(|_| fault(file.name, "is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match day_t {
        None => Ok(Cow::Borrowed(text)),
        Some(t) => placeholders::fill(text, t).map(Cow::Owned).map_err(|error| fault(file.name, &error.to_string())),
    }
}

/// Reads the resources of one file.
pub(super) fn read<'t>(name: &str, text: &'t str, found: &mut Found<'t>) -> Result<(), FeedFault> {
    if text.trim_start().starts_with('<') {
        let json = xml::read(found.release.model(), text).map_err(|error| fault(name, &error.to_string()))?;
        return document(name, json, "", found);
    }
    match Json::parse(text.as_bytes()) {
        Ok(json) => document(name, json, "", found),
        Err(error) => by_line(name, text, found, &error.to_string()),
    }
}

/// One resource a line, as bulk exports write them.
fn by_line<'t>(name: &str, text: &'t str, found: &mut Found<'t>, whole: &str) -> Result<(), FeedFault> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut any = false;
    for (place, line) in lines {
        let json = match Json::parse(line.as_bytes()) {
            Ok(json) => json,
            // Not even its first line is a document: then it was meant as one.
            Err(_) if !any => return Err(fault(name, whole)),
            Err(error) => return Err(fault(name, &format!("line {}: {error}", place + 1))),
        };
        any = true;
        document(name, json, &format!("line {}: ", place + 1), found)?;
    }
    if any { Ok(()) } else { Err(fault(name, "is empty")) }
}

fn document<'t>(file: &str, json: Json<'t>, place: &str, found: &mut Found<'t>) -> Result<(), FeedFault> {
    found.documents.push(Document { file: file.to_owned(), full_urls: BTreeMap::new() });
    take(json, place, None, found).map_err(|said| fault(file, &said))
}

/// Where it stands is said as far as the document is not the place; an error is told without its file.
fn take<'t>(mut json: Json<'t>, place: &str, full_url: Option<&str>, found: &mut Found<'t>) -> Result<(), String> {
    let name = json.member("resourceType").and_then(Json::as_text).unwrap_or_default().to_owned();
    if found.release.model().find_resource(&name).is_none() {
        let release = found.release.name();
        return Err(format!("{place}is no resource of {release}: its resourceType is missing or unknown"));
    }
    if name == "Bundle" {
        let labels = json.member("meta").and_then(|meta| meta.member("security"));
        if matches!(labels, Some(Json::Array(labels)) if !labels.iter().all(is_harmless)) {
            return Err(format!("{place}the Bundle has security labels: label the resources in it"));
        }
        return entries(json, place, found);
    }
    let Some(kind) = ResourceType::find(&name) else {
        *found.not_served.entry(name).or_default() += 1;
        return Ok(());
    };
    let (id, by_urn) = match json.member("id").and_then(Json::as_text) {
        Some(id) => (id.to_owned(), false),
        None => {
            let id = full_url.and_then(|url| url.strip_prefix("urn:uuid:"));
            let id = id.ok_or_else(|| format!("{place}a {kind} has no id"))?.to_owned();
            if let Json::Object(members) = &mut json {
                members.insert(1, ("id".into(), Json::Text(id.clone().into())));
            }
            (id, true)
        }
    };
    if let Json::Object(members) = &mut json {
        // It is never shown, and the resource would not fit in a line of a delivery with it.
        members.retain(|(name, value)| name != "text" || !is_long_narrative(value));
    }
    let name = format!("{kind}/{id}");
    if let (Some(url), Some(document)) = (full_url, found.documents.last_mut()) {
        let before = document.full_urls.insert(url.to_owned(), name.clone());
        if before.is_some_and(|before| before != name) {
            return Err(format!("{place}two resources of one Bundle have the same fullUrl"));
        }
    }
    let base = full_url.filter(|url| url.starts_with("http")).and_then(|url| url.strip_suffix(&name));
    let (document, base) = (found.documents.len().saturating_sub(1), base.map(str::to_owned));
    found.sources.push(Source { document, kind, id, by_urn, base, json });
    Ok(())
}

fn is_long_narrative(text: &Json<'_>) -> bool {
    text.member("div").and_then(Json::as_text).is_some_and(|div| div.len() > LONGEST_NARRATIVE)
}

fn entries<'t>(bundle: Json<'t>, place: &str, found: &mut Found<'t>) -> Result<(), String> {
    let Json::Object(members) = bundle else { return Ok(()) };
    for (name, value) in members {
        let Json::Array(entries) = value else { continue };
        if name != "entry" {
            continue;
        }
        for (number, entry) in (1..).zip(entries) {
            let place = format!("{place}entry {number}: ");
            let Json::Object(members) = entry else {
                return Err(format!("{place}is no object"));
            };
            let request = members.iter().find(|(name, _)| name == "request").map(|(_, request)| request);
            if request.and_then(|request| request.member("method")).and_then(Json::as_text) == Some("DELETE") {
                // Taken as if it were not there, the resource would still be shown.
                return Err(format!("{place}deletions are not taken; hand in all resources of the patient instead"));
            }
            let text = |name: &str| members.iter().find(|(own, _)| own == name).and_then(|(_, value)| value.as_text());
            let full_url = text("fullUrl").map(str::to_owned);
            let resource = members.into_iter().find(|(name, _)| name == "resource");
            let (_, resource) = resource.ok_or_else(|| format!("{place}has no resource"))?;
            take(resource, &place, full_url.as_deref(), found)?;
        }
    }
    Ok(())
}

pub(super) fn fault(file: &str, fault: &str) -> FeedFault {
    FeedFault { file: file.to_owned(), fault: fault.to_owned() }
}
