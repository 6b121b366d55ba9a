//! What can go wrong with the store, by situation.

use sqlx::migrate::MigrateError;

use crate::seal::SealError;

/// The store could not do what was asked. Names tables and keys, never content.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or its disk fails: try again later, tell an operator.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// Another writer was in the way for too long, or won a race: the whole transaction may be tried again.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// A row with the same key or unique name exists.
    #[error("a row with this key or name exists already")]
    Taken(#[source] sqlx::Error),
    /// A row holds what no version of this program wrote.
    #[error("row {key} of table {table} is corrupt")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key, as far as it tells nothing about a person.
        key: String,
    },
    /// A sealed column cannot be opened: the key is missing, or the row was changed or moved.
    #[error("row {key} of table {table} cannot be opened")]
    Sealed {
        /// The table.
        table: &'static str,
        /// The row's key.
        key: String,
        /// Why.
        #[source]
        reason: SealError,
    },
    /// Sealing failed; nothing was written.
    #[error("a value could not be sealed")]
    Sealing(#[source] SealError),
    /// The database could not be brought to this version.
    #[error("the database could not be brought to this version")]
    Migration(#[source] MigrateError),
    /// The database address is not one of `sqlite:PATH` or `postgres://…`.
    #[error("not a database address: {0}")]
    Address(&'static str),
    /// The database refused a statement: a fault of this program.
    #[error("the database refused a statement")]
    Statement(#[source] sqlx::Error),
}

impl StoreError {
    /// A row that no version of this program wrote.
    pub fn corrupt(table: &'static str, key: impl std::fmt::Display) -> Self {
        Self::Corrupt { table, key: key.to_string() }
    }

    /// A sealed column that does not open.
    pub fn sealed(table: &'static str, key: impl std::fmt::Display, reason: SealError) -> Self {
        Self::Sealed { table, key: key.to_string(), reason }
    }
}

impl From<sqlx::Error> for StoreError {
    /// Sorts the driver's error by what the caller can do about it.
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(database) if database.is_unique_violation() => Self::Taken(error),
            sqlx::Error::Database(database) => match situation(&database.code().unwrap_or_default()) {
                Situation::Busy => Self::Busy(error),
                Situation::Unavailable => Self::Unavailable(error),
                Situation::Other => Self::Statement(error),
            },
            _ => Self::Statement(error),
        }
    }
}

enum Situation {
    Busy,
    Unavailable,
    Other,
}

/// Sorts SQLSTATEs (five characters) and SQLite's result codes (decimal, low byte is the class).
fn situation(code: &str) -> Situation {
    if code.len() == 5 {
        return match code {
            "40001" | "40P01" | "55P03" => Situation::Busy,
            _ if ["08", "53", "57", "58"].iter().any(|class| code.starts_with(class)) => Situation::Unavailable,
            _ => Situation::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Situation::Busy,                             // BUSY, LOCKED
        Ok(8 | 10 | 11 | 13 | 14 | 26) => Situation::Unavailable, // READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB
        _ => Situation::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_are_sorted_by_what_the_caller_can_do() {
        let busy = ["40001", "40P01", "55P03", "5", "6", "261", "517"];
        let unavailable = ["08006", "53300", "57P01", "10", "13", "14", "26", "522"];
        for code in busy {
            assert!(matches!(situation(code), Situation::Busy), "{code}");
        }
        for code in unavailable {
            assert!(matches!(situation(code), Situation::Unavailable), "{code}");
        }
        for code in ["42601", "1", "23502", ""] {
            assert!(matches!(situation(code), Situation::Other), "{code}");
        }
    }
}
