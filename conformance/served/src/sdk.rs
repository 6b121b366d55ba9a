//! The opinion of `fhir-sdk`: does this resource fit FHIR's own model, element by element?
//!
//! Its types are STU3 3.0.2 and R4B; of the latter elements, cardinalities and types are the same as in R4 4.0.1 for the
//! resources of GP data. It reads and judges only: it keeps decimals as `f64`, so nothing it holds is ever written out again.

use dvza_conformance::version::FhirVersion;
use fhir_sdk::{r4b, stu3};
use serde_json::{Value, from_value, to_value};

/// What `fhir-sdk` found wrong, in its own words (they may quote codes, so keep them out of logs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Reads a resource or a whole bundle of this release; `Ok` carries FHIR's name of the type.
///
/// # Errors
/// [`Refusal`] when a member has a wrong type, a required one is missing, or a closed list does not hold a code.
pub fn parse(release: FhirVersion, resource: &Value) -> Result<String, Refusal> {
    let resource = resource.clone();
    let name = match release {
        FhirVersion::R4 => from_value(resource).map(|parsed: r4b::resources::Resource| parsed.resource_type().as_str()),
        FhirVersion::Stu3 => {
            from_value(resource).map(|parsed: stu3::resources::Resource| parsed.resource_type().as_str())
        }
    };
    name.map(str::to_owned).map_err(|error| Refusal(error.to_string()))
}

/// Members of `resource` that `fhir-sdk` does not know: it drops them silently, so they are found by writing back.
///
/// Returns JSON Pointers. Numbers are not compared: their digits do not survive this model.
pub fn unknown_members(release: FhirVersion, resource: &Value) -> Vec<String> {
    let given = resource.clone();
    let written = match release {
        FhirVersion::R4 => from_value::<r4b::resources::Resource>(given).and_then(to_value),
        FhirVersion::Stu3 => from_value::<stu3::resources::Resource>(given).and_then(to_value),
    };
    let mut missing = Vec::new();
    compare(resource, &written.unwrap_or(Value::Null), String::new(), &mut missing);
    missing
}

fn compare(given: &Value, written: &Value, at: String, missing: &mut Vec<String>) {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            for (name, value) in given {
                let at = format!("{at}/{name}");
                match written.get(name) {
                    Some(other) => compare(value, other, at, missing),
                    None => missing.push(at),
                }
            }
        }
        (Value::Array(given), Value::Array(written)) if given.len() == written.len() => {
            for (place, (value, other)) in given.iter().zip(written).enumerate() {
                compare(value, other, format!("{at}/{place}"), missing);
            }
        }
        (Value::Object(_) | Value::Array(_), _) => missing.push(at),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quantity_survives_so_arbitrary_precision_is_off() {
        let observation = json!({
            "resourceType": "Observation", "status": "final", "code": {"text": "x"},
            "valueQuantity": {"value": 7.4, "unit": "mmol/L"}
        });
        for release in FhirVersion::ALL {
            assert_eq!(parse(release, &observation), Ok("Observation".to_owned()));
            assert_eq!(unknown_members(release, &observation), Vec::<String>::new());
        }
    }

    #[test]
    fn a_missing_status_and_an_unknown_member_are_found() {
        let bare = json!({"resourceType": "Observation", "code": {"text": "x"}});
        let odd = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "colour": "red"});
        for release in FhirVersion::ALL {
            assert!(parse(release, &bare).is_err());
            assert_eq!(unknown_members(release, &odd), ["/colour"]);
        }
    }

    #[test]
    fn each_release_has_its_own_elements() {
        let observation = json!({
            "resourceType": "Observation", "status": "final", "code": {"text": "x"}, "comment": "c",
            "context": {"reference": "Encounter/e"},
            "related": [{"type": "has-member", "target": {"reference": "Observation/o"}}],
        });
        assert_eq!(unknown_members(FhirVersion::Stu3, &observation), Vec::<String>::new());
        assert_eq!(unknown_members(FhirVersion::R4, &observation), ["/comment", "/context", "/related"]);
        let mut other = observation;
        other["related"][0]["type"] = json!("member");
        assert!(parse(FhirVersion::Stu3, &other).is_err(), "a code that the closed list does not have");
        let request = json!({
            "resourceType": "ProcedureRequest", "status": "active", "intent": "order", "code": {"text": "x"},
            "subject": {"reference": "Patient/p"},
        });
        assert_eq!(parse(FhirVersion::Stu3, &request), Ok("ProcedureRequest".to_owned()));
        assert!(parse(FhirVersion::R4, &request).is_err(), "R4 has another type for it");
    }
}
