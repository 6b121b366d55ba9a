//! Small things every aggregate needs: groups of rows for one statement, and columns read as bytes.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::hash::Hash;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::StoreError;
use crate::domain::time::Timestamp;

/// Most placeholders of one statement: below the limits of both engines, and enough to spread the cost.
const MOST_PLACEHOLDERS: usize = 900;

/// Splits `items` into slices for statements of `columns` placeholders a row.
///
/// Only a handful of sizes occur, so that the few statements stay prepared in the driver's cache.
pub(crate) fn groups<T>(items: &[T], columns: usize) -> impl Iterator<Item = &[T]> {
    let most = (MOST_PLACEHOLDERS / columns).max(1);
    let mut rest = items;
    std::iter::from_fn(move || {
        let halved = std::iter::successors(Some(most), |size| (*size > 1).then_some(size / 2));
        let size = halved.into_iter().find(|size| *size <= rest.len())?;
        let (group, tail) = rest.split_at(size);
        rest = tail;
        Some(group)
    })
}

/// `($1, $2), ($3, $4)`: placeholders for `rows` rows of `columns` columns.
pub(crate) fn placeholders(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=columns {
            let comma = if column == 1 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}${}", row * columns + column);
        }
        text.push(')');
    }
    text
}

/// Splits `items` into lists for `IN (…)`, each filled up to one of a few lengths by repeating its last item.
///
/// A repeated item changes no answer, and few lengths mean few statements to keep prepared.
pub(crate) fn lists<T>(items: &[T]) -> impl Iterator<Item = Vec<&T>> {
    const LENGTHS: [usize; 5] = [1, 4, 16, 64, 256];
    items.chunks(LENGTHS[LENGTHS.len() - 1]).map(|chunk| {
        let length = LENGTHS.into_iter().find(|length| *length >= chunk.len()).unwrap_or(chunk.len());
        chunk.iter().chain(chunk.iter().next_back().into_iter().cycle()).take(length).collect()
    })
}

/// `$5, $6, $7`: placeholders for a list of `count` values after `before` others.
pub(crate) fn list(before: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 6);
    for number in 1..=count {
        let comma = if number == 1 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}${}", before + number);
    }
    text
}

/// The last item of each key: one statement may not write a row twice.
pub(super) fn last_of_each<T, K: Eq + Hash>(items: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut seen = HashSet::with_capacity(items.len());
    let mut kept: Vec<&T> = items.iter().rev().filter(|item| seen.insert(key(item))).collect();
    kept.reverse();
    kept
}

/// A column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &AnyRow, column: usize, table: &'static str) -> Result<[u8; N], StoreError> {
    let found: &[u8] = row.try_get(column)?;
    found.try_into().map_err(|_| StoreError::corrupt(table, format_args!("(column {column})")))
}

/// A column of exactly `N` bytes, or null.
pub(super) fn optional_bytes<const N: usize>(
    row: &AnyRow,
    column: usize,
    table: &'static str,
) -> Result<Option<[u8; N]>, StoreError> {
    let found: Option<&[u8]> = row.try_get(column)?;
    let Some(found) = found else { return Ok(None) };
    found.try_into().map(Some).map_err(|_| StoreError::corrupt(table, format_args!("(column {column})")))
}

/// A column of epoch milliseconds.
pub(super) fn instant(row: &AnyRow, column: usize) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_millis(row.try_get(column)?))
}

/// A column of epoch milliseconds, or null.
pub(super) fn optional_instant(row: &AnyRow, column: usize) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = row.try_get(column)?;
    Ok(millis.map(Timestamp::from_millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_cover_everything_in_order_with_few_sizes() {
        for count in [0, 1, 5, 99, 100, 101, 106, 145, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let split: Vec<&[usize]> = groups(&items, 9).collect();
            assert_eq!(split.concat(), items);
            let sizes: HashSet<usize> = split.iter().map(|group| group.len()).collect();
            assert!(sizes.iter().all(|size| [100, 50, 25, 12, 6, 3, 1].contains(size)), "{sizes:?}");
        }
    }

    #[test]
    fn lists_cover_everything_and_repeat_only_their_last_item() {
        assert_eq!(lists::<u8>(&[]).count(), 0);
        for count in [1, 2, 27, 64, 256, 257, 600] {
            let items: Vec<usize> = (0..count).collect();
            let split: Vec<Vec<&usize>> = lists(&items).collect();
            assert!(split.iter().all(|list| [1, 4, 16, 64, 256].contains(&list.len())));
            let mut all: Vec<usize> = split.concat().into_iter().copied().collect();
            all.dedup();
            assert_eq!(all, items);
        }
    }

    #[test]
    fn placeholders_count_on_from_row_to_row() {
        assert_eq!(placeholders(2, 3), "($1, $2, $3), ($4, $5, $6)");
        assert_eq!(list(4, 3), "$5, $6, $7");
    }

    #[test]
    fn of_two_items_with_one_key_the_last_stays() {
        let items = [("a", 1), ("b", 2), ("a", 3)];
        assert_eq!(last_of_each(&items, |item| item.0), [&("b", 2), &("a", 3)]);
    }
}
