//! Patient, practice, care professionals and laboratories (his-to-fhir-mapping §3-4).
//!
//! A citizen service number is shown as masked and nothing else; a secret address is left out altogether.

use super::codes::{extension, profile, system};
use super::context::{Context, Draft, Link, Origin, Output, PracticeLinks, Words};
use super::network::specialty_of;
use super::types::{
    Address, CodeableConcept, Coding, ContactPoint, Deceased, Element, Extension, HumanName, Identifier, Location,
    Organization, Patient, Practitioner, PractitionerRole, Text,
};
use crate::domain::dossier::{self, AddressKind, Employee, PersonName, Phone, PhoneKind, Practice, Reach, Sex};
use crate::fhir::ResourceType;
use crate::mapping::Ids;
pub(super) use crate::mapping::parts::names::official_name;
use crate::mapping::parts::reach::{address_line, is_country_code, is_mobile, postal_code};
use crate::mapping::parts::titles::{employee_role, marital_status, organization_type};

/// The Patient.
pub(super) fn render_patient(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, patient: &dossier::Patient) {
    let (gender, gender_coding) = gender(patient.sex);
    let mut identifier = vec![Identifier::new(system::OWN_PATIENT, ctx.patient.id.to_string())];
    if patient.bsn.is_some() {
        identifier.push(Identifier::masked_bsn());
    }
    let content = Patient {
        identifier,
        name: names(&ctx.words, &patient.name),
        telecom: patient_telecom(&ctx.words, patient),
        gender,
        gender_element: Extension::specification(gender_coding).into(),
        birth_date: patient.birth.to_fhir(),
        deceased: patient.deceased.map(|deceased| match deceased {
            dossier::Deceased::Yes => Deceased::Yes(true),
            dossier::Deceased::On(day) => Deceased::On(day.to_string()),
        }),
        address: patient
            .addr
            .iter()
            .chain(&patient.addresses)
            .filter_map(|addr| address(&ctx.words, out, origin, addr))
            .collect(),
        marital_status: patient
            .marital_status
            .map(|code| Coding::shown(system::MARITAL_STATUS, code, marital_status(code)).into()),
        multiple_birth_boolean: patient.multiple_birth,
        general_practitioner: ctx.role(out, origin, "/gp", patient.gp.as_ref()).into_iter().collect(),
        managing_organization: ctx.practice.organization.to(),
    };
    out.resource(origin, Draft::new(ResourceType::Patient, ctx.patient.id, profile::PATIENT, &content));
}

/// FHIR's code and the zib's (nl-core-r4-profiles §0.3).
pub(super) fn gender(sex: Sex) -> (&'static str, Coding<'static>) {
    match sex {
        Sex::Male => ("male", Coding::shown(system::ADMINISTRATIVE_GENDER, "M", "Man")),
        Sex::Female => ("female", Coding::shown(system::ADMINISTRATIVE_GENDER, "F", "Vrouw")),
        Sex::Undetermined => ("other", Coding::shown(system::ADMINISTRATIVE_GENDER, "UN", "Ongedifferentieerd")),
        Sex::Unknown => ("unknown", Coding::shown(system::NULL_FLAVOR, "UNK", "Onbekend")),
    }
}

/// The official name, and the call name where there is one (nl-core-NameInformation and its GivenName).
fn names<'a>(words: &Words<'_>, name: &'a PersonName) -> Vec<HumanName<'a>> {
    let mut names = vec![official_name(words, name)];
    if let Some(call) = words.clean_some(name.call.as_deref()) {
        names.push(HumanName { usage: "usual", given: vec![call.into_owned()], ..HumanName::default() });
    }
    names
}

fn patient_telecom<'a>(words: &Words<'_>, patient: &'a dossier::Patient) -> Vec<ContactPoint<'a>> {
    // A number that is known with its kind is not said twice.
    let is_known = |number: &&String| patient.phones.iter().any(|phone| phone.nr == **number);
    let plain = patient.phone.iter().filter(|number| !is_known(number)).filter_map(|number| {
        let value = words.clean(number)?;
        let element = Extension::specification(phone_type(&value)).into();
        Some(ContactPoint { extension: Vec::new(), system: "phone", system_element: Some(element), value, usage: None })
    });
    let known = patient.phones.iter().filter_map(|phone| contact_point(words, phone));
    plain.chain(known).chain(email(words, patient.email.as_deref())).collect()
}

/// Telephone numbers and e-mail of a person or organisation.
pub(super) fn telecom_of<'a>(words: &Words<'_>, reach: &'a Reach) -> Vec<ContactPoint<'a>> {
    let phones = reach.phones.iter().filter_map(|phone| contact_point(words, phone));
    phones.chain(email(words, reach.email.as_deref())).collect()
}

fn email<'a>(words: &Words<'_>, email: Option<&'a str>) -> Option<ContactPoint<'a>> {
    let value = words.clean_some(email)?;
    Some(ContactPoint { extension: Vec::new(), system: "email", system_element: None, value, usage: None })
}

/// A number with what is known of it (nl-core-ContactInformation-TelephoneNumbers).
fn contact_point<'a>(words: &Words<'_>, phone: &'a Phone) -> Option<ContactPoint<'a>> {
    let value = words.clean(&phone.nr)?;
    let of_list = |code: &'static str, display: &'static str| Coding::shown(system::TELECOM_TYPE, code, display);
    let (kind, coding) = match phone.kind {
        Some(PhoneKind::Fax) => ("fax", of_list("FAX", "Fax")),
        Some(PhoneKind::Pager) => ("pager", Coding::shown(system::ADDRESS_USE, "PG", "Pieper")),
        Some(PhoneKind::Mobile) => ("phone", Coding::shown(system::ADDRESS_USE, "MC", "Mobiel telefoonnummer")),
        Some(PhoneKind::Home | PhoneKind::Work) | None => ("phone", phone_type(&value)),
    };
    let remark = words.clean_some(phone.remark.as_deref());
    Some(ContactPoint {
        extension: remark.map(|remark| Extension::string(extension::COMMENT, remark)).into_iter().collect(),
        system: kind,
        system_element: Some(Extension::specification(coding).into()),
        value,
        usage: match phone.kind {
            Some(PhoneKind::Home) => Some("home"),
            Some(PhoneKind::Work) => Some("work"),
            Some(PhoneKind::Mobile | PhoneKind::Fax | PhoneKind::Pager) | None => None,
        },
    })
}

/// Mobile numbers are known by their beginning; what another number is used for is not known.
fn phone_type(number: &str) -> Coding<'static> {
    if is_mobile(number) {
        Coding::shown(system::ADDRESS_USE, "MC", "Mobiel telefoonnummer")
    } else {
        Coding::shown(system::TELECOM_TYPE, "LL", "Vast telefoonnummer")
    }
}

/// The address of a person or organisation, unless it is secret.
pub(super) fn reach_address<'a>(
    words: &Words<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    addr: Option<&'a dossier::Address>,
) -> Option<Address<'a>> {
    address(words, out, origin, addr?)
}

fn address<'a>(
    words: &Words<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    addr: &'a dossier::Address,
) -> Option<Address<'a>> {
    if addr.secret {
        return None;
    }
    let city = words.clean_some(addr.city.as_deref());
    let postal_code = words.clean_some(addr.postcode.as_deref()).map(postal_code);
    let (line, parts) = address_line(words, out, origin, addr);
    if line.is_none() && city.is_none() && postal_code.is_none() {
        return None;
    }
    let country = words.clean_some(addr.country.as_deref());
    let is_coded = country.as_deref().is_some_and(is_country_code);
    let (usage, kind, code, display) = address_use(addr.kind.unwrap_or(AddressKind::Home));
    let coding = Coding::shown(system::ADDRESS_USE, code, display);
    Some(Address {
        extension: vec![Extension::concept(extension::ADDRESS_TYPE, coding.into())],
        usage,
        kind,
        line_elements: line
            .iter()
            .filter(|_| !parts.is_empty())
            .map(|_| Element { extension: parts.clone() })
            .collect(),
        line: line.into_iter().collect(),
        city,
        district: words.clean_some(addr.municipality.as_deref()),
        postal_code,
        country_element: country.clone().filter(|_| is_coded).map(|code| {
            let concept = CodeableConcept::of(vec![Coding::new(system::COUNTRY, code.clone())], country_name(code));
            Extension::concept(extension::CODE_SPECIFICATION, concept).into()
        }),
        country: country.map(country_name),
    })
}

/// FHIR's use and type, and the code of the zib's list (nl-core-r4-profiles §0.3).
fn address_use(kind: AddressKind) -> (Option<&'static str>, Option<&'static str>, &'static str, &'static str) {
    match kind {
        AddressKind::Home => (Some("home"), Some("both"), "HP", "Officieel adres"),
        AddressKind::Postal => (None, Some("postal"), "PST", "Postadres"),
        AddressKind::Temporary => (Some("temp"), None, "TMP", "Tijdelijk adres"),
        AddressKind::Work => (Some("work"), None, "WP", "Werkadres"),
        AddressKind::Holiday => (Some("temp"), None, "HV", "Vakantieadres"),
    }
}

fn country_name(code: Text<'_>) -> Text<'_> {
    if code == "NL" { "Nederland".into() } else { code }
}

/// The practice as Organization and Location.
pub(super) fn render_practice(links: &PracticeLinks, out: &mut Output, origin: &Origin<'_>, practice: &Practice) {
    let words = Words::default();
    let kind = match practice.org_type.as_deref() {
        None | Some("Z3") => Coding::shown(system::ORGANIZATION_TYPE, "Z3", "Huisartspraktijk"),
        Some(code) => Coding::shown(system::ORGANIZATION_TYPE, code, organization_type(code)),
    };
    let organization = Organization {
        identifier: vec![Identifier::new(system::URA, &*practice.ura), Identifier::new(system::AGB, &*practice.agb)],
        kind: vec![kind.into()],
        name: practice.name.as_str().into(),
        telecom: telecom_of(&words, &practice.reach),
        address: reach_address(&words, out, origin, practice.reach.addr.as_ref()).into_iter().collect(),
    };
    let id = links.organization.id;
    out.resource(origin, Draft::new(ResourceType::Organization, id, profile::ORGANIZATION, &organization));
    let location = Location { name: practice.name.as_str().into(), managing_organization: links.organization.to() };
    out.resource(origin, Draft::new(ResourceType::Location, links.location.id, profile::LOCATION, &location));
}

/// An employee as Practitioner and PractitionerRole.
pub(super) fn render_employee(
    ids: &Ids<'_>,
    links: &PracticeLinks,
    out: &mut Output,
    origin: &Origin<'_>,
    employee: &Employee,
) {
    // Every employee of the practice has a role link: they are made of the same list.
    let Some(role) = links.role(origin.key()) else { return };
    let kind = ResourceType::Practitioner;
    let person = Link::new(kind, ids.id(kind.as_str(), origin.key().as_str()), employee.name.as_str());
    let numbers = [(system::UZI, &employee.uzi), (system::AGB, &employee.agb), (system::BIG, &employee.big)];
    let identifier = numbers.iter().filter_map(|(system, number)| Some(Identifier::new(system, number.as_deref()?)));
    let words = Words::default();
    let name = match &employee.name_parts {
        Some(parts) => official_name(&words, parts),
        None => HumanName { usage: "official", text: Some(employee.name.as_str().into()), ..HumanName::default() },
    };
    let gender = employee.sex.map(gender);
    let practitioner = Practitioner {
        identifier: identifier.collect(),
        name: [name],
        telecom: telecom_of(&words, &employee.reach),
        gender: gender.as_ref().map(|(code, _)| *code),
        gender_element: gender.map(|(_, coding)| Extension::specification(coding).into()),
    };
    out.resource(origin, Draft::new(kind, person.id, profile::PRACTITIONER, &practitioner));
    // The profile has room for one: the UZI role when there is one.
    let own_specialty = employee.specialty.as_ref().filter(|_| employee.uzi_role.is_none());
    let own_specialty = own_specialty.map(|specialty| specialty_of(&words, specialty));
    let content = PractitionerRole {
        active: employee.active,
        practitioner: person.to(),
        organization: links.organization.to(),
        specialty: vec![own_specialty.unwrap_or_else(|| specialty(employee))],
        location: [links.location.to()],
    };
    out.resource(origin, Draft::new(ResourceType::PractitionerRole, role.id, profile::PRACTITIONER_ROLE, &content));
}

fn specialty(employee: &Employee) -> CodeableConcept<'_> {
    let coding = employee.uzi_role.as_deref().map(|code| Coding::new(system::UZI_ROLE, code));
    CodeableConcept::of(coding.into_iter().collect(), employee_role(employee.role))
}

/// The laboratories that results and reports of this patient name, in the order of their ids.
pub(super) fn render_laboratories(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>) {
    let mut laboratories: Vec<_> = ctx.laboratories.iter().collect();
    laboratories.sort_unstable_by_key(|(_, link)| link.id);
    for ((agb, _), link) in laboratories {
        let content = Organization {
            identifier: agb.map(|agb| Identifier::new(system::AGB, agb)).into_iter().collect(),
            kind: vec![Coding::shown(system::ORGANIZATION_TYPE, "L1", "Laboratorium").into()],
            name: link.to().display,
            telecom: Vec::new(),
            address: Vec::new(),
        };
        out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile::ORGANIZATION, &content));
    }
}
