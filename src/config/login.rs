//! How patients log in, as an operator configures it (medmij-authorization §9).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use crate::domain::representation::Representation;

/// How patients prove who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The method for every practice of this installation.
    pub method: LoginMethod,
    /// The provider, for the method `oidc`.
    pub oidc: Option<OidcProvider>,
    /// The provider, for the method `saml`.
    pub saml: Option<SamlProvider>,
}

impl Login {
    /// The grounds for acting for another that this means of login can be asked about.
    pub fn grounds(&self) -> Vec<Representation> {
        let entities = match (self.method, &self.saml) {
            (LoginMethod::Simulator, _) => return Representation::ALL.into(),
            (LoginMethod::Saml, Some(saml)) if saml.profile == SamlProfile::Toegang => {
                [(Representation::Voluntary, &saml.voluntary), (Representation::Parental, &saml.parental)]
            }
            _ => return Vec::new(),
        };
        entities.into_iter().filter(|(_, entity)| entity.is_some()).map(|(ground, _)| ground).collect()
    }
}

/// DigiD, or a routing service of Stelsel Toegang, over SAML 2.0 (medmij-authorization §9.3, §9.4).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlProvider {
    /// The form of the interface.
    pub profile: SamlProfile,
    /// How our request travels.
    #[serde(default)]
    pub binding: SamlBinding,
    /// Our entity ID.
    pub entity_id: String,
    /// The provider's metadata, as it publishes it.
    pub metadata: PathBuf,
    /// PEM with the certificate that signs that metadata; mandatory in production.
    pub metadata_signer: Option<PathBuf>,
    /// PEM with our certificate for signing.
    pub cert: PathBuf,
    /// PEM with its RSA key.
    pub key: PathBuf,
    /// PEM with our certificate for encryption; that for signing when absent.
    pub decryption_cert: Option<PathBuf>,
    /// PEM with its RSA key.
    pub decryption_key: Option<PathBuf>,
    /// PEM with the client certificate for the artifact service.
    pub tls_cert: PathBuf,
    /// PEM with its key.
    pub tls_key: PathBuf,
    /// PEM with the roots that the artifact service's certificate must come from.
    pub roots: PathBuf,
    /// Index of our address for answers, in our metadata.
    #[serde(default)]
    pub consumer_index: u16,
    /// What each class reference means; that of the profile when absent (§9.2).
    pub levels: Option<BTreeMap<String, String>>,
    /// Stelsel Toegang: the entity that is asked for voluntary mandates.
    pub voluntary: Option<String>,
    /// Stelsel Toegang: the entity that is asked for parental authority.
    pub parental: Option<String>,
}

/// The forms of the SAML interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SamlProfile {
    /// DigiD 3.x.
    Digid,
    /// Stelsel Toegang, such as TVS.
    Toegang,
}

/// How a SAML request travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SamlBinding {
    /// In a form of a page of ours.
    #[default]
    Post,
    /// In the address the browser is sent to.
    Redirect,
}

/// An OpenID Connect provider in front of DigiD (medmij-authorization §9).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcProvider {
    /// The issuer, exactly as its ID tokens name it.
    pub issuer: Url,
    /// Our name there.
    pub client_id: String,
    /// A file with our secret there as its only line.
    pub client_secret_file: PathBuf,
    /// PEM with the roots that the provider's certificate must come from.
    pub roots: PathBuf,
    /// Scopes beside `openid`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether the provider knows people by a pairwise pseudonym: then `bsn_claim` names the claim with that, such as `sub`, and
    /// `dvza practice link` says whose it is.
    #[serde(default)]
    pub pairwise: bool,
    /// The claim with the citizen service number.
    #[serde(default = "bsn_claim")]
    pub bsn_claim: String,
    /// Where that claim stands.
    #[serde(default)]
    pub bsn_in: BsnPlace,
    /// What each `acr` value means: `basis`, `midden`, `substantieel` or `hoog`. A value that is not here is no login.
    #[serde(default = "eidas_levels")]
    pub levels: BTreeMap<String, String>,
}

/// The practice console, as an operator configures it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Console {
    /// How employees prove who they are.
    pub login: StaffMethod,
    /// The provider, for the method `oidc`; `dvza practice employee` says who is which employee.
    pub oidc: Option<OidcProvider>,
}

/// The known ways for employees to log in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StaffMethod {
    /// A form that believes anybody; development only.
    Simulator,
    /// An OpenID Connect provider.
    Oidc,
    /// Nobody can log in.
    #[default]
    Closed,
}

/// Where a provider puts the citizen service number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BsnPlace {
    /// In the ID token.
    #[default]
    IdToken,
    /// In the answer of the UserInfo endpoint.
    Userinfo,
}

/// The known ways to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginMethod {
    /// A form that believes any number; development only.
    Simulator,
    /// An OpenID Connect provider.
    Oidc,
    /// A SAML 2.0 provider; only in a build with the feature `saml`.
    Saml,
    /// Nobody can log in: authorize requests are refused, standing consents go on.
    Closed,
}

fn bsn_claim() -> String {
    "bsn".to_owned()
}

/// The class references of DigiD 3.x (medmij-authorization §9.2; of these, MobileTwoFactorContract is confirmed).
fn digid_levels() -> BTreeMap<String, String> {
    let levels = [
        ("PasswordProtectedTransport", "basis"),
        ("MobileTwoFactorContract", "midden"),
        ("Smartcard", "substantieel"),
        ("SmartcardPKI", "hoog"),
    ];
    let class = |name| format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{name}");
    levels.into_iter().map(|(name, level)| (class(name), level.to_owned())).collect()
}

impl SamlProvider {
    /// What each class reference means.
    pub fn levels(&self) -> BTreeMap<String, String> {
        match (&self.levels, self.profile) {
            (Some(levels), _) => levels.clone(),
            (None, SamlProfile::Digid) => digid_levels(),
            (None, SamlProfile::Toegang) => eidas_levels(),
        }
    }
}

/// The class references of Stelsel Toegang (medmij-authorization §9.2, confirmed column).
fn eidas_levels() -> BTreeMap<String, String> {
    let levels = [
        ("http://eID.logius.nl/LoA/basic", "basis"),
        ("http://eidas.europa.eu/LoA/low", "midden"),
        ("http://eidas.europa.eu/LoA/substantial", "substantieel"),
        ("http://eidas.europa.eu/LoA/high", "hoog"),
    ];
    levels.into_iter().map(|(acr, level)| (acr.to_owned(), level.to_owned())).collect()
}
