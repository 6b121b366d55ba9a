//! The server as a value: built once at start, cheap to clone, handed to every handler.
//!
//! Also answers the questions the authorization handlers ask of the rest (`http::context`): which practices there are,
//! whether data of a person is available, and where steps are recorded.

mod authorization;
mod dossiers;
mod employees;
mod lately;
mod letters;
mod own;
mod roll;
mod showing;

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use dossiers::{Body, Dossier, Released};
pub use employees::OWNERS;
pub use letters::{Asked as AddressAsked, CONFIRM_PATH, Confirmed, LINK_SECONDS, LetterError};
pub use own::{AccessAsked, Standing};
pub use roll::Roll;
pub use showing::{Asked, InFull, ShowError, Showing, ShownResource, Subject};

use crate::audit;
use crate::domain::assurance::Level;
use crate::domain::ids::{PracticeId, PracticeScope};
use crate::domain::release::Policy;
use crate::domain::time::{Clock, Timestamp};
use crate::fhir::catalogue::{Catalogue, Service};
use crate::http::context::{Context, Settings};
use crate::medmij::{Lists, MedMijName};
use crate::seal::Sealer;
use crate::store::{self, Store, StoreError, Tx};

/// Settings of a practice that are no release rules: `services.ID` switches a data service off, `page.…` is for pages,
/// `his.host` is the host in the certificate of the HIS that delivers, `login.…` is how a routing service for logins
/// knows the practice, `onboarding.…` is what was done before it began, `console.…` is about its employees.
const OTHER_SETTINGS: [&str; 6] = ["services.", "page.", "his.", "login.", "onboarding.", "console."];

/// Is this setting one that decides about release?
pub fn is_release_rule(key: &str) -> bool {
    !OTHER_SETTINGS.iter().any(|prefix| key.starts_with(prefix))
}

/// Everything handlers need.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    sealer: Sealer,
    clock: Clock,
    started: Timestamp,
    audit: audit::Writer,
    services: Catalogue,
    lists: Arc<ArcSwap<Lists>>,
    settings: Arc<Settings>,
    back_origin: String,
    by_id: HashMap<String, Arc<Service>>,
    dossiers: dossiers::Kept,
    rolls: roll::Rolls,
}

/// What an [`App`] is built from.
pub struct Parts {
    /// The database, migrated.
    pub store: Store,
    /// Keys.
    pub sealer: Sealer,
    /// Time.
    pub clock: Clock,
    /// Data services.
    pub services: Catalogue,
    /// The lists in use.
    pub lists: Arc<ArcSwap<Lists>>,
    /// Settings of the authorization server.
    pub settings: Settings,
    /// Origin of the back listener as the Zorgaanbiederslijst has it.
    pub back_origin: String,
}

impl App {
    /// Puts the parts together and starts the audit writer. Must be called within a tokio runtime.
    pub fn new(parts: Parts) -> Self {
        let audit = audit::Writer::start(parts.store.clone(), parts.sealer.clone());
        let started = parts.clock.now();
        let by_id = parts.services.services().iter().map(|service| (service.id.clone(), Arc::new(service.clone())));
        let by_id = by_id.collect();
        Self(Arc::new(Inner {
            store: parts.store,
            sealer: parts.sealer,
            clock: parts.clock,
            started,
            audit,
            services: parts.services,
            lists: parts.lists,
            settings: Arc::new(parts.settings),
            back_origin: parts.back_origin,
            by_id,
            dossiers: dossiers::Kept::default(),
            rolls: roll::Rolls::default(),
        }))
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Keys.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// When the server started: the date its statements carry.
    pub fn started(&self) -> Timestamp {
        self.0.started
    }

    /// The audit trail.
    pub fn audit(&self) -> &audit::Writer {
        &self.0.audit
    }

    /// Settings of the installation.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The data services of this installation.
    pub fn services(&self) -> &Catalogue {
        &self.0.services
    }

    /// One data service, cheap to keep.
    pub fn service(&self, id: &str) -> Option<Arc<Service>> {
        self.0.by_id.get(id).cloned()
    }

    /// What the authorization handlers share.
    pub fn authorization_context(&self) -> Context {
        Context {
            store: self.0.store.clone(),
            lists: self.0.lists.clone(),
            practices: Arc::new(self.clone()),
            availability: Arc::new(self.clone()),
            sealer: self.0.sealer.clone(),
            clock: self.0.clock.clone(),
            settings: self.0.settings.clone(),
        }
    }

    /// Base URL of a data service of a practice, as in the Zorgaanbiederslijst.
    pub fn resource_base(&self, practice: &str, service: &str) -> String {
        resource_base(&self.0.back_origin, practice, service)
    }

    /// The MedMij name behind the part of a URL that names the practice.
    pub fn full_name(&self, practice: &str) -> String {
        MedMijName::from_stem(practice).map(|name| name.as_str().to_owned()).unwrap_or_default()
    }

    /// Is the client on the lists now, and are the lists young enough to say so?
    ///
    /// # Errors
    /// [`NotAdmitted`] when either is not so.
    pub fn admit_client(&self, client_id: &str, now: Timestamp) -> Result<(), NotAdmitted> {
        let lists = self.0.lists.load();
        let usable = lists.are_usable_at(now, self.0.settings.lists_max_age_seconds);
        if usable && lists.client(client_id).is_some() { Ok(()) } else { Err(NotAdmitted) }
    }

    /// Is the practice on the Zorgaanbiederslijst in use?
    pub fn is_listed(&self, medmij_name: &str) -> bool {
        medmij_name.parse::<MedMijName>().is_ok_and(|name| self.0.lists.load().provider(&name).is_some())
    }

    /// Does this practice offer the data service?
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn offers(&self, practice: &str, service: &str) -> Result<bool, StoreError> {
        let mut tx = self.0.store.read().await?;
        let entry = store::practices::find_by_name(&mut tx, &self.full_name(practice)).await?;
        let offered = match entry.filter(|entry| entry.active) {
            Some(entry) => self.offered(&mut tx, &entry.scope()).await?.iter().any(|id| id == service),
            None => false,
        };
        tx.close().await?;
        Ok(offered)
    }

    /// The data services a practice offers: those of the catalogue that it did not switch off (`services.ID = false`).
    async fn offered(&self, tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<String>, StoreError> {
        let settings = store::settings::load_effective(tx, scope).await?;
        let is_off = |id: &str| settings.get(&format!("services.{id}")).is_some_and(|value| value == "false");
        let ids = self.0.services.services().iter().map(|service| service.id.clone());
        Ok(ids.filter(|id| !is_off(id)).collect())
    }

    /// The release settings of a practice; `None` when one of them cannot be read: then nothing is served.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn policy(&self, tx: &mut Tx<'_>, practice: PracticeId) -> Result<Option<Policy>, StoreError> {
        let settings = store::settings::load_effective(tx, &PracticeScope { practice }).await?;
        let rules = settings.iter().filter(|(key, _)| !OTHER_SETTINGS.iter().any(|prefix| key.starts_with(prefix)));
        let policy = Policy::from_settings(rules.map(|(key, value)| (key.as_str(), value.as_str())));
        if let Err(error) = &policy {
            tracing::error!(practice.id = %practice, %error, "a stored setting cannot be read; nothing of this practice is served");
        }
        Ok(policy.ok())
    }

    /// Was the login good enough for this practice, as its settings are now?
    pub fn level_suffices(&self, level: Level, policy: &Policy) -> bool {
        level >= policy.min_level
    }
}

/// The client is not on MedMij's lists, or the lists are too old to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is not on the lists")]
pub struct NotAdmitted;

/// Base URL of a data service: one place for what the list says and what the router takes.
pub fn resource_base(back_origin: &str, practice: &str, service: &str) -> String {
    format!("{back_origin}/fhir/{practice}/{service}")
}
