//! Marks for third parties that are to be looked at again: once a year (R-X-01).

use std::collections::HashMap;

use super::error::ConsoleError;
use super::overview::{name, table};
use super::staff::Staff;
use super::words;
use crate::domain::ids::PatientId;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::pages::blocks::{Block, Cell};
use crate::store::cards::Card;
use crate::store::{self, Tx};

/// A mark holds so many months before somebody is asked to look at it again.
const MONTHS: i32 = 12;
/// The most patients that are named; the others follow as these are dealt with.
const MOST: u32 = 100;

/// Is a mark that was set then to be looked at again?
pub(super) fn is_due(set_at: Timestamp, now: Timestamp) -> bool {
    set_at.plus_local_months(MONTHS) <= now
}

/// The patients with a mark that is due, the oldest mark first; for who may set marks.
pub(super) async fn load(staff: &Staff, tx: &mut Tx<'_>) -> Result<Vec<(PatientId, Card, Timestamp)>, ConsoleError> {
    if !staff.may(Right::MarkThirdParty) {
        return Ok(Vec::new());
    }
    let now = staff.at().at;
    // Of months of different lengths none is longer than the year before now: the day itself is asked of each card.
    let until = now.plus_local_months(-MONTHS).plus_seconds(86_400);
    let cards = store::cards::marked_until(tx, staff.state.app.sealer(), &staff.scope(), until, MOST).await?;
    let due = cards.into_iter().filter_map(|(patient, card)| {
        let set_at = card.marked_since.filter(|set_at| is_due(*set_at, now))?;
        Some((patient, card, set_at))
    });
    Ok(due.collect())
}

/// The block of the work list; `None` when no mark is due.
pub(super) fn block(staff: &Staff, due: &[(PatientId, Card, Timestamp)]) -> Option<Block> {
    if due.is_empty() {
        return None;
    }
    let rows = due.iter().map(|(patient, card, set_at)| {
        let cards = HashMap::from([(*patient, card.clone())]);
        vec![
            name(staff, &cards, patient),
            Cell::Text(card.birth.to_dutch()),
            Cell::Text(words::day(set_at.local_date())),
        ]
    });
    let head =
        [staff.pick("Patiënt", "Patient"), staff.pick("Geboren", "Born"), staff.pick("Gemarkeerd op", "Marked on")];
    let caption = staff.pick(
        "Markeringen voor derden van een jaar of ouder: bekijk of ze nog nodig zijn, en markeer opnieuw of haal ze weg",
        "Marks for third parties of a year or older: look whether they are still needed, and mark again or take them away",
    );
    Some(table(caption, &head, rows.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_due_after_a_year_to_the_second() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        let set = at("2025-06-15T10:00:00+02:00");
        assert!(!is_due(set, at("2026-06-15T09:59:59+02:00")));
        assert!(is_due(set, at("2026-06-15T10:00:00+02:00")));
    }
}
