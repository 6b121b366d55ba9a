//! `dvza conformance run`: official TestScripts against a demo of ours, or against any server; [`pairs`] keeps what they showed.
//!
//! The judge is `dvza_conformance`; here are its connection, and the tokens of the test persons. With a demo they are got
//! as a PGO gets them: authorize, log in, consent, exchange; `offers` tells which data service a script is for. Nothing is
//! printed that could be a number or a token.

mod offers;
pub mod pairs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use dvza_conformance::report::Report;
use dvza_conformance::testscript::{Exchange, Found, Request, Response, Runner, Settings, find};
use dvza_conformance::validate::Validators;
use dvza_conformance::version::FhirVersion;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::args::ConformanceArgs;
use super::{Globals, validate};
use crate::devnet::demo::{DemoFile, DemoPractice};
use crate::domain::bsn::Bsn;
use crate::domain::time::{Clock, Timestamp};
use crate::pgo::{Channel, Person, Pgo, PgoError, Tokens, Wish};
use offers::Offer;

/// The form in which a CapabilityStatement is asked.
const JSON: &str = "application/fhir+json";

/// Runs the command; ends not 0 when a script failed, or none passed.
///
/// # Errors
/// One line about what keeps the scripts from being run.
pub async fn run(args: &ConformanceArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let validators = validate::validators(&packages(args)?)?;
    let told = FhirVersion::ALL.into_iter().filter(|_| args.tell_unknown_profiles);
    let validators = told.fold(validators, Validators::telling_unknown);
    if let Some(path) = args.paths.iter().find(|path| !path.exists()) {
        bail!("{} is not there", path.display());
    }
    let scripts = find(&args.paths).context("cannot read the scripts")?;
    ensure!(!scripts.is_empty(), "there is no TestScript in the paths given");
    let target = match (&args.demo, &args.base) {
        (Some(demo), _) => Target::demo(args, demo, &scripts).await?,
        (None, Some(base)) => Target::any(args, base, globals)?,
        (None, None) => bail!("name the server: --demo FILE for one of ours, --base URL for any other"),
    };
    let mut report = target.report(args, &validators, scripts).await?;
    report.unjudged = validators.unjudged();
    say!("{report}");
    if let Some(path) = &args.json {
        write(path, &report.to_json()?)?;
    }
    if let Some(path) = &args.junit {
        write(path, &report.to_junit())?;
    }
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn packages(args: &ConformanceArgs) -> anyhow::Result<Vec<PathBuf>> {
    if !args.packages.is_empty() {
        return Ok(args.packages.clone());
    }
    let folder = args.shared.join("fhir");
    ensure!(folder.is_dir(), "{} is not there: give --packages, or --shared (or DVZA_SHARED)", folder.display());
    Ok(vec![folder])
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The server under test.
struct Target {
    /// At least one.
    offers: Vec<Offer>,
    channel: Channel,
    tokens: HashMap<String, String>,
    /// The practice of the person of a token.
    practices: HashMap<String, String>,
    now: Timestamp,
}

impl Target {
    fn any(args: &ConformanceArgs, base: &str, globals: Globals) -> anyhow::Result<Self> {
        let is_plain = base.starts_with("http://");
        ensure!(is_plain || args.ca.is_some(), "give --ca with the roots that the certificate of {base} comes from");
        let identity = args.cert.as_deref().zip(args.key.as_deref());
        Ok(Self {
            offers: vec![Offer::read("", "", base, b"")],
            channel: Channel::open(args.ca.as_deref(), identity)?,
            tokens: args.token.iter().cloned().collect(),
            practices: HashMap::new(),
            now: globals.now.unwrap_or_else(|| Clock::system().now()),
        })
    }

    async fn demo(args: &ConformanceArgs, file: &Path, scripts: &[Found]) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let demo = DemoFile::from_json(&text).with_context(|| format!("{} is no demo.json", file.display()))?;
        let dir = file.parent().unwrap_or(Path::new("."));
        let pgo = Pgo::from_demo(dir, &demo)?;
        let certificate = &demo.pgo.certificate;
        let identity = (dir.join(&certificate.cert), dir.join(&certificate.key));
        let channel = Channel::open(Some(&dir.join(&demo.ca)), Some((&identity.0, &identity.1)))?;
        let persons = Persons::authorize(&pgo, &demo, args, &named(scripts)).await?;
        let mut offers = Vec::new();
        for (practice, tokens) in &persons.any {
            offers.extend(offered(&pgo, practice, Some(tokens), args.service.as_deref()).await?);
        }
        if offers.is_empty() {
            // Nobody got a token: every script will fail, and the report says why.
            let first = args.practice.as_ref().or(demo.practices.first().map(|practice| &practice.name));
            let first = first.context("the demo has no practice")?;
            offers.extend(offered(&pgo, first, None, args.service.as_deref()).await?);
        }
        ensure!(!offers.is_empty(), "no practice of the demo offers a data service");
        let now = Timestamp::parse_rfc3339(&demo.now).context("the instant in demo.json")?;
        Ok(Self { offers, channel, tokens: persons.tokens, practices: persons.practices, now })
    }

    /// Runs every script against the service it is for, and reports them in the order in which they were found.
    async fn report(
        self,
        args: &ConformanceArgs,
        validators: &Validators,
        scripts: Vec<Found>,
    ) -> anyhow::Result<Report> {
        let start = Instant::now();
        let elapsed = move || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut runners = Vec::new();
        for offer in &self.offers {
            let settings = Settings {
                base: offer.base.clone(),
                tokens: self.tokens.clone(),
                sends_unknown_tokens: args.demo.is_none(),
                today: args.date_t.unwrap_or_else(|| self.now.local_date()),
                now: self.now.to_rfc3339(),
            };
            let random = || Uuid::new_v4().as_u128();
            let runner = Runner::new(validators, Connection(self.channel.clone()), settings, random, elapsed);
            runners.push(runner.with_context(|| format!("{} is no address", offer.base))?);
        }
        let mut report = Report::default();
        for script in &scripts {
            let practice =
                named(std::slice::from_ref(script)).iter().find_map(|token| self.practices.get(token).cloned());
            let place = offers::best(&self.offers, practice.as_ref(), script);
            report.scripts.push(runners[place].run_one(script).await);
        }
        Ok(report)
    }
}

/// An address below a base.
fn below(base: &str, name: &str) -> anyhow::Result<Url> {
    format!("{}/{name}", base.trim_end_matches('/')).parse().context("the address of a data service")
}

/// Whose number belongs to a token of the scripts.
#[derive(Deserialize)]
struct TestPatient {
    token: String,
    bsn: Option<String>,
}

fn patients(args: &ConformanceArgs) -> anyhow::Result<Vec<TestPatient>> {
    let shared = || args.shared.join("conformance/nictiz/patients.json");
    let path = args.patients.clone().unwrap_or_else(shared);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no table of patients", path.display()))
}

/// The tokens that the scripts name.
fn named(scripts: &[Found]) -> HashSet<String> {
    let scripts = scripts.iter().filter_map(|found| found.script.as_ref().ok());
    let defaults = scripts.flat_map(|script| &script.variables).filter_map(|variable| variable.default.clone());
    defaults.filter(|value| value.starts_with("Bearer ")).collect()
}

/// What the persons of the scripts were given.
#[derive(Default)]
struct Persons {
    /// What is sent for a token of the scripts.
    tokens: HashMap<String, String>,
    /// The practice of the person of a token.
    practices: HashMap<String, String>,
    /// The tokens of somebody of each practice.
    any: BTreeMap<String, Tokens>,
}

impl Persons {
    /// A real token for each person that the scripts need, at the practice that `--practice` names, else at the one that
    /// has the person by demo.json, else at the first. Who gets none is told by the place in the table; the scripts for
    /// this person fail.
    async fn authorize(
        pgo: &Pgo,
        demo: &DemoFile,
        args: &ConformanceArgs,
        named: &HashSet<String>,
    ) -> anyhow::Result<Self> {
        let mut persons = Self::default();
        let mut of_number: HashMap<Bsn, String> = HashMap::new();
        let patients = patients(args)?;
        for (place, patient) in patients.iter().enumerate().filter(|(_, patient)| named.contains(&patient.token)) {
            let Some(bsn) = patient.bsn.as_ref().and_then(|bsn| bsn.parse::<Bsn>().ok()) else {
                say!("no token for patient {} of the table: it has no valid number", place + 1);
                continue;
            };
            let practice = practice(demo, args, patient).context("the demo has no practice")?;
            persons.practices.insert(patient.token.clone(), practice.clone());
            if let Some(token) = of_number.get(&bsn) {
                persons.tokens.insert(patient.token.clone(), token.clone());
                continue;
            }
            match token(pgo, &practice, &bsn).await {
                Ok(tokens) => {
                    let bearer = format!("Bearer {}", tokens.expose_access_token());
                    of_number.insert(bsn, bearer.clone());
                    persons.tokens.insert(patient.token.clone(), bearer);
                    persons.any.insert(practice, tokens);
                }
                Err(error) => say!("no token for patient {} of the table: {error}", place + 1),
            }
        }
        Ok(persons)
    }
}

fn practice(demo: &DemoFile, args: &ConformanceArgs, patient: &TestPatient) -> Option<String> {
    if args.practice.is_some() {
        return args.practice.clone();
    }
    let has = |practice: &&DemoPractice| practice.patients.iter().any(|own| Some(&own.bsn) == patient.bsn.as_ref());
    let found = demo.practices.iter().find(has).or_else(|| demo.practices.first());
    found.map(|practice| practice.name.clone())
}

async fn token(pgo: &Pgo, practice: &str, bsn: &Bsn) -> Result<Tokens, PgoError> {
    let authorized = pgo.authorize(practice, &Person::new(bsn.clone(), Wish::ConsentOnce)).await?;
    pgo.exchange(&authorized).await
}

/// What a practice offers: the one service that is wanted, else all, with what each says it can.
async fn offered(
    pgo: &Pgo,
    practice: &str,
    tokens: Option<&Tokens>,
    wanted: Option<&str>,
) -> anyhow::Result<Vec<Offer>> {
    let provider = pgo.directory().provider(practice)?;
    let services = match wanted {
        Some(service) => vec![provider.service(service)?],
        None => provider.services.iter().collect(),
    };
    let mut offers = Vec::new();
    for service in services {
        let Some(endpoint) = service.resources.first() else { continue };
        let base = endpoint.base.as_str();
        // Only who has a token may ask what a service can, and only who has a choice needs to.
        let metadata = match (tokens, wanted) {
            (Some(tokens), None) => pgo.get(tokens, below(base, "metadata")?, JSON).await?.body,
            _ => Vec::new(),
        };
        offers.push(Offer::read(practice, &service.id, base, &metadata));
    }
    Ok(offers)
}

/// HTTP for the runner.
struct Connection(Channel);

impl Exchange for Connection {
    async fn send(&self, request: &Request) -> Result<Response, String> {
        let url: Url = request.url.parse().map_err(|_| "the address is none".to_owned())?;
        let method = request.method.parse().map_err(|_| "the method is none".to_owned())?;
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let wrong = || format!("the header {name} cannot be sent");
            let own = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            headers.append(own, HeaderValue::from_str(value).map_err(|_| wrong())?);
        }
        let answer =
            self.0.send(method, url, headers, request.body.clone()).await.map_err(|error| error.to_string())?;
        let headers = answer
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        Ok(Response { status: answer.status, headers: headers.collect(), body: answer.body })
    }
}
