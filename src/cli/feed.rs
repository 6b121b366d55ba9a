//! Files of a FHIR feed, as `dvza import` and `dvza demo` take them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use uuid::Uuid;

use super::args::FormatArgs;
use crate::domain::bsn::Bsn;
use crate::fhir::FhirRelease;
use crate::his::BatchKind;
use crate::import::{FeedDelivery, FeedReport};

/// What a file of a feed may be called, also with `.gz` behind it; everything else in a folder is left alone, and named.
const ENDINGS: [&str; 3] = ["json", "ndjson", "xml"];
/// The most that one compressed file may become, in bytes.
const LARGEST: u64 = 1 << 30;

/// The feed in these files and folders, as one delivery.
///
/// # Errors
/// When something cannot be read, or there is nothing to read: a feed of nothing would take everything away.
pub fn delivery(paths: &[PathBuf], kind: BatchKind, format: &FormatArgs) -> anyhow::Result<FeedDelivery> {
    let (mut names, mut others) = (Vec::new(), Vec::new());
    for path in paths {
        collect(path, &mut names, &mut others).with_context(|| format!("cannot read {}", path.display()))?;
    }
    for path in others {
        say!("{}: left out, it is not called *.json, *.ndjson or *.xml", path.display());
    }
    ensure!(!names.is_empty(), "there is no file called *.json, *.ndjson or *.xml (or with .gz behind it)");
    let read = |path: PathBuf| {
        let bytes = read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Ok((path.display().to_string(), bytes))
    };
    Ok(FeedDelivery {
        batch: Uuid::new_v4(),
        release: format.fhir().unwrap_or(FhirRelease::R4),
        kind,
        day_t: format.date_t,
        numbers: numbers(format.identify.as_deref())?,
        files: names.into_iter().map(read).collect::<anyhow::Result<_>>()?,
    })
}

/// Files as they are named; of folders, everything below that is called like FHIR.
fn collect(path: &Path, names: &mut Vec<PathBuf>, others: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        names.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    inside.sort();
    for path in inside {
        if path.is_dir() || is_of_a_feed(&path) {
            collect(&path, names, others)?;
        } else {
            others.push(path);
        }
    }
    Ok(())
}

fn is_of_a_feed(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// The bytes of a file, unpacked.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let mut bytes = Vec::new();
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz")) {
        MultiGzDecoder::new(file).take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(std::io::Error::other("it is larger than 1 GiB when unpacked"));
        }
    } else {
        BufReader::new(file).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A line of the list that says who is who.
#[derive(Deserialize)]
struct Identity {
    patient: String,
    bsn: Option<String>,
}

fn numbers(path: Option<&Path>) -> anyhow::Result<BTreeMap<String, Bsn>> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let list: Vec<Identity> = serde_json::from_slice(&text).with_context(|| {
        format!("{}: must be a list of objects with patient (Patient/id) and bsn (nine digits)", path.display())
    })?;
    let numbered = list.into_iter().filter_map(|identity| Some((identity.patient, identity.bsn?)));
    // The number itself is not repeated: it may be somebody's.
    let read = |(patient, number): (String, String)| {
        let number = number.parse::<Bsn>().with_context(|| format!("{}: {patient}: not a BSN", path.display()))?;
        Ok((patient, number))
    };
    numbered.map(read).collect()
}

/// What a feed says beside its delivery's report, in words; empty when that is nothing.
pub fn text(report: &FeedReport) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if report.lines_dropped > 0 {
        let _ = writeln!(text, "  {} S and O lines left out", report.lines_dropped);
    }
    if report.without_number > 0 {
        let _ = writeln!(
            text,
            "  {} patients without a citizen service number, or with two: nobody can find them",
            report.without_number
        );
    }
    for (kind, count) in &report.not_served {
        let _ = writeln!(text, "  {count} {kind} left out: this type is not served");
    }
    text
}
