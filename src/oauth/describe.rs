//! `error_description`: a table an operator can change, never more telling than the error itself.
//!
//! The literal values of the framework are not confirmed (medmij-authorization §14 point 1), so each situation has
//! a default that configuration may replace. There is one situation for every kind of refusal to a person: a
//! PGO cannot learn from the text whether a treatment relation exists (§1.5).

use std::collections::BTreeMap;

/// A situation that is described to a PGO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Situation {
    /// Authorization request: a known parameter was repeated.
    Repeated,
    /// Authorization request: `response_type` absent or not `code`.
    ResponseType,
    /// Authorization request: scope absent, malformed, or not a provider of this server.
    Scope,
    /// Authorization request: state absent or malformed.
    State,
    /// Authorization or token request: the MedMij ids are absent or malformed.
    RequestIds,
    /// Authorization request on behalf of another: `MedMij_geboortedatum` absent or malformed.
    BirthDate,
    /// Cancelled, refused, login failed, level too low, or no data available: all the same to the PGO.
    Denied,
    /// A fault of ours.
    Fault,
    /// Token request: not a form, or a parameter absent or repeated.
    TokenRequest,
    /// Token request: `grant_type` unknown.
    GrantType,
    /// Token request: the client is not the certificate's, or not on the lists.
    Client,
    /// Token request: code or refresh token not valid for this request.
    Grant,
    /// Token request: no data service is left.
    Services,
}

impl Situation {
    /// Every situation.
    pub const ALL: [Self; 13] = [
        Self::Repeated,
        Self::ResponseType,
        Self::Scope,
        Self::State,
        Self::RequestIds,
        Self::BirthDate,
        Self::Denied,
        Self::Fault,
        Self::TokenRequest,
        Self::GrantType,
        Self::Client,
        Self::Grant,
        Self::Services,
    ];

    /// Key in the configuration table `error_descriptions`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::ResponseType => "response_type",
            Self::Scope => "scope",
            Self::State => "state",
            Self::RequestIds => "request_ids",
            Self::BirthDate => "birth_date",
            Self::Denied => "denied",
            Self::Fault => "fault",
            Self::TokenRequest => "token_request",
            Self::GrantType => "grant_type",
            Self::Client => "client",
            Self::Grant => "grant",
            Self::Services => "services",
        }
    }

    const fn default_text(self) -> &'static str {
        match self {
            Self::Repeated => "A parameter was sent more than once",
            Self::ResponseType => "response_type must be code",
            Self::Scope => "The scope does not name a provider at this server",
            Self::State => "state is missing or malformed",
            Self::RequestIds => "MedMij-Request-ID and X-Correlation-ID must be UUIDs",
            Self::BirthDate => "MedMij_geboortedatum must be a date as JJJJMMDD",
            Self::Denied => "Access was not granted",
            Self::Fault => "The server cannot handle the request now",
            Self::TokenRequest => "A parameter is missing, malformed or repeated",
            Self::GrantType => "Only authorization_code and refresh_token are supported",
            Self::Client => "The client is not recognised",
            Self::Grant => "The code or refresh token is not valid",
            Self::Services => "No data service is available to this client",
        }
    }
}

/// The descriptions in use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Descriptions(BTreeMap<Situation, String>);

/// A line of the configuration table that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDescription {
    /// No such situation.
    #[error("error_descriptions.{0}: no such situation")]
    UnknownKey(String),
    /// RFC 6749 allows printable ASCII without quote and backslash only.
    #[error("error_descriptions.{0}: only printable ASCII without \" and \\ is allowed, at most 200 characters")]
    Characters(&'static str),
}

impl Descriptions {
    /// The defaults with these replacements; an empty text sends no description.
    ///
    /// # Errors
    /// [`InvalidDescription`] names the first line that cannot be used.
    pub fn with(table: &BTreeMap<String, String>) -> Result<Self, InvalidDescription> {
        let mut own = BTreeMap::new();
        for (key, text) in table {
            let found = Situation::ALL.into_iter().find(|situation| situation.key() == key);
            let situation = found.ok_or_else(|| InvalidDescription::UnknownKey(key.clone()))?;
            let allowed = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
            if text.len() > 200 || !text.bytes().all(allowed) {
                return Err(InvalidDescription::Characters(situation.key()));
            }
            own.insert(situation, text.clone());
        }
        Ok(Self(own))
    }

    /// The text for a situation; `None` when the operator wants none.
    pub fn of(&self, situation: Situation) -> Option<&str> {
        let text = self.0.get(&situation).map_or_else(|| situation.default_text(), String::as_str);
        Some(text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(key: &str, text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(key.to_owned(), text.to_owned())])
    }

    #[test]
    fn every_default_may_be_sent_as_it_is() {
        let defaults =
            Situation::ALL.map(|situation| (situation.key().to_owned(), situation.default_text().to_owned()));
        assert!(Descriptions::with(&BTreeMap::from(defaults)).is_ok());
    }

    #[test]
    fn an_operator_can_replace_or_drop_a_text() {
        let own = Descriptions::with(&table("denied", "Geen toegang")).unwrap();
        assert_eq!(own.of(Situation::Denied), Some("Geen toegang"));
        assert_eq!(Descriptions::with(&table("denied", "")).unwrap().of(Situation::Denied), None);
        assert!(Descriptions::default().of(Situation::Grant).is_some());
    }

    #[test]
    fn characters_outside_the_standard_are_refused() {
        for bad in ["a\"b", "a\\b", "caf\u{e9}", "a\nb"] {
            assert_eq!(
                Descriptions::with(&table("denied", bad)),
                Err(InvalidDescription::Characters("denied")),
                "{bad}"
            );
        }
        assert!(matches!(Descriptions::with(&table("relation", "x")), Err(InvalidDescription::UnknownKey(_))));
    }

    #[test]
    fn no_default_names_a_relation() {
        for situation in Situation::ALL {
            let text = situation.default_text().to_lowercase();
            for word in ["relation", "patient", "age", "block", "dossier"] {
                assert!(!text.split(' ').any(|part| part == word), "{text}");
            }
        }
    }
}
