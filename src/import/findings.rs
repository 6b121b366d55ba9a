//! What was found wrong in a delivery: kept, counted, and held against the thresholds of E-LIM-002.

use std::collections::{BTreeMap, HashMap};

use crate::domain::dossier::SourceId;
use crate::his::{Code, Finding, Severity};

/// More findings than this are counted but no longer kept one by one.
const KEPT: usize = 20_000;
/// A delivery with more refused records than one in this many is refused as a whole.
const ONE_IN: u64 = 20;
/// So many refused records in one patient's set refuse the delivery as a whole.
const PER_PATIENT: u32 = 100;

/// The findings of one delivery.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    refused: u64,
    refused_by_patient: HashMap<SourceId, u32>,
    batch: bool,
    by_code: BTreeMap<&'static str, u64>,
}

impl Findings {
    /// Adds a finding about a record of this patient, or about no patient's.
    pub fn add(&mut self, patient: Option<&SourceId>, finding: Finding) {
        *self.by_code.entry(finding.code.as_str()).or_default() += 1;
        match finding.code.severity() {
            Severity::Batch => self.batch = true,
            Severity::Record => {
                self.refused += 1;
                if let Some(patient) = patient {
                    *self.refused_by_patient.entry(patient.clone()).or_default() += 1;
                }
            }
            Severity::Held | Severity::Warning => {}
        }
        // What refuses the whole delivery is always kept: it is the reason.
        if self.kept.len() < KEPT || finding.code.severity() == Severity::Batch {
            self.kept.push(finding);
        }
    }

    /// Adds E-LIM-002 when more than 5 % of the records, or 100 of one patient, were refused.
    pub fn judge_thresholds(&mut self, records: u64) {
        let too_many = self.refused * ONE_IN > records;
        let one_patient = self.refused_by_patient.values().any(|count| *count >= PER_PATIENT);
        if self.refused > 0 && (too_many || one_patient) {
            self.add(None, Finding::of_header(Code::TooManyRefused, None));
        }
    }

    /// Is the delivery as a whole refused?
    pub const fn refuse_the_batch(&self) -> bool {
        self.batch
    }

    /// How many records were refused.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// The findings in the order of their lines, and how many there were of each code.
    pub fn finish(mut self) -> (Vec<Finding>, BTreeMap<&'static str, u64>) {
        self.kept.sort_by(|a, b| (a.line, a.code.as_str(), &a.path).cmp(&(b.line, b.code.as_str(), &b.path)));
        (self.kept, self.by_code)
    }
}
