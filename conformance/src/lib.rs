//! An independent judge of what dvza serves. It shares no mapping, release or serving code with the server.
//!
//! `sdk` asks the FHIR model of another project; `profile_check` holds a resource against the official definitions, which
//! `definitions` finds on disk; `terminology` answers whether a code is in a ValueSet.

pub mod definitions;
pub mod profile_check;
pub mod sdk;
pub mod terminology;
