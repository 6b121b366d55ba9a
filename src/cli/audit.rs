//! `dvza audit`: is the chain whole, and what does it say.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::args::{AuditExportArgs, AuditReportArgs, AuditShowArgs, ConfigArgs};
use super::server::Foundation;
use super::{Globals, configured, server};
use crate::audit::figures::{Figures, Month};
use crate::audit::{self, Period};
use crate::config::Config;
use crate::domain::ids::PracticeId;
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
        say!("event {}: {}", fault.seq, fault.kind);
    }
    let verdict = if report.is_sound() { "the chain is whole" } else { "the chain was tampered with" };
    say!("{} events, {} faults: {verdict}", report.events, report.fault_count);
    say!("head {} {}", report.head.seq, crate::seal::hex(&report.head.hash));
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
        say!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// `dvza audit report`: the key figures of a month.
///
/// # Errors
/// One line when the database or the keys cannot be used.
pub async fn report(args: &AuditReportArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let month = figures(&config, &foundation, args.month).await?;
    foundation.store.close().await;
    if args.xml {
        say!("{}", month.to_xml()?)
    } else {
        print!("{month}")
    }
    Ok(ExitCode::SUCCESS)
}

/// The figures of the month that begins on this day.
///
/// # Errors
/// One line when the database or the keys cannot be used.
pub async fn figures(config: &Config, foundation: &Foundation, first: Date) -> anyhow::Result<Month> {
    let next = first.checked_add(1.month()).context("there is no such month")?;
    let period = Period { from: Timestamp::start_of_day(first), until: Timestamp::start_of_day(next) };
    let mut tx = foundation.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    let standing_consents = store::authorization::consents::count_standing(&mut tx, period.until).await?;
    tx.close().await?;
    let mut of: BTreeMap<PracticeId, Figures> = BTreeMap::new();
    let mut total = Figures::default();
    audit::for_each(&foundation.store, &foundation.sealer, period, None, &mut |entry| {
        total.add(&entry.event);
        if let Some(practice) = entry.event.practice {
            of.entry(practice).or_default().add(&entry.event);
        }
        Ok(())
    })
    .await?;
    let named =
        practices.into_iter().map(|practice| (practice.medmij_name, of.remove(&practice.id).unwrap_or_default()));
    Ok(Month {
        participant: config.service_desk.name.clone(),
        month: first.strftime("%Y-%m").to_string(),
        total,
        practices: named.collect(),
        standing_consents,
    })
}
