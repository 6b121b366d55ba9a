//! What the release rules may look at. No clinical text: deciding never needs the content.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::relations::Relations;
use crate::domain::dossier::{
    AllergyStatus, AppointmentStatus, Attention, Block, ContactKind, DocumentKind, DossierState, EpisodeStatus, Flag,
    LineKind, ObservationDate, ObservationStatus, PatientStatus, RecordRef, RecordType, ResultState, SourceId,
    Visibility,
};
use crate::domain::time::{PartialDate, Timestamp};

/// Names one item: a record, or one line of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey {
    /// The record's type.
    pub t: RecordType,
    /// The record's id.
    pub id: SourceId,
    /// The line's index in its entry ([`crate::domain::dossier::Line::index`]), for lines; 0 for a panel that is made
    /// of a determination and another.
    pub line: Option<usize>,
}

impl ItemKey {
    /// The item of a whole record.
    pub fn record(t: RecordType, id: &SourceId) -> Self {
        Self { t, id: id.clone(), line: None }
    }

    /// The item of the panel that a determination begins.
    pub fn panel(first: &SourceId) -> Self {
        Self { t: RecordType::Observation, id: first.clone(), line: Some(0) }
    }

    /// The item of one journal line.
    pub fn line(entry: &SourceId, index: usize) -> Self {
        Self { t: RecordType::Entry, id: entry.clone(), line: Some(index) }
    }
}

/// One unit of decision: everything rendered from it shares its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Which record or line.
    pub key: ItemKey,
    /// Marks that withhold, whatever the topic.
    pub marks: Marks,
    /// Episodes it is linked to.
    pub episodes: Vec<SourceId>,
    /// What it is, with the facts its own rules need.
    pub topic: Topic,
}

impl Item {
    /// Was it delivered as a FHIR resource?
    pub fn is_fed(&self) -> bool {
        self.key.t == RecordType::Resource
    }
}

/// Marks of F3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// Privacy of a third party.
    pub third_party: bool,
    /// Hidden by the practice.
    pub hidden_by_practice: bool,
    /// A document that its source labels as restricted, which is for the receiver to heed (R or V, fhir-data-services §4).
    pub restricted: bool,
    /// Held back to prevent harm until this day (R-X-03).
    pub harm_until: Option<Date>,
}

impl Marks {
    /// Does nothing withhold it on this day?
    pub fn is_clear_on(&self, today: Date) -> bool {
        let marked = self.third_party || self.hidden_by_practice || self.restricted;
        !marked && self.harm_until.is_none_or(|until| until <= today)
    }

    /// Is nothing marked, on whatever day?
    pub fn is_clear(&self) -> bool {
        *self == Self::default()
    }
}

/// What an item is, with exactly the facts its rules look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The patient's own data, and what belongs to it: always, once the gates pass.
    Person,
    /// The practice, its employees and laboratories: served as far as a released item refers to them.
    Provider,
    /// An episode.
    Episode {
        /// Open or closed.
        status: EpisodeStatus,
        /// Attention value.
        attention: Attention,
        /// `visible` of the record.
        visible: Visibility,
        /// Hidden until released by name.
        sensitive: bool,
        /// Has a title that is not blank, or a code (R-EP-06).
        named: bool,
    },
    /// A contact.
    Contact {
        /// Start.
        start: Timestamp,
        /// Kind.
        kind: ContactKind,
        /// With the patient self, as the feed says.
        with_patient: Option<bool>,
    },
    /// A deelcontact: follows its lines (R-SP-08).
    Entry {
        /// Its contact.
        contact: SourceId,
        /// Confidential towards a representative.
        not_for_representative: bool,
    },
    /// A journal line.
    Line {
        /// Its entry.
        entry: SourceId,
        /// The contact of its entry.
        contact: SourceId,
        /// E or P.
        kind: LineKind,
        /// Ticked for the patient.
        visible: Visibility,
    },
    /// A medication agreement.
    Medication {
        /// Last day of use.
        end: Option<Date>,
        /// When stopped.
        stopped_at: Option<Timestamp>,
        /// Chronic use.
        chronic: bool,
        /// Entered in error.
        entered_in_error: bool,
    },
    /// An intolerance.
    Allergy {
        /// For medication, or something else.
        for_medication: bool,
        /// Active, inactive, error.
        status: AllergyStatus,
    },
    /// A contra-indication.
    ContraIndication {
        /// First day.
        start: Date,
        /// Last day.
        end: Option<Date>,
    },
    /// A determination.
    Observation(ResultFacts),
    /// A laboratory report: follows its members (R-LAB-11).
    Report {
        /// Its determinations.
        members: Vec<SourceId>,
    },
    /// A treatment.
    Treatment {
        /// `visible` of the record.
        visible: Visibility,
        /// First day, when known: what is yet to come is not shown (E63).
        start: Option<Date>,
    },
    /// Profylaxe en voorzorg.
    Prophylaxis {
        /// Last day.
        end: Option<Date>,
    },
    /// A vaccination.
    Vaccination {
        /// The day it was given.
        on: Option<Date>,
        /// It was given; one that was not is no vaccination.
        given: bool,
    },
    /// An attention line.
    Alert {
        /// First day.
        start: Date,
        /// Last day.
        end: Option<Date>,
    },
    /// A document.
    Document {
        /// Kind.
        kind: DocumentKind,
        /// Document date, else receipt (R-DOC-05).
        date: Date,
        /// Day of receipt: when a form counts as stored.
        received: Date,
        /// Published by the practice.
        published: bool,
        /// From when.
        published_at: Option<Timestamp>,
        /// The bytes are there and are PDF.
        servable: bool,
        /// Shown although its episode is hidden.
        override_episode: bool,
    },
    /// A referral.
    Referral {
        /// The day of referral.
        on: Option<Date>,
        /// It was not taken back.
        in_force: bool,
    },
    /// An appointment.
    Appointment {
        /// Start.
        start: Timestamp,
        /// State.
        status: AppointmentStatus,
    },
    /// Somebody who acts for the patient.
    Representative {
        /// First day.
        start: Date,
        /// Last day.
        end: Option<Date>,
    },
    /// What follows a medication agreement: use, dispense request, administration agreement, dispense.
    ///
    /// OWN decision: the section of the agreement, its marks and its state hold for them too, beside their own.
    Supply {
        /// The agreement it names.
        agreement: Option<SourceId>,
        /// The dispense request it answers, which is a whole it is part of, as the agreement of that is.
        request: Option<SourceId>,
        /// Last day of use, or of what was handed out.
        end: Option<Date>,
        /// When stopped.
        stopped_at: Option<Timestamp>,
        /// In use without an end.
        in_use: bool,
        /// Entered in error.
        entered_in_error: bool,
    },
    /// A blood pressure made of two determinations: shown while both are (OWN decision: half of it says all of it).
    Panel {
        /// Both determinations.
        members: [SourceId; 2],
    },
    /// A specimen or an order: shown only as far as something shown refers to it (OWN decision).
    Companion {
        /// The results it tells about: it is shown only while all of them are, since its words may name any of them.
        results: Vec<SourceId>,
    },
    /// A treatment directive or an advance directive (`facility.directives`, OWN decision: inside its period).
    Directive {
        /// Last day.
        end: Option<Date>,
    },
    /// Living situation, tobacco, alcohol, drugs, functional status (`facility.social`, OWN decision).
    Social,
    /// A medical device (`facility.devices`, OWN decision: while in use).
    Device {
        /// First day, when known.
        start: Option<Date>,
        /// Last day.
        end: Option<Date>,
    },
    /// Who pays (`facility.payer`, OWN decision: inside its period).
    Payer {
        /// First day.
        start: Option<Date>,
        /// Last day.
        end: Option<Date>,
    },
    /// A resource of a FHIR feed for which there is no rule: shown only by a practice that trusts its feed.
    Unruled,
    /// Somebody the practice may turn to (`facility.contact_persons`, inside its period as §15.23 says of
    /// representatives).
    ContactPerson {
        /// First day.
        start: Option<Date>,
        /// Last day.
        end: Option<Date>,
    },
    /// A set of documents of a FHIR feed: shown while one of them is, and without what it says about all of them while one
    /// is not (OWN decision).
    Manifest {
        /// Its documents.
        documents: Vec<SourceId>,
    },
}

/// The form of a result's value, as far as automatic release asks (R-LAB-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the forms of the format")]
pub enum ValueKind {
    Quantity,
    Coded,
    Text,
    None,
}

/// The facts of a determination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFacts {
    /// When it was made.
    pub date: ObservationDate,
    /// Certainty.
    pub status: ObservationStatus,
    /// What the practice did with it.
    pub state: ResultState,
    /// From when it is shown.
    pub release_at: Option<Timestamp>,
    /// A conclusion that is not blank goes with it.
    pub has_conclusion: bool,
    /// The laboratory's mark.
    pub flag: Option<Flag>,
    /// The form of its value.
    pub value: ValueKind,
    /// It belongs to a report; then only the report's authorisation starts the timer (§15.24).
    pub in_report: bool,
    /// When its report was authorised.
    pub authorised_at: Option<Timestamp>,
}

/// What happens to an item linked to an explicitly hidden episode (`cascade.*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cascade {
    /// The item is withheld.
    Hide,
    /// The item is released without the link and the reason.
    Strip,
}

/// What the gates look at: the person, not the content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Birth date.
    pub birth: PartialDate,
    /// Has died.
    pub deceased: bool,
    /// Relation with the practice.
    pub status: PatientStatus,
    /// A citizen service number is known.
    pub has_bsn: bool,
    /// It was verified.
    pub bsn_verified: bool,
    /// Block set in the HIS.
    pub block: Block,
    /// State of the dossier.
    pub state: DossierState,
    /// When it was opened.
    pub opened_at: Option<Timestamp>,
    /// When the HIS last changed that state; a newer state of our own wins.
    pub state_at: Option<Timestamp>,
    /// Records the patient asked not to show.
    pub patient_hidden: Vec<RecordRef>,
    /// Forms of before the opening released by name.
    pub back_catalogue: Vec<RecordRef>,
    /// Results published after this instant wait until the patient asks for them (R-LAB-15); `None`: they do not wait.
    #[serde(default)]
    pub results_wait: Option<Timestamp>,
}

/// All facts of one patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredFacts", into = "StoredFacts")]
pub struct DossierFacts {
    /// The person.
    pub subject: Subject,
    items: Vec<Item>,
    relations: Relations,
}

impl DossierFacts {
    /// The facts of a person with these items; a resource names its item by its place in the list.
    pub fn new(subject: Subject, items: Vec<Item>) -> Self {
        let relations = Relations::of(&items);
        Self { subject, items, relations }
    }

    /// The items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Is the item at this place free of marks on this day, itself and what it is part of: its contact, entry, agreement, request?
    pub fn is_clear_on(&self, place: usize, today: Date) -> bool {
        let related = self.relations.at(place);
        let parts = related.entry.into_iter().chain(related.contact).chain(related.agreement.flatten());
        let mut wholes = parts.chain(related.request).chain([place]);
        wholes.all(|place| self.items.get(place).is_some_and(|item| item.marks.is_clear_on(today)))
    }

    /// Does a FHIR feed say who the patient is?
    pub fn is_fed(&self) -> bool {
        self.items.iter().any(|item| item.is_fed() && matches!(item.topic, Topic::Person))
    }

    /// How they hang together.
    pub(super) fn relations(&self) -> &Relations {
        &self.relations
    }
}

/// What is stored of the facts: relations follow from the items.
#[derive(Serialize, Deserialize)]
struct StoredFacts {
    subject: Subject,
    items: Vec<Item>,
}

impl From<StoredFacts> for DossierFacts {
    fn from(stored: StoredFacts) -> Self {
        Self::new(stored.subject, stored.items)
    }
}

impl From<DossierFacts> for StoredFacts {
    fn from(facts: DossierFacts) -> Self {
        Self { subject: facts.subject, items: facts.items }
    }
}
