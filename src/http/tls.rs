//! TLS of the three public listeners: versions, suites, certificates, client certificates, revocation.
//!
//! Implements medmij-authorization §5: TLS 1.3 and 1.2 only, the suites NCSC rates "goed", no early data. The
//! `back` listener demands a client certificate of a configured root; when revocation lists are configured, an
//! unknown or outdated revocation status refuses the client.
//!
//! No listener resumes sessions or gives tickets: dates and revocation of a client certificate are judged anew
//! on every connection, and there is no ticket key to guard. Connections are long-lived, so the cost is small.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::crypto::aws_lc_rs::{self, cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};

use self::ends::Ends;

pub mod ends;
#[cfg(test)]
mod tests;

/// The protocol versions of every listener, highest first (core.tls.304, .305).
const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

/// Forward secrecy and authenticated encryption only, strongest first.
const SUITES: &[SupportedCipherSuite] = &[
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// Curves for the key exchange.
const GROUPS: &[&dyn SupportedKxGroup] = &[kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

/// The files behind one TLS listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM: the server's certificate first, then its issuers up to (not including) the root.
    pub cert: PathBuf,
    /// PEM: the private key of the first certificate.
    pub key: PathBuf,
    /// Whether clients must show a certificate.
    pub clients: Clients,
}

/// Who may connect to a TLS listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clients {
    /// Anyone; no certificate is asked for (browsers would show a dialog).
    Anonymous,
    /// Only holders of a certificate below these roots.
    Certified {
        /// PEM: one or more root certificates.
        roots: PathBuf,
        /// PEM revocation lists, one or more per file. When there are any, every certificate below the root
        /// must be covered by one that is not past its next update. Empty: revocation is not checked.
        crls: Vec<PathBuf>,
    },
}

/// A listener's TLS cannot be set up. Each message names the file and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file is missing, or the server may not read it.
    #[error("cannot read {path}: {source}; check the path and the file's permissions")]
    Unreadable {
        /// The file as configured.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file was read, but does not hold what it should.
    #[error("{path} does not hold {expected}; give a PEM file with it")]
    Wanting {
        /// The file as configured.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// Certificate and key are not a pair, or the key's kind is not usable.
    #[error("{key} is not the private key of the first certificate in {cert}; put the matching pair in place")]
    Mismatch {
        /// The certificate file as configured.
        cert: PathBuf,
        /// The key file as configured.
        key: PathBuf,
    },
    /// A root certificate cannot be used as trust anchor.
    #[error("{path} holds a certificate that cannot be a root: {reason}")]
    Root {
        /// The file as configured.
        path: PathBuf,
        /// Why the certificate was refused.
        reason: String,
    },
    /// Roots and revocation lists cannot be combined into a check of clients.
    #[error("client certificates cannot be checked with {path} and its revocation lists: {reason}")]
    Verifier {
        /// The file with the roots, as configured.
        path: PathBuf,
        /// Why rustls refused them.
        reason: String,
    },
    /// The cryptography library does not support the wanted versions and suites.
    #[error("TLS cannot be set up: {0}")]
    Provider(rustls::Error),
}

/// The cryptography of every TLS connection of the server: aws-lc-rs, limited to the wanted suites and curves.
pub fn provider() -> Arc<CryptoProvider> {
    let base = aws_lc_rs::default_provider();
    Arc::new(CryptoProvider { cipher_suites: SUITES.to_vec(), kx_groups: GROUPS.to_vec(), ..base })
}

/// Builds the TLS configuration of a listener from its files.
///
/// # Errors
/// [`TlsError`] names the file that is missing, unreadable, or not what it should be.
pub fn server_config(files: &TlsFiles) -> Result<ServerConfig, TlsError> {
    let provider = provider();
    let certified = certified_key(files, &provider)?;
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_protocol_versions(VERSIONS).map_err(TlsError::Provider)?;
    let builder = match &files.clients {
        Clients::Anonymous => builder.with_no_client_auth(),
        Clients::Certified { roots, crls } => builder.with_client_cert_verifier(verifier(roots, crls, provider)?),
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ignore_client_order = true;
    config.max_early_data_size = 0;
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// The certificates of a PEM file, in the file's order; at least one.
///
/// # Errors
/// [`TlsError::Unreadable`] or [`TlsError::Wanting`].
pub fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    read_all(path, "a certificate")
}

/// The revocation lists of a PEM file; at least one.
///
/// # Errors
/// [`TlsError::Unreadable`] or [`TlsError::Wanting`].
pub fn read_crls(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    read_all(path, "a certificate revocation list")
}

/// A listener's TLS that can be read anew from its files while connections go on.
#[derive(Debug, Clone)]
pub struct ReloadingTls {
    name: &'static str,
    files: TlsFiles,
    current: Arc<ArcSwap<ServerConfig>>,
}

impl ReloadingTls {
    /// Reads the files of the listener of this name for the first time.
    ///
    /// # Errors
    /// As [`server_config`].
    pub fn open(name: &'static str, files: TlsFiles) -> Result<Self, TlsError> {
        let config = server_config(&files)?;
        Ends::read(&files)?.publish(name);
        Ok(Self { name, files, current: Arc::new(ArcSwap::from_pointee(config)) })
    }

    /// The listener's name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The configuration that new connections use; changes with every successful [`reload`](Self::reload).
    pub fn current(&self) -> Arc<ArcSwap<ServerConfig>> {
        self.current.clone()
    }

    /// Reads the files again (new certificate, new revocation lists). Open connections are not touched.
    ///
    /// # Errors
    /// As [`server_config`]; the configuration in use then stays as it was.
    pub fn reload(&self) -> Result<(), TlsError> {
        let config = server_config(&self.files)?;
        Ends::read(&self.files)?.publish(self.name);
        self.current.store(Arc::new(config));
        Ok(())
    }
}

fn certified_key(files: &TlsFiles, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let chain = read_certificates(&files.cert)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wanting(&files.key, error, "a private key"))?;
    CertifiedKey::from_der(chain, key, provider)
        .map_err(|_| TlsError::Mismatch { cert: files.cert.clone(), key: files.key.clone() })
}

fn verifier(
    roots_path: &Path,
    crls: &[PathBuf],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in read_certificates(roots_path)? {
        let refused = |error: rustls::Error| TlsError::Root { path: roots_path.into(), reason: error.to_string() };
        roots.add(certificate).map_err(refused)?;
    }
    let mut lists = Vec::new();
    for path in crls {
        lists.extend(read_crls(path)?);
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = if lists.is_empty() { builder } else { builder.with_crls(lists).enforce_revocation_expiration() };
    let refused =
        |error: VerifierBuilderError| TlsError::Verifier { path: roots_path.into(), reason: error.to_string() };
    builder.build().map_err(refused)
}

fn read_all<T: PemObject>(path: &Path, expected: &'static str) -> Result<Vec<T>, TlsError> {
    let items = T::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<T>, pem::Error>>);
    let items = items.map_err(|error| wanting(path, error, expected))?;
    if items.is_empty() { Err(TlsError::Wanting { path: path.into(), expected }) } else { Ok(items) }
}

fn wanting(path: &Path, error: pem::Error, expected: &'static str) -> TlsError {
    match error {
        pem::Error::Io(source) => TlsError::Unreadable { path: path.into(), source },
        _ => TlsError::Wanting { path: path.into(), expected },
    }
}
