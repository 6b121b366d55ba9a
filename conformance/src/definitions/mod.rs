//! Official FHIR definitions on disk: StructureDefinitions, ValueSets, CodeSystems, found by their canonical.
//!
//! Folders are listed once and of every file only the head is looked at (`head`); a definition is parsed when it is first
//! asked for, from JSON or from XML (`from_xml`). Files that are no definitions (examples, package descriptions) are passed
//! over. Releases of FHIR use the same canonicals, so folders that hold several are taken apart: see
//! [`Definitions::by_version`].

mod from_xml;
mod head;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::version::FhirVersion;
use head::Key;

/// Definitions from one or more folders; the first folder that has a canonical wins.
#[derive(Debug)]
pub struct Definitions {
    files: HashMap<Key, PathBuf>,
    read: Mutex<HashMap<Key, Option<Arc<Value>>>>,
}

impl Definitions {
    /// Notes the definitions in these folders and the folders below them, whatever release of FHIR they are of.
    ///
    /// # Errors
    /// When a folder cannot be listed or a file in it cannot be read.
    pub fn in_folders<P: AsRef<Path>>(folders: &[P]) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for folder in folders {
            Folder::read(folder.as_ref())?.each(Told::Nothing, &mut |_, key, path| note(&mut files, key, path));
        }
        Ok(Self::of(files))
    }

    /// Notes the same by the release that they are of; one of another release is left out.
    ///
    /// A StructureDefinition says its release itself. ValueSets and CodeSystems do not: they are of the release of the
    /// nearest folder around them that has one, by its `package.json`, or because all that is told in it is of one release.
    /// Where no folder tells, they are for every release.
    ///
    /// # Errors
    /// When a folder cannot be listed or a file in it cannot be read.
    pub fn by_version<P: AsRef<Path>>(folders: &[P]) -> std::io::Result<BTreeMap<FhirVersion, Self>> {
        let mut by: BTreeMap<FhirVersion, HashMap<Key, PathBuf>> = BTreeMap::new();
        for folder in folders {
            Folder::read(folder.as_ref())?.each(Told::Nothing, &mut |told, key, path| {
                for version in FhirVersion::ALL.into_iter().filter(|version| told.fits(*version)) {
                    note(by.entry(version).or_default(), key, path);
                }
            });
        }
        Ok(by.into_iter().map(|(version, files)| (version, Self::of(files))).collect())
    }

    fn of(files: HashMap<Key, PathBuf>) -> Self {
        Self { files, read: Mutex::default() }
    }

    /// How many definitions there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The StructureDefinition of this canonical; a version after `|` is ignored.
    pub fn structure(&self, canonical: &str) -> Option<Arc<Value>> {
        self.find("StructureDefinition", canonical)
    }

    /// The ValueSet of this canonical; a version after `|` is ignored.
    pub fn value_set(&self, canonical: &str) -> Option<Arc<Value>> {
        self.find("ValueSet", canonical)
    }

    /// The CodeSystem that defines this system.
    pub fn code_system(&self, system: &str) -> Option<Arc<Value>> {
        self.find("CodeSystem", system)
    }

    /// The canonicals of all StructureDefinitions, in a fixed order.
    pub fn structures(&self) -> Vec<&str> {
        let mut found: Vec<&str> =
            self.files.keys().filter(|(kind, _)| *kind == "StructureDefinition").map(|(_, url)| url.as_str()).collect();
        found.sort_unstable();
        found
    }

    fn find(&self, kind: &'static str, canonical: &str) -> Option<Arc<Value>> {
        let url = canonical.split('|').next()?;
        let key = (kind, url.to_owned());
        let path = self.files.get(&key)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let found = read.entry(key).or_insert_with(|| {
            let bytes = std::fs::read(path).ok()?;
            let value = if has_extension(path, "xml") {
                from_xml::definition(std::str::from_utf8(&bytes).ok()?)
            } else {
                serde_json::from_slice(&bytes).ok()
            };
            value.map(Arc::new)
        });
        found.clone()
    }
}

fn note(files: &mut HashMap<Key, PathBuf>, key: &Key, path: &Path) {
    files.entry(key.clone()).or_insert_with(|| path.to_owned());
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|own| own == extension)
}

/// What is told of the release of FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    /// One release; `None` is one that is not judged.
    One(Option<FhirVersion>),
    Several,
}

impl Told {
    /// What two say together.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, told) | (told, Self::Nothing) => told,
            (one, other) if one == other => one,
            _ => Self::Several,
        }
    }

    /// May a definition of which this is told be used for this release?
    fn fits(self, version: FhirVersion) -> bool {
        match self {
            Self::One(own) => own == Some(version),
            Self::Nothing | Self::Several => true,
        }
    }
}

/// A folder with its definitions.
struct Folder {
    entries: Vec<Entry>,
    told: Told,
}

enum Entry {
    File(Key, Told, PathBuf),
    Folder(Folder),
}

impl Folder {
    fn read(folder: &Path) -> std::io::Result<Self> {
        let mut paths =
            std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        // The order of a listing differs between file systems.
        paths.sort();
        let (mut entries, mut told, mut package) = (Vec::new(), Told::Nothing, Told::Nothing);
        for path in paths {
            if path.is_dir() {
                let below = Self::read(&path)?;
                told = told.and(below.told);
                entries.push(Entry::Folder(below));
                continue;
            }
            let found = if has_extension(&path, "json") {
                let bytes = std::fs::read(&path)?;
                if path.file_name().is_some_and(|name| name == "package.json") {
                    package = head::of_package(&bytes);
                }
                head::of_json(&bytes)
            } else if has_extension(&path, "xml") {
                head::of_xml(&std::fs::read(&path)?)
            } else {
                None
            };
            if let Some((key, own)) = found {
                told = told.and(own);
                entries.push(Entry::File(key, own, path));
            }
        }
        Ok(Self { entries, told: if package == Told::Nothing { told } else { package } })
    }

    /// Shows every definition with what is told of its release, by itself or by the folders around it.
    fn each(&self, around: Told, show: &mut dyn FnMut(Told, &Key, &Path)) {
        let around = if matches!(self.told, Told::One(_)) { self.told } else { around };
        for entry in &self.entries {
            match entry {
                Entry::File(key, own, path) => show(if *own == Told::Nothing { around } else { *own }, key, path),
                Entry::Folder(below) => below.each(around, show),
            }
        }
    }
}
