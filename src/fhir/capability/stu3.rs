//! The CapabilityStatement of a service in STU3: profiles are References, `$lastn` stands with the server and not with its
//! type, and what clients may not know is said.

use serde_json::{Value, json};

use super::{Installation, interactions, name, plain_kind, search_params, security};
use crate::fhir::catalogue::{Interaction, Request, Service};

/// What Nictiz asks of a server of each service (fhir-data-services §1.6).
const REQUIREMENTS: &[(&str, &str)] =
    &[("49", "http://nictiz.nl/fhir/CapabilityStatement/gp-patientdata2017-servercapabilities")];

pub(super) fn statement(service: &Service, installation: &Installation<'_>) -> Value {
    let mut statement = json!({
        "resourceType": "CapabilityStatement",
        "name": name(service),
        "title": service.name,
        "status": "active",
        "date": installation.date.to_string(),
        "kind": "instance",
    });
    let requirements: Vec<&str> =
        REQUIREMENTS.iter().filter(|(id, _)| *id == service.id).map(|(_, canonical)| *canonical).collect();
    if !requirements.is_empty() {
        statement["instantiates"] = json!(requirements);
    }
    statement["software"] = json!({"name": "dvza", "version": installation.version});
    statement["implementation"] = json!({"description": service.name, "url": installation.base});
    statement["fhirVersion"] = json!(service.fhir.version());
    // Clients may send what this server does not know: it is passed over.
    statement["acceptUnknown"] = json!("both");
    statement["format"] = json!(["application/fhir+json", "application/fhir+xml"]);
    let profiles: Vec<Value> =
        service.requests.iter().flat_map(|request| &request.profiles).map(|profile| to_profile(profile)).collect();
    if !profiles.is_empty() {
        statement["profile"] = json!(profiles);
    }
    statement["rest"] = json!([rest(service)]);
    statement
}

fn rest(service: &Service) -> Value {
    let resources: Vec<Value> = service.requests.iter().map(|request| resource(service, request)).collect();
    let mut rest = json!({
        "mode": "server",
        "security": security("http://hl7.org/fhir/restful-security-service"),
        "resource": resources,
    });
    if service.requests.iter().any(|request| request.interactions.contains(&Interaction::Lastn)) {
        let definition = "http://hl7.org/fhir/OperationDefinition/Observation-lastn";
        rest["operation"] = json!([{"name": "lastn", "definition": {"reference": definition, "display": "lastn"}}]);
    }
    rest
}

fn resource(service: &Service, request: &Request) -> Value {
    let mut resource = json!({"type": request.kind.as_str()});
    // There is room for one; of a type with more of them the statement itself names all.
    if let [profile] = request.profiles.as_slice() {
        resource["profile"] = to_profile(profile);
    }
    resource["interaction"] = interactions(request);
    resource["referencePolicy"] = json!(["literal"]);
    if !request.includes.is_empty() {
        resource["searchInclude"] = request.includes.iter().map(ToString::to_string).collect();
    }
    if let Some(params) = search_params(service.fhir, request, plain_kind) {
        resource["searchParam"] = params;
    }
    resource
}

/// A Reference to a profile, named by the last part of its canonical URL.
fn to_profile(canonical: &str) -> Value {
    let name = canonical.rsplit('/').next().unwrap_or(canonical);
    json!({"reference": canonical, "display": name})
}

#[cfg(test)]
mod tests {
    use super::super::tests::statement;
    use super::*;

    #[test]
    fn it_says_what_the_catalogue_offers_in_the_form_of_stu3() {
        let value: Value = serde_json::from_slice(&statement("49")).unwrap();
        assert_eq!(value["fhirVersion"], "3.0.2");
        assert_eq!(value["acceptUnknown"], "both");
        assert_eq!(value["instantiates"], json!([REQUIREMENTS[0].1]));
        let episode = "http://fhir.nl/fhir/StructureDefinition/nl-core-episodeofcare";
        let named = json!({"reference": episode, "display": "nl-core-episodeofcare"});
        assert!(value["profile"].as_array().unwrap().contains(&named));
        let service = &value["rest"][0]["security"]["service"][0]["coding"][0];
        assert_eq!(service["system"], "http://hl7.org/fhir/restful-security-service");
        let resources = value["rest"][0]["resource"].as_array().unwrap();
        let find = |kind: &str| resources.iter().find(|resource| resource["type"] == kind).unwrap();
        assert_eq!(find("EpisodeOfCare")["profile"], named);
        assert_eq!(find("EpisodeOfCare").get("supportedProfile"), None);
        assert_eq!(find("Practitioner").get("searchParam"), None);
        assert!(resources.iter().all(|resource| !resource["interaction"].as_array().unwrap().is_empty()));
    }
}
