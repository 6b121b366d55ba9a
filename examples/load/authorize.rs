//! Many authorizations at once, from the PGO's request to the first data: everyone must get their own, nobody an error.
//!
//! Each is a browser with cookies of its own through landing, login simulator and consent, then the token request and
//! one search. After that as many codes again are fetched first and exchanged then, so that the token endpoint has the
//! machine to itself, and set against bare inserts into the same database, with as many at the same time.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, ensure};
use dvza::cli::server;
use dvza::config::LogFormat;
use dvza::domain::bsn::Bsn;
use dvza::import::{Options, State};
use dvza::pgo::{Authorized, Person, Pgo, PgoError, Tokens, Wish};
use dvza::store::Store;
use dvza::telemetry;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::site::{Scene, Site};
use crate::timing::Measured;

/// `load authorize`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Authorizations
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Authorizations under way at the same time
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=500))]
    in_flight: u16,
    /// Patients who take turns
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    people: u16,
    /// An empty database in place of a SQLite file, such as postgres://user@localhost/dvza_load
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// What the server logs on standard error
    #[arg(long, default_value = "error", value_name = "FILTER")]
    log: String,
}

/// A person who has data, and the id of their Patient resource.
struct Known {
    bsn: Bsn,
    patient: String,
}

/// Measures and prints.
pub fn run(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    telemetry::start(LogFormat::Text, &args.log)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(measure(args, scene))
}

async fn measure(args: &Args, scene: &Scene) -> anyhow::Result<()> {
    let mut site = Site::make(scene, 1)?;
    if let Some(url) = &args.database {
        site.config.database.url.clone_from(url);
    }
    let delivery = site.deliver(site.practices[0], u32::from(args.people) * 4, scene.seed)?;
    let server = server::start(&site.config, site.clock()).await?;
    site.register(server.app.store()).await?;
    let file = BufReader::new(File::open(&delivery.path)?);
    let report = server.importer.import(file, &Options::default(), Arc::new(|_| {})).await?;
    ensure!(report.state == State::Accepted, "the delivery was not taken");

    let practice = site.practices[0].medmij_name();
    let pgo = Arc::new(Pgo::from_demo(site.dir.path(), &site.demo)?);
    let mut known = Vec::new();
    for bsn in delivery.numbers(usize::from(args.people) * 4)? {
        if known.len() < usize::from(args.people)
            && let Some(patient) = one(&pgo, &practice, bsn.clone()).await?
        {
            known.push(Known { bsn, patient });
        }
    }
    let different: HashMap<_, _> = known.iter().map(|known| (&known.patient, ())).collect();
    ensure!(different.len() == known.len() && !known.is_empty(), "patients cannot be told apart");

    let known = Arc::new(known);
    let asked = Asked { pgo, practice, known };
    let flows = many(args, |place| asked.clone().whole(place)).await?;
    let codes = many(args, |place| asked.clone().code(place)).await?.made;
    let codes: Arc<Vec<_>> = Arc::new(codes);
    let tokens = many(args, |place| asked.clone().token(codes.clone(), place)).await?;
    let table = "CREATE TABLE load_insert (id BIGINT NOT NULL PRIMARY KEY, value TEXT NOT NULL)";
    let mut tx = server.app.store().write().await?;
    sqlx::query(table).execute(tx.conn()).await?;
    tx.commit().await?;
    let inserts = many(args, |place| insert(server.app.store().clone(), place)).await?;
    println!(
        "{} authorizations, {} at the same time: everyone got their own data, no error",
        args.count, args.in_flight
    );
    println!("                      /s   p50 ms   p99 ms");
    for (name, measured) in [("whole flow", &flows.times), ("token", &tokens.times), ("bare insert", &inserts.times)] {
        let (p50, p99) = (measured.percentile(0.5), measured.percentile(0.99));
        println!("  {name:<13} {:>8.1} {p50:>8.2} {p99:>8.2}", measured.rate());
    }
    println!(
        "  ratio         {:>8.2}          {:>8.2}   insert : token rate; token : insert p99",
        inserts.times.rate() / tokens.times.rate(),
        tokens.times.percentile(0.99) / inserts.times.percentile(0.99)
    );
    server.stop().await;
    Ok(())
}

/// What the clients do, for the person whose turn it is.
#[derive(Clone)]
struct Asked {
    pgo: Arc<Pgo>,
    practice: String,
    known: Arc<Vec<Known>>,
}

impl Asked {
    fn known(&self, place: usize) -> &Known {
        &self.known[place % self.known.len()]
    }

    async fn whole(self, place: usize) -> anyhow::Result<()> {
        let known = self.known(place);
        let patient = one(&self.pgo, &self.practice, known.bsn.clone()).await?;
        ensure!(patient.context("somebody with data was refused")? == known.patient, "somebody got another's data");
        Ok(())
    }

    async fn code(self, place: usize) -> anyhow::Result<Authorized> {
        let person = Person::new(self.known(place).bsn.clone(), Wish::ConsentOnce);
        self.pgo.authorize(&self.practice, &person).await.context("a patient could not authorize")
    }

    async fn token(self, codes: Arc<Vec<Authorized>>, place: usize) -> anyhow::Result<Tokens> {
        self.pgo.exchange(&codes[place]).await.context("a code was not exchanged")
    }
}

/// One authorization, and the id of the Patient that was served. `None` when there is no data.
async fn one(pgo: &Pgo, practice: &str, bsn: Bsn) -> anyhow::Result<Option<String>> {
    let authorized = match pgo.authorize(practice, &Person::new(bsn, Wish::ConsentOnce)).await {
        Ok(authorized) => authorized,
        Err(PgoError::Refused { .. }) => return Ok(None),
        Err(error) => return Err(error).context("a patient could not authorize"),
    };
    let tokens = pgo.exchange(&authorized).await.context("a code was not exchanged")?;
    let base = &pgo.directory().provider(practice)?.service("HG-R4")?.resources;
    let base = &base.first().context("the practice has no address")?.base;
    let mut url = base.clone();
    url.set_path(&format!("{}/Patient", base.path().trim_end_matches('/')));
    let answer = pgo.get(&tokens, url, "application/fhir+json").await?;
    ensure!(answer.status == 200, "the first request was answered with status {}", answer.status);
    let bundle: Value = serde_json::from_slice(&answer.body)?;
    let id = bundle["entry"][0]["resource"]["id"].as_str().context("no Patient came")?;
    Ok(Some(id.to_owned()))
}

/// One row, in a commit of its own.
async fn insert(store: Store, place: usize) -> anyhow::Result<()> {
    let mut tx = store.write().await?;
    sqlx::query("INSERT INTO load_insert (id, value) VALUES ($1, $2)")
        .bind(i64::try_from(place)?)
        .bind("a row as long as that of a token, more or less")
        .execute(tx.conn())
        .await?;
    Ok(tx.commit().await?)
}

/// What came of many, and how long each took.
struct Many<T> {
    made: Vec<T>,
    times: Measured,
}

/// Does it for every place from 0, `in_flight` at the same time.
async fn many<T, F>(args: &Args, make: impl Fn(usize) -> F) -> anyhow::Result<Many<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send + 'static,
{
    let begun = Instant::now();
    let mut places = 0..usize::try_from(args.count)?;
    let mut under_way = JoinSet::new();
    let (mut made, mut took) = (Vec::new(), Vec::new());
    loop {
        while under_way.len() < usize::from(args.in_flight)
            && let Some(place) = places.next()
        {
            let work = make(place);
            under_way.spawn(async move {
                let begun = Instant::now();
                work.await.map(|made| (made, begun.elapsed()))
            });
        }
        let Some(done) = under_way.join_next().await else { break };
        let (one, time) = done.context("a client was lost")??;
        made.push(one);
        took.push(time);
    }
    Ok(Many { made, times: Measured::of(took, begun.elapsed()) })
}
