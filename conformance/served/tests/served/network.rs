//! A development network in a temporary folder: real listeners, real TLS, a clock that stands.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dvza::cli::args::InitArgs;
use dvza::cli::{devlists, init, new_keys, server};
use dvza::config::{Config, Environment};
use dvza::devnet::demo::{DEMO_FILE, DemoFile, DemoPractice};
use dvza::devnet::{DevNetwork, DevPractice, Ports};
use dvza::domain::ids::{PracticeId, PracticeScope};
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::catalogue::Catalogue;
use dvza::his::BatchReader;
use dvza::import::{Options, State};
use dvza::pgo::Pgo;
use dvza::store::practices::{self, NewPractice};
use dvza::store::settings::{Setting, SettingSource};

/// The instant at which everything happens.
pub const T: &str = "2026-06-15T10:00:00+02:00";

/// A running server and what a PGO must know of it.
pub struct Network {
    dir: tempfile::TempDir,
    demo: DemoFile,
    /// The server.
    pub server: server::Server,
    /// The practices, in the order of the deliveries.
    pub practices: Vec<PracticeScope>,
}

impl Network {
    /// Starts a server on SQLite whose practices are those of these deliveries.
    pub async fn start(deliveries: &[Vec<u8>]) -> Self {
        let now = Timestamp::parse_rfc3339(T).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<DevPractice> = (0..deliveries.len()).map(named).collect();
        let ports = Ports::unused().unwrap();
        let network = DevNetwork::create_or_open(dir.path(), ports, &names).unwrap();
        let services = Catalogue::built_in().unwrap();
        network.write_lists(&devlists::write(&network, &names, &services, now).unwrap()).unwrap();
        let server = server::start(&configuration(dir.path(), ports), Clock::standing_at(now)).await.unwrap();
        let demo = network.demo_file(std::process::id(), now, Vec::new(), Vec::new());
        let mut running = Self { dir, demo, server, practices: Vec::new() };
        for (place, delivery) in deliveries.iter().enumerate() {
            let scope = running.add_practice(place, delivery, now).await;
            running.practices.push(scope);
            running.import(delivery).await;
        }
        running
    }

    /// The MedMij name of the practice at this place.
    pub fn practice_name(place: usize) -> String {
        named(place).medmij_name
    }

    /// The test PGO.
    pub fn pgo(&self) -> Pgo {
        Pgo::from_demo(self.dir.path(), &self.demo).unwrap()
    }

    /// The demo.json of the network, as `dvza demo` writes it.
    pub fn demo_file(&self) -> PathBuf {
        let mut demo = self.demo.clone();
        let practices = (0..self.practices.len())
            .map(|place| DemoPractice { name: Self::practice_name(place), patients: Vec::new() });
        demo.practices = practices.collect();
        let path = self.dir.path().join(DEMO_FILE);
        std::fs::write(&path, demo.to_json().unwrap()).unwrap();
        path
    }

    /// Sets a setting of the first practice.
    pub async fn set(&self, key: &str, value: &str) {
        let at = self.server.app.clock().now();
        let (key, value, by) = (key.to_owned(), value.to_owned(), "test".to_owned());
        let setting = Setting { key, source: SettingSource::Own, value, at, by };
        let mut tx = self.server.app.store().write().await.unwrap();
        dvza::store::settings::set(&mut tx, &self.practices[0], &setting).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Stops the server; the folder goes with the value.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    async fn add_practice(&self, place: usize, delivery: &[u8], at: Timestamp) -> PracticeScope {
        let reader = BatchReader::open(Cursor::new(delivery)).unwrap();
        let DevPractice { medmij_name, display_name } = named(place);
        let practice = NewPractice {
            id: PracticeId::from_bytes([u8::try_from(place + 1).unwrap(); 16]),
            medmij_name,
            ura: reader.header().ura.clone(),
            agb: Some(reader.header().agb.clone()),
            display_name,
        };
        let mut tx = self.server.app.store().write().await.unwrap();
        practices::add(&mut tx, &practice, at).await.unwrap();
        tx.commit().await.unwrap();
        PracticeScope { practice: practice.id }
    }

    async fn import(&self, delivery: &[u8]) {
        let bytes = Cursor::new(delivery.to_vec());
        let report = self.server.importer.import(bytes, &Options::default(), Arc::new(|_| {})).await.unwrap();
        assert!(!matches!(report.state, State::Rejected | State::Held), "the delivery was not taken");
    }
}

/// The practice at this place of the deliveries.
fn named(place: usize) -> DevPractice {
    let letter = char::from(b'a' + u8::try_from(place).unwrap());
    DevPractice { medmij_name: format!("testpraktijk{letter}@medmij"), display_name: format!("Testpraktijk {letter}") }
}

fn configuration(dir: &Path, ports: Ports) -> Config {
    let environment = Environment::Development;
    let args = InitArgs { dir: dir.to_owned(), environment, port: 8443, practice: Network::practice_name(0) };
    init::run(&args, new_keys).unwrap();
    let listeners = [("FRONT", ports.front), ("BACK", ports.back), ("CONSOLE", ports.console)];
    let browsers = listeners.into_iter().flat_map(|(name, port)| {
        [
            (format!("DVZA_LISTENERS__{name}__ADDRESS"), format!("127.0.0.1:{port}")),
            (format!("DVZA_LISTENERS__{name}__PUBLIC_URL"), format!("https://localhost:{port}")),
        ]
    });
    let ops = [("DVZA_LISTENERS__OPS__ADDRESS".to_owned(), format!("127.0.0.1:{}", ports.ops))];
    Config::load(&dir.join("dvza.toml"), browsers.chain(ops)).unwrap()
}
