//! A patient rendered again from what is stored: after a decision of the practice, and after an upgrade.

use std::collections::BTreeSet;

use super::apply::made::{make, set_hash, write_shelf};
use super::plan::{Plan, result};
use super::stored::{load, patient_records, practice_records};
use super::{ImportError, Importer};
use crate::domain::decision::{Decision, Decisions};
use crate::domain::dossier::PatientRecords;
use crate::domain::ids::{PatientId, PatientRef, PracticeScope};
use crate::domain::time::Moment;
use crate::mapping::face::{self, Face};
use crate::mapping::index::INDEX_VERSION;
use crate::store::practices::PracticeEntry;
use crate::store::{self, Tx};

/// Patients looked up at a time.
const AT_ONCE: u32 = 100;

impl Importer {
    /// Takes decisions of the practice about one patient: they are stored, and what is shown of the patient follows them,
    /// both in the caller's transaction. `false`: there is no such patient, and nothing was stored.
    ///
    /// # Errors
    /// [`ImportError`] when the database fails or something stored cannot be read; then nothing counts.
    pub async fn decide(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        decisions: &[Decision],
        at: Moment,
    ) -> Result<bool, ImportError> {
        store::decisions::append(tx, &self.sealer, who, decisions).await?;
        self.render_again(tx, who, at).await
    }

    /// Renders anew what another version of this program rendered, or what is not there in a release that some service speaks
    /// now; how many patients. A practice's own shelf comes first: every
    /// patient's resources refer to it.
    ///
    /// # Errors
    /// [`ImportError`] when the database fails or something stored cannot be read; what was done stays done.
    pub async fn catch_up(&self) -> Result<u64, ImportError> {
        let mut tx = self.store.read().await?;
        let practices = store::practices::list(&mut tx).await?;
        tx.close().await?;
        let mut done = 0;
        for practice in practices {
            // A patient is rendered in every release at once: of a second one there is little left to do.
            for face in face::of(&self.releases) {
                done += self.catch_up_practice(&practice, face).await?;
            }
        }
        Ok(done)
    }

    async fn catch_up_practice(&self, practice: &PracticeEntry, face: &Face) -> Result<u64, ImportError> {
        let rendered = (face.release, face.mapper_version);
        let mut done = 0;
        loop {
            let mut tx = self.store.read().await?;
            let old = store::patients::outdated(&mut tx, &practice.scope(), INDEX_VERSION, rendered, AT_ONCE).await?;
            tx.close().await?;
            if old.is_empty() {
                return Ok(done);
            }
            for patient in &old {
                let who = PatientRef { practice: practice.id, patient: *patient };
                let mut tx = self.store.write().await?;
                let at = self.clock.moment();
                if *patient == PatientId::PRACTICE {
                    self.render_practice_again(&mut tx, practice, at).await?;
                } else if !self.render_again(&mut tx, &who, at).await? {
                    // Without a patient record there is nothing to serve: it is not looked at again.
                    store::patients::mark_removed(&mut tx, &who, at.at).await?;
                }
                tx.commit().await?;
                done += 1;
            }
        }
    }

    async fn render_practice_again(
        &self,
        tx: &mut Tx<'_>,
        entry: &PracticeEntry,
        at: Moment,
    ) -> Result<(), ImportError> {
        let who = PatientRef::practice_itself(entry.id);
        let hasher = self.sealer.practice_hasher(entry.id);
        let own = result(&load(tx, &self.sealer, &who).await?, &Plan::default());
        let practice = practice_records(&own, entry)?;
        let none = BTreeSet::new();
        let hash = set_hash((&hasher, &self.releases), [0; 32], &own, &none, &Decisions::default());
        write_shelf(self, tx, (&who, &practice), (hash, at.at)).await
    }

    /// The records of a patient as the HIS delivered them, with the decisions about them beside; `None` without a patient.
    ///
    /// # Errors
    /// [`ImportError`] when the database fails or something stored cannot be read.
    pub async fn records(&self, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Option<PatientRecords>, ImportError> {
        let stored = load(tx, &self.sealer, who).await?;
        let records = result(&stored, &Plan::default());
        Ok(patient_records(records, stored.complete, stored.decisions))
    }

    /// Renders a patient again. `false`: there is no such patient.
    ///
    /// # Errors
    /// [`ImportError`] when the database fails or something stored cannot be read; then nothing is changed.
    pub async fn render_again(&self, tx: &mut Tx<'_>, who: &PatientRef, at: Moment) -> Result<bool, ImportError> {
        let scope = PracticeScope { practice: who.practice };
        let Some(entry) = store::practices::find(tx, &scope).await? else { return Ok(false) };
        let shelf = load(tx, &self.sealer, &PatientRef::practice_itself(who.practice)).await?;
        let hasher = self.sealer.practice_hasher(who.practice);
        let own = result(&shelf, &Plan::default());
        let practice = practice_records(&own, &entry)?;
        let none = BTreeSet::new();
        let by = (&hasher, &self.releases);
        let practice_hash = set_hash(by, [0; 32], &own, &none, &Decisions::default());

        let stored = load(tx, &self.sealer, who).await?;
        let records = result(&stored, &Plan::default());
        let hash = set_hash(by, practice_hash, &records, &stored.complete, &stored.decisions);
        let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
        let Some(dossier) = patient_records(records, stored.complete, stored.decisions) else { return Ok(false) };
        let (made, problems) = make((&*self.profiles, &self.releases), &hasher, &practice, &dossier, at);
        for problem in problems {
            tracing::debug!(
                record.t = problem.record.t.as_str(),
                problem.path,
                problem.reason,
                "rendered without a field"
            );
        }
        made?.write(self, tx, who, (hash, count), at.at).await?;
        Ok(true)
    }
}
