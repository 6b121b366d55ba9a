//! What servers of PGOs reach over mutual TLS (medmij-authorization §3-4).

pub mod fhir;
pub mod his;
pub mod token;
