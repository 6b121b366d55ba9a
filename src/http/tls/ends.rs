//! When what a listener uses ends, for the metrics: a certificate that ends unnoticed closes every practice at once.

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::prelude::{CertificateRevocationList, FromDer as _, X509Certificate};

use super::{Clients, TlsError, TlsFiles, read_certificates, read_crls};

/// The instants at which the first of each kind ends, in seconds since 1970 (UTC). `None` is an end that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ends(pub(super) Vec<(&'static str, Option<i64>)>);

impl Ends {
    /// What these files say.
    ///
    /// # Errors
    /// [`TlsError`] names the file that cannot be read.
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let mut ends = vec![("certificate", of_certificates(&read_certificates(&files.cert)?))];
        if let Clients::Certified { roots, crls } = &files.clients {
            ends.push(("client_roots", of_certificates(&read_certificates(roots)?)));
            let mut lists = Vec::new();
            for path in crls {
                lists.extend(read_crls(path)?);
            }
            if !lists.is_empty() {
                ends.push(("revocation_lists", of_revocation_lists(&lists)));
            }
        }
        Ok(Self(ends))
    }

    /// Shows them as `dvza_tls_ends_timestamp_seconds`; an end that cannot be read is shown as long past.
    pub fn publish(&self, listener: &'static str) {
        for (of, end) in &self.0 {
            #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
            let end = end.unwrap_or(0) as f64;
            metrics::gauge!("dvza_tls_ends_timestamp_seconds", "listener" => listener, "of" => *of).set(end);
        }
    }
}

/// When the first of these certificates ends, in seconds since 1970 (UTC); `None` when one cannot be read.
pub fn of_certificates(certificates: &[CertificateDer<'_>]) -> Option<i64> {
    let end = |der: &CertificateDer<'_>| Some(X509Certificate::from_der(der).ok()?.1.validity().not_after.timestamp());
    first(certificates.iter().map(end))
}

/// A list without an end never counts as current.
fn of_revocation_lists(lists: &[CertificateRevocationListDer<'_>]) -> Option<i64> {
    let end = |der: &CertificateRevocationListDer<'_>| {
        Some(CertificateRevocationList::from_der(der).ok()?.1.next_update()?.timestamp())
    };
    first(lists.iter().map(end))
}

fn first(ends: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    ends.collect::<Option<Vec<_>>>()?.into_iter().min()
}
