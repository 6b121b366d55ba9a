//! The gates about person and dossier: G0, G3, G4 and G7 (release-rules §3.1, §6.1, §7.3).
//!
//! Gates about the caller, the login, the consent and the token are the session's: they are checked where those live.

use super::facts::{DossierFacts, Item, Subject, Topic};
use super::policy::Policy;
use super::reason::Gate;
use crate::domain::dossier::{Block, DocumentKind, DossierState, PatientStatus, RequestMode};
use crate::domain::representation::{Representation, admits_oneself};
use crate::domain::time::{Moment, Timestamp};

/// What dvza itself knows of a dossier, beside the feed: blocks of the importer, and states set here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnState {
    /// Block set by the importer; [`Block::None`] when there is none.
    pub block: Block,
    /// State set in dvza, with its instant.
    pub state: Option<(DossierState, Timestamp)>,
    /// When dvza opened the dossier.
    pub opened_at: Option<Timestamp>,
    /// The practice lets nobody act for this patient (R-AG-05).
    pub no_representation: bool,
}

/// How far the dossier is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Open since this instant.
    Open {
        /// When the dossier was opened.
        opened_at: Timestamp,
    },
    /// Not asked for yet, and the practice opens on the first authorisation (R-DR-03, §15.20).
    OpensNow,
    /// Not open, but a copy was published (R-DOC-09).
    CopiesOnly,
}

/// Passes when the practice shows something of this person at this moment, to themselves or to who acts for them on this ground;
/// the first failing gate ends it.
///
/// # Errors
/// The gate that closed: for the audit log, never for the PGO.
pub fn gate(
    facts: &DossierFacts,
    own: &OwnState,
    policy: &Policy,
    ground: Option<Representation>,
    at: Moment,
) -> Result<Admission, Gate> {
    practice_is_on(policy, at)?;
    relation(&facts.subject, own)?;
    verified(facts, policy)?;
    person(&facts.subject, own, ground, at)?;
    match dossier(facts, own, policy, at)? {
        // Only the patients themselves ask for their dossier (§15.20: not under 16).
        Admission::OpensNow if ground.is_some() => copies_or_nothing(facts, at),
        admission => Ok(admission),
    }
}

/// The state of the dossier: the newer of what the feed and dvza say; at the same instant dvza's.
pub fn dossier_state(subject: &Subject, own: &OwnState) -> (DossierState, Option<Timestamp>) {
    match own.state {
        Some((state, since)) if subject.state_at.is_none_or(|feed| since >= feed) => (state, own.opened_at),
        _ => (subject.state, subject.opened_at),
    }
}

fn practice_is_on(policy: &Policy, at: Moment) -> Result<(), Gate> {
    match policy.online_access_since {
        Some(since) if since <= at.today => Ok(()),
        _ => Err(Gate::PracticeOff),
    }
}

/// A treatment relation now or before, and no block (R-X-04, R-AG-09, §7.3).
fn relation(subject: &Subject, own: &OwnState) -> Result<(), Gate> {
    if !subject.has_bsn {
        return Err(Gate::BlockNoBsn);
    }
    for block in [own.block, subject.block] {
        blocked(block)?;
    }
    if subject.deceased {
        return Err(Gate::BlockDeceased);
    }
    if subject.status == PatientStatus::Transferred {
        return Err(Gate::BlockTransferred);
    }
    Ok(())
}

/// A care provider must have verified the number; FHIR cannot say that it did, so a trusted feed is taken at its word.
fn verified(facts: &DossierFacts, policy: &Policy) -> Result<(), Gate> {
    let trusted = policy.trust_feed && facts.is_fed();
    if facts.subject.bsn_verified || trusted { Ok(()) } else { Err(Gate::BlockUnverified) }
}

/// The ages of release-rules §7.2 (R-AG-01 to R-AG-06), on each request: a child that turns twelve is not shown to its parents from that day on.
fn person(subject: &Subject, own: &OwnState, ground: Option<Representation>, at: Moment) -> Result<(), Gate> {
    match ground {
        None if admits_oneself(subject.birth, at.today) => Ok(()),
        None => Err(Gate::Age),
        Some(_) if own.no_representation => Err(Gate::Representation),
        Some(ground) if ground.admits(subject.birth, at.today) => Ok(()),
        Some(_) => Err(Gate::Representation),
    }
}

fn blocked(block: Block) -> Result<(), Gate> {
    Err(match block {
        Block::None => return Ok(()),
        Block::Practice => Gate::BlockPractice,
        Block::PatientOptout => Gate::BlockOptout,
        Block::Deceased => Gate::BlockDeceased,
        Block::Transferred => Gate::BlockTransferred,
        Block::NoBsn => Gate::BlockNoBsn,
        Block::IdentityUnverified => Gate::BlockUnverified,
        Block::IdentityConflict => Gate::BlockConflict,
    })
}

fn dossier(facts: &DossierFacts, own: &OwnState, policy: &Policy, at: Moment) -> Result<Admission, Gate> {
    let (state, opened_at) = dossier_state(&facts.subject, own);
    match (state, opened_at) {
        // Opened in the future is not open yet, and open without an instant is a contradiction: withheld.
        (DossierState::Open, Some(opened_at)) if opened_at <= at.at => return Ok(Admission::Open { opened_at }),
        (DossierState::None, _) if policy.request_mode == RequestMode::Auto => return Ok(Admission::OpensNow),
        _ => {}
    }
    copies_or_nothing(facts, at)
}

/// What was handed over as a copy is there in every state of the dossier (§15.4, §15.22).
fn copies_or_nothing(facts: &DossierFacts, at: Moment) -> Result<Admission, Gate> {
    if has_published_copy(facts, at) { Ok(Admission::CopiesOnly) } else { Err(Gate::Dossier) }
}

fn has_published_copy(facts: &DossierFacts, at: Moment) -> bool {
    let hidden = |key: &super::facts::ItemKey| {
        facts.subject.patient_hidden.iter().any(|record| record.t == key.t && record.id == key.id)
    };
    let shown = |item: &Item| item.marks.is_clear_on(at.today) && !hidden(&item.key);
    facts.items().iter().any(|item| shown(item) && is_published_copy(&item.topic, at))
}

/// A copy instead of access: published, its moment come, its bytes there (R-DOC-09, §15.22).
pub(super) fn is_published_copy(topic: &Topic, at: Moment) -> bool {
    matches!(
        topic,
        Topic::Document { kind: DocumentKind::Copy, published: true, published_at: Some(since), servable: true, .. }
            if *since <= at.at
    )
}
