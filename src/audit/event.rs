//! What an audit event says (release-rules §10, medmij-authorization §8).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{PatientId, PatientRef, PracticeId};
use crate::domain::time::Timestamp;

/// Name of a kind of event: lower-case letters, digits and `_`, at most 64.
///
/// MedMij's own names (medmij-authorization §8.3) are kept where there is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kind(Cow<'static, str>);

/// Text that cannot be the name of a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind of event is 1 to 64 characters of a-z, 0-9 and _")]
pub struct InvalidKind;

impl Kind {
    /// An authorization request came in.
    pub const RECEIVE_AUTHORIZATION_REQUEST: Self = Self(Cow::Borrowed("receive_authorization_request"));
    /// The landing page was shown.
    pub const SHOW_LANDING_PAGE: Self = Self(Cow::Borrowed("show_landing_page"));
    /// A token request came in.
    pub const RECEIVE_TOKEN_REQUEST: Self = Self(Cow::Borrowed("receive_token_request"));
    /// A search or read of patient data came in.
    pub const RECEIVE_RESOURCE_REQUEST: Self = Self(Cow::Borrowed("receive_resource_request"));
    /// A person gave consent.
    pub const CONSENT_GIVEN: Self = Self(Cow::Borrowed("consent_given"));
    /// A person refused consent.
    pub const CONSENT_REFUSED: Self = Self(Cow::Borrowed("consent_refused"));
    /// A person withdrew consent.
    pub const CONSENT_WITHDRAWN: Self = Self(Cow::Borrowed("consent_withdrawn"));
    /// A delivery of a HIS was decided.
    pub const DELIVERY_DECIDED: Self = Self(Cow::Borrowed("delivery_decided"));
    /// A setting of a practice changed.
    pub const SETTING_CHANGED: Self = Self(Cow::Borrowed("setting_changed"));
    /// A step whose name does not have the form of a kind.
    pub const UNNAMED: Self = Self(Cow::Borrowed("unnamed"));

    /// The kind with this name.
    ///
    /// # Errors
    /// [`InvalidKind`] when the name has another form.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidKind> {
        let name = name.into();
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if (1..=64).contains(&name.len()) && name.bytes().all(fits) { Ok(Self(name)) } else { Err(InvalidKind) }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Kind {
    type Error = InvalidKind;

    fn try_from(name: String) -> Result<Self, InvalidKind> {
        Self::new(name)
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.0.into_owned()
    }
}

/// What was done, in the words of NEN 7513.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Something was made.
    Create,
    /// Something was shown or handed out.
    Read,
    /// Something was changed.
    Update,
    /// Something was removed.
    Delete,
    /// A step was taken that shows and changes no data.
    Execute,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A patient of the practice.
    Patient {
        /// Pseudonym within the practice.
        id: PatientId,
    },
    /// Somebody who acts for a patient, or is not (yet) known as one.
    Person {
        /// A pseudonym that tells nothing outside this installation; empty when nobody logged in.
        pseudonym: String,
    },
    /// A PGO's server.
    Pgo {
        /// Its `client_id`.
        client_id: String,
    },
    /// Somebody who works in the practice.
    Employee {
        /// Their id in the practice's records.
        id: String,
        /// Their role.
        role: String,
    },
    /// The server itself, or an operator at its command line.
    System {
        /// Which part, such as `import` or `cli`.
        name: String,
    },
}

impl Actor {
    /// Who acts for a patient, by the look-up hash of their own number or pseudonym.
    pub fn of_representative(hash: &[u8; 32]) -> Self {
        Self::Person { pseudonym: crate::seal::hex(&hash[..8]) }
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As asked.
    Done,
    /// Not allowed.
    Refused,
    /// Allowed at first, but no longer at the commit point: nothing was shown.
    Aborted,
    /// A fault on our side.
    Failed,
}

/// Objects of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    /// FHIR type, or `consent`, `setting`, `delivery`.
    pub kind: String,
    /// Their ids, none of which tells anything about a person.
    pub ids: Vec<String>,
}

/// What else is known; members that are empty are not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// Data service (gegevensdienst).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// PGO on whose behalf, when that is not the actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What for, such as `collect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What was shown or changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<Objects>,
    /// How many items were withheld, by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub withheld: BTreeMap<String, u64>,
    /// Other counts, such as the records of a delivery.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// `X-Correlation-ID`: MedMij's `session_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// `MedMij-Request-ID`: MedMij's `trace_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The consent it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// First characters of the hash of the token: enough to tell tokens apart, not to use one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Class of the source address, such as `pgo` or `practice`, never the address of a patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Why it was refused, aborted or failed: a code, never free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Further facts in words of ours: level, text version, data services.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// One event. Holds no BSN, name, clinical text or secret; stored sealed all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: Kind,
    /// What was done.
    pub action: Action,
    /// Who did it.
    pub actor: Actor,
    /// In which practice, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub practice: Option<PracticeId>,
    /// With whose data, when it is about one patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// How it ended.
    pub outcome: Outcome,
    /// What else is known.
    #[serde(default)]
    pub detail: Detail,
}

impl Event {
    /// An event that ended as asked and is about no practice or patient (yet).
    pub fn new(at: Timestamp, kind: Kind, action: Action, actor: Actor) -> Self {
        Self {
            at,
            kind,
            action,
            actor,
            practice: None,
            patient: None,
            outcome: Outcome::Done,
            detail: Detail::default(),
        }
    }

    /// It happened in this practice.
    #[must_use]
    pub fn in_practice(mut self, practice: PracticeId) -> Self {
        self.practice = Some(practice);
        self
    }

    /// It is about this patient.
    #[must_use]
    pub fn about(mut self, who: &PatientRef) -> Self {
        self.practice = Some(who.practice);
        self.patient = Some(who.patient);
        self
    }

    /// It ended otherwise, for the reason of this code.
    #[must_use]
    pub fn ended(mut self, outcome: Outcome, reason: impl Into<String>) -> Self {
        self.outcome = outcome;
        self.detail.reason = Some(reason.into());
        self
    }

    /// With what else is known; a reason given before stays unless `detail` has one.
    #[must_use]
    pub fn with(mut self, mut detail: Detail) -> Self {
        detail.reason = detail.reason.or(self.detail.reason);
        self.detail = detail;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_plain_names() {
        for good in ["show_landing_page", "x", "step2"] {
            assert!(Kind::new(good).is_ok(), "{good}");
        }
        for bad in ["", "Show", "a b", "é", "a-b", &"x".repeat(65)] {
            assert_eq!(Kind::new(bad.to_owned()), Err(InvalidKind), "{bad}");
        }
    }

    #[test]
    fn an_event_is_stored_without_empty_members_and_reads_back() {
        let actor = Actor::Pgo { client_id: "pgo.dvza.test".into() };
        let who = PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: PatientId::from_bytes([2; 16]) };
        let event = Event::new(Timestamp::from_millis(5), Kind::RECEIVE_RESOURCE_REQUEST, Action::Read, actor)
            .about(&who)
            .ended(Outcome::Refused, "G5_CONSENT");
        let text = serde_json::to_string(&event).unwrap();
        assert!(text.contains(r#""detail":{"reason":"G5_CONSENT"}"#), "{text}");
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
    }
}
