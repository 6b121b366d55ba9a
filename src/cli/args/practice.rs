//! The words of `dvza practice`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ConfigArgs, setting};
use crate::domain::release::settings_in_words;

/// Examples of `dvza practice set`.
const SET_EXAMPLES: &str = "Examples:\n  dvza practice set huisartsdelinde@medmij facility.ep_lines=true\n  \
                            dvza practice set --list region.txt --dry-run online_access_since=2026-10-01";

fn set_help() -> String {
    format!("{SET_EXAMPLES}\n\n{}", settings_in_words())
}

/// A practice by its MedMij name.
#[derive(Debug, Args)]
pub struct PracticeArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// MedMij name: huisartsdelinde@medmij
    pub name: String,
}

/// `dvza practice …`
#[derive(Debug, Subcommand)]
pub enum PracticeCommand {
    /// Add a practice, from a file, from the command line, or by answering questions on a terminal
    #[command(
        after_help = "Examples:\n  dvza practice add --file delinde.toml\n  dvza practice add\n  dvza practice add huisartsdelinde@medmij --ura 90009992 --display \"Huisartsenpraktijk De Linde\""
    )]
    Add(PracticeAddArgs),
    /// List the practices
    #[command(after_help = "Example:\n  dvza practice list --config dvza.toml")]
    List(ConfigArgs),
    /// Show a practice with its settings and where they come from
    #[command(after_help = "Example:\n  dvza practice show huisartsdelinde@medmij")]
    Show(PracticeArgs),
    /// Set settings of a practice, or of all practices of a list at once
    #[command(after_help = format!("{SET_EXAMPLES}\n\n--help lists all settings"), after_long_help = set_help())]
    Set(PracticeSetArgs),
    /// Change what a practice is called, its AGB code, or whether its contract stands
    #[command(
        after_help = "Examples:\n  dvza practice change huisartsdelinde@medmij --agb 01999992\n  dvza practice change huisartsdelinde@medmij --contract ended"
    )]
    Change(PracticeChangeArgs),
    /// Give a practice a logo for the pages of its patients
    #[command(after_help = "Example:\n  dvza practice logo huisartsdelinde@medmij delinde.png")]
    Logo(PracticeLogoArgs),
    /// Forbid that anybody acts for a patient online, or allow it again (R-AG-05)
    #[command(after_help = "Example:\n  dvza practice representation huisartsdelinde@medmij p1 forbid")]
    Representation(PracticeRepresentationArgs),
    /// Say whose pseudonym the login provider's is (login.oidc.pairwise); it is read from standard input
    #[command(
        after_help = "Examples:\n  dvza practice link huisartsdelinde@medmij p1\n  dvza practice link huisartsdelinde@medmij p1 --remove"
    )]
    Link(PracticeLinkArgs),
    /// Say who logs in to the console as which employee; the pseudonym or BSN of the login provider is read from standard input
    #[command(after_help = "Example:\n  dvza practice employee huisartsdelinde@medmij e1")]
    Employee(PracticeEmployeeArgs),
    /// Write the entries that the Zorgaanbiederslijst must carry
    #[command(
        after_help = "Examples:\n  dvza practice zal huisartsdelinde@medmij\n  dvza practice zal --text huisartsdelinde@medmij\n  \
                      dvza practice zal --release 2 --out ./lists"
    )]
    Zal(PracticeZalArgs),
    /// Compare the published lists with what this installation serves, and meet the endpoints as a PGO would
    #[command(
        after_help = "Examples:\n  dvza practice check huisartsdelinde@medmij\n  dvza practice check huisartsdelinde@medmij --cert pgo.pem --key pgo.key"
    )]
    Check(PracticeCheckArgs),
}

/// `dvza practice change`. Name and URA stay: addresses and deliveries hang on them.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)))]
pub struct PracticeChangeArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// What patients call it
    #[arg(long, group = "change")]
    pub display: Option<String>,
    /// AGB code, eight digits
    #[arg(long, group = "change")]
    pub agb: Option<String>,
    /// Whether the contract stands; with "ended" nothing is served
    #[arg(long, group = "change", value_parser = ["active", "ended"])]
    pub contract: Option<String>,
}

/// `dvza practice logo`
#[derive(Debug, Args)]
pub struct PracticeLogoArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// A PNG or JPEG picture of at most 256 kB
    pub file: PathBuf,
}

/// `dvza practice representation`
#[derive(Debug, Args)]
pub struct PracticeRepresentationArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// The patient's id in the deliveries of the HIS
    pub patient: String,
    /// What holds from now on
    #[arg(value_parser = ["forbid", "allow"])]
    pub rule: String,
}

/// `dvza practice link`
#[derive(Debug, Args)]
pub struct PracticeLinkArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// The patient's id in the deliveries of the HIS
    pub patient: String,
    /// Take the patient's pseudonym away
    #[arg(long)]
    pub remove: bool,
}

/// `dvza practice employee`
#[derive(Debug, Args)]
pub struct PracticeEmployeeArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// The employee's id in the deliveries of the HIS
    pub employee: String,
}

/// `dvza practice zal`
#[derive(Debug, Args)]
pub struct PracticeZalArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The release of the list; 2 is the form of 2018
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub release: u8,
    /// Write Zorgaanbiederslijst and Whitelist under their official names into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "text")]
    pub out: Option<PathBuf>,
    /// In words, with the numbers and the host that go along
    #[arg(long)]
    pub text: bool,
    /// MedMij names; every practice when absent
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// `dvza practice check`
#[derive(Debug, Args)]
pub struct PracticeCheckArgs {
    /// The practice.
    #[command(flatten)]
    pub practice: PracticeArgs,
    /// Compare lists only, connect to nothing
    #[arg(long)]
    pub offline: bool,
    /// A client certificate such as a PGO has; that for the register when absent
    #[arg(long, value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// The roots that certificates of the endpoints must come from
    #[arg(long, value_name = "FILE")]
    pub roots: Option<PathBuf>,
}

/// `dvza practice add`
#[derive(Debug, Args)]
pub struct PracticeAddArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// A file with everything about the practice (docs/operations/registering-a-practice.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "ura", "agb", "display"])]
    pub file: Option<PathBuf>,
    /// MedMij name: huisartsdelinde@medmij
    pub name: Option<String>,
    /// URA number, by which deliveries name the practice
    #[arg(long, requires = "name")]
    pub ura: Option<String>,
    /// AGB code, by which address books find the practice
    #[arg(long, requires = "name")]
    pub agb: Option<String>,
    /// What patients call the practice
    #[arg(long, value_name = "NAME", requires = "name")]
    pub display: Option<String>,
}

/// `dvza practice set`
#[derive(Debug, Args)]
pub struct PracticeSetArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// A file with the MedMij names of more practices, one a line; "-" is standard input
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Report what would change, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// MedMij names, and settings by dotted key
    #[arg(required = true, value_name = "NAME|KEY=VALUE", value_parser = word)]
    pub words: Vec<SetWord>,
}

/// A word behind `dvza practice set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetWord {
    /// A practice.
    Practice(String),
    /// A setting with its value.
    Setting(String, String),
}

fn word(text: &str) -> Result<SetWord, String> {
    if text.contains('=') {
        return setting(text).map(|(key, value)| SetWord::Setting(key, value));
    }
    // A name cannot be told from a setting without its value by anything else.
    if text.contains('@') {
        Ok(SetWord::Practice(text.to_owned()))
    } else {
        Err("write a setting as KEY=VALUE, a practice as NAME@medmij".to_owned())
    }
}
