//! Organisations and professionals outside the practice, contact persons and payers (`dvza-his-2`).

use super::coded::{coded, listed, reach};
use super::codes;
use super::fields::Fields;
use super::finding::Code;
use super::people::{SEXES, person_name};
use super::values::{agb_or_ura, date, digits, form, id, one_of, text, words};
use crate::domain::dossier::{ContactPerson, Organization, Payer, PayerKind, Professional};

/// The zib's list of kinds of insurance.
const INSURANCES: [&str; 6] = ["B", "A", "BZ", "H", "T", "AT"];

#[derive(Clone, Copy)]
enum Kind {
    Insurance,
    Patient,
    ContactPerson,
}

const KINDS: [(&str, Kind); 3] =
    [("insurance", Kind::Insurance), ("patient", Kind::Patient), ("contact_person", Kind::ContactPerson)];

pub(super) fn organization(d: &mut Fields<'_>) -> Option<Organization> {
    let name = d.required("name", text(120));
    Some(Organization {
        ura: d.optional("ura", agb_or_ura),
        agb: d.optional("agb", agb_or_ura),
        uzovi: d.optional("uzovi", digits(4..=4)),
        kind: d.optional("kind", form(is_organization_type, Code::WrongForm)),
        specialty: d.object("specialty", coded),
        reach: reach(d),
        name: name?,
    })
}

/// A letter and a digit or more, such as `L1`.
pub(super) fn is_organization_type(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && (2..=4).contains(&text.len())
        && characters.all(|other| other.is_ascii_uppercase() || other.is_ascii_digit())
}

pub(super) fn professional(d: &mut Fields<'_>) -> Option<Professional> {
    let name = d.required_object("name", person_name);
    Some(Professional {
        sex: d.optional("sex", one_of(&SEXES)),
        agb: d.optional("agb", agb_or_ura),
        uzi: d.optional("uzi", digits(9..=9)),
        big: d.optional("big", digits(11..=11)),
        specialty: d.object("specialty", coded),
        organization: d.optional("organization", id),
        reach: reach(d),
        name: name?,
    })
}

pub(super) fn contact_person(d: &mut Fields<'_>) -> Option<ContactPerson> {
    let name = d.required_object("name", person_name);
    let role = d.optional("role", digits(2..=6));
    let relation = d.optional("relation", form(codes::is_code, Code::WrongForm));
    let reach = reach(d);
    let start = d.optional("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    Some(ContactPerson { name: name?, role, relation, reach, start, end })
}

pub(super) fn payer(d: &mut Fields<'_>) -> Option<Payer> {
    let kind = d.required("kind", one_of(&KINDS));
    let insurance = d.optional("insurance", listed(&INSURANCES));
    let insurer = d.optional("insurer", id);
    let insurer_name = d.optional("insurer_name", words);
    let uzovi = d.optional("uzovi", digits(4..=4));
    let policy = d.optional("policy", words);
    let person = d.optional("person", id);
    let start = d.optional("start", date);
    let end = d.optional("end", date);
    d.check_order(start, end, "end");
    let kind = match kind? {
        Kind::Insurance => {
            if !d.has_any(&["insurer", "insurer_name", "uzovi"]) {
                d.report_at(Code::Missing, "insurer");
            }
            PayerKind::Insurance(insurance)
        }
        Kind::Patient => PayerKind::Patient,
        Kind::ContactPerson => {
            if !d.has("person") {
                d.report_at(Code::Missing, "person");
            }
            PayerKind::ContactPerson
        }
    };
    Some(Payer { kind, insurer, insurer_name, uzovi, policy, person, start, end })
}
