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

/// Three practices in one installation; their names.
fn region(dir: &Path) -> [&'static str; 3] {
    let names = [installed(dir), "huisartseen@medmij", "huisartstwee@medmij"];
    for (name, ura) in names.into_iter().skip(1).zip(["90010002", "90010003"]) {
        done(&dvza(dir, &["practice", "add", name, "--ura", ura, "--display", "Proef"]));
    }
    names
}

#[test]
fn a_region_is_switched_on_at_once_from_a_file_or_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, three] = region(dir.path());
    std::fs::write(dir.path().join("region.txt"), format!("# north\n\n{two}\r\n  {three}\n")).unwrap();
    let words = ["practice", "set", "--list", "region.txt", "online_access_since=2026-10-01", "facility.ep_lines=true"];
    let shown = |name| done(&dvza(dir.path(), &["practice", "show", name]));
    let is_on = |name| shown(name).contains("online_access_since = 2026-10-01");

    let said = done(&dvza(dir.path(), &[&words[..], &["--dry-run"]].concat()));
    assert!(said.contains("4 settings would change; nothing was changed"), "{said}");
    assert!(!is_on(two) && !is_on(three));
    done(&dvza(dir.path(), &["practice", "change", three, "--contract", "ended"]));
    let said = done(&dvza(dir.path(), &words));
    assert!(said.contains("4 settings changed"), "{said}");
    let ended: Vec<&str> = said.lines().filter(|line| line.contains("contract ended")).collect();
    assert!(ended.len() == 1 && ended[0].starts_with(three), "{said}");
    assert!(is_on(two) && is_on(three) && !is_on(one));
    assert!(done(&dvza(dir.path(), &words)).contains("0 settings changed"), "twice is once");

    let mut command = command(dir.path(), &["practice", "set", "--list", "-", "facility.ep_lines=true"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{one}\n").as_bytes()).unwrap();
    assert!(done(&child.wait_with_output().unwrap()).contains("1 settings changed"));
    assert!(shown(one).contains("facility.ep_lines = true"));
    done(&dvza(dir.path(), &["audit", "verify"]));
}

#[test]
fn a_list_with_a_fault_changes_nothing_and_every_line_at_fault_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let [one, two, _] = region(dir.path());
    let text = format!("{two}\nhuisartsdrie@medmij\n\nHuisarts Vier\n{two}\n");
    std::fs::write(dir.path().join("region.txt"), text).unwrap();
    let set = |more: &[&str]| dvza(dir.path(), &[&["practice", "set", "--list", "region.txt"], more].concat());
    let said = error(&set(&[one, "facility.ep_lines=true"]));
    for part in [
        "nothing was changed",
        "line 2: huisartsdrie@medmij: there is no such practice",
        "line 4: Huisarts Vier: not a MedMij name",
        &format!("line 5: {two}: stands there twice"),
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("line 1:"), "{said}");
    for name in [one, two] {
        assert!(!done(&dvza(dir.path(), &["practice", "show", name])).contains("facility.ep_lines"), "{name}");
    }
    // A value that is not understood is told before any name.
    assert!(error(&set(&["facility.ep_lines=yes"])).contains("facility.ep_lines"));
    assert!(error(&set(&[one])).contains("at least one setting"));
    assert!(error(&dvza(dir.path(), &["practice", "set", "facility.ep_lines=true"])).contains("name a practice"));
    assert!(error(&dvza(dir.path(), &["practice", "set", "--list", "none.txt", "a.b=c"])).contains("none.txt"));
}

#[test]
fn a_pair_of_his_and_pgo_is_recorded_with_its_evidence_and_the_newest_result_counts() {
    let dir = tempfile::tempdir().unwrap();
    let name = installed(dir.path());
    let status = done(&dvza(dir.path(), &["pgo", "status", "--json"]));
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status[0]["listed"], &status[0]["last_collected"]), (&true.into(), &serde_json::Value::Null));
    let pgo = status[0]["pgo"].as_str().unwrap();
    let report = |text: &str| std::fs::write(dir.path().join("report.json"), text).unwrap();
    let record = |his: &[&str], pgo: &str, service: &str| {
        let more = ["--pgo", pgo, "--service", service, "report.json"];
        dvza(dir.path(), &[&["conformance", "record"], his, &more].concat())
    };
    let his = ["--system", "Testhis", "--system-version", "2.1"];
    let pairs = || -> serde_json::Value {
        serde_json::from_str(&done(&dvza(dir.path(), &["conformance", "pairs", "--json"]))).unwrap()
    };
    assert_eq!(pairs().as_array().map(Vec::len), Some(0));

    report(r#"{"counts":{"passed":7,"failed":1,"skipped":0,"warnings":0},"scripts":[]}"#);
    done(&record(&his, pgo, "HG-R4"));
    assert_eq!((&pairs()[0]["proven"], &pairs()[0]["failed"]), (&false.into(), &1.into()));
    let good = r#"{"counts":{"passed":8,"failed":0,"skipped":0,"warnings":2},"scripts":[]}"#;
    report(good);
    assert!(done(&record(&his, pgo, "HG-R4")).contains("proven"));
    let all = pairs();
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all}");
    assert_eq!(
        (&all[0]["system"], &all[0]["version"], &all[0]["pgo"]),
        (&"Testhis".into(), &"2.1".into(), &pgo.into())
    );
    assert_eq!(all[0]["evidence_sha256"], dvza::seal::hex(&dvza::seal::sha256(good.as_bytes())));
    assert!(done(&dvza(dir.path(), &["conformance", "pairs"])).contains("Testhis 2.1"));

    let refused = [
        (record(&his, "elsewhere.example", "HG-R4"), "--pgo: elsewhere.example is not on the OAuthclientlist"),
        (record(&his, pgo, "HG-R5"), "--service: HG-R5 is not in the catalogue"),
        (record(&["--practice", "nobody@medmij"], pgo, "HG-R4"), "--practice: there is no practice nobody@medmij"),
        (record(&["--practice", name], pgo, "HG-R4"), "no delivery of proefpraktijk@medmij says which HIS made it"),
        (record(&["--system", "", "--system-version", "1"], pgo, "HG-R4"), "--system: takes one line"),
    ];
    for (output, part) in &refused {
        assert!(!output.status.success() && error(output).contains(part), "{part}: {}", error(output));
    }
    report("{}");
    assert!(error(&record(&his, pgo, "HG-R4")).contains("is no report of dvza conformance run --json"));
    report(r#"{"counts":{"passed":8,"failed":0},"unjudged":["zib-Problem"],"scripts":[]}"#);
    assert!(error(&record(&his, pgo, "HG-R4")).contains("not judged by zib-Problem"));
    assert_eq!(pairs(), all, "nothing of it was recorded");
    let events = done(&dvza(dir.path(), &["audit", "export"]));
    assert_eq!(events.matches("pair_recorded").count(), 2, "{events}");
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
