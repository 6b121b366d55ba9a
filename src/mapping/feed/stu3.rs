//! What release reads of a resource of STU3, in the members that R4 has for it.
//!
//! A copy for reading only: it is never served. What is not named here stands in the same member in both releases, or is
//! read by nobody. What STU3 does not say stays unsaid, and is withheld.

use std::borrow::Cow;

use super::read::{has_code, word};
use super::text;
use super::topics::{PERIOD_OF_USE, SNOMED};
use crate::fhir::ResourceType as R;
use crate::fhir::tree::{Json, Member};

/// The period of use as zib 2017 has it.
const PERIOD_OF_USE_2017: &str = "http://nictiz.nl/fhir/StructureDefinition/zib-Medication-PeriodOfUse";
/// The category of a medication agreement in zib 2017, and in zib 2020.
const AGREEMENT: (&str, &str) = ("16076005", "33633005");
/// HL7's table of abnormal flags, and the code system that took its place.
const INTERPRETATION: (&str, &str) =
    ("http://hl7.org/fhir/v2/0078", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation");

/// Type and content as the rules read them.
pub(super) fn for_facts<'r>(kind: R, json: &Json<'r>) -> (R, Json<'r>) {
    let mut json = json.clone();
    let is_over = is_over(kind, &json);
    let is_agreement = has_code(&json, "category", SNOMED, AGREEMENT.0);
    let members_of_panel: Vec<Json<'r>> = members_of(&json);
    let Json::Object(members) = &mut json else { return (kind, json) };
    match kind {
        R::AllergyIntolerance | R::Condition => {
            as_concept(members, "clinicalStatus");
            as_concept(members, "verificationStatus");
        }
        R::Observation => {
            read_interpretation(members);
            if !members_of_panel.is_empty() {
                set(members, "hasMember", Json::Array(members_of_panel));
            }
        }
        R::MedicationRequest if is_agreement => {
            let coding = Json::Object(vec![("system".into(), text(SNOMED)), ("code".into(), text(AGREEMENT.1))]);
            let concept = Json::Object(vec![("coding".into(), Json::Array(vec![coding]))]);
            set(members, "category", Json::Array(vec![concept]));
        }
        R::MedicationAdministration => rename(members, "prescription", "request"),
        R::Immunization => rename(members, "date", "occurrenceDateTime"),
        R::DocumentReference => rename(members, "indexed", "date"),
        R::DeviceUseStatement => rename(members, "whenUsed", "timingPeriod"),
        R::Consent => {
            if let Some(period) = take(members, "period") {
                set(members, "provision", Json::Object(vec![("period".into(), period)]));
            }
        }
        _ => {}
    }
    if let Some(status) = is_over {
        set(members, "status", text(status));
    }
    rename_period_of_use(members);
    let kind = if kind == R::ProcedureRequest { R::ServiceRequest } else { kind };
    (kind, json)
}

/// The status that R4 has for what STU3 says beside the status: not done, not given, not taken.
fn is_over(kind: R, json: &Json<'_>) -> Option<&'static str> {
    let says = |name: &str| json.member(name) == Some(&Json::Bool(true));
    let has = |name: &str| json.member(name).is_some();
    match kind {
        R::Procedure if says("notDone") => Some("not-done"),
        R::Immunization | R::MedicationAdministration if says("notGiven") => Some("not-done"),
        R::MedicationStatement if word(json, "taken") == Some("n") => Some("not-taken"),
        R::MedicationDispense if has("notDoneCodeableConcept") || has("notDoneReference") => Some("declined"),
        // It asks for something not to be done.
        R::ProcedureRequest if says("doNotPerform") => Some("revoked"),
        _ => None,
    }
}

/// What an Observation holds together.
fn members_of<'r>(json: &Json<'r>) -> Vec<Json<'r>> {
    let Some(Json::Array(related)) = json.member("related") else { return Vec::new() };
    let members = related.iter().filter(|related| word(related, "type") == Some("has-member"));
    members.filter_map(|related| related.member("target").cloned()).collect()
}

/// The one interpretation as a list, that of every component too.
fn read_interpretation(members: &mut Vec<Member<'_>>) {
    if let Some(mut concept) = take(members, "interpretation") {
        if let Json::Object(concept) = &mut concept
            && let Some((_, Json::Array(codings))) = concept.iter_mut().find(|(name, _)| name == "coding")
        {
            codings.iter_mut().for_each(rename_system);
        }
        set(members, "interpretation", Json::Array(vec![concept]));
    }
    if let Some((_, Json::Array(components))) = members.iter_mut().find(|(name, _)| name == "component") {
        for component in components {
            if let Json::Object(members) = component {
                read_interpretation(members);
            }
        }
    }
}

fn rename_system(coding: &mut Json<'_>) {
    let Json::Object(members) = coding else { return };
    for (name, value) in members {
        if name == "system" && value.as_text() == Some(INTERPRETATION.0) {
            *value = text(INTERPRETATION.1);
        }
    }
}

fn rename_period_of_use(members: &mut [Member<'_>]) {
    let Some((_, Json::Array(extensions))) = members.iter_mut().find(|(name, _)| name == "extension") else { return };
    for extension in extensions {
        let Json::Object(members) = extension else { continue };
        for (name, value) in members {
            if name == "url" && value.as_text() == Some(PERIOD_OF_USE_2017) {
                *value = text(PERIOD_OF_USE);
            }
        }
    }
}

/// A code as a concept with that code.
fn as_concept(members: &mut Vec<Member<'_>>, name: &'static str) {
    if let Some(code) = take(members, name) {
        let coding = Json::Object(vec![("code".into(), code)]);
        set(members, name, Json::Object(vec![("coding".into(), Json::Array(vec![coding]))]));
    }
}

fn rename(members: &mut Vec<Member<'_>>, from: &str, to: &'static str) {
    if let Some(value) = take(members, from) {
        set(members, to, value);
    }
}

fn take<'r>(members: &mut Vec<Member<'r>>, name: &str) -> Option<Json<'r>> {
    let place = members.iter().position(|(own, _)| own == name)?;
    Some(members.remove(place).1)
}

fn set<'r>(members: &mut Vec<Member<'r>>, name: &'static str, value: Json<'r>) {
    members.retain(|(own, _)| own != name);
    members.push((Cow::Borrowed(name), value));
}
