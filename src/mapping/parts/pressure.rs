//! Which systolic and diastolic results are one blood pressure (his-to-fhir-mapping §10).
//!
//! The HIS keeps two rows of NHG table 45. They belong together in the same contact, at the same moment and in the same
//! episodes, and when there is one of each.

use super::codes::system;
use super::members::Members;
use super::types::{CodeableConcept, Coding, Decimal, Quantity};
use crate::domain::dossier::{Observation, ObservationValue, Record, SourceId};

const MILLIMETRES: &str = "mm[Hg]";

/// A component of the panel, by its code in LOINC and its number in NHG table 45.
pub(in crate::mapping) struct Half {
    loinc: &'static str,
    nhg45: &'static str,
    display: &'static str,
}

pub(in crate::mapping) const SYSTOLIC: Half =
    Half { loinc: "8480-6", nhg45: "1744", display: "Systolic blood pressure" };
pub(in crate::mapping) const DIASTOLIC: Half =
    Half { loinc: "8462-4", nhg45: "1740", display: "Diastolic blood pressure" };

impl Half {
    fn is(&self, observation: &Observation) -> bool {
        let by_number = observation.loinc.is_none() && observation.nhg45.as_deref() == Some(self.nhg45);
        (observation.loinc.as_deref() == Some(self.loinc) || by_number) && quantity(observation).is_some()
    }

    pub fn component(&self, observation: &Observation) -> Members {
        let code = CodeableConcept::from(Coding::shown(system::LOINC, self.loinc, self.display));
        Members::new().with("code", code).some("valueQuantity", quantity(observation))
    }
}

/// The code of LOINC for a complete pressure that the source names by its number in NHG table 45 only.
pub(in crate::mapping) fn loinc_of(observation: &Observation) -> Option<Coding<'static>> {
    let half = [SYSTOLIC, DIASTOLIC].into_iter().find(|half| half.is(observation))?;
    observation.loinc.is_none().then(|| Coding::shown(system::LOINC, half.loinc, half.display))
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
pub(in crate::mapping) fn pairs(
    observations: &[Record<Observation>],
) -> Vec<(&Record<Observation>, &Record<Observation>)> {
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
