//! A vaccination as Immunization with its product (his-to-fhir-mapping §11).
//!
//! nl-core binds the product to the G-Standaard, ATC and GTIN: without such a code the resource claims the base only.

use super::coded::{body_site, concept, gstandard, is_of, notes};
use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Origin, Output, own_identifier};
use super::types::{
    CodeableConcept, Coding, Decimal, Extension, ExtensionValue, Identifier, Members, Quantity, Reference,
};
use crate::domain::dossier::{CodeSystem, Vaccination};
use crate::fhir::ResourceType;
use crate::mapping::parts::{lists, medicines};

/// The resources of one vaccination.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, vaccination: &Vaccination) {
    let id = ctx.id(ResourceType::Immunization, origin.key());
    let all = medicines::vaccine(vaccination);
    let is_coded = medicines::is_coded(&all);
    let code = medicines::vaccine_code(&ctx.words, vaccination, &all, system::NULL_FLAVOR);
    let product = is_coded.then(|| {
        let label = code.text.clone().unwrap_or_default().into_owned();
        ctx.link_of(ResourceType::Medication, origin.record_type(), origin.key(), &label)
    });
    let lot = ctx.words.clean_some(vaccination.batch.as_deref());
    if let Some(product) = &product {
        let form = vaccination.form.as_ref().and_then(|form| gstandard(&ctx.words, system::FORM, form));
        let content = Members::new()
            .with("identifier", [own_identifier(product.id)])
            .with("code", &code)
            .some("form", form)
            .some("batch", lot.clone().map(|lot| Members::new().with("lotNumber", lot)));
        out.resource(origin, Draft::new(ResourceType::Medication, product.id, profile::VACCINE_PRODUCT, &content));
    }
    let number = vaccination.identifier.as_deref().and_then(|text| ctx.words.clean(text));
    let number = number.map(|number| Identifier::new(system::VACCINATION, number));
    let performer = ctx.who(out, origin, "/performer", vaccination.performer.as_ref());
    let location = ctx.words.clean_some(vaccination.location.as_deref());
    let dose = vaccination.dose_ml.as_deref().and_then(Decimal::parse);
    let reasons = vaccination
        .motive
        .map(|motive| CodeableConcept::from(lists::motive(motive)))
        .into_iter()
        .chain(vaccination.indication.as_ref().map(|indication| concept(&ctx.words, indication)));
    let unknown_lot = vaccination.batch_unknown && lot.is_none();
    let disease = vaccination.disease.as_ref().filter(|disease| is_of(disease, &[CodeSystem::Sct]));
    let product = product
        .as_ref()
        .map(|product| Extension::new(extension::VACCINE_PRODUCT, ExtensionValue::Reference(product.to())));
    let content = Members::new()
        .all("extension", product)
        .all("identifier", [own_identifier(id)].into_iter().chain(number))
        .with("status", "completed")
        .with("vaccineCode", &code)
        .with("patient", ctx.patient.to())
        .with("occurrenceDateTime", vaccination.date.to_string())
        .some("location", location.map(Reference::named))
        .some("lotNumber", lot)
        .some("_lotNumber", unknown_lot.then(|| Members::new().with("extension", [Extension::absent("unknown")])))
        .some("site", vaccination.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .some("route", vaccination.route.as_ref().and_then(|route| gstandard(&ctx.words, system::ROUTE, route)))
        .some("doseQuantity", dose.map(|dose| Quantity::coded(dose, "ml", system::UCUM, "mL")))
        .all("performer", performer.map(administrator))
        .all("note", notes(ctx, vaccination.note.as_deref()))
        .all("reasonCode", reasons)
        .all(
            "protocolApplied",
            disease.map(|disease| {
                Members::new()
                    .with("targetDisease", [concept(&ctx.words, disease)])
                    // FHIR wants a number here, the zib has none; nl-core's own examples write it so.
                    .with("doseNumberString", "n/a")
            }),
        );
    let profile = if is_coded { profile::VACCINATION } else { profile::IMMUNIZATION };
    out.resource(origin, Draft::new(ResourceType::Immunization, id, profile, &content));
}

fn administrator(actor: Reference<'_>) -> Members {
    let function: CodeableConcept<'_> =
        Coding::shown(system::PERFORMER_FUNCTION, "AP", "Administering Provider").into();
    Members::new().with("function", function).with("actor", actor)
}
