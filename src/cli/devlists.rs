//! The four lists of a development network, written as the register would.

use std::collections::BTreeSet;

use anyhow::Context as _;

use crate::devnet::{DevLists, DevNetwork, DevPractice, DevService};
use crate::domain::time::Timestamp;
use crate::fhir::catalogue::Catalogue;
use crate::http::context::INTERFACE_VERSION;
use crate::medmij::{
    Aanbiedertype, Client, ClientInterface, EndpointUri, Environment, GegevensdienstId, Hostname, Interface,
    ListVersion, MedMijName, Provider, ProviderService, Systeemrol, write,
};

const NETWORK: Environment = Environment::Development;

/// The lists for these practices, all offering every service of the catalogue.
///
/// # Errors
/// When a name or address does not fit the lists.
pub fn write(
    network: &DevNetwork,
    practices: &[DevPractice],
    services: &Catalogue,
    now: Timestamp,
) -> anyhow::Result<DevLists> {
    let version = ListVersion { number: 1, made_at: now };
    let ids: Vec<GegevensdienstId> =
        services.services().iter().map(|service| service.id.parse()).collect::<Result<_, _>>()?;
    let providers: Vec<Provider> =
        practices.iter().map(|practice| provider(network, practice, services)).collect::<Result<_, _>>()?;
    let supported = ClientInterface {
        id: Some(INTERFACE_VERSION.to_owned()),
        services: ids.iter().cloned().collect::<BTreeSet<_>>(),
    };
    let client = |dev: crate::devnet::DevClient| {
        anyhow::Ok(Client {
            hostname: Hostname::parse(dev.hostname, NETWORK)?,
            organisation: dev.organisation.to_owned(),
            interfaces: Some(vec![supported.clone()]),
        })
    };
    let clients: Vec<Client> = DevNetwork::clients().into_iter().map(client).collect::<Result<_, _>>()?;
    let hosts = DevNetwork::whitelisted_hosts().map(|host| Hostname::parse(host, NETWORK));
    let hosts: Vec<Hostname> = hosts.into_iter().collect::<Result<_, _>>()?;
    let names: Vec<(GegevensdienstId, String)> =
        ids.into_iter().zip(services.services()).map(|(id, service)| (id, service.name.clone())).collect();
    Ok(DevLists {
        zal: write::zal(&version, &providers)?,
        ocl: write::ocl(&version, &clients)?,
        whl: write::whl(&version, &hosts)?,
        gnl: write::gnl(&version, &names)?,
    })
}

fn provider(network: &DevNetwork, practice: &DevPractice, services: &Catalogue) -> anyhow::Result<Provider> {
    let asked: Vec<DevService> = services
        .services()
        .iter()
        .map(|service| DevService { id: service.id.clone(), system_role: service.system_role.clone() })
        .collect();
    let listed = network.endpoints(practice, &asked).into_iter().map(|endpoints| {
        anyhow::Ok(ProviderService {
            id: endpoints.service.parse()?,
            authorization: EndpointUri::front(&endpoints.authorize, NETWORK)?,
            token: EndpointUri::back(&endpoints.token, NETWORK)?,
            subscription: None,
            roles: vec![Systeemrol {
                code: endpoints.system_role,
                resource: EndpointUri::back(&endpoints.resource, NETWORK)?,
            }],
        })
    });
    let interface = Interface { id: INTERFACE_VERSION.to_owned(), services: listed.collect::<Result<_, _>>()? };
    Ok(Provider {
        name: MedMijName::registered(&practice.medmij_name).with_context(|| practice.medmij_name.clone())?,
        kind: Aanbiedertype::Zorgaanbieder,
        interfaces: vec![interface],
    })
}
