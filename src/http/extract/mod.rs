//! What a handler may take from a request: parsed, checked, and typed.

pub mod client;
pub mod csrf;
