//! Where the time of an import goes: each pure step alone, over the lines and bodies of a synthetic practice.

use std::hint::black_box;
use std::time::Instant;

use dvza::domain::ids::{PatientRef, PracticeId};
use dvza::fhir::links::links_of;
use dvza::fhir::search::values_of;
use dvza::fhir::{Faces, FhirRelease, ResourceType};
use dvza::his::{Frame, read_record, read_stored};
use dvza::mapping::check::Profiles;
use dvza::mapping::index::{PatientIndex, PatientIndexes};
use dvza::seal::{Sealer, sha256};
use dvza::store::{self, Store};
use serde_json::Value;

/// What the steps are measured over.
pub struct Sample<'a> {
    /// The delivered lines, header and footer left out.
    pub lines: Vec<&'a [u8]>,
    /// The bodies that were stored, by type.
    pub bodies: Vec<(ResourceType, Vec<u8>)>,
    /// The indexes that were stored.
    pub indexes: Vec<Vec<u8>>,
}

/// Reads back what an import of this practice stored.
pub async fn stored(store: &Store, sealer: &Sealer, practice: PracticeId) -> anyhow::Result<Sample<'static>> {
    let mut sample = Sample { lines: Vec::new(), bodies: Vec::new(), indexes: Vec::new() };
    let mut tx = store.read().await?;
    for patient in store::patients::list(&mut tx, &dvza::domain::ids::PracticeScope { practice }).await? {
        let who = PatientRef { practice, patient };
        let index = store::patients::find_facts(&mut tx, sealer, &who).await?;
        sample.indexes.extend(index.map(|facts| facts.bytes));
        let Some(mut shelf) = store::shelves::find(&mut tx, sealer, &who, FhirRelease::R4).await? else { continue };
        for key in shelf.keys().collect::<Vec<_>>() {
            sample.bodies.extend(shelf.body(&key)?.map(|body| (key.0, body)));
        }
    }
    tx.close().await?;
    Ok(sample)
}

/// Prints microseconds per record for each step, and what it adds up to per patient.
pub fn print(sample: &Sample<'_>, sealer: &Sealer, profiles: &Profiles, patients: u32) {
    let frame = Frame { now: dvza::sample::synth::default_now(), nhg45: None, format: dvza::his::Format::Two };
    let values: Vec<Value> = sample.bodies.iter().filter_map(|(_, body)| serde_json::from_slice(body).ok()).collect();
    let bytes: usize = sample.bodies.iter().map(|(_, body)| body.len()).sum();
    println!(
        "{} lines, {} bodies of {} bytes on average",
        sample.lines.len(),
        values.len(),
        bytes / values.len().max(1)
    );
    let row = |name: &str, count: usize, work: &mut dyn FnMut()| {
        let began = Instant::now();
        work();
        let micros = began.elapsed().as_secs_f64() * 1e6;
        println!(
            "  {name:<28} {:>8.2} us each {:>9.1} us a patient",
            micros / count as f64,
            micros / f64::from(patients)
        );
    };
    row("read a delivered line", sample.lines.len(), &mut || {
        for (number, line) in (2..).zip(&sample.lines) {
            black_box(read_record(line, number, &frame));
        }
    });
    row("read a line again", sample.lines.len(), &mut || {
        for line in &sample.lines {
            let _ = black_box(read_stored(line));
        }
    });
    row("parse a body", values.len(), &mut || {
        for (_, body) in &sample.bodies {
            let _ = black_box(serde_json::from_slice::<Value>(body));
        }
    });
    row("check a body", values.len(), &mut || {
        for ((kind, _), value) in sample.bodies.iter().zip(&values) {
            let _ = black_box(profiles.check(FhirRelease::R4, *kind, value));
        }
    });
    row("find its links", values.len(), &mut || {
        for ((kind, _), value) in sample.bodies.iter().zip(&values) {
            black_box(links_of(*kind, value));
        }
    });
    row("find its search values", values.len(), &mut || {
        for ((kind, _), value) in sample.bodies.iter().zip(&values) {
            black_box(values_of(FhirRelease::R4, *kind, value));
        }
    });
    row("hash a body", values.len(), &mut || {
        for (_, body) in &sample.bodies {
            black_box(sha256(body));
        }
    });
    row("seal a body", values.len(), &mut || {
        for (_, body) in &sample.bodies {
            let _ = black_box(sealer.seal(b"resource.body", body));
        }
    });
    let read = |bytes: &Vec<u8>| PatientIndex::from_bytes(bytes, Some(FhirRelease::R4)).ok().flatten();
    let faces = |index: PatientIndex| PatientIndexes {
        facts: index.facts,
        main: index.release,
        faces: Faces::from([(index.release, index.resources)]),
    };
    let indexes: Vec<PatientIndexes> = sample.indexes.iter().filter_map(read).map(faces).collect();
    row("read an index", indexes.len(), &mut || {
        for bytes in &sample.indexes {
            let _ = black_box(read(bytes));
        }
    });
    row("write an index", indexes.len(), &mut || {
        for index in &indexes {
            black_box(index.to_bytes());
        }
    });
    let stored: usize = sample.indexes.iter().map(Vec::len).sum();
    println!("  an index takes {} bytes in the store", stored / indexes.len().max(1));
}
