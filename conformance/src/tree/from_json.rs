//! From FHIR's JSON form (R4, 2.6.2).

use std::borrow::Cow;

use super::{NodeId, Tree, Unreadable, holds_resource, root_of, type_of};
use crate::issue::{Rule, quotable};
use crate::json::{self, Json};
use crate::schema::{Element, Kind, Schema, TypeDef, TypeRef};

pub(super) fn read<'s>(schema: &'s Schema, text: &str) -> Result<Tree<'s>, Unreadable> {
    let json = json::parse(text)?;
    let Json::Object(members) = &json else { return Err(Unreadable::NoResource("it is no object".into())) };
    let kind = json.get("resourceType").and_then(Json::as_str);
    let kind = kind.ok_or_else(|| Unreadable::NoResource("it has no resourceType".into()))?;
    let ty = schema
        .resource(kind)
        .ok_or_else(|| Unreadable::NoResource(format!("{} is no resource type", quotable(kind))))?;
    let mut reader = Reader { schema, tree: Tree::with_root(ty) };
    let root = reader.tree.root();
    reader.members(root, ty, members)?;
    Ok(reader.tree)
}

struct Reader<'s> {
    schema: &'s Schema,
    tree: Tree<'s>,
}

/// No object of FHIR has so many members.
const MEMBERS: usize = 500;

type Members<'t> = [(Cow<'t, str>, Json<'t>)];

impl<'s> Reader<'s> {
    /// The members of an object; `root` holds the backbones of its type.
    fn members(&mut self, id: NodeId, root: &'s TypeDef, members: &Members<'_>) -> Result<(), Unreadable> {
        let is_resource = self.tree.ty(id).kind == Kind::Resource;
        if members.iter().all(|(name, _)| is_resource && name == "resourceType") {
            self.tree.blame(id, Rule::Form, "an object has no members");
        }
        if members.len() > MEMBERS {
            self.tree.blame(id, Rule::Form, "an object has more members than any of FHIR");
        }
        let members = &members[..members.len().min(MEMBERS)];
        for (at, (name, value)) in members.iter().enumerate() {
            if members[..at].iter().any(|(before, _)| before == name) {
                self.tree.blame_member(id, name, Rule::Form, "the member is there twice");
                continue;
            }
            if is_resource && name == "resourceType" {
                continue;
            }
            let plain = name.strip_prefix('_').unwrap_or(name);
            let is_beside = plain.len() != name.len();
            let own = if is_beside { members.iter().find(|(other, _)| other == plain) } else { None };
            if own.is_some() {
                // It was read with the member that it stands beside.
                continue;
            }
            let beside = members.iter().find(|(other, _)| other.strip_prefix('_') == Some(plain));
            let (value, beside) = if is_beside { (None, Some(value)) } else { (Some(value), beside.map(|(_, b)| b)) };
            self.member(id, root, plain, value, beside)?;
        }
        Ok(())
    }

    fn member(
        &mut self,
        id: NodeId,
        root: &'s TypeDef,
        name: &str,
        value: Option<&Json<'_>>,
        beside: Option<&Json<'_>>,
    ) -> Result<(), Unreadable> {
        let ty = self.tree.ty(id);
        let Some((_, element, kind)) = ty.member(name) else {
            let reason = format!("{} has no such element", ty.name);
            self.tree.blame_member(id, name, Rule::UnknownElement, reason);
            return Ok(());
        };
        if !element.is_list {
            return self.one(Place { id, root, element, kind, place: 0 }, value, beside);
        }
        let (mut values, mut besides) = (&[][..], &[][..]);
        for (given, list) in [(value, &mut values), (beside, &mut besides)] {
            match given {
                None => {}
                Some(Json::Array(elements)) if elements.is_empty() => {
                    self.tree.blame_member(id, name, Rule::Form, "an array is empty");
                }
                Some(Json::Array(elements)) => *list = elements.as_slice(),
                Some(_) => self.tree.blame_member(id, name, Rule::Form, "an array is expected"),
            }
        }
        if !values.is_empty() && !besides.is_empty() && values.len() != besides.len() {
            self.tree.blame_member(id, name, Rule::Form, "the array beside it has another length");
        }
        for place in 0..values.len().max(besides.len()) {
            let place_in = Place { id, root, element, kind, place };
            self.one(place_in, values.get(place), besides.get(place))?;
        }
        Ok(())
    }

    fn one(&mut self, at: Place<'s>, value: Option<&Json<'_>>, beside: Option<&Json<'_>>) -> Result<(), Unreadable> {
        let name = at.kind.member.as_str();
        let is_null = |json: Option<&Json<'_>>| matches!(json, None | Some(Json::Null));
        if is_null(value) && is_null(beside) {
            self.tree.blame_member(at.id, name, Rule::Form, "null has no meaning here");
            return Ok(());
        }
        if matches!(value, Some(Json::Null)) && !at.element.is_list {
            self.tree.blame_member(at.id, name, Rule::Form, "null has no meaning here");
        }
        if holds_resource(at.kind) && at.element.inner.is_none() {
            return self.resource(at, value);
        }
        let Some(ty) = type_of(self.schema, at.root, at.element, at.kind) else {
            self.tree.blame_member(at.id, name, Rule::Type, "the type of this element is not among the definitions");
            return Ok(());
        };
        if ty.kind == Kind::Primitive {
            return self.primitive(at, ty, value, beside);
        }
        if !is_null(beside) {
            self.tree.blame_member(at.id, name, Rule::Form, "only a primitive has a member with _ beside it");
        }
        match value {
            Some(Json::Object(members)) => {
                let child = self.tree.add(at.id, at.element, ty, at.place)?;
                self.members(child, root_of(at.root, ty), members)
            }
            Some(Json::Null) | None => Ok(()),
            Some(_) => {
                self.tree.blame_member(at.id, name, Rule::Form, "an object is expected");
                Ok(())
            }
        }
    }

    fn resource(&mut self, at: Place<'s>, value: Option<&Json<'_>>) -> Result<(), Unreadable> {
        let name = at.kind.member.as_str();
        let Some(Json::Object(members)) = value else {
            self.tree.blame_member(at.id, name, Rule::Form, "a resource is expected");
            return Ok(());
        };
        let kind = value.and_then(|value| value.get("resourceType")).and_then(Json::as_str);
        let Some(ty) = kind.and_then(|kind| self.schema.resource(kind)) else {
            self.tree.blame_member(at.id, name, Rule::Type, "the resourceType is missing or unknown");
            return Ok(());
        };
        let child = self.tree.add(at.id, at.element, ty, at.place)?;
        self.members(child, ty, members)
    }

    fn primitive(
        &mut self,
        at: Place<'s>,
        ty: &'s TypeDef,
        value: Option<&Json<'_>>,
        beside: Option<&Json<'_>>,
    ) -> Result<(), Unreadable> {
        let child = self.tree.add(at.id, at.element, ty, at.place)?;
        let is_number = matches!(ty.name.as_str(), "integer" | "decimal" | "unsignedInt" | "positiveInt");
        match value {
            None | Some(Json::Null) => {}
            Some(Json::Bool(value)) if ty.name == "boolean" => {
                self.tree.set(child, if *value { "true" } else { "false" })
            }
            Some(Json::Number(digits)) if is_number => self.tree.set(child, digits),
            Some(Json::Text(text)) if ty.name != "boolean" && !is_number => self.tree.set(child, text),
            Some(_) => self.tree.blame(child, Rule::Format, format!("this is no JSON form of {}", ty.name)),
        }
        match beside {
            None | Some(Json::Null) => {}
            Some(Json::Object(members)) => self.members(child, ty, members)?,
            Some(_) => self.tree.blame(child, Rule::Form, "the member with _ is no object"),
        }
        Ok(())
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'s> {
    id: NodeId,
    root: &'s TypeDef,
    element: &'s Element,
    kind: &'s TypeRef,
    place: usize,
}
