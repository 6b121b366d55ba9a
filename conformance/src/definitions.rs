//! Official FHIR definitions on disk: StructureDefinitions, ValueSets, CodeSystems, found by their canonical.
//!
//! Files are read when they are first asked for. A file is found by its name, `<Type>-<id>.json`: in the packages of
//! HL7 and Nictiz the id is the last part of the canonical.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

/// Definitions from one or more folders; the first folder that has a name wins.
#[derive(Debug)]
pub struct Definitions {
    files: HashMap<String, PathBuf>,
    read: RefCell<HashMap<String, Option<Rc<Value>>>>,
}

impl Definitions {
    /// Notes the definitions in these folders and the folders below them.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn in_folders(folders: &[&Path]) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for folder in folders {
            note_files(folder, &mut files)?;
        }
        Ok(Self { files, read: RefCell::default() })
    }

    /// The StructureDefinition of this canonical; a version after `|` is ignored.
    pub fn structure(&self, canonical: &str) -> Option<Rc<Value>> {
        self.find("StructureDefinition", canonical)
    }

    /// The ValueSet of this canonical.
    pub fn value_set(&self, canonical: &str) -> Option<Rc<Value>> {
        self.find("ValueSet", canonical)
    }

    /// The CodeSystem that defines this system, when its name follows from the system.
    pub fn code_system(&self, system: &str) -> Option<Rc<Value>> {
        self.find("CodeSystem", system)
    }

    fn find(&self, kind: &str, canonical: &str) -> Option<Rc<Value>> {
        let canonical = canonical.split('|').next()?;
        let id = canonical.rsplit(['/', ':']).next()?;
        let name = format!("{kind}-{id}.json");
        let found = self.read.borrow().get(&name).cloned();
        let definition = match found {
            Some(definition) => definition,
            None => {
                let definition = self.read_file(&name).map(Rc::new);
                self.read.borrow_mut().insert(name, definition.clone());
                definition
            }
        };
        definition.filter(|definition| definition.get("url").and_then(Value::as_str) == Some(canonical))
    }

    fn read_file(&self, name: &str) -> Option<Value> {
        let bytes = std::fs::read(self.files.get(name)?).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

fn note_files(folder: &Path, files: &mut HashMap<String, PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            note_files(&path, files)?;
        } else if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
            files.entry(name.to_owned()).or_insert(path.clone());
        }
    }
    Ok(())
}
