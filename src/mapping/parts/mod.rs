//! What every FHIR release is rendered with: references, cleaned words, names, datatypes, and the place for results.
//!
//! No release is named here. What one function writes differently in each is its [`Vocabulary`](vocabulary::Vocabulary);
//! whatever differs more is in the folder of the release.

pub(in crate::mapping) mod coded;
pub(in crate::mapping) mod codes;
pub(in crate::mapping) mod context;
pub(in crate::mapping) mod documents;
pub(in crate::mapping) mod dosing;
pub(in crate::mapping) mod intolerances;
pub(in crate::mapping) mod link;
pub(in crate::mapping) mod lists;
pub(in crate::mapping) mod medicines;
pub(in crate::mapping) mod members;
pub(in crate::mapping) mod names;
pub(in crate::mapping) mod output;
pub(in crate::mapping) mod pressure;
pub(in crate::mapping) mod problems;
pub(in crate::mapping) mod reach;
pub(in crate::mapping) mod relations;
pub(in crate::mapping) mod results;
pub(in crate::mapping) mod threads;
pub(in crate::mapping) mod titles;
pub(in crate::mapping) mod types;
pub(in crate::mapping) mod visits;
pub(in crate::mapping) mod vocabulary;
pub(in crate::mapping) mod words;
