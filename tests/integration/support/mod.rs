//! Surroundings of the integration tests.

pub mod cited;
pub mod counted;
pub mod demo;
pub mod desk;
pub mod dossier;
pub mod engines;
pub mod network;
pub mod post;
pub mod postgres;
pub mod provider;
pub mod served;
pub mod wire;

pub use engines::Engine;
