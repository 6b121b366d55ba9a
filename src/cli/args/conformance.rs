//! The words of the judge's commands: `dvza validate` and `dvza conformance`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::{ConfigArgs, TableArgs};

/// `dvza validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// A folder with FHIR packages to check against instead of this installation's own profiles; may be repeated
    #[arg(long, value_name = "DIR")]
    pub packages: Vec<PathBuf>,
    /// The release of FHIR to judge by, where the packages have more than one: 4.0 unless this says 3.0
    #[arg(long, value_name = "VERSION", value_parser = ["3.0", "4.0"], requires = "packages")]
    pub fhir_version: Option<String>,
    /// Tell as well what the packages cannot decide
    #[arg(long, requires = "packages")]
    pub notes: bool,
    /// The day T of official test data, whose dates are placeholders
    #[arg(long, value_name = "DAY", requires = "packages")]
    pub date_t: Option<Date>,
    /// Files or folders with resources and bundles: JSON, and with packages XML too
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

/// `dvza conformance …`
#[derive(Debug, Subcommand)]
pub enum ConformanceCommand {
    /// Run FHIR TestScripts against a running server
    #[command(after_help = "Examples:\n  \
                            dvza conformance run --demo dvza-demo/demo.json \
                            --patients conformance/testscripts/patients.json conformance/testscripts/HG-R4\n  \
                            dvza conformance run --base https://xis.example/fhir --ca ca.pem --cert pgo.pem --key pgo.key \
                            --packages ./fhir --token script-token=real-token scripts")]
    Run(ConformanceArgs),
    /// Record how a run ended for a HIS with a PGO and a data service
    #[command(after_help = "Examples:\n  \
                            dvza conformance record --practice huisartsdelinde@medmij --pgo pgo.example.nl --service HG-R4 report.json\n  \
                            dvza conformance record --system Testhis --system-version 2.1 --pgo pgo.example.nl --service HG-R4 \
                            report.json")]
    Record(ConformanceRecordArgs),
    /// List the pairs of HIS and PGO that were recorded, with the newest result of each
    #[command(after_help = "Examples:\n  dvza conformance pairs --config dvza.toml\n  dvza conformance pairs --json")]
    Pairs(TableArgs),
}

/// `dvza conformance record`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("his").required(true).args(["practice", "system"])))]
pub struct ConformanceRecordArgs {
    /// The configuration.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The practice whose HIS was tested, by its MedMij name: product and version are those of its newest delivery
    #[arg(long, value_name = "NAME")]
    pub practice: Option<String>,
    /// Or the name of the HIS
    #[arg(long, value_name = "TEXT", requires = "system_version")]
    pub system: Option<String>,
    /// And its version
    #[arg(long, value_name = "TEXT", requires = "system")]
    pub system_version: Option<String>,
    /// The PGO: its host name on the OAuthclientlist
    #[arg(long, value_name = "HOST")]
    pub pgo: String,
    /// The data service
    #[arg(long, value_name = "ID")]
    pub service: String,
    /// What dvza conformance run wrote with --json; keep it: its hash is recorded
    pub report: PathBuf,
}

/// `dvza conformance run`
#[derive(Debug, Args)]
pub struct ConformanceArgs {
    /// The demo.json of a server of ours; tokens are got by the whole MedMij flow. Either this or --base
    #[arg(long, value_name = "FILE", conflicts_with = "base")]
    pub demo: Option<PathBuf>,
    /// The data service of the demo that the scripts are for; by what each script asks when absent
    #[arg(long, value_name = "ID", requires = "demo")]
    pub service: Option<String>,
    /// The provider's MedMij name; the one that has the patient by demo.json when absent, else its first
    #[arg(long, value_name = "NAME", requires = "demo")]
    pub practice: Option<String>,
    /// Whose number belongs to which token of the scripts; `conformance/nictiz/patients.json` of the shared folder when absent
    #[arg(long, value_name = "FILE", requires = "demo")]
    pub patients: Option<PathBuf>,
    /// The FHIR endpoint of any server; https needs --ca
    #[arg(long, value_name = "URL")]
    pub base: Option<String>,
    /// What to send for a token of the scripts, without `Bearer`; tokens without such a line are sent as they are
    #[arg(long, value_name = "SCRIPT_TOKEN=VALUE", value_parser = token, requires = "base")]
    pub token: Vec<(String, String)>,
    /// PEM file with the roots that the server's certificate must come from
    #[arg(long, value_name = "PEM", requires = "base")]
    pub ca: Option<PathBuf>,
    /// PEM file with the client certificate
    #[arg(long, value_name = "PEM", requires_all = ["base", "key"])]
    pub cert: Option<PathBuf>,
    /// PEM file with its key
    #[arg(long, value_name = "PEM", requires = "cert")]
    pub key: Option<PathBuf>,
    /// A folder with FHIR packages; `fhir` of the shared folder when absent; may be repeated
    #[arg(long, value_name = "DIR")]
    pub packages: Vec<PathBuf>,
    /// Tell profiles that are not among the packages, in place of failing by them: what claims one is judged by its type alone
    #[arg(long)]
    pub tell_unknown_profiles: bool,
    /// The folder with official material that defaults are taken from
    #[arg(long, env = "DVZA_SHARED", value_name = "DIR", default_value = "../shared")]
    pub shared: PathBuf,
    /// The day that scripts and data call T; the day of the server's clock when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub date_t: Option<Date>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as JUnit's XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// TestScript files or folders
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

fn token(text: &str) -> Result<(String, String), String> {
    let (script, value) = text.split_once('=').ok_or("write it as SCRIPT_TOKEN=VALUE")?;
    let bearer = |token: &str| {
        let token = token.trim();
        if token.starts_with("Bearer ") { token.to_owned() } else { format!("Bearer {token}") }
    };
    if script.is_empty() || value.is_empty() {
        return Err("write it as SCRIPT_TOKEN=VALUE".to_owned());
    }
    Ok((bearer(script), bearer(value)))
}
