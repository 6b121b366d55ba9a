//! Bodies: loaded only when they are shown, cut where something they point to is not, and looked at once more.

use std::borrow::Cow;

use super::access::PatientAccess;
use crate::app::{App, Body, Released};
use crate::domain::ids::{PatientRef, ResourceId};
use crate::fhir::ResourceType;
use crate::fhir::links::links_of;
use crate::fhir::search::Nodes as _;
use crate::fhir::tree::Json;
use crate::http::error::fhir::FhirError;
use crate::mapping::view::{Shelf, Shown, View};
use crate::store;

/// What no answer may ever hold: the journal line types S and O, by their code and the end of the system that it is one of,
/// as R4 and STU3 code them.
const NEVER: [(&str, &[u8], &[&str]); 4] = [
    ("line_s", b"\"code\":\"255362007\"", &["snomed.info/sct", "2.16.840.1.113883.6.96"]),
    ("line_o", b"\"code\":\"260224007\"", &["snomed.info/sct", "2.16.840.1.113883.6.96"]),
    ("line_s", b"\"code\":\"S\"", &["journaalregeltypen", "2.16.840.1.113883.2.4.4.32.2"]),
    ("line_o", b"\"code\":\"O\"", &["journaalregeltypen", "2.16.840.1.113883.2.4.4.32.2"]),
];

/// The finished bodies of everything that is shown, by the places of the view.
///
/// Read at once by the first request that needs one: the other requests of a collection ask for the rest. What is withheld
/// is not even unpacked.
pub(super) async fn all<'r>(
    app: &App,
    access: &PatientAccess,
    released: &'r Released,
) -> Result<&'r [Body], FhirError> {
    if let Some(bodies) = released.bodies() {
        return Ok(bodies);
    }
    let view = &released.view;
    let (patient, release) = (*access.patient(), access.service.fhir);
    let shelf = PatientRef::practice_itself(patient.practice);
    let mut tx = access.transaction(app).await?;
    let mut own = store::shelves::find(&mut tx, app.sealer(), &patient, release).await?;
    let mut practice = store::shelves::find(&mut tx, app.sealer(), &shelf, release).await?;
    tx.close().await?;
    let finished = view.all().map(|(on, resource)| {
        let shelf = match on {
            Shelf::Patient => own.as_mut(),
            Shelf::Practice => practice.as_mut(),
        };
        let body = shelf.map(|shelf| shelf.body(&(resource.kind, resource.id))).transpose();
        let body = body.map_err(|_| "body_unreadable")?.flatten().ok_or("body_missing")?;
        finish(access, view, (on, resource), body)
    });
    Ok(released.keep_bodies(finished.collect()))
}

/// The finished body at this place of the view.
pub(super) fn at(bodies: &[Body], place: usize) -> Result<&[u8], FhirError> {
    match bodies.get(place) {
        Some(Ok(body)) => Ok(body),
        Some(Err(reason)) => Err(FhirError::Stopped(reason)),
        None => Err(FhirError::Stopped("body_missing")),
    }
}

/// The body as this data service shows it: references to what is no part of the service are cut, since nobody could follow
/// them there (fhir-data-services §1.4).
pub(super) fn of_service<'b>(
    access: &PatientAccess,
    view: &View,
    place: usize,
    body: &'b [u8],
) -> Result<Cow<'b, [u8]>, FhirError> {
    let (_, resource) = view.get(place).ok_or(FhirError::Stopped("body_missing"))?;
    let part = access.service.part();
    let foreign = |target: &ResourceId| {
        let target = view.place_of(target).and_then(|place| view.get(place));
        target.is_some_and(|(_, target)| !part.holds(target.kind, &target.search))
    };
    if !resource.links.iter().any(|link| foreign(&link.target)) {
        return Ok(Cow::Borrowed(body));
    }
    // Earlier cuts moved places in arrays: the references are looked up anew.
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|_| FhirError::Stopped("body_unreadable"))?;
    let links = links_of(resource.kind, &value);
    let cuts: Vec<&str> = links.iter().filter(|link| foreign(&link.target)).map(|link| link.cut.as_ref()).collect();
    let mut tree = Json::parse(body).map_err(|_| FhirError::Stopped("body_unreadable"))?;
    tree.cut(&cuts).map_err(|_| FhirError::Stopped("cut"))?;
    let mut cut = Vec::with_capacity(body.len());
    tree.write(&mut cut);
    Ok(Cow::Owned(cut))
}

/// Cuts what must go and adds what the practice says with a result that a timer released.
fn finish(access: &PatientAccess, view: &View, shown: Shown<'_>, body: Vec<u8>) -> Body {
    let cuts = view.cuts(shown);
    let by_timer = shown.1.kind == ResourceType::Observation
        && view.item_of(shown).is_some_and(|item| access.adds_conclusion(item));
    if cuts.is_empty() && !by_timer {
        return Ok(body);
    }
    let mut tree = Json::parse(&body).map_err(|_| "body_unreadable")?;
    tree.cut(&cuts).map_err(|_| "cut")?;
    if by_timer && let Some(conclusion) = access.standard_conclusion() {
        add_note(&mut tree, conclusion);
    }
    let mut cut = Vec::with_capacity(body.len());
    tree.write(&mut cut);
    Ok(cut)
}

/// Adds an annotation to an Observation, in FHIR's place for it: before `referenceRange` and what follows.
fn add_note<'a>(tree: &mut Json<'a>, text: &'a str) {
    const BEHIND: [&str; 9] =
        ["bodySite", "method", "specimen", "device", "referenceRange", "hasMember", "derivedFrom", "component", "text"];
    let Json::Object(members) = tree else { return };
    let note = Json::Object(vec![(Cow::Borrowed("text"), Json::Text(Cow::Borrowed(text)))]);
    if let Some((_, Json::Array(notes))) = members.iter_mut().find(|(name, _)| name == "note") {
        notes.push(note);
        return;
    }
    let place = members.iter().position(|(name, _)| BEHIND[..8].contains(&name.as_ref())).unwrap_or(members.len());
    members.insert(place, (Cow::Borrowed("note"), Json::Array(vec![note])));
}

/// The last look at a finished answer: it is stopped rather than sent when it holds what may never appear.
///
/// A citizen service number may be named only as masked: its system stands directly before the extension that says so.
pub(super) fn last_guard(answer: &[u8]) -> Result<(), FhirError> {
    for (name, code, systems) in NEVER {
        let mut places = memchr::memmem::find_iter(answer, code);
        if places.any(|at| systems.iter().any(|system| contains(coding_before(&answer[..at]), system.as_bytes()))) {
            return Err(FhirError::Stopped(name));
        }
    }
    let system: &[u8] = b"\"system\":\"http://fhir.nl/fhir/NamingSystem/bsn\"";
    let masked = b",\"_value\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}";
    let mut rest = answer;
    while let Some(at) = find(rest, system) {
        rest = &rest[at + system.len()..];
        if !rest.starts_with(masked) {
            return Err(FhirError::Stopped("bsn"));
        }
    }
    Ok(())
}

/// What stands of a Coding before its code: its system, and its version.
fn coding_before(answer: &[u8]) -> &[u8] {
    &answer[memchr::memrchr(b'{', answer).unwrap_or(0)..]
}

fn contains(text: &[u8], marker: &[u8]) -> bool {
    find(text, marker).is_some()
}

fn find(text: &[u8], marker: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, marker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_passes_and_a_readable_one_is_stopped() {
        let masked = br#"{"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","_value":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}]}"#;
        assert!(last_guard(masked).is_ok());
        let readable = br#"{"identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}]}"#;
        assert!(matches!(last_guard(readable), Err(FhirError::Stopped("bsn"))));
    }

    #[test]
    fn a_line_of_type_s_or_o_stops_the_answer() {
        let stu3 = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
        let snomed = "http://snomed.info/sct";
        let oid = "urn:oid:2.16.840.1.113883.2.4.4.32.2";
        let stopped = [(snomed, "255362007"), (snomed, "260224007"), (stu3, "S"), (stu3, "O"), (oid, "S"), (oid, "O")];
        for (system, code) in stopped {
            let body = format!(r#"{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#);
            assert!(matches!(last_guard(body.as_bytes()), Err(FhirError::Stopped(_))), "{code}");
        }
        let versioned = format!(r#"{{"coding":[{{"system":"{snomed}","version":"1","code":"255362007"}}]}}"#);
        assert!(last_guard(versioned.as_bytes()).is_err());
        for (system, code) in [(stu3, "E"), ("https://his.example/codes", "255362007"), (oid, "SO")] {
            let body =
                format!(r#"{{"coding":[{{"system":"{stu3}","code":"P"}},{{"system":"{system}","code":"{code}"}}]}}"#);
            assert!(last_guard(body.as_bytes()).is_ok(), "{code}");
        }
    }

    #[test]
    fn a_note_takes_its_place_in_the_order_of_the_elements() {
        let mut tree =
            Json::parse(br#"{"resourceType":"Observation","valueString":"x","referenceRange":[{"text":"y"}]}"#)
                .unwrap();
        add_note(&mut tree, "Goed.");
        let mut out = Vec::new();
        tree.write(&mut out);
        let expected = r#"{"resourceType":"Observation","valueString":"x","note":[{"text":"Goed."}],"referenceRange":[{"text":"y"}]}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
