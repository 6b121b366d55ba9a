//! An independent judge of what dvza serves. It shares no mapping, release or serving code with the server.
//!
//! `profile_check` holds a resource against the official definitions, which
//! `definitions` finds on disk; `terminology` answers whether a code is in a ValueSet. `bundle` knows MedMij's rules for
//! every answer to a search; `xml` tells whether two forms of an answer say the same. `served` beside it lets them judge a
//! running server.

pub mod bundle;
pub mod definitions;
pub mod profile_check;
pub mod terminology;
pub mod xml;
