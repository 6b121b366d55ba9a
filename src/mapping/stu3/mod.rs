//! The dossier as zib 2017 for FHIR STU3, one file per building block (his-to-fhir-mapping, the columns of STU3).
//!
//! The same promises as in R4: each function reads top to bottom in the element order of its profile, a field that cannot
//! be mapped adds a [`Problem`](super::Problem), and no resource quotes another item. Where STU3 writes a date or a code
//! of another item, it is tied to that item.

mod allergies;
mod codes;
mod contacts;
mod devices;
mod directives;
mod documents;
mod episodes;
mod flags;
mod medication;
mod network;
mod payers;
mod people;
mod requests;
mod results;
mod social;
mod supply;
#[cfg(test)]
mod tests;
mod types;
mod vaccinations;

use std::borrow::Cow;

use super::Ids;
use super::face::Face;
use super::parts::context::{Context, Origin, Output, PracticeLinks};
use super::plan::{Block, PracticeBlock};
use crate::fhir::FhirRelease;
use crate::fhir::tree::Json;

/// How this release renders.
pub(super) const FACE: Face = Face {
    release: FhirRelease::Stu3,
    mapper_version: 4,
    vocabulary: &codes::VOCABULARY,
    block: render,
    practice: render_practice,
    add_note: add_comment,
};

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
        Block::Pressure(systolic, diastolic) => results::render_pressure(ctx, out, origin, systolic, diastolic),
        Block::Specimen(record) => results::render_specimen(ctx, out, origin, &record.d),
        Block::Report(record) => results::render_report(ctx, out, origin, &record.d),
        Block::MedicationUse(record) => supply::render_use(ctx, out, origin, &record.d),
        Block::AdministrationAgreement(record) => supply::render_agreement(ctx, out, origin, &record.d),
        Block::Document(record, servable) => documents::render(ctx, out, origin, &record.d, *servable),
        Block::Alert(record) => flags::render_alert(ctx, out, origin, &record.d),
        Block::Representative(record) => network::render_representative(ctx, out, origin, &record.d),
        Block::ContactPerson(record) => network::render_contact_person(ctx, out, origin, &record.d),
        Block::Order(record) => requests::render_order(ctx, out, origin, &record.d),
        Block::Treatment(record) => requests::render_treatment(ctx, out, origin, &record.d),
        Block::Prophylaxis(record) => requests::render_prophylaxis(ctx, out, origin, &record.d),
        Block::Vaccination(record) => vaccinations::render(ctx, out, origin, &record.d),
        Block::Referral(record) => requests::render_referral(ctx, out, origin, &record.d),
        Block::Appointment(record) => requests::render_appointment(ctx, out, origin, &record.d),
        Block::Payer(record) => payers::render(ctx, out, origin, &record.d),
        Block::Directive(record) => directives::render(ctx, out, origin, &record.d),
        Block::AdvanceDirective(record) => directives::render_advance(ctx, out, origin, &record.d),
        Block::Lifestyle(record) => social::render_lifestyle(ctx, out, origin, &record.d),
        Block::LivingSituation(record) => social::render_living(ctx, out, origin, &record.d),
        Block::FunctionalStatus(record) => social::render_status(ctx, out, origin, &record.d),
        Block::Device(record) => devices::render(ctx, out, origin, &record.d),
        // Dispense requests and dispenses are in no service of STU3 that is offered; of a contra-indication there is no
        // profile in any.
        Block::ContraIndication(_) | Block::DispenseRequest(_) | Block::Dispense(_) => {}
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

/// Adds words to an Observation: behind its comment, of which there is one, else in FHIR's place for that.
fn add_comment<'a>(tree: &mut Json<'a>, text: &'a str) {
    const BEHIND: [&str; 7] = ["bodySite", "method", "specimen", "device", "referenceRange", "related", "component"];
    let Json::Object(members) = tree else { return };
    if let Some((_, Json::Text(comment))) = members.iter_mut().find(|(name, _)| name == "comment") {
        *comment = Cow::Owned(format!("{comment}\n{text}"));
        return;
    }
    let place = members.iter().position(|(name, _)| BEHIND.contains(&name.as_ref())).unwrap_or(members.len());
    members.insert(place, (Cow::Borrowed("comment"), Json::Text(Cow::Borrowed(text))));
}
