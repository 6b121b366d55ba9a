//! The official TestScripts of STU3, both ways: their fixtures as a feed of STU3, and the same persons as records of a HIS,
//! by way of the dossier and the renderer.
//!
//! They are judged by HL7's definitions of STU3 (`conformance/stu3-core`). Those of Nictiz are nowhere to be had for every
//! build: what claims one is judged by its type, by [`crate::faces`] and by this installation's own schemas. Who has them
//! names their folders in `DVZA_STU3_PACKAGES`, separated by colons; then nothing is left unjudged.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{Demo, Fault, failed_steps, judge};
use crate::support::network::shared;

/// Names the folders with the definitions of Nictiz.
const OTHERS: &str = "DVZA_STU3_PACKAGES";

/// The day that scripts and fixtures call T, and on which the records of the official person were written.
const DAY: &str = "2026-06-15";

/// Of a server that takes nothing in, and the variants for servers without manifests: this one has them.
const NOT_OURS: [Fault<'_>; 2] = [
    Fault {
        scripts: &["receive-1-document"],
        reasons: &["the status is not as wanted: in 200,201; it is 405", "no token is given"],
    },
    Fault {
        scripts: &["2-2-serve-2-documentmanifest", "2-4-serve-1-documentreference"],
        reasons: &["the status is not as wanted: equals 404; it is 200", "the expression is false"],
    },
];

/// Faults of the fixtures that HL7's own definitions show: an address of an organisation that is a home (org-2).
const HOME: Fault<'_> =
    Fault { scripts: &["1-02-patient", "2-02-patient"], reasons: &["invariant: org-2 does not hold"] };

/// Faults of the fixtures that the definitions of Nictiz show, where they are at hand: an extension of the nutrition advice in a
/// place that its own definition does not name, and weights and heights that nobody measured.
const OF_NICTIZ: [Fault<'_>; 2] = [
    Fault {
        scripts: &["1-08-5-nutritionadvice"],
        reasons: &["zib-NutritionAdvice-Explanation is not meant for this place"],
    },
    Fault { scripts: &["1-14-2-bodyweight", "1-14-3-bodyheight"], reasons: &["performer: cardinality: 0 where"] },
];

/// The document that two fixtures of documents have on another server.
const ELSEWHERE: &str = "https://informatiestandaarden.nictiz.nl/images/2/29/Example_PDF_-_Discharge_Summary.pdf";

/// What there is to judge STU3 by; `None`, and said so, without HL7's definitions.
fn definitions() -> Option<Vec<OsString>> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/stu3-core/package");
    if !core.is_dir() {
        assert!(std::env::var_os("DVZA_REQUIRE_STU3").is_none(), "{} is not there", core.display());
        eprintln!("skipped: HL7's definitions of STU3 are not there (see conformance/stu3-core/README.md)");
        return None;
    }
    let mut options: Vec<OsString> = vec!["--packages".into(), core.into()];
    match std::env::var_os(OTHERS) {
        Some(folders) => {
            options.extend(std::env::split_paths(&folders).flat_map(|folder| ["--packages".into(), folder.into()]));
        }
        None => options.push("--tell-unknown-profiles".into()),
    }
    Some(options)
}

/// The scripts of a set, and what to judge them by.
fn set(name: &str) -> Option<(PathBuf, Vec<OsString>)> {
    Some((shared(&format!("conformance/nictiz/{name}/MedMij"))?, definitions()?))
}

#[test]
fn the_official_gp_scripts_pass_by_a_feed_and_by_the_dossier() {
    let Some((scripts, definitions)) = set("GenPractData-2-0") else { return };
    let fed = Demo::fed("fhir-stu3", &[scripts.join("Cert/_reference")], DAY);
    assert_eq!(judge(&fed.run_with(&definitions, "49", std::slice::from_ref(&scripts)), &[]), 10);
    let records = Demo::of_records(&[shared("data/cevat.ndjson").unwrap()], DAY);
    assert_eq!(judge(&records.run_with(&definitions, "49", &[scripts]), &[]), 10);
}

#[test]
fn the_official_laboratory_scripts_pass() {
    let Some((scripts, definitions)) = set("LaboratoryResults-2-0") else { return };
    let demo = Demo::fed("fhir-stu3", &[scripts.join("Cert/_reference")], DAY);
    assert_eq!(judge(&demo.run_with(&definitions, "LAB-STU3", &[scripts]), &[]), 2);
}

#[test]
fn the_official_bgz_scripts_pass_as_far_as_their_data_allows() {
    let Some((scripts, definitions)) = set("BgZ-3-0") else { return };
    let demo = Demo::fed("fhir-stu3", &[scripts.join("Cert/_reference")], DAY);
    assert_eq!(judge(&demo.run_with(&definitions, "48", &[scripts.join("Cert")]), &[]), 2);
    let demo = Demo::fed("fhir-stu3", &[scripts.join("Test/_reference")], DAY);
    let report = demo.run_with(&definitions, "48", &[scripts.join("Test")]);
    let [nutrition, measures] = &OF_NICTIZ;
    match std::env::var_os(OTHERS) {
        Some(_) => assert_eq!(judge(&report, &[&HOME, nutrition, measures]), 58),
        None => assert_eq!(judge(&report, &[&HOME]), 64),
    }
}

#[test]
fn the_official_document_scripts_pass_but_those_of_another_kind_of_server() {
    let Some((scripts, definitions)) = set("PDFA-3-0") else { return };
    let fixtures = tempfile::tempdir().unwrap();
    with_bytes(&scripts.join("Cert/_reference/resources"), fixtures.path());
    for demo in [
        Demo::fed("fhir-stu3", &[fixtures.path().to_owned()], DAY),
        Demo::of_records(&[shared("data/cevat.ndjson").unwrap()], DAY),
    ] {
        let report = demo.run_with(&definitions, "51", std::slice::from_ref(&scripts));
        let [receiving, without_manifests] = &NOT_OURS;
        let is_variant = |script: &Value| script["path"].as_str().unwrap().contains("NoManifest");
        for script in report["scripts"].as_array().unwrap().iter().filter(|script| !is_variant(script)) {
            let name = script["path"].as_str().unwrap();
            let passes = !receiving.scripts.iter().any(|part| name.contains(part));
            assert_eq!(script["outcome"] == "passed", passes, "{name}: {:?}", failed_steps(script));
        }
        assert_eq!(judge(&report, &[receiving, without_manifests]), 24);
    }
}

/// The fixtures without the Bundle that is sent, and with the documents themselves, which are not among them: two of them are
/// on a server of others there.
fn with_bytes(fixtures: &Path, target: &Path) {
    let mut number = 6;
    for entry in fs::read_dir(fixtures).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if !name.contains("-Bundle-") {
            let mut text = fs::read_to_string(&path).unwrap();
            if text.contains(ELSEWHERE) {
                number += 1;
                text = text.replace(ELSEWHERE, &format!("Binary/pdfa-binary{number}"));
            }
            fs::write(target.join(name), text).unwrap();
        }
    }
    let letters = ["brief-cardioloog", "brief-oogarts", "ontslagbrief"];
    for number in 1..=number {
        let letter = letters[number % letters.len()];
        let bytes = fs::read(shared(&format!("data/documents/{letter}.pdf")).unwrap()).unwrap();
        let binary = format!(
            r#"<Binary xmlns="http://hl7.org/fhir"><id value="pdfa-binary{number}"/><contentType value="application/pdf"/><content value="{}"/></Binary>"#,
            STANDARD.encode(bytes)
        );
        fs::write(target.join(format!("binary-{number}.xml")), binary).unwrap();
    }
}
