//! Surroundings of the integration tests.

pub mod engines;
pub mod network;
pub mod postgres;

pub use engines::Engine;
