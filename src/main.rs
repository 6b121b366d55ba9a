//! The `dvza` program: parse the command line, call one command.

use clap::Parser as _;
use dvza::cli::{self, args::Cli};

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
