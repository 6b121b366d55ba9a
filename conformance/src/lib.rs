//! An independent judge of what dvza serves.
//!
//! Shares no mapping or serving code with the server. `sdk` asks the FHIR model of another project, `profile_check` the
//! official StructureDefinitions where they are at hand. Facts of the TestScript runner have their own issue.

pub mod sdk;
