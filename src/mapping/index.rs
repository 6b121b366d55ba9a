//! The index of a patient: everything serving must know before it loads a single body.
//!
//! Made at import together with the bodies and stored beside them as one sealed value, in which each release has a section of
//! its own. A search reads the index, decides, selects, and only then loads the bodies that survive (architecture §6).

use std::collections::HashMap;
use std::sync::Arc;

mod stored;

use super::check::Profiles;
use super::{Problem, Rendered, RenderedPatient, Source};
use crate::domain::dossier::RecordRef;
use crate::domain::ids::ResourceId;
use crate::domain::release::{DossierFacts, Item, Topic};
use crate::fhir::links::{Link, links_of};
use crate::fhir::search::{SearchValues, values_of};
use crate::fhir::{Faces, FhirRelease, ResourceType};

/// What serving knows of one resource without its body.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedResource {
    /// FHIR type.
    pub kind: ResourceType,
    /// Id.
    pub id: ResourceId,
    /// Place of its item in the facts.
    pub item: usize,
    /// References in its body, and what must go when a target is not shown.
    pub links: Vec<Link>,
    /// Places that tell of another resource without naming it: they go when that is not shown, and lead nowhere.
    pub ties: Vec<Link>,
    /// What searches look at.
    pub search: SearchValues,
    /// Members that go when the verdict is "strip".
    pub strip: Vec<Arc<str>>,
    /// For a Binary: SHA-256 of the document's bytes.
    pub content: Option<Arc<str>>,
}

/// The index of one patient in one release.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientIndex {
    /// What release rules look at: the same in every FHIR release.
    pub facts: DossierFacts,
    /// The FHIR release of the resources.
    pub release: FhirRelease,
    /// The patient's resources.
    pub resources: Vec<IndexedResource>,
}

/// The index of one patient as it is made and stored.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientIndexes {
    /// What release rules look at.
    pub facts: DossierFacts,
    /// The FHIR release of what is shown outside FHIR.
    pub main: FhirRelease,
    /// The patient's resources, in each release they were rendered in.
    pub faces: Faces<Vec<IndexedResource>>,
}

/// The index of a practice in one release: its organisation and employees, which belong to no patient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PracticeIndex {
    /// The practice's resources.
    pub resources: Vec<IndexedResource>,
}

/// The index of a practice as it is made and stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PracticeIndexes {
    /// The practice's resources, in each release they were rendered in.
    pub faces: Faces<Vec<IndexedResource>>,
}

/// Form of the stored index; another number means "render again".
///
/// The form is postcard: members by their order, variants by their number. Whoever changes a type of the index moves
/// this on.
pub const INDEX_VERSION: i64 = 9;

/// A stored index cannot be read: the bytes were changed, or are of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored index cannot be read")]
pub struct UnreadableIndex;

impl PatientIndexes {
    /// Bytes for the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (facts, faces) = (stored::to_bytes(&self.facts), stored::pack(&self.faces));
        stored::join(&(self.main, facts.as_slice(), stored::sections(&faces)))
    }

    /// The index in this release; `None` when it was not rendered in it.
    pub fn into_face(mut self, release: FhirRelease) -> Option<PatientIndex> {
        let resources = self.faces.remove(&release)?;
        Some(PatientIndex { facts: self.facts, release, resources })
    }
}

impl PatientIndex {
    /// Reads what [`PatientIndexes::to_bytes`] made, in this release; without one in that of what is shown outside FHIR.
    /// `None`: the patient was not rendered in it.
    ///
    /// # Errors
    /// [`UnreadableIndex`] when the bytes are anything else.
    pub fn from_bytes(bytes: &[u8], release: Option<FhirRelease>) -> Result<Option<Self>, UnreadableIndex> {
        let (main, facts, faces): (FhirRelease, &[u8], stored::Sections<'_>) = stored::split(bytes)?;
        let release = release.unwrap_or(main);
        let Some(resources) = stored::unpack(&faces, release)? else { return Ok(None) };
        Ok(Some(Self { facts: stored::from_bytes(facts)?, release, resources }))
    }
}

impl PracticeIndexes {
    /// Bytes for the store.
    pub fn to_bytes(&self) -> Vec<u8> {
        stored::join(&stored::sections(&stored::pack(&self.faces)))
    }

    /// The index in this release; `None` when it was not rendered in it.
    pub fn into_face(mut self, release: FhirRelease) -> Option<PracticeIndex> {
        Some(PracticeIndex { resources: self.faces.remove(&release)? })
    }
}

impl PracticeIndex {
    /// Reads what [`PracticeIndexes::to_bytes`] made, in this release. `None`: the practice was not rendered in it.
    ///
    /// # Errors
    /// [`UnreadableIndex`] when the bytes are anything else.
    pub fn from_bytes(bytes: &[u8], release: FhirRelease) -> Result<Option<Self>, UnreadableIndex> {
        let faces: stored::Sections<'_> = stored::split(bytes)?;
        Ok(stored::unpack(&faces, release)?.map(|resources| Self { resources }))
    }
}

/// The index of a rendered patient, and the resources that passed their profile.
///
/// A resource that does not fit its profile takes its whole item along, in its release: nothing half-rendered is served.
/// What was left out is added to the problems.
pub fn index_patient(
    rendered: RenderedPatient,
    profiles: &Profiles,
) -> (PatientIndexes, Faces<Vec<Rendered>>, Vec<Problem>) {
    let main = rendered.main();
    let RenderedPatient { facts, faces: rendered, mut problems } = rendered;
    let (mut faces, mut bodies) = (Faces::new(), Faces::new());
    for (release, resources) in rendered {
        let (indexed, left) = index_face((release, profiles), &facts, resources, &mut problems);
        faces.insert(release, indexed);
        bodies.insert(release, left);
    }
    (PatientIndexes { facts, main, faces }, bodies, problems)
}

fn index_face(
    (release, profiles): (FhirRelease, &Profiles),
    facts: &DossierFacts,
    resources: Vec<Rendered>,
    problems: &mut Vec<Problem>,
) -> (Vec<IndexedResource>, Vec<Rendered>) {
    let mut checked = Vec::with_capacity(resources.len());
    let mut faulty_items = Vec::new();
    for resource in resources {
        match index_resource(release, &resource, profiles) {
            Ok(indexed) => checked.push((indexed, resource)),
            Err((pointer, rule)) => {
                if let Some(item) = facts.items().get(resource.item) {
                    problems.push(Problem { record: record_of(item), path: pointer, reason: rule });
                }
                faulty_items.push(resource.item);
            }
        }
    }
    checked.retain(|(_, resource)| !faulty_items.contains(&resource.item));
    let (mut indexed, bodies): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
    tie_episodes_to_entries(facts, &mut indexed);
    (indexed, bodies)
}

/// The index of the practice's own resources; one that does not fit its profile is left out.
pub fn index_practice(rendered: Faces<Vec<Rendered>>, profiles: &Profiles) -> (PracticeIndexes, Faces<Vec<Rendered>>) {
    let (mut faces, mut bodies) = (Faces::new(), Faces::new());
    for (release, resources) in rendered {
        let checked = resources.into_iter().filter_map(|resource| {
            let indexed = index_resource(release, &resource, profiles).ok()?;
            Some((indexed, resource))
        });
        let (indexed, left): (Vec<_>, Vec<_>) = checked.unzip();
        faces.insert(release, indexed);
        bodies.insert(release, left);
    }
    (PracticeIndexes { faces }, bodies)
}

fn index_resource(
    release: FhirRelease,
    resource: &Rendered,
    profiles: &Profiles,
) -> Result<IndexedResource, (String, &'static str)> {
    let unreadable = |_| (String::new(), "the rendered resource is not JSON");
    let body: serde_json::Value = serde_json::from_slice(&resource.body).map_err(unreadable)?;
    if resource.source == Source::Mapped {
        profiles.check(release, resource.kind, &body).map_err(|faults| {
            let pointer = faults.into_iter().next().map(|fault| fault.pointer).unwrap_or_default();
            (pointer, "the rendered resource does not fit its profile")
        })?;
    }
    Ok(IndexedResource {
        kind: resource.kind,
        id: resource.id,
        item: resource.item,
        links: links_of(resource.kind, &body),
        ties: resource.ties.clone(),
        search: values_of(release, resource.kind, &body),
        strip: resource.strip.iter().map(|pointer| Arc::from(pointer.as_str())).collect(),
        content: resource.content.as_deref().map(Arc::from),
    })
}

fn record_of(item: &Item) -> RecordRef {
    RecordRef { t: item.key.t, id: item.key.id.clone() }
}

/// Why a contact took place, in an Encounter: of R4, and of STU3.
const REASONS: [&str; 2] = ["/reasonCode", "/reason"];

/// An Encounter refers to an episode only while a released entry of that contact is about it (R-SP-08, §15.6).
fn tie_episodes_to_entries(facts: &DossierFacts, resources: &mut [IndexedResource]) {
    let item_of: HashMap<ResourceId, usize> = resources.iter().map(|resource| (resource.id, resource.item)).collect();
    let mut entries: HashMap<&str, Vec<(ResourceId, &Item)>> = HashMap::new();
    for resource in resources.iter().filter(|resource| resource.kind == ResourceType::Composition) {
        if let Some(item) = facts.items().get(resource.item)
            && let Topic::Entry { contact, .. } = &item.topic
        {
            entries.entry(contact.as_str()).or_default().push((resource.id, item));
        }
    }
    for resource in resources.iter_mut().filter(|resource| resource.kind == ResourceType::Encounter) {
        let Some(contact) = facts.items().get(resource.item) else { continue };
        let of_contact = entries.get(contact.key.id.as_str());
        // The reason may tell of an entry that is withheld, whatever withholds it.
        let told = REASONS.into_iter().filter(|reason| resource.strip.iter().any(|pointer| &**pointer == *reason));
        for reason in told.collect::<Vec<_>>() {
            let entries = of_contact.into_iter().flatten();
            let tie = |id: ResourceId| Link::tie(reason, ResourceType::Composition, id, Vec::new());
            resource.ties.extend(entries.map(|(id, _)| tie(*id)));
        }
        for link in &mut resource.links {
            let target = item_of.get(&link.target).and_then(|place| facts.items().get(*place));
            let Some(episode) = target.filter(|item| matches!(item.topic, Topic::Episode { .. })) else { continue };
            let about = of_contact.into_iter().flatten().filter(|(_, entry)| entry.episodes.contains(&episode.key.id));
            link.any_of = about.map(|(id, _)| *id).collect();
            if link.any_of.is_empty() {
                // No entry is about it: the contact itself as the condition would always hold, so name the nil id.
                link.any_of.push(ResourceId::from_bytes([0; 16]));
            }
        }
    }
}
