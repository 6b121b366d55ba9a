//! Determinations, journal lines (which nl-core writes as Observation) and laboratory reports.

use serde::Serialize;

use super::{Annotation, CodeableConcept, Extension, Identifier, Members, Reference, Text};
use crate::mapping::parts::results::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    pub identifier: Vec<Identifier<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub based_on: Vec<Reference<'a>>,
    pub status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<CodeableConcept<'a>>,
    pub code: CodeableConcept<'a>,
    pub subject: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<Reference<'a>>,
    pub effective_date_time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub performer: Vec<Reference<'a>>,
    #[serde(flatten)]
    pub value: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interpretation: Vec<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note: Vec<Annotation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_site: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specimen: Option<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference_range: Vec<Members>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub has_member: Vec<Reference<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosticReport<'a> {
    pub identifier: Vec<Identifier<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub based_on: Vec<Reference<'a>>,
    pub status: &'static str,
    pub category: [CodeableConcept<'a>; 1],
    pub code: CodeableConcept<'a>,
    pub subject: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    pub performer: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub result: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Text<'a>>,
}
