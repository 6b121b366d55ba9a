//! Measures dvza on this machine: how fast it imports, serves and shows its console, and how much memory it takes.
//!
//! `cargo run --release --example load -- import|serve|authorize|console|fhir|memory`. Everything goes over loopback and into a
//! temporary folder that goes away again; practices are synthetic, and counts and times are bounded by options. Speeds
//! are set against something else measured in the same run, since only such ratios mean the same on another machine:
//! an import against reading the same file as JSON, serving against the same bytes from a bare axum server with the
//! same TLS, tokens against bare inserts, pages of a large practice against those of an empty one. Nothing fails by being slow:
//! the numbers are for whoever reads them.

mod authorize;
mod bare;
mod client;
mod console;
mod fhir;
mod import;
mod memory;
mod patients;
mod process;
mod serve;
mod site;
mod stages;
mod timing;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The allocator of the program that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "load", about = "Measures dvza on this machine, over loopback only", arg_required_else_help = true)]
struct Cli {
    /// What to measure
    #[command(subcommand)]
    what: What,
    /// The folder to make the temporary folder in; name one on the disk to measure
    #[arg(long = "in", global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The seed of the synthetic practices
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Import a practice into a fresh database, against reading the same file with serde_json
    Import(import::Args),
    /// Collect over fresh mutual TLS connections, against the same bytes from a bare server
    Serve(serve::Args),
    /// Many authorizations at once, and their tokens against bare inserts
    Authorize(authorize::Args),
    /// The pages of the console in a large practice, against an empty one
    Console(console::Args),
    /// Mapping, XML and judging, against reading the same bytes with serde_json
    Fhir(fhir::Args),
    /// Memory of the real binary that imports and serves several practices
    Memory(memory::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let scene = site::Scene { folder: cli.folder.unwrap_or_else(std::env::temp_dir), seed: cli.seed };
    if cfg!(debug_assertions) {
        println!("built without optimisation: these numbers mean nothing (cargo run --release --example load)\n");
    }
    let done = match cli.what {
        What::Import(args) => import::run(&args, &scene),
        What::Serve(args) => serve::run(&args, &scene),
        What::Authorize(args) => authorize::run(&args, &scene),
        What::Console(args) => console::run(&args, &scene),
        What::Fhir(args) => fhir::run(&args, &scene),
        What::Memory(args) => memory::run(&args, &scene),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}
