//! Who somebody is to the patient, by the lists of the zib.

use super::codes::system;
use super::output::{Origin, Output};
use super::types::Coding;
use crate::domain::dossier::Relation;

/// Codes of the zib's list of roles and their words.
const ROLES: [(&str, &str); 20] = [
    ("01", "Eerste relatie/contactpersoon"),
    ("02", "Tweede relatie/contactpersoon"),
    ("03", "Curator (juridisch)"),
    ("04", "Financieel (gemachtigd)"),
    ("05", "Financieel (toetsing)"),
    ("06", "Leefeenheid"),
    ("07", "Hulpverlener"),
    ("09", "Anders"),
    ("11", "Voogd"),
    ("14", "Bewindvoerder"),
    ("15", "Mentor"),
    ("19", "Buur"),
    ("20", "Vriend(in)/kennis"),
    ("21", "Cliëntondersteuner"),
    ("23", "Contactpersoon"),
    ("24", "Wettelijke vertegenwoordiger"),
    ("100001", "Mantelzorger"),
    ("100002", "Geestelijk verzorger"),
    ("100003", "Tolk"),
    ("100004", "Advocaat"),
];

/// Codes of the zib's list of relations and their words.
const RELATIONS: [(&str, &str); 24] = [
    ("AUNT", "Tante"),
    ("BRO", "Broer"),
    ("BROINLAW", "Zwager"),
    ("COUSN", "Neef/nicht, zoon/dochter van oom/tante"),
    ("DAUC", "Dochter"),
    ("DAUINLAW", "Schoondochter"),
    ("DOMPART", "Partner"),
    ("FTH", "Vader"),
    ("FTHINLAW", "Schoonvader"),
    ("GRNDDAU", "Kleindochter"),
    ("GRFTH", "Opa"),
    ("GRMTH", "Oma"),
    ("GRNDSON", "Kleinzoon"),
    ("HUSB", "Echtgenoot"),
    ("MTH", "Moeder"),
    ("MTHINLAW", "Schoonmoeder"),
    ("NEPHEW", "Neef, zoon van broer/zus"),
    ("NIECE", "Nicht, dochter van broer/zus"),
    ("SIS", "Zus"),
    ("SISINLAW", "Schoonzus"),
    ("SON", "Zoon"),
    ("SONINLAW", "Schoonzoon"),
    ("UNCLE", "Oom"),
    ("WIFE", "Echtgenote"),
];

/// The role of a contact person; a code that is not on the list is a problem.
pub(in crate::mapping) fn contact_role(
    out: &mut Output,
    origin: &Origin<'_>,
    code: Option<&str>,
) -> Option<Coding<'static>> {
    let &(code, display) = listed(&ROLES, code?).or_else(|| {
        out.problem(origin, "/role", "is not a code of the list of roles");
        None
    })?;
    // The longer codes came with zib 2020.
    let system = if code.len() > 2 { system::CONTACT_ROLE } else { system::CONTACT_ROLE_COD472 };
    Some(Coding::shown(system, code, display))
}

/// What a contact person is to the patient, by its code and words; the system is that of the release. A code that is not
/// on the list is a problem.
pub(in crate::mapping) fn relation(
    out: &mut Output,
    origin: &Origin<'_>,
    code: Option<&str>,
) -> Option<(&'static str, &'static str)> {
    let found = listed(&RELATIONS, code?);
    if found.is_none() {
        out.problem(origin, "/relation", "is not a code of the list of relations");
    }
    found.copied()
}

/// The role of somebody who acts for the patient.
pub(in crate::mapping) fn representative_role(relation: Relation) -> Coding<'static> {
    let (code, display) = match relation {
        Relation::Parent => ("24", "Wettelijke vertegenwoordiger"),
        Relation::Guardian => ("11", "Voogd"),
        Relation::Mentor => ("15", "Mentor"),
        Relation::Curator => ("03", "Curator (juridisch)"),
        // A mandate makes nobody a legal representative: the list has no closer role.
        Relation::Mandate => ("23", "Contactpersoon"),
    };
    Coding::shown(system::CONTACT_ROLE_COD472, code, display)
}

fn listed<'l>(list: &'l [(&'static str, &'static str)], code: &str) -> Option<&'l (&'static str, &'static str)> {
    list.iter().find(|(known, _)| *known == code)
}
