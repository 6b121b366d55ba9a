//! `dvza audit`: is the chain whole, and what does it say.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;

use super::args::{AuditExportArgs, AuditShowArgs, ConfigArgs};
use super::{Globals, configured, server};
use crate::audit::{self, Period};
use crate::domain::time::Timestamp;
use crate::store;

/// `dvza audit verify`: finds a changed, removed or inserted row.
///
/// # Errors
/// One line when the database or the keys cannot be used.
pub async fn verify(args: &ConfigArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(args, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let report = audit::verify(&foundation.store, &foundation.sealer, None).await?;
    foundation.store.close().await;
    for fault in &report.faults {
        println!("event {}: {}", fault.seq, fault.kind);
    }
    let verdict = if report.is_sound() { "the chain is whole" } else { "the chain was tampered with" };
    println!("{} events, {} faults: {verdict}", report.events, report.fault_count);
    println!("head {} {}", report.head.seq, crate::seal::hex(&report.head.hash));
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `dvza audit export`: NDJSON on standard output.
///
/// # Errors
/// One line when the database, the keys or standard output cannot be used.
pub async fn export(args: &AuditExportArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let period = Period {
        from: args.from.unwrap_or(Timestamp::from_millis(i64::MIN)),
        until: args.to.unwrap_or(Timestamp::from_millis(i64::MAX)),
    };
    let mut out = std::io::BufWriter::new(std::io::stdout());
    audit::export(&foundation.store, &foundation.sealer, period, None, &mut out).await?;
    out.flush()?;
    foundation.store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// `dvza audit show`: the last events of one practice.
///
/// # Errors
/// One line when there is no such practice, or the database or the keys cannot be used.
pub async fn show(args: &AuditShowArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.read().await?;
    let practice = store::practices::find_by_name(&mut tx, &args.practice.name).await?;
    tx.close().await?;
    let practice = practice.with_context(|| format!("there is no practice {}", args.practice.name))?;
    let period = Period { from: Timestamp::from_millis(i64::MIN), until: Timestamp::from_millis(i64::MAX) };
    let mut events = Vec::new();
    audit::export(&foundation.store, &foundation.sealer, period, Some(&practice.scope()), &mut events).await?;
    foundation.store.close().await;
    let text = String::from_utf8_lossy(&events);
    let lines: Vec<&str> = text.lines().collect();
    let last = usize::try_from(args.last).unwrap_or(usize::MAX);
    for line in &lines[lines.len().saturating_sub(last)..] {
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}
