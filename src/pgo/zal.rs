//! Reading the Zorgaanbiederslijst as a PGO does: by local names, only what is needed to find endpoints.

use roxmltree::{Document, Node, ParsingOptions};
use url::Url;

use super::error::PgoError;

/// The largest list that is read, in bytes.
const LIST_LIMIT: usize = 64 * 1024 * 1024;
/// The most XML nodes a list may have.
const NODE_LIMIT: u32 = 10_000_000;
/// The interface version a PGO of today looks for.
const INTERFACE_VERSION: &str = "2";

/// The providers of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    providers: Vec<Provider>,
}

/// A provider on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// MedMij name with suffix.
    pub name: String,
    /// The data services of one interface version: the newest one this PGO knows, else the last listed.
    pub services: Vec<Service>,
}

/// A data service of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// GegevensdienstId.
    pub id: String,
    /// Where people are sent.
    pub authorize: Url,
    /// Where codes are exchanged.
    pub token: Url,
    /// Where data is read, by system role; at least one.
    pub resources: Vec<ResourceEndpoint>,
}

/// The address of one system role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceEndpoint {
    /// Systeemrolcode.
    pub system_role: String,
    /// Base address for FHIR requests.
    pub base: Url,
}

/// The text is not a Zorgaanbiederslijst that a PGO can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Larger than any real list.
    #[error("the list is too large")]
    TooLarge,
    /// Not well-formed, or with a document type declaration.
    #[error("the list is not well-formed XML: {0}")]
    Xml(String),
    /// The root element has another name.
    #[error("the root element is not Zorgaanbiederslijst")]
    Root,
    /// An element is missing, empty or no URL.
    #[error("{0} is missing or not usable")]
    Element(&'static str),
}

impl Directory {
    /// Reads a list.
    ///
    /// # Errors
    /// [`DirectoryError`] for anything a PGO could not work with.
    pub fn parse(text: &str) -> Result<Self, DirectoryError> {
        if text.len() > LIST_LIMIT {
            return Err(DirectoryError::TooLarge);
        }
        let options = ParsingOptions { allow_dtd: false, nodes_limit: NODE_LIMIT, ..ParsingOptions::default() };
        let document =
            Document::parse_with_options(text, options).map_err(|error| DirectoryError::Xml(error.to_string()))?;
        let root = document.root_element();
        if root.tag_name().name() != "Zorgaanbiederslijst" {
            return Err(DirectoryError::Root);
        }
        let providers = descend(root, "Zorgaanbieders", "Zorgaanbieder").map(provider).collect::<Result<_, _>>()?;
        Ok(Self { providers })
    }

    /// All providers in the list's order.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The provider with this MedMij name; the suffix `@medmij` may be left out.
    ///
    /// # Errors
    /// [`PgoError::UnknownProvider`].
    pub fn provider(&self, name: &str) -> Result<&Provider, PgoError> {
        let short = name.strip_suffix("@medmij").unwrap_or(name);
        let found = self.providers.iter().find(|provider| provider.scope() == short);
        found.ok_or_else(|| PgoError::UnknownProvider(name.to_owned()))
    }
}

impl Provider {
    /// The name as a scope: without its suffix.
    pub fn scope(&self) -> &str {
        self.name.strip_suffix("@medmij").unwrap_or(&self.name)
    }

    /// The data service with this id.
    ///
    /// # Errors
    /// [`PgoError::UnknownService`].
    pub fn service(&self, id: &str) -> Result<&Service, PgoError> {
        let unknown = || PgoError::UnknownService { provider: self.name.clone(), service: id.to_owned() };
        self.services.iter().find(|service| service.id == id).ok_or_else(unknown)
    }
}

fn provider(node: Node<'_, '_>) -> Result<Provider, DirectoryError> {
    let name = text(node, "Zorgaanbiedernaam")?;
    let versions: Vec<_> = descend(node, "Interfaceversies", "Interfaceversie").collect();
    let known = |version: &&Node<'_, '_>| {
        text(**version, "InterfaceversieId").is_ok_and(|id| id.split('.').next() == Some(INTERFACE_VERSION))
    };
    let version = versions.iter().rfind(known).or(versions.last()).ok_or(DirectoryError::Element("Interfaceversie"))?;
    let services = descend(*version, "Gegevensdiensten", "Gegevensdienst").map(service).collect::<Result<_, _>>()?;
    Ok(Provider { name, services })
}

fn service(node: Node<'_, '_>) -> Result<Service, DirectoryError> {
    let authorize = child(node, "AuthorizationEndpoint")?;
    let token = child(node, "TokenEndpoint")?;
    let resources: Vec<_> =
        descend(node, "Systeemrollen", "Systeemrol").map(resource_endpoint).collect::<Result<_, _>>()?;
    if resources.is_empty() {
        return Err(DirectoryError::Element("Systeemrol"));
    }
    Ok(Service {
        id: text(node, "GegevensdienstId")?,
        authorize: address(authorize, "AuthorizationEndpointuri")?,
        token: address(token, "TokenEndpointuri")?,
        resources,
    })
}

fn resource_endpoint(node: Node<'_, '_>) -> Result<ResourceEndpoint, DirectoryError> {
    let base = address(child(node, "ResourceEndpoint")?, "ResourceEndpointuri")?;
    Ok(ResourceEndpoint { system_role: text(node, "Systeemrolcode")?, base })
}

/// The `items` within the one `list` element; none when there is no list.
fn descend<'a, 'i>(
    node: Node<'a, 'i>,
    list: &'static str,
    item: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    let lists = node.children().filter(move |child| child.tag_name().name() == list);
    lists.flat_map(|list| list.children()).filter(move |child| child.tag_name().name() == item)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, DirectoryError> {
    node.children().find(|child| child.tag_name().name() == name).ok_or(DirectoryError::Element(name))
}

fn text(node: Node<'_, '_>, name: &'static str) -> Result<String, DirectoryError> {
    let text = child(node, name)?.text().map(str::trim).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or(DirectoryError::Element(name))
}

fn address(node: Node<'_, '_>, name: &'static str) -> Result<Url, DirectoryError> {
    let url = Url::parse(&text(node, name)?).ok().filter(|url| url.scheme() == "https" && url.has_host());
    url.ok_or(DirectoryError::Element(name))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub fn list(front: &str, back: &str) -> String {
        let service = |version: &str, id: &str| {
            format!(
                "<z:Interfaceversie><z:InterfaceversieId>{version}</z:InterfaceversieId><z:Gegevensdiensten>\
                 <z:Gegevensdienst><z:GegevensdienstId>{id}</z:GegevensdienstId>\
                 <z:AuthorizationEndpoint><z:AuthorizationEndpointuri>{front}/oauth/authorize\
                 </z:AuthorizationEndpointuri></z:AuthorizationEndpoint>\
                 <z:TokenEndpoint><z:TokenEndpointuri>{back}/oauth/token</z:TokenEndpointuri></z:TokenEndpoint>\
                 <z:Systeemrollen><z:Systeemrol><z:Systeemrolcode>R</z:Systeemrolcode><z:ResourceEndpoint>\
                 <z:ResourceEndpointuri>{back}/fhir/linde/{id}</z:ResourceEndpointuri></z:ResourceEndpoint>\
                 </z:Systeemrol></z:Systeemrollen></z:Gegevensdienst></z:Gegevensdiensten></z:Interfaceversie>"
            )
        };
        format!(
            "<z:Zorgaanbiederslijst xmlns:z=\"xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/\">\
             <z:Tijdstempel>2026-06-15T12:00:00+02:00</z:Tijdstempel><z:Volgnummer>1</z:Volgnummer>\
             <z:Zorgaanbieders><z:Zorgaanbieder><z:Zorgaanbiedernaam>linde@medmij</z:Zorgaanbiedernaam>\
             <z:Aanbiedertype>ZA</z:Aanbiedertype><z:Interfaceversies>{}{}</z:Interfaceversies></z:Zorgaanbieder>\
             </z:Zorgaanbieders></z:Zorgaanbiederslijst>",
            service("2", "HG-R4"),
            service("3.0.0", "99"),
        )
    }

    fn good() -> String {
        list("https://a.test", "https://b.test:8444")
    }

    #[test]
    fn endpoints_are_found_by_name_and_service() {
        let directory = Directory::parse(&good()).unwrap();
        for name in ["linde@medmij", "linde"] {
            let service = directory.provider(name).unwrap().service("HG-R4").unwrap();
            assert_eq!(service.authorize.as_str(), "https://a.test/oauth/authorize");
            assert_eq!(service.token.as_str(), "https://b.test:8444/oauth/token");
            assert_eq!(service.resources[0].base.as_str(), "https://b.test:8444/fhir/linde/HG-R4");
        }
    }

    #[test]
    fn what_is_not_listed_is_not_found() {
        let directory = Directory::parse(&good()).unwrap();
        assert!(matches!(directory.provider("eik"), Err(PgoError::UnknownProvider(_))));
        let provider = directory.provider("linde").unwrap();
        assert!(matches!(provider.service("99"), Err(PgoError::UnknownService { .. })), "another interface version");
    }

    #[test]
    fn unusable_lists_are_refused() {
        let cases = [
            ("no XML", "not xml".to_owned()),
            ("another root", "<x/>".to_owned()),
            ("a document type", format!("<!DOCTYPE x>{}", good())),
            ("no https", good().replace("https://a.test", "http://a.test")),
            ("no role", good().replace("Systeemrol>", "Rol>")),
            ("no name", good().replace("linde@medmij", " ")),
            ("no endpoint", good().replace("TokenEndpointuri", "Other")),
        ];
        for (name, text) in cases {
            assert!(Directory::parse(&text).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics(text in ".{0,300}", at in 0_usize..1500, insert in "[<>/&;a-z]{0,4}") {
            let _ = Directory::parse(&text);
            let mut damaged = good();
            let at = (0..=at.min(damaged.len())).rev().find(|at| damaged.is_char_boundary(*at)).unwrap_or(0);
            damaged.insert_str(at, &insert);
            let _ = Directory::parse(&damaged);
        }
    }
}
