//! The MedMij lists: who takes part in the network, under which name, with which endpoints.
//!
//! `Zal` (Zorgaanbiederslijst) says where practices are served, `Ocl` (OAuthclientlist) which PGOs exist, `Whl`
//! (Whitelist) which hosts may speak at all, `Gnl` (Gegevensdienstnamenlijst) what data services are called, `Zkl`
//! (Zorgaanbiederskoppellijst) which registered numbers practices have. Reading, checking and looking up are pure:
//! fetching and keeping lists is `lists`. Structure of the lists:
//! medmij-authorization §6; names of practices: §11.2. [`write`] writes them.

mod error;
mod gnl;
mod hosts;
mod lists;
mod name;
mod ocl;
pub mod schema;
mod version;
mod whl;
pub mod write;
mod xml;
mod zal;
mod zkl;

pub use error::{Fault, ListKind, ListsError};
pub use gnl::Gnl;
pub use hosts::{EndpointUri, GegevensdienstId, Hostname, InvalidEndpoint, InvalidGegevensdienstId, InvalidHostname};
pub use lists::{ListTexts, Lists};
pub use name::{InvalidMedMijName, MedMijName};
pub use ocl::{Client, ClientInterface, Ocl, WithoutServices};
pub use version::{ListVersion, is_newer};
pub use whl::Whl;
pub use zal::{Aanbiedertype, Interface, Provider, ProviderService, Subscription, Systeemrol, Zal};
pub use zkl::{Kenmerk, Zkl};

/// Where a list is used, which decides what hosts it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// The network of MedMij: full host names, no port on the front channel, no empty list.
    Production,
    /// A network on one machine: `localhost`, ports and lists without entries are allowed too.
    Development,
}

#[cfg(test)]
mod tests;
