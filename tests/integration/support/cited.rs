//! Pages whose tables promise something row by row: what a row cites must exist, and what is there must be shown by a test.

use std::fs;
use std::path::{Path, PathBuf};

/// Stands before the reason of what is left out.
pub const OUT_OF_SCOPE: &str = "out of scope:";
/// Stands where there is no test.
pub const DASH: &str = "–";

/// Where the routes are written down: those of the console, those of the patient's pages, and the one that letters name.
const ROUTES: [&str; 4] =
    ["src/http/console/mod.rs", "src/http/front/mod.rs", "src/http/front/my/mod.rs", "src/app/letters.rs"];

/// The file at this path of the repository.
pub fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a page.
pub fn read(path: &str) -> String {
    fs::read_to_string(at(path)).expect("the page is readable")
}

/// Every route of the server's pages, as it is written down.
pub fn routes() -> String {
    ROUTES.map(read).concat()
}

/// The cells of a row.
pub fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// What stands between back-ticks.
pub fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Each of these ids stands at the head of one row, and no other does.
pub fn of_ids(rows: &[Vec<&str>], all: &[String], what: &str) -> Vec<String> {
    let unknown = rows.iter().filter(|row| !all.iter().any(|id| id == row[0]));
    let mut faults: Vec<String> = unknown.map(|row| format!("{} is no {what}", row[0])).collect();
    for id in all {
        let times = rows.iter().filter(|row| row[0] == id).count();
        if times != 1 {
            faults.push(format!("{id} stands {times} times"));
        }
    }
    faults
}

/// Every path and page that is cited exists.
pub fn of_place(place: &str, routes: &str) -> Vec<String> {
    let missing = paths(place).filter(|path| !at(path).exists());
    let mut faults: Vec<String> = missing.map(|path| format!("there is no {path}")).collect();
    let missing = quoted(place).filter(|word| word.starts_with('/') && !routes.contains(&format!("\"{word}\"")));
    faults.extend(missing.map(|route| format!("there is no page {route}")));
    faults
}

/// What is there has tests, each of which exists; what is not there has none.
pub fn of_tests(is_there: bool, test: &str) -> Vec<String> {
    let tests: Vec<&str> = quoted(test).collect();
    if !is_there {
        return if test == DASH { Vec::new() } else { vec!["a test of what is not there".to_owned()] };
    }
    if tests.is_empty() {
        return vec!["nothing shows it".to_owned()];
    }
    tests.into_iter().filter(|test| !exists(test)).map(|test| format!("no test {test}")).collect()
}

/// The reason why something is left out; empty when there is none.
pub fn reason(place: &str) -> &str {
    place.split_once(OUT_OF_SCOPE).map(|(_, reason)| reason.trim()).unwrap_or_default()
}

/// A page or route, a command, or a file: something one can go to.
pub fn has_place(place: &str) -> bool {
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

/// The page with one cell of one row changed.
pub fn with(page: &str, id: &str, column: usize, text: &str) -> String {
    let row = row(page, id);
    let mut cells = cells(row);
    cells[column] = text;
    let changed = format!("| {} |", cells.join(" | "));
    assert_ne!(row, changed, "nothing was changed");
    page.replace(row, &changed)
}

/// The row with this id at its head.
pub fn row<'p>(page: &'p str, id: &str) -> &'p str {
    let mut rows = page.lines().filter(|line| line.starts_with('|'));
    rows.find(|row| cells(row)[0] == id).expect("the row is there")
}
