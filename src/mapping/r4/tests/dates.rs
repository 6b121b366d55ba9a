//! Which date of a record decides.

use super::*;

#[test]
fn a_document_without_a_date_is_dated_by_its_receipt() {
    // R-DOC-05
    let received = jiff::civil::date(2026, 5, 4);
    for (own, expected) in [(Some(jiff::civil::date(2020, 12, 31)), "2020-12-31"), (None, "2026-05-04")] {
        let patient = with(|records| {
            let document = &mut records.documents[0];
            (document.id, document.d.date, document.d.received) = (source("dated"), own, received);
        });
        let key = ItemKey::record(RecordType::Document, &source("dated"));
        let Topic::Document { date, .. } = patient.facts.items()[item(&patient, &key)].topic else { panic!() };
        assert_eq!(date.to_string(), expected);
    }
}

#[test]
fn when_a_line_was_written_decides_nothing() {
    // R-SP-03, E15: the rules know the start of the contact only.
    let edited = with(|records| {
        for line in records.entries.iter_mut().flat_map(|entry| &mut entry.d.lines) {
            line.edited_at = crate::domain::time::Timestamp::parse_rfc3339("2026-06-14T10:00:00+02:00").ok();
        }
    });
    assert_eq!(edited.facts, render(&rich()).facts);
}
