//! `dvza practice zal` and `check`: what the register must publish, and whether what it publishes is what one meets.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::entry;
use crate::cli::args::{PracticeCheckArgs, PracticeZalArgs};
use crate::cli::doctor::{Finding, Health, Report};
use crate::cli::probe::{Credentials, Probe};
use crate::cli::server::{self, Foundation};
use crate::cli::{Globals, configured, lists};
use crate::config::Config;
use crate::devnet::files::replace;
use crate::domain::time::{Clock, Timestamp};
use crate::medmij::{Hostname, ListKind, ListVersion, Provider, Zkl, write};
use crate::store;

/// Writes the entries of these practices, or of all, in the form of a list.
pub(super) async fn zal(args: &PracticeZalArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let names = names(args, &foundation).await?;
    let environment = lists::environment(&config);
    let (mut providers, mut texts, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    for name in &names {
        let entry = entry(name, &config, &foundation).await?;
        providers.push(entry.provider(environment)?);
        let host = Hostname::parse(entry.host(), environment).context("listeners.back.public_url")?;
        if !hosts.contains(&host) {
            hosts.push(host);
        }
        texts.push(entry.to_string());
    }
    if args.text {
        crate::cli::print(format_args!("{}", texts.join("\n")))?;
        return Ok(());
    }
    let version = ListVersion { number: 1, made_at: clock.now() };
    let zal = written(args.release, &version, &providers)?;
    match &args.out {
        None => say!("{zal}"),
        Some(folder) => {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            put(folder, "MedMij_Zorgaanbiederslijst.xml", &zal)?;
            put(folder, "MedMij_Whitelist.xml", &write::whl(&version, &hosts)?)?;
        }
    }
    Ok(())
}

async fn names(args: &PracticeZalArgs, foundation: &Foundation) -> anyhow::Result<Vec<String>> {
    if !args.names.is_empty() {
        return Ok(args.names.clone());
    }
    let mut tx = foundation.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    let names: Vec<_> = practices.into_iter().filter(|entry| entry.active).map(|entry| entry.medmij_name).collect();
    if names.is_empty() { bail!("there is no practice: dvza practice add") } else { Ok(names) }
}

fn written(release: u8, version: &ListVersion, providers: &[Provider]) -> anyhow::Result<String> {
    Ok(match release {
        2 => write::zal_release_2(version, providers)?,
        _ => write::zal(version, providers)?,
    })
}

fn put(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    replace(&path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    say!("wrote {}", path.display());
    Ok(())
}

/// Does the register publish what this installation serves, and does one meet there what it should be?
pub(super) async fn check(args: &PracticeCheckArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let entry = entry(&args.practice.name, &config, &foundation).await?;
    let published = lists::current(&lists::Supply::of(&config, &foundation.store, &clock)?).await?;
    let mut tx = foundation.store.read().await?;
    let koppellijst = store::lists::text(&mut tx, ListKind::Zkl).await?;
    tx.close().await?;
    let koppellijst = koppellijst.map(|text| Zkl::parse(text.as_bytes(), lists::environment(&config))).transpose()?;
    let mut findings = entry.compare(&published, koppellijst.as_ref());
    match published.provider(entry.name()) {
        _ if args.offline => {}
        // What is not on the list cannot be met as a PGO would; the comparison has said so.
        None => {}
        Some(provider) => findings.extend(meet(args, &config, provider).await?),
    }
    let report = Report { findings };
    crate::cli::print(format_args!("{report}"))?;
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn meet(args: &PracticeCheckArgs, config: &Config, provider: &Provider) -> anyhow::Result<Vec<Finding>> {
    let credentials = Credentials::of(config, args.cert.as_deref().zip(args.key.as_deref()), args.roots.as_deref());
    let mut findings = Vec::new();
    if credentials.client.is_none() {
        let advice = "no client certificate at hand: the back channel was NOT looked at from within; name one with --cert and --key";
        findings.push(Finding::new(Health::Warning, "client certificate", advice));
    }
    // Dates in answers and certificates are real, whatever clock this installation runs on.
    findings.extend(Probe::new(&credentials, real_time())?.meet(provider).await);
    Ok(findings)
}

fn real_time() -> Timestamp {
    Clock::system().now()
}
