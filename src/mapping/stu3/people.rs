//! Patient, practice, care professionals and laboratories (his-to-fhir-mapping §3-4).
//!
//! A citizen service number is shown as masked and nothing else; a secret address is left out altogether. The Patient
//! names no managing organisation: its search counts the organisations it brings.

use super::codes::{extension, profile, system};
use super::types::{Address, ContactPoint, specification};
use crate::domain::dossier::{
    self, AddressKind, Coded, Deceased, Employee, PersonName, Phone, PhoneKind, Practice, Reach, Sex,
};
use crate::fhir::ResourceType;
use crate::mapping::Ids;
use crate::mapping::parts::coded::concept;
use crate::mapping::parts::context::{Context, Draft, Link, Origin, Output, PracticeLinks, Words};
use crate::mapping::parts::members::Members;
use crate::mapping::parts::names::official_name;
use crate::mapping::parts::reach::{address_line, is_country_code, is_dutch_code, is_mobile, postal_code};
use crate::mapping::parts::titles::{employee_role, marital_status, organization_type};
use crate::mapping::parts::types::{
    CodeableConcept, Coding, Element, Extension, ExtensionValue, HumanName, Identifier, Text,
};

/// The Patient.
pub(super) fn render_patient(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>, patient: &dossier::Patient) {
    let mut identifier = vec![Identifier::new(system::OWN_PATIENT, ctx.patient.id.to_string())];
    if patient.bsn.is_some() {
        identifier.push(Identifier::masked_bsn());
    }
    let (is_dead, died_on) = match patient.deceased {
        None => (None, None),
        Some(Deceased::Yes) => (Some(true), None),
        Some(Deceased::On(day)) => (None, Some(day.to_string())),
    };
    let known = patient.addr.iter().chain(&patient.addresses);
    let addresses: Vec<Address<'_>> = known.filter_map(|addr| address_of(&ctx.words, out, origin, addr)).collect();
    let status = patient
        .marital_status
        .map(|code| CodeableConcept::from(Coding::shown(system::MARITAL_STATUS, code, marital_status(code))));
    let (gender, of_zib) = gender(patient.sex);
    let content = Members::new()
        .with("identifier", identifier)
        .with("name", [name_of(&ctx.words, &patient.name)])
        .all("telecom", patient_telecom(&ctx.words, patient))
        .with("gender", gender)
        .with("_gender", of_zib)
        .with("birthDate", patient.birth.to_fhir())
        .some("deceasedBoolean", is_dead)
        .some("deceasedDateTime", died_on)
        .all("address", addresses)
        .some("maritalStatus", status)
        .some("multipleBirthBoolean", patient.multiple_birth)
        .all("generalPractitioner", ctx.role(out, origin, "/gp", patient.gp.as_ref()));
    out.resource(origin, Draft::new(ResourceType::Patient, ctx.patient.id, profile::PATIENT, &content));
}

/// FHIR's code, and the zib's beside it.
pub(super) fn gender(sex: Sex) -> (&'static str, Element<'static>) {
    let of_zib = |code: &'static str, display: &'static str| {
        specification(Coding::shown(system::ADMINISTRATIVE_GENDER, code, display))
    };
    match sex {
        Sex::Male => ("male", of_zib("M", "Man")),
        Sex::Female => ("female", of_zib("F", "Vrouw")),
        Sex::Undetermined => ("other", of_zib("UN", "Ongedifferentieerd")),
        Sex::Unknown => ("unknown", specification(Coding::shown(system::NULL_FLAVOR, "UNK", "Onbekend"))),
    }
}

/// The official name, with the call name as one of the given names.
pub(super) fn name_of<'a>(words: &Words<'_>, name: &'a PersonName) -> HumanName<'a> {
    let mut official = official_name(words, name);
    if let Some(call) = words.clean_some(name.call.as_deref()) {
        official.given.push(call.into_owned());
        official.given_elements.push(Extension::new(extension::NAME_QUALIFIER, ExtensionValue::Code("CL")).into());
    }
    official
}

fn patient_telecom<'a>(words: &Words<'_>, patient: &'a dossier::Patient) -> Vec<ContactPoint<'a>> {
    // A number that is known with its kind is not said twice.
    let is_known = |number: &&String| patient.phones.iter().any(|phone| phone.nr == **number);
    let plain = patient.phone.iter().filter(|number| !is_known(number));
    let plain = plain.filter_map(|number| number_of(words, number, None, None));
    let known = patient.phones.iter().filter_map(|phone| of_phone(words, phone));
    plain.chain(known).chain(email(words, patient.email.as_deref())).collect()
}

/// Telephone numbers and e-mail of a person or organisation.
pub(super) fn telecom_of<'a>(words: &Words<'_>, reach: &'a Reach) -> Vec<ContactPoint<'a>> {
    let phones = reach.phones.iter().filter_map(|phone| of_phone(words, phone));
    phones.chain(email(words, reach.email.as_deref())).collect()
}

fn email<'a>(words: &Words<'_>, email: Option<&'a str>) -> Option<ContactPoint<'a>> {
    Some(ContactPoint { extension: Vec::new(), system: "email", value: words.clean_some(email)?, usage: None })
}

fn of_phone<'a>(words: &Words<'_>, phone: &'a Phone) -> Option<ContactPoint<'a>> {
    number_of(words, &phone.nr, phone.kind, phone.remark.as_deref())
}

/// A number with what is known of it.
fn number_of<'a>(
    words: &Words<'_>,
    number: &'a str,
    kind: Option<PhoneKind>,
    remark: Option<&'a str>,
) -> Option<ContactPoint<'a>> {
    let value = words.clean(number)?;
    let is_mobile = is_mobile(&value);
    let (system, coding) = match kind {
        Some(PhoneKind::Fax) => ("fax", Coding::shown(system::TELECOM_TYPE, "FAX", "Fax")),
        Some(PhoneKind::Pager) => ("pager", Coding::shown(system::ADDRESS_USE, "PG", "Pieper")),
        Some(PhoneKind::Mobile) => ("phone", mobile()),
        Some(PhoneKind::Home | PhoneKind::Work) | None if is_mobile => ("phone", mobile()),
        Some(PhoneKind::Home | PhoneKind::Work) | None => {
            ("phone", Coding::shown(system::TELECOM_TYPE, "LL", "Vast telefoonnummer"))
        }
    };
    // UNCONFIRMED: zib 2017 has no place for a remark about a number; Comment may stand in any element.
    let remark = words.clean_some(remark).map(|remark| Extension::string(extension::COMMENT, remark));
    let of_zib = Extension::concept(extension::TELECOM_TYPE, coding.into());
    Some(ContactPoint {
        extension: std::iter::once(of_zib).chain(remark).collect(),
        system,
        value,
        // Of a mobile number nl-core-contactpoint says that alone, unless it is known what it is for.
        usage: match kind {
            Some(PhoneKind::Home) => Some("home"),
            Some(PhoneKind::Work) => Some("work"),
            Some(PhoneKind::Mobile) => Some("mobile"),
            None if is_mobile => Some("mobile"),
            Some(PhoneKind::Fax | PhoneKind::Pager) | None => None,
        },
    })
}

fn mobile() -> Coding<'static> {
    Coding::shown(system::ADDRESS_USE, "MC", "Mobiel telefoonnummer")
}

/// An address, unless it is secret or says nothing.
pub(super) fn address_of<'a>(
    words: &Words<'_>,
    out: &mut Output,
    origin: &Origin<'_>,
    addr: &'a dossier::Address,
) -> Option<Address<'a>> {
    if addr.secret {
        return None;
    }
    let city = words.clean_some(addr.city.as_deref());
    let (country, country_element) = words.clean_some(addr.country.as_deref()).map(country).unzip();
    let is_dutch = country.as_deref() == Some(NETHERLANDS);
    let mut postal_code = words.clean_some(addr.postcode.as_deref()).map(postal_code);
    if is_dutch && postal_code.as_deref().is_some_and(|code| !is_dutch_code(code)) {
        // nl-postal-code-pattern: in the Netherlands a code has four digits and two letters.
        out.problem(origin, "/addr/postcode", "is no Dutch postcode");
        postal_code = None;
    }
    let (line, parts) = address_line(words, out, origin, addr);
    if line.is_none() && city.is_none() && postal_code.is_none() {
        return None;
    }
    let (usage, kind, code, display) = address_use(addr.kind.unwrap_or(AddressKind::Home));
    let of_zib = Coding::shown(system::ADDRESS_USE, code, display);
    let has_parts = line.is_some() && !parts.is_empty();
    Some(Address {
        extension: [Extension::concept(extension::ADDRESS_TYPE, of_zib.into())],
        usage,
        kind,
        line: line.into_iter().collect(),
        line_elements: has_parts.then_some(Element { extension: parts }).into_iter().collect(),
        city,
        district: words.clean_some(addr.municipality.as_deref()),
        postal_code,
        country,
        country_element: country_element.flatten(),
    })
}

/// FHIR's use and type, and the code of the zib's list.
fn address_use(kind: AddressKind) -> (Option<&'static str>, Option<&'static str>, &'static str, &'static str) {
    match kind {
        AddressKind::Home => (Some("home"), Some("physical"), "HP", "Officieel adres"),
        AddressKind::Postal => (None, Some("postal"), "PST", "Postadres"),
        AddressKind::Temporary => (Some("temp"), None, "TMP", "Tijdelijk adres"),
        AddressKind::Work => (Some("work"), None, "WP", "Werkadres"),
        AddressKind::Holiday => (Some("temp"), None, "HV", "Vakantieadres"),
    }
}

/// What an address in the Netherlands names as its country.
const NETHERLANDS: &str = "NLD";

/// The country in words or by its code, and the code with its system: the Netherlands by the table of the registers of
/// persons, other countries by ISO 3166.
fn country(code: Text<'_>) -> (Text<'_>, Option<Element<'_>>) {
    if code == "NL" {
        let coding = Coding::shown(system::COUNTRY_GBA, "6030", "Nederland");
        return (NETHERLANDS.into(), Some(specification(coding)));
    }
    let element = is_country_code(&code).then(|| {
        let concept = CodeableConcept::of(vec![Coding::new(system::COUNTRY, code.clone())], code.clone());
        Extension::concept(extension::CODE_SPECIFICATION, concept).into()
    });
    (code, element)
}

/// The practice as Organization and Location.
pub(super) fn render_practice(links: &PracticeLinks, out: &mut Output, origin: &Origin<'_>, practice: &Practice) {
    let words = Words::default();
    let code = practice.org_type.as_deref().unwrap_or("Z3");
    let kind = Coding::shown(system::ORGANIZATION_TYPE, code, organization_type(code));
    let address = practice.reach.addr.as_ref().and_then(|addr| address_of(&words, out, origin, addr));
    let content = Members::new()
        .with(
            "identifier",
            [Identifier::new(system::URA, &*practice.ura), Identifier::new(system::AGB, &*practice.agb)],
        )
        .with("type", [CodeableConcept::from(kind)])
        .with("name", &practice.name)
        .all("telecom", telecom_of(&words, &practice.reach))
        .all("address", address);
    let id = links.organization.id;
    out.resource(origin, Draft::new(ResourceType::Organization, id, profile::ORGANIZATION, &content));
    let content = Members::new().with("name", &practice.name).with("managingOrganization", links.organization.to());
    out.resource(origin, Draft::new(ResourceType::Location, links.location.id, profile::LOCATION, &content));
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
    let numbers = numbers.iter().filter_map(|(system, number)| Some(Identifier::new(system, number.as_deref()?)));
    let words = Words::default();
    let name = match &employee.name_parts {
        Some(parts) => official_name(&words, parts),
        None => HumanName { usage: "official", text: Some(employee.name.as_str().into()), ..HumanName::default() },
    };
    let (gender, of_zib) = employee.sex.map(gender).unzip();
    let content = Members::new()
        .all("identifier", numbers)
        .with("name", [name])
        .all("telecom", telecom_of(&words, &employee.reach))
        .some("gender", gender)
        .some("_gender", of_zib);
    out.resource(origin, Draft::new(kind, person.id, profile::PRACTITIONER, &content));
    let content = Members::new()
        .with("active", employee.active)
        .with("practitioner", person.to())
        .with("organization", links.organization.to())
        .with("specialty", [specialty(&words, employee)])
        .with("location", [links.location.to()]);
    out.resource(origin, Draft::new(ResourceType::PractitionerRole, role.id, profile::PRACTITIONER_ROLE, &content));
}

/// One specialty with every code known for it: nl-core-practitionerrole takes one.
fn specialty<'a>(words: &Words<'_>, employee: &'a Employee) -> CodeableConcept<'a> {
    let role = employee_role(employee.role);
    let uzi = employee.uzi_role.as_deref().map(|code| Coding::new(system::UZI_ROLE, code));
    let own = employee.specialty.as_ref();
    let text = match own {
        // Words without a code have no other place.
        Some(Coded { code: None, display }) => match words.clean(display) {
            Some(display) => Text::Owned(format!("{role}, {display}")),
            None => role.into(),
        },
        _ => role.into(),
    };
    let own = own.into_iter().flat_map(|coded| concept(words, coded).coding);
    let own = own.filter(|coding| uzi.is_none() || coding.system != system::UZI_ROLE);
    let codings = own.collect::<Vec<_>>();
    CodeableConcept::of(uzi.into_iter().chain(codings).collect(), text)
}

/// The laboratories that results and reports of this patient name, in the order of their ids.
pub(super) fn render_laboratories(ctx: &Context<'_>, out: &mut Output, origin: &Origin<'_>) {
    let mut laboratories: Vec<_> = ctx.laboratories.iter().collect();
    laboratories.sort_unstable_by_key(|(_, link)| link.id);
    for ((agb, _), link) in laboratories {
        let kind = Coding::shown(system::ORGANIZATION_TYPE, "L1", "Laboratorium");
        let content = Members::new()
            .all("identifier", agb.map(|agb| Identifier::new(system::AGB, agb)))
            .with("type", [CodeableConcept::from(kind)])
            .with("name", link.to().display);
        out.resource(origin, Draft::new(ResourceType::Organization, link.id, profile::ORGANIZATION, &content));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_name_is_one_of_the_given_names() {
        let name = PersonName {
            initials: Some("J.P.".into()),
            first: Some("Johanna".into()),
            call: Some("Jo".into()),
            prefix: None,
            last: "Putten".into(),
            partner_prefix: None,
            partner_last: None,
            use_: None,
            title: None,
            suffix: None,
        };
        let words = Words::default();
        let official = name_of(&words, &name);
        assert_eq!(official.given, ["Johanna", "J.", "P.", "Jo"]);
        assert_eq!(official.given_elements.len(), official.given.len());
        assert_eq!(official.text.as_deref(), Some("Johanna Putten"), "the text does not say it twice");
    }

    #[test]
    fn a_mobile_number_says_so_unless_it_is_known_what_it_is_for() {
        let cases = [
            ("0612345678", None, Some("mobile")),
            ("0612345678", Some(PhoneKind::Mobile), Some("mobile")),
            ("0612345678", Some(PhoneKind::Work), Some("work")),
            ("0190531771", None, None),
            ("0190531771", Some(PhoneKind::Home), Some("home")),
            ("0190531772", Some(PhoneKind::Fax), None),
        ];
        for (number, kind, expected) in cases {
            let written = number_of(&Words::default(), number, kind, None).unwrap();
            assert_eq!(written.usage, expected, "{number} {kind:?}");
        }
    }

    #[test]
    fn the_netherlands_have_their_own_table_of_countries() {
        let (name, element) = country("NL".into());
        let written = serde_json::to_value(element).unwrap();
        assert_eq!(name, "NLD");
        assert_eq!(written["extension"][0]["valueCodeableConcept"]["coding"][0]["code"], "6030");
        let (name, element) = country("BE".into());
        let written = serde_json::to_value(element).unwrap();
        assert_eq!(name, "BE");
        assert_eq!(written["extension"][0]["valueCodeableConcept"]["coding"][0]["system"], system::COUNTRY);
        assert!(country("Nederland".into()).1.is_none(), "words are no code");
    }
}
