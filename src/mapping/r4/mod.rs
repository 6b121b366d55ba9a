//! The dossier as nl-core for FHIR R4, one file per building block (his-to-fhir-mapping; nl-core-r4-profiles).
//!
//! Each function reads top to bottom in the element order of its profile. A field that cannot be mapped adds a
//! [`Problem`](super::Problem) and is left out; a code is never guessed and its words are always the source's own.
//! No resource holds a citizen service number, and none quotes the text of another item: whoever may see one may not
//! learn the other. `facts` states what release needs; whether something is shown is decided there, per request.
//! Not rendered: narratives of whole resources.

mod allergies;
#[cfg(test)]
mod blocks;
mod coded;
mod codes;
mod contacts;
mod devices;
mod directives;
mod documents;
mod dosing;
mod episodes;
mod facts;
mod flags;
mod medication;
mod network;
mod people;
mod pressure;
mod requests;
mod results;
#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod sample_two;
mod social;
mod specimens;
mod supply;
#[cfg(test)]
mod tests;
mod types;
mod vaccinations;

use super::parts::context::{self, Context, Origin, Output, PracticeLinks};
use super::parts::threads::Threads;
use super::parts::vocabulary::{Professionals, Vocabulary};
use super::{Ids, Rendered, RenderedPatient};
use crate::domain::dossier::{PatientRecords, PracticeRecords, RecordType};
use crate::domain::release::DossierFacts;

/// Version of this mapping: raised when the same dossier would be rendered differently, so stored resources of an
/// older version are rendered anew.
pub const MAPPER_VERSION: i64 = 3;

/// How R4 writes what the parts have in common.
const VOCABULARY: Vocabulary = Vocabulary { professionals: Professionals::Role };

/// Renders everything of one patient, with the facts that release decides by.
///
/// Items are in the order of the record types, item 0 is the patient; the same dossier gives the same bytes.
/// `practice` supplies the names of employees and practice in references.
pub fn render_patient(records: &PatientRecords, practice: &PracticeRecords, ids: &Ids<'_>) -> RenderedPatient {
    let threads = Threads::of(records);
    let ctx = Context::of(records, practice, ids, &threads, &VOCABULARY);
    let mut out = Output::default();
    render_people(&ctx, &mut out, records, practice);
    render_care(&ctx, &mut out, records);
    render_medication(&ctx, &mut out, records);
    render_results(&ctx, &mut out, records);
    render_documents(&ctx, &mut out, records);
    render_supplies(&ctx, &mut out, records);
    render_procedures(&ctx, &mut out, records);
    render_network(&ctx, &mut out, records);
    render_social(&ctx, &mut out, records);
    let facts = DossierFacts::new(facts::subject(records), out.items);
    RenderedPatient { facts, resources: out.resources, problems: out.problems }
}

/// Renders the practice: Organization, Location, and a Practitioner with PractitionerRole per employee; and the
/// organisations and professionals outside it that its records name.
///
/// The item of each resource is 0: they belong to no patient and follow what refers to them.
pub fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>) -> Vec<Rendered> {
    let links = PracticeLinks::of(practice, ids, &VOCABULARY);
    let mut out = Output::default();
    let record = &practice.practice;
    people::render_practice(&links, &mut out, &Origin::of(RecordType::Practice, record, 0), &record.d);
    for record in practice.employees.values() {
        people::render_employee(ids, &links, &mut out, &Origin::of(RecordType::Employee, record, 0), &record.d);
    }
    for record in practice.organizations.values() {
        network::render_organization(&links, &mut out, &Origin::of(RecordType::Organization, record, 0), &record.d);
    }
    for record in practice.professionals.values() {
        let origin = Origin::of(RecordType::Professional, record, 0);
        network::render_professional(ids, &links, &mut out, &origin, &record.d);
    }
    out.resources
}

fn render_people(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords, practice: &PracticeRecords) {
    let item = out.item(facts::person(records));
    let origin = Origin::of(RecordType::Patient, &records.patient, item);
    people::render_patient(ctx, out, &origin, &records.patient.d);
    if !ctx.laboratories.is_empty() {
        let item = out.item(facts::laboratories(&practice.practice.id));
        people::render_laboratories(ctx, out, &Origin::of(RecordType::Practice, &practice.practice, item));
    }
}

fn render_care(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.episodes {
        let item = out.item(facts::episode(record));
        episodes::render(ctx, out, &Origin::of(RecordType::Episode, record, item), &record.d);
    }
    for record in &records.contacts {
        // Every contact of the dossier has its links: they are made of the same list.
        let Some(links) = ctx.contacts.get(record.id.as_str()) else { continue };
        let item = out.item(facts::contact(ctx.threads, record));
        contacts::render(ctx, out, &Origin::of(RecordType::Contact, record, item), links);
    }
    for record in &records.entries {
        let item = out.item(facts::entry(record));
        let lines: Vec<usize> = record.d.lines.iter().map(|line| out.item(facts::line(record, line))).collect();
        contacts::render_entry(ctx, out, &Origin::of(RecordType::Entry, record, item), &record.d, &lines);
    }
}

fn render_medication(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.medications {
        let item = out.item(facts::medication(records, record));
        medication::render(ctx, out, &Origin::of(RecordType::Medication, record, item), &record.d);
    }
    for record in &records.allergies {
        let item = out.item(facts::allergy(record));
        allergies::render(ctx, out, &Origin::of(RecordType::Allergy, record, item), &record.d);
    }
}

fn render_results(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.observations {
        let item = out.item(facts::observation(ctx.threads, record));
        results::render(ctx, out, &Origin::of(RecordType::Observation, record, item), &record.d);
    }
    pressure::render(ctx, out, &records.observations);
    for record in &records.specimens {
        let item = out.item(facts::specimen(record));
        specimens::render(ctx, out, &Origin::of(RecordType::Specimen, record, item), &record.d);
    }
    for record in &records.orders {
        let item = out.item(facts::order(ctx.threads, record));
        requests::render_order(ctx, out, &Origin::of(RecordType::Order, record, item), &record.d);
    }
    for record in &records.reports {
        let item = out.item(facts::report(ctx.threads, record));
        results::render_report(ctx, out, &Origin::of(RecordType::Report, record, item), &record.d);
    }
}

fn render_documents(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.documents {
        let servable = facts::is_servable(&record.d, records);
        let item = out.item(facts::document(record, servable));
        documents::render(ctx, out, &Origin::of(RecordType::Document, record, item), &record.d, servable);
    }
}

fn render_supplies(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.medication_uses {
        let item = out.item(facts::medication_use(record));
        supply::render_use(ctx, out, &Origin::of(RecordType::MedicationUse, record, item), &record.d);
    }
    for record in &records.dispense_requests {
        let item = out.item(facts::dispense_request(record));
        supply::render_request(ctx, out, &Origin::of(RecordType::DispenseRequest, record, item), &record.d);
    }
    for record in &records.administration_agreements {
        let item = out.item(facts::administration_agreement(record));
        supply::render_agreement(ctx, out, &Origin::of(RecordType::AdministrationAgreement, record, item), &record.d);
    }
    for record in &records.dispenses {
        let item = out.item(facts::dispense(record));
        supply::render_dispense(ctx, out, &Origin::of(RecordType::Dispense, record, item), &record.d);
    }
}

fn render_procedures(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.contraindications {
        let item = out.item(facts::contra_indication(record));
        flags::render_contra_indication(ctx, out, &Origin::of(RecordType::Contraindication, record, item), &record.d);
    }
    for record in &records.treatments {
        let item = out.item(facts::treatment(record));
        requests::render_treatment(ctx, out, &Origin::of(RecordType::Treatment, record, item), &record.d);
    }
    for record in &records.prophylaxes {
        let item = out.item(facts::prophylaxis(record));
        requests::render_prophylaxis(ctx, out, &Origin::of(RecordType::Prophylaxis, record, item), &record.d);
    }
    for record in &records.vaccinations {
        let item = out.item(facts::vaccination(record));
        vaccinations::render(ctx, out, &Origin::of(RecordType::Vaccination, record, item), &record.d);
    }
    for record in &records.alerts {
        let item = out.item(facts::alert(record));
        flags::render_alert(ctx, out, &Origin::of(RecordType::Alert, record, item), &record.d);
    }
    for record in &records.referrals {
        let item = out.item(facts::referral(record));
        requests::render_referral(ctx, out, &Origin::of(RecordType::Referral, record, item), &record.d);
    }
    for record in &records.appointments {
        let item = out.item(facts::appointment(record));
        requests::render_appointment(ctx, out, &Origin::of(RecordType::Appointment, record, item), &record.d);
    }
}

fn render_network(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.representatives {
        let item = out.item(facts::representative(record));
        network::render_representative(ctx, out, &Origin::of(RecordType::Representative, record, item), &record.d);
    }
    for record in &records.contact_persons {
        let item = out.item(facts::contact_person(record));
        network::render_contact_person(ctx, out, &Origin::of(RecordType::ContactPerson, record, item), &record.d);
    }
    for record in &records.payers {
        let item = out.item(facts::payer(record));
        network::render_payer(ctx, out, &Origin::of(RecordType::Payer, record, item), &record.d);
    }
}

fn render_social(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.directives {
        let item = out.item(facts::directive(record));
        directives::render(ctx, out, &Origin::of(RecordType::Directive, record, item), &record.d);
    }
    for record in &records.advance_directives {
        let item = out.item(facts::advance_directive(record));
        directives::render_advance(ctx, out, &Origin::of(RecordType::AdvanceDirective, record, item), &record.d);
    }
    for record in &records.lifestyles {
        let item = out.item(facts::social(RecordType::Lifestyle, record));
        social::render_lifestyle(ctx, out, &Origin::of(RecordType::Lifestyle, record, item), &record.d);
    }
    for record in &records.living_situations {
        let item = out.item(facts::social(RecordType::LivingSituation, record));
        social::render_living(ctx, out, &Origin::of(RecordType::LivingSituation, record, item), &record.d);
    }
    for record in &records.functional_statuses {
        let item = out.item(facts::social(RecordType::FunctionalStatus, record));
        social::render_status(ctx, out, &Origin::of(RecordType::FunctionalStatus, record, item), &record.d);
    }
    for record in &records.devices {
        let item = out.item(facts::device(record));
        devices::render(ctx, out, &Origin::of(RecordType::Device, record, item), &record.d);
    }
}
