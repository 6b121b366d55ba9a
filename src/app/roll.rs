//! Every patient of a practice, kept in memory for the pages that look at all of them.
//!
//! Names are sealed in the database, so finding one means opening all: this is done once, and after that for who changed
//! ([`store::roll`]). What is kept is used only with the turn that the caller's own transaction reads.

use std::collections::HashMap;
use std::sync::Arc;

use super::App;
use super::lately::Lately;
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientId, PracticeId, PracticeScope};
use crate::domain::time::Timestamp;
use crate::store::cards::Card;
use crate::store::roll::Enrolled;
use crate::store::{self, StoreError, Tx};

/// Practices kept; one of 10,000 patients is some 4 MB.
const PRACTICES: usize = 32;

/// The patients of a practice at one turn.
#[derive(Clone, Default)]
pub struct Roll {
    turn: i64,
    patients: HashMap<PatientId, Arc<Entry>>,
}

/// A patient of the roll.
pub struct Entry {
    /// How the patient stands.
    pub enrolled: Enrolled,
    /// What a search looks through: name, birth date (`dd-mm-yyyy`) and number, in lower case.
    text: String,
}

impl Roll {
    /// Everybody, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (PatientId, &Enrolled)> {
        self.patients.iter().map(|(patient, entry)| (*patient, &entry.enrolled))
    }

    /// The card of one patient.
    pub fn card(&self, patient: &PatientId) -> Option<&Card> {
        self.patients.get(patient).map(|entry| &entry.enrolled.card)
    }

    /// Those whose dossier is in one of these states, and since when; the oldest first.
    pub fn in_state(&self, states: &[DossierState]) -> Vec<(PatientId, DossierState, Timestamp)> {
        let of = |(patient, enrolled): (PatientId, &Enrolled)| Some((patient, enrolled.state, enrolled.since?));
        let mut found: Vec<_> = self.iter().filter_map(of).filter(|(_, state, _)| states.contains(state)).collect();
        found.sort_unstable_by_key(|(patient, _, since)| (*since, *patient));
        found
    }

    /// Those of whom import, practice or patient block the dossier.
    pub fn blocked(&self) -> impl Iterator<Item = PatientId> {
        self.iter().filter(|(_, enrolled)| enrolled.is_blocked).map(|(patient, _)| patient)
    }

    /// Those in whose name, birth date or number every word of `wanted` stands, in no order.
    pub fn search(&self, wanted: &str) -> impl Iterator<Item = (PatientId, &Card)> {
        let words: Vec<String> = wanted.split_whitespace().map(str::to_lowercase).collect();
        let is_like = move |entry: &Entry| words.iter().all(|word| entry.text.contains(word.as_str()));
        let found = self.patients.iter().filter(move |(_, entry)| is_like(entry));
        found.map(|(patient, entry)| (*patient, &entry.enrolled.card))
    }

    fn change(&mut self, patient: PatientId, enrolled: Option<Enrolled>) {
        match enrolled {
            Some(enrolled) => self.patients.insert(patient, Arc::new(Entry::new(enrolled))),
            None => self.patients.remove(&patient),
        };
    }
}

impl Entry {
    fn new(enrolled: Enrolled) -> Self {
        let card = &enrolled.card;
        let text = format!("{} {} {}", card.name, card.birth.to_dutch(), card.number).to_lowercase();
        Self { enrolled, text }
    }
}

/// The rolls that were read lately.
pub(super) struct Rolls(Lately<PracticeId, Roll>);

impl Default for Rolls {
    fn default() -> Self {
        Self(Lately::new(PRACTICES))
    }
}

impl App {
    /// The patients of a practice as they stand in this transaction, which has not changed any of them itself: what it would
    /// roll back again must not be kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a card cannot be opened.
    pub async fn roll(&self, tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Arc<Roll>, StoreError> {
        let turn = store::roll::turn(tx, scope).await?;
        // One that is further belongs to a later state of the database than this transaction sees.
        let kept = self.0.rolls.0.find(&scope.practice).filter(|kept| kept.turn <= turn);
        let mut roll = match kept {
            Some(kept) if kept.turn == turn => return Ok(kept),
            Some(kept) => Roll::clone(&kept),
            None => Roll::default(),
        };
        for (patient, enrolled) in store::roll::changed_since(tx, &self.0.sealer, scope, roll.turn).await? {
            roll.change(patient, enrolled);
        }
        roll.turn = turn;
        let roll = Arc::new(roll);
        self.0.rolls.0.keep(scope.practice, roll.clone());
        Ok(roll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::PartialDate;

    fn enrolled(name: &str) -> Enrolled {
        let card = Card {
            name: name.into(),
            birth: PartialDate { year: 1958, month: Some(3), day: Some(21) },
            number: "p1".into(),
            email: None,
            registered: true,
            blocked: false,
            marked_since: None,
        };
        Enrolled { card, state: DossierState::None, since: None, is_blocked: false, invited_at: None }
    }

    #[test]
    fn every_word_must_be_there() {
        let mut roll = Roll::default();
        roll.change(PatientId::from_bytes([1; 16]), Some(enrolled("Berg, van den, A.")));
        for (wanted, expected) in [
            ("Berg", true),
            ("berg 1958", true),
            ("21-03-1958", true),
            ("P1", true),
            ("jansen", false),
            ("berg 1959", false),
        ] {
            assert_eq!(roll.search(wanted).count(), usize::from(expected), "{wanted}");
        }
    }

    #[test]
    fn who_waits_longest_comes_first() {
        let mut roll = Roll::default();
        let asked = |at| Enrolled {
            state: DossierState::Requested,
            since: Some(Timestamp::from_millis(at)),
            ..enrolled("Berg")
        };
        let who = |number: u8| PatientId::from_bytes([number; 16]);
        roll.change(who(1), Some(asked(5)));
        roll.change(who(2), Some(asked(4)));
        roll.change(who(3), Some(Enrolled { state: DossierState::Open, ..asked(1) }));
        roll.change(who(4), Some(enrolled("Dal")));
        let found = roll.in_state(&[DossierState::Requested, DossierState::OnHold]);
        assert_eq!(found.iter().map(|(who, ..)| *who).collect::<Vec<_>>(), [who(2), who(1)]);
        assert_eq!(roll.blocked().count(), 0);
    }

    #[test]
    fn who_changes_is_found_as_they_are_now_and_who_goes_is_not_found() {
        let mut roll = Roll::default();
        let patient = PatientId::from_bytes([1; 16]);
        roll.change(patient, Some(enrolled("Berg")));
        roll.change(patient, Some(enrolled("Dal")));
        assert_eq!((roll.search("berg").count(), roll.search("dal").count()), (0, 1));
        roll.change(patient, None);
        assert_eq!((roll.iter().count(), roll.card(&patient)), (0, None));
    }
}
