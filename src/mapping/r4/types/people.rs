//! Patient, practice and care professionals, with the datatypes only they use.

use serde::Serialize;

use super::{CodeableConcept, Element, Extension, HumanName, Identifier, Reference, Text};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Patient<'a> {
    pub identifier: Vec<Identifier<'a>>,
    pub name: Vec<HumanName<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<ContactPoint<'a>>,
    pub gender: &'static str,
    #[serde(rename = "_gender")]
    pub gender_element: Element<'a>,
    pub birth_date: String,
    #[serde(flatten)]
    pub deceased: Option<Deceased>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<Address<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marital_status: Option<CodeableConcept<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiple_birth_boolean: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub general_practitioner: Vec<Reference<'a>>,
    pub managing_organization: Reference<'a>,
}

#[derive(Debug, Serialize)]
pub enum Deceased {
    #[serde(rename = "deceasedBoolean")]
    Yes(bool),
    #[serde(rename = "deceasedDateTime")]
    On(String),
}

#[derive(Debug, Serialize)]
pub struct ContactPoint<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    pub system: &'static str,
    #[serde(rename = "_system", skip_serializing_if = "Option::is_none")]
    pub system_element: Option<Element<'a>>,
    pub value: Text<'a>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address<'a> {
    pub extension: Vec<Extension<'a>>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<&'static str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<String>,
    #[serde(rename = "_line", skip_serializing_if = "Vec::is_empty")]
    pub line_elements: Vec<Element<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Text<'a>>,
    #[serde(rename = "_country", skip_serializing_if = "Option::is_none")]
    pub country_element: Option<Element<'a>>,
}

#[derive(Debug, Serialize)]
pub struct Organization<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier<'a>>,
    #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
    pub kind: Vec<CodeableConcept<'a>>,
    pub name: Text<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<ContactPoint<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<Address<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Location<'a> {
    pub name: Text<'a>,
    pub managing_organization: Reference<'a>,
}

#[derive(Debug, Serialize)]
pub struct Practitioner<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifier: Vec<Identifier<'a>>,
    pub name: [HumanName<'a>; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<ContactPoint<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<&'static str>,
    #[serde(rename = "_gender", skip_serializing_if = "Option::is_none")]
    pub gender_element: Option<Element<'a>>,
}

#[derive(Debug, Serialize)]
pub struct PractitionerRole<'a> {
    pub active: bool,
    pub practitioner: Reference<'a>,
    pub organization: Reference<'a>,
    pub specialty: Vec<CodeableConcept<'a>>,
    pub location: [Reference<'a>; 1],
}
