//! What an operator says of a new practice: in a small file, on the command line, or by answering questions.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use config::FileFormat;
use serde::Deserialize;
use url::Url;

use super::check_setting;
use crate::cli::wire;
use crate::devnet::{DevNetwork, DevPractice};
use crate::domain::picture::Picture;
use crate::fhir::catalogue::Catalogue;
use crate::medmij::{Environment, Hostname, MedMijName};

/// A new practice, as said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PracticeFile {
    /// MedMij name with its suffix.
    pub name: String,
    /// What patients call it.
    pub display: String,
    /// URA number, by which deliveries name the practice.
    pub ura: String,
    /// AGB code, by which address books find it.
    pub agb: Option<String>,
    /// The data services it offers; all that the installation offers when absent.
    pub services: Option<Vec<String>>,
    /// A PNG or JPEG file with its logo.
    pub logo: Option<PathBuf>,
    /// Host in the certificate of the HIS that delivers.
    pub his_host: Option<String>,
    /// Its privacy statement.
    pub privacy_url: Option<String>,
    /// How patients reach it, in a sentence.
    pub contact: Option<String>,
    /// Since when patients may look online, `YYYY-MM-DD`. Until it is set nothing is served.
    pub online_access_since: Option<String>,
    /// What was done before it began, each with its date: rows of the checklist.
    #[serde(default)]
    pub onboarding: BTreeMap<String, String>,
    /// Further settings, each as `key=value`.
    #[serde(default)]
    pub settings: Vec<String>,
}

/// A new practice whose every field is right.
#[derive(Debug)]
pub struct Plan {
    /// MedMij name.
    pub name: MedMijName,
    /// What patients call it.
    pub display: String,
    /// URA number.
    pub ura: String,
    /// AGB code.
    pub agb: Option<String>,
    /// Its logo.
    pub logo: Option<Picture>,
    /// Host in the certificate of its HIS.
    pub his_host: Option<String>,
    /// Its settings.
    pub settings: Vec<(String, String)>,
}

impl PracticeFile {
    /// Reads a file.
    ///
    /// # Errors
    /// One line that names the file, and what is wrong with it.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let source = config::File::from_str(&text, FileFormat::Toml);
        let file = config::Config::builder().add_source(source).build().and_then(config::Config::try_deserialize);
        let mut file: Self = file.map_err(|error| anyhow::anyhow!("{}: {}", path.display(), one_line(&error)))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        file.logo = file.logo.map(|logo| folder.join(logo));
        Ok(file)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// One line per field at fault.
    pub fn check(&self, services: &Catalogue, environment: Environment) -> anyhow::Result<Plan> {
        let mut faults = Vec::new();
        let mut check = |field: &str, value: Option<&str>| {
            if let Some(Err(fault)) = value.map(|value| check_field(field, value, services)) {
                faults.push(format!("{field}: {fault}"));
            }
        };
        check("name", Some(&self.name));
        check("display", Some(&self.display));
        check("ura", Some(&self.ura));
        check("agb", self.agb.as_deref());
        check("his_host", self.his_host.as_deref());
        check("privacy_url", self.privacy_url.as_deref());
        check("contact", self.contact.as_deref());
        check("online_access_since", self.online_access_since.as_deref());
        check("services", self.services.as_ref().map(|services| services.join(" ")).as_deref());
        check("logo", self.logo.as_ref().map(|logo| logo.to_string_lossy()).as_deref());
        for line in &self.settings {
            check("settings", Some(line));
        }
        for (row, date) in &self.onboarding {
            if let Err(fault) = check_setting(&format!("onboarding.{row}"), date, services) {
                faults.push(format!("onboarding: {fault:#}"));
            }
        }
        let (Ok(name), true) = (MedMijName::registered(&self.name), faults.is_empty()) else {
            bail!("{}", faults.join("\n"));
        };
        let practice = DevPractice { medmij_name: self.name.clone(), display_name: self.display.clone() };
        let invented = (environment == Environment::Development).then(|| DevNetwork::his_host(&practice));
        Ok(Plan {
            name,
            display: self.display.trim().to_owned(),
            ura: self.ura.clone(),
            agb: self.agb.clone(),
            logo: self.logo.as_deref().map(wire::picture).transpose()?,
            settings: self.all_settings(services),
            his_host: self.his_host.clone().or(invented),
        })
    }

    fn all_settings(&self, catalogue: &Catalogue) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let mut set = |key: &str, value: &Option<String>| {
            settings.extend(value.iter().map(|value| (key.to_owned(), value.clone())));
        };
        set("page.privacy_url", &self.privacy_url);
        set("page.contact", &self.contact);
        set("online_access_since", &self.online_access_since);
        if let Some(offered) = &self.services {
            let off = catalogue.services().iter().filter(|service| !offered.contains(&service.id));
            settings.extend(off.map(|service| (format!("services.{}", service.id), "false".to_owned())));
        }
        settings.extend(self.onboarding.iter().map(|(row, date)| (format!("onboarding.{row}"), date.clone())));
        let lines = self.settings.iter().filter_map(|line| line.split_once('='));
        settings.extend(lines.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())));
        settings
    }

    /// Asks for every field, again until each is right. An empty answer leaves out what may be left out.
    ///
    /// # Errors
    /// When the answers end before the questions do.
    pub fn ask(input: &mut impl BufRead, output: &mut impl Write, services: &Catalogue) -> anyhow::Result<Self> {
        let which = format!("Data services, of {} (empty: all)", known_ids(services).join(" "));
        let mut ask = |field, question: &str, is_needed| answer(input, output, services, (field, question, is_needed));
        let mut must = |field, question: &str| ask(field, question, true).map(Option::unwrap_or_default);
        let mut file = Self {
            name: must("name", "MedMij name, with @medmij")?,
            display: must("display", "Name as patients know it")?,
            ura: must("ura", "URA number (8 digits)")?,
            ..Self::default()
        };
        let mut may = |field, question: &str| ask(field, question, false);
        file.agb = may("agb", "AGB code (8 digits)")?;
        file.services = may("services", &which)?.map(|text| ids_in(&text).map(str::to_owned).collect());
        file.his_host = may("his_host", "Host in the certificate of the HIS that delivers")?;
        file.privacy_url = may("privacy_url", "Address of the privacy statement")?;
        file.contact = may("contact", "How patients reach the practice, in a sentence")?;
        file.logo = may("logo", "File with the logo (PNG or JPEG)")?.map(PathBuf::from);
        file.online_access_since = may("online_access_since", "Online access since (YYYY-MM-DD; empty: not yet)")?;
        Ok(file)
    }
}

fn answer(
    input: &mut impl BufRead,
    output: &mut impl Write,
    services: &Catalogue,
    (field, question, is_needed): (&str, &str, bool),
) -> anyhow::Result<Option<String>> {
    loop {
        write!(output, "{question}: ")?;
        output.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof)).context(format!("no answer about {field}"));
        }
        let line = line.trim();
        match check_field(field, line, services) {
            _ if line.is_empty() && !is_needed => return Ok(None),
            Ok(()) => return Ok(Some(line.to_owned())),
            Err(fault) => writeln!(output, "  {fault}")?,
        }
    }
}

/// The reader's message without its drawing of the line.
fn one_line(error: &config::ConfigError) -> String {
    let text = error.to_string().replace("configuration field", "field");
    let is_drawn = |line: &&str| line.trim_start().starts_with(|c: char| c == '|' || c.is_ascii_digit());
    let lines: Vec<_> = text.lines().filter(|line| !is_drawn(line)).collect();
    lines.join(" ").trim().to_owned()
}

/// Ids of data services, with spaces or commas between them.
fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', ',']).filter(|id| !id.is_empty())
}

pub(super) fn known_ids(services: &Catalogue) -> Vec<&str> {
    services.services().iter().map(|service| service.id.as_str()).collect()
}

/// What is wrong with the value of a field.
pub(super) fn check_field(field: &str, value: &str, services: &Catalogue) -> Result<(), String> {
    let rule = |holds: bool, problem: &str| if holds { Ok(()) } else { Err(problem.to_owned()) };
    let told = |result: anyhow::Result<()>| result.map_err(|error| format!("{error:#}"));
    match field {
        "name" => MedMijName::registered(value).map(|_| ()).map_err(|error| error.to_string()),
        "display" => rule(
            (2..=100).contains(&value.trim().chars().count()) && !value.chars().any(char::is_control),
            "must have 2 to 100 characters on one line",
        ),
        "ura" | "agb" => {
            rule(value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()), "must have eight digits")
        }
        "his_host" => told(check_setting("his.host", value, services)),
        "privacy_url" => told(check_setting("page.privacy_url", value, services)),
        "contact" => told(check_setting("page.contact", value, services)),
        "online_access_since" => told(check_setting("online_access_since", value, services)),
        "services" => {
            let known = known_ids(services);
            match ids_in(value).find(|id| !known.contains(id)) {
                Some(id) => Err(format!("{id} is not in the catalogue, which has {}", known.join(" "))),
                None => rule(!value.trim().is_empty(), "must name one at least"),
            }
        }
        "logo" => told(wire::picture(Path::new(value)).map(|_| ())),
        "settings" => match value.split_once('=') {
            Some((key, value)) => told(check_setting(key.trim(), value.trim(), services)),
            None => Err("write each as key=value".to_owned()),
        },
        _ => Ok(()),
    }
}

/// Is this a host name that a certificate may hold?
pub(super) fn is_host(text: &str) -> bool {
    Hostname::parse(text, Environment::Production).is_ok()
}

/// Is this an address of a page?
pub(super) fn is_page(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::built_in().unwrap()
    }

    fn written(text: &str) -> anyhow::Result<Plan> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("logo.png"), b"\x89PNG\r\n\x1a\n").unwrap();
        let path = dir.path().join("practice.toml");
        std::fs::write(&path, text).unwrap();
        PracticeFile::read(&path)?.check(&catalogue(), Environment::Production)
    }

    const RIGHT: &str = "name = \"delinde@medmij\"\ndisplay = \"De Linde\"\nura = \"90009992\"\nagb = \"01999992\"\n\
        services = [\"HG-R4\"]\nlogo = \"logo.png\"\nhis_host = \"his.delinde.nl\"\nprivacy_url = \"https://delinde.nl/p\"\n\
        contact = \"Bel 020-0000000.\"\nonline_access_since = \"2020-07-01\"\nsettings = [\"facility.ep_lines = true\"]\n\
        onboarding = { bsn_right = \"2026-01-02\" }\n";

    #[test]
    fn a_whole_file_is_a_plan() {
        let plan = written(RIGHT).unwrap();
        assert_eq!(
            (plan.name.as_str(), plan.ura.as_str(), plan.agb.as_deref()),
            ("delinde@medmij", "90009992", Some("01999992"))
        );
        assert_eq!(plan.his_host.as_deref(), Some("his.delinde.nl"));
        assert!(plan.logo.is_some());
        let has = |key: &str, value: &str| plan.settings.contains(&(key.to_owned(), value.to_owned()));
        assert!(
            has("facility.ep_lines", "true")
                && has("services.DOC-R4", "false")
                && has("onboarding.bsn_right", "2026-01-02")
        );
        assert!(!has("services.HG-R4", "false"), "what is offered stays on");
    }

    #[test]
    fn every_wrong_field_is_named_with_its_reason() {
        let cases = [
            ("delinde@medmij", "De Linde@medmij", "name: "),
            ("\"De Linde\"", "\"\"", "display: must have 2 to 100"),
            ("90009992", "9000999", "ura: must have eight digits"),
            ("01999992", "0199999x", "agb: must have eight digits"),
            ("HG-R4", "HG-R9", "services: HG-R9 is not in the catalogue"),
            ("\"logo.png\"", "\"none.png\"", "logo: cannot read"),
            ("his.delinde.nl", "*.delinde.nl", "his_host: "),
            ("https://delinde.nl/p", "http://delinde.nl/p", "privacy_url: "),
            ("2020-07-01", "1 juli", "online_access_since: "),
            ("ep_lines = true", "ep_lines = maybe", "settings: "),
            ("bsn_right", "bsn_wrong", "onboarding: "),
            ("2026-01-02", "gisteren", "onboarding: "),
        ];
        for (right, wrong, expected) in cases {
            let error = format!("{:#}", written(&RIGHT.replacen(right, wrong, 1)).unwrap_err());
            assert!(error.contains(expected), "{wrong}: {error}");
        }
        let two = RIGHT.replace("90009992", "1").replace("01999992", "2");
        assert_eq!(format!("{:#}", written(&two).unwrap_err()).lines().count(), 2, "all at once");
        for text in ["name = \"x\"", "nonsense", &format!("{RIGHT}surprise = 1\n")] {
            assert!(written(text).is_err(), "{text}");
        }
    }

    #[test]
    fn questions_are_asked_again_until_the_answer_is_right() {
        let answers = "de linde\ndelinde@medmij\nDe Linde\n\n90009992\n\nHG-R9\nHG-R4\n\n\n\n\n2020-07-01\n";
        let mut said = Vec::new();
        let file = PracticeFile::ask(&mut answers.as_bytes(), &mut said, &catalogue()).unwrap();
        let said = String::from_utf8(said).unwrap();
        assert_eq!((file.name.as_str(), file.ura.as_str()), ("delinde@medmij", "90009992"));
        assert_eq!((file.agb, file.services), (None, Some(vec!["HG-R4".to_owned()])));
        assert!(said.contains("must have eight digits") && said.contains("HG-R9 is not in the catalogue"), "{said}");
        let short = PracticeFile::ask(&mut "delinde@medmij\n".as_bytes(), &mut Vec::new(), &catalogue());
        assert!(format!("{:#}", short.unwrap_err()).contains("no answer about display"));
    }
}
