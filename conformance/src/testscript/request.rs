//! The request of an operation.

use url::Url;

use crate::version::FhirVersion;

/// Where the FHIR endpoint is, and what lies below it.
#[derive(Debug, Clone)]
pub(super) struct Base(Url);

impl Base {
    pub fn parse(address: &str) -> Option<Self> {
        let mut url = Url::parse(address).ok().filter(|url| url.has_host())?;
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        url.set_query(None);
        url.set_fragment(None);
        Some(Self(url))
    }

    /// The endpoint itself, without a slash at its end.
    pub fn own(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// An address as a script gives it: absolute, or below the endpoint. `None` when it leaves the endpoint.
    pub fn within(&self, address: &str) -> Option<String> {
        let (path, query) = split(address);
        let url = self.0.join(path).ok()?;
        let is_same = url.scheme() == self.0.scheme()
            && url.host() == self.0.host()
            && url.port_or_known_default() == self.0.port_or_known_default()
            && url.username().is_empty()
            && (url.path().starts_with(self.0.path()) || url.as_str() == self.own());
        is_same.then(|| format!("{}{}", url.as_str(), encoded(query)))
    }

    /// Below the endpoint: a type and what follows it.
    pub fn below(&self, resource: Option<&str>, params: &str) -> Option<String> {
        let (path, query) = split(params);
        let mut address = resource.unwrap_or_default().to_owned();
        if !path.is_empty() {
            address = format!("{address}/{}", path.trim_start_matches('/'));
        }
        let address = address.trim_start_matches('/');
        if address.is_empty() {
            return Some(format!("{}{}", self.own(), encoded(query)));
        }
        self.within(&format!("./{address}")).map(|url| url + &encoded(query))
    }
}

/// Path and query, the query with its `?`.
fn split(address: &str) -> (&str, &str) {
    address.find('?').map_or((address, ""), |at| address.split_at(at))
}

/// Encodes a query. What means something to a query or to FHIR stays: `:` `/` `,` `&` `=` `$`; what is encoded already too.
fn encoded(query: &str) -> String {
    let bytes = query.as_bytes();
    let mut out = String::with_capacity(query.len());
    for (at, byte) in bytes.iter().enumerate() {
        let is_kept = byte.is_ascii_alphanumeric() || b"-._~:/,&=$?@;!()*'".contains(byte);
        let is_code =
            *byte == b'%' && bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if is_kept || is_code {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The header for a form that a script names; `None` for `none`.
pub(super) fn media_type(form: &str, version: FhirVersion) -> Option<String> {
    match form {
        "none" => None,
        "json" | "xml" => Some(format!("application/fhir+{form}; fhirVersion={}", version.parameter())),
        other => Some(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_within_the_endpoint() {
        let base = Base::parse("https://x.test:8443/fhir/a/R4").unwrap();
        let below = |resource, params| base.below(resource, params).unwrap();
        let start = "https://x.test:8443/fhir/a/R4";
        assert_eq!(below(Some("Patient"), ""), format!("{start}/Patient"));
        assert_eq!(
            below(Some("Patient"), "?a=b|c,d:e&f=$x y+z%7C"),
            format!("{start}/Patient?a=b%7Cc,d:e&f=$x%20y%2Bz%7C")
        );
        assert_eq!(below(Some("Observation"), "/$lastn?code=1"), format!("{start}/Observation/$lastn?code=1"));
        assert_eq!(below(None, ""), start);
        assert_eq!(base.within(&format!("{start}/Binary/1")).unwrap(), format!("{start}/Binary/1"));
        assert_eq!(base.within("Binary/1").unwrap(), format!("{start}/Binary/1"));
        for address in [
            "https://y.test:8443/fhir/a/R4/Binary/1",
            "http://x.test:8443/fhir/a/R4/Binary/1",
            "https://x.test/fhir/a/R4/Binary/1",
            "https://x.test:8443/fhir/b/R4/Binary/1",
            "https://u@x.test:8443/fhir/a/R4/Binary/1",
            "../../b/Binary/1",
            "/admin",
            "file:///etc/passwd",
        ] {
            assert_eq!(base.within(address), None, "{address}");
        }
        assert_eq!(base.below(Some("../../b"), ""), None);
        assert!(Base::parse("x").is_none());
    }

    #[test]
    fn forms_carry_the_version() {
        assert_eq!(media_type("json", FhirVersion::R4).unwrap(), "application/fhir+json; fhirVersion=4.0");
        assert_eq!(media_type("xml", FhirVersion::Stu3).unwrap(), "application/fhir+xml; fhirVersion=3.0");
        assert_eq!(media_type("none", FhirVersion::R4), None);
    }
}
