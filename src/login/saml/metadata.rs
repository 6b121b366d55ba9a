//! What a provider says of itself: name, addresses and keys, from a signed file.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::Doubt;
use super::signature::Verifier;
use super::tree::{Element, Tree, ns};
use crate::domain::time::Timestamp;

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const SOAP: &str = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP";

/// A provider, from its metadata.
pub(super) struct IdentityProvider {
    /// Its entity ID.
    pub(super) entity: String,
    /// Its signatures.
    pub(super) verifier: Verifier,
    /// Where browsers take our request, by form.
    pub(super) by_post: Option<Url>,
    /// Where browsers take our request, in the address.
    pub(super) by_redirect: Option<Url>,
    /// When this description ends.
    pub(super) until: Option<Timestamp>,
    /// Where artifacts are exchanged, by index.
    pub(super) artifacts: BTreeMap<u16, Url>,
}

/// Metadata that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not XML, or with things in it that metadata has not.
    #[error("not metadata of one identity provider")]
    Shape,
    /// Not signed by who was named to sign it.
    #[error("not signed with the certificate that was named")]
    Signature,
    /// Past its end.
    #[error("past its validUntil")]
    Outdated,
    /// A certificate in it cannot be used.
    #[error("holds no RSA certificate of at least 2048 bits for signing")]
    Certificate,
    /// An address is missing, or is no https address.
    #[error("has no https address of {0}")]
    Address(&'static str),
}

impl From<Doubt> for MetadataError {
    fn from(doubt: Doubt) -> Self {
        match doubt {
            Doubt::Signature | Doubt::Unsigned | Doubt::Algorithm => Self::Signature,
            _ => Self::Shape,
        }
    }
}

impl IdentityProvider {
    /// Reads metadata. With `signer` (DER), it must be signed with that certificate's key.
    pub(super) fn read(text: &str, signer: Option<&[u8]>, now: Timestamp) -> Result<Self, MetadataError> {
        let tree = Tree::parse(text)?;
        let root = tree.root(ns::METADATA, "EntityDescriptor")?;
        if let Some(signer) = signer {
            let signer = Verifier::new(&[signer.to_vec()]).map_err(|_| MetadataError::Certificate)?;
            signer.check(root)?;
        }
        let until = root.attribute("validUntil").map(Timestamp::parse_rfc3339).transpose();
        let until = until.map_err(|_| MetadataError::Shape)?;
        if until.is_some_and(|until| until <= now) {
            return Err(MetadataError::Outdated);
        }
        let entity = root.attribute("entityID").filter(|entity| !entity.is_empty()).ok_or(MetadataError::Shape)?;
        let role = root.one(ns::METADATA, "IDPSSODescriptor")?;
        let verifier = Verifier::new(&certificates(role)?).map_err(|_| MetadataError::Certificate)?;
        let sign_on = |binding| address(role, "SingleSignOnService", binding);
        let provider = Self {
            entity: entity.to_owned(),
            verifier,
            by_post: sign_on(POST)?,
            by_redirect: sign_on(REDIRECT)?,
            until,
            artifacts: artifacts(role)?,
        };
        if provider.artifacts.is_empty() {
            return Err(MetadataError::Address("ArtifactResolutionService"));
        }
        Ok(provider)
    }
}

/// The certificates its signatures are made with: those for signing, and those for anything.
fn certificates(role: Element<'_, '_>) -> Result<Vec<Vec<u8>>, MetadataError> {
    let mut certificates = Vec::new();
    for key in role.all(ns::METADATA, "KeyDescriptor") {
        if key.attribute("use").is_some_and(|usage| usage != "signing") {
            continue;
        }
        for data in key.one(ns::SIGNATURE, "KeyInfo")?.all(ns::SIGNATURE, "X509Data") {
            for certificate in data.all(ns::SIGNATURE, "X509Certificate") {
                let text: String = certificate.text()?.split_ascii_whitespace().collect();
                certificates.push(STANDARD.decode(text).map_err(|_| MetadataError::Certificate)?);
            }
        }
    }
    Ok(certificates)
}

fn address(role: Element<'_, '_>, name: &'static str, binding: &str) -> Result<Option<Url>, MetadataError> {
    let service = role.all(ns::METADATA, name).find(|service| service.attribute("Binding") == Some(binding));
    service.map(|service| location(service, name)).transpose()
}

fn artifacts(role: Element<'_, '_>) -> Result<BTreeMap<u16, Url>, MetadataError> {
    const NAME: &str = "ArtifactResolutionService";
    let services = role.all(ns::METADATA, NAME).filter(|service| service.attribute("Binding") == Some(SOAP));
    let pairs = services.map(|service| {
        let index =
            service.attribute("index").and_then(|index| index.parse().ok()).ok_or(MetadataError::Address(NAME))?;
        Ok((index, location(service, NAME)?))
    });
    pairs.collect()
}

fn location(service: Element<'_, '_>, name: &'static str) -> Result<Url, MetadataError> {
    let url = service.attribute("Location").and_then(|text| Url::parse(text).ok());
    url.filter(|url| url.scheme() == "https").ok_or(MetadataError::Address(name))
}
