//! One line of a delivery: its envelope, and the record in it (his-source-data §4.1, §4.2).

use std::collections::HashSet;

use super::fields::{Fields, Path, Reading};
use super::finding::{Code, Finding, is_quotable};
use super::header::Format;
use super::json::{self, Object, Value};
use super::stored::{self, Unreadable};
use super::values::{id, instant, whole};
use super::{
    care, documents, laboratory, medication, network, other, people, practice, resource, results, social, supply,
    values,
};
use crate::domain::dossier::{Body, PracticeMark, RecordRef, RecordType, SourceId};
use crate::domain::time::Timestamp;

/// Types that are never exported, by the names they may go under (`E-POL-001`, his-source-data §4.2).
const NEVER_IMPORTED: [&str; 14] = [
    "note",
    "work_note",
    "worknote",
    "werkaantekening",
    "personal_note",
    "persoonlijke_aantekening",
    "memo",
    "task",
    "action",
    "additional_information",
    "additional_info",
    "aanvullende_informatie",
    "claim",
    "declaratie",
];

/// What reading a line depends on besides the line.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The present instant, for the checks on dates in the future.
    pub now: Timestamp,
    /// The numbers of the loaded NHG table 45; `None` without one, and then no number is checked against it.
    pub nhg45: Option<&'a HashSet<String>>,
    /// The version of the format, as the header says.
    pub format: Format,
}

/// The `t` of a line, as the footer counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineType {
    /// One of the record types, of either version of the format.
    Record(RecordType),
    /// Any other; empty when the delivered text does not look like a name.
    Other(String),
}

impl LineType {
    /// Reads a value of `t`.
    pub(super) fn of(text: &str) -> Self {
        match RecordType::find(text) {
            Some(t) => Self::Record(t),
            None if is_quotable(text) => Self::Other(text.to_owned()),
            None => Self::Other(String::new()),
        }
    }

    /// The name to put in a finding, if it may be written.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Record(t) => Some(t.as_str()),
            Self::Other(name) => Some(name.as_str()).filter(|name| !name.is_empty()),
        }
    }
}

/// What a record wants to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Store this, in place of any older version.
    Put(Body, PracticeMark),
    /// Remove it.
    Delete,
}

/// A record whose every field was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecord {
    /// Its type.
    pub t: RecordType,
    /// The HIS's id.
    pub id: SourceId,
    /// The version, from 1.
    pub v: u64,
    /// What is to be done.
    pub op: Op,
    /// The patient; present exactly for patient-bound types.
    pub pat: Option<SourceId>,
    /// When the HIS last changed it.
    pub at: Timestamp,
    /// SHA-256 over `op` and `d` as dvza keeps them, white space and dropped lines left out. Equal content gives
    /// equal hashes, delivered or read from the store (`E-SEQ-002`).
    pub content_hash: [u8; 32],
    /// The JSON text to keep instead of the delivered bytes, when something was dropped from them; `None`: keep
    /// the bytes as they came. [`read_stored`] reads both.
    pub stored: Option<Vec<u8>>,
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The line's `t`, for the counts of the footer; `None` when it cannot be read.
    pub t: Option<LineType>,
    /// The record; `None` when it is refused.
    pub record: Option<SourceRecord>,
    /// Type and id, as far as the line names both, also of a refused one.
    pub named: Option<RecordRef>,
    /// The patient the line names, also of a refused one.
    pub patient: Option<SourceId>,
    /// Everything there is to say about the line, warnings included.
    pub findings: Vec<Finding>,
    /// An entry of S and O lines only, which is not stored. Its record then is a [`Op::Delete`], so that nothing of
    /// an older version stays; where nothing was stored there is nothing to do.
    pub dropped: bool,
}

/// Reads one delivered line, without its LF. All faults are reported, not the first only.
///
/// A line `header` or `footer` is out of place here and reported as such (`E-FMT-002`, `E-FMT-003`).
pub fn read_record(line: &[u8], line_no: u64, frame: &Frame<'_>) -> Outcome {
    read_line(line, line_no, Reading::delivered(frame.format, frame.now, frame.nhg45))
}

/// Reads a line that [`read_record`] accepted before and the store kept.
///
/// Checks against the clock and the code tables are not made again, and a line of an entry keeps the place it
/// had before S and O lines were dropped.
///
/// # Errors
/// [`Unreadable`] when the text does not follow the format: it was altered, or written by another version.
pub fn read_stored(line: &[u8]) -> Result<SourceRecord, Unreadable> {
    let outcome = read_line(line, 0, Reading::stored());
    outcome.record.ok_or_else(|| Unreadable::because(&outcome.findings))
}

fn read_line(line: &[u8], line_no: u64, reading: Reading<'_>) -> Outcome {
    let Ok(Value::Object(object)) = json::parse(line) else {
        reading.report(Code::LineUnreadable, &Path::Line);
        let findings = reading.into_findings(line_no, None, None);
        return Outcome { t: None, record: None, named: None, patient: None, findings, dropped: false };
    };
    if reading.is_stored && stored::is_of_two(&object) {
        reading.read_by_two();
    }
    let t = read_type(&object, &reading);
    let record = match &t {
        Some(LineType::Record(t)) if is_read(*t, &reading) => record(*t, &object, &reading),
        _ => None,
    };
    let dropped = record.as_ref().is_some_and(is_empty_entry);
    let record =
        if dropped { record.map(|record| SourceRecord { op: Op::Delete, stored: None, ..record }) } else { record };
    let id = object.get("id").and_then(|value| self::id(value).ok());
    let name = t.as_ref().and_then(LineType::name);
    let findings = reading.into_findings(line_no, name, id.as_ref().map(SourceId::as_str));
    let named = match &t {
        Some(LineType::Record(t)) => id.map(|id| RecordRef { t: *t, id }),
        _ => None,
    };
    let patient = match &named {
        Some(RecordRef { t: RecordType::Patient, id }) => Some(id.clone()),
        _ => object.get("pat").and_then(|value| self::id(value).ok()),
    };
    Outcome { t, record, named, patient, findings, dropped }
}

/// Reads `t` and reports a type that has no business here; nothing else is said about such a line then.
fn read_type(line: &Object<'_>, reading: &Reading<'_>) -> Option<LineType> {
    let at = Path::Member(&Path::Line, "t");
    let text = match line.get("t") {
        Some(Value::Text(text)) => text,
        Some(_) => {
            reading.report(Code::WrongType, &at);
            return None;
        }
        None => {
            reading.report(Code::Missing, &at);
            return None;
        }
    };
    let t = LineType::of(text);
    if let LineType::Record(t) = &t
        && !is_read(*t, reading)
    {
        reading.report(Code::TypeUnknown, &at);
    }
    if let LineType::Other(name) = &t {
        match name.as_str() {
            "header" => reading.report(Code::HeaderInvalid, &Path::Line),
            "footer" => reading.report(Code::FooterInvalid, &Path::Line),
            name if NEVER_IMPORTED.contains(&name) => reading.report(Code::NeverImported, &at),
            _ => reading.report(Code::TypeUnknown, &at),
        }
    }
    Some(t)
}

/// Has the version of the format this type?
fn is_read(t: RecordType, reading: &Reading<'_>) -> bool {
    t.is_of_his_1() || reading.reads_two()
}

fn record(t: RecordType, object: &Object<'_>, reading: &Reading<'_>) -> Option<SourceRecord> {
    if !t.is_of_his_1() {
        reading.note_two();
    }
    let mut line = Fields::new(object, Path::Line, reading);
    line.take("t");
    if reading.is_stored {
        line.take(stored::FORMAT);
    }
    let id = line.required("id", id);
    let v = line.required("v", whole(1..=u64::MAX));
    let pat = patient_id(t, &mut line);
    let at = line.required("at", instant);
    let op = operation(t, &mut line, reading);
    line.close();
    if reading.refuses() {
        return None;
    }
    let op = op?;
    let content = stored::content(object, &op, reading);
    Some(SourceRecord { t, id: id?, v: v?, op, pat, at: at?, content_hash: content.hash, stored: content.text })
}

/// The patient, where the type has one. On the others the member is out of place, not merely unknown.
fn patient_id(t: RecordType, line: &mut Fields<'_>) -> Option<SourceId> {
    if t.is_patient_bound() {
        return line.required("pat", id);
    }
    if line.take("pat").is_some() {
        line.report_at(Code::WrongForm, "pat");
    }
    None
}

fn operation(t: RecordType, line: &mut Fields<'_>, reading: &Reading<'_>) -> Option<Op> {
    let op = match line.take("op") {
        Some(Value::Text(op)) => op.as_ref(),
        _ => "",
    };
    let (code, place) = match (op, line.take("d")) {
        ("put", Some(Value::Object(d))) => return put(t, d, reading),
        ("del", None) => return Some(Op::Delete),
        ("put", None | Some(Value::Null)) | ("del", Some(_)) => (Code::OperationInvalid, "d"),
        ("put", Some(_)) => (Code::WrongType, "d"),
        _ => (Code::OperationInvalid, "op"),
    };
    line.report_at(code, place);
    None
}

fn put(t: RecordType, object: &Object<'_>, reading: &Reading<'_>) -> Option<Op> {
    let mut d = Fields::new(object, Path::Member(&Path::Line, "d"), reading);
    let mut mark = if t.is_patient_bound() { mark(&mut d) } else { PracticeMark::default() };
    let body = body(t, &mut d);
    mark.hidden |= d.close() && t.is_patient_bound();
    Some(Op::Put(body?, mark))
}

/// The practice's own mark, which any patient-bound record may carry (release-rules §15.15).
fn mark(d: &mut Fields<'_>) -> PracticeMark {
    PracticeMark { hidden: d.is_set("hidden_by_practice"), reason: d.optional("hidden_reason", values::words) }
}

/// Was every line of the entry dropped?
fn is_empty_entry(record: &SourceRecord) -> bool {
    matches!(&record.op, Op::Put(Body::Entry(entry), _) if entry.lines.is_empty())
}

pub(super) fn body(t: RecordType, d: &mut Fields<'_>) -> Option<Body> {
    Some(match t {
        RecordType::Practice => Body::Practice(Box::new(practice::practice(d)?)),
        RecordType::Employee => Body::Employee(Box::new(people::employee(d)?)),
        RecordType::Patient => Body::Patient(Box::new(people::patient(d)?)),
        RecordType::Release => Body::Release(Box::new(people::release(d)?)),
        RecordType::Representative => Body::Representative(Box::new(people::representative(d)?)),
        RecordType::Merge => Body::Merge(people::merge(d)?),
        RecordType::Episode => Body::Episode(Box::new(care::episode(d)?)),
        RecordType::Contact => Body::Contact(Box::new(care::contact(d)?)),
        RecordType::Entry => Body::Entry(care::entry(d)?),
        RecordType::Medication => Body::Medication(Box::new(medication::medication(d)?)),
        RecordType::Allergy => Body::Allergy(Box::new(medication::allergy(d)?)),
        RecordType::Contraindication => Body::Contraindication(Box::new(medication::contraindication(d)?)),
        RecordType::Observation => Body::Observation(Box::new(results::observation(d)?)),
        RecordType::Report => Body::Report(Box::new(results::report(d)?)),
        RecordType::Treatment => Body::Treatment(Box::new(other::treatment(d)?)),
        RecordType::Prophylaxis => Body::Prophylaxis(Box::new(other::prophylaxis(d)?)),
        RecordType::Vaccination => Body::Vaccination(Box::new(other::vaccination(d)?)),
        RecordType::Alert => Body::Alert(Box::new(other::alert(d)?)),
        RecordType::Document => Body::Document(Box::new(documents::document(d)?)),
        RecordType::Blob => Body::Blob(Box::new(documents::blob(d)?)),
        RecordType::Referral => Body::Referral(Box::new(other::referral(d)?)),
        RecordType::Appointment => Body::Appointment(Box::new(other::appointment(d)?)),
        RecordType::Organization => Body::Organization(Box::new(network::organization(d)?)),
        RecordType::Professional => Body::Professional(Box::new(network::professional(d)?)),
        RecordType::ContactPerson => Body::ContactPerson(Box::new(network::contact_person(d)?)),
        RecordType::Payer => Body::Payer(Box::new(network::payer(d)?)),
        RecordType::MedicationUse => Body::MedicationUse(Box::new(supply::medication_use(d)?)),
        RecordType::DispenseRequest => Body::DispenseRequest(Box::new(supply::dispense_request(d)?)),
        RecordType::AdministrationAgreement => {
            Body::AdministrationAgreement(Box::new(supply::administration_agreement(d)?))
        }
        RecordType::Dispense => Body::Dispense(Box::new(supply::dispense(d)?)),
        RecordType::Specimen => Body::Specimen(Box::new(laboratory::specimen(d)?)),
        RecordType::Order => Body::Order(Box::new(laboratory::order(d)?)),
        RecordType::Directive => Body::Directive(Box::new(social::directive(d)?)),
        RecordType::AdvanceDirective => Body::AdvanceDirective(Box::new(social::advance_directive(d)?)),
        RecordType::Lifestyle => Body::Lifestyle(Box::new(social::lifestyle(d)?)),
        RecordType::LivingSituation => Body::LivingSituation(Box::new(social::living_situation(d)?)),
        RecordType::FunctionalStatus => Body::FunctionalStatus(Box::new(social::functional_status(d)?)),
        RecordType::Device => Body::Device(Box::new(social::device(d)?)),
        RecordType::Resource => Body::Resource(Box::new(resource::of_patient(d)?)),
        RecordType::SharedResource => Body::SharedResource(Box::new(resource::shared(d)?)),
    })
}
