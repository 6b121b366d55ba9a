//! What every building block needs: references that are made once, and cleaned words.

use std::collections::HashMap;

pub(in crate::mapping) use super::link::Link;
pub(in crate::mapping) use super::output::{Draft, Origin, Output, dutch_day, own_identifier, pointers};
pub(in crate::mapping) use super::words::Words;

use super::threads::{self, LaboratoryKey, Threads, laboratory_key};
use super::titles;
use super::types::Reference;
use super::vocabulary::Vocabulary;
use crate::domain::dossier::{Contact, PatientRecords, PracticeRecords, Record, RecordType, SourceId, Who};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::mapping::Ids;

/// What others call a patient: the name stands in the Patient alone.
const PATIENT_DISPLAY: &str = "Patiënt";

/// An episode: two resources and the code that prescriptions name it by.
#[derive(Debug)]
pub(in crate::mapping) struct EpisodeLinks<'a> {
    pub episode: Link,
    pub condition: Link,
    pub icpc: Option<&'a str>,
}

/// A contact: its Encounter, and the episodes its deelcontacten are about.
#[derive(Debug)]
pub(in crate::mapping) struct ContactLinks<'a> {
    pub encounter: Link,
    pub record: &'a Record<Contact>,
    pub episodes: &'a [&'a SourceId],
}

/// Everything a building block may look up, prepared once per patient and release.
pub(in crate::mapping) struct Context<'a> {
    pub ids: &'a Ids<'a>,
    pub threads: &'a Threads<'a>,
    pub words: Words<'a>,
    pub patient: Link,
    pub practice: PracticeLinks,
    pub episodes: HashMap<&'a str, EpisodeLinks<'a>>,
    pub contacts: HashMap<&'a str, ContactLinks<'a>>,
    contact_persons: HashMap<&'a str, Link>,
    pub laboratories: HashMap<LaboratoryKey<'a>, Link>,
}

/// References to the practice and the people working there.
pub(in crate::mapping) struct PracticeLinks {
    pub organization: Link,
    pub location: Link,
    roles: HashMap<String, Link>,
    organizations: HashMap<String, Link>,
    professionals: HashMap<String, Link>,
}

impl PracticeLinks {
    pub fn of(practice: &PracticeRecords, ids: &Ids<'_>, vocabulary: &Vocabulary) -> Self {
        let key = practice.practice.id.as_str();
        let name = &practice.practice.d.name;
        let link = |kind: ResourceType| Link::new(kind, ids.id(kind.as_str(), key), name.as_str());
        let roles = practice.employees.iter().map(|(id, employee)| {
            let role = ids.id(ResourceType::PractitionerRole.as_str(), id.as_str());
            let person = ids.id(ResourceType::Practitioner.as_str(), id.as_str());
            let display = titles::of_employee(&employee.d, name);
            (id.as_str().to_owned(), Link::professional(vocabulary, role, person, display))
        });
        let organizations = practice.organizations.iter().map(|(id, organization)| {
            let kind = ResourceType::Organization;
            let link = Link::new(kind, ids.id("Organization.outside", id.as_str()), organization.d.name.as_str());
            (id.as_str().to_owned(), link)
        });
        let professionals = practice.professionals.iter().map(|(id, professional)| {
            let role = ids.id("PractitionerRole.professional", id.as_str());
            let person = ids.id("Practitioner.professional", id.as_str());
            let of = professional.d.organization.as_ref().and_then(|id| practice.organizations.get(id));
            let display = titles::of_professional(&professional.d, of.map(|record| &record.d));
            (id.as_str().to_owned(), Link::professional(vocabulary, role, person, display))
        });
        Self {
            organization: link(ResourceType::Organization),
            location: link(ResourceType::Location),
            roles: roles.collect(),
            organizations: organizations.collect(),
            professionals: professionals.collect(),
        }
    }

    /// An organisation outside the practice.
    pub fn organization_of(&self, organization: &SourceId) -> Option<&Link> {
        self.organizations.get(organization.as_str())
    }

    /// A professional outside the practice.
    pub fn professional(&self, professional: &SourceId) -> Option<&Link> {
        self.professionals.get(professional.as_str())
    }

    pub fn role(&self, employee: &SourceId) -> Option<&Link> {
        self.roles.get(employee.as_str())
    }
}

impl<'a> Context<'a> {
    pub fn of(
        records: &'a PatientRecords,
        practice: &PracticeRecords,
        ids: &'a Ids<'a>,
        threads: &'a Threads<'a>,
        vocabulary: &Vocabulary,
    ) -> Self {
        let key = records.patient.id.as_str();
        let kind = ResourceType::Patient;
        let words = Words::of(records);
        Self {
            ids,
            threads,
            patient: Link::new(kind, ids.id(kind.as_str(), key), PATIENT_DISPLAY),
            practice: PracticeLinks::of(practice, ids, vocabulary),
            episodes: episodes(records, ids),
            contacts: contacts(records, ids, threads),
            contact_persons: contact_persons(records, ids),
            laboratories: laboratories(records, &words, ids),
            words,
        }
    }

    pub fn id(&self, kind: ResourceType, key: &SourceId) -> ResourceId {
        self.ids.id(kind.as_str(), key.as_str())
    }

    pub fn link(&self, kind: ResourceType, key: &SourceId, display: &str) -> Link {
        Link::new(kind, self.id(kind, key), display)
    }

    /// The episodes of a record, in its order; one that was not delivered is a problem.
    pub fn episode_links(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        episodes: &[SourceId],
    ) -> Vec<&EpisodeLinks<'a>> {
        let found = episodes.iter().filter_map(|id| {
            let links = self.episodes.get(id.as_str());
            if links.is_none() {
                out.problem(origin, "/episodes", "names an episode that was not delivered");
            }
            links
        });
        found.collect()
    }

    /// The first episode of the dossier with this ICPC code.
    pub fn episode_of_code(&self, code: &str) -> Option<&EpisodeLinks<'a>> {
        self.episodes.get(self.threads.episode_of_code(code)?)
    }

    /// The PractitionerRole of an employee; one that was not delivered is a problem.
    pub fn role(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        path: &str,
        employee: Option<&SourceId>,
    ) -> Option<Reference<'_>> {
        let link = self.practice.role(employee?);
        if link.is_none() {
            out.problem(origin, path, "names an employee that was not delivered");
        }
        link.map(Link::to)
    }

    /// The id of the resource that a record of this type becomes, where more types become one FHIR type.
    pub fn id_of(&self, kind: ResourceType, t: RecordType, key: &SourceId) -> ResourceId {
        self.ids.id(&format!("{kind}.{t}"), key.as_str())
    }

    pub fn link_of(&self, kind: ResourceType, t: RecordType, key: &SourceId, display: &str) -> Link {
        Link::new(kind, self.id_of(kind, t, key), display)
    }

    pub fn contact_person_id(&self, key: &SourceId) -> ResourceId {
        self.id_of(ResourceType::RelatedPerson, RecordType::ContactPerson, key)
    }

    pub fn contact_person(&self, key: &SourceId) -> Option<Reference<'_>> {
        self.contact_persons.get(key.as_str()).map(Link::to)
    }

    /// What the source calls the treatment of this agreement.
    pub fn treatment_of(&self, agreement: &SourceId) -> Option<&'a str> {
        self.threads.treatment_of(agreement)
    }

    /// The Encounter of a contact; one that was not delivered is a problem.
    pub fn encounter(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        contact: Option<&SourceId>,
    ) -> Option<Reference<'_>> {
        let links = self.contacts.get(contact?.as_str());
        if links.is_none() {
            out.problem(origin, "/contact", "names a contact that was not delivered");
        }
        links.map(|links| links.encounter.to())
    }

    /// An organisation outside the practice; one that was not delivered is a problem.
    pub fn organization(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        path: &str,
        organization: Option<&SourceId>,
    ) -> Option<Reference<'_>> {
        let link = self.practice.organization_of(organization?);
        if link.is_none() {
            out.problem(origin, path, "names an organisation that was not delivered");
        }
        link.map(Link::to)
    }

    /// Whoever it is; one that was not delivered is a problem.
    pub fn who(&self, out: &mut Output, origin: &Origin<'_>, path: &str, who: Option<&Who>) -> Option<Reference<'_>> {
        let link = match who? {
            Who::Employee(key) => self.practice.role(key),
            Who::Professional(key) => self.practice.professional(key),
            Who::Organization(key) => self.practice.organization_of(key),
            Who::ContactPerson(key) => self.contact_persons.get(key.as_str()),
            Who::Patient => Some(&self.patient),
        };
        if link.is_none() {
            out.problem(origin, path, "names somebody that was not delivered");
        }
        link.map(Link::to)
    }

    /// A professional, where the profile takes nobody else.
    pub fn role_of(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        path: &str,
        who: Option<&Who>,
    ) -> Option<Reference<'_>> {
        if matches!(who?, Who::Employee(_) | Who::Professional(_)) {
            return self.who(out, origin, path, who);
        }
        out.problem(origin, path, "is no professional, and nobody else can stand here");
        None
    }

    /// A professional or the patient, where the profile takes nobody else.
    pub fn author_of(
        &self,
        out: &mut Output,
        origin: &Origin<'_>,
        path: &str,
        who: Option<&Who>,
    ) -> Option<Reference<'_>> {
        if matches!(who?, Who::Patient) {
            return Some(self.patient.to());
        }
        self.role_of(out, origin, path, who)
    }

    pub fn laboratory<'s>(&'s self, agb: Option<&'s str>, name: Option<&'s str>) -> Option<Reference<'s>> {
        self.laboratories.get(&laboratory_key(agb, name)?).map(Link::to)
    }
}

fn episodes<'a>(records: &'a PatientRecords, ids: &Ids<'_>) -> HashMap<&'a str, EpisodeLinks<'a>> {
    let link = |kind: ResourceType, key: &str, display: &str| Link::new(kind, ids.id(kind.as_str(), key), display);
    let pairs = records.episodes.iter().map(|record| {
        let key = record.id.as_str();
        let links = EpisodeLinks {
            episode: link(ResourceType::EpisodeOfCare, key, "Episode"),
            condition: link(ResourceType::Condition, key, "Probleem"),
            icpc: record.d.icpc.as_deref(),
        };
        (key, links)
    });
    pairs.collect()
}

fn contacts<'a>(
    records: &'a PatientRecords,
    ids: &Ids<'_>,
    threads: &'a Threads<'a>,
) -> HashMap<&'a str, ContactLinks<'a>> {
    let kind = ResourceType::Encounter;
    let pairs = records.contacts.iter().map(|record| {
        let id = ids.id(kind.as_str(), record.id.as_str());
        let encounter = Link::new(kind, id, titles::of_contact(&record.d));
        (record.id.as_str(), ContactLinks { encounter, record, episodes: threads.episodes_of(&record.id) })
    });
    pairs.collect()
}

fn contact_persons<'a>(records: &'a PatientRecords, ids: &Ids<'_>) -> HashMap<&'a str, Link> {
    let kind = ResourceType::RelatedPerson;
    let purpose = format!("{kind}.{}", RecordType::ContactPerson);
    let link = |key: &str| Link::new(kind, ids.id(&purpose, key), "Contactpersoon");
    records.contact_persons.iter().map(|record| (record.id.as_str(), link(record.id.as_str()))).collect()
}

fn laboratories<'a>(records: &'a PatientRecords, words: &Words<'_>, ids: &Ids<'_>) -> HashMap<LaboratoryKey<'a>, Link> {
    let mut laboratories = HashMap::new();
    for (key, name) in threads::laboratories(records) {
        laboratories.entry(key).or_insert_with(|| {
            let kind = ResourceType::Organization;
            let id = ids.id("Organization.laboratory", key.0.unwrap_or(key.1));
            Link::new(kind, id, words.clean_some(name).unwrap_or("Laboratorium".into()))
        });
    }
    laboratories
}
