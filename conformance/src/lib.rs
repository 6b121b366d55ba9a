//! An independent judge of FHIR servers. It shares no mapping, release or serving code with the server.
//!
//! `definitions` finds the official definitions on disk, by the release of FHIR (`version`) that they are of; `schema` makes
//! types of them and `tree` reads resources in both forms of FHIR by these types; `fhirpath` evaluates expressions on such a
//! tree. `profile` lays differentials over each other, `terminology` answers whether a code is in a ValueSet, and `validate`
//! holds a resource against all of it. `bundle` knows MedMij's rules for every answer to a search; `xml` tells whether two
//! forms of an answer say the same. `served` beside it lets them judge a running server.

pub mod bundle;
pub mod definitions;
pub mod fhirpath;
pub mod issue;
pub mod json;
pub mod narrative;
pub mod profile;
pub mod report;
pub mod schema;
#[cfg(test)]
mod small;
pub mod terminology;
pub mod testscript;
pub mod tree;
pub mod validate;
pub mod version;
pub mod xml;

/// The official definitions, where they are there; their absence is told in one line.
#[cfg(test)]
pub(crate) fn shared(name: &str) -> Option<std::path::PathBuf> {
    let default = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("DVZA_SHARED").map_or(default, std::path::PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: {} is not there (set DVZA_SHARED)", folder.display());
    None
}

/// A number below `limit` from a seed, for tests with random input that fail the same way every time.
#[cfg(test)]
pub(crate) fn random(seed: &mut u64, limit: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize % limit.max(1)
}
