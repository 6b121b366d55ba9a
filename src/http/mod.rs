//! The listeners of the server and what lies behind them (interface.md §3).
//!
//! Each listener has its own certificate, audience and limits: `front` for the patient's browser, `back` for PGO
//! servers and HISes with a client certificate, `console` for practice staff, `ops` for the operator's network.
//! `listeners` accepts connections and says who is at the other end; `extract` and `error` are what handlers share.

pub mod back;
pub mod console;
pub mod context;
pub mod error;
pub mod extract;
pub mod front;
pub mod listeners;
pub mod observe;
pub mod ops;
pub mod pages;
pub mod steps;
pub mod tls;

#[cfg(test)]
mod test_network;
#[cfg(test)]
mod test_world;
