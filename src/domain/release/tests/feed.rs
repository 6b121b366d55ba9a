//! A FHIR feed: by the rules like everything else, until the practice trusts it; and what holds even then.

use super::sections::supply;
use super::*;

const TRUST: (&str, &str) = ("trust_feed", "true");

/// The same item, delivered as FHIR.
fn fed(item: Item) -> Item {
    Item { key: ItemKey { t: RecordType::Resource, ..item.key }, ..item }
}

fn unconfirmed(id: &str) -> Item {
    fed(episode(id, EpisodeStatus::Open, Attention::Unknown, Visibility::Unconfirmed))
}

#[test]
fn without_trust_what_fhir_does_not_say_is_withheld() {
    let result = |id: &str| {
        let mut item = published(id, ObservationDate::Day(day("2026-06-01")));
        if let Topic::Observation(result) = &mut item.topic {
            result.state = ResultState::Received;
        }
        fed(item)
    };
    given(vec![unconfirmed("e"), result("o")]).gives(&["F3_HIDDEN", "F10_MOMENT"]);
    given(vec![unconfirmed("e"), result("o")]).with(&[TRUST]).gives(&["RELEASE", "RELEASE"]);
    let over = || fed(medication("m", Some("2026-06-14"), None, false));
    given(vec![over(), fed(supply("d", Some("m"), None))]).gives(&["F8_STATUS", "F8_STATUS"]);
    given(vec![over(), fed(supply("d", Some("m"), None))]).with(&[TRUST]).gives(&["RELEASE", "RELEASE"]);
    let unruled = || fed(item(RecordType::Resource, "g", Topic::Unruled));
    given(vec![unruled()]).gives(&["G8_FACILITY"]);
    given(vec![unruled()]).with(&[TRUST]).gives(&["RELEASE"]);
}

#[test]
fn trust_is_for_the_feed_and_not_for_other_deliveries() {
    let over = medication("m", Some("2026-06-14"), None, false);
    given(vec![over, hidden("e")]).with(&[TRUST]).gives(&["F8_STATUS", "F3_HIDDEN"]);
}

#[test]
fn trust_opens_no_section_that_is_switched_off_and_no_mark() {
    let current = || fed(medication("m", Some("2026-12-31"), None, false));
    given(vec![current()]).with(&[TRUST, ("facility.medication", "false")]).gives(&["G8_FACILITY"]);
    given(vec![marked(current())]).with(&[TRUST]).gives(&["F3_HIDDEN"]);
    given(vec![current()])
        .with(&[TRUST])
        .subject(|subject| subject.patient_hidden = vec![RecordRef { t: RecordType::Resource, id: sid("m") }])
        .gives(&["F4_PATIENT"]);
}

#[test]
fn a_restricted_document_is_shown_by_a_trusted_feed_of_a_practice_that_says_so() {
    const SHOW: (&str, &str) = ("restricted_documents", "true");
    let restricted = || {
        let mut item = letter("d", "2026-06-01", None);
        item.marks.restricted = true;
        item
    };
    let sections =
        [("facility.correspondence", "true"), ("correspondence_since", "2021-01-01"), ("correspondence_mode", "auto")];
    let given_with =
        |item: Item, more: &[(&'static str, &'static str)]| given(vec![item]).with(&[&sections[..], more].concat());
    given_with(fed(restricted()), &[TRUST, SHOW]).gives(&["RELEASE"]);
    given_with(fed(restricted()), &[TRUST]).gives(&["F3_HIDDEN"]);
    given_with(fed(restricted()), &[SHOW]).gives(&["F3_HIDDEN"]);
    given_with(restricted(), &[TRUST, SHOW]).gives(&["F3_HIDDEN"]);
    given_with(fed(marked(restricted())), &[TRUST, SHOW]).gives(&["F3_HIDDEN"]);
}

#[test]
fn a_document_without_its_bytes_is_shown_by_no_feed() {
    // R-DOC-08
    let with_bytes = |there: bool| {
        let mut item = letter("d", "2026-06-01", None);
        if let Topic::Document { servable, .. } = &mut item.topic {
            *servable = there;
        }
        given(vec![fed(item)]).with(&[TRUST, ("facility.correspondence", "true")])
    };
    with_bytes(true).gives(&["RELEASE"]);
    with_bytes(false).gives(&["F10_MOMENT"]);
}

#[test]
fn who_wishes_to_speak_to_the_doctor_first_has_new_results_of_a_trusted_feed_wait() {
    let result = |authorised: Option<&str>| {
        let mut item = published("o", ObservationDate::Day(day("2026-06-09")));
        if let Topic::Observation(result) = &mut item.topic {
            (result.state, result.release_at) = (ResultState::Received, None);
            result.authorised_at = authorised.map(ts);
        }
        vec![fed(item)]
    };
    let wished = |since: &'static str| move |subject: &mut Subject| subject.results_wait = Some(ts(since));
    let (early, late) = ("2026-06-01T00:00:00+02:00", "2026-06-12T00:00:00+02:00");
    let with = &[TRUST, ("lab_patient_wait", "true")];
    given(result(None)).with(with).gives(&["RELEASE"]);
    given(result(None)).with(with).subject(wished(early)).gives(&["F10_MOMENT"]);
    given(result(None)).with(with).subject(wished(late)).gives(&["RELEASE"]);
    let authorised = || result(Some("2026-06-13T09:00:00+02:00"));
    given(authorised()).with(with).subject(wished(late)).gives(&["F10_MOMENT"]);
    given(authorised()).with(&[TRUST]).subject(wished(late)).gives(&["RELEASE"]);
}

#[test]
fn what_hangs_on_a_hidden_episode_of_a_trusted_feed_goes_with_it() {
    let items =
        || vec![marked(unconfirmed("e")), linked(fed(medication("m", Some("2026-12-31"), None, false)), &["e"])];
    given(items()).with(&[TRUST]).gives(&["F3_HIDDEN", "STRIP F9_STRIP"]);
    given(items()).with(&[TRUST, ("cascade.medication", "hide")]).gives(&["F3_HIDDEN", "F9_EPISODE"]);
    // An episode that is not there counts as hidden, unless the feed is trusted to have left it out.
    let lonely = || vec![linked(fed(medication("m", Some("2026-12-31"), None, false)), &["gone"])];
    given(lonely()).gives(&["STRIP F9_STRIP"]);
    given(lonely()).with(&[TRUST]).gives(&["RELEASE"]);
}

#[test]
fn lines_and_reports_of_a_feed_find_their_wholes() {
    let whole = || {
        let entry = entry("c", "e", &[]);
        vec![fed(contact("e", "2026-06-01T10:00:00+02:00")), fed(line_of(&entry, 0, LineKind::E)), fed(entry)]
    };
    given(whole()).gives(&["RELEASE", "RELEASE", "RELEASE"]);
    let mut before = whole();
    before[0] = fed(contact("e", "2020-06-01T10:00:00+02:00"));
    given(before.clone()).gives(&["F6_CUTOFF", "F6_CUTOFF", "F6_CUTOFF"]);
    given(before).with(&[TRUST]).gives(&["RELEASE", "RELEASE", "RELEASE"]);
    let alone = || vec![fed(item(RecordType::Report, "r", Topic::Report { members: vec![sid("o")] }))];
    given(alone()).gives(&["F8_STATUS"]);
    given(alone()).with(&[TRUST]).gives(&["RELEASE"]);
}

#[test]
fn a_number_that_fhir_cannot_call_verified_needs_a_trusted_feed() {
    let gate_of = |person: Item, settings: &[(&str, &str)]| {
        let subject = Subject { bsn_verified: false, ..subject() };
        let facts = DossierFacts::new(subject, vec![person]);
        gate(&facts, &OwnState::default(), &policy(settings), None, ts(T).into()).map(|_| ())
    };
    let person = || item(RecordType::Patient, "p", Topic::Person);
    assert_eq!(gate_of(fed(person()), &[]), Err(Gate::BlockUnverified));
    assert_eq!(gate_of(person(), &[TRUST]), Err(Gate::BlockUnverified));
    assert_eq!(gate_of(fed(person()), &[TRUST]), Ok(()));
}

#[test]
fn an_episode_and_its_condition_are_hidden_together_with_what_hangs_on_either() {
    let items = || {
        vec![
            linked(unconfirmed("episode"), &["condition"]),
            linked(unconfirmed("condition"), &["episode"]),
            linked(fed(medication("m", Some("2026-12-31"), None, false)), &["episode"]),
            linked(fed(contact("n", "2026-06-01T10:00:00+02:00")), &["condition"]),
        ]
    };
    given(items()).with(&[TRUST]).gives(&["RELEASE", "RELEASE", "RELEASE", "RELEASE"]);
    let hide = |id: &'static str| {
        move |subject: &mut Subject| {
            subject.patient_hidden = vec![RecordRef { t: RecordType::Resource, id: sid(id) }];
        }
    };
    let both = ["STRIP F9_STRIP", "STRIP F9_STRIP"];
    given(items()).with(&[TRUST]).subject(hide("condition")).gives(&["F9_EPISODE", "F4_PATIENT", both[0], both[1]]);
    given(items()).with(&[TRUST]).subject(hide("episode")).gives(&["F4_PATIENT", "F9_EPISODE", both[0], both[1]]);
}

#[test]
fn a_report_tells_nothing_about_all_of_its_results_while_one_is_withheld() {
    let report = |members: &[&str]| {
        let members = members.iter().map(|id| sid(id)).collect();
        fed(item(RecordType::Report, "r", Topic::Report { members }))
    };
    let shown = || fed(published("o", ObservationDate::Day(day("2026-06-01"))));
    given(vec![report(&["o"]), shown()]).gives(&["RELEASE", "RELEASE"]);
    let hidden = || marked(fed(published("h", ObservationDate::Day(day("2026-06-01")))));
    for settings in [&[][..], &[TRUST]] {
        given(vec![report(&["o", "h"]), shown(), hidden()]).with(settings).gives(&[
            "STRIP F3_HIDDEN",
            "RELEASE",
            "F3_HIDDEN",
        ]);
    }
    given(vec![report(&["o", "gone"]), shown()]).gives(&["STRIP F8_STATUS", "RELEASE"]);
    given(vec![report(&["o", "gone"]), shown()]).with(&[TRUST]).gives(&["RELEASE", "RELEASE"]);
}

#[test]
fn what_was_not_given_or_was_taken_back_is_not_shown() {
    let case = |topic: Topic| given(vec![fed(item(RecordType::Resource, "x", topic))]);
    let on = [("facility.vaccinations", "true"), ("facility.referrals", "true")];
    case(Topic::Vaccination { given: true, on: None }).with(&on).gives(&["RELEASE"]);
    case(Topic::Vaccination { given: false, on: None }).with(&on).gives(&["F8_STATUS"]);
    case(Topic::Referral { in_force: true, on: None }).with(&on).gives(&["RELEASE"]);
    case(Topic::Referral { in_force: false, on: None }).with(&on).gives(&["F8_STATUS"]);
}

#[test]
fn a_manifest_is_shown_while_one_of_its_documents_is_and_says_nothing_of_all_while_one_is_not() {
    let published = Some("2026-01-26T11:00:00+01:00");
    let manifest = |documents: &[&str]| {
        let documents = documents.iter().map(|id| sid(id)).collect();
        fed(item(RecordType::Resource, "m", Topic::Manifest { documents }))
    };
    let shown = || fed(letter("d", "2026-01-22", published));
    let held = || fed(letter("h", "2026-01-22", None));
    given(vec![manifest(&["d"]), shown()]).gives(&["RELEASE", "RELEASE"]);
    given(vec![manifest(&["h"]), held()]).gives(&["F10_MOMENT", "F10_MOMENT"]);
    given(vec![manifest(&["d", "h"]), shown(), held()]).gives(&["STRIP F10_MOMENT", "RELEASE", "F10_MOMENT"]);
    let hidden = || marked(fed(letter("h", "2026-01-22", published)));
    for settings in [&[][..], &[TRUST]] {
        given(vec![manifest(&["h"]), hidden()]).with(settings).gives(&["F3_HIDDEN", "F3_HIDDEN"]);
        given(vec![manifest(&["d", "h"]), shown(), hidden()]).with(settings).gives(&[
            "STRIP F3_HIDDEN",
            "RELEASE",
            "F3_HIDDEN",
        ]);
        given(vec![manifest(&["d", "gone"]), shown()]).with(settings).gives(&["STRIP F8_STATUS", "RELEASE"]);
        given(vec![manifest(&["gone"])]).with(settings).gives(&["F8_STATUS"]);
        given(vec![manifest(&[])]).with(settings).gives(&["F8_STATUS"]);
        given(vec![marked(manifest(&["d"])), shown()]).with(settings).gives(&["F3_HIDDEN", "RELEASE"]);
    }
    let off = &[TRUST, ("facility.correspondence", "false")];
    given(vec![manifest(&["d"]), shown()]).with(off).gives(&["G8_FACILITY", "G8_FACILITY"]);
}
