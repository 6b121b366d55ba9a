//! dvza: the open MedMij server for Dutch GP practices.
//!
//! A patient's PGO collects the GP record here: OAuth and mutual TLS as MedMij wants them, consent and the
//! practice's release rules in between, FHIR as the answer. The modules, outermost first; an arrow may skip
//! levels to the right and never goes left (guarded by `tests/integration/layers.rs`):
//!
//! `cli → http, tasks → import, login, audit, his → store, seal → mapping → fhir, medmij, oauth → domain`

pub mod app;
pub mod audit;
pub mod cli;
pub mod config;
pub mod devnet;
pub mod domain;
pub mod fhir;
pub mod his;
pub mod http;
pub mod import;
pub mod lists;
pub mod login;
pub mod mail;
pub mod mapping;
pub mod medmij;
pub mod oauth;
pub mod pdf;
pub mod pgo;
pub mod sample;
pub mod seal;
pub mod sheet;
pub mod store;
pub mod tasks;
pub mod telemetry;
