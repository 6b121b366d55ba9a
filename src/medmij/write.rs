//! Writes the lists in the structure of the official ones: the entry a practice hands in, and the lists of a development network.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{
    Client, EndpointUri, Environment, GegevensdienstId, Hostname, InvalidEndpoint, ListKind, ListVersion, Provider,
    ProviderService,
};

type Xml = Writer<Vec<u8>>;

/// Writes a Zorgaanbiederslijst of release 3.
///
/// # Errors
/// Only what the XML writer reports; writing to memory does not fail by itself.
pub fn zal(version: &ListVersion, providers: &[Provider]) -> io::Result<String> {
    list(ListKind::Zal, version, |xml| {
        parent(xml, "Zorgaanbieders", |xml| providers.iter().try_for_each(|provider| write_provider(xml, provider)))
    })
}

/// Why a provider does not fit release 2 of the Zorgaanbiederslijst (medmij-authorization §6.2).
#[derive(Debug, thiserror::Error)]
pub enum Release2Error {
    /// Names have letters only there.
    #[error("{0} does not fit release 2: 3 to 50 letters before @medmij, no digits, hyphens, dots or ampersands")]
    Name(String),
    /// Addresses have full host names there, and no port on the front channel.
    #[error("{0} does not fit release 2: a full host name, no port on the front channel, no final slash")]
    Address(String),
    /// The XML writer failed.
    #[error("cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes a Zorgaanbiederslijst of release 2, as readers of 2018 know it: without kinds of provider and interface versions.
///
/// # Errors
/// [`Release2Error`] names what cannot be said in that release.
pub fn zal_release_2(version: &ListVersion, providers: &[Provider]) -> Result<String, Release2Error> {
    providers.iter().try_for_each(check_release_2)?;
    let namespace = ListKind::Zal.older_namespace().unwrap_or(ListKind::Zal.namespace());
    let list = list_in(namespace, ListKind::Zal, version, |xml| {
        parent(xml, "Zorgaanbieders", |xml| {
            providers.iter().try_for_each(|provider| {
                parent(xml, "Zorgaanbieder", |xml| {
                    leaf(xml, "Zorgaanbiedernaam", provider.name.as_str())?;
                    let mut services = provider.interfaces.iter().flat_map(|interface| &interface.services);
                    parent(xml, "Gegevensdiensten", |xml| services.try_for_each(|service| write_service(xml, service)))
                })
            })
        })
    });
    Ok(list?)
}

fn check_release_2(provider: &Provider) -> Result<(), Release2Error> {
    let stem = provider.name.stem();
    if !(3..=50).contains(&stem.len()) || !stem.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(Release2Error::Name(provider.name.as_str().to_owned()));
    }
    let fits = |address: &str, channel: fn(&str, Environment) -> Result<EndpointUri, InvalidEndpoint>| {
        let fits = channel(address, Environment::Production).is_ok() && !address.ends_with('/');
        if fits { Ok(()) } else { Err(Release2Error::Address(address.to_owned())) }
    };
    for service in provider.interfaces.iter().flat_map(|interface| &interface.services) {
        fits(service.authorization.as_str(), EndpointUri::front)?;
        fits(service.token.as_str(), EndpointUri::back)?;
        service.roles.iter().try_for_each(|role| fits(role.resource.as_str(), EndpointUri::back))?;
    }
    Ok(())
}

/// Writes an OAuthclientlist of release 2, with the data services each client supports when they are known.
///
/// # Errors
/// Only what the XML writer reports; writing to memory does not fail by itself.
pub fn ocl(version: &ListVersion, clients: &[Client]) -> io::Result<String> {
    list(ListKind::Ocl, version, |xml| {
        parent(xml, "OAuthclients", |xml| clients.iter().try_for_each(|client| write_client(xml, client)))
    })
}

/// Writes a Whitelist in its current structure.
///
/// # Errors
/// Only what the XML writer reports; writing to memory does not fail by itself.
pub fn whl(version: &ListVersion, nodes: &[Hostname]) -> io::Result<String> {
    list(ListKind::Whl, version, |xml| {
        parent(xml, "MedMijNodes", |xml| {
            nodes.iter().try_for_each(|node| parent(xml, "MedMijNode", |xml| leaf(xml, "Hostname", node.as_str())))
        })
    })
}

/// Writes a Gegevensdienstnamenlijst of release 1.
///
/// # Errors
/// Only what the XML writer reports; writing to memory does not fail by itself.
pub fn gnl(version: &ListVersion, names: &[(GegevensdienstId, String)]) -> io::Result<String> {
    list(ListKind::Gnl, version, |xml| {
        parent(xml, "Gegevensdiensten", |xml| {
            names.iter().try_for_each(|(id, name)| {
                parent(xml, "Gegevensdienst", |xml| {
                    leaf(xml, "GegevensdienstId", id.as_str())?;
                    leaf(xml, "Weergavenaam", name)
                })
            })
        })
    })
}

fn write_provider(xml: &mut Xml, provider: &Provider) -> io::Result<()> {
    parent(xml, "Zorgaanbieder", |xml| {
        leaf(xml, "Zorgaanbiedernaam", provider.name.as_str())?;
        leaf(xml, "Aanbiedertype", provider.kind.as_str())?;
        parent(xml, "Interfaceversies", |xml| {
            provider.interfaces.iter().try_for_each(|interface| {
                parent(xml, "Interfaceversie", |xml| {
                    leaf(xml, "InterfaceversieId", &interface.id)?;
                    parent(xml, "Gegevensdiensten", |xml| {
                        interface.services.iter().try_for_each(|service| write_service(xml, service))
                    })
                })
            })
        })
    })
}

fn write_service(xml: &mut Xml, service: &ProviderService) -> io::Result<()> {
    parent(xml, "Gegevensdienst", |xml| {
        leaf(xml, "GegevensdienstId", service.id.as_str())?;
        parent(xml, "AuthorizationEndpoint", |xml| {
            leaf(xml, "AuthorizationEndpointuri", service.authorization.as_str())
        })?;
        parent(xml, "TokenEndpoint", |xml| leaf(xml, "TokenEndpointuri", service.token.as_str()))?;
        if let Some(offer) = &service.subscription {
            parent(xml, "Abonneren", |xml| {
                leaf(xml, "MaximaleDuur", &offer.max_days.to_string())?;
                leaf(xml, "SubscriptionEndpointuri", offer.endpoint.as_str())
            })?;
        }
        parent(xml, "Systeemrollen", |xml| {
            service.roles.iter().try_for_each(|role| {
                parent(xml, "Systeemrol", |xml| {
                    leaf(xml, "Systeemrolcode", &role.code)?;
                    parent(xml, "ResourceEndpoint", |xml| leaf(xml, "ResourceEndpointuri", role.resource.as_str()))
                })
            })
        })
    })
}

fn write_client(xml: &mut Xml, client: &Client) -> io::Result<()> {
    parent(xml, "OAuthclient", |xml| {
        leaf(xml, "Hostname", client.hostname.as_str())?;
        leaf(xml, "OAuthclientOrganisatienaam", &client.organisation)?;
        let Some(interfaces) = &client.interfaces else {
            return Ok(());
        };
        parent(xml, "Interfaceversies", |xml| {
            interfaces.iter().filter_map(|listed| Some((listed.id.as_ref()?, &listed.services))).try_for_each(
                |(id, services)| {
                    parent(xml, "Interfaceversie", |xml| {
                        leaf(xml, "InterfaceversieId", id)?;
                        parent(xml, "Gegevensdiensten", |xml| {
                            services.iter().try_for_each(|service| {
                                parent(xml, "Gegevensdienst", |xml| leaf(xml, "GegevensdienstId", service.as_str()))
                            })
                        })
                    })
                },
            )
        })
    })
}

fn list(kind: ListKind, version: &ListVersion, entries: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<String> {
    list_in(kind.namespace(), kind, version, entries)
}

fn list_in(
    namespace: &str,
    kind: ListKind,
    version: &ListVersion,
    entries: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element(kind.root()).with_attribute(("xmlns", namespace)).write_inner_content(|xml| {
        leaf(xml, "Tijdstempel", &version.made_at.to_rfc3339())?;
        leaf(xml, "Volgnummer", &version.number.to_string())?;
        entries(xml)
    })?;
    String::from_utf8(xml.into_inner()).map_err(io::Error::other)
}

fn parent(xml: &mut Xml, name: &str, inner: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    xml.create_element(name).write_inner_content(inner).map(|_| ())
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(|_| ())
}
