//! The form of a resource: its elements, how many, in which form. And the order FHIR gives them.
//!
//! Judged is what every FHIR resource must be, whatever its profile: no unknown elements, the required ones, lists where
//! lists belong, values as their type is written, no code beside those that FHIR lists, nothing empty. Other codes, invariants
//! and profiles are not judged here.

use std::borrow::Cow;

use super::{Element, Model, Named, Primitive, Type};
use crate::fhir::tree::{Json, Member};

/// One place of a resource that is not as FHIR wants it. Nothing of the content is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {rule}")]
pub struct FormFault {
    /// JSON Pointer (RFC 6901); of an unknown member its holder's.
    pub pointer: String,
    /// What is wrong.
    pub rule: FormRule,
}

/// What can be wrong with the form of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum FormRule {
    #[error("must be a resource")]
    NotAResource,
    #[error("is no resource type of this FHIR release")]
    TypeUnknown,
    #[error("must not be empty")]
    Empty,
    #[error("has a member that FHIR does not know")]
    MemberUnknown,
    #[error("is a second value where one is allowed")]
    SecondValue,
    #[error("must be there")]
    Missing,
    #[error("must be a list")]
    NotAList,
    #[error("must be an object")]
    NotAnObject,
    #[error("must be a single value")]
    NotAValue,
    #[error("has a value of the wrong JSON type")]
    WrongType,
    #[error("has a value that is not written as its type is")]
    WrongForm,
    #[error("has a code that FHIR does not allow here")]
    CodeUnknown,
    #[error("stands beside something that is no primitive")]
    NoPrimitive,
    #[error("must be an object, or a list where the value is one")]
    SiblingShape,
}

/// Most faults of one resource that are worth telling.
const MOST: usize = 20;

/// Judges the form of a resource; empty when it is right.
pub fn check(model: &Model, resource: &Json<'_>) -> Vec<FormFault> {
    let mut judge = Judge { model, faults: Vec::new() };
    judge.resource(resource, "");
    judge.faults.truncate(MOST);
    judge.faults
}

struct Judge<'m> {
    model: &'m Model,
    faults: Vec<FormFault>,
}

impl Judge<'_> {
    fn blame(&mut self, pointer: &str, rule: FormRule) {
        if self.faults.len() < MOST {
            self.faults.push(FormFault { pointer: pointer.to_owned(), rule });
        }
    }

    fn resource(&mut self, value: &Json<'_>, at: &str) {
        let Json::Object(members) = value else { return self.blame(at, FormRule::NotAResource) };
        let name = value.member("resourceType").and_then(Json::as_text).unwrap_or_default();
        let Some(kind) = self.model.find_resource(name) else {
            return self.blame(at, FormRule::TypeUnknown);
        };
        self.object(kind, members, at);
    }

    fn object(&mut self, kind: &Type, members: &[Member<'_>], at: &str) {
        if members.is_empty() {
            return self.blame(at, FormRule::Empty);
        }
        let mut there: Vec<&Element> = Vec::new();
        for (name, value) in members {
            if name == "resourceType" && kind.is_resource {
                continue;
            }
            let base = name.strip_prefix('_').unwrap_or(name);
            let Some(named) = self.model.find_element(kind, base) else {
                self.blame(at, FormRule::MemberUnknown);
                continue;
            };
            let pointer = format!("{at}/{name}");
            if base.len() < name.len() {
                self.sibling(named, value, &pointer);
            } else {
                let other = named.element.is_choice && there.contains(&named.element);
                if other {
                    self.blame(&pointer, FormRule::SecondValue);
                }
                self.member(named, value, members, &pointer);
            }
            there.push(named.element);
        }
        for element in self.model.elements(kind).filter(|element| element.is_required) {
            if !there.contains(&element) {
                self.blame(&format!("{at}/{}", element.name), FormRule::Missing);
            }
        }
    }

    fn member(&mut self, named: Named<'_>, value: &Json<'_>, around: &[Member<'_>], at: &str) {
        if !named.element.is_list {
            self.code(named, value, at);
            return self.value(named.kind, value, at);
        }
        let Json::Array(elements) = value else { return self.blame(at, FormRule::NotAList) };
        if elements.is_empty() {
            return self.blame(at, FormRule::Empty);
        }
        let is_primitive = Primitive::find(named.kind).is_some();
        for (place, element) in elements.iter().enumerate() {
            // A value that is not there stands as null when its sibling says something about it.
            if is_primitive && *element == Json::Null && has_sibling_at(around, at, place) {
                continue;
            }
            let at = format!("{at}/{place}");
            self.code(named, element, &at);
            self.value(named.kind, element, &at);
        }
    }

    fn code(&mut self, named: Named<'_>, value: &Json<'_>, at: &str) {
        if value.as_text().is_some_and(|code| !self.model.allows_code(named.element, code)) {
            self.blame(at, FormRule::CodeUnknown);
        }
    }

    fn value(&mut self, kind: &'static str, value: &Json<'_>, at: &str) {
        if let Some(primitive) = Primitive::find(kind) {
            return self.primitive(primitive, value, at);
        }
        if kind == "Resource" {
            return self.resource(value, at);
        }
        match (self.model.find(kind), value) {
            (Some(kind), Json::Object(members)) => self.object(kind, members, at),
            _ => self.blame(at, FormRule::NotAnObject),
        }
    }

    fn primitive(&mut self, primitive: Primitive, value: &Json<'_>, at: &str) {
        let (text, fits) = match value {
            Json::Bool(value) => (if *value { "true" } else { "false" }, primitive == Primitive::Boolean),
            Json::Number(text) => (text.as_ref(), primitive.is_number()),
            Json::Text(text) => (text.as_ref(), primitive != Primitive::Boolean && !primitive.is_number()),
            Json::Null | Json::Array(_) | Json::Object(_) => return self.blame(at, FormRule::NotAValue),
        };
        if !fits {
            return self.blame(at, FormRule::WrongType);
        }
        if !primitive.allows(text) {
            self.blame(at, FormRule::WrongForm);
        }
    }

    /// `_name`: what is said about a primitive.
    fn sibling(&mut self, named: Named<'_>, value: &Json<'_>, at: &str) {
        if Primitive::find(named.kind).is_none() {
            return self.blame(at, FormRule::NoPrimitive);
        }
        let Some(kind) = self.model.find("Element") else { return };
        match (value, named.element.is_list) {
            (Json::Object(members), false) => self.object(kind, members, at),
            (Json::Array(elements), true) => {
                for (place, element) in elements.iter().enumerate() {
                    match element {
                        Json::Null => {}
                        Json::Object(members) => self.object(kind, members, &format!("{at}/{place}")),
                        _ => self.blame(at, FormRule::NotAnObject),
                    }
                }
            }
            _ => self.blame(at, FormRule::SiblingShape),
        }
    }
}

/// Does the sibling of the member at this pointer say something about its element at this place?
fn has_sibling_at(around: &[Member<'_>], pointer: &str, place: usize) -> bool {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    let sibling = around.iter().find(|(own, _)| own.strip_prefix('_') == Some(name));
    matches!(sibling, Some((_, Json::Array(elements))) if matches!(elements.get(place), Some(Json::Object(_))))
}

/// Puts the members of a resource, and of everything in it, in FHIR's order; unknown ones go last.
///
/// Order means nothing in JSON, but XML is written in the order of the members and must have FHIR's.
pub fn arrange(model: &Model, resource: &mut Json<'_>) {
    let name = resource.member("resourceType").and_then(Json::as_text).map(str::to_owned);
    let kind = name.as_deref().and_then(|name| model.find_resource(name));
    if let (Some(kind), Json::Object(members)) = (kind, resource) {
        arrange_members(model, kind, members);
    }
}

fn arrange_members(model: &Model, kind: &Type, members: &mut [Member<'_>]) {
    let place = |name: &Cow<'_, str>| {
        let base = name.strip_prefix('_').unwrap_or(name);
        match model.find_element(kind, base) {
            _ if name == "resourceType" => (0, false),
            // An attribute in XML, and what tells an extension apart: directly behind the id.
            _ if name == "url" && kind.name == "Extension" => (1, true),
            Some(named) => (named.place + 1, base.len() < name.len()),
            None => (usize::MAX, false),
        }
    };
    members.sort_by_cached_key(|(name, _)| place(name));
    for (name, value) in members {
        let base = name.strip_prefix('_').unwrap_or(name);
        let Some(named) = model.find_element(kind, base) else { continue };
        let inner = if Primitive::find(named.kind).is_some() { "Element" } else { named.kind };
        match value {
            Json::Array(elements) => elements.iter_mut().for_each(|element| arrange_value(model, inner, element)),
            value => arrange_value(model, inner, value),
        }
    }
}

fn arrange_value(model: &Model, kind: &str, value: &mut Json<'_>) {
    if kind == "Resource" {
        return arrange(model, value);
    }
    if let (Some(kind), Json::Object(members)) = (model.find(kind), value) {
        arrange_members(model, kind, members);
    }
}
