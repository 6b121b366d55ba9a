//! Whitelist: which hosts may speak on the network (medmij-authorization §6.4, release 2).

use std::collections::BTreeSet;

use super::xml::{Element, read_list, read_version};
use super::{Environment, Fault, Hostname, ListKind, ListVersion, ListsError};

/// The Whitelist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whl {
    version: ListVersion,
    nodes: BTreeSet<Hostname>,
}

impl Whl {
    /// Reads and checks the list; both structures that share its namespace are understood.
    ///
    /// # Errors
    /// [`ListsError`] with the first element at fault; nothing of a list with a fault is used.
    pub fn parse(bytes: &[u8], environment: Environment) -> Result<Self, ListsError> {
        read_list(ListKind::Whl, bytes, |root| {
            let version = read_version(root)?;
            let mut nodes = BTreeSet::new();
            for element in root.one("MedMijNodes")?.many("MedMijNode") {
                let holder = host_element(element)?;
                let host = holder.read("a host name", |text| Hostname::parse(text, environment).ok())?;
                if !nodes.insert(host) {
                    return Err(holder.fault(Fault::Duplicate));
                }
            }
            if nodes.is_empty() && environment == Environment::Production {
                return Err(root.one("MedMijNodes")?.fault(Fault::Empty));
            }
            Ok(Self { version, nodes })
        })
    }

    /// The list before there is one.
    pub(super) fn none(version: ListVersion) -> Self {
        Self { version, nodes: BTreeSet::new() }
    }

    /// The list's version.
    pub fn version(&self) -> &ListVersion {
        &self.version
    }

    /// Is this host on the list? Compared exactly.
    pub fn contains(&self, host: &str) -> bool {
        self.nodes.contains(host)
    }

    /// All hosts, in order.
    pub fn nodes(&self) -> impl Iterator<Item = &Hostname> {
        self.nodes.iter()
    }
}

/// Schema version 13 has a child `Hostname`, version 2 the host as text of the node.
fn host_element<'a, 'input>(node: Element<'a, 'input>) -> Result<Element<'a, 'input>, ListsError> {
    Ok(node.optional("Hostname")?.unwrap_or(node))
}
