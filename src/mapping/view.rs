//! What of a patient's resources is shown: verdicts applied to the index, references closed (release-rules §3.3).
//!
//! Withheld means no trace: a resource that points to something that is not shown loses the place where it
//! points, and a provider is shown only as far as something shown refers to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::index::{IndexedResource, PatientIndex, PracticeIndex};
use crate::domain::ids::{IdMap, ResourceId};
use crate::domain::release::{Item, Topic, Verdict};
use crate::fhir::search::{Node, Nodes};
use crate::fhir::{FhirRelease, ResourceType};

/// Whose shelf a resource stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// The patient's.
    Patient,
    /// The practice's.
    Practice,
}

/// The released part of an index: what follows from one set of verdicts.
pub struct View {
    index: Arc<PatientIndex>,
    practice: Arc<PracticeIndex>,
    verdicts: Vec<Verdict>,
    /// Everything shown, the patient's first, and where it stands on its shelf.
    all: Vec<(Shelf, usize)>,
    places: IdMap<ResourceId, usize>,
}

/// A resource that is shown, and on which shelf it stands.
pub type Shown<'a> = (Shelf, &'a IndexedResource);

impl View {
    /// Applies the verdicts, which stand in the order of the index's items, to the patient's and the practice's resources of one
    /// release.
    pub fn new(index: Arc<PatientIndex>, practice: Arc<PracticeIndex>, verdicts: Vec<Verdict>) -> Self {
        let all = Closure::of(&index, &practice, &verdicts);
        let mut view = Self { index, practice, verdicts, all, places: IdMap::default() };
        view.places = (0..view.all.len()).filter_map(|place| Some((view.get(place)?.1.id, place))).collect();
        view
    }

    /// The FHIR release of what is shown.
    pub fn release(&self) -> FhirRelease {
        self.index.release
    }

    /// The verdicts it follows from.
    pub fn verdicts(&self) -> &[Verdict] {
        &self.verdicts
    }

    /// How many resources are shown on both shelves; their places are below it.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Is nothing shown?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The resource at this place.
    pub fn get(&self, place: usize) -> Option<Shown<'_>> {
        let (shelf, place) = *self.all.get(place)?;
        let resources = match shelf {
            Shelf::Patient => &self.index.resources,
            Shelf::Practice => &self.practice.resources,
        };
        Some((shelf, resources.get(place)?))
    }

    /// Everything shown on both shelves, in the order of their places: the patient's first.
    pub fn all(&self) -> impl Iterator<Item = Shown<'_>> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The place of a shown resource by type and id; a withheld one reads exactly like an unknown one.
    pub fn find(&self, kind: ResourceType, id: ResourceId) -> Option<usize> {
        let place = self.place_of(&id)?;
        self.get(place).filter(|(_, resource)| resource.kind == kind).map(|_| place)
    }

    /// JSON Pointers of everything that must be cut from this resource's body.
    pub fn cuts<'a>(&self, (shelf, resource): Shown<'a>) -> Vec<&'a str> {
        let dead =
            resource.links.iter().chain(&resource.ties).filter(|link| !link.holds(|id| self.places.contains_key(id)));
        let stripped = shelf == Shelf::Patient && matches!(self.verdicts.get(resource.item), Some(Verdict::Strip(_)));
        let strip = resource.strip.iter().filter(|_| stripped).map(AsRef::as_ref);
        dead.map(|link| link.cut.as_ref()).chain(strip).collect()
    }

    /// The item a resource was made of; `None` for the practice's own resources.
    pub fn item_of(&self, (shelf, resource): Shown<'_>) -> Option<&Item> {
        self.index.facts.items().get(resource.item).filter(|_| shelf == Shelf::Patient)
    }

    /// How many resources of these types each reason withheld or stripped, by code.
    pub fn tally(&self, kinds: &[ResourceType]) -> BTreeMap<&'static str, u64> {
        let mut tally = BTreeMap::new();
        for resource in self.index.resources.iter().filter(|resource| kinds.contains(&resource.kind)) {
            if let Some(Verdict::Withhold(reason) | Verdict::Strip(reason)) = self.verdicts.get(resource.item) {
                *tally.entry(reason.code()).or_default() += 1;
            }
        }
        tally
    }
}

impl Nodes for View {
    fn count(&self) -> usize {
        self.len()
    }

    fn node(&self, place: usize) -> Option<Node<'_>> {
        let (_, resource) = self.get(place)?;
        Some(Node { kind: resource.kind, id: resource.id, links: &resource.links, search: &resource.search })
    }

    fn place_of(&self, id: &ResourceId) -> Option<usize> {
        self.places.get(id).copied()
    }
}

/// What is shown: first what the verdicts show, then the providers that shown resources lead to.
struct Closure<'a> {
    index: &'a PatientIndex,
    practice: &'a PracticeIndex,
    places: IdMap<ResourceId, (Shelf, usize)>,
    own: Vec<bool>,
    practices: Vec<bool>,
}

impl<'a> Closure<'a> {
    fn of(index: &'a PatientIndex, practice: &'a PracticeIndex, verdicts: &[Verdict]) -> Vec<(Shelf, usize)> {
        let on = |shelf: Shelf| move |(place, resource): (usize, &IndexedResource)| (resource.id, (shelf, place));
        let mut places = IdMap::default();
        places.reserve(index.resources.len() + practice.resources.len());
        // Of two with one id the patient's counts.
        places.extend(practice.resources.iter().enumerate().map(on(Shelf::Practice)));
        places.extend(index.resources.iter().enumerate().map(on(Shelf::Patient)));
        let own = vec![false; index.resources.len()];
        let mut closure = Self { index, practice, places, own, practices: vec![false; practice.resources.len()] };
        closure.show(verdicts);
        let shown = |shelf: Shelf, marks: &[bool]| -> Vec<(Shelf, usize)> {
            marks.iter().enumerate().filter(|(_, shown)| **shown).map(|(place, _)| (shelf, place)).collect()
        };
        let mut all = shown(Shelf::Patient, &closure.own);
        all.extend(shown(Shelf::Practice, &closure.practices));
        all
    }

    fn show(&mut self, verdicts: &[Verdict]) {
        let mut waiting = Vec::new();
        for (place, resource) in self.index.resources.iter().enumerate() {
            let released = verdicts.get(resource.item).is_some_and(|verdict| verdict.is_shown());
            if released && self.topic_of(resource).is_some_and(|topic| !follows(topic)) {
                self.own[place] = true;
                waiting.push(resource);
            }
        }
        while let Some(resource) = waiting.pop() {
            for link in &resource.links {
                let Some((shelf, place)) = self.places.get(&link.target).copied() else { continue };
                let (target, mark) = match shelf {
                    Shelf::Patient if self.is_led_to(&self.index.resources[place], verdicts) => {
                        (&self.index.resources[place], &mut self.own[place])
                    }
                    Shelf::Patient => continue,
                    Shelf::Practice => (&self.practice.resources[place], &mut self.practices[place]),
                };
                if !std::mem::replace(mark, true) {
                    waiting.push(target);
                }
            }
        }
    }

    /// A provider, a specimen or an order is shown when something shown leads to it, unless it is withheld itself.
    fn is_led_to(&self, resource: &IndexedResource, verdicts: &[Verdict]) -> bool {
        self.topic_of(resource).is_some_and(follows)
            && verdicts.get(resource.item).is_some_and(|verdict| verdict.is_shown())
    }

    fn topic_of(&self, resource: &IndexedResource) -> Option<&'a Topic> {
        self.index.facts.items().get(resource.item).map(|item| &item.topic)
    }
}

/// Is this shown only as far as something else leads to it?
fn follows(topic: &Topic) -> bool {
    matches!(topic, Topic::Provider | Topic::Companion { .. })
}
