//! The data services: what each offers, as data (`profiles/services.json`, or an operator's file of the same form).
//!
//! One table drives searching, reading, includes, the CapabilityStatement and what the test PGO collects, so they
//! cannot disagree. Ids and names are those of the MedMij lists (Gegevensdienst, Systeemrol); the FHIR release
//! belongs to the service. Requests: fhir-data-services §4 and §10.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;

use super::search::{Chain, Filter, Include, Param, Part};
use super::{FhirRelease, Releases, ResourceType};
use crate::domain::time::months_before;

/// The catalogue that comes with the program.
const BUILT_IN: &str = include_str!("../../profiles/services.json");

/// The longest id of a Gegevensdienst or Systeemrol that the MedMij lists can hold.
const LONGEST_ID: usize = 30;

/// A catalogue that contradicts itself or names what dvza does not have.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum CatalogueFault {
    #[error("the catalogue is not of the expected form: {0}")]
    Form(#[from] serde_json::Error),
    #[error("'{0}' cannot be the id of a service or system role: 1 to 30 letters, digits, points and hyphens")]
    Id(String),
    #[error("service {0} is listed twice")]
    RepeatedService(String),
    #[error("service {service} is not in the catalogue, which has {known}")]
    Unknown { service: String, known: String },
    #[error("service {service} lists {kind} twice")]
    RepeatedRequest { service: String, kind: ResourceType },
    #[error("service {service}: {kind} has no search parameter {param}")]
    Param { service: String, kind: ResourceType, param: &'static str },
    #[error("service {service}: {kind} cannot be narrowed by '{only}'")]
    Only { service: String, kind: ResourceType, only: String },
    #[error("service {service}: {kind} has no operation $lastn")]
    Lastn { service: String, kind: ResourceType },
    #[error("service {service}: the chain '{chain}' does not lead from {kind} to a parameter of its target")]
    Chain { service: String, kind: ResourceType, chain: String },
    #[error("service {service}: the request to collect '{request}' has a placeholder other than today and today-nM")]
    Placeholder { service: String, request: String },
}

/// All data services of this installation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    services: Vec<Service>,
}

/// One data service (Gegevensdienst).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// GegevensdienstId, which is also the OAuth scope and the last part of the base URL.
    pub id: String,
    /// The name a patient reads.
    pub name: String,
    /// Systeemrolcode, as the Zorgaanbiederslijst names it.
    pub system_role: String,
    /// The FHIR release of everything in this service.
    pub fhir: FhirRelease,
    /// Offered only by an installation whose operator names it (`[services] also`).
    #[serde(default)]
    pub optional: bool,
    /// Types every search brings along wherever something in the Bundle refers to them (fhir-data-services §1.4).
    #[serde(default)]
    pub brings: Vec<ResourceType>,
    /// What can be asked, one entry per resource type.
    pub requests: Vec<Request>,
    /// What a PGO asks to collect everything.
    pub collect: Vec<CollectTemplate>,
    #[serde(skip)]
    part: Arc<Part>,
}

/// What can be asked of one resource type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The type.
    #[serde(rename = "type")]
    pub kind: ResourceType,
    /// Read, search, or both.
    pub interactions: Vec<Interaction>,
    /// Search parameters, beside `_id` and the result parameters.
    #[serde(default)]
    pub params: Vec<Param>,
    /// Chained parameters, such as `MedicationRequest:medication:Medication.code` for `medication.code`.
    #[serde(default)]
    pub chains: Vec<Chain>,
    /// Conditions (`parameter=value`) that narrow the type: what answers none of them is no part of this service.
    #[serde(default)]
    pub only: Vec<String>,
    /// What `_include` and `_include:iterate` may name; the source may be a type that came along.
    #[serde(default)]
    pub includes: Vec<Include>,
    /// Types this search brings along beside those of the service.
    #[serde(default)]
    pub brings: Vec<ResourceType>,
    /// References by which resources come along that point to something in the Bundle.
    #[serde(default)]
    pub brings_back: Vec<Include>,
    /// Canonical URLs of the profiles the resources claim; more than one of a type are alternatives.
    #[serde(default)]
    pub profiles: Vec<String>,
}

/// A FHIR interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interaction {
    /// `GET [base]/[type]/[id]`.
    Read,
    /// `GET [base]/[type]?…`.
    Search,
    /// `GET [base]/Observation/$lastn?…`: of each code the newest.
    Lastn,
}

/// A request to collect, with `{today}` and `{today-14M}` still to be filled in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CollectTemplate {
    name: String,
    request: String,
}

/// A request a PGO sends to collect one section of the dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectRequest {
    /// The section, for people.
    pub name: String,
    /// Path and query below the service's base URL, with `|` and `,` unescaped, as PGOs send them.
    pub path_and_query: String,
}

impl Catalogue {
    /// The catalogue that comes with the program, with everything that an operator can switch on.
    ///
    /// # Errors
    /// None in a tested build; the signature spares a panic.
    pub fn built_in() -> Result<Self, CatalogueFault> {
        Self::parse(BUILT_IN)
    }

    /// What an installation offers: all that is not optional, and what its operator names.
    ///
    /// # Errors
    /// [`CatalogueFault::Unknown`] when the catalogue has no such service.
    pub fn offering(mut self, also: &[String]) -> Result<Self, CatalogueFault> {
        if let Some(service) = also.iter().find(|id| self.find(id).is_none()) {
            let known: Vec<&str> = self.services.iter().map(|service| service.id.as_str()).collect();
            return Err(CatalogueFault::Unknown { service: service.clone(), known: known.join(" ") });
        }
        self.services.retain(|service| !service.optional || also.contains(&service.id));
        Ok(self)
    }

    /// Reads a catalogue and checks it whole.
    ///
    /// # Errors
    /// [`CatalogueFault`] with the first contradiction.
    pub fn parse(text: &str) -> Result<Self, CatalogueFault> {
        let mut catalogue: Self = serde_json::from_str(text)?;
        let mut ids = BTreeSet::new();
        for service in &mut catalogue.services {
            service.check()?;
            service.part = Arc::new(service.read_part()?);
            if !ids.insert(service.id.clone()) {
                return Err(CatalogueFault::RepeatedService(service.id.clone()));
            }
        }
        Ok(catalogue)
    }

    /// Every service, in the order of the file.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The releases its services speak: no patient is rendered in another one. Without any service it is R4, which the
    /// patient's own pages are made of.
    pub fn releases(&self) -> Releases {
        let spoken: Releases = self.services.iter().map(|service| service.fhir).collect();
        if spoken.is_empty() { Releases::from([FhirRelease::R4]) } else { spoken }
    }

    /// The service with this id.
    pub fn find(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }
}

impl Service {
    /// What can be asked of this type, if it can be searched.
    pub fn find_search(&self, kind: ResourceType) -> Option<&Request> {
        self.find_request(kind, Interaction::Search)
    }

    /// What can be asked of this type, if it can be read by id.
    pub fn find_read(&self, kind: ResourceType) -> Option<&Request> {
        self.find_request(kind, Interaction::Read)
    }

    /// The requests that collect everything a PGO shows, with the dates filled in for `today` (in Amsterdam).
    pub fn collect_requests(&self, today: Date) -> Vec<CollectRequest> {
        let fill = |template: &CollectTemplate| CollectRequest {
            name: template.name.clone(),
            // `check` has seen that every placeholder is known.
            path_and_query: fill_dates(&template.request, today).unwrap_or_else(|| template.request.clone()),
        };
        self.collect.iter().map(fill).collect()
    }

    /// What can be asked of this type with `$lastn`, if it has that.
    pub fn find_last(&self, kind: ResourceType) -> Option<&Request> {
        self.find_request(kind, Interaction::Lastn)
    }

    /// The part of the dossier that belongs to this service.
    pub fn part(&self) -> Arc<Part> {
        self.part.clone()
    }

    fn find_request(&self, kind: ResourceType, interaction: Interaction) -> Option<&Request> {
        self.requests.iter().find(|request| request.kind == kind && request.interactions.contains(&interaction))
    }

    fn read_part(&self) -> Result<Part, CatalogueFault> {
        let of_type = |request: &Request| {
            let read = |only: &String| {
                let fault =
                    || CatalogueFault::Only { service: self.id.clone(), kind: request.kind, only: only.clone() };
                Filter::parse(self.fhir, request.kind, only).ok_or_else(fault)
            };
            let filters: Result<Vec<_>, CatalogueFault> = request.only.iter().map(read).collect();
            Ok((request.kind, filters?))
        };
        let types: Result<Vec<_>, CatalogueFault> = self.requests.iter().map(of_type).collect();
        Ok(Part::new(types?))
    }

    fn check(&self) -> Result<(), CatalogueFault> {
        for id in [&self.id, &self.system_role] {
            if !is_id(id) {
                return Err(CatalogueFault::Id(id.clone()));
            }
        }
        let mut kinds = BTreeSet::new();
        for request in &self.requests {
            let (service, kind) = (self.id.clone(), request.kind);
            if !kinds.insert(kind) {
                return Err(CatalogueFault::RepeatedRequest { service, kind });
            }
            if request.interactions.contains(&Interaction::Lastn) && kind != ResourceType::Observation {
                return Err(CatalogueFault::Lastn { service, kind });
            }
            let is_known = |chain: &Chain| {
                let target = chain.via.target.filter(|_| chain.via.source == kind);
                target.is_some_and(|target| chain.param.exists_on(self.fhir, target))
            };
            if let Some(chain) = request.chains.iter().find(|chain| !is_known(chain)) {
                return Err(CatalogueFault::Chain { service, kind, chain: chain.name() });
            }
            if let Some(param) = request.params.iter().find(|param| !param.exists_on(self.fhir, kind)) {
                return Err(CatalogueFault::Param { service, kind, param: param.as_str() });
            }
        }
        match self.collect.iter().find(|template| fill_dates(&template.request, Date::default()).is_none()) {
            Some(template) => {
                Err(CatalogueFault::Placeholder { service: self.id.clone(), request: template.request.clone() })
            }
            None => Ok(()),
        }
    }
}

fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    plain && (1..=LONGEST_ID).contains(&text.len())
}

/// Replaces `{today}` and `{today-14M}` (calendar months, release-rules R-LAB-06); `None` on another placeholder.
fn fill_dates(template: &str, today: Date) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, after) = after.split_once('}')?;
        let day = match placeholder.strip_prefix("today")? {
            "" => today,
            back => months_before(today, back.strip_prefix('-')?.strip_suffix('M')?.parse::<u8>().ok()?.into()),
        };
        filled.push_str(before);
        filled.push_str(&day.to_string());
        rest = after;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::search::Query;
    use crate::fhir::shared;
    use jiff::civil::date;

    #[test]
    fn the_built_in_catalogue_has_the_services_of_both_releases() {
        let catalogue = Catalogue::built_in().unwrap();
        let of = |release: FhirRelease| -> Vec<&str> {
            let spoken = catalogue.services().iter().filter(|service| service.fhir == release);
            spoken.map(|service| service.id.as_str()).collect()
        };
        assert_eq!(of(FhirRelease::R4), ["HG-R4", "BGZ-R4", "LAB-R4", "MED-R4", "DOC-R4", "63"]);
        assert_eq!(of(FhirRelease::Stu3), ["49", "48", "LAB-STU3", "ALG-STU3", "AFS-STU3", "51"]);
        let record = catalogue.find("HG-R4").unwrap();
        assert!(record.find_search(ResourceType::Composition).is_some());
        assert!(record.find_search(ResourceType::Practitioner).is_none());
        assert!(record.find_read(ResourceType::Practitioner).is_some());
        assert!(record.find_search(ResourceType::DocumentReference).is_none());
        assert!(catalogue.find("DOC-R4").unwrap().find_read(ResourceType::Binary).is_some());
        assert_eq!(catalogue.releases(), Releases::from([FhirRelease::R4, FhirRelease::Stu3]));
    }

    #[test]
    fn an_optional_service_is_offered_when_it_is_named_only() {
        let offering = |also: &[&str]| {
            let also: Vec<String> = also.iter().map(|id| (*id).to_owned()).collect();
            Catalogue::built_in().unwrap().offering(&also)
        };
        let usual = offering(&[]).unwrap();
        assert!(usual.find("49").is_some() && usual.find("HG-R4").is_some());
        assert!(["LAB-STU3", "ALG-STU3", "AFS-STU3"].iter().all(|id| usual.find(id).is_none()));
        let more = offering(&["AFS-STU3", "49"]).unwrap();
        assert!(more.find("AFS-STU3").is_some() && more.find("LAB-STU3").is_none());
        assert_eq!(more.services().len(), usual.services().len() + 1);
        assert!(matches!(offering(&["50"]), Err(CatalogueFault::Unknown { service, .. }) if service == "50"));
    }

    #[test]
    fn whatever_comes_along_can_be_read_by_its_id_too() {
        for service in Catalogue::built_in().unwrap().services() {
            for request in &service.requests {
                let back = request.brings_back.iter().map(|include| include.source);
                for kind in service.brings.iter().chain(&request.brings).copied().chain(back) {
                    assert!(service.find_read(kind).is_some(), "{} brings {kind}", service.id);
                }
            }
        }
    }

    #[test]
    fn every_parameter_of_a_collect_request_is_offered() {
        for service in Catalogue::built_in().unwrap().services() {
            for collect in service.collect_requests(date(2026, 6, 15)) {
                let (kind, query) = collect.path_and_query.split_once('?').unwrap_or((&collect.path_and_query, ""));
                let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
                let understood = match kind.strip_suffix("/$lastn") {
                    Some(kind) => {
                        let request = service.find_last(ResourceType::find(kind).unwrap()).unwrap();
                        Query::parse_last(service, request, &pairs)
                    }
                    None => {
                        let request = service.find_search(ResourceType::find(kind).unwrap()).unwrap();
                        Query::parse(service, request, &pairs)
                    }
                };
                let link = understood.unwrap().self_link("https://x");
                let echoed = url::Url::parse(&link).unwrap().query_pairs().into_owned().collect::<Vec<_>>();
                assert_eq!(echoed, pairs, "{}", collect.path_and_query);
            }
        }
    }

    #[test]
    fn dates_of_collect_requests_are_calendar_days() {
        let today = date(2026, 4, 30);
        assert_eq!(fill_dates("a=ge{today-14M}&b={today}", today).as_deref(), Some("a=ge2025-02-28&b=2026-04-30"));
        assert_eq!(fill_dates("plain", today).as_deref(), Some("plain"));
        for bad in ["{", "{tomorrow}", "{today+1M}", "{today-1D}", "{today-M}", "{today-999M}"] {
            assert_eq!(fill_dates(bad, today), None, "{bad}");
        }
    }

    fn with(change: impl FnOnce(&mut serde_json::Value)) -> Result<Catalogue, CatalogueFault> {
        let mut value: serde_json::Value = serde_json::from_str(BUILT_IN).unwrap();
        change(&mut value);
        Catalogue::parse(&value.to_string())
    }

    #[test]
    fn a_catalogue_that_contradicts_itself_is_refused() {
        let copy = |value: &mut serde_json::Value, at: &str| {
            let list = value.pointer_mut(at).unwrap().as_array_mut().unwrap();
            list.push(list[0].clone());
        };
        assert!(matches!(with(|v| copy(v, "/services")), Err(CatalogueFault::RepeatedService(_))));
        assert!(matches!(with(|v| copy(v, "/services/0/requests")), Err(CatalogueFault::RepeatedRequest { .. })));
        let cases: &[(&str, serde_json::Value)] = &[
            ("/services/0/id", "a b".into()),
            ("/services/0/system_role", "x".repeat(31).into()),
            ("/services/0/requests/1/params", serde_json::json!(["class"])),
            ("/services/0/collect/0/request", "Patient?x={yesterday}".into()),
            ("/services/0/requests/1/params", serde_json::json!(["gender"])),
            ("/services/0/requests/0/includes", serde_json::json!(["Patient:link"])),
            ("/services/0/requests/0/type", "Account".into()),
            ("/services/0/requests/1/interactions", serde_json::json!(["lastn"])),
            ("/services/0/requests/4/chains", serde_json::json!(["Observation:specimen:Specimen.type"])),
            ("/services/0/requests/4/chains", serde_json::json!(["MedicationRequest:medication.code"])),
            ("/services/0/requests/4/chains", serde_json::json!(["MedicationRequest:medication:Medication.status"])),
            ("/services/2/requests/1/only", serde_json::json!(["category"])),
            ("/services/2/requests/1/only", serde_json::json!(["class=AMB"])),
            ("/services/2/requests/1/only", serde_json::json!(["date=soon"])),
            ("/services/0/fhir", "R5".into()),
        ];
        for (at, value) in cases {
            let changed = with(|catalogue| *catalogue.pointer_mut(at).unwrap() = value.clone());
            assert!(changed.is_err(), "{at} {value}");
        }
        assert!(with(|_| ()).is_ok());
    }

    #[test]
    fn a_release_is_rendered_when_a_service_speaks_it() {
        let spoken = |release: &'static str| {
            let one = serde_json::json!({
                "id": "X", "name": "X", "system_role": "X", "fhir": release, "requests": [], "collect": [],
            });
            Catalogue::parse(&serde_json::json!({"services": [one]}).to_string()).unwrap().releases()
        };
        assert_eq!(spoken("R4"), Releases::from([FhirRelease::R4]));
        assert_eq!(spoken("STU3"), Releases::from([FhirRelease::Stu3]));
        assert_eq!(Catalogue::parse(r#"{"services": []}"#).unwrap().releases(), Releases::from([FhirRelease::R4]));
    }

    #[test]
    fn every_profile_is_an_official_one() {
        let Some(folder) = shared::folder("fhir") else { return };
        let packages = std::fs::read_dir(folder.join("nl-core-r4/packages")).unwrap();
        let mut places: Vec<_> = packages.map(|entry| entry.unwrap().path()).collect();
        places.push(folder.join("r4-core/package"));
        let catalogue = Catalogue::built_in().unwrap();
        let of_r4 = catalogue.services().iter().filter(|service| service.fhir == FhirRelease::R4);
        for request in of_r4.flat_map(|service| &service.requests) {
            for profile in &request.profiles {
                let name = format!("StructureDefinition-{}.json", profile.rsplit('/').next().unwrap());
                let text = places.iter().find_map(|place| std::fs::read_to_string(place.join(&name)).ok());
                let official: serde_json::Value = serde_json::from_str(&text.expect(&name)).unwrap();
                assert_eq!(official["url"], profile.as_str());
                assert_eq!(official["type"], request.kind.as_str(), "{profile}");
            }
        }
    }
}
