//! A body on its way out: cut where something it points to is not shown, completed, and looked at once more (R-SP-01).
//!
//! Shared by everything that shows a dossier – the PGO's requests, the patient's own pages, the practice's preview – so that
//! they cannot differ.

use std::borrow::Cow;

use super::face;
use super::view::{Shown, View};
use crate::domain::release::{Policy, needs_standard_conclusion};
use crate::fhir::ResourceType;
use crate::fhir::tree::Json;

/// What no answer may ever hold: the journal line types S and O, by their code and the end of the system that it is one of,
/// as R4 and STU3 code them.
const NEVER: [(&str, &[u8], &[&str]); 4] = [
    ("line_s", b"\"code\":\"255362007\"", &["snomed.info/sct", "2.16.840.1.113883.6.96"]),
    ("line_o", b"\"code\":\"260224007\"", &["snomed.info/sct", "2.16.840.1.113883.6.96"]),
    ("line_s", b"\"code\":\"S\"", &["journaalregeltypen", "2.16.840.1.113883.2.4.4.32.2"]),
    ("line_o", b"\"code\":\"O\"", &["journaalregeltypen", "2.16.840.1.113883.2.4.4.32.2"]),
];

/// Cuts what must go and adds what the practice says with a result that a timer released.
///
/// # Errors
/// Why the body cannot go out, as a code.
pub fn finish(view: &View, shown: Shown<'_>, body: Vec<u8>, policy: &Policy) -> Result<Vec<u8>, &'static str> {
    let cuts = view.cuts(shown);
    let by_timer = shown.1.kind == ResourceType::Observation
        && view.item_of(shown).is_some_and(|item| needs_standard_conclusion(item, policy));
    if cuts.is_empty() && !by_timer {
        return Ok(body);
    }
    let mut tree = Json::parse(&body).map_err(|_| "body_unreadable")?;
    tree.cut(&cuts).map_err(|_| "cut")?;
    if by_timer && let Some(conclusion) = &policy.lab_auto_conclusion {
        let face = face::find(view.release()).ok_or("release")?;
        (face.add_note)(&mut tree, conclusion);
    }
    let mut cut = Vec::with_capacity(body.len());
    tree.write(&mut cut);
    Ok(cut)
}

/// Adds an annotation to an Observation of R4, in FHIR's place for it: before `referenceRange` and what follows.
pub fn add_note<'a>(tree: &mut Json<'a>, text: &'a str) {
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
///
/// # Errors
/// What it holds, as a code.
pub fn last_guard(answer: &[u8]) -> Result<(), &'static str> {
    for (name, code, systems) in NEVER {
        let mut places = memchr::memmem::find_iter(answer, code);
        if places.any(|at| systems.iter().any(|system| contains(coding_before(&answer[..at]), system.as_bytes()))) {
            return Err(name);
        }
    }
    let system: &[u8] = b"\"system\":\"http://fhir.nl/fhir/NamingSystem/bsn\"";
    let masked = b",\"_value\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}";
    let mut rest = answer;
    while let Some(at) = find(rest, system) {
        rest = &rest[at + system.len()..];
        if !rest.starts_with(masked) {
            return Err("bsn");
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
        assert_eq!(last_guard(readable), Err("bsn"));
    }

    #[test]
    fn a_line_of_type_s_or_o_stops_the_answer() {
        let stu3 = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
        let snomed = "http://snomed.info/sct";
        let oid = "urn:oid:2.16.840.1.113883.2.4.4.32.2";
        let stopped = [(snomed, "255362007"), (snomed, "260224007"), (stu3, "S"), (stu3, "O"), (oid, "S"), (oid, "O")];
        for (system, code) in stopped {
            let body = format!(r#"{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#);
            assert!(last_guard(body.as_bytes()).is_err(), "{code}");
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
