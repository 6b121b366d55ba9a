//! FHIR R4 as far as we write it: only the elements we emit, in the order of the definition.
//!
//! The datatypes are those of `parts`; the resources are here, in one file per part of the dossier.

mod care;
mod documents;
mod medication;
mod people;
mod results;

use super::codes::extension;
pub(super) use crate::mapping::parts::members::Members;
pub(super) use crate::mapping::parts::types::{
    Annotation, CodeableConcept, Coding, Decimal, Element, Extension, ExtensionValue, HumanName, Identifier, Narrative,
    Period, Quantity, Reference, Text,
};

pub(super) use care::{
    Composition, Condition, Diagnosis, Encounter, EncounterLocation, EpisodeOfCare, Flag, Participant, Section,
};
pub(super) use documents::{Attachment, Binary, Content, DocumentReference};
pub(super) use medication::{AllergyIntolerance, Medication, MedicationRequest};
pub(super) use people::{
    Address, ContactPoint, Deceased, Location, Organization, Patient, Practitioner, PractitionerRole,
};
pub(super) use results::{DiagnosticReport, Observation};

impl<'a> Extension<'a> {
    /// The code of the zib beside FHIR's own code (`ext-CodeSpecification`).
    pub fn specification(coding: Coding<'a>) -> Self {
        Self::concept(extension::CODE_SPECIFICATION, coding.into())
    }
}
