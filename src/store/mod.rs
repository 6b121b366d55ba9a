//! The database: one [`Store`] for SQLite and PostgreSQL, transactions, and one file of functions per aggregate.
//!
//! Store functions are free functions that take the transaction first and the scope they may see second; they
//! never commit. One SQL text serves both engines (house-style §6); instants are epoch milliseconds, ids are
//! bytes. Everything personal is sealed here, on its way into a row, with the row's identity as its context:
//! callers hand in plain bytes and a [`Sealer`](crate::seal::Sealer), so plaintext cannot be stored by mistake.
//! What the rows mean is `domain`; who may see them is `domain::release`.

pub mod accounts;
pub mod authorization;
pub mod cards;
pub mod content;
pub mod cursors;
pub mod decisions;
pub mod deliveries;
mod error;
pub mod evidence;
pub mod installation;
pub mod leases;
pub mod lists;
pub mod logos;
pub mod outbox;
mod packing;
pub mod pairs;
pub mod parked;
pub mod patients;
pub mod practices;
pub mod quarantine;
pub mod records;
pub mod reports;
pub mod requests;
pub mod roll;
pub mod rotation;
pub(crate) mod rows;
pub mod settings;
pub mod shelves;
pub mod staff;
mod turn;

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Executor as _};

pub use error::StoreError;
use turn::{Line, Turn};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// Which database is behind a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file on this machine: one node.
    Sqlite,
    /// A server: many nodes.
    Postgres,
}

/// How the store connects; the defaults suit a server of one practice as well as of a hundred.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// SQLite: most connections that read at the same time, beside the one that writes.
    pub sqlite_readers: u32,
    /// PostgreSQL: most connections, for reading and writing together.
    pub postgres_connections: u32,
    /// How long a caller waits for a connection before the answer is [`StoreError::Busy`].
    pub acquire_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { sqlite_readers: 4, postgres_connections: 16, acquire_timeout: Duration::from_secs(10) }
    }
}

/// The database; cheap to clone.
///
/// On SQLite there is one writing connection and a pool of readers that cannot write; on PostgreSQL one pool
/// serves both.
#[derive(Clone)]
pub struct Store {
    readers: AnyPool,
    writers: Writers,
}

#[derive(Clone)]
enum Writers {
    Sqlite(Line),
    Postgres(AnyPool),
}

/// A transaction. Dropping it without [`Tx::commit`] undoes what was written.
pub struct Tx<'s> {
    inner: Inner<'s>,
    engine: Engine,
    /// What the first statement's text must begin with, when nothing was said to the database yet.
    opening: &'static str,
}

enum Inner<'s> {
    Pooled(sqlx::Transaction<'s, Any>),
    Turn(Turn),
}

impl Store {
    /// Connects; makes the SQLite file when there is none. The tables come with [`Store::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Address`] for an address of no known form, [`StoreError::Unavailable`] when the database
    /// does not answer.
    pub async fn open(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        if address.starts_with("sqlite:") {
            return Self::open_sqlite(address, options).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Self::open_postgres(address, options).await;
        }
        Err(StoreError::Address("it must start with sqlite: or postgres://"))
    }

    async fn open_sqlite(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        if address.contains('?') || address.contains(":memory:") {
            return Err(StoreError::Address("a SQLite address is sqlite: and the path of a file, nothing more"));
        }
        let connect = connect_options(&format!("{address}?mode=rwc"))?;
        // The writer goes first: it makes the file and sets the journal mode that readers then find. A file does
        // not hang up, so connections are not tested before each use.
        let line = Line::new(connect.clone(), WRITER_PRAGMAS, options.acquire_timeout);
        drop(line.turn().await.map_err(unreachable)?);
        let readers = pool(options.sqlite_readers, options, READER_PRAGMAS).test_before_acquire(false);
        let readers = readers.connect_with(connect).await.map_err(unreachable)?;
        Ok(Self { readers, writers: Writers::Sqlite(line) })
    }

    async fn open_postgres(address: &str, options: &StoreOptions) -> Result<Self, StoreError> {
        let connect = connect_options(address)?;
        let both = pool(options.postgres_connections, options, "").connect_with(connect).await.map_err(unreachable)?;
        Ok(Self { readers: both.clone(), writers: Writers::Postgres(both) })
    }

    /// Brings the tables to this version; does nothing when they are there. Safe to run on several nodes.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the database is of a newer version, or a step fails.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let migrated = match &self.writers {
            Writers::Sqlite(line) => SQLITE_MIGRATIONS.run_direct(None, line.turn().await?.conn(), false).await,
            Writers::Postgres(pool) => POSTGRES_MIGRATIONS.run_direct(None, &mut *pool.acquire().await?, false).await,
        };
        migrated.map_err(StoreError::Migration)
    }

    /// Are the tables of this version? `false` also when there are none, or they are newer.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_current(&self) -> Result<bool, StoreError> {
        let (tables, migrator) = match self.engine() {
            Engine::Sqlite => {
                ("SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'", &SQLITE_MIGRATIONS)
            }
            Engine::Postgres => (
                "SELECT COUNT(*)
                   FROM information_schema.tables
                  WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'",
                &POSTGRES_MIGRATIONS,
            ),
        };
        let mut tx = self.read().await?;
        let tables: i64 = sqlx::query_scalar(tables).fetch_one(tx.conn()).await?;
        if tables == 0 {
            return Ok(false);
        }
        let applied: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(tx.conn()).await?;
        tx.close().await?;
        Ok(applied == migrator.iter().map(|step| step.version).max())
    }

    /// Begins a transaction that sees one unchanging state and cannot write.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Unavailable`] when no connection is to be had.
    pub async fn read(&self) -> Result<Tx<'static>, StoreError> {
        let inner = match self.engine() {
            Engine::Sqlite => self.readers.begin_with("BEGIN").await?,
            Engine::Postgres => self.readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?,
        };
        count("read");
        Ok(Tx { inner: Inner::Pooled(inner), engine: self.engine(), opening: "" })
    }

    /// Begins a transaction that may write. SQLite has one at a time: callers wait for their turn.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the turn does not come in time, [`StoreError::Unavailable`] without a database.
    pub async fn write(&self) -> Result<Tx<'static>, StoreError> {
        let inner = match &self.writers {
            Writers::Sqlite(line) => {
                let mut turn = line.turn().await?;
                turn.begin().await?;
                Inner::Turn(turn)
            }
            Writers::Postgres(pool) => Inner::Pooled(pool.begin_with("BEGIN").await?),
        };
        Ok(Tx { inner, engine: self.engine(), opening: "" })
    }

    /// A transaction that may write, for a caller whose first statement begins with [`Tx::opening`]: on SQLite, where
    /// each exchange with the connection's thread costs as much as a small statement, both go in one.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub(crate) async fn write_with_opening(&self) -> Result<Tx<'static>, StoreError> {
        let Writers::Sqlite(line) = &self.writers else { return self.write().await };
        let mut turn = line.turn().await?;
        turn.mark_begun();
        Ok(Tx { inner: Inner::Turn(turn), engine: Engine::Sqlite, opening: OPENING })
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// [`StoreError::Busy`] or [`StoreError::Unavailable`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut connection = self.readers.acquire().await?;
        connection.execute("SELECT 1").await?;
        Ok(())
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        match self.writers {
            Writers::Sqlite(_) => Engine::Sqlite,
            Writers::Postgres(_) => Engine::Postgres,
        }
    }

    /// Waits for running transactions, then closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Writers::Sqlite(line) = &self.writers {
            line.close().await;
        }
    }
}

impl Tx<'_> {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut AnyConnection {
        metrics::counter!("dvza_statements_total").increment(1);
        match &mut self.inner {
            Inner::Pooled(transaction) => transaction,
            Inner::Turn(turn) => turn.conn(),
        }
    }

    /// What the text of the next statement must begin with; empty but for the first after
    /// [`Store::write_with_opening`].
    pub(crate) fn opening(&mut self) -> &'static str {
        std::mem::take(&mut self.opening)
    }

    /// The text of a last statement, so that it also makes everything durable where one exchange can do both; such a
    /// transaction is then [finished](Tx::finish), not committed.
    pub(crate) fn closing(&self, sql: String) -> String {
        match self.inner {
            Inner::Pooled(_) => sql,
            Inner::Turn(_) => sql + "; COMMIT",
        }
    }

    /// Ends a transaction whose last statement was made by [`Tx::closing`] and went well.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses; then nothing was written.
    pub(crate) async fn finish(self) -> Result<(), StoreError> {
        count("write");
        match self.inner {
            Inner::Pooled(transaction) => Ok(transaction.commit().await?),
            Inner::Turn(mut turn) => {
                turn.mark_ended();
                Ok(())
            }
        }
    }

    /// Which database this is, for the few statements that must differ.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Makes everything written durable, all or nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses; then nothing was written.
    pub async fn commit(self) -> Result<(), StoreError> {
        count("write");
        match self.inner {
            Inner::Pooled(transaction) => Ok(transaction.commit().await?),
            Inner::Turn(turn) => Ok(turn.commit().await?),
        }
    }

    /// Ends a reading transaction; in a writing one, undoes what was written.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the connection broke.
    pub async fn close(self) -> Result<(), StoreError> {
        match self.inner {
            Inner::Pooled(transaction) => Ok(transaction.rollback().await?),
            Inner::Turn(turn) => Ok(turn.roll_back().await?),
        }
    }
}

/// What an answer waits for most: a reading transaction begun, a writing one made durable.
fn count(kind: &'static str) {
    metrics::counter!("dvza_database_transactions_total", "kind" => kind).increment(1);
}

/// [`turn::BEGIN`] in front of another statement.
const OPENING: &str = "BEGIN IMMEDIATE; ";

/// The address of a SQLite file at `path`, with the characters escaped that mean something in an address.
pub fn sqlite_address(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{path}")
}

/// Durable at every commit; 8 MB of page cache for the writer, so that a practice's import keeps its indexes.
const WRITER_PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA temp_store = MEMORY;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA cache_size = -8192";

/// A reader cannot write, whatever it is told; 2 MB of page cache.
const READER_PRAGMAS: &str = "
    PRAGMA query_only = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -2048";

fn pool(most: u32, options: &StoreOptions, setup: &'static str) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(most.max(1)).acquire_timeout(options.acquire_timeout).after_connect(
        move |connection, _| {
            Box::pin(async move {
                if !setup.is_empty() {
                    connection.execute(sqlx::raw_sql(setup)).await?;
                }
                Ok(())
            })
        },
    )
}

fn connect_options(address: &str) -> Result<AnyConnectOptions, StoreError> {
    let options: AnyConnectOptions =
        address.parse().map_err(|_| StoreError::Address("it does not have the form of an address"))?;
    Ok(options.disable_statement_logging())
}

/// While connecting, whatever goes wrong means that the database is not there for us.
fn unreachable(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Configuration(_) => StoreError::Address("the database driver does not take it"),
        other => StoreError::Unavailable(other),
    }
}
