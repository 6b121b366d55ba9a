//! `docs/features.md` keeps its word: every feature of the source systems stands there once, and whatever a row cites exists.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/features.md";

/// The source systems, and how many features each has.
const SYSTEMS: [(&str, usize); 5] = [("S0", 30), ("S1", 15), ("S2", 26), ("S3", 19), ("S4", 24)];

const DISPOSITIONS: [&str; 6] = ["SERVE", "ENFORCE", "CONSOLE", "PAGE", "OPS", "OUT"];

/// Begins the place of what is not there; further on it names a part that is missing.
const NOT_BUILT: &str = "not built yet";
/// Stands before the reason of what is left out.
const OUT_OF_SCOPE: &str = "out of scope:";
/// Stands where there is no test.
const DASH: &str = "–";

/// Where the routes are written down: those of the console, and those of the patient's pages.
const ROUTES: [&str; 3] = ["src/http/console/mod.rs", "src/http/front/mod.rs", "src/http/front/my/mod.rs"];

#[test]
fn every_feature_stands_once_with_a_place_and_a_test_that_exist() {
    let faults = faults(&page());
    assert!(faults.is_empty(), "{PAGE}\n{}", faults.join("\n"));
}

#[test]
fn a_fault_of_each_kind_is_found() {
    let page = page();
    // A rule of the engine and something left out: neither changes its place.
    let (built, out) = ("S0-21", "S0-30");
    let whole = row(&page, built).to_owned();
    let cases = [
        (page.replace(&whole, ""), "S0-21 stands 0 times"),
        (page.replace(&whole, &format!("{whole}\n{whole}")), "S0-21 stands 2 times"),
        (page.replace(&whole, &whole.replace(built, "S0-31")), "S0-31 is no feature"),
        (page.replace(&whole, &format!("{whole} more |")), "S0-21 has 6 cells"),
        (with(&page, built, Column::Disposition, ""), "S0-21: no disposition is called \"\""),
        (with(&page, built, Column::Disposition, "ENFORCE + DONE"), "S0-21: no disposition is called \"DONE\""),
        (with(&page, built, Column::Place, "in the server"), "S0-21: no place"),
        (with(&page, out, Column::Place, "out of scope:"), "S0-30: no reason"),
        (with(&page, out, Column::Place, DASH), "S0-30: no reason"),
        (with(&page, built, Column::Test, "`tests/integration/nothing.rs::nothing`"), "S0-21: no test"),
        (with(&page, built, Column::Test, "`tests/integration/my.rs::a_person`"), "S0-21: no test"),
        (with(&page, built, Column::Test, "`tests/browser/stories/my.mjs::openOwn`"), "S0-21: no test"),
        (with(&page, built, Column::Test, "`a_person`"), "S0-21: no test"),
        (with(&page, built, Column::Test, DASH), "S0-21: nothing shows it"),
        (with(&page, built, Column::Place, NOT_BUILT), "S0-21: a test of what is not there"),
        (with(&page, out, Column::Test, "`tests/integration/main.rs::main`"), "S0-30: a test of what is not there"),
        (with(&page, built, Column::Place, "`R-ID-09 src/nothing.rs`"), "S0-21: there is no src/nothing.rs"),
        (with(&page, built, Column::Place, "`docs/nothing.md`, `/my`"), "S0-21: there is no docs/nothing.md"),
        (with(&page, built, Column::Place, "`/p/{patient}/nothing`"), "S0-21: there is no page /p/{patient}/nothing"),
        (with(&page, built, Column::Place, "`/my/nothing`"), "S0-21: there is no page /my/nothing"),
    ];
    for (changed, expected) in cases {
        let faults = faults(&changed);
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected} in {faults:?}");
    }
    // And what is right is let through.
    let unbuilt = with(&with(&page, built, Column::Place, NOT_BUILT), built, Column::Test, DASH);
    let story = with(&page, built, Column::Test, "`tests/browser/stories/my.mjs::ownByKeyboard`");
    let command = with(&page, built, Column::Place, "`dvza practice check`; not built yet: the rest");
    for right in [unbuilt, story, command] {
        assert_eq!(faults(&right), [""; 0]);
    }
}

/// A column of the tables.
#[derive(Clone, Copy)]
enum Column {
    Disposition = 2,
    Place = 3,
    Test = 4,
}

fn page() -> String {
    fs::read_to_string(at(PAGE)).expect("the page is readable")
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Everything that is wrong with the page, each with the row that it is about.
fn faults(page: &str) -> Vec<String> {
    let rows: Vec<Vec<&str>> = rows(page).map(cells).collect();
    let mut faults = of_numbers(&rows);
    let routes: String = ROUTES.map(|path| fs::read_to_string(at(path)).expect("the routes are readable")).concat();
    for row in &rows {
        let [number, _, disposition, place, test] = row[..] else {
            faults.push(format!("{} has {} cells", row[0], row.len()));
            continue;
        };
        let found = [of_disposition(disposition, place), of_place(place, &routes), of_tests(disposition, place, test)];
        faults.extend(found.concat().into_iter().map(|fault| format!("{number}: {fault}")));
    }
    faults
}

/// The lines that are about a feature.
fn rows(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| line.starts_with("| S"))
}

fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// What stands between back-ticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn of_numbers(rows: &[Vec<&str>]) -> Vec<String> {
    let all = SYSTEMS.iter().flat_map(|(system, count)| (1..=*count).map(move |place| format!("{system}-{place}")));
    let all: Vec<String> = all.collect();
    let unknown = rows.iter().filter(|row| !all.iter().any(|number| number == row[0]));
    let mut faults: Vec<String> = unknown.map(|row| format!("{} is no feature", row[0])).collect();
    for number in &all {
        let times = rows.iter().filter(|row| row[0] == number).count();
        if times != 1 {
            faults.push(format!("{number} stands {times} times"));
        }
    }
    faults
}

fn of_disposition(disposition: &str, place: &str) -> Vec<String> {
    let unknown = disposition.split(" + ").filter(|word| !DISPOSITIONS.contains(word));
    let mut faults: Vec<String> = unknown.map(|word| format!("no disposition is called {word:?}")).collect();
    let reason = place.split_once(OUT_OF_SCOPE).map(|(_, reason)| reason.trim()).unwrap_or_default();
    if disposition.split(" + ").any(|word| word == "OUT") && reason.is_empty() {
        faults.push("no reason why it is left out".to_owned());
    }
    if disposition != "OUT" && !is_unbuilt(place) && !has_place(place) {
        faults.push(format!("no place, and not {NOT_BUILT:?}"));
    }
    faults
}

fn of_place(place: &str, routes: &str) -> Vec<String> {
    let missing = paths(place).filter(|path| !at(path).exists());
    let mut faults: Vec<String> = missing.map(|path| format!("there is no {path}")).collect();
    let missing = quoted(place).filter(|word| word.starts_with('/') && !routes.contains(&format!("\"{word}\"")));
    faults.extend(missing.map(|route| format!("there is no page {route}")));
    faults
}

fn of_tests(disposition: &str, place: &str, test: &str) -> Vec<String> {
    let tests: Vec<&str> = quoted(test).collect();
    if disposition == "OUT" || is_unbuilt(place) {
        return if test == DASH { Vec::new() } else { vec!["a test of what is not there".to_owned()] };
    }
    if tests.is_empty() {
        return vec!["nothing shows it".to_owned()];
    }
    tests.into_iter().filter(|test| !exists(test)).map(|test| format!("no test {test}")).collect()
}

fn is_unbuilt(place: &str) -> bool {
    place.starts_with(NOT_BUILT)
}

/// A page or route, a command, or a file: something one can go to.
fn has_place(place: &str) -> bool {
    paths(place).next().is_some() || quoted(place).any(|word| word.starts_with('/') || word.starts_with("dvza "))
}

/// Paths of files and folders, alone or behind the id of a rule.
fn paths(place: &str) -> impl Iterator<Item = &str> {
    let words = place.split(|c: char| c.is_whitespace() || "`,;:()".contains(c));
    words.filter(|word| word.starts_with("src/") || word.starts_with("docs/"))
}

/// Is there such a file with such a function? In a story of the browser it is an exported one.
fn exists(test: &str) -> bool {
    let Some((path, name)) = test.split_once("::") else { return false };
    let Ok(text) = fs::read_to_string(at(path)) else { return false };
    if path.ends_with(".mjs") {
        let heads = ["export function", "export async function"];
        return heads.iter().any(|head| text.contains(&format!("{head} {name}(")));
    }
    text.contains(&format!("fn {name}("))
}

fn row<'p>(page: &'p str, number: &str) -> &'p str {
    rows(page).find(|row| cells(row)[0] == number).expect("the row is there")
}

/// The page with one cell of one row changed.
fn with(page: &str, number: &str, column: Column, text: &str) -> String {
    let row = row(page, number);
    let mut cells = cells(row);
    cells[column as usize] = text;
    let changed = format!("| {} |", cells.join(" | "));
    assert_ne!(row, changed, "nothing was changed");
    page.replace(row, &changed)
}
