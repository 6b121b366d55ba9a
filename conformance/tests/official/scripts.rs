//! Official scripts against a small server that answers with their own fixtures.
//!
//! The server knows no search parameters: it gives all of a type that refers to the patient of the token, with everything
//! these refer to. That is what the vaccination scripts ask for: they must pass, and fail when it does something wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use dvza_conformance::issue::Severity;
use dvza_conformance::report::Report;
use dvza_conformance::testscript::{
    Exchange, FhirVersion, Moments, Request, Response, Runner, Settings, fill_dates, find,
};
use dvza_conformance::tree::{Form, Tree};
use dvza_conformance::validate::{Validator, Validators};

const BASE: &str = "https://xis.test/fhir/R4";
const NOW: &str = "2026-06-15T10:00:00+02:00";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Something done to the text of an answer.
type Damage = fn(String) -> String;

/// Resources in XML by `Type/id`, with what they refer to.
struct Fixtures<'v> {
    validator: &'v Validator,
    resources: BTreeMap<String, (String, BTreeSet<String>)>,
    /// Patients by token.
    patients: HashMap<String, String>,
    damage: Damage,
}

impl<'v> Fixtures<'v> {
    fn load(validator: &'v Validator, set: &Path, damage: Damage) -> Self {
        let mut resources = BTreeMap::new();
        note(set, false, &mut resources);
        let table = std::fs::read(set.parent().unwrap().join("patients.json")).unwrap();
        let table: Vec<serde_json::Value> = serde_json::from_slice(&table).unwrap();
        let text = |row: &serde_json::Value, name: &str| row[name].as_str().unwrap().to_owned();
        let patients = table.iter().map(|row| (text(row, "token"), text(row, "patient"))).collect();
        Self { validator, resources, patients, damage }
    }

    fn search(&self, kind: &str, patient: &str, url: &str) -> String {
        let is_match = |name: &String, refers: &BTreeSet<String>| {
            name.starts_with(&format!("{kind}/")) && refers.contains(patient)
        };
        let matches: BTreeSet<String> = self
            .resources
            .iter()
            .filter(|(name, (_, refers))| is_match(name, refers))
            .map(|(name, _)| name.clone())
            .collect();
        let refers = matches.iter().filter_map(|name| Some(&self.resources.get(name)?.1)).flatten();
        let found: BTreeSet<String> = matches.iter().chain(refers).cloned().collect();
        let entries: String = found
            .iter()
            .filter_map(|name| Some((name, &self.resources.get(name)?.0)))
            .map(|(name, text)| {
                let mode = if matches.contains(name) { "match" } else { "include" };
                format!(
                    "<entry><fullUrl value=\"{BASE}/{name}\"/><resource>{text}</resource>\
                     <search><mode value=\"{mode}\"/></search></entry>"
                )
            })
            .collect();
        let url = url.replace('&', "&amp;");
        format!(
            "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/><total value=\"{}\"/>\
             <link><relation value=\"self\"/><url value=\"{url}\"/></link>{entries}</Bundle>",
            matches.len()
        )
    }
}

/// Notes every resource in XML below the folders of fixtures.
fn note(folder: &Path, is_fixture: bool, resources: &mut BTreeMap<String, (String, BTreeSet<String>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_fixture = is_fixture || path.file_name().unwrap().to_string_lossy().starts_with('_');
        if path.is_dir() {
            note(&path, is_fixture, resources);
        } else if is_fixture && path.extension().is_some_and(|extension| extension == "xml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let moments = Moments { today: "2026-06-15".parse().unwrap(), now: NOW };
            let text = fill_dates(&text, &moments).unwrap();
            let document = roxmltree::Document::parse(&text).unwrap();
            let root = document.root_element();
            let id = root.children().find(|child| child.has_tag_name(("http://hl7.org/fhir", "id")));
            let Some(id) = id.and_then(|id| id.attribute("value")) else { continue };
            let references = root.descendants().filter(|node| node.has_tag_name(("http://hl7.org/fhir", "reference")));
            let refers = references.filter_map(|node| node.attribute("value")).map(str::to_owned).collect();
            let name = format!("{}/{id}", root.tag_name().name());
            resources.insert(name, (text[root.range()].to_owned(), refers));
        }
    }
}

impl Exchange for &Fixtures<'_> {
    async fn send(&self, request: &Request) -> Result<Response, String> {
        let token = request.headers.iter().find(|(name, _)| name == "Authorization").map(|(_, token)| token);
        let patient = token.and_then(|token| self.patients.get(token)).ok_or("nobody has this token")?;
        let path = request.url.strip_prefix(BASE).unwrap().trim_start_matches('/');
        let path = path.split('?').next().unwrap();
        let (status, body) = match path.split_once('/') {
            None => (200, self.search(path, patient, &request.url)),
            Some(_) => match self.resources.get(path) {
                Some((text, _)) => (200, text.clone()),
                None => (404, String::new()),
            },
        };
        let body = (self.damage)(body);
        let accept = request.headers.iter().find(|(name, _)| name == "Accept").map_or("", |(_, value)| value);
        // Fixtures are XML; what is damaged beyond reading leaves as it is.
        let tree = Tree::read(self.validator.schema(), Form::Xml, body.as_bytes());
        let (form, body) = match tree {
            Ok(tree) if accept.contains("json") && tree.issues().is_empty() => ("json", tree.to_json()),
            _ => ("xml", body),
        };
        let headers = vec![("Content-Type".to_owned(), format!("application/fhir+{form}; fhirVersion=4.0"))];
        Ok(Response { status, headers, body: body.into_bytes() })
    }
}

fn run(validators: &Validators, set: &Path, damage: Damage) -> Report {
    let fixtures = Fixtures::load(validators.of(FhirVersion::R4).unwrap(), set, damage);
    let settings = Settings {
        base: BASE.to_owned(),
        tokens: HashMap::new(),
        sends_unknown_tokens: true,
        today: "2026-06-15".parse().unwrap(),
        now: NOW.to_owned(),
    };
    let mut number = 0;
    let random = move || {
        number += 1;
        number
    };
    let mut runner = Runner::new(validators, &fixtures, settings, random, || 0).unwrap();
    block_on(runner.run(&find(&[PathBuf::from(set)]).unwrap(), |_| {}))
}

/// The official scripts for vaccinations and what is said of their fixtures.
fn immunization() -> Option<(Validators, PathBuf)> {
    let set = super::support::shared("conformance/nictiz")?.join("Immunization-2-0");
    Some((Validators::from(super::support::official()?), set))
}

#[test]
fn a_server_with_the_fixtures_passes_the_vaccination_scripts() {
    let Some((validators, set)) = immunization() else { return };
    let report = run(&validators, &set, |body| body);
    assert!(report.is_good(), "{report}");
    assert_eq!(report.counts().passed, 12, "{report}");
}

#[test]
fn a_server_that_does_something_wrong_passes_no_vaccination_script() {
    let Some((validators, set)) = immunization() else { return };
    let damages: [(&str, Damage); 8] = [
        ("no self link", |body| body.replace("value=\"self\"", "value=\"first\"")),
        ("no profiles", |body| {
            body.replace("<profile value=", "<security><code value=")
                .replace("nl-core-Patient\"/>", "nl-core-Patient\"/></security>")
        }),
        ("one more than there is", |body| body.replace("<total value=\"", "<total value=\"9")),
        ("no displays", |body| body.replace("<display value=", "<display id=\"x\" valu=")),
        ("elements that FHIR does not have", |body| {
            body.replace("<vaccineCode>", "<colour value=\"red\"/><vaccineCode>")
        }),
        ("a status that FHIR does not have", |body| {
            body.replace("<status value=\"completed\"/>", "<status value=\"done\"/>")
        }),
        ("nothing", |_| String::new()),
        ("no FHIR", |_| "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>".to_owned()),
    ];
    for (name, damage) in damages {
        let report = run(&validators, &set, damage);
        // What is damaged is in every answer that has vaccinations; the scripts for a person without any may pass.
        assert!(report.counts().failed >= 6, "{name}: {report}");
    }
}

/// Errors that official fixtures really have: part of the path, part of the reason, and why.
const FAULTS: [(&str, &str, &str); 3] = [
    (
        "LaboratoryResults-3-0",
        "the profile lu-LaboratoryTestResult-DiagnosticReport is not among the definitions",
        "it is of a package that the official material at hand does not have (nictiz.fhir.nl.r4.labexchange)",
    ),
    ("LaboratoryResults-3-0", "the profile lu-OrderData is not among the definitions", "the same"),
    ("LaboratoryResults-3-0", "org-1 does not hold", "the laboratory has neither a name nor an identifier"),
];

#[test]
fn official_fixtures_in_xml_have_no_errors_but_their_own() {
    let (Some(validator), Some(folder)) = (super::support::official(), super::support::shared("conformance/nictiz"))
    else {
        return;
    };
    let mut strange = Vec::new();
    let mut known = BTreeSet::new();
    let mut count = 0;
    for set in ["Immunization-2-0", "LaboratoryResults-3-0", "MP9-3-0-0-beta"] {
        let fixtures = Fixtures::load(&validator, &folder.join(set), |body| body);
        for (name, (text, _)) in &fixtures.resources {
            count += 1;
            for issue in validator.check_bytes(Form::Xml, text.as_bytes()) {
                if issue.severity != Severity::Error {
                    continue;
                }
                let place = format!("{set} {name}");
                let fault = FAULTS.iter().position(|(at, why, _)| place.contains(at) && issue.reason.contains(why));
                match fault {
                    Some(fault) => drop(known.insert(fault)),
                    None => strange.push(format!("{place}: {issue}")),
                }
            }
        }
    }
    assert!(count > 200, "only {count} fixtures");
    assert!(strange.is_empty(), "{} errors:\n{}", strange.len(), strange.join("\n"));
    assert_eq!(known.len(), FAULTS.len(), "a fault of the table is no longer there: {known:?}");
}
