//! What every building block needs: references that are made once, cleaned words, and the place for results.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::civil::Date;
use serde::Serialize;

use super::codes::system;
use super::types::{Coding, Identifier, Meta, Reference, Resource, Text};
use super::{contacts, network, people};
use crate::domain::dossier::{
    Contact, Observation, PatientRecords, PracticeRecords, Record, RecordRef, RecordType, Report, SourceId, Who,
};
use crate::domain::ids::ResourceId;
use crate::domain::release::Item;
use crate::domain::time::Timestamp;
use crate::fhir::ResourceType;
use crate::mapping::{Ids, Problem, Rendered, Source};

/// What others call a patient: the name stands in the Patient alone.
const PATIENT_DISPLAY: &str = "Patiënt";

/// Where a resource is and how others name it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub id: ResourceId,
    reference: String,
    display: String,
}

impl Link {
    pub fn new(kind: ResourceType, id: ResourceId, display: impl Into<String>) -> Self {
        Self { id, reference: format!("{kind}/{id}"), display: display.into() }
    }

    pub fn to(&self) -> Reference<'_> {
        Reference::to(self.reference.as_str(), self.display.as_str())
    }
}

/// An episode: two resources and the code that prescriptions name it by.
#[derive(Debug)]
pub(super) struct EpisodeLinks<'a> {
    pub episode: Link,
    pub condition: Link,
    pub icpc: Option<&'a str>,
}

/// A contact: its Encounter, and the episodes its deelcontacten are about.
#[derive(Debug)]
pub(super) struct ContactLinks<'a> {
    pub encounter: Link,
    pub record: &'a Record<Contact>,
    pub episodes: Vec<&'a SourceId>,
}

/// Everything a building block may look up, prepared once per patient.
pub(super) struct Context<'a> {
    pub ids: &'a Ids<'a>,
    pub words: Words<'a>,
    pub patient: Link,
    pub practice: PracticeLinks,
    pub episodes: HashMap<&'a str, EpisodeLinks<'a>>,
    /// The id of the first episode with an ICPC code.
    episode_of_code: HashMap<&'a str, &'a str>,
    pub contacts: HashMap<&'a str, ContactLinks<'a>>,
    contact_persons: HashMap<&'a str, Link>,
    /// What the source calls the treatment of each medication agreement.
    treatments: HashMap<&'a str, &'a str>,
    /// The determinations that answer each order.
    results_of: HashMap<&'a str, Vec<&'a SourceId>>,
    pub laboratories: HashMap<LaboratoryKey<'a>, Link>,
    /// The determinations of each report, named by either side.
    pub members: HashMap<&'a str, Vec<&'a Record<Observation>>>,
    /// The report of each determination; the inner `None`: named by the determination, but not delivered.
    pub report_of: HashMap<&'a str, Option<&'a Record<Report>>>,
}

/// A laboratory is known by its AGB code, else by its name.
pub(super) type LaboratoryKey<'a> = (Option<&'a str>, &'a str);

/// References to the practice and the people working there.
pub(super) struct PracticeLinks {
    pub organization: Link,
    pub location: Link,
    roles: HashMap<String, Link>,
    organizations: HashMap<String, Link>,
    professionals: HashMap<String, Link>,
}

impl PracticeLinks {
    pub fn of(practice: &PracticeRecords, ids: &Ids<'_>) -> Self {
        let key = practice.practice.id.as_str();
        let name = &practice.practice.d.name;
        let link = |kind: ResourceType| Link::new(kind, ids.id(kind.as_str(), key), name.as_str());
        let roles = practice.employees.iter().map(|(id, employee)| {
            let kind = ResourceType::PractitionerRole;
            let display = people::role_display(&employee.d, name);
            (id.as_str().to_owned(), Link::new(kind, ids.id(kind.as_str(), id.as_str()), display))
        });
        let organizations = practice.organizations.iter().map(|(id, organization)| {
            let kind = ResourceType::Organization;
            let link = Link::new(kind, ids.id("Organization.outside", id.as_str()), organization.d.name.as_str());
            (id.as_str().to_owned(), link)
        });
        let professionals = practice.professionals.iter().map(|(id, professional)| {
            let kind = ResourceType::PractitionerRole;
            let of = professional.d.organization.as_ref().and_then(|id| practice.organizations.get(id));
            let display = network::professional_display(&professional.d, of.map(|record| &record.d));
            (id.as_str().to_owned(), Link::new(kind, ids.id("PractitionerRole.professional", id.as_str()), display))
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
    pub fn of(records: &'a PatientRecords, practice: &PracticeRecords, ids: &'a Ids<'a>) -> Self {
        let key = records.patient.id.as_str();
        let kind = ResourceType::Patient;
        let words = Words::of(records);
        Self {
            ids,
            patient: Link::new(kind, ids.id(kind.as_str(), key), PATIENT_DISPLAY),
            practice: PracticeLinks::of(practice, ids),
            episodes: episodes(records, ids),
            episode_of_code: episode_of_code(records),
            contacts: contacts(records, ids),
            contact_persons: contact_persons(records, ids),
            treatments: treatments(records),
            results_of: results_of(records),
            laboratories: laboratories(records, &words, ids),
            members: members(records),
            report_of: reports(records),
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
        self.episodes.get(self.episode_of_code.get(code)?)
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

    /// What the source calls the treatment of this medication agreement.
    pub fn results_of(&self, order: &SourceId) -> Vec<SourceId> {
        self.results_of.get(order.as_str()).map(|ids| ids.iter().map(|&id| id.clone()).collect()).unwrap_or_default()
    }

    /// What the source calls the treatment of this agreement.
    pub fn treatment_of(&self, agreement: &SourceId) -> Option<&'a str> {
        self.treatments.get(agreement.as_str()).copied()
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

/// An order is answered by determinations that name it, and by those of a report that does.
fn results_of(records: &PatientRecords) -> HashMap<&str, Vec<&SourceId>> {
    let mut results: HashMap<&str, Vec<&SourceId>> = HashMap::new();
    for record in &records.observations {
        let report = || records.reports.iter().find(|report| record.d.report.as_ref() == Some(&report.id));
        let order = record.d.order.as_ref().or_else(|| report()?.d.order.as_ref());
        if let Some(order) = order {
            results.entry(order.as_str()).or_default().push(&record.id);
        }
    }
    for report in &records.reports {
        if let Some(order) = &report.d.order {
            results.entry(order.as_str()).or_default().extend(&report.d.members);
        }
    }
    results
}

fn episode_of_code(records: &PatientRecords) -> HashMap<&str, &str> {
    let mut episodes = HashMap::with_capacity(records.episodes.len());
    for record in &records.episodes {
        if let Some(code) = &record.d.icpc {
            episodes.entry(code.as_str()).or_insert(record.id.as_str());
        }
    }
    episodes
}

fn contacts<'a>(records: &'a PatientRecords, ids: &Ids<'_>) -> HashMap<&'a str, ContactLinks<'a>> {
    let kind = ResourceType::Encounter;
    let pairs = records.contacts.iter().map(|record| {
        let id = ids.id(kind.as_str(), record.id.as_str());
        let links =
            ContactLinks { encounter: Link::new(kind, id, contacts::display(&record.d)), record, episodes: Vec::new() };
        (record.id.as_str(), links)
    });
    let mut contacts: HashMap<_, _> = pairs.collect();
    for entry in &records.entries {
        if let Some(links) = contacts.get_mut(entry.d.contact.as_str()) {
            for episode in &entry.d.episodes {
                if !links.episodes.contains(&episode) {
                    links.episodes.push(episode);
                }
            }
        }
    }
    contacts
}

fn contact_persons<'a>(records: &'a PatientRecords, ids: &Ids<'_>) -> HashMap<&'a str, Link> {
    let kind = ResourceType::RelatedPerson;
    let purpose = format!("{kind}.{}", RecordType::ContactPerson);
    let link = |key: &str| Link::new(kind, ids.id(&purpose, key), "Contactpersoon");
    records.contact_persons.iter().map(|record| (record.id.as_str(), link(record.id.as_str()))).collect()
}

fn treatments(records: &PatientRecords) -> HashMap<&str, &str> {
    let named = records.medications.iter();
    named.filter_map(|record| Some((record.id.as_str(), record.d.treatment_id.as_deref()?))).collect()
}

fn members(records: &PatientRecords) -> HashMap<&str, Vec<&Record<Observation>>> {
    let by_id: HashMap<&str, &Record<Observation>> =
        records.observations.iter().map(|record| (record.id.as_str(), record)).collect();
    let mut members: HashMap<&str, Vec<&Record<Observation>>> = HashMap::with_capacity(records.reports.len());
    for report in &records.reports {
        let named = report.d.members.iter().filter_map(|id| by_id.get(id.as_str()).copied());
        members.insert(report.id.as_str(), named.collect());
    }
    for observation in &records.observations {
        let Some(report) = &observation.d.report else { continue };
        if let Some(list) = members.get_mut(report.as_str())
            && !list.iter().any(|member| member.id == observation.id)
        {
            list.push(observation);
        }
    }
    members
}

fn reports(records: &PatientRecords) -> HashMap<&str, Option<&Record<Report>>> {
    let by_id: HashMap<&str, &Record<Report>> =
        records.reports.iter().map(|record| (record.id.as_str(), record)).collect();
    let mut report_of = HashMap::with_capacity(records.observations.len());
    for report in &records.reports {
        for member in &report.d.members {
            report_of.entry(member.as_str()).or_insert(Some(report));
        }
    }
    for observation in &records.observations {
        if let Some(report) = &observation.d.report {
            report_of.insert(observation.id.as_str(), by_id.get(report.as_str()).copied());
        }
    }
    report_of
}

fn laboratories<'a>(records: &'a PatientRecords, words: &Words<'_>, ids: &Ids<'_>) -> HashMap<LaboratoryKey<'a>, Link> {
    let of_results = records.observations.iter().map(|record| (record.d.lab_agb.as_deref(), record.d.lab.as_deref()));
    let of_reports = records.reports.iter().map(|record| (record.d.lab_agb.as_deref(), Some(record.d.lab.as_str())));
    let mut laboratories = HashMap::new();
    for (agb, name) in of_reports.chain(of_results) {
        let Some(key) = laboratory_key(agb, name) else { continue };
        laboratories.entry(key).or_insert_with(|| {
            let kind = ResourceType::Organization;
            let id = ids.id("Organization.laboratory", key.0.unwrap_or(key.1));
            Link::new(kind, id, words.clean_some(name).unwrap_or("Laboratorium".into()))
        });
    }
    laboratories
}

/// With an AGB code the spelling of the name does not make another laboratory.
fn laboratory_key<'a>(agb: Option<&'a str>, name: Option<&'a str>) -> Option<LaboratoryKey<'a>> {
    let name = name.map_or("", str::trim);
    match agb {
        Some(agb) => Some((Some(agb), "")),
        None if name.is_empty() => None,
        None => Some((None, name)),
    }
}

/// Cleans free text on its way out.
#[derive(Debug, Default)]
pub(super) struct Words<'a> {
    /// Citizen service numbers that may never leave, also when somebody typed one into a text (R §3.3.3).
    numbers: Vec<&'a str>,
}

impl<'a> Words<'a> {
    fn of(records: &'a PatientRecords) -> Self {
        let own = records.patient.d.bsn.iter();
        let others = records.representatives.iter().filter_map(|record| record.d.bsn.as_ref());
        Self { numbers: own.chain(others).map(crate::domain::bsn::Bsn::digits).collect() }
    }

    /// The text without outer blanks, control characters and citizen service numbers; `None` when nothing is left.
    pub fn clean<'t>(&self, text: &'t str) -> Option<Text<'t>> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let mut text = Cow::Borrowed(text);
        if text.chars().any(is_unwritable) {
            text = Cow::Owned(text.chars().filter(|&character| !is_unwritable(character)).collect());
        }
        for number in &self.numbers {
            if text.contains(number) {
                text = Cow::Owned(text.replace(number, "*********"));
            }
        }
        (!text.trim().is_empty()).then_some(text)
    }

    pub fn clean_some<'t>(&self, text: Option<&'t str>) -> Option<Text<'t>> {
        self.clean(text?)
    }
}

/// FHIR strings and XML know tab and line ends, no other control character.
fn is_unwritable(character: char) -> bool {
    (character.is_control() && !matches!(character, '\t' | '\n' | '\r')) || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

/// The record a resource is made of.
pub(super) struct Origin<'a> {
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
}

/// A resource that is ready to be written.
pub(super) struct Draft<'a, T> {
    pub kind: ResourceType,
    pub id: ResourceId,
    pub profile: &'static str,
    pub content: &'a T,
    pub strip: Vec<String>,
}

impl<'a, T> Draft<'a, T> {
    pub fn new(kind: ResourceType, id: ResourceId, profile: &'static str, content: &'a T) -> Self {
        Self { kind, id, profile, content, strip: Vec::new() }
    }
}

/// What rendering has brought so far.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub items: Vec<Item>,
    pub resources: Vec<Rendered>,
    pub problems: Vec<Problem>,
}

impl Output {
    /// Adds an item and gives its place.
    pub fn item(&mut self, item: Item) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    pub fn problem(&mut self, origin: &Origin<'_>, path: &str, reason: &'static str) {
        let record = RecordRef { t: origin.record, id: origin.id.clone() };
        self.problems.push(Problem { record, path: path.to_owned(), reason });
    }

    /// Writes a resource with its meta: version, time of change, profile and type of care.
    pub fn resource<T: Serialize>(&mut self, origin: &Origin<'_>, draft: Draft<'_, T>) {
        let meta = Meta {
            version_id: origin.version.to_string(),
            last_updated: &origin.changed,
            profile: [draft.profile],
            tag: [Coding::shown(system::CARE_TYPE, "0100", "Huisartsen, niet nader gespecificeerd")],
        };
        let resource = Resource { kind: draft.kind, id: draft.id, meta, content: draft.content };
        self.write(origin, draft.kind, draft.id, &resource, draft.strip, None);
    }

    /// Writes a resource as it stands.
    pub fn write<T: Serialize>(
        &mut self,
        origin: &Origin<'_>,
        kind: ResourceType,
        id: ResourceId,
        resource: &T,
        strip: Vec<String>,
        content: Option<String>,
    ) {
        match serde_json::to_vec(resource) {
            Ok(body) => self.resources.push(Rendered {
                kind,
                id,
                item: origin.item,
                body,
                strip,
                content,
                source: Source::Mapped,
            }),
            Err(_) => self.problem(origin, "", "could not be written as JSON"),
        }
    }
}

/// Our own identifier of what a record became.
pub(super) fn own_identifier(id: ResourceId) -> Identifier<'static> {
    Identifier::new(system::OWN_RECORD, id.to_string())
}

/// A day as a Dutch reader writes it: `18-05-2026`.
pub(super) fn dutch_date(date: Date) -> String {
    format!("{:02}-{:02}-{:04}", date.day(), date.month(), date.year())
}

/// The local day of an instant as a Dutch reader writes it.
pub(super) fn dutch_day(at: Timestamp) -> String {
    dutch_date(at.local_date())
}

/// Pointers `{path}/{first}` to `{path}/{first + count - 1}`.
pub(super) fn pointers(path: &str, count: usize) -> Vec<String> {
    (0..count).map(|place| format!("{path}/{place}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_typed_into_a_text_does_not_leave() {
        let words = Words { numbers: vec!["999990019"] };
        assert_eq!(words.clean("bsn 999990019, zie brief").as_deref(), Some("bsn *********, zie brief"));
    }

    #[test]
    fn words_are_clean_or_absent() {
        let words = Words::default();
        let cases = [
            ("", None),
            (" \n\t ", None),
            ("\u{0}\u{7f}", None),
            (" rust \u{1b}houden\n ", Some("rust houden")),
            ("regel 1\nregel 2", Some("regel 1\nregel 2")),
            ("a\u{FFFE}b", Some("ab")),
        ];
        for (text, expected) in cases {
            assert_eq!(words.clean(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn one_agb_code_is_one_laboratory() {
        assert_eq!(laboratory_key(Some("50007771"), Some("Lab A")), laboratory_key(Some("50007771"), Some("lab a")));
        assert_eq!(laboratory_key(None, Some(" Lab A ")), Some((None, "Lab A")));
        assert_eq!(laboratory_key(None, Some("  ")), None);
        assert_eq!(laboratory_key(None, None), None);
    }
}
