//! Settings of a practice (release-rules §2.1): what the HIS delivered, what was set here, and who set it when.
//!
//! Both are kept side by side; the newer of the two holds. What a key means is `domain::release`.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::rows::instant;
use super::{StoreError, Tx};
use crate::domain::ids::PracticeScope;
use crate::domain::time::Timestamp;

const TABLE: &str = "practice_setting";

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SettingSource {
    /// The practice record of a delivery.
    Feed,
    /// The console or the command line.
    Own,
}

impl SettingSource {
    /// As the database stores it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Own => "own",
        }
    }

    fn find(text: &str) -> Option<Self> {
        [Self::Feed, Self::Own].into_iter().find(|source| source.as_str() == text)
    }
}

/// One setting from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Dotted key of release-rules §2.1, such as `facility.ep_lines`.
    pub key: String,
    /// Where it comes from.
    pub source: SettingSource,
    /// Its value as text, such as `true` or `2020-07-01`.
    pub value: String,
    /// Since when.
    pub at: Timestamp,
    /// Who set it: an employee's id, `feed` or `cli`.
    pub by: String,
}

/// One step in the life of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// Dotted key.
    pub key: String,
    /// Where it comes from.
    pub source: SettingSource,
    /// Its value from then on; `None` when it was taken away.
    pub value: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
}

/// Sets one setting of one source, and adds a line to its history unless the value is what it was.
///
/// `true` when something changed.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set(tx: &mut Tx<'_>, scope: &PracticeScope, setting: &Setting) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO practice_setting (practice_id, key, source, value, at, by_)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (practice_id, key, source) DO UPDATE
           SET value = excluded.value, at = excluded.at, by_ = excluded.by_
         WHERE practice_setting.value <> excluded.value";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(setting.key.as_str())
        .bind(setting.source.as_str())
        .bind(setting.value.as_str())
        .bind(setting.at.millis())
        .bind(setting.by.as_str())
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let change = SettingChange {
        key: setting.key.clone(),
        source: setting.source,
        value: Some(setting.value.clone()),
        at: setting.at,
        by: setting.by.clone(),
    };
    remember(tx, scope, &change).await?;
    Ok(true)
}

/// Takes one setting of one source away, so that the other source or the default holds again.
///
/// `false` when it was not set.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn clear(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    key: &str,
    source: SettingSource,
    at: Timestamp,
    by: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM practice_setting WHERE practice_id = $1 AND key = $2 AND source = $3";
    let done = sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(key)
        .bind(source.as_str())
        .execute(tx.conn())
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let change = SettingChange { key: key.to_owned(), source, value: None, at, by: by.to_owned() };
    remember(tx, scope, &change).await?;
    Ok(true)
}

/// Every setting of both sources, by key, the feed's before our own.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn list(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<Setting>, StoreError> {
    const SQL: &str = "
        SELECT key, source, value, at, by_
          FROM practice_setting
         WHERE practice_id = $1
         ORDER BY key, source";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    rows.iter().map(read).collect()
}

/// The values that hold: of two sources the newer one, of two as old as each other our own.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn load_effective(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<BTreeMap<String, String>, StoreError> {
    Ok(effective(list(tx, scope).await?))
}

/// Every change of a practice's settings, oldest first.
///
/// # Errors
/// [`StoreError`] when the database fails or a row is corrupt.
pub async fn history(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<SettingChange>, StoreError> {
    const SQL: &str = "
        SELECT key, source, value, at, by_
          FROM practice_setting_history
         WHERE practice_id = $1
         ORDER BY at, key, source";
    let rows = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_all(tx.conn()).await?;
    rows.iter().map(read_change).collect()
}

fn effective(settings: Vec<Setting>) -> BTreeMap<String, String> {
    let mut newest: BTreeMap<String, Setting> = BTreeMap::new();
    for setting in settings {
        let wins =
            newest.get(&setting.key).is_none_or(|other| (setting.at, setting.source) >= (other.at, other.source));
        if wins {
            newest.insert(setting.key.clone(), setting);
        }
    }
    newest.into_iter().map(|(key, setting)| (key, setting.value)).collect()
}

async fn remember(tx: &mut Tx<'_>, scope: &PracticeScope, change: &SettingChange) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO practice_setting_history (practice_id, key, source, value, at, by_)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(SQL)
        .bind(scope.practice.as_bytes().as_slice())
        .bind(change.key.as_str())
        .bind(change.source.as_str())
        .bind(change.value.clone())
        .bind(change.at.millis())
        .bind(change.by.as_str())
        .execute(tx.conn())
        .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Setting, StoreError> {
    let change = read_change(row)?;
    let Some(value) = change.value else { return Err(StoreError::corrupt(TABLE, change.key)) };
    Ok(Setting { key: change.key, source: change.source, value, at: change.at, by: change.by })
}

fn read_change(row: &AnyRow) -> Result<SettingChange, StoreError> {
    let key: String = row.try_get(0)?;
    let source: &str = row.try_get(1)?;
    let source = SettingSource::find(source).ok_or_else(|| StoreError::corrupt(TABLE, &key))?;
    Ok(SettingChange { source, value: row.try_get(2)?, at: instant(row, 3)?, by: row.try_get(4)?, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_source_holds_and_our_own_breaks_a_tie() {
        let setting = |source, value: &str, at| Setting {
            key: "facility.ep_lines".into(),
            source,
            value: value.into(),
            at: Timestamp::from_millis(at),
            by: "test".into(),
        };
        let cases = [(1, 2, "own"), (2, 1, "feed"), (1, 1, "own")];
        for (feed, own, winner) in cases {
            let both = [setting(SettingSource::Feed, "feed", feed), setting(SettingSource::Own, "own", own)];
            let reversed = both.iter().rev().cloned().collect();
            assert_eq!(effective(both.to_vec())["facility.ep_lines"], winner);
            assert_eq!(effective(reversed)["facility.ep_lines"], winner);
        }
    }
}
