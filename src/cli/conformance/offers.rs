//! Which data service a script is for: the one whose CapabilityStatement offers most of what the script asks.
//!
//! Scripts do not name data services, and a provider offers several at addresses of their own. What decides is what is
//! asked: types, search parameters and includes.

use std::collections::{HashMap, HashSet};

use dvza_conformance::testscript::{FhirVersion, Found, wishes};
use serde_json::Value;

/// A data service and what it says it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The provider's MedMij name; empty for a server that is no provider of ours.
    pub practice: String,
    /// Its id.
    pub service: String,
    /// Its address.
    pub base: String,
    version: String,
    /// Search parameters and includes by type.
    types: HashMap<String, HashSet<String>>,
}

impl Offer {
    /// Reads a CapabilityStatement; what is not one offers nothing.
    pub fn read(practice: &str, service: &str, base: &str, capability: &[u8]) -> Self {
        let capability: Value = serde_json::from_slice(capability).unwrap_or(Value::Null);
        let version = capability["fhirVersion"].as_str().unwrap_or_default().to_owned();
        let resources = capability["rest"][0]["resource"].as_array().into_iter().flatten();
        let types = resources.filter_map(|resource| Some((resource["type"].as_str()?.to_owned(), words(resource))));
        Self {
            practice: practice.to_owned(),
            service: service.to_owned(),
            base: base.to_owned(),
            version,
            types: types.collect(),
        }
    }

    /// How much of what the script asks is offered.
    fn fits(&self, found: &Found) -> usize {
        let Ok(script) = &found.script else { return 0 };
        let expected = match found.version {
            FhirVersion::R4 => "4.0",
            FhirVersion::Stu3 => "3.0",
        };
        if !self.version.starts_with(expected) {
            return 0;
        }
        let score = |(kind, words): (String, Vec<String>)| {
            let Some(known) = self.types.get(&kind) else { return 0 };
            // A type weighs more than any parameters of other types.
            100 + words.iter().filter(|word| known.contains(*word)).count()
        };
        wishes(script).into_iter().map(score).sum()
    }
}

/// The names of search parameters, and includes as they are written in a query.
fn words(resource: &Value) -> HashSet<String> {
    let list = |name: &str| resource[name].as_array().into_iter().flatten();
    let names = list("searchParam").filter_map(|parameter| parameter["name"].as_str());
    let includes = list("searchInclude").filter_map(Value::as_str);
    names.chain(includes).map(str::to_owned).collect()
}

/// The place of the service that a script is for, at the practice of its patient when that is known. The first of them
/// when none offers anything of it.
pub fn best(offers: &[Offer], practice: Option<&String>, script: &Found) -> usize {
    let mut best: Option<(usize, usize)> = None;
    for (place, offer) in offers.iter().enumerate() {
        if practice.is_some_and(|practice| *practice != offer.practice) {
            continue;
        }
        let score = offer.fits(script);
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((place, score));
        }
    }
    best.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dvza_conformance::testscript::Script;
    use serde_json::json;

    fn offer(service: &str, version: &str, resources: Value) -> Offer {
        let capability = json!({"fhirVersion": version, "rest": [{"resource": resources}]});
        Offer::read("a", service, "https://x.test", capability.to_string().as_bytes())
    }

    #[test]
    fn a_script_is_for_the_service_that_offers_what_it_asks() {
        let medication = |parameter: &str| json!([{"type": "MedicationRequest", "searchParam": [{"name": parameter}]}]);
        let offers = [
            offer("none", "4.0.1", json!([])),
            offer("gp", "4.0.1", medication("category")),
            offer("mp", "4.0.1", medication("period-of-use")),
            offer("old", "3.0.2", json!([{"type": "Immunization"}])),
            offer("imm", "4.0.1", json!([{"type": "Immunization", "searchInclude": ["Immunization:patient"]}])),
            Offer::read("a", "broken", "https://x.test", b"<html/>"),
        ];
        let cases = [
            ("MedicationRequest", "?period-of-use=ge2026-01-01", "mp"),
            ("MedicationRequest", "?category=x", "gp"),
            ("Immunization", "?_include=Immunization:patient", "imm"),
            ("Claim", "", "none"),
        ];
        for (kind, params, service) in cases {
            let text = format!(
                "<TestScript xmlns=\"http://hl7.org/fhir\"><test><action><operation><type><code value=\"search\"/></type>\
                 <resource value=\"{kind}\"/><params value=\"{params}\"/></operation></action></test></TestScript>"
            );
            let script = Found { path: "x.xml".into(), version: FhirVersion::R4, script: Script::read(&text) };
            assert_eq!(offers[best(&offers, None, &script)].service, service, "{kind}{params}");
            let mut others = offers.to_vec();
            others.extend(offers.iter().map(|offer| Offer { practice: "b".to_owned(), ..offer.clone() }));
            let found = &others[best(&others, Some(&"b".to_owned()), &script)];
            assert_eq!((found.practice.as_str(), found.service.as_str()), ("b", service), "{kind}{params}");
        }
    }
}
