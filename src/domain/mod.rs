//! The words of a GP practice, and who may see what: pure values and pure rules.
//!
//! Nothing here reads a clock, a file or a database. `dossier` holds the records as a HIS delivers them,
//! `release` decides what a patient sees of them at a given [`time::Moment`].

pub mod assurance;
pub mod bsn;
pub mod decision;
pub mod dossier;
pub mod email;
pub mod evidence;
pub mod extraction;
pub mod ids;
pub mod onboarding;
pub mod person;
pub mod picture;
pub mod quarter;
pub mod release;
pub mod representation;
pub mod rights;
pub mod time;
pub mod wordlist;
