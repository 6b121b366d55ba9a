//! The judge finds planted faults, passes the official examples, and passes what the server renders.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

/// The folder with the official definitions; its absence is told and nothing more.
fn shared() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("DVZA_SHARED").map_or(default, PathBuf::from);
    let is_there = folder.join("fhir/nl-core-r4/packages").is_dir();
    if !is_there {
        println!("SKIPPED: no official definitions; set DVZA_SHARED to the folder that holds fhir/");
    }
    is_there.then_some(folder)
}

fn official(folder: &Path) -> Definitions {
    let folders = [folder.join("fhir/nl-core-r4/packages"), folder.join("fhir/r4-core/package")];
    Definitions::in_folders(&[&folders[0], &folders[1]]).unwrap()
}

fn show(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("  {fault}\n")).collect()
}

/// What the server renders, one resource a line: written and guarded by the golden tests of the mapping.
fn rendered() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/mapping/r4/golden");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let lines = read("rich.ndjson") + &read("practice.ndjson");
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn rendered_as(profile: &str) -> Value {
    let of_profile = |body: &Value| body["meta"]["profile"][0].as_str().is_some_and(|claim| claim.ends_with(profile));
    rendered().into_iter().find(of_profile).unwrap()
}

#[test]
fn what_the_server_renders_follows_the_official_definitions() {
    let Some(folder) = shared() else { return };
    let definitions = official(&folder);
    let mut report = String::new();
    for resource in rendered() {
        let faults = check(&definitions, &resource);
        if !faults.is_empty() {
            report += &format!("{} {}\n{}", resource["meta"]["profile"][0], resource["id"], show(&faults));
        }
    }
    assert!(report.is_empty(), "{report}");
}

#[test]
fn the_official_examples_pass() {
    let Some(folder) = shared() else { return };
    let definitions = official(&folder);
    let profiles = [
        "nl-core-Patient-01",
        "nl-core-NameInformation-complete",
        "nl-core-HealthProfessional-Practitioner-01",
        "nl-core-HealthProfessional-PractitionerRole-01",
        "nl-core-HealthcareProvider-01",
        "nl-core-HealthcareProvider-Organization-01",
        "nl-core-Problem-01",
        "nl-core-EpisodeOfCare-01",
        "nl-core-Encounter-01",
        "nl-core-SOAPReport-01",
        "nl-core-SOAPReport.SOAPLine-03",
        "nl-core-Alert-01",
        "nl-core-AllergyIntolerance-01",
        "nl-core-AllergyIntolerance-02",
        "nl-core-LaboratoryTestResult-01",
        "nl-core-LaboratoryTestResult-02",
        "nl-core-BodyTemperature-01",
        "nl-core-BodyWeight-01",
        "nl-core-BodyHeight-01",
        "nl-core-BloodPressure-01",
        "nl-core-PulseRate.PulseRateValue-01",
    ];
    let mut report = String::new();
    for name in profiles {
        let path = folder.join(format!("fhir/nl-core-r4/examples/{name}.json"));
        let example: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let faults = check(&definitions, &example);
        if !faults.is_empty() {
            report += &format!("{name}\n{}", show(&faults));
        }
    }
    assert!(report.is_empty(), "{report}");
}

/// Where a fault is planted, with what, and how it must be found.
type Planted = (&'static str, &'static str, Value, Wrong);

#[test]
fn planted_faults_are_found() {
    let Some(folder) = shared() else { return };
    let definitions = official(&folder);
    let planted: [Planted; 24] = [
        ("nl-core-Patient", "/nickname", json!("x"), Wrong::UnknownElement),
        ("nl-core-Patient", "/name/0/nick", json!("x"), Wrong::UnknownElement),
        ("nl-core-Patient", "/gender", json!("m"), Wrong::Binding),
        ("nl-core-Patient", "/gender", json!(1), Wrong::Shape),
        ("nl-core-Patient", "/birthDate", json!(["1961-08-09"]), Wrong::Shape),
        (
            "nl-core-Patient",
            "/name/0/_given/0",
            json!({"extension": [{"url": "https://x.y/z", "valueCode": "BR"}]}),
            Wrong::UnknownExtension,
        ),
        ("nl-core-Patient", "/name/0/_given", json!([]), Wrong::TooFew),
        ("nl-core-Patient", "/generalPractitioner/0/reference", json!("Patient/x"), Wrong::Type),
        ("nl-core-Problem", "/code", json!({"text": "x"}), Wrong::Binding),
        ("nl-core-Problem", "/code/coding/0/system", json!("http://www.whocc.no/atc"), Wrong::Binding),
        ("nl-core-Problem", "/verificationStatus/coding/1/code", json!("1"), Wrong::TooFew),
        ("nl-core-Problem", "/subject", json!(null), Wrong::TooFew),
        ("nl-core-EpisodeOfCare", "/status", json!("open"), Wrong::Binding),
        ("nl-core-Alert", "/code/coding", json!(null), Wrong::TooFew),
        ("nl-core-Encounter", "/class", json!(null), Wrong::TooFew),
        ("nl-core-SOAPReport", "/type/coding/0/code", json!("1"), Wrong::Value),
        ("nl-core-SOAPReport", "/author", json!(null), Wrong::TooFew),
        ("nl-core-SOAPReport", "/section/0/entry", json!(null), Wrong::TooFew),
        ("nl-core-SOAPReport.SOAPLine", "/code/coding/0/code", json!("1"), Wrong::Binding),
        ("nl-core-LaboratoryTestResult", "/category/0/coding/0/code", json!("exam"), Wrong::TooFew),
        ("nl-core-BodyTemperature", "/valueQuantity/code", json!("K"), Wrong::Value),
        ("nl-core-BodyWeight", "/valueQuantity/code", json!("t"), Wrong::Binding),
        ("mp-MedicationAgreement", "/category/0/coding/0/code", json!("1"), Wrong::TooFew),
        (
            "mp-MedicationAgreement",
            "/dosageInstruction/0/asNeededCodeableConcept/coding/0/code",
            json!("1"),
            Wrong::Binding,
        ),
    ];
    for (profile, pointer, value, wrong) in planted {
        let mut resource = rendered_as(profile);
        plant(&mut resource, pointer, value);
        let faults = check(&definitions, &resource);
        assert!(faults.iter().any(|fault| fault.wrong == wrong), "{profile} {pointer}\n{}", show(&faults));
    }
}

/// Sets, adds or (with null) removes the member at the end of the pointer.
fn plant(resource: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match resource.pointer_mut(parent).unwrap() {
        Value::Object(members) if value.is_null() => drop(members.shift_remove(name).unwrap()),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) => elements[name.parse::<usize>().unwrap()] = value,
        _ => panic!("no place for {pointer}"),
    }
}

#[test]
fn an_unknown_profile_or_type_is_a_fault() {
    let definitions = Definitions::in_folders::<&Path>(&[]).unwrap();
    for resource in [json!({"resourceType": "Patient"}), json!({}), json!(null), json!([1])] {
        assert_eq!(check(&definitions, &resource).first().map(|fault| fault.wrong), Some(Wrong::UnknownProfile));
    }
}

#[test]
fn a_fault_quotes_no_value() {
    let Some(folder) = shared() else { return };
    let definitions = official(&folder);
    let mut resource = rendered_as("nl-core-Patient");
    plant(&mut resource, "/gender", json!("Jansen"));
    plant(&mut resource, "/name/0/family", json!({"x": "Jansen"}));
    assert!(!show(&check(&definitions, &resource)).contains("Jansen"));
}
