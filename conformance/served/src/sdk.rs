//! The opinion of `fhir-sdk`: does this resource fit FHIR's own model, element by element?
//!
//! Its types are R4B; for the resources of GP data elements, cardinalities and types are the same as in R4 4.0.1.
//! It reads and judges only: it keeps decimals as `f64`, so nothing it holds is ever written out again.

use fhir_sdk::r4b::resources::Resource;
use serde_json::Value;

/// What `fhir-sdk` found wrong, in its own words (they may quote codes, so keep them out of logs).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Reads a resource or a whole bundle as R4B; `Ok` carries FHIR's name of the type.
///
/// # Errors
/// [`Refusal`] when a member has a wrong type, a required one is missing, or a closed list does not hold a code.
pub fn parse(resource: &Value) -> Result<String, Refusal> {
    let parsed: Resource = serde_json::from_value(resource.clone()).map_err(|error| Refusal(error.to_string()))?;
    Ok(parsed.resource_type().as_str().to_owned())
}

/// Members of `resource` that `fhir-sdk` does not know: it drops them silently, so they are found by writing back.
///
/// Returns JSON Pointers. Numbers are not compared: their digits do not survive this model.
pub fn unknown_members(resource: &Value) -> Vec<String> {
    let written =
        serde_json::from_value::<Resource>(resource.clone()).and_then(serde_json::to_value).unwrap_or(Value::Null);
    let mut missing = Vec::new();
    compare(resource, &written, String::new(), &mut missing);
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
        assert_eq!(parse(&observation), Ok("Observation".to_owned()));
        assert_eq!(unknown_members(&observation), Vec::<String>::new());
    }

    #[test]
    fn a_missing_status_and_an_unknown_member_are_found() {
        assert!(parse(&json!({"resourceType": "Observation", "code": {"text": "x"}})).is_err());
        let odd = json!({"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "colour": "red"});
        assert_eq!(unknown_members(&odd), ["/colour"]);
    }
}
