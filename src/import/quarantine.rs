//! The list of records that were not taken: what a delivery that was accepted puts on it, and takes off it.
//!
//! A record that was refused, or that held its patient back, stands there until a delivery brings it in good order, or a
//! complete set says anew what is wrong with it. What has no type and id of ours has no place on the list: it stands in the
//! findings of its delivery.

use std::collections::{HashMap, HashSet};

use super::check::Delivery;
use super::findings::{Findings, Refusal};
use super::plan::is_fed;
use super::{ImportError, Importer};
use crate::domain::dossier::{RecordRef, SourceId};
use crate::domain::ids::{PatientId, PracticeScope, RecordKey};
use crate::domain::time::Timestamp;
use crate::his::{BatchKind, Finding};
use crate::seal::IdHasher;
use crate::store::quarantine::Quarantined;
use crate::store::{self, Tx};

/// What changes on the list.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Records that stand there from now on, or still.
    pub put: Vec<Quarantined>,
    /// Records that leave it.
    pub remove: Vec<RecordKey>,
}

/// The records on the list, each with whose it is.
pub(super) type Listed = HashMap<RecordRef, Option<PatientId>>;

impl Importer {
    /// The records on the list of this practice.
    pub(super) async fn quarantined(&self, tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Listed, ImportError> {
        let rows = store::quarantine::list(tx, &self.sealer, scope, u32::MAX).await?;
        let named = |row: Quarantined| Some((Finding::read(&row.body)?.record()?, row.patient));
        Ok(rows.into_iter().filter_map(named).collect())
    }
}

/// What a delivery that is accepted changes on the list.
pub(super) fn changes(delivery: &Delivery, findings: &Findings) -> Changes {
    let received = &delivery.received;
    let refusals = findings.refusals();
    let batch = received.header.batch.to_string();
    let leaving = Leaving::of(delivery, findings);
    let again: HashSet<&RecordRef> = refusals.iter().map(|refusal| &refusal.record).chain(&received.refused).collect();
    let listed = received.quarantined.iter().filter(|(record, _)| !again.contains(record));
    let leave = listed.filter(|(record, patient)| leaving.holds_for(record, **patient));
    Changes {
        remove: leave.map(|(record, _)| delivery.hasher.record_key(record.t, &record.id)).collect(),
        put: refusals.iter().filter_map(|refusal| row(&delivery.hasher, refusal, &batch, delivery.at.at)).collect(),
    }
}

/// The row of a record that was refused; `None` when its finding cannot be written down.
pub(super) fn row(hasher: &IdHasher, refusal: &Refusal, batch: &str, at: Timestamp) -> Option<Quarantined> {
    let Refusal { record, patient, finding } = refusal;
    Some(Quarantined {
        key: hasher.record_key(record.t, &record.id),
        patient: patient.as_ref().map(|id| hasher.patient_id(id)),
        t: record.t,
        code: finding.code.as_str().to_owned(),
        batch: batch.to_owned(),
        at,
        body: serde_json::to_vec(finding).ok()?,
    })
}

/// Which records leave the list with a delivery that does not refuse them again.
struct Leaving<'a> {
    delivery: &'a Delivery,
    /// Patients of whom the delivery holds everything, when it names them.
    complete: HashSet<PatientId>,
    /// Patients that it deletes or merges away.
    ended: HashSet<PatientId>,
    /// Not every refusal is known one by one, so that none may be taken for good order.
    unsure: bool,
}

impl<'a> Leaving<'a> {
    fn of(delivery: &'a Delivery, findings: &Findings) -> Self {
        let header = &delivery.received.header;
        let named = if header.kind == BatchKind::Patient { header.patients.as_slice() } else { &[] };
        let id = |source: &SourceId| delivery.hasher.patient_id(source);
        Self {
            delivery,
            complete: named.iter().map(id).collect(),
            ended: delivery.received.ended_patients.iter().map(id).collect(),
            unsure: findings.lost_refusals(),
        }
    }

    fn holds_for(&self, record: &RecordRef, patient: Option<PatientId>) -> bool {
        let whole = self.delivery.received.header.kind == BatchKind::Full
            || patient.is_some_and(|patient| self.complete.contains(&patient));
        // A feed says nothing about what came in other formats.
        let told_anew = whole && (!self.delivery.feed || is_fed(record));
        let ended = patient.is_some_and(|patient| self.ended.contains(&patient));
        told_anew || ended || (!self.unsure && self.came_in_good_order(record))
    }

    /// It came, and nothing held its patient back.
    fn came_in_good_order(&self, record: &RecordRef) -> bool {
        let came = self.delivery.received.came.get(record);
        came.is_some_and(|patient| patient.as_ref().is_none_or(|patient| !self.delivery.held.contains(patient)))
    }
}
