//! What release needs to know of a fed resource. No clinical text.
//!
//! FHIR says what a resource is, its dates and states, and what it hangs on; not whether the practice shows it. So nothing
//! here says "shown" that a practice would have to say: an episode is unconfirmed, a result received, a document unpublished.

use std::collections::{BTreeSet, HashMap};

use super::read::{day, first_day, has_code, ids, is_labelled, is_restriction, list, named, period, record_of, word};
use super::topics::{
    NEVER, SNOMED, allergy, appointment, contact, episode, episode_of_condition, flag, has_usual_status,
    interpretation, is_social, line_kind, medication, supply, until, value_kind, when,
};
use super::{Fed, record_id};
use crate::domain::dossier::{DocumentKind, ObservationStatus, RecordType, ResultState, SourceId, Visibility};
use crate::domain::release::{Item, ItemKey, Marks, ResultFacts, Topic, ValueKind};
use crate::domain::time::Timestamp;
use crate::fhir::tree::Json;
use crate::fhir::{FhirRelease, ResourceType as R};

const PDF: &str = "application/pdf";

/// How the resources of one patient hang together.
pub(super) struct Dossier<'f> {
    /// The contact report a journal line stands in, by the line's record; `None` where two claim it.
    report_of: HashMap<String, Option<&'f Fed<'f>>>,
    /// When the laboratory report of a result was issued, by the result's record.
    issued: HashMap<String, Option<Timestamp>>,
    /// Orders that reports are based on.
    orders: BTreeSet<String>,
    /// The results that answer an order, named by either side.
    answers: HashMap<String, Vec<SourceId>>,
    /// The records that each resource names.
    names: HashMap<&'f str, BTreeSet<String>>,
    /// The episodes that name an episode or Condition.
    named_by: HashMap<String, BTreeSet<String>>,
    /// Episodes and Conditions by their identifiers, for references that name them so.
    identified: HashMap<(String, String), String>,
    /// The document whose bytes a Binary holds, by the Binary's record.
    documents: HashMap<String, Option<&'f str>>,
    /// Documents whose bytes are complete.
    servable: BTreeSet<&'f str>,
    complete: &'f BTreeSet<String>,
}

impl<'f> Dossier<'f> {
    pub fn of(fed: &'f [Fed<'f>], complete: &'f BTreeSet<String>) -> Self {
        let mut dossier = Self {
            report_of: HashMap::new(),
            issued: HashMap::new(),
            orders: BTreeSet::new(),
            answers: HashMap::new(),
            names: HashMap::new(),
            named_by: HashMap::new(),
            identified: HashMap::new(),
            documents: HashMap::new(),
            servable: BTreeSet::new(),
            complete,
        };
        for resource in fed.iter().filter(|resource| is_episode(resource.record.as_str())) {
            let identifiers = list(resource.told(), "identifier").filter_map(identifier_of);
            dossier.identified.extend(identifiers.map(|name| (name, resource.record.as_str().to_owned())));
        }
        for resource in fed {
            dossier.note_names(resource);
            match resource.told_kind() {
                R::Composition => {
                    for entry in list(resource.told(), "section").flat_map(|section| list(section, "entry")) {
                        if let Some(line) = record_of(entry) {
                            let claimed = dossier.report_of.entry(line).or_insert(Some(resource));
                            *claimed = claimed.filter(|report| report.record == resource.record);
                        }
                    }
                }
                R::DiagnosticReport => {
                    let issued = word(resource.told(), "issued").and_then(|text| Timestamp::parse_rfc3339(text).ok());
                    let results: Vec<String> = list(resource.told(), "result").filter_map(record_of).collect();
                    for order in list(resource.told(), "basedOn").filter_map(record_of) {
                        dossier.answers.entry(order.clone()).or_default().extend(ids(results.iter().cloned()));
                        dossier.orders.insert(order);
                    }
                    dossier.issued.extend(results.into_iter().map(|result| (result, issued)));
                }
                R::Observation => {
                    for order in list(resource.told(), "basedOn").filter_map(record_of) {
                        dossier.answers.entry(order).or_default().push(resource.record.clone());
                    }
                }
                // A letter that another one corrects may have the same bytes.
                R::DocumentReference if !is_in_error(resource.told()) => {
                    for content in list(resource.told(), "content") {
                        let url = content.member("attachment").and_then(|attachment| word(attachment, "url"));
                        let binary = url.and_then(|url| url.strip_prefix("Binary/"));
                        if let Some(id) = binary {
                            let claimed = dossier.documents.entry(record_id(R::Binary, id));
                            // Bytes that two documents claim are shown with neither: one of them may be withheld.
                            claimed
                                .and_modify(|document| {
                                    *document = document.filter(|own| *own == resource.record.as_str())
                                })
                                .or_insert(Some(resource.record.as_str()));
                        }
                    }
                }
                _ => {}
            }
        }
        let bytes = fed.iter().filter(|resource| resource.kind == R::Binary && dossier.has_bytes(resource));
        let servable = bytes.filter_map(|binary| dossier.document_of(binary)).collect();
        dossier.servable = servable;
        dossier
    }

    fn note_names(&mut self, resource: &'f Fed<'f>) {
        let mut names = BTreeSet::new();
        names_in(resource.told(), &self.identified, &mut names);
        if is_episode(resource.record.as_str()) {
            for name in names.iter().filter(|name| is_episode(name)) {
                self.named_by.entry(name.clone()).or_default().insert(resource.record.as_str().to_owned());
            }
        }
        self.names.insert(resource.record.as_str(), names);
    }

    /// The record of the document whose bytes this Binary holds.
    pub fn document_of(&self, binary: &Fed<'_>) -> Option<&'f str> {
        self.documents.get(binary.record.as_str()).copied().flatten()
    }

    /// Are the bytes of this Binary there, and PDF (R-DOC-08)?
    pub fn has_bytes(&self, binary: &Fed<'_>) -> bool {
        let is_pdf = word(binary.told(), "contentType") == Some(PDF) && marks(binary).is_clear();
        is_pdf && binary.sha256.is_some_and(|hash| self.complete.contains(hash))
    }

    /// The item of a resource.
    pub fn item(&self, resource: &Fed<'_>) -> Item {
        Item {
            key: ItemKey::record(RecordType::Resource, resource.record),
            marks: self.marks(resource),
            episodes: self.episodes_of(resource),
            topic: self.topic(resource),
        }
    }

    /// Its own marks; and a line that two contact reports claim is withheld, since one of them may be.
    fn marks(&self, resource: &Fed<'_>) -> Marks {
        let is_contradictory = matches!(self.report_of.get(resource.record.as_str()), Some(None));
        let own = marks(resource);
        Marks { hidden_by_practice: own.hidden_by_practice || is_contradictory, ..own }
    }

    fn topic(&self, resource: &Fed<'_>) -> Topic {
        let json = resource.told();
        let usual = has_usual_status(resource.told_kind(), word(json, "status"));
        match resource.told_kind() {
            // What is marked is decided like anything else.
            R::Patient | R::Location | R::Medication | R::Organization | R::Practitioner | R::PractitionerRole
                if !marks(resource).is_clear() =>
            {
                Topic::Unruled
            }
            R::Patient => Topic::Person,
            R::Location | R::Medication | R::Organization | R::Practitioner | R::PractitionerRole => Topic::Provider,
            R::Specimen | R::Device => Topic::Companion { results: Vec::new() },
            R::EpisodeOfCare => episode(json, "status", &["active"]),
            R::Condition => episode_of_condition(json),
            R::Encounter => contact(json, usual),
            R::Composition => {
                // One that does not count hangs on no contact, and is withheld.
                let contact = if usual { named(json, "encounter", resource.record) } else { resource.record.clone() };
                Topic::Entry { contact, not_for_representative: false }
            }
            R::Observation => self.observation(resource),
            R::DiagnosticReport => {
                let members = if usual { ids(list(json, "result").filter_map(record_of)) } else { Vec::new() };
                Topic::Report { members }
            }
            R::MedicationRequest if has_code(json, "category", SNOMED, "33633005") => medication(json),
            R::MedicationRequest | R::MedicationDispense | R::MedicationStatement | R::MedicationAdministration => {
                supply(json, usual)
            }
            R::AllergyIntolerance => allergy(json),
            R::Flag => flag(json, usual),
            R::Procedure => {
                let visible = if usual { Visibility::Shown } else { Visibility::Unconfirmed };
                let start = period(json, "performedPeriod").0.or_else(|| day(json, "performedDateTime"));
                Topic::Treatment { visible, start }
            }
            R::ServiceRequest if self.orders.contains(resource.record.as_str()) => {
                Topic::Companion { results: self.answers.get(resource.record.as_str()).cloned().unwrap_or_default() }
            }
            R::ServiceRequest if word(json, "intent") == Some("plan") => {
                Topic::Prophylaxis { end: until(period(json, "occurrencePeriod").1, usual) }
            }
            R::ServiceRequest => Topic::Referral { in_force: usual, on: day(json, "authoredOn") },
            R::Immunization => Topic::Vaccination { given: usual, on: day(json, "occurrenceDateTime") },
            R::DocumentReference => self.document(resource),
            R::Appointment => appointment(json),
            R::Consent => {
                let end = json.member("provision").and_then(|part| period(part, "period").1);
                Topic::Directive { end: until(end, usual) }
            }
            R::Coverage => {
                let (start, end) = period(json, "period");
                Topic::Payer { start, end: until(end, usual) }
            }
            R::DeviceUseStatement => {
                let (start, end) = period(json, "timingPeriod");
                Topic::Device { start, end: until(end, usual) }
            }
            R::RelatedPerson => {
                let (start, end) = period(json, "period");
                let active = json.member("active") != Some(&Json::Bool(false));
                Topic::ContactPerson { start, end: until(end, active) }
            }
            R::DocumentManifest if resource.release == FhirRelease::Stu3 => manifest(json),
            // There is no rule for these: only a practice that trusts its feed shows them.
            R::Binary
            | R::CarePlan
            | R::CareTeam
            | R::DeviceRequest
            | R::DocumentManifest
            | R::Goal
            | R::ImmunizationRecommendation
            | R::Media
            | R::NutritionOrder
            | R::ProcedureRequest => Topic::Unruled,
        }
    }

    fn observation(&self, resource: &Fed<'_>) -> Topic {
        let json = resource.told();
        if let Some(kind) = line_kind(json) {
            // A line of no contact report hangs on nothing, and is withheld.
            let (entry, contact) = match self.report_of.get(resource.record.as_str()) {
                Some(Some(report)) => (report.record.clone(), named(report.told(), "encounter", report.record)),
                _ => (resource.record.clone(), resource.record.clone()),
            };
            return Topic::Line { entry, contact, kind, visible: Visibility::Shown };
        }
        if is_social(json) {
            return Topic::Social;
        }
        // It only holds others together: shown while one of them is, and then without what it says about all.
        let members = ids(list(json, "hasMember").filter_map(record_of));
        if !members.is_empty() && value_kind(json) == ValueKind::None {
            return Topic::Report { members };
        }
        let issued = self.issued.get(resource.record.as_str());
        Topic::Observation(ResultFacts {
            date: when(json),
            status: match word(json, "status") {
                Some("final") => ObservationStatus::Final,
                Some("amended" | "corrected") => ObservationStatus::Corrected,
                Some("registered" | "preliminary") => ObservationStatus::Prelim,
                _ => ObservationStatus::Cancelled,
            },
            state: ResultState::Received,
            release_at: None,
            // A remark of the laboratory is no conclusion of the practice (§15.13).
            has_conclusion: false,
            flag: interpretation(json),
            value: value_kind(json),
            in_report: issued.is_some(),
            authorised_at: issued.copied().flatten(),
        })
    }

    fn document(&self, resource: &Fed<'_>) -> Topic {
        let written = word(resource.told(), "date").and_then(first_day).unwrap_or(NEVER);
        Topic::Document {
            kind: DocumentKind::Other,
            date: written,
            received: written,
            published: false,
            published_at: None,
            servable: self.servable.contains(resource.record.as_str()),
            override_episode: false,
        }
    }

    /// The episodes it belongs to: every EpisodeOfCare and Condition that it names, that the report it stands in names; without any, those
    /// of the contact it was made in or the order it was made for. An episode and its Condition belong to each other.
    fn episodes_of(&self, resource: &Fed<'_>) -> Vec<SourceId> {
        let own = resource.record.as_str();
        let report = self.report_of.get(own).copied().flatten().map(|report| report.record.as_str());
        let names = |record: &str| self.names.get(record).into_iter().flatten();
        let around = [own].into_iter().chain(report);
        let mut all: BTreeSet<&String> = around.clone().flat_map(names).filter(|name| is_episode(name)).collect();
        if is_episode(own) {
            all.extend(self.named_by.get(own).into_iter().flatten());
        } else if all.is_empty() {
            // A contact may be about several episodes: its episodes count where nothing closer says which.
            let holders = around.flat_map(names).filter(|name| is_holder(name));
            all.extend(holders.flat_map(|holder| names(holder.as_str())).filter(|name| is_episode(name)));
        }
        ids(all.into_iter().filter(|name| *name != own).cloned())
    }
}

/// A set of documents; one that was replaced is a set of none, which is withheld.
fn manifest(json: &Json<'_>) -> Topic {
    let is_current = word(json, "status") == Some("current");
    let references = list(json, "content").filter_map(|content| content.member("pReference"));
    let documents = references.filter(|_| is_current).filter_map(record_of);
    Topic::Manifest { documents: ids(documents) }
}

fn is_holder(record: &str) -> bool {
    ["Encounter:", "ServiceRequest:", "ProcedureRequest:"].iter().any(|kind| record.starts_with(kind))
}

fn identifier_of(identifier: &Json<'_>) -> Option<(String, String)> {
    Some((word(identifier, "system")?.to_owned(), word(identifier, "value")?.to_owned()))
}

fn is_episode(record: &str) -> bool {
    record.starts_with("EpisodeOfCare:") || record.starts_with("Condition:")
}

/// Every resource that it names, by record; of an address elsewhere what it would be here, which is not there.
fn names_in(value: &Json<'_>, identified: &HashMap<(String, String), String>, names: &mut BTreeSet<String>) {
    match value {
        Json::Array(elements) => elements.iter().for_each(|element| names_in(element, identified, names)),
        Json::Object(members) => {
            let address = word(value, "reference").and_then(|address| {
                let mut steps = address.split("/_history/").next()?.rsplit('/');
                let (id, kind) = (steps.next()?, R::find(steps.next()?)?);
                Some(match steps.next() {
                    None => record_id(kind, id),
                    // So long that its hash stands for it: no record of the feed is called so.
                    Some(_) => record_id(kind, &format!("{address:<64}")),
                })
            });
            names.extend(address);
            let identifier = value.member("identifier").and_then(identifier_of);
            names.extend(identifier.and_then(|identifier| identified.get(&identifier)).cloned());
            members.iter().for_each(|(_, value)| names_in(value, identified, names));
        }
        _ => {}
    }
}

/// Was it entered in error? Then it is not rendered at all (F2).
pub(super) fn is_in_error(json: &Json<'_>) -> bool {
    let is_error = |concept: Option<&Json<'_>>| {
        let mut codings = concept.into_iter().flat_map(|concept| list(concept, "coding"));
        codings.any(|coding| word(coding, "code") == Some("entered-in-error"))
    };
    word(json, "status") == Some("entered-in-error")
        || word(json, "lifecycleStatus") == Some("entered-in-error")
        || word(json, "docStatus") == Some("entered-in-error")
        || is_error(json.member("verificationStatus"))
}

/// Whatever the source labels as more than normally confidential is hidden, and so is what has a label of unknown meaning.
/// That a document is restricted (R or V) is a mark of its own: the label is a part of what is exchanged.
pub(super) fn marks(resource: &Fed<'_>) -> Marks {
    let json = resource.told();
    let is_document = resource.told_kind() == R::DocumentReference;
    let restricted = is_document && list(json, "securityLabel").any(is_restriction);
    let hidden_by_practice = resource.mark.hidden || is_labelled(json, is_document);
    Marks { hidden_by_practice, restricted, ..Marks::default() }
}
