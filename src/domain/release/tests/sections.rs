//! The sections that are ours: for each a case that releases and one that withholds.

use super::*;

pub(super) fn supply(id: &str, agreement: Option<&str>, end: Option<&str>) -> Item {
    let topic = Topic::Supply {
        agreement: agreement.map(sid),
        request: None,
        end: end.map(day),
        stopped_at: None,
        in_use: false,
        entered_in_error: false,
    };
    item(RecordType::Dispense, id, topic)
}

fn panel() -> Item {
    let topic = Topic::Panel { members: [sid("o1"), sid("o2")] };
    Item { key: ItemKey::panel(&sid("o1")), ..item(RecordType::Observation, "o1", topic) }
}

#[test]
fn sections_of_our_own_are_off_until_switched_on() {
    let past = Some(day("2026-06-14"));
    let cases = [
        (Topic::Directive { end: None }, RecordType::Directive, "facility.directives", "RELEASE"),
        (Topic::Directive { end: past }, RecordType::AdvanceDirective, "facility.directives", "F8_STATUS"),
        (Topic::Social, RecordType::Lifestyle, "facility.social", "RELEASE"),
        (Topic::Device { start: None, end: None }, RecordType::Device, "facility.devices", "RELEASE"),
        (Topic::Device { start: None, end: past }, RecordType::Device, "facility.devices", "F8_STATUS"),
        (Topic::Payer { start: None, end: None }, RecordType::Payer, "facility.payer", "RELEASE"),
        (Topic::Payer { start: None, end: past }, RecordType::Payer, "facility.payer", "F8_STATUS"),
        (
            Topic::ContactPerson { start: Some(day("2026-06-16")), end: None },
            RecordType::ContactPerson,
            "facility.contact_persons",
            "F8_STATUS",
        ),
        (
            Topic::ContactPerson { start: None, end: None },
            RecordType::ContactPerson,
            "facility.contact_persons",
            "RELEASE",
        ),
    ];
    for (topic, t, switch, when_on) in cases {
        given(vec![item(t, "x", topic.clone())]).gives(&["G8_FACILITY"]);
        given(vec![item(t, "x", topic.clone())]).with(&[(switch, "true")]).gives(&[when_on]);
        given(vec![marked(item(t, "x", topic))]).with(&[(switch, "true")]).gives(&["F3_HIDDEN"]);
    }
}

#[test]
fn a_supply_is_shown_while_its_agreement_is() {
    let current = || medication("m", Some("2026-12-31"), None, false);
    given(vec![current(), supply("d", Some("m"), Some("2026-12-31"))]).gives(&["RELEASE", "RELEASE"]);
    given(vec![current(), supply("d", Some("m"), None)]).gives(&["RELEASE", "RELEASE"]);
    given(vec![current(), supply("d", Some("m"), Some("2026-06-14"))]).gives(&["RELEASE", "F8_STATUS"]);
    let over = medication("m", Some("2026-06-14"), None, false);
    given(vec![over, supply("d", Some("m"), Some("2026-12-31"))]).gives(&["F8_STATUS", "F8_STATUS"]);
    let hidden = marked(current());
    given(vec![hidden, supply("d", Some("m"), Some("2026-12-31"))]).gives(&["F3_HIDDEN", "F3_HIDDEN"]);
    given(vec![current(), supply("d", Some("m"), Some("2026-12-31"))])
        .subject(|subject| subject.patient_hidden = vec![RecordRef { t: RecordType::Medication, id: sid("m") }])
        .gives(&["F4_PATIENT", "F4_PATIENT"]);
    given(vec![supply("d", Some("gone"), Some("2026-12-31"))]).gives(&["F8_STATUS"]);
    given(vec![supply("d", None, Some("2026-06-15"))]).gives(&["RELEASE"]);
    given(vec![supply("d", None, None)]).gives(&["F8_STATUS"]);
    given(vec![supply("d", None, Some("2026-06-15"))])
        .with(&[("facility.medication", "false")])
        .gives(&["G8_FACILITY"]);
}

#[test]
fn a_supply_of_an_agreement_of_a_hidden_episode_is_stripped_with_it() {
    let agreement = linked(medication("m", Some("2026-12-31"), None, false), &["ep"]);
    let items = vec![hidden("ep"), agreement, supply("d", Some("m"), None)];
    given(items.clone()).gives(&["F3_HIDDEN", "STRIP F9_STRIP", "STRIP F9_STRIP"]);
    given(items).with(&[("cascade.medication", "hide")]).gives(&["F3_HIDDEN", "F9_EPISODE", "F9_EPISODE"]);
}

#[test]
fn a_panel_is_shown_while_both_of_its_results_are() {
    let of = |id: &str| published(id, ObservationDate::Day(day("2026-05-11")));
    given(vec![of("o1"), of("o2"), panel()]).gives(&["RELEASE"; 3]);
    given(vec![of("o1"), marked(of("o2")), panel()]).gives(&["RELEASE", "F3_HIDDEN", "F3_HIDDEN"]);
    let held = |id: &str| {
        let mut item = of(id);
        if let Topic::Observation(facts) = &mut item.topic {
            facts.state = ResultState::Saved;
        }
        item
    };
    given(vec![held("o1"), of("o2"), panel()]).gives(&["F10_MOMENT", "RELEASE", "F10_MOMENT"]);
    given(vec![of("o1"), panel()]).gives(&["RELEASE", "F8_STATUS"]);
}

#[test]
fn a_companion_is_withheld_by_marks_and_by_a_closed_dossier() {
    let companion = || item(RecordType::Order, "w", Topic::Companion { results: Vec::new() });
    given(vec![companion()]).gives(&["RELEASE"]);
    given(vec![marked(companion())]).gives(&["F3_HIDDEN"]);
    given(vec![companion()]).copies_only().gives(&["G7_DOSSIER"]);
    given(vec![hidden("ep"), linked(companion(), &["ep"])]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
}

#[test]
fn what_answers_a_request_follows_the_request_and_its_agreement() {
    let agreement = |stopped: Option<&str>| {
        let stopped_at = stopped.map(ts);
        item(
            RecordType::Medication,
            "m",
            Topic::Medication { end: None, stopped_at, chronic: true, entered_in_error: false },
        )
    };
    let request =
        || Item { key: ItemKey::record(RecordType::DispenseRequest, &sid("r")), ..supply("r", Some("m"), None) };
    let dispense = || {
        let mut dispense = supply("d", None, Some("2026-09-01"));
        if let Topic::Supply { request, .. } = &mut dispense.topic {
            *request = Some(sid("r"));
        }
        dispense
    };
    given(vec![agreement(None), request(), dispense()]).gives(&["RELEASE"; 3]);
    given(vec![marked(agreement(None)), request(), dispense()]).gives(&["F3_HIDDEN"; 3]);
    given(vec![agreement(None), marked(request()), dispense()]).gives(&["RELEASE", "F3_HIDDEN", "F3_HIDDEN"]);
    given(vec![agreement(Some("2026-06-01T10:00:00+02:00")), request(), dispense()]).gives(&["F8_STATUS"; 3]);
}

#[test]
fn an_order_is_shown_only_while_all_its_results_are() {
    let order = || item(RecordType::Order, "w", Topic::Companion { results: vec![sid("o1"), sid("o2")] });
    let of = |id: &str| published(id, ObservationDate::Day(day("2026-05-11")));
    given(vec![of("o1"), of("o2"), order()]).gives(&["RELEASE"; 3]);
    given(vec![of("o1"), marked(of("o2")), order()]).gives(&["RELEASE", "F3_HIDDEN", "F3_HIDDEN"]);
}

#[test]
fn what_is_yet_to_come_is_not_shown() {
    // E63
    let on = [("facility.vaccinations", "true"), ("facility.referrals", "true"), ("facility.devices", "true")];
    for (start, expected) in [("2026-06-15", "RELEASE"), ("2026-06-16", "F8_STATUS")] {
        let start = Some(day(start));
        let cases = [
            (RecordType::Treatment, Topic::Treatment { visible: Visibility::Shown, start }),
            (RecordType::Vaccination, Topic::Vaccination { given: true, on: start }),
            (RecordType::Referral, Topic::Referral { in_force: true, on: start }),
            (RecordType::Device, Topic::Device { start, end: None }),
        ];
        for (t, topic) in cases {
            given(vec![item(t, "x", topic)]).with(&on).gives(&[expected]);
        }
    }
}

#[test]
fn what_would_harm_waits_for_its_day() {
    // R-X-03
    let held = || {
        let mut item = open("e");
        item.marks.harm_until = Some(day("2026-06-16"));
        item
    };
    given(vec![held()]).at("2026-06-15T23:59:59+02:00").gives(&["F3_HIDDEN"]);
    given(vec![held()]).at("2026-06-16T00:00:00+02:00").gives(&["RELEASE"]);
}
