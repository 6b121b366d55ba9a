//! `dvza conformance record` and `pairs`: which HIS was shown to work with which PGO, and by which report.
//!
//! A report says nothing of whom it is about; the operator says that, and keeps the file. Who really collects here is
//! `dvza pgo status`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::audit::{self, Action, Actor, Detail, Event, Kind};
use crate::cli::args::{ConformanceRecordArgs, TableArgs};
use crate::cli::server::{self, Foundation};
use crate::cli::{Globals, configured, lists};
use crate::domain::ids::PracticeId;
use crate::seal::{hex, sha256};
use crate::store;
use crate::store::deliveries::Product;
use crate::store::pairs::Proof;

/// The longest name or version of a product, in characters; as in the header of a delivery.
const LONGEST: usize = 100;
/// How much of a hash the table shows, in characters.
const SHOWN: usize = 16;

/// What counts of a report of `dvza conformance run`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Report {
    counts: Counts,
    /// Profiles by which nothing was judged.
    #[serde(default)]
    unjudged: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Counts {
    passed: u32,
    failed: u32,
}

/// Records a report, with its audit event.
///
/// # Errors
/// One line about the argument or the part at fault; then nothing was recorded.
pub async fn record(args: &ConformanceRecordArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (report, evidence) = read(&args.report)?;
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let supply = lists::Supply::of(&config, &foundation.store, &clock)?;
    let known = lists::current(&supply).await?;
    ensure!(known.ocl.find(&args.pgo).is_some(), "--pgo: {} is not on the OAuthclientlist", args.pgo);
    let services: Vec<&str> = foundation.services.services().iter().map(|service| service.id.as_str()).collect();
    ensure!(
        services.contains(&args.service.as_str()),
        "--service: {} is not in the catalogue, which has {}",
        args.service,
        services.join(" ")
    );
    let (product, practice) = product(args, &foundation).await?;
    let proof = Proof {
        product,
        client_id: args.pgo.clone(),
        service: args.service.clone(),
        at: clock.now(),
        passed: report.counts.passed,
        failed: report.counts.failed,
        evidence,
    };
    let mut tx = foundation.store.write().await?;
    ensure!(store::pairs::add(&mut tx, &proof).await?, "one was recorded at this very instant; try again");
    let event = event(&proof);
    let event = practice.into_iter().fold(event, Event::in_practice);
    audit::append_in(&mut tx, &foundation.sealer, &[event]).await?;
    tx.commit().await?;
    foundation.store.close().await;
    say!("recorded: {}", line(&proof));
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> anyhow::Result<(Report, [u8; 32])> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let report = serde_json::from_slice(&bytes);
    let report: Report =
        report.with_context(|| format!("{} is no report of dvza conformance run --json", path.display()))?;
    ensure!(
        report.unjudged.is_empty(),
        "{}: not judged by {}: run it with their packages for proof",
        path.display(),
        report.unjudged.join(", ")
    );
    Ok((report, sha256(&bytes)))
}

/// The HIS that was tested: as it was named, or as the newest delivery of the practice names it.
async fn product(
    args: &ConformanceRecordArgs,
    foundation: &Foundation,
) -> anyhow::Result<(Product, Option<PracticeId>)> {
    let Some(name) = &args.practice else {
        let text = |option: &str, value: &Option<String>| {
            let value = value.as_deref().unwrap_or_default().trim();
            let fits = (1..=LONGEST).contains(&value.chars().count()) && !value.contains(char::is_control);
            if fits { Ok(value.to_owned()) } else { bail!("{option}: takes one line of at most {LONGEST} characters") }
        };
        let system = text("--system", &args.system)?;
        return Ok((Product { system, version: text("--system-version", &args.system_version)? }, None));
    };
    let mut tx = foundation.store.read().await?;
    let practice = store::practices::find_by_name(&mut tx, name).await?;
    let practice =
        practice.with_context(|| format!("--practice: there is no practice {name}; see dvza practice list"))?;
    let product = store::deliveries::sources(&mut tx).await?.remove(&practice.id);
    tx.close().await?;
    let product = product.with_context(|| {
        format!("--practice: no delivery of {name} says which HIS made it; name it with --system and --system-version")
    })?;
    Ok((product, Some(practice.id)))
}

fn event(proof: &Proof) -> Event {
    let mut detail =
        Detail { service: Some(proof.service.clone()), client_id: Some(proof.client_id.clone()), ..Detail::default() };
    detail.facts.insert("his".to_owned(), format!("{} {}", proof.product.system, proof.product.version));
    detail.facts.insert("evidence".to_owned(), hex(&proof.evidence));
    detail.counts.insert("passed".to_owned(), u64::from(proof.passed));
    detail.counts.insert("failed".to_owned(), u64::from(proof.failed));
    // The name of a step is a constant of ours.
    let kind = Kind::new("pair_recorded").unwrap_or(Kind::UNNAMED);
    Event::new(proof.at, kind, Action::Create, Actor::System { name: "cli".to_owned() }).with(detail)
}

/// Prints the newest result of every pair.
///
/// # Errors
/// One line when the database or the keys cannot be used.
pub async fn list(args: &TableArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay_existing(&config, &clock).await?;
    let mut tx = foundation.store.read().await?;
    let proofs = store::pairs::newest(&mut tx).await?;
    tx.close().await?;
    foundation.store.close().await;
    if args.json {
        let all: Vec<Value> = proofs.iter().map(value).collect();
        say!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(ExitCode::SUCCESS);
    }
    if proofs.is_empty() {
        say!("nothing was recorded yet: dvza conformance record --help");
    }
    for proof in &proofs {
        say!("{}", line(proof));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(proof: &Proof) -> String {
    let Proof { product, client_id, service, at, passed, failed, evidence } = proof;
    let result = if proof.holds() { "proven" } else { "FAILED" };
    let his = format!("{} {}", product.system, product.version);
    let day = at.local_date();
    let evidence = &hex(evidence)[..SHOWN];
    format!("{his:<30} {client_id:<30} {service:<8} {result} {day}  {passed} passed, {failed} failed  {evidence}")
}

fn value(proof: &Proof) -> Value {
    json!({
        "system": proof.product.system,
        "version": proof.product.version,
        "pgo": proof.client_id,
        "service": proof.service,
        "recorded_at": proof.at.to_rfc3339(),
        "proven": proof.holds(),
        "passed": proof.passed,
        "failed": proof.failed,
        "evidence_sha256": hex(&proof.evidence),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_run_writes_is_a_report() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        let whole = dvza_conformance::report::Report::default().to_json().unwrap();
        std::fs::write(&path, &whole).unwrap();
        let (report, evidence) = read(&path).unwrap();
        assert_eq!((report.counts.passed, report.counts.failed), (0, 0));
        assert_eq!(evidence, sha256(whole.as_bytes()));
        for other in ["", "[]", "{\"counts\":{\"passed\":1}}", "{\"counts\":{\"passed\":-1,\"failed\":0}}"] {
            std::fs::write(&path, other).unwrap();
            assert!(format!("{:#}", read(&path).unwrap_err()).contains("is no report"), "{other}");
        }
    }
}
