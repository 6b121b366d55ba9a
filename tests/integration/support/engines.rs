//! Every database the store runs on, fresh for each test: `for engine in engines().await { … }`.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::rand::SystemRandom;
use dvza::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use dvza::domain::time::Timestamp;
use dvza::seal::{KeyFile, Sealer};
use dvza::store::practices::{self, NewPractice};
use dvza::store::{Store, StoreOptions, sqlite_address};
use sqlx::{AssertSqlSafe, Executor as _};

/// When everything in these tests happens.
pub const NOW: i64 = 1_781_510_400_000;

/// One database with all tables, its keys, and two practices.
pub struct Engine {
    /// `SQLite` or `PostgreSQL`, for messages.
    pub name: &'static str,
    /// The open store.
    pub store: Store,
    /// Address of the same database, to open it again.
    pub address: String,
    /// Its keys.
    pub keys: KeyFile,
    /// The keys at work.
    pub sealer: Sealer,
    /// The folder of a SQLite file.
    pub folder: Option<tempfile::TempDir>,
}

impl Engine {
    async fn open(name: &'static str, address: String, folder: Option<tempfile::TempDir>) -> Self {
        let store = Store::open(&address, &StoreOptions::default()).await.unwrap();
        store.migrate().await.unwrap();
        let keys = KeyFile::generate(&SystemRandom::new()).unwrap();
        let sealer = Sealer::new(&keys).unwrap();
        let engine = Self { name, store, address, keys, sealer, folder };
        for number in [1, 2] {
            engine.add_practice(number).await;
        }
        engine
    }

    /// Adds practice `number`: `huisarts1@medmij` with URA 90000001 is the first of the two that are there.
    pub async fn add_practice(&self, number: u8) -> PracticeScope {
        let practice = NewPractice {
            id: practice(number).practice,
            medmij_name: format!("huisarts{number}@medmij"),
            ura: format!("9000000{number}"),
            agb: None,
            display_name: format!("Huisartsenpraktijk {number}"),
        };
        let mut tx = self.store.write().await.unwrap();
        practices::add(&mut tx, &practice, now()).await.unwrap();
        tx.commit().await.unwrap();
        practice_scope(&practice)
    }

    /// Runs a statement as somebody with access to the database would, past the store.
    pub async fn tamper(&self, sql: &str) {
        let mut tx = self.store.write().await.unwrap();
        tx.conn().execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A literal of these bytes in this engine's SQL.
    pub fn literal(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self.store.engine() {
            dvza::store::Engine::Sqlite => format!("X'{hex}'"),
            dvza::store::Engine::Postgres => format!("'\\x{hex}'::bytea"),
        }
    }
}

fn practice_scope(practice: &NewPractice) -> PracticeScope {
    PracticeScope { practice: practice.id }
}

/// The scope of practice `number`.
pub fn practice(number: u8) -> PracticeScope {
    PracticeScope { practice: PracticeId::from_bytes([number; 16]) }
}

/// Patient `patient` of practice `number`; the same person has the same id in both, as no real one has.
pub fn patient(number: u8, patient: u8) -> PatientRef {
    PatientRef { practice: practice(number).practice, patient: PatientId::from_bytes([patient; 16]) }
}

/// The instant of these tests.
pub fn now() -> Timestamp {
    Timestamp::from_millis(NOW)
}

/// A fresh database of every engine there is; says on which one it is, should a test fail.
pub async fn engines() -> impl Iterator<Item = Engine> {
    let mut engines = vec![sqlite().await];
    if let Some(server) = super::postgres::address() {
        engines.push(postgres(server).await);
    }
    engines.into_iter().inspect(|engine| eprintln!("on {}:", engine.name))
}

/// A fresh SQLite file.
pub async fn sqlite() -> Engine {
    let folder = tempfile::tempdir().unwrap();
    let address = sqlite_address(&folder.path().join("dvza.db"));
    Engine::open("SQLite", address, Some(folder)).await
}

async fn postgres(server: &str) -> Engine {
    Engine::open("PostgreSQL", postgres_schema(server).await, None).await
}

/// Address of a fresh schema on this server, without any table.
pub async fn postgres_schema(server: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("dvza_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = Store::open(server, &StoreOptions::default()).await.unwrap();
    let mut tx = admin.write().await.unwrap();
    tx.conn().execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
    tx.commit().await.unwrap();
    admin.close().await;
    let joint = if server.contains('?') { '&' } else { '?' };
    format!("{server}{joint}options[search_path]={schema}")
}
