//! Contact persons and representatives as RelatedPerson, payers as Coverage, and organisations and professionals outside
//! the practice (nl-core-r4-profiles §1).

use super::coded::period;
use super::codes::{profile, system};
use super::context::{Context, Draft, Link, Origin, Output, PracticeLinks, Words, own_identifier};
use super::people::{gender, official_name, reach_address, telecom_of};
use super::types::{CodeableConcept, Coding, Element, Extension, HumanName, Identifier, Members};
use crate::domain::dossier::{
    Coded, ContactPerson, Organization, Payer, PayerKind, Professional, Reach, Representative,
};
use crate::fhir::ResourceType;
use crate::mapping::Ids;
use crate::mapping::parts::lists;
use crate::mapping::parts::relations::{contact_role, relation, representative_role};
use crate::mapping::parts::titles::organization_type;

/// The RelatedPerson of a contact person.
pub(super) fn render_contact_person(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, person: &ContactPerson) {
    let role = contact_role(out, origin, person.role.as_deref()).map(CodeableConcept::from);
    let relation = relation(out, origin, person.relation.as_deref())
        .map(|(code, display)| CodeableConcept::from(Coding::shown(system::ROLE_CODE, code, display)));
    let names = vec![official_name(&ctx.words, &person.name)];
    let period = period(person.start.map(|day| day.to_string()), person.end.map(|day| day.to_string()));
    let id = ctx.contact_person_id(origin.key());
    related(ctx, out, origin, id, role.into_iter().chain(relation).collect(), names, &person.reach, period);
}

/// The RelatedPerson of somebody who acts for the patient.
pub(super) fn render_representative(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, person: &Representative) {
    let role = CodeableConcept::from(representative_role(person.relation));
    let name = match &person.name_parts {
        Some(name) => official_name(&ctx.words, name),
        None => HumanName { usage: "official", text: ctx.words.clean(&person.name), ..HumanName::default() },
    };
    let period = period(Some(person.valid_from.to_string()), person.valid_to.map(|day| day.to_string()));
    let id = ctx.id_of(ResourceType::RelatedPerson, origin.record_type(), origin.key());
    related(ctx, out, origin, id, vec![role], vec![name], &person.reach, period);
}

#[allow(clippy::too_many_arguments, reason = "the members of one resource, written in one place")]
fn related(
    ctx: &Context<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    id: crate::domain::ids::ResourceId,
    relationship: Vec<CodeableConcept<'_>>,
    name: Vec<HumanName<'_>>,
    reach: &Reach,
    period: Option<Members>,
) {
    let address = reach_address(&ctx.words, out, origin, reach.addr.as_ref());
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("active", true)
        .with("patient", ctx.patient.to())
        .all("relationship", relationship)
        .with("name", name)
        .all("telecom", telecom_of(&ctx.words, reach))
        .all("address", address)
        .some("period", period);
    out.resource(origin, Draft::new(ResourceType::RelatedPerson, id, profile::CONTACT_PERSON, &content));
}

/// The Coverage of a payer, with the insurer where the record names one in words.
pub(super) fn render_payer(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, payer: &Payer) {
    let kind = ResourceType::Coverage;
    let id = ctx.id(kind, origin.key());
    let insurer = named_insurer(ctx, out, origin, payer);
    let (class, profile, payor) = match payer.kind {
        PayerKind::Insurance(insurance) => {
            let known = ctx.organization(out, origin, "/insurer", payer.insurer.as_ref());
            let payor = known.or_else(|| insurer.as_ref().map(Link::to));
            (insurance.map(insurance_type), profile::INSURANCE, payor)
        }
        PayerKind::Patient => (Some(self_pay()), profile::PAYER_PERSON, Some(ctx.patient.to())),
        PayerKind::ContactPerson => {
            let person = payer.person.as_ref().and_then(|key| ctx.contact_person(key));
            (Some(self_pay()), profile::PAYER_PERSON, person)
        }
    };
    let Some(payor) = payor else {
        out.problem(origin, "/insurer", "names nobody that was delivered: nothing of it is rendered");
        return;
    };
    let policy = ctx.words.clean_some(payer.policy.as_deref());
    let content = Members::new()
        .with("identifier", [own_identifier(id)])
        .with("status", "active")
        .some("type", class)
        .some("subscriberId", policy)
        .with("beneficiary", ctx.patient.to())
        .some("period", period(payer.start.map(|day| day.to_string()), payer.end.map(|day| day.to_string())))
        .with("payor", [payor]);
    out.resource(origin, Draft::new(kind, id, profile, &content));
}

fn self_pay() -> CodeableConcept<'static> {
    Coding::shown(system::SELF_PAY, "pay", "PAY").into()
}

fn insurance_type(code: &'static str) -> CodeableConcept<'static> {
    Coding::shown(system::INSURANCE, code, lists::insurance(code)).into()
}

/// An insurer that is known by name or number only belongs to its payer.
fn named_insurer(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, payer: &Payer) -> Option<Link> {
    let name = lists::insurer(&ctx.words, payer)?;
    let number = payer.uzovi.as_deref();
    let link = ctx.link_of(ResourceType::Organization, origin.record_type(), origin.key(), &name);
    let content = Members::new()
        .all("identifier", number.map(|number| Identifier::new(system::UZOVI, number)))
        .with("name", &name);
    out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile::PAYER_ORGANIZATION, &content));
    Some(link)
}

/// The Organization of an organisation outside the practice; an insurer has a profile of its own.
pub(super) fn render_organization(
    links: &PracticeLinks,
    out: &mut Output,
    origin: &Origin<'_>,
    organization: &Organization,
) {
    let Some(link) = links.organization_of(origin.key()) else { return };
    let words = Words::default();
    let is_payer = organization.uzovi.is_some() && organization.ura.is_none() && organization.agb.is_none();
    let identifiers = [
        (system::URA, organization.ura.as_deref()),
        (system::AGB, organization.agb.as_deref()),
        (system::UZOVI, organization.uzovi.as_deref()),
    ];
    let identifiers = identifiers.into_iter().filter_map(|(system, number)| Some(Identifier::new(system, number?)));
    let department = organization.specialty.as_ref().map(|specialty| super::coded::concept(&words, specialty));
    let kind = organization.kind.as_deref().map(|code| {
        let coding = Coding::new(system::ORGANIZATION_TYPE, code);
        CodeableConcept::of(vec![coding], organization_type(code))
    });
    let address = reach_address(&words, out, origin, organization.reach.addr.as_ref());
    let content = Members::new()
        .all("identifier", identifiers)
        .all("type", department.into_iter().chain(kind).filter(|_| !is_payer))
        .with("name", &organization.name)
        .all("telecom", telecom_of(&words, &organization.reach))
        .all("address", address);
    let profile = if is_payer { profile::PAYER_ORGANIZATION } else { profile::ORGANIZATION };
    out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile, &content));
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
    let gender = professional.sex.map(gender);
    let address = reach_address(&words, out, origin, professional.reach.addr.as_ref());
    let content = Members::new()
        .all("identifier", numbers.into_iter().filter_map(|(system, number)| Some(Identifier::new(system, number?))))
        .with("name", [name])
        .all("telecom", telecom_of(&words, &professional.reach))
        .all("address", address)
        .some("gender", gender.as_ref().map(|(code, _)| *code))
        .some("_gender", gender.map(|(_, coding)| Element::from(Extension::specification(coding))));
    out.resource(origin, Draft::new(kind, person.id, profile::PRACTITIONER, &content));
    let organization = professional.organization.as_ref().and_then(|key| links.organization_of(key));
    let content = Members::new()
        .with("active", true)
        .with("practitioner", person.to())
        .some("organization", organization.map(Link::to))
        .all("specialty", professional.specialty.as_ref().map(|specialty| specialty_of(&words, specialty)));
    out.resource(origin, Draft::new(ResourceType::PractitionerRole, role.id, profile::PRACTITIONER_ROLE, &content));
}

pub(super) fn specialty_of<'a>(words: &Words<'_>, specialty: &'a Coded) -> CodeableConcept<'a> {
    super::coded::concept(words, specialty)
}
