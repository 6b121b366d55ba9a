//! The CapabilityStatement of a data service, made from its catalogue entry (fhir-data-services §1.6).

use jiff::civil::Date;
use serde_json::{Value, json};

use super::catalogue::{Interaction, Request, Service};
use super::search::{Chain, Param, ParamType};
use super::{FhirRelease, ResourceType};

/// The facts about this installation that a CapabilityStatement names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installation<'a> {
    /// Base URL of the data service at this practice.
    pub base: &'a str,
    /// Version of the program.
    pub version: &'a str,
    /// The day this statement was last changed: that of the release or of the operator's catalogue, not of today.
    pub date: Date,
}

/// The statement as JSON; equal input gives equal bytes.
pub fn capability_statement(service: &Service, installation: &Installation<'_>) -> Vec<u8> {
    let resources: Vec<Value> = service.requests.iter().map(|request| resource(service.fhir, request)).collect();
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "name": format!("Dvza{}", service.id.replace(['-', '.'], "")),
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
            "security": {
                "service": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                    "code": "OAuth",
                    "display": "OAuth",
                }]}],
                "description": "MedMij: OAuth 2.0 over mutual TLS. The access token names the patient; no search parameter does.",
            },
            "resource": resources,
        }],
    });
    statement.to_string().into_bytes()
}

fn resource(release: FhirRelease, request: &Request) -> Value {
    let mut resource = json!({"type": request.kind.as_str()});
    if !request.profiles.is_empty() {
        resource["supportedProfile"] = json!(request.profiles);
    }
    let codes = request.interactions.iter().filter_map(|interaction| match interaction {
        Interaction::Read => Some("read"),
        Interaction::Search => Some("search-type"),
        Interaction::Lastn => None,
    });
    resource["interaction"] = codes.map(|code| json!({"code": code})).collect();
    resource["referencePolicy"] = json!(["literal"]);
    if !request.includes.is_empty() {
        resource["searchInclude"] = request.includes.iter().map(ToString::to_string).collect();
    }
    if request.interactions.contains(&Interaction::Search) {
        let id = json!({
            "name": "_id", "definition": "http://hl7.org/fhir/SearchParameter/Resource-id", "type": "token",
        });
        let params = request.params.iter().map(|param| search_param((release, request.kind), *param));
        let chains = request.chains.iter().map(chained_param);
        resource["searchParam"] = std::iter::once(id).chain(params).chain(chains).collect();
    }
    if request.interactions.contains(&Interaction::Lastn) {
        resource["operation"] = json!([{
            "name": "lastn", "definition": "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
        }]);
    }
    resource
}

/// A chain has no definition of its own: its parts have.
fn chained_param(chain: &Chain) -> Value {
    let kind = match chain.param.kind() {
        ParamType::Token => "token",
        ParamType::Date => "date",
    };
    let target = chain.via.target.map(|target| target.as_str()).unwrap_or_default();
    let words = format!("{} of the {target} that {} refers to", chain.param.as_str(), chain.via.name);
    json!({"name": chain.name(), "type": kind, "documentation": words})
}

fn search_param((release, kind): (FhirRelease, ResourceType), param: Param) -> Value {
    let definition = param.definition(release, kind);
    let kind = match (param, param.kind()) {
        // Nictiz defines it as special: it looks at period and duration together.
        (Param::PeriodOfUse, _) => "special",
        (_, ParamType::Token) => "token",
        (_, ParamType::Date) => "date",
    };
    let mut entry = json!({"name": param.as_str()});
    if let Some(definition) = definition {
        entry["definition"] = json!(definition);
    }
    entry["type"] = json!(kind);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::catalogue::Catalogue;
    use crate::fhir::shared;
    use jiff::civil::date;

    fn statement(service: &str) -> Vec<u8> {
        let installation =
            Installation { base: "https://x/fhir/linde/HG-R4", version: "1.2.3", date: date(2026, 6, 15) };
        capability_statement(Catalogue::built_in().unwrap().find(service).unwrap(), &installation)
    }

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
    fn equal_input_gives_equal_bytes_and_a_form_in_xml() {
        assert_eq!(statement("DOC-R4"), statement("DOC-R4"));
        let xml = String::from_utf8(crate::fhir::xml::from_json(&statement("DOC-R4")).unwrap()).unwrap();
        assert!(roxmltree::Document::parse(&xml).is_ok());
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
