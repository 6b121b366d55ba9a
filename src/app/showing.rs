//! What somebody is shown of a dossier outside FHIR: the patient's own pages, and the practice's preview.
//!
//! The way is that of a PGO's request – gates, facts, verdicts, closure, cuts, last guard – so that the three cannot differ.

use std::sync::Arc;

use super::App;
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientRef, PracticeScope, ResourceId};
use crate::domain::release::{Gate, ItemKey, OwnState, Policy, Verdict, Viewer, decide, dossier_state, gate};
use crate::domain::representation::before_own_age;
use crate::domain::time::Moment;
use crate::fhir::ResourceType;
use crate::mapping::finish::{finish, last_guard};
use crate::mapping::index::PatientIndex;
use crate::mapping::view::{Shelf, View};
use crate::store::patients::PatientEntry;
use crate::store::{self, StoreError, Tx};

/// A resource that is shown.
pub struct ShownResource {
    /// FHIR type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// What of the dossier it was made of; `None` for the practice's own.
    pub item: Option<ItemKey>,
    /// The finished body, as JSON.
    pub body: Vec<u8>,
}

/// What is shown of one dossier at one moment.
pub struct Showing {
    /// Every shown resource, the patient's own first.
    pub resources: Vec<ShownResource>,
    /// The index it was decided over.
    pub index: Arc<PatientIndex>,
    /// What the verdicts leave.
    pub view: View,
}

/// A whole dossier, for who works with it: every rendered resource as it is stored, with what becomes of it.
pub struct InFull {
    /// The patient's own resources, uncut.
    pub resources: Vec<ShownResource>,
    /// The index.
    pub index: Arc<PatientIndex>,
    /// The verdicts over its items if the dossier were open at this moment; `None` while a gate is closed.
    pub verdicts: Option<Vec<Verdict>>,
}

impl InFull {
    /// What becomes of the item at this place.
    pub fn verdict(&self, place: usize) -> Option<Verdict> {
        self.verdicts.as_ref()?.get(place).copied()
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The patient: everything that holds for a PGO holds here.
    ByPatient,
    /// The practice, which wants to know what opening the dossier at this moment would show (R-DR-02). Blocks, age and
    /// relation hold all the same.
    AsIfOpen,
}

/// Why nothing can be shown that may be.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The database failed.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// What was to be shown holds what may never appear, or cannot be read; its code.
    #[error("stopped: {0}")]
    Stopped(&'static str),
}

/// A patient as decisions need it.
pub struct Subject {
    /// As stored.
    pub entry: PatientEntry,
    /// Its index, in the release of what is shown outside FHIR; `None` while it waits to be rendered.
    pub index: Option<Arc<PatientIndex>>,
    /// The practice's settings; `None` when one of them cannot be read.
    pub policy: Option<Policy>,
    /// What dvza itself knows of the dossier.
    pub own: OwnState,
}

impl Subject {
    /// The state of the dossier, the HIS's or ours, whichever is newer.
    pub fn state(&self) -> DossierState {
        self.index.as_ref().map_or(DossierState::None, |index| dossier_state(&index.facts.subject, &self.own).0)
    }

    /// Was access asked for before the patient was of an age to ask? Then it is asked for anew (R-AG-03).
    pub fn asked_as_a_child(&self) -> bool {
        let Some(index) = &self.index else { return false };
        let feed = index.facts.subject.state_at;
        let since = match self.own.state {
            Some((_, since)) if feed.is_none_or(|feed| since >= feed) => Some(since),
            _ => feed,
        };
        let waits = matches!(self.state(), DossierState::Requested | DossierState::OnHold);
        waits && since.is_some_and(|since| before_own_age(index.facts.subject.birth, since))
    }
}

impl App {
    /// What decisions about a patient rest on; `None` when there is no such patient (any more).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn subject(&self, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Option<Subject>, StoreError> {
        let Some(entry) = store::patients::find(tx, self.sealer(), who).await? else { return Ok(None) };
        if entry.removed_at.is_some() {
            return Ok(None);
        }
        let index = self.patient_index(tx, who, &entry.set_hash, None).await?;
        let policy = self.policy(tx, who.practice).await?;
        let own = OwnState {
            block: entry.effective_block(),
            state: entry.own.map(|own| (own.state, own.at)),
            opened_at: entry.own.and_then(|own| own.opened_at),
            no_representation: entry.no_representation,
        };
        Ok(Some(Subject { entry, index, policy, own }))
    }

    /// What is shown of this patient at this moment, or the gate that closes.
    ///
    /// # Errors
    /// [`ShowError`] when the database fails, or the answer is stopped by the last guard.
    pub async fn show(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        asked: Asked,
        at: Moment,
    ) -> Result<Result<Showing, Gate>, ShowError> {
        let scope = PracticeScope { practice: who.practice };
        let active = store::practices::find(tx, &scope).await?.is_some_and(|practice| practice.active);
        let Some(subject) = self.subject(tx, who).await?.filter(|_| active) else { return Ok(Err(Gate::NoRelation)) };
        let own = if asked == Asked::AsIfOpen { as_if_open(&subject, at) } else { subject.own };
        let (Some(index), Some(policy)) = (subject.index, subject.policy) else { return Ok(Err(Gate::PracticeOff)) };
        let admission = match gate(&index.facts, &own, &policy, None, at) {
            Ok(admission) => admission,
            Err(gate) => return Ok(Err(gate)),
        };
        let verdicts = decide(&index.facts, admission, Viewer::Patient, &policy, at);
        let shelf = PatientRef::practice_itself(who.practice);
        let own_hash = store::patients::find(tx, self.sealer(), &shelf).await?.map(|entry| entry.set_hash);
        let providers = self.practice_index(tx, who.practice, own_hash.as_ref(), index.release).await?;
        let view = View::new(index.clone(), providers, verdicts);
        let resources = self.bodies(tx, who, &view, &policy).await?;
        Ok(Ok(Showing { resources, index, view }))
    }

    /// The whole dossier of a patient, hidden parts too: for employees who may view it, never for anybody else.
    ///
    /// # Errors
    /// [`ShowError`] when the database fails or a body cannot be read.
    pub async fn in_full(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        subject: &Subject,
        at: Moment,
    ) -> Result<Option<InFull>, ShowError> {
        let (Some(index), Some(policy)) = (subject.index.clone(), &subject.policy) else { return Ok(None) };
        let own = as_if_open(subject, at);
        let admission = gate(&index.facts, &own, policy, None, at).ok();
        let verdicts = admission.map(|admission| decide(&index.facts, admission, Viewer::Patient, policy, at));
        let mut shelf = store::shelves::find(tx, self.sealer(), who, index.release).await?;
        let mut resources = Vec::with_capacity(index.resources.len());
        for resource in &index.resources {
            let body = shelf.as_mut().map(|shelf| shelf.body(&(resource.kind, resource.id))).transpose();
            let body = body.map_err(|_| ShowError::Stopped("body_unreadable"))?.flatten();
            let Some(body) = body else { continue };
            let item = index.facts.items().get(resource.item).map(|item| item.key.clone());
            resources.push(ShownResource { kind: resource.kind, id: resource.id, item, body });
        }
        Ok(Some(InFull { resources, index, verdicts }))
    }

    async fn bodies(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        view: &View,
        policy: &Policy,
    ) -> Result<Vec<ShownResource>, ShowError> {
        let shelf = PatientRef::practice_itself(who.practice);
        let mut own = store::shelves::find(tx, self.sealer(), who, view.release()).await?;
        let mut practice = store::shelves::find(tx, self.sealer(), &shelf, view.release()).await?;
        let mut resources = Vec::with_capacity(view.len());
        for (on, resource) in view.all() {
            let shelf = match on {
                Shelf::Patient => own.as_mut(),
                Shelf::Practice => practice.as_mut(),
            };
            let body = shelf.map(|shelf| shelf.body(&(resource.kind, resource.id))).transpose();
            let body = body.map_err(|_| ShowError::Stopped("body_unreadable"))?.flatten();
            let body = body.ok_or(ShowError::Stopped("body_missing"))?;
            let body = finish(view, (on, resource), body, policy).map_err(ShowError::Stopped)?;
            last_guard(&body).map_err(ShowError::Stopped)?;
            let item = view.item_of((on, resource)).map(|item| item.key.clone());
            resources.push(ShownResource { kind: resource.kind, id: resource.id, item, body });
        }
        Ok(resources)
    }
}

/// The same patient with a dossier that is opened at this moment, or was opened before, by us or by the HIS.
fn as_if_open(subject: &Subject, at: Moment) -> OwnState {
    let own = subject.own;
    let known = subject.index.as_ref().map(|index| dossier_state(&index.facts.subject, &own));
    let since = match known {
        Some((DossierState::Open, since)) => since,
        _ => own.opened_at,
    };
    let opened_at = since.filter(|opened| *opened <= at.at).unwrap_or(at.at);
    OwnState { state: Some((DossierState::Open, at.at)), opened_at: Some(opened_at), ..own }
}
