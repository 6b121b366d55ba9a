//! Tests that let the judge of `dvza-conformance` loose on a running server; `sdk` adds the opinion of another
//! project's FHIR model. Apart from the judge itself because it needs the server and a model that is slow to build.

pub mod sdk;
