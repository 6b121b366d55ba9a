//! How long the pages of the practice console take in a large practice, against an empty one in the same run.
//!
//! The large practice has many patients and hundreds of open requests, the empty one has employees only. Pages about one
//! patient are set against those of a practice of a few patients, and both take as many patients in turn, since they hang on
//! the dossier and not on the practice. Both practices are asked in turn, so that a machine that gets slower does so for both;
//! what counts is the median. The number of statements is what the server's own metrics say of one request.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use dvza::app::{App, OWNERS};
use dvza::cli::server::{self, Server};
use dvza::config::LogFormat;
use dvza::domain::dossier::DossierState;
use dvza::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use dvza::domain::time::Timestamp;
use dvza::http::console::ROUTES;
use dvza::http::context::random;
use dvza::http::tls;
use dvza::import::{Options, State};
use dvza::sample::synth::SynthPractice;
use dvza::store::patients::OwnState;
use dvza::store::requests::RequestKind;
use dvza::store::settings::{Setting, SettingSource};
use dvza::store::{self, Tx};
use dvza::telemetry;
use rustls::{ClientConfig, RootCertStore};
use scraper::{Html, Selector};

use crate::site::{Scene, Site};
use crate::timing::Measured;

/// Patients of the practice that pages about one patient are set against.
const FEW: u32 = 20;
/// A page of the large practice may take so many times as long as the same page of the empty one.
const MOST: f64 = 3.0;
/// Looks at a page before it is measured.
const WARM: u16 = 2;
/// Part of an address that stands for a patient.
const PATIENT: &str = "{patient}";
/// A name that some patients have, for the search.
const NAME: &str = "de";

/// `load console`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Patients of the large practice
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=20_000))]
    patients: u32,
    /// Its open requests: for access, and as many of them for a copy as well
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requests: u32,
    /// Requests of each page in each practice
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(3..=500))]
    rounds: u16,
    /// What the server logs on standard error
    #[arg(long, default_value = "error", value_name = "FILTER")]
    log: String,
}

/// What a browser asks for.
#[derive(Clone, Copy)]
struct Page {
    method: &'static str,
    path: &'static str,
    /// Fields of its form, without the token.
    fields: &'static [(&'static str, &'static str)],
}

/// Forms whose answer reads the whole practice.
const FORMS: [Page; 2] = [
    Page { method: "POST", path: "/patients", fields: &[("search", NAME), ("action", "find")] },
    Page { method: "POST", path: "/invite", fields: &[("letter", "0"), ("action", "count")] },
];

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    telemetry::start(LogFormat::Text, &args.log)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(measure(args, scene))
}

async fn measure(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let site = Site::make(scene, 3)?;
    let server = server::start(&site.config, site.clock()).await?;
    let [large, empty, few] = fill(args, scene, &site, &server).await?;
    println!(
        "{} patients, {} open requests; against an empty practice, and {PATIENT} against a practice of {FEW}",
        args.patients, args.requests
    );
    println!("\n                                   ms (median)          statements          KB");
    println!("                                 small    large  ratio  small  large    large  within {MOST} x");
    let pages = ROUTES.iter().filter(|route| route.method == "GET");
    let pages = pages.map(|route| Page { method: "GET", path: route.path, fields: &[] });
    for page in pages.chain(FORMS) {
        let small = if page.path.contains(PATIENT) { &few } else { &empty };
        compare(args, page, small, &large).await?;
    }
    server.stop().await;
    Ok(())
}

/// Takes the deliveries, and lets somebody log in at each practice.
async fn fill(args: &Args, scene: &Scene, site: &Site, server: &Server) -> anyhow::Result<[Desk; 3]> {
    site.register(server.app.store()).await?;
    let mut desks = Vec::new();
    for (practice, patients) in site.practices.iter().zip([args.patients, 0, FEW]) {
        let delivery = site.deliver(*practice, patients, scene.seed)?;
        let file = BufReader::new(File::open(&delivery.path)?);
        let report = server.importer.import(file, &Options::default(), Arc::new(|_| {})).await?;
        ensure!(report.state == State::Accepted, "the delivery of {} was not taken", practice.medmij_name());
        let requests = if patients == args.patients { args.requests.min(patients) } else { 0 };
        prepare(&server.app, *practice, requests, site.now).await?;
        desks.push(Desk::open(site, &server.app, *practice).await?);
    }
    desks.try_into().ok().context("three practices were made")
}

/// An owner, and open requests of the first patients.
async fn prepare(app: &App, practice: SynthPractice, requests: u32, at: Timestamp) -> anyhow::Result<()> {
    let mut tx = app.store().write().await?;
    let id = id_of(&mut tx, practice).await?;
    let (source, by) = (SettingSource::Own, "load".to_owned());
    let owner = Setting { key: OWNERS.to_owned(), source, value: employee(practice), at, by };
    store::settings::set(&mut tx, &PracticeScope { practice: id }, &owner).await?;
    for number in 1..=requests {
        let who = PatientRef { practice: id, patient: patient(app, id, practice, number)? };
        let own = OwnState { state: DossierState::Requested, opened_at: None, at };
        store::patients::set_own_state(&mut tx, &who, &own).await?;
        store::requests::add(&mut tx, app.sealer(), &who, random()?, RequestKind::Afschrift, "Graag.", at).await?;
    }
    Ok(tx.commit().await?)
}

async fn id_of(tx: &mut Tx<'_>, practice: SynthPractice) -> anyhow::Result<PracticeId> {
    let found = store::practices::find_by_name(tx, &practice.medmij_name()).await?;
    Ok(found.context("the practice is not there")?.id)
}

/// The first employee of the delivery.
fn employee(practice: SynthPractice) -> String {
    format!("s{}-e1", practice.number)
}

fn patient(app: &App, id: PracticeId, practice: SynthPractice, number: u32) -> anyhow::Result<PatientId> {
    let source = format!("s{}-p{number}", practice.number).parse()?;
    Ok(app.sealer().practice_hasher(id).patient_id(&source))
}

async fn compare(args: &Args, page: Page, small: &Desk, large: &Desk) -> anyhow::Result<()> {
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    for round in 0..args.rounds + WARM {
        let one = small.take(page, round).await?;
        let other = large.take(page, round).await?;
        if round >= WARM {
            of_small.push(one.took);
            of_large.push(other.took);
        }
    }
    let median = |took: Vec<Duration>| Measured::of(took, Duration::ZERO).percentile(0.5);
    let (one, other) = (median(of_small), median(of_large));
    let (asked, bytes) = large.statements(page).await?;
    let ratio = other / one;
    println!(
        "  {:<4} {:<22} {one:>9.2} {other:>8.2} {ratio:>6.2} {:>6} {asked:>6} {:>8.1}  {}",
        page.method,
        page.path,
        small.statements(page).await?.0,
        bytes as f64 / 1000.0,
        if ratio <= MOST { "yes" } else { "NO" }
    );
    Ok(())
}

/// An employee at a browser.
struct Desk {
    client: reqwest::Client,
    base: String,
    metrics: String,
    csrf: String,
    patients: Vec<PatientId>,
}

/// A page as it came.
struct Seen {
    took: Duration,
    html: String,
}

impl Desk {
    /// Logs in as the owner of the practice.
    async fn open(site: &Site, app: &App, practice: SynthPractice) -> anyhow::Result<Self> {
        let mut tx = app.store().read().await?;
        let id = id_of(&mut tx, practice).await?;
        tx.close().await?;
        let mut desk = Self {
            client: browser(site)?,
            base: site.demo.console.clone(),
            metrics: format!("http://{}/metrics", site.config.listeners.ops.address),
            csrf: String::new(),
            patients: (1..=FEW).map(|number| patient(app, id, practice, number)).collect::<anyhow::Result<_>>()?,
        };
        let chosen = [("practice", practice.medmij_name()), ("action", "login".to_owned())];
        let page = desk.post("/login", &chosen).await?;
        let relay = value(&page.html, "relay").context("there is no login of the simulator")?;
        let told = [("relay", relay), ("employee", employee(practice)), ("action", "login".to_owned())];
        let page = desk.post("/login/return", &told).await?;
        desk.csrf = value(&page.html, "csrf").context("nobody was logged in")?;
        Ok(desk)
    }

    /// The page, of the patient whose turn it is.
    async fn take(&self, page: Page, round: u16) -> anyhow::Result<Seen> {
        let patient = self.patients[usize::from(round) % self.patients.len()];
        let path = page.path.replace(PATIENT, &patient.to_string());
        if page.method == "GET" {
            return self.read(self.client.get(format!("{}{path}", self.base))).await;
        }
        let fields = page.fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let fields: Vec<_> = fields.chain([("csrf", self.csrf.clone())]).collect();
        self.post(&path, &fields).await
    }

    async fn post(&self, path: &str, fields: &[(&str, String)]) -> anyhow::Result<Seen> {
        self.read(self.client.post(format!("{}{path}", self.base)).form(fields)).await
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Seen> {
        let begun = Instant::now();
        let answer = request.send().await?;
        let (status, path) = (answer.status(), answer.url().path().to_owned());
        let html = answer.text().await?;
        let took = begun.elapsed();
        ensure!(status.is_success(), "{path} was answered with status {status}");
        ensure!(self.csrf.is_empty() || !path.starts_with("/login"), "somebody was logged out");
        Ok(Seen { took, html })
    }

    /// How many statements the page takes, and its bytes.
    async fn statements(&self, page: Page) -> anyhow::Result<(u64, usize)> {
        let before = self.counted().await?;
        let seen = self.take(page, 0).await?;
        Ok((self.counted().await? - before, seen.html.len()))
    }

    async fn counted(&self) -> anyhow::Result<u64> {
        let text = self.client.get(&self.metrics).send().await?.text().await?;
        let count = text.lines().find_map(|line| line.strip_prefix("dvza_statements_total "));
        Ok(count.context("the metrics have no statements")?.trim().parse()?)
    }
}

/// A client that keeps cookies and follows redirects.
fn browser(site: &Site) -> anyhow::Result<reqwest::Client> {
    let mut roots = RootCertStore::empty();
    for certificate in tls::read_certificates(&site.dir.path().join(&site.demo.ca))? {
        roots.add(certificate)?;
    }
    let config = ClientConfig::builder_with_provider(tls::provider()).with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(reqwest::Client::builder().tls_backend_preconfigured(config).cookie_store(true).no_proxy().build()?)
}

/// The value of the first field of this name.
fn value(html: &str, name: &str) -> Option<String> {
    let selector = Selector::parse(&format!("input[name={name}]")).ok()?;
    let document = Html::parse_document(html);
    document.select(&selector).next()?.value().attr("value").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        let html = r#"<form><input name="relay" value="x1"><input name="csrf" value="y"></form>"#;
        assert_eq!(value(html, "relay").as_deref(), Some("x1"));
        assert_eq!(value(html, "employee"), None);
    }
}
