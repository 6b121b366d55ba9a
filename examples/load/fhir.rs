//! What FHIR costs: mapping, writing and reading XML, and judging, each against reading the same bytes with serde_json.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use dvza::domain::dossier::{Body, PatientRecords, PracticeRecords, Record, RecordType};
use dvza::domain::ids::ResourceId;
use dvza::fhir::model::{R4, check};
use dvza::fhir::tree::Json;
use dvza::fhir::{Faces, FhirRelease, Releases, xml};
use dvza::his::{BatchReader, Frame, Op};
use dvza::mapping::check::Profiles;
use dvza::mapping::{Ids, Rendered, render_patient, render_practice};
use dvza::sample::synth;
use dvza_conformance::issue::Severity;
use dvza_conformance::tree::Form;
use dvza_conformance::validate::{Validator, Validators};
use dvza_conformance::version::FhirVersion;
use serde_json::Value;

use crate::site::Scene;
use crate::timing::per_second;

/// Every step is done so often; the fastest counts.
const ROUNDS: usize = 3;

/// `load fhir`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Patients, each with every building block
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    patients: u32,
    /// A folder with FHIR packages: then judging by the official profiles is measured too
    #[arg(long, value_name = "DIR")]
    packages: Vec<PathBuf>,
}

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let (practice, patients) = dossiers(args.patients, scene.seed)?;
    let render_in = |releases: &Releases| -> Vec<Rendered> {
        let own = render_practice(&practice, &Ids(&id), releases).into_values();
        let faces = patients.iter().map(|patient| render_patient(patient, &practice, &Ids(&id), releases).faces);
        own.chain(faces.flat_map(Faces::into_values)).flatten().collect()
    };
    let render = || render_in(&Releases::from([FhirRelease::R4]));
    let bodies: Vec<Vec<u8>> = render().into_iter().map(|resource| resource.body).collect();
    let bytes: usize = bodies.iter().map(Vec::len).sum();
    println!("{} patients, {} resources, {:.1} MB of JSON", args.patients, bodies.len(), bytes as f64 / 1e6);
    let table = Table { resources: bodies.len(), bytes, plain: fastest(|| each(&bodies, |body| parse(body))) };
    table.row("parse with serde_json", table.plain);
    table.row("map to R4", fastest(|| drop(black_box(render()))));
    table.row("map to R4 and STU3", fastest(|| drop(black_box(render_in(&FhirRelease::ALL.into_iter().collect())))));
    table.row("judge by our own profiles", {
        let profiles = Profiles::load()?;
        fastest(|| each(&bodies, |body| by_own_profiles(&profiles, body)))
    });
    table.row(
        "judge the form",
        fastest(|| each(&bodies, |body| Json::parse(body).is_ok_and(|tree| check(&R4, &tree).is_empty()))),
    );
    table.row("write XML", fastest(|| each(&bodies, |body| xml::from_json(body).is_ok())));
    let documents: Vec<String> =
        bodies.iter().map(|body| Ok(String::from_utf8(xml::from_json(body)?)?)).collect::<anyhow::Result<_>>()?;
    table.row("read XML", fastest(|| each(&documents, |text| xml::read(&R4, text).is_ok())));
    if !args.packages.is_empty() {
        let validators = Validators::in_folders(&args.packages).context("cannot read the packages")?;
        let validator = validators.of(FhirVersion::R4).context("the packages have no definitions of R4")?;
        table.row("judge by official profiles", fastest(|| each(&bodies, |body| by_official(validator, body))));
    }
    Ok(())
}

struct Table {
    resources: usize,
    bytes: usize,
    plain: Duration,
}

impl Table {
    fn row(&self, name: &str, took: Duration) {
        println!(
            "  {name:<28} {:>9.0} resources/s {:>8.1} MB/s {:>7.1} times serde_json",
            per_second(self.resources as u64, took),
            per_second(self.bytes as u64, took) / 1e6,
            took.as_secs_f64() / self.plain.as_secs_f64()
        );
    }
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let times = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        work();
        began.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Every one must come well: a fast failure is no measurement.
fn each<T>(all: &[T], work: impl Fn(&T) -> bool) {
    let failed = all.iter().filter(|one| !black_box(work(one))).count();
    assert!(failed == 0, "{failed} of {} failed", all.len());
}

fn parse(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|value| value.is_object())
}

fn by_own_profiles(profiles: &Profiles, body: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return false };
    let kind = value["resourceType"].as_str().and_then(dvza::fhir::ResourceType::find);
    kind.is_some_and(|kind| profiles.check(FhirRelease::R4, kind, &value).is_ok())
}

fn by_official(validator: &Validator, body: &[u8]) -> bool {
    validator.check_bytes(Form::Json, body).iter().all(|issue| issue.severity != Severity::Error)
}

/// A stand-in for the keyed hash of a practice.
fn id(purpose: &str, key: &str) -> ResourceId {
    let name = format!("{purpose}|{key}");
    ResourceId::from_bytes(*uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).as_bytes())
}

/// A synthetic practice as the mapper wants it.
fn dossiers(patients: u32, seed: u64) -> anyhow::Result<(PracticeRecords, Vec<PatientRecords>)> {
    let mut delivery = Vec::new();
    synth::synth_two(patients, seed, synth::default_now(), &mut delivery)?;
    let mut batch = BatchReader::open(delivery.as_slice())?;
    let frame = Frame { now: synth::default_now(), nhg45: None, format: batch.header().format };
    let (mut practice, mut all) = (None, BTreeMap::new());
    let (mut employees, mut organizations, mut professionals) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    while let Some((_, outcome)) = batch.next_record(&frame)? {
        let record = outcome.record.context("a synthetic record was refused")?;
        let Op::Put(body, mark) = record.op else { continue };
        let (id, v, at) = (record.id, record.v, record.at);
        match body {
            Body::Practice(d) => practice = Some(Record { id, v, at, mark, d: *d }),
            Body::Employee(d) => drop(employees.insert(id.clone(), Record { id, v, at, mark, d: *d })),
            Body::Organization(d) => drop(organizations.insert(id.clone(), Record { id, v, at, mark, d: *d })),
            Body::Professional(d) => drop(professionals.insert(id.clone(), Record { id, v, at, mark, d: *d })),
            Body::Patient(d) => drop(all.insert(id.clone(), PatientRecords::of(Record { id, v, at, mark, d: *d }))),
            d => {
                let patient = record.pat.as_ref().and_then(|pat| all.get_mut(pat));
                patient.context("a record of nobody")?.put(Record { id, v, at, mark, d });
            }
        }
    }
    ensure!(!all.is_empty(), "there is no {}", RecordType::Patient);
    let shared = BTreeMap::new();
    let practice = practice.context("there is no practice")?;
    Ok((PracticeRecords { practice, employees, organizations, professionals, shared }, all.into_values().collect()))
}
