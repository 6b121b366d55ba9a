//! What the authorization handlers of both channels need from the rest of the server.
//!
//! `front` and `back::token` share this context; it is built once and cheap to clone. Practices and availability
//! are traits, because the answers come from settings, the service catalogue and the release gates, which these
//! handlers do not know; tests answer them by hand.

use std::sync::Arc;

use arc_swap::ArcSwap;
use aws_lc_rs::rand;
use futures_util::future::BoxFuture;
use jiff::civil::Date;

use crate::domain::assurance::Level;
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::person::Person;
use crate::domain::picture::Picture;
use crate::domain::representation::Representation;
use crate::domain::time::{Clock, Moment};
use crate::http::pages::{Lang, views::Frame};
use crate::login::LoginService;
use crate::medmij::{GegevensdienstId, Lists, MedMijName, WithoutServices};
use crate::oauth::HostRule;
use crate::oauth::describe::Descriptions;
use crate::seal::Sealer;
use crate::store::{Store, StoreError, Tx};

/// Version of MedMij's interfaces these handlers speak, as the lists name it.
pub const INTERFACE_VERSION: &str = "2";

/// Everything the handlers share.
#[derive(Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The lists in use; replaced as a whole.
    pub lists: Arc<ArcSwap<Lists>>,
    /// The practices of this server.
    pub practices: Arc<dyn Practices>,
    /// The availability test.
    pub availability: Arc<dyn Availability>,
    /// Seals the audit trail.
    pub sealer: Sealer,
    /// The time.
    pub clock: Clock,
    /// Settings of the installation.
    pub settings: Arc<Settings>,
}

/// Settings of the installation that these handlers look at.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Texts of `error_description`.
    pub descriptions: Descriptions,
    /// Must `redirect_uri` have the client's host?
    pub host_rule: HostRule,
    /// How long a used refresh token may be used again, in seconds; 0 = never.
    pub refresh_grace_seconds: i64,
    /// What holds for a client whose entry names no data services.
    pub without_services: WithoutServices,
    /// The grounds on which somebody may act for another (extension Vertegenwoordiging).
    pub representation: Vec<Representation>,
    /// How old the lists may be, in seconds.
    pub lists_max_age_seconds: i64,
    /// Origin of the front channel as browsers see it, such as `https://localhost:8443`.
    pub front_origin: String,
    /// Whom a person can call when something is broken.
    pub service_desk: ServiceDesk,
    /// The MedMij logo; without one its name stands in that place.
    pub medmij_logo: Option<Picture>,
    /// Text of `/.well-known/security.txt`; without one there is none.
    pub security_txt: Option<String>,
}

/// Whom a person can call (screen "Technische storing", medmij-authorization §1.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceDesk {
    /// Name of the Dienstverlener aanbieder.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
}

/// A practice as patients and PGOs meet it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PracticeView {
    /// Its id.
    pub scope: PracticeScope,
    /// Its name on the lists.
    pub name: MedMijName,
    /// Its name for people, chosen with the practice.
    pub display_name: String,
    /// Address of its logo on the front channel, when it has one.
    pub logo: Option<String>,
    /// As whom a routing service for logins knows it.
    pub login_service: Option<LoginService>,
    /// How patients reach it, in a sentence.
    pub contact: Option<String>,
    /// Its privacy statement.
    pub privacy_url: Option<String>,
    /// The least login level it accepts (`min_loa`).
    pub minimum: Level,
    /// How long somebody who is logged in may do nothing, in seconds (`idle_minutes`).
    pub idle_seconds: i64,
    /// The data services it offers.
    pub services: Vec<GegevensdienstId>,
}

impl PracticeView {
    /// The frame of a page about this practice.
    pub fn frame(&self, lang: Lang) -> Frame {
        Frame::new(lang, &self.display_name, self.logo.clone())
    }
}

/// The practices of this server. Also those that are not active: to a PGO they are merely unavailable (G0).
pub trait Practices: Send + Sync {
    /// The practice with this name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    fn find<'a>(&'a self, name: &'a MedMijName) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>>;

    /// The practice with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    fn load<'a>(&'a self, scope: &'a PracticeScope) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>>;

    /// Every active practice, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    fn list(&self) -> BoxFuture<'_, Result<Vec<PracticeView>, StoreError>>;
}

/// Whose data is asked for, and by whom.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The patient, as the means of login knows them.
    pub person: &'a Person,
    /// Who operated that means.
    pub acting: &'a Person,
    /// On what ground somebody else acts for the patient.
    pub ground: Option<Representation>,
    /// With a ground: is this the birth date that the PGO gave for the patient?
    pub is_birth: &'a (dyn Fn(Date) -> bool + Sync),
}

impl Asking<'_> {
    /// Who asked to act for another must have done so, and nobody else may have (ext.vert.authint.202).
    pub fn is_as_asked(&self) -> bool {
        self.ground.is_some() == (self.acting != self.person)
    }
}

/// What came of the availability test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Data is available.
    Available(PatientRef),
    /// It is not, for whatever reason.
    Unavailable,
    /// It would be, but the birth date that the PGO gave is another one (ext.vert.autorisatie.200).
    OtherBirthDate,
}

/// The availability test (beschikbaarheidstoets) and what hangs on it. Fails closed: unknown is unavailable.
///
/// Never called while a transaction is open, except [`Availability::authorized`], which is part of one.
pub trait Availability: Send + Sync {
    /// The patient who is this person, when the practice makes data available to this person now (G0, G3, G4, G7, or a
    /// dossier that opens by itself, release-rules §15.20). A request for inspection may be noted on the way.
    ///
    /// # Errors
    /// [`StoreError`] when the question cannot be answered.
    fn find<'a>(
        &'a self,
        practice: &'a PracticeScope,
        asking: Asking<'a>,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Found, StoreError>>;

    /// The patient who is this person, available or not: for withdrawing consents, which must always be possible.
    ///
    /// # Errors
    /// [`StoreError`] when the question cannot be answered.
    fn identify<'a>(
        &'a self,
        practice: &'a PracticeScope,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Option<PatientRef>, StoreError>>;

    /// Is this patient still available to themselves, or to who acts for them on this ground? Asked again whenever tokens
    /// are issued.
    ///
    /// # Errors
    /// [`StoreError`] when the question cannot be answered.
    fn is_available<'a>(
        &'a self,
        patient: &'a PatientRef,
        ground: Option<Representation>,
        moment: Moment,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// An authorization of this patient succeeded: opens a dossier that opens by itself (release-rules §15.20).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing of the authorization is stored.
    fn authorized<'a>(
        &'a self,
        tx: &'a mut Tx<'static>,
        patient: &'a PatientRef,
        moment: Moment,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// The random source of the operating system failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random source failed")]
pub struct NoRandomness;

/// Random bytes, for secrets and keys.
///
/// # Errors
/// [`NoRandomness`] when the operating system gives none; then nothing may be issued.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
