//! How much memory the real binary takes: while it imports several practices, at rest, and while it serves them.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use dvza::cli::server;

use crate::bare::Recorded;
use crate::client::Client;
use crate::patients::{Desk, Wanted};
use crate::process::{Memory, megabytes};
use crate::site::{Delivery, Scene, Site};
use crate::timing::{Bounds, collect_many};

/// The longest wait for the server to be ready.
const START_TIME: Duration = Duration::from_secs(60);
/// Between two looks at a process.
const PAUSE: Duration = Duration::from_millis(20);
/// How many people of a practice are tried until one gets through.
const TRIES: usize = 40;

/// `load memory`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dvza binary; the one beside this program when absent
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Practices
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    practices: u32,
    /// Patients of each practice
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    patients: u32,
    /// Collections, spread over the practices
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    collections: u32,
    /// Clients at the same time
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=500))]
    clients: u16,
    /// What is collected.
    #[command(flatten)]
    wanted: Wanted,
}

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let binary = binary(args)?;
    let site = Site::make(scene, args.practices)?;
    let deliveries = site.practices.iter().map(|practice| site.deliver(*practice, args.patients, scene.seed));
    let deliveries = deliveries.collect::<anyhow::Result<Vec<Delivery>>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(register(&site))?;

    let bytes = deliveries.iter().map(|delivery| delivery.bytes).sum();
    println!("{} practices of {} patients, {:.1} MB as delivered", args.practices, args.patients, megabytes(bytes));
    let peak = import(&binary, &site, &deliveries)?;
    println!(
        "  import      {:.1} MB at its peak; database {:.1} MB",
        megabytes(peak),
        megabytes(site.database_bytes())
    );
    let server = Process(dvza(&binary, &site, "serve").stdout(Stdio::null()).spawn()?);
    server.wait_until_ready(site.config.listeners.ops.address)?;
    println!("  serving     {}", Memory::of(server.0.id())?);
    let collected = runtime.block_on(collect(args, &site, &deliveries))?;
    println!("  {collected:>4} collected by {} clients", args.clients);
    println!("  afterwards  {}", Memory::of(server.0.id())?);
    Ok(())
}

fn binary(args: &Args) -> anyhow::Result<PathBuf> {
    let found = match &args.binary {
        Some(path) => path.clone(),
        None => {
            // This program is in `examples/` of the folder with the binary.
            let own = std::env::current_exe()?;
            let folder = own.ancestors().nth(2).context("this program lies in no folder")?;
            folder.join("dvza")
        }
    };
    ensure!(found.is_file(), "{} is not there: build it, or name it with --binary", found.display());
    Ok(found)
}

async fn register(site: &Site) -> anyhow::Result<()> {
    let foundation = server::lay(&site.config, &site.clock()).await?;
    site.register(&foundation.store).await?;
    foundation.store.close().await;
    Ok(())
}

/// Takes all deliveries in one process; the answer is the most memory it had.
fn import(binary: &Path, site: &Site, deliveries: &[Delivery]) -> anyhow::Result<u64> {
    let mut command = dvza(binary, site, "import");
    command.args(deliveries.iter().map(|delivery| &delivery.path)).stdout(Stdio::null());
    let mut process = Process(command.spawn()?);
    let mut peak = 0;
    loop {
        if let Some(status) = process.0.try_wait()? {
            ensure!(status.success(), "the import ended with {status}");
            return Ok(peak);
        }
        // A process that just ended tells no memory any more.
        peak = Memory::of(process.0.id()).map_or(peak, |memory| memory.peak.max(peak));
        std::thread::sleep(PAUSE);
    }
}

async fn collect(args: &Args, site: &Site, deliveries: &[Delivery]) -> anyhow::Result<usize> {
    let client = Client::new(site.dir.path(), &site.demo, site.back())?;
    let desk = Desk::open(site.dir.path(), &site.demo, &site.config, site.now, &client, &args.wanted).await?;
    let mut dossiers = Vec::new();
    for (practice, delivery) in site.practices.iter().zip(deliveries) {
        let people = delivery.numbers(TRIES)?;
        dossiers.extend(desk.admit(&practice.medmij_name(), people, 1, &mut Recorded::default()).await?);
    }
    let bounds = Bounds {
        clients: usize::from(args.clients),
        collections: usize::try_from(args.collections)?,
        time: Duration::from_secs(60),
    };
    Ok(collect_many(&client, &Arc::new(dossiers), bounds).await?.count())
}

fn dvza(binary: &Path, site: &Site, command: &str) -> Command {
    let mut process = Command::new(binary);
    process.arg(command).arg("--config").arg(site.dir.path().join("dvza.toml"));
    process.arg("--now").arg(site.now.to_rfc3339());
    process.env("DVZA_LOG__FILTER", "warn").envs(site.variables.iter().cloned());
    process
}

/// A process that does not outlive this one's interest in it.
struct Process(Child);

impl Process {
    fn wait_until_ready(&self, ops: SocketAddr) -> anyhow::Result<()> {
        let started = Instant::now();
        while started.elapsed() < START_TIME {
            if is_ready(ops).unwrap_or(false) {
                return Ok(());
            }
            std::thread::sleep(PAUSE);
        }
        bail!("the server was not ready within {} s", START_TIME.as_secs())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_ready(ops: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&ops, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    Ok(status.ends_with(b" 200"))
}
