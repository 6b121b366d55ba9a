//! Where an installation's lists come from, and `dvza lists`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use arc_swap::ArcSwap;

use super::wire;
use crate::config::{Config, Environment, Register};
use crate::domain::time::{Clock, Timestamp};
use crate::lists::{HttpsSource, Keeper, Outcome};
use crate::medmij::schema::Schemas;
use crate::medmij::{self, ListKind, ListTexts, Lists};
use crate::store::Store;
use crate::store::lists::StoredList;

/// Beyond its round, a node that fetches for all keeps that turn so long.
const TURN_SECONDS: i64 = 60;

/// The network the lists are for.
pub fn environment(config: &Config) -> medmij::Environment {
    match config.environment {
        Environment::Production => medmij::Environment::Production,
        Environment::Development => medmij::Environment::Development,
    }
}

/// Where the lists come from.
pub enum Supply {
    /// Files that somebody else puts there.
    Folder {
        /// The configuration, which names the folder.
        config: Box<Config>,
        /// Time.
        clock: Clock,
    },
    /// The register.
    Register {
        /// Fetches and keeps.
        keeper: Box<Keeper>,
        /// Seconds between two rounds.
        every: i64,
    },
}

impl Supply {
    /// As the configuration says.
    ///
    /// # Errors
    /// One line that names the file that cannot be used.
    pub fn of(config: &Config, store: &Store, clock: &Clock) -> anyhow::Result<Self> {
        Ok(match &config.lists.register {
            None => Self::Folder { config: Box::new(config.clone()), clock: clock.clone() },
            Some(register) => {
                let every = i64::from(config.lists.refresh_seconds);
                Self::Register { keeper: Box::new(keeper(config, register, store, clock)?), every }
            }
        })
    }

    /// The lists to start with. Files must be good; with a register a server starts without lists too, and refuses
    /// authorization until they come.
    ///
    /// # Errors
    /// One line that names the list and what is wrong with it.
    pub async fn first(&self) -> anyhow::Result<Lists> {
        match self {
            Self::Folder { config, clock } => read(config, clock.now()),
            Self::Register { keeper, every } => {
                if keeper.load().await.context("the stored lists cannot be read")?.is_none() {
                    fetch_in_turn(keeper, *every).await;
                }
                Ok(keeper.load().await.context("the stored lists cannot be read")?.unwrap_or_else(Lists::none))
            }
        }
    }

    /// Takes newer lists into use; the last good ones stay when there are none.
    pub async fn renew(&self, current: &ArcSwap<Lists>) {
        let newest = match self {
            Self::Folder { config, clock } => read(config, clock.now()).map(Some),
            Self::Register { keeper, every } => {
                fetch_in_turn(keeper, *every).await;
                if let Ok(stored) = keeper.stored().await {
                    keeper.measure(&stored);
                }
                keeper.load().await.map_err(anyhow::Error::from)
            }
        };
        match newest {
            Ok(Some(lists)) => current.store(Arc::new(lists)),
            Ok(None) => tracing::warn!("there are no MedMij lists yet: authorization is refused"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(error, "the MedMij lists cannot be used; the last good ones stay in use");
            }
        }
    }
}

/// Fetches, when it is this node that does so for all.
async fn fetch_in_turn(keeper: &Keeper, every: i64) {
    match keeper.takes_the_turn(every.saturating_add(TURN_SECONDS)).await {
        Ok(false) => {}
        Ok(true) => {
            for (kind, outcome) in keeper.fetch().await {
                let (list, outcome_text) = (kind.root(), outcome.to_string());
                match outcome {
                    Outcome::Refused(_) => tracing::warn!(list, outcome = outcome_text, "a MedMij list was not taken"),
                    _ => tracing::info!(list, outcome = outcome_text, "a MedMij list was fetched"),
                }
            }
        }
        Err(error) => tracing::warn!(%error, "it cannot be told who fetches the MedMij lists"),
    }
}

fn keeper(config: &Config, register: &Register, store: &Store, clock: &Clock) -> anyhow::Result<Keeper> {
    let client = wire::register_client(register).context("lists.register")?;
    let source = Arc::new(HttpsSource::new(client, register.url.clone()));
    let kinds: &[ListKind] = if register.koppellijst { &ListKind::ALL } else { &ListKind::DECIDING };
    Ok(Keeper::new(store.clone(), source, environment(config), clock.clone(), kinds, wire::node()?)?)
}

/// Reads and checks the lists in this installation's folder.
///
/// In production they are as old as their oldest file says; in development, where the clock may be shifted, as new as this look.
///
/// # Errors
/// One line that names the list and what is wrong with it.
pub fn read(config: &Config, now: Timestamp) -> anyhow::Result<Lists> {
    let dir = config.lists.dir.as_deref().context("this installation fetches its lists and has no folder of them")?;
    let schemas = Schemas::built_in()?;
    let mut texts = Vec::with_capacity(ListKind::DECIDING.len());
    let mut good_at = now;
    for kind in ListKind::DECIDING {
        let path = dir.join(kind.file_name());
        let text = std::fs::read(&path).with_context(|| format!("cannot read the list {}", path.display()))?;
        texts.push(text);
        if config.environment == Environment::Production {
            good_at = good_at.min(written_at(&path)?);
        }
    }
    let [zal, ocl, whl, gnl] = texts.as_slice() else { bail!("four lists are needed") };
    let lists = Lists::parse(ListTexts { zal, ocl, whl, gnl }, environment(config), good_at);
    let lists = lists.context("a MedMij list cannot be used")?;
    for (kind, text) in ListKind::DECIDING.into_iter().zip(&texts) {
        schemas.check(kind, &String::from_utf8_lossy(text)).context("a MedMij list cannot be used")?;
    }
    Ok(lists)
}

fn written_at(path: &Path) -> anyhow::Result<Timestamp> {
    let modified = std::fs::metadata(path).and_then(|data| data.modified());
    let modified = modified.with_context(|| format!("cannot tell the age of {}", path.display()))?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).context("a list is dated before 1970")?;
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

/// The lists this installation would decide on now.
///
/// # Errors
/// One line that names the list and what is wrong with it.
pub async fn current(supply: &Supply) -> anyhow::Result<Lists> {
    match supply {
        Supply::Folder { config, clock } => read(config, clock.now()),
        Supply::Register { keeper, .. } => {
            keeper.load().await?.context("no lists were fetched yet: run dvza lists fetch, or start the server")
        }
    }
}

/// `dvza lists fetch`: one line per list; the lists are stored for every node.
///
/// # Errors
/// When one of the lists was not taken, or this installation does not fetch.
pub async fn fetch(supply: &Supply) -> anyhow::Result<()> {
    let Supply::Register { keeper, .. } = supply else {
        bail!("this installation reads its lists from lists.dir; name lists.register to fetch them")
    };
    let mut refused = 0;
    for (kind, outcome) in keeper.fetch().await {
        say!("{:<26} {outcome}", kind.root());
        refused += usize::from(matches!(outcome, Outcome::Refused(_)));
    }
    ensure!(refused == 0, "{refused} lists were not taken");
    Ok(())
}

/// `dvza lists check`: what is there, and how old.
///
/// # Errors
/// As [`current`]; also when they are too old to decide on.
pub async fn check(supply: &Supply, now: Timestamp, max_age_seconds: i64) -> anyhow::Result<String> {
    let lists = current(supply).await?;
    let seconds = |since: Timestamp| (now.millis() - since.millis()) / 1000;
    let mut text = format!(
        "Zorgaanbiederslijst       {} aanbieders\nOAuthclientlist           {} clients\nWhitelist                 {} nodes\n\
         Gegevensdienstnamenlijst  {} names\nage                       {} s\n",
        lists.zal.providers().count(),
        lists.ocl.clients().count(),
        lists.whl.nodes().count(),
        lists.gnl.names().count(),
        seconds(lists.good_at),
    );
    if let Supply::Register { keeper, .. } = supply {
        for StoredList { kind, version, good_at } in keeper.stored().await? {
            let age = seconds(good_at);
            text.push_str(&format!("{:<25} number {}, fetched {age} s ago\n", kind.root(), version.number));
        }
    }
    let usable = lists.are_usable_at(now, max_age_seconds);
    ensure!(
        usable,
        "the lists are {} s old, {max_age_seconds} are allowed: authorization refuses",
        seconds(lists.good_at)
    );
    Ok(text)
}

/// `dvza lists show`: the practices of the Zorgaanbiederslijst and what they offer.
///
/// # Errors
/// As [`current`].
pub async fn show(supply: &Supply) -> anyhow::Result<String> {
    let lists = current(supply).await?;
    let mut text = String::new();
    for provider in lists.zal.providers() {
        text.push_str(provider.name.as_str());
        text.push('\n');
        for interface in &provider.interfaces {
            for service in &interface.services {
                let name = lists.gnl.name(service.id.as_str()).unwrap_or("(not in the Gegevensdienstnamenlijst)");
                text.push_str(&format!("  {:<10} {name}\n", service.id.as_str()));
            }
        }
    }
    Ok(text)
}
