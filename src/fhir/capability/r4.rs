//! The CapabilityStatement of a service in R4.

use serde_json::{Value, json};

use super::{Installation, interactions, name, plain_kind, search_params, security};
use crate::fhir::catalogue::{Interaction, Request, Service};
use crate::fhir::search::Param;

pub(super) fn statement(service: &Service, installation: &Installation<'_>) -> Value {
    let resources: Vec<Value> = service.requests.iter().map(|request| resource(service, request)).collect();
    json!({
        "resourceType": "CapabilityStatement",
        "name": name(service),
        "title": service.name,
        "status": "active",
        "date": installation.date.to_string(),
        "kind": "instance",
        "software": {"name": "dvza", "version": installation.version},
        "implementation": {"description": service.name, "url": installation.base},
        "fhirVersion": service.fhir.version(),
        "format": ["application/fhir+json", "application/fhir+xml"],
        "rest": [{
            "mode": "server",
            "security": security("http://terminology.hl7.org/CodeSystem/restful-security-service"),
            "resource": resources,
        }],
    })
}

fn resource(service: &Service, request: &Request) -> Value {
    let mut resource = json!({"type": request.kind.as_str()});
    if !request.profiles.is_empty() {
        resource["supportedProfile"] = json!(request.profiles);
    }
    resource["interaction"] = interactions(request);
    resource["referencePolicy"] = json!(["literal"]);
    if !request.includes.is_empty() {
        resource["searchInclude"] = request.includes.iter().map(ToString::to_string).collect();
    }
    if let Some(params) = search_params(service.fhir, request, kind_of) {
        resource["searchParam"] = params;
    }
    if request.interactions.contains(&Interaction::Lastn) {
        resource["operation"] = json!([{
            "name": "lastn", "definition": "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
        }]);
    }
    resource
}

fn kind_of(param: Param) -> &'static str {
    match param {
        // Nictiz defines it as special: it looks at period and duration together.
        Param::PeriodOfUse => "special",
        _ => plain_kind(param),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::statement;
    use super::*;
    use crate::fhir::shared;

    #[test]
    fn it_says_what_the_catalogue_offers() {
        let value: Value = serde_json::from_slice(&statement("HG-R4")).unwrap();
        assert_eq!(value["kind"], "instance");
        assert_eq!(value["fhirVersion"], "4.0.1");
        assert_eq!(value["date"], "2026-06-15");
        assert_eq!(value["implementation"]["url"], "https://x/fhir/linde/HG-R4");
        let resources = value["rest"][0]["resource"].as_array().unwrap();
        let find = |kind: &str| resources.iter().find(|resource| resource["type"] == kind).unwrap();
        let prescription = find("MedicationRequest");
        assert_eq!(prescription["interaction"], json!([{"code": "search-type"}, {"code": "read"}]));
        assert!(prescription["searchInclude"].as_array().unwrap().contains(&json!("MedicationRequest:medication")));
        assert!(prescription["searchParam"].as_array().unwrap().contains(&json!({
            "name": "period-of-use",
            "definition": "http://nictiz.nl/fhir/SearchParameter/period-of-use",
            "type": "special",
        })));
        assert_eq!(find("Practitioner").get("searchParam"), None);
        assert_eq!(find("Practitioner")["interaction"], json!([{"code": "read"}]));
    }

    #[test]
    fn it_is_valid_by_the_official_schema() {
        let Some(folder) = shared::folder("fhir") else { return };
        let text = std::fs::read_to_string(folder.join("r4-core/fhir.schema.json")).unwrap();
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        let whole = schema.as_object_mut().unwrap();
        whole.shift_remove("discriminator");
        whole.shift_remove("oneOf");
        whole.insert("$ref".to_owned(), json!("#/definitions/CapabilityStatement"));
        let validator = jsonschema::validator_for(&schema).unwrap();
        for service in ["HG-R4", "DOC-R4"] {
            let mut value: Value = serde_json::from_slice(&statement(service)).unwrap();
            // The schema's list of versions ends before the technical correction 4.0.1.
            value["fhirVersion"] = json!("4.0.0");
            let faults: Vec<String> = validator.iter_errors(&value).map(|fault| fault.to_string()).collect();
            assert_eq!(faults, Vec::<String>::new(), "{service}");
        }
    }
}
