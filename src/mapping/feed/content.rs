//! The content of a fed resource, with ids and references of ours and without what may not travel.

use std::borrow::Cow;

use super::{Known, text};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::tree::{Json, Member};

/// The naming system of the citizen service number, as URI and as OID.
const BSN: [&str; 2] = ["http://fhir.nl/fhir/NamingSystem/bsn", "urn:oid:2.16.840.1.113883.2.4.6.3"];
/// Why a number is not there (fhir-data-services §1.3).
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// What of `meta` describes the content; the rest describes a server's copy of it.
const META: [&str; 5] = ["id", "extension", "profile", "security", "tag"];

/// Types whose name alone tells nothing about a patient: a reference to one that is not there keeps its words.
const PROVIDERS: [ResourceType; 4] =
    [ResourceType::Location, ResourceType::Organization, ResourceType::Practitioner, ResourceType::PractitionerRole];

/// Rewrites a resource in place.
pub(super) fn make_ours(resource: &mut Json<'_>, kind: ResourceType, id: ResourceId, known: &Known<'_>) {
    let Json::Object(members) = resource else { return };
    for (name, value) in members.iter_mut() {
        if name == "id" {
            *value = text(id.to_string());
        }
    }
    if kind != ResourceType::Binary {
        set_meta(members, kind);
    }
    without_narrative(members);
    walk(members, known);
}

fn set_meta(members: &mut Vec<Member<'_>>, kind: ResourceType) {
    let base = || Json::Array(vec![text(format!("http://hl7.org/fhir/StructureDefinition/{kind}"))]);
    let Some((_, Json::Object(meta))) = members.iter_mut().find(|(name, _)| name == "meta") else {
        members.push(("meta".into(), Json::Object(vec![("profile".into(), base())])));
        return;
    };
    meta.retain(|(name, _)| META.contains(&name.strip_prefix('_').unwrap_or(name)));
    if !meta.iter().any(|(name, _)| name == "profile") {
        meta.push(("profile".into(), base()));
    }
}

/// Takes the narrative of a resource away, also of a contained one. The text of a section is content and stays.
fn without_narrative(members: &mut Vec<Member<'_>>) {
    members.retain(|(name, value)| name != "text" || value.member("div").is_none());
    if let Some((_, Json::Array(contained))) = members.iter_mut().find(|(name, _)| name == "contained") {
        for resource in contained {
            if let Json::Object(members) = resource {
                without_narrative(members);
            }
        }
    }
}

fn walk(members: &mut Vec<Member<'_>>, known: &Known<'_>) {
    mask_number(members);
    members.retain_mut(|(name, value)| match (name.as_ref(), value) {
        ("reference", Json::Text(address)) => keep_reference(address, known),
        ("url", Json::Text(address)) if address.starts_with("Binary/") => {
            let target = known.target(address);
            if let Some(target) = target {
                *address = Cow::Owned(format!("{}/{}", target.kind, target.id));
            }
            true
        }
        (_, value) => {
            walk_value(value, known);
            true
        }
    });
}

fn walk_value(value: &mut Json<'_>, known: &Known<'_>) {
    match value {
        Json::Object(members) => walk(members, known),
        Json::Array(elements) => elements.iter_mut().for_each(|element| walk_value(element, known)),
        _ => {}
    }
}

/// Makes a reference ours; false when it goes and only its words stay.
///
/// A target that is not there keeps its place with an id that is never shown: then serving cuts the reference, words and
/// all, as it does for everything that is withheld. An address elsewhere could not be followed with a MedMij token.
fn keep_reference(address: &mut Cow<'_, str>, known: &Known<'_>) -> bool {
    if address.starts_with('#') {
        return true;
    }
    match known.target(address) {
        Some(target) if target.is_there || !PROVIDERS.contains(&target.kind) => {
            *address = Cow::Owned(format!("{}/{}", target.kind, target.id));
            true
        }
        _ => false,
    }
}

/// A citizen service number is named and never told.
fn mask_number(identifier: &mut Vec<Member<'_>>) {
    let is_number = identifier
        .iter()
        .any(|(name, value)| name == "system" && value.as_text().is_some_and(|system| BSN.contains(&system)));
    if !is_number {
        return;
    }
    let reason = Json::Object(vec![("url".into(), text(ABSENT)), ("valueCode".into(), text("masked"))]);
    let masked = Json::Object(vec![("extension".into(), Json::Array(vec![reason]))]);
    identifier.retain(|(name, _)| name != "value" && name != "_value");
    for (name, value) in identifier.iter_mut() {
        if name == "system" {
            *value = text(BSN[0]);
        }
    }
    // The last guard looks for the mask directly behind the system.
    let place = identifier.iter().position(|(name, _)| name == "system").map_or(identifier.len(), |place| place + 1);
    identifier.insert(place, ("_value".into(), masked));
}
