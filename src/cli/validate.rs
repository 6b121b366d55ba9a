//! `dvza validate`: resources and bundles against the profiles of this installation, or against official packages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use dvza_conformance::issue::{Issue, Rule, Severity};
use dvza_conformance::tree::Form;
use dvza_conformance::validate::Validators;
use dvza_conformance::version::FhirVersion;
use serde_json::Value;

use super::args::ValidateArgs;
use crate::fhir::{FhirRelease, ResourceType, placeholders};
use crate::mapping::check::Profiles;

/// Runs the command; ends not 0 when anything does not fit.
///
/// # Errors
/// One line that names the file that cannot be read.
pub fn run(args: &ValidateArgs) -> anyhow::Result<ExitCode> {
    let faults = if args.packages.is_empty() { by_own_profiles(args)? } else { by_packages(args)? };
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn by_own_profiles(args: &ValidateArgs) -> anyhow::Result<u64> {
    let profiles = Profiles::load()?;
    let (mut checked, mut faults) = (0_u64, 0_u64);
    for path in files(&args.paths, &["json"])? {
        let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let value: Value = serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))?;
        for resource in resources(&value) {
            checked += 1;
            for fault in faults_of(&profiles, resource) {
                faults += 1;
                say!("{}: {fault}", path.display());
            }
        }
    }
    ensure!(checked > 0, "there is nothing to judge: no file called *.json");
    say!("{checked} resources, {faults} faults");
    Ok(faults)
}

/// The official check: by FHIR, by the packages, and by every profile that a resource claims.
fn by_packages(args: &ValidateArgs) -> anyhow::Result<u64> {
    let validators = validators(&args.packages)?;
    let version = match &args.fhir_version {
        Some(version) => FhirVersion::of(version).context("no such release of FHIR is judged")?,
        // The newest of them.
        None => validators.versions().max().context("there is no release of FHIR")?,
    };
    let missing = || format!("the definitions of FHIR {} are not in the packages", version.parameter());
    let validator = validators.of(version).with_context(missing)?;
    let (mut errors, mut warnings, mut notes) = (0_u64, 0_u64, 0_u64);
    let paths = files(&args.paths, &["json", "xml"])?;
    ensure!(!paths.is_empty(), "there is nothing to judge: no file called *.json or *.xml");
    for path in &paths {
        let mut bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if let (Some(day), Ok(text)) = (args.date_t, std::str::from_utf8(&bytes)) {
            let filled = placeholders::fill(text, day).with_context(|| format!("{}", path.display()))?;
            bytes = filled.into_bytes();
        }
        // Advice is often the same at many places; it is told once for a file.
        let mut advice: BTreeMap<(Severity, Rule, String), (String, u64)> = BTreeMap::new();
        for issue in validator.check_bytes(Form::of(&bytes), &bytes) {
            let count = match issue.severity {
                Severity::Error => &mut errors,
                Severity::Warning => &mut warnings,
                Severity::Note => &mut notes,
            };
            *count += 1;
            if issue.severity == Severity::Error {
                say!("{}: {issue}", path.display());
            } else if issue.severity == Severity::Warning || args.notes {
                let key = (issue.severity, issue.rule, issue.reason);
                advice.entry(key).or_insert((issue.path, 0)).1 += 1;
            }
        }
        for ((severity, rule, reason), (at, times)) in advice {
            let issue = Issue { severity, path: at, rule, reason };
            let more = if times > 1 { format!(" (and at {} more places)", times - 1) } else { String::new() };
            say!("{}: {issue}{more}", path.display());
        }
    }
    say!("{} files, {errors} errors, {warnings} warnings, {notes} undecided", paths.len());
    Ok(errors)
}

/// Validators by the packages in these folders, one for each release of FHIR; at least one.
///
/// # Errors
/// One line that names the folder, or says that FHIR itself is missing.
pub(super) fn validators(packages: &[PathBuf]) -> anyhow::Result<Validators> {
    let names: Vec<String> = packages.iter().map(|folder| folder.display().to_string()).collect();
    let names = names.join(", ");
    let validators = Validators::in_folders(packages).with_context(|| format!("cannot read {names}"))?;
    ensure!(
        !validators.is_empty(),
        "the definitions of FHIR itself (R4 or STU3) are not in {names}: add the folder of the core package"
    );
    Ok(validators)
}

fn faults_of(profiles: &Profiles, resource: &Value) -> Vec<String> {
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    let id = resource.get("id").and_then(Value::as_str).unwrap_or("(no id)");
    if kind == "OperationOutcome" {
        return Vec::new();
    }
    let Some(kind) = ResourceType::find(kind) else { return vec![format!("{kind}/{id}: no profile of ours")] };
    let claim = resource.pointer("/meta/profile/0").and_then(Value::as_str).unwrap_or_default();
    let states = |release: &FhirRelease| profiles.canonicals(*release).any(|canonical| canonical == claim);
    let release = FhirRelease::ALL.into_iter().find(states).unwrap_or(FhirRelease::R4);
    let found = profiles.check(release, kind, resource).err().unwrap_or_default();
    found.iter().map(|fault| format!("{kind}/{id}: {} {}", fault.pointer, fault.rule)).collect()
}

/// The resource itself, or those in a bundle.
fn resources(value: &Value) -> Vec<&Value> {
    if value.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return vec![value];
    }
    let entries = value.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|entry| entry.get("resource")).collect()
}

/// The files that are named, and those with these extensions in the folders that are.
fn files(paths: &[PathBuf], extensions: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, extensions, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(files)
}

fn collect(path: &Path, extensions: &[&str], files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    inside.sort();
    for path in inside {
        let is_wanted = path.extension().is_some_and(|own| extensions.iter().any(|extension| own == *extension));
        if path.is_dir() || is_wanted {
            collect(&path, extensions, files)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn official_packages_judge_json_and_xml() {
        let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let packages = std::env::var_os("DVZA_SHARED").map_or(default, PathBuf::from).join("fhir");
        if !packages.is_dir() {
            println!("SKIPPED: {} is not there (set DVZA_SHARED)", packages.display());
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("good.json", r#"{"resourceType": "Patient", "gender": "male"}"#),
            ("bad.json", r#"{"resourceType": "Patient", "gender": "M"}"#),
            ("good.xml", r#"<Patient xmlns="http://hl7.org/fhir"><gender value="male"/></Patient>"#),
            ("bad.xml", r#"<Patient xmlns="http://hl7.org/fhir"><colour value="red"/></Patient>"#),
        ];
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            let packages = vec![packages.clone()];
            let args = ValidateArgs { packages, fhir_version: None, notes: true, date_t: None, paths: vec![path] };
            assert_eq!(by_packages(&args).unwrap(), u64::from(name.starts_with("bad")), "{name}");
        }
        let only_r4 = packages.join("r4-core");
        for (packages, version) in [(folder.path(), None), (only_r4.as_path(), Some("3.0".to_owned()))] {
            let packages = vec![packages.to_owned()];
            let paths = vec![folder.path().join("good.json")];
            let args = ValidateArgs { packages, fhir_version: version, notes: false, date_t: None, paths };
            assert!(by_packages(&args).is_err(), "without the definitions of FHIR nothing is judged");
        }
    }
}
