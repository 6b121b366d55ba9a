//! A PGO that others wrote: see `run` in this folder.
//!
//! Needs Python with venv and its package index; says so and passes when they are absent, unless `DVZA_REQUIRE_INTEROP` is set.

use std::process::Command;

use dvza::devnet::Ports;

#[test]
fn a_pgo_that_others_wrote_authorizes_and_collects() {
    let required = std::env::var_os("DVZA_REQUIRE_INTEROP").is_some();
    let python = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if !required && !python.is_ok_and(|said| said.status.success()) {
        eprintln!("skipped: the interoperability test needs python3 with venv");
        return;
    }
    if !required && std::env::var_os("DVZA_INTEROP").is_none() {
        eprintln!("skipped: set DVZA_INTEROP=1 to fetch the packages medmij-lists and medmij-oauth and run them");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let port = Ports::unused().unwrap().front.to_string();
    let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/run"));
    let script = script.arg(dir.path()).env("DVZA_BIN", env!("CARGO_BIN_EXE_dvza")).env("DVZA_INTEROP_PORT", port);
    let done = script.output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{said}");
    assert!(done.status.success(), "{said}\n{}", String::from_utf8_lossy(&done.stderr));
    assert!(said.contains("ok    a FHIR request with that token") && !said.contains("FAIL"));
}
