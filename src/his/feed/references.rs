//! How resources name each other: every reference as `Type/id`, and the patient each one is about.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::FeedFault;
use super::sources::{Document, Found, Source, fault};
use crate::fhir::tree::Json;
use crate::fhir::{ResourceType, is_bsn_system};
use crate::mapping::feed::record_id;

/// Members that say whom a resource is about.
const SUBJECTS: [&str; 3] = ["subject", "patient", "beneficiary"];

/// Types that may belong to nobody: they are the practice's, and go along with what refers to them.
pub(in crate::his) const SHARED: [ResourceType; 6] = [
    ResourceType::Device,
    ResourceType::Location,
    ResourceType::Medication,
    ResourceType::Organization,
    ResourceType::Practitioner,
    ResourceType::PractitionerRole,
];

/// Writes every reference as `Type/id` where its target is known by another address, or by its number.
///
/// An address is looked up in its own Bundle and then, when it is one of the web, in all of them. Nothing is guessed: what
/// stands at another server is another resource, whatever its id.
///
/// # Errors
/// When one name could mean two resources, so that somebody's record could come to be another's.
pub(super) fn join(found: &mut Found<'_>) -> Result<(), FeedFault> {
    let everywhere = addresses_of_the_web(&found.documents)?;
    let named: BTreeSet<&str> = everywhere.values().map(String::as_str).collect();
    one_person_each(found)?;
    let numbers = numbers(&found.sources);
    no_number_as_id(found, &numbers)?;
    for source in &mut found.sources {
        let here = &found.documents[source.document].full_urls;
        let base = source.base.as_deref();
        Addresses { here, everywhere: &everywhere, named: &named, base, numbers: &numbers }.rewrite(&mut source.json);
    }
    one_owner_each(found)
}

/// Every address of the web that a Bundle of the feed states, and the name it stands for; one name has one address.
fn addresses_of_the_web(documents: &[Document]) -> Result<BTreeMap<String, String>, FeedFault> {
    let (mut names, mut addresses) = (BTreeMap::new(), HashMap::new());
    for document in documents {
        for (url, name) in document.full_urls.iter().filter(|(url, _)| url.starts_with("http")) {
            let same_name = names.insert(url.clone(), name.clone()).is_none_or(|before| before == *name);
            let same_address = addresses.insert(name, url).is_none_or(|before| before == url);
            if !same_name || !same_address {
                return Err(fault(&document.file, "resources at two addresses have the same type and id"));
            }
        }
    }
    Ok(names)
}

/// Two Patients with one id must be one person: by number, day of birth and gender.
fn one_person_each(found: &Found<'_>) -> Result<(), FeedFault> {
    let mut known: HashMap<&str, [Option<&str>; 3]> = HashMap::new();
    for source in found.sources.iter().filter(|source| source.kind == ResourceType::Patient) {
        let text = |name: &str| source.json.member(name).and_then(Json::as_text);
        let person = [number_of(&source.json), text("birthDate"), text("gender")];
        if known.insert(&source.id, person).is_some_and(|before| before != person) {
            return Err(of(found, source, "two Patients that are not the same person have the same id"));
        }
    }
    Ok(())
}

/// Ids stand in reports and in the store as they are, so none may be somebody's number.
fn no_number_as_id(found: &Found<'_>, numbers: &HashMap<String, Option<String>>) -> Result<(), FeedFault> {
    let is_number = |source: &&Source<'_>| {
        source.id.split(|character: char| !character.is_ascii_digit()).any(|digits| numbers.contains_key(digits))
    };
    match found.sources.iter().find(is_number) {
        None => Ok(()),
        Some(source) => {
            let said = format!("the id of a {} is a citizen service number: ids stand in reports", source.kind);
            Err(fault(&found.documents[source.document].file, &said))
        }
    }
}

/// Two resources with one type and id must be about one person, and a `urn:uuid` that stands for an id be used once.
fn one_owner_each(found: &Found<'_>) -> Result<(), FeedFault> {
    let mut known: HashMap<(ResourceType, &str), (Owner, &Source<'_>)> = HashMap::new();
    for source in &found.sources {
        let owner = owner_of(source);
        let Some((before, other)) = known.insert((source.kind, &source.id), (owner.clone(), source)) else { continue };
        if before != owner {
            return Err(of(found, source, "resources of two patients have the same type and id"));
        }
        if (source.by_urn || other.by_urn) && source.document != other.document && !is_same(&source.json, &other.json) {
            return Err(of(found, source, "two Bundles use the same urn:uuid for a resource without id"));
        }
    }
    Ok(())
}

/// Do both say the same, as the XML and the JSON of one resource do? Narratives, the order of members and the spelling of
/// numbers aside.
fn is_same(one: &Json<'_>, other: &Json<'_>) -> bool {
    let value = |json: &Json<'_>| {
        let mut bytes = Vec::new();
        json.write(&mut bytes);
        let mut value: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
        value.as_object_mut()?.remove("text");
        Some(value)
    };
    value(one).is_some_and(|value_of_one| value(other) == Some(value_of_one))
}

fn of(found: &Found<'_>, source: &Source<'_>, said: &str) -> FeedFault {
    let record = record_id(source.kind, &source.id);
    fault(&found.documents[source.document].file, &format!("{record}: {said}"))
}

/// Citizen service numbers of the patients in the feed, and their `Patient/id`; not those that two of them claim.
fn numbers(sources: &[Source<'_>]) -> HashMap<String, Option<String>> {
    let mut numbers: HashMap<String, Option<String>> = HashMap::new();
    for source in sources.iter().filter(|source| source.kind == ResourceType::Patient) {
        let Some(number) = number_of(&source.json) else { continue };
        let name = Some(source.name());
        let known = numbers.entry(number.to_owned()).or_insert_with(|| name.clone());
        if *known != name {
            *known = None;
        }
    }
    numbers
}

/// The citizen service number that a Patient carries; `None` when two are stated: which is the patient's is not known.
pub(super) fn number_of<'s>(patient: &'s Json<'_>) -> Option<&'s str> {
    let Json::Array(identifiers) = patient.member("identifier")? else { return None };
    let text = |identifier: &'s Json<'_>, name: &str| identifier.member(name).and_then(Json::as_text);
    let numbers = identifiers.iter().filter(|identifier| {
        text(identifier, "system").is_some_and(is_bsn_system) && text(identifier, "use") != Some("old")
    });
    let numbers: BTreeSet<&str> = numbers.filter_map(|identifier| text(identifier, "value")).collect();
    numbers.first().copied().filter(|_| numbers.len() == 1)
}

struct Addresses<'f> {
    here: &'f BTreeMap<String, String>,
    everywhere: &'f BTreeMap<String, String>,
    /// The names that have an address of the web.
    named: &'f BTreeSet<&'f str>,
    /// Below which relative addresses stand.
    base: Option<&'f str>,
    numbers: &'f HashMap<String, Option<String>>,
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

    /// `Type/id` of an address: an entry of the feed, or a version of one. Any other stays as it is.
    fn plain(&self, address: &str) -> Option<String> {
        let known = |address: &str| self.here.get(address).or_else(|| self.everywhere.get(address)).cloned();
        let unversioned = address.split("/_history/").next().unwrap_or(address);
        let relative = !unversioned.contains(':') && !unversioned.starts_with('#');
        if let Some(base) = self.base.filter(|_| relative) {
            let whole = format!("{base}{unversioned}");
            return match known(&whole) {
                Some(name) => Some(name),
                // The same name at another address of the feed is another resource.
                None if self.named.contains(unversioned) => Some(whole),
                None => Some(unversioned.to_owned()),
            };
        }
        known(address).or_else(|| known(unversioned)).or_else(|| Some(unversioned.to_owned()))
    }

    /// A patient who is only named by a number of this feed.
    fn by_number(&self, members: &[(Cow<'_, str>, Json<'_>)]) -> Option<String> {
        let member = |name: &str| members.iter().find(|(own, _)| own == name).map(|(_, value)| value);
        if member("reference").is_some() {
            return None;
        }
        let identifier = member("identifier")?;
        let system = identifier.member("system")?.as_text()?;
        let number = identifier.member("value")?.as_text().filter(|_| is_bsn_system(system))?;
        self.numbers.get(number).cloned().flatten()
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
    let own: Vec<&Json<'_>> = SUBJECTS.iter().filter_map(|name| source.json.member(name)).collect();
    let patients = own.iter().copied().chain(participants(&source.json)).filter_map(patient_of);
    let patients: BTreeSet<&str> = patients.collect();
    match patients.first() {
        Some(patient) if patients.len() == 1 => Owner::Patient((*patient).to_owned()),
        // It is about somebody, only it is not clear about whom.
        None if own.is_empty() && SHARED.contains(&source.kind) => Owner::Practice,
        _ => Owner::Unknown,
    }
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
