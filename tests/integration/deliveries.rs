//! Deliveries: every broken file of the reference data gives exactly its findings, and nothing is half applied.

mod quarantine;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use dvza::domain::ids::{PatientId, PatientRef, PracticeId};
use dvza::domain::time::{Clock, Timestamp};
use dvza::fhir::{FhirRelease, Releases};
use dvza::import::{Importer, Options, Report, State};
use dvza::mapping::check::Profiles;
use dvza::store::patients::{self, forbid_representation};
use dvza::store::practices::{self, NewPractice, PracticeEntry};
use dvza::store::{self, staff};
use serde_json::Value;

use crate::support::Engine;
use crate::support::engines::engines;
use crate::support::network::{T, shared};

const URA: &str = "90009991";

/// An empty installation with the practice of the reference data.
struct Installation {
    engine: Engine,
    importer: Importer,
    clock: Clock,
}

impl Installation {
    async fn on(engine: Engine, profiles: Arc<Profiles>, nhg45: Option<HashSet<String>>) -> Self {
        let clock = Clock::standing_at(Timestamp::parse_rfc3339(T).unwrap());
        let mut tx = engine.store.write().await.unwrap();
        let practice = NewPractice {
            id: PracticeId::from_bytes([9; 16]),
            medmij_name: "huisartsenpraktijkdevlonder@medmij".into(),
            ura: URA.into(),
            agb: Some("01999991".into()),
            display_name: "De Vlonder".into(),
        };
        practices::add(&mut tx, &practice, clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let importer = Importer {
            store: engine.store.clone(),
            sealer: engine.sealer.clone(),
            profiles,
            releases: Releases::from([FhirRelease::R4]),
            clock: clock.clone(),
            nhg45: nhg45.map(Arc::new),
        };
        Self { engine, importer, clock }
    }

    async fn import(&self, bytes: Vec<u8>, options: &Options) -> Report {
        self.importer.import(Cursor::new(bytes), options, Arc::new(|_| {})).await.unwrap()
    }

    async fn practice(&self) -> PracticeEntry {
        let mut tx = self.engine.store.read().await.unwrap();
        let found = practices::find_by_ura(&mut tx, URA).await.unwrap().unwrap();
        tx.close().await.unwrap();
        found
    }

    fn patient(&self, id: &str) -> PatientRef {
        let practice = PracticeId::from_bytes([9; 16]);
        let patient = self.engine.sealer.practice_hasher(practice).patient_id(&id.parse().unwrap());
        PatientRef { practice, patient }
    }

    /// Everything stored of the practice, opened: records, resources, indexes, documents.
    async fn dump(&self) -> BTreeMap<String, Vec<u8>> {
        let scope = self.practice().await.scope();
        let mut tx = self.engine.store.read().await.unwrap();
        let mut all = BTreeMap::new();
        let mut shelves = store::patients::list(&mut tx, &scope).await.unwrap();
        shelves.push(PatientId::PRACTICE);
        for patient in shelves {
            let who = PatientRef { practice: scope.practice, patient };
            for record in store::records::for_patient(&mut tx, &self.engine.sealer, &who).await.unwrap() {
                let text = format!("{patient} record {:?} v{}", record.key, record.v);
                all.insert(text, record.body.unwrap_or_default());
            }
            if let Some(facts) = store::patients::find_facts(&mut tx, &self.engine.sealer, &who).await.unwrap() {
                all.insert(format!("{patient} index"), facts.bytes);
            }
            let shelf = store::shelves::find(&mut tx, &self.engine.sealer, &who, FhirRelease::R4).await;
            if let Some(mut shelf) = shelf.unwrap() {
                for (kind, id) in shelf.keys().collect::<Vec<_>>() {
                    all.insert(format!("{patient} {kind} {id}"), shelf.body(&(kind, id)).unwrap().unwrap());
                }
            }
            for hash in store::content::complete(&mut tx, &who).await.unwrap() {
                all.insert(format!("{patient} content"), hash.to_vec());
            }
        }
        tx.close().await.unwrap();
        all
    }
}

/// One finding as the reference data writes it; absent members are null.
fn expected_finding(finding: &Value) -> Value {
    let of = |name: &str| finding.get(name).cloned().unwrap_or(Value::Null);
    serde_json::json!([of("code"), of("severity"), of("line"), of("type"), of("id"), of("path")])
}

fn found_findings(report: &Report) -> BTreeSet<String> {
    let texts = report.findings.iter().map(|finding| {
        let value = serde_json::to_value(finding).unwrap();
        expected_finding(&value).to_string()
    });
    texts.collect()
}

#[tokio::test]
async fn each_broken_file_gives_exactly_its_findings_and_applies_nothing_else() {
    let Some(folder) = shared("data/broken") else { return };
    let vlonder = std::fs::read(folder.join("../vlonder.ndjson")).unwrap();
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let profiles = Arc::new(Profiles::load().unwrap());
    let mut faults = Vec::new();
    for (name, case) in expected["files"].as_object().unwrap() {
        let engine = crate::support::engines::sqlite().await;
        let nhg45 = case.get("nhg45").and_then(Value::as_array);
        let nhg45 = nhg45.map(|list| list.iter().map(|n| n.as_str().unwrap().to_owned()).collect());
        let installation = Installation::on(engine, profiles.clone(), nhg45).await;
        if case.get("after").is_some() {
            let report = installation.import(vlonder.clone(), &Options::default()).await;
            assert_eq!(report.state, State::Accepted);
        }
        if let Err(fault) = check_file(&installation, &folder.join(name), case).await {
            faults.push(format!("{name}: {fault}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

async fn check_file(installation: &Installation, file: &Path, case: &Value) -> Result<(), String> {
    let before = installation.dump().await;
    let sender = case.get("sender").and_then(Value::as_str).map(str::to_owned);
    let options = Options { sender, ..Options::default() };
    let report = installation.import(std::fs::read(file).unwrap(), &options).await;
    let mut found = found_findings(&report);
    if case.get("wait").is_some() {
        if !found.is_empty() {
            return Err(format!("found something at once: {found:?}"));
        }
        installation.clock.set(installation.clock.now().plus_seconds(24 * 3600 + 1));
        let practice = installation.practice().await;
        let late = installation.importer.expire_parked(&practice).await.unwrap();
        found = late.iter().map(|f| expected_finding(&serde_json::to_value(f).unwrap()).to_string()).collect();
    }
    let wanted: BTreeSet<String> =
        case["findings"].as_array().unwrap().iter().map(|f| expected_finding(f).to_string()).collect();
    if found != wanted {
        return Err(format!("\n  found  {found:?}\n  wanted {wanted:?}"));
    }
    let state = match case["batch"].as_str().unwrap() {
        "accepted" => State::Accepted,
        "held" => State::Held,
        _ => State::Rejected,
    };
    if report.state != state {
        return Err(format!("is {:?}, not {state:?}", report.state));
    }
    let after = installation.dump().await;
    if state != State::Accepted && before != after {
        return Err("changed something although it was not accepted".to_owned());
    }
    for held in case.get("held").and_then(Value::as_array).into_iter().flatten() {
        let who = installation.patient(held.as_str().unwrap());
        let prefix = who.patient.to_string();
        let of = |dump: &BTreeMap<String, Vec<u8>>| -> Vec<(String, Vec<u8>)> {
            let own = dump.iter().filter(|(key, _)| key.starts_with(&prefix) && !key.ends_with("index"));
            own.map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        if of(&before) != of(&after) {
            return Err(format!("{held} is held back and yet changed"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn two_patients_with_one_number_are_both_blocked() {
    let Some(file) = shared("data/broken/E-ID-002.ndjson") else { return };
    for engine in engines().await {
        let profiles = Arc::new(Profiles::load().unwrap());
        let installation = Installation::on(engine, profiles, None).await;
        installation.import(std::fs::read(&file).unwrap(), &Options::default()).await;
        for id in ["p8", "p9"] {
            let who = installation.patient(id);
            let mut tx = installation.engine.store.read().await.unwrap();
            let entry = store::patients::find(&mut tx, &installation.engine.sealer, &who).await.unwrap().unwrap();
            tx.close().await.unwrap();
            assert_eq!(entry.block, dvza::domain::dossier::Block::IdentityConflict, "{id}");
        }
    }
}

/// A delivery of the demo practice with its record lines changed, and a footer that fits again.
pub fn rewritten(delivery: &[u8], header: impl Fn(&mut Value), lines: impl Fn(Vec<Value>) -> Vec<Value>) -> Vec<u8> {
    let text = std::str::from_utf8(delivery).unwrap();
    let mut all: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut footer = all.pop().unwrap();
    let mut first = all.remove(0);
    header(&mut first);
    let records = lines(all);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut body = String::new();
    for record in &records {
        *counts.entry(record["t"].as_str().unwrap().to_owned()).or_default() += 1;
        body.push_str(&record.to_string());
        body.push('\n');
    }
    footer["batch"] = first["batch"].clone();
    footer["counts"] = serde_json::to_value(counts).unwrap();
    footer["sha256"] = Value::String(dvza::seal::hex(&dvza::seal::sha256(body.as_bytes())));
    format!("{first}\n{body}{footer}\n").into_bytes()
}

fn demo() -> Vec<u8> {
    let mut bytes = Vec::new();
    dvza::sample::practice::demo_practice(Timestamp::parse_rfc3339(T).unwrap(), &mut bytes).unwrap();
    bytes
}

async fn demo_installation(engine: Engine) -> Installation {
    let installation = Installation::on(engine, Arc::new(Profiles::load().unwrap()), None).await;
    let mut tx = installation.engine.store.write().await.unwrap();
    let practice = NewPractice {
        id: PracticeId::from_bytes([7; 16]),
        medmij_name: dvza::sample::practice::MEDMIJ_NAME.into(),
        ura: dvza::sample::practice::URA.into(),
        agb: None,
        display_name: "De Linde".into(),
    };
    practices::add(&mut tx, &practice, installation.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    installation
}

fn who(installation: &Installation, id: &str) -> PatientRef {
    let practice = PracticeId::from_bytes([7; 16]);
    let patient = installation.engine.sealer.practice_hasher(practice).patient_id(&id.parse().unwrap());
    PatientRef { practice, patient }
}

async fn indexed(installation: &Installation, id: &str) -> Option<Vec<u8>> {
    let who = who(installation, id);
    let mut tx = installation.engine.store.read().await.unwrap();
    let facts = store::patients::find_facts(&mut tx, &installation.engine.sealer, &who).await.unwrap();
    tx.close().await.unwrap();
    facts.map(|facts| {
        let index = dvza::mapping::index::PatientIndex::from_bytes(&facts.bytes, None).unwrap();
        format!("{index:?}").into_bytes()
    })
}

/// Id of a second delivery.
pub const SECOND: &str = "11111111-1111-4111-8111-111111111111";

#[tokio::test]
async fn a_replay_changes_nothing_and_a_delta_changes_only_what_it_names() {
    for engine in engines().await {
        let installation = demo_installation(engine).await;
        let first = installation.import(demo(), &Options::default()).await;
        assert_eq!((first.state, first.refused), (State::Accepted, 0), "{:?}", first.findings);
        assert_eq!(installation.import(demo(), &Options::default()).await.state, State::Replay);
        let (p1, p2) = (indexed(&installation, "p1").await, indexed(&installation, "p2").await);
        let delta = rewritten(
            &demo(),
            |header| {
                header["kind"] = "delta".into();
                header["seq"] = 2.into();
                header["prev"] = header["batch"].clone();
                header["batch"] = SECOND.into();
            },
            |records| {
                let mut episode = records.into_iter().find(|r| r["t"] == "episode" && r["pat"] == "p1").unwrap();
                episode["v"] = (episode["v"].as_u64().unwrap() + 1).into();
                episode["d"]["title"] = "Een andere titel".into();
                vec![episode]
            },
        );
        let report = installation.import(delta, &Options::default()).await;
        assert_eq!((report.state, report.changed), (State::Accepted, 1), "{:?}", report.findings);
        // The index holds facts and links, no titles: what changed is the body.
        assert_eq!(indexed(&installation, "p2").await, p2);
        assert!(indexed(&installation, "p1").await.is_some() && p1.is_some());
    }
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_reports_the_same() {
    let installation = demo_installation(crate::support::engines::sqlite().await).await;
    let options = Options { dry_run: true, ..Options::default() };
    let dry = installation.import(demo(), &options).await;
    assert!(indexed(&installation, "p1").await.is_none());
    let wet = installation.import(demo(), &Options::default()).await;
    assert_eq!((dry.state, dry.changed, dry.refused), (wet.state, wet.changed, wet.refused));
    assert!(indexed(&installation, "p1").await.is_some());
}

#[tokio::test]
async fn a_patient_that_a_complete_practice_no_longer_names_is_gone() {
    for engine in engines().await {
        let installation = demo_installation(engine).await;
        installation.import(demo(), &Options::default()).await;
        let without_p3 = || {
            rewritten(
                &demo(),
                |header| {
                    header["seq"] = 2.into();
                    header["prev"] = header["batch"].clone();
                    header["batch"] = SECOND.into();
                },
                |records| records.into_iter().filter(|r| r["pat"] != "p3" && r["id"] != "p3").collect(),
            )
        };
        let report = installation.import(without_p3(), &Options::default()).await;
        assert_eq!((report.state, report.removed), (State::Accepted, 1), "{:?}", report.findings);
        assert!(indexed(&installation, "p3").await.is_none());
        assert!(indexed(&installation, "p1").await.is_some());
    }
}

#[tokio::test]
async fn records_of_a_merged_patient_move_to_the_one_that_remains() {
    let installation = demo_installation(crate::support::engines::sqlite().await).await;
    // First without the merge record, so that both patients are stored; then the merge alone.
    let merge = |r: &Value| r["t"] == "merge";
    let apart = rewritten(&demo(), |_| {}, |records| records.into_iter().filter(|r| !merge(r)).collect());
    let report = installation.import(apart, &Options::default()).await;
    assert_eq!(report.state, State::Accepted, "{:?}", report.findings);
    assert!(indexed(&installation, "p17").await.is_some());
    let who = |id: &str| who(&installation, id);
    let mut tx = installation.engine.store.write().await.unwrap();
    assert!(forbid_representation(&mut tx, &who("p17"), true).await.unwrap());
    let (excluded, at) = ("e4".parse().unwrap(), Timestamp::parse_rfc3339(T).unwrap());
    assert!(staff::exclude(&mut tx, &who("p17"), &excluded, true, ("p17", at)).await.unwrap());
    tx.commit().await.unwrap();
    let together = rewritten(
        &demo(),
        |header| {
            header["kind"] = "delta".into();
            header["seq"] = 2.into();
            header["prev"] = header["batch"].clone();
            header["batch"] = SECOND.into();
        },
        |records| records.into_iter().filter(merge).collect(),
    );
    let report = installation.import(together, &Options::default()).await;
    assert_eq!(report.state, State::Accepted, "{:?}", report.findings);
    assert!(indexed(&installation, "p17").await.is_none(), "the merged patient is gone");
    let p2 = String::from_utf8(indexed(&installation, "p2").await.unwrap()).unwrap();
    assert!(p2.contains("p17-ep1"), "its episode is the other's now");
    let mut tx = installation.engine.store.write().await.unwrap();
    let stays = patients::find(&mut tx, &installation.engine.sealer, &who("p2")).await.unwrap().unwrap();
    assert!(stays.no_representation, "what was forbidden for one of them is");
    assert!(
        staff::excluded(&mut tx, &who("p2")).await.unwrap().contains_key(&excluded),
        "and whom one of them excluded"
    );
    assert!(staff::excluded(&mut tx, &who("p17")).await.unwrap().is_empty());
    assert!(!forbid_representation(&mut tx, &who("p17"), false).await.unwrap(), "nobody of that name is left");
    tx.commit().await.unwrap();
}

/// The second delivery of the demo practice: one episode with a new version.
fn second_delivery() -> Vec<u8> {
    rewritten(
        &demo(),
        |header| {
            header["kind"] = "delta".into();
            header["seq"] = 2.into();
            header["prev"] = header["batch"].clone();
            header["batch"] = SECOND.into();
        },
        |records| {
            let mut episode = records.into_iter().find(|r| r["t"] == "episode" && r["pat"] == "p1").unwrap();
            episode["v"] = (episode["v"].as_u64().unwrap() + 1).into();
            vec![episode]
        },
    )
}

#[tokio::test]
async fn a_his_delivers_with_its_own_certificate_only() {
    use crate::support::network::Network;
    let network = Network::start(T, &[demo()]).await;
    let post = |stem: &'static str, body: Vec<u8>| {
        let (client, url) = (network.client_with(stem), network.push_url());
        async move {
            let request = client.post(url).header("content-type", "application/x-ndjson");
            request.header("idempotency-key", SECOND).body(body).send().await.unwrap()
        }
    };
    // Nobody may deliver until the practice says whose certificate it is.
    assert_eq!(post("his", second_delivery()).await.status(), 403);
    let dev = dvza::devnet::DevPractice { medmij_name: network.practice_name(0), display_name: String::new() };
    network.set("his.host", &dvza::devnet::DevNetwork::his_host(&dev)).await;
    assert_eq!(post("pgo", second_delivery()).await.status(), 403);
    let accepted = post("his", second_delivery()).await;
    assert_eq!(accepted.status(), 202);
    let report: Value = accepted.json().await.unwrap();
    assert_eq!((report["state"].as_str(), report["records"].as_u64()), (Some("accepted"), Some(1)));
    assert_eq!(post("his", second_delivery()).await.status(), 200, "the same again is a replay");
    let gap = rewritten(&second_delivery(), |header| header["seq"] = 9.into(), |records| records);
    let gap = String::from_utf8(gap).unwrap().replace(SECOND, "22222222-2222-4222-8222-222222222222");
    assert_eq!(post("his", gap.into_bytes()).await.status(), 409);
    assert_eq!(post("his", b"not a batch\n".to_vec()).await.status(), 422);
    let found = network.client_with("his").get(format!("{}/{SECOND}", network.push_url())).send().await.unwrap();
    assert_eq!((found.status().as_u16(), found.text().await.unwrap()), (200, String::new()));
    network.stop().await;
}

#[tokio::test]
async fn a_record_that_waits_is_taken_when_what_it_names_comes() {
    let Some(file) = shared("data/broken/E-REF-002.ndjson") else { return };
    let vlonder = std::fs::read(file.with_file_name("../vlonder.ndjson")).unwrap();
    let engine = crate::support::engines::sqlite().await;
    let installation = Installation::on(engine, Arc::new(Profiles::load().unwrap()), None).await;
    installation.import(vlonder, &Options::default()).await;
    let delta = std::fs::read(&file).unwrap();
    let report = installation.import(delta.clone(), &Options::default()).await;
    assert_eq!((report.state, report.parked), (State::Accepted, 1), "{:?}", report.findings);
    // The contact it names comes with the next delivery.
    let wanted = std::str::from_utf8(&delta).unwrap();
    let entry: Value = serde_json::from_str(wanted.lines().nth(25).unwrap()).unwrap();
    let contact = rewritten(
        &delta,
        |header| {
            header["prev"] = header["batch"].clone();
            header["seq"] = (header["seq"].as_u64().unwrap() + 1).into();
            header["batch"] = SECOND.into();
        },
        |records| {
            let mut contact = records.into_iter().find(|r| r["t"] == "contact").unwrap_or_else(|| {
                serde_json::json!({ "t": "contact", "op": "put", "at": entry["at"], "pat": entry["pat"],
                    "d": { "start": "2026-05-20T11:00:00+02:00", "kind": "consult" } })
            });
            contact["id"] = entry["d"]["contact"].clone();
            contact["v"] = 1.into();
            contact["pat"] = entry["pat"].clone();
            vec![contact]
        },
    );
    let report = installation.import(contact, &Options::default()).await;
    assert_eq!(report.state, State::Accepted, "{:?}", report.findings);
    let key = format!(" record {:?}", {
        let hasher = installation.engine.sealer.practice_hasher(PracticeId::from_bytes([9; 16]));
        hasher.record_key(dvza::domain::dossier::RecordType::Entry, &entry["id"].as_str().unwrap().parse().unwrap())
    });
    assert!(installation.dump().await.keys().any(|name| name.contains(&key)), "the waiting entry was taken");
    installation.clock.set(installation.clock.now().plus_seconds(48 * 3600));
    let practice = installation.practice().await;
    assert!(installation.importer.expire_parked(&practice).await.unwrap().is_empty(), "nothing waits any more");
}
