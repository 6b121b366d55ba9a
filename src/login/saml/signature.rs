//! XML signatures: made with our key, and believed only when they cover the very element that is read.

use bergshamra_dsig::{DsigContext, VerifyResult, sign, verify};
use bergshamra_keys::{Key, KeysManager, loader};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::Doubt;
use super::tree::{Element, ns};

/// Signatures that count: RSA with SHA-256 or stronger.
const SIGNATURES: [&str; 3] = [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
];
const DIGESTS: [&str; 3] = [
    "http://www.w3.org/2001/04/xmlenc#sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512",
];
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// More signatures than any message has: each costs time before it is found to be of nobody we know.
const MAX_SIGNATURES: usize = 16;
/// The smallest RSA key of a party, in bits.
const MIN_RSA_BITS: usize = 2048;

/// The keys a party signs with: more than one while it changes from one to the next.
pub(super) struct Verifier {
    keys: Vec<DsigContext>,
}

/// A certificate that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate with an RSA key of at least 2048 bits")]
pub struct UnusableCertificate;

impl Verifier {
    /// Believes signatures made with the keys in these certificates (DER), and no key that a message brings along.
    pub(super) fn new(certificates: &[Vec<u8>]) -> Result<Self, UnusableCertificate> {
        let keys = certificates.iter().map(|der| {
            check_rsa(der)?;
            let mut keys = KeysManager::new();
            keys.add_key(loader::load_x509_cert_der(der).map_err(|_| UnusableCertificate)?);
            Ok(DsigContext::new(keys))
        });
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(UnusableCertificate) } else { Ok(Self { keys }) }
    }

    /// Is this element signed, as a whole and by itself, with one of the keys?
    ///
    /// The signature must be its own child and refer to it alone, by its unique ID: a signature elsewhere in the message, or one that
    /// covers another element, proves nothing about what is read here (signature wrapping).
    pub(super) fn check(&self, element: Element<'_, '_>) -> Result<(), Doubt> {
        let id = element.attribute("ID").filter(|id| !id.is_empty()).ok_or(Doubt::Unsigned)?;
        let signature = element.maybe(ns::SIGNATURE, "Signature")?.ok_or(Doubt::Unsigned)?;
        check_methods(signature, id)?;
        check_reach(element.outermost())?;
        let covers = |result: &VerifyResult| match result {
            VerifyResult::Valid { signature_node, references, .. } => {
                let [reference] = references.as_slice() else { return false };
                *signature_node == signature.node()
                    && reference.digest_verified
                    && reference.resolved_node == Some(element.node())
            }
            VerifyResult::Invalid { .. } => false,
        };
        let is_signed_with = |key: &DsigContext| {
            let results = verify::verify_all_document(key, element.document());
            results.is_ok_and(|results| results.iter().any(covers))
        };
        if self.keys.iter().any(is_signed_with) { Ok(()) } else { Err(Doubt::Signature) }
    }
}

/// Only the methods the interface names: anything else is a way to sign less than one sees.
fn check_methods(signature: Element<'_, '_>, id: &str) -> Result<(), Doubt> {
    let info = signature.one(ns::SIGNATURE, "SignedInfo")?;
    let algorithm = |element: Element<'_, '_>, allowed: &[&str]| match element.attribute("Algorithm") {
        Some(named) if allowed.contains(&named) => Ok(()),
        _ => Err(Doubt::Algorithm),
    };
    algorithm(info.one(ns::SIGNATURE, "CanonicalizationMethod")?, &[EXCLUSIVE])?;
    algorithm(info.one(ns::SIGNATURE, "SignatureMethod")?, &SIGNATURES)?;
    let reference = info.one(ns::SIGNATURE, "Reference")?;
    if reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) != Some(id) {
        return Err(Doubt::Signature);
    }
    algorithm(reference.one(ns::SIGNATURE, "DigestMethod")?, &DIGESTS)?;
    let transforms = reference.one(ns::SIGNATURE, "Transforms")?;
    transforms.all(ns::SIGNATURE, "Transform").try_for_each(|transform| algorithm(transform, &[ENVELOPED, EXCLUSIVE]))
}

/// What all signatures of a message reach, those of strangers too: the library works through each of them, by the names of
/// elements and attributes alone, before it knows whose it is. So none may lead out of the message (to a file, to the network), run
/// a transform that is a program, or say one thing to us and another to the library.
fn check_reach(message: Element<'_, '_>) -> Result<(), Doubt> {
    let signatures: Vec<_> = message.whole().filter(|element| element.local_name() == "Signature").collect();
    if signatures.len() > MAX_SIGNATURES {
        return Err(Doubt::Signature);
    }
    for element in signatures.into_iter().flat_map(Element::whole) {
        if element.attributes("URI").any(|(_, uri)| !uri.strip_prefix('#').is_some_and(is_plain_id)) {
            return Err(Doubt::Signature);
        }
        let mut named = ["Algorithm", "URI", "PrefixList"].into_iter().flat_map(|name| element.attributes(name));
        let is_program = element.local_name() == "Transform"
            && !element.attribute("Algorithm").is_some_and(|named| [ENVELOPED, EXCLUSIVE].contains(&named));
        if is_program || named.any(|(has_namespace, _)| has_namespace) {
            return Err(Doubt::Algorithm);
        }
    }
    Ok(())
}

/// An ID, and no XPointer.
fn is_plain_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn check_rsa(der: &[u8]) -> Result<(), UnusableCertificate> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| UnusableCertificate)?;
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() >= MIN_RSA_BITS => Ok(()),
        _ => Err(UnusableCertificate),
    }
}

/// Our key, with the certificate that others know it by.
pub(super) struct Signer {
    context: DsigContext,
    key_info: String,
}

/// A key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA key in PEM with the certificate that belongs to it")]
pub struct UnusableKey;

impl Signer {
    /// Signs with this private key (PEM); `certificate` is the base64 of its DER.
    pub(super) fn new(key_pem: &[u8], key_name: &str, certificate: &str) -> Result<Self, UnusableKey> {
        let mut keys = KeysManager::new();
        keys.add_key(rsa(key_pem)?.with_name(key_name));
        let key_info = format!(
            "<ds:KeyInfo><ds:KeyName>{key_name}</ds:KeyName><ds:X509Data><ds:X509Certificate>{certificate}\
             </ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        );
        Ok(Self { context: DsigContext::new(keys), key_info })
    }

    /// What has to stand in a message where its signature belongs, before it is signed. `id` is the message's own.
    pub(super) fn place(&self, id: &str) -> String {
        format!(
            "<ds:Signature xmlns:ds=\"{}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>\
             <ds:SignatureMethod Algorithm=\"{}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue></ds:SignatureValue>{}</ds:Signature>",
            ns::SIGNATURE,
            SIGNATURES[0],
            DIGESTS[0],
            self.key_info
        )
    }

    /// Signs a message that has [`Signer::place`] in it.
    pub(super) fn sign(&self, message: String) -> Result<String, UnusableKey> {
        sign::sign_owned(&self.context, message).map_err(|_| UnusableKey)
    }
}

/// An RSA private key.
pub(super) fn rsa(pem: &[u8]) -> Result<Key, UnusableKey> {
    loader::load_rsa_private_pem(pem).map_err(|_| UnusableKey)
}
