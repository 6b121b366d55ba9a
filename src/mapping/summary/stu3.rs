//! What STU3 says in other members than R4, as far as people are told of it.
//!
//! A copy for reading only; what release reads of STU3 is in `feed::stu3`. A body tells by its members which release it is of:
//! none that is looked at here means something else in R4. What is not named here stands in the same member in both, or is told
//! nowhere.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{concept, extension, has_code, text};
use crate::fhir::ResourceType as R;

/// Members that R4 calls otherwise.
const RENAMED: [(R, &str, &str); 6] = [
    (R::AllergyIntolerance, "assertedDate", "recordedDate"),
    (R::Condition, "assertedDate", "recordedDate"),
    (R::DeviceUseStatement, "whenUsed", "timingPeriod"),
    (R::DocumentReference, "indexed", "date"),
    (R::Encounter, "reason", "reasonCode"),
    (R::Immunization, "date", "occurrenceDateTime"),
];

/// Members that are one, of which R4 has a list.
const SINGLE: [(R, &str); 2] = [(R::Observation, "interpretation"), (R::RelatedPerson, "relationship")];

/// Members that are a code, of which R4 has a concept.
const CODES: [(R, &str); 4] = [
    (R::AllergyIntolerance, "clinicalStatus"),
    (R::AllergyIntolerance, "verificationStatus"),
    (R::Condition, "clinicalStatus"),
    (R::Condition, "verificationStatus"),
];

/// The category of every advance directive; beside it stands which one it is.
const ADVANCE_DIRECTIVE: &str = "11341000146107";

/// The body with the members that R4 has for what it says; one of R4 as it is.
pub(super) fn as_r4(kind: R, body: &Value) -> Cow<'_, Value> {
    let told = told(kind, body);
    let Value::Object(members) = body else { return Cow::Borrowed(body) };
    if told.is_empty() {
        return Cow::Borrowed(body);
    }
    let mut members = members.clone();
    members.extend(told.into_iter().map(|(name, value)| (name.to_owned(), value)));
    Cow::Owned(Value::Object(members))
}

/// What stands elsewhere, by the name of R4.
fn told(kind: R, body: &Value) -> Vec<(&'static str, Value)> {
    let renamed = RENAMED.into_iter().filter(|(of, ..)| *of == kind);
    let renamed = renamed.filter_map(|(_, name, in_r4)| Some((in_r4, body.get(name)?.clone())));
    let single = SINGLE.into_iter().filter(|(of, _)| *of == kind);
    let single = single.filter_map(|(_, name)| {
        let value = body.get(name).filter(|value| value.is_object())?;
        Some((name, json!([value])))
    });
    let codes = CODES.into_iter().filter(|(of, _)| *of == kind);
    let codes = codes.filter_map(|(_, name)| {
        let code = body.get(name).filter(|value| value.is_string())?;
        Some((name, json!({"coding": [{"code": code}]})))
    });
    let denied = is_denied(kind, body).then(|| ("status", Value::from("not-done")));
    renamed.chain(single).chain(codes).chain(denied).chain(in_another_form(kind, body)).collect()
}

/// Not done, not given, not taken: beside the status, where R4 has a status for it.
fn is_denied(kind: R, body: &Value) -> bool {
    let says = |name: &str| body[name] == true;
    match kind {
        R::Procedure => says("notDone"),
        R::Immunization | R::MedicationAdministration => says("notGiven"),
        R::MedicationDispense => body.get("notDoneCodeableConcept").is_some() || body.get("notDoneReference").is_some(),
        R::MedicationStatement => body["taken"] == "n",
        _ => false,
    }
}

fn in_another_form(kind: R, body: &Value) -> Option<(&'static str, Value)> {
    match kind {
        R::Observation => body.get("comment").map(|words| ("note", json!([{"text": words}]))),
        R::MedicationRequest => body["requester"].get("agent").map(|agent| ("requester", agent.clone())),
        R::RelatedPerson if body.get("relationship").is_none() => {
            let role = extension(&body["extension"], "nl-core-relatedperson-role")?.get("valueCodeableConcept")?;
            Some(("relationship", json!([role])))
        }
        R::Consent if body.get("provision").is_none() => Some(("provision", provision(body)?)),
        _ => None,
    }
}

/// What a directive is about and what was decided, which zib 2017 says in extensions and categories.
fn provision(body: &Value) -> Option<Value> {
    if let Some(treatment) = extension(&body["extension"], "zib-TreatmentDirective-Treatment") {
        let permitted = extension(&body["modifierExtension"], "zib-TreatmentDirective-TreatmentPermitted");
        let permitted = permitted.and_then(|permitted| concept(&permitted["valueCodeableConcept"]));
        let exceptions = body["except"].as_array().into_iter().flatten();
        let restrictions = exceptions.filter_map(|except| {
            text(&extension(&except["extension"], "zib-TreatmentDirective-Restrictions")?["valueString"])
        });
        let decided: Vec<String> = permitted.into_iter().chain(restrictions).collect();
        return Some(json!({"type": decided.join(": "), "code": [treatment["valueCodeableConcept"]]}));
    }
    let categories = body["category"].as_array()?;
    let is_general = |category: &&Value| has_code(category, ADVANCE_DIRECTIVE);
    categories.iter().find(is_general)?;
    let which = categories.iter().find(|category| !is_general(category))?;
    Some(json!({"code": [which]}))
}

#[cfg(test)]
mod tests {
    use super::super::{Label, Section, Summary, summary};
    use super::*;

    fn told_of(kind: R, body: &Value) -> Summary {
        summary(kind, body).unwrap()
    }

    #[test]
    fn what_both_releases_say_is_told_in_the_same_words() {
        let code = |code: &str| json!({"coding": [{"system": "x", "code": code}]});
        let words = |words: &str| json!({"text": words});
        let pairs = [
            (
                R::Condition,
                json!({"code": words("astma"), "clinicalStatus": code("active"), "recordedDate": "2026-05-01"}),
                json!({"code": words("astma"), "clinicalStatus": "active", "assertedDate": "2026-05-01"}),
            ),
            (
                R::AllergyIntolerance,
                json!({"code": words("pinda"), "clinicalStatus": code("inactive"), "verificationStatus": code("refuted"), "recordedDate": "2026"}),
                json!({"code": words("pinda"), "clinicalStatus": "inactive", "verificationStatus": "refuted", "assertedDate": "2026"}),
            ),
            (
                R::Encounter,
                json!({"type": [words("consult")], "reasonCode": [words("hoest")], "period": {"start": "2026-05-02"}}),
                json!({"type": [words("consult")], "reason": [words("hoest")], "period": {"start": "2026-05-02"}}),
            ),
            (
                R::Observation,
                json!({"code": words("kalium"), "interpretation": [words("hoog")], "note": [words("Kom langs.")], "valueBoolean": true}),
                json!({"code": words("kalium"), "interpretation": words("hoog"), "comment": "Kom langs.", "valueBoolean": true}),
            ),
            (
                R::MedicationRequest,
                json!({
                    "medicationReference": {"display": "Metformine"}, "requester": {"display": "Dr. A"},
                    "extension": [{"url": "http://x/ext-TimeInterval.Period", "valuePeriod": {"start": "2026-05-01"}}],
                }),
                json!({
                    "medicationReference": {"display": "Metformine"}, "requester": {"agent": {"display": "Dr. A"}},
                    "extension": [{"url": "http://x/zib-Medication-PeriodOfUse", "valuePeriod": {"start": "2026-05-01"}}],
                }),
            ),
            (
                R::MedicationStatement,
                json!({"medicationReference": {"display": "Zalf"}, "status": "not-taken", "dateAsserted": "2026-05-03"}),
                json!({"medicationReference": {"display": "Zalf"}, "status": "active", "taken": "n", "dateAsserted": "2026-05-03"}),
            ),
            (
                R::Immunization,
                json!({"vaccineCode": words("griep"), "status": "not-done", "occurrenceDateTime": "2025-10-20"}),
                json!({"vaccineCode": words("griep"), "status": "completed", "notGiven": true, "date": "2025-10-20"}),
            ),
            (
                R::Procedure,
                json!({"code": words("hechten"), "status": "not-done", "performedDateTime": "2026"}),
                json!({"code": words("hechten"), "status": "completed", "notDone": true, "performedDateTime": "2026"}),
            ),
            (
                R::DocumentReference,
                json!({"date": "2026-06-01T00:00:00+02:00", "content": [{"attachment": {"title": "Brief"}}]}),
                json!({"indexed": "2026-06-01T00:00:00+02:00", "content": [{"attachment": {"title": "Brief"}}]}),
            ),
            (
                R::DeviceUseStatement,
                json!({"device": {"display": "stok"}, "timingPeriod": {"start": "2026-01"}}),
                json!({"device": {"display": "stok"}, "whenUsed": {"start": "2026-01"}}),
            ),
            (
                R::RelatedPerson,
                json!({"name": [words("B. Buur")], "relationship": [words("buur")]}),
                json!({"name": [words("B. Buur")], "relationship": words("buur")}),
            ),
        ];
        for (kind, of_r4, of_stu3) in pairs {
            assert_eq!(told_of(kind, &of_stu3), told_of(kind, &of_r4), "{kind}");
            assert!(matches!(as_r4(kind, &of_r4), Cow::Borrowed(_)), "{kind} of R4 is read as it is");
        }
    }

    #[test]
    fn a_thing_that_was_not_done_is_never_told_as_done() {
        let not_given = json!({"vaccineCode": {"text": "griep"}, "notGiven": true, "date": "2025-10-20"});
        assert_eq!(told_of(R::Immunization, &not_given).details, [(Label::Status, "not-done".to_owned())]);
        let against = json!({"code": {"text": "röntgen"}, "doNotPerform": true});
        for kind in [R::ProcedureRequest, R::ServiceRequest] {
            assert!(told_of(kind, &against).details.contains(&(Label::Status, "do-not-perform".to_owned())));
        }
    }

    #[test]
    fn a_directive_tells_what_it_is_about_and_what_was_decided() {
        let url = |name: &str| format!("http://nictiz.nl/fhir/StructureDefinition/zib-TreatmentDirective-{name}");
        let treatment = json!({
            "category": [{"coding": [{"code": "11291000146105", "display": "behandelaanwijzing"}]}],
            "extension": [{"url": url("Treatment"), "valueCodeableConcept": {"text": "reanimatie"}}],
            "modifierExtension": [{"url": url("TreatmentPermitted"), "valueCodeableConcept": {"coding": [{"code": "JA_MAAR", "display": "Ja, maar"}]}}],
            "except": [{"type": "deny", "extension": [{"url": url("Restrictions"), "valueString": "niet op de IC"}]}],
            "dateTime": "2026-04-01",
        });
        let told = told_of(R::Consent, &treatment);
        assert_eq!((told.section, told.title.as_str()), (Section::Behandelaanwijzing, "reanimatie"));
        assert_eq!(told.date.as_deref(), Some("2026-04-01"));
        assert_eq!(told.details, [(Label::Value, "Ja, maar: niet op de IC".to_owned())]);
        let general = json!({"coding": [{"code": ADVANCE_DIRECTIVE, "display": "wilsverklaring in dossier"}]});
        let own = json!({"category": [general, {"text": "Niet reanimeren"}]});
        assert_eq!(told_of(R::Consent, &own).title, "Niet reanimeren");
        let without = json!({"category": [general]});
        assert_eq!(told_of(R::Consent, &without).title, "wilsverklaring in dossier");
    }

    #[test]
    fn a_line_is_told_among_the_reports_of_contacts() {
        let system = "http://fhir.nl/fhir/NamingSystem/journaalregeltypen";
        for (code, display) in [("E", "Evaluatie"), ("P", "Plan")] {
            let coding = json!({"system": system, "code": code, "display": display});
            let line = json!({"code": {"coding": [coding]}, "valueString": "Griep"});
            let told = told_of(R::Observation, &line);
            assert_eq!((told.section, told.title.as_str()), (Section::Contactverslagen, display));
        }
        let other = json!({"code": {"coding": [{"system": "http://x", "code": "E", "display": "vitamine E"}]}});
        assert_eq!(told_of(R::Observation, &other).section, Section::Uitslagen);
    }
}
