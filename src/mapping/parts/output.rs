//! The place for results: what is rendered of which record.

use jiff::civil::Date;
use serde::Serialize;

use super::codes::system;
use super::types::{Coding, Identifier, Meta, Resource};
use crate::domain::dossier::{Record, RecordRef, RecordType, SourceId};
use crate::domain::ids::ResourceId;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::fhir::links::Link;
use crate::mapping::{Problem, Rendered, Source};

/// The record a resource is made of.
pub(in crate::mapping) struct Origin<'a> {
    record: RecordType,
    id: &'a SourceId,
    version: u64,
    changed: String,
    item: usize,
}

impl<'a> Origin<'a> {
    pub fn of<T>(record_type: RecordType, record: &'a Record<T>, item: usize) -> Self {
        Self { record: record_type, id: &record.id, version: record.v, changed: record.at.to_rfc3339(), item }
    }

    /// The same record, for a part of it that is decided on its own.
    pub fn part(&self, item: usize) -> Self {
        Self { changed: self.changed.clone(), item, ..*self }
    }

    pub fn record_type(&self) -> RecordType {
        self.record
    }

    pub fn key(&self) -> &'a SourceId {
        self.id
    }

    /// A resource made of it that is still to be written.
    fn rendered(&self, kind: ResourceType, id: ResourceId) -> Rendered {
        Rendered {
            kind,
            id,
            item: self.item,
            body: Vec::new(),
            strip: Vec::new(),
            ties: Vec::new(),
            content: None,
            source: Source::Mapped,
        }
    }
}

/// A resource that is ready to be written.
pub(in crate::mapping) struct Draft<'a, T> {
    pub kind: ResourceType,
    pub id: ResourceId,
    pub profile: Vec<&'static str>,
    pub content: &'a T,
    pub strip: Vec<String>,
    pub ties: Vec<Link>,
}

impl<'a, T> Draft<'a, T> {
    pub fn new(kind: ResourceType, id: ResourceId, profile: &'static str, content: &'a T) -> Self {
        Self { kind, id, profile: vec![profile], content, strip: Vec::new(), ties: Vec::new() }
    }
}

/// What rendering has brought so far.
#[derive(Debug, Default)]
pub(in crate::mapping) struct Output {
    pub resources: Vec<Rendered>,
    pub problems: Vec<Problem>,
}

impl Output {
    pub fn problem(&mut self, origin: &Origin<'_>, path: &str, reason: &'static str) {
        let record = RecordRef { t: origin.record, id: origin.id.clone() };
        self.problems.push(Problem { record, path: path.to_owned(), reason });
    }

    /// Writes a resource with its meta: version, time of change, profile and type of care.
    pub fn resource<T: Serialize>(&mut self, origin: &Origin<'_>, draft: Draft<'_, T>) {
        let meta = Meta {
            version_id: origin.version.to_string(),
            last_updated: &origin.changed,
            profile: draft.profile,
            tag: [Coding::shown(system::CARE_TYPE, "0100", "Huisartsen, niet nader gespecificeerd")],
        };
        let resource = Resource { kind: draft.kind, id: draft.id, meta, content: draft.content };
        let rendered = Rendered { strip: draft.strip, ties: draft.ties, ..origin.rendered(draft.kind, draft.id) };
        self.write(origin, &resource, rendered);
    }

    /// Writes a Binary as it stands; `sha256` is that of the document's bytes.
    pub fn binary<T: Serialize>(&mut self, origin: &Origin<'_>, id: ResourceId, resource: &T, sha256: String) {
        let rendered = Rendered { content: Some(sha256), ..origin.rendered(ResourceType::Binary, id) };
        self.write(origin, resource, rendered);
    }

    fn write<T: Serialize>(&mut self, origin: &Origin<'_>, resource: &T, rendered: Rendered) {
        match serde_json::to_vec(resource) {
            Ok(body) => self.resources.push(Rendered { body, ..rendered }),
            Err(_) => self.problem(origin, "", "could not be written as JSON"),
        }
    }
}

/// Our own identifier of what a record became.
pub(in crate::mapping) fn own_identifier(id: ResourceId) -> Identifier<'static> {
    Identifier::new(system::OWN_RECORD, id.to_string())
}

/// A day as a Dutch reader writes it: `18-05-2026`.
fn dutch_date(date: Date) -> String {
    format!("{:02}-{:02}-{:04}", date.day(), date.month(), date.year())
}

/// The local day of an instant as a Dutch reader writes it.
pub(in crate::mapping) fn dutch_day(at: Timestamp) -> String {
    dutch_date(at.local_date())
}

/// Pointers `{path}/{first}` to `{path}/{first + count - 1}`.
pub(in crate::mapping) fn pointers(path: &str, count: usize) -> Vec<String> {
    (0..count).map(|place| format!("{path}/{place}")).collect()
}
