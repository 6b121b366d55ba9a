//! Who is at the other end of a mutual TLS connection (medmij-authorization §5.3).

/// The verified client certificate of this connection, reduced to what decisions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// Every `dNSName` of the certificate in lower case; names with a wildcard are left out.
    pub hosts: Vec<String>,
    /// SHA-256 of the certificate (DER).
    pub fingerprint: [u8; 32],
}
