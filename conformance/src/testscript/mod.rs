//! Runs FHIR TestScripts against a server, whoever built it.
//!
//! `script` reads a script as it is published, `set` finds scripts and what is said of them, `placeholders` fills in
//! variables and dates, `request` makes requests of operations, `asserts` judges what came back, `run` does one after the
//! other. How bytes travel is the caller's: see [`Exchange`]. What is not understood fails; it never passes.
//! The semantics are those of testscript-runner §3 to §6.

mod asserts;
mod placeholders;
mod request;
mod run;
mod script;
mod self_link;
mod set;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;

use jiff::civil::Date;

pub use crate::version::FhirVersion;
pub use placeholders::{Moments, Unresolved, fill_dates};
pub use run::Runner;
pub use script::{Script, UnderTest, Unreadable, wishes};
pub use set::{Found, find};

/// A request to the server under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method of HTTP.
    pub method: &'static str,
    /// The whole address, encoded.
    pub url: String,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body, if one is sent.
    pub body: Option<Vec<u8>>,
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status of HTTP.
    pub status: u16,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

/// Sends requests. The caller gives HTTP, certificates and time limits.
pub trait Exchange {
    /// Sends one request; the error says in one line why there is no answer.
    fn send(&self, request: &Request) -> impl Future<Output = Result<Response, String>>;
}

/// What a run is about.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the server's FHIR endpoint.
    pub base: String,
    /// What is sent for a token that the scripts name: `Bearer …` by `Bearer …`.
    pub tokens: HashMap<String, String>,
    /// Send a token that is not in the table as it is; otherwise its operation fails.
    pub sends_unknown_tokens: bool,
    /// The day that scripts and data call T.
    pub today: Date,
    /// Now, as a dateTime with its offset.
    pub now: String,
}

/// The value of a header, whatever the case of its name.
pub(crate) fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A media type without its parameters.
pub(crate) fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or(value).trim()
}
