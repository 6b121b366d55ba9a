//! `docs/conformance/bgz.md` keeps its word: its tests, requests, profiles and records exist, and no request is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dvza::domain::dossier::RecordType;
use dvza::mapping::check::Profiles;
use serde_json::Value;

use crate::requirements::tests_in;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rows of the first table: zib, profile, request, records, test.
fn rows() -> Vec<[String; 5]> {
    let page = file("docs/conformance/bgz.md");
    let (_, rest) = page.split_once("## Held by a GP").unwrap();
    let table = rest.split("\n## ").next().unwrap();
    let rows =
        table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| zib") && !line.starts_with("| ---"));
    rows.map(|row| {
        let row = row.replace("\\|", "\u{0}");
        let cells: Vec<String> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect();
        <[String; 5]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?}"))
    })
    .collect()
}

/// What stands between back-ticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_row_names_a_test_a_profile_and_records_that_exist() {
    let mut names = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    let profiles = Profiles::load().unwrap();
    let profiles: BTreeSet<&str> =
        profiles.canonicals(dvza::fhir::FhirRelease::R4).filter_map(|name| name.rsplit('/').next()).collect();
    let rows = rows();
    assert!(rows.len() > 25, "the table was read");
    for [zib, profile, _, records, test] in &rows {
        assert!(profiles.contains(profile.as_str()), "{zib}: no schema of {profile}");
        let records: Vec<&str> = quoted(records).collect();
        assert!(!records.is_empty() && records.iter().all(|t| RecordType::find(t).is_some()), "{zib}: {records:?}");
        let tests: Vec<&str> = quoted(test).collect();
        assert!(!tests.is_empty() && tests.iter().all(|name| names.contains(*name)), "{zib}: {tests:?}");
    }
}

#[test]
fn the_requests_are_those_of_the_service_and_none_is_left_out() {
    let services: Value = serde_json::from_str(&file("profiles/services.json")).unwrap();
    let all = services.get("services").unwrap_or(&services).as_array().unwrap();
    let service = all.iter().find(|service| service["id"] == "BGZ-R4").unwrap();
    let offered: BTreeSet<&str> =
        service["collect"].as_array().unwrap().iter().filter_map(|each| each["request"].as_str()).collect();
    let rows = rows();
    let named: BTreeSet<&str> = rows.iter().flat_map(|[_, _, request, ..]| quoted(request)).collect();
    assert_eq!(named, offered);
}
