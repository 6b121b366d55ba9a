//! The dossier as nl-core for FHIR R4, one file per building block (his-to-fhir-mapping; nl-core-r4-profiles).
//!
//! Each function reads top to bottom in the element order of its profile. A field that cannot be mapped adds a
//! [`Problem`](super::Problem) and is left out; a code is never guessed and its words are always the source's own.
//! No resource holds a citizen service number, and none quotes the text of another item: whoever may see one may not
//! learn the other. What release needs is stated in `items`, in no release; whether something is shown is decided per
//! request.
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

use super::Ids;
use super::face::Face;
use super::finish::add_note;
use super::parts::context::{self, Context, Origin, Output, PracticeLinks};
use super::parts::vocabulary::{Professionals, Vocabulary};
use super::plan::{Block, PracticeBlock};
use crate::fhir::FhirRelease;

/// How this release renders.
pub(super) const FACE: Face = Face {
    release: FhirRelease::R4,
    mapper_version: 3,
    vocabulary: &VOCABULARY,
    block: render,
    practice: render_practice,
    add_note,
};

const VOCABULARY: Vocabulary = Vocabulary { professionals: Professionals::Role };

/// Renders something of a patient.
fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, block: &Block<'_>) {
    match block {
        Block::Patient(record) => people::render_patient(ctx, out, origin, &record.d),
        Block::Laboratories(_) => people::render_laboratories(ctx, out, origin),
        Block::Episode(record) => episodes::render(ctx, out, origin, &record.d),
        Block::Contact(record) => {
            // Every contact of the dossier has its links: they are made of the same list.
            if let Some(links) = ctx.contacts.get(record.id.as_str()) {
                contacts::render(ctx, out, origin, links);
            }
        }
        Block::Entry(record, lines) => contacts::render_entry(ctx, out, origin, &record.d, lines),
        Block::Medication(record) => medication::render(ctx, out, origin, &record.d),
        Block::Allergy(record) => allergies::render(ctx, out, origin, &record.d),
        Block::Observation(record) => results::render(ctx, out, origin, &record.d),
        Block::Pressure(systolic, diastolic) => pressure::render(ctx, out, origin, systolic, diastolic),
        Block::Specimen(record) => specimens::render(ctx, out, origin, &record.d),
        Block::Order(record) => requests::render_order(ctx, out, origin, &record.d),
        Block::Report(record) => results::render_report(ctx, out, origin, &record.d),
        Block::Document(record, servable) => documents::render(ctx, out, origin, &record.d, *servable),
        Block::MedicationUse(record) => supply::render_use(ctx, out, origin, &record.d),
        Block::DispenseRequest(record) => supply::render_request(ctx, out, origin, &record.d),
        Block::AdministrationAgreement(record) => supply::render_agreement(ctx, out, origin, &record.d),
        Block::Dispense(record) => supply::render_dispense(ctx, out, origin, &record.d),
        Block::ContraIndication(record) => flags::render_contra_indication(ctx, out, origin, &record.d),
        Block::Treatment(record) => requests::render_treatment(ctx, out, origin, &record.d),
        Block::Prophylaxis(record) => requests::render_prophylaxis(ctx, out, origin, &record.d),
        Block::Vaccination(record) => vaccinations::render(ctx, out, origin, &record.d),
        Block::Alert(record) => flags::render_alert(ctx, out, origin, &record.d),
        Block::Referral(record) => requests::render_referral(ctx, out, origin, &record.d),
        Block::Appointment(record) => requests::render_appointment(ctx, out, origin, &record.d),
        Block::Representative(record) => network::render_representative(ctx, out, origin, &record.d),
        Block::ContactPerson(record) => network::render_contact_person(ctx, out, origin, &record.d),
        Block::Payer(record) => network::render_payer(ctx, out, origin, &record.d),
        Block::Directive(record) => directives::render(ctx, out, origin, &record.d),
        Block::AdvanceDirective(record) => directives::render_advance(ctx, out, origin, &record.d),
        Block::Lifestyle(record) => social::render_lifestyle(ctx, out, origin, &record.d),
        Block::LivingSituation(record) => social::render_living(ctx, out, origin, &record.d),
        Block::FunctionalStatus(record) => social::render_status(ctx, out, origin, &record.d),
        Block::Device(record) => devices::render(ctx, out, origin, &record.d),
    }
}

/// Renders something of a practice: Organization and Location, and a Practitioner with PractitionerRole per employee; and
/// the organisations and professionals outside it that its records name.
fn render_practice(
    links: &PracticeLinks,
    ids: &Ids<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    block: &PracticeBlock<'_>,
) {
    match block {
        PracticeBlock::Practice(record) => people::render_practice(links, out, origin, &record.d),
        PracticeBlock::Employee(record) => people::render_employee(ids, links, out, origin, &record.d),
        PracticeBlock::Organization(record) => network::render_organization(links, out, origin, &record.d),
        PracticeBlock::Professional(record) => network::render_professional(ids, links, out, origin, &record.d),
    }
}
