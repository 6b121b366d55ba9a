//! E-LIM-001: a complete practice that lost more than a tenth of its patients or a fifth of its records waits for a person.

use super::check::Delivery;
use super::{ImportError, Importer};
use crate::his::BatchKind;
use crate::store;

/// A complete practice with fewer than this share of its patients is held.
const KEEP_PATIENTS: (u64, u64) = (90, 100);
/// A complete practice with fewer than this share of its records is held.
const KEEP_RECORDS: (u64, u64) = (80, 100);

/// How much a practice holds, and would hold after a complete delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Patients before and after.
    pub patients: (u64, u64),
    /// Records before and after.
    pub records: (u64, u64),
}

impl Sizes {
    /// What this delivery makes of a practice with so many records.
    pub(super) fn of(delivery: &Delivery, stored_records: u64) -> Self {
        let received = &delivery.received;
        Self {
            patients: (delivery.stored_patients.len() as u64, received.people.len() as u64),
            records: (stored_records, received.taken.values().sum()),
        }
    }

    /// Would too much go?
    fn shrink(&self) -> bool {
        let fewer = |(before, now): (u64, u64), (share, of): (u64, u64)| now * of < before * share;
        self.patients.0 > 0 && (fewer(self.patients, KEEP_PATIENTS) || fewer(self.records, KEEP_RECORDS))
    }
}

impl Importer {
    /// Must this delivery wait for a person? Not when an employee looked at exactly this content and let it through.
    pub(super) async fn must_wait(&self, delivery: &Delivery, sizes: Sizes) -> Result<bool, ImportError> {
        let received = &delivery.received;
        if received.header.kind != BatchKind::Full || !sizes.shrink() {
            return Ok(false);
        }
        let mut tx = self.store.read().await?;
        let batch = received.header.batch.to_string();
        let before = store::deliveries::find(&mut tx, &delivery.practice.scope(), &batch).await?;
        tx.close().await?;
        let same = before.filter(|before| before.new.content_hash == received.content_hash);
        Ok(same.is_none_or(|before| before.let_through.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_patients_or_a_fifth_of_the_records_may_go() {
        for (patients, records, waits) in [
            ((10, 9), (100, 80), false),
            ((100, 89), (100, 100), true),
            ((10, 10), (100, 79), true),
            ((10, 30), (100, 300), false),
            ((0, 0), (5, 0), false),
        ] {
            assert_eq!(Sizes { patients, records }.shrink(), waits, "{patients:?} {records:?}");
        }
    }
}
