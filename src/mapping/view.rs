//! What of a patient's resources is shown: verdicts applied to the index, references closed (release-rules §3.3).
//!
//! Withheld means no trace: a resource that points to something that is not shown loses the place where it
//! points, and a provider is shown only as far as something shown refers to it.

use std::collections::BTreeMap;

use super::index::{IndexedResource, PatientIndex, PracticeIndex};
use crate::domain::ids::{IdMap, ResourceId};
use crate::domain::release::{Item, Topic, Verdict};
use crate::fhir::ResourceType;
use crate::fhir::links::Link;

/// Whose shelf a resource stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// The patient's.
    Patient,
    /// The practice's.
    Practice,
}

/// The released part of an index at one moment.
pub struct View<'a> {
    index: &'a PatientIndex,
    practice: &'a PracticeIndex,
    verdicts: Vec<Verdict>,
    places: IdMap<ResourceId, (Shelf, &'a IndexedResource)>,
    shown: IdMap<ResourceId, Shelf>,
}

impl<'a> View<'a> {
    /// Applies the verdicts, which stand in the order of the index's items.
    pub fn new(index: &'a PatientIndex, practice: &'a PracticeIndex, verdicts: Vec<Verdict>) -> Self {
        let mut places = IdMap::default();
        places.reserve(index.resources.len() + practice.resources.len());
        places.extend(practice.resources.iter().map(|resource| (resource.id, (Shelf::Practice, resource))));
        places.extend(index.resources.iter().map(|resource| (resource.id, (Shelf::Patient, resource))));
        let mut view = Self { index, practice, verdicts, places, shown: IdMap::default() };
        view.show();
        view
    }

    /// A shown resource by type and id; a withheld one reads exactly like an unknown one.
    pub fn find(&self, kind: ResourceType, id: ResourceId) -> Option<(Shelf, &'a IndexedResource)> {
        let (shelf, resource) = self.places.get(&id)?;
        (resource.kind == kind && self.is_shown(id)).then_some((*shelf, *resource))
    }

    /// Everything shown on both shelves, in a fixed order: the patient's first.
    pub fn all(&self) -> Vec<(Shelf, &'a IndexedResource)> {
        let own = self.index.resources.iter().map(|resource| (Shelf::Patient, resource));
        let practice = self.practice.resources.iter().map(|resource| (Shelf::Practice, resource));
        own.chain(practice).filter(|(_, resource)| self.is_shown(resource.id)).collect()
    }

    /// JSON Pointers of everything that must be cut from this resource's body.
    pub fn cuts(&self, resource: &'a IndexedResource) -> Vec<&'a str> {
        let dead = resource.links.iter().filter(|link| !self.stays(link)).map(|link| link.cut.as_str());
        let stripped = matches!(self.verdict_of(resource), Some(Verdict::Strip(_)));
        let strip = resource.strip.iter().filter(|_| stripped).map(String::as_str);
        dead.chain(strip).collect()
    }

    /// The item a resource was made of; `None` for the practice's own resources.
    pub fn item_of(&self, resource: &IndexedResource) -> Option<&'a Item> {
        match self.places.get(&resource.id) {
            Some((Shelf::Patient, _)) => self.index.facts.items.get(resource.item),
            _ => None,
        }
    }

    /// How many resources of these types each reason withheld or stripped, by code.
    pub fn tally(&self, kinds: &[ResourceType]) -> BTreeMap<&'static str, u64> {
        let mut tally = BTreeMap::new();
        for resource in self.index.resources.iter().filter(|resource| kinds.contains(&resource.kind)) {
            if let Some(Verdict::Withhold(reason) | Verdict::Strip(reason)) = self.verdict_of(resource) {
                *tally.entry(reason.code()).or_default() += 1;
            }
        }
        tally
    }

    fn verdict_of(&self, resource: &IndexedResource) -> Option<Verdict> {
        match self.places.get(&resource.id) {
            Some((Shelf::Patient, _)) => self.verdicts.get(resource.item).copied(),
            _ => None,
        }
    }

    fn is_shown(&self, id: ResourceId) -> bool {
        self.shown.contains_key(&id)
    }

    fn stays(&self, link: &Link) -> bool {
        link.holds(|id| self.is_shown(*id))
    }

    /// First what the verdicts show, then the providers that shown resources lead to.
    fn show(&mut self) {
        let mut waiting = Vec::new();
        for resource in &self.index.resources {
            let item = self.index.facts.items.get(resource.item);
            let is_provider = item.is_none_or(|item| matches!(item.topic, Topic::Provider));
            let released = self.verdicts.get(resource.item).is_some_and(|verdict| verdict.is_shown());
            if released && !is_provider {
                self.shown.insert(resource.id, Shelf::Patient);
                waiting.push(resource);
            }
        }
        while let Some(resource) = waiting.pop() {
            for link in &resource.links {
                let Some((shelf, target)) = self.places.get(&link.target).copied() else { continue };
                if self.is_provider(shelf, target) && self.shown.insert(target.id, shelf).is_none() {
                    waiting.push(target);
                }
            }
        }
    }

    fn is_provider(&self, shelf: Shelf, resource: &IndexedResource) -> bool {
        let item = self.index.facts.items.get(resource.item);
        shelf == Shelf::Practice || item.is_some_and(|item| matches!(item.topic, Topic::Provider))
    }
}
