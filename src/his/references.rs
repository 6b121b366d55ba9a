//! What a record refers to, for the importer's checks (`E-REF-001`, `E-REF-003`).

use super::record::{Op, SourceRecord};
use crate::domain::dossier::{Body, RecordType, SourceId, Supply, Who};

/// Whose record the target must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// A record of the same patient.
    SamePatient,
    /// A record of the practice: an employee, a patient, or somebody outside the practice.
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
        Body::Episode(episode) => {
            found.own("/d/bundle", RecordType::Episode, episode.bundle.as_ref());
            found.who("/d/attention_by", episode.attention_by.as_ref());
        }
        Body::Contact(contact) => found.employee("/d/carer", contact.carer.as_ref()),
        Body::Entry(entry) => {
            found.own("/d/contact", RecordType::Contact, Some(&entry.contact));
            found.episodes(&entry.episodes);
            for line in &entry.lines {
                found.who("/d/lines", line.author.as_ref());
            }
        }
        Body::Medication(medication) => {
            found.employee("/d/prescriber", medication.prescriber.as_ref());
            found.episodes(&medication.episodes);
            found.own("/d/contact", RecordType::Contact, medication.contact.as_ref());
            found.who("/d/prescribed_by", medication.prescribed_by.as_ref());
        }
        Body::Observation(observation) => {
            found.own("/d/report", RecordType::Report, observation.report.as_ref());
            found.own("/d/contact", RecordType::Contact, observation.contact.as_ref());
            found.episodes(&observation.episodes);
            found.employee("/d/release/by", observation.release.by.as_ref());
            found.who("/d/performer", observation.performer.as_ref());
            found.own("/d/specimen", RecordType::Specimen, observation.specimen.as_ref());
            found.list("/d/members", RecordType::Observation, &observation.members);
            found.own("/d/order", RecordType::Order, observation.order.as_ref());
        }
        Body::Report(report) => {
            found.list("/d/members", RecordType::Observation, &report.members);
            found.own("/d/order", RecordType::Order, report.order.as_ref());
            found.organization("/d/performer", report.performer.as_ref());
        }
        Body::Treatment(treatment) => {
            found.episodes(&treatment.episodes);
            found.who("/d/performer", treatment.performer.as_ref());
        }
        Body::Document(document) => {
            found.episodes(&document.episodes);
            found.who("/d/author", document.author.as_ref());
        }
        Body::Referral(referral) => {
            found.episodes(&referral.episodes);
            found.who("/d/by", referral.by.as_ref());
            found.who("/d/performer", referral.performer.as_ref());
        }
        Body::Allergy(allergy) => found.who("/d/recorder", allergy.recorder.as_ref()),
        Body::Contraindication(contra) => found.who("/d/author", contra.author.as_ref()),
        Body::Vaccination(vaccination) => found.who("/d/performer", vaccination.performer.as_ref()),
        Body::Alert(alert) => found.who("/d/author", alert.author.as_ref()),
        Body::Professional(professional) => {
            found.organization("/d/organization", professional.organization.as_ref());
        }
        Body::Payer(payer) => {
            found.organization("/d/insurer", payer.insurer.as_ref());
            found.own("/d/person", RecordType::ContactPerson, payer.person.as_ref());
        }
        Body::MedicationUse(used) => {
            found.supply(&used.supply);
            found.who("/d/informant", used.informant.as_ref());
            found.who("/d/author", used.author.as_ref());
            found.who("/d/prescriber", used.prescriber.as_ref());
        }
        Body::DispenseRequest(request) => {
            found.supply(&request.supply);
            found.who("/d/author", request.author.as_ref());
            found.organization("/d/supplier", request.supplier.as_ref());
        }
        Body::AdministrationAgreement(agreement) => {
            found.supply(&agreement.supply);
            found.organization("/d/supplier", agreement.supplier.as_ref());
        }
        Body::Dispense(dispense) => {
            found.supply(&dispense.supply);
            found.own("/d/request", RecordType::DispenseRequest, dispense.request.as_ref());
            found.organization("/d/supplier", dispense.supplier.as_ref());
        }
        Body::Order(order) => {
            found.who("/d/requester", order.requester.as_ref());
            found.organization("/d/performer", order.performer.as_ref());
            found.episodes(&order.episodes);
        }
        Body::Directive(directive) => {
            let rests_on = directive.advance_directive.as_ref();
            found.own("/d/advance_directive", RecordType::AdvanceDirective, rests_on);
            for party in &directive.agreed_with {
                found.who("/d/agreed_with", Some(party));
            }
        }
        Body::AdvanceDirective(directive) => {
            found.own("/d/representative", RecordType::ContactPerson, directive.representative.as_ref());
            found.episodes(&directive.episodes);
        }
        Body::Lifestyle(lifestyle) => found.who("/d/author", lifestyle.author.as_ref()),
        Body::LivingSituation(situation) => found.who("/d/author", situation.author.as_ref()),
        Body::FunctionalStatus(status) => {
            found.own("/d/device", RecordType::Device, status.device.as_ref());
            found.who("/d/author", status.author.as_ref());
        }
        Body::Device(device) => {
            found.who("/d/author", device.author.as_ref());
            found.episodes(&device.episodes);
        }
        Body::Appointment(appointment) => {
            found.employee("/d/with", appointment.with.as_ref());
            found.episodes(&appointment.episodes);
        }
        Body::Practice(_)
        | Body::Employee(_)
        | Body::Representative(_)
        | Body::Prophylaxis(_)
        | Body::Blob(_)
        | Body::Organization(_)
        | Body::ContactPerson(_)
        | Body::Specimen(_)
        | Body::Resource(_)
        | Body::SharedResource(_) => {}
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

    fn organization(&mut self, member: &'static str, id: Option<&'a SourceId>) {
        self.one(member, RecordType::Organization, Scope::Practice, id);
    }

    fn who(&mut self, member: &'static str, who: Option<&'a Who>) {
        match who {
            Some(Who::Employee(id)) => self.employee(member, Some(id)),
            Some(Who::Professional(id)) => self.one(member, RecordType::Professional, Scope::Practice, Some(id)),
            Some(Who::Organization(id)) => self.organization(member, Some(id)),
            Some(Who::ContactPerson(id)) => self.own(member, RecordType::ContactPerson, Some(id)),
            Some(Who::Patient) | None => {}
        }
    }

    fn supply(&mut self, supply: &'a Supply) {
        self.own("/d/agreement", RecordType::Medication, supply.agreement.as_ref());
        self.own("/d/contact", RecordType::Contact, supply.contact.as_ref());
        self.episodes(&supply.episodes);
    }

    fn episodes(&mut self, ids: &'a [SourceId]) {
        self.list("/d/episodes", RecordType::Episode, ids);
    }
}
