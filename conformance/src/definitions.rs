//! Official FHIR definitions on disk: StructureDefinitions, ValueSets, CodeSystems, found by their canonical.
//!
//! Folders are listed once and of every file only the head is read, up to its `url`; a definition is parsed when it is
//! first asked for. Files that are no definitions (examples, package descriptions) are passed over.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The types of definition that are looked up.
const KINDS: [&str; 3] = ["StructureDefinition", "ValueSet", "CodeSystem"];

/// Definitions from one or more folders; the first folder that has a canonical wins.
#[derive(Debug)]
pub struct Definitions {
    files: HashMap<Key, PathBuf>,
    read: Mutex<HashMap<Key, Option<Arc<Value>>>>,
}

/// Type and canonical.
type Key = (&'static str, String);

impl Definitions {
    /// Notes the definitions in these folders and the folders below them.
    ///
    /// # Errors
    /// When a folder cannot be listed or a file in it cannot be read.
    pub fn in_folders<P: AsRef<Path>>(folders: &[P]) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for folder in folders {
            note_files(folder.as_ref(), &mut files)?;
        }
        Ok(Self { files, read: Mutex::default() })
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
            serde_json::from_slice(&bytes).ok().map(Arc::new)
        });
        found.clone()
    }
}

fn note_files(folder: &Path, files: &mut HashMap<Key, PathBuf>) -> std::io::Result<()> {
    let mut paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    // The order of a listing differs between file systems.
    paths.sort();
    for path in paths {
        if path.is_dir() {
            note_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let bytes = std::fs::read(&path)?;
            if let Some((kind, url)) = head(&bytes) {
                files.entry((kind, url)).or_insert(path);
            }
        }
    }
    Ok(())
}

/// Type and canonical of a definition, read no further than needed.
fn head(bytes: &[u8]) -> Option<Key> {
    let mut head = Head::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // Stopping in the middle of the text is reported as an error; what was found by then is what was wanted.
    let _ = HeadSeed(&mut head).deserialize(&mut json);
    let kind = KINDS.into_iter().find(|kind| Some(*kind) == head.kind.as_deref())?;
    Some((kind, head.url?))
}

#[derive(Default)]
struct Head {
    kind: Option<String>,
    url: Option<String>,
}

struct HeadSeed<'h>(&'h mut Head);

impl<'de> DeserializeSeed<'de> for HeadSeed<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeadSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a FHIR definition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "resourceType" => {
                    let kind: String = members.next_value()?;
                    let is_definition = KINDS.contains(&kind.as_str());
                    self.0.kind = Some(kind);
                    if !is_definition {
                        return Ok(());
                    }
                }
                "url" => self.0.url = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
            if self.0.kind.is_some() && self.0.url.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_found_by_its_url_whatever_its_file_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("package");
        std::fs::create_dir(&below).unwrap();
        let files = [
            ("b.json", r#"{"id":"x","url":"http://x.y/sid/a","resourceType":"CodeSystem","content":"complete"}"#),
            ("a.json", r#"{"resourceType":"ValueSet","extension":[{"url":"http://x.y/e"}],"url":"http://x.y/v"}"#),
            ("patient.json", r#"{"resourceType":"Patient","url":"http://x.y/p"}"#),
            ("broken.json", r#"{"resourceType":"#),
            ("list.json", "[1]"),
        ];
        for (name, text) in files {
            std::fs::write(below.join(name), text).unwrap();
        }
        let definitions = Definitions::in_folders(&[folder.path()]).unwrap();
        assert_eq!(definitions.len(), 2);
        assert_eq!(definitions.code_system("http://x.y/sid/a").unwrap()["content"], "complete");
        assert!(definitions.value_set("http://x.y/v|1.2").is_some());
        assert!(definitions.value_set("http://x.y/e").is_none());
        assert!(definitions.structure("http://x.y/v").is_none());
    }
}
