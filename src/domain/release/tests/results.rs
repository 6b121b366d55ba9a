//! Results: hidden episodes, age, the moment of publication, unfinished and wrong ones, the timer.

use super::*;

#[test]
fn results_of_hidden_episodes_are_withheld_even_when_published() {
    // R-LAB-12, E07, E08
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
fn an_invitation_is_told_only_for_a_result_that_nothing_else_withholds() {
    // R-LAB-05
    let invited = || result("o", |facts| facts.state = ResultState::Invited);
    let asks = |items: Vec<Item>, settings: &[(&str, &str)]| {
        let facts = DossierFacts::new(subject(), items);
        let admission = Admission::Open { opened_at: facts.subject.opened_at.unwrap() };
        let verdicts = decide(&facts, admission, Viewer::Patient, &policy(settings), ts(T).into());
        assert!(verdicts.iter().all(|verdict| !verdict.is_shown()), "the result itself is not shown");
        invites(&facts, &verdicts)
    };
    assert!(asks(vec![invited()], &[]));
    assert!(!asks(vec![result("o", |facts| facts.state = ResultState::Saved)], &[]));
    assert!(!asks(vec![marked(invited())], &[]));
    assert!(!asks(vec![hidden("h"), linked(invited(), &["h"])], &[]));
    assert!(!asks(vec![invited()], &[("facility.diagnostic_values", "false")]));
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
    // What the HIS wrote before anybody published it is a draft.
    given(vec![received(|facts| facts.has_conclusion = true)])
        .with(&[("lab_release_mode", "auto_delay")])
        .gives(&["F10_MOMENT"]);
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
