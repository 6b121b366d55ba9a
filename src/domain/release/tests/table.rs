//! The decision table (release-rules §11), row by row, with the settings as shipped and every section of the table on.

use super::*;

/// A row: what it is about, the dossier with the item in question first, and what becomes of that.
type Row = (&'static str, Vec<Item>, &'static str);

const INSIDE: &str = "2026-05-18T14:05:00+02:00";

/// A line of a contact that began then, in an entry with these episodes, and the rest of the dossier.
fn line_with(start: &str, episodes: &[&str], rest: Vec<Item>, change: impl FnOnce(&mut Item)) -> Vec<Item> {
    let entry = entry("n", "c", episodes);
    let mut line = line_of(&entry, 0, LineKind::E);
    change(&mut line);
    [vec![line, contact("c", start), entry], rest].concat()
}

fn line(start: &str, episodes: &[&str], rest: Vec<Item>) -> Vec<Item> {
    line_with(start, episodes, rest, |_| {})
}

fn in_window(id: &str) -> Item {
    published(id, ObservationDate::Day(day("2026-05-11")))
}

fn of(topic: Topic, t: RecordType) -> Vec<Item> {
    vec![item(t, "x", topic)]
}

fn on_hold(state: ResultState) -> Vec<Item> {
    vec![result("o", |facts| facts.state = state)]
}

fn with_somebody_else() -> Vec<Item> {
    let contact = contact_of("c", ContactKind::TelefonischConsult, Some(false));
    let entry = entry("n", "c", &[]);
    vec![line_of(&entry, 0, LineKind::P), contact, entry]
}

fn care() -> Vec<Row> {
    let unticked = |line: &mut Item| {
        if let Topic::Line { visible, .. } = &mut line.topic {
            *visible = Visibility::Hidden;
        }
    };
    let attention = episode("e", EpisodeStatus::Closed, Attention::Yes, Visibility::Shown);
    let unknown = episode("e", EpisodeStatus::Closed, Attention::Unknown, Visibility::Shown);
    let mut encounter = with_somebody_else();
    encounter.swap(0, 1);
    vec![
        ("episode open, visible", vec![open("e")], "RELEASE"),
        ("episode open, not visible", vec![hidden("e")], "F3_HIDDEN"),
        ("episode closed, attention yes, visible", vec![attention], "RELEASE"),
        ("episode closed, attention no", vec![closed("e")], "F8_STATUS"),
        ("episode closed, attention unknown", vec![unknown], "F8_STATUS"),
        ("E/P, contact before introduction", line("2020-06-30T10:00:00+02:00", &[], vec![]), "F6_CUTOFF"),
        ("E/P, contact after, with patient, episode visible", line(INSIDE, &["e"], vec![open("e")]), "RELEASE"),
        ("E/P, contact after, episode hidden", line(INSIDE, &["h"], vec![hidden("h")]), "F9_EPISODE"),
        ("E/P, contact after, episode closed without attention", line(INSIDE, &["e"], vec![closed("e")]), "RELEASE"),
        ("E/P, no episode link at all", line(INSIDE, &[], vec![]), "RELEASE"),
        ("E/P, contact without the patient self", with_somebody_else(), "F11_CONTACT"),
        ("Encounter, contact without the patient self", encounter, "F11_CONTACT"),
        ("E/P, line unticked", line_with(INSIDE, &[], vec![], unticked), "F10_MOMENT"),
    ]
}

fn results_and_medication() -> Vec<Row> {
    let late = |facts: &mut ResultFacts| facts.release_at = Some(ts("2026-06-15T10:00:01+02:00"));
    let allergy = Topic::Allergy { for_medication: true, status: AllergyStatus::Active };
    let old = published("o", ObservationDate::Day(day("2025-04-14")));
    vec![
        ("determination, published, in window", vec![in_window("o")], "RELEASE"),
        ("determination, published, out of window", vec![old], "F7_WINDOW"),
        ("determination, saved", on_hold(ResultState::Saved), "F10_MOMENT"),
        ("determination, invited", on_hold(ResultState::Invited), "F10_MOMENT"),
        ("determination, received", on_hold(ResultState::Received), "F10_MOMENT"),
        ("determination, scheduled later than T", vec![result("o", late)], "F10_MOMENT"),
        ("determination of hidden episode", vec![linked(in_window("o"), &["h"]), hidden("h")], "F9_EPISODE"),
        ("determination of closed episode", vec![linked(in_window("o"), &["e"]), closed("e")], "RELEASE"),
        ("medication current", vec![medication("m", None, None, true)], "RELEASE"),
        ("medication stopped", vec![medication("m", None, Some("2026-06-15T09:59:00+02:00"), true)], "F8_STATUS"),
        ("medication, period over", vec![medication("m", Some("2026-06-14"), None, false)], "F8_STATUS"),
        (
            "medication of hidden episode, current",
            vec![linked(medication("m", None, None, true), &["h"]), hidden("h")],
            "STRIP F9_STRIP",
        ),
        ("intolerance medication, active", of(allergy, RecordType::Allergy), "RELEASE"),
    ]
}

fn documents_and_the_rest() -> Vec<Row> {
    let on = Some("2026-01-26T11:00:00+01:00");
    let form = |id: &str| document(id, DocumentKind::Form, "2021-03-01", on);
    let prophylaxis = |end: Option<&str>| of(Topic::Prophylaxis { end: end.map(day) }, RecordType::Prophylaxis);
    let treatment = Topic::Treatment { visible: Visibility::Shown, start: None };
    let appointment = Topic::Appointment { start: ts("2026-06-29T08:50:00+02:00"), status: AppointmentStatus::Booked };
    vec![
        ("document published, dated after cutoff", vec![letter("d", "2026-01-22", on)], "RELEASE"),
        ("document not published (manual mode)", vec![letter("d", "2026-01-22", None)], "F10_MOMENT"),
        ("document before cutoff, individually published", vec![letter("d", "2020-12-31", on)], "RELEASE"),
        (
            "document of hidden episode, published",
            vec![linked(letter("d", "2026-01-22", on), &["h"]), hidden("h")],
            "F9_EPISODE",
        ),
        ("form stored before opening, not in back_catalogue", vec![form("d")], "F6_CUTOFF"),
        ("form stored before opening, in back_catalogue", vec![form("named")], "RELEASE"),
        ("prophylaxis not ended", prophylaxis(None), "RELEASE"),
        ("prophylaxis ended", prophylaxis(Some("2026-06-14")), "F8_STATUS"),
        ("treatment, visible", of(treatment, RecordType::Treatment), "RELEASE"),
        ("appointment booked, future", of(appointment, RecordType::Appointment), "RELEASE"),
        ("memo record", vec![contact_of("c", ContactKind::Memo, Some(true))], "F2_TYPE"),
        ("anything marked third party", vec![marked(in_window("o"))], "F3_HIDDEN"),
        (
            "one of several episodes hidden",
            vec![linked(in_window("o"), &["e", "h"]), open("e"), hidden("h")],
            "F9_EPISODE",
        ),
        (
            "of several episodes one closed",
            vec![linked(in_window("o"), &["e", "f"]), open("e"), closed("f")],
            "RELEASE",
        ),
    ]
}

/// What the table says of S and O lines, work notes and an EPD-overdracht is the import's: they are never stored.
#[test]
fn the_decision_table_of_the_sheet() {
    let by_name = RecordRef { t: RecordType::Document, id: sid("named") };
    for (situation, items, expected) in [care(), results_and_medication(), documents_and_the_rest()].concat() {
        let facts = given(items).subject(|subject| subject.back_catalogue.push(by_name.clone()));
        assert_eq!(facts.first(), expected, "{situation}");
    }
}
