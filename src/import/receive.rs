//! The first look at a delivery: every line read, judged on its own, and set aside.
//!
//! Runs on a thread of its own and touches nothing but the spool. Memory holds one line, the buffers of the spool, and a
//! few dozen bytes per patient.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use super::ImportError;
use super::findings::Findings;
use super::quarantine::Listed;
use super::spool::{FinishedSpool, Spool};
use crate::domain::bsn::Bsn;
use crate::domain::dossier::{Body, RecordRef, RecordType, SourceId};
use crate::his::{BatchError, BatchReader, Frame, Header, Op, SourceRecord, read_stored};

/// Set in the line number of a record that waited from an earlier delivery.
pub(super) const PARKED: u64 = 1 << 63;

/// A patient of the delivery, as far as people are compared with each other.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The HIS's id.
    pub id: SourceId,
    /// Line of the patient record.
    pub line: u64,
    /// Keyed hash of the citizen service number.
    pub bsn_hash: Option<[u8; 32]>,
    /// Hash of the e-mail address, trimmed and in lower case.
    pub email_hash: Option<[u8; 32]>,
}

/// What earlier deliveries left behind.
pub(super) struct Behind {
    /// Records that still wait, as lines of this delivery.
    pub waiting: Vec<(u64, Vec<u8>)>,
    /// Records that were not taken.
    pub quarantined: Listed,
}

/// A delivery that was read to its end.
pub(super) struct Received {
    /// Its first line.
    pub header: Header,
    /// SHA-256 over header and records: what makes a replay a replay.
    pub content_hash: [u8; 32],
    /// Validated lines by patient.
    pub spool: FinishedSpool,
    /// Lines between header and footer.
    pub records: u64,
    /// Records taken, by type.
    pub taken: BTreeMap<&'static str, u64>,
    /// Entries of which only S and O lines came: not stored.
    pub dropped: u64,
    /// Records that were refused on their own.
    pub refused: HashSet<RecordRef>,
    /// Patients with a record in this delivery.
    pub people: HashMap<SourceId, Person>,
    /// Patients this delivery deletes or merges away.
    pub ended_patients: HashSet<SourceId>,
    /// Employees, and organisations and professionals outside the practice, that this delivery names.
    pub employees: HashSet<RecordRef>,
    /// Patients of whom any line came.
    pub touched: HashSet<SourceId>,
    /// Records that were not taken from earlier deliveries.
    pub quarantined: Listed,
    /// Those of them that this delivery brings and that are right by themselves, each with the patient it names.
    pub came: HashMap<RecordRef, Option<SourceId>>,
}

/// How citizen service numbers of this practice are hashed.
pub(super) type HashNumber = Box<dyn Fn(&Bsn) -> [u8; 32] + Send>;

/// Reads the rest of a delivery whose header was read.
pub(super) fn receive<R: Read>(
    mut reader: BatchReader<R>,
    behind: Behind,
    frame: &Frame<'_>,
    hash_number: &HashNumber,
    findings: &mut Findings,
    progress: &dyn Fn(u64),
) -> Result<Option<Received>, ImportError> {
    let mut gathering = Gathering::new(behind.quarantined)?;
    for (number, text) in behind.waiting {
        let record = read_stored(&text).map_err(|_| ImportError::Unreadable { table: "parked" })?;
        gathering.spool.push(patient_of(&record), number, &text)?;
        gathering.touched.extend(record.pat);
    }
    let mut lines = 0_u64;
    loop {
        let next = match reader.next_record(frame) {
            Ok(next) => next,
            Err(error) => return rejected(error, findings),
        };
        let Some((line, outcome)) = next else { break };
        lines += 1;
        if lines.is_multiple_of(4096) {
            progress(lines);
        }
        gathering.take(outcome, line.number, line.bytes, hash_number, findings)?;
    }
    progress(lines);
    for warning in reader.warnings() {
        findings.add(None, warning.clone());
    }
    let header = reader.header().clone();
    let end = match reader.finish() {
        Ok(end) => end,
        Err(error) => return rejected(error, findings),
    };
    for warning in end.warnings {
        findings.add(None, warning);
    }
    Ok(Some(gathering.finish(header, end.sha256, end.records)?))
}

/// A delivery that breaks the format: what was found before stays in the report.
fn rejected(error: BatchError, findings: &mut Findings) -> Result<Option<Received>, ImportError> {
    match error {
        BatchError::Rejected(found) => {
            for finding in found {
                findings.add(None, finding);
            }
            Ok(None)
        }
        BatchError::Source(error) => Err(error.into()),
    }
}

struct Gathering {
    spool: Spool,
    taken: BTreeMap<&'static str, u64>,
    dropped: u64,
    refused: HashSet<RecordRef>,
    people: HashMap<SourceId, Person>,
    ended_patients: HashSet<SourceId>,
    employees: HashSet<RecordRef>,
    touched: HashSet<SourceId>,
    quarantined: Listed,
    came: HashMap<RecordRef, Option<SourceId>>,
}

impl Gathering {
    fn new(quarantined: Listed) -> Result<Self, ImportError> {
        Ok(Self {
            spool: Spool::new()?,
            taken: BTreeMap::new(),
            dropped: 0,
            refused: HashSet::new(),
            people: HashMap::new(),
            ended_patients: HashSet::new(),
            employees: HashSet::new(),
            touched: HashSet::new(),
            quarantined,
            came: HashMap::new(),
        })
    }

    fn take(
        &mut self,
        outcome: crate::his::Outcome,
        number: u64,
        bytes: &[u8],
        hash_number: &HashNumber,
        findings: &mut Findings,
    ) -> Result<(), ImportError> {
        for finding in outcome.findings {
            findings.add(outcome.patient.as_ref(), finding);
        }
        self.dropped += u64::from(outcome.dropped);
        match (outcome.record, outcome.named) {
            (Some(record), _) => {
                let text = record.stored.as_deref().unwrap_or(bytes);
                self.spool.push(patient_of(&record), number, text)?;
                self.note(&record, number, hash_number);
            }
            (None, Some(named)) => {
                self.refused.insert(named);
            }
            (None, None) => {}
        }
        Ok(())
    }

    fn note(&mut self, record: &SourceRecord, line: u64, hash_number: &HashNumber) {
        *self.taken.entry(record.t.as_str()).or_default() += 1;
        let patient = patient_of(record);
        if !patient.is_empty()
            && let Ok(patient) = patient.parse()
        {
            self.touched.insert(patient);
        }
        if !self.quarantined.is_empty() {
            let key = RecordRef { t: record.t, id: record.id.clone() };
            if self.quarantined.contains_key(&key) {
                self.came.insert(key, patient.parse().ok());
            }
        }
        match &record.op {
            Op::Put(Body::Patient(patient), _) => {
                let email = patient.email.as_deref().map(|email| email.trim().to_lowercase());
                let person = Person {
                    id: record.id.clone(),
                    line,
                    bsn_hash: patient.bsn.as_ref().map(hash_number),
                    email_hash: email.map(|email| crate::seal::sha256(email.as_bytes())),
                };
                self.people.insert(record.id.clone(), person);
            }
            Op::Put(Body::Employee(_) | Body::Organization(_) | Body::Professional(_), _) => {
                self.employees.insert(RecordRef { t: record.t, id: record.id.clone() });
            }
            Op::Put(Body::Merge(merge), _) => {
                self.ended_patients.insert(merge.from.clone());
            }
            Op::Delete if record.t == RecordType::Patient => {
                self.ended_patients.insert(record.id.clone());
            }
            _ => {}
        }
    }

    fn finish(self, header: Header, content_hash: [u8; 32], records: u64) -> Result<Received, ImportError> {
        Ok(Received {
            header,
            content_hash,
            spool: self.spool.finish()?,
            records,
            taken: self.taken,
            dropped: self.dropped,
            refused: self.refused,
            people: self.people,
            ended_patients: self.ended_patients,
            employees: self.employees,
            touched: self.touched,
            quarantined: self.quarantined,
            came: self.came,
        })
    }
}

/// Whose record it is; empty for the practice's own.
fn patient_of(record: &SourceRecord) -> &str {
    match (record.t, &record.pat) {
        (RecordType::Patient, _) => record.id.as_str(),
        (_, Some(patient)) => patient.as_str(),
        _ => "",
    }
}
