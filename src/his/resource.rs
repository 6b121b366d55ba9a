//! Resources of a FHIR feed: read for their form, kept as they are (`dvza-his-2`).

use super::fields::Fields;
use super::finding::Code;
use super::json::{Object, Value, write};
use super::values::sha256;
use crate::domain::dossier::FedResource;
use crate::fhir::ResourceType;
use crate::fhir::model::{R4, check};
use crate::fhir::tree::Json;

/// Types that may stand alone: they tell nothing about a patient.
const SHARED: [ResourceType; 6] = [
    ResourceType::Device,
    ResourceType::Location,
    ResourceType::Medication,
    ResourceType::Organization,
    ResourceType::Practitioner,
    ResourceType::PractitionerRole,
];

/// A resource about a patient.
pub(super) fn of_patient(d: &mut Fields<'_>) -> Option<FedResource> {
    resource(d, |_| true)
}

/// A resource about nobody.
pub(super) fn shared(d: &mut Fields<'_>) -> Option<FedResource> {
    resource(d, |kind| SHARED.contains(&kind))
}

fn resource(d: &mut Fields<'_>, may_be: impl Fn(ResourceType) -> bool) -> Option<FedResource> {
    let sha256 = d.optional("sha256", sha256);
    let object = match d.take("resource") {
        Some(Value::Object(object)) => object,
        Some(_) => {
            d.report_at(Code::WrongType, "resource");
            return None;
        }
        None => {
            d.report_at(Code::Missing, "resource");
            return None;
        }
    };
    let name = match object.get("resourceType") {
        Some(Value::Text(name)) => name.as_ref(),
        _ => "",
    };
    let Some(kind) = ResourceType::find(name).filter(|kind| may_be(*kind)) else {
        d.report_below(Code::NotInList, "resource", "/resourceType");
        return None;
    };
    if is_never_shown(kind, object) {
        d.report_below(Code::NeverImported, "resource", "/code");
        return None;
    }
    // What the store holds was judged when it came.
    if !d.reading().is_stored {
        let tree = tree(object);
        for fault in check(&R4, &tree) {
            d.report_below(Code::WrongForm, "resource", &fault.pointer);
        }
        if d.reading().refuses() {
            return None;
        }
    }
    let mut body = Vec::new();
    write(&Value::Object(object.clone()), &mut body);
    // What was read as text is text.
    let body = String::from_utf8(body).ok()?;
    Some(FedResource { kind: kind.as_str().to_owned(), body, sha256 })
}

/// Is it an S or O line, or a report with such a section (R-SP-01)?
fn is_never_shown(kind: ResourceType, object: &Object<'_>) -> bool {
    let tree = tree(object);
    match kind {
        ResourceType::Observation => super::feed::is_never_shown(tree.member("code")),
        ResourceType::Composition => match tree.member("section") {
            Some(Json::Array(sections)) => {
                sections.iter().any(|section| super::feed::is_never_shown(section.member("code")))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The same tree in the words of `fhir`.
fn tree<'v>(object: &'v Object<'_>) -> Json<'v> {
    let members = object.members().iter().map(|(name, value)| (name.as_ref().into(), json(value)));
    Json::Object(members.collect())
}

fn json<'v>(value: &'v Value<'_>) -> Json<'v> {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(digits) => Json::Number((*digits).into()),
        Value::Text(text) => Json::Text(text.as_ref().into()),
        Value::Array(items) => Json::Array(items.iter().map(json).collect()),
        Value::Object(object) => tree(object),
    }
}
