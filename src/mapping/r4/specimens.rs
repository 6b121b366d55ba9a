//! The material of a laboratory result as Specimen (nl-core-LaboratoryTestResult.Specimen).

use super::coded::{body_site, concept, date_time, is_of, notes, quantity};
use super::codes::{profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Identifier, Members};
use crate::domain::dossier::{CodeSystem, Specimen};
use crate::fhir::ResourceType;

/// The resource of one specimen. nl-core binds material and method to SNOMED CT: material in words only claims the base.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, specimen: &Specimen) {
    let kind = ResourceType::Specimen;
    let id = ctx.id(kind, origin.key());
    let number = ctx.words.clean_some(specimen.number.as_deref());
    let is_bound = is_of(&specimen.material, &[CodeSystem::Sct]);
    let method = specimen.method.as_ref().filter(|method| is_of(method, &[CodeSystem::Sct]) || !is_bound);
    if method.is_none() && specimen.method.is_some() {
        out.problem(origin, "/method", "has no code of SNOMED CT, which the profile asks for");
    }
    let site = specimen.body_site.as_ref().filter(|site| is_of(&site.site, &[CodeSystem::Sct]) || !is_bound);
    let collection = Members::new()
        .some("collectedDateTime", specimen.collected.map(date_time))
        .some("quantity", specimen.volume.as_ref().and_then(|volume| quantity(&ctx.words, volume)))
        .some("method", method.map(|method| concept(&ctx.words, method)))
        .some("bodySite", site.map(|site| -> CodeableConcept<'_> { body_site(&ctx.words, site) }))
        .non_empty();
    let content = Members::new()
        .all(
            "identifier",
            [own_identifier(id)].into_iter().chain(number.map(|number| Identifier::new(system::SPECIMEN, number))),
        )
        .with("type", concept(&ctx.words, &specimen.material))
        .with("subject", ctx.patient.to())
        .some("receivedTime", specimen.received.map(date_time))
        .some("collection", collection)
        .all("note", notes(ctx, specimen.note.as_deref()));
    let profile = if is_bound { profile::SPECIMEN } else { profile::BASE_SPECIMEN };
    out.resource(origin, Draft::new(kind, id, profile, &content));
}
