//! What was read lately: the requests of one collection ask for the same things.
//!
//! Everything is found by what it was made of – the hash of a patient's records, the stamp of a practice's settings –
//! which every request reads anew from the database: what is here can be outdated but is then never found. Consents,
//! gates and verdicts are not kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::PatientRef;

/// Whose, and the hash of the records it was made of.
pub(super) type MadeOf = (PatientRef, [u8; 32]);

/// The lately used values of one kind, at most a given number.
pub(super) struct Lately<K, T> {
    most: usize,
    kept: Mutex<VecDeque<(K, Arc<T>)>>,
}

impl<K: PartialEq, T> Lately<K, T> {
    /// Nothing yet; later at most `most`, at least one.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), kept: Mutex::default() }
    }

    /// What was kept under exactly this key, if it was used lately.
    pub fn find(&self, key: &K) -> Option<Arc<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| other == key)?;
        let found = kept.remove(place)?;
        let value = found.1.clone();
        kept.push_front(found);
        Some(value)
    }

    /// Keeps a value, in place of the one with this key or the one that was not used for longest.
    pub fn keep(&self, key: K, value: Arc<T>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != key);
        kept.truncate(self.most - 1);
        kept.push_front((key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{PatientId, PracticeId};

    fn made_of(patient: u8, hash: u8) -> MadeOf {
        let patient =
            PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: PatientId::from_bytes([patient; 16]) };
        (patient, [hash; 32])
    }

    #[test]
    fn what_was_made_of_other_records_or_of_another_patient_is_never_found() {
        let lately = Lately::new(48);
        lately.keep(made_of(1, 1), Arc::new("one"));
        assert!(lately.find(&made_of(1, 1)).is_some());
        assert!(lately.find(&made_of(1, 2)).is_none());
        assert!(lately.find(&made_of(2, 1)).is_none());
    }

    #[test]
    fn only_the_lately_used_are_kept() {
        let lately = Lately::new(48);
        for number in 0..=100 {
            lately.keep(made_of(number, 0), Arc::new(number));
            assert!(lately.find(&made_of(0, 0)).is_some(), "used all the time");
        }
        assert!(lately.find(&made_of(1, 0)).is_none());
        assert_eq!(lately.find(&made_of(100, 0)).as_deref(), Some(&100));
    }

    #[test]
    fn a_key_is_kept_once() {
        let lately = Lately::new(2);
        lately.keep(made_of(1, 0), Arc::new(1));
        lately.keep(made_of(2, 0), Arc::new(2));
        lately.keep(made_of(2, 0), Arc::new(3));
        assert_eq!(lately.find(&made_of(1, 0)).as_deref(), Some(&1), "nothing else had to go");
        assert_eq!(lately.find(&made_of(2, 0)).as_deref(), Some(&3));
    }
}
