//! Programs that others wrote, against ours: a PGO (see `run` in this folder), a validator of PDF/A (see `pdfa`), and a model of
//! STU3 (see `stu3`).
//!
//! Needs Python with venv and its package index; says so and passes when they are absent, unless `DVZA_REQUIRE_INTEROP` is set.

mod pdfa;
mod stu3;

use std::process::Command;

use dvza::devnet::Ports;

/// Can and should it run? If not, says what for one would set it.
fn is_wanted(to_do: &str) -> bool {
    if std::env::var_os("DVZA_REQUIRE_INTEROP").is_some() {
        return true;
    }
    let python = Command::new("python3").args(["-c", "import venv, ensurepip"]).output();
    if !python.is_ok_and(|said| said.status.success()) {
        eprintln!("skipped: the interoperability test needs python3 with venv");
        return false;
    }
    let is_asked = std::env::var_os("DVZA_INTEROP").is_some();
    if !is_asked {
        eprintln!("skipped: set DVZA_INTEROP=1 {to_do}");
    }
    is_asked
}

#[test]
fn a_pgo_that_others_wrote_authorizes_and_collects() {
    if !is_wanted("to fetch the packages medmij-lists and medmij-oauth and run them") {
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
