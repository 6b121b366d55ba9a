//! The login simulator: a form that says who one is. For development; cannot be built anywhere else.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use crate::domain::assurance::Level;
use crate::domain::bsn::Bsn;
use crate::domain::time::Timestamp;
use crate::medmij::Environment;
use crate::oauth::{LoginState, Params};

/// Path of the simulator's page; the state is its parameter `relay`.
pub const PATH: &str = "/login/simulator";

/// Believes whatever the form says (interface.md §5: `bsn`, `level`, `action`).
#[derive(Debug)]
pub struct Simulator(());

/// The simulator was asked for outside development (release-rules R-ID-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the login simulator exists in development only: set another login method")]
pub struct NotInProduction;

impl Simulator {
    /// The simulator of a development network.
    ///
    /// # Errors
    /// [`NotInProduction`] anywhere else.
    pub fn new(environment: Environment) -> Result<Self, NotInProduction> {
        match environment {
            Environment::Development => Ok(Self(())),
            Environment::Production => Err(NotInProduction),
        }
    }
}

impl PatientLogin for Simulator {
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>> {
        let address = format!("{PATH}?relay={}", start.state.expose());
        async move { Ok(Departure::Redirect(address)) }.boxed()
    }

    fn state(&self, answer: &Params) -> Option<LoginState> {
        LoginState::offered(answer.single("relay").ok()??)
    }

    fn finish<'a>(&'a self, answer: &'a Params, at: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>> {
        async move { read(answer, at) }.boxed()
    }

    fn origin(&self) -> Option<&str> {
        None
    }

    fn is_simulator(&self) -> bool {
        true
    }
}

fn read(answer: &Params, at: Timestamp) -> Result<Identity, LoginError> {
    let field = |name| answer.single(name).ok().flatten().map(str::trim);
    match field("action") {
        Some("login") => {}
        Some("cancel") => return Err(LoginError::Cancelled),
        _ => return Err(LoginError::Failed),
    }
    let bsn: Bsn = field("bsn").and_then(|text| text.parse().ok()).ok_or(LoginError::Failed)?;
    let level: Level = field("level").and_then(|text| text.parse().ok()).ok_or(LoginError::Failed)?;
    // For whom, when the page asked for it.
    let subject = match field("subject").filter(|text| !text.is_empty()) {
        Some(text) => text.parse().map_err(|_| LoginError::Failed)?,
        None => bsn.clone(),
    };
    Ok(Identity { acting: bsn.into(), subject: Bsn::into(subject), level, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finish(form: &str) -> Result<Identity, LoginError> {
        read(&Params::parse(form.as_bytes()).unwrap(), Timestamp::from_millis(0))
    }

    #[test]
    fn the_simulator_refuses_to_be_built_outside_development() {
        assert_eq!(Simulator::new(Environment::Production).unwrap_err(), NotInProduction);
        assert!(Simulator::new(Environment::Development).is_ok());
    }

    #[test]
    fn the_form_says_who_one_is() {
        let identity = finish("bsn=999990019&level=hoog&action=login").unwrap();
        assert_eq!((identity.subject.bsn().unwrap().digits(), identity.level), ("999990019", Level::Hoog));
        assert_eq!(identity.acting, identity.subject);
    }

    #[test]
    fn anything_else_is_no_login() {
        let cases = [
            ("bsn=999990019&level=hoog&action=cancel", LoginError::Cancelled),
            ("action=cancel", LoginError::Cancelled),
            ("bsn=999990019&level=hoog", LoginError::Failed),
            ("bsn=999990018&level=hoog&action=login", LoginError::Failed),
            ("bsn=999990019&level=sky&action=login", LoginError::Failed),
            ("level=hoog&action=login", LoginError::Failed),
            ("bsn=999990019&bsn=999990019&level=hoog&action=login", LoginError::Failed),
        ];
        for (form, error) in cases {
            assert_eq!(finish(form).unwrap_err(), error, "{form}");
        }
    }

    proptest! {
        #[test]
        fn any_form_is_answered(form in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&Params::parse(&form).unwrap(), Timestamp::from_millis(0));
        }
    }
}
