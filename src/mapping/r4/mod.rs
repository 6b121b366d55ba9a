//! The dossier as nl-core for FHIR R4, one file per building block (his-to-fhir-mapping; nl-core-r4-profiles).
//!
//! Each function reads top to bottom in the element order of its profile. A field that cannot be mapped adds a
//! [`Problem`](super::Problem) and is left out; a code is never guessed and its words are always the source's own.
//! No resource holds a citizen service number, and none quotes the text of another item: whoever may see one may not
//! learn the other. `facts` states what release needs; whether something is shown is decided there, per request.
//! Rendered elsewhere or not at all: narratives of whole resources, contra-indications, treatments, prophylaxis,
//! vaccinations, attention lines, referrals, appointments and representatives (their facts are stated here).

mod allergies;
mod codes;
mod contacts;
mod context;
mod documents;
mod dosing;
mod episodes;
mod facts;
mod medication;
mod people;
mod results;
#[cfg(test)]
pub(super) mod sample;
#[cfg(test)]
mod tests;
mod types;

use context::{Context, Origin, Output, PracticeLinks};

use super::{Ids, Rendered, RenderedPatient};
use crate::domain::dossier::{PatientRecords, PracticeRecords, RecordType};
use crate::domain::release::DossierFacts;

/// Version of this mapping: raised when the same dossier would be rendered differently, so stored resources of an
/// older version are rendered anew.
pub const MAPPER_VERSION: i64 = 2;

/// Renders everything of one patient, with the facts that release decides by.
///
/// Items are in the order of the record types, item 0 is the patient; the same dossier gives the same bytes.
/// `practice` supplies the names of employees and practice in references.
pub fn render_patient(records: &PatientRecords, practice: &PracticeRecords, ids: &Ids<'_>) -> RenderedPatient {
    let ctx = Context::of(records, practice, ids);
    let mut out = Output::default();
    render_people(&ctx, &mut out, records, practice);
    render_care(&ctx, &mut out, records);
    render_medication(&ctx, &mut out, records);
    render_results(&ctx, &mut out, records);
    render_documents(&ctx, &mut out, records);
    state_other_facts(&mut out, records);
    let facts = DossierFacts::new(facts::subject(records), out.items);
    RenderedPatient { facts, resources: out.resources, problems: out.problems }
}

/// Renders the practice: Organization, Location, and a Practitioner with PractitionerRole per employee.
///
/// The item of each resource is 0: they belong to no patient and follow what refers to them.
pub fn render_practice(practice: &PracticeRecords, ids: &Ids<'_>) -> Vec<Rendered> {
    let links = PracticeLinks::of(practice, ids);
    let mut out = Output::default();
    let record = &practice.practice;
    people::render_practice(&links, &mut out, &Origin::of(RecordType::Practice, record, 0), &record.d);
    for record in practice.employees.values() {
        people::render_employee(ids, &links, &mut out, &Origin::of(RecordType::Employee, record, 0), &record.d);
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
        let item = out.item(facts::contact(links));
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
        let item = out.item(facts::medication(record));
        medication::render(ctx, out, &Origin::of(RecordType::Medication, record, item), &record.d);
    }
    for record in &records.allergies {
        let item = out.item(facts::allergy(record));
        allergies::render(ctx, out, &Origin::of(RecordType::Allergy, record, item), &record.d);
    }
}

fn render_results(ctx: &Context<'_>, out: &mut Output, records: &PatientRecords) {
    for record in &records.observations {
        let item = out.item(facts::observation(ctx, record));
        results::render(ctx, out, &Origin::of(RecordType::Observation, record, item), &record.d);
    }
    for record in &records.reports {
        let item = out.item(facts::report(ctx, record));
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

fn state_other_facts(out: &mut Output, records: &PatientRecords) {
    out.items.extend(records.contraindications.iter().map(facts::contra_indication));
    out.items.extend(records.treatments.iter().map(facts::treatment));
    out.items.extend(records.prophylaxes.iter().map(facts::prophylaxis));
    out.items.extend(records.vaccinations.iter().map(facts::vaccination));
    out.items.extend(records.alerts.iter().map(facts::alert));
    out.items.extend(records.referrals.iter().map(facts::referral));
    out.items.extend(records.appointments.iter().map(facts::appointment));
    out.items.extend(records.representatives.iter().map(facts::representative));
}
