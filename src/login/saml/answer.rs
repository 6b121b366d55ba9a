//! What a provider answers: an ArtifactResponse with a Response with an Assertion, and every reason not to believe it.
//!
//! Pure: text, keys and time in, persons and level or a [`Doubt`] out. Nothing of an answer is used before the signature
//! over it was checked; the status of a signed answer is the one thing that is read without an assertion.

use super::metadata::IdentityProvider;
use super::subject::{Opener, Persons};
use super::tree::{Element, Tree, ns};
use super::{Doubt, Levels, Profile};
use crate::domain::assurance::Level;
use crate::domain::time::Timestamp;

/// How far the provider's clock may be from ours, in seconds.
const SKEW_SECONDS: i64 = 60;
/// How old a login may be, in seconds: the person has just done it.
const LOGIN_SECONDS: i64 = 300;
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const AUTHN_FAILED: &str = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed";
const CANCELLED: &str = "Authentication cancelled";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// What the answer to one login must fit.
pub(super) struct Expected<'a> {
    /// Who answers.
    pub(super) provider: &'a IdentityProvider,
    /// Our name.
    pub(super) entity: &'a str,
    /// Our address that the browser came back to.
    pub(super) consumer: &'a str,
    /// ID of our AuthnRequest.
    pub(super) request: &'a str,
    /// ID of our ArtifactResolve.
    pub(super) resolve: &'a str,
    /// The form of the interface.
    pub(super) profile: Profile,
    /// What class references mean.
    pub(super) levels: &'a Levels,
    /// Now.
    pub(super) now: Timestamp,
}

/// Who logged in, and how surely.
pub(super) struct Answer {
    /// The persons.
    pub(super) persons: Persons,
    /// The level.
    pub(super) level: Level,
}

/// Reads the SOAP message with the ArtifactResponse.
pub(super) fn read(message: &str, expected: &Expected<'_>, opener: &Opener) -> Result<Answer, Doubt> {
    let tree = Tree::parse(message)?;
    let body = tree.root(ns::SOAP, "Envelope")?.one(ns::SOAP, "Body")?;
    let artifact = only(body, ns::PROTOCOL, "ArtifactResponse")?;
    expected.provider.verifier.check(artifact)?;
    expected.check_answer(artifact, expected.resolve)?;
    check_status(artifact, expected.profile)?;
    // No response means that the artifact was used already, or never given out.
    let response = artifact.maybe(ns::PROTOCOL, "Response")?.ok_or(Doubt::Artifact)?;
    expected.check_answer(response, expected.request)?;
    if response.attribute("Destination").is_some_and(|to| to != expected.consumer) {
        return Err(Doubt::Recipient);
    }
    check_status(response, expected.profile)?;
    if response.all(ns::ASSERTION, "EncryptedAssertion").next().is_some() {
        return Err(Doubt::Shape);
    }
    let assertion = response.one(ns::ASSERTION, "Assertion")?;
    expected.provider.verifier.check(assertion)?;
    expected.check_assertion(assertion)?;
    let level = expected.level(assertion)?;
    Ok(Answer { persons: opener.persons(assertion, expected.profile)?, level })
}

impl Expected<'_> {
    /// Version, time, sender, and that it answers this very request.
    fn check_answer(&self, answer: Element<'_, '_>, request: &str) -> Result<(), Doubt> {
        self.check_head(answer)?;
        if answer.attribute("InResponseTo") == Some(request) { Ok(()) } else { Err(Doubt::OtherRequest) }
    }

    fn check_head(&self, message: Element<'_, '_>) -> Result<(), Doubt> {
        if message.attribute("Version") != Some("2.0") {
            return Err(Doubt::Shape);
        }
        let issued = self.instant(message, "IssueInstant")?.ok_or(Doubt::Time)?;
        self.is_recent(issued)?;
        // Only a Response may leave its sender out; it is inside a signed answer and holds a signed assertion that name it.
        match message.maybe(ns::ASSERTION, "Issuer")? {
            Some(issuer) if issuer.text()? == self.provider.entity => Ok(()),
            None if message.is(ns::PROTOCOL, "Response") => Ok(()),
            _ => Err(Doubt::Issuer),
        }
    }

    fn check_assertion(&self, assertion: Element<'_, '_>) -> Result<(), Doubt> {
        self.check_head(assertion)?;
        let conditions = assertion.one(ns::ASSERTION, "Conditions")?;
        self.is_valid_now(conditions)?;
        let mut restrictions = conditions.all(ns::ASSERTION, "AudienceRestriction").peekable();
        restrictions.peek().ok_or(Doubt::Audience)?;
        // Each restriction by itself must name us (SAML core §2.5.1.4).
        for restriction in restrictions {
            let audiences = restriction.all(ns::ASSERTION, "Audience").map(Element::text);
            if !audiences.collect::<Result<Vec<_>, _>>()?.iter().any(|audience| audience == self.entity) {
                return Err(Doubt::Audience);
            }
        }
        self.check_bearer(assertion.one(ns::ASSERTION, "Subject")?)
    }

    /// The person who brings it is the one it is about, when it was made for our address, for this login, and is still fresh.
    fn check_bearer(&self, subject: Element<'_, '_>) -> Result<(), Doubt> {
        let confirmation = subject.one(ns::ASSERTION, "SubjectConfirmation")?;
        if confirmation.attribute("Method") != Some(BEARER) {
            return Err(Doubt::Recipient);
        }
        let data = confirmation.one(ns::ASSERTION, "SubjectConfirmationData")?;
        if data.attribute("Recipient") != Some(self.consumer) {
            return Err(Doubt::Recipient);
        }
        if data.attribute("InResponseTo") != Some(self.request) {
            return Err(Doubt::OtherRequest);
        }
        self.is_valid_now(data)
    }

    /// Begun, and with an end that has not come.
    fn is_valid_now(&self, element: Element<'_, '_>) -> Result<(), Doubt> {
        let from = self.instant(element, "NotBefore")?;
        let until = self.instant(element, "NotOnOrAfter")?.ok_or(Doubt::Time)?;
        let has_begun = from.is_none_or(|from| from <= self.now.plus_seconds(SKEW_SECONDS));
        let goes_on = self.now.plus_seconds(-SKEW_SECONDS) < until;
        if has_begun && goes_on { Ok(()) } else { Err(Doubt::Time) }
    }

    fn is_recent(&self, instant: Timestamp) -> Result<(), Doubt> {
        let earliest = self.now.plus_seconds(-LOGIN_SECONDS);
        let latest = self.now.plus_seconds(SKEW_SECONDS);
        if (earliest..=latest).contains(&instant) { Ok(()) } else { Err(Doubt::Time) }
    }

    fn instant(&self, element: Element<'_, '_>, name: &str) -> Result<Option<Timestamp>, Doubt> {
        let text = element.attribute(name);
        text.map(|text| Timestamp::parse_rfc3339(text).map_err(|_| Doubt::Time)).transpose()
    }

    /// The level of a login that was done just now; an unknown one is none.
    fn level(&self, assertion: Element<'_, '_>) -> Result<Level, Doubt> {
        let statement = assertion.one(ns::ASSERTION, "AuthnStatement")?;
        self.is_recent(self.instant(statement, "AuthnInstant")?.ok_or(Doubt::Time)?)?;
        let context = statement.one(ns::ASSERTION, "AuthnContext")?;
        let class = context.one(ns::ASSERTION, "AuthnContextClassRef")?.text()?;
        self.levels.get(&class).copied().ok_or(Doubt::Level)
    }
}

/// The one element there is.
fn only<'d, 't>(parent: Element<'d, 't>, namespace: &str, name: &str) -> Result<Element<'d, 't>, Doubt> {
    let mut elements = parent.elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) if only.is(namespace, name) => Ok(only),
        _ => Err(Doubt::Shape),
    }
}

/// Success, or what it says instead: broken off by the person, or refused.
fn check_status(answer: Element<'_, '_>, profile: Profile) -> Result<(), Doubt> {
    let status = answer.one(ns::PROTOCOL, "Status")?;
    let code = status.one(ns::PROTOCOL, "StatusCode")?;
    if code.attribute("Value") == Some(SUCCESS) {
        return Ok(());
    }
    let reason = code.maybe(ns::PROTOCOL, "StatusCode")?.and_then(|reason| reason.attribute("Value"));
    // DigiD gives one code to both; Stelsel Toegang tells a cancelled login by its message (§9.4).
    let is_cancelled = match profile {
        Profile::Digid => true,
        Profile::Toegang => {
            let message = status.maybe(ns::PROTOCOL, "StatusMessage")?.map(Element::text).transpose()?;
            message.as_deref() == Some(CANCELLED)
        }
    };
    Err(if reason == Some(AUTHN_FAILED) && is_cancelled { Doubt::Cancelled } else { Doubt::Refused })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{Tree, ns};

    proptest! {
        /// Whatever comes back, reading it neither panics nor finds what is not there.
        #[test]
        fn any_bytes_are_read_or_refused(text in ".{0,300}") {
            if let Ok(tree) = Tree::parse(&text) {
                let _ = tree.root(ns::SOAP, "Envelope").map(|envelope| envelope.one(ns::SOAP, "Body").is_ok());
            }
        }

        #[test]
        fn any_piece_of_a_message_is_read_or_refused(start in 0_usize..200, end in 0_usize..200, change in any::<char>()) {
            let message = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><a x='1'>t&lt;</a></s:Body></s:Envelope>";
            let piece: String = message.chars().skip(start).take(end).chain([change]).collect();
            let _ = Tree::parse(&piece).map(|tree| tree.root(ns::SOAP, "Envelope").is_ok());
            let changed: String = message.chars().enumerate().map(|(i, c)| if i == start { change } else { c }).collect();
            let _ = Tree::parse(&changed).map(|tree| tree.root(ns::SOAP, "Envelope").is_ok());
        }
    }
}
