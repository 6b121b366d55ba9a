//! What is asked about one patient is looked up by index: a statement that walks a whole practice for it takes seconds there.
//!
//! The statements are those of the sources, so that a new one is looked at too; the plans are those of SQLite.

use std::fs;
use std::path::Path;

use sqlx::{AssertSqlSafe, Row as _};

use crate::support::Engine;
use crate::support::engines::sqlite;

/// Conditions that name one patient, one event or one token.
const OF_ONE: [&str; 6] = [
    "patient_id = $2",
    "bsn_hash = $2",
    "pseudonym_hash = $2",
    "id_hash = $1",
    "hash = $1",
    "practice_id = $1 AND id = $2",
];

/// Every statement in the sources below a folder, with its file.
fn statements(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            statements(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let texts = text.split(": &str =").skip(1).filter_map(|rest| rest.split('"').nth(1));
            let told = texts.map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "));
            let wanted = told.filter(|sql| ["SELECT", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word)));
            found.extend(wanted.map(|sql| (path.display().to_string(), sql)));
        }
    }
}

/// The steps of a plan that walk more than what the statement is about.
async fn walks(engine: &Engine, sql: &str) -> Vec<String> {
    let values = (1..20).rev().fold(sql.to_owned(), |sql, number| sql.replace(&format!("${number}"), "X'00'"));
    let mut tx = engine.store.read().await.unwrap();
    let query = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {values}"));
    let rows = sqlx::query(query).fetch_all(tx.conn()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    tx.close().await.unwrap();
    let steps = rows.iter().map(|row| row.get::<String, _>(3));
    steps.filter(|step| step.ends_with("(practice_id=?)") || step.starts_with("SCAN ")).collect()
}

#[tokio::test]
async fn what_is_asked_about_one_patient_never_walks_the_practice() {
    let mut all = Vec::new();
    for folder in ["src/store", "src/audit"] {
        statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut all);
    }
    let engine = sqlite().await;
    let mut looked_at = 0;
    for (file, sql) in all.iter().filter(|(_, sql)| OF_ONE.iter().any(|condition| sql.contains(condition))) {
        assert_eq!(walks(&engine, sql).await, [""; 0], "{file}: {sql}");
        looked_at += 1;
    }
    assert!(looked_at > 40, "{looked_at} statements");
    // And a walk is found.
    for sql in [
        "SELECT key FROM record WHERE practice_id = $1 AND patient_id = $2 ORDER BY key",
        "SELECT id FROM patient WHERE practice_id = $1 AND bsn_hash = $2 ORDER BY id",
        "SELECT id FROM consent WHERE client_id = $1",
    ] {
        assert_eq!(walks(&engine, sql).await.len(), 1, "{sql}");
    }
}
