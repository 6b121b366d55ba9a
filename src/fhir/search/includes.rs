//! What comes along with the matches: `_include` of the client, and what the service brings by itself.
//!
//! Every reference must be resolvable for a PGO (fhir-data-services §1.4); what points *to* a match can only be
//! delivered here. Only shown resources and links that hold take part: the caller hands in nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::query::Query;
use super::values::SearchValues;
use crate::domain::ids::ResourceId;
use crate::fhir::ResourceType;
use crate::fhir::links::Link;

/// Text that names no reference parameter dvza knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a known include")]
pub struct UnknownInclude;

/// A reference parameter of a type, as in `_include=MedicationRequest:medication`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Include {
    /// The type that holds the reference.
    pub source: ResourceType,
    /// The name of the parameter.
    pub name: &'static str,
    /// Only references to this type.
    pub target: Option<ResourceType>,
    places: &'static str,
}

impl Include {
    /// Does it follow this link of a resource of type `source`?
    pub fn follows(&self, source: ResourceType, link: &Link) -> bool {
        self.source == source
            && self.target.is_none_or(|target| target == link.kind)
            && self.places.split('|').any(|place| stands_at(link, place))
    }

    /// The same parameter, whatever the target type.
    pub fn is_a(&self, offered: &Self) -> bool {
        self.source == offered.source && self.name == offered.name
    }
}

impl FromStr for Include {
    type Err = UnknownInclude;

    /// Reads `Type:parameter` or `Type:parameter:TargetType`.
    fn from_str(text: &str) -> Result<Self, UnknownInclude> {
        let mut parts = text.split(':');
        let source = parts.next().and_then(ResourceType::find).ok_or(UnknownInclude)?;
        let name = parts.next().ok_or(UnknownInclude)?;
        let target = match parts.next() {
            None => None,
            Some(kind) => Some(ResourceType::find(kind).ok_or(UnknownInclude)?),
        };
        let row = REFERENCES.iter().find(|(kind, own, _)| *kind == source && *own == name).ok_or(UnknownInclude)?;
        if parts.next().is_some() {
            return Err(UnknownInclude);
        }
        Ok(Self { source, name: row.1, target, places: row.2 })
    }
}

impl<'de> Deserialize<'de> for Include {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Include {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source, self.name)?;
        self.target.map_or(Ok(()), |target| write!(f, ":{target}"))
    }
}

use ResourceType as R;

/// Reference parameters: type, name, and where the Reference stands in R4 or, behind `|`, in STU3: a body of one release
/// never has the place of the other (`*` is any array element; after `#` the extension). `Flag:detail` is our own name for
/// the extension `flag-detail`, for which FHIR has no parameter; `Observation:related-target`, `Consent:source` and
/// `Encounter:episodeofcare` are STU3's names of `has-member`, `source-reference` and `episode-of-care`.
#[rustfmt::skip]
const REFERENCES: &[(ResourceType, &str, &str)] = &[
    (R::AllergyIntolerance, "asserter", "/asserter"),
    (R::AllergyIntolerance, "encounter", "/encounter"),
    (R::AllergyIntolerance, "patient", "/patient"),
    (R::AllergyIntolerance, "recorder", "/recorder"),
    (R::Appointment, "actor", "/participant/*/actor"),
    (R::CareTeam, "participant", "/participant/*/member"),
    (R::Composition, "author", "/author/*"),
    (R::Composition, "encounter", "/encounter"),
    (R::Composition, "entry", "/section/*/entry/*"),
    (R::Condition, "asserter", "/asserter"),
    (R::Condition, "encounter", "/encounter|/context"),
    (R::Consent, "actor", "/provision/actor/*/reference|/actor/*/reference"),
    (R::Consent, "consentor", "/consentingParty/*"),
    (R::Consent, "data", "/provision/data/*/reference|/data/*/reference"),
    (R::Consent, "source", "/sourceReference"),
    (R::Consent, "source-reference", "/sourceReference"),
    (R::Coverage, "payor", "/payor/*"),
    (R::Coverage, "policy-holder", "/policyHolder"),
    (R::Device, "organization", "/owner"),
    (R::DeviceRequest, "device", "/codeReference"),
    (R::DeviceUseStatement, "device", "/device"),
    (R::DiagnosticReport, "based-on", "/basedOn/*"),
    (R::DiagnosticReport, "encounter", "/encounter|/context"),
    (R::DiagnosticReport, "performer", "/performer/*|/performer/*/actor"),
    (R::DiagnosticReport, "result", "/result/*"),
    (R::DiagnosticReport, "specimen", "/specimen/*"),
    (R::DiagnosticReport, "subject", "/subject"),
    (R::DocumentManifest, "author", "/author/*"),
    (R::DocumentManifest, "content-ref", "/content/*/pReference"),
    (R::DocumentReference, "author", "/author/*"),
    (R::Encounter, "episode-of-care", "/episodeOfCare/*"),
    (R::Encounter, "episodeofcare", "/episodeOfCare/*"),
    (R::Encounter, "location", "/location/*/location"),
    (R::Encounter, "participant", "/participant/*/individual"),
    (R::Encounter, "reason-reference", "/reasonReference/*"),
    (R::Encounter, "service-provider", "/serviceProvider"),
    (R::Encounter, "subject", "/subject"),
    (R::EpisodeOfCare, "condition", "/diagnosis/*/condition"),
    (R::EpisodeOfCare, "organization", "/managingOrganization"),
    (R::Flag, "author", "/author"),
    (R::Flag, "detail", "/extension/*/valueReference#flag-detail"),
    (R::Flag, "encounter", "/encounter"),
    (R::Goal, "subject", "/subject"),
    (R::Immunization, "location", "/location"),
    (R::Immunization, "patient", "/patient"),
    (R::Immunization, "performer", "/performer/*/actor"),
    (R::Immunization, "practitioner", "/practitioner/*/actor"),
    (R::Immunization, "reason-reference", "/reasonReference/*"),
    (R::Location, "organization", "/managingOrganization"),
    (R::MedicationAdministration, "context", "/context"),
    (R::MedicationAdministration, "medication", "/medicationReference"),
    (R::MedicationAdministration, "performer", "/performer/*/actor"),
    (R::MedicationAdministration, "request", "/request"),
    (R::MedicationAdministration, "subject", "/subject"),
    (R::MedicationDispense, "context", "/context"),
    (R::MedicationDispense, "destination", "/destination"),
    (R::MedicationDispense, "location", "/location"),
    (R::MedicationDispense, "medication", "/medicationReference"),
    (R::MedicationDispense, "performer", "/performer/*/actor"),
    (R::MedicationDispense, "prescription", "/authorizingPrescription/*"),
    (R::MedicationDispense, "receiver", "/receiver/*"),
    (R::MedicationDispense, "subject", "/subject"),
    (R::MedicationRequest, "context", "/context"),
    (R::MedicationRequest, "dispense-location", "/dispenseRequest/extension/*/valueReference#ext-DispenseRequest.DispenseLocation"),
    (R::MedicationRequest, "encounter", "/encounter"),
    (R::MedicationRequest, "intended-dispenser", "/dispenseRequest/performer"),
    (R::MedicationRequest, "medication", "/medicationReference"),
    (R::MedicationRequest, "next-practitioner", "/extension/*/valueReference#ext-MedicationAgreement.NextPractitioner"),
    (R::MedicationRequest, "reason", "/reasonReference/*"),
    (R::MedicationRequest, "requester", "/requester|/requester/agent"),
    (R::MedicationRequest, "subject", "/subject"),
    (R::MedicationStatement, "author", "/extension/*/valueReference#ext-MedicationUse2.Author"),
    (R::MedicationStatement, "context", "/context"),
    (R::MedicationStatement, "medication", "/medicationReference"),
    (R::MedicationStatement, "prescriber", "/extension/*/valueReference#ext-MedicationUse2.Prescriber"),
    (R::MedicationStatement, "source", "/informationSource"),
    (R::MedicationStatement, "subject", "/subject"),
    (R::Observation, "encounter", "/encounter|/context"),
    (R::Observation, "has-member", "/hasMember/*"),
    (R::Observation, "performer", "/performer/*"),
    (R::Observation, "related-target", "/hasMember/*|/related/*/target"),
    (R::Observation, "specimen", "/specimen"),
    (R::Observation, "subject", "/subject"),
    (R::Organization, "partof", "/partOf"),
    (R::Patient, "general-practitioner", "/generalPractitioner/*"),
    (R::Patient, "organization", "/managingOrganization"),
    (R::PractitionerRole, "location", "/location/*"),
    (R::PractitionerRole, "organization", "/organization"),
    (R::PractitionerRole, "practitioner", "/practitioner"),
    (R::Procedure, "encounter", "/encounter|/context"),
    (R::Procedure, "location", "/location"),
    (R::Procedure, "performer", "/performer/*/actor"),
    (R::Procedure, "reason-reference", "/reasonReference/*"),
    (R::ProcedureRequest, "performer", "/performer"),
    (R::ProcedureRequest, "requester", "/requester/agent"),
    (R::ServiceRequest, "encounter", "/encounter"),
    (R::ServiceRequest, "performer", "/performer/*"),
    (R::ServiceRequest, "requester", "/requester"),
    (R::ServiceRequest, "specimen", "/specimen/*"),
    (R::ServiceRequest, "subject", "/subject"),
    (R::Specimen, "collector", "/collection/collector"),
    (R::Specimen, "subject", "/subject"),
];

/// Does the Reference stand in this place, and in the extension that the place names?
fn stands_at(link: &Link, place: &str) -> bool {
    let (pattern, extension) = place.split_once('#').map_or((place, None), |(pattern, url)| (pattern, Some(url)));
    let url = || link.extension.as_deref().and_then(|url| url.rsplit('/').next());
    fits(&link.at, pattern) && extension.is_none_or(|extension| url() == Some(extension))
}

fn fits(pointer: &str, pattern: &str) -> bool {
    let mut steps = pointer.split('/');
    let all = pattern.split('/').all(|wanted| steps.next().is_some_and(|step| wanted == "*" || wanted == step));
    all && steps.next().is_none()
}

/// A shown resource, as far as includes look at it.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// Its type.
    pub kind: ResourceType,
    /// Its id.
    pub id: ResourceId,
    /// All its links, cut or not: whether one holds is decided here, over `shown`.
    pub links: &'a [Link],
    /// What a search compares.
    pub search: &'a SearchValues,
}

/// Every resource this patient may see at this moment, by place.
pub trait Nodes {
    /// How many there are; their places are below it.
    fn count(&self) -> usize;
    /// The one at this place.
    fn node(&self, place: usize) -> Option<Node<'_>>;
    /// The place of the one with this id.
    fn place_of(&self, id: &ResourceId) -> Option<usize>;
}

/// The resources to add to a searchset, as places in `shown`, ordered by type and id, without the matches themselves.
///
/// `matches` are the places of the matches on this page. Followed are: `_include` from the matches;
/// `_include:iterate`, and references to the types the service brings, from everything in the Bundle; and, backwards,
/// the references by which the service brings resources that point to something in the Bundle.
pub fn included(query: &Query, matches: &[usize], shown: &impl Nodes) -> Vec<usize> {
    let graph = Graph::new(query, shown);
    let asked: BTreeSet<usize> = matches.iter().copied().filter(|place| *place < shown.count()).collect();
    let mut seen = asked.clone();
    let mut open: Vec<usize> = asked.iter().copied().collect();
    while let Some(place) = open.pop() {
        graph.each_neighbour(place, asked.contains(&place), |next| {
            if seen.insert(next) {
                open.push(next);
            }
        });
    }
    let added = seen.difference(&asked).filter_map(|&place| {
        let node = shown.node(place)?;
        Some(((node.kind, node.id), place))
    });
    added.collect::<BTreeMap<_, _>>().into_values().collect()
}

struct Graph<'q, 'n, N> {
    query: &'q Query,
    shown: &'n N,
    /// For a place: the places that point to it and come along because of it.
    back: HashMap<usize, Vec<usize>>,
}

impl<'q, 'n, N: Nodes> Graph<'q, 'n, N> {
    fn new(query: &'q Query, shown: &'n N) -> Self {
        let mut graph = Self { query, shown, back: HashMap::new() };
        if query.brings_back().is_empty() {
            return graph;
        }
        for place in 0..shown.count() {
            let Some(node) = shown.node(place) else { continue };
            if !query.part().holds(node.kind, node.search) {
                continue;
            }
            let brought = |link: &&Link| query.brings_back().iter().any(|include| include.follows(node.kind, link));
            let targets: Vec<usize> = node.links.iter().filter(brought).filter_map(|link| graph.target(link)).collect();
            for target in targets {
                graph.back.entry(target).or_default().push(place);
            }
        }
        graph
    }

    /// The place of the target, when the link holds.
    fn target(&self, link: &Link) -> Option<usize> {
        let place = self.shown.place_of(&link.target)?;
        let node = self.shown.node(place).filter(|node| node.kind == link.kind)?;
        let holds = link.holds(|id| self.shown.place_of(id).is_some());
        (holds && self.query.part().holds(node.kind, node.search)).then_some(place)
    }

    fn each_neighbour(&self, place: usize, is_match: bool, mut visit: impl FnMut(usize)) {
        let Some(node) = self.shown.node(place) else { return };
        let follows =
            |includes: &[Include], link: &Link| includes.iter().any(|include| include.follows(node.kind, link));
        for link in node.links {
            let wanted = self.query.brings().contains(&link.kind)
                || follows(self.query.iterates(), link)
                || (is_match && follows(self.query.includes(), link));
            if wanted && let Some(target) = self.target(link) {
                visit(target);
            }
        }
        self.back.get(&place).into_iter().flatten().copied().for_each(visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::catalogue::Catalogue;
    use crate::fhir::links::links_of;
    use serde_json::{Value, json};

    fn id(n: u8) -> ResourceId {
        ResourceId::from_bytes([n; 16])
    }

    fn reference(kind: &str, n: u8) -> Value {
        json!({"reference": format!("{kind}/{}", id(n))})
    }

    fn dossier() -> Vec<(ResourceType, ResourceId, Vec<Link>)> {
        let bodies = [
            (R::Patient, 1, json!({"generalPractitioner": [reference("PractitionerRole", 2)]})),
            (
                R::PractitionerRole,
                2,
                json!({"practitioner": reference("Practitioner", 3), "organization": reference("Organization", 4)}),
            ),
            (R::Practitioner, 3, json!({})),
            (R::Organization, 4, json!({})),
            (
                R::EpisodeOfCare,
                5,
                json!({"diagnosis": [{"condition": reference("Condition", 6)}], "patient": reference("Patient", 1)}),
            ),
            (R::Condition, 6, json!({"subject": reference("Patient", 1)})),
            (
                R::Flag,
                7,
                json!({
                    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/flag-detail", "valueReference": reference("Condition", 6)}],
                    "subject": reference("Patient", 1), "author": reference("PractitionerRole", 2),
                }),
            ),
            (
                R::MedicationRequest,
                8,
                json!({"medicationReference": reference("Medication", 9), "encounter": reference("Encounter", 10)}),
            ),
            (R::Medication, 9, json!({})),
            (R::Encounter, 10, json!({"episodeOfCare": [reference("EpisodeOfCare", 5)]})),
            (
                R::Composition,
                11,
                json!({"section": [{"entry": [reference("Observation", 12), reference("EpisodeOfCare", 5)]}]}),
            ),
            (
                R::Observation,
                12,
                json!({"performer": [reference("PractitionerRole", 2)], "encounter": reference("Encounter", 10)}),
            ),
        ];
        bodies.into_iter().map(|(kind, n, body)| (kind, id(n), links_of(kind, &body))).collect()
    }

    const NONE: [u8; 0] = [];

    /// A service that brings nothing by itself.
    const BARE: &str = r#"{"services": [{
        "id": "HG-R4", "name": "n", "system_role": "r", "fhir": "R4", "collect": [],
        "requests": [{
            "type": "MedicationRequest", "interactions": ["search"],
            "includes": ["MedicationRequest:encounter", "Encounter:episode-of-care"]
        }, {"type": "Encounter", "interactions": ["read"]}, {"type": "EpisodeOfCare", "interactions": ["read"]}]
    }]}"#;

    struct List<'a>(Vec<Node<'a>>);

    impl Nodes for List<'_> {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn node(&self, place: usize) -> Option<Node<'_>> {
            self.0.get(place).copied()
        }

        fn place_of(&self, id: &ResourceId) -> Option<usize> {
            self.0.iter().position(|node| node.id == *id)
        }
    }

    fn along(kind: ResourceType, params: &[(&str, &str)], withheld: &[u8]) -> Vec<u8> {
        along_in(&Catalogue::built_in().unwrap(), kind, params, withheld)
    }

    /// The numbers of what comes along with all resources of a type, when the numbers in `withheld` are not shown.
    fn along_in(catalogue: &Catalogue, kind: ResourceType, params: &[(&str, &str)], withheld: &[u8]) -> Vec<u8> {
        let service = catalogue.find("HG-R4").unwrap();
        let pairs: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let query = Query::parse(service, service.find_search(kind).unwrap(), &pairs).unwrap();
        let dossier = dossier();
        let shown = dossier.iter().filter(|(_, id, _)| !withheld.contains(&id.as_bytes()[0]));
        let search = SearchValues::default();
        let shown =
            List(shown.map(|(kind, id, links)| Node { kind: *kind, id: *id, links, search: &search }).collect());
        let matches: Vec<usize> = (0..shown.0.len()).filter(|place| shown.0[*place].kind == kind).collect();
        let added = included(&query, &matches, &shown);
        let mut numbers: Vec<u8> = added.iter().map(|place| shown.0[*place].id.as_bytes()[0]).collect();
        numbers.sort_unstable();
        numbers
    }

    #[test]
    fn each_search_brings_what_its_reader_needs() {
        assert_eq!(along(R::Patient, &[("_include", "Patient:general-practitioner")], &[]), [2, 3, 4]);
        assert_eq!(along(R::Patient, &[], &[]), [2, 3, 4]);
        assert_eq!(along(R::EpisodeOfCare, &[], &[]), [2, 3, 4, 6, 7], "condition, flag and the flag's author");
        assert_eq!(along(R::Composition, &[], &[]), [2, 3, 4, 12]);
        assert_eq!(along(R::Encounter, &[], &[]), NONE);
        assert_eq!(along(R::MedicationRequest, &[("_include", "MedicationRequest:medication")], &[]), [9]);
    }

    #[test]
    fn only_iterate_follows_what_came_along() {
        let bare = Catalogue::parse(BARE).unwrap();
        let (encounter, episode) = ("MedicationRequest:encounter", "Encounter:episode-of-care");
        let cases = [
            (vec![("_include", encounter)], vec![10]),
            (vec![("_include", encounter), ("_include", episode)], vec![10]),
            (vec![("_include", encounter), ("_include:iterate", episode)], vec![5, 10]),
            (vec![("_include:recurse", encounter), ("_include:iterate", episode)], vec![5, 10]),
        ];
        for (params, expected) in cases {
            assert_eq!(along_in(&bare, R::MedicationRequest, &params, &[]), expected, "{params:?}");
        }
    }

    #[test]
    fn what_is_withheld_never_comes_along_and_leads_nowhere() {
        assert_eq!(along(R::EpisodeOfCare, &[], &[6]), NONE, "the flag hangs on the condition");
        assert_eq!(along(R::EpisodeOfCare, &[], &[7]), [6]);
        assert_eq!(along(R::Patient, &[], &[2]), NONE);
        assert_eq!(along(R::Composition, &[], &[12]), NONE);
    }

    #[test]
    fn a_target_type_narrows_an_include() {
        let with: Include = "Observation:performer:Organization".parse().unwrap();
        let links = links_of(
            R::Observation,
            &json!({"performer": [reference("PractitionerRole", 2), reference("Organization", 4)]}),
        );
        let followed: Vec<_> =
            links.iter().filter(|link| with.follows(R::Observation, link)).map(|l| l.target).collect();
        assert_eq!(followed, [id(4)]);
    }

    #[test]
    fn an_include_follows_the_places_of_both_releases() {
        let panel = |body: serde_json::Value| {
            let include: Include = "Observation:related-target".parse().unwrap();
            let links = links_of(R::Observation, &body);
            links.iter().filter(|link| include.follows(R::Observation, link)).count()
        };
        assert_eq!(panel(json!({"hasMember": [reference("Observation", 12)]})), 1);
        let related = json!({"type": "has-member", "target": reference("Observation", 12)});
        assert_eq!(panel(json!({"related": [related]})), 1);
        assert_eq!(panel(json!({"target": reference("Observation", 12)})), 0);
    }

    #[test]
    fn a_parameter_has_its_name_of_either_release() {
        let cases = [
            (
                "Encounter:episode-of-care",
                "Encounter:episodeofcare",
                json!({"episodeOfCare": [reference("EpisodeOfCare", 5)]}),
            ),
            ("Consent:source-reference", "Consent:source", json!({"sourceReference": reference("Consent", 5)})),
        ];
        for (r4, stu3, body) in cases {
            let follows = |name: &str| {
                let include: Include = name.parse().unwrap();
                links_of(include.source, &body).iter().any(|link| include.follows(include.source, link))
            };
            assert!(follows(r4) && follows(stu3), "{stu3}");
        }
    }

    #[test]
    fn unknown_includes_are_refused() {
        for text in [
            "",
            "*",
            "Patient",
            "Patient:",
            "Patient:name",
            "Foo:bar",
            "Patient:general-practitioner:Foo",
            "Patient:general-practitioner:Practitioner:x",
        ] {
            assert_eq!(text.parse::<Include>(), Err(UnknownInclude), "{text}");
        }
    }

    #[test]
    fn a_pattern_fits_whole_pointers_only() {
        assert!(fits("/section/10/entry/2", "/section/*/entry/*"));
        assert!(!fits("/section/10/entry", "/section/*/entry/*"));
        assert!(!fits("/section/10/entry/2/x", "/section/*/entry/*"));
        assert!(!fits("/performer/0", "/performer"));
    }
}
