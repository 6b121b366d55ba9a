//! `docs/features.md` keeps its word: every feature of the source systems stands there once, and whatever a row cites exists.

use crate::support::cited::{self, DASH};

const PAGE: &str = "docs/features.md";

/// The source systems, and how many features each has.
const SYSTEMS: [(&str, usize); 5] = [("S0", 30), ("S1", 15), ("S2", 26), ("S3", 19), ("S4", 24)];

const DISPOSITIONS: [&str; 6] = ["SERVE", "ENFORCE", "CONSOLE", "PAGE", "OPS", "OUT"];

// Columns of the tables.
const DISPOSITION: usize = 2;
const PLACE: usize = 3;
const TEST: usize = 4;

#[test]
fn every_feature_stands_once_with_a_place_and_a_test_that_exist() {
    let faults = faults(&cited::read(PAGE));
    assert!(faults.is_empty(), "{PAGE}\n{}", faults.join("\n"));
}

#[test]
fn a_fault_of_each_kind_is_found() {
    let page = cited::read(PAGE);
    // A rule of the engine and something left out: neither changes its place.
    let (built, out) = ("S0-21", "S0-30");
    let whole = cited::row(&page, built).to_owned();
    let with = |id, column, text| cited::with(&page, id, column, text);
    let cases = [
        (page.replace(&whole, ""), "S0-21 stands 0 times"),
        (page.replace(&whole, &format!("{whole}\n{whole}")), "S0-21 stands 2 times"),
        (page.replace(&whole, &whole.replace(built, "S0-31")), "S0-31 is no feature"),
        (page.replace(&whole, &format!("{whole} more |")), "S0-21 has 6 cells"),
        (with(built, DISPOSITION, ""), "S0-21: no disposition is called \"\""),
        (with(built, DISPOSITION, "ENFORCE + DONE"), "S0-21: no disposition is called \"DONE\""),
        (with(built, PLACE, "in the server"), "S0-21: no place"),
        (with(out, PLACE, "out of scope:"), "S0-30: no reason"),
        (with(out, PLACE, DASH), "S0-30: no reason"),
        (with(built, TEST, "`tests/integration/nothing.rs::nothing`"), "S0-21: no test"),
        (with(built, TEST, "`tests/integration/my.rs::a_person`"), "S0-21: no test"),
        (with(built, TEST, "`tests/browser/stories/my.mjs::openOwn`"), "S0-21: no test"),
        (with(built, TEST, "`a_person`"), "S0-21: no test"),
        (with(built, TEST, DASH), "S0-21: nothing shows it"),
        (with(built, PLACE, "not built yet"), "S0-21: no place"),
        (with(out, TEST, "`tests/integration/main.rs::main`"), "S0-30: a test of what is not there"),
        (with(built, PLACE, "`R-ID-09 src/nothing.rs`"), "S0-21: there is no src/nothing.rs"),
        (with(built, PLACE, "`docs/nothing.md`, `/my`"), "S0-21: there is no docs/nothing.md"),
        (with(built, PLACE, "`/p/{patient}/nothing`"), "S0-21: there is no page /p/{patient}/nothing"),
        (with(built, PLACE, "`/my/nothing`"), "S0-21: there is no page /my/nothing"),
    ];
    for (changed, expected) in cases {
        let faults = faults(&changed);
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected} in {faults:?}");
    }
    // And what is right is let through.
    let story = with(built, TEST, "`tests/browser/stories/my.mjs::ownByKeyboard`");
    let command = with(built, PLACE, "`dvza practice check`");
    for right in [story, command] {
        assert_eq!(faults(&right), [""; 0]);
    }
}

/// Everything that is wrong with the page, each with the row that it is about.
fn faults(page: &str) -> Vec<String> {
    let rows: Vec<Vec<&str>> = page.lines().filter(|line| line.starts_with("| S")).map(cited::cells).collect();
    let all = SYSTEMS.iter().flat_map(|(system, count)| (1..=*count).map(move |place| format!("{system}-{place}")));
    let mut faults = cited::of_ids(&rows, &Vec::from_iter(all), "feature");
    let routes = cited::routes();
    for row in &rows {
        let [number, _, disposition, place, test] = row[..] else {
            faults.push(format!("{} has {} cells", row[0], row.len()));
            continue;
        };
        let is_there = disposition != "OUT";
        let found =
            [of_disposition(disposition, place), cited::of_place(place, &routes), cited::of_tests(is_there, test)];
        faults.extend(found.concat().into_iter().map(|fault| format!("{number}: {fault}")));
    }
    faults
}

fn of_disposition(disposition: &str, place: &str) -> Vec<String> {
    let unknown = disposition.split(" + ").filter(|word| !DISPOSITIONS.contains(word));
    let mut faults: Vec<String> = unknown.map(|word| format!("no disposition is called {word:?}")).collect();
    if disposition.split(" + ").any(|word| word == "OUT") && cited::reason(place).is_empty() {
        faults.push("no reason why it is left out".to_owned());
    }
    if disposition != "OUT" && !cited::has_place(place) {
        faults.push("no place".to_owned());
    }
    faults
}
