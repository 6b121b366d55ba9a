//! What a patient may do with their own dossier on their own pages: ask for access, and close it (release-rules §6.1).

use super::{App, LetterError, Subject};
use crate::audit::{self, Action, Actor, Event, Kind};
use crate::domain::decision::may_become;
use crate::domain::dossier::DossierState;
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::release::{Admission, Gate, Policy, Viewer, decide, gate, invites};
use crate::domain::time::{Moment, Timestamp};
use crate::http::context::random;
use crate::mapping::index::PatientIndex;
use crate::store::authorization::tokens;
use crate::store::patients::{self, OwnState};
use crate::store::requests::RequestKind;
use crate::store::{self, StoreError, Tx};

/// Where somebody stands who has pages of their own: every gate but that of the dossier's state is open.
pub struct Standing {
    /// What decisions about them rest on.
    pub subject: Subject,
    /// The practice's settings.
    pub policy: Policy,
    /// State of the dossier.
    pub state: DossierState,
    /// How far the dossier is open; `None` when it is not.
    pub admission: Option<Admission>,
}

impl Standing {
    /// Is there anything to look at? A dossier that would open by itself waits until it is asked for.
    pub fn shows_data(&self) -> bool {
        matches!(self.admission, Some(Admission::Open { .. } | Admission::CopiesOnly))
    }

    /// Is the dossier itself open?
    pub fn is_open(&self) -> bool {
        matches!(self.admission, Some(Admission::Open { .. }))
    }

    /// Does the practice invite the patient to talk about a result (R-LAB-05)?
    pub fn is_invited(&self, at: Moment) -> bool {
        let (Some(admission), Some(index)) = (self.admission, &self.subject.index) else { return false };
        self.is_open() && invites(&index.facts, &decide(&index.facts, admission, Viewer::Patient, &self.policy, at))
    }

    /// May access be asked for now? What the practice holds on to was asked for already.
    pub fn may_ask(&self) -> bool {
        let waits = self.state == DossierState::OnHold || !may_become(self.state, DossierState::Requested);
        !waits || self.subject.asked_as_a_child()
    }
}

/// What came of asking for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessAsked {
    /// The practice will answer.
    Requested,
    /// It was opened at once (R-DR-03).
    Opened,
    /// It was asked for before, or it is open: nothing changed (R-DR-01).
    Unchanged,
}

impl App {
    /// Where this patient stands, or the gate that closes for all their pages.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn standing(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        at: Moment,
    ) -> Result<Result<Standing, Gate>, StoreError> {
        let scope = PracticeScope { practice: who.practice };
        let active = store::practices::find(tx, &scope).await?.is_some_and(|practice| practice.active);
        let Some(subject) = self.subject(tx, who).await? else { return Ok(Err(Gate::NoRelation)) };
        let (Some(index), Some(policy), true) = (&subject.index, &subject.policy, active) else {
            return Ok(Err(Gate::PracticeOff));
        };
        let admission = match gate(&index.facts, &subject.own, policy, None, at) {
            Ok(admission) => Some(admission),
            Err(Gate::Dossier) => None,
            Err(gate) => return Ok(Err(gate)),
        };
        Ok(Ok(Standing { policy: policy.clone(), state: subject.state(), admission, subject }))
    }

    /// The patient asks for access: once, however often it is said. Where the practice opens by itself it opens now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing may be committed.
    pub async fn ask_for_access(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        moment: Moment,
    ) -> Result<AccessAsked, StoreError> {
        let Ok(standing) = self.standing(tx, who, moment).await? else { return Ok(AccessAsked::Unchanged) };
        let at = moment.at;
        let (own, event, asked) = if standing.admission == Some(Admission::OpensNow) {
            let own = OwnState { state: DossierState::Open, opened_at: Some(at), at };
            (own, event("dossier_opened", Action::Update, who, at), AccessAsked::Opened)
        } else if standing.may_ask() {
            let own = OwnState { state: DossierState::Requested, opened_at: None, at };
            (own, event("dossier_requested", Action::Create, who, at), AccessAsked::Requested)
        } else {
            return Ok(AccessAsked::Unchanged);
        };
        patients::set_own_state(tx, who, &own).await?;
        audit::append_in(tx, self.sealer(), &[event]).await?;
        Ok(asked)
    }

    /// The patient closes the access (R-DR-09): no token of theirs is worth anything any more. `false`: it was not open.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing may be committed.
    pub async fn close_access(&self, tx: &mut Tx<'_>, who: &PatientRef, moment: Moment) -> Result<bool, StoreError> {
        let standing = self.standing(tx, who, moment).await?;
        if !standing.is_ok_and(|standing| standing.is_open()) {
            return Ok(false);
        }
        let own = OwnState { state: DossierState::Closed, opened_at: None, at: moment.at };
        patients::set_own_state(tx, who, &own).await?;
        tokens::revoke_of_patient(tx, who, moment.at).await?;
        audit::append_in(tx, self.sealer(), &[event("dossier_closed", Action::Update, who, moment.at)]).await?;
        Ok(true)
    }

    /// A patient excluded an employee or let them in again: the practice is asked to do the same in its HIS (R-CO-07).
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails; then nothing may be committed.
    pub async fn task_exclusion(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        (name, excluded): (&str, bool),
        at: Timestamp,
    ) -> Result<(), LetterError> {
        let words = if excluded { format!("Uitsluiten: {name}") } else { format!("Weer toelaten: {name}") };
        let id = random()?;
        store::requests::add(tx, self.sealer(), who, id, RequestKind::Exclusion, &words, at).await?;
        Ok(())
    }

    /// When access was asked for, of a dossier that waits for the practice; `None` when that is not known.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn asked_at(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        subject: &Subject,
    ) -> Result<Option<Timestamp>, StoreError> {
        let feed = subject.index.as_deref().and_then(|index: &PatientIndex| index.facts.subject.state_at);
        match subject.entry.own {
            Some(own) if feed.is_none_or(|feed| own.at >= feed) => {
                if own.state != DossierState::OnHold {
                    return Ok(Some(own.at));
                }
                // A dossier on hold is shown as one that was asked for, on the day on which it was.
                let requested = audit::newest_of_kind(tx, self.sealer(), who, &kind("dossier_requested")).await?;
                Ok(Some(requested.map_or(own.at, |entry| entry.event.at)))
            }
            _ => Ok(feed),
        }
    }
}

fn event(name: &'static str, action: Action, who: &PatientRef, at: Timestamp) -> Event {
    Event::new(at, kind(name), action, Actor::Patient { id: who.patient }).about(who)
}

/// Names of steps are constants of ours; one that does not fit is recorded under a name that says so.
fn kind(name: &'static str) -> Kind {
    Kind::new(name).unwrap_or(Kind::UNNAMED)
}
