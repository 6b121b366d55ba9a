//! Surroundings of the integration tests.

pub mod engines;
pub mod postgres;

pub use engines::Engine;
