//! The messages of the provider: written as text, signed and encrypted for real.

use std::cell::Cell;

use bergshamra_dsig::{DsigContext, sign};
use bergshamra_enc::context::EncContext;
use bergshamra_enc::encrypt;
use bergshamra_keys::{KeysManager, loader};
use dvza::domain::time::Clock;

use super::lies::Lie;
use super::provider::Keys;

pub const NAMESPACES: &str =
    "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const RSA: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const HMAC: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";

/// A login that waits for its artifact.
pub struct Asked {
    pub request: String,
}

/// Who is described how.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `s00000000:number` in the NameID.
    NameId,
    /// The same, encrypted.
    EncryptedNameId,
    /// Encrypted attributes, the key inside the data.
    Attributes,
    /// Encrypted attributes, the key beside the data, as TVS does.
    AttributesBeside,
}

pub struct Answers {
    pub entity: String,
    pub consumer: String,
    client: String,
    client_cert: Vec<u8>,
    pub clock: Clock,
    pub keys: Keys,
    stranger: Keys,
    pub lie: Lie,
    pub form: Form,
    pub bsn: String,
    /// Whom the person acts for.
    pub legal: Option<String>,
    pub class: String,
    serial: Cell<u32>,
}

impl Answers {
    pub fn new(origin: &str, consumer: &str, client: &str, client_keys: &Keys, clock: Clock) -> Self {
        Self {
            entity: format!("{origin}/provider"),
            consumer: consumer.to_owned(),
            client: client.to_owned(),
            client_cert: client_keys.cert_der.clone(),
            clock,
            keys: Keys::new("provider.example"),
            stranger: Keys::new("stranger.example"),
            lie: Lie::None,
            form: Form::NameId,
            bsn: "999990019".to_owned(),
            legal: None,
            class: "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard".to_owned(),
            serial: Cell::new(0),
        }
    }

    /// Signed metadata.
    pub fn metadata(&self, front: &str, back: &str) -> String {
        const BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings";
        let text = format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_md\" entityID=\"{}\" validUntil=\"{}\">{}\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"{DSIG}\"><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
             <md:ArtifactResolutionService Binding=\"{BINDING}:SOAP\" Location=\"{back}/artifact\" index=\"7\"/>\
             <md:SingleSignOnService Binding=\"{BINDING}:HTTP-POST\" Location=\"{front}/sso\"/>\
             <md:SingleSignOnService Binding=\"{BINDING}:HTTP-Redirect\" Location=\"{front}/sso\"/>\
             </md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity,
            self.at(86_400),
            place("_md", &self.keys, RSA, EXCLUSIVE),
            self.keys.cert_base64(),
        );
        signed(&self.keys, text)
    }

    fn at(&self, seconds: i64) -> String {
        let at = self.clock.now().plus_seconds(seconds);
        jiff::Timestamp::from_millisecond(at.millis()).unwrap().to_string()
    }

    /// The answer on the back channel.
    pub fn artifact_response(&self, resolve: &str, asked: Option<&Asked>) -> String {
        match self.lie {
            Lie::NotXml => return "geen xml".to_owned(),
            Lie::TooLarge => return format!("<x>{}</x>", "a".repeat(2 << 20)),
            Lie::NotSoap => return "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>".to_owned(),
            _ => {}
        }
        let answered = asked.map(|asked| self.response(&asked.request)).unwrap_or_default();
        let issuer = if self.lie == Lie::OtherArtifactIssuer { "https://elders.example" } else { &self.entity };
        let resolve = if self.lie == Lie::OtherResolve { "_other" } else { resolve };
        let at = self.at(if self.lie == Lie::AnsweredLongAgo { -3600 } else { 0 });
        let status = if self.lie == Lie::ArtifactStatus { "Requester" } else { "Success" };
        let (keys, with_place) = match self.lie {
            Lie::UnsignedArtifactResponse => (&self.keys, false),
            Lie::StrangerArtifactResponse => (&self.stranger, true),
            _ => (&self.keys, true),
        };
        let place = if with_place { place("_artifact", keys, RSA, EXCLUSIVE) } else { String::new() };
        let message = format!(
            "<samlp:ArtifactResponse {NAMESPACES} ID=\"_artifact\" Version=\"2.0\" InResponseTo=\"{resolve}\" IssueInstant=\"{at}\">\
             <saml:Issuer>{issuer}</saml:Issuer>{place}<samlp:Status><samlp:StatusCode Value=\"{STATUS}{status}\"/></samlp:Status>\
             {answered}</samlp:ArtifactResponse>"
        );
        let message = if with_place { signed(keys, message) } else { message };
        self.envelope(message)
    }

    fn envelope(&self, message: String) -> String {
        let (mut head, mut header, mut message) = (String::new(), String::new(), message);
        match self.lie {
            Lie::ChangedArtifactResponse => message = message.replace("999990019", "999990020"),
            // Neither changes what the signature is over: canonicalization drops comments and knows no CDATA.
            Lie::CommentInNumber => message = message.replace("999990019", "999990019<!-- -->"),
            Lie::CharacterDataComment => message = message.replace("s00000000:", "<![CDATA[s00000000:]]><!-- -->"),
            Lie::ProcessingInstruction => message = message.replace("<saml:Subject>", "<?x y?><saml:Subject>"),
            Lie::DocumentType => head = "<!DOCTYPE x [<!ENTITY e \"v\">]>".to_owned(),
            // Outside of what is signed, under the name of what is.
            Lie::WrappedSameId => {
                let forged = "<saml:Assertion ID=\"_assertion\" xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
                header = forged.to_owned();
            }
            Lie::StrangerReadsFile => header = stranger("Cargo.toml", "", ""),
            Lie::StrangerReadsByPointer => header = stranger("#xpointer(id('_artifact'))", "", ""),
            Lie::StrangerRunsProgram => {
                let program = "http://www.w3.org/TR/1999/REC-xslt-19991116";
                header = stranger("#_artifact", &format!("<ds:Transform Algorithm=\"{program}\"/>"), "");
            }
            Lie::StrangerNamesTwoMethods => {
                header = stranger("#_artifact", "", &format!(" xmlns:x=\"urn:x\" x:Algorithm=\"{HMAC}\""));
            }
            Lie::StrangerSignsOften => header = stranger("#_artifact", "", "").repeat(20),
            Lie::WrappedInHeader => {
                let forged =
                    without_signature(&message).replace("999990019", "999990020").replace("_artifact", "_forged");
                header.clone_from(&message);
                message = forged;
            }
            _ => {}
        }
        format!(
            "{head}<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header>{header}</soap:Header><soap:Body>{message}</soap:Body>\
             </soap:Envelope>"
        )
    }

    fn response(&self, request: &str) -> String {
        let answered = if self.lie == Lie::OtherRequestInResponse { "_other" } else { request };
        let issuer = if self.lie == Lie::OtherResponseIssuer { "https://elders.example" } else { &self.entity };
        let destination = if self.lie == Lie::OtherDestination { "https://elders.example" } else { &self.consumer };
        let status = match self.lie {
            Lie::Cancelled => {
                nested("Responder", "AuthnFailed")
                    + "<samlp:StatusMessage>Authentication cancelled</samlp:StatusMessage>"
            }
            Lie::FailedNotCancelled => nested("Responder", "AuthnFailed"),
            Lie::Denied => nested("Responder", "RequestDenied"),
            Lie::NoContext => nested("Requester", "NoAuthnContext"),
            _ => format!("<samlp:StatusCode Value=\"{STATUS}Success\"/>"),
        };
        let refused = matches!(
            self.lie,
            Lie::Cancelled | Lie::FailedNotCancelled | Lie::Denied | Lie::NoContext | Lie::NoAssertion
        );
        let content = if refused { String::new() } else { self.wrapped(request) };
        format!(
            "<samlp:Response {NAMESPACES} ID=\"_response\" Version=\"2.0\" InResponseTo=\"{answered}\" IssueInstant=\"{}\" \
             Destination=\"{destination}\"><saml:Issuer>{issuer}</saml:Issuer>{content}</samlp:Response>",
            self.at(0)
        )
        .replacen("</saml:Issuer>", &format!("</saml:Issuer>@EXT@<samlp:Status>{status}</samlp:Status>"), 1)
        .replace("@EXT@", &self.extension(request))
    }

    /// The signed assertion, and what an attacker makes of it.
    fn wrapped(&self, request: &str) -> String {
        let original = self.assertion(request);
        let forged = || without_signature(&original).replace("999990019", "999990020").replace("_assertion", "_forged");
        let signature = || signature_of(&original).to_owned();
        let with = |forged: String, signature: &str| {
            forged.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
        };
        match self.lie {
            Lie::WrappedInExtensions => forged(),
            Lie::WrappedInObject => {
                let holding = signature().replace(
                    "</ds:Signature>",
                    &format!("<ds:Object>{}</ds:Object></ds:Signature>", without_signature(&original)),
                );
                with(forged(), &holding)
            }
            Lie::WrappedInAdvice => {
                let advice = format!("<saml:Advice>{}</saml:Advice>", without_signature(&original));
                with(forged(), &signature()).replace("<saml:AuthnStatement", &format!("{advice}<saml:AuthnStatement"))
            }
            Lie::WrappedForgedFirst => forged() + &original,
            Lie::WrappedForgedLast => original.clone() + &forged(),
            // Signed, by the artifact response that holds it: but not by itself.
            Lie::WrappedSignatureOfOuter => without_signature(&original).replacen(
                "</saml:Issuer>",
                "</saml:Issuer><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
                1,
            ),
            Lie::EncryptedAssertion => original.clone() + "<saml:EncryptedAssertion/>",
            _ => original,
        }
    }

    fn extension(&self, request: &str) -> String {
        match self.lie {
            Lie::WrappedInExtensions => format!("<samlp:Extensions>{}</samlp:Extensions>", self.assertion(request)),
            _ => String::new(),
        }
    }

    fn assertion(&self, request: &str) -> String {
        let mut text = self.assertion_text(request);
        let (keys, method, canonicalization) = match self.lie {
            Lie::UnsignedAssertion => return text.replace("@SIGNATURE@", ""),
            Lie::StrangerAssertion => (&self.stranger, RSA, EXCLUSIVE),
            Lie::CertificateAsSecret => (&self.keys, HMAC, EXCLUSIVE),
            Lie::InclusiveCanonicalization => (&self.keys, RSA, INCLUSIVE),
            _ => (&self.keys, RSA, EXCLUSIVE),
        };
        let mut signature = place("_assertion", keys, method, canonicalization);
        if self.lie == Lie::WholeDocumentReference {
            signature = signature.replace("URI=\"#_assertion\"", "URI=\"\"");
        }
        text = text.replace("@SIGNATURE@", &signature);
        let text = match self.lie {
            Lie::CertificateAsSecret => signed_with_secret(&self.keys, text),
            _ => signed(keys, text),
        };
        if self.lie == Lie::ChangedAssertion { text.replace("999990019", "999990020") } else { text }
    }

    fn assertion_text(&self, request: &str) -> String {
        let lie = self.lie;
        let pick =
            |on: Lie, false_one: &str, right: &str| if lie == on { false_one.to_owned() } else { right.to_owned() };
        let issuer = pick(Lie::OtherAssertionIssuer, "https://elders.example", &self.entity);
        let audience = pick(Lie::OtherAudience, "https://elders.example", &self.client);
        let recipient = pick(Lie::OtherRecipient, "https://elders.example/login/return", &self.consumer);
        let request = pick(Lie::OtherRequestInSubject, "_other", request);
        let method = pick(Lie::NotBearer, "holder-of-key", "bearer");
        let from = self.at(if lie == Lie::NotYet { 600 } else { 0 });
        let until = pick(
            Lie::NoEnd,
            "",
            &format!(" NotOnOrAfter=\"{}\"", self.at(if lie == Lie::Expired { -90 } else { 120 })),
        );
        let subject_until = self.at(if lie == Lie::ExpiredSubject { -90 } else { 120 });
        let mut restriction =
            format!("<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>");
        if lie == Lie::SecondRestrictionWithoutUs {
            restriction += "<saml:AudienceRestriction><saml:Audience>https://elders.example</saml:Audience></saml:AudienceRestriction>";
        }
        let restriction = pick(Lie::NoAudience, "", &restriction);
        let conditions = pick(
            Lie::NoConditions,
            "",
            &format!("<saml:Conditions NotBefore=\"{from}\"{until}>{restriction}</saml:Conditions>"),
        );
        let (name, attributes) = self.persons();
        format!(
            "<saml:Assertion {NAMESPACES} ID=\"_assertion\" Version=\"2.0\" IssueInstant=\"{now}\"><saml:Issuer>{issuer}</saml:Issuer>\
             @SIGNATURE@<saml:Subject>{name}<saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:{method}\">\
             <saml:SubjectConfirmationData InResponseTo=\"{request}\" Recipient=\"{recipient}\" NotOnOrAfter=\"{subject_until}\"/>\
             </saml:SubjectConfirmation></saml:Subject>{conditions}{statement}{attributes}</saml:Assertion>",
            now = self.at(0),
            statement = self.statement(),
        )
    }

    fn statement(&self) -> String {
        let instant = match self.lie {
            Lie::NoAuthnInstant => String::new(),
            Lie::LoggedInLongAgo => format!(" AuthnInstant=\"{}\"", self.at(-3600)),
            _ => format!(" AuthnInstant=\"{}\"", self.at(-5)),
        };
        let class = match self.lie {
            Lie::UnknownLevel => {
                "<saml:AuthnContextClassRef>https://elders.example/hoog</saml:AuthnContextClassRef>".to_owned()
            }
            Lie::NoLevel => String::new(),
            _ => format!("<saml:AuthnContextClassRef>{}</saml:AuthnContextClassRef>", self.class),
        };
        match self.lie {
            Lie::NoAuthnStatement => String::new(),
            _ => format!(
                "<saml:AuthnStatement{instant}><saml:AuthnContext>{class}</saml:AuthnContext></saml:AuthnStatement>"
            ),
        }
    }

    /// Subject and attributes.
    fn persons(&self) -> (String, String) {
        let number = match self.lie {
            Lie::NotANumber => "999990018",
            _ => &self.bsn,
        };
        let sector = if self.lie == Lie::SofiNumber { "s00000001" } else { "s00000000" };
        let plain = format!(
            "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{sector}:{number}</saml:NameID>"
        );
        let transient = "<saml:NameID>tijdelijk</saml:NameID>".to_owned();
        match (self.form, self.lie) {
            (Form::NameId | Form::EncryptedNameId, Lie::NoNumber) => (transient, String::new()),
            (Form::NameId, _) => (plain, String::new()),
            (Form::EncryptedNameId, _) => (self.encrypted(&plain), String::new()),
            (Form::Attributes | Form::AttributesBeside, _) => (transient, self.attributes(number)),
        }
    }

    fn attributes(&self, number: &str) -> String {
        let qualifier = if self.lie == Lie::PseudonymOnly { "Pseudonym" } else { "legacy-BSN" };
        let name = |number: &str| {
            format!(
                "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" NameQualifier=\"urn:nl-eid-gdi:1.0:id:{qualifier}\" \
                 Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{number}</saml:NameID>"
            )
        };
        let attribute = |kind: &str, value: String| {
            format!(
                "<saml:Attribute Name=\"urn:nl-eid-gdi:1.0:{kind}\"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
            )
        };
        let value = match self.lie {
            Lie::PlainIdentity => name(number),
            _ => self.encrypted(&name(number)),
        };
        let mut attributes = attribute("ActingSubjectID", value);
        if self.lie == Lie::NoNumber {
            attributes = attribute("ServiceID", "iets".to_owned());
        }
        if self.lie == Lie::TwoActing {
            attributes += &attribute("ActingSubjectID", self.encrypted(&name("999990020")));
        }
        if let Some(legal) = &self.legal {
            attributes += &attribute("LegalSubjectID", self.encrypted(&name(legal)));
        }
        format!("<saml:AttributeStatement>{attributes}</saml:AttributeStatement>")
    }

    /// An EncryptedID for the client.
    fn encrypted(&self, name: &str) -> String {
        const ENC: &str = "http://www.w3.org/2001/04/xmlenc#";
        let content = if self.lie == Lie::WeakContent { "aes128-cbc" } else { "aes256-cbc" };
        let template = format!(
            "<xenc:EncryptedData xmlns:xenc=\"{ENC}\" Type=\"{ENC}Element\"><xenc:EncryptionMethod Algorithm=\"{ENC}{content}\"/>\
             <ds:KeyInfo xmlns:ds=\"{DSIG}\"><xenc:EncryptedKey Recipient=\"{}\"><xenc:EncryptionMethod Algorithm=\"{ENC}rsa-oaep-mgf1p\"/>\
             <xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo>\
             <xenc:CipherData><xenc:CipherValue></xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>",
            self.client
        );
        let mut keys = KeysManager::new();
        let to = if self.lie == Lie::EncryptedForAnother { &self.stranger.cert_der } else { &self.client_cert };
        keys.add_key(loader::load_x509_cert_der(to).unwrap());
        let mut data = encrypt::encrypt(&EncContext::new(keys), &template, name.as_bytes()).unwrap();
        if self.lie == Lie::BrokenCipher {
            let last = data.rfind("</xenc:CipherValue>").unwrap();
            data.replace_range(last - 30..last - 20, "AAAAAAAAAA");
        }
        if self.lie == Lie::OldKeyTransport {
            data = data.replace("rsa-oaep-mgf1p", "rsa-1_5");
        }
        if self.form == Form::AttributesBeside {
            self.serial.set(self.serial.get() + 1);
            data = beside(&data, self.serial.get());
        }
        format!("<saml:EncryptedID>{data}</saml:EncryptedID>")
    }
}

/// The key moved out of the data, with a reference in its place, and a key for somebody else before it.
fn beside(data: &str, serial: u32) -> String {
    let start = data.find("<xenc:EncryptedKey").unwrap();
    let end = data.find("</xenc:EncryptedKey>").unwrap() + "</xenc:EncryptedKey>".len();
    let key = data[start..end].replacen(
        "<xenc:EncryptedKey",
        &format!("<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" Id=\"_key{serial}\""),
        1,
    );
    let recipient = super::provider::attribute(&key, "Recipient").to_owned();
    let other = key.replace(&recipient, "urn:iemand-anders").replace("_key", "_other-key");
    let data = format!("{}<ds:RetrievalMethod URI=\"#_key{serial}\"/>{}", &data[..start], &data[end..]);
    data + &other + &key
}

fn nested(first: &str, second: &str) -> String {
    format!(
        "<samlp:StatusCode Value=\"{STATUS}{first}\"><samlp:StatusCode Value=\"{STATUS}{second}\"/></samlp:StatusCode>"
    )
}

fn place(id: &str, keys: &Keys, method: &str, canonicalization: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{canonicalization}\"/>\
         <ds:SignatureMethod Algorithm=\"{method}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{DSIG}enveloped-signature\"/><ds:Transform Algorithm=\"{canonicalization}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{SHA256}\"/><ds:DigestValue></ds:DigestValue></ds:Reference></ds:SignedInfo>\
         <ds:SignatureValue></ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>\
         </ds:KeyInfo></ds:Signature>",
        keys.cert_base64()
    )
}

fn signed(keys: &Keys, text: String) -> String {
    let mut manager = KeysManager::new();
    manager.add_key(loader::load_rsa_private_pem(keys.key_pem.as_bytes()).unwrap());
    sign::sign_owned(&DsigContext::new_permissive(manager), text).unwrap()
}

/// The well-known confusion: the public certificate used as a symmetric key.
fn signed_with_secret(keys: &Keys, text: String) -> String {
    let mut manager = KeysManager::new();
    manager.add_key(loader::load_hmac_key(&keys.cert_der).unwrap());
    sign::sign_owned(&DsigContext::new_permissive(manager), text).unwrap()
}

/// A signature that nobody made, over what it likes.
fn stranger(uri: &str, transforms: &str, method: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/><ds:SignatureMethod{method} Algorithm=\"{RSA}\"/>\
         <ds:Reference URI=\"{uri}\"><ds:Transforms>{transforms}<ds:Transform Algorithm=\"{EXCLUSIVE}\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue></ds:DigestValue></ds:Reference>\
         </ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
    )
}

fn signature_of(message: &str) -> &str {
    let start = message.find("<ds:Signature ").unwrap();
    let end = message.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    &message[start..end]
}

fn without_signature(message: &str) -> String {
    message.replacen(signature_of(message), "", 1)
}
