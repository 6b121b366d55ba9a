//! Reading the file and the environment, and the few questions that need the outside world.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use config::{Environment as Variables, File, FileFormat, Map};
use url::Url;
use zeroize::Zeroizing;

use super::{Config, Environment};
use crate::domain::time::{Clock, Timestamp};

/// The configuration cannot be used. One line: what, where, what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is missing or may not be read.
    #[error("cannot read {path}: {source}; check the path and the file's permissions")]
    Unreadable {
        /// The file as named.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The text is no TOML, or a key is unknown, missing or of the wrong kind.
    #[error("{path}: {reason}")]
    Malformed {
        /// The configuration file.
        path: PathBuf,
        /// What the parser said, on one line.
        reason: String,
    },
    /// A key has a value that breaks a rule.
    #[error("{key}: {problem}")]
    Rule {
        /// The key, dotted.
        key: String,
        /// The rule and what to do.
        problem: String,
    },
    /// `--now` outside development.
    #[error("--now exists in development only: remove it, or set environment = \"development\"")]
    ShiftedClock,
}

impl Config {
    /// Reads and checks the configuration; `variables` are those of the process (`std::env::vars_os` by name
    /// and value), of which only `DVZA_ENVIRONMENT` and `DVZA_SECTION__KEY` count.
    ///
    /// # Errors
    /// [`ConfigError`] for the first fault found, naming file and key.
    pub fn load(path: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.into(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = std::path::absolute(folder).map_err(unreadable)?;
        let malformed = |reason: String| ConfigError::Malformed { path: path.into(), reason: one_line(&reason) };
        Self::parse(&text, variables, &folder, malformed)
    }

    fn parse(
        text: &str,
        variables: impl IntoIterator<Item = (String, String)>,
        folder: &Path,
        malformed: impl Fn(String) -> ConfigError,
    ) -> Result<Self, ConfigError> {
        let settings = config::Config::builder()
            .add_source(File::from_str(text, FileFormat::Toml))
            .add_source(overrides(variables))
            .build()
            .map_err(|error| malformed(error.to_string()))?;
        let mut config: Self = settings.try_deserialize().map_err(|error| malformed(error.to_string()))?;
        config.check()?;
        config.anchor(folder);
        Ok(config)
    }

    /// The clock of this process: the machine's, or in development one that starts at `now`.
    ///
    /// # Errors
    /// [`ConfigError::ShiftedClock`] when `now` is given in production.
    pub fn clock(&self, now: Option<Timestamp>) -> Result<Clock, ConfigError> {
        match (now, self.environment) {
            (None, _) => Ok(Clock::system()),
            (Some(now), Environment::Development) => Ok(Clock::starting_at(now)),
            (Some(_), Environment::Production) => Err(ConfigError::ShiftedClock),
        }
    }

    /// The database URL with the password of `database.password_file` in it. Never log it.
    ///
    /// # Errors
    /// [`ConfigError`] when the password file cannot be read, is empty, or the URL takes no password.
    pub fn database_url(&self) -> Result<Zeroizing<String>, ConfigError> {
        let Some(path) = &self.database.password_file else {
            return Ok(Zeroizing::new(self.database.url.clone()));
        };
        let unreadable = |source| ConfigError::Unreadable { path: path.clone(), source };
        let text = Zeroizing::new(fs::read_to_string(path).map_err(unreadable)?);
        let password = text.trim_end_matches(['\r', '\n']);
        let fault =
            |problem: &str| ConfigError::Rule { key: "database.password_file".to_owned(), problem: problem.to_owned() };
        if password.is_empty() || password.contains(['\r', '\n']) {
            return Err(fault("the file must hold the password as its only line"));
        }
        let mut url = Url::parse(&self.database.url).map_err(|_| fault("database.url is not a URL"))?;
        url.set_password(Some(password)).map_err(|()| fault("database.url cannot carry a password"))?;
        Ok(Zeroizing::new(url.into()))
    }

    /// Makes relative paths count from the folder of the configuration file.
    fn anchor(&mut self, folder: &Path) {
        let listeners = &mut self.listeners;
        let mandatory = [
            &mut self.keys.file,
            &mut listeners.front.cert,
            &mut listeners.front.key,
            &mut listeners.back.cert,
            &mut listeners.back.key,
            &mut listeners.back.client_roots,
            &mut listeners.console.cert,
            &mut listeners.console.key,
        ];
        if let Some(mail) = &mut self.mail {
            for path in [&mut mail.password_file, &mut mail.root].into_iter().flatten() {
                *path = folder.join(&*path);
            }
        }
        let optional = [
            &mut self.database.password_file,
            &mut self.import.watch_dir,
            &mut self.services.catalogue,
            &mut self.lists.dir,
        ];
        let register = self.lists.register.iter_mut();
        let register = register.flat_map(|register| [&mut register.cert, &mut register.key, &mut register.roots]);
        let providers = self.login.oidc.iter_mut().chain(self.console.oidc.iter_mut());
        let oidc = providers.flat_map(|oidc| [&mut oidc.client_secret_file, &mut oidc.roots]);
        let paths = mandatory.into_iter().chain(&mut listeners.back.client_crls).chain(register).chain(oidc);
        let log = self.chain_log.iter_mut().flat_map(|log| [&mut log.cert, &mut log.key, &mut log.roots]);
        let saml = self.login.saml.iter_mut().flat_map(|saml| {
            let mandatory = [
                &mut saml.metadata,
                &mut saml.cert,
                &mut saml.key,
                &mut saml.tls_cert,
                &mut saml.tls_key,
                &mut saml.roots,
            ];
            let optional = [&mut saml.metadata_signer, &mut saml.decryption_cert, &mut saml.decryption_key];
            mandatory.into_iter().chain(optional.into_iter().flatten())
        });
        let paths = paths.chain(log).chain(saml).chain(&mut self.pages.medmij_logo);
        for path in paths.chain(optional.into_iter().flatten()) {
            *path = folder.join(&*path);
        }
        if let Some(path) = self.database.url.strip_prefix("sqlite://") {
            self.database.url = format!("sqlite://{}", folder.join(path).display());
        }
    }
}

/// The variables that name a key; others (`DVZA_SHARED` of a test run) are not ours.
fn overrides(variables: impl IntoIterator<Item = (String, String)>) -> Variables {
    let ours = |name: &str| name == "DVZA_ENVIRONMENT" || (name.starts_with("DVZA_") && name.contains("__"));
    let own: Map<String, String> = variables.into_iter().filter(|(name, _)| ours(name)).collect();
    Variables::with_prefix("DVZA").prefix_separator("_").separator("__").source(Some(own))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) fn parse_for_test(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let malformed = |reason: String| ConfigError::Malformed { path: "dvza.toml".into(), reason: one_line(&reason) };
    Config::parse(text, variables, Path::new("/srv/dvza"), malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::template::{Template, write_template};
    use crate::config::{LogFormat, LoginMethod};

    fn development() -> String {
        write_template(&Template::Development { base_port: 8443 })
    }

    #[test]
    fn variables_go_over_the_file() {
        let variables = [
            ("DVZA_DATABASE__URL", "postgres://dvza@db/dvza"),
            ("DVZA_LISTENERS__FRONT__ADDRESS", "127.0.0.1:9443"),
            ("DVZA_LOG__FORMAT", "json"),
            ("DVZA_OAUTH__REFRESH_GRACE_SECONDS", "5"),
            ("DVZA_DATABASE__MIGRATE_ON_START", "false"),
        ];
        let config = parse_for_test(&development(), &variables).unwrap();
        assert_eq!(config.database.url, "postgres://dvza@db/dvza");
        assert_eq!(config.listeners.front.address.port(), 9443);
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.oauth.refresh_grace_seconds, 5);
        assert!(!config.database.migrate_on_start);
    }

    #[test]
    fn variables_of_others_are_left_alone() {
        let variables = [("DVZA_SHARED", "/x"), ("DVZA_TEST_POSTGRES", "x"), ("PATH", "/bin"), ("DVZAX__Y", "1")];
        assert!(parse_for_test(&development(), &variables).is_ok());
    }

    #[test]
    fn a_variable_with_a_typing_error_is_refused() {
        let error = parse_for_test(&development(), &[("DVZA_DATABASE__ULR", "x")]).unwrap_err().to_string();
        assert!(error.contains("ulr"), "{error}");
    }

    #[test]
    fn relative_paths_count_from_the_folder_of_the_file() {
        let config = parse_for_test(&development(), &[]).unwrap();
        assert_eq!(config.keys.file, Path::new("/srv/dvza/keys.json"));
        assert_eq!(config.database.url, "sqlite:///srv/dvza/dvza.sqlite");
        assert_eq!(config.listeners.back.client_roots, Path::new("/srv/dvza/certs/ca.pem"));
        let absolute = parse_for_test(&development(), &[("DVZA_KEYS__FILE", "/run/keys.json")]).unwrap();
        assert_eq!(absolute.keys.file, Path::new("/run/keys.json"));
    }

    #[test]
    fn a_shifted_clock_exists_in_development_only() {
        let mut config = parse_for_test(&development(), &[]).unwrap();
        let now = Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap();
        assert!(config.clock(Some(now)).unwrap().now() >= now);
        config.environment = Environment::Production;
        assert!(matches!(config.clock(Some(now)), Err(ConfigError::ShiftedClock)));
        assert!(config.clock(None).is_ok());
    }

    #[test]
    fn the_password_comes_from_its_file_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        let path = file.to_str().unwrap();
        let variables = [("DVZA_DATABASE__URL", "postgres://dvza@db/dvza"), ("DVZA_DATABASE__PASSWORD_FILE", path)];
        let config = parse_for_test(&development(), &variables).unwrap();
        assert!(config.database_url().unwrap_err().to_string().contains(path), "missing file");
        for (content, url) in [("geheim!\n", Some("postgres://dvza:geheim!@db/dvza")), ("\n", None), ("a\nb\n", None)] {
            fs::write(&file, content).unwrap();
            assert_eq!(config.database_url().ok().as_deref().map(String::as_str), url, "{content:?}");
        }
        assert!(!format!("{config:?}").contains("geheim"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Config::load(Path::new("/nowhere/dvza.toml"), []).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/dvza.toml"), "{error}");
    }

    #[test]
    fn faults_of_form_are_one_line_with_the_key() {
        let cases = [
            ("not TOML", "environment = ", "dvza.toml"),
            ("a missing section", "environment = \"development\"", "missing"),
            ("an unknown environment", &development().replace("\"development\"", "\"test\""), "environment"),
            ("an unknown key", &development().replace("[keys]", "[keys]\nfiel = \"x\""), "fiel"),
            ("a number that is text", &development().replace("= 86400", "= \"long\""), "max_age_seconds"),
            ("no address", &development().replace("127.0.0.1:8443", "front"), "address"),
            ("an unknown login", &development().replace("method = \"simulator\"", "method = \"password\""), "method"),
            (
                "an unknown login of employees",
                &development().replace("login = \"simulator\"", "login = \"password\""),
                "console.login",
            ),
        ];
        for (name, text, part) in cases {
            let error = parse_for_test(text, &[]).unwrap_err().to_string();
            assert!(error.contains(part), "{name}: {error}");
            assert!(!error.contains('\n'), "{name}: one line");
        }
    }

    #[test]
    fn the_development_template_is_a_good_configuration() {
        let config = parse_for_test(&development(), &[]).unwrap();
        assert_eq!(config.environment, Environment::Development);
        assert_eq!(config.login.method, LoginMethod::Simulator);
        assert_eq!(config.listeners.ops.address.port(), 8446);
    }
}
