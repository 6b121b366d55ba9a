//! `docs/conformance/medmij.md` keeps its word: what it calls met has tests that exist, and no requirement is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::network::shared;

const PAGE: &str = "docs/conformance/medmij.md";

/// The rows of one section: id and the last column.
fn rows(page: &str, section: &str) -> BTreeMap<String, String> {
    let (_, rest) = page.split_once(&format!("## {section}")).unwrap();
    let text = rest.split("\n## ").next().unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| core.") || line.starts_with("| ext."));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        (cells[0].to_owned(), cells[cells.len() - 1].to_owned())
    })
    .collect()
}

/// The names of every test function of the project.
pub fn tests_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            tests_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let after_attribute = text.split("#[test]").chain(text.split("#[tokio::test")).skip(1);
            for rest in after_attribute {
                let Some((_, rest)) = rest.split_once("fn ") else { continue };
                names.insert(rest.split(['(', '<']).next().unwrap().to_owned());
            }
        }
    }
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE)).unwrap()
}

#[test]
fn what_is_called_met_is_proven_by_tests_that_exist() {
    let mut names = BTreeSet::new();
    for folder in ["src", "tests"] {
        tests_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    let met = rows(&page(), "Met");
    assert!(met.len() > 25, "the table was read");
    for (id, tests) in met {
        let tests: Vec<&str> = tests.split(',').map(|test| test.trim().trim_matches('`')).collect();
        assert!(!tests[0].is_empty(), "{id} has no test");
        for test in tests {
            assert!(names.contains(test), "{id}: there is no test {test}");
        }
    }
}

#[test]
fn no_requirement_of_the_sheet_is_left_out_and_none_stands_twice() {
    let page = page();
    let sections = ["Met", "Duties of others", "Not proven yet, and why"].map(|section| rows(&page, section));
    let all: BTreeSet<&String> = sections.iter().flat_map(BTreeMap::keys).collect();
    assert_eq!(all.len(), sections.iter().map(BTreeMap::len).sum::<usize>(), "an id stands in two tables");
    let Some(sheet) = shared("spec/medmij-authorization.md") else { return };
    for id in ids(&fs::read_to_string(sheet).unwrap()) {
        assert!(all.contains(&id), "{id} is nowhere on {PAGE}");
    }
}

/// Words of the form `core.subject.123` or `ext.part.subject.123`.
fn ids(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.'));
    let is_id = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        let number = parts.last().is_some_and(|part| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()));
        number && matches!((parts[0], parts.len()), ("core", 3) | ("ext", 4))
    };
    words.map(|word| word.trim_matches('.')).filter(is_id).map(str::to_owned).collect()
}
