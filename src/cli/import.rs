//! `dvza import`: deliveries from files, with progress on a terminal and a report of what was taken and why not.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use super::args::ImportArgs;
use super::{Globals, configured, feed, server};
use crate::import::{Importer, Options, Progress, Report, Sizes, State, Step};
use crate::store;
use crate::store::practices::PracticeEntry;

/// Findings printed one by one; the rest is counted.
const PRINTED: usize = 50;

/// Runs the command.
///
/// # Errors
/// One line that names the file or the part that failed.
pub async fn run(args: &ImportArgs, globals: Globals) -> anyhow::Result<ExitCode> {
    let (config, clock) = configured(&args.config, globals)?;
    let foundation = server::lay(&config, &clock).await?;
    let mut refused = false;
    let options = Options { dry_run: args.dry_run, accept_shrink: args.accept_shrink, ..Options::default() };
    if args.format.is_fhir() {
        refused |= feed_of_practice(args, &foundation.importer, &options).await?;
    }
    let batches = if args.format.is_fhir() { Vec::new() } else { files(&args.paths)? };
    for path in batches {
        let report = one(&foundation.importer, &path, &options).await?;
        say!("{}\n{}", path.display(), text(&report, args.dry_run));
        refused |= report.has_refusals();
    }
    refused |= expire(&foundation.importer).await?;
    foundation.store.close().await;
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Takes one file.
///
/// # Errors
/// When it cannot be read, or the database fails.
pub async fn one(importer: &Importer, path: &Path, options: &Options) -> anyhow::Result<Report> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let progress = progress();
    let report = importer.import(BufReader::with_capacity(256 * 1024, file), options, progress.told.clone()).await;
    progress.bar.finish_and_clear();
    report.with_context(|| format!("{}", path.display()))
}

/// Takes everything that is named as one feed of one practice; true when something of it was refused.
async fn feed_of_practice(args: &ImportArgs, importer: &Importer, options: &Options) -> anyhow::Result<bool> {
    let practice = practice_of(importer, args.practice.as_deref()).await?;
    let delivery = feed::delivery(&args.paths, args.kind, &args.format)?;
    let progress = progress();
    let taken = importer.import_feed(&practice, delivery, options, progress.told.clone()).await;
    progress.bar.finish_and_clear();
    let taken = taken?;
    say!("{}\n{}{}", practice.medmij_name, text(&taken.report, args.dry_run), feed::text(&taken));
    Ok(taken.report.has_refusals())
}

/// The practice with this name; without one, the only one there is.
async fn practice_of(importer: &Importer, name: Option<&str>) -> anyhow::Result<PracticeEntry> {
    let mut tx = importer.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    let names = || practices.iter().map(|practice| practice.medmij_name.as_str()).collect::<Vec<_>>().join(" ");
    match (name, practices.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, []) => bail!("there is no practice yet: see `dvza practice add`"),
        (None, _) => bail!("a FHIR feed does not say whose it is: name one with --practice ({})", names()),
        (Some(name), all) => match all.iter().find(|practice| practice.medmij_name == name) {
            Some(practice) => Ok(practice.clone()),
            None => bail!("there is no practice {name}: there is {}", names()),
        },
    }
}

/// Gives up records that waited too long for what they name, in every practice.
async fn expire(importer: &Importer) -> anyhow::Result<bool> {
    let mut tx = importer.store.read().await?;
    let practices = store::practices::list(&mut tx).await?;
    tx.close().await?;
    let mut any = false;
    for practice in practices {
        for finding in importer.expire_parked(&practice).await? {
            say!("{}: {finding}", practice.medmij_name);
            any = true;
        }
    }
    Ok(any)
}

/// Files as given, and those in given folders by name.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.retain(|path| path.is_file());
        inside.sort();
        files.extend(inside);
    }
    ensure!(!files.is_empty(), "there is no file in what was named");
    Ok(files)
}

struct Told {
    bar: ProgressBar,
    told: Arc<Progress>,
}

/// A line that moves, on a terminal only.
fn progress() -> Told {
    if !std::io::stderr().is_terminal() {
        return Told { bar: ProgressBar::hidden(), told: Arc::new(|_| {}) };
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    let moving = bar.clone();
    let told = move |step: Step| {
        moving.set_message(match step {
            Step::Read(lines) => format!("{lines} lines read"),
            Step::Checking => "checking against what is stored".to_owned(),
            Step::Applied { part, of } => format!("applying {part} of {of}"),
        });
        moving.tick();
    };
    Told { bar, told: Arc::new(told) }
}

/// The report in words.
pub fn text(report: &Report, dry_run: bool) -> String {
    let mut text = String::new();
    let outcome = match (report.state, dry_run) {
        (State::Accepted, false) => "accepted",
        (State::Accepted, true) => "would be accepted; nothing was changed",
        (State::Rejected, _) => "rejected as a whole; nothing was changed",
        (State::Held, _) => {
            "held for a person; nothing was changed (the practice lets it through at /imports, or see --accept-shrink)"
        }
        (State::Replay, _) => "taken before; nothing to do",
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {outcome}");
    if let Some(Sizes { patients, records }) = report.sizes {
        let ((patients, then), (records, after)) = (patients, records);
        let _ = writeln!(text, "  of {patients} patients {then} would be left, of {records} records {after}");
    }
    let _ = writeln!(
        text,
        "  {} records: {} taken, {} refused, {} entries of S and O lines only, {} waiting",
        report.records,
        report.taken.values().sum::<u64>(),
        report.refused,
        report.dropped,
        report.parked
    );
    let _ = writeln!(
        text,
        "  patients: {} new or changed, {} unchanged, {} removed, {} held back",
        report.changed,
        report.unchanged,
        report.removed,
        report.held.len()
    );
    for (code, count) in &report.by_code {
        let meaning = crate::his::Code::find(code).map(crate::his::Code::meaning).unwrap_or_default();
        let _ = writeln!(text, "  {code} {count:>6}  {meaning}");
    }
    for finding in report.findings.iter().take(PRINTED) {
        let _ = writeln!(text, "    {finding}");
    }
    if report.findings.len() > PRINTED {
        let _ = writeln!(text, "    … and {} more", report.findings.len() - PRINTED);
    }
    for problem in report.problems.iter().take(PRINTED) {
        let _ = writeln!(
            text,
            "    not rendered: {} {} {}: {}",
            problem.record.t, problem.record.id, problem.path, problem.reason
        );
    }
    if report.problems.len() > PRINTED {
        let _ = writeln!(text, "    … and {} more not rendered", report.problems.len() - PRINTED);
    }
    text
}
