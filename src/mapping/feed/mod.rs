//! Resources of a FHIR feed, served as they came (`his::feed`).
//!
//! What is changed, and why: ids become ours, so that none tells whose it is or where it came from, and references with
//! them; a citizen service number is masked wherever it stands; narratives go, of sections too, because they repeat in text
//! what release may have to cut; contact persons stand in RelatedPersons and not in the Patient, since they have a rule; the elements stand in FHIR's order, which XML needs; and a resource without a profile
//! claims the base one. Everything else, digits included, is the feed's. Nothing is converted: a resource is on the face of
//! the release it came in, and on no other.
//!
//! `facts` states what release needs of each. What FHIR has no word for stays unknown, and so withheld, until the practice
//! decides or trusts the feed (release-rules §0.2).

mod content;
mod facts;
mod read;
mod stu3;
mod topics;

pub use read::{holds_what_is_never_shown, is_harmless};

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Ids, Problem, Rendered, RenderedPatient, Source, face};
use crate::domain::decision::{Aspect, Choice, Decisions};
use crate::domain::dossier::{
    FedResource, PatientRecords, PracticeMark, PracticeRecords, Record, RecordRef, RecordType, ResultState, SourceId,
};
use crate::domain::ids::ResourceId;
use crate::domain::release::{DossierFacts, Item, Topic};
use crate::fhir::model::arrange;
use crate::fhir::tree::Json;
use crate::fhir::{Faces, FhirRelease, ResourceType};

/// The longest id of a record.
const LONGEST_ID: usize = 64;
/// Letters of the hash that stands for an id that is too long.
const HASH: usize = 32;

/// The id of the record that holds a resource of a feed.
///
/// Type and id as they are, so that a report can be followed to its source; of an id that makes it too long, its hash.
pub fn record_id(kind: ResourceType, id: &str) -> String {
    let plain = format!("{kind}:{id}");
    if plain.len() <= LONGEST_ID {
        return plain;
    }
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}:{}", &hash[..HASH])
}

/// What a resource of a feed says, as a short name: another one means that it is not what somebody saw. When it was exported, and
/// as which version, says nothing of that.
pub fn fingerprint(resource: &FedResource) -> String {
    let said: Option<std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>> =
        serde_json::from_str(&resource.body).ok();
    let said = said.map(|members| {
        let content = members.iter().filter(|(name, _)| *name != "meta");
        content.map(|(name, value)| format!("{name}:{}\n", value.get())).collect::<String>()
    });
    let said = said.unwrap_or_else(|| resource.body.to_string());
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, said.as_bytes());
    hash.as_ref().iter().take(HASH / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// A resource of the feed that could be read.
struct Fed<'r> {
    release: FhirRelease,
    kind: ResourceType,
    record: &'r SourceId,
    mark: &'r PracticeMark,
    json: Json<'r>,
    /// Type and content as the rules of R4 read them, where those are others.
    told: Option<(ResourceType, Json<'r>)>,
    sha256: Option<&'r str>,
}

impl<'r> Fed<'r> {
    /// Reads a record; `None` for what is not served, and was accepted by another version.
    fn read(record: &'r Record<FedResource>) -> Option<Self> {
        let json = Json::parse(record.d.body.as_bytes()).ok()?;
        if holds_what_is_never_shown(&json) {
            return None;
        }
        let kind = ResourceType::find(&record.d.kind)?;
        let release = FhirRelease::from(record.d.release);
        let told = match release {
            FhirRelease::R4 => None,
            FhirRelease::Stu3 => Some(stu3::for_facts(kind, &json)),
        };
        let sha256 = record.d.sha256.as_deref();
        Some(Self { release, kind, record: &record.id, mark: &record.mark, json, told, sha256 })
    }

    /// The type whose rules it has.
    fn told_kind(&self) -> ResourceType {
        self.told.as_ref().map_or(self.kind, |(kind, _)| *kind)
    }

    /// The content as the rules read it; never served.
    fn told(&self) -> &Json<'r> {
        self.told.as_ref().map_or(&self.json, |(_, json)| json)
    }
}

/// What references may lead to.
struct Known<'a> {
    ids: &'a Ids<'a>,
    /// The release of what refers.
    release: FhirRelease,
    /// What there is in that release.
    records: BTreeSet<&'a str>,
    /// The words of the E and P lines among them.
    lines: BTreeMap<&'a str, &'a str>,
    /// Citizen service numbers that may stand in no text.
    numbers: &'a BTreeSet<String>,
}

impl Known<'_> {
    /// The id of nothing: what names it is cut when it is served.
    fn nothing(&self) -> ResourceId {
        self.ids.id("nothing", "")
    }

    /// The resource that `Type/id` of the feed names.
    fn target(&self, reference: &str) -> Option<Target> {
        let (kind, id) = reference.split_once('/')?;
        let kind = ResourceType::find(kind)?;
        let record = record_id(kind, id);
        Some(Target { kind, id: self.ids.id(kind.as_str(), &record), is_there: self.records.contains(record.as_str()) })
    }
}

struct Target {
    kind: ResourceType,
    id: ResourceId,
    is_there: bool,
}

/// Adds the resources of the feed to what was rendered of a patient's records.
///
/// The Patient of the feed takes the place of the one made of the record: both have the same id.
pub fn add(
    rendered: RenderedPatient,
    records: &PatientRecords,
    practice: &PracticeRecords,
    ids: &Ids<'_>,
) -> RenderedPatient {
    if records.resources.is_empty() {
        return rendered;
    }
    let RenderedPatient { facts, mut faces, mut problems } = rendered;
    // Of a face that is not made the items are made all the same: they are the same for all.
    let mut unmade = Vec::new();
    let own_numbers = records.patient.d.bsn.iter();
    let others = records.representatives.iter().filter_map(|record| record.d.bsn.as_ref());
    let mut numbers: BTreeSet<String> = own_numbers.chain(others).map(|number| number.digits().to_owned()).collect();
    let fed: Vec<Fed<'_>> = records.resources.iter().filter_map(Fed::read).collect();
    fed.iter().for_each(|resource| numbers_in(&resource.json, &mut numbers));
    let known: Faces<Known<'_>> = FhirRelease::ALL
        .into_iter()
        .map(|release| {
            let all = records.resources.iter().map(|record| (&record.id, record));
            let there = records_of(release, all.chain(&practice.shared)).collect();
            (release, Known { ids, release, records: there, lines: lines_of(release, &fed), numbers: &numbers })
        })
        .collect();
    for patient in fed.iter().filter(|resource| resource.kind == ResourceType::Patient) {
        // One that is marked is told nowhere, also not as the record has it.
        let is_marked = !facts::marks(patient).is_clear();
        for (_, resources) in faces.iter_mut().filter(|(release, _)| is_marked || **release == patient.release) {
            resources.retain(|resource| resource.kind != ResourceType::Patient);
        }
    }
    let dossier = facts::Dossier::of(&fed, &records.complete_blobs);
    let (subject, mut items) = (facts.subject.clone(), facts.items().to_vec());
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut serve = |resource: &Fed<'_>, place: usize| {
        let resources = faces.get_mut(&resource.release).unwrap_or(&mut unmade);
        if let Some(known) = known.get(&resource.release) {
            put(resource, place, known, resources, &mut problems);
        }
    };
    for resource in fed.iter().filter(|resource| resource.kind != ResourceType::Binary) {
        if facts::is_in_error(resource.told()) {
            continue;
        }
        let item = dossier.item(resource);
        let place = items.len();
        places.insert(resource.record.as_str(), place);
        items.push(item);
        serve(resource, place);
    }
    // The bytes of a document are shown exactly when the document is.
    for resource in fed.iter().filter(|resource| resource.kind == ResourceType::Binary) {
        let document = dossier.document_of(resource).and_then(|record| places.get(record));
        if let Some(place) = document.copied().filter(|_| dossier.has_bytes(resource)) {
            serve(resource, place);
        }
    }
    RenderedPatient { facts: DossierFacts::new(subject, items), faces, problems }
}

/// The resources of the feed that belong to no patient, in this release.
pub fn render_shared(
    shared: &BTreeMap<SourceId, Record<FedResource>>,
    release: FhirRelease,
    ids: &Ids<'_>,
) -> Vec<Rendered> {
    let numbers = BTreeSet::new();
    let records = records_of(release, shared).collect();
    let known = Known { ids, release, records, lines: BTreeMap::new(), numbers: &numbers };
    let (mut resources, mut problems) = (Vec::new(), Vec::new());
    let fed = shared.values().filter_map(Fed::read).filter(|resource| resource.release == release);
    for resource in fed.filter(|resource| facts::marks(resource).is_clear() && !facts::is_in_error(resource.told())) {
        put(&resource, 0, &known, &mut resources, &mut problems);
    }
    resources
}

/// The ids of what came in this release.
fn records_of<'r>(
    release: FhirRelease,
    records: impl IntoIterator<Item = (&'r SourceId, &'r Record<FedResource>)>,
) -> impl Iterator<Item = &'r str> {
    let of_release = records.into_iter().filter(move |(_, record)| FhirRelease::from(record.d.release) == release);
    of_release.map(|(id, _)| id.as_str())
}

/// The words of the E and P lines of this release that may be rendered, by their records.
fn lines_of<'f>(release: FhirRelease, fed: &'f [Fed<'_>]) -> BTreeMap<&'f str, &'f str> {
    let lines = fed.iter().filter(|resource| resource.release == release && resource.kind == ResourceType::Observation);
    let lines = lines.filter(|line| topics::line_kind(&line.json).is_some() && !facts::is_in_error(line.told()));
    lines.filter_map(|line| Some((line.record.as_str(), read::word(&line.json, "valueString")?))).collect()
}

/// Adds what the practice says with a result or a document of the feed: that is the only change of its words.
pub fn say(decisions: &Decisions, rendered: &mut RenderedPatient) {
    let items = rendered.facts.items();
    for (release, resources) in &mut rendered.faces {
        for resource in resources.iter_mut().filter(|resource| resource.source == Source::Fed) {
            say_of(decisions, items, *release, resource);
        }
    }
}

fn say_of(decisions: &Decisions, items: &[Item], release: FhirRelease, resource: &mut Rendered) {
    let Some(item) = items.get(resource.item) else { return };
    let (name, words) = match (&item.topic, resource.kind) {
        (topic, ResourceType::Observation) if is_published(topic) => {
            ("note", decisions.find(&item.key, Aspect::Result).and_then(|decision| conclusion(&decision.choice)))
        }
        (Topic::Document { .. }, ResourceType::DocumentReference) => (
            "description",
            decisions.find(&item.key, Aspect::Document).and_then(|decision| explanation(&decision.choice)),
        ),
        _ => return,
    };
    let (Some(words), Some(face)) = (words, face::find(release)) else { return };
    let Ok(mut tree) = Json::parse(&resource.body) else { return };
    if name == "note" {
        (face.add_note)(&mut tree, words);
    } else if let Json::Object(members) = &mut tree {
        members.retain(|(member, _)| member != name);
        members.push((Cow::Borrowed(name), text(words)));
        arrange(release.model(), &mut tree);
    }
    let mut body = Vec::new();
    tree.write(&mut body);
    resource.body = body;
}

fn conclusion(choice: &Choice) -> Option<&str> {
    match choice {
        Choice::Result { state: ResultState::Published, conclusion, .. } => conclusion.as_deref(),
        _ => None,
    }
}

/// Does what was decided about this result still count, so that its conclusion goes with it?
fn is_published(topic: &Topic) -> bool {
    matches!(topic, Topic::Observation(result) if result.state == ResultState::Published)
}

fn explanation(choice: &Choice) -> Option<&str> {
    match choice {
        Choice::Document { published: true, explanation, .. } => explanation.as_deref(),
        _ => None,
    }
}

fn put(resource: &Fed<'_>, item: usize, known: &Known<'_>, resources: &mut Vec<Rendered>, problems: &mut Vec<Problem>) {
    let id = known.ids.id(resource.kind.as_str(), resource.record.as_str());
    let mut json = resource.json.clone();
    content::make_ours(&mut json, resource.kind, id, known);
    arrange(known.release.model(), &mut json);
    if resource.kind != ResourceType::Binary && json.member("meta").is_none() {
        let record = RecordRef { t: RecordType::Resource, id: resource.record.clone() };
        problems.push(Problem { record, path: "/resource".to_owned(), reason: "the resource has lost its meta" });
        return;
    }
    if content::tells_a_number(&json, known.numbers) {
        let record = RecordRef { t: RecordType::Resource, id: resource.record.clone() };
        let reason = "a value is a citizen service number";
        return problems.push(Problem { record, path: "/resource".to_owned(), reason });
    }
    let mut body = Vec::new();
    json.write(&mut body);
    let content = resource.sha256.map(str::to_owned);
    let strip = strip_of(resource, &json);
    resources.push(Rendered {
        kind: resource.kind,
        id,
        item,
        body,
        strip,
        ties: Vec::new(),
        content,
        source: Source::Fed,
    });
}

/// Members that go when the resource is shown without what it hangs on: they tell why, in words or codes. Of a report, what it
/// says about all of its results together.
const STRIPPED: [&str; 26] = [
    "codedDiagnosis",
    "comment",
    "complication",
    "complicationDetail",
    "conclusion",
    "conclusionCode",
    "description",
    "diagnosis",
    "explanation",
    "indication",
    "media",
    "notDoneReason",
    "note",
    "patientInstruction",
    "presentedForm",
    "reason",
    "reasonCode",
    "reasonNotGiven",
    "reasonNotTaken",
    "reasonReference",
    "statusReason",
    "statusReasonCodeableConcept",
    "statusReasonReference",
    "supportingInfo",
    "supportingInformation",
    "usedReference",
];

/// What a manifest says of its documents together; who made it and when tells nothing of any.
const OF_ALL_DOCUMENTS: [&str; 3] = ["identifier", "related", "type"];

/// Every citizen service number that is called one, also an old one and that of somebody else.
fn numbers_in(value: &Json<'_>, numbers: &mut BTreeSet<String>) {
    match value {
        Json::Array(elements) => elements.iter().for_each(|element| numbers_in(element, numbers)),
        Json::Object(members) => {
            let digits = read::word(value, "value").map(|text| text.chars().filter(char::is_ascii_digit).collect());
            // Shorter ones would take digits out of dates and amounts.
            numbers.extend(digits.filter(|digits: &String| content::is_number(members) && digits.len() >= 8));
            members.iter().for_each(|(_, value)| numbers_in(value, numbers));
        }
        _ => {}
    }
}

fn strip_of(resource: &Fed<'_>, json: &Json<'_>) -> Vec<String> {
    let Json::Object(members) = json else { return Vec::new() };
    let is_manifest = resource.kind == ResourceType::DocumentManifest && resource.release == FhirRelease::Stu3;
    let names = members.iter().map(|(name, _)| name.as_ref());
    let stripped = names.filter(|name| {
        let name = name.strip_prefix('_').unwrap_or(name);
        STRIPPED.contains(&name) || (is_manifest && OF_ALL_DOCUMENTS.contains(&name))
    });
    stripped.map(|name| format!("/{name}")).collect()
}

/// A text that becomes part of a tree.
fn text(text: impl Into<String>) -> Json<'static> {
    Json::Text(Cow::Owned(text.into()))
}

#[cfg(test)]
mod tests;
