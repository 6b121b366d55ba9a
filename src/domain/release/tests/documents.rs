//! Documents: cut-off, publication by people and by itself, forms, copies.

use super::*;

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
    // R-DOC-03
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
