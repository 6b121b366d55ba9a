//! The `dvza` program: parse the command line, call one command.

use clap::Parser as _;
use dvza::cli::{self, args::Cli};

/// An import makes and drops millions of small values on several threads (docs/decisions/0005-allocator.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    match cli::run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dvza: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
