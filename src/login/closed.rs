//! No login: standing consents go on, nobody can give a new one.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use crate::domain::time::Timestamp;
use crate::oauth::{LoginState, Params};

/// Refuses every login, for an installation whose means of login is not connected (yet, or any more).
#[derive(Debug, Clone, Copy)]
pub struct ClosedLogin;

impl PatientLogin for ClosedLogin {
    fn begin<'a>(&'a self, _: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>> {
        async { Err(LoginError::Unavailable) }.boxed()
    }

    fn state(&self, _: &Params) -> Option<LoginState> {
        None
    }

    fn finish<'a>(&'a self, _: &'a Params, _: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>> {
        async { Err(LoginError::Unavailable) }.boxed()
    }

    fn origin(&self) -> Option<&str> {
        None
    }
}
