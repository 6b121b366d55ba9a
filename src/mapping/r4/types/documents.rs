//! Correspondence.

use serde::Serialize;

use super::{CodeableConcept, Identifier, Reference, Text};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentReference<'a> {
    pub master_identifier: Identifier<'a>,
    pub identifier: Vec<Identifier<'a>>,
    pub status: &'static str,
    #[serde(rename = "type")]
    pub kind: CodeableConcept<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category: Vec<CodeableConcept<'a>>,
    pub subject: Reference<'a>,
    pub date: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub author: Vec<Reference<'a>>,
    pub custodian: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    pub content: [Content<'a>; 1],
}

#[derive(Debug, Serialize)]
pub struct Content<'a> {
    pub attachment: Attachment<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment<'a> {
    pub content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    pub size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Text<'a>>,
}

/// A Binary without its bytes and without meta: the bytes are streamed from where they are kept.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Binary<'a> {
    #[serde(rename = "resourceType")]
    pub kind: ResourceType,
    pub id: ResourceId,
    pub content_type: &'a str,
}
