//! How fast a delivery is taken: read, checked, mapped, sealed and durable in SQLite, against reading it as JSON.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use dvza::cli::server;
use dvza::fhir::{FhirRelease, Releases};
use dvza::import::{Options, Progress, State, Step};
use serde_json::Value;

use crate::process::{Memory, megabytes};
use crate::site::{Scene, Site};
use crate::stages;
use crate::timing::per_second;

/// What the command reads from a file at once; reading as JSON gets the same.
const BUFFER: usize = 256 * 1024;
/// The file is read as JSON so often; the fastest counts.
const READINGS: usize = 3;

/// `load import`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Patients of the practice
    #[arg(long, default_value_t = 2095, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    patients: u32,
    /// Also print the time of each phase
    #[arg(long)]
    profile: bool,
    /// Measure instead what a second FHIR release costs: imports in R4 alone and in R4 and STU3, in turn
    #[arg(long)]
    faces: bool,
    /// Also measure each pure step alone; with few patients, since everything is held in memory
    #[arg(long)]
    stages: bool,
}

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match args.faces {
        true => runtime.block_on(measure_faces(args, scene)),
        false => runtime.block_on(measure(args, scene)),
    }
}

/// So often each; the fastest counts.
const IMPORTS: usize = 3;

/// One release against two: time and database.
async fn measure_faces(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let choices = [Releases::from([FhirRelease::R4]), FhirRelease::ALL.into_iter().collect()];
    let mut best = [(Duration::MAX, 0); 2];
    for _ in 0..IMPORTS {
        for (releases, best) in choices.iter().zip(&mut best) {
            let site = Site::make(scene, 1)?;
            let delivery = site.deliver(site.practices[0], args.patients, scene.seed)?;
            let mut foundation = server::lay(&site.config, &site.clock()).await?;
            site.register(&foundation.store).await?;
            foundation.importer.releases = releases.clone();
            let file = BufReader::with_capacity(BUFFER, File::open(&delivery.path)?);
            let started = Instant::now();
            let report = foundation.importer.import(file, &Options::default(), Arc::new(|_| {})).await?;
            let taken = started.elapsed();
            ensure!(report.state == State::Accepted && !report.has_refusals(), "the delivery was not taken as a whole");
            foundation.store.close().await;
            *best = (best.0.min(taken), site.database_bytes());
        }
    }
    let [(one, small), (two, large)] = best;
    println!("{} patients, the fastest of {IMPORTS} imports each", args.patients);
    println!("  R4            {:>8.3} s  {:>8.1} MB", one.as_secs_f64(), megabytes(small));
    println!("  R4 and STU3   {:>8.3} s  {:>8.1} MB", two.as_secs_f64(), megabytes(large));
    println!(
        "  ratio         {:>8.2}    {:>8.2}",
        two.as_secs_f64() / one.as_secs_f64(),
        megabytes(large) / megabytes(small)
    );
    Ok(())
}

async fn measure(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let site = Site::make(scene, 1)?;
    let delivery = site.deliver(site.practices[0], args.patients, scene.seed)?;
    let json = read_as_json(&delivery.path)?;
    let before = Memory::own()?;

    let foundation = server::lay(&site.config, &site.clock()).await?;
    site.register(&foundation.store).await?;
    let marks = Arc::new(Mutex::new(Marks::default()));
    let file = BufReader::with_capacity(BUFFER, File::open(&delivery.path)?);
    let started = Instant::now();
    let report = foundation.importer.import(file, &Options::default(), follow(marks.clone())).await?;
    let taken = started.elapsed();
    let after = Memory::own()?;
    ensure!(report.state == State::Accepted && !report.has_refusals(), "the delivery was not taken as a whole");
    if args.stages {
        let text = std::fs::read(&delivery.path)?;
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let mut tx = foundation.store.read().await?;
        let practices = dvza::store::practices::list(&mut tx).await?;
        tx.close().await?;
        let mut sample = stages::stored(&foundation.store, &foundation.sealer, practices[0].id).await?;
        sample.lines = lines[1..lines.len() - 1].to_vec();
        stages::print(&sample, &foundation.sealer, &foundation.importer.profiles, args.patients);
    }
    foundation.store.close().await;

    let records = report.records;
    let size = megabytes(delivery.bytes);
    println!("{} patients, {records} records, {size:.1} MB as delivered", args.patients);
    println!("  as JSON   {:>8.3} s  {:>10.0} records/s", json.as_secs_f64(), per_second(records, json));
    println!("  imported  {:>8.3} s  {:>10.0} records/s", taken.as_secs_f64(), per_second(records, taken));
    println!("  ratio     {:>8.2}    import : JSON", taken.as_secs_f64() / json.as_secs_f64());
    println!("  database  {:>8.1} MB", megabytes(site.database_bytes()));
    println!("  before    {before}");
    println!("  after     {after}");
    if args.profile {
        let marks = *marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.print(started, taken);
    }
    Ok(())
}

/// The time it takes to make a [`Value`] of every line and nothing more.
fn read_as_json(path: &Path) -> anyhow::Result<Duration> {
    let mut fastest = Duration::MAX;
    for _ in 0..READINGS {
        let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
        let mut line = Vec::new();
        let started = Instant::now();
        while file.read_until(b'\n', &mut line)? > 0 {
            black_box(serde_json::from_slice::<Value>(&line)?);
            line.clear();
        }
        fastest = fastest.min(started.elapsed());
    }
    Ok(fastest)
}

/// When the import told of its steps.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    checking: Option<Instant>,
    first_applied: Option<(Instant, usize)>,
}

fn follow(marks: Arc<Mutex<Marks>>) -> Arc<Progress> {
    Arc::new(move |step| {
        let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        match step {
            Step::Read(_) => {}
            Step::Checking => marks.checking = Some(Instant::now()),
            Step::Applied { of, .. } => {
                marks.first_applied.get_or_insert_with(|| (Instant::now(), of));
            }
        }
    })
}

impl Marks {
    /// Checking and the first part applied cannot be told apart: that part is one of many.
    fn print(self, started: Instant, taken: Duration) {
        let (Some(checking), Some((applying, parts))) = (self.checking, self.first_applied) else { return };
        let rest = (started + taken).saturating_duration_since(applying);
        println!("  reading   {:>8.3} s", (checking - started).as_secs_f64());
        println!("  checking  {:>8.3} s  with the first of {parts} parts applied", (applying - checking).as_secs_f64());
        println!("  applying  {:>8.3} s", rest.as_secs_f64());
    }
}
