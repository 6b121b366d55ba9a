//! Indexes that were read lately: the requests of one collection ask for the same one.
//!
//! An index is found by the hash of the records it was made of, which every request reads anew from the database: a
//! changed patient has another hash, so what is here can be outdated but never used. Decisions are not kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::PatientRef;

/// Indexes kept; some hundred kB each.
const KEPT: usize = 48;

/// The lately used indexes of one kind.
pub(super) struct Lately<T>(Mutex<VecDeque<(Key, Arc<T>)>>);

/// Whose index, and the hash of what it was made of.
type Key = (PatientRef, [u8; 32]);

impl<T> Lately<T> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Mutex::new(VecDeque::with_capacity(KEPT)))
    }

    /// The index made of exactly these records, if it was used lately.
    pub fn find(&self, who: &PatientRef, hash: &[u8; 32]) -> Option<Arc<T>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|((patient, made_of), _)| patient == who && made_of == hash)?;
        let found = kept.remove(place)?;
        let index = found.1.clone();
        kept.push_front(found);
        Some(index)
    }

    /// Keeps an index, in place of the one that was not used for longest.
    pub fn keep(&self, who: &PatientRef, hash: [u8; 32], index: Arc<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(((*who, hash), index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{PatientId, PracticeId};

    fn patient(number: u8) -> PatientRef {
        PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: PatientId::from_bytes([number; 16]) }
    }

    #[test]
    fn an_index_of_other_records_or_another_patient_is_never_found() {
        let lately = Lately::new();
        lately.keep(&patient(1), [1; 32], Arc::new("one"));
        assert!(lately.find(&patient(1), &[1; 32]).is_some());
        assert!(lately.find(&patient(1), &[2; 32]).is_none());
        assert!(lately.find(&patient(2), &[1; 32]).is_none());
    }

    #[test]
    fn only_the_lately_used_are_kept() {
        let lately = Lately::new();
        for number in 0..=100 {
            lately.keep(&patient(number), [0; 32], Arc::new(number));
            assert!(lately.find(&patient(0), &[0; 32]).is_some(), "used all the time");
        }
        assert!(lately.find(&patient(1), &[0; 32]).is_none());
        assert_eq!(lately.find(&patient(100), &[0; 32]).as_deref(), Some(&100));
    }
}
