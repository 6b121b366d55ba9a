//! OAuthclientlist: which PGOs exist and what they support (medmij-authorization §6.3, release 2).
//!
//! The element names of the data services per client are not confirmed (§14 point 4), so they are read by local
//! name at any depth, and a client about which the list says nothing is decided by [`WithoutServices`].

use std::collections::{BTreeMap, BTreeSet};

use super::xml::{Element, read_list, read_version};
use super::{Environment, Fault, GegevensdienstId, Hostname, ListKind, ListVersion, ListsError};

/// The OAuthclientlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ocl {
    version: ListVersion,
    clients: BTreeMap<Hostname, Client>,
}

/// One PGO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `Hostname`, which is its client_id.
    pub hostname: Hostname,
    /// `OAuthclientOrganisatienaam`, the name people see.
    pub organisation: String,
    /// The data services it supports; `None` when the list says nothing about them.
    pub interfaces: Option<Vec<ClientInterface>>,
}

/// What a PGO supports under one version of the interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInterface {
    /// `InterfaceversieId`; `None` when the list names services without a version.
    pub id: Option<String>,
    /// The data services.
    pub services: BTreeSet<GegevensdienstId>,
}

/// What holds for a client whose entry names no data services (setting `ocl_without_services`; UNCONFIRMED).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WithoutServices {
    /// It supports none: fail closed.
    #[default]
    Refuse,
    /// It supports all.
    All,
}

impl Ocl {
    /// Reads and checks the list.
    ///
    /// # Errors
    /// [`ListsError`] with the first element at fault; nothing of a list with a fault is used.
    pub fn parse(bytes: &[u8], environment: Environment) -> Result<Self, ListsError> {
        read_list(ListKind::Ocl, bytes, |root| {
            let version = read_version(root)?;
            let mut clients = BTreeMap::new();
            for element in root.one("OAuthclients")?.many("OAuthclient") {
                let client = read_client(element, environment)?;
                if clients.insert(client.hostname.clone(), client).is_some() {
                    return Err(element.one("Hostname")?.fault(Fault::Duplicate));
                }
            }
            if clients.is_empty() && environment == Environment::Production {
                return Err(root.one("OAuthclients")?.fault(Fault::Empty));
            }
            Ok(Self { version, clients })
        })
    }

    /// The list before there is one.
    pub(super) fn none(version: ListVersion) -> Self {
        Self { version, clients: BTreeMap::new() }
    }

    /// The list's version.
    pub fn version(&self) -> &ListVersion {
        &self.version
    }

    /// The client with this host name, compared exactly.
    pub fn find(&self, hostname: &str) -> Option<&Client> {
        self.clients.get(hostname)
    }

    /// All clients, by host name.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }
}

impl Client {
    /// Does this client support the data service under this interface version?
    pub fn supports(&self, interface: &str, service: &str, without: WithoutServices) -> bool {
        let Some(interfaces) = &self.interfaces else {
            return without == WithoutServices::All;
        };
        let fits = |listed: &ClientInterface| listed.id.as_deref().is_none_or(|id| id == interface);
        interfaces.iter().any(|listed| fits(listed) && listed.services.contains(service))
    }
}

fn read_client(element: Element<'_, '_>, environment: Environment) -> Result<Client, ListsError> {
    let hostname = element.one("Hostname")?.read("a host name", |text| Hostname::parse(text, environment).ok())?;
    let organisation = element.one("OAuthclientOrganisatienaam")?.read_bounded(3..=50)?;
    Ok(Client { hostname, organisation, interfaces: read_interfaces(element)? })
}

fn read_interfaces(element: Element<'_, '_>) -> Result<Option<Vec<ClientInterface>>, ListsError> {
    let mut interfaces = Vec::new();
    for version in element.below("Interfaceversie") {
        let id = version.one("InterfaceversieId")?.read_bounded(1..=30)?;
        interfaces.push(ClientInterface { id: Some(id), services: read_services(version) });
    }
    if interfaces.is_empty() && element.many("Gegevensdiensten").next().is_some() {
        interfaces.push(ClientInterface { id: None, services: read_services(element) });
    }
    let says_something = !interfaces.is_empty() || element.many("Interfaceversies").next().is_some();
    Ok(says_something.then_some(interfaces))
}

/// An entry whose id cannot be read is left out: the client then does not have that service.
fn read_services(element: Element<'_, '_>) -> BTreeSet<GegevensdienstId> {
    let id = |service: Element<'_, '_>| match service.optional("GegevensdienstId") {
        Ok(Some(child)) => child.text(),
        _ => service.text(),
    };
    element.below("Gegevensdienst").filter_map(|service| id(service).ok()?.parse().ok()).collect()
}
