//! Patient authentication: the seam behind which DigiD, a broker or the simulator stands.
//!
//! A means of login sends the browser away with a state of ours and later reads the answer the browser brings
//! back. What level is enough, and whether the person is a patient, is decided by `http::front`. Rules:
//! medmij-authorization §9, release-rules §8. Members: `saml` for DigiD and Stelsel Toegang (with the feature of that
//! name), [`oidc`] for a broker, [`simulator`] for development only, and [`closed`].

pub mod closed;
pub mod oidc;
#[cfg(feature = "saml")]
pub mod saml;
pub mod simulator;
pub mod staff;

use futures_util::future::BoxFuture;

use crate::domain::assurance::Level;
use crate::domain::ids::PracticeScope;
use crate::domain::person::Person;
use crate::domain::representation::Representation;
use crate::domain::time::Timestamp;
use crate::oauth::{LoginState, Params};

/// A means by which patients log in.
pub trait PatientLogin: Send + Sync {
    /// Where the browser goes.
    ///
    /// # Errors
    /// [`LoginError::Unavailable`] when the means cannot take a login now.
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>>;

    /// The state the answer carries (RelayState, state); `None` when it carries none of ours.
    fn state(&self, answer: &Params) -> Option<LoginState>;

    /// Reads and checks the answer; its state has been consumed already, so this happens once per login.
    ///
    /// # Errors
    /// [`LoginError`]: cancelled, failed, not readable, or the means is away.
    fn finish<'a>(&'a self, answer: &'a Params, at: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>>;

    /// Origin of the address [`PatientLogin::begin`] gives, when it is not ours: browsers must be allowed to go there.
    fn origin(&self) -> Option<&str>;

    /// Is this the simulator, whose page this server shows itself?
    fn is_simulator(&self) -> bool {
        false
    }
}

/// How a browser is sent to the means of login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure {
    /// To this address.
    Redirect(String),
    /// With a form to this address: the person sends it with one more click, since pages have no script.
    Form {
        /// The address.
        action: String,
        /// Names and values of its hidden fields.
        fields: Vec<(&'static str, String)>,
    },
}

/// As whom a routing service knows a practice (Stelsel Toegang, medmij-authorization §9.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginService {
    /// EntityID of the practice: the IntendedAudience.
    pub audience: String,
    /// Its service in the Service Catalog: the ServiceUUID.
    pub uuid: String,
}

/// A login to begin.
#[derive(Debug, Clone, Copy)]
pub struct LoginStart<'a> {
    /// Comes back with the answer.
    pub state: &'a LoginState,
    /// In whose name the person is authenticated.
    pub practice: &'a PracticeScope,
    /// As whom a routing service knows that practice.
    pub service: Option<&'a LoginService>,
    /// The least level to ask for.
    pub minimum: Level,
    /// Let the person act for somebody else.
    pub representation: Option<Representation>,
}

/// Who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who operated the means.
    pub acting: Person,
    /// Whose data it is about; another person than `acting` under representation only.
    pub subject: Person,
    /// How sure.
    pub level: Level,
    /// When.
    pub at: Timestamp,
}

/// Why nobody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The person broke the login off.
    #[error("the person cancelled the login")]
    Cancelled,
    /// The means refused, or its answer is not to be trusted.
    #[error("the login failed")]
    Failed,
    /// The means cannot be reached.
    #[error("the means of login is unavailable")]
    Unavailable,
}
