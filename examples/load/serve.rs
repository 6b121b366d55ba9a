//! How many collections a second the real server gives, against the same bytes from a bare one.
//!
//! Server, bare server and clients each have threads of their own in this process. A collection opens a fresh mutual
//! TLS connection and makes every request of the data services over it; at the real server token, consent, gates,
//! release decisions and the durable audit event are part of each request. Rounds alternate between the two, so that
//! a machine that gets slower or faster does so for both.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use dvza::cli::server::{self, Server};
use dvza::config::LogFormat;
use dvza::import::{Options, State};
use dvza::telemetry;
use tokio::runtime::Runtime;

use crate::bare::{self, Recorded};
use crate::client::Client;
use crate::patients::{Desk, Dossier, Wanted};
use crate::process::{Memory, megabytes};
use crate::site::{Delivery, Scene, Site};
use crate::timing::{Bounds, Measured, collect_many};

/// How many people may be turned away for each one who is wanted.
const TRIES: usize = 20;

/// `load serve`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Patients of the practice
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    patients: u32,
    /// Numbers of patients to collect in turn: few are remembered by the server from one collection to the next, of many
    /// each is as good as new
    #[arg(long, value_delimiter = ',', default_value = "16,100", value_parser = clap::value_parser!(u16).range(1..=500))]
    collect: Vec<u16>,
    /// Numbers of clients at the same time
    #[arg(long, value_delimiter = ',', default_value = "1,8,32", value_parser = clap::value_parser!(u16).range(1..=500))]
    clients: Vec<u16>,
    /// Collections of a round, at most
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    collections: u32,
    /// Seconds of a round, at most
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=60))]
    seconds: u16,
    /// Rounds for each number of clients, at either server
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10))]
    rounds: u8,
    /// What the server logs on standard error; "info" writes a line for every request
    #[arg(long, default_value = "warn", value_name = "FILTER")]
    log: String,
    /// What is collected.
    #[command(flatten)]
    wanted: Wanted,
}

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    telemetry::start(LogFormat::Text, &args.log)?;
    let site = Site::make(scene, 1)?;
    let delivery = site.deliver(site.practices[0], args.patients, scene.seed)?;
    let (server_threads, bare_threads, client_threads) = (threads("server")?, threads("bare")?, threads("client")?);
    let server = server_threads.block_on(start(&site, &delivery))?;

    let client = Client::new(site.dir.path(), &site.demo, site.back())?;
    let (dossiers, recorded) = client_threads.block_on(admit(args, &site, &delivery, &client))?;
    let bare = bare_threads.block_on(bare::start(&site.config, bare::replay(recorded)))?;
    let bare = client.to(bare)?;

    for most in &args.collect {
        let of_these = dossiers.iter().take(usize::from(*most)).cloned().collect();
        client_threads.block_on(compare(args, &client, &bare, &Arc::new(of_these)))?;
    }
    println!("\nmemory of server, bare server and clients together: {}", Memory::own()?);
    server_threads.block_on(server.stop());
    Ok(())
}

fn threads(name: &str) -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().thread_name(name).enable_all().build()?)
}

async fn start(site: &Site, delivery: &Delivery) -> anyhow::Result<Server> {
    let server = server::start(&site.config, site.clock()).await?;
    site.register(server.app.store()).await?;
    let file = BufReader::new(File::open(&delivery.path)?);
    let report = server.importer.import(file, &Options::default(), Arc::new(|_| {})).await?;
    ensure!(report.state == State::Accepted && !report.has_refusals(), "the delivery was not taken as a whole");
    Ok(server)
}

async fn admit(
    args: &Args,
    site: &Site,
    delivery: &Delivery,
    client: &Client,
) -> anyhow::Result<(Vec<Dossier>, Recorded)> {
    let desk = Desk::open(site.dir.path(), &site.demo, &site.config, site.now, client, &args.wanted).await?;
    let most = args.collect.iter().copied().max().map_or(0, usize::from);
    let people = delivery.numbers(most.saturating_mul(TRIES))?;
    let mut recorded = Recorded::default();
    let dossiers = desk.admit(&site.practices[0].medmij_name(), people, most, &mut recorded).await?;
    Ok((dossiers, recorded))
}

async fn compare(args: &Args, real: &Client, bare: &Client, dossiers: &Arc<Vec<Dossier>>) -> anyhow::Result<()> {
    let once = Bounds { clients: 1, collections: dossiers.len(), time: Duration::from_secs(60) };
    // Also warms up both.
    let whole = collect_many(real, dossiers, once).await?;
    collect_many(bare, dossiers, once).await?;
    print_head(args, dossiers, &whole);
    for clients in &args.clients {
        let bounds = Bounds {
            clients: usize::from(*clients),
            collections: usize::try_from(args.collections)?,
            time: Duration::from_secs(u64::from(args.seconds)),
        };
        let (mut by_real, mut by_bare) = (Measured::default(), Measured::default());
        for _ in 0..args.rounds {
            by_real.add(collect_many(real, dossiers, bounds).await?);
            by_bare.add(collect_many(bare, dossiers, bounds).await?);
        }
        print_row(*clients, &by_real, &by_bare);
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "averages to be read by people")]
fn print_head(args: &Args, dossiers: &[Dossier], whole: &Measured) {
    let of = dossiers.len().max(1) as f64;
    let requests: usize = dossiers.iter().map(Dossier::requests).sum();
    println!(
        "\n{} of {} patients; a collection of {} is {:.1} requests and {:.3} MB over one fresh mutual TLS connection",
        dossiers.len(),
        args.patients,
        args.wanted.services.join(" and "),
        requests as f64 / of,
        megabytes(whole.bytes) / of,
    );
    println!();
    println!("             dvza                             bare");
    println!("clients      /s   p50 ms   p99 ms   count       /s   p50 ms   p99 ms   count   bare:dvza");
}

fn print_row(clients: u16, real: &Measured, bare: &Measured) {
    let half = |of: &Measured| {
        let (p50, p99) = (of.percentile(0.5), of.percentile(0.99));
        format!("{:>8.1} {p50:>8.2} {p99:>8.2} {:>7}", of.rate(), of.count())
    };
    println!("{clients:>7}{}  {} {:>11.2}", half(real), half(bare), bare.rate() / real.rate());
}
