//! A MedMij network on one machine, for development, tests and `dvza demo` (interface.md §2).
//!
//! Makes a folder with a certificate authority of its own, certificates for the listeners, two PGOs, a stranger
//! and a HIS, and says which hosts and addresses the four lists must hold. Nothing in it is fit for production:
//! the certificates are valid from 2000 to 2099, so that they hold for the real clock and for a shifted one.
//! The lists themselves are written by `medmij`; their text is handed in.

pub mod authority;
pub mod demo;
pub mod files;
pub mod post;
pub mod surroundings;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use authority::{Authority, AuthorityError, Leaf, Origin, Usage};
use demo::{DEMO_FILE, DemoCertificate, DemoClient, DemoFile, DemoHis, DemoLists, DemoPractice, Employee};
use files::{Privacy, replace, write_new};

use crate::domain::time::Timestamp;

/// The suffix of every MedMij name.
const MEDMIJ_SUFFIX: &str = "@medmij";
/// The host of all listeners.
const HOST: &str = "localhost";
/// Who the two PGOs are: file stem, host, name on the OAuthclientlist.
const PGO: [(&str, &str, &str); 2] =
    [("pgo", "pgo.dvza.test", "Test-PGO"), ("ander", "ander.dvza.test", "Ander Test-PGO")];

/// The ports of the four listeners on loopback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Browsers.
    pub front: u16,
    /// PGO servers and HISes.
    pub back: u16,
    /// Practice staff.
    pub console: u16,
    /// Health and metrics.
    pub ops: u16,
}

impl Ports {
    /// Four ports in a row, as `--port` means them; `None` when the last would be above 65535.
    pub fn from_base(base: u16) -> Option<Self> {
        let ops = base.checked_add(3)?;
        Some(Self { front: base, back: base + 1, console: base + 2, ops })
    }

    /// Four ports in a row that nobody uses now: below those the system gives to outgoing connections, and never the
    /// same twice in this process. `None` when every place is taken.
    pub fn unused() -> Option<Self> {
        const PLACES: u32 = 5_000;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let start = std::process::id().wrapping_mul(37);
        let free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        (0..PLACES).find_map(|_| {
            let place = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PLACES;
            let ports = Self::from_base(12_000 + 4 * u16::try_from(place).ok()?)?;
            [ports.front, ports.back, ports.console, ports.ops].into_iter().all(free).then_some(ports)
        })
    }
}

/// A practice that takes part in the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevPractice {
    /// Its MedMij name with suffix: `huisartsdelinde@medmij`.
    pub medmij_name: String,
    /// What patients call it.
    pub display_name: String,
}

/// A data service with the role that serves it (interface.md §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevService {
    /// GegevensdienstId.
    pub id: String,
    /// Systeemrolcode.
    pub system_role: String,
}

/// The addresses of one data service of one practice, for the Zorgaanbiederslijst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEndpoints {
    /// GegevensdienstId.
    pub service: String,
    /// Systeemrolcode.
    pub system_role: String,
    /// AuthorizationEndpointuri.
    pub authorize: String,
    /// TokenEndpointuri.
    pub token: String,
    /// ResourceEndpointuri.
    pub resource: String,
}

/// A client of the network, for the OAuthclientlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevClient {
    /// Host name, which is the `client_id`.
    pub hostname: &'static str,
    /// OAuthclientOrganisatienaam.
    pub organisation: &'static str,
}

/// The XML texts of the four lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevLists {
    /// Zorgaanbiederslijst.
    pub zal: String,
    /// OAuthclientlist.
    pub ocl: String,
    /// Whitelist.
    pub whl: String,
    /// Gegevensdienstnamenlijst.
    pub gnl: String,
}

/// The folder cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum DevnetError {
    /// A file cannot be read or written.
    #[error("cannot use {path}: {source}; check the folder's permissions and free space")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The certificate authority in the folder is not usable, or a certificate cannot be issued.
    #[error("{path}: {source}; remove the folder to begin anew")]
    Authority {
        /// The certificate at hand.
        path: PathBuf,
        /// What went wrong.
        source: AuthorityError,
    },
    /// A certificate in the folder is of another authority; it is not written over.
    #[error("{path} is not of the certificate authority in this folder; remove it, or use another folder")]
    Foreign {
        /// The certificate.
        path: PathBuf,
    },
    /// The name is no MedMij name that can be part of a host name and a path.
    #[error("{0} is not a MedMij name such as huisartsdelinde@medmij")]
    PracticeName(String),
    /// Two practices whose names differ only in characters that host names lack.
    #[error("{0} and {1} cannot be told apart by host name; rename one of them")]
    SameHost(String, String),
    /// A network needs someone to collect from.
    #[error("no practice given: a development network needs at least one")]
    NoPractice,
    /// `demo.json` cannot be written as JSON.
    #[error("demo.json cannot be written: {0}")]
    Demo(serde_json::Error),
}

/// A development network in its folder.
#[derive(Debug, Clone)]
pub struct DevNetwork {
    dir: PathBuf,
    ports: Ports,
    practices: Vec<DevPractice>,
}

impl DevNetwork {
    /// Makes the folder, or opens it when it is there: existing certificates are kept, missing ones are added.
    ///
    /// An old `demo.json` is removed, so that nobody takes a former server for this one.
    ///
    /// # Errors
    /// [`DevnetError`] when a file cannot be used, the authority in the folder is broken, or practices are
    /// missing or badly named.
    pub fn create_or_open(dir: &Path, ports: Ports, practices: &[DevPractice]) -> Result<Self, DevnetError> {
        check_practices(practices)?;
        let network = Self { dir: dir.to_owned(), ports, practices: practices.to_vec() };
        network.retire_demo()?;
        let authority = open_authority(&dir.join("certs"))?;
        for (stem, leaf) in network.leaves() {
            network.issue(&authority, &stem, &leaf)?;
        }
        Ok(network)
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `https://localhost:PORT` of the front listener.
    pub fn front_url(&self) -> String {
        format!("https://{HOST}:{}", self.ports.front)
    }

    /// `https://localhost:PORT` of the back listener.
    pub fn back_url(&self) -> String {
        format!("https://{HOST}:{}", self.ports.back)
    }

    /// `https://localhost:PORT` of the console.
    pub fn console_url(&self) -> String {
        format!("https://{HOST}:{}", self.ports.console)
    }

    /// The addresses of these services of this practice, for the Zorgaanbiederslijst.
    pub fn endpoints(&self, practice: &DevPractice, services: &[DevService]) -> Vec<ServiceEndpoints> {
        let name = short_name(&practice.medmij_name);
        let (front, back) = (self.front_url(), self.back_url());
        let endpoints = |service: &DevService| ServiceEndpoints {
            service: service.id.clone(),
            system_role: service.system_role.clone(),
            authorize: format!("{front}/oauth/authorize"),
            token: format!("{back}/oauth/token"),
            resource: format!("{back}/fhir/{name}/{}", service.id),
        };
        services.iter().map(endpoints).collect()
    }

    /// The clients for the OAuthclientlist: the PGO and the other PGO.
    pub fn clients() -> [DevClient; 2] {
        PGO.map(|(_, hostname, organisation)| DevClient { hostname, organisation })
    }

    /// The hosts for the Whitelist: the server and both PGOs; neither the stranger nor a HIS.
    pub fn whitelisted_hosts() -> [&'static str; 3] {
        [HOST, PGO[0].1, PGO[1].1]
    }

    /// The host in the client certificate of this practice's HIS.
    pub fn his_host(practice: &DevPractice) -> String {
        format!("his.{}.dvza.test", host_label(&practice.medmij_name))
    }

    /// Writes the four lists under their official names, replacing former ones.
    ///
    /// # Errors
    /// [`DevnetError::File`].
    pub fn write_lists(&self, lists: &DevLists) -> Result<(), DevnetError> {
        let names = DemoLists::default();
        let texts =
            [(names.zal, &lists.zal), (names.ocl, &lists.ocl), (names.whl, &lists.whl), (names.gnl, &lists.gnl)];
        for (name, text) in texts {
            let path = self.dir.join(name);
            replace(&path, text.as_bytes()).map_err(|source| DevnetError::File { path, source })?;
        }
        Ok(())
    }

    /// What `demo.json` says about this network; `now` is the value the clock started at.
    pub fn demo_file(
        &self,
        pid: u32,
        now: Timestamp,
        employees: Vec<Employee>,
        practices: Vec<DemoPractice>,
    ) -> DemoFile {
        let front = self.front_url();
        let client = |(stem, host, _): (&str, &str, &str)| DemoClient {
            client_id: host.to_owned(),
            redirect_uri: format!("https://{host}/callback"),
            certificate: certificate(stem),
        };
        let first = self.practices.first().map(|practice| short_name(&practice.medmij_name)).unwrap_or_default();
        DemoFile {
            ready: true,
            pid,
            now: now.to_rfc3339(),
            consents: format!("{front}/consents"),
            my: format!("{front}/my"),
            front,
            back: self.back_url(),
            console: self.console_url(),
            ops: format!("http://127.0.0.1:{}", self.ports.ops),
            surroundings: None,
            ca: "certs/ca.pem".to_owned(),
            lists: DemoLists::default(),
            pgo: client(PGO[0]),
            other_pgo: client(PGO[1]),
            stranger: certificate("stranger"),
            his: DemoHis { certificate: certificate("his"), push: format!("{}/his/{first}", self.back_url()) },
            employees,
            practices,
        }
    }

    /// Announces the network: writes `demo.json` in one step. Call it when every listener answers.
    ///
    /// # Errors
    /// [`DevnetError::File`] or [`DevnetError::Demo`].
    pub fn announce(&self, demo: &DemoFile) -> Result<(), DevnetError> {
        let text = demo.to_json().map_err(DevnetError::Demo)?;
        let path = self.dir.join(DEMO_FILE);
        replace(&path, text.as_bytes()).map_err(|source| DevnetError::File { path, source })
    }

    /// Removes `demo.json`, if any: the network is not (or no longer) there.
    ///
    /// # Errors
    /// [`DevnetError::File`] when it exists and cannot be removed.
    pub fn retire_demo(&self) -> Result<(), DevnetError> {
        let path = self.dir.join(DEMO_FILE);
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(DevnetError::File { path, source }),
            _ => Ok(()),
        }
    }

    /// Every certificate of the network by the stem of its files. The first practice's HIS is plain `his`.
    fn leaves(&self) -> Vec<(String, Leaf)> {
        let server = |stem: &str| (stem.to_owned(), Leaf::new(HOST, Usage::LoopbackServer));
        let client = |stem: &str, host: &str| (stem.to_owned(), Leaf::new(host, Usage::Client));
        let mut leaves = vec![server("front"), server("back"), server("console")];
        leaves.extend(PGO.map(|(stem, host, _)| client(stem, host)));
        leaves.push(client("stranger", "stranger.dvza.test"));
        leaves.extend(self.practices.iter().enumerate().map(|(i, practice)| {
            let stem = match i {
                0 => "his".to_owned(),
                _ => format!("his-{}", host_label(&practice.medmij_name)),
            };
            client(&stem, &Self::his_host(practice))
        }));
        leaves
    }

    /// Issues a certificate unless the pair for this host is there; another's certificate is left alone.
    fn issue(&self, authority: &Authority, stem: &str, leaf: &Leaf) -> Result<(), DevnetError> {
        let certs = self.dir.join("certs");
        let (cert, key) = (certs.join(format!("{stem}.pem")), certs.join(format!("{stem}.key")));
        if cert.exists() {
            let pem = std::fs::read_to_string(&cert);
            let pem = pem.map_err(|source| DevnetError::File { path: cert.clone(), source })?;
            match authority.origin(&pem, leaf.host()) {
                Origin::Own if key.exists() => return Ok(()),
                Origin::Own | Origin::OwnForAnotherHost => {}
                Origin::Foreign => return Err(DevnetError::Foreign { path: cert }),
            }
        }
        let issued = authority.issue(leaf).map_err(|source| DevnetError::Authority { path: cert.clone(), source })?;
        files::replace_private(&key, issued.key_pem.as_bytes())
            .map_err(|source| DevnetError::File { path: key, source })?;
        replace(&cert, issued.cert_pem.as_bytes()).map_err(|source| DevnetError::File { path: cert, source })
    }
}

/// Opens `ca.pem` and `ca.key` of this folder, or makes both; one without the other is an error.
fn open_authority(certs: &Path) -> Result<Authority, DevnetError> {
    let (cert, key) = (certs.join("ca.pem"), certs.join("ca.key"));
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| DevnetError::File { path, source }
    };
    let broken = |source| DevnetError::Authority { path: cert.clone(), source };
    if cert.exists() || key.exists() {
        let key_pem = zeroize::Zeroizing::new(std::fs::read_to_string(&key).map_err(file(&key))?);
        let cert_pem = std::fs::read_to_string(&cert).map_err(file(&cert))?;
        return Authority::open(&cert_pem, &key_pem).map_err(broken);
    }
    let authority = Authority::create().map_err(broken)?;
    write_new(&key, authority.key_pem().as_bytes(), Privacy::OwnerOnly).map_err(file(&key))?;
    write_new(&cert, authority.pem().as_bytes(), Privacy::Public).map_err(file(&cert))?;
    Ok(authority)
}

fn check_practices(practices: &[DevPractice]) -> Result<(), DevnetError> {
    if practices.is_empty() {
        return Err(DevnetError::NoPractice);
    }
    for (i, practice) in practices.iter().enumerate() {
        let name = &practice.medmij_name;
        let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'&' | b'.');
        let short = name.strip_suffix(MEDMIJ_SUFFIX).filter(|short| !short.is_empty() && short.len() <= 50);
        if !short.is_some_and(|short| short.bytes().all(allowed)) {
            return Err(DevnetError::PracticeName(name.clone()));
        }
        let twin = practices[..i].iter().find(|other| host_label(&other.medmij_name) == host_label(name));
        if let Some(twin) = twin {
            return Err(DevnetError::SameHost(twin.medmij_name.clone(), name.clone()));
        }
    }
    Ok(())
}

/// The name as it stands in paths and scopes: without its suffix.
fn short_name(medmij_name: &str) -> &str {
    medmij_name.strip_suffix(MEDMIJ_SUFFIX).unwrap_or(medmij_name)
}

/// The name as one label of a host name: characters that labels lack become hyphens.
fn host_label(medmij_name: &str) -> String {
    short_name(medmij_name).replace(['&', '.'], "-").trim_matches('-').to_owned()
}

fn certificate(stem: &str) -> DemoCertificate {
    DemoCertificate { cert: format!("certs/{stem}.pem"), key: format!("certs/{stem}.key") }
}

#[cfg(test)]
mod tests;
