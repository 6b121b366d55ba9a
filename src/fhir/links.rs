//! The references of a resource: what each points at, and what must go when the target is not shown.
//!
//! Found once, at import, by walking the rendered resource; used per request for the reference closure of
//! release-rules §3.3 (1) and for `_include`. References to persons and organisations are listed too (an include may
//! follow them); whether a target is shown is not decided here.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::ResourceType;
use crate::domain::ids::ResourceId;

/// One reference from a resource to another one of this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The resource it points at.
    pub target: ResourceId,
    /// The type of the target.
    pub kind: ResourceType,
    /// JSON Pointer (RFC 6901) of the Reference in the stored body.
    pub at: Arc<str>,
    /// JSON Pointer of what must be removed when the link does not [hold](Link::holds): the Reference, or the
    /// smallest thing around it that makes no sense without it; of a Reference that the profile demands and that tells
    /// nothing of its target, what leads there.
    pub cut: Arc<str>,
    /// When not empty: the link also needs one of these resources to be shown. An Encounter names an episode only
    /// as far as one of its released entries belongs to it (release-rules §15.6).
    pub any_of: Vec<ResourceId>,
    /// URL of the outermost extension the Reference stands in: which of several references in extensions it is.
    pub extension: Option<Arc<str>>,
}

impl Link {
    /// A place (a JSON Pointer) that tells of another resource without naming it: it goes when that is not shown, or none of
    /// `any_of` when there are any.
    pub fn tie(at: &str, kind: ResourceType, target: ResourceId, any_of: Vec<ResourceId>) -> Self {
        Self { target, kind, at: at.into(), cut: at.into(), any_of, extension: None }
    }

    /// May the link stay, when exactly these resources are shown?
    pub fn holds(&self, shown: impl Fn(&ResourceId) -> bool) -> bool {
        shown(&self.target) && (self.any_of.is_empty() || self.any_of.iter().any(shown))
    }
}

/// Backbone elements (array, child) whose child is a mandatory Reference in R4 or STU3: without it the whole element goes.
const MANDATORY: &[(&str, &str)] = &[
    ("content", "pReference"),
    ("diagnosis", "condition"),
    ("location", "location"),
    ("media", "link"),
    ("relatesTo", "target"),
    ("relatesTo", "targetReference"),
    ("performer", "actor"),
    ("actor", "reference"),
    ("data", "reference"),
    ("participant", "actor"),
    ("focalDevice", "manipulated"),
    ("ingredient", "itemReference"),
    ("link", "other"),
    ("practitioner", "actor"),
    ("related", "target"),
];

/// What a Reference to a contact says that tells nothing of it.
pub const SOME_CONTACT: &str = "Contact";

/// References that profiles of STU3 demand of a resource itself (gp-EncounterReport, gp-JournalEntry): when they say no more
/// than [`SOME_CONTACT`], that stays and only what leads to the contact is cut.
const MANDATORY_AT_TOP: &[(ResourceType, &str)] =
    &[(ResourceType::Composition, "encounter"), (ResourceType::Observation, "context")];

/// Backbone elements that are there once (object, child), as in STU3: without its mandatory Reference the whole goes.
const MANDATORY_IN_ONE: &[(&str, &str)] = &[("requester", "agent")];

/// Every reference of the form `Type/id` in this resource, in document order, with empty [`Link::any_of`].
///
/// Counted as a reference: a member `reference` anywhere, and an attachment's `url` that names a Binary. References
/// to contained resources and to other servers are none of ours and are left out.
pub fn links_of(kind: ResourceType, body: &Value) -> Vec<Link> {
    let mut walk = Walk { kind, path: Vec::new(), extension: None, links: Vec::new() };
    walk.visit(body);
    walk.links
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

struct Walk<'a> {
    kind: ResourceType,
    path: Vec<Step<'a>>,
    /// URL of the outermost extension that is being walked.
    extension: Option<&'a str>,
    links: Vec<Link>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, value: &'a Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if let Value::String(text) = value {
                        self.text_member(name, text, members);
                        continue;
                    }
                    self.path.push(Step::Member(name));
                    self.visit(value);
                    self.path.pop();
                }
            }
            Value::Array(elements) => {
                for (i, element) in elements.iter().enumerate() {
                    self.path.push(Step::Element(i));
                    if self.extension_length() == Some(self.path.len()) {
                        self.extension = element.get("url").and_then(Value::as_str);
                    }
                    self.visit(element);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    fn text_member(&mut self, name: &str, text: &str, holder: &Map<String, Value>) {
        let Some((kind, target)) = target_of(text) else { return };
        let (at, cut) = match name {
            "reference" => (self.path.len(), self.cut_length(kind)),
            "url" if kind == ResourceType::Binary => (self.attachment_length(), self.attachment_length()),
            _ => return,
        };
        let cut = self.pointer(cut);
        let cut = if self.words_stay(holder) { format!("{cut}/{name}").into() } else { cut };
        let extension = self.extension_url().map(Arc::from);
        self.links.push(Link { target, kind, at: self.pointer(at), cut, any_of: Vec::new(), extension });
    }

    /// How much of the path, from the root, names the place to cut for a Reference that stands here.
    fn cut_length(&self, target: ResourceType) -> usize {
        if let Some(extension) = self.extension_length() {
            return extension;
        }
        match self.path.as_slice() {
            [.., Step::Member("section"), Step::Element(_), Step::Member("entry"), Step::Element(_)]
                if self.kind == ResourceType::Composition && target == ResourceType::Observation =>
            {
                self.path.len() - 2
            }
            [.., Step::Member(array), Step::Element(_), Step::Member(child)] if MANDATORY.contains(&(array, child)) => {
                self.path.len() - 1
            }
            [.., Step::Member(object), Step::Member(child)] if MANDATORY_IN_ONE.contains(&(object, child)) => {
                self.path.len() - 1
            }
            _ => self.path.len(),
        }
    }

    /// May the words of the Reference that stands here stay?
    fn words_stay(&self, reference: &Map<String, Value>) -> bool {
        let [Step::Member(name)] = self.path.as_slice() else { return false };
        let tells_nothing =
            || reference.len() == 2 && reference.get("display").and_then(Value::as_str) == Some(SOME_CONTACT);
        MANDATORY_AT_TOP.contains(&(self.kind, name)) && tells_nothing()
    }

    /// The outermost extension around this place: half of a complex extension says something else than the whole.
    fn extension_length(&self) -> Option<usize> {
        let start = self
            .path
            .windows(2)
            .position(|pair| matches!(pair, [Step::Member("extension" | "modifierExtension"), Step::Element(_)]))?;
        Some(start + 2)
    }

    fn extension_url(&self) -> Option<&'a str> {
        self.extension_length().and(self.extension)
    }

    /// The element around a document's attachment, or the attachment itself where nothing mandatory holds it.
    fn attachment_length(&self) -> usize {
        match self.path.as_slice() {
            [Step::Member("content"), Step::Element(_), Step::Member("attachment")] => 2,
            _ => self.path.len(),
        }
    }

    fn pointer(&self, length: usize) -> Arc<str> {
        let mut pointer = String::new();
        for step in &self.path[..length] {
            pointer.push('/');
            match step {
                Step::Member(name) => pointer.push_str(&name.replace('~', "~0").replace('/', "~1")),
                Step::Element(place) => pointer.push_str(&place.to_string()),
            }
        }
        pointer.into()
    }
}

fn target_of(text: &str) -> Option<(ResourceType, ResourceId)> {
    let (kind, id) = text.split_once('/')?;
    Some((ResourceType::find(kind)?, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::tree::Json;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn id(n: u8) -> ResourceId {
        ResourceId::from_bytes([n; 16])
    }

    fn reference(kind: &str, n: u8) -> Value {
        json!({"reference": format!("{kind}/{}", id(n)), "display": "x"})
    }

    #[test]
    fn each_reference_names_what_goes_with_it() {
        let url = "http://nictiz.nl/fhir/StructureDefinition/ext-Context-EpisodeOfCare";
        let cases = [
            (
                ResourceType::Encounter,
                json!({"episodeOfCare": [reference("EpisodeOfCare", 1)]}),
                "/episodeOfCare/0",
                "/episodeOfCare/0",
            ),
            (
                ResourceType::Observation,
                json!({"extension": [{"url": "u"}, {"url": url, "valueReference": reference("EpisodeOfCare", 1)}]}),
                "/extension/1/valueReference",
                "/extension/1",
            ),
            (
                ResourceType::Patient,
                json!({"extension": [{"url": "a", "extension": [{"url": "b", "valueReference": reference("Patient", 1)}]}]}),
                "/extension/0/extension/0/valueReference",
                "/extension/0",
            ),
            (
                ResourceType::Observation,
                json!({"related": [{"type": "has-member", "target": reference("Observation", 1)}]}),
                "/related/0/target",
                "/related/0",
            ),
            (
                ResourceType::Observation,
                json!({"context": {"reference": format!("Encounter/{}", id(1)), "display": SOME_CONTACT}}),
                "/context",
                "/context/reference",
            ),
            (
                ResourceType::Composition,
                json!({"encounter": {"reference": format!("Encounter/{}", id(1)), "display": SOME_CONTACT}}),
                "/encounter",
                "/encounter/reference",
            ),
            (ResourceType::Composition, json!({"encounter": reference("Encounter", 1)}), "/encounter", "/encounter"),
            (
                ResourceType::Observation,
                json!({"context": {
                    "reference": format!("Encounter/{}", id(1)), "identifier": {"value": "7"}, "display": SOME_CONTACT
                }}),
                "/context",
                "/context",
            ),
            (
                ResourceType::Immunization,
                json!({"practitioner": [{"actor": reference("Practitioner", 1)}]}),
                "/practitioner/0/actor",
                "/practitioner/0",
            ),
            (
                ResourceType::MedicationRequest,
                json!({"requester": {"agent": reference("Practitioner", 1)}}),
                "/requester/agent",
                "/requester",
            ),
            (
                ResourceType::MedicationRequest,
                json!({"requester": reference("PractitionerRole", 1)}),
                "/requester",
                "/requester",
            ),
            (
                ResourceType::DocumentManifest,
                json!({"content": [{"pReference": reference("DocumentReference", 1)}]}),
                "/content/0/pReference",
                "/content/0",
            ),
            (
                ResourceType::EpisodeOfCare,
                json!({"diagnosis": [{"condition": reference("Condition", 1), "rank": 1}]}),
                "/diagnosis/0/condition",
                "/diagnosis/0",
            ),
            (
                ResourceType::Composition,
                json!({"section": [{}, {"entry": [{}, reference("Observation", 1)]}]}),
                "/section/1/entry/1",
                "/section/1",
            ),
            (
                ResourceType::Composition,
                json!({"section": [{"entry": [reference("EpisodeOfCare", 1)]}]}),
                "/section/0/entry/0",
                "/section/0/entry/0",
            ),
            (
                ResourceType::DocumentReference,
                json!({"content": [{"attachment": {"url": format!("Binary/{}", id(1))}, "format": {}}]}),
                "/content/0",
                "/content/0",
            ),
            (
                ResourceType::Encounter,
                json!({"location": [{"location": reference("Location", 1)}]}),
                "/location/0/location",
                "/location/0",
            ),
            (
                ResourceType::Observation,
                json!({"related": [{"type": "has-member", "target": reference("Observation", 1)}]}),
                "/related/0/target",
                "/related/0",
            ),
            (
                ResourceType::MedicationRequest,
                json!({"requester": {"agent": reference("Practitioner", 1)}}),
                "/requester/agent",
                "/requester",
            ),
        ];
        for (kind, body, at, cut) in cases {
            let links = links_of(kind, &body);
            assert_eq!(links.len(), 1, "{body}");
            assert_eq!((links[0].target, links[0].at.as_ref(), links[0].cut.as_ref()), (id(1), at, cut), "{body}");
        }
    }

    #[test]
    fn what_is_no_reference_of_ours_is_left_out() {
        let body = json!({
            "a": {"reference": "#contained"},
            "b": {"reference": "Observation/short"},
            "c": {"reference": format!("Unknown/{}", id(1))},
            "d": {"reference": format!("https://elsewhere/Observation/{}", id(1))},
            "e": {"url": format!("Observation/{}", id(1))},
            "f": {"display": format!("Observation/{}", id(1))},
        });
        assert_eq!(links_of(ResourceType::Observation, &body), []);
    }

    #[test]
    fn a_link_with_witnesses_holds_only_while_one_of_them_is_shown() {
        let mut link = links_of(ResourceType::Encounter, &json!({"x": reference("EpisodeOfCare", 1)})).remove(0);
        assert!(link.holds(|target| *target == id(1)));
        assert!(!link.holds(|_| false));
        link.any_of = vec![id(2), id(3)];
        assert!(!link.holds(|target| *target == id(1)));
        assert!(link.holds(|target| [id(1), id(3)].contains(target)));
        assert!(!link.holds(|target| [id(2), id(3)].contains(target)));
    }

    fn any_body() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            (0_u8..4).prop_map(|n| reference("Observation", n)),
            (0_u8..4).prop_map(|n| json!({"attachment": {"url": format!("Binary/{}", id(n)), "title": "x"}})),
            Just(json!("text")),
        ];
        let name =
            prop::sample::select(vec!["section", "entry", "extension", "content", "diagnosis", "condition", "a/b"]);
        leaf.prop_recursive(5, 40, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Value::Array),
                prop::collection::vec((name.clone(), inner), 1..4).prop_map(|members| Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
                )),
            ]
        })
    }

    proptest! {
        #[test]
        fn after_the_cuts_no_reference_to_a_withheld_target_is_left(inner in any_body(), withheld in 0_u8..4) {
            let body = json!({"resourceType": "Composition", "m": inner});
            let text = body.to_string();
            let links = links_of(ResourceType::Composition, &body);
            let cuts: Vec<&str> =
                links.iter().filter(|link| link.target == id(withheld)).map(|link| link.cut.as_ref()).collect();
            let mut tree = Json::parse(text.as_bytes()).unwrap();
            tree.cut(&cuts).unwrap();
            let mut out = Vec::new();
            tree.write(&mut out);
            let left = String::from_utf8(out).unwrap();
            prop_assert!(!left.contains(&id(withheld).to_string()));
        }
    }
}
