//! The decision table (release-rules §11) and the edge vectors (§12), on the frame of the sheet:
//! introduction 2020-07-01, correspondence from 2021-01-01, T = 2026-06-15T10:00:00+02:00.

use jiff::civil::Date;
use proptest::prelude::*;

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
        let facts = DossierFacts::new(self.subject, self.items);
        let opened_at = facts.subject.opened_at.unwrap();
        let admission = self.admission.unwrap_or(Admission::Open { opened_at });
        let verdicts = decide(&facts, admission, self.viewer, &self.policy, self.at.into());
        let texts: Vec<String> = verdicts.iter().map(|verdict| describe(*verdict)).collect();
        assert_eq!(texts, expected);
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
    // E04, E05
    let (about_open, about_hidden) = (entry("n1", "c", &["e"]), entry("n2", "c", &["h"]));
    let (line, secret) = (line_of(&about_open, 0, LineKind::E), line_of(&about_hidden, 0, LineKind::P));
    let items =
        vec![open("e"), hidden("h"), contact("c", "2026-05-18T14:05:00+02:00"), about_open, about_hidden, line, secret];
    given(items).gives(&["RELEASE", "F3_HIDDEN", "STRIP F9_STRIP", "RELEASE", "F9_EPISODE", "RELEASE", "F9_EPISODE"]);
}

#[test]
fn an_episode_closed_without_attention_is_not_hidden() {
    // E01 and §11: lines, results and medication stay, without the link.
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
    // R-SP-07, E61
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
    // R-SP-04, E37-E39, §15.7
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
    // E11
    let items = || vec![hidden("h"), linked(medication("m", None, None, true), &["h"])];
    given(items()).gives(&["F3_HIDDEN", "STRIP F9_STRIP"]);
    given(items()).with(&[("cascade.medication", "hide")]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
}

#[test]
fn results_of_hidden_episodes_are_withheld_even_when_published() {
    // E07, E08
    let o = |id, episodes: &[&str]| linked(published(id, ObservationDate::Day(day("2026-05-11"))), episodes);
    given(vec![open("e"), hidden("h"), o("o1", &["h"]), o("o2", &["e", "h"]), o("o3", &["e"])]).gives(&[
        "RELEASE",
        "F3_HIDDEN",
        "F9_EPISODE",
        "F9_EPISODE",
        "RELEASE",
    ]);
    given(vec![hidden("h"), o("o1", &["h"])])
        .with(&[("cascade.observations", "strip")])
        .gives(&["F3_HIDDEN", "STRIP F9_STRIP"]);
}

#[test]
fn results_are_shown_for_fourteen_calendar_months() {
    // R-LAB-06, R-LAB-08, E31-E34
    let cases = [
        (ObservationDate::Day(day("2025-04-15")), T, "RELEASE"),
        (ObservationDate::Day(day("2025-04-14")), T, "F7_WINDOW"),
        (ObservationDate::Day(day("2026-06-16")), T, "F7_WINDOW"),
        (ObservationDate::At(ts("2025-04-14T22:30:00Z")), T, "RELEASE"),
        (ObservationDate::At(ts("2025-04-14T21:30:00Z")), T, "F7_WINDOW"),
        (ObservationDate::Day(day("2025-02-28")), "2026-04-30T12:00:00+02:00", "RELEASE"),
        (ObservationDate::Day(day("2025-02-27")), "2026-04-30T12:00:00+02:00", "F7_WINDOW"),
    ];
    for (date, at, expected) in cases {
        given(vec![published("o", date)]).at(at).gives(&[expected]);
    }
}

#[test]
fn a_result_waits_for_its_moment_to_the_second() {
    // R-LAB-02, R-LAB-04, R-LAB-05, E20
    let scheduled = || result("o", |facts| facts.release_at = Some(ts("2026-06-16T09:00:00+02:00")));
    given(vec![scheduled()]).at("2026-06-16T08:59:59+02:00").gives(&["F10_MOMENT"]);
    given(vec![scheduled()]).at("2026-06-16T09:00:00+02:00").gives(&["RELEASE"]);
    for state in [ResultState::Received, ResultState::Saved, ResultState::Invited, ResultState::Withdrawn] {
        given(vec![result("o", |facts| facts.state = state)]).gives(&["F10_MOMENT"]);
    }
    given(vec![result("o", |facts| facts.has_conclusion = false)]).gives(&["F10_MOMENT"]);
    given(vec![result("o", |facts| facts.release_at = None)]).gives(&["F10_MOMENT"]);
}

#[test]
fn unfinished_results_need_a_person_and_wrong_ones_never_appear() {
    // R-LAB-09
    use ObservationStatus::*;
    for (status, expected) in
        [(Prelim, "RELEASE"), (Corrected, "RELEASE"), (Cancelled, "F8_STATUS"), (Error, "F2_TYPE")]
    {
        given(vec![result("o", |facts| facts.status = status)]).gives(&[expected]);
    }
    given(vec![result("o", |facts| {
        facts.status = Prelim;
        facts.state = ResultState::Saved;
    })])
    .gives(&["F8_STATUS"]);
}

#[test]
fn the_timer_needs_an_authorisation_and_a_standard_conclusion() {
    // R-LAB-14, §15.13, §15.24: authorised 2026-06-05T13:02, seven days
    let received = |change: fn(&mut ResultFacts)| {
        result("o", |facts| {
            facts.state = ResultState::Received;
            facts.release_at = None;
            facts.has_conclusion = false;
            facts.in_report = true;
            facts.authorised_at = Some(ts("2026-06-05T13:02:00+02:00"));
            facts.date = ObservationDate::Day(day("2026-06-04"));
            change(facts);
        })
    };
    let auto = [("lab_release_mode", "auto_delay"), ("lab_auto_conclusion", "Geen bijzonderheden.")];
    type Change = fn(&mut ResultFacts);
    let cases: [(Change, &str, &str); 11] = [
        (|_| {}, "2026-06-12T13:01:59+02:00", "F10_MOMENT"),
        (|_| {}, "2026-06-12T13:02:00+02:00", "RELEASE"),
        (|facts| facts.flag = Some(Flag::H), T, "F10_MOMENT"),
        (|facts| facts.flag = None, T, "F10_MOMENT"),
        (|facts| facts.value = ValueKind::Text, T, "F10_MOMENT"),
        (|facts| facts.authorised_at = None, T, "F10_MOMENT"),
        (|facts| facts.state = ResultState::Saved, T, "F10_MOMENT"),
        (|facts| facts.release_at = Some(ts("2026-07-01T09:00:00+02:00")), T, "F10_MOMENT"),
        (|facts| facts.release_at = Some(ts("2026-06-06T09:00:00+02:00")), "2026-06-06T09:00:00+02:00", "RELEASE"),
        (|facts| facts.in_report = false, "2026-06-11T23:59:59+02:00", "F10_MOMENT"),
        (|facts| facts.in_report = false, "2026-06-12T00:00:00+02:00", "RELEASE"),
    ];
    for (change, at, expected) in cases {
        given(vec![received(change)]).with(&auto).at(at).gives(&[expected]);
    }
    given(vec![received(|_| {})]).with(&[("lab_release_mode", "auto_delay")]).gives(&["F10_MOMENT"]);
    given(vec![received(|facts| facts.flag = Some(Flag::H))])
        .with(&[auto[0], auto[1], ("lab_auto_abnormal", "same")])
        .gives(&["RELEASE"]);
}

#[test]
fn a_report_shows_while_a_member_does_and_hides_alone() {
    // R-LAB-11, §15.21
    let members = vec![sid("o1"), sid("o2")];
    let report = item(RecordType::Report, "r", Topic::Report { members });
    let saved = |id| result(id, |facts| facts.state = ResultState::Saved);
    let fine = |id| published(id, ObservationDate::Day(day("2026-05-11")));
    given(vec![report.clone(), fine("o1"), saved("o2")]).gives(&["RELEASE", "RELEASE", "F10_MOMENT"]);
    given(vec![report.clone(), saved("o1"), saved("o2")]).gives(&["F10_MOMENT"; 3]);
    given(vec![marked(report), fine("o1")]).gives(&["F3_HIDDEN", "RELEASE"]);
    given(vec![item(RecordType::Report, "r", Topic::Report { members: Vec::new() })]).gives(&["F8_STATUS"]);
}

#[test]
fn documents_follow_cutoff_and_publication() {
    // R-DOC-02 to R-DOC-06, E12-E14, §15.1
    let published_on = Some("2026-01-26T11:00:00+01:00");
    let cases = [
        (letter("d", "2026-01-22", published_on), "RELEASE"),
        (letter("d", "2021-01-01", None), "F10_MOMENT"),
        (letter("d", "2020-12-31", None), "F6_CUTOFF"),
        (letter("d", "2020-12-31", published_on), "RELEASE"),
        (letter("d", "2019-03-04", None), "F6_CUTOFF"),
        (letter("d", "2026-06-10", Some("2026-06-15T10:00:01+02:00")), "F10_MOMENT"),
    ];
    for (document, expected) in cases {
        given(vec![document]).gives(&[expected]);
    }
    let mut without_bytes = letter("d", "2026-01-22", published_on);
    if let Topic::Document { servable, .. } = &mut without_bytes.topic {
        *servable = false;
    }
    given(vec![without_bytes]).gives(&["F10_MOMENT"]);
    let of_hidden = linked(letter("d", "2026-01-22", published_on), &["h"]);
    let mut overridden = of_hidden.clone();
    if let Topic::Document { override_episode, .. } = &mut overridden.topic {
        *override_episode = true;
    }
    given(vec![hidden("h"), of_hidden]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
    given(vec![hidden("h"), overridden]).gives(&["F3_HIDDEN", "RELEASE"]);
}

#[test]
fn automatic_publication_takes_the_usual_kinds_after_the_delay() {
    let auto = [("correspondence_mode", "auto"), ("correspondence_delay_days", "3")];
    let cases = [
        (letter("d", "2026-06-12", None), "RELEASE"),
        (letter("d", "2026-06-13", None), "F10_MOMENT"),
        (letter("d", "2020-12-31", None), "F6_CUTOFF"),
        (document("d", DocumentKind::Letter, "2026-05-01", None), "F10_MOMENT"),
        (document("d", DocumentKind::HapReport, "2026-05-01", None), "RELEASE"),
    ];
    for (document, expected) in cases {
        given(vec![document]).with(&auto).gives(&[expected]);
    }
}

#[test]
fn forms_of_before_the_opening_are_released_by_name_only() {
    // release-rules §4.8, §15.10; opened 2021-03-02
    let form = |date, published_at| document("d", DocumentKind::Form, date, published_at);
    let by_name = RecordRef { t: RecordType::Document, id: sid("d") };
    given(vec![form("2021-03-01", Some("2021-03-05T09:00:00+01:00"))]).gives(&["F6_CUTOFF"]);
    given(vec![form("2021-03-01", None)]).subject(|s| s.back_catalogue.push(by_name.clone())).gives(&["RELEASE"]);
    given(vec![form("2021-03-03", None)]).gives(&["F10_MOMENT"]);
    given(vec![form("2021-03-03", Some("2021-03-05T09:00:00+01:00"))]).gives(&["RELEASE"]);
}

#[test]
fn a_published_copy_is_shown_in_every_state_unless_hidden() {
    // R-DOC-09, §15.4, §15.22, E60
    let copy = || document("d", DocumentKind::Copy, "2026-01-22", Some("2026-01-26T11:00:00+01:00"));
    let person = item(RecordType::Patient, "p", Topic::Person);
    given(vec![person, copy(), open("e"), letter("l", "2026-01-22", Some("2026-01-26T11:00:00+01:00"))])
        .copies_only()
        .gives(&["RELEASE", "RELEASE", "G7_DOSSIER", "G7_DOSSIER"]);
    given(vec![copy()]).with(&[("facility.correspondence", "false")]).gives(&["RELEASE"]);
    given(vec![marked(copy())]).copies_only().gives(&["F3_HIDDEN"]);
}

#[test]
fn allergies_for_medication_are_shown_while_active() {
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
    let treatment = |visible| item(RecordType::Treatment, "t", Topic::Treatment { visible });
    given(vec![treatment(Visibility::Shown)]).gives(&["RELEASE"]);
    given(vec![treatment(Visibility::Unconfirmed)]).gives(&["F3_HIDDEN"]);
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
        (Topic::Vaccination, RecordType::Vaccination, "facility.vaccinations", "RELEASE"),
        (Topic::Referral, RecordType::Referral, "facility.referrals", "RELEASE"),
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

fn gated(change: impl FnOnce(&mut Subject, &mut OwnState, &mut Policy)) -> Result<Admission, Gate> {
    gated_at(T, change)
}

fn gated_at(at: &str, change: impl FnOnce(&mut Subject, &mut OwnState, &mut Policy)) -> Result<Admission, Gate> {
    let (mut subject, mut own, mut policy) = (subject(), OwnState::default(), policy(&[]));
    change(&mut subject, &mut own, &mut policy);
    gate(&DossierFacts::new(subject, Vec::new()), &own, &policy, None, ts(at).into())
}

#[test]
fn an_open_dossier_of_an_adult_passes_the_gates() {
    assert_eq!(gated(|_, _, _| {}), Ok(Admission::Open { opened_at: ts("2021-03-02T09:12:00+01:00") }));
    assert!(gated(|subject, _, _| subject.status = PatientStatus::Deregistered).is_ok(), "E45");
    assert!(gated(|subject, _, _| subject.status = PatientStatus::Passant).is_ok(), "§15.11");
}

#[test]
fn each_gate_closes_for_its_own_reason() {
    type Change = fn(&mut Subject, &mut OwnState, &mut Policy);
    let cases: [(Change, Gate); 17] = [
        (|_, _, policy| policy.online_access_since = None, Gate::PracticeOff),
        (|_, _, policy| policy.online_access_since = Some(day("2026-06-16")), Gate::PracticeOff),
        (|subject, _, _| subject.has_bsn = false, Gate::BlockNoBsn),
        (|subject, _, _| subject.bsn_verified = false, Gate::BlockUnverified),
        (|subject, _, _| subject.block = Block::Practice, Gate::BlockPractice),
        (|subject, _, _| subject.block = Block::PatientOptout, Gate::BlockOptout),
        (|subject, _, _| subject.block = Block::Transferred, Gate::BlockTransferred),
        (|_, own, _| own.block = Block::IdentityConflict, Gate::BlockConflict),
        (|subject, _, _| subject.deceased = true, Gate::BlockDeceased),
        (|subject, _, _| subject.status = PatientStatus::Transferred, Gate::BlockTransferred),
        (|subject, _, _| subject.birth = PartialDate::from(day("2010-06-16")), Gate::Age),
        (|subject, _, _| subject.birth = PartialDate { year: 2010, month: None, day: None }, Gate::Age),
        (|subject, _, _| subject.state = DossierState::Requested, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::OnHold, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::Refused, Gate::Dossier),
        (|subject, _, _| subject.state = DossierState::Closed, Gate::Dossier),
        (|subject, _, _| subject.opened_at = Some(ts("2026-06-15T10:00:01+02:00")), Gate::Dossier),
    ];
    for (change, expected) in cases {
        assert_eq!(gated(change), Err(expected));
    }
}

#[test]
fn the_sixteenth_birthday_begins_at_midnight_in_amsterdam() {
    // E26, E27
    let young: fn(&mut Subject, &mut OwnState, &mut Policy) =
        |subject, _, _| subject.birth = PartialDate::from(day("2010-06-16"));
    assert_eq!(gated_at("2026-06-15T21:59:59Z", young), Err(Gate::Age));
    assert!(gated_at("2026-06-15T22:00:00Z", young).is_ok());
}

#[test]
fn the_newer_dossier_state_wins_and_ours_at_the_same_instant() {
    let closed_at = |at: &str| {
        let at = ts(at);
        gated(move |_, own, _| own.state = Some((DossierState::Closed, at)))
    };
    assert!(closed_at("2026-06-14T17:59:59+02:00").is_ok());
    assert_eq!(closed_at("2026-06-14T18:00:00+02:00"), Err(Gate::Dossier));
    assert_eq!(closed_at("2026-06-15T09:00:00+02:00"), Err(Gate::Dossier), "E25");
}

#[test]
fn the_first_authorisation_opens_where_the_practice_opens_automatically() {
    let none = |mode| {
        gated(move |subject, _, policy| {
            subject.state = DossierState::None;
            subject.opened_at = None;
            policy.request_mode = mode;
        })
    };
    assert_eq!(none(RequestMode::Auto), Ok(Admission::OpensNow));
    assert_eq!(none(RequestMode::Manual), Err(Gate::Dossier));
}

#[test]
fn a_published_copy_opens_the_gate_but_not_past_a_block() {
    let copy = document("d", DocumentKind::Copy, "2026-01-22", Some("2026-01-26T11:00:00+01:00"));
    let with = |change: fn(&mut Subject), item: Item| {
        let mut subject = subject();
        subject.state = DossierState::None;
        change(&mut subject);
        gate(&DossierFacts::new(subject, vec![item]), &OwnState::default(), &policy(&[]), None, ts(T).into())
    };
    assert_eq!(with(|_| {}, copy.clone()), Ok(Admission::CopiesOnly));
    assert_eq!(with(|subject| subject.block = Block::Practice, copy.clone()), Err(Gate::BlockPractice));
    assert_eq!(with(|_| {}, marked(copy.clone())), Err(Gate::Dossier));
    // Who acts for the patient opens no dossier, and sees the copy in each state as the patient does.
    let by_mandate = |policy: &Policy, item: Vec<Item>| {
        let subject = Subject { state: DossierState::None, opened_at: None, ..subject() };
        let ground = Some(Representation::Voluntary);
        gate(&DossierFacts::new(subject, item), &OwnState::default(), policy, ground, ts(T).into())
    };
    for request_mode in [RequestMode::Auto, RequestMode::Manual] {
        let policy = Policy { request_mode, ..policy(&[]) };
        assert_eq!(by_mandate(&policy, vec![copy.clone()]), Ok(Admission::CopiesOnly));
        assert_eq!(by_mandate(&policy, vec![]), Err(Gate::Dossier));
    }
}

prop_compose! {
    fn some_item()(
        which in 0..9_usize,
        number in 0..4_u8,
        episode_links in prop::collection::vec(0..4_u8, 0..3),
        flags in any::<[bool; 4]>(),
        days in -800..40_i32,
    ) -> Item {
        let instant = ts(T).plus_local_days(days);
        let visible = if flags[0] { Visibility::Shown } else { Visibility::Hidden };
        let status = if flags[1] { EpisodeStatus::Open } else { EpisodeStatus::Closed };
        let attention = if flags[2] { Attention::Yes } else { Attention::No };
        let id = format!("r{number}");
        let mut item = match which {
            0 | 1 => episode(&id, status, attention, visible),
            2 => contact(&id, &instant.to_rfc3339()),
            3 => entry(&id, &format!("r{}", number / 2), &[]),
            4 => line_of(&entry(&id, &format!("r{}", number / 2), &[]), 0, LineKind::E),
            5 => medication(&id, Some(&instant.local_date().to_string()), None, flags[1]),
            6 => published(&id, ObservationDate::At(instant)),
            7 => letter(&id, &instant.local_date().to_string(), flags[1].then_some("2026-01-26T11:00:00+01:00")),
            _ => item(RecordType::Report, &id, Topic::Report { members: vec![sid("r0"), sid("r1")] }),
        };
        item.marks.third_party = flags[3] && flags[0];
        if !matches!(item.topic, Topic::Episode { .. } | Topic::Contact { .. } | Topic::Report { .. }) {
            item.episodes = episode_links.iter().map(|n| sid(&format!("r{n}"))).collect();
        }
        item
    }
}

proptest! {
    #[test]
    fn marking_an_item_never_releases_more(items in prop::collection::vec(some_item(), 1..25), which: prop::sample::Index) {
        let verdicts = |items: &[Item]| {
            let facts = DossierFacts::new(subject(), items.to_vec());
            let opened_at = facts.subject.opened_at.unwrap();
            decide(&facts, Admission::Open { opened_at }, Viewer::Patient, &policy(&[]), ts(T).into())
        };
        let before = verdicts(&items);
        let mut marked_items = items.clone();
        let place = which.index(items.len());
        marked_items[place].marks.hidden_by_practice = true;
        let after = verdicts(&marked_items);
        prop_assert_eq!(after[place].is_shown(), matches!(items[place].topic, Topic::Person | Topic::Provider));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before.is_shown() || !after.is_shown());
        }
    }

    #[test]
    fn switching_a_section_off_never_releases_more(items in prop::collection::vec(some_item(), 1..25), which in 0..7_usize) {
        let switches = ["ep_lines", "diagnostic_values", "correspondence", "medication", "episodes", "contacts", "allergies"];
        let verdicts = |extra: &[(&str, &str)]| {
            let facts = DossierFacts::new(subject(), items.clone());
            let opened_at = facts.subject.opened_at.unwrap();
            decide(&facts, Admission::Open { opened_at }, Viewer::Patient, &policy(extra), ts(T).into())
        };
        let key = format!("facility.{}", switches[which]);
        let (on, off) = (verdicts(&[]), verdicts(&[(&key, "false")]));
        for (on, off) in on.iter().zip(&off) {
            prop_assert!(on.is_shown() || !off.is_shown());
        }
    }

    #[test]
    fn a_decision_depends_on_its_arguments_only(items in prop::collection::vec(some_item(), 0..25), days in -400..400_i32) {
        let facts = DossierFacts::new(subject(), items);
        let at: Moment = ts(T).plus_local_days(days).into();
        let admission = Admission::Open { opened_at: facts.subject.opened_at.unwrap() };
        let first = decide(&facts, admission, Viewer::Patient, &policy(&[]), at);
        prop_assert_eq!(&first, &decide(&facts, admission, Viewer::Patient, &policy(&[]), at));
        prop_assert_eq!(first.len(), facts.items().len());
        let stored: DossierFacts = postcard::from_bytes(&postcard::to_allocvec(&facts).unwrap()).unwrap();
        prop_assert_eq!(first, decide(&stored, admission, Viewer::Patient, &policy(&[]), at));
    }
}
