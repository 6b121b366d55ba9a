//! A blood pressure as nl-core has it: one Observation of a systolic and a diastolic result (his-to-fhir-mapping §10).
//!
//! Both results are served as they are, and where they belong together (`parts::pressure`) a panel beside them. The panel
//! is an item of its own, shown while both results are (`Topic::Panel`).

use super::coded::date_time;
use super::codes::{profile, system};
use super::context::{Context, Draft, Link, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Members};
use crate::domain::dossier::{Observation, Record};
use crate::fhir::ResourceType;
use crate::mapping::parts::pressure::{DIASTOLIC, SYSTOLIC};
use crate::mapping::parts::results::status;

/// The panel of two results.
pub(super) fn render(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    systolic: &Record<Observation>,
    diastolic: &Record<Observation>,
) {
    let kind = ResourceType::Observation;
    let id = ctx.ids.id("Observation.blood_pressure", systolic.id.as_str());
    let members = [&systolic.id, &diastolic.id].map(|key| ctx.link(kind, key, "Uitslag"));
    let category = Coding::shown(system::OBSERVATION_CATEGORY, "vital-signs", "Vital Signs");
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", status(systolic.d.status))
        .with("category", [CodeableConcept::from(category)])
        .with("code", CodeableConcept::from(Coding::shown(system::LOINC, "85354-9", "Bloeddruk")))
        .with("subject", ctx.patient.to())
        .some("encounter", ctx.encounter(out, origin, systolic.d.contact.as_ref()))
        .with("effectiveDateTime", date_time(systolic.d.date))
        .with("derivedFrom", members.iter().map(Link::to).collect::<Vec<_>>())
        .with("component", [SYSTOLIC.component(&systolic.d), DIASTOLIC.component(&diastolic.d)]);
    out.resource(origin, Draft::new(kind, id, profile::BLOOD_PRESSURE, &content));
}
