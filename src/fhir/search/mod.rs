//! FHIR search over one patient's resources: what can be asked, what a resource answers, what comes along.
//!
//! Implements the search rules of fhir-data-services §1.1, §1.2, §1.4 and §10: [`values_of`] extracts at import what
//! [`Query::matches`] compares per request, so no body is opened to search. The patient comes from the token and
//! never from the request: a parameter that could choose one is refused. Which parameters and includes a data
//! service offers is the [catalogue](super::catalogue)'s; what they mean is the tables here.

mod dates;
mod includes;
mod params;
mod part;
mod query;
mod tokens;
mod values;

pub use dates::{DateFilter, Prefix, Span};
pub use includes::{Include, Node, Nodes, UnknownInclude, included};
pub use params::{Param, ParamType};
pub use part::Part;
pub use query::{CURSOR, Chain, Filter, Query, QueryFault, Reason, Summary, Test};
pub use tokens::{SystemPart, TokenFilter};
pub use values::{SearchValue, SearchValues, SortKey, sort_key, values_of};
