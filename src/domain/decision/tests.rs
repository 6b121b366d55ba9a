//! Which statement counts, of practice and HIS, and what each kind of decision does to the records (release-rules §2.3).

use super::*;
use crate::domain::dossier::{Attention, Entry, Episode, EpisodeStatus, Line, LineKind};
use crate::domain::dossier::{Patient, PatientStatus, PersonName, Sex};
use crate::domain::time::PartialDate;
use jiff::civil::date;

fn ts(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn id(text: &str) -> SourceId {
    text.parse().unwrap()
}

fn record<T>(key: &str, at: &str, d: T) -> Record<T> {
    Record { id: id(key), v: 1, at: ts(at), mark: PracticeMark::default(), d }
}

const BEFORE: &str = "2026-06-14T18:00:00+02:00";
const DECIDED: &str = "2026-06-15T09:00:00+02:00";
const AFTER: &str = "2026-06-16T18:00:00+02:00";

fn episode(at: &str, visible: Visibility) -> Record<Episode> {
    let d = Episode {
        title: Some("Keelpijn".into()),
        friendly_title: None,
        icpc: Some("R21".into()),
        start: date(2026, 5, 2),
        end: None,
        status: EpisodeStatus::Open,
        attention: Attention::No,
        flag: None,
        visible,
        sensitive: false,
        bundle: None,
        icpc_text: None,
        attention_start: None,
        attention_by: None,
    };
    record("e1", at, d)
}

fn dossier() -> PatientRecords {
    let name = PersonName { last: "Jansen".into(), ..PersonName::default() };
    let d = Patient {
        bsn: None,
        bsn_verified: true,
        name,
        sex: Sex::Unknown,
        birth: PartialDate::from(date(1970, 1, 1)),
        deceased: None,
        multiple_birth: None,
        addr: None,
        phone: Vec::new(),
        email: None,
        insurer: None,
        gp: None,
        registered_from: date(2020, 1, 1),
        registered_to: None,
        status: PatientStatus::Registered,
        addresses: Vec::new(),
        phones: Vec::new(),
        marital_status: None,
    };
    PatientRecords::of(record("p1", BEFORE, d))
}

fn decided(about: ItemKey, choice: Choice) -> Decision {
    Decision { about, choice, at: ts(DECIDED), by: "e1".into(), reason: None }
}

#[test]
fn of_practice_and_his_the_newer_statement_counts_and_at_the_same_instant_what_hides() {
    // E70
    use Visibility::{Hidden, Shown};
    let cases = [
        (BEFORE, Shown, false, Hidden),
        (DECIDED, Shown, false, Hidden),
        (AFTER, Shown, false, Shown),
        (BEFORE, Hidden, true, Shown),
        (DECIDED, Hidden, true, Hidden),
        (AFTER, Hidden, true, Hidden),
    ];
    for (at, delivered, shown, expected) in cases {
        let mut records = dossier();
        records.episodes.push(episode(at, delivered));
        let about = ItemKey::record(RecordType::Episode, &id("e1"));
        Decisions::of([decided(about, Choice::Visible(shown))]).enter(&mut records);
        assert_eq!(records.episodes[0].d.visible, expected, "{at} {shown}");
    }
}

#[test]
fn a_sensitive_episode_is_released_by_name_only() {
    // §15.11
    for (shown, sensitive) in [(true, false), (false, true)] {
        let mut records = dossier();
        records.episodes.push(episode(BEFORE, Visibility::Shown));
        records.episodes[0].d.sensitive = true;
        let about = ItemKey::record(RecordType::Episode, &id("e1"));
        Decisions::of([decided(about, Choice::Visible(shown))]).enter(&mut records);
        assert_eq!(records.episodes[0].d.sensitive, sensitive);
    }
}

#[test]
fn a_line_is_unticked_alone_and_the_last_decision_counts() {
    // R-SP-07
    let line = |index| Line {
        index,
        kind: LineKind::P,
        text: "plan".into(),
        icpc: None,
        visible: Visibility::Shown,
        third_party: false,
        edited_at: None,
        icpc_text: None,
        author: None,
        problem: None,
    };
    let entry = Entry {
        contact: id("c1"),
        seq: 1,
        episodes: Vec::new(),
        lines: vec![line(0), line(1)],
        not_for_representative: false,
    };
    let mut records = dossier();
    records.entries.push(record("d1", BEFORE, entry));
    let untick = decided(ItemKey::line(&id("d1"), 1), Choice::Visible(false));
    let mut again = records.clone();
    Decisions::of([untick.clone()]).enter(&mut records);
    let visible = |records: &PatientRecords| -> Vec<Visibility> {
        records.entries[0].d.lines.iter().map(|line| line.visible).collect()
    };
    assert_eq!(visible(&records), [Visibility::Shown, Visibility::Hidden]);
    let tick = Decision { choice: Choice::Visible(true), ..untick.clone() };
    Decisions::of([untick, tick]).enter(&mut again);
    assert_eq!(visible(&again), [Visibility::Shown, Visibility::Shown]);
}

#[test]
fn a_corrected_result_waits_for_a_new_review_and_the_same_one_does_not() {
    // R-LAB-10, E18, E19
    use crate::domain::dossier::{ObservationDate, ObservationStatus, ResultRelease};
    let received = ResultRelease { state: ResultState::Received, at: None, conclusion: None, by: None };
    let result = Observation {
        nhg45: Some("523".into()),
        key: None,
        loinc: None,
        name: Some("kalium".into()),
        date: ObservationDate::Day(date(2026, 6, 1)),
        value: ObservationValue::Quantity {
            value: "4.1".into(),
            unit: Some("mmol/L".into()),
            ucum: true,
            comparator: None,
        },
        low: None,
        high: None,
        flag: None,
        status: ObservationStatus::Final,
        lab: None,
        lab_agb: None,
        report: None,
        contact: None,
        episodes: Vec::new(),
        comment: None,
        comment_third_party: false,
        release: received,
        kind: None,
        identifier: None,
        unit_text: None,
        interpretation: None,
        body_site: None,
        method: None,
        performer: None,
        specimen: None,
        members: Vec::new(),
        order: None,
    };
    let publish = Choice::Result {
        state: ResultState::Published,
        release_at: Some(ts(DECIDED)),
        conclusion: Some("Goed.".into()),
        seen: fingerprint(&result),
    };
    let decisions = Decisions::of([decided(ItemKey::record(RecordType::Observation, &id("o1")), publish)]);
    let state_of = |at: &str, result: &Observation| {
        let mut records = dossier();
        records.observations.push(record("o1", at, result.clone()));
        decisions.enter(&mut records);
        records.observations[0].d.release.state
    };
    assert_eq!(state_of(BEFORE, &result), ResultState::Published);
    assert_eq!(state_of(AFTER, &result), ResultState::Published, "delivered again, unchanged");
    let corrected = Observation { comment: Some("hemolytisch".into()), ..result.clone() };
    assert_eq!(state_of(AFTER, &corrected), ResultState::Received);
    // Also when the HIS changed it before somebody looked at what it was, and delivers it later.
    assert_eq!(state_of(BEFORE, &corrected), ResultState::Received);
    // What hides holds for what came before it, whatever that says.
    let withdraw = Choice::Result {
        state: ResultState::Withdrawn,
        release_at: None,
        conclusion: None,
        seen: fingerprint(&result),
    };
    let decisions = Decisions::of([decided(ItemKey::record(RecordType::Observation, &id("o1")), withdraw)]);
    let mut records = dossier();
    records.observations.push(record("o1", BEFORE, corrected));
    decisions.enter(&mut records);
    assert_eq!(records.observations[0].d.release.state, ResultState::Withdrawn);
}

#[test]
fn marks_add_up_and_end_only_here() {
    let key = ItemKey::record(RecordType::Treatment, &id("t1"));
    let topic = Topic::Treatment { visible: Visibility::Shown, start: None };
    let mut items = vec![Item { key: key.clone(), marks: Default::default(), episodes: Vec::new(), topic }];
    let mut subject = crate::domain::decision::tests::subject();
    let on = decided(key.clone(), Choice::ThirdParty(true));
    let hide = decided(key.clone(), Choice::PatientHidden(true));
    Decisions::of([on.clone(), hide]).mark(&mut subject, &mut items, &|_| None);
    assert!(items[0].marks.third_party && subject.patient_hidden.len() == 1);
    let off = decided(key, Choice::ThirdParty(false));
    items[0].marks = Default::default();
    Decisions::of([on, off]).mark(&mut subject, &mut items, &|_| None);
    assert!(items[0].marks.is_clear());
}

fn subject() -> Subject {
    Subject {
        birth: PartialDate::from(date(1970, 1, 1)),
        deceased: false,
        status: PatientStatus::Registered,
        has_bsn: true,
        bsn_verified: true,
        block: crate::domain::dossier::Block::None,
        state: DossierState::Open,
        opened_at: None,
        state_at: None,
        patient_hidden: Vec::new(),
        back_catalogue: Vec::new(),
        results_wait: None,
    }
}

#[test]
fn a_dossier_moves_only_along_the_states_of_the_sheet() {
    use DossierState::{Closed, None, OnHold, Open, Refused, Requested};
    let all = [None, Requested, Open, Refused, OnHold, Closed];
    let allowed: Vec<(DossierState, DossierState)> = all
        .into_iter()
        .flat_map(|from| all.into_iter().map(move |to| (from, to)))
        .filter(|(from, to)| may_become(*from, *to))
        .collect();
    assert_eq!(
        allowed,
        [
            (None, Requested),
            (Requested, Open),
            (Requested, Refused),
            (Requested, OnHold),
            (Open, Closed),
            (Refused, Requested),
            (OnHold, Requested),
            (OnHold, Open),
            (OnHold, Refused),
            (Closed, Requested),
        ]
    );
}
