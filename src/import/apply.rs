//! Applying a delivery: render each changed patient, and swap it in one transaction.
//!
//! Rendering runs on other threads than the writing, a few buckets ahead. A patient is in the old or in the new state,
//! never between; after a crash the next run finds what was applied by its hash and goes on.

pub(super) mod made;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use self::made::{Made, set_hash, write_shelf};
use self::write::{write_all, write_records};
use super::check::{AHEAD, Delivery, read_lines};
use super::plan::{Incoming, Plan, Stored, result};
use super::stored::{self, patient_records, practice_records};
use super::{ImportError, Importer, Progress};
use crate::domain::decision::Decisions;
use crate::domain::dossier::{Block, Body, PracticeRecords, RecordRef, RecordType, SourceId};
use crate::domain::ids::{PatientId, PatientRef, RecordKey};
use crate::fhir::Releases;
use crate::his::{BatchKind, Op, SourceRecord};
use crate::mapping::Problem;
use crate::mapping::check::Profiles;
use crate::store;
use crate::store::settings::{Setting, SettingSource};

/// What applying a delivery did.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Patients that changed or are new.
    pub changed: u64,
    /// Patients left alone.
    pub unchanged: u64,
    /// Patients removed.
    pub removed: u64,
    /// Records that wait for what they name.
    pub parked: u64,
    /// What could not be rendered.
    pub problems: Vec<Problem>,
    /// Patients to look at again: a document of theirs became complete over several deliveries.
    pub late: Vec<PatientId>,
}

/// Hash over the records of each stored patient.
type SetHashes = HashMap<PatientId, [u8; 32]>;

/// A patient ready to be written.
struct Prepared {
    who: PatientRef,
    change: Change,
    parked: Vec<store::parked::Parked>,
    unparked: Vec<RecordKey>,
    problems: Vec<Problem>,
    late: bool,
}

enum Change {
    Nothing,
    Remove,
    Replace(Box<Replacement>),
}

struct Replacement {
    set_hash: [u8; 32],
    record_count: i64,
    put: Vec<Incoming>,
    delete: Vec<Incoming>,
    gone: Vec<RecordRef>,
    gone_content: Vec<[u8; 32]>,
    made: Made,
}

/// Everything the rendering of a patient needs beside the patient.
struct Surroundings {
    practice: PracticeRecords,
    practice_hash: [u8; 32],
    releases: Releases,
}

/// Applies a delivery that stands; with `write` off, everything is rendered and nothing is stored.
pub(super) async fn apply(
    importer: &Importer,
    delivery: &Arc<Delivery>,
    write: bool,
    progress: &Progress,
) -> Result<Applied, ImportError> {
    let mut applied = Applied::default();
    let set_hashes = Arc::new(set_hashes(importer, delivery).await?);
    let before = set_hashes.get(&PatientId::PRACTICE).copied();
    let around = Arc::new(apply_practice(importer, delivery, before, write).await?);
    if write {
        merge(importer, delivery).await?;
        block_conflicts(importer, delivery).await?;
    }
    let buckets = delivery.received.spool.buckets();
    // Tasks of their own, so that rendering goes on while the writer waits for the database.
    let mut prepared = stream::iter(0..buckets)
        .map(|bucket| {
            let (importer, delivery) = (importer.clone(), delivery.clone());
            let (around, set_hashes) = (around.clone(), set_hashes.clone());
            tokio::spawn(async move { prepare_bucket(&importer, &delivery, &around, &set_hashes, bucket).await })
        })
        .buffered(AHEAD);
    let mut done = 0;
    while let Some(patients) = prepared.next().await {
        let patients = patients.map_err(|_| ImportError::Interrupted)??;
        done += 1;
        write_all(importer, delivery, patients, write, &mut applied).await?;
        progress(super::Step::Applied { part: done, of: buckets });
    }
    drop(prepared);
    let mut rest = rest_of_practice(delivery, before != Some(around.practice_hash));
    rest.append(&mut applied.late);
    for patients in rest.chunks(8) {
        let prepared = prepare_stored(importer, delivery, &around, &set_hashes, patients).await?;
        write_all(importer, delivery, prepared, write, &mut applied).await?;
    }
    Ok(applied)
}

async fn set_hashes(importer: &Importer, delivery: &Delivery) -> Result<HashMap<PatientId, [u8; 32]>, ImportError> {
    let mut tx = importer.store.read().await?;
    let mut hashes = store::patients::set_hashes(&mut tx, &delivery.practice.scope()).await?;
    let shelf = PatientRef::practice_itself(delivery.practice.id);
    if let Some(entry) = store::patients::find(&mut tx, &importer.sealer, &shelf).await? {
        hashes.insert(PatientId::PRACTICE, entry.set_hash);
    }
    tx.close().await?;
    Ok(hashes)
}

/// The practice's own records first: every patient's resources refer to them.
///
/// They are also written when nothing of them changed but the form in which they are stored, which their hash covers.
async fn apply_practice(
    importer: &Importer,
    delivery: &Delivery,
    before: Option<[u8; 32]>,
    write: bool,
) -> Result<Surroundings, ImportError> {
    let who = PatientRef::practice_itself(delivery.practice.id);
    let mut tx = importer.store.read().await?;
    let stored = stored::load(&mut tx, &importer.sealer, &who).await?;
    tx.close().await?;
    let lines = read_lines(delivery.received.spool.read_patient("")?)?;
    let mut plan = delivery.plan(&who.patient, &stored, lines);
    if delivery.received.header.kind != BatchKind::Full {
        // Only a complete practice says that employees are gone.
        plan.gone.clear();
    }
    let records = result(&stored, &plan);
    let practice = practice_records(&records, &delivery.practice)?;
    let releases = importer.releases.clone();
    let none = BTreeSet::new();
    let practice_hash = set_hash((&delivery.hasher, &releases), [0; 32], &records, &none, &Decisions::default());
    if write && (plan.changes_something() || before != Some(practice_hash)) {
        write_practice(importer, delivery, &who, &plan, &practice, practice_hash).await?;
    }
    Ok(Surroundings { practice, practice_hash, releases })
}

async fn write_practice(
    importer: &Importer,
    delivery: &Delivery,
    who: &PatientRef,
    plan: &Plan,
    practice: &PracticeRecords,
    practice_hash: [u8; 32],
) -> Result<(), ImportError> {
    let mut tx = importer.store.write().await?;
    write_records(importer, delivery, &mut tx, who, &plan.put, &plan.delete, &plan.gone).await?;
    write_shelf(importer, &mut tx, (who, practice), (practice_hash, delivery.at.at)).await?;
    for incoming in &plan.put {
        if let Op::Put(Body::Practice(practice), _) = &incoming.record.op {
            for (key, value) in &practice.settings {
                let setting = Setting {
                    key: key.clone(),
                    source: SettingSource::Feed,
                    value: value.clone(),
                    at: incoming.record.at,
                    by: "feed".to_owned(),
                };
                store::settings::set(&mut tx, &delivery.practice.scope(), &setting).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Records and documents of a patient that was merged away move to the one that remains.
async fn merge(importer: &Importer, delivery: &Delivery) -> Result<(), ImportError> {
    let at = delivery.at.at;
    for (to, froms) in &delivery.merges {
        for from in froms {
            let gone = PatientRef { practice: delivery.practice.id, patient: *from };
            let mut tx = importer.store.write().await?;
            let scope = delivery.practice.scope();
            store::records::reassign(&mut tx, &importer.sealer, &scope, *from, *to).await?;
            store::content::reassign(&mut tx, &importer.sealer, &scope, *from, *to).await?;
            let stays = PatientRef { practice: delivery.practice.id, patient: *to };
            store::patients::carry_limits(&mut tx, &gone, &stays).await?;
            store::staff::carry_exclusions(&mut tx, &gone, &stays).await?;
            store::decisions::reassign(&mut tx, &importer.sealer, &gone, &stays).await?;
            store::requests::reassign(&mut tx, &importer.sealer, &gone, &stays).await?;
            store::accounts::reassign(&mut tx, &importer.sealer, &gone, &stays).await?;
            store::outbox::remove_all(&mut tx, &gone).await?;
            store::cards::remove(&mut tx, &gone).await?;
            store::shelves::remove_all(&mut tx, &gone).await?;
            store::patients::mark_removed(&mut tx, &gone, at).await?;
            store::authorization::tokens::revoke_of_patient(&mut tx, &gone, at).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Both patients of one number are blocked, also those of whom nothing is stored yet (E-ID-002, §15.9).
async fn block_conflicts(importer: &Importer, delivery: &Delivery) -> Result<(), ImportError> {
    if delivery.conflicts.is_empty() {
        return Ok(());
    }
    let mut tx = importer.store.write().await?;
    for person in delivery.received.people.values() {
        let patient = delivery.hasher.patient_id(&person.id);
        if delivery.conflicts.contains(&patient) && !delivery.stored_patients.contains(&patient) {
            let put = store::patients::PatientPut {
                source_id: &person.id,
                bsn_hash: person.bsn_hash,
                facts: &[],
                facts_version: 0,
                set_hash: [0; 32],
                record_count: 0,
            };
            let who = PatientRef { practice: delivery.practice.id, patient };
            store::patients::upsert(&mut tx, &importer.sealer, &who, &put, delivery.at.at).await?;
        }
    }
    for patient in &delivery.conflicts {
        let who = PatientRef { practice: delivery.practice.id, patient: *patient };
        store::patients::set_block(&mut tx, &who, Block::IdentityConflict).await?;
        store::authorization::tokens::revoke_of_patient(&mut tx, &who, delivery.at.at).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Stored patients that no line touched: gone with a complete set, and to be rendered again when the practice changed.
fn rest_of_practice(delivery: &Delivery, practice_changed: bool) -> Vec<PatientId> {
    let header = &delivery.received.header;
    let touched: BTreeSet<PatientId> =
        delivery.received.touched.iter().map(|id| delivery.hasher.patient_id(id)).collect();
    let refused = delivery.received.refused.iter().filter(|record| record.t == RecordType::Patient);
    let refused: BTreeSet<PatientId> = refused.map(|record| delivery.hasher.patient_id(&record.id)).collect();
    let held: BTreeSet<PatientId> = delivery.held.iter().map(|id| delivery.hasher.patient_id(id)).collect();
    let named: BTreeSet<PatientId> = header.patients.iter().map(|id| delivery.hasher.patient_id(id)).collect();
    let asked = |id: &PatientId| match header.kind {
        BatchKind::Full => true,
        BatchKind::Patient => practice_changed || named.contains(id),
        BatchKind::Delta => practice_changed || delivery.merges.contains_key(id),
    };
    let stored = delivery.stored_patients.iter().copied();
    stored
        .filter(|id| *id != PatientId::PRACTICE && !touched.contains(id))
        .filter(|id| !refused.contains(id) && !held.contains(id) && asked(id))
        .collect()
}

async fn prepare_bucket(
    importer: &Importer,
    delivery: &Arc<Delivery>,
    around: &Arc<Surroundings>,
    set_hashes: &Arc<SetHashes>,
    bucket: usize,
) -> Result<Vec<Prepared>, ImportError> {
    let mut work = delivery.work(importer, bucket).await?;
    // The practice's own lines have no name and were applied first.
    work.retain(|(patient, ..)| patient.parse().is_ok_and(|source: SourceId| !delivery.held.contains(&source)));
    let (profiles, around, set_hashes) = (importer.profiles.clone(), around.clone(), set_hashes.clone());
    let delivery = delivery.clone();
    let preparing = tokio::task::spawn_blocking(move || {
        let planned = work.into_iter().map(|(_, who, stored, lines)| {
            let plan = delivery.plan(&who.patient, &stored, lines);
            (who, stored, plan)
        });
        let planned: Vec<_> = planned.filter(|(_, _, plan)| !plan.held).collect();
        prepare(&profiles, &delivery, &around, &set_hashes, planned)
    });
    preparing.await.map_err(|_| ImportError::Interrupted)
}

/// Patients without a line of their own in this delivery.
async fn prepare_stored(
    importer: &Importer,
    delivery: &Arc<Delivery>,
    around: &Arc<Surroundings>,
    set_hashes: &Arc<SetHashes>,
    patients: &[PatientId],
) -> Result<Vec<Prepared>, ImportError> {
    let mut work = Vec::new();
    let mut tx = importer.store.read().await?;
    for patient in patients {
        let who = PatientRef { practice: delivery.practice.id, patient: *patient };
        let stored = delivery.load(importer, &mut tx, &who).await?;
        let complete = delivery.is_complete_for(patient);
        let plan = if complete { delivery.plan(patient, &stored, Vec::new()) } else { Plan::default() };
        work.push((who, stored, plan));
    }
    tx.close().await?;
    let (profiles, around, set_hashes) = (importer.profiles.clone(), around.clone(), set_hashes.clone());
    let delivery = delivery.clone();
    let preparing = tokio::task::spawn_blocking(move || prepare(&profiles, &delivery, &around, &set_hashes, work));
    preparing.await.map_err(|_| ImportError::Interrupted)
}

/// What is to be done with each patient; computes only.
fn prepare(
    profiles: &Profiles,
    delivery: &Delivery,
    around: &Surroundings,
    set_hashes: &SetHashes,
    work: Vec<(PatientRef, Stored, Plan)>,
) -> Vec<Prepared> {
    work.into_iter()
        .map(|(who, stored, plan)| prepare_one(profiles, delivery, around, set_hashes, who, stored, plan))
        .collect()
}

fn prepare_one(
    profiles: &Profiles,
    delivery: &Delivery,
    around: &Surroundings,
    set_hashes: &SetHashes,
    who: PatientRef,
    stored: Stored,
    plan: Plan,
) -> Prepared {
    let records = result(&stored, &plan);
    let Bytes { mut complete, late } = bytes_after(&stored, &plan, &records);
    complete.extend(stored.decisions.files().filter(|file| stored.complete.contains(*file)).map(str::to_owned));
    let by = (&delivery.hasher, &around.releases);
    let hash = set_hash(by, around.practice_hash, &records, &complete, &stored.decisions);
    let (parked, unparked) = parking(delivery, &plan);
    let mut prepared = Prepared { who, change: Change::Nothing, parked, unparked, problems: Vec::new(), late };
    if set_hashes.get(&who.patient) == Some(&hash) && !delivery.merges.contains_key(&who.patient) {
        return prepared;
    }
    let gone_content =
        stored.complete.difference(&complete).filter_map(|text| store::content::hash_from_hex(text)).collect();
    let record_count = i64::try_from(records.len()).unwrap_or(i64::MAX);
    let Some(dossier) = patient_records(records, complete, stored.decisions) else {
        if delivery.stored_patients.contains(&who.patient) {
            prepared.change = Change::Remove;
        }
        return prepared;
    };
    let with = (profiles, &around.releases);
    let (made, problems) = made::make(with, &delivery.hasher, &around.practice, &dossier, delivery.at);
    prepared.problems = problems;
    // Without a compressor nothing can be stored: the patient stays as it was, and the next import tries again.
    if let Ok(made) = made {
        prepared.change = Change::Replace(Box::new(Replacement {
            set_hash: hash,
            record_count,
            put: plan.put,
            delete: plan.delete,
            gone: plan.gone,
            gone_content,
            made,
        }));
    }
    prepared
}

/// Documents by the state of their bytes after a plan.
#[derive(Default)]
struct Bytes {
    /// All there, and they fit their hash.
    complete: BTreeSet<String>,
    /// All there once this delivery is stored, from more than one delivery: compared with their hash then.
    late: bool,
}

fn bytes_after(stored: &Stored, plan: &Plan, records: &BTreeMap<RecordRef, SourceRecord>) -> Bytes {
    let mut bytes = Bytes::default();
    let now = parts_of(plan.put.iter().map(|incoming| &incoming.record));
    for (sha256, (there, of)) in parts_of(records.values()) {
        let arrived = now.get(sha256).map_or(0, |(parts, _)| parts.len());
        if u32::try_from(there.len()) != Ok(of) {
            continue;
        }
        if stored.complete.contains(sha256) || arrived == there.len() {
            bytes.complete.insert(sha256.to_owned());
        } else if arrived > 0 {
            bytes.late = true;
        }
    }
    bytes
}

/// The parts of each document among these records, and how many there should be.
fn parts_of<'a>(records: impl Iterator<Item = &'a SourceRecord>) -> BTreeMap<&'a str, (BTreeSet<u32>, u32)> {
    let mut parts: BTreeMap<&str, (BTreeSet<u32>, u32)> = BTreeMap::new();
    for source in records {
        if let Op::Put(Body::Blob(blob), _) = &source.op {
            let (there, of) = parts.entry(&blob.sha256).or_default();
            there.insert(blob.part);
            *of = blob.parts;
        }
    }
    parts
}

fn parking(delivery: &Delivery, plan: &Plan) -> (Vec<store::parked::Parked>, Vec<RecordKey>) {
    let key_of = |incoming: &Incoming| delivery.hasher.record_key(incoming.record.t, &incoming.record.id);
    let came_now = |incoming: &&Incoming| incoming.line & super::receive::PARKED == 0;
    let parked = plan.parked.iter().map(|(incoming, _)| incoming).filter(came_now);
    let parked = parked.map(|incoming| store::parked::Parked {
        key: key_of(incoming),
        batch: delivery.received.header.batch.to_string(),
        line_no: incoming.line,
        body: incoming.text.clone(),
        parked_at: delivery.at.at,
    });
    let unparked = plan.put.iter().filter(|incoming| !came_now(incoming)).map(key_of).collect();
    (parked.collect(), unparked)
}
