//! `docs/conformance/bgz.md` keeps its word in both releases: its tests, requests, profiles and records exist, and no request
//! is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use dvza::domain::dossier::RecordType;
use dvza::fhir::FhirRelease;
use dvza::mapping::check::Profiles;
use serde_json::Value;

use crate::requirements::tests_in;

/// What R4 serves: zib, profile, request, records, test.
const R4: &str = "Held by a GP, in R4";
/// What STU3 serves: zib, profiles, request, test.
const STU3: &str = "Held by a GP, in STU3";
/// What STU3 asks for and a GP does not have: zib, profile, request, reason.
const NOT_FOUND: &str = "Asked for by 48, and not found";
/// What STU3 does not have: zib, reason.
const R4_ONLY: &str = "In R4 only";

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The rows of the table below this heading.
fn table<const N: usize>(heading: &str) -> Vec<[String; N]> {
    let page = file("docs/conformance/bgz.md");
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    let table = rest.split("\n## ").next().unwrap();
    let rows =
        table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| zib") && !line.starts_with("| ---"));
    rows.map(|row| {
        let row = row.replace("\\|", "\u{0}");
        let cells: Vec<String> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().replace('\u{0}', "|")).collect();
        <[String; N]>::try_from(cells).unwrap_or_else(|cells| panic!("{cells:?}"))
    })
    .collect()
}

/// What stands between back-ticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// The last part of the name of a profile.
fn short(canonical: &str) -> String {
    canonical.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The profiles of this release that there is a schema for.
fn schemas(release: FhirRelease) -> BTreeSet<String> {
    let profiles = Profiles::load().unwrap();
    profiles.canonicals(release).map(short).collect()
}

/// The names of the tests below these folders.
fn tests_of(folders: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in folders {
        tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    names
}

/// The data service of the catalogue.
fn service(id: &str) -> Value {
    let services: Value = serde_json::from_str(&file("profiles/services.json")).unwrap();
    let all = services["services"].as_array().unwrap();
    all.iter().find(|service| service["id"] == id).unwrap().clone()
}

/// What a PGO asks of the service.
fn asked(service: &Value) -> BTreeSet<String> {
    let collect = service["collect"].as_array().unwrap().iter();
    collect.filter_map(|each| each["request"].as_str()).map(str::to_owned).collect()
}

/// The profiles of what the service serves.
fn served(service: &Value) -> BTreeSet<String> {
    let requests = service["requests"].as_array().unwrap().iter();
    requests.flat_map(|request| request["profiles"].as_array()).flatten().filter_map(Value::as_str).map(short).collect()
}

#[test]
fn every_row_names_a_test_a_profile_and_records_that_exist() {
    let (names, profiles) = (tests_of(&["src", "tests"]), schemas(FhirRelease::R4));
    let rows = table::<5>(R4);
    assert!(rows.len() > 25, "the table was read");
    for [zib, profile, _, records, test] in &rows {
        assert!(profiles.contains(profile), "{zib}: no schema of {profile}");
        let records: Vec<&str> = quoted(records).collect();
        assert!(!records.is_empty() && records.iter().all(|t| RecordType::find(t).is_some()), "{zib}: {records:?}");
        let tests: Vec<&str> = quoted(test).collect();
        assert!(!tests.is_empty() && tests.iter().all(|name| names.contains(*name)), "{zib}: {tests:?}");
    }
}

#[test]
fn every_row_of_stu3_names_tests_of_its_folder_and_profiles_that_exist_and_are_served() {
    let names = tests_of(&["src/mapping/stu3"]);
    let (profiles, served) = (schemas(FhirRelease::Stu3), served(&service("48")));
    let rows = table::<4>(STU3);
    assert!(rows.len() > 25, "the table was read");
    for [zib, claimed, _, test] in &rows {
        for profile in claimed.split(", ") {
            assert!(profiles.contains(profile), "{zib}: no schema of {profile}");
            assert!(served.contains(profile), "{zib}: 48 has no {profile}");
        }
        let tests: Vec<&str> = quoted(test).collect();
        assert!(!tests.is_empty() && tests.iter().all(|name| names.contains(*name)), "{zib}: {tests:?}");
    }
    for [zib, profile, _, why] in &table::<4>(NOT_FOUND) {
        assert!(!profiles.contains(profile), "{zib}: {profile} is rendered");
        assert!(served.contains(profile) && !why.is_empty(), "{zib}: 48 has no {profile}, or there is no reason");
    }
}

#[test]
fn the_requests_are_those_of_the_service_and_none_is_left_out() {
    let rows = table::<5>(R4);
    let named: BTreeSet<String> =
        rows.iter().flat_map(|[_, _, request, ..]| quoted(request)).map(str::to_owned).collect();
    assert_eq!(named, asked(&service("BGZ-R4")));
}

#[test]
fn the_requests_of_stu3_are_those_of_the_service_and_none_is_left_out() {
    let rows = [table::<4>(STU3), table::<4>(NOT_FOUND)].concat();
    let named: BTreeSet<String> =
        rows.iter().flat_map(|[_, _, request, _]| quoted(request)).map(str::to_owned).collect();
    assert_eq!(named, asked(&service("48")));
}

#[test]
fn what_becomes_of_every_zib_of_r4_in_stu3_is_said() {
    let of_stu3 = [table::<4>(STU3), table::<4>(NOT_FOUND)].concat();
    let of_stu3 = of_stu3.into_iter().map(|[zib, ..]| zib);
    let said: BTreeSet<String> = of_stu3.chain(table::<2>(R4_ONLY).into_iter().map(|[zib, _]| zib)).collect();
    let of_r4 = table::<5>(R4).into_iter().map(|[zib, ..]| zib);
    let missing: Vec<String> = of_r4.filter(|zib| !said.contains(zib)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
