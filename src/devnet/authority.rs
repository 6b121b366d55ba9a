//! The certificate authority of a development network.

use std::net::{IpAddr, Ipv4Addr};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use zeroize::Zeroizing;

/// A certificate cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The certificate of the authority cannot be read as X.509 with a key identifier.
    #[error("not the certificate of a certificate authority")]
    Unreadable,
    /// The files of the authority hold no usable pair.
    #[error("not a certificate authority with its key ({0})")]
    Unusable(rcgen::Error),
    /// A key or certificate could not be generated.
    #[error("no certificate could be made ({0})")]
    Issue(rcgen::Error),
}

/// A certificate authority with its private key, valid from 2000 to 2099. Development only.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    key_id: Vec<u8>,
}

/// Whose certificate a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Issued by this authority for the host in question.
    Own,
    /// Issued by this authority for another host.
    OwnForAnotherHost,
    /// Not issued by this authority, or no certificate at all.
    Foreign,
}

/// The certificate to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    host: String,
    usage: Usage,
}

/// The full name of a server on this machine; whoever uses it says themselves where it leads.
pub const FULL_HOST: &str = "dva.dvza.test";

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// A listener on this machine: the host, [`FULL_HOST`] and 127.0.0.1.
    LoopbackServer,
    /// A PGO or HIS that connects to `back`.
    Client,
}

impl Leaf {
    /// A certificate for this host name.
    pub fn new(host: &str, usage: Usage) -> Self {
        Self { host: host.to_owned(), usage }
    }

    /// The host name in the certificate.
    pub fn host(&self) -> &str {
        &self.host
    }
}

/// A new certificate and its key, both PEM.
pub struct Issued {
    /// The certificate.
    pub cert_pem: String,
    /// The private key.
    pub key_pem: Zeroizing<String>,
}

impl Authority {
    /// Makes a new authority with a key of its own.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`] when no key can be generated.
    pub fn create() -> Result<Self, AuthorityError> {
        let mut params = params(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, "dvza development CA - never trust this elsewhere");
        let key = KeyPair::generate().map_err(AuthorityError::Issue)?;
        let pem = params.self_signed(&key).map_err(AuthorityError::Issue)?.pem();
        let key_id = subject_key_id(&pem).ok_or(AuthorityError::Unreadable)?;
        Ok(Self { issuer: Issuer::new(params, key), pem, key_id })
    }

    /// Opens an authority that [`create`](Self::create) made before.
    ///
    /// # Errors
    /// [`AuthorityError::Unreadable`] or [`AuthorityError::Unusable`] when certificate or key cannot be read.
    pub fn open(cert_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        let key_id = subject_key_id(cert_pem).ok_or(AuthorityError::Unreadable)?;
        let key = KeyPair::from_pem(key_pem).map_err(AuthorityError::Unusable)?;
        let issuer = Issuer::from_ca_cert_pem(cert_pem, key).map_err(AuthorityError::Unusable)?;
        Ok(Self { issuer, pem: cert_pem.to_owned(), key_id })
    }

    /// Whose certificate is this, asked for a host?
    pub fn origin(&self, pem: &str, host: &str) -> Origin {
        match read(pem, |certificate| (names_host(certificate, host), authority_key_id(certificate))) {
            Some((true, Some(id))) if id == self.key_id => Origin::Own,
            Some((false, Some(id))) if id == self.key_id => Origin::OwnForAnotherHost,
            _ => Origin::Foreign,
        }
    }

    /// The authority's certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The authority's private key, PEM.
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.issuer.key().serialize_pem())
    }

    /// Issues a certificate with a new key.
    ///
    /// # Errors
    /// [`AuthorityError::Issue`] when the host is no host name or no key can be generated.
    pub fn issue(&self, leaf: &Leaf) -> Result<Issued, AuthorityError> {
        let mut params = params(vec![leaf.host.clone()])?;
        params.distinguished_name.push(DnType::CommonName, leaf.host.as_str());
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match leaf.usage {
            Usage::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Usage::LoopbackServer => {
                params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
                // A full host name too, for readers of lists that know no `localhost`.
                let named = FULL_HOST.try_into().map_err(AuthorityError::Issue)?;
                params.subject_alt_names.push(SanType::DnsName(named));
                vec![ExtendedKeyUsagePurpose::ServerAuth]
            }
        };
        let key = KeyPair::generate().map_err(AuthorityError::Issue)?;
        let cert_pem = params.signed_by(&key, &self.issuer).map_err(AuthorityError::Issue)?.pem();
        Ok(Issued { cert_pem, key_pem: Zeroizing::new(key.serialize_pem()) })
    }
}

/// Parameters with the validity that holds for the real clock and for any shifted one.
fn params(hosts: Vec<String>) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::new(hosts).map_err(AuthorityError::Issue)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "dvza development");
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
    Ok(params)
}

/// Reads the first certificate of a PEM text.
fn read<T>(pem: &str, take: impl FnOnce(&X509Certificate<'_>) -> T) -> Option<T> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    Some(take(&certificate))
}

fn names_host(certificate: &X509Certificate<'_>, host: &str) -> bool {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return false };
    names.value.general_names.iter().any(|name| matches!(name, GeneralName::DNSName(own) if *own == host))
}

fn subject_key_id(pem: &str) -> Option<Vec<u8>> {
    let find = |certificate: &X509Certificate<'_>| {
        certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
    };
    read(pem, find).flatten()
}

fn authority_key_id(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    certificate.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref().map(|id| id.0.to_vec()),
        _ => None,
    })
}
