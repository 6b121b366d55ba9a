//! The second look at a delivery: patient by patient, against what is stored, before anything is applied.
//!
//! Reads every bucket of the spool once. What it finds is complete when it ends, so that a delivery can be refused as a
//! whole (E-LIM-001, E-LIM-002) while nothing was touched yet.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::findings::Findings;
use super::plan::{Frame, Incoming, Plan, Stored, Unresolved, finding_at, plan};
use super::receive::{PARKED, Person, Received};
use super::spool::SpooledLine;
use super::{ImportError, Importer, stored};
use crate::domain::dossier::{Body, RecordRef, RecordType, SourceId};
use crate::domain::ids::{PatientId, PatientRef, RecordKey};
use crate::domain::time::Moment;
use crate::his::{BatchKind, Code, Op, SourceRecord, read_stored};
use crate::seal::IdHasher;
use crate::store::Tx;
use crate::store::practices::PracticeEntry;

/// A delivery that was read and is now looked at against the store.
pub(super) struct Delivery {
    /// The practice it is for.
    pub practice: PracticeEntry,
    /// It was made of a FHIR feed.
    pub feed: bool,
    /// Makes the practice's ids.
    pub hasher: IdHasher,
    /// What reading it yielded.
    pub received: Received,
    /// The instant of the import.
    pub at: Moment,
    /// Patients that are stored now.
    pub stored_patients: HashSet<PatientId>,
    /// Employees, and organisations and professionals outside the practice, known after this delivery.
    pub employees: HashSet<RecordRef>,
    /// Patients of whom nothing is applied.
    pub held: HashSet<SourceId>,
    /// For a patient that remains after a merge: those that end in it.
    pub merges: HashMap<PatientId, Vec<PatientId>>,
    /// Patients that share a citizen service number: to be blocked until a person resolves it.
    pub conflicts: HashSet<PatientId>,
}

impl Delivery {
    /// The patient's place in the store.
    pub fn place(&self, patient: &str) -> Result<PatientRef, ImportError> {
        let practice = self.practice.id;
        if patient.is_empty() {
            return Ok(PatientRef::practice_itself(practice));
        }
        let id: SourceId = patient.parse().map_err(|_| ImportError::Unreadable { table: "spool" })?;
        Ok(PatientRef { practice, patient: self.hasher.patient_id(&id) })
    }

    /// Does the delivery hold everything there is of this patient?
    pub fn is_complete_for(&self, patient: &PatientId) -> bool {
        let header = &self.received.header;
        match header.kind {
            BatchKind::Full => true,
            BatchKind::Patient => header.patients.iter().any(|id| self.hasher.patient_id(id) == *patient),
            BatchKind::Delta => false,
        }
    }

    /// Does it hold everything there is of the practice, in whichever format?
    pub fn is_whole(&self) -> bool {
        self.received.header.kind == BatchKind::Full && !self.feed
    }

    /// Plans the changes of one patient.
    pub fn plan(&self, patient: &PatientId, stored: &Stored, lines: Vec<Incoming>) -> Plan {
        let key_of = |record: &RecordRef| -> RecordKey { self.hasher.record_key(record.t, &record.id) };
        let kind = self.received.header.kind;
        let has_patient = |id: &SourceId| {
            let stays = !self.is_whole() && self.stored_patients.contains(&self.hasher.patient_id(id));
            self.received.people.contains_key(id) || stays
        };
        let frame = Frame {
            complete: self.is_complete_for(patient),
            feed: self.feed,
            at: self.at,
            employees: &self.employees,
            has_patient: &has_patient,
            refused: &self.received.refused,
            may_park: kind == BatchKind::Delta,
            key_of: &key_of,
        };
        plan(&frame, stored, lines)
    }

    /// What is stored of a patient; nothing for one that is new.
    pub async fn load(&self, importer: &Importer, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Stored, ImportError> {
        let mut all = self.load_one(importer, tx, who).await?;
        for from in self.merges.get(&who.patient).into_iter().flatten() {
            let from = PatientRef { practice: who.practice, patient: *from };
            let moved = stored::load(tx, &importer.sealer, &from).await?;
            all.known.extend(moved.known);
            let others = moved.records.into_iter().filter(|(record, _)| record.t != RecordType::Patient);
            for (record, source) in others {
                all.records.entry(record).or_insert(source);
            }
            all.complete.extend(moved.complete);
            moved.decisions.iter().for_each(|decision| all.decisions.add(decision.clone()));
        }
        Ok(all)
    }

    /// The patients of one bucket with their lines and what is stored of them; reading runs on a thread of its own.
    pub async fn work(
        self: &Arc<Self>,
        importer: &Importer,
        bucket: usize,
    ) -> Result<Vec<(String, PatientRef, Stored, Vec<Incoming>)>, ImportError> {
        let this = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let patients = this.received.spool.read(bucket)?;
            patients
                .into_iter()
                .map(|(patient, lines)| Ok((patient, read_lines(lines)?)))
                .collect::<Result<Vec<_>, ImportError>>()
        });
        let patients = reading.await.map_err(|_| ImportError::Interrupted)??;
        let mut work = Vec::with_capacity(patients.len());
        if patients.is_empty() {
            return Ok(work);
        }
        let mut tx = importer.store.read().await?;
        for (patient, lines) in patients {
            let who = self.place(&patient)?;
            let stored = self.load(importer, &mut tx, &who).await?;
            work.push((patient, who, stored, lines));
        }
        tx.close().await?;
        Ok(work)
    }

    async fn load_one(&self, importer: &Importer, tx: &mut Tx<'_>, who: &PatientRef) -> Result<Stored, ImportError> {
        if who.patient == PatientId::PRACTICE || self.stored_patients.contains(&who.patient) {
            stored::load(tx, &importer.sealer, who).await
        } else if self.stored_patients.is_empty() {
            Ok(Stored::default())
        } else {
            // Tombstones of a removed patient still refuse older versions.
            stored::versions(tx, who).await
        }
    }
}

/// Buckets looked at ahead of the one whose turn it is.
pub(super) const AHEAD: usize = 3;

/// Reads the spooled lines of one patient as records.
pub(super) fn read_lines(lines: Vec<SpooledLine>) -> Result<Vec<Incoming>, ImportError> {
    let read = |line: SpooledLine| {
        let record = read_stored(&line.text).map_err(|_| ImportError::Unreadable { table: "spool" })?;
        Ok(Incoming { line: line.number, record, text: line.text })
    };
    lines.into_iter().map(read).collect()
}

/// Looks at every patient; fills `findings` and the set of held patients.
pub(super) async fn check(
    importer: &Importer,
    mut delivery: Delivery,
    findings: &mut Findings,
) -> Result<Delivery, ImportError> {
    check_people(importer, &mut delivery, findings).await?;
    let shared = Arc::new(delivery);
    let buckets = shared.received.spool.buckets();
    let mut looks = stream::iter(0..buckets)
        .map(|bucket| {
            let (importer, delivery) = (importer.clone(), shared.clone());
            tokio::spawn(async move { look(&importer, &delivery, bucket).await })
        })
        .buffered(AHEAD);
    let (mut held, mut unresolved) = (HashSet::new(), Vec::new());
    while let Some(seen) = looks.next().await {
        for (source, plan) in seen.map_err(|_| ImportError::Interrupted)?? {
            if plan.held {
                held.extend(source.clone());
            }
            for finding in plan.findings {
                findings.add(source.as_ref(), finding);
            }
            unresolved.extend(plan.unresolved.into_iter().map(|missing| (source.clone(), missing)));
        }
    }
    drop(looks);
    let mut delivery = Arc::into_inner(shared).ok_or(ImportError::Interrupted)?;
    delivery.held.extend(held);
    blame_unresolved(importer, &delivery, unresolved, findings).await?;
    Ok(delivery)
}

/// What a look at one patient found; `put` and the like are left out, they are made again when they are applied.
type Seen = (Option<SourceId>, Plan);

/// Plans the patients of one bucket, computing on a thread of its own.
async fn look(importer: &Importer, delivery: &Arc<Delivery>, bucket: usize) -> Result<Vec<Seen>, ImportError> {
    let work = delivery.work(importer, bucket).await?;
    let delivery = delivery.clone();
    let planned = tokio::task::spawn_blocking(move || {
        let plan = |(patient, who, stored, lines): (String, PatientRef, Stored, Vec<Incoming>)| {
            let Plan { findings, unresolved, held, .. } = delivery.plan(&who.patient, &stored, lines);
            (patient.parse().ok(), Plan { findings, unresolved, held, ..Plan::default() })
        };
        work.into_iter().map(plan).collect()
    });
    planned.await.map_err(|_| ImportError::Interrupted)
}

/// Employees and outside organisations and professionals after this delivery: those it names, and the stored ones unless it is a complete set.
pub(super) async fn employees(importer: &Importer, delivery: &Delivery) -> Result<HashSet<RecordRef>, ImportError> {
    let mut employees = delivery.received.employees.clone();
    if !delivery.is_whole() {
        let mut tx = importer.store.read().await?;
        let who = PatientRef::practice_itself(delivery.practice.id);
        let stored = stored::load(&mut tx, &importer.sealer, &who).await?;
        tx.close().await?;
        let is_one = |key: &RecordRef| {
            matches!(key.t, RecordType::Employee | RecordType::Organization | RecordType::Professional)
        };
        employees.extend(stored.records.into_keys().filter(is_one));
    }
    Ok(employees)
}

/// E-ID-002 and W-ID-004: one number, or one e-mail address, with two live patients.
async fn check_people(
    importer: &Importer,
    delivery: &mut Delivery,
    findings: &mut Findings,
) -> Result<(), ImportError> {
    let people = &delivery.received.people;
    let mut by_number: HashMap<[u8; 32], Vec<&Person>> = HashMap::new();
    let mut by_email: HashMap<[u8; 32], Vec<&Person>> = HashMap::new();
    for person in people.values() {
        if let Some(hash) = person.bsn_hash {
            by_number.entry(hash).or_default().push(person);
        }
        if let Some(hash) = person.email_hash {
            by_email.entry(hash).or_default().push(person);
        }
    }
    let mut conflicts: HashSet<PatientId> = HashSet::new();
    let mut tx = importer.store.read().await?;
    for (hash, persons) in by_number {
        let others = if delivery.is_whole() {
            Vec::new()
        } else {
            others_with_number(&mut tx, delivery, &hash, &persons).await?
        };
        if persons.len() + others.len() > 1 {
            for person in persons {
                findings.add(
                    Some(&person.id),
                    finding_at(Code::BsnShared, &patient_ref(&person.id), person.line, "/d/bsn"),
                );
                delivery.held.insert(person.id.clone());
                conflicts.insert(delivery.hasher.patient_id(&person.id));
            }
            conflicts.extend(others);
        }
    }
    tx.close().await?;
    for persons in by_email.into_values().filter(|persons| persons.len() > 1) {
        for person in persons {
            findings.add(
                Some(&person.id),
                finding_at(Code::EmailShared, &patient_ref(&person.id), person.line, "/d/email"),
            );
        }
    }
    delivery.conflicts = conflicts;
    Ok(())
}

/// Stored patients with this number that this delivery neither names nor ends.
async fn others_with_number(
    tx: &mut Tx<'_>,
    delivery: &Delivery,
    hash: &[u8; 32],
    persons: &[&Person],
) -> Result<Vec<PatientId>, ImportError> {
    if delivery.stored_patients.is_empty() {
        return Ok(Vec::new());
    }
    let named: HashSet<PatientId> = delivery
        .received
        .people
        .keys()
        .chain(&delivery.received.ended_patients)
        .map(|id| delivery.hasher.patient_id(id))
        .collect();
    let found = crate::store::patients::find_by_bsn(tx, &delivery.practice.scope(), hash).await?;
    let same = |id: &PatientId| persons.iter().any(|person| delivery.hasher.patient_id(&person.id) == *id);
    Ok(found.into_iter().filter(|id| !named.contains(id) && !same(id)).collect())
}

fn patient_ref(id: &SourceId) -> RecordRef {
    RecordRef { t: RecordType::Patient, id: id.clone() }
}

/// E-REF-003 when the target belongs to another patient, else E-REF-001; a delta waits for what may still come.
async fn blame_unresolved(
    importer: &Importer,
    delivery: &Delivery,
    unresolved: Vec<(Option<SourceId>, Unresolved)>,
    findings: &mut Findings,
) -> Result<(), ImportError> {
    if unresolved.is_empty() {
        return Ok(());
    }
    let elsewhere = known_elsewhere(importer, delivery, &unresolved).await?;
    let mut blamed: HashSet<(u64, String)> = HashSet::new();
    for (patient, missing) in unresolved {
        let crosses = elsewhere.contains(&missing.target);
        let waits = delivery.received.header.kind == BatchKind::Delta && !crosses;
        let is_parked = missing.line & PARKED != 0;
        if !waits && !is_parked && blamed.insert((missing.line, missing.path.clone())) {
            let code = if crosses { Code::ReferenceCrosses } else { Code::ReferenceUnknown };
            findings.add(patient.as_ref(), finding_at(code, &missing.from, missing.line, &missing.path));
        }
    }
    Ok(())
}

/// Which of these targets exist, with whichever patient: in the store or in this delivery.
async fn known_elsewhere(
    importer: &Importer,
    delivery: &Delivery,
    unresolved: &[(Option<SourceId>, Unresolved)],
) -> Result<HashSet<RecordRef>, ImportError> {
    let targets: HashSet<&RecordRef> = unresolved.iter().map(|(_, missing)| &missing.target).collect();
    let keys: HashMap<RecordKey, &RecordRef> =
        targets.iter().map(|target| (delivery.hasher.record_key(target.t, &target.id), *target)).collect();
    let mut found = HashSet::new();
    if !delivery.is_whole() {
        let wanted: Vec<RecordKey> = keys.keys().copied().collect();
        let mut tx = importer.store.read().await?;
        let versions = crate::store::records::versions_of(&mut tx, &delivery.practice.scope(), &wanted).await?;
        tx.close().await?;
        let present =
            versions.iter().filter(|(_, version)| version.presence == crate::store::records::Presence::Present);
        found.extend(present.filter_map(|(key, _)| keys.get(key)).map(|target| (*target).clone()));
    }
    for bucket in 0..delivery.received.spool.buckets() {
        for lines in delivery.received.spool.read(bucket)?.into_values() {
            for incoming in read_lines(lines)? {
                let record = super::plan::key(&incoming.record);
                if targets.contains(&record) && is_put(&incoming.record) {
                    found.insert(record);
                }
            }
        }
    }
    Ok(found)
}

fn is_put(record: &SourceRecord) -> bool {
    matches!(record.op, Op::Put(..))
}

/// The merges of a delivery, by the patient that remains.
pub(super) fn merges(
    received: &Received,
    hasher: &IdHasher,
) -> Result<HashMap<PatientId, Vec<PatientId>>, ImportError> {
    let mut merges: HashMap<PatientId, Vec<PatientId>> = HashMap::new();
    for incoming in read_lines(received.spool.read_patient("")?)? {
        if let Op::Put(Body::Merge(merge), _) = incoming.record.op {
            merges.entry(hasher.patient_id(&merge.to)).or_default().push(hasher.patient_id(&merge.from));
        }
    }
    Ok(merges)
}
