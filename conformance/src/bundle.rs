//! MedMij's rules for every answer to a search (fhir-data-services §1.2, §1.3), whatever the data service.
//!
//! [`check`] judges a whole Bundle, [`check_resource`] what holds for a resource wherever it was read. Types of elements
//! are told by their shape: who has a `reference` is a Reference, what stands in `coding` is a Coding.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};
use url::Url;

/// The system of the citizen service number, which must not travel.
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// What the ids of the ValueSets of the zibs begin with: they are no code systems.
const ZIB_VALUE_SETS: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.2";
/// The one reason an identifier may give for having no value.
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// Members that are a Coding by themselves in the resources of GP data.
const CODINGS: [&str; 5] = ["class", "valueCoding", "format", "security", "tag"];
/// Members that are an Identifier.
const IDENTIFIERS: [&str; 3] = ["identifier", "masterIdentifier", "valueIdentifier"];
/// Resources that follow no profile.
const WITHOUT_PROFILE: [&str; 2] = ["OperationOutcome", "Binary"];

/// The rule that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// It is a Bundle of type `searchset`.
    Searchset,
    /// There is one self link, below the service's address, that repeats every parameter of the search and adds none.
    SelfLink,
    /// The BSN system and the token stay out of links.
    LinkTells,
    /// `total` is the number of matches in this Bundle, or is left out when pages follow.
    Total,
    /// `fullUrl` is the service's address with type and id, each at most once.
    FullUrl,
    /// `search.mode` says match, include or outcome, and a match is of the type that was searched.
    Mode,
    /// Every resource has an id of FHIR's form.
    Id,
    /// Every resource names its profile, without a version.
    Profile,
    /// Every Reference has a display, every concept words.
    Display,
    /// Every Coding has system and code.
    Coding,
    /// Every Identifier has a system or type, and a value or the reason why not.
    Identifier,
    /// A BSN is masked.
    Bsn,
    /// The id of a zib's ValueSet stands where a code system belongs.
    ZibValueSet,
    /// There are no empty texts, objects or arrays.
    Empty,
}

/// One place that breaks one rule. It quotes no value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Path from the Bundle or resource, with indices.
    pub path: String,
    /// The rule.
    pub broken: Broken,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: breaks the rule {:?}", self.path, self.broken)
    }
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Address of the data service.
    pub base: &'a str,
    /// `Type?parameters` as it was sent, encoded or not.
    pub path_and_query: &'a str,
}

impl Search<'_> {
    fn base(&self) -> &str {
        self.base.trim_end_matches('/')
    }

    fn kind(&self) -> &str {
        // An operation on a type, such as `$lastn`, answers with that type.
        self.path_and_query.split(['?', '/']).next().unwrap_or_default()
    }

    /// The decoded parameters, in a fixed order.
    fn parameters(&self) -> Option<Vec<(String, String)>> {
        parameters(&format!("{}/{}", self.base(), self.path_and_query))
    }
}

/// Judges the answer to a search, its resources included.
pub fn check(bundle: &Value, search: &Search<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut report = |path: String, broken| faults.push(Fault { path, broken });
    if bundle["resourceType"] != "Bundle" || bundle["type"] != "searchset" {
        report("Bundle".to_owned(), Broken::Searchset);
    }
    for broken in links(bundle, search) {
        report("Bundle.link".to_owned(), broken);
    }
    let entries = items(bundle, "entry");
    let matches = entries.iter().filter(|entry| entry["search"]["mode"] == "match").count();
    let total = match bundle.get("total") {
        None => has_link(bundle, "next"),
        Some(total) => total.as_u64() == u64::try_from(matches).ok() && !has_link(bundle, "next"),
    };
    if !total {
        report("Bundle.total".to_owned(), Broken::Total);
    }
    let mut seen = HashSet::new();
    for (place, entry) in entries.iter().enumerate() {
        for broken in entry_rules(entry, search, &mut seen) {
            report(format!("Bundle.entry[{place}]"), broken);
        }
    }
    for (place, entry) in entries.iter().enumerate() {
        let own = check_resource(&entry["resource"]);
        faults.extend(own.into_iter().map(|fault| Fault { path: format!("entry[{place}].{}", fault.path), ..fault }));
    }
    faults
}

/// Judges one resource.
pub fn check_resource(resource: &Value) -> Vec<Fault> {
    let kind = text(resource, "resourceType");
    let mut faults = Vec::new();
    let mut report = |broken| faults.push(Fault { path: kind.to_owned(), broken });
    let is_id = |id: &str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.'))
    };
    if kind != "OperationOutcome" && !is_id(text(resource, "id")) {
        report(Broken::Id);
    }
    let claims = items(&resource["meta"], "profile");
    let is_plain =
        |claim: &Value| claim.as_str().is_some_and(|claim| claim.starts_with("http") && !claim.contains('|'));
    if !WITHOUT_PROFILE.contains(&kind) && (claims.is_empty() || !claims.iter().all(is_plain)) {
        report(Broken::Profile);
    }
    walk(kind, resource, kind, &mut faults);
    faults
}

fn links(bundle: &Value, search: &Search<'_>) -> Vec<Broken> {
    let mut broken = Vec::new();
    let urls = |relation: &str| {
        let links = items(bundle, "link").iter().filter(move |link| link["relation"] == relation);
        links.map(|link| text(link, "url").to_owned()).collect::<Vec<_>>()
    };
    let own = urls("self");
    let start = format!("{}/{}", search.base(), search.kind());
    let repeats = own.first().is_some_and(|link| link.starts_with(&start) && parameters(link) == search.parameters());
    if own.len() != 1 || !repeats {
        broken.push(Broken::SelfLink);
    }
    let all = own.into_iter().chain(urls("next"));
    if all.into_iter().any(|link| link.contains("NamingSystem") || link.contains("access_token")) {
        broken.push(Broken::LinkTells);
    }
    broken
}

fn entry_rules(entry: &Value, search: &Search<'_>, seen: &mut HashSet<String>) -> Vec<Broken> {
    let mut broken = Vec::new();
    let resource = &entry["resource"];
    let (kind, url) = (text(resource, "resourceType"), text(entry, "fullUrl"));
    let expected = format!("{}/{kind}/{}", search.base(), text(resource, "id"));
    let mode = text(&entry["search"], "mode");
    if mode != "outcome" && (url != expected || !seen.insert(expected)) {
        broken.push(Broken::FullUrl);
    }
    let fits = match mode {
        "match" => kind == search.kind(),
        "include" => true,
        "outcome" => kind == "OperationOutcome",
        _ => false,
    };
    if !fits {
        broken.push(Broken::Mode);
    }
    broken
}

fn walk(name: &str, value: &Value, path: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::Object(members) => {
            let broken = object_rules(name, members);
            faults.extend(broken.into_iter().map(|broken| Fault { path: path.to_owned(), broken }));
            for (name, member) in members {
                walk(name, member, &format!("{path}.{name}"), faults);
            }
        }
        Value::Array(elements) => {
            if elements.is_empty() {
                faults.push(Fault { path: path.to_owned(), broken: Broken::Empty });
            }
            for (place, element) in elements.iter().enumerate() {
                walk(name, element, &format!("{path}[{place}]"), faults);
            }
        }
        Value::String(text) if text.trim().is_empty() => {
            faults.push(Fault { path: path.to_owned(), broken: Broken::Empty });
        }
        _ => {}
    }
}

fn object_rules(name: &str, members: &Map<String, Value>) -> Vec<Broken> {
    let has = |name: &str| members.contains_key(name);
    let is_text = |name: &str| members.get(name).is_some_and(Value::is_string);
    let mut broken = Vec::new();
    if members.is_empty() {
        broken.push(Broken::Empty);
    }
    if is_text("reference") && !has("display") && !has("_display") {
        broken.push(Broken::Display);
    }
    if let Some(codings) = members.get("coding").and_then(Value::as_array) {
        let has_words = codings.iter().any(|coding| coding.get("display").is_some());
        if !has_words && !has("text") && !has("extension") {
            broken.push(Broken::Display);
        }
    }
    if (name == "coding" || CODINGS.contains(&name)) && !(is_text("system") && is_text("code")) {
        broken.push(Broken::Coding);
    }
    if IDENTIFIERS.contains(&name) && !((has("system") || has("type")) && (has("value") || has("_value"))) {
        broken.push(Broken::Identifier);
    }
    let system = members.get("system").and_then(Value::as_str).unwrap_or_default();
    if system == BSN && (has("value") || !is_masked(members)) {
        broken.push(Broken::Bsn);
    }
    if system.starts_with(ZIB_VALUE_SETS) {
        broken.push(Broken::ZibValueSet);
    }
    broken
}

fn is_masked(identifier: &Map<String, Value>) -> bool {
    let reasons = identifier.get("_value").map(|beside| items(beside, "extension")).unwrap_or_default();
    reasons.iter().any(|reason| reason["url"] == ABSENT && reason["valueCode"] == "masked")
}

fn has_link(bundle: &Value, relation: &str) -> bool {
    items(bundle, "link").iter().any(|link| link["relation"] == relation)
}

/// The decoded parameters of a URL, in a fixed order; `None` when it is no URL.
fn parameters(url: &str) -> Option<Vec<(String, String)>> {
    let url = Url::parse(url).ok()?;
    let mut pairs: Vec<_> = url.query_pairs().into_owned().collect();
    pairs.sort();
    Some(pairs)
}

fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SEARCH: Search<'_> =
        Search { base: "https://x.test/fhir/a/HG-R4/", path_and_query: "Flag?category=http://s.test|1&date=ge2026" };

    fn good() -> Value {
        let masked = json!({"system": BSN, "_value": {"extension": [{"url": ABSENT, "valueCode": "masked"}]}});
        json!({
            "resourceType": "Bundle", "type": "searchset", "total": 1,
            "link": [{
                "relation": "self",
                "url": "https://x.test/fhir/a/HG-R4/Flag?category=http%3A%2F%2Fs.test%7C1&date=ge2026",
            }],
            "entry": [
                {
                    "fullUrl": "https://x.test/fhir/a/HG-R4/Flag/f-1",
                    "resource": {
                        "resourceType": "Flag", "id": "f-1", "meta": {"profile": ["http://p.test/Flag"]},
                        "code": {"coding": [{"system": "http://s.test", "code": "1", "display": "one"}]},
                        "subject": {"reference": "Patient/p-1", "display": "patient"},
                    },
                    "search": {"mode": "match"},
                },
                {
                    "fullUrl": "https://x.test/fhir/a/HG-R4/Patient/p-1",
                    "resource": {
                        "resourceType": "Patient", "id": "p-1", "meta": {"profile": ["http://p.test/Patient"]},
                        "identifier": [masked, {"system": "http://s.test", "value": "1"}],
                    },
                    "search": {"mode": "include"},
                },
            ],
        })
    }

    #[test]
    fn a_bundle_by_the_rules_has_no_fault() {
        assert_eq!(check(&good(), &SEARCH), []);
    }

    #[test]
    fn no_result_is_a_result() {
        let mut empty = good();
        empty.as_object_mut().unwrap().remove("entry");
        empty["total"] = json!(0);
        assert_eq!(check(&empty, &SEARCH), []);
    }

    #[test]
    fn every_broken_rule_is_found() {
        let flag = "/entry/0/resource";
        let patient = "/entry/1/resource";
        let cases = [
            ("", "type", json!("batch"), Broken::Searchset),
            ("/link/0", "relation", json!("first"), Broken::SelfLink),
            ("/link/0", "url", json!("https://x.test/fhir/a/HG-R4/Flag?date=ge2026"), Broken::SelfLink),
            ("/link/0", "url", json!(format!("https://x.test/Flag?x={BSN}")), Broken::LinkTells),
            ("", "total", json!(2), Broken::Total),
            ("", "total", json!(null), Broken::Total),
            ("/entry/0", "fullUrl", json!("https://x.test/fhir/a/HG-R4/Flag/f-2"), Broken::FullUrl),
            ("/entry/0", "fullUrl", json!(null), Broken::FullUrl),
            ("/entry/0/search", "mode", json!(null), Broken::Mode),
            ("/entry/1/search", "mode", json!("match"), Broken::Mode),
            (flag, "id", json!("a_b"), Broken::Id),
            (flag, "meta", json!(null), Broken::Profile),
            (&format!("{flag}/meta"), "profile", json!(["http://p.test/Flag|1.0"]), Broken::Profile),
            (&format!("{flag}/subject"), "display", json!(null), Broken::Display),
            (&format!("{flag}/code/coding/0"), "display", json!(null), Broken::Display),
            (&format!("{flag}/code/coding/0"), "system", json!(null), Broken::Coding),
            (&format!("{flag}/code/coding/0"), "system", json!(format!("{ZIB_VALUE_SETS}.1")), Broken::ZibValueSet),
            (&format!("{patient}/identifier/1"), "value", json!(null), Broken::Identifier),
            (&format!("{patient}/identifier/0"), "value", json!("x"), Broken::Bsn),
            (&format!("{patient}/identifier/0"), "_value", json!({"id": "x"}), Broken::Bsn),
            (patient, "name", json!([]), Broken::Empty),
            (patient, "gender", json!(" "), Broken::Empty),
        ];
        for (parent, name, value, broken) in cases {
            let mut bundle = good();
            let members = bundle.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            match value {
                Value::Null => drop(members.remove(name)),
                value => drop(members.insert(name.to_owned(), value)),
            }
            let faults = check(&bundle, &SEARCH);
            assert!(faults.iter().any(|fault| fault.broken == broken), "{parent}/{name} {broken:?}: {faults:?}");
        }
    }

    #[test]
    fn the_same_resource_twice_is_a_fault() {
        let mut bundle = good();
        let again = bundle["entry"][1].clone();
        bundle["entry"].as_array_mut().unwrap().push(again);
        assert_eq!(check(&bundle, &SEARCH).first().map(|fault| fault.broken), Some(Broken::FullUrl));
    }

    #[test]
    fn a_page_has_no_total() {
        let mut page = good();
        let next = json!({"relation": "next", "url": "https://x.test/fhir/a/HG-R4/Flag?_cursor=x"});
        page["link"].as_array_mut().unwrap().push(next);
        assert_eq!(check(&page, &SEARCH).first().map(|fault| fault.broken), Some(Broken::Total));
        page.as_object_mut().unwrap().remove("total");
        assert_eq!(check(&page, &SEARCH), []);
    }
}
