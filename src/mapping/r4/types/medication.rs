//! Medication agreements, their products, and intolerances.

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Annotation, CodeableConcept, Decimal, Element, Extension, Identifier, Members, Quantity, Reference, Text};

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
    pub dosage_instruction: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispense_request: Option<Dispense<'a>>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dosage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub additional_instruction: Vec<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_needed_codeable_concept: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dose_and_rate: Vec<DoseAndRate<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Timing<'a> {
    pub repeat: Repeat<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Repeat<'a> {
    pub extension: [Extension<'a>; 1],
    pub frequency: u32,
    pub period: Decimal,
    pub period_unit: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DoseAndRate<'a> {
    pub dose_quantity: Quantity<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispense<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_repeats_allowed: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity<'a>>,
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
