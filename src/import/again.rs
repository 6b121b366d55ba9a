//! A patient rendered again from what is stored: after a decision of the practice, and after an upgrade.

use std::collections::BTreeSet;

use super::apply::made::{make, set_hash};
use super::plan::{Plan, result};
use super::stored::{load, patient_records, practice_records};
use super::{ImportError, Importer};
use crate::domain::decision::{Decision, Decisions};
use crate::domain::dossier::PatientRecords;
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::time::Moment;
use crate::store::{self, Tx};

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
        let practice_hash = set_hash(&hasher, [0; 32], &own, &none, &Decisions::default());

        let stored = load(tx, &self.sealer, who).await?;
        let records = result(&stored, &Plan::default());
        let hash = set_hash(&hasher, practice_hash, &records, &stored.complete, &stored.decisions);
        let count = i64::try_from(records.len()).unwrap_or(i64::MAX);
        let Some(dossier) = patient_records(records, stored.complete, stored.decisions) else { return Ok(false) };
        let (made, problems) = make(&self.profiles, &hasher, &practice, &dossier, at);
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
