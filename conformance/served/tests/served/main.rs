//! The judge over what is served: a real server, a real PGO, and every answer held against FHIR's model, the official
//! profiles and MedMij's rules. The server is asked for everything every patient may see.

mod judge;
mod network;
mod practices;
mod refusals;
mod scripts;
mod visit;

use dvza_conformance::version::FhirVersion;
use judge::{Judge, official};
use network::Network;
use visit::Visit;

/// Collects for everybody who passes the gates of these practices and judges every answer; at least `expected` people pass.
async fn everything_is_by_the_rules(deliveries: Vec<Vec<u8>>, expected: usize) {
    let network = Network::start(&deliveries).await;
    let official = official();
    let mut judge = Judge::new(official.as_ref());
    let mut visitors = 0;
    for (place, delivery) in deliveries.iter().enumerate() {
        let numbers = practices::citizen_service_numbers(delivery);
        for bsn in &numbers {
            let Some(mut visit) = Visit::begin(&network, place, bsn, &numbers).await else { continue };
            visit.collect(&mut judge).await;
            visitors += 1;
        }
    }
    network.stop().await;
    assert!(visitors >= expected, "only {visitors} people pass the gates");
    judge.rules(visitors);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_practice_is_served_by_the_rules() {
    everything_is_by_the_rules(vec![practices::demo()], 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_synthetic_practice_is_served_by_the_rules() {
    everything_is_by_the_rules(vec![practices::synthetic(24)], 8).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_people_with_every_building_block_are_served_by_the_official_profiles() {
    // Some are children, or left: more than are visited.
    let delivery = practices::with_everything(300);
    let numbers = practices::citizen_service_numbers(&delivery);
    let network = Network::start(&[delivery]).await;
    network.set("request_mode", "auto").await;
    let official = official();
    let mut judge = Judge::new(official.as_ref());
    let served = tempfile::tempdir().unwrap();
    let mut visitors = 0;
    for bsn in &numbers {
        let Some(mut visit) = Visit::begin(&network, 0, bsn, &numbers).await else { continue };
        let lines = visit.look(&mut judge).await;
        visitors += 1;
        for (version, lines) in lines {
            let folder = served.path().join(version.parameter());
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("{visitors}.ndjson")), lines).unwrap();
        }
        if visitors == 200 {
            break;
        }
    }
    network.stop().await;
    assert_eq!(visitors, 200, "so many pass the gates");
    judge.rules(visitors);
    others_read_it_too(served.path());
}

/// Models of each release that others wrote read everything: see `tests/interop/r4` and `stu3` of the server.
fn others_read_it_too(served: &std::path::Path) {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    if !is_set("DVZA_REQUIRE_INTEROP") && !is_set("DVZA_INTEROP") {
        println!("skipped: set DVZA_INTEROP=1 to fetch the models of others and have them read what is served");
        return;
    }
    for (version, script) in [(FhirVersion::R4, "r4"), (FhirVersion::Stu3, "stu3")] {
        let folder = served.join(version.parameter());
        if !folder.is_dir() {
            continue;
        }
        let script = format!("{}/../../tests/interop/{script}", env!("CARGO_MANIFEST_DIR"));
        let done = std::process::Command::new(script).arg(folder).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        println!("{said}");
        assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
        assert!(said.contains("all read by"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_test_persons_are_served_by_the_rules() {
    let deliveries = practices::shared(&["cevat.ndjson", "vlonder.ndjson", "lab.ndjson"]);
    if !deliveries.is_empty() {
        everything_is_by_the_rules(deliveries, 4).await;
    }
}
