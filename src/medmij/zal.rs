//! Zorgaanbiederslijst: which practice is served where (medmij-authorization §6.2, release 3; release 2 is read too).

use std::collections::{BTreeMap, HashSet};

use super::hosts::Channel;
use super::xml::{Element, read_list, read_version};
use super::{EndpointUri, Environment, Fault, GegevensdienstId, ListKind, ListVersion, ListsError, MedMijName};

/// The interface version of release 2, which names none. It is never that of this server, so an old list is read and
/// shown, and sends nobody here.
const OLDER_INTERFACE: &str = "1";

/// The Zorgaanbiederslijst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zal {
    version: ListVersion,
    providers: BTreeMap<MedMijName, Provider>,
}

/// One provider with its endpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// `Zorgaanbiedernaam`.
    pub name: MedMijName,
    /// `Aanbiedertype`.
    pub kind: Aanbiedertype,
    /// `Interfaceversies`, at least one.
    pub interfaces: Vec<Interface>,
}

/// Kind of provider; open, because the framework plans more kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aanbiedertype {
    /// `ZA`: a zorgaanbieder.
    Zorgaanbieder,
    /// `BAZB`: a provider without treatment relation.
    WithoutRelation,
    /// Any other value, as listed (such as the planned `APD`).
    Other(String),
}

impl Aanbiedertype {
    /// The value as the list writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Zorgaanbieder => "ZA",
            Self::WithoutRelation => "BAZB",
            Self::Other(text) => text,
        }
    }
}

/// What a provider offers under one version of the interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// `InterfaceversieId`, today `2`.
    pub id: String,
    /// `Gegevensdiensten`, at least one.
    pub services: Vec<ProviderService>,
}

/// One data service of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderService {
    /// `GegevensdienstId`.
    pub id: GegevensdienstId,
    /// `AuthorizationEndpointuri`, front channel.
    pub authorization: EndpointUri,
    /// `TokenEndpointuri`, back channel.
    pub token: EndpointUri,
    /// `Abonneren`, when subscriptions are offered.
    pub subscription: Option<Subscription>,
    /// `Systeemrollen`, at least one.
    pub roles: Vec<Systeemrol>,
}

/// `Abonneren`: subscriptions for a data service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `MaximaleDuur` in days.
    pub max_days: u32,
    /// `SubscriptionEndpointuri`, back channel.
    pub endpoint: EndpointUri,
}

/// A system role with its resource endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Systeemrol {
    /// `Systeemrolcode`, such as `MM-2.0-HGB-FHIR`.
    pub code: String,
    /// `ResourceEndpointuri`, back channel.
    pub resource: EndpointUri,
}

impl Zal {
    /// Reads and checks the list.
    ///
    /// # Errors
    /// [`ListsError`] with the first element at fault; nothing of a list with a fault is used.
    pub fn parse(bytes: &[u8], environment: Environment) -> Result<Self, ListsError> {
        read_list(ListKind::Zal, bytes, |root| {
            let version = read_version(root)?;
            let mut providers = BTreeMap::new();
            for element in root.one("Zorgaanbieders")?.many("Zorgaanbieder") {
                let provider = read_provider(element, environment)?;
                if providers.insert(provider.name.clone(), provider).is_some() {
                    return Err(element.one("Zorgaanbiedernaam")?.fault(Fault::Duplicate));
                }
            }
            if providers.is_empty() && environment == Environment::Production {
                return Err(root.one("Zorgaanbieders")?.fault(Fault::Empty));
            }
            Ok(Self { version, providers })
        })
    }

    /// The list before there is one.
    pub(super) fn none(version: ListVersion) -> Self {
        Self { version, providers: BTreeMap::new() }
    }

    /// The list's version.
    pub fn version(&self) -> &ListVersion {
        &self.version
    }

    /// The provider with this name.
    pub fn find(&self, name: &MedMijName) -> Option<&Provider> {
        self.providers.get(name)
    }

    /// All providers, by name.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }
}

impl Provider {
    /// The data service with this id under this interface version.
    pub fn service(&self, interface: &str, id: &GegevensdienstId) -> Option<&ProviderService> {
        let listed = self.interfaces.iter().find(|listed| listed.id == interface)?;
        listed.services.iter().find(|service| service.id == *id)
    }
}

fn read_provider(element: Element<'_, '_>, environment: Environment) -> Result<Provider, ListsError> {
    let name = element.one("Zorgaanbiedernaam")?.read("a MedMij name", |text| MedMijName::registered(text).ok())?;
    if element.is_older_release() {
        let interface = Interface { id: OLDER_INTERFACE.to_owned(), services: read_services(element, environment)? };
        return Ok(Provider { name, kind: Aanbiedertype::Zorgaanbieder, interfaces: vec![interface] });
    }
    let kind = element.one("Aanbiedertype")?.read("at most 30 characters", read_kind)?;
    let mut interfaces: Vec<Interface> = Vec::new();
    let versions = element.one("Interfaceversies")?;
    for version in versions.many("Interfaceversie") {
        let interface = read_interface(version, environment)?;
        if interfaces.iter().any(|known| known.id == interface.id) {
            return Err(version.one("InterfaceversieId")?.fault(Fault::Duplicate));
        }
        interfaces.push(interface);
    }
    at_least_one(versions, &interfaces)?;
    Ok(Provider { name, kind, interfaces })
}

fn read_kind(text: &str) -> Option<Aanbiedertype> {
    match text {
        "ZA" => Some(Aanbiedertype::Zorgaanbieder),
        "BAZB" => Some(Aanbiedertype::WithoutRelation),
        other => (other.len() <= 30).then(|| Aanbiedertype::Other(other.to_owned())),
    }
}

fn read_interface(element: Element<'_, '_>, environment: Environment) -> Result<Interface, ListsError> {
    let id = element.one("InterfaceversieId")?.read_bounded(1..=30)?;
    Ok(Interface { id, services: read_services(element, environment)? })
}

fn read_services(element: Element<'_, '_>, environment: Environment) -> Result<Vec<ProviderService>, ListsError> {
    let list = element.one("Gegevensdiensten")?;
    let mut seen = HashSet::new();
    let mut services = Vec::new();
    for service in list.many("Gegevensdienst") {
        let read = read_service(service, environment)?;
        if !seen.insert(read.id.clone()) {
            return Err(service.one("GegevensdienstId")?.fault(Fault::Duplicate));
        }
        services.push(read);
    }
    at_least_one(list, &services)?;
    Ok(services)
}

fn read_service(element: Element<'_, '_>, environment: Environment) -> Result<ProviderService, ListsError> {
    let address = |parent: Element<'_, '_>, name, channel| {
        let uri = parent.one(name)?;
        uri.read("an endpoint address", |text| EndpointUri::parse(text, channel, environment).ok())
    };
    let id = element.one("GegevensdienstId")?.read("an id of 1 to 30 characters", |text| text.parse().ok())?;
    let authorization = address(element.one("AuthorizationEndpoint")?, "AuthorizationEndpointuri", Channel::Front)?;
    let token = address(element.one("TokenEndpoint")?, "TokenEndpointuri", Channel::Back)?;
    let subscription = match element.optional("Abonneren")? {
        Some(offer) => Some(Subscription {
            max_days: offer.one("MaximaleDuur")?.read("a number of days", |text| text.parse().ok())?,
            endpoint: address(offer, "SubscriptionEndpointuri", Channel::Back)?,
        }),
        None => None,
    };
    let list = element.one("Systeemrollen")?;
    let mut roles: Vec<Systeemrol> = Vec::new();
    for role in list.many("Systeemrol") {
        let code = role.one("Systeemrolcode")?.read_bounded(1..=30)?;
        if roles.iter().any(|known| known.code == code) {
            return Err(role.one("Systeemrolcode")?.fault(Fault::Duplicate));
        }
        let resource = address(role.one("ResourceEndpoint")?, "ResourceEndpointuri", Channel::Back)?;
        roles.push(Systeemrol { code, resource });
    }
    at_least_one(list, &roles)?;
    Ok(ProviderService { id, authorization, token, subscription, roles })
}

fn at_least_one<T>(parent: Element<'_, '_>, entries: &[T]) -> Result<(), ListsError> {
    if entries.is_empty() { Err(parent.fault(Fault::Empty)) } else { Ok(()) }
}
