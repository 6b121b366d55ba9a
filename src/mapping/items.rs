//! The facts release looks at: one item per record and per line, without any clinical text and in no FHIR release.
//!
//! What they mean and who may see what is `domain::release`; nothing is decided here.

use crate::domain::dossier::{
    AdministrationAgreement, AdvanceDirective, Alert, Allergy, AllergyCategory, Appointment, Block, Contact,
    ContactPerson, ContraIndication, Device, Directive, Dispense, DispenseRequest, Document, DossierState, Entry,
    Episode, Line, Medication, MedicationUse, Observation, ObservationValue, Order, PatientRecords, Payer,
    PracticeMark, Prophylaxis, Record, RecordType, Referral, Report, Representative, SourceId, Specimen, Supply,
    Treatment, Vaccination,
};
use crate::domain::release::{Item, ItemKey, Marks, ResultFacts, Subject, Topic, ValueKind};
use crate::mapping::parts::threads::Threads;

/// The only media type a document is served in (R-DOC-08).
pub(super) const PDF: &str = "application/pdf";

/// What the gates look at.
pub(super) fn subject(records: &PatientRecords) -> Subject {
    let patient = &records.patient.d;
    let release = records.release.as_ref();
    Subject {
        birth: patient.birth,
        deceased: patient.deceased.is_some(),
        status: patient.status,
        has_bsn: patient.bsn.is_some(),
        bsn_verified: patient.bsn_verified,
        block: release.map_or(Block::None, |record| record.d.block),
        state: release.map_or(DossierState::None, |record| record.d.state),
        opened_at: release.and_then(|record| record.d.opened_at),
        state_at: release.map(|record| record.at),
        patient_hidden: release.map_or_else(Vec::new, |record| record.d.patient_hidden.clone()),
        back_catalogue: release.map_or_else(Vec::new, |record| record.d.back_catalogue.clone()),
        results_wait: None,
    }
}

/// The patient's own data.
pub(super) fn person(records: &PatientRecords) -> Item {
    item(RecordType::Patient, &records.patient, &[], Topic::Person)
}

/// The laboratories the patient's results name. They have no record: the item is named after the practice.
pub(super) fn laboratories(practice: &SourceId) -> Item {
    Item {
        key: ItemKey::record(RecordType::Practice, practice),
        marks: Marks::default(),
        episodes: Vec::new(),
        topic: Topic::Provider,
    }
}

/// An episode.
pub(super) fn episode(record: &Record<Episode>) -> Item {
    let episode = &record.d;
    let is_named = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let topic = Topic::Episode {
        status: episode.status,
        attention: episode.attention,
        visible: episode.visible,
        sensitive: episode.sensitive,
        named: is_named(&episode.title) || is_named(&episode.friendly_title) || is_named(&episode.icpc),
    };
    item(RecordType::Episode, record, &[], topic)
}

/// A contact; linked to the episodes of its deelcontacten (R-SP-08).
pub(super) fn contact(threads: &Threads<'_>, record: &Record<Contact>) -> Item {
    let contact = &record.d;
    let topic = Topic::Contact { start: contact.start, kind: contact.kind, with_patient: contact.with_patient };
    let episodes: Vec<SourceId> = threads.episodes_of(&record.id).iter().map(|&id| id.clone()).collect();
    item(RecordType::Contact, record, &episodes, topic)
}

/// A deelcontact.
pub(super) fn entry(record: &Record<Entry>) -> Item {
    let entry = &record.d;
    let topic = Topic::Entry { contact: entry.contact.clone(), not_for_representative: entry.not_for_representative };
    item(RecordType::Entry, record, &entry.episodes, topic)
}

/// A line; it carries its deelcontact's mark and links beside its own.
pub(super) fn line(record: &Record<Entry>, line: &Line) -> Item {
    let topic = Topic::Line {
        entry: record.id.clone(),
        contact: record.d.contact.clone(),
        kind: line.kind,
        visible: line.visible,
    };
    Item {
        key: ItemKey::line(&record.id, line.index),
        marks: Marks { third_party: line.third_party, ..marks(&record.mark) },
        episodes: record.d.episodes.clone(),
        topic,
    }
}

/// A medication agreement. Its last day is what it says, else what follows from its days, else the last day of what was
/// handed out (R-MED-03).
pub(super) fn medication(records: &PatientRecords, record: &Record<Medication>) -> Item {
    let medication = &record.d;
    let supplied = || {
        let of_it = |dispense: &&Record<Dispense>| agreement_of(records, &dispense.d) == Some(&record.id);
        records.dispenses.iter().filter(of_it).filter_map(|dispense| last_day(&dispense.d)).max()
    };
    let by_days = medication.days.and_then(|days| day_after(medication.start, days));
    let topic = Topic::Medication {
        end: medication.end.or(by_days).or_else(|| supplied().filter(|_| !medication.chronic)),
        stopped_at: medication.stopped_at,
        chronic: medication.chronic,
        entered_in_error: medication.entered_in_error,
    };
    item(RecordType::Medication, record, &medication.episodes, topic)
}

/// A blood pressure, shown while both of its results are.
pub(super) fn panel(systolic: &Record<Observation>, diastolic: &Record<Observation>) -> Item {
    Item {
        key: ItemKey::panel(&systolic.id),
        marks: Marks::default(),
        episodes: systolic.d.episodes.clone(),
        topic: Topic::Panel { members: [systolic.id.clone(), diastolic.id.clone()] },
    }
}

/// An intolerance.
pub(super) fn allergy(record: &Record<Allergy>) -> Item {
    let for_medication = record.d.category == AllergyCategory::Medication;
    item(RecordType::Allergy, record, &[], Topic::Allergy { for_medication, status: record.d.status })
}

/// A contra-indication.
pub(super) fn contra_indication(record: &Record<ContraIndication>) -> Item {
    let topic = Topic::ContraIndication { start: record.d.start, end: record.d.end };
    item(RecordType::Contraindication, record, &[], topic)
}

/// A determination. Of one that names a report that is not there, no authorisation is known: the timer stands.
pub(super) fn observation(threads: &Threads<'_>, record: &Record<Observation>) -> Item {
    let observation = &record.d;
    let report = threads.report_of.get(record.id.as_str());
    if observation.value == ObservationValue::None && !observation.members.is_empty() {
        // A panel says what its members say (R-LAB-11).
        let members = observation.members.clone();
        return item(RecordType::Observation, record, &observation.episodes, Topic::Report { members });
    }
    let topic = Topic::Observation(ResultFacts {
        date: observation.date,
        status: observation.status,
        state: observation.release.state,
        release_at: observation.release.at,
        has_conclusion: observation.release.conclusion.as_ref().is_some_and(|text| !text.trim().is_empty()),
        flag: observation.flag,
        value: value_kind(&observation.value),
        in_report: report.is_some(),
        authorised_at: report.copied().flatten().and_then(|report| report.d.authorised_at),
    });
    item(RecordType::Observation, record, &observation.episodes, topic)
}

fn value_kind(value: &ObservationValue) -> ValueKind {
    match value {
        ObservationValue::Quantity { .. } => ValueKind::Quantity,
        ObservationValue::Coded { .. } => ValueKind::Coded,
        ObservationValue::Text(_) => ValueKind::Text,
        ObservationValue::None => ValueKind::None,
    }
}

/// A report; a member that names it counts, also when the report does not list it.
pub(super) fn report(threads: &Threads<'_>, record: &Record<Report>) -> Item {
    let mut members = record.d.members.clone();
    for member in threads.members.get(record.id.as_str()).into_iter().flatten() {
        if !members.contains(&member.id) {
            members.push(member.id.clone());
        }
    }
    item(RecordType::Report, record, &[], Topic::Report { members })
}

/// A treatment.
pub(super) fn treatment(record: &Record<Treatment>) -> Item {
    item(RecordType::Treatment, record, &record.d.episodes, {
        let start = record.d.date.map(|date| date.earliest());
        Topic::Treatment { visible: record.d.visible, start }
    })
}

/// Profylaxe en voorzorg.
pub(super) fn prophylaxis(record: &Record<Prophylaxis>) -> Item {
    item(RecordType::Prophylaxis, record, &[], Topic::Prophylaxis { end: record.d.end })
}

/// A vaccination.
pub(super) fn vaccination(record: &Record<Vaccination>) -> Item {
    item(RecordType::Vaccination, record, &[], Topic::Vaccination { given: true, on: Some(record.d.date) })
}

/// An attention line.
pub(super) fn alert(record: &Record<Alert>) -> Item {
    item(RecordType::Alert, record, &[], Topic::Alert { start: record.d.start, end: record.d.end })
}

/// A document (R-DOC-05: the document date, else the day of receipt).
pub(super) fn document(record: &Record<Document>, servable: bool) -> Item {
    let document = &record.d;
    let topic = Topic::Document {
        kind: document.kind,
        date: document.date.unwrap_or(document.received),
        received: document.received,
        published: document.published,
        published_at: document.published_at,
        servable,
        override_episode: document.override_episode,
    };
    let mut item = item(RecordType::Document, record, &document.episodes, topic);
    item.marks.third_party = document.third_party;
    item
}

/// Are the bytes there, complete and in the form that may be served (R-DOC-08)? What another document took the place of,
/// and what was entered in error, is not served at all.
pub(super) fn is_servable(document: &Document, records: &PatientRecords) -> bool {
    let is_withdrawn = document.superseded || document.entered_in_error;
    !is_withdrawn && document.mime == PDF && records.complete_blobs.contains(&document.sha256)
}

/// A referral.
pub(super) fn referral(record: &Record<Referral>) -> Item {
    item(RecordType::Referral, record, &record.d.episodes, Topic::Referral { in_force: true, on: Some(record.d.date) })
}

/// An appointment.
pub(super) fn appointment(record: &Record<Appointment>) -> Item {
    let topic = Topic::Appointment { start: record.d.start, status: record.d.status };
    item(RecordType::Appointment, record, &record.d.episodes, topic)
}

/// Somebody who acts for the patient.
pub(super) fn representative(record: &Record<Representative>) -> Item {
    let topic = Topic::Representative { start: record.d.valid_from, end: record.d.valid_to };
    item(RecordType::Representative, record, &[], topic)
}

/// What the patient says to use.
pub(super) fn medication_use(record: &Record<MedicationUse>) -> Item {
    let used = &record.d;
    let topic = supply(&used.supply, used.end, used.stopped_at, used.in_use);
    item(RecordType::MedicationUse, record, &used.supply.episodes, topic)
}

/// What the pharmacy was asked for: it ends with its validity.
pub(super) fn dispense_request(record: &Record<DispenseRequest>) -> Item {
    let request = &record.d;
    let topic = supply(&request.supply, request.valid_to, None, false);
    item(RecordType::DispenseRequest, record, &request.supply.episodes, topic)
}

/// What the pharmacy made of an agreement; without an end it goes on.
pub(super) fn administration_agreement(record: &Record<AdministrationAgreement>) -> Item {
    let agreement = &record.d;
    let topic = supply(&agreement.supply, agreement.end, agreement.stopped_at, true);
    item(RecordType::AdministrationAgreement, record, &agreement.supply.episodes, topic)
}

/// What the pharmacy handed out. With an agreement that decides; without, it lasts for its days, and without those it is
/// not known to be current.
pub(super) fn dispense(record: &Record<Dispense>) -> Item {
    let dispense = &record.d;
    let stands_alone = dispense.supply.agreement.is_none() && dispense.request.is_none();
    let last = last_day(dispense).filter(|_| stands_alone);
    let mut topic = supply(&dispense.supply, last, None, false);
    if let Topic::Supply { request, .. } = &mut topic {
        request.clone_from(&dispense.request);
    }
    item(RecordType::Dispense, record, &dispense.supply.episodes, topic)
}

/// The agreement behind what was handed out: its own, or that of the request it answers.
fn agreement_of<'r>(records: &'r PatientRecords, dispense: &'r Dispense) -> Option<&'r SourceId> {
    let of_request = || {
        let request = dispense.request.as_ref()?;
        records.dispense_requests.iter().find(|record| record.id == *request)?.d.supply.agreement.as_ref()
    };
    dispense.supply.agreement.as_ref().or_else(of_request)
}

/// The last day of what was handed out.
fn last_day(dispense: &Dispense) -> Option<jiff::civil::Date> {
    day_after(dispense.handed_over.local_date(), dispense.days?)
}

/// The last of so many days from this one on.
fn day_after(first: jiff::civil::Date, days: u32) -> Option<jiff::civil::Date> {
    first.checked_add(jiff::Span::new().try_days(i64::from(days.saturating_sub(1))).ok()?).ok()
}

fn supply(
    of: &Supply,
    end: Option<jiff::civil::Date>,
    stopped_at: Option<crate::domain::time::Timestamp>,
    in_use: bool,
) -> Topic {
    let (agreement, entered_in_error) = (of.agreement.clone(), of.entered_in_error);
    Topic::Supply { agreement, request: None, end, stopped_at, in_use, entered_in_error }
}

/// The material of a result.
pub(super) fn specimen(record: &Record<Specimen>) -> Item {
    // The material names no test: it is shown with whichever result names it.
    item(RecordType::Specimen, record, &[], Topic::Companion { results: Vec::new() })
}

/// An order for diagnostics; its words may name any of the results that answer it.
pub(super) fn order(threads: &Threads<'_>, record: &Record<Order>) -> Item {
    let results = threads.results_of(&record.id);
    item(RecordType::Order, record, &record.d.episodes, Topic::Companion { results })
}

/// A treatment directive.
pub(super) fn directive(record: &Record<Directive>) -> Item {
    item(RecordType::Directive, record, &[], Topic::Directive { end: record.d.end })
}

/// An advance directive.
pub(super) fn advance_directive(record: &Record<AdvanceDirective>) -> Item {
    item(RecordType::AdvanceDirective, record, &record.d.episodes, Topic::Directive { end: record.d.end })
}

/// Lifestyle, living situation or functional status.
pub(super) fn social<T>(t: RecordType, record: &Record<T>) -> Item {
    item(t, record, &[], Topic::Social)
}

/// A medical device.
pub(super) fn device(record: &Record<Device>) -> Item {
    item(
        RecordType::Device,
        record,
        &record.d.episodes,
        Topic::Device { start: record.d.start.map(|start| start.earliest()), end: record.d.end },
    )
}

/// Who pays.
pub(super) fn payer(record: &Record<Payer>) -> Item {
    item(RecordType::Payer, record, &[], Topic::Payer { start: record.d.start, end: record.d.end })
}

/// Somebody the practice may turn to.
pub(super) fn contact_person(record: &Record<ContactPerson>) -> Item {
    let topic = Topic::ContactPerson { start: record.d.start, end: record.d.end };
    item(RecordType::ContactPerson, record, &[], topic)
}

fn item<T>(t: RecordType, record: &Record<T>, episodes: &[SourceId], topic: Topic) -> Item {
    Item { key: ItemKey::record(t, &record.id), marks: marks(&record.mark), episodes: episodes.to_vec(), topic }
}

fn marks(mark: &PracticeMark) -> Marks {
    Marks { hidden_by_practice: mark.hidden, ..Marks::default() }
}
