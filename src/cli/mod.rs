//! The command line of `dvza` (interface.md §1): what may be typed, and what is done.
//!
//! [`args`] holds the words of every command; each command that does something has a file of its own. Errors are one line
//! on standard error: what, where, what to do.

/// Prints a line of a command's answer. `println!` would panic when nobody reads on, as behind `head`.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::print(format_args!("{}\n", format_args!($($text)*)))? };
}

pub mod args;
pub mod audit;
pub mod conformance;
pub mod demo;
pub mod devlists;
pub mod doctor;
pub mod entry;
pub mod feed;
pub mod import;
pub mod init;
pub mod lists;
pub mod pgo;
pub mod practice;
pub mod probe;
pub mod server;
pub mod validate;
pub mod wire;

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use zeroize::Zeroizing;

use self::args::{AuditCommand, Cli, Command, ConfigArgs, ConformanceCommand, ListsCommand, LoginCommand, PgoCommand};
use crate::config::{Config, LogFormat};
use crate::domain::time::{Clock, Timestamp};
use crate::sample::synth;
use crate::seal::KeyFile;
use crate::telemetry;

/// What every command may ask: the shifted clock and the form of log lines.
#[derive(Debug, Clone, Copy)]
pub struct Globals {
    /// `--now`.
    pub now: Option<Timestamp>,
    /// `--log`.
    pub log: Option<LogFormat>,
}

/// Runs one command; the exit code says whether an operator should look.
///
/// # Errors
/// What went wrong, where, and what to do: one line.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let globals = Globals { now: cli.now, log: cli.log };
    match cli.command {
        Command::Demo(args) => demo::run(&args, globals).await,
        Command::Init(args) => {
            let mut report = init::run(&args, new_keys)?;
            report.add_network(&args, globals.now.unwrap_or_else(|| Clock::system().now()))?;
            print(format_args!("{report}"))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(args) => serve(&args, globals).await,
        Command::Migrate(args) => migrate(&args, globals).await,
        Command::Import(args) => import::run(&args, globals).await,
        Command::Practice(command) => practice::run(&command, globals).await,
        Command::Lists(command) => lists_command(&command, globals).await,
        Command::Login(LoginCommand::Metadata(args)) => metadata(&args, globals),
        Command::Validate(args) => validate::run(&args),
        Command::Pgo(command) => match command {
            PgoCommand::Collect(args) => pgo::collect(&args).await,
            PgoCommand::Status(args) => pgo::status::run(&args, globals).await,
        },
        Command::Conformance(command) => match command {
            ConformanceCommand::Run(args) => conformance::run(&args, globals).await,
            ConformanceCommand::Record(args) => conformance::pairs::record(&args, globals).await,
            ConformanceCommand::Pairs(args) => conformance::pairs::list(&args, globals).await,
        },
        Command::Synth(args) => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            let now = globals.now.unwrap_or_else(synth::default_now);
            match args.format.as_str() {
                "dvza-his-2" => synth::synth_two(args.patients, args.seed, now, &mut out)?,
                _ => synth::synth(args.patients, args.seed, now, &mut out)?,
            }
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Audit(command) => match command {
            AuditCommand::Verify(args) => audit::verify(&args, globals).await,
            AuditCommand::Export(args) => audit::export(&args, globals).await,
            AuditCommand::Report(args) => audit::report(&args, globals).await,
            AuditCommand::Show(args) => audit::show(&args, globals).await,
        },
        Command::Doctor(args) => doctor(&args, globals).await,
    }
}

/// Prints a piece of a command's answer.
///
/// # Errors
/// One line when standard output takes no more.
pub fn print(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    std::io::stdout().write_fmt(text).context("cannot write to standard output")
}

/// Reads the configuration and starts logging as it or the command line says.
///
/// # Errors
/// One line about the first thing wrong with it.
pub fn configured(args: &ConfigArgs, globals: Globals) -> anyhow::Result<(Config, Clock)> {
    let config = Config::load(&args.config, std::env::vars())?;
    telemetry::start(globals.log.unwrap_or(config.log.format), &config.log.filter)?;
    let clock = config.clock(globals.now)?;
    Ok((config, clock))
}

/// A new key file.
///
/// # Errors
/// When the random source of the operating system fails.
pub fn new_keys() -> anyhow::Result<Zeroizing<String>> {
    let random = aws_lc_rs::rand::SystemRandom::new();
    Ok(KeyFile::generate(&random).context("no randomness for keys")?.to_text())
}

async fn serve(args: &ConfigArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(args, globals)?;
    let server = server::start(&config, clock).await?;
    if server.app.store().engine() == crate::store::Engine::Sqlite {
        tracing::info!("the database is SQLite: this is the only node");
    }
    tracing::info!(front = %config.listeners.front.public_url, back = %config.listeners.back.public_url, "serving");
    signal().await?;
    tracing::info!("stopping");
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the operator's word to stop.
///
/// # Errors
/// When the operating system takes no handler.
pub async fn signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(feature = "saml")]
fn metadata(args: &ConfigArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(args, globals)?;
    let provider = config.login.saml.as_ref().context("login.saml describes no provider")?;
    let keys = server::keys(&config)?;
    let saml = wire::saml(provider, &config.listeners.front.public_url, keys, clock).context("login.saml")?;
    say!("{}", saml.metadata()?);
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(feature = "saml"))]
fn metadata(_: &ConfigArgs, _: Globals) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this build has no SAML: build it with --features saml")
}

async fn migrate(args: &ConfigArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(args, globals)?;
    let mut config = config;
    config.database.migrate_on_start = true;
    let foundation = server::lay(&config, &clock).await?;
    foundation.store.close().await;
    say!("the database is of this version");
    Ok(ExitCode::SUCCESS)
}

async fn lists_command(command: &ListsCommand, globals: Globals) -> anyhow::Result<ExitCode> {
    let (ListsCommand::Check(args) | ListsCommand::Show(args) | ListsCommand::Fetch(args)) = command;
    let (config, clock) = configured(args, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let supply = lists::Supply::of(&config, &foundation.store, &clock)?;
    let max_age = i64::from(config.lists.max_age_seconds);
    let done = match command {
        ListsCommand::Check(_) => lists::check(&supply, clock.now(), max_age).await.map(|text| print!("{text}")),
        ListsCommand::Show(_) => lists::show(&supply).await.map(|text| print!("{text}")),
        ListsCommand::Fetch(_) => lists::fetch(&supply).await,
    };
    foundation.store.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn doctor(args: &ConfigArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    use self::doctor::{Finding, Health, examine};
    let config = Config::load(&args.config, std::env::vars())?;
    let clock = config.clock(globals.now)?;
    let max_age = i64::from(config.lists.max_age_seconds);
    let more = match server::lay_existing(&config, &clock).await {
        Ok(foundation) => {
            let mut found = Vec::from_iter(server::saml_fault(&config, &foundation.sealer, &clock));
            let lists = match lists::Supply::of(&config, &foundation.store, &clock) {
                Ok(supply) => lists::check(&supply, clock.now(), max_age).await,
                Err(error) => Err(error),
            };
            found.push(match lists {
                Ok(_) => Finding::new(Health::Good, "lists", "read, checked and young enough"),
                Err(error) => Finding::new(Health::Bad, "lists", format!("{error:#}")),
            });
            found.extend(practice::examine(&foundation, &config).await);
            foundation.store.close().await;
            found
        }
        Err(error) => vec![Finding::new(Health::Bad, "database and keys", format!("{error:#}"))],
    };
    let report = examine(&config, clock.now(), more);
    print(format_args!("{report}"))?;
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
