//! What a record refers to, for the importer's checks (`E-REF-001`, `E-REF-003`).

use super::record::{Op, SourceRecord};
use crate::domain::dossier::{Body, RecordType, SourceId};

/// Whose record the target must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A record of the same patient.
    SamePatient,
    /// A record of the practice: an employee, or a patient.
    Practice,
}

/// A reference to another record by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// JSON Pointer to the member that refers.
    member: &'static str,
    /// Place in that member, when it is a list.
    place: Option<usize>,
    /// Type of the target.
    pub t: RecordType,
    /// Id of the target.
    pub id: &'a SourceId,
    /// Whose record the target must be.
    pub scope: Scope,
}

impl Reference<'_> {
    /// JSON Pointer into the line, for a finding.
    pub fn path(&self) -> String {
        match self.place {
            Some(place) => format!("{}/{place}", self.member),
            None => self.member.to_owned(),
        }
    }
}

impl SourceRecord {
    /// Every reference in the content, in the order of the format. `pat` is not among them, and neither are the
    /// records a `release` names: those may be gone.
    pub fn references(&self) -> Vec<Reference<'_>> {
        match &self.op {
            Op::Put(body, _) => of_body(body),
            Op::Delete => Vec::new(),
        }
    }
}

fn of_body(body: &Body) -> Vec<Reference<'_>> {
    let mut found = Found::default();
    match body {
        Body::Patient(patient) => found.employee("/d/gp", patient.gp.as_ref()),
        Body::Release(release) => found.employee("/d/by", release.by.as_ref()),
        Body::Merge(merge) => {
            found.one("/d/from", RecordType::Patient, Scope::Practice, Some(&merge.from));
            found.one("/d/to", RecordType::Patient, Scope::Practice, Some(&merge.to));
        }
        Body::Episode(episode) => found.own("/d/bundle", RecordType::Episode, episode.bundle.as_ref()),
        Body::Contact(contact) => found.employee("/d/carer", contact.carer.as_ref()),
        Body::Entry(entry) => {
            found.own("/d/contact", RecordType::Contact, Some(&entry.contact));
            found.episodes(&entry.episodes);
        }
        Body::Medication(medication) => {
            found.employee("/d/prescriber", medication.prescriber.as_ref());
            found.episodes(&medication.episodes);
        }
        Body::Observation(observation) => {
            found.own("/d/report", RecordType::Report, observation.report.as_ref());
            found.own("/d/contact", RecordType::Contact, observation.contact.as_ref());
            found.episodes(&observation.episodes);
            found.employee("/d/release/by", observation.release.by.as_ref());
        }
        Body::Report(report) => found.list("/d/members", RecordType::Observation, &report.members),
        Body::Treatment(treatment) => found.episodes(&treatment.episodes),
        Body::Document(document) => found.episodes(&document.episodes),
        Body::Referral(referral) => found.episodes(&referral.episodes),
        Body::Appointment(appointment) => {
            found.employee("/d/with", appointment.with.as_ref());
            found.episodes(&appointment.episodes);
        }
        Body::Practice(_)
        | Body::Employee(_)
        | Body::Representative(_)
        | Body::Allergy(_)
        | Body::Contraindication(_)
        | Body::Prophylaxis(_)
        | Body::Vaccination(_)
        | Body::Alert(_)
        | Body::Blob(_) => {}
    }
    found.0
}

#[derive(Default)]
struct Found<'a>(Vec<Reference<'a>>);

impl<'a> Found<'a> {
    fn one(&mut self, member: &'static str, t: RecordType, scope: Scope, id: Option<&'a SourceId>) {
        self.0.extend(id.map(|id| Reference { member, place: None, t, id, scope }));
    }

    fn employee(&mut self, member: &'static str, id: Option<&'a SourceId>) {
        self.one(member, RecordType::Employee, Scope::Practice, id);
    }

    fn own(&mut self, member: &'static str, t: RecordType, id: Option<&'a SourceId>) {
        self.one(member, t, Scope::SamePatient, id);
    }

    fn list(&mut self, member: &'static str, t: RecordType, ids: &'a [SourceId]) {
        let scope = Scope::SamePatient;
        let reference = |(place, id)| Reference { member, place: Some(place), t, id, scope };
        self.0.extend(ids.iter().enumerate().map(reference));
    }

    fn episodes(&mut self, ids: &'a [SourceId]) {
        self.list("/d/episodes", RecordType::Episode, ids);
    }
}
