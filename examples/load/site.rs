//! A dvza installation with synthetic practices in a temporary folder: configuration, keys, certificates, lists.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use dvza::cli::args::InitArgs;
use dvza::cli::{devlists, init, new_keys};
use dvza::config::{Config, Environment};
use dvza::devnet::demo::DemoFile;
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::bsn::Bsn;
use dvza::domain::ids::PracticeId;
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::catalogue::Catalogue;
use dvza::http::context::random;
use dvza::sample::synth::{self, SynthPractice};
use dvza::store::Store;
use dvza::store::practices::{self, NewPractice};

/// What holds for every measurement.
pub struct Scene {
    /// Where temporary folders are made.
    pub folder: PathBuf,
    /// Seed of the synthetic practices.
    pub seed: u64,
}

/// An installation that nobody runs yet.
pub struct Site {
    /// Everything on disk; gone with the value.
    pub dir: tempfile::TempDir,
    /// The configuration with the ports of this run.
    pub config: Config,
    /// What was put over the configuration file, for a process of its own.
    pub variables: Vec<(String, String)>,
    /// What a client needs.
    pub demo: DemoFile,
    /// The practices on the lists.
    pub practices: Vec<SynthPractice>,
    /// When the clock starts.
    pub now: Timestamp,
}

/// A delivery of a synthetic practice.
pub struct Delivery {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Site {
    /// Makes the installation for practices 1 to `count`.
    pub fn make(scene: &Scene, count: u32) -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new().prefix("dvza-load-").tempdir_in(&scene.folder);
        let dir = dir.with_context(|| format!("no temporary folder in {}", scene.folder.display()))?;
        let practices: Vec<SynthPractice> = (1..=count).map(|number| SynthPractice { number }).collect();
        let names: Vec<DevPractice> = practices.iter().map(|practice| on_the_lists(*practice)).collect();
        let now = synth::default_now();
        let ports = Ports::unused().context("no port is free")?;
        let network = DevNetwork::create_or_open(dir.path(), ports, &names)?;
        network.write_lists(&devlists::write(&network, &names, &Catalogue::built_in()?, now)?)?;
        let demo = network.demo_file(std::process::id(), now, Vec::new(), Vec::new());
        let first = names.first().map(|practice| practice.medmij_name.clone()).unwrap_or_default();
        let environment = Environment::Development;
        init::run(&InitArgs { dir: dir.path().to_owned(), environment, port: 8443, practice: first }, new_keys)?;
        let variables = variables(ports);
        let config = Config::load(&dir.path().join("dvza.toml"), variables.clone())?;
        Ok(Self { dir, config, variables, demo, practices, now })
    }

    /// A clock that starts when the practices were written and runs on from there.
    pub fn clock(&self) -> Clock {
        Clock::starting_at(self.now)
    }

    /// Writes a practice's delivery into the folder.
    pub fn deliver(&self, practice: SynthPractice, patients: u32, seed: u64) -> anyhow::Result<Delivery> {
        let path = self.dir.path().join(format!("delivery-{}.ndjson", practice.number));
        let mut file = BufWriter::new(File::create(&path)?);
        practice.write(patients, seed, self.now, &mut file)?;
        file.flush()?;
        let bytes = file.get_ref().metadata()?.len();
        Ok(Delivery { path, bytes })
    }

    /// Registers every practice.
    pub async fn register(&self, store: &Store) -> anyhow::Result<()> {
        let mut tx = store.write().await?;
        for practice in &self.practices {
            let new = NewPractice {
                id: PracticeId::from_bytes(random()?),
                medmij_name: practice.medmij_name(),
                ura: practice.ura(),
                agb: Some(practice.agb()),
                display_name: practice.display_name(),
            };
            practices::add(&mut tx, &new, self.now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Where the back listener is, for a client on this machine.
    pub fn back(&self) -> SocketAddr {
        self.config.listeners.back.address
    }

    /// Size of the database files in bytes.
    pub fn database_bytes(&self) -> u64 {
        let size = |name: &str| std::fs::metadata(self.dir.path().join(name)).map_or(0, |file| file.len());
        ["dvza.sqlite", "dvza.sqlite-wal"].into_iter().map(size).sum()
    }
}

impl Delivery {
    /// The first `most` citizen service numbers, in the order of the file. All are invented.
    pub fn numbers(&self, most: usize) -> anyhow::Result<Vec<Bsn>> {
        let text = std::io::BufRead::lines(std::io::BufReader::new(File::open(&self.path)?));
        let mut numbers = Vec::new();
        for line in text {
            let line: serde_json::Value = serde_json::from_str(&line?)?;
            if line["t"] != "patient" {
                continue;
            }
            numbers.extend(line["d"]["bsn"].as_str().and_then(|bsn| bsn.parse().ok()));
            if numbers.len() >= most {
                break;
            }
        }
        Ok(numbers)
    }
}

fn on_the_lists(practice: SynthPractice) -> DevPractice {
    DevPractice { medmij_name: practice.medmij_name(), display_name: practice.display_name() }
}

fn variables(ports: Ports) -> Vec<(String, String)> {
    let listener = |name: &str, port: u16| {
        [
            (format!("DVZA_LISTENERS__{name}__ADDRESS"), format!("127.0.0.1:{port}")),
            (format!("DVZA_LISTENERS__{name}__PUBLIC_URL"), format!("https://localhost:{port}")),
        ]
    };
    let public = [("FRONT", ports.front), ("BACK", ports.back), ("CONSOLE", ports.console)];
    let mut all: Vec<_> = public.into_iter().flat_map(|(name, port)| listener(name, port)).collect();
    all.push(("DVZA_LISTENERS__OPS__ADDRESS".to_owned(), format!("127.0.0.1:{}", ports.ops)));
    all
}
