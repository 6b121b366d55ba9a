//! The runner against a small server of another party, which can be told to do things wrong.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};

use super::*;
use crate::report::{Outcome, ScriptReport};
use crate::small;
use crate::validate::Validators;

const BASE: &str = "https://xis.test/fhir/R4";
const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

fn validators() -> Option<&'static Validators> {
    static VALIDATORS: OnceLock<Option<Validators>> = OnceLock::new();
    let load = || {
        let folder = crate::shared("fhir")?;
        let packages = [folder.join("nl-core-r4/packages"), folder.join("r4-core/package")];
        Some(Validators::in_folders(&packages).unwrap())
    };
    VALIDATORS.get_or_init(load).as_ref()
}

/// Nothing here waits, so nobody needs to wake anybody.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Something done wrong.
type Fault = fn(&mut Answer);

/// A server with one patient and one contact report.
struct Server {
    /// What it does to every answer before it leaves.
    fault: Fault,
    seen: Rc<RefCell<Vec<Request>>>,
}

struct Answer {
    status: u16,
    content_type: &'static str,
    bundle: Value,
    raw: Option<Vec<u8>>,
}

impl Exchange for Server {
    async fn send(&self, request: &Request) -> Result<Response, String> {
        self.seen.borrow_mut().push(request.clone());
        if header(&request.headers, "Authorization") != Some("Bearer real") {
            return Ok(Response { status: 401, headers: Vec::new(), body: Vec::new() });
        }
        let is_read = request.url.starts_with(&format!("{BASE}/Patient/"));
        let bundle = match request.method {
            "POST" => json!({"resourceType": "Bundle", "type": "transaction-response"}),
            _ if is_read => patient(),
            _ => found(&request.url),
        };
        let mut answer = Answer { status: 200, content_type: "application/fhir+json", bundle, raw: None };
        if !is_read {
            (self.fault)(&mut answer);
        }
        let headers = vec![("content-type".to_owned(), format!("{}; fhirVersion=4.0", answer.content_type))];
        let body = answer.raw.unwrap_or_else(|| answer.bundle.to_string().into_bytes());
        Ok(Response { status: answer.status, headers, body })
    }
}

fn patient() -> Value {
    let masked = json!({"extension": [
        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}
    ]});
    json!({
        "resourceType": "Patient", "id": "p-1",
        "meta": {"profile": ["http://nictiz.nl/fhir/StructureDefinition/nl-core-Patient"]},
        "identifier": [{"system": BSN, "_value": masked}],
        "birthDate": "1970-01-01",
    })
}

fn found(url: &str) -> Value {
    let report = json!({
        "resourceType": "Composition", "id": "c-1",
        "meta": {"profile": ["http://nictiz.nl/fhir/StructureDefinition/nl-core-SOAPReport"]},
        "status": "final",
        "type": {"coding": [{"system": "http://snomed.info/sct", "code": "11591000146107", "display": "report"}]},
        "subject": {"reference": "Patient/p-1", "display": "patient"},
        "date": "2026-06-01",
        "author": [{"reference": "PractitionerRole/r-1", "display": "doctor"}],
        "title": "Report",
        "section": [{
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "129265001", "display": "E"}]},
            "text": {"status": "additional", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},
            "entry": [{"reference": "Observation/o-1", "display": "line"}],
        }],
    });
    let entry = |resource: Value, mode: &str| {
        let (kind, id) = (resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        json!({"fullUrl": format!("{BASE}/{kind}/{id}"), "resource": resource, "search": {"mode": mode}})
    };
    json!({
        "resourceType": "Bundle", "type": "searchset", "total": 1,
        "link": [{"relation": "self", "url": url}],
        "entry": [entry(report, "match"), entry(patient(), "include")],
    })
}

/// A script with the kinds of assertion that official scripts use; in a prefix, as some are.
const SCRIPT: &str = include_str!("tests/search.xml");
const TRANSACTION: &str = include_str!("tests/transaction.xml");

fn run_with(script: &str, fault: Fault, token: &str) -> Option<(ScriptReport, Vec<Request>)> {
    run_found(&found_at(Script::read(script)), fault, token)
}

fn found_at(script: Result<Script, Unreadable>) -> Found {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/testscript/tests/search.xml"));
    Found { path, version: FhirVersion::R4, script }
}

fn settings(token: &str) -> Settings {
    Settings {
        base: BASE.to_owned(),
        tokens: HashMap::from([("Bearer script".to_owned(), token.to_owned())]),
        sends_unknown_tokens: false,
        today: jiff::civil::date(2026, 6, 15),
        now: "2026-06-15T10:00:00+02:00".to_owned(),
    }
}

fn run_found(found: &Found, fault: Fault, token: &str) -> Option<(ScriptReport, Vec<Request>)> {
    let validators = validators()?;
    let seen = Rc::new(RefCell::new(Vec::new()));
    let settings = settings(token);
    let server = Server { fault, seen: Rc::clone(&seen) };
    let mut number = 0;
    let random = move || {
        number += 1;
        number
    };
    let mut runner = Runner::new(validators, server, settings, random, || 0).unwrap();
    let report = block_on(runner.run_one(found));
    let requests = seen.borrow().clone();
    Some((report, requests))
}

fn run(script: &str, fault: Fault) -> Option<ScriptReport> {
    run_with(script, fault, "Bearer real").map(|(report, _)| report)
}

fn failures(report: &ScriptReport) -> Vec<String> {
    report.steps(Outcome::Failed).map(|(_, step)| format!("{}: {:?}", step.what, step.reason)).collect()
}

#[test]
fn a_right_server_passes() {
    let Some((report, requests)) = run_with(SCRIPT, |_| {}, "Bearer real") else { return };
    assert_eq!(report.outcome, Outcome::Passed, "{:#?}", failures(&report));
    assert_eq!(report.steps(Outcome::Warning).count(), 1, "one warning is planted in the script");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(
        requests[0].url,
        format!("{BASE}/Composition?type=http://snomed.info/sct%7C11591000146107&date=ge2026-05-25")
    );
    let sent = |place: usize, name: &str| header(&requests[place].headers, name).unwrap().to_owned();
    assert_eq!(sent(0, "Accept"), "application/fhir+json; fhirVersion=4.0");
    assert_ne!(sent(0, "MedMij-Request-ID"), sent(1, "MedMij-Request-ID"));
    assert_eq!(sent(0, "X-Correlation-ID"), sent(1, "X-Correlation-ID"));
    assert_eq!(requests[1].url, format!("{BASE}/Patient/p-1"));
}

#[test]
fn every_planted_fault_fails_the_script() {
    fn resource(answer: &mut Answer, place: usize) -> &mut Value {
        &mut answer.bundle["entry"][place]["resource"]
    }
    let faults: &[(&str, Fault)] = &[
        ("a wrong status", |answer| answer.status = 500),
        ("another resource", |answer| answer.bundle = patient()),
        ("no bundle of search results", |answer| answer.bundle["type"] = json!("collection")),
        ("no self link", |answer| drop(answer.bundle.as_object_mut().unwrap().remove("link"))),
        ("a total that is too high", |answer| answer.bundle["total"] = json!(2)),
        ("a resource too few", |answer| drop(answer.bundle["entry"].as_array_mut().unwrap().remove(0))),
        ("a fullUrl of another", |answer| {
            answer.bundle["entry"][0]["fullUrl"] = json!("https://x.test/Composition/c-2")
        }),
        ("a resource without a profile", |answer| drop(resource(answer, 0).as_object_mut().unwrap().remove("meta"))),
        ("a readable number", |answer| {
            resource(answer, 1)["identifier"][0] = json!({"system": BSN, "value": "999911120"})
        }),
        ("a subjective line", |answer| {
            resource(answer, 0)["section"][0]["code"]["coding"][0]["code"] = json!("255362007");
        }),
        ("a Coding without a code", |answer| {
            drop(resource(answer, 0)["type"]["coding"][0].as_object_mut().unwrap().remove("code"));
        }),
        ("a reference without a display", |answer| {
            drop(resource(answer, 0)["subject"].as_object_mut().unwrap().remove("display"));
        }),
        ("a resource against FHIR", |answer| resource(answer, 1)["birthDate"] = json!("1970-02-30")),
        ("a resource against its profile", |answer| resource(answer, 0)["type"]["coding"][0]["code"] = json!("1")),
        ("an unknown member", |answer| resource(answer, 1)["colour"] = json!("red")),
        ("another form than was asked", |answer| {
            answer.content_type = "application/fhir+xml";
            answer.raw = Some(b"<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"searchset\"/></Bundle>".to_vec());
        }),
        ("a page of HTML", |answer| {
            answer.content_type = "text/html";
            answer.raw = Some(b"<html/>".to_vec());
        }),
        ("HTML that says it is FHIR", |answer| answer.raw = Some(b"<html/>".to_vec())),
        ("nothing", |answer| answer.raw = Some(Vec::new())),
        ("half a body", |answer| {
            let body = answer.bundle.to_string().into_bytes();
            answer.raw = Some(body[..body.len() / 2].to_vec());
        }),
    ];
    for (name, fault) in faults {
        let Some(report) = run(SCRIPT, *fault) else { return };
        assert_eq!(report.outcome, Outcome::Failed, "{name}");
        for reason in failures(&report) {
            assert!(!reason.contains("999911120"), "{name}: a report quotes a number");
        }
    }
}

#[test]
fn a_wrong_token_and_a_missing_token_fail() {
    let Some((report, requests)) = run_with(SCRIPT, |_| {}, "Bearer wrong") else { return };
    assert_eq!((report.outcome, requests.len()), (Outcome::Failed, 1), "a stopped test asks no more");
    let other = SCRIPT.replace("Bearer script", "Bearer somebody");
    let (report, requests) = run_with(&other, |_| {}, "Bearer real").unwrap();
    assert_eq!((report.outcome, requests.len()), (Outcome::Failed, 0));
    assert!(!format!("{report:?}").contains("somebody"), "a report quotes a token");
}

#[test]
fn bodies_are_sent_and_judged() {
    let Some((report, requests)) = run_with(TRANSACTION, |_| {}, "Bearer real") else { return };
    assert_eq!(report.outcome, Outcome::Passed, "{:#?}", failures(&report));
    let body = String::from_utf8(requests[0].body.clone().unwrap()).unwrap();
    assert!(body.contains("2026-06-08"), "the date of the fixture is filled in");
    assert_eq!((requests[0].method, requests[0].url.as_str()), ("POST", BASE));
    assert_eq!(header(&requests[0].headers, "Content-Type"), Some("application/fhir+xml; fhirVersion=4.0"));
}

#[test]
fn what_is_not_understood_fails() {
    let changes = [
        ("<f:responseCode value=\"200,201\"/>", "<f:minimumId value=\"x\"/>"),
        ("<f:responseCode value=\"200,201\"/>", "<f:responseCode value=\"200,201\"/><f:resource value=\"Bundle\"/>"),
        ("<f:operator value=\"in\"/>", "<f:operator value=\"like\"/>"),
        ("assert-response-queryParamsInSelfLink", "assert-something"),
        ("<f:code value=\"search\"/>", "<f:code value=\"dance\"/>"),
        ("<f:resource value=\"Composition\"/>", "<f:resource value=\"Composition\"/><f:method value=\"post\"/>"),
        ("${DATE, T, D, -21}", "${DATE, T, D, x}"),
        ("${correlation}", "${nothing}"),
        ("value=\"Bundle-profile\"", "value=\"Other-profile\""),
        ("Bundle.entry.all(resource.id.exists())", "Bundle.entry.unknown()"),
        ("Bundle.entry.all(resource.id.exists())", "Bundle.entry.("),
        ("Bundle.entry.all(resource.id.exists())", "Bundle.entry"),
        ("Bundle.entry.all(resource.id.exists())", "Bundle.nothing"),
        ("<f:url value=\"${patient-url}\"/>", "<f:url value=\"https://elsewhere.test/Patient/1\"/>"),
        ("<f:direction value=\"response\"/>", "<f:direction value=\"sideways\"/>"),
    ];
    for (from, to) in changes {
        assert!(SCRIPT.contains(from), "{from}");
        let script = SCRIPT.replacen(from, to, 1).replace("<f:warningOnly value=\"true\"/>", "").replace("= 99", "= 2");
        let Some(report) = run(&script, |_| {}) else { return };
        assert_eq!(report.outcome, Outcome::Failed, "{to}");
    }
    let sound = SCRIPT.replace("<f:warningOnly value=\"true\"/>", "").replace("= 99", "= 2");
    let Some(report) = run(&sound, |_| {}) else { return };
    assert_eq!(report.outcome, Outcome::Passed, "{:?}", failures(&report));
}

#[test]
fn clients_are_skipped_and_other_releases_fail() {
    let script = SCRIPT.replace("<f:valueBoolean value=\"true\"/>", "<f:valueBoolean value=\"false\"/>");
    let Some(report) = run(&script, |_| {}) else { return };
    assert_eq!(report.outcome, Outcome::Skipped);
    let empty = "<TestScript xmlns=\"http://hl7.org/fhir\"><test><name value=\"x\"/></test></TestScript>";
    assert_eq!(run(empty, |_| {}).unwrap().outcome, Outcome::Failed, "nothing is tested");
    let older = Found { version: FhirVersion::Stu3, ..found_at(Script::read(SCRIPT)) };
    let (report, requests) = run_found(&older, |_| {}, "Bearer real").unwrap();
    assert_eq!((report.outcome, requests.len()), (Outcome::Failed, 0), "definitions of another release judge nothing");
    assert_eq!(report.reason.as_deref(), Some("not judged: it is for FHIR 3.0, the definitions are of 4.0"));
    let other = run("<Patient xmlns=\"http://hl7.org/fhir\"/>", |_| {}).unwrap();
    assert_eq!(other.outcome, Outcome::Failed);
}

/// A server that answers every search with one problem of STU3 in this state.
struct Stu3Server {
    state: &'static str,
    seen: Rc<RefCell<Vec<Request>>>,
}

impl Exchange for Stu3Server {
    async fn send(&self, request: &Request) -> Result<Response, String> {
        self.seen.borrow_mut().push(request.clone());
        let problem = json!({
            "resourceType": "Condition", "id": "c", "clinicalStatus": self.state, "subject": {"reference": "Patient/p"},
            "onsetAge": {"value": 40},
        });
        let bundle = json!({
            "resourceType": "Bundle", "type": "searchset", "total": 1,
            "link": [{"relation": "self", "url": request.url}],
            "entry": [{"fullUrl": format!("{BASE}/Condition/c"), "resource": problem, "search": {"mode": "match"}}],
        });
        let headers = vec![("Content-Type".to_owned(), "application/fhir+json; fhirVersion=3.0".to_owned())];
        Ok(Response { status: 200, headers, body: bundle.to_string().into_bytes() })
    }
}

/// Judged by the definitions in this folder.
fn run_stu3(definitions: &std::path::Path, state: &'static str) -> (ScriptReport, Vec<Request>) {
    let validators = Validators::in_folders(&[definitions]).unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let server = Stu3Server { state, seen: Rc::clone(&seen) };
    let script = Script::read(include_str!("tests/stu3.xml"));
    let found = Found { version: FhirVersion::Stu3, ..found_at(script) };
    let report = {
        let mut runner = Runner::new(&validators, server, settings(""), || 0, || 0).unwrap();
        block_on(runner.run_one(&found))
    };
    let requests = seen.borrow().clone();
    (report, requests)
}

#[test]
fn scripts_of_stu3_are_judged_by_definitions_of_stu3() {
    let folder = tempfile::tempdir().unwrap();
    small::write(folder.path());
    let (report, requests) = run_stu3(folder.path(), "active");
    assert_eq!(report.outcome, Outcome::Passed, "{:#?}", failures(&report));
    assert_eq!(header(&requests[0].headers, "Accept"), Some("application/fhir+json; fhirVersion=3.0"));
    let (report, _) = run_stu3(folder.path(), "gone");
    assert_eq!(report.outcome, Outcome::Failed, "no state of STU3");
    assert_eq!(report.steps(Outcome::Failed).count(), 1, "{:#?}", failures(&report));
    let (report, requests) = run_stu3(&folder.path().join("profiles"), "active");
    assert_eq!((report.outcome, requests.len()), (Outcome::Failed, 0));
    let reason = "not judged: the types of FHIR are not among the definitions";
    assert_eq!(report.reason.as_deref(), Some(reason));
}

#[test]
fn every_official_script_is_read_and_its_expressions_too() {
    let Some(folder) = crate::shared("conformance/nictiz") else { return };
    let scripts = find(&[folder]).unwrap();
    assert!(scripts.len() > 400, "{}", scripts.len());
    assert!(scripts.iter().any(|found| found.version == FhirVersion::Stu3));
    let mut strange = Vec::new();
    for found in &scripts {
        let script = found.script.as_ref().unwrap();
        assert_eq!(script.under_test, UnderTest::Server, "{}", found.path.display());
        for action in script.tests.iter().flat_map(|test| &test.actions) {
            match action {
                script::Action::Operation(operation) => strange.extend(operation.unknown.clone()),
                script::Action::Assert(assert) => {
                    if let Some(source) = assert.get("expression")
                        && let Err(error) = crate::fhirpath::parse(source)
                    {
                        strange.push(format!("{source}: {error}"));
                    }
                }
                script::Action::Unknown(name) => strange.push(name.clone()),
            }
        }
    }
    assert_eq!(strange, Vec::<String>::new());
}

#[test]
fn damaged_scripts_never_panic() {
    let mut seed = 9;
    for _ in 0..2_000 {
        let mut bytes = SCRIPT.as_bytes().to_vec();
        for _ in 0..3 {
            let at = crate::random(&mut seed, bytes.len());
            bytes[at] = b"<>/\"=x"[crate::random(&mut seed, 6)];
        }
        let _ = Script::read(&String::from_utf8_lossy(&bytes));
    }
}
