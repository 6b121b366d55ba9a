//! Every setting of the practice has effect (release-rules §2.1): under one value something is shown that another withholds.

use std::collections::BTreeSet;

use super::*;
use crate::domain::release::SETTINGS as ALL;

/// Settings that decide about people and not about items: the tests that show their effect stand in
/// docs/conformance/release.md.
const ELSEWHERE: [&str; 7] = [
    "dossier_request_mode",
    "dossier_request_auto_notice",
    "under16_policy",
    "invite_min_age",
    "register_without_eid",
    "min_loa",
    "idle_minutes",
];
/// Fixed by the guideline: one value is all it takes.
const FIXED: &str = "lab_window_months";

/// A setting, the value that shows the item at the head of the dossier and the one that does not, what else must be set, and the
/// dossier.
type Case = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)], Vec<Item>);

/// An instant after that wish, and before a month has passed.
const LATELY: &str = "2026-06-10T09:00:00+02:00";

const AUTO: &[(&str, &str)] = &[("lab_release_mode", "auto_delay"), ("lab_auto_conclusion", "Geen bijzonderheden.")];

fn one(t: RecordType, topic: Topic) -> Vec<Item> {
    vec![item(t, "x", topic)]
}

fn with_contact(contact: Item, line: Item) -> Vec<Item> {
    let Topic::Line { entry: id, .. } = &line.topic else { panic!("a line") };
    let parent = entry(id.as_str(), "c", &[]);
    let parent = Item { episodes: line.episodes.clone(), ..parent };
    vec![line, contact, parent]
}

fn a_line() -> Item {
    line_of(&entry("n", "c", &[]), 0, LineKind::E)
}

/// A result that waits for the timer since this day.
fn waiting(date: &str, change: fn(&mut ResultFacts)) -> Vec<Item> {
    vec![result("o", |facts| {
        facts.state = ResultState::Received;
        facts.release_at = None;
        facts.has_conclusion = false;
        facts.date = ObservationDate::Day(day(date));
        change(facts);
    })]
}

fn listed_by_its_line() -> Vec<Item> {
    let entry = entry("n", "c", &["e"]);
    let line = line_of(&entry, 0, LineKind::E);
    vec![closed("e"), contact("c", "2026-05-18T14:05:00+02:00"), entry, line]
}

/// A letter of a feed that its source labels as restricted.
fn restricted() -> Item {
    let letter = letter("d", "2026-06-01", None);
    Item {
        key: ItemKey { t: RecordType::Resource, ..letter.key },
        marks: Marks { restricted: true, ..Marks::default() },
        ..letter
    }
}

fn cases() -> Vec<Case> {
    let old = contact("c", "2020-08-01T10:00:00+02:00");
    let called = contact_of("c", ContactKind::TelefonischConsult, Some(false));
    let memo = contact_of("c", ContactKind::Memo, Some(true));
    let fed = Item {
        key: ItemKey::record(RecordType::Resource, &sid("x")),
        ..item(RecordType::Resource, "x", Topic::Unruled)
    };
    let far = Topic::Appointment { start: ts("2026-06-29T08:50:00+02:00"), status: AppointmentStatus::Booked };
    let thursday = Topic::Appointment { start: ts("2026-06-25T08:50:00+02:00"), status: AppointmentStatus::Booked };
    let appointment = |topic: Topic| one(RecordType::Appointment, topic);
    vec![
        ("online_access_since", "2020-07-01", "2021-01-01", &[], with_contact(old, a_line())),
        ("trust_feed", "true", "false", &[], vec![fed]),
        (
            "restricted_documents",
            "true",
            "false",
            &[("trust_feed", "true"), ("correspondence_since", "2021-01-01"), ("correspondence_mode", "auto")],
            vec![restricted()],
        ),
        ("closed_episode_policy", "attention_or_released_ep", "attention_only", &[], listed_by_its_line()),
        ("ep_patient_contact_only", "false", "true", &[], with_contact(called, a_line())),
        ("ep_memo_contacts", "true", "false", &[], with_contact(memo, a_line())),
        ("lab_release_mode", "auto_delay", "explicit", &AUTO[1..], waiting("2026-06-01", |_| {})),
        ("lab_delay_days", "7", "14", AUTO, waiting("2026-06-05", |_| {})),
        ("lab_auto_abnormal", "same", "hold", AUTO, waiting("2026-06-01", |facts| facts.flag = Some(Flag::H))),
        ("lab_auto_conclusion", "Geen bijzonderheden.", "", &AUTO[..1], waiting("2026-06-01", |_| {})),
        ("lab_patient_wait", "false", "true", &[], vec![result("o", |facts| facts.release_at = Some(ts(LATELY)))]),
        (
            "correspondence_since",
            "2021-01-01",
            "2026-02-01",
            &[("correspondence_mode", "auto")],
            vec![letter("d", "2026-01-22", None)],
        ),
        ("correspondence_mode", "auto", "manual", &[], vec![letter("d", "2026-01-22", None)]),
        (
            "correspondence_delay_days",
            "0",
            "30",
            &[("correspondence_mode", "auto")],
            vec![letter("d", "2026-06-01", None)],
        ),
        ("appointment_mode", "all_future", "weekly_release", &[], appointment(far)),
        (
            "appointment_release",
            "mon,09:00",
            "wed,17:00",
            &[("appointment_mode", "weekly_release")],
            appointment(thursday),
        ),
    ]
}

/// Of each section one item that is shown when it is on.
fn sections() -> Vec<(&'static str, Vec<Item>)> {
    use RecordType as T;
    let start = day("2026-01-01");
    let allergy = |for_medication| Topic::Allergy { for_medication, status: AllergyStatus::Active };
    let booked = Topic::Appointment { start: ts("2026-06-16T08:50:00+02:00"), status: AppointmentStatus::Booked };
    let published_on = Some("2026-01-26T11:00:00+01:00");
    vec![
        ("allergies", one(T::Allergy, allergy(true))),
        ("allergies_other", one(T::Allergy, allergy(false))),
        ("alerts", one(T::Alert, Topic::Alert { start, end: None })),
        ("appointments", one(T::Appointment, booked)),
        ("contact_persons", one(T::ContactPerson, Topic::ContactPerson { start: None, end: None })),
        ("contacts", vec![contact("c", "2026-05-18T14:05:00+02:00")]),
        ("contraindications", one(T::Contraindication, Topic::ContraIndication { start, end: None })),
        ("correspondence", vec![letter("d", "2026-01-22", published_on)]),
        ("devices", one(T::Device, Topic::Device { start: None, end: None })),
        ("diagnostic_values", vec![result("o", |_| {})]),
        ("directives", one(T::Directive, Topic::Directive { end: None })),
        ("ep_lines", with_contact(contact("c", "2026-05-18T14:05:00+02:00"), a_line())),
        ("episodes", vec![open("e")]),
        ("medication", vec![medication("m", None, None, true)]),
        ("payer", one(T::Payer, Topic::Payer { start: None, end: None })),
        ("prophylaxis", one(T::Prophylaxis, Topic::Prophylaxis { end: None })),
        ("referrals", one(T::Referral, Topic::Referral { on: None, in_force: true })),
        ("social", one(T::Lifestyle, Topic::Social)),
        ("treatments", one(T::Treatment, Topic::Treatment { visible: Visibility::Shown, start: None })),
        ("vaccinations", one(T::Vaccination, Topic::Vaccination { on: None, given: true })),
    ]
}

/// Of each kind one item that is linked to a hidden episode.
fn kinds() -> Vec<(&'static str, Vec<Item>)> {
    use RecordType as T;
    let of = |mut items: Vec<Item>| {
        items[0].episodes = vec![sid("h")];
        items.push(hidden("h"));
        items
    };
    let allergy = Topic::Allergy { for_medication: true, status: AllergyStatus::Active };
    let encounter = vec![contact("c", "2026-05-18T14:05:00+02:00"), hidden("h"), entry("n", "c", &["h"])];
    vec![
        ("allergies", of(one(T::Allergy, allergy))),
        ("documents", of(vec![letter("d", "2026-01-22", Some("2026-01-26T11:00:00+01:00"))])),
        ("encounters", encounter),
        ("medication", of(vec![medication("m", None, None, true)])),
        ("observations", of(vec![result("o", |_| {})])),
        ("prophylaxis", of(one(T::Prophylaxis, Topic::Prophylaxis { end: None }))),
        ("referrals", of(one(T::Referral, Topic::Referral { on: None, in_force: true }))),
        ("treatments", of(one(T::Treatment, Topic::Treatment { visible: Visibility::Shown, start: None }))),
    ]
}

/// Of a patient who once wished to speak to the doctor before seeing results.
fn is_shown(items: Vec<Item>, settings: &[(&str, &str)]) -> bool {
    let mut case = given(items).with(settings);
    case.subject.results_wait = Some(ts("2026-06-01T00:00:00+02:00"));
    let first = case.first();
    first == "RELEASE" || first.starts_with("STRIP")
}

#[test]
fn every_setting_shows_something_that_another_value_of_it_withholds() {
    let mut named: BTreeSet<&str> = ELSEWHERE.into_iter().chain([FIXED]).collect();
    for (key, shows, withholds, with, items) in cases() {
        let under = |value: &'static str| is_shown(items.clone(), &[with, &[(key, value)]].concat());
        assert!(under(shows), "{key} = {shows} shows it");
        assert!(!under(withholds), "{key} = {withholds} withholds it");
        named.insert(key);
    }
    let all = ALL.iter().map(|(key, ..)| *key).chain(["appointment_release"]);
    assert_eq!(named, all.collect(), "every setting has its case, or its tests elsewhere");
}

#[test]
fn every_section_is_shown_while_it_is_on_and_empty_while_it_is_off() {
    // G8, E42, R-LAB-01, R-TR-03, R-TR-04
    let sections = sections();
    assert_eq!(sections.iter().map(|(section, _)| *section).collect::<Vec<_>>(), SECTIONS);
    for (section, items) in sections {
        let key = format!("facility.{section}");
        assert!(is_shown(items.clone(), &[(&key, "true")]), "{section}");
        assert_eq!(given(items).with(&[(&key, "false")]).first(), "G8_FACILITY", "{section}");
    }
}

#[test]
fn every_kind_is_stripped_or_hidden_with_its_episode_as_the_practice_says() {
    // F9
    let kinds = kinds();
    assert_eq!(kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), CASCADES);
    for (kind, items) in kinds {
        let key = format!("cascade.{kind}");
        let on = ("facility.referrals", "true");
        assert_eq!(given(items.clone()).with(&[on, (&key, "strip")]).first(), "STRIP F9_STRIP", "{kind}");
        assert_eq!(given(items).with(&[on, (&key, "hide")]).first(), "F9_EPISODE", "{kind}");
    }
}

#[test]
fn what_decides_about_people_does_not_decide_about_items() {
    let items = || vec![open("e"), result("o", |_| {}), medication("m", None, None, true)];
    let before = given(items()).texts();
    let others = [
        ("dossier_request_mode", "auto"),
        ("dossier_request_auto_notice", "false"),
        ("under16_policy", "hold_open"),
        ("invite_min_age", "60"),
        ("register_without_eid", "true"),
        ("min_loa", "hoog"),
        ("idle_minutes", "1"),
    ];
    assert_eq!(others.map(|(key, _)| key), ELSEWHERE);
    for setting in others {
        assert_eq!(given(items()).with(&[setting]).texts(), before, "{setting:?}");
    }
}
