//! A practice's entry on the Zorgaanbiederslijst: what it has to say, and in what the published one differs.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Context as _;
use url::Url;

use super::doctor::{Finding, Health};
use crate::app::resource_base;
use crate::config::Config;
use crate::fhir::catalogue::Catalogue;
use crate::http::context::INTERFACE_VERSION;
use crate::medmij::{
    Aanbiedertype, EndpointUri, Environment, Interface, Lists, MedMijName, Provider, ProviderService, Systeemrol, Zkl,
};
use crate::store::practices::PracticeEntry;

/// What the register must publish for a practice of this installation (medmij-authorization §6.2, §11.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    name: MedMijName,
    /// Register and number, as PGOs' address books know the practice.
    numbers: Vec<(&'static str, String)>,
    authorization: String,
    token: String,
    /// Host of the back channel, for the Whitelist.
    host: String,
    services: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    id: String,
    role: String,
    resource: String,
}

impl Entry {
    /// The entry of this practice, with the data services that its settings leave on.
    ///
    /// # Errors
    /// When its name is no MedMij name.
    pub fn of(
        practice: &PracticeEntry,
        settings: &BTreeMap<String, String>,
        services: &Catalogue,
        config: &Config,
    ) -> anyhow::Result<Self> {
        let name = MedMijName::registered(&practice.medmij_name)?;
        let (front, back) = (&config.listeners.front.public_url, &config.listeners.back.public_url);
        let (front, base) = (front.origin().ascii_serialization(), back.origin().ascii_serialization());
        let is_on = |id: &str| settings.get(&format!("services.{id}")).is_none_or(|value| value != "false");
        let service = |id: &str, role: &str| Service {
            id: id.to_owned(),
            role: role.to_owned(),
            resource: resource_base(&base, name.stem(), id),
        };
        let on = services.services().iter().filter(|service| is_on(&service.id));
        let services = on.map(|on| service(&on.id, &on.system_role)).collect();
        let agb = practice.agb.iter().map(|agb| ("AGB", agb.clone()));
        Ok(Self {
            numbers: agb.chain([("URA", practice.ura.clone())]).collect(),
            authorization: format!("{front}/oauth/authorize"),
            token: format!("{base}/oauth/token"),
            host: back.host_str().unwrap_or_default().to_owned(),
            name,
            services,
        })
    }

    /// As the list writes it.
    ///
    /// # Errors
    /// When nothing is offered, or an address does not fit the lists.
    pub fn provider(&self, environment: Environment) -> anyhow::Result<Provider> {
        anyhow::ensure!(!self.services.is_empty(), "{} offers no data service: switch one on", self.name.as_str());
        let front = |address: &str| EndpointUri::front(address, environment).with_context(|| address.to_owned());
        let back = |address: &str| EndpointUri::back(address, environment).with_context(|| address.to_owned());
        let services = self.services.iter().map(|service| {
            anyhow::Ok(ProviderService {
                id: service.id.parse().with_context(|| service.id.clone())?,
                authorization: front(&self.authorization)?,
                token: back(&self.token)?,
                subscription: None,
                roles: vec![Systeemrol { code: service.role.clone(), resource: back(&service.resource)? }],
            })
        });
        let services = services.collect::<Result<_, _>>()?;
        let interfaces = vec![Interface { id: INTERFACE_VERSION.to_owned(), services }];
        Ok(Provider { name: self.name.clone(), kind: Aanbiedertype::Zorgaanbieder, interfaces })
    }

    /// The practice's MedMij name.
    pub fn name(&self) -> &MedMijName {
        &self.name
    }

    /// Host of the back channel, for the Whitelist.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// How the published lists differ from this; one finding per thing that was looked at.
    pub fn compare(&self, lists: &Lists, koppellijst: Option<&Zkl>) -> Vec<Finding> {
        let mut findings = match lists.provider(&self.name) {
            None => vec![bad("Zorgaanbiederslijst", format!("{} is not on it: hand in its entry", self.name.as_str()))],
            Some(provider) => self.compare_provider(provider),
        };
        for service in &self.services {
            if lists.gnl.name(&service.id).is_none() {
                let text = "has no name on the Gegevensdienstnamenlijst: patients cannot be told what it is";
                findings.push(bad(&service.id, text));
            }
        }
        findings.push(match lists.whl.contains(&self.host) {
            true => Finding::new(Health::Good, "Whitelist", format!("has {}", self.host)),
            false => bad("Whitelist", format!("lacks {}: PGOs' servers will not connect to it", self.host)),
        });
        if let Some(koppellijst) = koppellijst {
            findings.extend(self.compare_numbers(koppellijst));
        }
        findings
    }

    fn compare_provider(&self, provider: &Provider) -> Vec<Finding> {
        const LIST: &str = "Zorgaanbiederslijst";
        if provider.kind != Aanbiedertype::Zorgaanbieder {
            return vec![bad(LIST, format!("says Aanbiedertype {}; it has to be ZA", provider.kind.as_str()))];
        }
        let Some(listed) = provider.interfaces.iter().find(|interface| interface.id == INTERFACE_VERSION) else {
            return vec![bad(LIST, format!("has no InterfaceversieId {INTERFACE_VERSION} for this practice"))];
        };
        let mut findings = Vec::new();
        for service in &self.services {
            match listed.services.iter().find(|listed| listed.id.as_str() == service.id) {
                None => findings.push(bad(&service.id, "is not on the list: no PGO will ask for it")),
                Some(listed) => findings.extend(self.compare_service(service, listed)),
            }
        }
        for listed in &listed.services {
            let id = listed.id.as_str();
            if !self.services.iter().any(|service| service.id == id) {
                findings.push(bad(id, "is on the list and not served here: have it taken off, or switch it on"));
            }
        }
        findings
    }

    fn compare_service(&self, service: &Service, listed: &ProviderService) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut compare = |what: &str, listed: &str, own: &str| {
            if !is_same(listed, own) {
                findings.push(bad(&service.id, format!("{what} is {listed} on the list and {own} here")));
            }
        };
        compare("AuthorizationEndpointuri", listed.authorization.as_str(), &self.authorization);
        compare("TokenEndpointuri", listed.token.as_str(), &self.token);
        match listed.roles.iter().find(|role| role.code == service.role) {
            Some(role) => compare("ResourceEndpointuri", role.resource.as_str(), &service.resource),
            None => findings.push(bad(&service.id, format!("is listed without Systeemrolcode {}", service.role))),
        }
        if findings.is_empty() {
            findings.push(Finding::new(Health::Good, &service.id, "is listed with the addresses of this installation"));
        }
        findings
    }

    fn compare_numbers(&self, koppellijst: &Zkl) -> Vec<Finding> {
        const LIST: &str = "Zorgaanbiederskoppellijst";
        let Some(listed) = koppellijst.find(&self.name) else {
            return vec![warning(LIST, "does not have this practice: address books cannot find it")];
        };
        let has = |register: &str, number: &str| {
            listed.iter().any(|kenmerk| kenmerk.register == register && kenmerk.number == number)
        };
        let finding = |(register, number): &(&'static str, String)| match has(register, number) {
            true => Finding::new(Health::Good, LIST, format!("has {register} {number}")),
            false => warning(LIST, format!("does not have {register} {number} for this practice")),
        };
        self.numbers.iter().map(finding).collect()
    }
}

/// In the words of the list, one line per element.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Zorgaanbiedernaam        {}", self.name.as_str())?;
        writeln!(f, "Aanbiedertype            {}", Aanbiedertype::Zorgaanbieder.as_str())?;
        writeln!(f, "InterfaceversieId        {INTERFACE_VERSION}")?;
        for service in &self.services {
            writeln!(f, "GegevensdienstId         {}", service.id)?;
            writeln!(f, "  AuthorizationEndpointuri {}", self.authorization)?;
            writeln!(f, "  TokenEndpointuri         {}", self.token)?;
            writeln!(f, "  Systeemrolcode           {}", service.role)?;
            writeln!(f, "  ResourceEndpointuri      {}", service.resource)?;
        }
        for (register, number) in &self.numbers {
            writeln!(f, "{register:<24} {number}")?;
        }
        writeln!(f, "Whitelist                {}", self.host)
    }
}

fn bad(subject: &str, text: impl Into<String>) -> Finding {
    Finding::new(Health::Bad, subject, text)
}

fn warning(subject: &str, text: impl Into<String>) -> Finding {
    Finding::new(Health::Warning, subject, text)
}

/// The same address, also when one of them names the default port.
fn is_same(listed: &str, own: &str) -> bool {
    match (Url::parse(listed), Url::parse(own)) {
        (Ok(listed), Ok(own)) => listed == own,
        _ => false,
    }
}
