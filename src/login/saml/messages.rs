//! What we send: AuthnRequest and ArtifactResolve, signed, and the metadata that announces us.

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::Profile;
use super::tree::ns;
use crate::domain::time::Timestamp;

const BINDING_ARTIFACT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
const INTENDED_AUDIENCE: &str = "urn:nl-eid-gdi:1.0:IntendedAudience";
const SERVICE_UUID: &str = "urn:nl-eid-gdi:1.0:ServiceUUID";

type Xml = Writer<Vec<u8>>;
type Written = std::io::Result<()>;

/// An AuthnRequest to write.
pub(super) struct AuthnRequest<'a> {
    /// Its ID.
    pub(super) id: &'a str,
    /// Now.
    pub(super) at: Timestamp,
    /// Where it goes.
    pub(super) destination: &'a str,
    /// Our name.
    pub(super) entity: &'a str,
    /// Which of our addresses the answer comes to.
    pub(super) consumer_index: u16,
    /// The form of the interface.
    pub(super) profile: Profile,
    /// DigiD: the least level, as its class reference.
    pub(super) class: Option<&'a str>,
    /// Stelsel Toegang: the practice's entity and its service.
    pub(super) service: Option<(&'a str, &'a str)>,
    /// Stelsel Toegang: who is to be asked for whom the person acts.
    pub(super) representation: Option<&'a str>,
}

impl AuthnRequest<'_> {
    /// The message, with this where the signature belongs.
    pub(super) fn write(&self, signature: &str) -> std::io::Result<String> {
        let at = instant(self.at);
        let index = self.consumer_index.to_string();
        let mut attributes = vec![
            ("xmlns:samlp", ns::PROTOCOL),
            ("xmlns:saml", ns::ASSERTION),
            ("ID", self.id),
            ("Version", "2.0"),
            ("IssueInstant", &at),
            ("Destination", self.destination),
            ("AssertionConsumerServiceIndex", &index),
        ];
        if self.profile == Profile::Digid {
            // No single sign-on between practices (medmij-authorization §9.1).
            attributes.push(("ForceAuthn", "true"));
        }
        document("samlp:AuthnRequest", &attributes, |xml| {
            leaf(xml, "saml:Issuer", self.entity)?;
            xml.get_mut().extend_from_slice(signature.as_bytes());
            if let Some((audience, service)) = self.service {
                xml.create_element("samlp:Extensions").write_inner_content(|xml| {
                    attribute(xml, INTENDED_AUDIENCE, audience)?;
                    attribute(xml, SERVICE_UUID, service)
                })?;
            }
            if let Some(class) = self.class {
                let context =
                    xml.create_element("samlp:RequestedAuthnContext").with_attribute(("Comparison", "minimum"));
                context.write_inner_content(|xml| leaf(xml, "saml:AuthnContextClassRef", class))?;
            }
            if let Some(service) = self.representation {
                // Who is asked must be among those one may be sent to, and is named as the one who asks (§9.4, Scoping).
                xml.create_element("samlp:Scoping").write_inner_content(|xml| {
                    xml.create_element("samlp:IDPList").write_inner_content(|xml| {
                        xml.create_element("samlp:IDPEntry").with_attribute(("ProviderID", service)).write_empty()?;
                        Ok(())
                    })?;
                    leaf(xml, "samlp:RequesterID", service)
                })?;
            }
            Ok(())
        })
    }
}

/// An ArtifactResolve, with this where the signature belongs.
pub(super) fn artifact_resolve(
    id: &str,
    at: Timestamp,
    destination: &str,
    entity: &str,
    signature: &str,
    artifact: &str,
) -> std::io::Result<String> {
    let at = instant(at);
    let attributes = [
        ("xmlns:samlp", ns::PROTOCOL),
        ("xmlns:saml", ns::ASSERTION),
        ("ID", id),
        ("Version", "2.0"),
        ("IssueInstant", &at),
        ("Destination", destination),
    ];
    document("samlp:ArtifactResolve", &attributes, |xml| {
        leaf(xml, "saml:Issuer", entity)?;
        xml.get_mut().extend_from_slice(signature.as_bytes());
        leaf(xml, "samlp:Artifact", artifact)
    })
}

/// A message in its SOAP envelope.
pub(super) fn soap(message: &str) -> String {
    format!("<soap:Envelope xmlns:soap=\"{}\"><soap:Body>{message}</soap:Body></soap:Envelope>", ns::SOAP)
}

/// What a provider must know of us: name, certificates, and where answers go.
pub(super) fn metadata(
    id: &str,
    entity: &str,
    consumer: (&str, u16),
    certificates: (&str, &str),
    signature: &str,
) -> std::io::Result<String> {
    let attributes = [("xmlns:md", ns::METADATA), ("xmlns:ds", ns::SIGNATURE), ("ID", id), ("entityID", entity)];
    document("md:EntityDescriptor", &attributes, |xml| {
        xml.get_mut().extend_from_slice(signature.as_bytes());
        let role = xml.create_element("md:SPSSODescriptor").with_attributes([
            ("AuthnRequestsSigned", "true"),
            ("WantAssertionsSigned", "true"),
            ("protocolSupportEnumeration", ns::PROTOCOL),
        ]);
        role.write_inner_content(|xml| {
            for (usage, certificate) in [("signing", certificates.0), ("encryption", certificates.1)] {
                let key = xml.create_element("md:KeyDescriptor").with_attribute(("use", usage));
                key.write_inner_content(|xml| {
                    xml.create_element("ds:KeyInfo").write_inner_content(|xml| {
                        let data = xml.create_element("ds:X509Data");
                        data.write_inner_content(|xml| leaf(xml, "ds:X509Certificate", certificate)).map(|_| ())
                    })?;
                    Ok(())
                })?;
            }
            let (location, index) = (consumer.0, consumer.1.to_string());
            let consumer = xml.create_element("md:AssertionConsumerService").with_attributes([
                ("Binding", BINDING_ARTIFACT),
                ("Location", location),
                ("index", index.as_str()),
                ("isDefault", "true"),
            ]);
            consumer.write_empty()?;
            Ok(())
        })?;
        Ok(())
    })
}

fn document(
    name: &str,
    attributes: &[(&str, &str)],
    inner: impl FnOnce(&mut Xml) -> Written,
) -> std::io::Result<String> {
    let mut xml = Writer::new(Vec::new());
    xml.create_element(name).with_attributes(attributes.iter().copied()).write_inner_content(inner)?;
    String::from_utf8(xml.into_inner()).map_err(std::io::Error::other)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> Written {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
}

fn attribute(xml: &mut Xml, name: &str, value: &str) -> Written {
    let attribute = xml.create_element("saml:Attribute").with_attribute(("Name", name));
    attribute.write_inner_content(|xml| leaf(xml, "saml:AttributeValue", value)).map(|_| ())
}

/// An instant as SAML wants it: in UTC.
fn instant(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default().to_string()
}
