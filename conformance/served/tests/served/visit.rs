//! One person's visit by way of a PGO: everything there is, in both forms, every reference followed.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use dvza::domain::bsn::Bsn;
use dvza::fhir::catalogue::{Catalogue, Service};
use dvza::http::context::Availability as _;
use dvza::pgo::{Answer, Person, Pgo, Tokens, Wish};
use dvza_conformance::bundle::Search;
use dvza_conformance::version::FhirVersion;
use serde_json::Value;

use super::judge::Judge;
use super::network::Network;

/// FHIR's JSON form.
pub const JSON: &str = "application/fhir+json";
/// What a citizen service number is written with.
const BSN_DIGITS: usize = 9;
/// FHIR's XML form.
pub const XML: &str = "application/fhir+xml";

/// A person at a practice, with tokens for everything it offers.
pub struct Visit<'n> {
    network: &'n Network,
    pgo: Pgo,
    tokens: Tokens,
    /// Citizen service numbers that may be in no answer.
    secret: HashSet<&'n [u8]>,
}

impl<'n> Visit<'n> {
    /// Logs in and consents; `None` for someone for whom nothing is available.
    pub async fn begin(network: &'n Network, place: usize, bsn: &str, secret: &'n [String]) -> Option<Self> {
        let app = &network.server.app;
        let number: Bsn = bsn.parse().ok()?;
        let who = app.identify(&network.practices[place], &number.clone().into()).await.unwrap()?;
        if !app.is_available(&who, None, app.clock().moment()).await.unwrap() {
            return None;
        }
        let pgo = network.pgo();
        let person = Person::new(number, Wish::ConsentOnce);
        let authorized = pgo.authorize(&Network::practice_name(place), &person).await.unwrap();
        let tokens = pgo.exchange(&authorized).await.unwrap();
        let secret = secret.iter().map(String::as_bytes).collect();
        Some(Self { network, pgo, tokens, secret })
    }

    /// Asks everything of every data service and has it judged.
    pub async fn collect(&mut self, judge: &mut Judge<'_>) {
        let services = self.tokens.services.clone();
        let catalogue = Catalogue::built_in().unwrap();
        for service in &services {
            judge.turn_to(version(catalogue.find(service).unwrap()));
            let base = self.base(service);
            let mut found = Found::default();
            for request in self.requests(service).await {
                self.search(judge, &mut found, &base, &request).await;
            }
            self.follow(judge, &mut found, &base).await;
        }
    }

    /// Asks what a PGO collects, in JSON, and has every resource judged once by the official profiles; gives the resources of
    /// each release, one a line.
    pub async fn look(&mut self, judge: &mut Judge<'_>) -> BTreeMap<FhirVersion, String> {
        let today = self.network.server.app.clock().now().local_date();
        let (mut found, mut served) = (Found::default(), BTreeMap::new());
        for service in Catalogue::built_in().unwrap().services() {
            judge.turn_to(version(service));
            let lines: &mut String = served.entry(version(service)).or_default();
            let base = self.base(&service.id);
            for request in service.collect_requests(today) {
                let answer = self.get(&base, &request.path_and_query, JSON).await;
                self.keeps_secrets(judge, &request.name, &answer);
                if answer.status != 200 {
                    judge.blame(format!("{}: status {}", request.path_and_query, answer.status));
                    continue;
                }
                let bundle: Value = serde_json::from_slice(&answer.body).unwrap();
                judge.rules_of_answers(&bundle, &Search { base: &base, path_and_query: &request.path_and_query });
                for entry in bundle["entry"].as_array().into_iter().flatten() {
                    // Another data service may show less of the same resource.
                    if let Seen::New | Seen::Different = found.add(&entry["resource"]) {
                        if let Some(document) = entry["resource"]["content"][0]["attachment"]["url"].as_str() {
                            self.document(judge, &found, &base, document).await;
                        }
                        judge.profiles(&entry["resource"]);
                        lines.push_str(&entry["resource"].to_string());
                        lines.push('\n');
                    }
                }
            }
        }
        served
    }

    /// The address of a data service, as the list of providers says.
    pub fn base(&self, service: &str) -> String {
        let provider = self.pgo.directory().provider(&self.tokens.provider).unwrap();
        let base = &provider.service(service).unwrap().resources[0].base;
        base.as_str().trim_end_matches('/').to_owned()
    }

    /// One GET below an address.
    pub async fn get(&self, base: &str, path: &str, accept: &str) -> Answer {
        self.pgo.get(&self.tokens, format!("{base}/{path}").parse().unwrap(), accept).await.unwrap()
    }

    /// What a PGO asks by the data service, and every type by itself with all that may come along.
    async fn requests(&self, service: &str) -> Vec<String> {
        let catalogue = Catalogue::built_in().unwrap();
        let today = self.network.server.app.clock().now().local_date();
        let collect = catalogue.find(service).unwrap().collect_requests(today);
        let mut requests: Vec<String> = collect.into_iter().map(|request| request.path_and_query).collect();
        let metadata = self.get(&self.base(service), "metadata", JSON).await;
        let capability: Value = serde_json::from_slice(&metadata.body).unwrap();
        for resource in capability["rest"][0]["resource"].as_array().unwrap() {
            let can = |code: &str| resource["interaction"].as_array().unwrap().iter().any(|one| one["code"] == code);
            if can("search-type") {
                let includes = resource["searchInclude"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let parameters: Vec<String> = includes.map(|include| format!("_include={include}")).collect();
                requests.push(format!("{}?{}", resource["type"].as_str().unwrap(), parameters.join("&")));
            }
        }
        requests
    }

    async fn search(&self, judge: &mut Judge<'_>, found: &mut Found, base: &str, request: &str) {
        let (json, xml) = (self.get(base, request, JSON).await, self.get(base, request, XML).await);
        if (json.status, xml.status) != (200, 200) {
            return judge.blame(format!("{request}: status {} in JSON, {} in XML", json.status, xml.status));
        }
        self.keeps_secrets(judge, request, &json);
        judge.forms(request, &json.body, &xml.body);
        let bundle: Value = serde_json::from_slice(&json.body).unwrap();
        judge.bundle(&bundle, &Search { base, path_and_query: request });
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            let resource = &entry["resource"];
            match found.add(resource) {
                Seen::New => judge.resource(resource),
                Seen::Same => {}
                Seen::Different => {
                    judge.blame(format!("{request}: another answer has another {}", resource["resourceType"]))
                }
            }
        }
        found.note_outside(&bundle);
    }

    /// Reads what a Bundle refers to without holding it, and one of every type that it holds.
    async fn follow(&self, judge: &mut Judge<'_>, found: &mut Found, base: &str) {
        let mut open: VecDeque<String> = found.to_read();
        let mut read = BTreeSet::new();
        while let Some(reference) = open.pop_front() {
            if read.insert(reference.clone()) {
                open.extend(self.read(judge, found, base, &reference).await);
            }
        }
    }

    /// Reads one resource and returns what it refers to.
    async fn read(&self, judge: &mut Judge<'_>, found: &mut Found, base: &str, reference: &str) -> Vec<String> {
        let kind = type_of(reference);
        let answer = self.get(base, reference, JSON).await;
        self.keeps_secrets(judge, &kind, &answer);
        if answer.status != 200 {
            judge.blame(format!("a reference to a {kind} reads with status {}", answer.status));
            return Vec::new();
        }
        let resource: Value = serde_json::from_slice(&answer.body).unwrap();
        match found.add(&resource) {
            Seen::New => judge.read(&resource),
            Seen::Same => {}
            Seen::Different => judge.blame(format!("a {kind} reads otherwise than it was found")),
        }
        if kind == "Binary" {
            self.document(judge, found, base, reference).await;
        } else if found.read_types.insert(kind.clone()) {
            let xml = self.get(base, reference, XML).await;
            judge.forms(&kind, &answer.body, &xml.body);
        }
        references(&resource)
    }

    /// The bytes of a document are a PDF of the size that its DocumentReference announced.
    async fn document(&self, judge: &mut Judge<'_>, found: &Found, base: &str, reference: &str) {
        let answer = self.get(base, reference, "application/pdf").await;
        if answer.status != 200 || answer.media_type() != "application/pdf" || !answer.body.starts_with(b"%PDF-") {
            judge.blame("a document is no PDF".to_owned());
        }
        let attachments = found.resources.values().map(|resource| &resource["content"][0]["attachment"]);
        let announced = attachments.filter(|attachment| attachment["url"] == reference);
        let fits = |attachment: &Value| attachment["size"].as_u64() == u64::try_from(answer.body.len()).ok();
        if !announced.into_iter().any(fits) {
            judge.blame("a document is of another size than announced".to_owned());
        }
    }

    fn keeps_secrets(&self, judge: &mut Judge<'_>, name: &str, answer: &Answer) {
        // Looking up only what begins with a digit keeps this affordable for every number of a practice in every answer.
        let is_secret = |window: &[u8]| window[0].is_ascii_digit() && self.secret.contains(window);
        if answer.body.windows(BSN_DIGITS).any(is_secret) {
            judge.blame(format!("{name}: holds a citizen service number"));
        }
    }
}

/// The FHIR release that a data service speaks.
pub fn version(service: &Service) -> FhirVersion {
    FhirVersion::of(service.fhir.version()).expect("a release that is judged")
}

enum Seen {
    New,
    Same,
    Different,
}

/// What one data service answered to one person.
#[derive(Default)]
struct Found {
    /// By `Type/id`.
    resources: BTreeMap<String, Value>,
    /// References that led out of their Bundle.
    outside: BTreeSet<String>,
    /// Types that were read in XML too.
    read_types: BTreeSet<String>,
}

impl Found {
    fn add(&mut self, resource: &Value) -> Seen {
        let name = name(resource);
        match self.resources.get(&name) {
            Some(known) if known == resource => Seen::Same,
            Some(_) => Seen::Different,
            None => {
                self.resources.insert(name, resource.clone());
                Seen::New
            }
        }
    }

    /// Whatever was outside of a Bundle, and one of every type.
    fn to_read(&self) -> VecDeque<String> {
        let samples: BTreeMap<String, &String> = self.resources.keys().map(|name| (type_of(name), name)).collect();
        samples.into_values().chain(&self.outside).cloned().collect()
    }

    fn note_outside(&mut self, bundle: &Value) {
        let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
        let inside: BTreeSet<String> = entries.iter().map(|entry| name(&entry["resource"])).collect();
        self.outside.extend(references(bundle).into_iter().filter(|reference| !inside.contains(reference)));
    }
}

fn name(resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    format!("{}/{}", text("resourceType"), text("id"))
}

fn type_of(reference: &str) -> String {
    reference.split('/').next().unwrap_or_default().to_owned()
}

/// Every literal reference and document address in it.
fn references(value: &Value) -> Vec<String> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(references).collect(),
        Value::Object(members) => {
            let own = members.get("reference").and_then(Value::as_str);
            let document = members.get("attachment").and_then(|attachment| attachment["url"].as_str());
            let below = members.values().flat_map(references);
            own.into_iter().chain(document).map(str::to_owned).chain(below).collect()
        }
        _ => Vec::new(),
    }
}
