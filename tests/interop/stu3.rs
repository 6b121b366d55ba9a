//! STU3 as others read it: see `stu3` in this folder. What they read is ours, and the official fixtures as we make JSON of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use dvza::fhir::model::STU3;
use dvza::fhir::{placeholders, xml};
use serde_json::{Value, json};

/// The sets with fixtures of STU3.
const SETS: [&str; 4] = ["BgZ-3-0", "GenPractData-2-0", "LaboratoryResults-2-0", "PDFA-3-0"];

#[test]
fn a_model_that_others_wrote_reads_stu3_and_refuses_damage() {
    if !super::is_wanted("to fetch the package fhir.resources and have it read STU3") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("good.json"), observation().to_string()).unwrap();
    let damages = [
        ("unknown", "/colour", json!("red")),
        ("unknown-inside", "/code/colour", json!("red")),
        ("of-r4", "/encounter", json!({"reference": "Encounter/e"})),
        ("note-of-r4", "/note", json!([{"text": "x"}])),
        ("no-status", "/status", Value::Null),
        ("no-code", "/code", Value::Null),
        ("second-value", "/valueString", json!("x")),
        ("list", "/context", json!([{"reference": "Encounter/e"}])),
        ("no-list", "/category", json!({"text": "x"})),
        ("no-date", "/effectiveDateTime", json!("gisteren")),
        ("number-as-text", "/valueQuantity/value", json!("7.4")),
        ("beside-nothing", "/_status", json!({"colour": "red"})),
    ];
    for (name, place, value) in &damages {
        let mut damaged = observation();
        let (holder, member) = place.rsplit_once('/').unwrap();
        let members = damaged.pointer_mut(holder).and_then(Value::as_object_mut).unwrap();
        match value {
            Value::Null => drop(members.remove(member)),
            value => drop(members.insert(member.to_owned(), value.clone())),
        }
        std::fs::write(dir.path().join(format!("bad-{name}.json")), damaged.to_string()).unwrap();
    }
    let official = official_fixtures();
    std::fs::write(dir.path().join("official.ndjson"), official.join("\n")).unwrap();
    let done =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/stu3")).arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains(&format!("ok    {} damaged ones refused", damages.len())), "{said}");
    assert!(said.contains("all read by fhir.resources"), "{said}");
}

fn observation() -> Value {
    json!({
        "resourceType": "Observation", "id": "o-1", "status": "final", "category": [{"text": "x"}], "code": {"text": "x"},
        "context": {"reference": "Encounter/e"}, "effectiveDateTime": "2026-06-15T10:00:00+02:00",
        "valueQuantity": {"value": 7.4, "unit": "mmol/l"}, "comment": "x",
        "related": [{"type": "has-member", "target": {"reference": "Observation/o-2"}}],
    })
}

/// Every fixture, one a line; none where the official material is not at hand.
fn official_fixtures() -> Vec<String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("DVZA_SHARED").map_or(default, PathBuf::from).join("conformance/nictiz");
    if !folder.is_dir() {
        println!("SKIPPED: {} is not there (set DVZA_SHARED)", folder.display());
        return Vec::new();
    }
    let mut waiting: Vec<PathBuf> = SETS.iter().map(|set| folder.join(set)).collect();
    let mut lines = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let is_fixture = path.components().any(|part| part.as_os_str() == "_reference");
        if is_fixture && path.extension().is_some_and(|extension| extension == "xml") {
            let text = placeholders::fill(&std::fs::read_to_string(&path).unwrap(), jiff::civil::date(2026, 6, 15));
            let mut line = Vec::new();
            xml::read(&STU3, &text.unwrap()).unwrap().write(&mut line);
            lines.push(String::from_utf8(line).unwrap());
        }
    }
    assert!(lines.len() > 200, "only {} fixtures", lines.len());
    lines
}
