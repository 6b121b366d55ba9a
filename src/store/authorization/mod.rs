//! Authorization as rows: sessions, grants, consents and tokens.
//!
//! A grant walks Requested → Authenticated → Consented → Exchanged, or ends as Refused; each step is one conditional
//! `UPDATE`, so no step is taken twice and none is skipped. Codes, refresh tokens and login states are consumed the
//! same way. Secrets arrive here as hashes only. Rules: medmij-authorization §2.5, §3.3, §3.7; release-rules §9.
//! Deciding whether somebody may take a step is `http::front` and `http::back::token`.

pub mod access;
pub mod consents;
pub mod grants;
mod keys;
pub mod sessions;
pub mod tokens;

pub use keys::{ConsentId, FamilyId, GrantId, InvalidKey, Key};
