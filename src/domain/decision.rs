//! What a practice decides itself about single records, beside its HIS (release-rules §2.3, §4.6, §5, §6.1).
//!
//! A decision is a statement with an instant. The newest one about an aspect of a record counts, and the HIS speaks too: what
//! it delivered after the decision wins, at the same instant what hides wins (§2.3, E70). Marks are another matter: a mark
//! holds until who set it takes it away, so here both sides can only add.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::bsn::Bsn;
use super::dossier::{
    Document, DocumentKind, DossierState, Observation, ObservationValue, PatientRecords, PracticeMark, Reach, Record,
    RecordRef, RecordType, Relation, Representative, ResultState, SourceId, Visibility,
};
use super::release::{Item, ItemKey, Subject, Topic};
use super::time::Timestamp;

/// One decision about one record or line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What it is about.
    pub about: ItemKey,
    /// What was decided.
    pub choice: Choice,
    /// When.
    pub at: Timestamp,
    /// Id of the employee who decided.
    pub by: String,
    /// Why, in the words of that employee; mandatory for marks (R-X-01 to R-X-03). Never leaves the console.
    pub reason: Option<String>,
}

/// What can be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// An episode, treatment or line is shown, or not (R-EP-03, R-SP-07, R-DR-06). Shown also releases a sensitive
    /// episode by name (§15.11).
    Visible(bool),
    /// It speaks of, or comes from, a third party (R-X-01), or no longer.
    ThirdParty(bool),
    /// It would damage the privacy of somebody else (R-X-02), or no longer.
    Hidden(bool),
    /// It is held back to prevent harm until this day (R-X-03); `None` takes that away.
    HarmUntil(Option<Date>),
    /// The patient asked not to show it (R-CO-06), or to show it again.
    PatientHidden(bool),
    /// A form of before the opening is released by name (release-rules §4.8), or no longer.
    BackCatalogue(bool),
    /// A result was reviewed (release-rules §5.1).
    Result {
        /// What was done with it.
        state: ResultState,
        /// From when it is shown.
        release_at: Option<Timestamp>,
        /// The practice's words with it.
        conclusion: Option<String>,
        /// [`fingerprint`] of the result as it was reviewed.
        seen: String,
    },
    /// A document was published or withdrawn (R-DOC-02, R-DOC-06, R-DOC-07).
    Document {
        /// It is published.
        published: bool,
        /// The explanation that goes with it.
        explanation: Option<String>,
        /// Shown although its episode is hidden.
        override_episode: bool,
        /// The PDF that was made of its file; `None` when the file is one (R-DOC-08).
        converted: Option<Converted>,
    },
    /// A copy of the dossier was made and published in place of access (R-DOC-09). The item is the copy itself.
    Copy {
        /// Its title.
        title: String,
        /// SHA-256 of its bytes, lower-case hex.
        sha256: String,
        /// Its size in bytes.
        size: u64,
        /// The explanation that goes with it.
        explanation: Option<String>,
    },
    /// The identity was checked at the desk, with the number that the HIS had then (R-ID-03, release-rules §7.3). About the patient.
    Identity(CheckedNumber),
    /// New results wait until the patient asks for them, those that are published after this instant; `None` ends that (R-LAB-15).
    /// About the patient.
    ResultsWait(Option<Timestamp>),
    /// The practice blocked the dossier for its safety, or lifted that (R-X-04): kept for its reason, the block itself is of the
    /// patient. About the patient.
    Blocked(bool),
    /// Somebody who acts for the patient at the desk was registered there; `None` takes that back (R-CO-05).
    Representative(Option<Registered>),
}

/// A citizen service number as it was when it was checked. Its digits are stored under seal and never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedNumber(String);

impl CheckedNumber {
    /// This number.
    pub fn of(bsn: &Bsn) -> Self {
        Self(bsn.digits().to_owned())
    }
}

impl fmt::Debug for CheckedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckedNumber(…)")
    }
}

/// A representative that the desk registered. It opens nothing online: who acts for another there is said by the login (§7.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// Name.
    pub name: String,
    /// Relation to the patient.
    pub relation: Relation,
    /// The day on which a young person of twelve to fifteen agreed.
    pub child_agreed_on: Option<Date>,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Option<Date>,
}

impl Registered {
    /// Does it count today?
    pub fn counts(&self, today: Date) -> bool {
        self.from <= today && self.to.is_none_or(|to| today <= to)
    }
}

/// A file that was turned into a PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Converted {
    /// SHA-256 of the file, lower-case hex: another file needs another conversion.
    pub from: String,
    /// SHA-256 of the PDF, lower-case hex.
    pub to: String,
    /// Size of the PDF in bytes.
    pub size: u64,
}

/// Decisions with the same aspect replace each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named after the choices")]
pub enum Aspect {
    Visible,
    ThirdParty,
    Hidden,
    Harm,
    PatientHidden,
    BackCatalogue,
    Result,
    /// Before what is decided about the copy later.
    Copy,
    Document,
    Identity,
    ResultsWait,
    Blocked,
    Representative,
}

impl Choice {
    /// Which earlier decisions it replaces.
    pub const fn aspect(&self) -> Aspect {
        match self {
            Self::Visible(_) => Aspect::Visible,
            Self::ThirdParty(_) => Aspect::ThirdParty,
            Self::Hidden(_) => Aspect::Hidden,
            Self::HarmUntil(_) => Aspect::Harm,
            Self::PatientHidden(_) => Aspect::PatientHidden,
            Self::BackCatalogue(_) => Aspect::BackCatalogue,
            Self::Result { .. } => Aspect::Result,
            Self::Copy { .. } => Aspect::Copy,
            Self::Document { .. } => Aspect::Document,
            Self::Identity(_) => Aspect::Identity,
            Self::ResultsWait(_) => Aspect::ResultsWait,
            Self::Blocked(_) => Aspect::Blocked,
            Self::Representative(_) => Aspect::Representative,
        }
    }
}

/// The decisions about one patient that count: of each aspect of each record the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decisions(BTreeMap<(ItemKey, Aspect), Decision>);

impl Decisions {
    /// The decisions that count among these, which are in the order in which they were taken.
    pub fn of(history: impl IntoIterator<Item = Decision>) -> Self {
        let mut all = Self::default();
        history.into_iter().for_each(|decision| all.add(decision));
        all
    }

    /// One more, which is the newest.
    pub fn add(&mut self, decision: Decision) {
        self.0.insert((decision.about.clone(), decision.choice.aspect()), decision);
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The representatives that the desk registered, past ones too, with the ids they have.
    pub fn registered(&self) -> impl Iterator<Item = (&SourceId, &Registered)> {
        self.iter().filter_map(|decision| match &decision.choice {
            Choice::Representative(Some(registered)) => Some((&decision.about.id, registered)),
            _ => None,
        })
    }

    /// All that count.
    pub fn iter(&self) -> impl Iterator<Item = &Decision> {
        self.0.values()
    }

    /// The decision about an aspect of an item.
    pub fn find(&self, about: &ItemKey, aspect: Aspect) -> Option<&Decision> {
        self.0.get(&(about.clone(), aspect))
    }

    /// SHA-256 of the files that were made here, lower-case hex: no record of the HIS names them.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.iter().filter_map(|decision| match &decision.choice {
            Choice::Copy { sha256, .. } => Some(sha256.as_str()),
            Choice::Document { converted: Some(converted), .. } => Some(converted.to.as_str()),
            _ => None,
        })
    }

    /// Puts the decisions into the records, before they are rendered: a conclusion and an explanation are words that go with
    /// the resource.
    pub fn enter(&self, records: &mut PatientRecords) {
        for decision in self.iter() {
            match &decision.choice {
                Choice::Visible(shown) => enter_visible(records, decision, *shown),
                Choice::Result { .. } => enter_result(records, decision),
                Choice::Copy { .. } => enter_copy(records, decision),
                Choice::Document { .. } => enter_document(records, decision),
                Choice::Identity(number) => enter_identity(records, number),
                Choice::Representative(Some(registered)) => enter_representative(records, decision, registered),
                _ => {}
            }
        }
    }

    /// Puts marks into the facts, and what is decided about resources of a FHIR feed, of which the records say nothing; `fed` tells
    /// the fingerprint of such a resource as it is now.
    pub fn mark(&self, subject: &mut Subject, items: &mut [Item], fed: &dyn Fn(&SourceId) -> Option<String>) {
        for decision in self.iter() {
            let record = RecordRef { t: decision.about.t, id: decision.about.id.clone() };
            match &decision.choice {
                Choice::PatientHidden(true) => subject.patient_hidden.push(record),
                Choice::BackCatalogue(true) => subject.back_catalogue.push(record),
                Choice::ResultsWait(since) => subject.results_wait = *since,
                // A form that is withdrawn is not shown by its name either.
                Choice::BackCatalogue(false) | Choice::Document { published: false, .. } => {
                    subject.back_catalogue.retain(|named| *named != record);
                }
                _ => {}
            }
        }
        if self.is_empty() {
            return;
        }
        for item in items {
            self.mark_item(item, fed);
        }
    }

    fn mark_item(&self, item: &mut Item, fed: &dyn Fn(&SourceId) -> Option<String>) {
        let own = |aspect| self.find(&item.key, aspect);
        // A mark on a deelcontact is found by its lines through the whole they are part of.
        if let Some(Choice::ThirdParty(true)) = own(Aspect::ThirdParty).map(|decision| &decision.choice) {
            item.marks.third_party = true;
        }
        if let Some(Choice::Hidden(true)) = own(Aspect::Hidden).map(|decision| &decision.choice) {
            item.marks.hidden_by_practice = true;
        }
        if let Some(Choice::HarmUntil(until)) = own(Aspect::Harm).map(|decision| &decision.choice) {
            item.marks.harm_until = *until;
        }
        // What was withdrawn is not published by the practice's rule either (R-DOC-07), unless the HIS published it since.
        let document = own(Aspect::Document).map(|decision| &decision.choice);
        if let (Some(Choice::Document { published: false, .. }), Topic::Document { published: false, .. }) =
            (document, &item.topic)
        {
            item.marks.hidden_by_practice = true;
        }
        if item.is_fed() {
            let visible = own(Aspect::Visible).cloned();
            let result = own(Aspect::Result).cloned();
            let document = own(Aspect::Document).cloned();
            // A corrected result waits for a new review (R-LAB-10).
            let same = |decision: &Decision| match &decision.choice {
                Choice::Result { state: ResultState::Published, seen, .. } => fed(&item.key.id).as_ref() == Some(seen),
                _ => true,
            };
            for decision in [visible, result.filter(same), document].into_iter().flatten() {
                decide_fed(item, &decision);
            }
        }
    }
}

/// Is the decision at least as new as the record? At the same instant only what hides counts.
fn stands(decision: &Decision, record_at: Timestamp, shows: bool) -> bool {
    if shows { decision.at > record_at } else { decision.at >= record_at }
}

fn visibility(shown: bool) -> Visibility {
    if shown { Visibility::Shown } else { Visibility::Hidden }
}

fn enter_visible(records: &mut PatientRecords, decision: &Decision, shown: bool) {
    let about = &decision.about;
    match about.t {
        RecordType::Episode => {
            for record in records.episodes.iter_mut().filter(|record| record.id == about.id) {
                if stands(decision, record.at, shown) {
                    record.d.visible = visibility(shown);
                    record.d.sensitive = record.d.sensitive && !shown;
                }
            }
        }
        RecordType::Treatment => {
            for record in records.treatments.iter_mut().filter(|record| record.id == about.id) {
                if stands(decision, record.at, shown) {
                    record.d.visible = visibility(shown);
                }
            }
        }
        RecordType::Entry => {
            for record in records.entries.iter_mut().filter(|record| record.id == about.id) {
                let stands = stands(decision, record.at, shown);
                let lines = record.d.lines.iter_mut().filter(|line| Some(line.index) == about.line);
                lines.filter(|_| stands).for_each(|line| line.visible = visibility(shown));
            }
        }
        _ => {}
    }
}

/// A result that came again unchanged is the one that was reviewed; anything else of it is new (release-rules §5.1, R-LAB-10).
fn enter_result(records: &mut PatientRecords, decision: &Decision) {
    let Choice::Result { state, release_at, conclusion, seen } = &decision.choice else { return };
    let shows = *state == ResultState::Published;
    for record in records.observations.iter_mut().filter(|record| record.id == decision.about.id) {
        let same = *seen == fingerprint(&record.d);
        // What is shown is what was reviewed, however old the HIS says that it is; what hides holds for what came since too.
        if same || (!shows && stands(decision, record.at, shows)) {
            record.d.release.state = *state;
            record.d.release.at = *release_at;
            record.d.release.conclusion.clone_from(conclusion);
            record.d.release.by = decision.by.parse().ok();
        }
    }
}

fn enter_document(records: &mut PatientRecords, decision: &Decision) {
    let Choice::Document { published, explanation, override_episode, converted } = &decision.choice else { return };
    for record in records.documents.iter_mut().filter(|record| record.id == decision.about.id) {
        if stands(decision, record.at, *published) {
            record.d.published = *published;
            record.d.published_at = published.then_some(decision.at);
            record.d.explanation.clone_from(explanation);
            record.d.override_episode = *override_episode;
            if let Some(pdf) = converted.as_ref().filter(|pdf| pdf.from == record.d.sha256) {
                record.d.sha256.clone_from(&pdf.to);
                record.d.size = pdf.size;
                "application/pdf".clone_into(&mut record.d.mime);
            }
        }
    }
}

/// A copy is a document that no HIS delivered.
fn enter_copy(records: &mut PatientRecords, decision: &Decision) {
    let Choice::Copy { title, sha256, size, explanation } = &decision.choice else { return };
    let day = decision.at.local_date();
    let d = Document {
        kind: DocumentKind::Copy,
        title: title.clone(),
        date: Some(day),
        received: day,
        mime: "application/pdf".to_owned(),
        size: *size,
        sha256: sha256.clone(),
        from: None,
        to: None,
        published: true,
        published_at: Some(decision.at),
        explanation: explanation.clone(),
        override_episode: true,
        third_party: false,
        stored_at: None,
        episodes: Vec::new(),
        doc_type: None,
        class: None,
        identifier: None,
        superseded: false,
        entered_in_error: false,
        author: None,
        language: None,
    };
    let id = decision.about.id.clone();
    records.documents.push(Record { id, v: 1, at: decision.at, mark: PracticeMark::default(), d });
}

/// The check is about a number: another one is not checked by it.
fn enter_identity(records: &mut PatientRecords, number: &CheckedNumber) {
    let patient = &mut records.patient.d;
    patient.bsn_verified |= patient.bsn.as_ref().is_some_and(|bsn| CheckedNumber::of(bsn) == *number);
}

/// A representative whom no HIS delivered.
fn enter_representative(records: &mut PatientRecords, decision: &Decision, registered: &Registered) {
    let d = Representative {
        name: registered.name.clone(),
        relation: registered.relation,
        bsn: None,
        authority: None,
        consent_child: registered.child_agreed_on.map(|_| true),
        consent_child_on: registered.child_agreed_on,
        valid_from: registered.from,
        valid_to: registered.to,
        name_parts: None,
        reach: Reach::default(),
    };
    let id = decision.about.id.clone();
    records.representatives.push(Record { id, v: 1, at: decision.at, mark: PracticeMark::default(), d });
}

/// A feed does not say when the practice looked at what it delivers: the practice's decision stands.
fn decide_fed(item: &mut Item, decision: &Decision) {
    match (&decision.choice, &mut item.topic) {
        (Choice::Visible(shown), Topic::Episode { visible, sensitive, .. }) => {
            *visible = visibility(*shown);
            *sensitive = *sensitive && !shown;
            // A trusted feed is not asked whether it shows an episode: a mark is.
            item.marks.hidden_by_practice |= !shown;
        }
        (Choice::Visible(shown), Topic::Treatment { visible, .. }) => {
            *visible = visibility(*shown);
            item.marks.hidden_by_practice |= !shown;
        }
        (Choice::Visible(false), _) => item.marks.hidden_by_practice = true,
        (Choice::Result { state, release_at, conclusion, .. }, Topic::Observation(result)) => {
            result.state = *state;
            result.release_at = *release_at;
            result.has_conclusion = conclusion.as_ref().is_some_and(|text| !text.trim().is_empty());
            item.marks.hidden_by_practice |= *state != ResultState::Published;
        }
        (
            Choice::Document { published: now, override_episode: over, .. },
            Topic::Document { published, published_at, override_episode, .. },
        ) => {
            *published = *now;
            *published_at = now.then_some(decision.at);
            *override_episode = *over;
            item.marks.hidden_by_practice |= !now;
        }
        _ => {}
    }
}

/// What a result says, as one text: code, value, unit, reference, mark and remark (E18, E19: texts are shared too), and what
/// the HIS itself says of its release, which is a statement of its own.
pub fn fingerprint(result: &Observation) -> String {
    let value = match &result.value {
        ObservationValue::Quantity { value, unit, comparator, .. } => {
            format!("{comparator:?} {value} {}", unit.as_deref().unwrap_or_default())
        }
        ObservationValue::Coded { code, display } => {
            format!("{} {}", code.as_deref().unwrap_or_default(), display.as_deref().unwrap_or_default())
        }
        ObservationValue::Text(text) => text.clone(),
        ObservationValue::None => String::new(),
    };
    let texts = [&result.nhg45, &result.key, &result.loinc, &result.name, &result.low, &result.high, &result.comment];
    let texts: Vec<&str> = texts.map(|text| text.as_deref().unwrap_or_default()).into();
    let release = &result.release;
    format!(
        "{}|{value}|{:?}|{:?}|{:?}|{:?}|{}",
        texts.join("|"),
        result.flag,
        result.status,
        release.state,
        release.at,
        release.conclusion.as_deref().unwrap_or_default()
    )
}

/// The states a dossier may come to from another (release-rules §6.1).
pub fn may_become(from: DossierState, to: DossierState) -> bool {
    use DossierState::{Closed, None, OnHold, Open, Refused, Requested};
    match from {
        None | Closed | Refused => to == Requested,
        Requested => matches!(to, Open | Refused | OnHold),
        OnHold => matches!(to, Open | Refused | Requested),
        Open => to == Closed,
    }
}

#[cfg(test)]
mod tests;
