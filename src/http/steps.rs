//! The steps of the authorization flows as audit events: MedMij's own names where there is one
//! (medmij-authorization §8.3; later names are by symmetry, §14 point 8).

use crate::audit::{self, Action, Actor, Detail, Event, Kind, Outcome};
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::time::Timestamp;
use crate::oauth::RequestIds;
use crate::seal::Sealer;
use crate::store::authorization::ConsentId;
use crate::store::authorization::grants::Login;
use crate::store::{StoreError, Tx};

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the log")]
pub enum StepKind {
    ReceiveAuthorizationRequest,
    AuthorizationRequestError,
    ShowAuthorizationRequestErrorPage,
    SendAuthorizationRequestError,
    ShowLandingPage,
    SendAuthenticationRequest,
    SendAuthorizationCancellation,
    ReceiveAuthenticationResponse,
    ReceiveAuthorizationCancellation,
    ReceiveAuthenticationError,
    AvailabilityTest,
    ShowConsentPage,
    ConsentGiven,
    ConsentRefused,
    SendAuthorizationResponse,
    SendAuthorizationErrorResponse,
    RepeatAuthorizationResponse,
    ShowConsentOverview,
    ConsentWithdrawn,
    ReceiveTokenRequest,
    SendTokenResponse,
    SendTokenErrorResponse,
    AuthorizationCodeReused,
    RefreshTokenReused,
}

impl StepKind {
    /// Name of the event.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReceiveAuthorizationRequest => "receive_authorization_request",
            Self::AuthorizationRequestError => "authorization_request_error",
            Self::ShowAuthorizationRequestErrorPage => "show_authorization_request_error_page",
            Self::SendAuthorizationRequestError => "send_authorization_request_error",
            Self::ShowLandingPage => "show_landing_page",
            Self::SendAuthenticationRequest => "send_authentication_request",
            Self::SendAuthorizationCancellation => "send_authorization_cancellation",
            Self::ReceiveAuthenticationResponse => "receive_authentication_response",
            Self::ReceiveAuthorizationCancellation => "receive_authorization_cancellation",
            Self::ReceiveAuthenticationError => "receive_authentication_error",
            Self::AvailabilityTest => "availability_test",
            Self::ShowConsentPage => "show_consent_page",
            Self::ConsentGiven => "consent_given",
            Self::ConsentRefused => "consent_refused",
            Self::SendAuthorizationResponse => "send_authorization_response",
            Self::SendAuthorizationErrorResponse => "send_authorization_error_response",
            Self::RepeatAuthorizationResponse => "repeat_authorization_response",
            Self::ShowConsentOverview => "show_consent_overview",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::ReceiveTokenRequest => "receive_token_request",
            Self::SendTokenResponse => "send_token_response",
            Self::SendTokenErrorResponse => "send_token_error_response",
            Self::AuthorizationCodeReused => "authorization_code_reused",
            Self::RefreshTokenReused => "refresh_token_reused",
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::ConsentGiven | Self::SendTokenResponse => Action::Create,
            Self::ConsentWithdrawn | Self::AuthorizationCodeReused | Self::RefreshTokenReused => Action::Update,
            Self::ShowConsentOverview => Action::Read,
            _ => Action::Execute,
        }
    }
}

/// One step, ready to be recorded.
#[derive(Debug, Clone)]
pub struct Step {
    at: Timestamp,
    kind: StepKind,
    actor: Actor,
    scope: Option<PracticeScope>,
    patient: Option<PatientRef>,
    outcome: Outcome,
    detail: Detail,
}

impl Step {
    /// A step of a person at a browser, who is nobody yet; [`Step::about`] makes it the patient.
    pub fn of_person(at: Timestamp, kind: StepKind) -> Self {
        Self::new(at, kind, Actor::Person { pseudonym: String::new() })
    }

    /// A step of a PGO's server, known by a host of its certificate.
    pub fn of_pgo(at: Timestamp, kind: StepKind, host: &str) -> Self {
        Self::new(at, kind, Actor::Pgo { client_id: host.to_owned() })
    }

    fn new(at: Timestamp, kind: StepKind, actor: Actor) -> Self {
        Self { at, kind, actor, scope: None, patient: None, outcome: Outcome::Done, detail: Detail::default() }
    }

    /// It was refused, for the reason of this code.
    #[must_use]
    pub fn refused(mut self, reason: &'static str) -> Self {
        self.outcome = Outcome::Refused;
        self.detail.reason = Some(reason.to_owned());
        self
    }

    /// It happened at this practice.
    #[must_use]
    pub fn at_practice(mut self, scope: &PracticeScope) -> Self {
        self.scope = Some(*scope);
        self
    }

    /// It is about this patient, who also acts when the step is a person's.
    #[must_use]
    pub fn about(mut self, patient: &PatientRef) -> Self {
        if matches!(self.actor, Actor::Person { .. }) {
            self.actor = Actor::Patient { id: patient.patient };
        }
        self.patient = Some(*patient);
        self
    }

    /// It is about the patient of this login, by the patient or by who acts for them.
    #[must_use]
    pub fn about_login(mut self, login: &Login) -> Self {
        let Some(acting) = &login.acting else { return self.about(&login.patient) };
        self.actor = Actor::of_representative(acting);
        self.patient = Some(login.patient);
        self
    }

    /// It is about what this PGO asked for.
    #[must_use]
    pub fn for_client(mut self, client_id: &str) -> Self {
        self.detail.client_id = Some(client_id.to_owned());
        self
    }

    /// It carried these ids, when they could be read.
    #[must_use]
    pub fn with_ids(mut self, ids: Option<RequestIds>) -> Self {
        self.detail.request_id = ids.map(|ids| ids.request.to_string());
        self.detail.correlation_id = ids.map(|ids| ids.correlation.to_string());
        self
    }

    /// It rests on this consent.
    #[must_use]
    pub fn with_consent(mut self, consent: ConsentId) -> Self {
        self.detail.consent = Some(consent.to_string());
        self
    }

    /// One more fact, in words of ours: never of a person.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.detail.facts.insert(name.to_owned(), value.into());
        self
    }

    /// A token of this hash prefix was issued for these data services.
    #[must_use]
    pub fn with_token(mut self, prefix: String, services: &[String]) -> Self {
        self.detail.token = Some(prefix);
        self.detail.service = Some(services.join(" "));
        self
    }

    /// Stores the step in the transaction of what it records.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be stored; then the step must not happen.
    pub async fn record(self, tx: &mut Tx<'_>, sealer: &Sealer) -> Result<(), StoreError> {
        // The names are constants of this file; a test reads them all.
        let kind = Kind::new(self.kind.as_str()).unwrap_or(Kind::UNNAMED);
        let mut event = Event::new(self.at, kind, self.kind.action(), self.actor).with(self.detail);
        event.outcome = self.outcome;
        if let Some(scope) = self.scope {
            event = event.in_practice(scope.practice);
        }
        if let Some(patient) = self.patient {
            event = event.about(&patient);
        }
        audit::append_in(tx, sealer, &[event]).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_name_the_audit_trail_takes() {
        use StepKind::*;
        let kinds = [
            ReceiveAuthorizationRequest,
            AuthorizationRequestError,
            ShowAuthorizationRequestErrorPage,
            SendAuthorizationRequestError,
            ShowLandingPage,
            SendAuthenticationRequest,
            SendAuthorizationCancellation,
            ReceiveAuthenticationResponse,
            ReceiveAuthorizationCancellation,
            ReceiveAuthenticationError,
            AvailabilityTest,
            ShowConsentPage,
            ConsentGiven,
            ConsentRefused,
            SendAuthorizationResponse,
            SendAuthorizationErrorResponse,
            RepeatAuthorizationResponse,
            ShowConsentOverview,
            ConsentWithdrawn,
            ReceiveTokenRequest,
            SendTokenResponse,
            SendTokenErrorResponse,
            AuthorizationCodeReused,
            RefreshTokenReused,
        ];
        for kind in kinds {
            assert!(Kind::new(kind.as_str()).is_ok(), "{}", kind.as_str());
        }
    }
}
