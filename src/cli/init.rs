//! `dvza init`: a commented configuration, keys and, for development, certificates, lists and a test PGO. Never overwrites.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use zeroize::Zeroizing;

use super::args::InitArgs;
use super::devlists;
use crate::config::{Environment, Template, write_template};
use crate::devnet::demo::DemoLists;
use crate::devnet::files::{Privacy, Written, write_new};
use crate::devnet::{DevNetwork, DevPractice, Ports};
use crate::domain::time::Timestamp;
use crate::fhir::catalogue::Catalogue;

/// What was done with each file, and what to do next. Printed as the command's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitReport {
    dir: PathBuf,
    environment: Environment,
    files: Vec<(PathBuf, Written)>,
}

/// Runs the command; `new_keys` gives the text of a new key file and is asked only when there is none.
///
/// # Errors
/// One line that names the file, when it cannot be written.
pub fn run(
    args: &InitArgs,
    new_keys: impl FnOnce() -> anyhow::Result<Zeroizing<String>>,
) -> anyhow::Result<InitReport> {
    let mut report = InitReport { dir: args.dir.clone(), environment: args.environment, files: Vec::new() };
    let template = match args.environment {
        Environment::Development => Template::Development { base_port: args.port },
        Environment::Production => Template::Production,
    };
    report.write("dvza.toml", write_template(&template).as_bytes(), Privacy::Public)?;
    // Looked at first, so that no key is made for nothing; `write_new` still refuses to overwrite.
    if args.dir.join("keys.json").exists() {
        report.files.push(("keys.json".into(), Written::Kept));
    } else {
        report.write("keys.json", new_keys()?.as_bytes(), Privacy::OwnerOnly)?;
    }
    if args.environment == Environment::Development {
        report.certificates(args)?;
    }
    Ok(report)
}

/// The name of the file with what a test PGO needs, in the form of `demo.json`.
const PGO_FILE: &str = "pgo.json";

impl InitReport {
    /// For development, what others would bring: the four lists with the practice on them, and a test PGO's credentials.
    ///
    /// # Errors
    /// One line that names the file, when it cannot be written.
    pub fn add_network(&mut self, args: &InitArgs, now: Timestamp) -> anyhow::Result<()> {
        if args.environment == Environment::Production {
            return Ok(());
        }
        let practices = [practice(args)];
        let ports = Ports::from_base(args.port).context("--port leaves no room for four listeners")?;
        let network = DevNetwork::create_or_open(&self.dir, ports, &practices)?;
        let lists = devlists::write(&network, &practices, &Catalogue::built_in()?, now)?;
        let names = DemoLists::default();
        for (name, text) in
            [(&names.zal, &lists.zal), (&names.ocl, &lists.ocl), (&names.whl, &lists.whl), (&names.gnl, &lists.gnl)]
        {
            self.write(name, text.as_bytes(), Privacy::Public)?;
        }
        let pgo = network.demo_file(0, now, Vec::new(), Vec::new()).to_json()?;
        self.write(PGO_FILE, pgo.as_bytes(), Privacy::Public)
    }

    fn write(&mut self, name: &str, bytes: &[u8], privacy: Privacy) -> anyhow::Result<()> {
        let path = self.dir.join(name);
        let written = write_new(&path, bytes, privacy);
        let written = written.with_context(|| format!("cannot write {}; check the folder", path.display()))?;
        self.files.push((name.into(), written));
        Ok(())
    }

    fn certificates(&mut self, args: &InitArgs) -> anyhow::Result<()> {
        let before = file_names(&self.dir.join("certs"));
        let ports = Ports::from_base(args.port).context("--port leaves no room for four listeners")?;
        DevNetwork::create_or_open(&self.dir, ports, &[practice(args)])?;
        for name in file_names(&self.dir.join("certs")) {
            let written = if before.contains(&name) { Written::Kept } else { Written::Created };
            self.files.push((Path::new("certs").join(name), written));
        }
        Ok(())
    }
}

fn practice(args: &InitArgs) -> DevPractice {
    DevPractice { medmij_name: args.practice.clone(), display_name: args.practice.clone() }
}

/// The names in a folder, sorted; none when there is no folder.
fn file_names(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).map(Iterator::collect::<io::Result<Vec<_>>>);
    let Ok(Ok(entries)) = entries else { return Vec::new() };
    let mut names: Vec<PathBuf> = entries.iter().map(|entry| entry.file_name().into()).collect();
    names.sort();
    names
}

impl fmt::Display for InitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, written) in &self.files {
            let word = if *written == Written::Created { "written" } else { "kept   " };
            writeln!(f, "{word}  {}", self.dir.join(path).display())?;
        }
        let config = self.dir.join("dvza.toml");
        if self.environment == Environment::Production {
            writeln!(f, "next: fill in host names and certificates in {}", config.display())?;
        }
        writeln!(f, "next: dvza doctor --config {}", config.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::fs;

    fn args(dir: &Path, environment: Environment) -> InitArgs {
        InitArgs { dir: dir.to_owned(), environment, port: 9443, practice: "huisartsdelinde@medmij".into() }
    }

    fn keys() -> anyhow::Result<Zeroizing<String>> {
        Ok(Zeroizing::new("{\"new\": true}".to_owned()))
    }

    #[test]
    fn development_gets_all_it_needs_to_load() {
        let dir = tempfile::tempdir().unwrap();
        let asked = args(dir.path(), Environment::Development);
        let mut report = run(&asked, keys).unwrap();
        report.add_network(&asked, Timestamp::from_millis(0)).unwrap();
        let config = Config::load(&dir.path().join("dvza.toml"), []).unwrap();
        assert_eq!(config.listeners.front.address.port(), 9443);
        assert!(config.keys.file.is_file() && config.listeners.back.client_roots.is_file());
        let text = report.to_string();
        assert!(text.contains("certs/his.pem") && text.contains("doctor --config"), "{text}");
        assert!(text.contains("MedMij_Zorgaanbiederslijst.xml") && text.contains("pgo.json"), "{text}");
        assert!(!text.contains("kept"), "{text}");
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let development = args(dir.path(), Environment::Development);
        fs::write(dir.path().join("dvza.toml"), "mine").unwrap();
        fs::write(dir.path().join("keys.json"), "my keys").unwrap();
        run(&development, || anyhow::bail!("no key may be made")).unwrap();
        let ca = fs::read(dir.path().join("certs/ca.pem")).unwrap();
        let report = run(&development, keys).unwrap().to_string();
        assert_eq!(fs::read(dir.path().join("dvza.toml")).unwrap(), b"mine");
        assert_eq!(fs::read(dir.path().join("keys.json")).unwrap(), b"my keys");
        assert_eq!(fs::read(dir.path().join("certs/ca.pem")).unwrap(), ca);
        assert!(!report.contains("written"), "{report}");
    }

    #[test]
    fn production_gets_no_throw_away_certificates() {
        let dir = tempfile::tempdir().unwrap();
        let report = run(&args(dir.path(), Environment::Production), keys).unwrap();
        assert!(!dir.path().join("certs").exists());
        assert!(report.to_string().contains("fill in host names"));
    }
}
