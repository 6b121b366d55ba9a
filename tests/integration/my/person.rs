//! A person at a browser without script, on their own pages: follows links and sends forms as they stand there.

use std::sync::Arc;

use dvza::fhir::ResourceType;
use reqwest::header::{HeaderMap, ORIGIN};
use scraper::{Html, Selector};
use url::Url;

use crate::support::network::Network;

/// An answer, after its redirects.
pub struct Seen {
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Seen {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The words of every element that this selector finds.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let page = Html::parse_document(&self.text());
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        page.select(&selector).map(|node| words(node.text().collect())).collect()
    }

    /// An attribute of every element that this selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let page = Html::parse_document(&self.text());
        page.select(&selector).filter_map(|node| node.attr(name).map(str::to_owned)).collect()
    }

    pub fn title(&self) -> String {
        self.all("h1").join("|")
    }

    /// The page without the tokens of its forms.
    pub fn without_tokens(&self) -> String {
        let mut text = self.text();
        for token in self.attributes("input[name=csrf]", "value") {
            text = text.replace(&token, "");
        }
        text
    }
}

/// A browser with its cookies.
pub struct Person {
    client: reqwest::Client,
    front: Url,
}

impl Person {
    /// Somebody who has not been here before.
    pub fn new(network: &Network) -> Self {
        use rustls_pki_types::CertificateDer;
        use rustls_pki_types::pem::PemObject as _;
        let mut roots = rustls::RootCertStore::empty();
        let ca = network.dir.path().join("certs/ca.pem");
        roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().cookie_store(true);
        Self { client: client.build().unwrap(), front: network.demo.front.parse().unwrap() }
    }

    /// Somebody who has just logged in to the own pages, and the page that this led to.
    pub async fn logged_in(network: &Network, bsn: &str) -> (Self, Seen) {
        Self::logged_in_at(network, bsn, "hoog").await
    }

    pub async fn logged_in_at(network: &Network, bsn: &str, level: &str) -> (Self, Seen) {
        let person = Self::new(network);
        let landing = person.get("/my").await;
        let seen = person.log_in(&landing, bsn, level).await;
        (person, seen)
    }

    /// From the landing page through the simulator.
    pub async fn log_in(&self, landing: &Seen, bsn: &str, level: &str) -> Seen {
        let login = self.press(landing, "login", &[]).await;
        self.press(&login, "login", &[("bsn", bsn), ("level", level)]).await
    }

    pub async fn get(&self, path: &str) -> Seen {
        read(self.client.get(self.front.join(path).unwrap())).await
    }

    /// Presses the button of this value after filling in fields.
    pub async fn press(&self, page: &Seen, button: &str, fill: &[(&str, &str)]) -> Seen {
        let (action, fields) = form(page, button, fill);
        self.post(&action, &fields).await
    }

    pub async fn post(&self, path: &str, fields: &[(String, String)]) -> Seen {
        let request = self.client.post(self.front.join(path).unwrap()).form(fields);
        read(request.header(ORIGIN, self.front.origin().ascii_serialization())).await
    }

    /// The same from another site.
    pub async fn post_from_elsewhere(&self, path: &str, fields: &[(String, String)]) -> Seen {
        let request = self.client.post(self.front.join(path).unwrap()).form(fields);
        read(request.header(ORIGIN, "https://evil.example")).await
    }
}

/// Where the form with this button goes, and what a browser would send with it.
pub fn form(page: &Seen, button: &str, fill: &[(&str, &str)]) -> (String, Vec<(String, String)>) {
    let html = Html::parse_document(&page.text());
    let pressed = Selector::parse(&format!("button[value=\"{button}\"]")).unwrap();
    let hidden = Selector::parse("input[type=hidden]").unwrap();
    let forms = Selector::parse("form[method=post]").unwrap();
    let form = html.select(&forms).find(|form| form.select(&pressed).next().is_some());
    let form = form.unwrap_or_else(|| panic!("no button {button} on {}: {}", page.path, page.title()));
    let button = form.select(&pressed).next().unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut fields: Vec<_> =
        form.select(&hidden).map(|node| pair(node.attr("name").unwrap(), node.attr("value").unwrap())).collect();
    // A list that nobody touched sends its first entry.
    let (lists, options) = (Selector::parse("select").unwrap(), Selector::parse("option").unwrap());
    for list in form.select(&lists).filter(|list| !fill.iter().any(|(name, _)| list.attr("name") == Some(name))) {
        let first = list.select(&options).next().and_then(|option| option.attr("value")).unwrap();
        fields.push(pair(list.attr("name").unwrap(), first));
    }
    fields.extend(fill.iter().map(|(name, value)| pair(name, value)));
    fields.push(pair(button.attr("name").unwrap(), button.attr("value").unwrap()));
    (form.attr("action").unwrap().to_owned(), fields)
}

async fn read(request: reqwest::RequestBuilder) -> Seen {
    let response = request.header("accept-language", "nl").send().await.unwrap();
    let (status, headers, path) =
        (response.status().as_u16(), response.headers().clone(), response.url().path().to_owned());
    Seen { path, status, headers, bytes: response.bytes().await.unwrap().to_vec() }
}

/// `Type/id` of every resource of a Bundle.
pub fn names(bundle: &serde_json::Value) -> std::collections::BTreeSet<String> {
    let resources = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    let name = |resource: &serde_json::Value| {
        let kind = resource["resourceType"].as_str().unwrap();
        assert!(ResourceType::find(kind).is_some(), "{kind}");
        format!("{kind}/{}", resource["id"].as_str().unwrap())
    };
    resources.map(name).collect()
}
