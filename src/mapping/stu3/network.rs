//! Contact persons and representatives as RelatedPerson, and organisations and professionals outside the practice.

use super::codes::{extension, profile, system};
use super::people::{address_of, gender, telecom_of};
use crate::domain::dossier::{ContactPerson, Organization, Professional, Reach, Representative};
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::mapping::Ids;
use crate::mapping::parts::coded::{concept, period};
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, PracticeLinks, Words, own_identifier};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::names::official_name;
use crate::mapping::parts::relations::{contact_role, relation, representative_role};
use crate::mapping::parts::titles::organization_type;
use crate::mapping::parts::types::{CodeableConcept, Coding, Extension, HumanName, Identifier};

/// What a RelatedPerson says of somebody, beside how to reach them.
struct Related<'a> {
    id: ResourceId,
    role: Option<Coding<'static>>,
    relationship: Option<Coding<'static>>,
    name: HumanName<'a>,
    period: Option<Members>,
}

/// The RelatedPerson of a contact person.
pub(super) fn render_contact_person(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, person: &ContactPerson) {
    let relationship = relation(out, origin, person.relation.as_deref());
    let related = Related {
        id: ctx.contact_person_id(origin.key()),
        role: contact_role(out, origin, person.role.as_deref()),
        relationship: relationship.map(|(code, display)| Coding::shown(system::ROLE_CODE, code, display)),
        name: official_name(&ctx.words, &person.name),
        period: period(person.start.map(|day| day.to_string()), person.end.map(|day| day.to_string())),
    };
    render_related(ctx, out, origin, related, &person.reach);
}

/// The RelatedPerson of somebody who acts for the patient.
pub(super) fn render_representative(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, person: &Representative) {
    let related = Related {
        id: ctx.id_of(ResourceType::RelatedPerson, origin.record_type(), origin.key()),
        role: Some(representative_role(person.relation)),
        relationship: None,
        name: match &person.name_parts {
            Some(name) => official_name(&ctx.words, name),
            None => HumanName { usage: "official", text: ctx.words.clean(&person.name), ..HumanName::default() },
        },
        period: period(Some(person.valid_from.to_string()), person.valid_to.map(|day| day.to_string())),
    };
    render_related(ctx, out, origin, related, &person.reach);
}

fn render_related(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, related: Related<'_>, reach: &Reach) {
    let role = related.role.map(|role| Extension::concept(extension::CONTACT_ROLE, in_2017(role).into()));
    let address = reach.addr.as_ref().and_then(|addr| address_of(&ctx.words, out, origin, addr));
    let content = Members::new()
        .all("extension", role)
        .with("identifier", [own_identifier(related.id)])
        .with("active", true)
        .with("patient", ctx.patient.to())
        .some("relationship", related.relationship.map(CodeableConcept::from))
        .with("name", [related.name])
        .all("telecom", telecom_of(&ctx.words, reach))
        .all("address", address)
        .some("period", related.period);
    out.resource(origin, Draft::new(ResourceType::RelatedPerson, related.id, profile::RELATED_PERSON, &content));
}

/// Zib 2017 writes the codes of the list of roles without the zero that zib 2020 begins some with (BgZ fixtures).
fn in_2017(role: Coding<'static>) -> Coding<'static> {
    Coding { code: role.code.trim_start_matches('0').to_owned().into(), ..role }
}

/// The Organization of an organisation outside the practice, an insurer like any other.
pub(super) fn render_organization(
    links: &PracticeLinks,
    out: &mut Output,
    origin: &Origin<'_>,
    organization: &Organization,
) {
    let Some(link) = links.organization_of(origin.key()) else { return };
    let words = Words::default();
    let identifiers = [
        (system::URA, organization.ura.as_deref()),
        (system::AGB, organization.agb.as_deref()),
        (system::UZOVI, organization.uzovi.as_deref()),
    ];
    let identifiers = identifiers.into_iter().filter_map(|(system, number)| Some(Identifier::new(system, number?)));
    let kind = organization.kind.as_deref().map(|code| {
        let coding = Coding::new(system::ORGANIZATION_TYPE, code);
        CodeableConcept::of(vec![coding], organization_type(code))
    });
    let department = organization.specialty.as_ref().map(|specialty| concept(&words, specialty));
    let address = organization.reach.addr.as_ref().and_then(|addr| address_of(&words, out, origin, addr));
    let content = Members::new()
        .all("identifier", identifiers)
        .all("type", kind.into_iter().chain(department))
        .with("name", &organization.name)
        .all("telecom", telecom_of(&words, &organization.reach))
        .all("address", address);
    out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile::ORGANIZATION, &content));
}

/// The Practitioner and PractitionerRole of a professional outside the practice.
pub(super) fn render_professional(
    ids: &Ids<'_>,
    links: &PracticeLinks,
    out: &mut Output,
    origin: &Origin<'_>,
    professional: &Professional,
) {
    let Some(role) = links.professional(origin.key()) else { return };
    let words = Words::default();
    let kind = ResourceType::Practitioner;
    let name = official_name(&words, &professional.name);
    let display = name.text.clone().unwrap_or("Zorgverlener".into()).into_owned();
    let person = Link::new(kind, ids.id("Practitioner.professional", origin.key().as_str()), display);
    let numbers = [
        (system::UZI, professional.uzi.as_deref()),
        (system::AGB, professional.agb.as_deref()),
        (system::BIG, professional.big.as_deref()),
    ];
    let (gender, of_zib) = professional.sex.map(gender).unzip();
    let address = professional.reach.addr.as_ref().and_then(|addr| address_of(&words, out, origin, addr));
    let content = Members::new()
        .all("identifier", numbers.into_iter().filter_map(|(system, number)| Some(Identifier::new(system, number?))))
        .with("name", [name])
        .all("telecom", telecom_of(&words, &professional.reach))
        .all("address", address)
        .some("gender", gender)
        .some("_gender", of_zib);
    out.resource(origin, Draft::new(kind, person.id, profile::PRACTITIONER, &content));
    let organization = professional.organization.as_ref().and_then(|key| links.organization_of(key));
    let content = Members::new()
        .with("active", true)
        .with("practitioner", person.to())
        .some("organization", organization.map(Link::to))
        .all("specialty", professional.specialty.as_ref().map(|specialty| concept(&words, specialty)));
    out.resource(origin, Draft::new(ResourceType::PractitionerRole, role.id, profile::PRACTITIONER_ROLE, &content));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dossier::Relation;

    #[test]
    fn a_role_is_written_as_zib_2017_writes_it() {
        let cases = [(Relation::Curator, "3"), (Relation::Guardian, "11"), (Relation::Mandate, "23")];
        for (relation, code) in cases {
            assert_eq!(in_2017(representative_role(relation)).code, code);
        }
    }
}
