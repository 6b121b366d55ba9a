//! The command line of `dvza` (interface.md §1): what may be typed, and the commands of this layer.
//!
//! [`args`] holds the words of every command. Errors are one line on standard error: what, where, what to do.

pub mod args;
pub mod doctor;
pub mod init;
pub mod lists;
pub mod server;
pub mod wire;
