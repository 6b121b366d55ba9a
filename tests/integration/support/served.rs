//! Every byte a PGO can get with its tokens: searches and reads in both formats, documents as they are and wrapped.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dvza::fhir::ResourceType;
use dvza::fhir::catalogue::{Catalogue, Service};
use dvza::pgo::{Pgo, Tokens};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::network::Network;

/// The two formats.
pub const FORMATS: [&str; 2] = ["application/fhir+json", "application/fhir+xml"];

/// Requests on the wire at the same time.
const AT_ONCE: usize = 8;

/// An answer with the request it belongs to.
pub struct Served {
    /// Path below the service, and format.
    pub request: String,
    /// The body, of a wrapped document what was wrapped; bytes that are no text are replaced.
    pub text: String,
    /// The same, byte for byte.
    pub bytes: Vec<u8>,
}

/// Is the word in the text, with neither letter nor digit nor hyphen next to it?
pub fn has_word(text: &str, word: &str) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let bytes = text.as_bytes();
    let before = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at));
    text.match_indices(word).any(|(at, _)| !part(before(at)) && !part(bytes.get(at + word.len())))
}

/// Everything the tokens give access to at the practice at this place. Every answer must be a good one.
pub async fn everything(network: &Network, place: usize, tokens: &Tokens) -> Vec<Served> {
    let pgo = network.pgo();
    let catalogue = Catalogue::built_in().unwrap();
    let mut all = Vec::new();
    for service in tokens.services.iter().map(|id| catalogue.find(id).unwrap()) {
        let caller = Caller { pgo: &pgo, tokens, base: network.base_at(place, &service.id) };
        let mut found = caller.searches(network, service).await;
        let reads = reads(service, &found);
        found.extend(caller.all(reads).await);
        all.extend(found);
    }
    all
}

struct Caller<'a> {
    pgo: &'a Pgo,
    tokens: &'a Tokens,
    base: String,
}

impl Caller<'_> {
    async fn searches(&self, network: &Network, service: &Service) -> Vec<Served> {
        let kinds = service.requests.iter().filter(|request| service.find_search(request.kind).is_some());
        let plain = kinds.map(|request| request.kind.as_str().to_owned());
        let collect = service.collect_requests(network.clock.now().local_date()).into_iter();
        let paths: Vec<String> = plain.chain(collect.map(|request| request.path_and_query)).collect();
        let requests = paths.into_iter().flat_map(|path| FORMATS.map(|format| (path.clone(), format)));
        self.all(requests.collect()).await
    }

    async fn all(&self, requests: Vec<(String, &'static str)>) -> Vec<Served> {
        stream::iter(requests).map(|(path, format)| self.one(path, format)).buffered(AT_ONCE).collect().await
    }

    async fn one(&self, path: String, format: &str) -> Served {
        let url = format!("{}/{path}", self.base).parse().unwrap();
        let answer = self.pgo.get(self.tokens, url, format).await.unwrap();
        assert_eq!(answer.status, 200, "{}/{path}", self.base);
        assert_eq!(answer.media_type(), format, "{path}");
        let bytes = if path.starts_with("Binary/") { unwrapped(answer.body, format) } else { answer.body };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Served { request: format!("{path} as {format}"), text, bytes }
    }
}

/// Everything the bundles hold or point to that can be read by id: documents in every form, the rest in turn.
fn reads(service: &Service, bundles: &[Served]) -> Vec<(String, &'static str)> {
    let mut paths = BTreeSet::new();
    for bundle in bundles.iter().filter_map(|served| serde_json::from_str::<Value>(&served.text).ok()) {
        for resource in bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]) {
            let text = |name: &str| resource[name].as_str().unwrap();
            paths.insert(format!("{}/{}", text("resourceType"), text("id")));
            let contents = resource["content"].as_array().into_iter().flatten();
            paths.extend(contents.filter_map(|content| content["attachment"]["url"].as_str()).map(binary_path));
        }
    }
    let readable = |path: &String| {
        let kind = path.split('/').next().and_then(ResourceType::find);
        kind.is_some_and(|kind| service.find_read(kind).is_some())
    };
    let mut reads = Vec::new();
    for (number, path) in paths.into_iter().filter(readable).enumerate() {
        if path.starts_with("Binary/") {
            reads.extend(["application/pdf", FORMATS[0], FORMATS[1]].map(|format| (path.clone(), format)));
        } else {
            reads.push((path, FORMATS[number % 2]));
        }
    }
    reads
}

fn binary_path(url: &str) -> String {
    let id = url.rsplit('/').next().unwrap();
    format!("Binary/{id}")
}

/// Where a Binary has its bytes: in R4, in STU3.
const BINARY_DATA: [&str; 2] = ["data", "content"];

/// The document in its FHIR wrapping.
fn unwrapped(body: Vec<u8>, format: &str) -> Vec<u8> {
    let data = match format {
        "application/fhir+json" => {
            let binary: Value = serde_json::from_slice(&body).unwrap();
            let data = BINARY_DATA.iter().find_map(|name| binary[*name].as_str());
            data.unwrap().to_owned()
        }
        "application/fhir+xml" => {
            let text = std::str::from_utf8(&body).unwrap();
            let document = roxmltree::Document::parse(text).unwrap();
            let is_data = |node: &roxmltree::Node<'_, '_>| BINARY_DATA.contains(&node.tag_name().name());
            let data = document.descendants().find(is_data);
            data.and_then(|node| node.attribute("value")).unwrap().to_owned()
        }
        _ => return body,
    };
    STANDARD.decode(data).unwrap()
}
