//! Patient authentication: the seam behind which DigiD, a broker or the simulator stands.
//!
//! A means of login sends the browser away with a state of ours and later reads the answer the browser brings
//! back. What level is enough, and whether the person is a patient, is decided by `http::front`. Rules:
//! medmij-authorization §9, release-rules §8. Members so far: [`simulator`], for development
//! only, [`oidc`] for a broker, and [`closed`].

pub mod closed;
pub mod oidc;
pub mod simulator;

use futures_util::future::BoxFuture;

use crate::domain::assurance::Level;
use crate::domain::bsn::Bsn;
use crate::domain::ids::PracticeScope;
use crate::domain::time::Timestamp;
use crate::oauth::{LoginState, Params};

/// A means by which patients log in.
pub trait PatientLogin: Send + Sync {
    /// The address the browser is sent to.
    ///
    /// # Errors
    /// [`LoginError::Unavailable`] when the means cannot take a login now.
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<String, LoginError>>;

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

/// A login to begin.
#[derive(Debug, Clone, Copy)]
pub struct LoginStart<'a> {
    /// Comes back with the answer.
    pub state: &'a LoginState,
    /// In whose name the person is authenticated.
    pub practice: &'a PracticeScope,
    /// The least level to ask for.
    pub minimum: Level,
}

/// Who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who operated the means.
    pub acting: Bsn,
    /// Whose data it is about; another person than `acting` under representation only.
    pub subject: Bsn,
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
