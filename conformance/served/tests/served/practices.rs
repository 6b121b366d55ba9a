//! The practices that are served, as deliveries of their HIS.

use std::path::{Path, PathBuf};

use dvza::domain::time::Timestamp;
use dvza::sample::practice::demo_practice;
use dvza::sample::synth::{synth, synth_two};
use serde_json::Value;

use super::network::T;

/// The built-in practice, around the day of the tests.
pub fn demo() -> Vec<u8> {
    let mut delivery = Vec::new();
    demo_practice(today(), &mut delivery).unwrap();
    delivery
}

/// Invented people with the mix of real ones.
pub fn synthetic(patients: u32) -> Vec<u8> {
    let mut delivery = Vec::new();
    synth(patients, 7, today(), &mut delivery).unwrap();
    delivery
}

/// Invented people with everything a GP may hold of them.
pub fn with_everything(patients: u32) -> Vec<u8> {
    let mut delivery = Vec::new();
    synth_two(patients, 7, today(), &mut delivery).unwrap();
    delivery
}

fn today() -> Timestamp {
    Timestamp::parse_rfc3339(T).unwrap()
}

/// Reference deliveries, when they are there.
pub fn shared(names: &[&str]) -> Vec<Vec<u8>> {
    let Some(folder) = shared_folder("data") else { return Vec::new() };
    names.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).collect()
}

/// A folder of the shared material; its absence is told and nothing more.
pub fn shared_folder(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("DVZA_SHARED").map_or(default, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there (set DVZA_SHARED)", folder.display());
    None
}

/// Everybody in the delivery, in its order.
pub fn citizen_service_numbers(delivery: &[u8]) -> Vec<String> {
    let records = delivery.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let patients = records.filter(|record| record["t"] == "patient");
    patients.filter_map(|patient| patient["d"]["bsn"].as_str().map(str::to_owned)).collect()
}
