//! Host names, endpoint addresses and data service ids as the lists write them.

use std::fmt;

use url::Url;

use super::Environment;

/// A host name in lower case, without wildcard (medmij-authorization §5.3, §6.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hostname(String);

/// Not a host name of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host name: lower-case labels joined by dots, no wildcard, no address")]
pub struct InvalidHostname;

impl Hostname {
    /// Reads a host name as a list or certificate writes it.
    ///
    /// # Errors
    /// [`InvalidHostname`] for upper case, wildcards, addresses and, in production, names without a dot.
    pub fn parse(text: &str, environment: Environment) -> Result<Self, InvalidHostname> {
        let labels: Vec<&str> = text.split('.').collect();
        let top_is_name = labels.last().is_some_and(|top| top.bytes().any(|byte| byte.is_ascii_lowercase()));
        let enough = labels.len() > 1 || environment == Environment::Development;
        if text.len() <= 253 && enough && top_is_name && labels.iter().all(|label| is_label(label)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidHostname)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Hostname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for Hostname {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len()) && label.bytes().all(allowed) && !label.starts_with('-') && !label.ends_with('-')
}

/// An endpoint address exactly as the list has it; never normalised (medmij-authorization §12 row 9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EndpointUri(String);

/// Not an endpoint address of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an endpoint: https, host in lower case, no query, fragment or user, port only where allowed")]
pub struct InvalidEndpoint;

/// Which of the two channels an endpoint belongs to (medmij-authorization §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// Seen by browsers: no port in production.
    Front,
    /// Between servers: a port is allowed.
    Back,
}

impl EndpointUri {
    /// Reads an address of the front channel (authorization endpoint).
    ///
    /// # Errors
    /// [`InvalidEndpoint`] when it has another form.
    pub fn front(text: &str, environment: Environment) -> Result<Self, InvalidEndpoint> {
        Self::parse(text, Channel::Front, environment)
    }

    /// Reads an address of the back channel (token, resource and subscription endpoints).
    ///
    /// # Errors
    /// [`InvalidEndpoint`] when it has another form.
    pub fn back(text: &str, environment: Environment) -> Result<Self, InvalidEndpoint> {
        Self::parse(text, Channel::Back, environment)
    }

    pub(super) fn parse(text: &str, channel: Channel, environment: Environment) -> Result<Self, InvalidEndpoint> {
        let plain = text.len() <= 2048 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let rest = text.strip_prefix("https://").filter(|_| plain).ok_or(InvalidEndpoint)?;
        let url = Url::parse(text).map_err(|_| InvalidEndpoint)?;
        let host = url.host_str().ok_or(InvalidEndpoint)?;
        let bare =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        let port_fits = !has_port(rest) || channel == Channel::Back || environment == Environment::Development;
        // The listed text itself must be in lower case, not only what the parser made of it.
        let named = Hostname::parse(host, environment).is_ok() && rest.starts_with(host);
        if bare && port_fits && named { Ok(Self(text.to_owned())) } else { Err(InvalidEndpoint) }
    }

    /// The address as listed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host of the address.
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or(&self.0);
        rest.split(['/', ':']).next().unwrap_or(rest)
    }
}

fn has_port(rest: &str) -> bool {
    rest.split('/').next().is_some_and(|authority| authority.contains(':'))
}

impl fmt::Display for EndpointUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Id of a data service (gegevensdienst), such as `49` or `HG-R4` (medmij-authorization §6.2, §7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GegevensdienstId(String);

/// Not an id of a data service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GegevensdienstId: 1 to 30 visible ASCII characters without quotes, backslash and tilde")]
pub struct InvalidGegevensdienstId;

impl GegevensdienstId {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for GegevensdienstId {
    type Err = InvalidGegevensdienstId;

    /// Ids end up in a scope, so only characters a scope may hold are taken, and not the `~` that parts a scope.
    fn from_str(text: &str) -> Result<Self, InvalidGegevensdienstId> {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b'~');
        if (1..=30).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidGegevensdienstId)
        }
    }
}

impl fmt::Display for GegevensdienstId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for GegevensdienstId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Environment::{Development, Production};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn host_names_are_lower_case_and_whole() {
        for good in ["medmij.deenigeechtepgo.nl", "a-b.c1.nl", "xn--bcher-kva.example"] {
            assert!(Hostname::parse(good, Production).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "PGO.nl",
            "*.pgo.nl",
            "pgo..nl",
            "-pgo.nl",
            "pgo-.nl",
            "pgo.nl.",
            "127.0.0.1",
            "pgo.nl:443",
            "p o.nl",
        ] {
            assert_eq!(Hostname::parse(bad, Production), Err(InvalidHostname), "{bad}");
        }
    }

    #[test]
    fn localhost_is_for_development_only() {
        assert!(Hostname::parse("localhost", Development).is_ok());
        assert!(Hostname::parse("localhost", Production).is_err());
        assert!(EndpointUri::front("https://localhost:8443/oauth/authorize", Development).is_ok());
        assert!(EndpointUri::front("https://localhost:8443/oauth/authorize", Production).is_err());
        assert!(EndpointUri::back("https://localhost/x", Production).is_err());
    }

    #[test]
    fn a_port_is_for_the_back_channel() {
        assert!(EndpointUri::back("https://dva.example.nl:8444/token", Production).is_ok());
        assert!(EndpointUri::front("https://dva.example.nl:8444/authorize", Production).is_err());
        assert!(EndpointUri::front("https://dva.example.nl:443/authorize", Production).is_err());
    }

    #[test]
    fn endpoints_are_kept_as_listed() {
        for listed in ["https://dva.example.nl/2.0.0//oauth2/token", "https://dva.example.nl/fhir/"] {
            let uri = EndpointUri::back(listed, Production).unwrap();
            assert_eq!((uri.as_str(), uri.host()), (listed, "dva.example.nl"));
        }
    }

    #[test]
    fn endpoints_with_anything_else_are_refused() {
        for bad in [
            "http://dva.nl/x",
            "https://DVA.nl/x",
            "https://dva.nl/x?a=b",
            "https://dva.nl/x#f",
            "https://u@dva.nl/x",
            "https://*.dva.nl/x",
            "https://10.0.0.1/x",
            "https://[::1]/x",
            "https:///x",
            "https://dva.nl\\@e.nl/",
            "",
            "https://dva.nl/ x",
            "javascript:alert(1)",
        ] {
            assert_eq!(EndpointUri::back(bad, Production), Err(InvalidEndpoint), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parsers(text in "\\PC{0,80}") {
            let _ = text.parse::<GegevensdienstId>();
            for environment in [Production, Development] {
                let _ = Hostname::parse(&text, environment);
                let _ = EndpointUri::front(&format!("https://{text}"), environment);
            }
        }
    }
}
