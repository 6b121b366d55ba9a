//! What the folder of a development network promises.

use super::*;
use crate::devnet::demo::DemoPatient;
use std::collections::BTreeMap;
use std::fs;

fn practice(name: &str) -> DevPractice {
    DevPractice { medmij_name: format!("{name}@medmij"), display_name: format!("Praktijk {name}") }
}

fn linde() -> Vec<DevPractice> {
    vec![practice("huisartsdelinde")]
}

fn ports() -> Ports {
    Ports::from_base(8443).unwrap()
}

fn opened(dir: &Path) -> Authority {
    open_authority(&dir.join("certs")).unwrap()
}

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(dir.join("certs")).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn demo(network: &DevNetwork) -> DemoFile {
    let now = Timestamp::parse_rfc3339("2026-06-15T12:00:00+02:00").unwrap();
    let employees = vec![Employee { name: "e-1".into(), role: "praktijkhouder".into() }];
    let patients = vec![DemoPatient { bsn: "999990019".into(), name: "J. Voorbeeld".into() }];
    network.demo_file(4242, now, employees, vec![DemoPractice { name: "huisartsdelinde@medmij".into(), patients }])
}

#[test]
fn demo_json_is_as_the_interface_says() {
    let dir = tempfile::tempdir().unwrap();
    let network = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    network.announce(&demo(&network)).unwrap();
    let text = fs::read_to_string(dir.path().join("demo.json")).unwrap();
    assert_eq!(text, include_str!("golden_demo.json"));
    assert!(DemoFile::from_json(&text).unwrap() == demo(&network));
}

#[test]
fn every_file_that_demo_json_names_exists() {
    let dir = tempfile::tempdir().unwrap();
    let network = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    let text = || "<x/>".to_owned();
    network.write_lists(&DevLists { zal: text(), ocl: text(), whl: text(), gnl: text() }).unwrap();
    let demo = demo(&network);
    let certificates = [&demo.pgo.certificate, &demo.other_pgo.certificate, &demo.stranger, &demo.his.certificate];
    let mut paths = vec![&demo.ca, &demo.lists.zal, &demo.lists.ocl, &demo.lists.whl, &demo.lists.gnl];
    paths.extend(certificates.iter().flat_map(|pair| [&pair.cert, &pair.key]));
    for path in paths {
        assert!(dir.path().join(path).is_file(), "{path}");
    }
}

#[test]
fn opening_again_keeps_every_certificate_and_retires_the_announcement() {
    let dir = tempfile::tempdir().unwrap();
    let network = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    network.announce(&demo(&network)).unwrap();
    let before = contents(dir.path());
    DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    assert!(contents(dir.path()) == before);
    assert!(!dir.path().join("demo.json").exists());
}

#[test]
fn a_practice_that_comes_later_gets_its_certificate_of_the_same_authority() {
    let dir = tempfile::tempdir().unwrap();
    DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    let before = contents(dir.path());
    let both = [practice("huisartsdelinde"), practice("huisarts.de-vlonder")];
    DevNetwork::create_or_open(dir.path(), ports(), &both).unwrap();
    let after = contents(dir.path());
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)));
    assert_eq!(after.len(), before.len() + 2);
    let pem = fs::read_to_string(dir.path().join("certs/his-huisarts-de-vlonder.pem")).unwrap();
    assert_eq!(opened(dir.path()).origin(&pem, "his.huisarts-de-vlonder.dvza.test"), Origin::Own);
}

#[test]
fn the_certificate_of_the_first_his_follows_the_first_practice() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["huisartsdelinde", "huisartsdeeik"] {
        DevNetwork::create_or_open(dir.path(), ports(), &[practice(name)]).unwrap();
        let pem = fs::read_to_string(dir.path().join("certs/his.pem")).unwrap();
        let origin = opened(dir.path()).origin(&pem, &DevNetwork::his_host(&practice(name)));
        assert_eq!(origin, Origin::Own, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    let keys: Vec<_> = contents(dir.path()).into_keys().filter(|path| path.extension().unwrap() == "key").collect();
    assert_eq!(keys.len(), 8);
    for key in keys {
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600, "{}", key.display());
    }
}

#[test]
fn a_broken_authority_is_reported_and_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    let ca = dir.path().join("certs/ca.pem");
    fs::write(&ca, "broken").unwrap();
    let error = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap_err();
    assert!(matches!(error, DevnetError::Authority { .. }), "{error}");
    assert_eq!(fs::read_to_string(&ca).unwrap(), "broken");
}

#[test]
fn half_an_authority_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    fs::remove_file(dir.path().join("certs/ca.key")).unwrap();
    let error = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap_err();
    assert!(matches!(&error, DevnetError::File { path, .. } if path.ends_with("ca.key")), "{error}");
}

#[test]
fn a_certificate_of_another_authority_is_never_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let own = Authority::create().unwrap().issue(&Leaf::new("localhost", Usage::LoopbackServer)).unwrap();
    let front = dir.path().join("certs/front.pem");
    replace(&front, own.cert_pem.as_bytes()).unwrap();
    let error = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap_err();
    assert!(matches!(error, DevnetError::Foreign { .. }), "{error}");
    assert_eq!(fs::read_to_string(front).unwrap(), own.cert_pem);
}

#[test]
fn names_that_cannot_be_hosts_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let named = |name: &str| DevPractice { medmij_name: name.into(), display_name: String::new() };
    let cases = [vec![], vec![named("huisarts")], vec![named("@medmij")], vec![named("Huis/arts@medmij")]];
    for practices in cases {
        assert!(DevNetwork::create_or_open(dir.path(), ports(), &practices).is_err());
    }
    let twins = [named("a.b@medmij"), named("a&b@medmij")];
    let error = DevNetwork::create_or_open(dir.path(), ports(), &twins).unwrap_err();
    assert!(matches!(error, DevnetError::SameHost(..)));
}

#[test]
fn endpoints_and_hosts_for_the_lists() {
    let dir = tempfile::tempdir().unwrap();
    let network = DevNetwork::create_or_open(dir.path(), ports(), &linde()).unwrap();
    let services = [DevService { id: "HG-R4".into(), system_role: "MM-1.0-HGR4-FHIR".into() }];
    let endpoints = network.endpoints(&linde()[0], &services);
    assert_eq!(endpoints[0].authorize, "https://localhost:8443/oauth/authorize");
    assert_eq!(endpoints[0].token, "https://localhost:8444/oauth/token");
    assert_eq!(endpoints[0].resource, "https://localhost:8444/fhir/huisartsdelinde/HG-R4");
    assert!(!DevNetwork::whitelisted_hosts().contains(&"stranger.dvza.test"));
    assert_eq!(DevNetwork::clients().map(|client| client.hostname), ["pgo.dvza.test", "ander.dvza.test"]);
}

#[test]
fn four_ports_in_a_row_or_none() {
    assert_eq!(Ports::from_base(65532).map(|ports| ports.ops), Some(65535));
    assert_eq!(Ports::from_base(65533), None);
}
