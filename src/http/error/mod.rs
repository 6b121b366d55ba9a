//! The answers to what went wrong, one form per interface.

pub mod fhir;
