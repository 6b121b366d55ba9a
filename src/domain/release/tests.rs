//! The decision table (release-rules §11) and the edge vectors (§12), on the frame of the sheet:
//! introduction 2020-07-01, correspondence from 2021-01-01, T = 2026-06-15T10:00:00+02:00.

mod documents;
mod feed;
mod gates;
mod never_more;
mod results;
mod sections;
mod settings;
mod table;
mod vectors;

use jiff::civil::Date;

use super::*;
use crate::domain::dossier::*;
use crate::domain::representation::Representation;
use crate::domain::time::{Moment, PartialDate, Timestamp};

const T: &str = "2026-06-15T10:00:00+02:00";

const SETTINGS: [(&str, &str); 6] = [
    ("online_access_since", "2020-07-01"),
    ("correspondence_since", "2021-01-01"),
    ("facility.ep_lines", "true"),
    ("facility.diagnostic_values", "true"),
    ("facility.correspondence", "true"),
    ("facility.appointments", "true"),
];

fn ts(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn sid(text: &str) -> SourceId {
    text.parse().unwrap()
}

fn policy(extra: &[(&str, &str)]) -> Policy {
    Policy::from_settings(SETTINGS.iter().chain(extra).copied()).unwrap()
}

fn subject() -> Subject {
    Subject {
        birth: PartialDate::from(day("1958-03-21")),
        deceased: false,
        status: PatientStatus::Registered,
        has_bsn: true,
        bsn_verified: true,
        block: Block::None,
        state: DossierState::Open,
        opened_at: Some(ts("2021-03-02T09:12:00+01:00")),
        state_at: Some(ts("2026-06-14T18:00:00+02:00")),
        patient_hidden: Vec::new(),
        back_catalogue: Vec::new(),
        results_wait: None,
    }
}

fn item(t: RecordType, id: &str, topic: Topic) -> Item {
    Item { key: ItemKey::record(t, &sid(id)), marks: Marks::default(), episodes: Vec::new(), topic }
}

fn episode(id: &str, status: EpisodeStatus, attention: Attention, visible: Visibility) -> Item {
    item(RecordType::Episode, id, Topic::Episode { status, attention, visible, sensitive: false, named: true })
}

fn open(id: &str) -> Item {
    episode(id, EpisodeStatus::Open, Attention::No, Visibility::Shown)
}

fn hidden(id: &str) -> Item {
    episode(id, EpisodeStatus::Open, Attention::No, Visibility::Hidden)
}

fn closed(id: &str) -> Item {
    episode(id, EpisodeStatus::Closed, Attention::No, Visibility::Shown)
}

fn contact(id: &str, start: &str) -> Item {
    let topic = Topic::Contact { start: ts(start), kind: ContactKind::Consult, with_patient: Some(true) };
    item(RecordType::Contact, id, topic)
}

fn contact_of(id: &str, kind: ContactKind, with_patient: Option<bool>) -> Item {
    item(RecordType::Contact, id, Topic::Contact { start: ts("2026-05-18T14:05:00+02:00"), kind, with_patient })
}

fn entry(id: &str, contact: &str, episodes: &[&str]) -> Item {
    let topic = Topic::Entry { contact: sid(contact), not_for_representative: false };
    let episodes = episodes.iter().map(|id| sid(id)).collect();
    Item { episodes, ..item(RecordType::Entry, id, topic) }
}

fn line_of(entry: &Item, index: usize, kind: LineKind) -> Item {
    let Topic::Entry { contact, .. } = &entry.topic else { panic!("lines belong to entries") };
    Item {
        key: ItemKey::line(&entry.key.id, index),
        marks: Marks::default(),
        episodes: entry.episodes.clone(),
        topic: Topic::Line { entry: entry.key.id.clone(), contact: contact.clone(), kind, visible: Visibility::Shown },
    }
}

fn published(id: &str, date: ObservationDate) -> Item {
    let facts = ResultFacts {
        date,
        status: ObservationStatus::Final,
        state: ResultState::Published,
        release_at: Some(ts("2025-01-01T09:00:00+01:00")),
        has_conclusion: true,
        flag: Some(Flag::N),
        value: ValueKind::Quantity,
        in_report: false,
        authorised_at: None,
    };
    item(RecordType::Observation, id, Topic::Observation(facts))
}

fn result(id: &str, change: impl FnOnce(&mut ResultFacts)) -> Item {
    let mut item = published(id, ObservationDate::Day(day("2026-05-11")));
    if let Topic::Observation(facts) = &mut item.topic {
        change(facts);
    }
    item
}

fn medication(id: &str, end: Option<&str>, stopped_at: Option<&str>, chronic: bool) -> Item {
    let topic =
        Topic::Medication { end: end.map(day), stopped_at: stopped_at.map(ts), chronic, entered_in_error: false };
    item(RecordType::Medication, id, topic)
}

fn letter(id: &str, date: &str, published_at: Option<&str>) -> Item {
    document(id, DocumentKind::SpecialistLetter, date, published_at)
}

fn document(id: &str, kind: DocumentKind, date: &str, published_at: Option<&str>) -> Item {
    let topic = Topic::Document {
        kind,
        date: day(date),
        received: day(date),
        published: published_at.is_some(),
        published_at: published_at.map(ts),
        servable: true,
        override_episode: false,
    };
    item(RecordType::Document, id, topic)
}

fn linked(mut item: Item, episodes: &[&str]) -> Item {
    item.episodes = episodes.iter().map(|id| sid(id)).collect();
    item
}

fn marked(mut item: Item) -> Item {
    item.marks.third_party = true;
    item
}

struct Case {
    items: Vec<Item>,
    subject: Subject,
    policy: Policy,
    at: Timestamp,
    viewer: Viewer,
    admission: Option<Admission>,
}

/// A dossier in the frame of the sheet; the builder changes what a case needs.
fn given(items: Vec<Item>) -> Case {
    Case { items, subject: subject(), policy: policy(&[]), at: ts(T), viewer: Viewer::Patient, admission: None }
}

impl Case {
    fn with(mut self, settings: &[(&str, &str)]) -> Self {
        self.policy = policy(settings);
        self
    }

    fn at(mut self, instant: &str) -> Self {
        self.at = ts(instant);
        self
    }

    fn subject(mut self, change: impl FnOnce(&mut Subject)) -> Self {
        change(&mut self.subject);
        self
    }

    fn for_representative(mut self) -> Self {
        self.viewer = Viewer::Representative;
        self
    }

    fn copies_only(mut self) -> Self {
        self.admission = Some(Admission::CopiesOnly);
        self
    }

    /// The verdicts as text: `RELEASE`, `STRIP` or the reason code.
    fn gives(self, expected: &[&str]) {
        assert_eq!(self.texts(), expected);
    }

    /// What becomes of the first item, as text.
    fn first(self) -> String {
        self.texts().remove(0)
    }

    fn texts(self) -> Vec<String> {
        let facts = DossierFacts::new(self.subject, self.items);
        let opened_at = facts.subject.opened_at.unwrap();
        let admission = self.admission.unwrap_or(Admission::Open { opened_at });
        let verdicts = decide(&facts, admission, self.viewer, &self.policy, self.at.into());
        verdicts.into_iter().map(describe).collect()
    }
}

fn describe(verdict: Verdict) -> String {
    match verdict {
        Verdict::Release => "RELEASE".into(),
        Verdict::Strip(reason) => format!("STRIP {reason}"),
        Verdict::Withhold(reason) => reason.code().into(),
    }
}

#[test]
fn episodes_follow_the_decision_table() {
    // R-EP-01 to R-EP-04, R-EP-07, E01 to E03
    use Attention::{No, Unknown, Yes};
    use EpisodeStatus::{Closed, Open};
    use Visibility::{Hidden, Shown, Unconfirmed};
    let cases = [
        (Open, No, Shown, "RELEASE"),
        (Open, Yes, Shown, "RELEASE"),
        (Open, Yes, Hidden, "F3_HIDDEN"),
        (Open, Yes, Unconfirmed, "F3_HIDDEN"),
        (Closed, Yes, Shown, "RELEASE"),
        (Closed, Yes, Hidden, "F3_HIDDEN"),
        (Closed, No, Shown, "F8_STATUS"),
        (Closed, Unknown, Shown, "F8_STATUS"),
    ];
    for (status, attention, visible, expected) in cases {
        given(vec![episode("e", status, attention, visible)]).gives(&[expected]);
    }
}

#[test]
fn a_sensitive_or_nameless_episode_is_withheld() {
    // R-EP-03, R-EP-06, §15.11
    let topic = |sensitive, named| Topic::Episode {
        status: EpisodeStatus::Open,
        attention: Attention::Yes,
        visible: Visibility::Shown,
        sensitive,
        named,
    };
    given(vec![item(RecordType::Episode, "e", topic(true, true)), item(RecordType::Episode, "f", topic(false, false))])
        .gives(&["F3_HIDDEN", "F8_STATUS"]);
}

#[test]
fn lines_start_at_the_introduction_by_the_local_date_of_their_contact() {
    // R-SP-02 and R-SP-03: 23:50 the day before, and five past midnight of the day itself.
    for (start, expected) in [("2020-06-30T23:50:00+02:00", "F6_CUTOFF"), ("2020-07-01T00:05:00+02:00", "RELEASE")] {
        let entry = entry("n", "c", &[]);
        let line = line_of(&entry, 0, LineKind::E);
        given(vec![contact("c", start), entry, line]).gives(&[expected; 3]);
    }
}

#[test]
fn moving_the_introduction_moves_the_lines() {
    // E40, E41
    let items = || {
        let entry = entry("n", "c", &[]);
        vec![contact("c", "2020-06-30T10:00:00+02:00"), line_of(&entry, 0, LineKind::P), entry]
    };
    given(items()).with(&[("online_access_since", "2020-06-30")]).gives(&["RELEASE"; 3]);
    given(items()).with(&[("online_access_since", "2020-07-02")]).gives(&["F6_CUTOFF"; 3]);
}

#[test]
fn one_hidden_episode_in_a_contact_takes_its_own_lines_only() {
    // R-SP-05, R-SP-08, E04, E05
    let (about_open, about_hidden) = (entry("n1", "c", &["e"]), entry("n2", "c", &["h"]));
    let (line, secret) = (line_of(&about_open, 0, LineKind::E), line_of(&about_hidden, 0, LineKind::P));
    let items =
        vec![open("e"), hidden("h"), contact("c", "2026-05-18T14:05:00+02:00"), about_open, about_hidden, line, secret];
    given(items).gives(&["RELEASE", "F3_HIDDEN", "STRIP F9_STRIP", "RELEASE", "F9_EPISODE", "RELEASE", "F9_EPISODE"]);
}

#[test]
fn an_episode_closed_without_attention_is_not_hidden() {
    // R-SP-06, E01 and §11: lines, results and medication stay, without the link.
    let entry = entry("n", "c", &["e"]);
    let line = line_of(&entry, 0, LineKind::E);
    let items = vec![
        closed("e"),
        contact("c", "2026-05-18T14:05:00+02:00"),
        entry,
        line,
        linked(published("o", ObservationDate::Day(day("2026-05-11"))), &["e"]),
        linked(medication("m", None, None, true), &["e"]),
    ];
    given(items).gives(&["F8_STATUS", "RELEASE", "RELEASE", "RELEASE", "RELEASE", "RELEASE"]);
}

#[test]
fn the_wider_episode_policy_lists_an_episode_while_a_line_of_it_is_shown() {
    let items = |visible| {
        let entry = entry("n", "c", &["e"]);
        let mut line = line_of(&entry, 0, LineKind::E);
        if let Topic::Line { visible: tick, .. } = &mut line.topic {
            *tick = visible;
        }
        vec![closed("e"), contact("c", "2026-05-18T14:05:00+02:00"), entry, line]
    };
    let wide = [("closed_episode_policy", "attention_or_released_ep")];
    given(items(Visibility::Shown)).with(&wide).gives(&["RELEASE"; 4]);
    given(items(Visibility::Hidden)).with(&wide).gives(&["F8_STATUS", "RELEASE", "F10_MOMENT", "F10_MOMENT"]);
}

#[test]
fn an_unticked_line_goes_alone_and_a_contact_stays_without_lines() {
    // R-SP-07, R-SP-08, E61
    let entry = entry("n", "c", &[]);
    let mut unticked = line_of(&entry, 1, LineKind::P);
    if let Topic::Line { visible, .. } = &mut unticked.topic {
        *visible = Visibility::Unconfirmed;
    }
    let line = line_of(&entry, 0, LineKind::E);
    let contact = contact("c", "2026-05-18T14:05:00+02:00");
    given(vec![contact.clone(), entry.clone(), line, unticked.clone()]).gives(&[
        "RELEASE",
        "RELEASE",
        "RELEASE",
        "F10_MOMENT",
    ]);
    given(vec![contact, entry, unticked]).gives(&["RELEASE", "F10_MOMENT", "F10_MOMENT"]);
}

#[test]
fn only_contacts_with_the_patient_self_are_shown() {
    // R-SP-04, R-SP-12, E37-E39, §15.7
    use ContactKind::*;
    let cases = [
        (Consult, None, "RELEASE"),
        (Visite, None, "RELEASE"),
        (TelefonischConsult, None, "RELEASE"),
        (TelefonischConsult, Some(false), "F11_CONTACT"),
        (EConsult, None, "RELEASE"),
        (VideoConsult, None, "RELEASE"),
        (Groepsconsult, None, "RELEASE"),
        (SpoedHap, None, "RELEASE"),
        (Overleg, None, "F11_CONTACT"),
        (Overleg, Some(true), "RELEASE"),
        (Post, None, "F11_CONTACT"),
        (Administratief, None, "F11_CONTACT"),
        (Herhaalrecept, None, "F11_CONTACT"),
        (Overig, None, "F11_CONTACT"),
        (Memo, Some(true), "F2_TYPE"),
        (Memo, None, "F2_TYPE"),
    ];
    for (kind, with_patient, expected) in cases {
        let entry = entry("n", "c", &[]);
        let line = line_of(&entry, 0, LineKind::E);
        given(vec![contact_of("c", kind, with_patient), entry, line]).gives(&[expected; 3]);
    }
    let memos = [("ep_memo_contacts", "true")];
    given(vec![contact_of("c", Memo, Some(true))]).with(&memos).gives(&["RELEASE"]);
    given(vec![contact_of("c", Memo, None)]).with(&memos).gives(&["F2_TYPE"]);
}

#[test]
fn a_line_whose_contact_is_missing_is_withheld() {
    let entry = entry("n", "gone", &[]);
    let line = line_of(&entry, 0, LineKind::E);
    given(vec![entry, line]).gives(&["F11_CONTACT", "F11_CONTACT"]);
}

#[test]
fn a_marked_contact_takes_its_entries_along() {
    // §15.21
    let entry = entry("n", "c", &[]);
    let line = line_of(&entry, 0, LineKind::E);
    let contact = contact("c", "2026-05-18T14:05:00+02:00");
    given(vec![marked(contact.clone()), entry.clone(), line.clone()]).gives(&["F3_HIDDEN"; 3]);
    let hide = RecordRef { t: RecordType::Contact, id: sid("c") };
    given(vec![contact, entry, line]).subject(|subject| subject.patient_hidden.push(hide)).gives(&["F4_PATIENT"; 3]);
}

#[test]
fn a_contact_that_has_not_begun_is_withheld() {
    // E63
    let entry = entry("n", "c", &[]);
    let line = line_of(&entry, 0, LineKind::E);
    given(vec![contact("c", "2026-06-15T10:00:01+02:00"), entry, line]).gives(&["F8_STATUS"; 3]);
}

#[test]
fn an_episode_the_patient_asked_to_hide_cascades() {
    // E51
    let hide = RecordRef { t: RecordType::Episode, id: sid("e") };
    let entry = entry("n", "c", &["e"]);
    let line = line_of(&entry, 0, LineKind::E);
    given(vec![open("e"), contact("c", "2026-05-18T14:05:00+02:00"), entry, line])
        .subject(|subject| subject.patient_hidden.push(hide))
        .gives(&["F4_PATIENT", "STRIP F9_STRIP", "F9_EPISODE", "F9_EPISODE"]);
}

#[test]
fn a_link_to_an_episode_that_is_not_there_counts_as_hidden() {
    given(vec![linked(published("o", ObservationDate::Day(day("2026-05-11"))), &["gone"])]).gives(&["F9_EPISODE"]);
}

#[test]
fn medication_is_current_until_stopped_or_past_its_last_day() {
    // R-MED-01 to R-MED-03, E09, E10, E63
    let cases = [
        (Some("2026-06-15"), None, false, T, "RELEASE"),
        (Some("2026-06-15"), None, false, "2026-06-16T00:00:00+02:00", "F8_STATUS"),
        (None, Some("2026-06-15T09:59:00+02:00"), true, T, "F8_STATUS"),
        (None, Some("2026-06-15T09:59:00+02:00"), true, "2026-06-15T09:58:59+02:00", "RELEASE"),
        (Some("2027-01-01"), Some("2026-06-15T10:00:00+02:00"), true, T, "F8_STATUS"),
        (None, None, true, T, "RELEASE"),
        (None, None, false, T, "F8_STATUS"),
    ];
    for (end, stopped, chronic, at, expected) in cases {
        given(vec![medication("m", end, stopped, chronic)]).at(at).gives(&[expected]);
    }
    let wrong = Topic::Medication { end: None, stopped_at: None, chronic: true, entered_in_error: true };
    given(vec![item(RecordType::Medication, "m", wrong)]).gives(&["F2_TYPE"]);
}

#[test]
fn medication_of_a_hidden_episode_is_stripped_or_hidden_as_the_practice_sets() {
    // R-MED-05, E11
    let items = || vec![hidden("h"), linked(medication("m", None, None, true), &["h"])];
    given(items()).gives(&["F3_HIDDEN", "STRIP F9_STRIP"]);
    given(items()).with(&[("cascade.medication", "hide")]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
}

#[test]
fn allergies_for_medication_are_shown_while_active() {
    // R-MED-04, E65
    let allergy = |for_medication, status| item(RecordType::Allergy, "a", Topic::Allergy { for_medication, status });
    given(vec![allergy(true, AllergyStatus::Active)]).gives(&["RELEASE"]);
    given(vec![allergy(true, AllergyStatus::Inactive)]).gives(&["F8_STATUS"]);
    given(vec![allergy(true, AllergyStatus::Error)]).gives(&["F2_TYPE"]);
    given(vec![allergy(false, AllergyStatus::Active)]).gives(&["G8_FACILITY"]);
    given(vec![allergy(false, AllergyStatus::Active)])
        .with(&[("facility.allergies_other", "true")])
        .gives(&["RELEASE"]);
}

#[test]
fn treatments_and_prophylaxis_follow_visibility_and_end() {
    // R-TR-01, R-TR-02
    let treatment = |visible| item(RecordType::Treatment, "t", Topic::Treatment { visible, start: None });
    given(vec![treatment(Visibility::Shown)]).gives(&["RELEASE"]);
    given(vec![treatment(Visibility::Unconfirmed)]).gives(&["F3_HIDDEN"]);
    given(vec![hidden("h"), linked(treatment(Visibility::Shown), &["h"])]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
    let prophylaxis = |end: Option<&str>| item(RecordType::Prophylaxis, "x", Topic::Prophylaxis { end: end.map(day) });
    given(vec![prophylaxis(None)]).gives(&["RELEASE"]);
    given(vec![prophylaxis(Some("2026-06-15"))]).gives(&["RELEASE"]);
    given(vec![prophylaxis(Some("2026-06-14"))]).gives(&["F8_STATUS"]);
}

#[test]
fn sections_outside_the_guideline_are_off_until_switched_on() {
    // R-TR-03, R-TR-04, §15.23
    let (start, end) = (day("2026-01-01"), Some(day("2026-06-14")));
    let cases = [
        (Topic::Vaccination { given: true, on: None }, RecordType::Vaccination, "facility.vaccinations", "RELEASE"),
        (Topic::Referral { in_force: true, on: None }, RecordType::Referral, "facility.referrals", "RELEASE"),
        (Topic::Alert { start, end: None }, RecordType::Alert, "facility.alerts", "RELEASE"),
        (Topic::Alert { start, end }, RecordType::Alert, "facility.alerts", "F8_STATUS"),
        (
            Topic::ContraIndication { start, end },
            RecordType::Contraindication,
            "facility.contraindications",
            "F8_STATUS",
        ),
        (Topic::Representative { start, end: None }, RecordType::Representative, "facility.contact_persons", "RELEASE"),
    ];
    for (topic, t, switch, when_on) in cases {
        given(vec![item(t, "x", topic.clone())]).gives(&["G8_FACILITY"]);
        given(vec![item(t, "x", topic)]).with(&[(switch, "true")]).gives(&[when_on]);
    }
}

#[test]
fn a_section_that_is_off_is_empty() {
    // E42
    given(vec![published("o", ObservationDate::Day(day("2026-05-11")))])
        .with(&[("facility.diagnostic_values", "false")])
        .gives(&["G8_FACILITY"]);
}

#[test]
fn appointments_are_shown_while_booked_and_ahead() {
    // release-rules §4.9, E64
    let appointment =
        |start, status| item(RecordType::Appointment, "ap", Topic::Appointment { start: ts(start), status });
    use AppointmentStatus::{Booked, Cancelled};
    given(vec![appointment("2026-06-29T08:50:00+02:00", Booked)]).gives(&["RELEASE"]);
    given(vec![appointment("2026-06-16T08:50:00+02:00", Cancelled)]).gives(&["F8_STATUS"]);
    given(vec![appointment("2026-06-15T09:59:59+02:00", Booked)]).gives(&["F8_STATUS"]);
    let weekly = [("appointment_mode", "weekly_release")];
    let vectors = [
        ("2026-06-17T16:59:59+02:00", "2026-06-21T23:00:00+02:00", "RELEASE"),
        ("2026-06-17T16:59:59+02:00", "2026-06-22T08:00:00+02:00", "F10_MOMENT"),
        ("2026-06-17T17:00:00+02:00", "2026-06-28T23:00:00+02:00", "RELEASE"),
        ("2026-06-17T17:00:00+02:00", "2026-06-29T08:00:00+02:00", "F10_MOMENT"),
        ("2026-06-22T09:00:00+02:00", "2026-06-28T08:00:00+02:00", "RELEASE"),
        ("2026-06-22T09:00:00+02:00", "2026-06-29T08:00:00+02:00", "F10_MOMENT"),
    ];
    for (at, start, expected) in vectors {
        given(vec![appointment(start, Booked)]).with(&weekly).at(at).gives(&[expected]);
    }
}

#[test]
fn a_representative_never_sees_what_was_confidential() {
    // R-AG-08
    let mut entry = entry("n", "c", &[]);
    if let Topic::Entry { not_for_representative, .. } = &mut entry.topic {
        *not_for_representative = true;
    }
    let items = vec![contact("c", "2026-05-18T14:05:00+02:00"), line_of(&entry, 0, LineKind::E), entry];
    given(items.clone()).gives(&["RELEASE"; 3]);
    given(items).for_representative().gives(&["RELEASE", "F3_HIDDEN", "F3_HIDDEN"]);
}
