//! The rules between and behind the keys: what TOML and types cannot say.
//!
//! Production is strict where a mistake would show or take a real patient's data: no login simulator, no host
//! names of a test network, revocation lists present, list age bounded.

use std::collections::HashSet;

use url::{Host, Url};

use super::{Config, ConfigError, Environment, LoginMethod, OidcProvider, SamlProvider, StaffMethod};
use crate::domain::assurance::Level;

/// The longest that outdated MedMij lists may be used in production, in seconds.
const LISTS_MAX_AGE: u32 = 86_400;
/// The longest window for a repeated refresh token, in seconds.
const REFRESH_GRACE_MAX: u32 = 300;
/// The longest `error_description`, in characters.
const DESCRIPTION_MAX: usize = 200;

impl Config {
    /// Checks every rule; the first broken one is the error.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_database()?;
        self.check_listeners()?;
        self.check_limits()?;
        self.check_lists()?;
        self.check_login()?;
        self.check_chain_log()?;
        self.check_security()?;
        self.check_oauth()?;
        self.check_import()?;
        match self.environment {
            Environment::Development => Ok(()),
            Environment::Production => self.check_production(),
        }
    }

    fn check_database(&self) -> Result<(), ConfigError> {
        const KEY: &str = "database.url";
        let url = &self.database.url;
        if let Some(path) = url.strip_prefix("sqlite://") {
            rule(!path.is_empty(), KEY, "name the file after sqlite://")?;
            return rule(self.database.password_file.is_none(), "database.password_file", "SQLite has no password");
        }
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "postgres" | "postgresql"));
        let Some(parsed) = parsed else {
            return broken(KEY, "must begin with sqlite:// or postgres://");
        };
        let silent = parsed.password().is_none() && !parsed.query_pairs().any(|(name, _)| name == "password");
        rule(silent, KEY, "holds a password: put it in the file that database.password_file names")
    }

    fn check_listeners(&self) -> Result<(), ConfigError> {
        let listeners = &self.listeners;
        let public = self.public_urls();
        for (name, url) in public {
            check_public_url(&format!("listeners.{name}.public_url"), url)?;
        }
        let origins: HashSet<_> = public.iter().map(|(_, url)| url.origin()).collect();
        rule(origins.len() == public.len(), "listeners", "front, back and console need different public URLs")?;
        let addresses =
            [listeners.front.address, listeners.back.address, listeners.console.address, listeners.ops.address];
        let fixed: Vec<_> = addresses.iter().filter(|address| address.port() != 0).collect();
        let different: HashSet<_> = fixed.iter().collect();
        rule(different.len() == fixed.len(), "listeners", "two listeners have the same address")
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        let cases = [
            ("limits.connections", limits.connections),
            ("limits.handshake_seconds", limits.handshake_seconds),
            ("limits.head_seconds", limits.head_seconds),
            ("limits.drain_seconds", limits.drain_seconds),
            ("limits.request_seconds", limits.request_seconds),
            ("limits.body_bytes", limits.body_bytes),
            ("lists.refresh_seconds", self.lists.refresh_seconds),
            ("lists.max_age_seconds", self.lists.max_age_seconds),
            ("import.watch_seconds", self.import.watch_seconds),
        ];
        for (key, value) in cases {
            rule(value > 0, key, "must be at least 1")?;
        }
        let looks = self.mail.as_ref().is_none_or(|mail| mail.every_seconds > 0);
        rule(looks, "mail.every_seconds", "must be at least 1")?;
        let aged = self.lists.max_age_seconds >= self.lists.refresh_seconds;
        rule(aged, "lists.max_age_seconds", "must not be less than lists.refresh_seconds")
    }

    fn check_lists(&self) -> Result<(), ConfigError> {
        let one = self.lists.dir.is_some() != self.lists.register.is_some();
        rule(one, "lists", "name either dir, a folder with the lists, or register, where to fetch them")?;
        let Some(register) = &self.lists.register else { return Ok(()) };
        let url = &register.url;
        let plain =
            url.scheme() == "https" && url.host().is_some() && url.query().is_none() && url.fragment().is_none();
        rule(plain, "lists.register.url", "must be an https address without query: the file names are put behind it")
    }

    fn check_login(&self) -> Result<(), ConfigError> {
        let method = self.login.method;
        let described = [
            ("oidc", LoginMethod::Oidc, self.login.oidc.is_some()),
            ("saml", LoginMethod::Saml, self.login.saml.is_some()),
        ];
        for (name, own, is_described) in described {
            let key = format!("login.{name}");
            let problem = format!("describe the provider of login.method = \"{name}\" here, and of no other method");
            rule((method == own) == is_described, &key, &problem)?;
        }
        self.login.oidc.as_ref().map_or(Ok(()), |oidc| check_oidc("login.oidc", oidc))?;
        let described = (self.console.login == StaffMethod::Oidc) == self.console.oidc.is_some();
        rule(
            described,
            "console.oidc",
            "describe the provider of console.login = \"oidc\" here, and of no other method",
        )?;
        self.console.oidc.as_ref().map_or(Ok(()), |oidc| check_oidc("console.oidc", oidc))?;
        self.login.saml.as_ref().map_or(Ok(()), |saml| self.check_saml(saml))
    }

    fn check_saml(&self, saml: &SamlProvider) -> Result<(), ConfigError> {
        rule(cfg!(feature = "saml"), "login.method", "this build has no SAML: build it with --features saml")?;
        rule(!saml.entity_id.is_empty(), "login.saml.entity_id", "must not be empty")?;
        let whole = saml.decryption_cert.is_some() == saml.decryption_key.is_some();
        rule(whole, "login.saml.decryption_cert", "goes together with decryption_key")?;
        let levels = saml.levels();
        let known = !levels.is_empty() && levels.values().all(|level| level.parse::<Level>().is_ok());
        rule(known, "login.saml.levels", "name at least one; a level is basis, midden, substantieel or hoog")?;
        // Which of the two was asked is all that tells a mandate from parental authority.
        let distinct = saml.voluntary.is_none() || saml.voluntary != saml.parental;
        rule(distinct, "login.saml.parental", "must be another entity than voluntary")?;
        let proven = saml.metadata_signer.is_some() || self.environment == Environment::Development;
        rule(proven, "login.saml.metadata_signer", "name the certificate that signs the provider's metadata")
    }

    fn check_chain_log(&self) -> Result<(), ConfigError> {
        let Some(log) = &self.chain_log else { return Ok(()) };
        rule(log.url.scheme() == "https", "chain_log.url", "must be an https address")?;
        rule(log.every_seconds > 0, "chain_log.every_seconds", "must be at least 1")
    }

    fn check_security(&self) -> Result<(), ConfigError> {
        let Some(security) = &self.security else { return Ok(()) };
        let is_address = |text: &String| {
            ["mailto:", "https://", "tel:"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let named = !security.contact.is_empty() && security.contact.iter().all(is_address);
        rule(named, "security.contact", "name at least one address, each beginning with mailto:, https:// or tel:")?;
        let instant = security.expires_at().is_some();
        rule(instant, "security.expires", "must be an instant such as 2027-06-01T00:00:00Z")?;
        let policy = security.policy.as_ref().is_none_or(|url| url.scheme() == "https");
        rule(policy, "security.policy", "must be an https address")?;
        let is_tag = |text: &String| !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        rule(security.languages.iter().all(is_tag), "security.languages", "takes language tags such as nl and en")
    }

    fn check_oauth(&self) -> Result<(), ConfigError> {
        let problem = "needs a means of login that is asked for whom somebody acts: login.saml with profile \"toegang\" and \
                       voluntary or parental";
        rule(!self.oauth.representation || !self.login.grounds().is_empty(), "oauth.representation", problem)?;
        let short = self.oauth.refresh_grace_seconds <= REFRESH_GRACE_MAX;
        rule(short, "oauth.refresh_grace_seconds", "must be at most 300")?;
        for (situation, text) in &self.oauth.error_descriptions {
            let key = format!("oauth.error_descriptions.{situation}");
            // RFC 6749 §4.1.2.1: printable ASCII without quotation mark and backslash.
            let allowed = text.bytes().all(|c| matches!(c, b' '..=b'~') && c != b'"' && c != b'\\');
            let sized = !text.is_empty() && text.len() <= DESCRIPTION_MAX;
            rule(allowed && sized, &key, "1 to 200 printable ASCII characters without \" and \\ are allowed")?;
        }
        Ok(())
    }

    fn check_import(&self) -> Result<(), ConfigError> {
        let shares = [
            ("import.missing_patients_share", self.import.missing_patients_share),
            ("import.missing_records_share", self.import.missing_records_share),
            ("import.refused_records_share", self.import.refused_records_share),
        ];
        shares.iter().try_for_each(|(key, share)| rule((0.0..=1.0).contains(share), key, "must lie between 0 and 1"))
    }

    fn check_production(&self) -> Result<(), ConfigError> {
        let real = self.login.method != LoginMethod::Simulator;
        rule(real, "login.method", "the simulator believes anyone: it exists in development only")?;
        let mail = self.mail.as_ref().is_none_or(|mail| !mail.plain);
        rule(mail, "mail.plain", "mail goes over TLS: plain is for development only")?;
        let staff = self.console.login != StaffMethod::Simulator;
        rule(staff, "console.login", "the simulator believes anyone: it exists in development only")?;
        for (name, url) in self.public_urls() {
            let key = format!("listeners.{name}.public_url");
            rule(!is_local(url), &key, "names a host of a test network; use the public host name")?;
        }
        let portless = self.listeners.front.public_url.port().is_none();
        rule(portless, "listeners.front.public_url", "front channel addresses have no port (MedMij, ZAL)")?;
        let revocable = !self.listeners.back.client_crls.is_empty();
        rule(revocable, "listeners.back.client_crls", "name the revocation lists of the client roots")?;
        let fresh = self.lists.max_age_seconds <= LISTS_MAX_AGE;
        rule(fresh, "lists.max_age_seconds", "must be at most 86400 (24 hours)")
    }

    fn public_urls(&self) -> [(&'static str, &Url); 3] {
        let listeners = &self.listeners;
        [
            ("front", &listeners.front.public_url),
            ("back", &listeners.back.public_url),
            ("console", &listeners.console.public_url),
        ]
    }
}

fn check_oidc(place: &str, oidc: &OidcProvider) -> Result<(), ConfigError> {
    let issuer = &oidc.issuer;
    let plain = issuer.scheme() == "https" && issuer.query().is_none() && issuer.fragment().is_none();
    rule(plain, &format!("{place}.issuer"), "must be an https address without query")?;
    rule(!oidc.client_id.is_empty(), &format!("{place}.client_id"), "must not be empty")?;
    rule(!oidc.bsn_claim.is_empty(), &format!("{place}.bsn_claim"), "must not be empty")?;
    rule(!oidc.levels.is_empty(), &format!("{place}.levels"), "name at least one level")?;
    let known = oidc.levels.values().all(|level| level.parse::<Level>().is_ok());
    rule(known, &format!("{place}.levels"), "a level is basis, midden, substantieel or hoog")
}

fn check_public_url(key: &str, url: &Url) -> Result<(), ConfigError> {
    rule(url.scheme() == "https", key, "must begin with https://")?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    rule(bare, key, "must be https://host or https://host:port with nothing behind it")?;
    let wildcard = url.host_str().is_some_and(|host| host.contains('*'));
    rule(!wildcard, key, "must name one host, without a wildcard")
}

/// Does only a test network use this host?
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(host)) => {
            let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
            !host.contains('.') || matches!(last, "localhost" | "test" | "example" | "invalid" | "local" | "internal")
        }
        // MedMij names nodes by host name: an address is never right.
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    }
}

fn rule(holds: bool, key: &str, problem: &str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { broken(key, problem) }
}

fn broken(key: &str, problem: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Rule { key: key.to_owned(), problem: problem.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::parse_for_test;
    use crate::config::template::{Template, write_template};

    fn production() -> String {
        write_template(&Template::Production)
    }

    #[test]
    fn the_production_template_is_a_good_configuration() {
        let config = parse_for_test(&production(), &[]).unwrap();
        assert_eq!(config.environment, Environment::Production);
    }

    #[test]
    fn production_refuses_what_only_tests_may_do() {
        let cases = [
            ("the simulator", ("DVZA_LOGIN__METHOD", "simulator"), "login.method"),
            ("localhost", ("DVZA_LISTENERS__BACK__PUBLIC_URL", "https://localhost:8444"), "back.public_url"),
            ("a test domain", ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "https://dva.dvza.test"), "front.public_url"),
            ("an address", ("DVZA_LISTENERS__CONSOLE__PUBLIC_URL", "https://127.0.0.1"), "console.public_url"),
            ("a bare name", ("DVZA_LISTENERS__CONSOLE__PUBLIC_URL", "https://server"), "console.public_url"),
            ("a front port", ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "https://dva.nl:8443"), "no port"),
            ("old lists", ("DVZA_LISTS__MAX_AGE_SECONDS", "86401"), "lists.max_age_seconds"),
        ];
        for (name, variable, part) in cases {
            let error = parse_for_test(&production(), &[variable]).unwrap_err().to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
        let without_crls = production().replace("client_crls = [", "client_crls = [] # [");
        let error = parse_for_test(&without_crls, &[]).unwrap_err().to_string();
        assert!(error.contains("client_crls"), "{error}");
    }

    #[test]
    fn broken_rules_name_their_key() {
        let cases = [
            ("DVZA_DATABASE__URL", "mysql://x/y", "database.url"),
            ("DVZA_DATABASE__URL", "sqlite://", "database.url"),
            ("DVZA_DATABASE__URL", "postgres://dvza:geheim@db/dvza", "password_file"),
            ("DVZA_DATABASE__URL", "postgres://dvza@db/dvza?password=geheim", "password_file"),
            ("DVZA_DATABASE__PASSWORD_FILE", "pw", "SQLite has no password"),
            ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "http://localhost:8443", "https://"),
            ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "https://localhost:8443/path", "nothing behind"),
            ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "https://u:p@localhost:8443", "nothing behind"),
            ("DVZA_LISTENERS__FRONT__PUBLIC_URL", "https://localhost:8444", "different public URLs"),
            ("DVZA_LISTENERS__FRONT__ADDRESS", "127.0.0.1:8444", "same address"),
            ("DVZA_LIMITS__CONNECTIONS", "0", "limits.connections"),
            ("DVZA_LISTS__REFRESH_SECONDS", "90000", "lists.max_age_seconds"),
            ("DVZA_OAUTH__REFRESH_GRACE_SECONDS", "301", "refresh_grace_seconds"),
            ("DVZA_OAUTH__ERROR_DESCRIPTIONS__CANCELLED", "geannuleerd \u{e9}\u{e9}n", "error_descriptions.cancelled"),
            ("DVZA_OAUTH__ERROR_DESCRIPTIONS__CANCELLED", "a \"quote\"", "error_descriptions.cancelled"),
            ("DVZA_IMPORT__MISSING_PATIENTS_SHARE", "1.5", "missing_patients_share"),
            ("DVZA_IMPORT__REFUSED_RECORDS_SHARE", "-0.1", "refused_records_share"),
        ];
        let development = write_template(&Template::Development { base_port: 8443 });
        for (name, value, part) in cases {
            let error = parse_for_test(&development, &[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(part), "{name}={value}: {error}");
            assert!(!error.contains("geheim"), "{name}: no secret in an error");
        }
    }

    #[test]
    fn whom_to_tell_about_a_vulnerability_must_be_complete() {
        let with = |lines: &str| parse_for_test(&format!("{}\n[security]\n{lines}\n", production()), &[]);
        let good = "contact = [\"mailto:security@dva.nl\", \"tel:+31-850000000\"]\nexpires = \"2027-06-01T00:00:00Z\"";
        assert!(with(&format!("{good}\npolicy = \"https://dva.nl/cvd\"\nlanguages = [\"nl\", \"en\"]")).is_ok());
        let cases = [
            ("contact = []\nexpires = \"2027-06-01T00:00:00Z\"", "security.contact"),
            ("contact = [\"security@dva.nl\"]\nexpires = \"2027-06-01T00:00:00Z\"", "security.contact"),
            ("contact = [\"mailto:a@b\\nExpires: never\"]\nexpires = \"2027-06-01T00:00:00Z\"", "security.contact"),
            ("contact = [\"mailto:a@dva.nl\"]\nexpires = \"2027-06-01\"", "security.expires"),
            ("contact = [\"mailto:a@dva.nl\"]", "expires"),
            (&format!("{good}\npolicy = \"http://dva.nl\""), "security.policy"),
            (&format!("{good}\nlanguages = [\"nl, en\"]"), "security.languages"),
        ];
        for (lines, part) in cases {
            let error = with(lines).unwrap_err().to_string();
            assert!(error.contains(part), "{lines}: {error}");
        }
    }

    #[test]
    fn free_ports_may_be_chosen_by_the_system() {
        let variables =
            [("DVZA_LISTENERS__FRONT__ADDRESS", "127.0.0.1:0"), ("DVZA_LISTENERS__BACK__ADDRESS", "127.0.0.1:0")];
        let development = write_template(&Template::Development { base_port: 8443 });
        assert!(parse_for_test(&development, &variables).is_ok());
    }
}
