//! The listeners of the server and what lies behind them (interface.md §3).
//!
//! Each listener has its own certificate, audience and limits: `front` for the patient's browser, `back` for PGO
//! servers and HISes with a client certificate, `console` for practice staff, `ops` for the operator's network.
//! This module accepts connections and says who is at the other end; what is shown is decided further down.

pub mod extract;
pub mod listeners;
pub mod ops;
pub mod tls;

#[cfg(test)]
mod test_network;
