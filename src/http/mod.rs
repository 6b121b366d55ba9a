//! The listeners of the server and what lies behind them (interface.md §3).
//!
//! Each listener has its own certificate, audience and limits: `front` for the patient's browser, `back` for PGO
//! servers and HISes with a client certificate.

pub mod back;
pub mod context;
pub mod extract;
pub mod front;
pub mod pages;
pub mod steps;

#[cfg(test)]
mod test_world;
