//! How resources name each other: every reference as `Type/id`, and the patient each one is about.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::sources::{Found, Source};
use crate::fhir::ResourceType;
use crate::fhir::tree::Json;

/// The naming system of the citizen service number, as URI and as OID.
pub(super) const BSN_SYSTEMS: [&str; 2] = ["http://fhir.nl/fhir/NamingSystem/bsn", "urn:oid:2.16.840.1.113883.2.4.6.3"];

/// Members that say whom a resource is about.
const SUBJECTS: [&str; 3] = ["subject", "patient", "beneficiary"];

/// Types that may belong to nobody: they are the practice's, and go along with what refers to them.
const SHARED: [ResourceType; 6] = [
    ResourceType::Device,
    ResourceType::Location,
    ResourceType::Medication,
    ResourceType::Organization,
    ResourceType::Practitioner,
    ResourceType::PractitionerRole,
];

/// Writes every reference as `Type/id` where its target is known by another address, or by its number.
pub(super) fn join(found: &mut Found<'_>) {
    let bases: BTreeSet<String> =
        found.full_urls.iter().filter_map(|(url, name)| url.strip_suffix(name.as_str()).map(str::to_owned)).collect();
    let addresses = Addresses { full_urls: &found.full_urls, bases, numbers: numbers(&found.sources) };
    for source in &mut found.sources {
        addresses.rewrite(&mut source.json);
    }
}

/// Citizen service numbers of the patients in the feed, and their `Patient/id`.
fn numbers(sources: &[Source<'_>]) -> HashMap<String, String> {
    let patients = sources.iter().filter(|source| source.kind == ResourceType::Patient);
    patients.filter_map(|source| Some((number_of(&source.json)?.to_owned(), source.name()))).collect()
}

/// The citizen service number that a Patient carries.
pub(super) fn number_of<'s>(patient: &'s Json<'_>) -> Option<&'s str> {
    let Json::Array(identifiers) = patient.member("identifier")? else { return None };
    identifiers.iter().find_map(|identifier| {
        let system = identifier.member("system")?.as_text()?;
        identifier.member("value")?.as_text().filter(|_| BSN_SYSTEMS.contains(&system))
    })
}

struct Addresses<'f> {
    full_urls: &'f BTreeMap<String, String>,
    /// What stands before `Type/id` in the addresses of the feed.
    bases: BTreeSet<String>,
    numbers: HashMap<String, String>,
}

impl Addresses<'_> {
    fn rewrite(&self, value: &mut Json<'_>) {
        match value {
            Json::Array(elements) => elements.iter_mut().for_each(|element| self.rewrite(element)),
            Json::Object(members) => {
                if let Some(name) = self.by_number(members) {
                    members.insert(0, ("reference".into(), Json::Text(name.into())));
                }
                for (name, value) in members {
                    match value {
                        Json::Text(text) if name == "reference" || (name == "url" && text.contains("Binary/")) => {
                            if let Some(plain) = self.plain(text) {
                                *text = Cow::Owned(plain);
                            }
                        }
                        value => self.rewrite(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// `Type/id` of an address: an entry of the feed, below a base of the feed, or a version of either.
    fn plain(&self, address: &str) -> Option<String> {
        if let Some(name) = self.full_urls.get(address) {
            return Some(name.clone());
        }
        let address = address.split("/_history/").next().unwrap_or(address);
        let below = self.bases.iter().find_map(|base| address.strip_prefix(base.as_str()));
        Some(below.unwrap_or(address).to_owned())
    }

    /// A patient who is only named by a number of this feed.
    fn by_number(&self, members: &[(Cow<'_, str>, Json<'_>)]) -> Option<String> {
        let member = |name: &str| members.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        if member("reference").is_some() {
            return None;
        }
        let identifier = member("identifier")?;
        let system = identifier.member("system")?.as_text()?;
        let number = identifier.member("value")?.as_text().filter(|_| BSN_SYSTEMS.contains(&system))?;
        self.numbers.get(number).cloned()
    }
}

/// Whose resource it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// The patient with this id at the source.
    Patient(String),
    /// Nobody's: the practice's.
    Practice,
    /// It should be somebody's and does not say whose.
    Unknown,
}

/// Whose this resource is, by the member FHIR has for it.
pub(super) fn owner_of(source: &Source<'_>) -> Owner {
    if source.kind == ResourceType::Patient {
        return Owner::Patient(source.id.clone());
    }
    let own = SUBJECTS.iter().filter_map(|name| source.json.member(name));
    if let Some(patient) = own.chain(participants(&source.json)).find_map(patient_of) {
        return Owner::Patient(patient.to_owned());
    }
    if SHARED.contains(&source.kind) { Owner::Practice } else { Owner::Unknown }
}

/// Who takes part in an Appointment, which has no subject.
fn participants<'s>(json: &'s Json<'_>) -> impl Iterator<Item = &'s Json<'s>> {
    let list = match json.member("participant") {
        Some(Json::Array(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|participant| participant.member("actor"))
}

fn patient_of<'s>(reference: &'s Json<'_>) -> Option<&'s str> {
    reference.member("reference")?.as_text()?.strip_prefix("Patient/")
}
