//! `dvza practice`: practices of this installation and their settings.

mod add;
mod change;
pub mod checklist;
pub mod file;
pub mod keys;
mod people;
mod publish;
mod set;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use self::checklist::Checklist;
use super::args::{PracticeArgs, PracticeCommand, PracticeLogoArgs};
use super::doctor::{Finding, Health};
use super::entry::Entry;
use super::server::Foundation;
use super::{Globals, configured, server, wire};
use crate::app::is_release_rule;
use crate::audit::{self, Action, Actor, Detail, Event, Kind};
use crate::config::{Config, SamlProfile};
use crate::domain::dossier::SourceId;
use crate::domain::ids::PracticeScope;
use crate::domain::onboarding::Step;
use crate::domain::picture::Picture;
use crate::domain::release::Policy;
use crate::domain::time::Timestamp;
use crate::fhir::catalogue::Catalogue;
use crate::http::pages::my::links;
use crate::seal::{Sealer, hex, sha256};
use crate::store::practices::PracticeEntry;
use crate::store::settings::{Setting, SettingSource};
use crate::store::{self, Tx};

/// Runs the command.
///
/// # Errors
/// One line about what is wrong with the arguments, or the part that failed.
pub async fn run(command: &PracticeCommand, globals: Globals) -> anyhow::Result<ExitCode> {
    match command {
        PracticeCommand::Add(args) => add::run(args, globals).await?,
        PracticeCommand::Change(args) => change::run(args, globals).await?,
        PracticeCommand::Logo(args) => logo(args, globals).await?,
        PracticeCommand::Representation(args) => people::representation(args, globals).await?,
        PracticeCommand::Link(args) => people::link(args, globals).await?,
        PracticeCommand::Employee(args) => people::employee(args, globals).await?,
        PracticeCommand::List(args) => {
            let (config, clock) = configured(args, globals)?;
            let foundation = server::lay(&config, &clock).await?;
            let mut tx = foundation.store.read().await?;
            for practice in store::practices::list(&mut tx).await? {
                let count = store::patients::count(&mut tx, &practice.scope()).await?;
                say!("{:<40} URA {}  {count} patients  {}", practice.medmij_name, practice.ura, practice.display_name);
            }
            tx.close().await?;
        }
        PracticeCommand::Show(args) => show(args, globals).await?,
        PracticeCommand::Set(args) => set::run(args, globals).await?,
        PracticeCommand::Zal(args) => publish::zal(args, globals).await?,
        PracticeCommand::Check(args) => return publish::check(args, globals).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(args: &PracticeArgs, globals: Globals) -> anyhow::Result<()> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.read().await?;
    let practice = find(&mut tx, &args.name).await?;
    say!("{}  {}", practice.medmij_name, practice.display_name);
    say!("URA {}  AGB {}  {}", practice.ura, practice.agb.as_deref().unwrap_or("-"), active(&practice));
    if let Some(last) = &practice.last {
        say!("last delivery {} (seq {})", last.batch, last.seq);
    }
    for (t, count) in store::records::counts(&mut tx, &practice.scope()).await? {
        say!("  {t:<18} {count}");
    }
    let effective = store::settings::load_effective(&mut tx, &practice.scope()).await?;
    for setting in store::settings::list(&mut tx, &practice.scope()).await? {
        say!("  {} = {}   ({}, {}, {})", setting.key, setting.value, setting.source.as_str(), setting.at, setting.by);
    }
    tx.close().await?;
    say!("\n{}", Checklist::of(&practice, &effective, clock.now().local_date()));
    Ok(())
}

fn active(practice: &PracticeEntry) -> &'static str {
    if practice.active { "active" } else { "contract ended: nothing is served" }
}

/// Sets settings of a practice, each change with its audit event; how many there were.
async fn store_settings(
    tx: &mut Tx<'static>,
    sealer: &Sealer,
    scope: &PracticeScope,
    settings: &[(String, String)],
    at: Timestamp,
) -> anyhow::Result<usize> {
    let mut events = Vec::new();
    for (key, value) in settings {
        let (source, by) = (SettingSource::Own, "cli".to_owned());
        let setting = Setting { key: key.clone(), source, value: value.clone(), at, by };
        if store::settings::set(tx, scope, &setting).await? {
            events.push(changed(at, [(key.clone(), value.clone())]).in_practice(scope.practice));
        }
    }
    audit::append_in(tx, sealer, &events).await?;
    Ok(events.len())
}

/// The audit event of a change by an operator.
fn changed(at: Timestamp, facts: impl IntoIterator<Item = (String, String)>) -> Event {
    let actor = Actor::System { name: "cli".to_owned() };
    let detail = Detail { facts: facts.into_iter().collect(), ..Detail::default() };
    Event::new(at, Kind::SETTING_CHANGED, Action::Update, actor).with(detail)
}

/// Stores a logo; the address that pages name for it changes with it.
///
/// # Errors
/// When the database fails.
pub(super) async fn store_logo(
    tx: &mut Tx<'static>,
    sealer: &Sealer,
    scope: &PracticeScope,
    picture: &Picture,
    at: Timestamp,
) -> anyhow::Result<()> {
    store::logos::set(tx, scope, picture).await?;
    let version = hex(&sha256(picture.bytes())[..8]);
    store_settings(tx, sealer, scope, &[("page.logo".to_owned(), version)], at).await?;
    Ok(())
}

async fn logo(args: &PracticeLogoArgs, globals: Globals) -> anyhow::Result<()> {
    let picture = wire::picture(&args.file)?;
    let (config, clock) = configured(&args.practice.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut tx = foundation.store.write().await?;
    let practice = find(&mut tx, &args.practice.name).await?;
    store_logo(&mut tx, &foundation.sealer, &practice.scope(), &picture, clock.now()).await?;
    tx.commit().await?;
    say!("stored, {} bytes", picture.bytes().len());
    Ok(())
}

/// Would this setting be understood?
fn check_setting(key: &str, value: &str, services: &Catalogue) -> anyhow::Result<()> {
    if is_release_rule(key) {
        return Ok(Policy::default().set(key, value)?);
    }
    let rule = |holds: bool, problem: &str| if holds { Ok(()) } else { bail!("setting {key} {problem}") };
    match key.split_once('.') {
        Some(("services", id)) => {
            let known = file::known_ids(services);
            rule(known.contains(&id), &format!("is not in the catalogue, which has {}", known.join(" ")))?;
            rule(["true", "false"].contains(&value), "takes true or false")
        }
        Some(("his", "host")) => rule(file::is_host(value), "takes a full host name in lower case"),
        Some(("page", "privacy_url")) => rule(file::is_page(value), "takes an https address"),
        Some(("page", "contact")) => rule(
            (1..=300).contains(&value.chars().count()) && !value.contains(char::is_control),
            "takes one line of at most 300 characters",
        ),
        Some(("page", "words")) => rule(value.chars().count() <= 2000, "takes at most 2000 characters"),
        Some(("page", "film")) => rule(file::is_page(value), "takes an https address"),
        Some(("page", "log_function_only")) => rule(["true", "false"].contains(&value), "takes true or false"),
        Some(("page", name)) if links::is_name(name) => {
            rule(links::read(value).is_some(), "takes a label and an https address: LABEL|https://…")
        }
        Some(("login", "audience" | "service")) => rule(!value.is_empty(), "must not be empty"),
        Some(("console", "owners")) => {
            let ids = value.split([' ', ',']).filter(|id| !id.is_empty());
            let named = value.split([' ', ',']).any(|id| !id.is_empty());
            rule(named, "takes ids of employees")?;
            ids.map(str::parse::<SourceId>)
                .collect::<Result<Vec<_>, _>>()
                .map(drop)
                .with_context(|| format!("setting {key}"))
        }
        Some(("onboarding", row)) => {
            let known = Step::ALL.map(Step::as_str);
            rule(known.contains(&row), &format!("is no row of the checklist, which has {}", known.join(" ")))?;
            rule(value.parse::<jiff::civil::Date>().is_ok(), "takes the day it was done, YYYY-MM-DD")
        }
        _ => bail!("there is no setting {key}"),
    }
}

/// The entry that the Zorgaanbiederslijst must carry.
async fn entry(name: &str, config: &Config, foundation: &Foundation) -> anyhow::Result<Entry> {
    let mut tx = foundation.store.read().await?;
    let practice = find(&mut tx, name).await?;
    let settings = store::settings::load_effective(&mut tx, &practice.scope()).await?;
    tx.close().await?;
    Entry::of(&practice, &settings, &foundation.services, config)
}

async fn find(tx: &mut Tx<'_>, name: &str) -> anyhow::Result<PracticeEntry> {
    let found = store::practices::find_by_name(tx, name).await?;
    found.with_context(|| format!("there is no practice {name}; see dvza practice list"))
}

/// What `dvza doctor` says about database, keys and practices.
pub async fn examine(foundation: &Foundation, config: &Config) -> Vec<Finding> {
    match look(foundation, config).await {
        Ok(findings) => findings,
        Err(error) => vec![Finding::new(Health::Bad, "database", format!("{error:#}"))],
    }
}

async fn look(foundation: &Foundation, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let by_service = config.login.saml.as_ref().is_some_and(|saml| saml.profile == SamlProfile::Toegang);
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
            Ok(_)
                if by_service && !["login.audience", "login.service"].iter().all(|key| settings.contains_key(*key)) =>
            {
                let advice = "login.audience or login.service is not set: the login service does not know the practice";
                Finding::new(Health::Bad, practice.medmij_name, advice)
            }
            Ok(_) if !settings.contains_key("page.privacy_url") => {
                let advice = "page.privacy_url is not set: the consent page has no link to the privacy statement";
                Finding::new(Health::Warning, practice.medmij_name, advice)
            }
            Ok(_) => Finding::new(Health::Good, practice.medmij_name, "settings can be read"),
        });
    }
    tx.close().await?;
    Ok(findings)
}
