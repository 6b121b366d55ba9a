//! Edge vectors (release-rules §12) that no test of a single rule holds.

use super::*;

#[test]
fn medication_is_there_until_the_last_second_of_its_last_day() {
    // E10; and what begins later is shown with its start (E63).
    for (at, expected) in [("2026-06-15T23:59:59+02:00", "RELEASE"), ("2026-06-16T00:00:00+02:00", "F8_STATUS")] {
        given(vec![medication("m", Some("2026-06-15"), None, false)]).at(at).gives(&[expected]);
    }
}

#[test]
fn a_line_that_names_a_hidden_diagnosis_is_judged_by_its_own_episode() {
    // E06: the rules never see the text.
    let entry = entry("n", "c", &["e"]);
    let line = line_of(&entry, 0, LineKind::E);
    let items = vec![open("e"), hidden("h"), contact("c", "2026-05-18T14:05:00+02:00"), entry, line];
    given(items).gives(&["RELEASE", "F3_HIDDEN", "RELEASE", "RELEASE", "RELEASE"]);
}

#[test]
fn what_is_linked_to_an_unconfirmed_or_sensitive_episode_is_linked_to_a_hidden_one() {
    // E62, §15.8, §15.11
    let unconfirmed = episode("e", EpisodeStatus::Open, Attention::Yes, Visibility::Unconfirmed);
    let mut sensitive = open("e");
    if let Topic::Episode { sensitive, .. } = &mut sensitive.topic {
        *sensitive = true;
    }
    let result = || linked(published("o", ObservationDate::Day(day("2026-05-11"))), &["e"]);
    for episode in [unconfirmed, sensitive] {
        let items = vec![episode, result(), linked(medication("m", None, None, true), &["e"])];
        given(items).gives(&["F3_HIDDEN", "F9_EPISODE", "STRIP F9_STRIP"]);
    }
    given(vec![open("e"), result()]).gives(&["RELEASE", "RELEASE"]);
}

#[test]
fn the_window_of_a_leap_day_begins_fourteen_months_before() {
    // E68
    for (date, expected) in [("2022-12-29", "RELEASE"), ("2022-12-28", "F7_WINDOW")] {
        let result = |facts: &mut ResultFacts| {
            facts.date = ObservationDate::Day(day(date));
            facts.release_at = Some(ts("2023-01-01T09:00:00+01:00"));
        };
        given(vec![super::result("o", result)]).at("2024-02-29T12:00:00+01:00").gives(&[expected]);
    }
}

#[test]
fn every_rule_takes_the_day_on_which_the_request_came() {
    // E69: one moment for all rules, so that a dossier is of one day or of the next, never of both.
    let items = || {
        vec![
            medication("m", Some("2026-06-15"), None, false),
            item(RecordType::Prophylaxis, "x", Topic::Prophylaxis { end: Some(day("2026-06-15")) }),
            published("o", ObservationDate::Day(day("2025-04-15"))),
            published("p", ObservationDate::Day(day("2026-06-16"))),
        ]
    };
    let before = ["RELEASE", "RELEASE", "RELEASE", "F7_WINDOW"];
    given(items()).at("2026-06-15T23:59:59.9+02:00").gives(&before);
    given(items()).at("2026-06-16T00:00:00+02:00").gives(&["F8_STATUS", "F8_STATUS", "F7_WINDOW", "RELEASE"]);
    // Asked again later, the frozen moment decides as it did.
    let frozen: Moment = ts("2026-06-15T23:59:59.9+02:00").into();
    let facts = DossierFacts::new(subject(), items());
    let admission = Admission::Open { opened_at: ts("2021-03-02T09:12:00+01:00") };
    let verdicts = decide(&facts, admission, Viewer::Patient, &policy(&[]), frozen);
    assert_eq!(verdicts.into_iter().map(describe).collect::<Vec<_>>(), before);
}

#[test]
fn a_result_that_a_person_publishes_needs_no_timer_and_a_preliminary_one_needs_a_person() {
    // R-LAB-09, R-LAB-14: the timer never takes a preliminary result.
    let auto = [("lab_release_mode", "auto_delay"), ("lab_auto_conclusion", "Geen bijzonderheden.")];
    let prelim = |state| {
        result("o", move |facts| {
            facts.status = ObservationStatus::Prelim;
            facts.state = state;
        })
    };
    given(vec![prelim(ResultState::Received)]).with(&auto).gives(&["F8_STATUS"]);
    given(vec![prelim(ResultState::Published)]).with(&auto).gives(&["RELEASE"]);
}

#[test]
fn somebody_who_turns_eighteen_keeps_what_they_see() {
    // E29: the ages of access are 12 and 16.
    let facts =
        DossierFacts::new(Subject { birth: PartialDate::from(day("2008-06-15")), ..subject() }, vec![open("e")]);
    for at in ["2026-06-14T12:00:00+02:00", "2026-06-15T00:00:00+02:00"] {
        let passes = |ground| gate(&facts, &OwnState::default(), &policy(&[]), ground, ts(at).into());
        assert!(passes(None).is_ok(), "{at}");
        assert_eq!(passes(Some(Representation::Parental)), Err(Gate::Representation), "{at}");
    }
}

#[test]
fn a_birth_date_known_by_its_year_counts_as_the_last_day_of_it() {
    // E30
    let facts = DossierFacts::new(
        Subject { birth: PartialDate { year: 2010, month: None, day: None }, ..subject() },
        Vec::new(),
    );
    let at = |at: &str| gate(&facts, &OwnState::default(), &policy(&[]), None, ts(at).into());
    assert_eq!(at("2026-12-30T23:59:59+01:00"), Err(Gate::Age));
    assert!(at("2026-12-31T00:00:00+01:00").is_ok());
}
