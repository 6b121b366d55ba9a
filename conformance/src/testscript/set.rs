//! Finding scripts in folders, with what `properties.json` says of them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::script::{Script, Unreadable};
use crate::version::FhirVersion;

/// A script that was found.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// The release it is for: of the folder, else of the script, else R4.
    pub version: FhirVersion,
    /// The script, or why it cannot be run.
    pub script: Result<Script, Unreadable>,
}

/// The scripts below these paths, in a fixed order. In folders, files that are no TestScripts are passed over, and so are
/// folders whose name begins with `_` (fixtures and scripts that load them).
///
/// # Errors
/// When a file or folder cannot be read.
pub fn find(paths: &[PathBuf]) -> std::io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            in_folder(path, &mut found)?;
        } else {
            found.push(read(path)?);
        }
    }
    Ok(found)
}

fn in_folder(folder: &Path, found: &mut Vec<Found>) -> std::io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('_') {
                in_folder(&path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            let script = read(&path)?;
            if script.script != Err(Unreadable::NoScript) {
                found.push(script);
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> std::io::Result<Found> {
    let bytes = std::fs::read(path)?;
    let script = std::str::from_utf8(&bytes).map_err(|_| Unreadable::NotXml).and_then(Script::read);
    let by_script = script.as_ref().ok().and_then(|script| FhirVersion::of(&script.version));
    let version = by_folder(path).or(by_script).unwrap_or(FhirVersion::R4);
    Ok(Found { path: path.to_owned(), version, script })
}

/// The nearest `properties.json`, at most two folders up.
fn by_folder(path: &Path) -> Option<FhirVersion> {
    path.ancestors().skip(1).take(3).find_map(|folder| {
        let bytes = std::fs::read(folder.join("properties.json")).ok()?;
        let properties: Value = serde_json::from_slice(&bytes).ok()?;
        FhirVersion::of(properties.get("fhirVersion")?.as_str()?)
    })
}
