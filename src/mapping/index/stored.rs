//! The stored form of an index: postcard, compressed, and each text once.
//!
//! The facts and the resources of each release are compressed by themselves and stand side by side: whoever reads one release
//! unpacks no other.
//!
//! An index repeats a few hundred texts – pointers, code systems, codes – thousands of times. In the stored form they stand
//! in one list and are named by their place in it, so that reading an index makes each text once.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{IndexedResource, UnreadableIndex};
use crate::domain::ids::ResourceId;
use crate::fhir::links::Link;
use crate::fhir::search::{Param, SearchValue, SearchValues, Span};
use crate::fhir::{Faces, FhirRelease, ResourceType};

/// The fastest level already makes it small.
const ZSTD_LEVEL: i32 = 1;

/// An index larger than this is not one of ours: the worst patient's is a few MB.
const LARGEST: usize = 64 * 1024 * 1024;

/// Place of a text in the list.
type Place = u32;

/// The resources of an index.
#[derive(Serialize, Deserialize)]
pub(super) struct Resources {
    texts: Vec<String>,
    resources: Vec<Resource>,
}

#[derive(Serialize, Deserialize)]
struct Resource {
    kind: ResourceType,
    id: ResourceId,
    item: u32,
    links: Vec<StoredLink>,
    ties: Vec<StoredLink>,
    search: Vec<(Param, StoredValue)>,
    strip: Vec<Place>,
    content: Option<Place>,
}

#[derive(Serialize, Deserialize)]
struct StoredLink {
    target: ResourceId,
    kind: ResourceType,
    at: Place,
    cut: Place,
    any_of: Vec<ResourceId>,
    extension: Option<Place>,
}

#[derive(Serialize, Deserialize)]
enum StoredValue {
    Token { system: Option<Place>, code: Option<Place> },
    Date(Span),
}

/// Bytes for the store.
pub(super) fn to_bytes(stored: &impl Serialize) -> Vec<u8> {
    // Nothing here fails to serialise; an empty value reads as unreadable, so nothing is served.
    let plain = postcard::to_allocvec(stored).unwrap_or_default();
    zstd::bulk::compress(&plain, ZSTD_LEVEL).unwrap_or_default()
}

/// Reads what [`to_bytes`] made.
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, UnreadableIndex> {
    let size = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().ok_or(UnreadableIndex)?;
    let size = usize::try_from(size).ok().filter(|size| *size <= LARGEST).ok_or(UnreadableIndex)?;
    let plain = zstd::bulk::decompress(bytes, size).map_err(|_| UnreadableIndex)?;
    postcard::from_bytes(&plain).map_err(|_| UnreadableIndex)
}

/// The resources of each release, packed.
pub(super) type Sections<'a> = Vec<(FhirRelease, &'a [u8])>;

/// Packs the resources of each release by themselves.
pub(super) fn pack(faces: &Faces<Vec<IndexedResource>>) -> Faces<Vec<u8>> {
    let packed = |resources: &Vec<IndexedResource>| Resources::of(resources).map(|resources| to_bytes(&resources));
    faces.iter().map(|(release, resources)| (*release, packed(resources).unwrap_or_default())).collect()
}

/// What was packed, to be joined.
pub(super) fn sections(packed: &Faces<Vec<u8>>) -> Sections<'_> {
    packed.iter().map(|(release, bytes)| (*release, bytes.as_slice())).collect()
}

/// The resources of this release among what was split; `None` when there are none of it.
pub(super) fn unpack(
    sections: &[(FhirRelease, &[u8])],
    release: FhirRelease,
) -> Result<Option<Vec<IndexedResource>>, UnreadableIndex> {
    let Some((_, bytes)) = sections.iter().find(|(of, _)| *of == release) else { return Ok(None) };
    from_bytes::<Resources>(bytes)?.read().map(Some)
}

/// Puts packed parts side by side.
pub(super) fn join(parts: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(parts).unwrap_or_default()
}

/// Reads what [`join`] made; the parts are still packed.
pub(super) fn split<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, UnreadableIndex> {
    postcard::from_bytes(bytes).map_err(|_| UnreadableIndex)
}

impl Resources {
    /// The stored form; `None` when there are more texts or items than can be counted.
    pub fn of(resources: &[IndexedResource]) -> Option<Self> {
        let mut texts = Texts::default();
        let resources = resources.iter().map(|resource| texts.resource(resource)).collect::<Option<_>>()?;
        Some(Self { texts: texts.all, resources })
    }

    /// The resources as they were.
    pub fn read(self) -> Result<Vec<IndexedResource>, UnreadableIndex> {
        let texts: Vec<Arc<str>> = self.texts.into_iter().map(Arc::from).collect();
        let text = |place: Place| -> Result<Arc<str>, UnreadableIndex> {
            usize::try_from(place).ok().and_then(|place| texts.get(place)).cloned().ok_or(UnreadableIndex)
        };
        let link = |stored: StoredLink| {
            let StoredLink { target, kind, at, cut, any_of, extension } = stored;
            let extension = extension.map(text).transpose()?;
            Ok(Link { target, kind, at: text(at)?, cut: text(cut)?, any_of, extension })
        };
        let value = |(param, stored): (Param, StoredValue)| {
            let value = match stored {
                StoredValue::Date(span) => SearchValue::Date(span),
                StoredValue::Token { system, code } => {
                    SearchValue::Token { system: system.map(text).transpose()?, code: code.map(text).transpose()? }
                }
            };
            Ok((param, value))
        };
        let resource = |stored: Resource| {
            Ok(IndexedResource {
                kind: stored.kind,
                id: stored.id,
                item: usize::try_from(stored.item).map_err(|_| UnreadableIndex)?,
                links: stored.links.into_iter().map(link).collect::<Result<_, _>>()?,
                ties: stored.ties.into_iter().map(link).collect::<Result<_, _>>()?,
                search: SearchValues::from_iter(stored.search.into_iter().map(value).collect::<Result<Vec<_>, _>>()?),
                strip: stored.strip.into_iter().map(text).collect::<Result<_, _>>()?,
                content: stored.content.map(text).transpose()?,
            })
        };
        self.resources.into_iter().map(resource).collect()
    }
}

/// The list while it is made.
#[derive(Default)]
struct Texts {
    places: HashMap<Arc<str>, Place>,
    all: Vec<String>,
}

impl Texts {
    fn place(&mut self, text: &Arc<str>) -> Option<Place> {
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        let place = Place::try_from(self.all.len()).ok()?;
        self.all.push(text.as_ref().to_owned());
        self.places.insert(text.clone(), place);
        Some(place)
    }

    fn resource(&mut self, resource: &IndexedResource) -> Option<Resource> {
        Some(Resource {
            kind: resource.kind,
            id: resource.id,
            item: u32::try_from(resource.item).ok()?,
            links: resource.links.iter().map(|link| self.link(link)).collect::<Option<_>>()?,
            ties: resource.ties.iter().map(|tie| self.link(tie)).collect::<Option<_>>()?,
            search: resource.search.iter().map(|(param, value)| self.value(*param, value)).collect::<Option<_>>()?,
            strip: resource.strip.iter().map(|pointer| self.place(pointer)).collect::<Option<_>>()?,
            content: match &resource.content {
                Some(hash) => Some(self.place(hash)?),
                None => None,
            },
        })
    }

    fn link(&mut self, link: &Link) -> Option<StoredLink> {
        let (at, cut) = (self.place(&link.at)?, self.place(&link.cut)?);
        let extension = match &link.extension {
            Some(url) => Some(self.place(url)?),
            None => None,
        };
        Some(StoredLink { target: link.target, kind: link.kind, at, cut, any_of: link.any_of.clone(), extension })
    }

    fn value(&mut self, param: Param, value: &SearchValue) -> Option<(Param, StoredValue)> {
        let mut place = |text: &Option<Arc<str>>| match text {
            Some(text) => self.place(text).map(Some),
            None => Some(None),
        };
        let stored = match value {
            SearchValue::Token { system, code } => StoredValue::Token { system: place(system)?, code: place(code)? },
            SearchValue::Date(span) => StoredValue::Date(*span),
        };
        Some((param, stored))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resource(number: u8) -> IndexedResource {
        let text = |name: &str| Arc::<str>::from(format!("{name}{}", number % 3));
        let id = ResourceId::from_bytes([number; 16]);
        let extension = number.is_multiple_of(2).then(|| text("u"));
        let link = Link {
            target: id,
            kind: ResourceType::Patient,
            at: text("/a"),
            cut: text("/b"),
            any_of: vec![id],
            extension,
        };
        let token = SearchValue::Token { system: (number > 9).then(|| text("s")), code: Some(text("c")) };
        IndexedResource {
            kind: ResourceType::Observation,
            id,
            item: usize::from(number),
            links: vec![link.clone(); usize::from(number % 4)],
            ties: vec![link; usize::from(number % 3)],
            search: SearchValues::from_iter([(Param::Code, token), (Param::Date, SearchValue::Date(Span::ALWAYS))]),
            strip: vec![text("/x")],
            content: (number > 100).then(|| text("h")),
        }
    }

    proptest! {
        #[test]
        fn an_index_reads_back_as_it_was(numbers: Vec<u8>) {
            let resources: Vec<_> = numbers.into_iter().map(resource).collect();
            let bytes = to_bytes(&Resources::of(&resources).unwrap());
            prop_assert_eq!(from_bytes::<Resources>(&bytes).unwrap().read().unwrap(), resources);
        }

        #[test]
        fn a_release_is_read_by_itself(here: Vec<u8>, there: Vec<u8>) {
            let made = |numbers: Vec<u8>| numbers.into_iter().map(resource).collect::<Vec<_>>();
            let faces = Faces::from([(FhirRelease::R4, made(here)), (FhirRelease::Stu3, made(there))]);
            let bytes = join(&sections(&pack(&faces)));
            let stored: Sections<'_> = split(&bytes).unwrap();
            for (release, resources) in &faces {
                let read = unpack(&stored, *release).unwrap();
                prop_assert_eq!(read.as_ref(), Some(resources));
            }
            let one = Faces::from([(FhirRelease::R4, Vec::new())]);
            let bytes = join(&sections(&pack(&one)));
            let stored: Sections<'_> = split(&bytes).unwrap();
            prop_assert_eq!(unpack(&stored, FhirRelease::R4).unwrap(), Some(Vec::new()));
            prop_assert_eq!(unpack(&stored, FhirRelease::Stu3).unwrap(), None);
        }

        #[test]
        fn other_bytes_are_no_index_and_never_a_panic(bytes: Vec<u8>) {
            let _ = super::super::PatientIndex::from_bytes(&bytes, None);
            let _ = super::super::PracticeIndex::from_bytes(&bytes, FhirRelease::R4);
        }

        #[test]
        fn other_bytes_are_an_error_and_never_a_panic(bytes: Vec<u8>, packed: bool) {
            let bytes = if packed { zstd::bulk::compress(&bytes, 1).unwrap() } else { bytes };
            if let Ok(stored) = from_bytes::<Resources>(&bytes) {
                let _ = stored.read();
            }
        }
    }
}
