//! Facts of a collected record in the words of no release: by concept and id, what each row of the table says.

use std::collections::{BTreeMap, BTreeSet};

use dvza::fhir::catalogue::Catalogue;
use dvza::pgo::{CollectRequest, Tokens};
use serde_json::Value;

use super::concepts::CONCEPTS;
use crate::support::network::Network;

/// The two services that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Our record service in R4.
    R4,
    /// The one of MedMij in STU3.
    Stu3,
}

impl Face {
    /// GegevensdienstId.
    pub fn service(self) -> &'static str {
        match self {
            Self::R4 => "HG-R4",
            Self::Stu3 => "49",
        }
    }
}

/// The sections that both services collect, as `HG-R4` and as 49 name them.
const SECTIONS: [(&str, &str); 7] = [
    ("Patient and GP", "Patient and GP"),
    ("Episodes", "Episodes"),
    ("Current medication", "Medication"),
    ("Medication intolerances", "Intolerances"),
    ("Determinations", "Results"),
    ("Contact reports", "Contact reports"),
    ("Contacts", "Contacts"),
];

/// Systems that STU3 spells otherwise than R4.
const SPELLINGS: [(&str, &str); 3] = [
    ("http://hl7.org/fhir/v3/", "http://terminology.hl7.org/CodeSystem/v3-"),
    ("http://hl7.org/fhir/v2/0078", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"),
    ("http://hl7.org/fhir/observation-category", "http://terminology.hl7.org/CodeSystem/observation-category"),
];

/// A fact: its name, and where it stands in each release: a path, or more paths with ` or ` between them.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    name: &'static str,
    r4: &'static str,
    stu3: &'static str,
    /// What R4 says, and how STU3 says it; nothing when it has no place for it.
    alike: &'static [(&'static str, &'static str)],
    in_lines: bool,
    where_r4_has_it: bool,
}

/// A fact that stands in the same place in both.
pub const fn both(name: &'static str, path: &'static str) -> Row {
    each(name, path, path)
}

/// A fact that stands in another place in each.
pub const fn each(name: &'static str, r4: &'static str, stu3: &'static str) -> Row {
    Row { name, r4, stu3, alike: &[], in_lines: false, where_r4_has_it: false }
}

impl Row {
    /// These values are the same.
    pub const fn alike(self, alike: &'static [(&'static str, &'static str)]) -> Self {
        Self { alike, ..self }
    }

    /// Line by line, without the empty ones: how the lines are put together differs.
    pub const fn in_lines(self) -> Self {
        Self { in_lines: true, ..self }
    }

    /// STU3 may say it where R4 does not.
    pub const fn where_r4_has_it(self) -> Self {
        Self { where_r4_has_it: true, ..self }
    }

    fn read(&self, face: Face, resource: &Value) -> BTreeSet<String> {
        let paths = if face == Face::R4 { self.r4 } else { self.stu3 };
        let mut said = BTreeSet::new();
        for (place, value) in paths.split(" or ").flat_map(|path| find(resource, path)) {
            for (name, word) in words(value) {
                let alike = self.alike.iter().find(|(r4, _)| face == Face::R4 && *r4 == word);
                let word = alike.map_or(word.as_str(), |&(_, stu3)| stu3);
                let parts: Vec<&str> = if self.in_lines { word.lines().collect() } else { vec![word] };
                let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
                said.extend(parts.map(|part| format!("{place}{name}={part}")));
            }
        }
        said
    }
}

/// What a resource of one type is about, and its facts.
#[derive(Debug, Clone, Copy)]
pub struct Concept {
    /// Its name.
    pub name: &'static str,
    kind: &'static str,
    section: &'static str,
    rows: &'static [&'static [Row]],
    only: Option<&'static str>,
    more_in_r4: bool,
}

impl Concept {
    /// Resources of this type in this section of 49 and the one of `HG-R4` like it; without a section in any of them.
    pub const fn of(
        name: &'static str,
        kind: &'static str,
        section: &'static str,
        rows: &'static [&'static [Row]],
    ) -> Self {
        Self { name, kind, section, rows, only: None, more_in_r4: false }
    }

    /// Only those in which something stands here.
    pub const fn only(self, path: &'static str) -> Self {
        Self { only: Some(path), ..self }
    }

    /// R4 may bring more of them.
    pub const fn with_more_in_r4(self) -> Self {
        Self { more_in_r4: true, ..self }
    }

    /// The names of its facts.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|row| row.name)
    }

    fn rows(&self) -> impl Iterator<Item = &'static Row> {
        self.rows.iter().flat_map(|rows| rows.iter())
    }

    fn fits(&self, section: &str, resource: &Value) -> bool {
        let is_there = self.section.is_empty() || self.section == section;
        is_there
            && resource["resourceType"] == self.kind
            && self.only.is_none_or(|path| !find(resource, path).is_empty())
    }
}

/// By concept and id: by row, what is said and where in the row.
pub type Facts = BTreeMap<(&'static str, String), BTreeMap<&'static str, BTreeSet<String>>>;

/// What a PGO collected of one service, each resource with its section as 49 names it.
pub struct Collection {
    face: Face,
    resources: Vec<(&'static str, Value)>,
}

impl Collection {
    /// Collects as a PGO does; everything must come well.
    pub async fn collect(network: &Network, tokens: &Tokens, face: Face) -> Self {
        let catalogue = Catalogue::built_in().unwrap();
        let service = catalogue.find(face.service()).unwrap();
        let requests = service.collect_requests(network.clock.now().local_date()).into_iter();
        let requests: Vec<CollectRequest> = requests
            .map(|request| CollectRequest { name: request.name, path_and_query: request.path_and_query })
            .collect();
        let collected = network.pgo().collect(tokens, face.service(), &requests).await.unwrap();
        let faults: Vec<&String> = collected.sections.iter().flat_map(|section| &section.faults).collect();
        assert!(collected.is_complete(), "{}: {faults:?}", face.service());
        let mut resources = Vec::new();
        for (r4, stu3) in SECTIONS {
            let name = if face == Face::R4 { r4 } else { stu3 };
            let section = collected.sections.iter().find(|section| section.name == name).unwrap();
            let found = section.pages.iter().flat_map(|page| entries(page));
            resources.extend(found.map(|resource| (stu3, resource)));
        }
        Self { face, resources }
    }

    /// The sample dossier as it is rendered (`src/mapping/*/golden`), each resource in the section it belongs to.
    pub fn written(face: Face) -> Self {
        let folder = match face {
            Face::R4 => "r4",
            Face::Stu3 => "stu3",
        };
        let mut resources = Vec::new();
        for file in ["practice", "rich"] {
            let path = format!("{}/src/mapping/{folder}/golden/{file}.ndjson", env!("CARGO_MANIFEST_DIR"));
            for line in std::fs::read_to_string(path).unwrap().lines() {
                let page = format!(r#"{{"entry":[{{"resource":{line}}}]}}"#);
                resources
                    .extend(entries(page.as_bytes()).into_iter().map(|resource| (section_of(&resource), resource)));
            }
        }
        Self { face, resources }
    }

    /// The resources of this type in this section.
    pub fn of(&self, section: &str, kind: &str) -> impl Iterator<Item = &Value> {
        let of_kind = self.resources.iter().filter(move |(at, each)| *at == section && each["resourceType"] == kind);
        of_kind.map(|(_, resource)| resource)
    }

    /// Everything the table asks for.
    pub fn facts(&self) -> Facts {
        let mut facts = Facts::new();
        for concept in CONCEPTS {
            for (_, resource) in self.resources.iter().filter(|(section, each)| concept.fits(section, each)) {
                let id = resource["id"].as_str().unwrap().to_owned();
                let rows = facts.entry((concept.name, id)).or_default();
                for row in concept.rows() {
                    let said = row.read(self.face, resource);
                    if !said.is_empty() {
                        rows.entry(row.name).or_default().extend(said);
                    }
                }
            }
        }
        facts
    }
}

/// Where 49 brings such a resource.
fn section_of(resource: &Value) -> &'static str {
    let codes = find(resource, "code/coding/0/code");
    let is_line = codes.iter().any(|(_, code)| ["E", "P", "129265001", "129271007"].iter().any(|line| *code == line));
    match resource["resourceType"].as_str().unwrap() {
        "Observation" if is_line => "Contact reports",
        kind => CONCEPTS.iter().rfind(|concept| concept.kind == kind).map_or("", |concept| concept.section),
    }
}

/// Where the two differ, by concept, id and row: never what they say.
pub fn differences(r4: &Facts, stu3: &Facts) -> Vec<String> {
    let mut differences = Vec::new();
    for concept in CONCEPTS {
        let keys: BTreeSet<_> = r4.keys().chain(stu3.keys()).filter(|(name, _)| *name == concept.name).collect();
        for key in keys {
            let item = format!("{} {}", key.0, key.1);
            match (r4.get(key), stu3.get(key)) {
                (Some(one), Some(other)) => {
                    let differing = concept.rows().filter(|row| {
                        let (one, other) = (one.get(row.name), other.get(row.name));
                        one != other && !(row.where_r4_has_it && one.is_none())
                    });
                    differences.extend(differing.map(|row| format!("{item}: {}", row.name)));
                }
                (Some(_), None) if concept.more_in_r4 => {}
                (Some(_), None) => differences.push(format!("{item}: only in R4")),
                (None, _) => differences.push(format!("{item}: only in STU3")),
            }
        }
    }
    differences
}

/// The resources of a page, as far as they can be written alike.
fn entries(page: &[u8]) -> Vec<Value> {
    let mut text = std::str::from_utf8(page).unwrap().to_owned();
    for (stu3, r4) in SPELLINGS {
        text = text.replace(stu3, r4);
    }
    let mut bundle: Value = serde_json::from_slice(&with_digits(text.as_bytes())).unwrap();
    by_role(&mut bundle);
    let entries = bundle["entry"].as_array_mut().map(std::mem::take).unwrap_or_default();
    entries.into_iter().map(|mut entry| entry["resource"].take()).collect()
}

/// The JSON with each number as a text: 7.40 is not 7.4.
fn with_digits(json: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(json.len() + json.len() / 8);
    let (mut in_text, mut escaped, mut in_number) = (false, false, false);
    for &byte in json {
        let begins = !in_text && !in_number && (byte.is_ascii_digit() || byte == b'-');
        let goes_on = in_number && (byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if begins || (in_number && !goes_on) {
            text.push(b'"');
        }
        in_number = begins || goes_on;
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ => {}
        }
        text.push(byte);
    }
    text
}

/// Refers to professionals by their PractitionerRole: STU3 has it in an extension of the reference to the Practitioner.
fn by_role(value: &mut Value) {
    let role = find(value, "~practitionerrole-reference/valueReference").first().map(|(_, role)| (*role).clone());
    match (role, value) {
        (Some(role), value) => *value = role,
        (None, Value::Array(items)) => items.iter_mut().for_each(by_role),
        (None, Value::Object(members)) => members.values_mut().for_each(by_role),
        (None, _) => {}
    }
}

/// What stands at this path, with its places in lists. Steps are members and numbers; `*` is each of a list with its
/// place, `+` each of a list wherever it stands, `~name` the extensions of that name, and `=name` what is of the code
/// system of that name.
pub fn find<'v>(value: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
    let mut found = vec![(String::new(), value)];
    for step in path.split('/') {
        found = found.iter().flat_map(|(place, value)| follow(place, value, step)).collect();
    }
    found
}

fn follow<'v>(place: &str, value: &'v Value, step: &str) -> Vec<(String, &'v Value)> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let found: Vec<&'v Value> = match (step.get(..1), step.get(1..)) {
        (Some("*"), Some("")) => {
            let placed = value.as_array().into_iter().flatten().enumerate();
            return placed.map(|(number, item)| (format!("{place}[{number}]"), item)).collect();
        }
        (Some("+"), Some("")) => value.as_array().into_iter().flatten().collect(),
        (Some("~"), Some(name)) => {
            let lists = ["extension", "modifierExtension"].map(|member| value[member].as_array());
            lists.into_iter().flatten().flatten().filter(|each| is_named(&each["url"], name)).collect()
        }
        (Some("="), Some(name)) => items.iter().filter(|each| is_named(&each["system"], name)).collect(),
        _ => {
            let item = step.parse::<usize>().map_or_else(|_| value.get(step), |number| value.get(number));
            item.into_iter().collect()
        }
    };
    found.into_iter().map(|value| (place.to_owned(), value)).collect()
}

fn is_named(uri: &Value, name: &str) -> bool {
    uri.as_str().is_some_and(|uri| uri.rsplit('/').next() == Some(name))
}

/// Every text and truth in a value, each with its place there. Extensions belong to one release: rows name them.
fn words(value: &Value) -> Vec<(String, String)> {
    let below = |place: String, value: &Value| {
        words(value).into_iter().map(move |(name, word)| (format!("{place}{name}"), word))
    };
    match value {
        Value::String(text) => vec![(String::new(), text.clone())],
        Value::Bool(truth) => vec![(String::new(), truth.to_string())],
        Value::Array(items) => (0..).zip(items).flat_map(|(number, item)| below(format!("[{number}]"), item)).collect(),
        Value::Object(members) => {
            let own = members.iter().filter(|(name, _)| *name != "extension" && !name.starts_with('_'));
            own.flat_map(|(name, value)| below(format!(".{name}"), value)).collect()
        }
        Value::Null | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn a_number_is_read_as_it_is_written() {
    let written = br#"{"a":[7.40,-1e3,0],"b":"5 \"6\" 7","c":true}"#;
    let read: Value = serde_json::from_slice(&with_digits(written)).unwrap();
    assert_eq!(read, serde_json::json!({"a": ["7.40", "-1e3", "0"], "b": "5 \"6\" 7", "c": true}));
}

#[test]
fn a_difference_is_told_without_what_is_said() {
    let facts = |items: &[(&'static str, &str, &str)]| -> Facts {
        let rows = |said: &str| BTreeMap::from([("title", BTreeSet::from([said.to_owned()]))]);
        items.iter().map(|&(concept, id, said)| ((concept, id.to_owned()), rows(said))).collect()
    };
    let r4 = facts(&[("episode", "a", "Jicht"), ("episode", "b", "Moe"), ("role", "c", "-")]);
    let stu3 = facts(&[("episode", "a", "Astma"), ("report", "d", "-")]);
    assert!(differences(&r4, &r4).is_empty());
    assert_eq!(differences(&r4, &stu3), ["episode a: title", "episode b: only in R4", "report d: only in STU3"]);
}
