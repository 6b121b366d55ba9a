//! The example files beside the project: exactly the findings they promise. Skipped where they are not there.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use serde_json::Value;

use super::samples::now;
use crate::his::{BatchError, BatchReader, Finding, Format, Frame, Op, read_stored};

/// Codes that need more than one line or what was imported before: the importer decides them.
const OF_THE_IMPORTER: [&str; 8] =
    ["E-AUTH-", "E-SEQ-", "W-SEQ-", "E-ID-002", "E-ID-003", "W-ID-004", "E-REF-", "E-LIM-"];
const OF_THE_IMPORTER_TOO: [&str; 3] = ["E-POL-005", "E-VAL-015", "E-VAL-018"];

fn data() -> Option<PathBuf> {
    let root = std::env::var_os("DVZA_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let data = root.join("data");
    if !data.is_dir() {
        println!("skipped: no example files, set DVZA_SHARED to find them");
        return None;
    }
    Some(data)
}

/// Reads a whole delivery and gives every finding.
fn read_all(bytes: &[u8], frame: &Frame<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = collect(bytes, frame, &mut findings) {
        match error {
            BatchError::Rejected(more) => findings.extend(more),
            BatchError::Source(error) => panic!("{error}"),
        }
    }
    findings
}

fn collect(bytes: &[u8], frame: &Frame<'_>, findings: &mut Vec<Finding>) -> Result<(), BatchError> {
    let mut batch = BatchReader::open(bytes)?;
    while let Some((_, outcome)) = batch.next_record(frame)? {
        findings.extend(outcome.findings);
    }
    findings.extend(batch.finish()?.warnings);
    Ok(())
}

fn is_ours(code: &str) -> bool {
    !OF_THE_IMPORTER.iter().chain(&OF_THE_IMPORTER_TOO).any(|prefix| code.starts_with(prefix))
}

#[test]
fn each_broken_file_gives_exactly_its_findings() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("broken/expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    let files: BTreeMap<String, Value> = serde_json::from_value(expected["files"].clone()).unwrap();
    assert!(files.len() > 60);
    for (name, promise) in files {
        let nhg45: Option<HashSet<String>> = serde_json::from_value(promise["nhg45"].clone()).unwrap();
        let frame = Frame { now: now(), nhg45: nhg45.as_ref(), format: Format::One };
        let bytes = std::fs::read(data.join("broken").join(&name)).unwrap();
        let found: Vec<Value> =
            read_all(&bytes, &frame).iter().map(|finding| serde_json::to_value(finding).unwrap()).collect();
        let promised: Vec<Value> = promise["findings"].as_array().unwrap().clone();
        let promised: Vec<Value> = promised.into_iter().filter(|f| is_ours(f["code"].as_str().unwrap())).collect();
        assert_eq!(found, promised, "{name}");
    }
}

#[test]
fn the_good_files_give_no_finding_but_dropped_lines() {
    let Some(data) = data() else { return };
    for (name, dropped) in [("vlonder", 0), ("cevat", 27), ("immunization", 0), ("lab", 0)] {
        let bytes = std::fs::read(data.join(format!("{name}.ndjson"))).unwrap();
        let found = read_all(&bytes, &Frame { now: now(), nhg45: None, format: Format::One });
        assert_eq!(found.len(), dropped, "{name}: {found:?}");
        assert!(found.iter().all(|finding| finding.code.as_str() == "W-POL-002"), "{name}");
    }
}

#[test]
fn what_is_kept_of_the_good_files_reads_back_the_same() {
    let Some(data) = data() else { return };
    let frame = Frame { now: now(), nhg45: None, format: Format::One };
    for name in ["vlonder", "cevat", "immunization", "lab"] {
        let bytes = std::fs::read(data.join(format!("{name}.ndjson"))).unwrap();
        let mut batch = BatchReader::open(&bytes[..]).unwrap();
        while let Some((line, outcome)) = batch.next_record(&frame).unwrap() {
            let mut record = outcome.record.unwrap();
            if outcome.dropped {
                assert_eq!(record.op, Op::Delete);
                continue;
            }
            let kept = record.stored.take().unwrap_or_else(|| line.bytes.to_vec());
            assert_eq!(read_stored(&kept), Ok(record), "{name} line {}", line.number);
        }
        batch.finish().unwrap();
    }
}
