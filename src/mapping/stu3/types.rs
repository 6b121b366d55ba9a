//! The datatypes that STU3 writes in another way than the other releases; the resources are rows of
//! [`Members`](crate::mapping::parts::members::Members), named in the order of their definition where they are made.

use serde::Serialize;

use super::codes::{extension, system};
use crate::domain::dossier::{BodySite, Who};
use crate::mapping::parts::coded;
use crate::mapping::parts::context::{Context, Origin, Output};
use crate::mapping::parts::link::Link;
use crate::mapping::parts::members::Members;
use crate::mapping::parts::types::{CodeableConcept, Coding, Element, Extension, ExtensionValue, Reference, Text};
use crate::mapping::parts::words::Words;

/// The code of the zib beside FHIR's own code (`code-specification`).
pub(super) fn specification(coding: Coding<'_>) -> Element<'_> {
    Extension::concept(extension::CODE_SPECIFICATION, coding.into()).into()
}

/// "Other", with the source's words.
pub(super) fn other<'a>(text: impl Into<Text<'a>>) -> CodeableConcept<'a> {
    CodeableConcept::of(vec![Coding::shown(system::NULL_FLAVOR, "OTH", "Anders")], text)
}

/// Beside an element that must be there and is not known.
pub(super) fn unknown() -> Element<'static> {
    Extension::absent("unknown").into()
}

/// Where somebody must be named whom the source does not tell.
pub(super) fn somebody<'a>() -> Reference<'a> {
    Reference { extension: vec![Extension::absent("unknown")], ..Reference::named("Onbekend") }
}

/// A professional by the PractitionerRole alone, as extensions refer to one; anybody else as they are.
pub(super) fn by_role(who: Reference<'_>) -> Reference<'_> {
    let role = who.extension.iter().find_map(|extension| match &extension.value {
        ExtensionValue::Reference(role) => Some(role.clone()),
        _ => None,
    });
    role.unwrap_or(who)
}

/// The `performer` of a record when it is a professional or an organisation, where the profile takes nobody else.
pub(super) fn caregiver<'c>(
    ctx: &'c Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    who: Option<&Who>,
) -> Option<Reference<'c>> {
    match who {
        Some(Who::Organization(_)) => ctx.who(out, origin, "/performer", who),
        _ => ctx.role_of(out, origin, "/performer", who),
    }
}

/// A place on the body with its side.
pub(super) fn body_site<'a>(words: &Words<'_>, site: &'a BodySite) -> CodeableConcept<'a> {
    coded::body_site(words, site, extension::LATERALITY)
}

/// Observations that belong to this one, and how (`related`).
pub(super) fn related<'l>(how: &'static str, links: &'l [Link]) -> impl Iterator<Item = Members> + 'l {
    links.iter().map(move |link| Members::new().with("type", how).with("target", link.to()))
}

/// A code of SNOMED CT.
pub(super) fn snomed(code: &'static str, display: &'static str) -> Coding<'static> {
    Coding::shown(system::SNOMED, code, display)
}

/// A telephone number or e-mail address; what kind of number it is stands as an extension with the whole.
#[derive(Debug, Serialize)]
pub(super) struct ContactPoint<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extension: Vec<Extension<'a>>,
    pub system: &'static str,
    pub value: Text<'a>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address<'a> {
    pub extension: [Extension<'a>; 1],
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
