//! An import that is killed and run again ends where an undisturbed one does (architecture §5b).

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use dvza::domain::ids::{PatientId, PatientRef, RecordKey, ResourceId};
use dvza::domain::time::Timestamp;
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::sample::synth::{SynthPractice, synth};
use dvza::seal::{KeyFile, Sealer};
use dvza::store::deliveries::{self, DeliveryState};
use dvza::store::practices::PracticeEntry;
use dvza::store::records::RecordVersion;
use dvza::store::{Store, StoreOptions, content, patients, practices, records, shelves, sqlite_address};

use crate::support::network::T;

const PRACTICE: SynthPractice = SynthPractice { number: 1 };
const PATIENTS: u32 = 40;
/// So many patients are stored when the import is killed, time after time, on the same database.
const CUTS: [u64; 3] = [0, 1, 24];

/// `dvza` with these arguments.
fn dvza(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvza"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs it to the end; what it printed.
fn run(arguments: &[&str]) -> String {
    let done = dvza(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// An installation with one practice and nothing imported.
fn install(dir: &Path) {
    let config = dir.join("dvza.toml");
    run(&["init", "--dir", dir.to_str().unwrap(), "--practice", &PRACTICE.medmij_name()]);
    let (name, ura, agb, display) = (PRACTICE.medmij_name(), PRACTICE.ura(), PRACTICE.agb(), PRACTICE.display_name());
    let add = ["--ura", &ura, "--agb", &agb, "--display", &display, "--config", config.to_str().unwrap()];
    run(&[["practice", "add", &name].as_slice(), &add].concat());
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(drop).unwrap()
        }
    }
}

/// The arguments of an import into this installation.
fn import<'a>(config: &'a str, file: &'a str) -> [&'a str; 6] {
    ["import", "--config", config, "--now", T, file]
}

/// A look into the database of an installation, as another process.
struct Database {
    store: Store,
    sealer: Sealer,
    practice: PracticeEntry,
}

impl Database {
    async fn open(dir: &Path) -> Self {
        let keys = KeyFile::parse(&fs::read_to_string(dir.join("keys.json")).unwrap()).unwrap();
        let address = sqlite_address(&dir.join("dvza.sqlite"));
        let store = Store::open(&address, &StoreOptions::default()).await.unwrap();
        let mut tx = store.read().await.unwrap();
        let practice = practices::find_by_ura(&mut tx, &PRACTICE.ura()).await.unwrap().unwrap();
        tx.close().await.unwrap();
        Self { store, sealer: Sealer::new(&keys).unwrap(), practice }
    }

    /// Is the delivery begun, and are more than this many patients stored?
    async fn is_past(&self, patients: u64) -> bool {
        let mut tx = self.store.read().await.unwrap();
        let begun = !deliveries::latest(&mut tx, &self.practice.scope(), 1).await.unwrap().is_empty();
        let count = patients::count(&mut tx, &self.practice.scope()).await.unwrap();
        tx.close().await.unwrap();
        begun && count >= patients
    }

    /// Every patient and the practice itself as stored, opened, without the instants at which it was written.
    async fn content(&self) -> BTreeMap<PatientId, Dossier> {
        let scope = self.practice.scope();
        let mut tx = self.store.read().await.unwrap();
        let mut all = patients::list(&mut tx, &scope).await.unwrap();
        all.push(PatientId::PRACTICE);
        let mut content = BTreeMap::new();
        for patient in all {
            let who = PatientRef { practice: self.practice.id, patient };
            let dossier = self.dossier(&mut tx, &who).await;
            content.insert(patient, dossier);
        }
        tx.close().await.unwrap();
        content
    }

    /// What is known of deliveries, and the last that was taken.
    async fn progress(&self) -> Progress {
        let scope = self.practice.scope();
        let mut tx = self.store.read().await.unwrap();
        let known = deliveries::latest(&mut tx, &scope, 10).await.unwrap().into_iter();
        let practice = practices::find(&mut tx, &scope).await.unwrap().unwrap();
        tx.close().await.unwrap();
        Progress {
            deliveries: known
                .map(|known| (known.new.batch, known.new.seq, known.new.content_hash, known.state))
                .collect(),
            last: practice.last.map(|last| (last.seq, last.batch, last.content_hash)),
        }
    }

    async fn dossier(&self, tx: &mut dvza::store::Tx<'_>, who: &PatientRef) -> Dossier {
        let entry = patients::find(tx, &self.sealer, who).await.unwrap().unwrap();
        let facts = patients::find_facts(tx, &self.sealer, who).await.unwrap().unwrap();
        let mut shelf = shelves::find(tx, &self.sealer, who, FhirRelease::R4).await.unwrap().unwrap();
        let keys: Vec<_> = shelf.keys().collect();
        let bodies = keys.into_iter().map(|key| (key, shelf.body(&key).unwrap().unwrap())).collect();
        let opened = records::for_patient(tx, &self.sealer, who).await.unwrap();
        Dossier {
            source_id: entry.source_id.to_string(),
            set_hash: entry.set_hash,
            record_count: entry.record_count,
            facts: facts.bytes,
            versions: records::versions_for_patient(tx, who).await.unwrap(),
            records: opened.into_iter().map(|record| record.body).collect(),
            bodies,
            documents: content::complete(tx, who).await.unwrap().into_iter().collect(),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Progress {
    deliveries: Vec<(String, i64, [u8; 32], DeliveryState)>,
    last: Option<(i64, String, [u8; 32])>,
}

#[derive(PartialEq)]
struct Dossier {
    source_id: String,
    set_hash: [u8; 32],
    record_count: i64,
    facts: Vec<u8>,
    versions: HashMap<RecordKey, RecordVersion>,
    records: Vec<Option<Vec<u8>>>,
    bodies: BTreeMap<(ResourceType, ResourceId), Vec<u8>>,
    documents: Vec<[u8; 32]>,
}

/// Starts an import and kills it when the database holds this many patients; `false` when it was faster than that.
async fn kill_import(dir: &Path, arguments: &[&str], patients: u64) -> bool {
    let mut import: Child = dvza(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let database = Database::open(dir).await;
    // Each look is a query, so this waits without a clock.
    while !database.is_past(patients).await && import.try_wait().unwrap().is_none() {}
    import.kill().unwrap();
    import.wait().unwrap();
    let progress = database.progress().await;
    database.store.close().await;
    let in_the_middle = progress.deliveries[0].3 == DeliveryState::Running;
    assert_eq!(progress.last.is_none(), in_the_middle, "a delivery counts when it was taken whole");
    in_the_middle
}

#[tokio::test]
async fn an_import_that_is_killed_again_and_again_ends_where_an_undisturbed_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let (quiet, killed) = (folder.path().join("quiet"), folder.path().join("killed"));
    let file = folder.path().join("delivery.ndjson");
    let now = Timestamp::parse_rfc3339(T).unwrap();
    synth(PATIENTS, 3, now, &mut std::io::BufWriter::new(fs::File::create(&file).unwrap())).unwrap();
    let file = file.to_str().unwrap();
    install(&quiet);
    copy(&quiet, &killed);
    let (quiet_config, killed_config) = (quiet.join("dvza.toml"), killed.join("dvza.toml"));
    let arguments = import(killed_config.to_str().unwrap(), file);

    let mut kills = 0;
    for patients in CUTS {
        kills += u32::from(kill_import(&killed, &arguments, patients).await);
    }
    assert!(kills > 0, "every import was faster than the knife");
    let report = run(&arguments);
    assert!(report.contains("accepted") || kills < CUTS.len() as u32, "{report}");
    run(&import(quiet_config.to_str().unwrap(), file));

    let (undisturbed, resumed) = (Database::open(&quiet).await, Database::open(&killed).await);
    let (expected, found) = (undisturbed.content().await, resumed.content().await);
    assert_eq!(found.len(), expected.len());
    assert!(expected.len() > PATIENTS as usize / 2);
    for (patient, dossier) in &expected {
        assert_same(&found[patient], dossier);
    }
    let taken = resumed.progress().await;
    assert_eq!(taken, undisturbed.progress().await);
    assert_eq!(taken.deliveries[0].3, DeliveryState::Accepted);

    let again = run(&arguments);
    assert!(again.contains("taken before; nothing to do"), "{again}");
    assert_eq!(resumed.progress().await, taken);
    assert!(resumed.content().await == found, "a replay changes nothing");
    undisturbed.store.close().await;
    resumed.store.close().await;
}

/// Part by part, so that a difference is named; never with the content itself.
fn assert_same(found: &Dossier, expected: &Dossier) {
    let name = &expected.source_id;
    assert_eq!(&found.source_id, name);
    assert_eq!(found.record_count, expected.record_count, "records of {name}");
    assert!(found.versions == expected.versions, "versions of {name}");
    assert!(found.records == expected.records, "record bodies of {name}");
    let ids = |dossier: &Dossier| dossier.bodies.keys().copied().collect::<Vec<_>>();
    assert_eq!(ids(found), ids(expected), "resources of {name}");
    assert!(found.bodies == expected.bodies, "resource bodies of {name}");
    assert_eq!(found.documents, expected.documents, "documents of {name}");
    assert_eq!(found.set_hash, expected.set_hash, "set hash of {name}");
    assert!(found.facts == expected.facts, "index of {name}");
}
