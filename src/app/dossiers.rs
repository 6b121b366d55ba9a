//! What serving needs of a dossier before it loads a body: settings, indexes, and what was shown lately.
//!
//! What stands behind the token says what they must be made of ([`Access`]); what was read lately and is made of just
//! that is taken from memory, everything else is read in the caller's transaction. Access itself may be taken from memory
//! too, on trust: the commit point of the answer looks whether it still is what the database says
//! (`http::back::fhir::commit`). Verdicts are never kept: each request decides, and only what follows from the same verdicts
//! is not worked out again.

use std::sync::{Arc, OnceLock};

use super::App;
use super::lately::{Lately, MadeOf};
use crate::domain::ids::{PatientRef, PracticeId};
use crate::domain::release::{Policy, Verdict};
use crate::fhir::FhirRelease;
use crate::mapping::index::{INDEX_VERSION, PatientIndex, PracticeIndex};
use crate::mapping::view::View;
use crate::oauth::AccessTokenHash;
use crate::store::authorization::access::Access;
use crate::store::{self, StoreError, Tx};

/// Dossiers kept; index and bodies of one are some hundred kB each.
const DOSSIERS: usize = 48;
/// Accesses kept: one for each collection under way.
const ACCESSES: usize = 256;
/// Practices kept: settings, and the index of employees.
const PRACTICES: usize = 64;

/// A finished body, or why it cannot go out.
pub type Body = Result<Vec<u8>, &'static str>;

/// What follows from one set of verdicts over one state of a dossier: what is shown, and how it goes out.
pub struct Released {
    /// What is shown.
    pub view: View,
    bodies: OnceLock<Vec<Body>>,
}

impl Released {
    /// The finished bodies, by the places of the view; `None` until they were read.
    pub fn bodies(&self) -> Option<&[Body]> {
        self.bodies.get().map(Vec::as_slice)
    }

    /// Keeps the finished bodies; the first ones stay.
    pub fn keep_bodies(&self, bodies: Vec<Body>) -> &[Body] {
        self.bodies.get_or_init(|| bodies)
    }
}

/// Everything beside the verdicts that a [`Released`] follows from.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Origin {
    records: MadeOf,
    practice: Option<[u8; 32]>,
    settings: i64,
    release: FhirRelease,
}

/// Everything that was read lately.
pub(super) struct Kept {
    accesses: Lately<AccessTokenHash, Access>,
    policies: Lately<(PracticeId, i64), Policy>,
    /// By the release that was asked for; none is that of what is shown outside FHIR.
    patients: Lately<(MadeOf, Option<FhirRelease>), PatientIndex>,
    practices: Lately<(MadeOf, FhirRelease), PracticeIndex>,
    released: Lately<Origin, Released>,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            accesses: Lately::new(ACCESSES),
            policies: Lately::new(PRACTICES),
            patients: Lately::new(DOSSIERS),
            practices: Lately::new(PRACTICES),
            released: Lately::new(DOSSIERS),
        }
    }
}

/// What gates and rules look at, and the indexes of one release.
#[derive(Clone)]
pub struct Dossier {
    /// The practice's settings; `None` when one of them cannot be read: then nothing is served.
    pub policy: Option<Arc<Policy>>,
    /// The patient's index; `None` when there is none in this release, or it waits to be rendered again.
    pub index: Option<Arc<PatientIndex>>,
    /// The index of the practice's own resources.
    pub providers: Arc<PracticeIndex>,
}

impl App {
    /// What stood behind the token when it was last proven. Only to be used for an answer whose commit point compares
    /// it with what is there then.
    pub fn kept_access(&self, token: &AccessTokenHash) -> Option<Access> {
        self.0.dossiers.accesses.find(token).map(|access| Access::clone(&access))
    }

    /// Keeps what was just proven.
    pub fn keep_access(&self, token: AccessTokenHash, access: &Access) {
        self.0.dossiers.accesses.keep(token, Arc::new(access.clone()));
    }

    /// The dossier behind this access, if all of it was read lately in this release and nothing of it has changed since.
    pub fn kept_dossier(&self, access: &Access, release: FhirRelease) -> Option<Dossier> {
        let kept = &self.0.dossiers;
        let policy = kept.policies.find(&(access.patient.practice, access.settings_stamp))?;
        let index = kept.patients.find(&((access.patient, access.set_hash), Some(release)))?;
        let providers = match access.practice_set_hash {
            Some(hash) => kept.practices.find(&((shelf(access), hash), release))?,
            None => Arc::default(),
        };
        Some(Dossier { policy: Some(policy), index: Some(index), providers })
    }

    /// The dossier behind an access that was found in this transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or an index cannot be read.
    pub async fn load_dossier(
        &self,
        tx: &mut Tx<'_>,
        access: &Access,
        release: FhirRelease,
    ) -> Result<Dossier, StoreError> {
        let key = (access.patient.practice, access.settings_stamp);
        let policy = match self.0.dossiers.policies.find(&key) {
            Some(policy) => Some(policy),
            None => self.policy(tx, access.patient.practice).await?.map(Arc::new),
        };
        if let Some(policy) = &policy {
            self.0.dossiers.policies.keep(key, policy.clone());
        }
        let index = self.patient_index(tx, &access.patient, &access.set_hash, Some(release)).await?;
        let hash = access.practice_set_hash.as_ref();
        let providers = self.practice_index(tx, access.patient.practice, hash, release).await?;
        Ok(Dossier { policy, index, providers })
    }

    /// What these verdicts show, from memory if the last request about this state of the dossier came to the same ones.
    pub fn released(
        &self,
        access: &Access,
        index: &Arc<PatientIndex>,
        providers: &Arc<PracticeIndex>,
        verdicts: Vec<Verdict>,
    ) -> Arc<Released> {
        let origin = Origin {
            records: (access.patient, access.set_hash),
            practice: access.practice_set_hash,
            settings: access.settings_stamp,
            release: index.release,
        };
        let kept = self.0.dossiers.released.find(&origin);
        if let Some(released) = kept.filter(|released| released.view.verdicts() == verdicts) {
            return released;
        }
        let view = View::new(index.clone(), providers.clone(), verdicts);
        let released = Arc::new(Released { view, bodies: OnceLock::new() });
        self.0.dossiers.released.keep(origin, released.clone());
        released
    }

    /// The index of a patient whose records have this hash, in this release; without one in that of what is shown outside FHIR.
    /// `None` when there is none, or it waits to be rendered again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the index cannot be read.
    pub async fn patient_index(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        set_hash: &[u8; 32],
        release: Option<FhirRelease>,
    ) -> Result<Option<Arc<PatientIndex>>, StoreError> {
        let key = ((*who, *set_hash), release);
        if let Some(index) = self.0.dossiers.patients.find(&key) {
            return Ok(Some(index));
        }
        let facts = store::patients::find_facts(tx, &self.0.sealer, who).await?;
        let Some(facts) = facts.filter(|facts| facts.version == INDEX_VERSION) else { return Ok(None) };
        let index = PatientIndex::from_bytes(&facts.bytes, release);
        let index = index.map_err(|_| StoreError::corrupt("patient", who.patient))?.map(Arc::new);
        if let Some(index) = &index {
            self.0.dossiers.patients.keep(key, index.clone());
        }
        Ok(index)
    }

    /// The index of a practice's own resources in this release; empty when it waits to be rendered.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the index cannot be read.
    pub async fn practice_index(
        &self,
        tx: &mut Tx<'_>,
        practice: PracticeId,
        set_hash: Option<&[u8; 32]>,
        release: FhirRelease,
    ) -> Result<Arc<PracticeIndex>, StoreError> {
        let Some(set_hash) = set_hash else { return Ok(Arc::default()) };
        let who = PatientRef::practice_itself(practice);
        let key = ((who, *set_hash), release);
        if let Some(index) = self.0.dossiers.practices.find(&key) {
            return Ok(index);
        }
        let facts = store::patients::find_facts(tx, &self.0.sealer, &who).await?;
        let Some(facts) = facts.filter(|facts| facts.version == INDEX_VERSION) else { return Ok(Arc::default()) };
        let index = PracticeIndex::from_bytes(&facts.bytes, release);
        let index = index.map_err(|_| StoreError::corrupt("practice", practice))?;
        let Some(index) = index.map(Arc::new) else { return Ok(Arc::default()) };
        self.0.dossiers.practices.keep(key, index.clone());
        Ok(index)
    }
}

fn shelf(access: &Access) -> PatientRef {
    PatientRef::practice_itself(access.patient.practice)
}
