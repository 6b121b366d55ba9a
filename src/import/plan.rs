//! What one patient's lines of a delivery change, and what is wrong with them together. Pure.
//!
//! A single line was judged when it was read. Here: versions against what is stored (E-SEQ-002, W-SEQ-003), references
//! (E-REF-001/003, or parked in a delta), duplicate deelcontacten (E-VAL-015), documents against their bytes
//! (E-VAL-018), a changed citizen service number (E-ID-003), and an open dossier of somebody under 16 (E-POL-005).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::domain::bsn::Bsn;
use crate::domain::decision::Decisions;
use crate::domain::dossier::{Block, Body, DossierState, RecordRef, RecordType, RequestMode, SourceId};
use crate::domain::ids::RecordKey;
use crate::domain::time::{Moment, is_at_least};
use crate::his::feed::is_fed_patient;
use crate::his::{Code, Finding, Op, Scope, SourceRecord};

/// The youngest age at which a dossier may open without a person looking at it (R-DR-04).
const ADULT: i16 = 16;

/// A stored record as far as versions matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its version.
    pub v: u64,
    /// SHA-256 of its content.
    pub hash: [u8; 32],
    /// It is a tombstone.
    pub deleted: bool,
}

/// A record of the delivery with the number of its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Incoming {
    /// Line number.
    pub line: u64,
    /// The record.
    pub record: SourceRecord,
    /// The line as it is stored.
    pub text: Vec<u8>,
}

/// What the store holds of this patient (or of the practice itself).
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// Versions of all records and tombstones; of a tombstone only the key is left.
    pub known: HashMap<RecordKey, Known>,
    /// The records that are not tombstones.
    pub records: BTreeMap<RecordRef, SourceRecord>,
    /// Documents whose bytes are complete, by hash.
    pub complete: BTreeSet<String>,
    /// What the practice decided about this patient.
    pub decisions: Decisions,
}

/// What the patient's lines are judged against.
pub(super) struct Frame<'a> {
    /// The delivery holds everything there is of this patient: what it does not name is gone.
    pub complete: bool,
    /// It is a feed: it is complete in what feeds bring, and says nothing about what came in other formats.
    pub feed: bool,
    /// The instant of the import.
    pub at: Moment,
    /// Employees, and organisations and professionals outside the practice, known after this delivery.
    pub employees: &'a HashSet<RecordRef>,
    /// Is this patient known after this delivery?
    pub has_patient: &'a (dyn Fn(&SourceId) -> bool + Sync),
    /// Records of this delivery that were refused: what names them is not blamed a second time.
    pub refused: &'a HashSet<RecordRef>,
    /// A delta parks records that name what has not come yet.
    pub may_park: bool,
    /// The key under which a record is stored.
    pub key_of: &'a (dyn Fn(&RecordRef) -> RecordKey + Sync),
}

/// What changes of one patient, and what was found.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Records to store: new ones and new versions.
    pub put: Vec<Incoming>,
    /// Records to replace by a tombstone.
    pub delete: Vec<Incoming>,
    /// Stored records that a complete set no longer names.
    pub gone: Vec<RecordRef>,
    /// Records that wait for what they name.
    pub parked: Vec<(Incoming, String)>,
    /// References to nothing known: the target may belong to another patient.
    pub unresolved: Vec<Unresolved>,
    /// Findings about records.
    pub findings: Vec<Finding>,
    /// The patient is held back: nothing of this delivery is applied.
    pub held: bool,
    /// Lines that changed nothing.
    pub unchanged: u64,
}

/// A reference whose target is neither in the delivery's set of this patient nor stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unresolved {
    /// The record that names it.
    pub from: RecordRef,
    /// Its line.
    pub line: u64,
    /// The member, as JSON Pointer into the line.
    pub path: String,
    /// What it names.
    pub target: RecordRef,
}

impl Plan {
    /// Does the delivery change anything of this patient?
    pub fn changes_something(&self) -> bool {
        !(self.put.is_empty() && self.delete.is_empty() && self.gone.is_empty())
    }
}

/// Plans the changes of one patient.
pub(super) fn plan(frame: &Frame<'_>, stored: &Stored, lines: Vec<Incoming>) -> Plan {
    let mut plan = Plan::default();
    let named: HashSet<RecordRef> = lines.iter().map(|incoming| key(&incoming.record)).collect();
    let mut known = stored.known.clone();
    for incoming in lines {
        sort_by_version(&mut plan, frame, &mut known, incoming);
    }
    if frame.complete {
        // A record that was refused is not unmentioned: what is stored of it stays.
        let unmentioned = |record: &&RecordRef| !named.contains(*record) && !frame.refused.contains(*record);
        let mut gone: Vec<RecordRef> = stored.records.keys().filter(unmentioned).cloned().collect();
        // With the patient goes everything that hangs on it.
        if frame.feed && !gone.iter().any(|record| record.t == RecordType::Patient && is_fed(record)) {
            gone.retain(is_fed);
        }
        plan.gone = gone;
    }
    check_identity(&mut plan, stored);
    check_minor(&mut plan, frame, stored);
    check_entries(&mut plan, frame, stored);
    check_documents(&mut plan, stored);
    check_references(&mut plan, frame, stored);
    plan
}

/// Is it of those that a feed is translated to?
pub(super) fn is_fed(record: &RecordRef) -> bool {
    match record.t {
        RecordType::Resource | RecordType::SharedResource | RecordType::Blob => true,
        RecordType::Patient => is_fed_patient(&record.id),
        _ => false,
    }
}

/// The records of the patient after the plan, by type and id.
pub(super) fn result(stored: &Stored, plan: &Plan) -> BTreeMap<RecordRef, SourceRecord> {
    let mut records = stored.records.clone();
    for record in &plan.gone {
        records.remove(record);
    }
    for incoming in &plan.delete {
        records.remove(&key(&incoming.record));
    }
    for incoming in &plan.put {
        records.insert(key(&incoming.record), incoming.record.clone());
    }
    records
}

/// Type and id of a record.
pub(super) fn key(record: &SourceRecord) -> RecordRef {
    RecordRef { t: record.t, id: record.id.clone() }
}

fn sort_by_version(plan: &mut Plan, frame: &Frame<'_>, known: &mut HashMap<RecordKey, Known>, incoming: Incoming) {
    let record = &incoming.record;
    let deleted = matches!(record.op, Op::Delete);
    let stored_under = (frame.key_of)(&key(record));
    if let Some(stored) = known.get(&stored_under) {
        if record.v < stored.v {
            plan.findings.push(finding(Code::VersionOlder, &incoming, "/v"));
            return;
        }
        if record.v == stored.v {
            if stored.deleted != deleted || stored.hash != record.content_hash {
                plan.findings.push(finding(Code::VersionReused, &incoming, "/v"));
            } else {
                plan.unchanged += 1;
            }
            return;
        }
    }
    let before = known.insert(stored_under, Known { v: record.v, hash: record.content_hash, deleted });
    if before.is_some() {
        // The delivery may have named it before, in an older version.
        let same = |other: &Incoming| other.record.t == record.t && other.record.id == record.id;
        plan.put.retain(|other| !same(other));
        plan.delete.retain(|other| !same(other));
    }
    if deleted { plan.delete.push(incoming) } else { plan.put.push(incoming) }
}

/// E-ID-003: a patient id that changes its number without a merge holds the patient back.
fn check_identity(plan: &mut Plan, stored: &Stored) {
    let number = |record: &SourceRecord| -> Option<Bsn> {
        match &record.op {
            Op::Put(Body::Patient(patient), _) => patient.bsn.clone(),
            _ => None,
        }
    };
    let mut found = Vec::new();
    for incoming in plan.put.iter().filter(|incoming| incoming.record.t == RecordType::Patient) {
        let before = stored.records.get(&key(&incoming.record)).and_then(number);
        let after = number(&incoming.record);
        if before.is_some() && after.is_some() && before != after {
            found.push(finding(Code::BsnChanged, incoming, "/d/bsn"));
        }
    }
    plan.held |= !found.is_empty();
    plan.findings.append(&mut found);
}

/// E-POL-005: an open dossier of somebody under 16 with automatic handling.
fn check_minor(plan: &mut Plan, frame: &Frame<'_>, stored: &Stored) {
    let birth =
        plan.put.iter().map(|incoming| &incoming.record).chain(stored.records.values()).find_map(
            |record| match &record.op {
                Op::Put(Body::Patient(patient), _) => Some(patient.birth),
                _ => None,
            },
        );
    let is_adult = birth.is_some_and(|birth| is_at_least(ADULT, birth, frame.at.today));
    let mut found = Vec::new();
    for incoming in &plan.put {
        let Op::Put(Body::Release(release), _) = &incoming.record.op else { continue };
        let auto = release.state == DossierState::Open && release.mode == Some(RequestMode::Auto);
        if auto && release.block == Block::None && !is_adult {
            found.push(finding(Code::MinorOpenedByItself, incoming, "/d/state"));
        }
    }
    plan.held |= !found.is_empty();
    plan.findings.append(&mut found);
}

/// E-VAL-015: two deelcontacten with one place in a contact; the later line is the wrong one.
fn check_entries(plan: &mut Plan, frame: &Frame<'_>, stored: &Stored) {
    let place = |record: &SourceRecord| match &record.op {
        Op::Put(Body::Entry(entry), _) => Some((entry.contact.clone(), entry.seq)),
        _ => None,
    };
    let mut taken: HashMap<(SourceId, u32), RecordRef> = HashMap::new();
    if !frame.complete {
        let stays =
            |record: &RecordRef| !plan.put.iter().chain(&plan.delete).any(|incoming| key(&incoming.record) == *record);
        for (record, source) in stored.records.iter().filter(|(record, _)| record.t == RecordType::Entry) {
            if let Some(place) = place(source).filter(|_| stays(record)) {
                taken.insert(place, record.clone());
            }
        }
    }
    refuse(plan, |incoming| {
        let place = place(&incoming.record)?;
        let record = key(&incoming.record);
        match taken.get(&place) {
            Some(other) if *other != record => Some((Code::SequenceTaken, "/d/seq".to_owned())),
            _ => {
                taken.insert(place, record);
                None
            }
        }
    });
}

/// E-VAL-018: the bytes came, and they are not those the document announced. Their parts are not kept either.
fn check_documents(plan: &mut Plan, stored: &Stored) {
    let mut parts: BTreeMap<&str, BTreeMap<u32, &[u8]>> = BTreeMap::new();
    let mut expected: HashMap<&str, u32> = HashMap::new();
    for incoming in &plan.put {
        if let Op::Put(Body::Blob(blob), _) = &incoming.record.op {
            parts.entry(&blob.sha256).or_default().insert(blob.part, &blob.data);
            expected.insert(&blob.sha256, blob.parts);
        }
    }
    let mut wrong: HashSet<String> = HashSet::new();
    let mut sizes: HashMap<String, u64> = HashMap::new();
    for (sha256, parts) in &parts {
        let complete = expected.get(sha256).is_some_and(|count| u32::try_from(parts.len()) == Ok(*count));
        if complete && !stored.complete.contains(*sha256) {
            let (hash, size) = hash_of(parts.values().copied());
            if hash != **sha256 {
                wrong.insert((*sha256).to_owned());
            }
            sizes.insert((*sha256).to_owned(), size);
        }
    }
    if sizes.is_empty() {
        return;
    }
    refuse(plan, |incoming| match &incoming.record.op {
        Op::Put(Body::Document(document), _) if wrong.contains(&document.sha256) => {
            Some((Code::HashMismatch, "/d/sha256".to_owned()))
        }
        Op::Put(Body::Document(document), _) if sizes.get(&document.sha256).is_some_and(|n| *n != document.size) => {
            Some((Code::HashMismatch, "/d/size".to_owned()))
        }
        _ => None,
    });
    plan.put.retain(|incoming| match &incoming.record.op {
        Op::Put(Body::Blob(blob), _) => !wrong.contains(&blob.sha256),
        _ => true,
    });
}

/// SHA-256 in lower-case hex, and size, of a document's parts in their order.
pub(super) fn hash_of<'a>(parts: impl Iterator<Item = &'a [u8]>) -> (String, u64) {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut size = 0;
    for part in parts {
        context.update(part);
        size += part.len() as u64;
    }
    (crate::seal::hex(context.finish().as_ref()), size)
}

/// References must lead to a record of the same patient, or to an employee.
fn check_references(plan: &mut Plan, frame: &Frame<'_>, stored: &Stored) {
    let mut there: HashSet<RecordRef> = plan.put.iter().map(|incoming| key(&incoming.record)).collect();
    let ended: HashSet<RecordRef> =
        plan.delete.iter().map(|incoming| key(&incoming.record)).chain(plan.gone.iter().cloned()).collect();
    there.extend(stored.records.keys().filter(|record| !ended.contains(*record)).cloned());
    let mut put = Vec::with_capacity(plan.put.len());
    for incoming in std::mem::take(&mut plan.put) {
        let missing = missing_targets(&incoming, frame, &there);
        if missing.is_empty() {
            put.push(incoming);
            continue;
        }
        let path = missing[0].path.clone();
        plan.unresolved.extend(missing);
        if frame.may_park {
            plan.parked.push((incoming, path));
        }
    }
    plan.put = put;
}

fn missing_targets(incoming: &Incoming, frame: &Frame<'_>, there: &HashSet<RecordRef>) -> Vec<Unresolved> {
    let from = key(&incoming.record);
    let absent = |target: &RecordRef, scope: Scope| match (scope, target.t) {
        (Scope::Practice, RecordType::Patient) => !(frame.has_patient)(&target.id),
        (Scope::Practice, _) => !frame.employees.contains(target),
        (Scope::SamePatient, _) => !there.contains(target),
    };
    let unresolved = |path: String, target| Unresolved { from: from.clone(), line: incoming.line, path, target };
    let owner = incoming.record.pat.iter().map(|id| RecordRef { t: RecordType::Patient, id: id.clone() });
    let owner = owner.filter(|owner| !there.contains(owner) && !frame.refused.contains(owner));
    let named = incoming.record.references().into_iter().filter_map(|reference| {
        let target = RecordRef { t: reference.t, id: reference.id.clone() };
        let is_missing = absent(&target, reference.scope) && !frame.refused.contains(&target);
        is_missing.then(|| unresolved(reference.path(), target))
    });
    owner.map(|owner| unresolved("/pat".to_owned(), owner)).chain(named).collect()
}

/// Takes out of the plan what `fault` finds wrong, with its finding.
fn refuse(plan: &mut Plan, mut fault: impl FnMut(&Incoming) -> Option<(Code, String)>) {
    let mut put = Vec::with_capacity(plan.put.len());
    for incoming in std::mem::take(&mut plan.put) {
        match fault(&incoming) {
            Some((code, path)) => plan.findings.push(finding(code, &incoming, &path)),
            None => put.push(incoming),
        }
    }
    plan.put = put;
}

/// A finding about a record of the delivery.
pub(super) fn finding(code: Code, incoming: &Incoming, path: &str) -> Finding {
    finding_at(code, &key(&incoming.record), incoming.line, path)
}

/// A finding about a record by name and line, in whichever delivery the line came.
pub(super) fn finding_at(code: Code, record: &RecordRef, line: u64, path: &str) -> Finding {
    Finding {
        code,
        line: Some(line & !super::receive::PARKED),
        t: Some(record.t.as_str().to_owned()),
        id: Some(record.id.as_str().to_owned()),
        path: Some(path.to_owned()),
    }
}
