//! `dvza practice set`: settings of a practice, or of every practice of a list, all or none.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};

use super::{check_setting, store_settings};
use crate::cli::args::{PracticeSetArgs, SetWord};
use crate::cli::{Globals, configured, server};
use crate::medmij::MedMijName;
use crate::store::practices::PracticeEntry;
use crate::store::{self, Tx};

/// A practice as it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    /// What was typed.
    name: String,
    /// Line of the list; `None` on the command line.
    line: Option<usize>,
}

impl Named {
    /// A fault of this name, with the line it stands on.
    fn fault(&self, reason: &str) -> String {
        match self.line {
            Some(line) => format!("line {line}: {}: {reason}", self.name),
            None => format!("{}: {reason}", self.name),
        }
    }
}

pub(super) async fn run(args: &PracticeSetArgs, globals: Globals) -> anyhow::Result<()> {
    let (mut named, settings) = split(&args.words);
    ensure!(!settings.is_empty(), "name at least one setting, as KEY=VALUE");
    if let Some(path) = &args.list {
        named.extend(lines(&read(path)?));
    }
    ensure!(!named.is_empty(), "name a practice, or a file with practices with --list");
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    for (key, value) in &settings {
        check_setting(key, value, &foundation.services)?;
    }
    let mut tx = foundation.store.write().await?;
    let practices = find_all(&mut tx, &named).await?;
    let mut total = 0;
    for practice in &practices {
        let scope = practice.scope();
        let changed = store_settings(&mut tx, &foundation.sealer, &scope, &settings, clock.now()).await?;
        let note = if practice.active { "" } else { "  (contract ended: nothing is served)" };
        say!("{:<40} {changed} of {}{note}", practice.medmij_name, settings.len());
        total += changed;
    }
    if args.dry_run {
        tx.close().await?;
        say!("{total} settings would change; nothing was changed");
    } else {
        tx.commit().await?;
        say!("{total} settings changed");
    }
    Ok(())
}

/// The practices and the settings among the words.
fn split(words: &[SetWord]) -> (Vec<Named>, Vec<(String, String)>) {
    let (mut named, mut settings) = (Vec::new(), Vec::new());
    for word in words {
        match word {
            SetWord::Practice(name) => named.push(Named { name: name.clone(), line: None }),
            SetWord::Setting(key, value) => settings.push((key.clone(), value.clone())),
        }
    }
    (named, settings)
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("standard input cannot be read");
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The names of a list; empty lines and those that begin with `#` say nothing.
fn lines(text: &str) -> Vec<Named> {
    let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines().map(str::trim));
    let told = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    told.map(|(number, line)| Named { name: line.to_owned(), line: Some(number) }).collect()
}

/// Every practice, or every fault of the names.
async fn find_all(tx: &mut Tx<'_>, named: &[Named]) -> anyhow::Result<Vec<PracticeEntry>> {
    let mut by_name: HashMap<String, PracticeEntry> =
        store::practices::list(tx).await?.into_iter().map(|entry| (entry.medmij_name.clone(), entry)).collect();
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for one in named {
        match (MedMijName::registered(&one.name), by_name.remove(&one.name)) {
            (_, Some(practice)) => found.push(practice),
            (Err(error), None) => faults.push(one.fault(&error.to_string())),
            (Ok(_), None) if found.iter().any(|known: &PracticeEntry| known.medmij_name == one.name) => {
                faults.push(one.fault("stands there twice"));
            }
            (Ok(_), None) => faults.push(one.fault("there is no such practice; see dvza practice list")),
        }
    }
    if faults.is_empty() { Ok(found) } else { bail!("nothing was changed\n{}", faults.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_one_name_a_line_and_may_explain_itself() {
        let text = "\u{feff}# region north\r\n\r\nhuisartseen@medmij\r\n  huisartstwee@medmij  \n#huisartsdrie@medmij\nno name\n";
        let told: Vec<(Option<usize>, String)> =
            lines(text).into_iter().map(|named| (named.line, named.name)).collect();
        let expected = [(3, "huisartseen@medmij"), (4, "huisartstwee@medmij"), (6, "no name")];
        assert_eq!(told, expected.map(|(line, name)| (Some(line), name.to_owned())));
        assert!(lines("\n# nobody\n").is_empty());
    }

    #[test]
    fn words_are_told_apart() {
        let words = [SetWord::Setting("a.b".into(), "c".into()), SetWord::Practice("x@medmij".into())];
        let (named, settings) = split(&words);
        assert_eq!(named, [Named { name: "x@medmij".into(), line: None }]);
        assert_eq!(settings, [("a.b".to_owned(), "c".to_owned())]);
    }
}
