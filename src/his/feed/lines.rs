//! Resources as the lines of a delivery: a `patient` for each Patient, a `resource` or `shared_resource` for every one.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::references::{Owner, number_of, owner_of};
use super::sources::{Found, Source};
use super::{Feed, Translated};
use crate::domain::dossier::{RecordType, SourceId};
use crate::domain::time::Timestamp;
use crate::fhir::tree::{Json, write_text};
use crate::fhir::{FhirRelease, ResourceType, binary};
use crate::his::header::BatchKind;
use crate::mapping::feed::{holds_what_is_never_shown, record_id};
use crate::seal::hex;

/// Bytes of a document in one line, before base64.
const PART: usize = 512 * 1024;

/// Is this patient one of a feed?
pub fn is_fed_patient(record: &SourceId) -> bool {
    record.as_str().split_once(':').is_some_and(|(kind, _)| kind == ResourceType::Patient.as_str())
}

/// Writes the delivery.
pub(super) fn write(feed: &Feed<'_>, found: Found<'_>) -> Translated {
    let Found { sources, not_served, .. } = found;
    let mut writer = Writer::begin(feed, &sources);
    let documents = owners_of_bytes(&sources);
    let mut lines_dropped = 0;
    for mut source in sources {
        if source.kind == ResourceType::Composition {
            lines_dropped += drop_sections(&mut source.json);
        }
        if holds_what_is_never_shown(&source.json) {
            lines_dropped += 1;
            continue;
        }
        match (source.kind, documents.get(&source.id)) {
            (ResourceType::Binary, Some(owner)) => writer.bytes(&source, owner),
            // Nothing refers to it: nobody could ever see it.
            (ResourceType::Binary, None) => {}
            _ => writer.resource(&source),
        }
    }
    let without_number = writer.without_number;
    Translated { delivery: writer.finish(), lines_dropped, not_served, without_number }
}

/// The patients of the documents whose bytes stand in a Binary, by its id; nobody where two claim it.
fn owners_of_bytes(sources: &[Source<'_>]) -> HashMap<String, String> {
    let mut owners: HashMap<String, Option<String>> = HashMap::new();
    for source in sources.iter().filter(|source| source.kind == ResourceType::DocumentReference) {
        let Owner::Patient(owner) = owner_of(source) else { continue };
        let Some(Json::Array(contents)) = source.json.member("content") else { continue };
        for content in contents {
            let url = content.member("attachment").and_then(|attachment| attachment.member("url"));
            if let Some(id) = url.and_then(Json::as_text).and_then(|url| url.strip_prefix("Binary/")) {
                let known = owners.entry(id.to_owned()).or_insert_with(|| Some(owner.clone()));
                if known.as_ref() != Some(&owner) {
                    *known = None;
                }
            }
        }
    }
    owners.into_iter().filter_map(|(id, owner)| Some((id, owner?))).collect()
}

/// Takes S and O sections out of a contact report, and out of its other sections; how many.
fn drop_sections(holder: &mut Json<'_>) -> u64 {
    let Json::Object(members) = holder else { return 0 };
    let Some((_, Json::Array(sections))) = members.iter_mut().find(|(name, _)| name == "section") else { return 0 };
    let before = sections.len();
    sections.retain(|section| !section.member("code").is_some_and(holds_what_is_never_shown));
    let dropped = (before - sections.len()) as u64;
    let deeper: u64 = sections.iter_mut().map(drop_sections).sum();
    if sections.is_empty() {
        members.retain(|(name, _)| name != "section");
    }
    dropped + deeper
}

struct Writer<'f> {
    feed: &'f Feed<'f>,
    out: Vec<u8>,
    hash: Context,
    counts: BTreeMap<&'static str, u64>,
    without_number: u64,
}

impl<'f> Writer<'f> {
    fn begin(feed: &'f Feed<'f>, sources: &[Source<'_>]) -> Self {
        let mut header = json!({
            "t": "header",
            "fmt": "dvza-his-2",
            "batch": feed.batch,
            "kind": match feed.kind {
                BatchKind::Full => "full",
                BatchKind::Patient => "patient",
                BatchKind::Delta => "delta",
            },
            "practice": { "ura": feed.ura, "agb": feed.agb },
            "source": {
                "system": format!("FHIR {}", feed.release.name()),
                "version": feed.release.version(),
                "kind": "his",
            },
            "made": feed.made.to_rfc3339(),
            "seq": feed.seq,
            "prev": null,
        });
        if feed.kind == BatchKind::Patient {
            let patients = sources.iter().filter(|source| source.kind == ResourceType::Patient);
            header["patients"] = patients.map(|source| record_id(source.kind, &source.id)).collect();
        }
        let mut out = header.to_string().into_bytes();
        out.push(b'\n');
        Self { feed, out, hash: Context::new(&SHA256), counts: BTreeMap::new(), without_number: 0 }
    }

    /// One resource: of a Patient also the record that gates look at.
    fn resource(&mut self, source: &Source<'_>) {
        let (v, at) = self.version_of(&source.json);
        if source.kind == ResourceType::Patient {
            let d = patient(source, self.feed);
            self.without_number += u64::from(d.get("bsn").is_none());
            let id = record_id(source.kind, &source.id);
            self.line(RecordType::Patient, &id, None, (v, at), d.to_string().as_bytes());
        }
        let (t, patient) = match owner_of(source) {
            Owner::Patient(patient) => (RecordType::Resource, Some(record_id(ResourceType::Patient, &patient))),
            Owner::Practice => (RecordType::SharedResource, None),
            // Without a patient the record is refused, with the finding that says so.
            Owner::Unknown => (RecordType::Resource, None),
        };
        let mut d = self.begin_of_content();
        source.json.write(&mut d);
        d.push(b'}');
        self.line(t, &record_id(source.kind, &source.id), patient.as_deref(), (v, at), &d);
    }

    /// A Binary: what names it, and its bytes in parts as those of any document.
    fn bytes(&mut self, source: &Source<'_>, owner: &str) {
        let (v, at) = self.version_of(&source.json);
        let patient = record_id(ResourceType::Patient, owner);
        let data = source.json.member(binary::member(self.feed.release)).and_then(Json::as_text).unwrap_or_default();
        let plain: String = data.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(plain).unwrap_or_default();
        let sha256 = hex(aws_lc_rs::digest::digest(&SHA256, &bytes).as_ref());
        let mut rest = source.json.clone();
        if let Json::Object(members) = &mut rest {
            members.retain(|(name, _)| matches!(name.as_ref(), "resourceType" | "id" | "meta" | "contentType"));
        }
        let mut d = self.begin_of_content();
        rest.write(&mut d);
        d.extend_from_slice(format!(",\"sha256\":\"{sha256}\"}}").as_bytes());
        let id = record_id(source.kind, &source.id);
        self.line(RecordType::Resource, &id, Some(&patient), (v, at), &d);
        let parts = bytes.len().div_ceil(PART);
        for (number, chunk) in (1..).zip(bytes.chunks(PART)) {
            let d = json!({ "sha256": sha256, "part": number, "parts": parts, "data": STANDARD.encode(chunk) });
            let id = format!("{}-{number}", &sha256[..40]);
            self.line(RecordType::Blob, &id, Some(&patient), (v, at), d.to_string().as_bytes());
        }
    }

    /// The release, unless it is the one that need not be said, up to the resource.
    fn begin_of_content(&self) -> Vec<u8> {
        match self.feed.release {
            FhirRelease::R4 => b"{\"resource\":".to_vec(),
            release => format!("{{\"fhir\":\"{}\",\"resource\":", release.as_str()).into_bytes(),
        }
    }

    /// Version and instant of a resource: its own, else those of the feed.
    fn version_of(&self, json: &Json<'_>) -> (u64, Timestamp) {
        let updated = json.member("meta").and_then(|meta| meta.member("lastUpdated")).and_then(Json::as_text);
        let at = updated.and_then(|text| Timestamp::parse_rfc3339(text).ok()).unwrap_or(self.feed.made);
        (u64::try_from(at.millis()).unwrap_or(1).max(1), at)
    }

    fn line(&mut self, t: RecordType, id: &str, pat: Option<&str>, (v, at): (u64, Timestamp), d: &[u8]) {
        let start = self.out.len();
        self.out.extend_from_slice(format!("{{\"t\":\"{t}\",\"id\":").as_bytes());
        write_text(id, &mut self.out);
        self.out.extend_from_slice(format!(",\"v\":{v},\"op\":\"put\"").as_bytes());
        if let Some(pat) = pat {
            self.out.extend_from_slice(b",\"pat\":");
            write_text(pat, &mut self.out);
        }
        self.out.extend_from_slice(format!(",\"at\":\"{}\",\"d\":", at.to_rfc3339()).as_bytes());
        self.out.extend_from_slice(d);
        self.out.extend_from_slice(b"}\n");
        self.hash.update(&self.out[start..]);
        *self.counts.entry(t.as_str()).or_default() += 1;
    }

    fn finish(mut self) -> Vec<u8> {
        let sha256 = hex(self.hash.finish().as_ref());
        let footer = json!({ "t": "footer", "batch": self.feed.batch, "counts": self.counts, "sha256": sha256 });
        self.out.extend_from_slice(footer.to_string().as_bytes());
        self.out.push(b'\n');
        self.out
    }
}

/// What gates and reports ask of a patient; everything else stays in the resource.
///
/// A number is as good as the HIS that sends it: whether it was verified FHIR cannot say, so it counts as not
/// (until the practice trusts the feed).
fn patient(source: &Source<'_>, feed: &Feed<'_>) -> Value {
    let json = &source.json;
    let text = |name: &str| json.member(name).and_then(Json::as_text);
    let number = number_of(json).map(str::to_owned);
    let number = number.or_else(|| feed.numbers.get(&source.name()).map(|bsn| bsn.digits().to_owned()));
    let birth = text("birthDate").map(whole_birth_date);
    let mut d = json!({
        "bsn_verified": false,
        "name": {},
        "sex": match text("gender") {
            Some("male") => "male",
            Some("female") => "female",
            Some("other") => "undetermined",
            _ => "unknown",
        },
        "status": match json.member("active") {
            Some(Json::Bool(false)) => "deregistered",
            _ => "registered",
        },
    });
    // What is missing is left out, so that the finding names it.
    if let Some(name) = family_name(json) {
        d["name"]["last"] = name.into();
    }
    // FHIR does not say since when somebody is registered; nothing is decided by it.
    let from = birth.as_deref().map_or_else(|| "1900-01-01".to_owned(), |birth| birth.replace("-00", "-01"));
    d["registered_from"] = from.into();
    if let Some(birth) = birth {
        d["birth"] = birth.into();
    }
    if let Some(number) = number {
        d["bsn"] = number.into();
    }
    match (json.member("deceasedBoolean"), text("deceasedDateTime")) {
        (Some(Json::Bool(dead)), _) => d["deceased"] = (*dead).into(),
        // A day that is not whole still says that the person has died.
        (_, Some(on)) => d["deceased"] = on.get(..10).map_or(Value::Bool(true), Value::from),
        _ => {}
    }
    d
}

/// `1980-05` as the format writes it: `1980-05-00`.
fn whole_birth_date(text: &str) -> String {
    match text.len() {
        4 => format!("{text}-00-00"),
        7 => format!("{text}-00"),
        _ => text.to_owned(),
    }
}

fn family_name(patient: &Json<'_>) -> Option<String> {
    let Some(Json::Array(names)) = patient.member("name") else { return None };
    let of = |member: &str| names.iter().find_map(|name| name.member(member).and_then(Json::as_text));
    of("family").or_else(|| of("text")).map(|name| name.chars().take(100).collect())
}
