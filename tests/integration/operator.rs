//! What an operator may get wrong at the command line, and what is then said and left as it was. The real program.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn dvza(dir: &Path, words: &[&str]) -> Output {
    command(dir, words).output().unwrap()
}

fn command(dir: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dvza"));
    command.current_dir(dir).env_remove("DVZA_CONFIG").env("RUST_BACKTRACE", "0").args(words);
    command
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", error(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An installation with one practice; the practice's name.
fn installed(dir: &Path) -> &'static str {
    done(&dvza(dir, &["init", "--dir", "."]));
    let name = "proefpraktijk@medmij";
    done(&dvza(dir, &["practice", "add", name, "--ura", "90010001", "--agb", "01010001", "--display", "Proef"]));
    name
}

#[test]
fn another_installations_keys_open_nothing_and_break_nothing() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let name = installed(one.path());
    installed(two.path());
    let own = std::fs::read(one.path().join("keys.json")).unwrap();
    std::fs::copy(two.path().join("keys.json"), one.path().join("keys.json")).unwrap();
    for words in [&["doctor"][..], &["serve"], &["practice", "set", name, "facility.ep_lines=true"]] {
        let output = dvza(one.path(), words);
        let said = error(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(
            !output.status.success() && said.contains("not the key file that this database was begun with"),
            "{said}"
        );
    }
    std::fs::write(one.path().join("keys.json"), own).unwrap();
    assert!(done(&dvza(one.path(), &["practice", "show", name])).contains("Proef"));
    done(&dvza(one.path(), &["audit", "verify"]));
}

#[test]
fn what_is_anothers_already_is_named_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let name = installed(dir.path());
    let words = ["practice", "add", "nieuw@medmij", "--ura", "90010001", "--agb", "01010001", "--display", "Nieuw"];
    let said = error(&dvza(dir.path(), &words));
    assert!(said.contains(&format!("ura: is that of {name}")) && said.contains("agb: is that of"), "{said}");
    assert!(!said.contains("UNIQUE"), "{said}");
    assert!(!dir.path().join("certs/his-nieuw.key").exists());
    // A folder in the way of the key: no practice without one.
    std::fs::create_dir(dir.path().join("certs/his-nieuw.key")).unwrap();
    let words = ["practice", "add", "nieuw@medmij", "--ura", "90010002", "--display", "Nieuw"];
    assert!(error(&dvza(dir.path(), &words)).contains("his-nieuw.key is in the way"));
    assert!(!done(&dvza(dir.path(), &["practice", "list"])).contains("nieuw"));
}

#[test]
fn a_practice_changes_its_number_and_its_contract() {
    let dir = tempfile::tempdir().unwrap();
    let name = installed(dir.path());
    let change = |words: &[&str]| dvza(dir.path(), &[&["practice", "change", name], words].concat());
    done(&change(&["--agb", "01010002", "--contract", "ended"]));
    let shown = done(&dvza(dir.path(), &["practice", "show", name]));
    assert!(shown.contains("AGB 01010002") && shown.contains("contract ended") && shown.contains("Proef"), "{shown}");
    assert!(error(&change(&["--agb", "1010002"])).contains("agb: must have eight digits"));
    assert!(!change(&[]).status.success(), "nothing to change");
    done(&change(&["--contract", "active", "--display", "Praktijk Proef"]));
    let shown = done(&dvza(dir.path(), &["practice", "show", name]));
    assert!(shown.contains("AGB 01010002") && shown.contains("active") && shown.contains("Praktijk Proef"), "{shown}");
}

#[test]
fn a_service_that_is_not_offered_anywhere_cannot_be_switched_off() {
    let dir = tempfile::tempdir().unwrap();
    let name = installed(dir.path());
    let said = error(&dvza(dir.path(), &["practice", "set", name, "services.HG-R4=false", "services.hg-r4=false"]));
    assert!(said.contains("services.hg-r4") && said.contains("HG-R4 BGZ-R4 LAB-R4 MED-R4 DOC-R4 63"), "{said}");
    assert!(done(&dvza(dir.path(), &["practice", "zal", name])).contains(">HG-R4<"), "nothing of it was done");
}

#[test]
fn what_the_own_pages_of_patients_show_of_a_practice_is_checked_when_it_is_set() {
    let dir = tempfile::tempdir().unwrap();
    let name = installed(dir.path());
    let set = |setting: &str| dvza(dir.path(), &["practice", "set", name, setting]);
    for good in ["page.link.1=Thuisarts|https://www.thuisarts.nl", "page.film=https://film.example/x"] {
        done(&set(good));
    }
    done(&set("page.log_function_only=true"));
    for bad in ["page.link.1=Thuisarts", "page.link.10=A|https://a.nl", "page.film=film", "page.log_function_only=ja"] {
        error(&set(bad));
    }
}

#[test]
fn an_answer_that_nobody_reads_ends_quietly() {
    let dir = tempfile::tempdir().unwrap();
    installed(dir.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(dir.path(), &["practice", "list"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    let said = error(&output);
    assert!(output.status.code() == Some(1) && !said.contains("panicked") && said.lines().count() == 1, "{said}");
}

#[test]
fn looking_makes_no_database() {
    let dir = tempfile::tempdir().unwrap();
    done(&dvza(dir.path(), &["init", "--dir", "."]));
    let output = dvza(dir.path(), &["doctor"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.contains("there is no database"), "{said}");
    let is_database = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().contains("sqlite");
    assert!(!std::fs::read_dir(dir.path()).unwrap().any(|entry| is_database(&entry.unwrap())));
}
