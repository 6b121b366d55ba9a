//! `redirect_uri`: where a browser is sent back to, and nowhere else.

use std::fmt;

use url::Url;

use super::ClientId;

/// A redirect address that passed the checks, exactly as the PGO sent it.
///
/// The token request must repeat it character by character (core.tknint.205), so it is never normalised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectUri {
    sent: String,
    url: Url,
}

/// Must the redirect address have the host of `client_id`? (architecture §13; UNCONFIRMED in MedMij's text)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostRule {
    /// Same host, no port of its own.
    #[default]
    SameAsClient,
    /// Any host: only for networks whose clients redirect elsewhere.
    Any,
}

/// The text is not an address a browser may be redirected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a redirect address: https, no fragment, no user, at most 2048 visible ASCII characters")]
pub struct InvalidRedirectUri;

impl RedirectUri {
    /// Does the address belong to this client?
    pub fn belongs_to(&self, client: &ClientId, rule: HostRule) -> bool {
        match rule {
            HostRule::SameAsClient => self.url.host_str() == Some(client.as_str()) && self.url.port().is_none(),
            HostRule::Any => true,
        }
    }

    /// As sent.
    pub fn as_str(&self) -> &str {
        &self.sent
    }

    /// Scheme, host and port, as a Content-Security-Policy names a target.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The address with these parameters added to its query, percent-encoded.
    pub fn with_query(&self, params: &[(&str, &str)]) -> String {
        let mut url = self.url.clone();
        url.query_pairs_mut().extend_pairs(params);
        url.into()
    }
}

impl std::str::FromStr for RedirectUri {
    type Err = InvalidRedirectUri;

    fn from_str(text: &str) -> Result<Self, InvalidRedirectUri> {
        // A backslash is read as a slash by browsers and URL parsers: `https://evil\@pgo.nl` has two meanings.
        let plain = text.len() <= 2048 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if !plain {
            return Err(InvalidRedirectUri);
        }
        let url = Url::parse(text).map_err(|_| InvalidRedirectUri)?;
        let named = url.host_str().is_some_and(|host| !host.is_empty());
        let anonymous = url.username().is_empty() && url.password().is_none();
        if url.scheme() == "https" && named && anonymous && url.fragment().is_none() {
            Ok(Self { sent: text.to_owned(), url })
        } else {
            Err(InvalidRedirectUri)
        }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client() -> ClientId {
        "pgo.nl".parse().unwrap()
    }

    #[test]
    fn an_address_of_the_client_is_kept_as_sent() {
        for good in ["https://pgo.nl", "https://pgo.nl/callback?a=b", "https://pgo.nl/a%20b/"] {
            let uri: RedirectUri = good.parse().unwrap();
            assert_eq!(uri.as_str(), good);
            assert!(uri.belongs_to(&client(), HostRule::SameAsClient), "{good}");
        }
    }

    #[test]
    fn unsafe_addresses_are_refused() {
        for bad in [
            "",
            "http://pgo.nl/",
            "https://pgo.nl/#f",
            "https://u:p@pgo.nl/",
            "https://u@pgo.nl/",
            "javascript:alert(1)",
            "https://evil.nl\\@pgo.nl/",
            "https://pgo.nl/ x",
            "https://pgo.nl/\u{e9}",
            "https://",
            "pgo.nl",
            "/callback",
            "https://pgo.nl/\nx",
            "data:text/html,x",
        ] {
            assert_eq!(bad.parse::<RedirectUri>(), Err(InvalidRedirectUri), "{bad}");
        }
    }

    #[test]
    fn another_host_or_port_is_not_the_clients() {
        for other in ["https://evil.nl/", "https://pgo.nl.evil.nl/", "https://www.pgo.nl/", "https://pgo.nl:8443/"] {
            let uri: RedirectUri = other.parse().unwrap();
            assert!(!uri.belongs_to(&client(), HostRule::SameAsClient), "{other}");
            assert!(uri.belongs_to(&client(), HostRule::Any), "{other}");
        }
    }

    #[test]
    fn parameters_are_added_encoded_and_existing_ones_stay() {
        let uri: RedirectUri = "https://pgo.nl/cb?a=b".parse().unwrap();
        assert_eq!(
            uri.with_query(&[("code", "x"), ("state", "a&b=c d")]),
            "https://pgo.nl/cb?a=b&code=x&state=a%26b%3Dc+d"
        );
    }

    proptest! {
        #[test]
        fn an_accepted_address_redirects_to_its_own_host(text in "https://[a-z.@:/\\\\?#%0-9\\[\\]]{0,40}") {
            if let Ok(uri) = text.parse::<RedirectUri>() {
                let target = Url::parse(&uri.with_query(&[("state", "s")])).unwrap();
                prop_assert_eq!(target.origin().ascii_serialization(), uri.origin());
                prop_assert!(target.query().unwrap().ends_with("state=s"));
            }
        }
    }
}
