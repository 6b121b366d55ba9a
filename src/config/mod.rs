//! The configuration of a server: typed, checked, and the only place that reads settings from the world.
//!
//! One TOML file (`dvza.toml`, written with comments by `dvza init`) and environment variables over it:
//! `DVZA_ENVIRONMENT`, and `DVZA_SECTION__KEY` for the rest (`DVZA_DATABASE__URL`,
//! `DVZA_LISTENERS__FRONT__ADDRESS`). Secrets are never values here, only names of files. Relative paths count
//! from the folder of the file. Settings of one practice are not here: they are rows (release-rules §2.1).

mod check;
mod load;
mod login;
mod template;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::domain::time::Timestamp;

pub use load::ConfigError;
pub use login::{
    BsnPlace, Console, Login, LoginMethod, OidcProvider, SamlBinding, SamlProfile, SamlProvider, StaffMethod,
};
pub use template::{Template, write_template};

/// Everything a server is told at start. Built by [`Config::load`] only, so its rules hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Real patients, or a machine of a developer or tester.
    pub environment: Environment,
    /// Where the data is kept.
    pub database: Database,
    /// Encryption at rest.
    pub keys: Keys,
    /// The four addresses (interface.md §3).
    pub listeners: Listeners,
    /// Limits that hold for each listener.
    #[serde(default)]
    pub limits: Limits,
    /// The MedMij lists.
    pub lists: Lists,
    /// How patients prove who they are.
    pub login: Login,
    /// The practice console.
    #[serde(default)]
    pub console: Console,
    /// Where invitations are handed to; without it they wait in the outbox.
    #[serde(default)]
    pub mail: Option<Mail>,
    /// MedMij's chain log; none: nothing is told.
    #[serde(default)]
    pub chain_log: Option<ChainLog>,
    /// The authorization server.
    #[serde(default)]
    pub oauth: Oauth,
    /// Deliveries of HISes.
    #[serde(default)]
    pub import: Import,
    /// The catalogue of data services.
    #[serde(default)]
    pub services: Services,
    /// Whom patients can call when something is broken.
    #[serde(default)]
    pub service_desk: ServiceDesk,
    /// Whom to tell about a vulnerability; none: there is no `security.txt`.
    #[serde(default)]
    pub security: Option<Security>,
    /// What every page of patients shows.
    #[serde(default)]
    pub pages: Pages,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
}

/// What every page of patients shows (core.usrint.107).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// A PNG or JPEG file with the MedMij logo; without one its name stands in that place.
    pub medmij_logo: Option<PathBuf>,
}

/// Whom to tell about a vulnerability, as `/.well-known/security.txt` says it (RFC 9116).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// Addresses to write or call, the preferred one first: `mailto:`, `https://` or `tel:`.
    pub contact: Vec<String>,
    /// After this instant nobody should believe it any more (RFC 3339); less than a year ahead.
    pub expires: String,
    /// A page with the rules for who reports something.
    pub policy: Option<Url>,
    /// Languages in which one may write, the preferred one first.
    #[serde(default)]
    pub languages: Vec<String>,
}

impl Security {
    /// `expires` as an instant; of a configuration that was checked it is one.
    pub fn expires_at(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(&self.expires).ok()
    }
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its host name.
    pub host: String,
    /// Its port.
    #[serde(default = "submission")]
    pub port: u16,
    /// Who letters come from, such as `Praktijk <online@example.org>`.
    pub from: String,
    /// User name, when it asks for one.
    pub user: Option<String>,
    /// A file with the password as its only line.
    pub password_file: Option<PathBuf>,
    /// PEM with a root that its certificate must come from, beside those of the system.
    pub root: Option<PathBuf>,
    /// Without TLS; development only.
    #[serde(default)]
    pub plain: bool,
    /// Seconds between two looks at the outbox.
    #[serde(default = "half_a_minute")]
    pub every_seconds: u32,
}

const fn half_a_minute() -> u32 {
    30
}

/// The port for handing in mail (RFC 6409), with STARTTLS.
fn submission() -> u16 {
    587
}

/// Whom patients can call (screen "Technische storing", medmij-authorization §1.6).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceDesk {
    /// Name of the Dienstverlener aanbieder.
    pub name: String,
    /// Its telephone number.
    pub phone: String,
}

impl Default for ServiceDesk {
    fn default() -> Self {
        Self { name: "dvza".to_owned(), phone: "-".to_owned() }
    }
}

/// What the installation is for; development loosens rules that protect real patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Real patients.
    Production,
    /// Invented patients on one machine: simulator, `localhost` in the lists, a shifted clock.
    Development,
}

/// The database.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://PATH` or `postgres://USER@HOST/NAME`, without a password.
    pub url: String,
    /// A file with the PostgreSQL password as its only line.
    pub password_file: Option<PathBuf>,
    /// Whether `serve` brings the database to this version itself.
    #[serde(default = "yes")]
    pub migrate_on_start: bool,
}

/// The keys of this installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The key file that `dvza init` wrote.
    pub file: PathBuf,
}

/// The four addresses of interface.md §3.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listeners {
    /// Patients' browsers.
    pub front: PublicListener,
    /// PGO servers and HISes, with a client certificate.
    pub back: BackListener,
    /// Practice staff.
    pub console: PublicListener,
    /// The operator.
    pub ops: OpsListener,
}

/// A TLS listener for browsers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicListener {
    /// IP address and port to listen on.
    pub address: SocketAddr,
    /// What clients call it: `https://host` with an optional port, nothing behind it.
    pub public_url: Url,
    /// PEM with the certificate chain, own certificate first.
    pub cert: PathBuf,
    /// PEM with the private key.
    pub key: PathBuf,
}

/// The TLS listener that demands a client certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackListener {
    /// IP address and port to listen on.
    pub address: SocketAddr,
    /// What clients call it, as in the Zorgaanbiederslijst: `https://host` with an optional port.
    pub public_url: Url,
    /// PEM with the certificate chain, own certificate first.
    pub cert: PathBuf,
    /// PEM with the private key.
    pub key: PathBuf,
    /// PEM with the roots that client certificates must come from (core.tls.314).
    pub client_roots: PathBuf,
    /// PEM files with revocation lists for those roots and their issuers; mandatory in production.
    #[serde(default)]
    pub client_crls: Vec<PathBuf>,
}

/// The plain listener for health and metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsListener {
    /// IP address and port to listen on; keep it on loopback or behind a firewall.
    pub address: SocketAddr,
}

/// Limits of each listener against overload and silent peers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Connections open at the same time, per listener.
    pub connections: u32,
    /// Seconds for a TLS handshake.
    pub handshake_seconds: u32,
    /// Seconds for the first request and for each request head.
    pub head_seconds: u32,
    /// Seconds that running requests get at shutdown.
    pub drain_seconds: u32,
    /// Seconds a resource request may take (core.rscint.202 allows 60).
    pub request_seconds: u32,
    /// Bytes of a request body, deliveries of HISes excepted.
    pub body_bytes: u32,
}

/// The MedMij lists and how old they may be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lists {
    /// The folder with the four list files under their official names; or else `register`.
    pub dir: Option<PathBuf>,
    /// The register to fetch them from.
    pub register: Option<Register>,
    /// Seconds between two looks at the files, or two rounds of fetching.
    #[serde(default = "ten_minutes")]
    pub refresh_seconds: u32,
    /// Seconds that the last good lists may be used when no newer ones come.
    #[serde(default = "one_day")]
    pub max_age_seconds: u32,
}

/// The register that publishes the lists (medmij-authorization §6.1): mutual TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// What the official file names are put behind, such as `https://register.medmij.nl`.
    pub url: Url,
    /// PEM with the client certificate chain, own certificate first.
    pub cert: PathBuf,
    /// PEM with its private key.
    pub key: PathBuf,
    /// PEM with the roots that the register's certificate must come from.
    pub roots: PathBuf,
    /// Whether the Zorgaanbiederskoppellijst is fetched too; nothing is decided on it.
    #[serde(default)]
    pub koppellijst: bool,
}

/// MedMij's chain log (medmij-authorization §8.5): mutual TLS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainLog {
    /// Where lines are posted, such as `https://api.medmij.nl/eagleeye/v1/logs`.
    pub url: Url,
    /// PEM with the client certificate chain, own certificate first.
    pub cert: PathBuf,
    /// PEM with its private key.
    pub key: PathBuf,
    /// PEM with the roots that the receiver's certificate must come from.
    pub roots: PathBuf,
    /// Seconds between two rounds; as often as possible is MedMij's policy.
    #[serde(default = "ten_seconds")]
    pub every_seconds: u32,
}

/// The authorization server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Oauth {
    /// Own texts for `error_description` by situation (RFC 6749 characters only).
    pub error_descriptions: BTreeMap<String, String>,
    /// Whether the host of `redirect_uri` must be the `client_id`.
    pub redirect_host_must_match_client: bool,
    /// Seconds during which a rotated refresh token is still answered (medmij-authorization §3.7).
    pub refresh_grace_seconds: u32,
    /// What a client may collect for which the OCL names no data services at all.
    pub ocl_without_services: OclWithoutServices,
    /// Whether somebody may act for another (extension Vertegenwoordiging, medmij-authorization §9.6).
    pub representation: bool,
}

/// What a client may collect for which the OAuthclientlist names no data services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OclWithoutServices {
    /// Nothing.
    Refuse,
    /// Every data service that consent and practice allow.
    All,
}

/// Deliveries of HISes and when they are held for a person (his-source-data, E-LIM-001 and E-LIM-002).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Import {
    /// Share of the known patients (0 to 1) that a full delivery may lack before it is held.
    pub missing_patients_share: f64,
    /// Share of the known records (0 to 1) that a full delivery may lack before it is held.
    pub missing_records_share: f64,
    /// Share of refused records (0 to 1) that rejects the whole delivery.
    pub refused_records_share: f64,
    /// A folder in which deliveries appear; none: import by command or HTTPS push only.
    pub watch_dir: Option<PathBuf>,
    /// Seconds between two looks into `watch_dir`.
    pub watch_seconds: u32,
}

/// The catalogue of data services (interface.md §4).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Services {
    /// An operator's own catalogue in place of the built-in one.
    pub catalogue: Option<PathBuf>,
    /// Ids of optional services of the catalogue that this installation offers too.
    pub also: Vec<String>,
}

/// What is logged and how it looks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Lines for people or JSON for a log collector.
    pub format: LogFormat,
    /// A filter of tracing, such as `info` or `dvza=debug,warn`.
    pub filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1000,
            handshake_seconds: 10,
            head_seconds: 30,
            drain_seconds: 30,
            request_seconds: 60,
            body_bytes: 64 * 1024,
        }
    }
}

impl Default for Oauth {
    fn default() -> Self {
        Self {
            error_descriptions: BTreeMap::new(),
            redirect_host_must_match_client: true,
            refresh_grace_seconds: 0,
            ocl_without_services: OclWithoutServices::Refuse,
            representation: false,
        }
    }
}

impl Default for Import {
    fn default() -> Self {
        Self {
            missing_patients_share: 0.10,
            missing_records_share: 0.20,
            refused_records_share: 0.05,
            watch_dir: None,
            watch_seconds: 30,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

impl Lists {
    /// Time between two looks at the files.
    pub const fn refresh(&self) -> Duration {
        Duration::from_secs(self.refresh_seconds as u64)
    }
}

const fn yes() -> bool {
    true
}

const fn ten_seconds() -> u32 {
    10
}

const fn ten_minutes() -> u32 {
    600
}

const fn one_day() -> u32 {
    86_400
}
