//! The words of the judge's commands: `dvza validate` and `dvza conformance`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::civil::Date;

/// `dvza validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// A folder with FHIR packages to check against instead of this installation's own profiles; may be repeated
    #[arg(long, value_name = "DIR")]
    pub packages: Vec<PathBuf>,
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
