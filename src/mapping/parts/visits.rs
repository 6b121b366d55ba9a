//! When and how a contact took place.

use super::types::Period;
use crate::domain::dossier::{Contact, ContactKind};

/// How a contact took place, as FHIR classes it (Nictiz's map of NHG table 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum Class {
    Ambulatory,
    Home,
    Virtual,
    Unknown,
    Other,
}

/// By the code of NHG table 14; without a code of that table the kind decides.
pub(in crate::mapping) fn class(contact: &Contact) -> Class {
    match contact.nhg14.as_deref() {
        Some("01" | "02") => Class::Home,
        Some("03" | "04") => Class::Ambulatory,
        Some("05" | "06" | "08" | "09" | "10" | "11" | "12") => Class::Virtual,
        Some("90") => Class::Unknown,
        Some("99") => Class::Other,
        _ => class_of_kind(contact.kind),
    }
}

fn class_of_kind(kind: ContactKind) -> Class {
    match kind {
        ContactKind::Consult | ContactKind::Groepsconsult => Class::Ambulatory,
        ContactKind::Visite => Class::Home,
        ContactKind::TelefonischConsult
        | ContactKind::EConsult
        | ContactKind::VideoConsult
        | ContactKind::Herhaalrecept
        | ContactKind::Overleg
        | ContactKind::Post
        | ContactKind::Administratief
        | ContactKind::Memo => Class::Virtual,
        // By telephone, at the post or at home: the source does not say.
        ContactKind::SpoedHap | ContactKind::Overig => Class::Other,
    }
}

/// One known moment is both ends; of a contact known by its day both ends are that day.
pub(in crate::mapping) fn period(contact: &Contact) -> Period {
    if contact.day_only && contact.end.is_none() {
        let day = contact.start.local_date().to_string();
        return Period::of(day.clone(), Some(day));
    }
    let start = moment(contact);
    Period::of(start, Some(contact.end.unwrap_or(contact.start).to_rfc3339()))
}

/// When a contact began, as exactly as it is known.
pub(in crate::mapping) fn moment(contact: &Contact) -> String {
    if contact.day_only { contact.start.local_date().to_string() } else { contact.start.to_rfc3339() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn the_class_follows_nhg_table_14_and_else_the_kind() {
        let contact = |kind: ContactKind, nhg14: Option<&str>| Contact {
            start: Timestamp::parse_rfc3339("2026-05-18T22:30:00Z").unwrap(),
            end: None,
            kind,
            nhg14: nhg14.map(str::to_owned),
            with_patient: None,
            carer: None,
            location: None,
            day_only: false,
            reason: None,
        };
        let cases = [
            (ContactKind::Overig, Some("01"), Class::Home),
            (ContactKind::Overig, Some("04"), Class::Ambulatory),
            (ContactKind::Consult, Some("05"), Class::Virtual),
            (ContactKind::Consult, Some("90"), Class::Unknown),
            (ContactKind::Consult, Some("99"), Class::Other),
            (ContactKind::Visite, Some("77"), Class::Home),
            (ContactKind::Consult, None, Class::Ambulatory),
            (ContactKind::Overleg, None, Class::Virtual),
            (ContactKind::SpoedHap, None, Class::Other),
        ];
        for (kind, nhg14, expected) in cases {
            assert_eq!(class(&contact(kind, nhg14)), expected, "{kind:?} {nhg14:?}");
        }
    }
}
