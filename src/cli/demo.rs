//! `dvza demo`: the whole chain on one machine (interface.md §1, §2).
//!
//! Makes a development network and a fresh database, imports a practice, starts the server, and then is the PGO that
//! collects from it. Running it again on the same folder keeps certificates and keys and begins with an empty database.
//! One that serves can let time pass and shows the letters that went out (`devnet::surroundings`).

mod surroundings;

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::surroundings::Surroundings;
use super::args::{DemoArgs, InitArgs};
use super::{Globals, devlists, feed, import, init, new_keys, practice, server, signal};
use crate::app::{App, OWNERS};
use crate::config::{Config, Environment, LogFormat};
use crate::devnet::demo::{DEMO_FILE, DemoFile, DemoPatient, DemoPractice, Employee};
use crate::devnet::{DevNetwork, DevPractice, Ports};
use crate::domain::bsn::Bsn;
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::picture::Picture;
use crate::domain::release::Policy;
use crate::domain::time::{Clock, Timestamp};
use crate::fhir::catalogue::Catalogue;
use crate::his::feed as feed_format;
use crate::his::{BatchKind, BatchReader, Frame};
use crate::http::context::Availability as _;
use crate::import::{FeedDelivery, Options, Report};
use crate::medmij::MedMijName;
use crate::pgo::{CollectRequest, Person, Pgo, Wish, table};
use crate::sample::practice as sample;
use crate::store;
use crate::store::practices::NewPractice;
use crate::store::settings::{Setting, SettingSource};
use crate::telemetry;

/// The logo of the built-in practice.
const LOGO: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/demo-logo.png"));
/// Lines of a section that the table prints.
const LINES: usize = 4;
/// The lists do not grow old while time is made to pass: a hundred years, in seconds.
const LISTS_SECONDS: u32 = 100 * 366 * 24 * 60 * 60;

/// A practice of the demo: what its delivery says of it.
struct Source {
    bytes: Bytes,
    ura: String,
    agb: String,
    display_name: String,
    medmij_name: String,
    patients: Vec<DemoPatient>,
    employees: Vec<Employee>,
}

enum Bytes {
    BuiltIn(Vec<u8>),
    File(PathBuf),
    Feed(Box<FeedDelivery>),
}

/// Runs the command.
///
/// # Errors
/// One line about the step that failed.
pub async fn run(args: &DemoArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let started = globals.now.unwrap_or_else(|| Clock::system().now());
    let clock = Clock::of_demonstration(started);
    telemetry::start(globals.log.unwrap_or(LogFormat::Text), &filter())?;
    for (key, value) in &args.set {
        Policy::default().set(key, value).with_context(|| format!("--set {key}"))?;
    }
    let sources = sources(args, started)?;
    let practices: Vec<DevPractice> = sources
        .iter()
        .map(|source| DevPractice {
            medmij_name: source.medmij_name.clone(),
            display_name: source.display_name.clone(),
        })
        .collect();
    let ports = Ports::from_base(args.port).context("--port leaves no room for four listeners")?;
    nobody_listens(ports)?;
    let services = Catalogue::built_in()?;
    let network = DevNetwork::create_or_open(&args.dir, ports, &practices)?;
    network.write_lists(&devlists::write(&network, &practices, &services, started)?)?;
    let mut config = configuration(args, &practices, &services)?;
    let around = if args.serve { Some(Surroundings::open(&mut config).await?) } else { None };
    let server = server::start(&config, clock.clone()).await?;
    let rejected = fill(&server, &sources, &args.set, started).await?;
    let mut demo = network.demo_file(std::process::id(), started, employees(&sources), demo_practices(&sources));
    demo.surroundings = around.as_ref().map(Surroundings::address);
    let stop = CancellationToken::new();
    let _around = around.map(|around| around.serve(clock, stop.clone()));
    network.announce(&demo)?;
    say!("dvza demo in {} at {}\n", args.dir.display(), started);
    let mut code = if rejected { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    match first_who_passes(&server.app, &sources, args.bsn.as_ref()).await? {
        Some((practice, bsn)) => {
            let complete = collect(&args.dir, &demo, &services, &practice, bsn, started).await?;
            if !complete {
                code = ExitCode::FAILURE;
            }
        }
        None => {
            say!("nobody passes the gates: there is nothing to collect");
            if !args.serve {
                code = ExitCode::FAILURE;
            }
        }
    }
    if args.serve {
        say!("\nserving until a signal: {} (credentials in {})", demo.front, args.dir.join(DEMO_FILE).display());
        if let Some(address) = &demo.surroundings {
            say!("time passes at {address}/time, letters that went out are at {address}/letters");
        }
        signal().await?;
        stop.cancel();
    }
    network.retire_demo()?;
    server.stop().await;
    Ok(code)
}

/// What is logged: warnings, unless the environment asks for more.
fn filter() -> String {
    std::env::var("DVZA_LOG__FILTER").unwrap_or_else(|_| "warn".to_owned())
}

/// A second demo must not take the database of a running one away.
fn nobody_listens(ports: Ports) -> anyhow::Result<()> {
    for port in [ports.front, ports.back, ports.console, ports.ops] {
        std::net::TcpListener::bind(("127.0.0.1", port))
            .with_context(|| format!("port {port} is in use: choose others with --port"))?;
    }
    Ok(())
}

/// Every service of the catalogue is offered.
fn configuration(args: &DemoArgs, practices: &[DevPractice], services: &Catalogue) -> anyhow::Result<Config> {
    let practice = practices.first().map(|practice| practice.medmij_name.clone()).unwrap_or_default();
    let init = InitArgs { dir: args.dir.clone(), environment: Environment::Development, port: args.port, practice };
    init::run(&init, new_keys)?;
    for file in ["dvza.sqlite", "dvza.sqlite-wal", "dvza.sqlite-shm"] {
        let path = args.dir.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    // The folder may have been made with other ports: the command line decides.
    let listener = |name: &str, step: u16| {
        let port = args.port + step;
        [
            (format!("DVZA_LISTENERS__{name}__ADDRESS"), format!("127.0.0.1:{port}")),
            (format!("DVZA_LISTENERS__{name}__PUBLIC_URL"), format!("https://localhost:{port}")),
        ]
    };
    let browsers =
        [("FRONT", 0), ("BACK", 1), ("CONSOLE", 2)].into_iter().flat_map(|(name, step)| listener(name, step));
    let ops = [("DVZA_LISTENERS__OPS__ADDRESS".to_owned(), format!("127.0.0.1:{}", args.port + 3))];
    let mut config = Config::load(&args.dir.join("dvza.toml"), browsers.chain(ops))?;
    config.lists.max_age_seconds = LISTS_SECONDS;
    config.services.also = services.services().iter().map(|service| service.id.clone()).collect();
    Ok(config)
}

fn sources(args: &DemoArgs, now: Timestamp) -> anyhow::Result<Vec<Source>> {
    if args.import.is_empty() {
        let mut bytes = Vec::new();
        sample::demo_practice(now, &mut bytes)?;
        let mut source = read(Cursor::new(bytes.clone()), now).context("the built-in practice cannot be read")?;
        source.bytes = Bytes::BuiltIn(bytes);
        source.medmij_name = sample::MEDMIJ_NAME.to_owned();
        return Ok(vec![source]);
    }
    if args.format.is_fhir() {
        return Ok(vec![feed_source(args, now)?]);
    }
    let mut sources: Vec<Source> = Vec::new();
    for path in &args.import {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut source = read(std::io::BufReader::new(file), now).with_context(|| format!("{}", path.display()))?;
        source.bytes = Bytes::File(path.clone());
        match sources.iter_mut().find(|known| known.ura == source.ura) {
            // A further delivery of a practice: same name, more people.
            Some(known) => source.medmij_name.clone_from(&known.medmij_name),
            None => source.medmij_name = unused_name(&source, &sources)?,
        }
        sources.push(source);
    }
    Ok(sources)
}

/// The practice of a feed, which names none: the one of the sample.
fn feed_source(args: &DemoArgs, now: Timestamp) -> anyhow::Result<Source> {
    let delivery = feed::delivery(&args.import, BatchKind::Patient, &args.format)?;
    let files: Vec<feed_format::File<'_>> =
        delivery.files.iter().map(|(name, bytes)| feed_format::File { name, bytes }).collect();
    let header = feed_format::Feed {
        release: delivery.release,
        batch: delivery.batch,
        ura: sample::URA,
        agb: sample::AGB,
        kind: delivery.kind,
        seq: 1,
        made: now,
        day_t: delivery.day_t,
        numbers: &delivery.numbers,
    };
    let translated = feed_format::translate(&header, &files)?;
    let mut source = read(Cursor::new(translated.delivery), now)?;
    source.medmij_name = sample::MEDMIJ_NAME.to_owned();
    source.bytes = Bytes::Feed(Box::new(delivery));
    Ok(source)
}

/// Looks through a delivery for the practice, its patients and its employees.
fn read(bytes: impl std::io::Read, now: Timestamp) -> anyhow::Result<Source> {
    let mut reader = BatchReader::open(bytes)?;
    let header = reader.header().clone();
    let mut source = Source {
        bytes: Bytes::BuiltIn(Vec::new()),
        display_name: format!("Praktijk {}", header.ura),
        ura: header.ura,
        agb: header.agb,
        medmij_name: String::new(),
        patients: Vec::new(),
        employees: Vec::new(),
    };
    let frame = Frame { now, nhg45: None, format: header.format };
    // What is wrong with the delivery is told by the import that follows; here only names are picked up.
    while let Ok(Some((line, _))) = reader.next_record(&frame) {
        let Ok(record) = serde_json::from_slice::<Value>(line.bytes) else { continue };
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        match record.get("t").and_then(Value::as_str) {
            Some("practice") => source.display_name = text("/d/name").unwrap_or(source.display_name),
            Some("employee") => {
                let (Some(name), Some(role)) = (text("/id"), text("/d/role")) else { continue };
                source.employees.push(Employee { name, role });
            }
            Some("patient") => {
                let Some(bsn) = text("/d/bsn") else { continue };
                let name = [text("/d/name/first"), text("/d/name/prefix"), text("/d/name/last")];
                let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
                source.patients.push(DemoPatient { bsn, name });
            }
            _ => {}
        }
    }
    Ok(source)
}

/// A MedMij name made of the practice's own: its letters, without what stands in brackets.
fn unused_name(source: &Source, others: &[Source]) -> anyhow::Result<String> {
    let name = source.display_name.split('(').next().unwrap_or_default().to_lowercase();
    let letters: String = name.chars().filter(char::is_ascii_lowercase).take(40).collect();
    let stem = if letters.is_empty() { "praktijk".to_owned() } else { letters };
    for suffix in ["", "b", "c", "d", "e", "f", "g", "h"] {
        let candidate = format!("{stem}{suffix}@medmij");
        if others.iter().all(|other| other.medmij_name != candidate) {
            MedMijName::registered(&candidate)?;
            return Ok(candidate);
        }
    }
    bail!("too many practices with the name {}", source.display_name)
}

/// Adds the practices and imports their deliveries; true when one was rejected.
async fn fill(
    server: &server::Server,
    sources: &[Source],
    set: &[(String, String)],
    at: Timestamp,
) -> anyhow::Result<bool> {
    let mut rejected = false;
    for source in sources {
        let scope = add_practice(server.app.store(), source, at).await?;
        let (report, more) = take(server, source).await?;
        say!("{}\n{}{more}", source.medmij_name, import::text(&report, false));
        rejected |= matches!(report.state, crate::import::State::Rejected | crate::import::State::Held);
        let mut tx = server.app.store().write().await?;
        let practice =
            DevPractice { medmij_name: source.medmij_name.clone(), display_name: source.display_name.clone() };
        let his = DevNetwork::his_host(&practice);
        let privacy = format!("https://{}/privacy", his.replacen("his.", "www.", 1));
        let owner = source.employees.iter().find(|employee| employee.role == "huisarts");
        let owner = owner.map(|owner| (OWNERS.to_owned(), owner.name.clone()));
        let own = [("his.host".to_owned(), his), ("page.privacy_url".to_owned(), privacy)];
        for (key, value) in set.iter().chain(&own).chain(&owner) {
            let (key, value) = (key.clone(), value.clone());
            let setting = Setting { key, source: SettingSource::Own, value, at, by: "cli".to_owned() };
            store::settings::set(&mut tx, &scope, &setting).await?;
        }
        if matches!(source.bytes, Bytes::BuiltIn(_)) {
            let picture = Picture::new(LOGO.to_vec()).context("the built-in logo")?;
            practice::store_logo(&mut tx, server.app.sealer(), &scope, &picture, at).await?;
        }
        tx.commit().await?;
    }
    Ok(rejected)
}

async fn add_practice(store: &store::Store, source: &Source, at: Timestamp) -> anyhow::Result<PracticeScope> {
    let mut tx = store.write().await?;
    if let Some(known) = store::practices::find_by_ura(&mut tx, &source.ura).await? {
        tx.close().await?;
        return Ok(known.scope());
    }
    let id = PracticeId::from_bytes(crate::http::context::random()?);
    let practice = NewPractice {
        id,
        medmij_name: source.medmij_name.clone(),
        ura: source.ura.clone(),
        agb: Some(source.agb.clone()),
        display_name: source.display_name.clone(),
    };
    store::practices::add(&mut tx, &practice, at).await?;
    tx.commit().await?;
    Ok(PracticeScope { practice: id })
}

/// Imports a delivery; the report, and what there is to say beside it.
async fn take(server: &server::Server, source: &Source) -> anyhow::Result<(Report, String)> {
    let (importer, options) = (&server.importer, Options::default());
    match &source.bytes {
        Bytes::File(path) => Ok((import::one(importer, path, &options).await?, String::new())),
        Bytes::BuiltIn(bytes) => {
            let bytes = Cursor::new(bytes.clone());
            Ok((importer.import(bytes, &options, Arc::new(|_| {})).await?, String::new()))
        }
        Bytes::Feed(delivery) => {
            let mut tx = server.app.store().read().await?;
            let practice = store::practices::find_by_ura(&mut tx, &source.ura).await?;
            tx.close().await?;
            let practice = practice.context("the practice of the feed is not there")?;
            let taken = importer.import_feed(&practice, (**delivery).clone(), &options, Arc::new(|_| {})).await?;
            let more = feed::text(&taken);
            Ok((taken.report, more))
        }
    }
}

fn employees(sources: &[Source]) -> Vec<Employee> {
    sources.iter().flat_map(|source| source.employees.iter().cloned()).collect()
}

fn demo_practices(sources: &[Source]) -> Vec<DemoPractice> {
    let mut practices: Vec<DemoPractice> = Vec::new();
    for source in sources {
        match practices.iter_mut().find(|practice| practice.name == source.medmij_name) {
            Some(practice) => practice.patients.extend(source.patients.iter().cloned()),
            None => {
                practices.push(DemoPractice { name: source.medmij_name.clone(), patients: source.patients.clone() })
            }
        }
    }
    practices
}

/// The patient to collect for: the one asked for, else the first in file order who passes the gates.
async fn first_who_passes(app: &App, sources: &[Source], asked: Option<&Bsn>) -> anyhow::Result<Option<(String, Bsn)>> {
    for source in sources {
        let mut tx = app.store().read().await?;
        let practice = store::practices::find_by_ura(&mut tx, &source.ura).await?;
        tx.close().await?;
        let Some(practice) = practice else { continue };
        for patient in &source.patients {
            let Ok(bsn) = patient.bsn.parse::<Bsn>() else { continue };
            if asked.is_some_and(|asked| *asked != bsn) {
                continue;
            }
            let Some(who) = app.identify(&practice.scope(), &bsn.clone().into()).await? else { continue };
            if app.is_available(&who, None, app.clock().moment()).await? {
                return Ok(Some((source.medmij_name.clone(), bsn)));
            }
        }
    }
    Ok(None)
}

/// Collects every data service as a PGO, prints what arrived and writes it below `collected/`.
async fn collect(
    dir: &Path,
    demo: &DemoFile,
    services: &Catalogue,
    practice: &str,
    bsn: Bsn,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let pgo = Pgo::from_demo(dir, demo)?;
    say!("authorize at {practice} → log in → consent → token");
    let authorized = pgo.authorize(practice, &Person::new(bsn, Wish::ConsentOnce)).await?;
    let tokens = pgo.exchange(&authorized).await?;
    say!("token for {}\n", tokens.services.join(" "));
    let into = dir.join("collected");
    match std::fs::remove_dir_all(&into) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", into.display()));
        }
        _ => {}
    }
    let mut complete = true;
    for service in services.services().iter().filter(|service| tokens.services.contains(&service.id)) {
        let requests: Vec<CollectRequest> = service
            .collect_requests(now.local_date())
            .into_iter()
            .map(|request| CollectRequest { name: request.name, path_and_query: request.path_and_query })
            .collect();
        let collected = pgo.collect(&tokens, &service.id, &requests).await?;
        say!("{}", table(&collected, LINES));
        let folder = into.join(&service.id);
        collected
            .write_to(&folder)
            .map_err(|(path, error)| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        complete &= collected.is_complete();
    }
    Ok(complete)
}
