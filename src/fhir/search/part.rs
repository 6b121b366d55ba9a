//! The part of a dossier that belongs to a data service.
//!
//! A patient consents to data services, not to resource types: laboratory results and journal lines are both
//! Observations, and who consented to the first has not consented to the second. So a type of a service may be narrowed
//! (`only` in the catalogue), and what falls outside does not exist there: no match, no include, no read.

use super::query::Filter;
use super::values::SearchValues;
use crate::fhir::ResourceType;

/// Which resources belong to a data service: types, each with conditions of which one must hold; without any, all do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part(Vec<(ResourceType, Vec<Filter>)>);

impl Part {
    /// The part with these types.
    pub fn new(types: Vec<(ResourceType, Vec<Filter>)>) -> Self {
        Self(types)
    }

    /// Does a resource of this type with these search values belong to it?
    pub fn holds(&self, kind: ResourceType, search: &SearchValues) -> bool {
        let of_kind = self.0.iter().find(|(own, _)| *own == kind);
        of_kind.is_some_and(|(_, any)| any.is_empty() || any.iter().any(|filter| filter.hits(search)))
    }
}
