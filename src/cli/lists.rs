//! `dvza lists`: the four MedMij lists as files, read and checked.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::config::{Config, Environment};
use crate::domain::time::Timestamp;
use crate::medmij::{self, ListTexts, Lists};

/// The official names of the files: Zorgaanbiederslijst, OAuthclientlist, Whitelist, Gegevensdienstnamenlijst.
const FILES: [&str; 4] = [
    "MedMij_Zorgaanbiederslijst.xml",
    "MedMij_OAuthclientlist.xml",
    "MedMij_Whitelist.xml",
    "MedMij_Gegevensdienstnamenlijst.xml",
];

/// The network the lists are for.
pub fn environment(config: &Config) -> medmij::Environment {
    match config.environment {
        Environment::Production => medmij::Environment::Production,
        Environment::Development => medmij::Environment::Development,
    }
}

/// Reads and checks the lists of this installation.
///
/// In production they are as old as their oldest file says; in development, where the clock may be shifted, as new as this look.
///
/// # Errors
/// One line that names the list and what is wrong with it.
pub fn read(config: &Config, now: Timestamp) -> anyhow::Result<Lists> {
    let mut texts = Vec::with_capacity(FILES.len());
    let mut good_at = now;
    for name in FILES {
        let path = config.lists.dir.join(name);
        let text = std::fs::read(&path).with_context(|| format!("cannot read the list {}", path.display()))?;
        texts.push(text);
        if config.environment == Environment::Production {
            good_at = good_at.min(written_at(&path)?);
        }
    }
    let [zal, ocl, whl, gnl] = texts.as_slice() else { bail!("four lists are needed") };
    Lists::parse(ListTexts { zal, ocl, whl, gnl }, environment(config), good_at).context("a MedMij list cannot be used")
}

fn written_at(path: &Path) -> anyhow::Result<Timestamp> {
    let modified = std::fs::metadata(path).and_then(|data| data.modified());
    let modified = modified.with_context(|| format!("cannot tell the age of {}", path.display()))?;
    let since = modified.duration_since(std::time::UNIX_EPOCH).context("a list is dated before 1970")?;
    Ok(Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

/// `dvza lists check`: one line per list.
///
/// # Errors
/// As [`read`].
pub fn check(config: &Config, now: Timestamp) -> anyhow::Result<String> {
    let lists = read(config, now)?;
    let age = (now.millis() - lists.good_at.millis()) / 1000;
    Ok(format!(
        "Zorgaanbiederslijst       {} aanbieders\nOAuthclientlist           {} clients\nWhitelist                 {} nodes\n\
         Gegevensdienstnamenlijst  {} names\nage                       {age} s\n",
        lists.zal.providers().count(),
        lists.ocl.clients().count(),
        lists.whl.nodes().count(),
        lists.gnl.names().count(),
    ))
}

/// `dvza lists show`: the practices of the Zorgaanbiederslijst whose endpoints are this installation's.
///
/// # Errors
/// As [`read`].
pub fn show(config: &Config, now: Timestamp) -> anyhow::Result<String> {
    let lists = read(config, now)?;
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
