//! The one integration-test binary: whole parts of the server against real databases and listeners.
//!
//! One binary, so that it links once. `support` gives every test its surroundings.

mod bgz;
mod blocks;
mod chain_log;
mod console;
mod crash;
mod deliveries;
mod faces;
mod features;
mod feed;
mod flows;
mod kills;
mod layers;
mod lists;
mod logins;
mod logs;
mod metrics;
mod my;
mod operator;
mod refusals;
mod registering;
mod release;
mod release_rules;
mod reports;
mod representation;
mod requirements;
#[cfg(feature = "saml")]
mod saml;
mod scripts;
mod security;
mod storage;
mod support;
