//! Resources of a FHIR feed: read for their form, kept as they are (`dvza-his-2`).

use super::fields::Fields;
use super::finding::Code;
use super::json::{Object, Value, write};
use super::values::{one_of, sha256};
use crate::domain::dossier::{FedRelease, FedResource};
use crate::fhir::model::{FormFault, FormRule, check};
use crate::fhir::tree::Json;
use crate::fhir::{FhirRelease, ResourceType, binary};
use crate::mapping::feed::holds_what_is_never_shown;

/// The releases a resource may be of; R4 does not have to be said.
const RELEASES: &[(&str, FedRelease)] = &[("r4", FedRelease::R4), ("stu3", FedRelease::Stu3)];

/// A resource about a patient.
pub(super) fn of_patient(d: &mut Fields<'_>) -> Option<FedResource> {
    resource(d, |_| true)
}

/// A resource about nobody.
pub(super) fn shared(d: &mut Fields<'_>) -> Option<FedResource> {
    resource(d, |kind| super::feed::SHARED.contains(&kind))
}

fn resource(d: &mut Fields<'_>, may_be: impl Fn(ResourceType) -> bool) -> Option<FedResource> {
    let sha256 = d.optional("sha256", sha256);
    let release = d.optional("fhir", one_of(RELEASES)).unwrap_or_default();
    let model = FhirRelease::from(release).model();
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
    // A type that only another release has is none of this one's.
    let served = ResourceType::find(name).filter(|_| model.find_resource(name).is_some());
    let Some(kind) = served.filter(|kind| may_be(*kind)) else {
        d.report_below(Code::NotInList, "resource", "/resourceType");
        return None;
    };
    let tree = tree(object);
    // What the store holds was judged when it came.
    if !d.reading().is_stored {
        if holds_what_is_never_shown(&tree) {
            d.report_below(Code::NeverImported, "resource", "");
            return None;
        }
        let bytes = format!("/{}", binary::member(release.into()));
        // The bytes of a Binary are in blobs, also in a release that demands them.
        let is_elsewhere = |fault: &FormFault| {
            kind == ResourceType::Binary && fault.rule == FormRule::Missing && fault.pointer == bytes
        };
        for fault in check(model, &tree).into_iter().filter(|fault| !is_elsewhere(fault)) {
            d.report_below(code_of(fault.rule), "resource", &fault.pointer);
        }
        for place in contained_with_rules(&tree) {
            d.report_below(Code::NotInList, "resource", &format!("/contained/{place}/resourceType"));
        }
        if d.reading().refuses() {
            return None;
        }
    }
    let mut body = Vec::new();
    write(&Value::Object(object.clone()), &mut body);
    // What was read as text is text.
    let body = String::from_utf8(body).ok()?;
    Some(FedResource { kind: kind.as_str().to_owned(), body, sha256, release })
}

fn code_of(rule: FormRule) -> Code {
    match rule {
        FormRule::Missing => Code::Missing,
        FormRule::CodeUnknown | FormRule::TypeUnknown => Code::NotInList,
        FormRule::MemberUnknown => Code::NotOfFhir,
        FormRule::WrongForm => Code::WrongForm,
        _ => Code::WrongType,
    }
}

/// Places of contained resources that release has rules for: what is contained shares the verdict of its holder, so only
/// what tells nothing about a patient may be, and nothing may be contained in it (dom-2).
fn contained_with_rules(resource: &Json<'_>) -> Vec<usize> {
    let Some(Json::Array(contained)) = resource.member("contained") else { return Vec::new() };
    let kind = |resource: &Json<'_>| resource.member("resourceType").and_then(Json::as_text).map(str::to_owned);
    let may_be = |name: &str| {
        name == "Substance" || ResourceType::find(name).is_some_and(|kind| super::feed::SHARED.contains(&kind))
    };
    let fits = |one: &Json<'_>| kind(one).as_deref().is_some_and(may_be) && one.member("contained").is_none();
    contained.iter().enumerate().filter(|(_, one)| !fits(one)).map(|(place, _)| place).collect()
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
