//! Transactions, migrations and addresses.

use dvza::store::practices::{self, Contract};
use dvza::store::{Store, StoreError, StoreOptions, sqlite_address};
use sqlx::Row as _;

use crate::support::Engine;
use crate::support::engines::{engines, practice, sqlite};

async fn is_active(tx: &mut dvza::store::Tx<'_>) -> bool {
    practices::find(tx, &practice(1)).await.unwrap().unwrap().active
}

#[tokio::test]
async fn a_dropped_transaction_writes_nothing() {
    for engine in engines().await {
        let mut tx = engine.store.write().await.unwrap();
        practices::set_active(&mut tx, &practice(1), Contract::Ended).await.unwrap();
        drop(tx);
        let mut tx = engine.store.write().await.unwrap();
        practices::set_active(&mut tx, &practice(1), Contract::Ended).await.unwrap();
        tx.close().await.unwrap();
        let mut tx = engine.store.read().await.unwrap();
        assert!(is_active(&mut tx).await);
    }
}

#[tokio::test]
async fn a_reader_sees_one_state_while_others_write() {
    for engine in engines().await {
        let mut reader = engine.store.read().await.unwrap();
        assert!(is_active(&mut reader).await);
        let mut writer = engine.store.write().await.unwrap();
        practices::set_active(&mut writer, &practice(1), Contract::Ended).await.unwrap();
        writer.commit().await.unwrap();
        assert!(is_active(&mut reader).await, "the state of its beginning");
        reader.close().await.unwrap();
        let mut later = engine.store.read().await.unwrap();
        assert!(!is_active(&mut later).await);
    }
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    for engine in engines().await {
        let mut tx = engine.store.read().await.unwrap();
        let refused = practices::set_active(&mut tx, &practice(1), Contract::Ended).await;
        assert!(refused.is_err());
        drop(tx);
        let mut tx = engine.store.read().await.unwrap();
        assert!(is_active(&mut tx).await);
    }
}

#[tokio::test]
async fn data_are_there_when_the_store_is_opened_again_and_migrating_twice_is_harmless() {
    for engine in engines().await {
        engine.store.migrate().await.unwrap();
        engine.store.ping().await.unwrap();
        engine.store.close().await;
        assert!(engine.store.ping().await.is_err());
        let again = Store::open(&engine.address, &StoreOptions::default()).await.unwrap();
        again.migrate().await.unwrap();
        let mut tx = again.read().await.unwrap();
        assert!(is_active(&mut tx).await);
        tx.close().await.unwrap();
        again.close().await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    for engine in engines().await {
        assert!(engine.store.is_current().await.unwrap());
        engine
            .tamper(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 9999, 'later', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
            )
            .await;
        assert!(!engine.store.is_current().await.unwrap());
        assert!(matches!(engine.store.migrate().await, Err(StoreError::Migration(_))));
    }
}

#[tokio::test]
async fn a_database_without_tables_is_not_current() {
    let folder = tempfile::tempdir().unwrap();
    let address = sqlite_address(&folder.path().join("map met % en #.db"));
    let store = Store::open(&address, &StoreOptions::default()).await.unwrap();
    assert!(!store.is_current().await.unwrap());
    store.migrate().await.unwrap();
    assert!(store.is_current().await.unwrap());
    assert!(folder.path().join("map met % en #.db").exists());
}

#[tokio::test]
async fn a_bad_address_is_refused_without_quoting_it() {
    let bad = ["mysql://geheim@host/db", "sqlite::memory:", "sqlite:a.db?mode=ro", "geheim", "postgres://[geheim"];
    for address in bad {
        let refused = Store::open(address, &StoreOptions::default()).await.err().unwrap();
        assert!(matches!(refused, StoreError::Address(_)), "{address}");
        assert!(!format!("{refused} {refused:?}").contains("geheim"));
    }
    let absent = Store::open("sqlite:/nowhere/at/all/dvza.db", &StoreOptions::default()).await.err().unwrap();
    assert!(matches!(absent, StoreError::Unavailable(_)));
}

/// Table and column names, with types in one spelling.
async fn columns(engine: &Engine) -> Vec<(String, String, String)> {
    const SQLITE: &str = "
        SELECT m.name, c.name, c.type
          FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
         WHERE m.type = 'table'";
    const POSTGRES: &str = "
        SELECT table_name::text, column_name::text, data_type::text
          FROM information_schema.columns
         WHERE table_schema = current_schema()";
    let sql = match engine.store.engine() {
        dvza::store::Engine::Sqlite => SQLITE,
        dvza::store::Engine::Postgres => POSTGRES,
    };
    let mut tx = engine.store.read().await.unwrap();
    let rows = sqlx::query(sql).fetch_all(tx.conn()).await.unwrap();
    tx.close().await.unwrap();
    let mut columns: Vec<(String, String, String)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get::<String, _>(2).to_lowercase().replace("bytea", "blob")))
        .filter(|(table, ..): &(String, String, String)| !table.starts_with("_sqlx") && !table.starts_with("sqlite_"))
        .collect();
    columns.sort();
    columns
}

#[tokio::test]
async fn migrations_give_the_same_tables_and_columns_on_every_engine() {
    let expected = columns(&sqlite().await).await;
    assert!(expected.len() > 60);
    for engine in engines().await {
        assert_eq!(columns(&engine).await, expected);
    }
}

#[test]
fn migrations_have_the_same_numbers_and_names_on_every_engine() {
    let names = |engine: &str| {
        let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
