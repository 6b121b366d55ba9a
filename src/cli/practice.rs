//! `dvza practice`: practices of this installation and their settings.

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::args::{PracticeAddArgs, PracticeArgs, PracticeCommand, PracticeSetArgs};
use super::doctor::{Finding, Health, Report};
use super::entry::Entry;
use super::server::Foundation;
use super::{Globals, configured, lists, server};
use crate::app::is_release_rule;
use crate::audit::{self, Action, Actor, Detail, Event, Kind};
use crate::config::Config;
use crate::domain::ids::PracticeId;
use crate::domain::release::Policy;
use crate::medmij::{ListKind, MedMijName, Zkl};
use crate::store::practices::{NewPractice, PracticeEntry};
use crate::store::settings::{Setting, SettingSource};
use crate::store::{self, Tx};

/// Runs the command.
///
/// # Errors
/// One line about what is wrong with the arguments, or the part that failed.
pub async fn run(command: &PracticeCommand, globals: Globals) -> anyhow::Result<ExitCode> {
    match command {
        PracticeCommand::Add(args) => add(args, globals).await?,
        PracticeCommand::List(args) => {
            let (config, clock) = configured(args, globals)?;
            let foundation = server::lay(&config, &clock).await?;
            let mut tx = foundation.store.read().await?;
            for practice in store::practices::list(&mut tx).await? {
                let count = store::patients::count(&mut tx, &practice.scope()).await?;
                println!(
                    "{:<40} URA {}  {count} patients  {}",
                    practice.medmij_name, practice.ura, practice.display_name
                );
            }
            tx.close().await?;
        }
        PracticeCommand::Show(args) => show(args, globals).await?,
        PracticeCommand::Set(args) => set(args, globals).await?,
        PracticeCommand::Zal(args) => {
            let (config, clock) = configured(&args.config, globals)?;
            let foundation = server::lay(&config, &clock).await?;
            print!("{}", entry(args, &config, &foundation).await?);
        }
        PracticeCommand::Check(args) => return check(args, globals).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(args: &PracticeAddArgs, globals: Globals) -> anyhow::Result<()> {
    let name = MedMijName::registered(&args.practice.name).context("the MedMij name")?;
    let digits = |text: &str| text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&args.ura) || args.agb.as_deref().is_some_and(|agb| !digits(agb)) {
        bail!("URA and AGB have eight digits");
    }
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let practice = NewPractice {
        id: PracticeId::from_bytes(crate::http::context::random()?),
        medmij_name: name.as_str().to_owned(),
        ura: args.ura.clone(),
        agb: args.agb.clone(),
        display_name: args.display.clone(),
    };
    let mut tx = foundation.store.write().await?;
    store::practices::add(&mut tx, &practice, clock.now()).await.context("the practice cannot be added")?;
    tx.commit().await?;
    println!(
        "added {}; next: dvza import, then dvza practice set {} online_access_since=…",
        name.as_str(),
        name.as_str()
    );
    Ok(())
}

async fn show(args: &PracticeArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.read().await?;
    let practice = find(&mut tx, &args.name).await?;
    println!("{}  {}", practice.medmij_name, practice.display_name);
    println!("URA {}  AGB {}  {}", practice.ura, practice.agb.as_deref().unwrap_or("-"), active(&practice));
    if let Some(last) = &practice.last {
        println!("last delivery {} (seq {})", last.batch, last.seq);
    }
    for (t, count) in store::records::counts(&mut tx, &practice.scope()).await? {
        println!("  {t:<18} {count}");
    }
    for setting in store::settings::list(&mut tx, &practice.scope()).await? {
        println!(
            "  {} = {}   ({}, {}, {})",
            setting.key,
            setting.value,
            setting.source.as_str(),
            setting.at,
            setting.by
        );
    }
    tx.close().await?;
    Ok(())
}

fn active(practice: &PracticeEntry) -> &'static str {
    if practice.active { "active" } else { "contract ended: nothing is served" }
}

async fn set(args: &PracticeSetArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.practice.config, globals)?;
    for (key, value) in &args.settings {
        check_setting(key, value)?;
    }
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    let at = clock.now();
    let mut events = Vec::new();
    for (key, value) in &args.settings {
        let setting =
            Setting { key: key.clone(), source: SettingSource::Own, value: value.clone(), at, by: "cli".to_owned() };
        if store::settings::set(&mut tx, &practice.scope(), &setting).await? {
            let actor = Actor::System { name: "cli".to_owned() };
            let detail = Detail { facts: [(key.clone(), value.clone())].into(), ..Detail::default() };
            events.push(
                Event::new(at, Kind::SETTING_CHANGED, Action::Update, actor).in_practice(practice.id).with(detail),
            );
        }
    }
    audit::append_in(&mut tx, &foundation.sealer, &events).await?;
    tx.commit().await?;
    println!("{} settings changed", events.len());
    Ok(())
}

fn check_setting(key: &str, value: &str) -> anyhow::Result<()> {
    if key.starts_with("services.") && !["true", "false"].contains(&value) {
        bail!("setting {key} takes true or false");
    }
    if is_release_rule(key) {
        Policy::default().set(key, value)?;
    }
    Ok(())
}

/// The entry that the Zorgaanbiederslijst must carry.
async fn entry(args: &PracticeArgs, config: &Config, foundation: &Foundation) -> anyhow::Result<Entry> {
    let mut tx = foundation.store.read().await?;
    let practice = find(&mut tx, &args.name).await?;
    let settings = store::settings::load_effective(&mut tx, &practice.scope()).await?;
    tx.close().await?;
    Entry::of(&practice, &settings, &foundation.services, config)
}

/// Does the register publish what this installation serves?
async fn check(args: &PracticeArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let entry = entry(args, &config, &foundation).await?;
    let lists = lists::current(&lists::Supply::of(&config, &foundation.store, &clock)?).await?;
    let mut tx = foundation.store.read().await?;
    let koppellijst = store::lists::text(&mut tx, ListKind::Zkl).await?;
    tx.close().await?;
    let koppellijst = koppellijst.map(|text| Zkl::parse(text.as_bytes(), lists::environment(&config))).transpose()?;
    let report = Report { findings: entry.compare(&lists, koppellijst.as_ref()) };
    print!("{report}");
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn find(tx: &mut Tx<'_>, name: &str) -> anyhow::Result<PracticeEntry> {
    let found = store::practices::find_by_name(tx, name).await?;
    found.with_context(|| format!("there is no practice {name}; see dvza practice list"))
}

/// What `dvza doctor` says about database, keys and practices.
pub async fn examine(foundation: &Foundation) -> Vec<Finding> {
    match look(foundation).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::new(Health::Bad, "database", format!("{error:#}"))],
    }
}

async fn look(foundation: &Foundation) -> anyhow::Result<Vec<Finding>> {
    let mut tx = foundation.store.read().await?;
    let mut findings = vec![Finding::new(Health::Good, "database", "answers, of this version")];
    for ((column, key), rows) in store::rotation::usage(&mut tx).await? {
        let known = foundation.sealer.knows_key(key);
        let health = if known { Health::Good } else { Health::Bad };
        let advice = if known { "" } else { ", and is not in the key file: put it back" };
        findings.push(Finding::new(health, "keys", format!("key {key} seals {rows} values of {column}{advice}")));
    }
    for practice in store::practices::list(&mut tx).await? {
        let settings = store::settings::load_effective(&mut tx, &practice.scope()).await?;
        let rules = settings.iter().filter(|(key, _)| is_release_rule(key));
        let policy = Policy::from_settings(rules.map(|(key, value)| (key.as_str(), value.as_str())));
        findings.push(match policy {
            Err(error) => Finding::new(Health::Bad, practice.medmij_name, format!("{error}; nothing is served")),
            Ok(policy) if policy.online_access_since.is_none() => {
                let advice = "online_access_since is not set: nothing is served";
                Finding::new(Health::Warning, practice.medmij_name, advice)
            }
            Ok(_) => Finding::new(Health::Good, practice.medmij_name, "settings can be read"),
        });
    }
    tx.close().await?;
    Ok(findings)
}
