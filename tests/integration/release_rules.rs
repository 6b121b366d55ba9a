//! `docs/conformance/release.md` keeps its word: every rule, edge vector and setting of the release rules stands there once, and
//! whatever a row cites exists.

use dvza::domain::release::SETTINGS;

use crate::support::cited::{self, DASH, OUT_OF_SCOPE};
use crate::support::network::shared;

const PAGE: &str = "docs/conformance/release.md";

/// The groups of rules, and how many each has.
const GROUPS: [(&str, usize); 13] = [
    ("EP", 7),
    ("SP", 12),
    ("MED", 6),
    ("TR", 4),
    ("X", 5),
    ("DOC", 9),
    ("LAB", 15),
    ("DR", 10),
    ("AG", 9),
    ("ID", 4),
    ("SE", 3),
    ("RG", 5),
    ("CO", 10),
];
/// The edge vectors.
const VECTORS: usize = 70;
/// Settings of the sheet that the code lists by themselves: one row stands for all sections, one for all kinds.
const FAMILIES: [&str; 3] = ["facility.*", "cascade.*", "appointment_release"];

// Columns of the tables.
const PLACE: usize = 2;
const TEST: usize = 3;

/// Every id that must head a row.
fn ids() -> Vec<String> {
    let rules = GROUPS.iter().flat_map(|(group, count)| (1..=*count).map(move |n| format!("R-{group}-{n:02}")));
    let vectors = (1..=VECTORS).map(|number| format!("E{number:02}"));
    let settings = SETTINGS.iter().map(|(key, ..)| *key).chain(FAMILIES).map(|key| format!("`{key}`"));
    rules.chain(vectors).chain(settings).collect()
}

/// The rows of the tables: rules, vectors and settings, without the heads.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let is_row = |line: &&str| line.starts_with("| R-") || line.starts_with("| E") || line.starts_with("| `");
    page.lines().filter(is_row).map(cited::cells).collect()
}

/// Everything that is wrong with the page, each with the row that it is about.
fn faults(page: &str) -> Vec<String> {
    let rows = rows(page);
    let mut faults = cited::of_ids(&rows, &ids(), "rule, vector or setting");
    let routes = cited::routes();
    for row in &rows {
        let [id, words, place, test] = row[..] else {
            faults.push(format!("{} has {} cells", row[0], row.len()));
            continue;
        };
        let is_out = place.starts_with(OUT_OF_SCOPE);
        let mut found = [cited::of_place(place, &routes), cited::of_tests(!is_out, test)].concat();
        if words.is_empty() {
            found.push("it says nothing".to_owned());
        }
        if is_out && cited::reason(place).is_empty() {
            found.push("no reason why it is left out".to_owned());
        }
        if !is_out && !cited::has_place(place) {
            found.push("no place".to_owned());
        }
        faults.extend(found.into_iter().map(|fault| format!("{id}: {fault}")));
    }
    faults
}

#[test]
fn every_rule_vector_and_setting_stands_once_with_a_place_and_a_test_that_exist() {
    let faults = faults(&cited::read(PAGE));
    assert!(faults.is_empty(), "{PAGE}\n{}", faults.join("\n"));
}

#[test]
fn the_sheet_has_no_rule_or_vector_that_is_not_asked_for() {
    let Some(sheet) = shared("spec/release-rules.md") else { return };
    let sheet = std::fs::read_to_string(sheet).unwrap();
    let words = sheet.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_rule = |word: &&str| {
        let parts: Vec<&str> = word.split('-').collect();
        matches!(parts[..], ["R", group, number] if !group.is_empty() && number.len() == 2 && number.parse::<u8>().is_ok())
    };
    let all = ids();
    let mut found: Vec<&str> = words.filter(is_rule).collect();
    found.extend(sheet.lines().filter(|line| line.starts_with("| E")).map(|line| cited::cells(line)[0]).filter(|id| {
        let number = id.trim_start_matches('E');
        number.len() == 2 && number.parse::<u8>().is_ok()
    }));
    let count = |prefix: &str| found.iter().filter(|id| id.starts_with(prefix)).count();
    assert!(count("R-") > 90 && count("E") == VECTORS, "the sheet was read");
    for id in found {
        assert!(all.iter().any(|known| known == id), "{id} is nowhere asked for");
    }
}

#[test]
fn a_fault_of_each_kind_is_found() {
    let page = cited::read(PAGE);
    let (rule, vector, setting) = ("R-EP-01", "E01", "`lab_delay_days`");
    let whole = cited::row(&page, rule).to_owned();
    let with = |id, column, text| cited::with(&page, id, column, text);
    let cases = [
        (page.replace(&whole, ""), "R-EP-01 stands 0 times"),
        (page.replace(&whole, &format!("{whole}\n{whole}")), "R-EP-01 stands 2 times"),
        (page.replace(&whole, &whole.replace(rule, "R-EP-08")), "R-EP-08 is no rule"),
        (page.replace(&whole, &format!("{whole} more |")), "R-EP-01 has 5 cells"),
        (with(vector, 1, ""), "E01: it says nothing"),
        (with(vector, PLACE, "in the server"), "E01: no place"),
        (with(vector, PLACE, "`src/nothing.rs`"), "E01: there is no src/nothing.rs"),
        (with(vector, PLACE, "`/p/{patient}/nothing`"), "E01: there is no page"),
        (with(vector, PLACE, OUT_OF_SCOPE), "E01: no reason"),
        (with(vector, PLACE, "not built yet: all of it"), "E01: no place"),
        (with(vector, PLACE, "out of scope: no matter of a server"), "E01: a test of what is not there"),
        (with(setting, TEST, DASH), "`lab_delay_days`: nothing shows it"),
        (with(setting, TEST, "`src/lib.rs::nothing`"), "`lab_delay_days`: no test"),
    ];
    for (changed, expected) in cases {
        let faults = faults(&changed);
        assert!(faults.iter().any(|fault| fault.starts_with(expected)), "{expected} in {faults:?}");
    }
    let right = cited::with(&with(vector, PLACE, "out of scope: no matter of a server"), vector, TEST, DASH);
    assert_eq!(faults(&right), [""; 0]);
}
