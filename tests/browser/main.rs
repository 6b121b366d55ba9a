//! Whole stories in a real browser: of patients from login to withdrawal, of the practice from request to release, and of both with the
//! PGO, the HIS and the time around them; in both languages, each page judged by axe-core and kept as a picture.
//!
//! Needs Chromium, Node and `npm ci` in this folder; says so and passes when they are absent, unless `DVZA_REQUIRE_BROWSER` is set.

mod rendered;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dvza::devnet::Ports;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");

/// The demo, gone at the end whatever happens.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    fn start(dir: &Path) -> Self {
        let port = Ports::unused().unwrap().front.to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dvza"));
        command.args(["demo", "--serve", "--port", &port, "--dir"]).arg(dir).stdout(Stdio::null());
        let mut demo = Self(command.spawn().unwrap());
        let end = Instant::now() + Duration::from_secs(60);
        while !dir.join("demo.json").exists() {
            let ended = demo.0.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < end, "the demo does not start: {ended:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
        demo
    }
}

fn missing() -> Option<String> {
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let is_there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|said| said.status.success());
    if !is_there(&chromium) {
        return Some(format!("{chromium} (or CHROMIUM)"));
    }
    if !is_there("node") {
        return Some("node".to_owned());
    }
    let packages = ["axe-core", "pdfjs-dist", "playwright-core", "postal-mime", "read-excel-file"];
    let installed = |name: &&str| Path::new(FOLDER).join("node_modules").join(name).exists();
    (!packages.iter().all(installed)).then(|| "the packages of tests/browser: npm ci --prefix tests/browser".to_owned())
}

#[test]
fn every_story_of_a_patient_at_a_browser() {
    if let Some(missing) = missing() {
        let text = format!("the browser tests need {missing}");
        assert!(std::env::var_os("DVZA_REQUIRE_BROWSER").is_none(), "{text}");
        eprintln!("skipped: {text}");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let _demo = Demo::start(dir.path());
    let mut node = Command::new("node");
    node.arg(Path::new(FOLDER).join("stories.mjs")).arg("--demo").arg(dir.path().join("demo.json"));
    let pages = tempfile::tempdir().unwrap();
    rendered::render(pages.path());
    let done = node.arg("--out").arg(&pictures).arg("--pages").arg(pages.path()).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    println!("{}\npictures in {}", said.lines().last().unwrap_or_default(), pictures.display());
    let failures: Vec<_> = said.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(done.status.success(), "{}\n{}", failures.join("\n"), String::from_utf8_lossy(&done.stderr));
}
