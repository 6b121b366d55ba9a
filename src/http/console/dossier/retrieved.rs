//! What PGOs have collected already, which nobody can recall (E17, R-DOC-07): who hides something should know.

use std::collections::{BTreeSet, HashMap};

use crate::app::InFull;
use crate::audit::{self, Actor, Event, Kind, Outcome};
use crate::domain::ids::PatientRef;
use crate::domain::release::ItemKey;
use crate::domain::time::Timestamp;
use crate::http::console::error::ConsoleError;
use crate::http::console::staff::Staff;
use crate::http::console::words;
use crate::store::Tx;

/// The newest answers that are looked at; one collection is some fifty.
const MOST: u32 = 1000;

/// By which PGOs, and when for the last time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Times {
    pgos: BTreeSet<String>,
    last: Option<Timestamp>,
}

/// What of one dossier was collected.
#[derive(Debug, Default)]
pub(super) struct Retrieved {
    all: Times,
    by_resource: HashMap<String, Times>,
}

/// Reads it from the audit trail.
pub(super) async fn load(staff: &Staff, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Retrieved, ConsoleError> {
    let kind = Kind::RECEIVE_RESOURCE_REQUEST;
    let entries = audit::of_patient_and_kind(tx, staff.state.app.sealer(), who, &kind, MOST).await?;
    Ok(Retrieved::of(entries.iter().map(|entry| &entry.event)))
}

impl Retrieved {
    fn of<'e>(events: impl Iterator<Item = &'e Event>) -> Self {
        let mut retrieved = Self::default();
        for event in events.filter(|event| event.outcome == Outcome::Done) {
            let Actor::Pgo { client_id } = &event.actor else { continue };
            retrieved.all.add(client_id, event.at);
            for id in event.detail.objects.iter().flat_map(|objects| &objects.ids) {
                retrieved.by_resource.entry(id.clone()).or_default().add(client_id, event.at);
            }
        }
        retrieved
    }

    /// In words, of the whole dossier.
    pub(super) fn in_words(&self, staff: &Staff) -> String {
        self.all.in_words(staff).unwrap_or_else(|| staff.pick("nog niet door een PGO", "not yet by a PGO").to_owned())
    }

    /// In words, of one item; `None` when it was not collected.
    pub(super) fn of_item(&self, staff: &Staff, full: &InFull, key: &ItemKey) -> Option<String> {
        let mut times = Times::default();
        for resource in full.resources.iter().filter(|resource| resource.item.as_ref() == Some(key)) {
            if let Some(found) = self.by_resource.get(&resource.id.to_string()) {
                times.join(found);
            }
        }
        let words = times.in_words(staff)?;
        Some(format!("{} {words}", staff.pick("al opgehaald door", "already retrieved by")))
    }
}

impl Times {
    fn add(&mut self, pgo: &str, at: Timestamp) {
        self.pgos.insert(pgo.to_owned());
        self.last = self.last.max(Some(at));
    }

    fn join(&mut self, other: &Self) {
        self.pgos.extend(other.pgos.iter().cloned());
        self.last = self.last.max(other.last);
    }

    fn in_words(&self, staff: &Staff) -> Option<String> {
        let last = self.last?;
        let by = if self.pgos.len() == 1 { "PGO" } else { staff.pick("PGO’s", "PGOs") };
        Some(format!("{} {by}, {} {}", self.pgos.len(), staff.pick("laatst op", "last on"), words::moment(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Action, Detail, Objects};

    #[test]
    fn only_what_was_sent_to_a_pgo_counts_and_each_pgo_once() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        let read = |pgo: &str, day, outcome| {
            let objects = vec![Objects { kind: "EpisodeOfCare".into(), ids: vec!["r1".into()] }];
            let actor = Actor::Pgo { client_id: pgo.into() };
            let event = Event::new(at(day), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor);
            let event = event.with(Detail { objects, ..Detail::default() });
            if outcome == Outcome::Done { event } else { event.ended(outcome, "G6_TOKEN") }
        };
        let (early, late) = ("2026-06-01T10:00:00+02:00", "2026-06-14T10:00:00+02:00");
        let events = [
            read("a", late, Outcome::Done),
            read("a", early, Outcome::Done),
            read("b", early, Outcome::Done),
            read("c", late, Outcome::Aborted),
        ];
        let retrieved = Retrieved::of(events.iter());
        let expected = Times { pgos: ["a".to_owned(), "b".to_owned()].into(), last: Some(at(late)) };
        assert_eq!(retrieved.by_resource["r1"], expected);
        assert_eq!(retrieved.all, expected);
    }
}
