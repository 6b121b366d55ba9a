//! The MedMij lists as a service: fetched on schedule, checked, kept, and never replaced by something worse.
//!
//! Implements medmij-authorization §6.1: mutual TLS, `?api=2`, validation against schemas, the last good list kept while the
//! register is away or sends something wrong, and only up to its allowed age. What a list says is `medmij`; where lists come
//! from is [`source`]; what may replace what is [`keeper`]. One node fetches (a lease), all nodes read what it stored.

pub mod keeper;
pub mod source;

pub use keeper::{Keeper, Outcome, Refusal};
pub use source::{FetchError, HttpsSource, ListSource};
