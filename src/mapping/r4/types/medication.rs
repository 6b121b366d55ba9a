//! Medication agreements, their products, and intolerances.

use serde::Serialize;

use super::{Annotation, CodeableConcept, Element, Extension, Identifier, Members, Reference};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MedicationRequest<'a> {
    pub extension: Vec<Extension<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub modifier_extension: Vec<Extension<'a>>,
    pub identifier: [Identifier<'a>; 1],
    pub status: &'static str,
    pub intent: &'static str,
    pub category: [CodeableConcept<'a>; 2],
    pub medication_reference: Reference<'a>,
    pub subject: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authored_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reason_code: Vec<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reason_reference: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course_of_therapy_type: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dosage_instruction: Vec<Members>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispense_request: Option<Members>,
}

#[derive(Debug, Serialize)]
pub struct Medication<'a> {
    pub identifier: [Identifier<'a>; 1],
    pub code: CodeableConcept<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllergyIntolerance<'a> {
    pub identifier: [Identifier<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinical_status: Option<CodeableConcept<'a>>,
    pub verification_status: CodeableConcept<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<&'static str>,
    #[serde(rename = "_category")]
    pub category_elements: [Element<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criticality: Option<&'static str>,
    #[serde(rename = "_criticality", skip_serializing_if = "Option::is_none")]
    pub criticality_element: Option<Element<'a>>,
    pub code: CodeableConcept<'a>,
    pub patient: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset_date_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorder: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_occurrence: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reaction: Vec<Members>,
}
