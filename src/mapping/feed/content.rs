//! The content of a fed resource, with ids and references of ours and without what may not travel.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::read::{list, word};
use super::topics::line_kind;
use super::{Known, Target, record_id, text};
use crate::domain::ids::ResourceId;
use crate::fhir::model::each_element;
use crate::fhir::tree::{Json, Member};
use crate::fhir::{BSN_SYSTEMS, FhirRelease, ResourceType, is_bsn_system};
use crate::mapping::parts::types::Narrative;

/// Why a number is not there (fhir-data-services §1.3).
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// What stands for a citizen service number that somebody typed into a text.
const STARS: &str = "*********";
/// The type of identifier that a citizen service number is (HL7 table 0203).
const BSN_TYPE: &str = "NNNLD";
/// What of `meta` describes the content; the rest describes a server's copy of it.
const META: [&str; 5] = ["id", "extension", "profile", "security", "tag"];
/// What others are told with a Patient that has rules of its own or none: contact persons are RelatedPersons (G8).
const NOT_OF_PATIENT: [&str; 3] = ["contact", "photo", "link"];

/// Types that have no rule of their own: a reference to one that is not there keeps its words, such as the name of the
/// product that is prescribed.
const WITHOUT_RULE: [ResourceType; 6] = [
    ResourceType::Device,
    ResourceType::Location,
    ResourceType::Medication,
    ResourceType::Organization,
    ResourceType::Practitioner,
    ResourceType::PractitionerRole,
];

/// Elements that name who acted, where, and with which product. A Reference of words alone keeps them here; everywhere else
/// it may name what is withheld, and goes.
const NAMED_IN_WORDS: [&str; 38] = [
    "actor",
    "agent",
    "assigner",
    "asserter",
    "author",
    "authorReference",
    "careManager",
    "consentingParty",
    "custodian",
    "destination",
    "device",
    "enterer",
    "generalPractitioner",
    "individual",
    "informationSource",
    "insurer",
    "itemReference",
    "location",
    "managingOrganization",
    "manipulated",
    "manufacturer",
    "medicationReference",
    "organization",
    "party",
    "payor",
    "performer",
    "practitioner",
    "receiver",
    "recorder",
    "reference",
    "reportedReference",
    "reporter",
    "requester",
    "responsibleParty",
    "resultsInterpreter",
    "sender",
    "serviceProvider",
    "who",
];

/// Rewrites a resource in place.
pub(super) fn make_ours(resource: &mut Json<'_>, kind: ResourceType, id: ResourceId, known: &Known<'_>) {
    let Json::Object(members) = resource else { return };
    for (name, value) in members.iter_mut() {
        if name == "id" {
            *value = text(id.to_string());
        }
    }
    match kind {
        ResourceType::Binary => members.retain(|(name, _)| name != "meta"),
        _ => set_meta(members, kind),
    }
    without_narrative(members);
    match kind {
        ResourceType::Patient => members.retain(|(name, _)| !NOT_OF_PATIENT.contains(&name.as_ref())),
        ResourceType::Composition => keep_lines(members, known),
        _ => {}
    }
    let contained = ids_of_contained(resource);
    each_element(known.release.model(), resource, &mut |name, kind, element| {
        let Json::Object(members) = element else { return };
        match kind {
            "Identifier" => mask_number(members),
            "Reference" => keep_reference(name, members, &contained, known),
            "Attachment" => keep_address(members, known),
            _ => {}
        }
    });
    without_numbers(resource, known.numbers);
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

/// Takes the narrative of a resource away, also of a contained one.
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

/// Of the sections of a report those stay that name an E or P line, or have no code and name an episode; none keeps its
/// narrative, which would tell a line that is withheld. Sections in sections are no lines.
///
/// STU3 demands a text with every section: that of the one line it names, with which the section goes as a whole.
fn keep_lines(composition: &mut Vec<Member<'_>>, known: &Known<'_>) {
    let Some((_, Json::Array(sections))) = composition.iter_mut().find(|(name, _)| name == "section") else { return };
    sections.retain(|section| {
        section.member("entry").is_some() && (section.member("code").is_none() || line_kind(section).is_some())
    });
    for section in sections.iter_mut() {
        let names_a_line = line_kind(section).is_some();
        let Json::Object(members) = section else { continue };
        members.retain(|(name, _)| match name.as_ref() {
            "text" | "section" => false,
            "title" | "_title" => names_a_line,
            _ => true,
        });
        if !names_a_line && let Some((_, Json::Array(entries))) = members.iter_mut().find(|(name, _)| name == "entry") {
            entries.retain(names_an_episode);
        }
    }
    sections.retain(|section| list(section, "entry").next().is_some());
    if known.release == FhirRelease::Stu3 {
        sections.retain_mut(|section| tell_the_line(section, known));
    }
    if sections.is_empty() {
        composition.retain(|(name, _)| name != "section");
    }
}

/// Gives a section the words of the one line it names; is there one?
fn tell_the_line(section: &mut Json<'_>, known: &Known<'_>) -> bool {
    let Some(words) = only_line(section).and_then(|line| known.lines.get(line.as_str())) else { return false };
    let Narrative { status, div } = Narrative::of(words);
    let Json::Object(members) = section else { return false };
    let narrative = Json::Object(vec![("status".into(), text(status)), ("div".into(), text(div))]);
    members.push(("text".into(), narrative));
    true
}

/// The record of the one Observation that a section names; `None` when there are more.
fn only_line(section: &Json<'_>) -> Option<String> {
    let named = list(section, "entry").filter_map(|entry| word(entry, "reference"));
    let mut lines = named.filter_map(|name| name.strip_prefix("Observation/"));
    let line = lines.next()?;
    lines.next().is_none().then(|| record_id(ResourceType::Observation, line))
}

/// Only of an episode it is sure that it is no line of a kind that is not told.
fn names_an_episode(entry: &Json<'_>) -> bool {
    word(entry, "reference").is_some_and(|name| name.starts_with("EpisodeOfCare/") || name.starts_with("Condition/"))
}

/// Gives a Reference an address of ours.
///
/// What is not there gets the address of something that is never shown: then serving cuts the Reference, words and all, as
/// it does for everything that is withheld. Providers are the exception: who is not there keeps the name.
fn keep_reference(name: &str, members: &mut Vec<Member<'_>>, contained: &[String], known: &Known<'_>) {
    let word = |name: &str| members.iter().find(|(own, _)| own == name).and_then(|(_, value)| value.as_text());
    let tells_nothing = |kind: Option<ResourceType>| kind.is_some_and(|kind| WITHOUT_RULE.contains(&kind));
    let (target, keeps_words) = match word("reference") {
        // Contained: a product or a provider, the reader of the feed takes no others.
        Some(address) if address == "#" || contained.iter().any(|id| address.strip_prefix('#') == Some(id)) => return,
        Some(address) => match known.target(address) {
            Some(target) => {
                let keeps_words = !target.is_there && tells_nothing(Some(target.kind));
                (Some(target), keeps_words)
            }
            // An address elsewhere could not be followed with a MedMij token.
            None => (None, tells_nothing(kind_in(address))),
        },
        None => match word("type") {
            Some(kind) => (None, tells_nothing(ResourceType::find(kind))),
            None => (None, NAMED_IN_WORDS.contains(&name)),
        },
    };
    let is_there = target.as_ref().is_some_and(|target| target.is_there);
    members.retain(|(name, _)| name != "reference" && (is_there || keeps_words || name != "display"));
    if !keeps_words {
        let nothing = || Target { kind: ResourceType::Goal, id: known.nothing(), is_there: false };
        let Target { kind, id, .. } = target.unwrap_or_else(nothing);
        members.insert(0, ("reference".into(), text(format!("{kind}/{id}"))));
    }
}

fn ids_of_contained(resource: &Json<'_>) -> Vec<String> {
    let ids = list(resource, "contained").filter_map(|resource| word(resource, "id"));
    ids.map(str::to_owned).collect()
}

/// The type in an address of another server.
fn kind_in(address: &str) -> Option<ResourceType> {
    address.split("/_history/").next()?.rsplit('/').nth(1).and_then(ResourceType::find)
}

fn keep_address(attachment: &mut [Member<'_>], known: &Known<'_>) {
    for (name, value) in attachment {
        if let (true, Json::Text(address)) = (name == "url", value)
            && let Some(target) = known.target(address).filter(|target| target.kind == ResourceType::Binary)
        {
            *address = Cow::Owned(format!("{}/{}", target.kind, target.id));
        }
    }
}

/// Is this identifier a citizen service number, by its system or its type?
pub(super) fn is_number(identifier: &[Member<'_>]) -> bool {
    let member = |name: &str| identifier.iter().find(|(own, _)| own == name).map(|(_, value)| value);
    let by_system = member("system").and_then(Json::as_text).is_some_and(is_bsn_system);
    let by_type = member("type").is_some_and(|kind| {
        let named = word(kind, "text").is_some_and(|text| text.trim().eq_ignore_ascii_case("bsn"));
        named || list(kind, "coding").any(|coding| word(coding, "code") == Some(BSN_TYPE))
    });
    by_system || by_type
}

/// A citizen service number is named and never told.
fn mask_number(identifier: &mut Vec<Member<'_>>) {
    if !is_number(identifier) {
        return;
    }
    let reason = Json::Object(vec![("url".into(), text(ABSENT)), ("valueCode".into(), text("masked"))]);
    let masked = Json::Object(vec![("extension".into(), Json::Array(vec![reason]))]);
    identifier.retain(|(name, _)| !matches!(name.as_ref(), "system" | "_system" | "value" | "_value"));
    // The last guard looks for the mask directly behind the system.
    identifier.push(("system".into(), text(BSN_SYSTEMS[0])));
    identifier.push(("_value".into(), masked));
}

/// Takes the patient's citizen service number out of every text, wherever and however somebody typed it (R §3.3.3).
fn without_numbers(value: &mut Json<'_>, numbers: &BTreeSet<String>) {
    match value {
        Json::Text(text) => {
            for number in numbers {
                while let Some(place) = place_of(number, text) {
                    text.to_mut().replace_range(place, STARS);
                }
            }
        }
        Json::Array(elements) => elements.iter_mut().for_each(|element| without_numbers(element, numbers)),
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| without_numbers(value, numbers)),
        _ => {}
    }
}

/// Is a number of the resource, as JSON has them, one of these? It cannot be masked without telling something else.
pub(super) fn tells_a_number(value: &Json<'_>, numbers: &BTreeSet<String>) -> bool {
    match value {
        Json::Number(digits) => numbers.iter().any(|number| digits.contains(number.as_str())),
        Json::Array(elements) => elements.iter().any(|element| tells_a_number(element, numbers)),
        Json::Object(members) => members.iter().any(|(_, value)| tells_a_number(value, numbers)),
        _ => false,
    }
}

/// Where the digits of a number stand in a text, also with a blank, point or hyphen between them.
fn place_of(number: &str, text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let first = *number.as_bytes().first()?;
    (0..bytes.len()).filter(|start| bytes[*start] == first).find_map(|start| {
        let mut at = start;
        for (place, digit) in number.bytes().enumerate() {
            while place > 0 && matches!(bytes.get(at), Some(b' ' | b'.' | b'-')) {
                at += 1;
            }
            if bytes.get(at) != Some(&digit) {
                return None;
            }
            at += 1;
        }
        Some(start..at)
    })
}
