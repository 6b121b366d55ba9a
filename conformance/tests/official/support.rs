//! The official material, where it is there.

use std::path::{Path, PathBuf};

use dvza_conformance::definitions::Definitions;
use dvza_conformance::validate::Validator;

/// A folder of the official material; its absence is told and nothing more.
pub fn shared(name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("DVZA_SHARED").map_or(default, PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there (set DVZA_SHARED)", folder.display());
    None
}

/// A validator by everything official.
pub fn official() -> Option<Validator> {
    let folder = shared("fhir")?;
    let packages = [folder.join("nl-core-r4/packages"), folder.join("r4-core/package")];
    Some(Validator::new(Definitions::in_folders(&packages).unwrap()))
}

/// The official examples by their file names without extension.
pub fn examples() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = shared("fhir/nl-core-r4/examples") else { return Vec::new() };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |file: &PathBuf| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), std::fs::read(file).unwrap())).collect()
}
