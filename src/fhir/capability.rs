//! The CapabilityStatement of a data service, made from its catalogue entry (fhir-data-services §1.6).
//!
//! What the releases share is here; the form of a statement is that of its release.

mod r4;
mod stu3;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::FhirRelease;
use super::catalogue::{Interaction, Request, Service};
use super::search::{Chain, Param, ParamType};

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
    let statement = match service.fhir {
        FhirRelease::R4 => r4::statement(service, installation),
        FhirRelease::Stu3 => stu3::statement(service, installation),
    };
    statement.to_string().into_bytes()
}

/// How a client is known, by the code system the release has for it.
fn security(system: &str) -> Value {
    json!({
        "service": [{"coding": [{"system": system, "code": "OAuth", "display": "OAuth"}]}],
        "description": "MedMij: OAuth 2.0 over mutual TLS. The access token names the patient; no search parameter does.",
    })
}

/// The name of a statement: no sign but letters and digits.
fn name(service: &Service) -> String {
    format!("Dvza{}", service.id.replace(['-', '.'], ""))
}

/// What can be done with the resources of one type; `$lastn` is an operation, not an interaction.
fn interactions(request: &Request) -> Value {
    let codes = request.interactions.iter().filter_map(|interaction| match interaction {
        Interaction::Read => Some("read"),
        Interaction::Search => Some("search-type"),
        Interaction::Lastn => None,
    });
    codes.map(|code| json!({"code": code})).collect()
}

/// The search parameters of one type: `_id`, its own, and its chains; `None` when it cannot be searched.
fn search_params(release: FhirRelease, request: &Request, kind_of: impl Fn(Param) -> &'static str) -> Option<Value> {
    if !request.interactions.contains(&Interaction::Search) {
        return None;
    }
    let id = json!({
        "name": "_id", "definition": "http://hl7.org/fhir/SearchParameter/Resource-id", "type": "token",
    });
    let own = request.params.iter().map(|&param| {
        let mut entry = json!({"name": param.name(release, request.kind)});
        if let Some(definition) = param.definition(release, request.kind) {
            entry["definition"] = json!(definition);
        }
        entry["type"] = json!(kind_of(param));
        entry
    });
    let chains = request.chains.iter().map(chained_param);
    Some(std::iter::once(id).chain(own).chain(chains).collect())
}

/// A chain has no definition of its own: its parts have.
fn chained_param(chain: &Chain) -> Value {
    let target = chain.via.target.map(|target| target.as_str()).unwrap_or_default();
    let words = format!("{} of the {target} that {} refers to", chain.param.as_str(), chain.via.name);
    json!({"name": chain.name(), "type": plain_kind(chain.param), "documentation": words})
}

/// FHIR's word for how values of a parameter are written.
fn plain_kind(param: Param) -> &'static str {
    match param.kind() {
        ParamType::Token => "token",
        ParamType::Date => "date",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::catalogue::Catalogue;
    use jiff::civil::date;

    /// The statement of a service.
    pub(super) fn statement(service: &str) -> Vec<u8> {
        let base = format!("https://x/fhir/linde/{service}");
        let installation = Installation { base: &base, version: "1.2.3", date: date(2026, 6, 15) };
        capability_statement(Catalogue::built_in().unwrap().find(service).unwrap(), &installation)
    }

    #[test]
    fn equal_input_gives_equal_bytes_and_a_form_in_xml() {
        for service in ["DOC-R4", "49"] {
            assert_eq!(statement(service), statement(service));
            let xml = String::from_utf8(crate::fhir::xml::from_json(&statement(service)).unwrap()).unwrap();
            assert!(roxmltree::Document::parse(&xml).is_ok(), "{service}");
        }
    }
}
