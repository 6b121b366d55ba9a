//! What the store holds of a patient, read back as records; and records put together for rendering.

use std::collections::BTreeMap;

use super::ImportError;
use super::plan::{Known, Stored, key};
use crate::domain::decision::Decisions;
use crate::domain::dossier::{
    Body, PatientRecords, Practice, PracticeMark, PracticeRecords, Reach, Record, RecordRef, RecordType, SourceId,
};
use crate::domain::ids::{PatientId, PatientRef};
use crate::domain::time::Timestamp;
use crate::his::{Op, SourceRecord, read_stored};
use crate::seal::{Sealer, hex};
use crate::store::practices::PracticeEntry;
use crate::store::records::Presence;
use crate::store::{self, Tx};

/// Everything stored of one patient; the practice's own records under [`PatientId::PRACTICE`].
pub(super) async fn load(tx: &mut Tx<'_>, sealer: &Sealer, who: &PatientRef) -> Result<Stored, ImportError> {
    let mut stored = Stored::default();
    for row in store::records::for_patient(tx, sealer, who).await? {
        let known = Known { v: row.v, hash: row.hash, deleted: row.body.is_none() };
        stored.known.insert(row.key, known);
        if let Some(body) = row.body {
            let mut record = read_stored(&body).map_err(|_| ImportError::Unreadable { table: "record" })?;
            // Of a blob the stored text is less than what was delivered: the row remembers the delivered hash.
            record.content_hash = row.hash;
            stored.records.insert(key(&record), record);
        }
    }
    if who.patient != PatientId::PRACTICE {
        stored.complete = store::content::complete(tx, who).await?.iter().map(|hash| hex(hash)).collect();
        stored.decisions = store::decisions::that_count(tx, sealer, who).await?;
    }
    Ok(stored)
}

/// Versions alone, for a patient of whom nothing else is asked.
pub(super) async fn versions(tx: &mut Tx<'_>, who: &PatientRef) -> Result<Stored, ImportError> {
    let mut stored = Stored::default();
    for (key, version) in store::records::versions_for_patient(tx, who).await? {
        let deleted = version.presence == Presence::Tombstone;
        stored.known.insert(key, Known { v: version.v, hash: version.hash, deleted });
    }
    Ok(stored)
}

/// The patient as the mapper wants it; `None` when there is no patient record.
pub(super) fn patient_records(
    records: BTreeMap<RecordRef, SourceRecord>,
    complete_blobs: std::collections::BTreeSet<String>,
    decisions: Decisions,
) -> Option<PatientRecords> {
    let patient = records.values().find_map(|source| match &source.op {
        Op::Put(Body::Patient(patient), mark) => Some(record(source, mark, (**patient).clone())),
        _ => None,
    })?;
    let mut all = PatientRecords::of(patient);
    all.complete_blobs = complete_blobs;
    all.decisions = decisions;
    for SourceRecord { id, v, at, op, .. } in records.into_values() {
        if let Op::Put(body, mark) = op {
            all.put(Record { id, v, at, mark, d: body });
        }
    }
    Some(all)
}

/// The practice as the mapper wants it. Without a practice record, what was registered stands in.
pub(super) fn practice_records(
    records: &BTreeMap<RecordRef, SourceRecord>,
    entry: &PracticeEntry,
) -> Result<PracticeRecords, ImportError> {
    let delivered = records.values().find_map(|source| match &source.op {
        Op::Put(Body::Practice(practice), mark) => Some(record(source, mark, (**practice).clone())),
        _ => None,
    });
    let practice = match delivered {
        Some(practice) => practice,
        None => registered(entry)?,
    };
    let employees = records.values().filter_map(|source| match &source.op {
        Op::Put(Body::Employee(employee), mark) => {
            Some((source.id.clone(), record(source, mark, (**employee).clone())))
        }
        _ => None,
    });
    let organizations = records.values().filter_map(|source| match &source.op {
        Op::Put(Body::Organization(d), mark) => Some((source.id.clone(), record(source, mark, (**d).clone()))),
        _ => None,
    });
    let professionals = records.values().filter_map(|source| match &source.op {
        Op::Put(Body::Professional(d), mark) => Some((source.id.clone(), record(source, mark, (**d).clone()))),
        _ => None,
    });
    let shared = records.values().filter_map(|source| match &source.op {
        Op::Put(Body::SharedResource(d), mark) => Some((source.id.clone(), record(source, mark, (**d).clone()))),
        _ => None,
    });
    Ok(PracticeRecords {
        practice,
        shared: shared.collect(),
        employees: employees.collect(),
        organizations: organizations.collect(),
        professionals: professionals.collect(),
    })
}

fn registered(entry: &PracticeEntry) -> Result<Record<Practice>, ImportError> {
    let id: SourceId =
        RecordType::Practice.as_str().parse().map_err(|_| ImportError::Unreadable { table: "practice" })?;
    let d = Practice {
        name: entry.display_name.clone(),
        ura: entry.ura.clone(),
        agb: entry.agb.clone().unwrap_or_default(),
        org_type: None,
        reach: Reach::default(),
        settings: Vec::new(),
    };
    Ok(Record { id, v: 1, at: Timestamp::from_millis(0), mark: PracticeMark::default(), d })
}

fn record<T>(source: &SourceRecord, mark: &PracticeMark, d: T) -> Record<T> {
    Record { id: source.id.clone(), v: source.v, at: source.at, mark: mark.clone(), d }
}
