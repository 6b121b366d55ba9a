//! How employees log in to the practice's console: the same seam as patients, with the person tied to an employee.
//!
//! A provider says who somebody is; that this person is an employee was said by the operator or by a colleague with the
//! right to (`store::staff::tie`). The simulator of development says the employee itself.

use std::sync::Arc;

use super::{Departure, LoginError, LoginStart, PatientLogin};
use crate::domain::assurance::Level;
use crate::domain::dossier::SourceId;
use crate::domain::ids::PracticeScope;
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::medmij::Environment;
use crate::oauth::{LoginState, Params};

use super::simulator::NotInProduction;

/// Path of the simulator's page; the state is its parameter `relay`.
pub const PATH: &str = "/login/simulator";

/// The means by which employees log in.
#[derive(Clone)]
pub struct StaffLogin(Means);

#[derive(Clone)]
enum Means {
    Simulator,
    Provider(Arc<dyn PatientLogin>),
}

/// Who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffIdentity {
    /// This employee, as the simulator was told.
    Employee(SourceId),
    /// This person; which employee that is was said before.
    Person(Box<Person>),
}

impl StaffLogin {
    /// The simulator of a development network.
    ///
    /// # Errors
    /// [`NotInProduction`] anywhere else.
    pub fn simulator(environment: Environment) -> Result<Self, NotInProduction> {
        match environment {
            Environment::Development => Ok(Self(Means::Simulator)),
            Environment::Production => Err(NotInProduction),
        }
    }

    /// A provider, or nobody with [`super::closed::ClosedLogin`].
    pub fn provider(means: Arc<dyn PatientLogin>) -> Self {
        Self(Means::Provider(means))
    }

    /// Is this the simulator, whose page the console shows itself?
    pub fn is_simulator(&self) -> bool {
        matches!(self.0, Means::Simulator)
    }

    /// Where the browser goes.
    ///
    /// # Errors
    /// [`LoginError::Unavailable`] when the means cannot take a login now.
    pub async fn begin(&self, state: &LoginState, practice: &PracticeScope) -> Result<Departure, LoginError> {
        match &self.0 {
            Means::Simulator => Ok(Departure::Redirect(format!("{PATH}?relay={}", state.expose()))),
            Means::Provider(means) => {
                let start =
                    LoginStart { state, practice, service: None, minimum: Level::Substantieel, representation: None };
                means.begin(start).await
            }
        }
    }

    /// The state the answer carries; `None` when it carries none of ours.
    pub fn state(&self, answer: &Params) -> Option<LoginState> {
        match &self.0 {
            Means::Simulator => LoginState::offered(answer.single("relay").ok()??),
            Means::Provider(means) => means.state(answer),
        }
    }

    /// Origin of the provider, when it is not ours.
    pub fn origin(&self) -> Option<&str> {
        match &self.0 {
            Means::Simulator => None,
            Means::Provider(means) => means.origin(),
        }
    }

    /// Reads and checks the answer; its state has been consumed already.
    ///
    /// # Errors
    /// [`LoginError`]: cancelled, failed, not sure enough, or the means is away.
    pub async fn finish(&self, answer: &Params, at: Timestamp) -> Result<StaffIdentity, LoginError> {
        match &self.0 {
            Means::Simulator => read(answer),
            Means::Provider(means) => {
                let identity = means.finish(answer, at).await?;
                if identity.level < Level::Substantieel || identity.acting != identity.subject {
                    return Err(LoginError::Failed);
                }
                Ok(StaffIdentity::Person(Box::new(identity.acting)))
            }
        }
    }
}

fn read(answer: &Params) -> Result<StaffIdentity, LoginError> {
    let field = |name| answer.single(name).ok().flatten().map(str::trim);
    match field("action") {
        Some("login") => {}
        Some("cancel") => return Err(LoginError::Cancelled),
        _ => return Err(LoginError::Failed),
    }
    let employee = field("employee").and_then(|text| text.parse().ok()).ok_or(LoginError::Failed)?;
    Ok(StaffIdentity::Employee(employee))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulator_refuses_to_be_built_outside_development() {
        assert!(StaffLogin::simulator(Environment::Production).is_err());
        assert!(StaffLogin::simulator(Environment::Development).is_ok());
    }

    #[test]
    fn the_form_names_an_employee_or_is_no_login() {
        let read = |form: &str| read(&Params::parse(form.as_bytes()).unwrap());
        assert_eq!(read("employee=e1&action=login"), Ok(StaffIdentity::Employee("e1".parse().unwrap())));
        assert_eq!(read("employee=e1&action=cancel"), Err(LoginError::Cancelled));
        for form in [
            "employee=&action=login",
            "employee=a/b&action=login",
            "employee=e1",
            "employee=e1&employee=e2&action=login",
        ] {
            assert_eq!(read(form), Err(LoginError::Failed), "{form}");
        }
    }
}
