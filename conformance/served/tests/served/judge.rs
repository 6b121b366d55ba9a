//! Gathers what the judges say. A verdict quotes types and paths, never what was served.

use std::collections::BTreeMap;
use std::path::Path;

use dvza_conformance::bundle::{self, Search};
use dvza_conformance::issue::Severity;
use dvza_conformance::tree::Form;
use dvza_conformance::validate::Validators;
use dvza_conformance::version::FhirVersion;
use dvza_conformance::xml;
use dvza_served::sdk;
use serde_json::Value;

use super::practices::shared_folder;

/// Lines of the report at most.
const LINES: usize = 60;

/// The official definitions of every FHIR release, where they are there: of STU3 those of HL7 (`conformance/stu3-core`), and
/// those of Nictiz by `DVZA_STU3_PACKAGES` only. Without the latter a resource of STU3 is judged by its type.
pub fn official() -> Option<Validators> {
    let mut folders = vec![shared_folder("fhir")?];
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stu3-core/package");
    folders.extend(core.is_dir().then_some(core));
    let given = std::env::var_os("DVZA_STU3_PACKAGES");
    folders.extend(given.iter().flat_map(std::env::split_paths));
    let all = Validators::in_folders(&folders).unwrap();
    Some(if given.is_some() { all } else { all.telling_unknown(FhirVersion::Stu3) })
}

/// The judges and what they found.
pub struct Judge<'d> {
    profiles: Option<&'d Validators>,
    /// The release of what is judged now.
    version: FhirVersion,
    /// Verdict, and how often it was given.
    verdicts: BTreeMap<String, usize>,
    answers: usize,
    /// Resources by the profile they claim, else by type.
    resources: BTreeMap<String, usize>,
}

impl<'d> Judge<'d> {
    /// Without definitions nobody judges by the profiles.
    pub fn new(official: Option<&'d Validators>) -> Self {
        Self {
            profiles: official,
            version: FhirVersion::R4,
            verdicts: BTreeMap::new(),
            answers: 0,
            resources: BTreeMap::new(),
        }
    }

    /// What comes from now on is of this release; R4 until it is said.
    pub fn turn_to(&mut self, version: FhirVersion) {
        self.version = version;
    }

    /// Notes a fault found elsewhere.
    pub fn blame(&mut self, verdict: String) {
        *self.verdicts.entry(verdict).or_default() += 1;
    }

    /// The answer to a search: the Bundle itself, not yet its resources against their profiles.
    pub fn bundle(&mut self, bundle: &Value, search: &Search<'_>) {
        let name = self.rules_of_answers(bundle, search);
        let mut shell = bundle.clone();
        for entry in shell.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten() {
            entry["resource"] = serde_json::json!({"resourceType": "Basic", "code": {"text": "stand-in"}});
        }
        self.model(&name, &shell);
    }

    /// The answer to a search by MedMij's rules alone; gives the name it goes by.
    pub fn rules_of_answers(&mut self, bundle: &Value, search: &Search<'_>) -> String {
        self.answers += 1;
        let name = format!("Bundle of {}", search.path_and_query);
        for fault in bundle::check(bundle, search) {
            let place = without_places(&fault.to_string());
            self.blame(format!("{name}: {place}"));
        }
        name
    }

    /// One resource by FHIR's model and by the profiles it claims.
    pub fn resource(&mut self, resource: &Value) {
        let name = self.profiles(resource);
        self.model(&name, resource);
    }

    /// One resource by the profiles it claims; gives the name it goes by.
    pub fn profiles(&mut self, resource: &Value) -> String {
        let claim = resource["meta"]["profile"][0].as_str().and_then(|claim| claim.rsplit('/').next());
        let name = claim.or_else(|| resource["resourceType"].as_str()).unwrap_or("?").to_owned();
        *self.resources.entry(name.clone()).or_default() += 1;
        let bytes = resource.to_string();
        let profiles = self.profiles.and_then(|all| all.of(self.version));
        let issues = profiles.map(|profiles| profiles.check_bytes(Form::Json, bytes.as_bytes()));
        for issue in issues.into_iter().flatten().filter(|issue| issue.severity == Severity::Error) {
            self.blame(format!("{name}: {}", without_places(&issue.to_string())));
        }
        name
    }

    /// A resource that came alone.
    pub fn read(&mut self, resource: &Value) {
        self.answers += 1;
        for fault in bundle::check_resource(resource) {
            self.blame(without_places(&fault.to_string()));
        }
        self.resource(resource);
    }

    /// The two forms of an answer.
    pub fn forms(&mut self, name: &str, json: &[u8], xml: &[u8]) {
        self.answers += 1;
        match (std::str::from_utf8(json), std::str::from_utf8(xml)) {
            (Ok(json), Ok(xml)) => {
                for difference in xml::differences(json, xml) {
                    self.blame(format!("{name}: {difference:?}"));
                }
            }
            _ => self.blame(format!("{name}: not UTF-8")),
        }
    }

    fn model(&mut self, name: &str, resource: &Value) {
        match sdk::parse(self.version, resource) {
            Ok(_) => {
                for member in sdk::unknown_members(self.version, resource) {
                    self.blame(format!("{name}: fhir-sdk does not know {}", without_places(&member)));
                }
            }
            Err(refusal) => self.blame(format!("{name}: fhir-sdk says {}", refusal.0)),
        }
    }

    /// Fails with everything that was found.
    pub fn rules(self, visitors: usize) {
        println!("judged {} answers for {visitors} people: {:?}", self.answers, self.resources);
        let lines: Vec<String> =
            self.verdicts.iter().map(|(verdict, times)| format!("{times:6} × {verdict}")).collect();
        let shown = lines.iter().take(LINES).cloned().collect::<Vec<_>>().join("\n");
        assert!(lines.is_empty(), "{} kinds of faults:\n{shown}", lines.len());
    }
}

/// A path without its indices, so that the same fault at many places is one.
fn without_places(path: &str) -> String {
    let mut out = String::new();
    let mut in_brackets = false;
    for c in path.chars() {
        in_brackets = c == '[' || (in_brackets && c != ']');
        if !in_brackets && c != ']' && !c.is_ascii_digit() {
            out.push(c);
        }
    }
    out
}
