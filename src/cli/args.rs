//! Every command with its options, as clap reads them. No command is run here.

mod conformance;
mod practice;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use jiff::civil::Date;

pub use self::conformance::{ConformanceArgs, ConformanceCommand, ConformanceRecordArgs, ValidateArgs};
pub use self::practice::{
    PracticeAddArgs, PracticeArgs, PracticeChangeArgs, PracticeCheckArgs, PracticeCommand, PracticeEmployeeArgs,
    PracticeLinkArgs, PracticeLogoArgs, PracticeRepresentationArgs, PracticeSetArgs, PracticeZalArgs, SetWord,
};
use crate::config::{Environment, LogFormat};
use crate::domain::bsn::Bsn;
use crate::domain::time::Timestamp;
use crate::fhir::FhirRelease;
use crate::his::BatchKind;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "dvza", version, about = "MedMij server for Dutch GP practices", arg_required_else_help = true)]
#[command(after_help = "Start here:\n  dvza demo\n  dvza demo --serve --port 8443")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How log lines on standard error look; the configuration decides when absent
    #[arg(long, global = true, value_enum)]
    pub log: Option<LogFormat>,
    /// Start the clock at this instant (RFC 3339); development only
    #[arg(long, global = true, value_name = "TS", value_parser = Timestamp::parse_rfc3339)]
    pub now: Option<Timestamp>,
}

/// The commands of interface.md §1.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the whole chain on this machine: practice, login, consent, collecting
    #[command(after_help = "Examples:\n  dvza demo\n  dvza demo --serve --port 8443 --dir ./dvza-demo\n  \
                            dvza demo --import practice.ndjson --set facility.ep_lines=true --bsn 999990019")]
    Demo(DemoArgs),
    /// Write a commented configuration, keys and, for development, certificates
    #[command(
        after_help = "Examples:\n  dvza init --dir ./dvza-dev\n  dvza init --dir /etc/dvza --environment production"
    )]
    Init(InitArgs),
    /// Run the server
    #[command(after_help = "Example:\n  dvza serve --config dvza.toml --log json")]
    Serve(ConfigArgs),
    /// Bring the database to this version
    #[command(after_help = "Example:\n  dvza migrate --config dvza.toml")]
    Migrate(ConfigArgs),
    /// Import deliveries of a HIS
    #[command(after_help = "Examples:\n  dvza import --config dvza.toml delivery.ndjson.zst\n  \
                            dvza import --config dvza.toml --dry-run a.ndjson b.ndjson\n  \
                            dvza import --config dvza.toml --format fhir-r4 --practice huisartsdelinde@medmij export/")]
    Import(ImportArgs),
    /// Practices of this installation
    #[command(subcommand)]
    Practice(PracticeCommand),
    /// The MedMij lists
    #[command(subcommand)]
    Lists(ListsCommand),
    /// The means of login
    #[command(subcommand)]
    Login(LoginCommand),
    /// Check FHIR resources and bundles against the profiles
    #[command(after_help = "Examples:\n  dvza validate dvza-demo/collected\n  \
                      dvza validate --packages ./fhir/nl-core-r4/packages --packages ./fhir/r4-core bundle.json patient.xml")]
    Validate(ValidateArgs),
    /// The test PGO
    #[command(subcommand)]
    Pgo(PgoCommand),
    /// FHIR TestScripts, and which pairs of HIS and PGO were proven
    #[command(subcommand)]
    Conformance(ConformanceCommand),
    /// Write a synthetic practice in a dvza-his format to standard output
    #[command(after_help = "Example:\n  dvza synth --patients 2400 --seed 7")]
    Synth(SynthArgs),
    /// The audit chain
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Check configuration, keys, certificates, database, lists and clock
    #[command(after_help = "Example:\n  dvza doctor --config dvza.toml")]
    Doctor(ConfigArgs),
}

/// `dvza demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// The folder of the demo; made when absent, used again when there
    #[arg(long, default_value = "./dvza-demo")]
    pub dir: PathBuf,
    /// Stay up until a signal
    #[arg(long)]
    pub serve: bool,
    /// A delivery (or, of FHIR, a folder) in place of the built-in sample practice; may be repeated
    #[arg(long, value_name = "FILE")]
    pub import: Vec<PathBuf>,
    /// How the deliveries are read.
    #[command(flatten)]
    pub format: FormatArgs,
    /// A practice setting for every imported practice; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = setting)]
    pub set: Vec<(String, String)>,
    /// Collect for this patient, not for the first who passes the gates
    #[arg(long, value_name = "N")]
    pub bsn: Option<Bsn>,
    /// The port of front; back, console and ops follow
    #[arg(long, value_name = "N", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1..=65532))]
    pub port: u16,
}

/// `dvza init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder to write into
    #[arg(long)]
    pub dir: PathBuf,
    /// What the installation is for
    #[arg(long, default_value = "development", value_parser = environment)]
    pub environment: Environment,
    /// Development: the port of front; back, console and ops follow
    #[arg(long, value_name = "N", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1..=65532))]
    pub port: u16,
    /// Development: the MedMij name of the practice that is put on the lists, and whose HIS gets a certificate
    #[arg(long, value_name = "NAME", default_value = "huisartsdelinde@medmij")]
    pub practice: String,
}

/// A command that needs only the configuration.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The configuration file
    #[arg(long, env = "DVZA_CONFIG", default_value = "dvza.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// The format of deliveries, and what a FHIR feed needs beside its files.
#[derive(Debug, Args)]
pub struct FormatArgs {
    /// The format of the files: dvza-his (1 or 2, as their header says) or fhir-r4, fhir-stu3 (resources and Bundles, JSON or XML)
    #[arg(long, default_value = "dvza-his", value_parser = ["dvza-his", "dvza-his-1", "dvza-his-2", "fhir-r4", "fhir-stu3"])]
    pub format: String,
    /// FHIR test data: the day T of its placeholders
    #[arg(long, value_name = "DATE")]
    pub date_t: Option<Date>,
    /// FHIR test data: a JSON list of {"patient": "Patient/id", "bsn": "…"} for patients without a number
    #[arg(long, value_name = "FILE")]
    pub identify: Option<PathBuf>,
}

impl FormatArgs {
    /// Are the files FHIR?
    pub fn is_fhir(&self) -> bool {
        self.fhir().is_some()
    }

    /// The release of FHIR the files are in; `None` when they are not FHIR.
    pub fn fhir(&self) -> Option<FhirRelease> {
        FhirRelease::ALL.into_iter().find(|release| self.format == format!("fhir-{}", release.as_str()))
    }
}

/// `dvza import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// How the files are read.
    #[command(flatten)]
    pub format: FormatArgs,
    /// The practice of a FHIR feed, by its MedMij name; may be left out when there is only one
    #[arg(long, value_name = "NAME")]
    pub practice: Option<String>,
    /// FHIR: what the files are: everything about the patients in them, the whole practice, or changes
    #[arg(long, value_name = "KIND", default_value = "patient", value_parser = batch_kind)]
    pub kind: BatchKind,
    /// Report what would happen, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Let a complete practice through although many patients or records are gone (E-LIM-001)
    #[arg(long)]
    pub accept_shrink: bool,
    /// Files or folders
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
}

/// `dvza lists …`
#[derive(Debug, Subcommand)]
pub enum ListsCommand {
    /// Take in the newest lists
    #[command(after_help = "Example:\n  dvza lists fetch --config dvza.toml")]
    Fetch(ConfigArgs),
    /// Check the lists that are there
    #[command(after_help = "Example:\n  dvza lists check --config dvza.toml")]
    Check(ConfigArgs),
    /// Show what the lists say about this installation
    #[command(after_help = "Example:\n  dvza lists show --config dvza.toml")]
    Show(ConfigArgs),
}

/// `dvza login …`
#[derive(Debug, Subcommand)]
pub enum LoginCommand {
    /// Print our SAML metadata, signed: what DigiD or TVS must know of this server
    #[command(after_help = "Example:\n  dvza login metadata --config dvza.toml")]
    Metadata(ConfigArgs),
}

/// `dvza pgo …`
#[derive(Debug, Subcommand)]
pub enum PgoCommand {
    /// Collect as a PGO from any server it has credentials for
    #[command(after_help = "Example:\n  dvza pgo collect --demo dvza-demo/demo.json --bsn 999990019 --service HG-R4")]
    Collect(CollectArgs),
    /// When each PGO on the list last collected here, by the system of the practices
    #[command(after_help = "Examples:\n  dvza pgo status --config dvza.toml\n  dvza pgo status --json")]
    Status(TableArgs),
}

/// A command that prints what the installation knows.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `dvza pgo collect`
#[derive(Debug, Args)]
pub struct CollectArgs {
    /// The demo.json of the server
    #[arg(long, value_name = "FILE")]
    pub demo: PathBuf,
    /// The patient's number
    #[arg(long, value_name = "N")]
    pub bsn: Bsn,
    /// The provider's MedMij name; the first on the list when absent
    #[arg(long, value_name = "NAME")]
    pub practice: Option<String>,
    /// A data service; all that the token is for when absent; may be repeated
    #[arg(long, value_name = "ID")]
    pub service: Vec<String>,
    /// Write the bundles and documents below this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// `dvza synth`
#[derive(Debug, Args)]
pub struct SynthArgs {
    /// How many patients
    #[arg(long, value_name = "N")]
    pub patients: u32,
    /// The same seed gives the same bytes
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The format: the second has every building block a GP holds
    #[arg(long, value_name = "F", default_value = "dvza-his-1", value_parser = ["dvza-his-1", "dvza-his-2"])]
    pub format: String,
}

/// `dvza audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no event was changed, removed or inserted
    #[command(after_help = "Example:\n  dvza audit verify --config dvza.toml")]
    Verify(ConfigArgs),
    /// Write events as NDJSON to standard output
    #[command(
        after_help = "Example:\n  dvza audit export --from 2026-06-01T00:00:00+02:00 --to 2026-07-01T00:00:00+02:00"
    )]
    Export(AuditExportArgs),
    /// Key figures of a month, for MedMij's report: counts, no persons
    #[command(after_help = "Examples:\n  dvza audit report --month 2026-10\n  dvza audit report --month 2026-10 --xml")]
    Report(AuditReportArgs),
    /// Show the last events of a practice
    #[command(after_help = "Example:\n  dvza audit show huisartsdelinde@medmij --last 20")]
    Show(AuditShowArgs),
}

/// `dvza audit export`
#[derive(Debug, Args)]
pub struct AuditExportArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// First instant (RFC 3339); from the beginning when absent
    #[arg(long, value_name = "TS", value_parser = Timestamp::parse_rfc3339)]
    pub from: Option<Timestamp>,
    /// The instant to stop before (RFC 3339); to the end when absent
    #[arg(long, value_name = "TS", value_parser = Timestamp::parse_rfc3339)]
    pub to: Option<Timestamp>,
}

/// `dvza audit report`
#[derive(Debug, Args)]
pub struct AuditReportArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The month, in Europe/Amsterdam
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    pub month: Date,
    /// As XML
    #[arg(long)]
    pub xml: bool,
}

/// `dvza audit show`
#[derive(Debug, Args)]
pub struct AuditShowArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// How many events
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub last: u32,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The first day of a month.
fn month(text: &str) -> Result<Date, String> {
    let whole = text.len() == 7 && text.as_bytes()[4] == b'-';
    let day = whole.then(|| format!("{text}-01").parse().ok()).flatten();
    day.ok_or_else(|| "write it as YYYY-MM".to_owned())
}

fn batch_kind(text: &str) -> Result<BatchKind, String> {
    match text {
        "patient" => Ok(BatchKind::Patient),
        "full" => Ok(BatchKind::Full),
        "delta" => Ok(BatchKind::Delta),
        _ => Err("must be patient, full or delta".to_owned()),
    }
}

fn environment(text: &str) -> Result<Environment, String> {
    match text {
        "development" => Ok(Environment::Development),
        "production" => Ok(Environment::Production),
        _ => Err("must be development or production".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Every command without subcommands, with its words.
    fn leaves(command: &clap::Command, words: &[String]) -> Vec<(Vec<String>, clap::Command)> {
        let mut words = words.to_vec();
        words.push(command.get_name().to_owned());
        if !command.has_subcommands() {
            return vec![(words, command.clone())];
        }
        command.get_subcommands().flat_map(|sub| leaves(sub, &words)).collect()
    }

    #[test]
    fn every_command_has_an_example_that_works() {
        Cli::command().debug_assert();
        let leaves = leaves(&Cli::command(), &[]);
        assert_eq!(leaves.len(), 32);
        for (words, command) in leaves {
            let name = words.join(" ");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<_> = help.lines().map(str::trim).filter(|line| line.starts_with("dvza ")).collect();
            assert!(!examples.is_empty(), "{name} has no example");
            for example in examples {
                assert!(example.starts_with(&name), "{example} is no example of {name}");
                let line = example.replace("\"Huisartsenpraktijk De Linde\"", "Linde");
                Cli::try_parse_from(line.split(' ')).unwrap_or_else(|error| panic!("{example}: {error}"));
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let cases = [
            "dvza demo --port 65533",
            "dvza demo --bsn 123456789",
            "dvza demo --set facility.ep_lines",
            "dvza demo --now 2026-06-15",
            "dvza import --config x.toml",
            "dvza synth",
            "dvza init",
            "dvza init --dir x --environment test",
            "dvza serve --log xml",
            "dvza conformance record --pgo pgo.nl --service HG-R4 report.json",
            "dvza conformance record --system X --pgo pgo.nl --service HG-R4 report.json",
            "dvza practice set",
            "dvza practice set huisartsdelinde@medmij facility.ep_lines",
            "dvza audit report --month 2026-13",
            "dvza audit report --month 2026-1",
            "dvza audit report --month 202é-01",
        ];
        for case in cases {
            assert!(Cli::try_parse_from(case.split(' ')).is_err(), "{case}");
        }
    }

    #[test]
    fn the_clock_and_the_log_may_stand_anywhere() {
        let line = "dvza demo --now 2026-06-15T12:00:00+02:00 --log json";
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        assert_eq!(cli.now.unwrap().to_rfc3339(), "2026-06-15T12:00:00+02:00");
        assert_eq!(cli.log, Some(LogFormat::Json));
    }
}
