//! Who is at the other end of a mutual TLS connection (medmij-authorization §5.3).
//!
//! The listener proves chain, dates and revocation before this value exists. Whether one of the hosts is on the
//! whitelist and equals a `client_id` is decided by the handlers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The verified client certificate of this connection, reduced to what decisions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// Every `dNSName` of the certificate in lower case, in the certificate's order. Names with a wildcard or
    /// with characters no host name has are left out, so they can never match. May be empty.
    pub hosts: Vec<String>,
    /// SHA-256 of the certificate (DER), for audit and for binding a session to one certificate.
    pub fingerprint: [u8; 32],
}

/// The certificate cannot be read as X.509.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client certificate is not readable as X.509")]
pub struct UnreadableCertificate;

impl ClientIdentity {
    /// Reads the identity from a certificate in DER that TLS has verified already.
    ///
    /// # Errors
    /// [`UnreadableCertificate`] when the bytes are no X.509 certificate or its alternative names are broken.
    pub fn from_certificate(der: &[u8]) -> Result<Self, UnreadableCertificate> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| UnreadableCertificate)?;
        let names = certificate.subject_alternative_name().map_err(|_| UnreadableCertificate)?;
        let names = names.map_or(&[][..], |extension| &extension.value.general_names);
        let hosts = names.iter().filter_map(exact_host).collect();
        Ok(Self { hosts, fingerprint: sha256(der) })
    }

    /// Does the certificate name exactly this host? `host` must be in lower case.
    pub fn is_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own == host)
    }
}

/// A dNSName in lower case; `None` for other kinds of names, wildcards and anything that is no host name.
fn exact_host(name: &GeneralName<'_>) -> Option<String> {
    let GeneralName::DNSName(host) = name else { return None };
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.';
    let is_host = !host.is_empty() && host.len() <= 253 && host.bytes().all(allowed);
    is_host.then(|| host.to_ascii_lowercase())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut out = [0; 32];
    out.copy_from_slice(digest.as_ref());
    out
}

/// The request came over a connection without a client certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoClientIdentity;

impl IntoResponse for NoClientIdentity {
    fn into_response(self) -> Response {
        let close = [(header::CONNECTION, "close")];
        (StatusCode::UNAUTHORIZED, close, "a client certificate is needed on this address").into_response()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientIdentity {
    type Rejection = NoClientIdentity;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, NoClientIdentity> {
        parts.extensions.get::<Self>().cloned().ok_or(NoClientIdentity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate(names: &[&str]) -> Vec<u8> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let params = rcgen::CertificateParams::new(names).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn hosts_are_exact_and_in_lower_case() {
        let der = certificate(&["PGO.dvza.test", "*.dvza.test", "192.0.2.1", "tweede.dvza.test"]);
        let identity = ClientIdentity::from_certificate(&der).unwrap();
        assert_eq!(identity.hosts, ["pgo.dvza.test", "tweede.dvza.test"]);
        assert!(identity.is_host("pgo.dvza.test"));
        assert!(!identity.is_host("ander.dvza.test"), "a wildcard never matches");
    }

    #[test]
    fn a_certificate_without_names_has_no_host() {
        let identity = ClientIdentity::from_certificate(&certificate(&[])).unwrap();
        assert!(identity.hosts.is_empty());
    }

    #[test]
    fn two_certificates_have_two_fingerprints() {
        let (one, two) = (certificate(&["a.test"]), certificate(&["a.test"]));
        let print = |der: &[u8]| ClientIdentity::from_certificate(der).unwrap().fingerprint;
        assert_ne!(print(&one), print(&two));
    }

    #[tokio::test]
    async fn a_request_without_certificate_is_refused() {
        let (mut parts, ()) = axum::http::Request::new(()).into_parts();
        let refused = ClientIdentity::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(refused.into_response().status(), StatusCode::UNAUTHORIZED);
    }

    proptest! {
        #[test]
        fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = ClientIdentity::from_certificate(&bytes);
        }

        #[test]
        fn a_damaged_certificate_never_panics(at in 0_usize..300, byte: u8) {
            let mut der = certificate(&["pgo.dvza.test"]);
            let at = at % der.len();
            der[at] = byte;
            let _ = ClientIdentity::from_certificate(&der);
        }
    }
}
