//! What was found wrong in a delivery: kept, counted, and held against the thresholds of E-LIM-002.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::dossier::{RecordRef, SourceId};
use crate::his::{Code, Finding, Severity};

/// More findings than this are counted but no longer kept one by one.
const KEPT: usize = 20_000;
/// Warnings leave room for what costs more.
const KEPT_WITH_WARNINGS: usize = KEPT / 2;
/// A delivery with more refused records than one in this many is refused as a whole.
const ONE_IN: u64 = 20;
/// So many refused records in one patient's set refuse the delivery as a whole.
const PER_PATIENT: u32 = 100;

/// A record that was refused by name, or that held its patient back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The record.
    pub record: RecordRef,
    /// Whose it is; `None` of the practice itself.
    pub patient: Option<SourceId>,
    /// The first thing that is wrong with it.
    pub finding: Finding,
}

/// The findings of one delivery.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<(Option<SourceId>, Finding)>,
    lost_refusals: bool,
    refused: u64,
    refused_by_patient: HashMap<SourceId, u32>,
    batch: bool,
    by_code: BTreeMap<&'static str, u64>,
}

impl Findings {
    /// Adds a finding about a record of this patient, or about no patient's.
    pub fn add(&mut self, patient: Option<&SourceId>, finding: Finding) {
        *self.by_code.entry(finding.code.as_str()).or_default() += 1;
        let severity = finding.code.severity();
        match severity {
            Severity::Batch => self.batch = true,
            Severity::Record => {
                self.refused += 1;
                if let Some(patient) = patient {
                    *self.refused_by_patient.entry(patient.clone()).or_default() += 1;
                }
            }
            Severity::Held | Severity::Warning => {}
        }
        let room = match severity {
            // What refuses the whole delivery is always kept: it is the reason.
            Severity::Batch => usize::MAX,
            Severity::Record | Severity::Held => KEPT,
            Severity::Warning => KEPT_WITH_WARNINGS,
        };
        if self.kept.len() < room {
            self.kept.push((patient.cloned(), finding));
        } else {
            self.lost_refusals |= severity != Severity::Warning;
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

    /// Was a refusal counted and not kept?
    pub const fn lost_refusals(&self) -> bool {
        self.lost_refusals
    }

    /// Every kept record that was refused by name or held its patient back, once.
    pub fn refusals(&self) -> Vec<Refusal> {
        let mut seen = HashSet::new();
        let costs = |finding: &Finding| matches!(finding.code.severity(), Severity::Record | Severity::Held);
        let refusals = self.kept.iter().filter(|(_, finding)| costs(finding)).filter_map(|(patient, finding)| {
            Some(Refusal { record: finding.record()?, patient: patient.clone(), finding: finding.clone() })
        });
        refusals.filter(|refusal| seen.insert(refusal.record.clone())).collect()
    }

    /// The findings in the order of their lines, and how many there were of each code.
    pub fn finish(self) -> (Vec<Finding>, BTreeMap<&'static str, u64>) {
        let mut kept: Vec<Finding> = self.kept.into_iter().map(|(_, finding)| finding).collect();
        kept.sort_by(|a, b| (a.line, a.code.as_str(), &a.path).cmp(&(b.line, b.code.as_str(), &b.path)));
        (kept, self.by_code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(code: Code, id: usize) -> Finding {
        let (t, id) = (Some("episode".to_owned()), Some(format!("x{id}")));
        Finding { code, line: Some(2), t, id, path: None }
    }

    #[test]
    fn a_record_is_refused_once_for_the_first_thing_that_is_wrong_with_it() {
        let mut findings = Findings::default();
        let patient: SourceId = "p1".parse().unwrap();
        findings.add(Some(&patient), about(Code::EndBeforeStart, 1));
        findings.add(Some(&patient), about(Code::IcpcForm, 1));
        findings.add(None, about(Code::ClosedWithoutEnd, 2));
        findings.add(None, about(Code::BsnShared, 3));
        findings.add(None, Finding::of_header(Code::TooManyRefused, None));
        let refusals = findings.refusals();
        let told: Vec<_> = refusals.iter().map(|refusal| (refusal.record.id.as_str(), refusal.finding.code)).collect();
        assert_eq!(told, [("x1", Code::EndBeforeStart), ("x3", Code::BsnShared)]);
        assert_eq!((refusals[0].patient.as_ref(), refusals[1].patient.as_ref()), (Some(&patient), None));
    }

    #[test]
    fn warnings_leave_room_for_refusals_and_a_lost_refusal_is_known() {
        let mut findings = Findings::default();
        for id in 0..KEPT {
            findings.add(None, about(Code::ClosedWithoutEnd, id));
        }
        for id in 0..KEPT - KEPT_WITH_WARNINGS {
            findings.add(None, about(Code::IcpcForm, id));
        }
        assert!(!findings.lost_refusals());
        findings.add(None, about(Code::IcpcForm, KEPT));
        assert!(findings.lost_refusals());
        assert_eq!(findings.refusals().len(), KEPT - KEPT_WITH_WARNINGS);
        assert_eq!(findings.finish().0.len(), KEPT);
    }
}
