//! How others name a person or a contact, and words for what the dossier names by a code of its own.

use super::names::official_name;
use super::output::dutch_day;
use super::words::Words;
use crate::domain::dossier::{CodeSystem, Coded, Contact, ContactKind, Employee, Organization, Professional, Role};

/// The zib's list of alert names in SNOMED CT.
const ALERT_NAMES: [&str; 11] = [
    "66598005",
    "715881003",
    "97961000146102",
    "97981000146105",
    "97971000146108",
    "98001000146104",
    "431109006",
    "97991000146107",
    "432415000",
    "699433000",
    "397940009",
];

/// A contact, by kind and day: never by what it was about.
pub(in crate::mapping) fn of_contact(contact: &Contact) -> String {
    format!("{} op {}", contact_kind(contact.kind), dutch_day(contact.start))
}

/// Somebody of the practice: name, role, practice.
pub(in crate::mapping) fn of_employee(employee: &Employee, practice: &str) -> String {
    format!("{}, {}, {practice}", employee.name, employee_role(employee.role))
}

/// A professional outside the practice: name, specialty, organisation.
pub(in crate::mapping) fn of_professional(professional: &Professional, organization: Option<&Organization>) -> String {
    let name = official_name(&Words::default(), &professional.name).text.unwrap_or_default().into_owned();
    let specialty = professional.specialty.as_ref().map(|specialty| specialty.display.trim().to_owned());
    let organization = organization.map(|organization| organization.name.clone());
    [Some(name), specialty, organization]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

pub(in crate::mapping) fn contact_kind(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::Consult => "Consult",
        ContactKind::Visite => "Visite",
        ContactKind::TelefonischConsult => "Telefonisch consult",
        ContactKind::EConsult => "E-consult",
        ContactKind::VideoConsult => "Videoconsult",
        ContactKind::Groepsconsult => "Groepsconsult",
        ContactKind::Herhaalrecept => "Herhaalrecept",
        ContactKind::Overleg => "Overleg",
        ContactKind::Post => "Postverwerking",
        ContactKind::Administratief => "Administratief contact",
        ContactKind::Memo => "Memo",
        ContactKind::SpoedHap => "Contact met de huisartsenspoedpost",
        ContactKind::Overig => "Contact",
    }
}

pub(in crate::mapping) fn employee_role(role: Role) -> &'static str {
    match role {
        Role::Huisarts => "huisarts",
        Role::Waarnemer => "waarnemend huisarts",
        Role::Doktersassistent => "doktersassistent",
        Role::Poh => "praktijkondersteuner",
        Role::Pa => "physician assistant",
        Role::Vs => "verpleegkundig specialist",
        Role::Manager => "praktijkmanager",
        Role::Overig => "medewerker",
    }
}

/// Words for the codes of organisation types that a practice meets.
pub(in crate::mapping) fn organization_type(code: &str) -> String {
    let words = match code {
        "V4" => "Ziekenhuis",
        "V6" => "Algemeen ziekenhuis",
        "V5" => "Universitair Medisch Centrum",
        "Z3" => "Huisartspraktijk",
        "K3" => "Apotheekhoudende huisartspraktijk",
        "N6" => "Huisartsenpost",
        "H1" => "Huisartsinstelling",
        "L1" => "Laboratorium",
        "J8" => "Openbare apotheek",
        "K9" => "Zelfstandig behandelcentrum",
        "G6" => "Verpleeghuis",
        _ => return format!("Organisatietype {code}"),
    };
    words.to_owned()
}

/// Words for the codes of marital status, of which the list of the zib is FHIR's own.
pub(in crate::mapping) fn marital_status(code: &str) -> &'static str {
    match code {
        "D" => "Gescheiden",
        "M" => "Gehuwd",
        "S" => "Nooit gehuwd geweest/geregistreerd partnerschap gehad",
        "T" => "Geregistreerd partnerschap",
        "W" => "Weduwe/weduwnaar",
        _ => "Niet gehuwd",
    }
}

/// Is this a name of the zib's list of alerts?
pub(in crate::mapping) fn is_alert_name(name: &Coded) -> bool {
    matches!(&name.code, Some((CodeSystem::Sct, code)) if ALERT_NAMES.contains(&code.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn a_contact_is_named_by_kind_and_local_day() {
        let contact = |kind: ContactKind| Contact {
            start: Timestamp::parse_rfc3339("2026-05-18T22:30:00Z").unwrap(),
            end: None,
            kind,
            nhg14: None,
            with_patient: None,
            carer: None,
            location: None,
            day_only: false,
            reason: None,
        };
        assert_eq!(of_contact(&contact(ContactKind::Consult)), "Consult op 19-05-2026");
        assert_eq!(of_contact(&contact(ContactKind::EConsult)), "E-consult op 19-05-2026");
    }
}
