//! Who may see one item: the filters F2-F12 in the order of release-rules §3.2, the first hit decides.
//!
//! F1 (another patient or practice) cannot occur here: the items are those of one patient, read under their scope.

mod together;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::facts::{Cascade, DossierFacts, Item, ItemKey, Marks, ResultFacts, Topic, ValueKind};
use super::gate::{Admission, is_published_copy};
use super::policy::{Appointments, Correspondence, LabRelease, Policy};
use super::reason::{Reason, Verdict};
use super::relations::Related;
use crate::domain::dossier::{
    AllergyStatus, AppointmentStatus, Attention, ContactKind, DocumentKind, EpisodeStatus, Flag, ObservationStatus,
    ResultState, Visibility,
};
use crate::domain::time::{Moment, Timestamp, months_before};

/// How long a new result waits for the patient who wishes so, in days (R-LAB-15).
const PATIENT_WAIT_DAYS: i32 = 30;

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// The patient self.
    Patient,
    /// Somebody acting for the patient; never sees more, and not what was confidential (R-AG-08).
    Representative,
}

/// The verdict over every item of a dossier, in the order of [`DossierFacts::items`].
///
/// Depends on nothing but its arguments, so serving, preview and tests share it.
pub fn decide(facts: &DossierFacts, admission: Admission, viewer: Viewer, policy: &Policy, at: Moment) -> Vec<Verdict> {
    let frame = Frame::new(facts, admission, viewer, policy, at);
    let mut verdicts: Vec<Verdict> = (0..facts.items().len()).map(|place| frame.first_hit(place)).collect();
    frame.list_episodes_of_released_lines(&mut verdicts);
    frame.follow_parts(&mut verdicts);
    verdicts
}

/// Shown by the timer of `auto_delay`, so the practice's standard conclusion goes with it (R-LAB-03).
pub fn needs_standard_conclusion(item: &Item, policy: &Policy) -> bool {
    let by_timer = !(policy.trust_feed && item.is_fed());
    by_timer && matches!(&item.topic, Topic::Observation(result) if result.state == ResultState::Received)
}

/// Does the practice ask the patient to come and talk about a result (R-LAB-05)? That alone is told: neither the result nor its
/// name. Only a result that nothing else withholds asks.
pub fn invites(facts: &DossierFacts, verdicts: &[Verdict]) -> bool {
    let asks = |item: &Item| matches!(&item.topic, Topic::Observation(result) if result.state == ResultState::Invited);
    let mut all = facts.items().iter().zip(verdicts);
    all.any(|(item, verdict)| asks(item) && *verdict == Verdict::Withhold(Reason::Moment))
}

/// One request's view of a dossier: settings, instant, and what both mean for it.
struct Frame<'a> {
    facts: &'a DossierFacts,
    admission: Admission,
    viewer: Viewer,
    policy: &'a Policy,
    at: Moment,
    /// Contacts that began before are before online access was introduced; `None` when it was not introduced.
    introduced: Option<Timestamp>,
    /// By place: an episode that F3 or F4 withholds.
    hidden_episodes: Vec<bool>,
}

impl<'a> Frame<'a> {
    fn new(facts: &'a DossierFacts, admission: Admission, viewer: Viewer, policy: &'a Policy, at: Moment) -> Self {
        let introduced = policy.online_access_since.map(Timestamp::start_of_day);
        let mut frame = Self { facts, admission, viewer, policy, at, introduced, hidden_episodes: Vec::new() };
        let is_hidden = |(place, item): (usize, &Item)| {
            matches!(item.topic, Topic::Episode { .. })
                && frame.hidden(place).or_else(|| frame.hidden_by_patient(place)).is_some()
        };
        frame.hidden_episodes = facts.items().iter().enumerate().map(is_hidden).collect();
        frame.hide_their_others();
        frame
    }

    fn item(&self, place: usize) -> &'a Item {
        &self.facts.items()[place]
    }

    fn related(&self, place: usize) -> &'a Related {
        self.facts.relations().at(place)
    }

    fn first_hit(&self, place: usize) -> Verdict {
        let item = self.item(place);
        if matches!(item.topic, Topic::Person | Topic::Provider) {
            return Verdict::Release;
        }
        let withheld = self.dossier_or_facility(item).or_else(|| match self.is_trusted(item) {
            true => self.hidden(place).or_else(|| self.hidden_by_patient(place)),
            false => self.filtered(place),
        });
        if let Some(reason) = withheld {
            return Verdict::Withhold(reason);
        }
        let cascade = self.linked_to_hidden_episode(place);
        if cascade == Some(Cascade::Hide) {
            return Verdict::Withhold(Reason::Episode);
        }
        let early = match self.is_trusted(item) {
            true => self.trusted_result_waits(item).or_else(|| has_no_bytes(item)),
            false => self.moment_not_come(item).or_else(|| self.contact_not_with_patient(place)),
        };
        if let Some(reason) = early {
            return Verdict::Withhold(reason);
        }
        match cascade {
            Some(Cascade::Strip) => Verdict::Strip(Reason::EpisodeStrip),
            _ => Verdict::Release,
        }
    }

    /// F2 to F8.
    fn filtered(&self, place: usize) -> Option<Reason> {
        self.never_served(place)
            .or_else(|| self.hidden(place))
            .or_else(|| self.hidden_by_patient(place))
            .or_else(|| self.before_cutoff(place))
            .or_else(|| self.outside_window(self.item(place)))
            .or_else(|| self.state_not_shown(place))
    }

    /// Did the HIS apply the rules itself, and does the practice vouch for it (`trust_feed`)?
    ///
    /// Then F2 and F5 to F8, F10 and F11 are not asked again. What nobody but the practice or the patient can know holds:
    /// the switches (G8), marks (F3), the patient's wishes (F4, R-LAB-15) and what both do to linked items (F9). And nobody can be
    /// shown a document whose bytes are not here (R-DOC-08).
    fn is_trusted(&self, item: &Item) -> bool {
        self.policy.trust_feed && item.is_fed()
    }

    /// G7 as far as it concerns items, and G8 (R-LAB-01, R-MED-04, R-TR-03, R-TR-04). Published copies need neither an open
    /// dossier nor the switch (R-DOC-09).
    fn dossier_or_facility(&self, item: &Item) -> Option<Reason> {
        if is_published_copy(&item.topic, self.at) {
            return None;
        }
        if self.admission == Admission::CopiesOnly {
            return Some(Reason::Dossier);
        }
        let on = self.policy.facility;
        let open = match &item.topic {
            Topic::Person | Topic::Provider => true,
            Topic::Episode { .. } => on.episodes,
            Topic::Contact { .. } => on.contacts,
            Topic::Entry { .. } | Topic::Line { .. } => on.ep_lines,
            Topic::Medication { .. } => on.medication,
            Topic::Allergy { for_medication: true, .. } => on.allergies,
            Topic::Allergy { for_medication: false, .. } => on.allergies_other,
            Topic::ContraIndication { .. } => on.contraindications,
            Topic::Observation(_) | Topic::Report { .. } => on.diagnostic_values,
            Topic::Treatment { .. } => on.treatments,
            Topic::Prophylaxis { .. } => on.prophylaxis,
            Topic::Vaccination { .. } => on.vaccinations,
            Topic::Alert { .. } => on.alerts,
            Topic::Document { .. } | Topic::Manifest { .. } => on.correspondence,
            Topic::Referral { .. } => on.referrals,
            Topic::Appointment { .. } => on.appointments,
            Topic::Representative { .. } | Topic::ContactPerson { .. } => on.contact_persons,
            Topic::Supply { .. } => on.medication,
            Topic::Panel { .. } => on.diagnostic_values,
            // Whether something that is shown refers to it is known only after all verdicts.
            Topic::Companion { .. } => true,
            Topic::Directive { .. } => on.directives,
            Topic::Social => on.social,
            Topic::Device { .. } => on.devices,
            Topic::Payer { .. } => on.payer,
            Topic::Unruled => self.is_trusted(item),
        };
        (!open).then_some(Reason::Facility)
    }

    /// F2: entered in error (R-MED-06), and memo contacts unless R-SP-04 serves them.
    fn never_served(&self, place: usize) -> Option<Reason> {
        let never = match &self.item(place).topic {
            Topic::Medication { entered_in_error, .. } => *entered_in_error,
            Topic::Supply { entered_in_error, .. } => {
                *entered_in_error
                    || self.agreement_of(place).is_some_and(|agreement| {
                        matches!(agreement.topic, Topic::Medication { entered_in_error: true, .. })
                    })
            }
            Topic::Allergy { status, .. } => *status == AllergyStatus::Error,
            Topic::Observation(result) => result.status == ObservationStatus::Error,
            _ => self.contact_of(place).is_some_and(|contact| self.is_unserved_memo(contact)),
        };
        never.then_some(Reason::Type)
    }

    fn is_unserved_memo(&self, contact: &Item) -> bool {
        match contact.topic {
            Topic::Contact { kind: ContactKind::Memo, with_patient, .. } => {
                !self.policy.memo_contacts || with_patient != Some(true)
            }
            _ => false,
        }
    }

    /// F3: not visible (R-EP-03, R-TR-01), and marks of the item (R-X-01 to R-X-03) and of the contact, entry or agreement it is
    /// part of (§15.21).
    fn hidden(&self, place: usize) -> Option<Reason> {
        let item = self.item(place);
        let own = match &item.topic {
            Topic::Episode { .. } | Topic::Treatment { .. } if self.is_trusted(item) => false,
            Topic::Episode { visible, sensitive, .. } => *visible != Visibility::Shown || *sensitive,
            Topic::Treatment { visible, .. } => *visible != Visibility::Shown,
            Topic::Entry { not_for_representative, .. } => {
                *not_for_representative && self.viewer == Viewer::Representative
            }
            _ => false,
        };
        let is_clear = |item: &Item| self.marks_that_hold(item).is_clear_on(self.at.today);
        let marked =
            !is_clear(item) || self.wholes_of(place).any(|whole| !is_clear(whole) || self.is_confidential(whole));
        (own || marked).then_some(Reason::Hidden)
    }

    /// The label of a restricted document tells the receiver how to keep it; whether it hides the document from the patient,
    /// the practice says, and only of a feed that it trusts.
    fn marks_that_hold(&self, item: &Item) -> Marks {
        let is_heeded = self.is_trusted(item) && self.policy.restricted_documents;
        Marks { restricted: item.marks.restricted && !is_heeded, ..item.marks }
    }

    fn is_confidential(&self, whole: &Item) -> bool {
        self.viewer == Viewer::Representative
            && matches!(whole.topic, Topic::Entry { not_for_representative: true, .. })
    }

    /// F4 (R-CO-06): hidden at the patient's request, itself or the contact, entry or agreement it is part of.
    fn hidden_by_patient(&self, place: usize) -> Option<Reason> {
        let hidden = |key: &ItemKey| {
            self.facts.subject.patient_hidden.iter().any(|record| record.t == key.t && record.id == key.id)
        };
        (hidden(&self.item(place).key) || self.wholes_of(place).any(|whole| hidden(&whole.key)))
            .then_some(Reason::Patient)
    }

    /// F5 and F6: a document published by hand and a form released by name pass (R-DOC-04, §4.8); everything else has its date,
    /// lines that of their contact (R-SP-02, R-SP-03).
    fn before_cutoff(&self, place: usize) -> Option<Reason> {
        let item = self.item(place);
        let before = match &item.topic {
            Topic::Document { kind: DocumentKind::Form, received, .. } => {
                !self.in_back_catalogue(&item.key) && self.stored_before_opening(*received)
            }
            Topic::Document { published: true, .. } => false,
            Topic::Document { date, .. } => self.policy.correspondence_cutoff().is_none_or(|since| *date < since),
            Topic::Contact { start, .. } => self.before_introduction(*start),
            Topic::Entry { .. } | Topic::Line { .. } => {
                // A contact that is not there has no date: F11 withholds what hangs on it.
                self.start_of_contact(place).is_some_and(|start| self.before_introduction(start))
            }
            _ => false,
        };
        before.then_some(Reason::Cutoff)
    }

    fn before_introduction(&self, start: Timestamp) -> bool {
        self.introduced.is_none_or(|since| start < since)
    }

    fn stored_before_opening(&self, received: Date) -> bool {
        match self.admission {
            Admission::Open { opened_at } => Timestamp::start_of_day(received) < opened_at,
            Admission::OpensNow | Admission::CopiesOnly => true,
        }
    }

    fn in_back_catalogue(&self, key: &ItemKey) -> bool {
        self.facts.subject.back_catalogue.iter().any(|record| record.t == key.t && record.id == key.id)
    }

    /// F7 (R-LAB-06 to R-LAB-08): determinations of the last 14 calendar months, both ends inclusive; a future date is no date.
    fn outside_window(&self, item: &Item) -> Option<Reason> {
        let Topic::Observation(result) = &item.topic else { return None };
        let day = result.date.local_date();
        let first = months_before(self.at.today, self.policy.lab_window_months);
        (day < first || day > self.at.today).then_some(Reason::Window)
    }

    /// F8: the clinical state (R-EP-01, R-EP-02, R-EP-06, R-EP-07, R-MED-04, R-TR-02, R-LAB-09, §4.9).
    fn state_not_shown(&self, place: usize) -> Option<Reason> {
        let item = self.item(place);
        let today = self.at.today;
        let in_period = |start: Date, end: Option<Date>| start <= today && end.is_none_or(|end| end >= today);
        // What is yet to come is withheld, medication and prophylaxis excepted (E63).
        let has_begun = |day: Option<Date>| day.is_none_or(|day| day <= today);
        let shown = match &item.topic {
            Topic::Episode { status, attention, named, .. } => {
                *named && (*status == EpisodeStatus::Open || *attention == Attention::Yes)
            }
            Topic::Medication { end, stopped_at, chronic, .. } => self.is_current(*end, *stopped_at, *chronic),
            Topic::Supply { end, stopped_at, in_use, .. } => self.supply_is_current(place, *end, *stopped_at, *in_use),
            Topic::Allergy { status, .. } => *status == AllergyStatus::Active,
            Topic::Observation(result) => is_final_enough(result),
            Topic::Appointment { start, status } => *status == AppointmentStatus::Booked && *start >= self.at.at,
            Topic::Contact { start, .. } => *start <= self.at.at,
            Topic::Entry { .. } | Topic::Line { .. } => {
                self.start_of_contact(place).is_none_or(|start| start <= self.at.at)
            }
            Topic::ContraIndication { start, end }
            | Topic::Alert { start, end }
            | Topic::Representative { start, end } => in_period(*start, *end),
            Topic::Prophylaxis { end } | Topic::Directive { end } => end.is_none_or(|end| end >= today),
            Topic::Device { start, end } => in_period(start.unwrap_or(today), *end),
            Topic::Payer { start, end } | Topic::ContactPerson { start, end } => {
                in_period(start.unwrap_or(today), *end)
            }
            Topic::Vaccination { given, on } => *given && has_begun(*on),
            Topic::Referral { in_force, on } => *in_force && has_begun(*on),
            Topic::Treatment { start, .. } => has_begun(*start),
            Topic::Document { date, .. } => *date <= today,
            Topic::Unruled => false,
            Topic::Report { .. }
            | Topic::Panel { .. }
            | Topic::Manifest { .. }
            | Topic::Companion { .. }
            | Topic::Social
            | Topic::Person
            | Topic::Provider => true,
        };
        (!shown).then_some(Reason::Status)
    }

    /// R-MED-01, R-MED-02, R-MED-03: not stopped, and not over; without an end only what goes on.
    fn is_current(&self, end: Option<Date>, stopped_at: Option<Timestamp>, goes_on: bool) -> bool {
        let stopped = stopped_at.is_some_and(|instant| instant <= self.at.at);
        !stopped && end.map_or(goes_on, |end| end >= self.at.today)
    }

    /// A supply is current while its agreement is, and itself is not over; one that names an agreement that is not
    /// there is not. Without an agreement its own period decides, as that of an agreement does.
    fn supply_is_current(&self, place: usize, end: Option<Date>, stopped_at: Option<Timestamp>, in_use: bool) -> bool {
        match self.related(place).agreement {
            None => self.is_current(end, stopped_at, in_use),
            Some(None) => false,
            Some(Some(agreement)) => {
                self.is_current(end, stopped_at, true) && self.state_not_shown(agreement).is_none()
            }
        }
    }

    /// F10: its moment has not come, or a line is unticked (R-SP-07).
    fn moment_not_come(&self, item: &Item) -> Option<Reason> {
        let come = match &item.topic {
            Topic::Line { visible, .. } => *visible == Visibility::Shown,
            Topic::Observation(result) => self.result_is_released(result),
            Topic::Document { .. } => self.document_is_published(item),
            Topic::Appointment { start, .. } => self.appointment_is_released(*start),
            _ => true,
        };
        (!come).then_some(Reason::Moment)
    }

    /// Published and its moment come, or let go by the timer (R-LAB-02, R-LAB-04, R-LAB-05, R-LAB-14).
    fn result_is_released(&self, result: &ResultFacts) -> bool {
        let moment = match result.state {
            ResultState::Published if result.has_conclusion => result.release_at,
            ResultState::Received if self.policy.lab_release == LabRelease::AutoDelay => {
                // What the HIS already wrote is a draft as long as nobody published it: the practice's text goes with it.
                let waits = self.policy.lab_hold_abnormal && is_abnormal(result);
                let released = self.policy.lab_auto_conclusion.is_some() && !waits;
                released.then(|| result.release_at.or_else(|| self.timer(result))).flatten()
            }
            _ => None,
        };
        moment.is_some_and(|moment| moment <= self.at.at && !self.waits_for_the_patient(moment))
    }

    /// R-LAB-15: who wants to speak to the doctor first has new results wait, until asked for and 30 days at most.
    fn waits_for_the_patient(&self, released: Timestamp) -> bool {
        let is_new = self.facts.subject.results_wait.is_some_and(|since| released > since);
        self.policy.lab_patient_wait && is_new && self.at.at < released.plus_local_days(PATIENT_WAIT_DAYS)
    }

    /// R-LAB-15 for a result of a trusted feed, which does not say when its HIS released it: the laboratory's moment counts, or
    /// else the day after the result was made.
    fn trusted_result_waits(&self, item: &Item) -> Option<Reason> {
        let Topic::Observation(result) = &item.topic else { return None };
        let known = result.release_at.or(result.authorised_at).or_else(|| day_after(result));
        known.is_some_and(|moment| self.waits_for_the_patient(moment)).then_some(Reason::Moment)
    }

    /// When the timer of `auto_delay` runs out (R-LAB-14, §15.13, §15.24).
    fn timer(&self, result: &ResultFacts) -> Option<Timestamp> {
        let from = if result.in_report { result.authorised_at? } else { day_after(result)? };
        Some(from.plus_local_days(self.policy.lab_delay_days))
    }

    /// Its bytes are there, and somebody or the practice's rule published it (R-DOC-02, R-DOC-03, R-DOC-08).
    fn document_is_published(&self, item: &Item) -> bool {
        let Topic::Document { kind, date, published, published_at, servable, .. } = &item.topic else {
            return false;
        };
        let by_hand = *published && published_at.is_some_and(|since| since <= self.at.at);
        let by_name = *kind == DocumentKind::Form && self.in_back_catalogue(&item.key);
        *servable && (by_hand || by_name || self.published_automatically(*kind, *date, item))
    }

    /// R-DOC-03: the usual kinds, dated on or after the cutoff, from receipt plus the delay.
    fn published_automatically(&self, kind: DocumentKind, date: Date, item: &Item) -> bool {
        let usual = matches!(
            kind,
            DocumentKind::SpecialistLetter
                | DocumentKind::Discharge
                | DocumentKind::ReferralOut
                | DocumentKind::HapReport
                | DocumentKind::ParamedicReport
                | DocumentKind::LabLetter
        );
        let Topic::Document { received, .. } = &item.topic else { return false };
        let after_cutoff = self.policy.correspondence_cutoff().is_some_and(|since| date >= since);
        let from = Timestamp::start_of_day(*received).plus_local_days(self.policy.correspondence_delay_days);
        self.policy.correspondence == Correspondence::Auto && usual && after_cutoff && from <= self.at.at
    }

    /// Release-rules §4.9: up to the Sunday of this week, and of the next once the weekly moment has passed.
    fn appointment_is_released(&self, start: Timestamp) -> bool {
        let Appointments::Weekly { day, time } = self.policy.appointments else { return true };
        let monday = self.at.today.checked_sub(i64::from(self.at.today.weekday().to_monday_zero_offset()).days());
        let Ok(monday) = monday else { return false };
        let days_in = |day: Weekday| i64::from(day.to_monday_zero_offset());
        let Ok(release_day) = monday.checked_add(days_in(day).days()) else { return false };
        let passed = self.at.at >= Timestamp::of_local(release_day.to_datetime(time));
        let last_day = monday.checked_add(if passed { 13.days() } else { 6.days() });
        last_day.is_ok_and(|last_day| start.local_date() <= last_day)
    }

    /// F11: the contact was not with the patient self, or it is not known with whom (R-SP-04, R-SP-12).
    fn contact_not_with_patient(&self, place: usize) -> Option<Reason> {
        if !matches!(self.item(place).topic, Topic::Contact { .. } | Topic::Entry { .. } | Topic::Line { .. }) {
            return None;
        }
        let Some(contact) = self.contact_of(place) else { return Some(Reason::Contact) };
        let Topic::Contact { kind, with_patient, .. } = contact.topic else { return Some(Reason::Contact) };
        let with_patient = with_patient.unwrap_or_else(|| kind_implies_patient(kind));
        (self.policy.patient_contact_only && !with_patient).then_some(Reason::Contact)
    }

    /// The agreement a supply names, if it is there.
    fn agreement_of(&self, place: usize) -> Option<&'a Item> {
        self.related(place).agreement.flatten().map(|place| self.item(place))
    }

    /// The contact an item is, or hangs on.
    fn contact_of(&self, place: usize) -> Option<&'a Item> {
        self.related(place).contact.map(|place| self.item(place))
    }

    fn start_of_contact(&self, place: usize) -> Option<Timestamp> {
        match self.contact_of(place)?.topic {
            Topic::Contact { start, .. } => Some(start),
            _ => None,
        }
    }

    /// The wholes this item is part of: a line of its entry and contact, an entry of its contact, a supply of its
    /// agreement.
    fn wholes_of(&self, place: usize) -> impl Iterator<Item = &'a Item> {
        let related = self.related(place);
        let contact = related.contact.filter(|contact| *contact != place);
        let agreement = related.agreement.flatten();
        let wholes = related.entry.into_iter().chain(contact).chain(agreement).chain(related.request);
        wholes.map(|place| self.item(place))
    }
}

/// R-LAB-09: final or corrected; preliminary only when the practice published it by hand.
fn is_final_enough(result: &ResultFacts) -> bool {
    match result.status {
        ObservationStatus::Final | ObservationStatus::Corrected => true,
        ObservationStatus::Prelim => result.state == ResultState::Published,
        ObservationStatus::Cancelled | ObservationStatus::Error => false,
    }
}

/// The first moment of the day after a result was made.
fn day_after(result: &ResultFacts) -> Option<Timestamp> {
    Some(Timestamp::start_of_day(result.date.local_date().tomorrow().ok()?))
}

/// R-LAB-14: what waits for a person under `lab_auto_abnormal = hold`.
fn is_abnormal(result: &ResultFacts) -> bool {
    result.flag != Some(Flag::N) || result.value == ValueKind::Text
}

/// R-SP-04: which kinds are contacts with the patient self; unknown kinds are not.
fn kind_implies_patient(kind: ContactKind) -> bool {
    match kind {
        ContactKind::Consult
        | ContactKind::Visite
        | ContactKind::TelefonischConsult
        | ContactKind::EConsult
        | ContactKind::VideoConsult
        | ContactKind::Groepsconsult
        | ContactKind::SpoedHap => true,
        ContactKind::Herhaalrecept
        | ContactKind::Overleg
        | ContactKind::Post
        | ContactKind::Administratief
        | ContactKind::Memo
        | ContactKind::Overig => false,
    }
}

/// A document whose bytes are not here, or are no PDF (R-DOC-08).
fn has_no_bytes(item: &Item) -> Option<Reason> {
    matches!(item.topic, Topic::Document { servable: false, .. }).then_some(Reason::Moment)
}
