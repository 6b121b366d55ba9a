//! A blood pressure as nl-core has it: one Observation of a systolic and a diastolic result (his-to-fhir-mapping §10).
//!
//! The HIS keeps two rows of NHG table 45; both are served as they are, and where they belong together – the same contact,
//! moment and episodes, and one of each – a panel beside them. The panel is an item of its own, shown while both results
//! are (`Topic::Panel`).

use super::coded::date_time;
use super::codes::{profile, system};
use super::context::{Context, Draft, Link, Origin, Output, own_identifier};
use super::types::{CodeableConcept, Coding, Decimal, Members, Quantity};
use crate::domain::dossier::{Observation, ObservationStatus, ObservationValue, Record, RecordType, SourceId};
use crate::domain::release::{Item, ItemKey, Marks, Topic};
use crate::fhir::ResourceType;

const MILLIMETRES: &str = "mm[Hg]";

/// A component of the panel, by its code in LOINC and its number in NHG table 45.
struct Half {
    loinc: &'static str,
    nhg45: &'static str,
    display: &'static str,
}

const SYSTOLIC: Half = Half { loinc: "8480-6", nhg45: "1744", display: "Systolic blood pressure" };
const DIASTOLIC: Half = Half { loinc: "8462-4", nhg45: "1740", display: "Diastolic blood pressure" };

impl Half {
    fn is(&self, observation: &Observation) -> bool {
        let by_number = observation.loinc.is_none() && observation.nhg45.as_deref() == Some(self.nhg45);
        (observation.loinc.as_deref() == Some(self.loinc) || by_number) && quantity(observation).is_some()
    }

    fn component(&self, observation: &Observation) -> Members {
        let code = CodeableConcept::from(Coding::shown(system::LOINC, self.loinc, self.display));
        Members::new().with("code", code).some("valueQuantity", quantity(observation))
    }
}

/// A complete value in the unit the profile fixes.
fn quantity(observation: &Observation) -> Option<Quantity<'static>> {
    let ObservationValue::Quantity { value, unit: Some(unit), ucum: true, comparator: None } = &observation.value
    else {
        return None;
    };
    let value = Decimal::parse(value).filter(|_| unit == MILLIMETRES)?;
    Some(Quantity::coded(value, "mmHg", system::UCUM, MILLIMETRES))
}

/// The pairs among these results. Where more than one of a kind would fit, nothing is paired: that would be a guess.
fn pairs(observations: &[Record<Observation>]) -> Vec<(&Record<Observation>, &Record<Observation>)> {
    let diastolic: Vec<_> = observations.iter().filter(|record| DIASTOLIC.is(&record.d)).collect();
    let systolic: Vec<_> = observations.iter().filter(|record| SYSTOLIC.is(&record.d)).collect();
    let only = |of: &[&'_ Record<Observation>], like: &Observation| -> Option<SourceId> {
        let mut found = of.iter().filter(|record| belong_together(&record.d, like));
        found.next().filter(|_| found.next().is_none()).map(|record| record.id.clone())
    };
    let partner = |record: &Record<Observation>| {
        let id = only(&diastolic, &record.d)?;
        let other = diastolic.iter().find(|other| other.id == id)?;
        (only(&systolic, &other.d)? == record.id).then_some(*other)
    };
    systolic.iter().filter_map(|record| Some((*record, partner(record)?))).collect()
}

fn belong_together(one: &Observation, other: &Observation) -> bool {
    one.date == other.date
        && one.contact == other.contact
        && one.episodes == other.episodes
        && one.status == other.status
}

/// The panels of these results, each with its item.
pub(super) fn render(ctx: &Context<'_>, out: &mut Output, observations: &[Record<Observation>]) {
    for (systolic, diastolic) in pairs(observations) {
        let item = out.item(Item {
            key: ItemKey::panel(&systolic.id),
            marks: Marks::default(),
            episodes: systolic.d.episodes.clone(),
            topic: Topic::Panel { members: [systolic.id.clone(), diastolic.id.clone()] },
        });
        let origin = Origin::of(RecordType::Observation, systolic, item);
        render_panel(ctx, out, &origin, systolic, diastolic);
    }
}

fn render_panel(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    systolic: &Record<Observation>,
    diastolic: &Record<Observation>,
) {
    let kind = ResourceType::Observation;
    let id = ctx.ids.id("Observation.blood_pressure", systolic.id.as_str());
    let members = [&systolic.id, &diastolic.id].map(|key| ctx.link(kind, key, "Uitslag"));
    let status = match systolic.d.status {
        ObservationStatus::Prelim => "preliminary",
        ObservationStatus::Final => "final",
        ObservationStatus::Corrected => "corrected",
        ObservationStatus::Cancelled => "cancelled",
        ObservationStatus::Error => "entered-in-error",
    };
    let category = Coding::shown(system::OBSERVATION_CATEGORY, "vital-signs", "Vital Signs");
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", status)
        .with("category", [CodeableConcept::from(category)])
        .with("code", CodeableConcept::from(Coding::shown(system::LOINC, "85354-9", "Bloeddruk")))
        .with("subject", ctx.patient.to())
        .some("encounter", ctx.encounter(out, origin, systolic.d.contact.as_ref()))
        .with("effectiveDateTime", date_time(systolic.d.date))
        .with("derivedFrom", members.iter().map(Link::to).collect::<Vec<_>>())
        .with("component", [SYSTOLIC.component(&systolic.d), DIASTOLIC.component(&diastolic.d)]);
    out.resource(origin, Draft::new(kind, id, profile::BLOOD_PRESSURE, &content));
}
