//! Episodes, contacts and what was written in them.

use serde::Serialize;

use super::{CodeableConcept, Coding, Extension, Identifier, Narrative, Period, Reference, Text};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EpisodeOfCare<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    pub identifier: [Identifier<'a>; 1],
    pub status: &'static str,
    pub diagnosis: [Diagnosis<'a>; 1],
    pub patient: Reference<'a>,
    pub managing_organization: Reference<'a>,
    pub period: Period,
}

#[derive(Debug, Serialize)]
pub struct Diagnosis<'a> {
    pub condition: Reference<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition<'a> {
    pub identifier: [Identifier<'a>; 1],
    pub clinical_status: CodeableConcept<'a>,
    pub verification_status: CodeableConcept<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<CodeableConcept<'a>>,
    pub code: CodeableConcept<'a>,
    pub subject: Reference<'a>,
    pub onset_date_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abatement_date_time: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Flag<'a> {
    pub extension: [Extension<'a>; 1],
    pub identifier: [Identifier<'a>; 1],
    pub status: &'static str,
    pub category: [CodeableConcept<'a>; 1],
    pub code: CodeableConcept<'a>,
    pub subject: Reference<'a>,
    pub period: Period,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<Reference<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Encounter<'a> {
    pub identifier: [Identifier<'a>; 1],
    pub status: &'static str,
    pub class: Coding<'a>,
    #[serde(rename = "type")]
    pub kind: [CodeableConcept<'a>; 1],
    pub subject: Reference<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub episode_of_care: Vec<Reference<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participant: Vec<Participant<'a>>,
    pub period: Period,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reason_code: Vec<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub location: Vec<EncounterLocation<'a>>,
    pub service_provider: Reference<'a>,
}

#[derive(Debug, Serialize)]
pub struct Participant<'a> {
    pub individual: Reference<'a>,
}

#[derive(Debug, Serialize)]
pub struct EncounterLocation<'a> {
    pub location: Reference<'a>,
}

#[derive(Debug, Serialize)]
pub struct Composition<'a> {
    pub identifier: Identifier<'a>,
    pub status: &'static str,
    #[serde(rename = "type")]
    pub kind: CodeableConcept<'a>,
    pub subject: Reference<'a>,
    pub encounter: Reference<'a>,
    pub date: String,
    pub author: [Reference<'a>; 1],
    pub title: Text<'a>,
    pub custodian: Reference<'a>,
    pub section: Vec<Section<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Section<'a> {
    pub title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeableConcept<'a>>,
    pub text: Narrative,
    pub entry: Vec<Reference<'a>>,
}
