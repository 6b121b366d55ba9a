//! Patients with tokens, and the requests that collect their dossiers.

use std::path::Path;

use anyhow::{Context as _, bail};
use dvza::config::Config;
use dvza::devnet::demo::DemoFile;
use dvza::domain::bsn::Bsn;
use dvza::domain::time::Timestamp;
use dvza::fhir::catalogue::Catalogue;
use dvza::pgo::{Person, Pgo, PgoError, Tokens, Wish};
use hyper::Uri;
use hyper::header::HeaderValue;
use serde_json::Value;
use url::Url;

use crate::bare::{self, Recorded};
use crate::client::{Answer, Bearer, Client, Connection};

/// The most pages of one request.
const PAGE_LIMIT: usize = 1_000;

/// What a PGO collects.
#[derive(Debug, Clone, clap::Args)]
pub struct Wanted {
    /// The data services to collect
    #[arg(long, value_delimiter = ',', default_value = "HG-R4,DOC-R4")]
    pub services: Vec<String>,
    /// Also fetch the documents that the answers name
    #[arg(long)]
    pub documents: bool,
}

/// Everything that is asked to collect one patient, pages included.
#[derive(Clone)]
pub struct Dossier {
    bearer: Bearer,
    targets: Vec<Uri>,
}

impl Dossier {
    /// Requests of one collection.
    pub fn requests(&self) -> usize {
        self.targets.len()
    }

    /// Collects over a fresh connection; the answer is the number of bytes in all bodies.
    pub async fn collect(&self, client: &Client) -> anyhow::Result<u64> {
        let mut connection = client.connect().await?;
        let mut bytes = 0;
        for target in &self.targets {
            bytes += connection.count(target, &self.bearer).await?;
        }
        Ok(bytes)
    }
}

/// Lets patients log in and consent, and finds out what there is to collect of them.
pub struct Desk<'a> {
    pgo: Pgo,
    client: &'a Client,
    echo: Url,
    services: Catalogue,
    now: Timestamp,
    wanted: &'a Wanted,
}

impl<'a> Desk<'a> {
    /// Opens it for the network in this folder. Runs a helping server as long as the runtime lives.
    pub async fn open(
        dir: &Path,
        demo: &DemoFile,
        config: &Config,
        now: Timestamp,
        client: &'a Client,
        wanted: &'a Wanted,
    ) -> anyhow::Result<Self> {
        let echo = bare::start(config, bare::echo()).await?;
        let echo = format!("https://localhost:{}/", echo.port()).parse()?;
        let pgo = Pgo::from_demo(dir, demo)?;
        Ok(Self { pgo, client, echo, services: Catalogue::built_in()?, now, wanted })
    }

    /// The dossiers of the first `most` of these people who get through; `recorded` keeps every answer.
    pub async fn admit(
        &self,
        practice: &str,
        people: Vec<Bsn>,
        most: usize,
        recorded: &mut Recorded,
    ) -> anyhow::Result<Vec<Dossier>> {
        let mut dossiers = Vec::new();
        for bsn in people {
            if dossiers.len() >= most {
                break;
            }
            let Some(tokens) = self.tokens(practice, bsn).await? else { continue };
            dossiers.push(self.dossier(practice, &tokens, recorded).await?);
        }
        if dossiers.is_empty() {
            bail!("nobody of {practice} passes the gates: take more patients or another seed");
        }
        Ok(dossiers)
    }

    /// `None` when the practice makes nothing available to this person.
    async fn tokens(&self, practice: &str, bsn: Bsn) -> anyhow::Result<Option<Tokens>> {
        match self.pgo.authorize(practice, &Person::new(bsn, Wish::ConsentOnce)).await {
            Ok(authorized) => Ok(Some(self.pgo.exchange(&authorized).await?)),
            Err(PgoError::Refused { .. }) => Ok(None),
            Err(error) => Err(error).context("a patient could not authorize"),
        }
    }

    async fn dossier(&self, practice: &str, tokens: &Tokens, recorded: &mut Recorded) -> anyhow::Result<Dossier> {
        let shown = self.pgo.get(tokens, self.echo.clone(), "*/*").await?;
        let mut authorization = HeaderValue::from_bytes(&shown.body)?;
        authorization.set_sensitive(true);
        let correlation = HeaderValue::from_str(&tokens.correlation.to_string())?;
        let bearer = Bearer { authorization, correlation };
        let mut walk = Walk {
            connection: self.client.connect().await?,
            bearer: &bearer,
            targets: Vec::new(),
            documents: Vec::new(),
            recorded,
        };
        for id in &self.wanted.services {
            let base = &self.pgo.directory().provider(practice)?.service(id)?.resources;
            let base = &base.first().with_context(|| format!("{practice} has no address for {id}"))?.base;
            let service = self.services.find(id).with_context(|| format!("{id} is not in the catalogue"))?;
            for request in service.collect_requests(self.now.local_date()) {
                walk.pages(&format!("{}/{}", base.path(), request.path_and_query)).await?;
            }
            let documents = std::mem::take(&mut walk.documents);
            for document in documents.iter().filter(|_| self.wanted.documents) {
                walk.fetch(&format!("{}/{document}", base.path())).await?;
            }
        }
        let targets = walk.targets;
        Ok(Dossier { bearer, targets })
    }
}

/// One collection in which nothing is known beforehand.
struct Walk<'a> {
    connection: Connection<'a>,
    bearer: &'a Bearer,
    targets: Vec<Uri>,
    documents: Vec<String>,
    recorded: &'a mut Recorded,
}

impl Walk<'_> {
    async fn fetch(&mut self, target: &str) -> anyhow::Result<Answer> {
        let uri: Uri = target.parse()?;
        let answer = self.connection.get(&uri, self.bearer).await?;
        self.recorded.keep(&self.bearer.authorization, target, &answer);
        self.targets.push(uri);
        Ok(answer)
    }

    /// A search with all its pages.
    async fn pages(&mut self, target: &str) -> anyhow::Result<()> {
        let mut next = Some(target.to_owned());
        for _ in 0..PAGE_LIMIT {
            let Some(target) = next.take() else { return Ok(()) };
            let answer = self.fetch(&target).await?;
            let bundle: Value = serde_json::from_slice(&answer.body)?;
            self.documents.extend(documents(&bundle));
            next = next_page(&bundle);
        }
        bail!("the pages of {} do not end", target.split('?').next().unwrap_or_default())
    }
}

/// Path and query of the next page.
fn next_page(bundle: &Value) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let next = links.iter().find(|link| link["relation"] == "next")?["url"].as_str()?;
    let url = Url::parse(next).ok()?;
    Some(url[url::Position::BeforePath..].to_owned())
}

/// `Binary/id` of every attachment.
fn documents(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let attachments = entries.iter().filter_map(|entry| entry["resource"]["content"].as_array()).flatten();
    let urls = attachments.filter_map(|content| content["attachment"]["url"].as_str());
    urls.filter_map(|url| url.find("Binary/").map(|place| url[place..].to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_next_page_is_asked_by_path_and_query() {
        let link =
            |relation: &str| json!({ "relation": relation, "url": "https://localhost:1/fhir/a/HG-R4/Flag?_c=2" });
        assert_eq!(next_page(&json!({ "link": [link("self"), link("next")] })).unwrap(), "/fhir/a/HG-R4/Flag?_c=2");
        assert_eq!(next_page(&json!({ "link": [link("self")] })), None);
    }

    #[test]
    fn documents_are_found_in_attachments() {
        let content = json!([{ "attachment": { "url": "Binary/a" } }, { "attachment": {} }]);
        let bundle = json!({ "entry": [{ "resource": { "content": content } }, { "resource": {} }] });
        assert_eq!(documents(&bundle), ["Binary/a"]);
    }
}
