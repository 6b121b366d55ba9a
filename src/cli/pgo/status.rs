//! `dvza pgo status`: which PGOs really collect here, and from which systems of practices.
//!
//! A PGO collected when tokens were last issued to it under a consent. No persons and no numbers of them.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::cli::args::TableArgs;
use crate::cli::{Globals, configured, lists, server};
use crate::domain::ids::PracticeId;
use crate::domain::time::Timestamp;
use crate::medmij::Lists;
use crate::store;
use crate::store::authorization::consents::Use;
use crate::store::deliveries::Product;

/// A PGO, and what it collected from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Status {
    /// Its name on the list; `None`: it is not there any more.
    name: Option<String>,
    /// By system; `None` is that of practices whose deliveries do not say it.
    systems: BTreeMap<Option<Product>, System>,
}

/// The practices with one system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct System {
    /// Practices at which a consent was given.
    practices: usize,
    last: Option<Timestamp>,
}

impl Status {
    fn last(&self) -> Option<Timestamp> {
        self.systems.values().filter_map(|system| system.last).max()
    }
}

/// Runs the command.
///
/// # Errors
/// One line when the lists, the database or the keys cannot be used.
pub async fn run(args: &TableArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay_existing(&config, &clock).await?;
    let known = lists::current(&lists::Supply::of(&config, &foundation.store, &clock)?).await?;
    let mut tx = foundation.store.read().await?;
    let uses = store::authorization::consents::uses(&mut tx).await?;
    let sources = store::deliveries::sources(&mut tx).await?;
    tx.close().await?;
    foundation.store.close().await;
    let all = gather(names(&known), &uses, &sources);
    if args.json {
        let values: Vec<Value> = all.iter().map(|(host, status)| value(host, status)).collect();
        say!("{}", serde_json::to_string_pretty(&values)?);
        return Ok(ExitCode::SUCCESS);
    }
    for (host, status) in &all {
        let name = status.name.as_deref().unwrap_or("(not on the OAuthclientlist)");
        say!("{host:<40} {:<22} {name}", told(status.last()));
        for (product, system) in &status.systems {
            let his =
                product.as_ref().map_or("unknown system".to_owned(), |own| format!("{} {}", own.system, own.version));
            say!("    {his:<36} {:<22} {} practices", told(system.last), system.practices);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn names(lists: &Lists) -> BTreeMap<String, Status> {
    let clients = lists.ocl.clients();
    let status = |name: &str| Status { name: Some(name.to_owned()), ..Status::default() };
    clients.map(|client| (client.hostname.as_str().to_owned(), status(&client.organisation))).collect()
}

/// What was collected, by PGO; also of those who left the list.
fn gather(
    mut all: BTreeMap<String, Status>,
    uses: &[Use],
    sources: &HashMap<PracticeId, Product>,
) -> BTreeMap<String, Status> {
    for one in uses {
        let status = all.entry(one.client_id.clone()).or_default();
        let system = status.systems.entry(sources.get(&one.practice).cloned()).or_default();
        system.practices += 1;
        system.last = system.last.max(one.last_used_at);
    }
    all
}

fn told(last: Option<Timestamp>) -> String {
    last.map_or("never collected here".to_owned(), |at| format!("collected {}", at.local_date()))
}

fn value(host: &str, status: &Status) -> Value {
    let moment = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
    let systems = status.systems.iter().map(|(product, system)| {
        json!({
            "system": product.as_ref().map(|own| own.system.as_str()),
            "version": product.as_ref().map(|own| own.version.as_str()),
            "practices": system.practices,
            "last_collected": moment(system.last),
        })
    });
    json!({
        "pgo": host,
        "name": status.name,
        "listed": status.name.is_some(),
        "last_collected": moment(status.last()),
        "systems": systems.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_collection_of_each_system_counts_and_nobody_is_left_out() {
        let (one, two, three) = (practice(1), practice(2), practice(3));
        let product = |version: &str| Product { system: "Testhis".to_owned(), version: version.to_owned() };
        let sources = HashMap::from([(one, product("1")), (two, product("1"))]);
        let used = |client: &str, practice, at: Option<i64>| Use {
            client_id: client.to_owned(),
            practice,
            last_used_at: at.map(Timestamp::from_millis),
        };
        let uses = [
            used("a.nl", one, Some(5)),
            used("a.nl", two, Some(9)),
            used("a.nl", three, None),
            used("gone.nl", one, None),
        ];
        let listed = |name: &str| Status { name: Some(name.to_owned()), ..Status::default() };
        let known = BTreeMap::from([("a.nl".to_owned(), listed("A")), ("b.nl".to_owned(), listed("B"))]);
        let all = gather(known, &uses, &sources);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["a.nl", "b.nl", "gone.nl"]);
        let system = |practices, last: Option<i64>| System { practices, last: last.map(Timestamp::from_millis) };
        let expected = BTreeMap::from([(None, system(1, None)), (Some(product("1")), system(2, Some(9)))]);
        assert_eq!(all["a.nl"].systems, expected);
        assert_eq!(all["a.nl"].last(), Some(Timestamp::from_millis(9)));
        assert_eq!((all["b.nl"].last(), all["b.nl"].systems.len()), (None, 0));
        assert_eq!(value("gone.nl", &all["gone.nl"])["listed"], false);
    }

    fn practice(number: u8) -> PracticeId {
        PracticeId::from_bytes([number; 16])
    }
}
