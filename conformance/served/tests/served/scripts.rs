//! Our own TestScripts, run by the command a builder runs: against a demo practice, with tokens got by the MedMij flow.

use std::path::{Path, PathBuf};

use dvza::cli::args::ConformanceArgs;
use dvza::cli::{Globals, conformance};
use serde_json::Value;

use super::network::Network;
use super::practices::{self, shared_folder};

/// Where our scripts are.
fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testscripts")
}

/// Runs the scripts for the people of this table and returns the report.
async fn report(network: &Network, packages: &Path, patients: PathBuf) -> Value {
    let demo = network.demo_file();
    let json = demo.with_file_name("report.json");
    let junit = demo.with_file_name("report.xml");
    let args = ConformanceArgs {
        demo: Some(demo),
        service: None,
        practice: None,
        patients: Some(patients),
        base: None,
        token: Vec::new(),
        ca: None,
        cert: None,
        key: None,
        packages: vec![packages.to_owned()],
        tell_unknown_profiles: false,
        shared: PathBuf::new(),
        date_t: None,
        json: Some(json.clone()),
        junit: Some(junit.clone()),
        paths: vec![scripts().join("HG-R4")],
    };
    conformance::run(&args, Globals { now: None, log: None }).await.unwrap();
    assert!(std::fs::read_to_string(junit).unwrap().contains("<testsuite "));
    serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_scripts_pass_for_a_patient_and_fail_for_a_stranger() {
    let Some(packages) = shared_folder("fhir") else { return };
    let network = Network::start(&[practices::demo()]).await;
    let passed = report(&network, &packages, scripts().join("patients.json")).await;
    let stranger = network.demo_file().with_file_name("strangers.json");
    std::fs::write(&stranger, r#"[{"token": "Bearer demo-patient-1", "bsn": "999911120"}]"#).unwrap();
    let failed = report(&network, &packages, stranger).await;
    network.stop().await;
    assert_eq!((&passed["counts"]["passed"], &passed["counts"]["failed"]), (&2.into(), &0.into()), "{passed:#}");
    assert_eq!((&failed["counts"]["passed"], &failed["counts"]["failed"]), (&0.into(), &2.into()));
}
