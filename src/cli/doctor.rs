//! `dvza doctor`: checks what a server needs and says what to do about each fault.
//!
//! Here: configuration, files and their permissions, certificates, revocation lists, clock. The findings about
//! database, keys' content and the lists' content are made where those are understood, and handed in.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use super::wire;
use crate::config::{Config, Environment, PublicListener};
use crate::domain::time::Timestamp;
use crate::http::tls::{self, TlsFiles};

/// A certificate or list that ends within this many days is worth a warning.
const SOON_DAYS: i64 = 30;
/// A file may be this many seconds younger than the clock says: two machines' clocks are never quite the same.
const SKEW_SECONDS: i64 = 300;
/// No clock can be right before this: 2026-01-01T00:00:00Z.
const NOT_BEFORE_MILLIS: i64 = 1_767_225_600_000;
/// The official names of the four lists.
const LISTS: [&str; 4] = [
    "MedMij_Zorgaanbiederslijst.xml",
    "MedMij_OAuthclientlist.xml",
    "MedMij_Whitelist.xml",
    "MedMij_Gegevensdienstnamenlijst.xml",
];

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Good,
    /// Works now; needs attention.
    Warning,
    /// The server cannot start, or refuses its users.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub health: Health,
    /// What was looked at: `certificate front`, `clock`.
    pub subject: String,
    /// What was found and, unless good, what to do. One line; no secrets, nothing about patients.
    pub text: String,
}

impl Finding {
    /// A finding.
    pub fn new(health: Health, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self { health, subject: subject.into(), text: text.into() }
    }
}

/// All findings, in the order they were made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Can the server work? Warnings do not count.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.health < Health::Bad)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or(0);
        for Finding { health, subject, text } in &self.findings {
            let word = match health {
                Health::Good => "ok  ",
                Health::Warning => "warn",
                Health::Bad => "BAD ",
            };
            writeln!(f, "{word}  {subject:width$}  {text}")?;
        }
        let bad = self.findings.iter().filter(|finding| finding.health == Health::Bad).count();
        let warnings = self.findings.iter().filter(|finding| finding.health == Health::Warning).count();
        match (bad, warnings) {
            (0, 0) => writeln!(f, "nothing in the way"),
            (0, _) => writeln!(f, "nothing in the way, {warnings} to look at"),
            _ => writeln!(f, "{bad} to be solved first"),
        }
    }
}

/// Looks at everything this module understands; `more` are the findings of others, shown last.
pub fn examine(config: &Config, now: Timestamp, more: Vec<Finding>) -> Report {
    let mut findings = vec![Finding::new(Health::Good, "configuration", "loaded, every rule holds")];
    findings.push(clock(config, now));
    findings.push(keys(&config.keys.file));
    findings.extend(lists(config));
    findings.extend(examples(config));
    findings.extend(security(config, now));
    findings.extend(certificates(config, now));
    findings.extend(more);
    Report { findings }
}

fn clock(config: &Config, now: Timestamp) -> Finding {
    const SUBJECT: &str = "clock";
    if now.millis() < NOT_BEFORE_MILLIS {
        let text = format!("it is not {now}: set the machine's clock and keep it by NTP");
        return Finding::new(Health::Bad, SUBJECT, text);
    }
    let files = [&config.keys.file, &config.listeners.front.cert, &config.listeners.back.cert];
    let latest = files.iter().filter_map(|path| modified(path)).max();
    if config.environment == Environment::Production && latest.is_some_and(|at| at > now.plus_seconds(SKEW_SECONDS)) {
        return Finding::new(Health::Bad, SUBJECT, "it is behind the date of its own files: keep it by NTP");
    }
    Finding::new(Health::Good, SUBJECT, now.to_string())
}

/// What `dvza init` wrote as an example and nobody made their own.
fn examples(config: &Config) -> Vec<Finding> {
    let listeners = &config.listeners;
    let addresses = [("listeners.front", &listeners.front.public_url), ("listeners.back", &listeners.back.public_url)];
    let is_example =
        |url: &url::Url| url.host_str().is_some_and(|host| host == "example.org" || host.ends_with(".example.org"));
    let left = addresses.into_iter().filter(|(_, url)| is_example(url));
    left.map(|(key, url)| Finding::new(Health::Bad, key, format!("public_url is still the example {url}"))).collect()
}

/// Does who finds a vulnerability know whom to tell?
fn security(config: &Config, now: Timestamp) -> Option<Finding> {
    const SUBJECT: &str = "security.txt";
    let Some(security) = &config.security else {
        let advice = "security.contact is not set: who finds a vulnerability does not know whom to tell";
        let missed = config.environment == Environment::Production;
        return missed.then(|| Finding::new(Health::Warning, SUBJECT, advice));
    };
    let end = security.expires_at().map(|at| at.millis() / 1000);
    let found = lifetime(SUBJECT, None, end, now, "look at it again and set a later security.expires");
    // Nothing stops working by it.
    Some(Finding { health: found.health.min(Health::Warning), ..found })
}

fn modified(path: &Path) -> Option<Timestamp> {
    let time = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_millis)
}

fn keys(path: &Path) -> Finding {
    const SUBJECT: &str = "key file";
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let text = format!("{}: {error}; put the key file back, or make one with dvza init", path.display());
            return Finding::new(Health::Bad, SUBJECT, text);
        }
    };
    if is_open_to_others(&metadata) {
        let text = format!("{} can be read by others: chmod 600 it", path.display());
        return Finding::new(Health::Bad, SUBJECT, text);
    }
    Finding::new(Health::Good, SUBJECT, path.display().to_string())
}

#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
const fn is_open_to_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

fn lists(config: &Config) -> Vec<Finding> {
    // Lists that are fetched are in the database, and judged where that is opened.
    let Some(dir) = &config.lists.dir else { return Vec::new() };
    let finding = |name: &str| {
        let path = dir.join(name);
        match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() > 0 => Finding::new(Health::Good, "list", name),
            Ok(_) => Finding::new(
                Health::Bad,
                "list",
                format!("{} is empty; put the list there, or name lists.register to fetch it", path.display()),
            ),
            Err(error) => Finding::new(
                Health::Bad,
                "list",
                format!("{}: {error}; put the list there, or name lists.register to fetch it", path.display()),
            ),
        }
    };
    LISTS.iter().map(|name| finding(name)).collect()
}

fn certificates(config: &Config, now: Timestamp) -> Vec<Finding> {
    let listeners = &config.listeners;
    let back = &listeners.back;
    let public = |name: &str, listener: &PublicListener| {
        certificate(name, &wire::browser_tls(listener), listener.public_url.host_str(), now)
    };
    let mut findings = vec![
        public("front", &listeners.front),
        certificate("back", &wire::client_tls(back), back.public_url.host_str(), now),
        public("console", &listeners.console),
        ends("client roots", &back.client_roots, now, "add its successor"),
    ];
    findings.extend(back.client_crls.iter().flat_map(|path| revocation_lists(path, now)));
    findings.extend(elsewhere(config).into_iter().map(|(subject, path)| ends(subject, path, now, "renew it")));
    findings
}

/// The certificates that connections to others rest on: ours, and those that theirs must come from.
fn elsewhere(config: &Config) -> Vec<(&'static str, &Path)> {
    let mut files: Vec<(&'static str, &Path)> = Vec::new();
    if let Some(register) = &config.lists.register {
        files.extend([
            ("certificate for the register", register.cert.as_path()),
            ("roots of the register", &register.roots),
        ]);
    }
    if let Some(log) = &config.chain_log {
        files.extend([("certificate for the chain log", log.cert.as_path()), ("roots of the chain log", &log.roots)]);
    }
    if let Some(saml) = &config.login.saml {
        files.extend([
            ("certificate for SAML signatures", saml.cert.as_path()),
            ("certificate for the artifact service", &saml.tls_cert),
            ("roots of the artifact service", &saml.roots),
        ]);
        files.extend(saml.decryption_cert.iter().map(|path| ("certificate for SAML encryption", path.as_path())));
    }
    files
}

/// The listener's own certificate: usable, in order, for this host, and for how long.
fn certificate(name: &str, files: &TlsFiles, host: Option<&str>, now: Timestamp) -> Finding {
    let subject = format!("certificate {name}");
    if let Err(error) = tls::server_config(files) {
        return Finding::new(Health::Bad, subject, error.to_string());
    }
    let path = files.cert.display();
    let Ok(chain) = tls::read_certificates(&files.cert) else {
        return Finding::new(Health::Bad, subject, format!("{path} changed while it was read; try again"));
    };
    let parsed: Result<Vec<_>, _> = chain.iter().map(|der| X509Certificate::from_der(der)).collect();
    let Ok(parsed) = parsed else {
        return Finding::new(Health::Bad, subject, format!("{path} holds a certificate that cannot be read"));
    };
    let chain: Vec<_> = parsed.into_iter().map(|(_, certificate)| certificate).collect();
    if chain.windows(2).any(|pair| pair[0].issuer() != pair[1].subject()) {
        return Finding::new(Health::Bad, subject, format!("{path}: put each certificate before that of its issuer"));
    }
    if let Some(host) = host.filter(|host| !chain.first().is_some_and(|leaf| names(leaf, host))) {
        let text = format!("{path} is not for {host}: get a certificate for the host of public_url, without wildcard");
        return Finding::new(Health::Bad, subject, text);
    }
    let ends: Vec<_> = chain.iter().map(|certificate| certificate.validity()).collect();
    let begin = ends.iter().map(|validity| validity.not_before.timestamp()).max();
    let end = ends.iter().map(|validity| validity.not_after.timestamp()).min();
    lifetime(&subject, begin, end, now, "renew it")
}

/// Exactly this host; a wildcard does not count (medmij-authorization §5.2).
fn names(certificate: &X509Certificate<'_>, host: &str) -> bool {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return false };
    let address = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.octets().to_vec(),
        Ok(IpAddr::V6(address)) => address.octets().to_vec(),
        Err(_) => Vec::new(),
    };
    let is_host = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(own) => own.eq_ignore_ascii_case(host),
        GeneralName::IPAddress(own) => *own == address,
        _ => false,
    };
    names.value.general_names.iter().any(is_host)
}

/// The roots of client certificates; the first that ends counts.
/// When the first of the certificates in a file ends.
fn ends(subject: &str, path: &Path, now: Timestamp, remedy: &str) -> Finding {
    match tls::read_certificates(path) {
        Ok(found) => lifetime(subject, None, tls::ends::of_certificates(&found), now, remedy),
        Err(error) => Finding::new(Health::Bad, subject, error.to_string()),
    }
}

fn revocation_lists(path: &Path, now: Timestamp) -> Vec<Finding> {
    let subject = format!("revocation list {}", path.display());
    let lists = match tls::read_crls(path) {
        Ok(lists) => lists,
        Err(error) => return vec![Finding::new(Health::Bad, subject, error.to_string())],
    };
    let finding = |der: &[u8]| match CertificateRevocationList::from_der(der) {
        Ok((_, list)) => {
            let begin = Some(list.last_update().timestamp());
            let end = list.next_update().map(|at| at.timestamp());
            // Lists live for days by design: only a past date is a fault.
            let found = lifetime(&subject, begin, end, now, "fetch the new list");
            let health = if found.health == Health::Warning { Health::Good } else { found.health };
            Finding { health, ..found }
        }
        Err(_) => Finding::new(Health::Bad, subject.clone(), "cannot be read; fetch it again"),
    };
    lists.iter().map(|der| finding(der)).collect()
}

/// Judges a period of validity; instants in seconds since 1970.
fn lifetime(subject: &str, begin: Option<i64>, end: Option<i64>, now: Timestamp, remedy: &str) -> Finding {
    let instant = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    let Some(end) = end.map(instant) else {
        return Finding::new(Health::Bad, subject, format!("has no end date that can be read; {remedy}"));
    };
    if let Some(begin) = begin.map(instant).filter(|begin| *begin > now) {
        return Finding::new(Health::Bad, subject, format!("not valid before {begin}: wait, or check the clock"));
    }
    if end <= now {
        return Finding::new(Health::Bad, subject, format!("not valid since {end}: {remedy}"));
    }
    let day = end.local_date();
    if end <= now.plus_seconds(SOON_DAYS * 86_400) {
        return Finding::new(Health::Warning, subject, format!("valid until {day} only: {remedy}"));
    }
    Finding::new(Health::Good, subject, format!("valid until {day}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::InitArgs;
    use crate::cli::init;
    use std::fs;
    use tempfile::TempDir;
    use zeroize::Zeroizing;

    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap()
    }

    fn installation() -> (TempDir, Config) {
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::Development;
        let practice = "huisartsdelinde@medmij".to_owned();
        let args = InitArgs { dir: dir.path().to_owned(), environment, port: 8443, practice };
        init::run(&args, || Ok(Zeroizing::new("{}".to_owned()))).unwrap();
        fs::create_dir_all(dir.path().join("lists")).unwrap();
        for name in LISTS {
            fs::write(dir.path().join("lists").join(name), "<x/>").unwrap();
        }
        let config = Config::load(&dir.path().join("dvza.toml"), []).unwrap();
        (dir, config)
    }

    /// The text of the one bad finding.
    fn bad(report: &Report) -> String {
        let bad: Vec<_> = report.findings.iter().filter(|finding| finding.health == Health::Bad).collect();
        assert_eq!(bad.len(), 1, "{report}");
        format!("{}: {}", bad[0].subject, bad[0].text)
    }

    #[test]
    fn a_fresh_installation_is_healthy() {
        let (_dir, config) = installation();
        let report = examine(&config, now(), vec![Finding::new(Health::Good, "database", "reachable")]);
        assert!(report.is_healthy(), "{report}");
        assert!(report.to_string().ends_with("nothing in the way\n"));
        assert!(report.to_string().contains("database"));
    }

    #[test]
    fn each_fault_is_found_and_comes_with_advice() {
        type Damage = fn(&Path, &mut Config);
        let cases: [(&str, Damage, &str); 7] = [
            ("a missing list", |dir, _| fs::remove_file(dir.join("lists").join(LISTS[2])).unwrap(), "lists.register"),
            ("an empty list", |dir, _| fs::write(dir.join("lists").join(LISTS[0]), "").unwrap(), "is empty"),
            ("no keys", |dir, _| fs::remove_file(dir.join("keys.json")).unwrap(), "dvza init"),
            ("another's key", |dir, _| copy(dir, "back.key", "front.key"), "matching pair"),
            (
                "another host",
                |_, config| config.listeners.console.public_url = "https://praktijk.test".parse().unwrap(),
                "certificate console",
            ),
            ("no roots", |_, config| config.listeners.back.client_roots = "/nowhere.pem".into(), "certificate back"),
            ("wrong order", wrong_order, "before that of its issuer"),
        ];
        for (name, damage, part) in cases {
            let (dir, mut config) = installation();
            damage(dir.path(), &mut config);
            let report = examine(&config, now(), Vec::new());
            assert!(!report.is_healthy(), "{name}");
            assert!(report.to_string().contains(part), "{name}: {report}");
        }
    }

    fn copy(dir: &Path, from: &str, to: &str) {
        fs::copy(dir.join("certs").join(from), dir.join("certs").join(to)).unwrap();
    }

    fn wrong_order(dir: &Path, _: &mut Config) {
        let read = |name: &str| fs::read_to_string(dir.join("certs").join(name)).unwrap();
        let chain = read("front.pem") + &read("console.pem");
        fs::write(dir.join("certs/front.pem"), chain).unwrap();
    }

    #[test]
    fn a_listener_may_be_called_by_address_in_development() {
        let (_dir, mut config) = installation();
        for (url, healthy) in [("https://127.0.0.1:8443", true), ("https://127.0.0.2:8443", false)] {
            config.listeners.front.public_url = url.parse().unwrap();
            assert_eq!(examine(&config, now(), Vec::new()).is_healthy(), healthy, "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_bad() {
        use std::os::unix::fs::PermissionsExt;
        let (dir, config) = installation();
        fs::set_permissions(dir.path().join("keys.json"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(bad(&examine(&config, now(), Vec::new())).contains("chmod 600"));
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_bad() {
        let (_dir, mut config) = installation();
        let past = Timestamp::parse_rfc3339("2001-01-01T00:00:00Z").unwrap();
        assert!(bad(&examine(&config, past, Vec::new())).starts_with("clock: it is not 2001"));
        config.environment = Environment::Production;
        let early = Timestamp::from_millis(NOT_BEFORE_MILLIS);
        assert!(bad(&examine(&config, early, Vec::new())).contains("behind the date of its own files"));
    }

    #[test]
    fn production_is_told_when_nobody_knows_whom_to_tell_about_a_vulnerability() {
        let (_dir, mut config) = installation();
        assert!(security(&config, now()).is_none(), "a developer needs none");
        config.environment = Environment::Production;
        let told = |config: &Config| security(config, now()).map(|found| (found.health, found.text)).unwrap();
        assert_eq!(told(&config).0, Health::Warning);
        let cases = [
            ("2026-06-15T11:59:59+02:00", Health::Warning, "not valid since"),
            ("2026-07-01T00:00:00Z", Health::Warning, "only"),
            ("2027-06-01T00:00:00Z", Health::Good, "valid until 2027-06-01"),
        ];
        for (expires, health, part) in cases {
            let contact = vec!["mailto:security@dva.nl".to_owned()];
            let expires = expires.to_owned();
            config.security = Some(crate::config::Security { contact, expires, policy: None, languages: Vec::new() });
            let (found, text) = told(&config);
            assert!(found == health && text.contains(part), "{text}");
        }
    }

    #[test]
    fn lifetimes_are_judged_by_the_given_clock() {
        let at = |text: &str| Some(Timestamp::parse_rfc3339(text).unwrap().millis() / 1000);
        let begin = at("2026-01-01T00:00:00Z");
        let cases = [
            (begin, at("2027-01-01T00:00:00Z"), Health::Good),
            (begin, at("2026-07-01T00:00:00Z"), Health::Warning),
            (begin, at("2026-06-15T10:00:00Z"), Health::Bad),
            (at("2026-06-16T00:00:00Z"), at("2027-01-01T00:00:00Z"), Health::Bad),
            (begin, None, Health::Bad),
        ];
        for (begin, end, health) in cases {
            assert_eq!(lifetime("x", begin, end, now(), "renew it").health, health, "{begin:?} {end:?}");
        }
    }

    #[test]
    fn a_certificate_after_its_end_is_bad() {
        let (_dir, config) = installation();
        let later = Timestamp::parse_rfc3339("2100-01-01T00:00:00Z").unwrap();
        let report = examine(&config, later, Vec::new());
        let expired = report.findings.iter().filter(|finding| finding.text.contains("not valid since"));
        assert_eq!(expired.count(), 4, "three listeners and the root: {report}");
    }
}
