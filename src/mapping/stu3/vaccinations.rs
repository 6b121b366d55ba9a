//! A vaccination as Immunization (his-to-fhir-mapping §11); the product stands in it alone.
//!
//! The disease it is against has no place: STU3 wants to know with it whether the dose counts.

use super::codes::{profile, system};
use super::types::{body_site, caregiver};
use crate::domain::dossier::{Vaccination, Who};
use crate::fhir::ResourceType;
use crate::mapping::parts::coded::{concept, gstandard, notes};
use crate::mapping::parts::context::{Context, Draft, Origin, Output, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{
    CodeableConcept, Coding, Decimal, Element, Extension, Identifier, Quantity, Reference,
};
use crate::mapping::parts::{lists, medicines};

/// The resource of one vaccination.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, vaccination: &Vaccination) {
    let kind = ResourceType::Immunization;
    let id = ctx.id(kind, origin.key());
    let product = medicines::vaccine(vaccination);
    let mut code = medicines::vaccine_code(&ctx.words, vaccination, &product, system::NULL_FLAVOR);
    if code.coding.is_empty() {
        code.coding.push(Coding::shown(system::NULL_FLAVOR, "OTH", "Anders"));
    }
    let number = vaccination.identifier.as_deref().and_then(|text| ctx.words.clean(text));
    let number = number.map(|number| Identifier::new(system::VACCINATION, number));
    let lot = ctx.words.clean_some(vaccination.batch.as_deref());
    let unknown_lot = vaccination.batch_unknown && lot.is_none();
    let location = ctx.words.clean_some(vaccination.location.as_deref());
    let dose = vaccination.dose_ml.as_deref().and_then(Decimal::parse);
    let motive = vaccination.motive.map(|motive| CodeableConcept::from(lists::motive(motive)));
    let indication = vaccination.indication.as_ref().map(|indication| concept(&ctx.words, indication));
    let explanation = Members::new().all("reason", motive.into_iter().chain(indication)).non_empty();
    // Who gave it is the source when that is somebody of the practice.
    let is_first_hand = matches!(vaccination.performer, Some(Who::Employee(_)));
    let giver = caregiver(ctx, out, origin, vaccination.performer.as_ref());
    let content = Members::new()
        .all("identifier", [own_identifier(id)].into_iter().chain(number))
        .with("status", "completed")
        .with("notGiven", false)
        .with("vaccineCode", code)
        .with("patient", ctx.patient.to())
        .with("date", vaccination.date.to_string())
        .with("primarySource", is_first_hand)
        .some("location", location.map(Reference::named))
        .some("lotNumber", lot)
        .some("_lotNumber", unknown_lot.then(|| Element::from(Extension::absent("unknown"))))
        .some("site", vaccination.body_site.as_ref().map(|site| body_site(&ctx.words, site)))
        .some("route", vaccination.route.as_ref().and_then(|route| gstandard(&ctx.words, system::ROUTE, route)))
        .some("doseQuantity", dose.map(|dose| Quantity::coded(dose, "ml", system::UCUM, "mL")))
        .all("practitioner", giver.map(|actor| Members::new().with("actor", actor)))
        .all("note", notes(ctx, vaccination.note.as_deref()))
        .some("explanation", explanation);
    out.resource(origin, Draft::new(kind, id, profile::VACCINATION, &content));
}
