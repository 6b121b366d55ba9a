//! Gegevensdienstnamenlijst: what data services are called (medmij-authorization §6.5, release 1).

use std::collections::BTreeMap;

use super::xml::{read_list, read_version};
use super::{Environment, Fault, GegevensdienstId, ListKind, ListVersion, ListsError};

/// The Gegevensdienstnamenlijst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gnl {
    version: ListVersion,
    names: BTreeMap<GegevensdienstId, String>,
}

impl Gnl {
    /// Reads and checks the list.
    ///
    /// # Errors
    /// [`ListsError`] with the first element at fault; nothing of a list with a fault is used.
    pub fn parse(bytes: &[u8], environment: Environment) -> Result<Self, ListsError> {
        read_list(ListKind::Gnl, bytes, |root| {
            let version = read_version(root)?;
            let mut names = BTreeMap::new();
            for element in root.one("Gegevensdiensten")?.many("Gegevensdienst") {
                let holder = element.one("GegevensdienstId")?;
                let id: GegevensdienstId = holder.read("an id of 1 to 30 characters", |text| text.parse().ok())?;
                let name = element.one("Weergavenaam")?.read_bounded(3..=50)?;
                if names.insert(id, name).is_some() {
                    return Err(holder.fault(Fault::Duplicate));
                }
            }
            if names.is_empty() && environment == Environment::Production {
                return Err(root.one("Gegevensdiensten")?.fault(Fault::Empty));
            }
            Ok(Self { version, names })
        })
    }

    /// The list before there is one.
    pub(super) fn none(version: ListVersion) -> Self {
        Self { version, names: BTreeMap::new() }
    }

    /// The list's version.
    pub fn version(&self) -> &ListVersion {
        &self.version
    }

    /// The display name of a data service.
    pub fn name(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(String::as_str)
    }

    /// All services with their names, by id.
    pub fn names(&self) -> impl Iterator<Item = (&GegevensdienstId, &str)> {
        self.names.iter().map(|(id, name)| (id, name.as_str()))
    }
}
