//! `dvza validate`: resources and bundles against the profiles of this installation.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::args::ValidateArgs;
use crate::fhir::ResourceType;
use crate::mapping::check::Profiles;

/// Runs the command; ends not 0 when anything does not fit.
///
/// # Errors
/// One line that names the file that cannot be read.
pub fn run(args: &ValidateArgs) -> anyhow::Result<ExitCode> {
    if args.packages.is_some() {
        bail!(
            "this version checks against its own profiles; official packages are checked by `cargo test -p dvza-served`"
        );
    }
    let profiles = Profiles::load()?;
    let (mut checked, mut faults) = (0_u64, 0_u64);
    for path in json_files(&args.paths)? {
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
    say!("{checked} resources, {faults} faults");
    Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn faults_of(profiles: &Profiles, resource: &Value) -> Vec<String> {
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    let id = resource.get("id").and_then(Value::as_str).unwrap_or("(no id)");
    if kind == "OperationOutcome" {
        return Vec::new();
    }
    let Some(kind) = ResourceType::find(kind) else { return vec![format!("{kind}/{id}: no profile of ours")] };
    let found = profiles.check(kind, resource).err().unwrap_or_default();
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

fn json_files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).with_context(|| format!("cannot read {}", path.display()))?;
    }
    Ok(files)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "json") {
            collect(&path, files)?;
        }
    }
    Ok(())
}
