//! The citizen service number in an assertion, in both forms the interfaces know (medmij-authorization §9.3, §9.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_enc::context::EncContext;
use bergshamra_enc::decrypt;
use bergshamra_keys::KeysManager;
use zeroize::Zeroizing;

use super::signature::{UnusableKey, rsa};
use super::tree::{Element, Tree, ns};
use super::{Doubt, Profile};
use crate::domain::bsn::Bsn;

/// The sector of citizen service numbers in a DigiD NameID; `s00000001` would be a SoFi number.
const BSN_SECTOR: &str = "s00000000";
/// What qualifies a plain number in an identity of Stelsel Toegang.
const LEGACY_BSN: &str = "urn:nl-eid-gdi:1.0:id:legacy-BSN";
const ACTING: &str = "urn:nl-eid-gdi:1.0:ActingSubjectID";
const LEGAL: &str = "urn:nl-eid-gdi:1.0:LegalSubjectID";
/// Contents may be encrypted with AES-256, in either mode that the interface or its successor names.
const CONTENT: [&str; 2] =
    ["http://www.w3.org/2001/04/xmlenc#aes256-cbc", "http://www.w3.org/2009/xmlenc11#aes256-gcm"];
/// Keys travel with RSA-OAEP; PKCS #1 v1.5 is refused.
const TRANSPORT: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";

/// Who logged in, and for whom.
pub(super) struct Persons {
    /// Who operated the means.
    pub(super) acting: Bsn,
    /// Whose data it is about.
    pub(super) subject: Bsn,
}

/// Opens what was encrypted for us.
pub(super) struct Opener {
    key: EncContext,
    entity: String,
}

impl Opener {
    /// With this private key (PEM), for messages to this entity.
    pub(super) fn new(key_pem: &[u8], entity: &str) -> Result<Self, UnusableKey> {
        let mut keys = KeysManager::new();
        keys.add_key(rsa(key_pem)?);
        let mut key = EncContext::new(keys).with_disable_cipher_reference(true);
        key.max_pbkdf2_iterations = 0;
        Ok(Self { key, entity: entity.to_owned() })
    }

    /// The persons of a **verified** assertion: nothing is decrypted that the provider did not sign.
    pub(super) fn persons(&self, assertion: Element<'_, '_>, profile: Profile) -> Result<Persons, Doubt> {
        match profile {
            Profile::Digid => {
                let number = self.name_id(assertion.one(ns::ASSERTION, "Subject")?)?;
                Ok(Persons { acting: number.clone(), subject: number })
            }
            Profile::Toegang => {
                let acting = self.attribute(assertion, ACTING)?.ok_or(Doubt::Number)?;
                let subject = self.attribute(assertion, LEGAL)?.unwrap_or_else(|| acting.clone());
                Ok(Persons { acting, subject })
            }
        }
    }

    /// `s00000000:123456782`, plain or encrypted.
    fn name_id(&self, subject: Element<'_, '_>) -> Result<Bsn, Doubt> {
        let text = match subject.maybe(ns::ASSERTION, "EncryptedID")? {
            Some(encrypted) => self.open(encrypted, |name| Ok(Zeroizing::new(name.text()?)))?,
            None => Zeroizing::new(subject.one(ns::ASSERTION, "NameID")?.text()?),
        };
        match text.split_once(':') {
            Some((BSN_SECTOR, digits)) => digits.parse().map_err(|_| Doubt::Number),
            _ => Err(Doubt::Number),
        }
    }

    /// The identity in an attribute of this name; one value for us, and no second attribute.
    fn attribute(&self, assertion: Element<'_, '_>, name: &str) -> Result<Option<Bsn>, Doubt> {
        let statements = assertion.all(ns::ASSERTION, "AttributeStatement");
        let attributes = statements.flat_map(|statement| statement.all(ns::ASSERTION, "Attribute"));
        let mut named = attributes.filter(|attribute| attribute.attribute("Name") == Some(name));
        let attribute = match (named.next(), named.next()) {
            (None, _) => return Ok(None),
            (Some(attribute), None) => attribute,
            (Some(_), Some(_)) => return Err(Doubt::Number),
        };
        let mut identity = None;
        for value in attribute.all(ns::ASSERTION, "AttributeValue") {
            for encrypted in value.all(ns::ASSERTION, "EncryptedID") {
                // A value per recipient and kind: only the plain number is of use here, pseudonyms are not.
                let number = self.open_for_us(encrypted)?;
                if number.is_some() && std::mem::replace(&mut identity, number).is_some() {
                    return Err(Doubt::Number);
                }
            }
        }
        identity.map(Some).ok_or(Doubt::Number)
    }

    fn open_for_us(&self, encrypted: Element<'_, '_>) -> Result<Option<Bsn>, Doubt> {
        if self.key_for_us(encrypted)?.is_none() {
            return Ok(None);
        }
        self.open(encrypted, |name| {
            if name.attribute("NameQualifier") != Some(LEGACY_BSN) {
                return Ok(None);
            }
            Zeroizing::new(name.text()?).parse().map(Some).map_err(|_| Doubt::Number)
        })
    }

    /// Opens an EncryptedID and reads the NameID in it.
    fn open<T>(
        &self,
        encrypted: Element<'_, '_>,
        read: impl FnOnce(Element<'_, '_>) -> Result<T, Doubt>,
    ) -> Result<T, Doubt> {
        let message = self.message(encrypted)?;
        // One answer for every fault: how a decryption fails must not be told apart.
        let plain = Zeroizing::new(decrypt::decrypt(&self.key, &message).map_err(|_| Doubt::Decryption)?);
        let tree = Tree::parse(&plain).map_err(|_| Doubt::Decryption)?;
        let name = tree.root(ns::ASSERTION, "NameID").map_err(|_| Doubt::Decryption)?;
        read(name)
    }

    /// The key that was encrypted for us: by its recipient, or the only one when none is named.
    fn key_for_us<'d, 't>(&self, encrypted: Element<'d, 't>) -> Result<Option<Element<'d, 't>>, Doubt> {
        let data = encrypted.one(ns::ENCRYPTION, "EncryptedData")?;
        let within = data.maybe(ns::SIGNATURE, "KeyInfo")?;
        let within = within.into_iter().flat_map(|info| info.all(ns::ENCRYPTION, "EncryptedKey"));
        let keys: Vec<_> = encrypted.all(ns::ENCRYPTION, "EncryptedKey").chain(within).collect();
        let mut ours = keys.iter().filter(|key| key.attribute("Recipient") == Some(self.entity.as_str()));
        match (ours.next(), ours.next(), keys.as_slice()) {
            (Some(key), None, _) => Ok(Some(*key)),
            (None, _, [key]) if key.attribute("Recipient").is_none() => Ok(Some(*key)),
            (None, ..) => Ok(None),
            (Some(_), Some(_), _) => Err(Doubt::Decryption),
        }
    }

    /// Content and the key for us as a message of their own, with nothing else in it for the decryption to find.
    fn message(&self, encrypted: Element<'_, '_>) -> Result<String, Doubt> {
        let data = encrypted.one(ns::ENCRYPTION, "EncryptedData")?;
        let key = self.key_for_us(encrypted)?.ok_or(Doubt::Decryption)?;
        let content = data
            .one(ns::ENCRYPTION, "EncryptionMethod")?
            .attribute("Algorithm")
            .filter(|named| CONTENT.contains(named));
        let content = content.ok_or(Doubt::Algorithm)?;
        let transport = key.one(ns::ENCRYPTION, "EncryptionMethod")?;
        let digest = transport.maybe(ns::SIGNATURE, "DigestMethod")?.map(|digest| digest.attribute("Algorithm"));
        if transport.attribute("Algorithm") != Some(TRANSPORT) || digest.is_some_and(|named| named != Some(SHA1)) {
            return Err(Doubt::Algorithm);
        }
        let (key, data) = (cipher_value(key)?, cipher_value(data)?);
        Ok(format!(
            "<x:EncryptedData xmlns:x=\"{enc}\" xmlns:d=\"{dsig}\" Type=\"{enc}Element\">\
             <x:EncryptionMethod Algorithm=\"{content}\"/><d:KeyInfo><x:EncryptedKey>\
             <x:EncryptionMethod Algorithm=\"{TRANSPORT}\"/><x:CipherData><x:CipherValue>{key}</x:CipherValue></x:CipherData>\
             </x:EncryptedKey></d:KeyInfo><x:CipherData><x:CipherValue>{data}</x:CipherValue></x:CipherData></x:EncryptedData>",
            enc = ns::ENCRYPTION,
            dsig = ns::SIGNATURE,
        ))
    }
}

/// The bytes of a CipherValue, as base64 again: whatever else stood there is gone.
fn cipher_value(element: Element<'_, '_>) -> Result<String, Doubt> {
    let value = element.one(ns::ENCRYPTION, "CipherData")?.one(ns::ENCRYPTION, "CipherValue")?.text()?;
    let value: String = value.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(value).map_err(|_| Doubt::Decryption)?;
    Ok(STANDARD.encode(bytes))
}
