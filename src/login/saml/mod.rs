//! Logging in over SAML 2.0: at DigiD itself, or at a routing service of Stelsel Toegang such as TVS
//! (medmij-authorization §9.2-9.4, R-ID-02).
//!
//! A signed AuthnRequest goes with the browser; an artifact comes back with it; the assertion is fetched for that artifact over mutual
//! TLS, once. An answer counts when the provider's key, from its metadata, signed it for us, for this login, and now. The ID
//! of a request is made of the login's single-use state, so that an answer to any other login – or a second time the same –
//! fits nothing ([`Sealer::login_value`]). What the provider says is never repeated in an error or a log.

mod answer;
mod messages;
mod metadata;
mod signature;
mod subject;
mod tree;

use std::collections::BTreeMap;
use std::io::Write as _;

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

pub use metadata::MetadataError;

use self::answer::Expected;
use self::messages::AuthnRequest;
use self::metadata::IdentityProvider;
use self::signature::Signer;
use self::subject::Opener;
use super::{Departure, Identity, LoginError, LoginStart, PatientLogin};
use crate::domain::assurance::Level;
use crate::domain::representation::Representation;
use crate::domain::time::{Clock, Timestamp};
use crate::oauth::{LoginState, Params};
use crate::seal::{Sealer, hex};

/// The largest answer of a provider that is read, in bytes.
const ANSWER_LIMIT: usize = 1 << 20;
/// Bytes of an artifact of type 4: type, index, source and handle (SAML bindings §3.6.4).
const ARTIFACT_BYTES: usize = 44;
const SIGNATURE_METHOD: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// What each class reference means.
pub type Levels = BTreeMap<String, Level>;

/// The form of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// DigiD 3.x: the number in the NameID, the level asked for in the request (§9.3).
    Digid,
    /// Stelsel Toegang: the number encrypted in an attribute, the level of the service in its catalogue (§9.4).
    Toegang,
}

/// How our request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// In a form of a page of ours.
    Post,
    /// In the address the browser is sent to.
    Redirect,
}

/// What an operator knows of the connection.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The form of the interface.
    pub profile: Profile,
    /// How our request travels.
    pub binding: Binding,
    /// Our entity ID.
    pub entity: String,
    /// The address of this server that the provider sends browsers back to.
    pub consumer: Url,
    /// That address's index in our metadata.
    pub consumer_index: u16,
    /// What class references mean; one that is not here is no login.
    pub levels: Levels,
    /// Stelsel Toegang: the entity that is asked for voluntary mandates, when representation is on.
    pub voluntary: Option<String>,
    /// Stelsel Toegang: the entity that is asked for parental authority, when representation is on.
    pub parental: Option<String>,
}

/// The texts of the files of a connection.
pub struct Files<'a> {
    /// The provider's metadata, XML.
    pub metadata: &'a str,
    /// The certificate (PEM) that signed the metadata; without one the file itself is trusted.
    pub metadata_signer: Option<&'a [u8]>,
    /// Our certificate for signing, PEM.
    pub cert: &'a [u8],
    /// Its RSA key, PEM.
    pub key: &'a [u8],
    /// Our certificate for encryption, PEM.
    pub decryption_cert: &'a [u8],
    /// Its RSA key, PEM.
    pub decryption_key: &'a [u8],
}

/// A connection that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The metadata.
    #[error("the provider's metadata {0}")]
    Metadata(#[from] MetadataError),
    /// A certificate.
    #[error("{0} holds no certificate")]
    Certificate(&'static str),
    /// A key.
    #[error("{0} holds no RSA key")]
    Key(&'static str),
}

/// The means of login.
pub struct Saml {
    settings: Settings,
    provider: IdentityProvider,
    signer: Signer,
    key: RsaKeyPair,
    opener: Opener,
    certificates: (String, String),
    origin: String,
    sign_on: Url,
    http: reqwest::Client,
    sealer: Sealer,
    clock: Clock,
}

/// Why an answer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    NotXml,
    Shape,
    Unsigned,
    Signature,
    Algorithm,
    Issuer,
    OtherRequest,
    Recipient,
    Audience,
    Time,
    Level,
    Number,
    Decryption,
    Artifact,
    Refused,
    Cancelled,
}

impl Doubt {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotXml => "not_xml",
            Self::Shape => "shape",
            Self::Unsigned => "unsigned",
            Self::Signature => "signature",
            Self::Algorithm => "algorithm",
            Self::Issuer => "issuer",
            Self::OtherRequest => "other_request",
            Self::Recipient => "recipient",
            Self::Audience => "audience",
            Self::Time => "time",
            Self::Level => "unknown_level",
            Self::Number => "number",
            Self::Decryption => "decryption",
            Self::Artifact => "artifact",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Saml {
    /// A connection made of these settings and files. `http` shows our certificate, trusts the provider's roots and follows no
    /// redirects.
    ///
    /// # Errors
    /// [`SetupError`] names the file that cannot be used.
    pub fn new(
        settings: Settings,
        files: &Files<'_>,
        http: reqwest::Client,
        sealer: Sealer,
        clock: Clock,
    ) -> Result<Self, SetupError> {
        let signed_by = files.metadata_signer.map(|pem| certificate(pem, "metadata_signer")).transpose()?;
        let provider = IdentityProvider::read(files.metadata, signed_by.as_deref(), clock.now())?;
        let sign_on = match settings.binding {
            Binding::Post => provider.by_post.clone(),
            Binding::Redirect => provider.by_redirect.clone(),
        };
        let sign_on = sign_on.ok_or(MetadataError::Address("SingleSignOnService for this binding"))?;
        let (cert, decryption_cert) =
            (certificate(files.cert, "cert")?, certificate(files.decryption_cert, "decryption_cert")?);
        let name = hex(digest::digest(&digest::SHA256, &cert).as_ref());
        let certificates = (STANDARD.encode(&cert), STANDARD.encode(decryption_cert));
        let signer = Signer::new(files.key, &name, &certificates.0).map_err(|_| SetupError::Key("key"))?;
        let opener = Opener::new(files.decryption_key, &settings.entity);
        Ok(Self {
            origin: sign_on.origin().ascii_serialization(),
            key: rsa_pair(files.key).ok_or(SetupError::Key("key"))?,
            opener: opener.map_err(|_| SetupError::Key("decryption_key"))?,
            settings,
            provider,
            signer,
            certificates,
            sign_on,
            http,
            sealer,
            clock,
        })
    }

    /// Our metadata, signed: what the provider must know of this server.
    ///
    /// # Errors
    /// [`SetupError::Key`] when it cannot be signed.
    pub fn metadata(&self) -> Result<String, SetupError> {
        let settings = &self.settings;
        let id = format!("_{}", hex(&digest::digest(&digest::SHA256, settings.entity.as_bytes()).as_ref()[..16]));
        let consumer = (settings.consumer.as_str(), settings.consumer_index);
        let certificates = (self.certificates.0.as_str(), self.certificates.1.as_str());
        let text = messages::metadata(&id, &settings.entity, consumer, certificates, &self.signer.place(&id));
        let text = text.map_err(|_| SetupError::Key("key"))?;
        self.signer.sign(text).map_err(|_| SetupError::Key("key"))
    }

    fn away(&self, why: &'static str) -> LoginError {
        metrics::counter!("dvza_login_failures_total", "reason" => "unavailable").increment(1);
        tracing::warn!(provider = self.provider.entity, why, "the login provider cannot be used");
        LoginError::Unavailable
    }

    /// Why an answer is not to be trusted: counted, and logged without anything the answer said.
    fn distrust(&self, doubt: Doubt) -> LoginError {
        metrics::counter!("dvza_login_failures_total", "reason" => doubt.as_str()).increment(1);
        if doubt == Doubt::Cancelled {
            return LoginError::Cancelled;
        }
        tracing::warn!(
            provider = self.provider.entity,
            why = doubt.as_str(),
            "an answer of the login provider was refused"
        );
        LoginError::Failed
    }

    /// ID of the request of this login.
    fn request_id(&self, state: &LoginState) -> String {
        format!("_{}", self.sealer.login_value("saml", state.expose()))
    }

    fn depart(&self, start: LoginStart<'_>) -> Result<Departure, LoginError> {
        if self.provider.until.is_some_and(|until| until <= self.clock.now()) {
            return Err(self.away("its metadata is past its validUntil"));
        }
        let settings = &self.settings;
        let id = self.request_id(start.state);
        let class = match settings.profile {
            Profile::Digid => {
                Some(self.class(start.minimum).ok_or_else(|| self.away("no level that is enough is known"))?)
            }
            Profile::Toegang => None,
        };
        let service = match (settings.profile, start.service) {
            (Profile::Digid, _) => None,
            (Profile::Toegang, Some(service)) => Some((service.audience.as_str(), service.uuid.as_str())),
            (Profile::Toegang, None) => return Err(self.away("the practice has no login.audience and login.service")),
        };
        let representation = match start.representation {
            None => None,
            Some(kind) => {
                Some(self.representation(kind).ok_or_else(|| self.away("nobody is named to ask for mandates"))?)
            }
        };
        let request = AuthnRequest {
            id: &id,
            at: self.clock.now(),
            destination: self.sign_on.as_str(),
            entity: &settings.entity,
            consumer_index: settings.consumer_index,
            profile: settings.profile,
            class,
            service,
            representation,
        };
        let departure = match settings.binding {
            Binding::Post => self.by_form(&request, start.state),
            Binding::Redirect => self.by_address(&request, start.state),
        };
        departure.ok_or_else(|| self.away("our request cannot be signed"))
    }

    /// The class reference of the least level that is enough.
    fn class(&self, minimum: Level) -> Option<&str> {
        let enough = self.settings.levels.iter().filter(|(_, level)| **level >= minimum);
        enough.min_by_key(|(_, level)| **level).map(|(class, _)| class.as_str())
    }

    fn representation(&self, kind: Representation) -> Option<&str> {
        match kind {
            Representation::Voluntary => self.settings.voluntary.as_deref(),
            Representation::Parental => self.settings.parental.as_deref(),
        }
    }

    fn by_form(&self, request: &AuthnRequest<'_>, state: &LoginState) -> Option<Departure> {
        let message = request.write(&self.signer.place(request.id)).ok()?;
        let message = self.signer.sign(message).ok()?;
        let fields = vec![("SAMLRequest", STANDARD.encode(message)), ("RelayState", state.expose().to_owned())];
        Some(Departure::Form { action: self.sign_on.to_string(), fields })
    }

    /// The signature is over the query, in this order and encoding (SAML bindings §3.4.4.1).
    fn by_address(&self, request: &AuthnRequest<'_>, state: &LoginState) -> Option<Departure> {
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        deflate.write_all(request.write("").ok()?.as_bytes()).ok()?;
        let message = STANDARD.encode(deflate.finish().ok()?);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("SAMLRequest", &message).append_pair("RelayState", state.expose());
        let signed = query.append_pair("SigAlg", SIGNATURE_METHOD).finish();
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        let mut query = url::form_urlencoded::Serializer::new(signed);
        let query = query.append_pair("Signature", &STANDARD.encode(signature)).finish();
        let mut address = self.sign_on.clone();
        address.set_query(Some(&query));
        Some(Departure::Redirect(address.into()))
    }

    async fn arrive(&self, answer: &Params, at: Timestamp) -> Result<Identity, LoginError> {
        let state = self.state(answer).ok_or_else(|| self.distrust(Doubt::OtherRequest))?;
        let artifact = answer.single("SAMLart").ok().flatten().ok_or_else(|| self.distrust(Doubt::Artifact))?;
        let address = self.resolver(artifact).ok_or_else(|| self.distrust(Doubt::Artifact))?;
        let resolve = format!("_{}", self.sealer.login_value("artifact", state.expose()));
        let (entity, place) = (&self.settings.entity, self.signer.place(&resolve));
        let message =
            messages::artifact_resolve(&resolve, self.clock.now(), address.as_str(), entity, &place, artifact);
        let message = message.ok().and_then(|message| self.signer.sign(message).ok());
        let message = message.ok_or_else(|| self.away("our request cannot be signed"))?;
        let text = self.exchange(address, messages::soap(&message)).await?;
        let expected = Expected {
            provider: &self.provider,
            entity,
            consumer: self.settings.consumer.as_str(),
            request: &self.request_id(&state),
            resolve: &resolve,
            profile: self.settings.profile,
            levels: &self.settings.levels,
            now: self.clock.now(),
        };
        let found = answer::read(&text, &expected, &self.opener).map_err(|doubt| self.distrust(doubt))?;
        let (acting, subject) = (found.persons.acting.into(), found.persons.subject.into());
        Ok(Identity { acting, subject, level: found.level, at })
    }

    /// Where an artifact of this provider is exchanged; `None` when it is no artifact, or another's.
    fn resolver(&self, artifact: &str) -> Option<&Url> {
        let bytes: [u8; ARTIFACT_BYTES] = STANDARD.decode(artifact).ok()?.try_into().ok()?;
        // The hash is a name here, not a protection: SAML bindings §3.6.4 fixes SHA-1.
        let source = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.provider.entity.as_bytes());
        let is_theirs = bytes[..2] == [0, 4] && bytes[4..24] == *source.as_ref();
        self.provider.artifacts.get(&u16::from_be_bytes([bytes[2], bytes[3]])).filter(|_| is_theirs)
    }

    async fn exchange(&self, address: &Url, message: String) -> Result<String, LoginError> {
        let away = |_| self.away("its artifact service does not answer");
        let request = self.http.post(address.clone());
        let request = request.header("content-type", "text/xml; charset=utf-8");
        let request = request.header("soapaction", "http://www.oasis-open.org/committees/security");
        let mut response = request.body(message).send().await.map_err(away)?;
        if !response.status().is_success() {
            return Err(self.away("its artifact service fails"));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if bytes.len() + chunk.len() > ANSWER_LIMIT {
                return Err(self.distrust(Doubt::Shape));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| self.distrust(Doubt::NotXml))
    }
}

impl PatientLogin for Saml {
    fn begin<'a>(&'a self, start: LoginStart<'a>) -> BoxFuture<'a, Result<Departure, LoginError>> {
        Box::pin(async move { self.depart(start) })
    }

    fn state(&self, answer: &Params) -> Option<LoginState> {
        LoginState::offered(answer.single("RelayState").ok()??)
    }

    fn finish<'a>(&'a self, answer: &'a Params, at: Timestamp) -> BoxFuture<'a, Result<Identity, LoginError>> {
        Box::pin(self.arrive(answer, at))
    }

    fn origin(&self) -> Option<&str> {
        Some(&self.origin)
    }
}

fn certificate(pem: &[u8], name: &'static str) -> Result<Vec<u8>, SetupError> {
    CertificateDer::from_pem_slice(pem).map(|der| der.to_vec()).map_err(|_| SetupError::Certificate(name))
}

fn rsa_pair(pem: &[u8]) -> Option<RsaKeyPair> {
    match PrivateKeyDer::from_pem_slice(pem).ok()? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
        _ => None,
    }
}
