//! A walk over a resource by the types of its elements.

use super::{Model, Primitive, Type};
use crate::fhir::tree::Json;

/// Shows every element that is no primitive to `look`, what it is of before what it holds: the name it has in its holder, its
/// type, and itself. What the model does not know is passed by.
pub fn each_element<'j>(model: &Model, resource: &mut Json<'j>, look: &mut dyn FnMut(&str, &str, &mut Json<'j>)) {
    let name = resource.member("resourceType").and_then(Json::as_text).map(str::to_owned);
    if let Some(kind) = name.as_deref().and_then(|name| model.find_resource(name)) {
        members(model, kind, resource, look);
    }
}

fn members<'j>(model: &Model, kind: &Type, value: &mut Json<'j>, look: &mut dyn FnMut(&str, &str, &mut Json<'j>)) {
    let Json::Object(members) = value else { return };
    for (name, value) in members {
        let base = name.strip_prefix('_').unwrap_or(name);
        let Some(named) = model.find_element(kind, base) else { continue };
        let inner = if Primitive::find(named.kind).is_some() { "Element" } else { named.kind };
        match value {
            Json::Array(elements) => elements.iter_mut().for_each(|value| element(model, name, inner, value, look)),
            value => element(model, name, inner, value, look),
        }
    }
}

fn element<'j>(
    model: &Model,
    name: &str,
    kind: &str,
    value: &mut Json<'j>,
    look: &mut dyn FnMut(&str, &str, &mut Json<'j>),
) {
    if kind == "Resource" {
        return each_element(model, value, look);
    }
    if !matches!(value, Json::Object(_)) {
        return;
    }
    look(name, kind, value);
    if let Some(kind) = model.find(kind) {
        members(model, kind, value, look);
    }
}
