//! What a run found, as a table, as JSON and as JUnit's XML.
//!
//! Reports name scripts, tests, steps and reasons. They quote nothing of what was served, and no tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold, and need not.
    Warning,
    /// It does not hold, or could not be told.
    Failed,
    /// It was not tried.
    Skipped,
}

/// A step.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// In words of the script.
    pub what: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, unless it passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A test: setup and teardown are tests of these names.
#[derive(Debug, Clone, Serialize)]
pub struct TestReport {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// A script.
#[derive(Debug, Clone, Serialize)]
pub struct ScriptReport {
    /// Its file.
    pub path: String,
    /// Its title.
    pub title: String,
    /// How it ended: failed when any test failed, skipped when the client is under test.
    pub outcome: Outcome,
    /// Why there are no tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its tests.
    pub tests: Vec<TestReport>,
    /// How long it took.
    pub milliseconds: u64,
}

/// A run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The scripts in the order in which they ran.
    pub scripts: Vec<ScriptReport>,
    /// Profiles and extensions that were not at hand: what passed was not judged by them.
    pub unjudged: BTreeSet<String>,
}

/// How many ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Held.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Not for a server.
    pub skipped: usize,
    /// Steps that warn, in scripts that passed or failed.
    pub warnings: usize,
}

impl ScriptReport {
    /// A script that was not run.
    pub fn without_tests(path: String, title: String, outcome: Outcome, reason: String) -> Self {
        Self { path, title, outcome, reason: Some(reason), tests: Vec::new(), milliseconds: 0 }
    }

    /// Its steps that ended so.
    pub fn steps(&self, outcome: Outcome) -> impl Iterator<Item = (&str, &Step)> {
        self.tests
            .iter()
            .flat_map(|test| test.steps.iter().map(|step| (test.name.as_str(), step)))
            .filter(move |(_, step)| step.outcome == outcome)
    }
}

impl Report {
    /// How many scripts ended how.
    pub fn counts(&self) -> Counts {
        count(self.scripts.iter())
    }

    /// Did a script pass and none fail? A run in which nothing passed proves nothing.
    pub fn is_good(&self) -> bool {
        let counts = self.counts();
        counts.failed == 0 && counts.passed > 0
    }

    /// The report for programs.
    ///
    /// # Errors
    /// Never for a report of a run; serde's signature.
    pub fn to_json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Whole<'r> {
            counts: Counts,
            #[serde(skip_serializing_if = "BTreeSet::is_empty")]
            unjudged: &'r BTreeSet<String>,
            scripts: &'r [ScriptReport],
        }
        let Self { scripts, unjudged } = self;
        serde_json::to_string_pretty(&Whole { counts: self.counts(), unjudged, scripts })
    }

    /// The report for build servers: a suite per script, a case per test.
    pub fn to_junit(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        for script in &self.scripts {
            junit_suite(script, &mut out);
        }
        out.push_str("</testsuites>\n");
        out
    }
}

fn count<'r>(scripts: impl Iterator<Item = &'r ScriptReport>) -> Counts {
    scripts.fold(Counts::default(), |mut counts, script| {
        match script.outcome {
            Outcome::Failed => counts.failed += 1,
            Outcome::Skipped => counts.skipped += 1,
            Outcome::Passed | Outcome::Warning => counts.passed += 1,
        }
        counts.warnings += script.steps(Outcome::Warning).count();
        counts
    })
}

/// Every script with the reasons why it failed, then a table by folder.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut folders: BTreeMap<&str, Vec<&ScriptReport>> = BTreeMap::new();
        for script in &self.scripts {
            let folder = script.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            folders.entry(folder).or_default().push(script);
        }
        for script in &self.scripts {
            let outcome = match script.outcome {
                Outcome::Failed => "FAILED ",
                Outcome::Skipped => "skipped",
                Outcome::Passed | Outcome::Warning => "passed ",
            };
            let warnings = script.steps(Outcome::Warning).count();
            let warnings = if warnings > 0 { format!(" ({warnings} warnings)") } else { String::new() };
            writeln!(f, "{outcome} {}{warnings}", script.path)?;
            if let Some(reason) = &script.reason {
                writeln!(f, "        {reason}")?;
            }
            for (test, step) in script.steps(Outcome::Failed) {
                let reason = step.reason.as_deref().unwrap_or("failed");
                writeln!(f, "        {test}: {}: {reason}", shortened(&step.what))?;
            }
        }
        let width = folders.keys().map(|folder| folder.len()).max().unwrap_or(0).max(6);
        writeln!(f, "{:width$}  passed  failed  skipped  warnings", "folder")?;
        for (folder, scripts) in &folders {
            line(f, folder, width, count(scripts.iter().copied()))?;
        }
        line(f, "all", width, self.counts())?;
        if !self.unjudged.is_empty() {
            let names: Vec<&str> = self.unjudged.iter().map(String::as_str).collect();
            writeln!(f, "not at hand, so nothing was judged by them: {}", names.join(", "))?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, width: usize, counts: Counts) -> fmt::Result {
    let Counts { passed, failed, skipped, warnings } = counts;
    writeln!(f, "{name:width$}  {passed:6}  {failed:6}  {skipped:7}  {warnings:8}")
}

/// Descriptions may be paragraphs.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= 120 { text } else { text.chars().take(119).chain(['…']).collect() }
}

fn junit_suite(script: &ScriptReport, out: &mut String) {
    let is = |outcome| script.tests.iter().filter(|test| test.outcome == outcome).count();
    let seconds = format!("{}.{:03}", script.milliseconds / 1000, script.milliseconds % 1000);
    // A script without tests is one case, so that it is counted.
    let tests = script.tests.len().max(1);
    let bare = |outcome| usize::from(script.tests.is_empty() && script.outcome == outcome);
    out.push_str(&format!(
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{}\" skipped=\"{}\" time=\"{seconds}\">\n",
        escaped(&script.path),
        is(Outcome::Failed) + bare(Outcome::Failed),
        is(Outcome::Skipped) + bare(Outcome::Skipped),
    ));
    if script.tests.is_empty() {
        let reason = script.reason.as_deref().unwrap_or_default();
        junit_case(&script.path, &script.title, script.outcome, reason, out);
    }
    for test in &script.tests {
        let reasons: Vec<String> = test
            .steps
            .iter()
            .filter(|step| step.outcome == Outcome::Failed)
            .map(|step| format!("{}: {}", shortened(&step.what), step.reason.as_deref().unwrap_or("failed")))
            .collect();
        junit_case(&script.path, &test.name, test.outcome, &reasons.join("\n"), out);
    }
    out.push_str("  </testsuite>\n");
}

fn junit_case(path: &str, name: &str, outcome: Outcome, reason: &str, out: &mut String) {
    out.push_str(&format!("    <testcase classname=\"{}\" name=\"{}\"", escaped(path), escaped(name)));
    match outcome {
        Outcome::Failed => {
            let first = reason.lines().next().unwrap_or_default();
            out.push_str(&format!(
                "><failure message=\"{}\">{}</failure></testcase>\n",
                escaped(first),
                escaped(reason)
            ));
        }
        Outcome::Skipped => out.push_str(&format!("><skipped message=\"{}\"/></testcase>\n", escaped(reason))),
        Outcome::Passed | Outcome::Warning => out.push_str("/>\n"),
    }
}

/// A text in XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() && !matches!(c, '\n' | '\t') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let step = |outcome, reason: Option<&str>| Step {
            what: "It \"holds\" & <is>".into(),
            outcome,
            reason: reason.map(str::to_owned),
        };
        let test = |outcome, steps| TestReport { name: "a test".into(), outcome, steps };
        let script = |path: &str, outcome, tests| ScriptReport {
            path: path.into(),
            title: "t".into(),
            outcome,
            reason: None,
            tests,
            milliseconds: 1_234,
        };
        let client = ScriptReport::without_tests("a/c.xml".into(), "t".into(), Outcome::Skipped, "for clients".into());
        Report {
            scripts: vec![
                script(
                    "a/a.xml",
                    Outcome::Passed,
                    vec![test(Outcome::Passed, vec![step(Outcome::Warning, Some("w"))])],
                ),
                script(
                    "b/b.xml",
                    Outcome::Failed,
                    vec![test(Outcome::Failed, vec![step(Outcome::Failed, Some("why"))])],
                ),
                client,
            ],
            unjudged: BTreeSet::new(),
        }
    }

    #[test]
    fn every_form_tells_what_failed_and_why() {
        let report = report();
        assert_eq!(report.counts(), Counts { passed: 1, failed: 1, skipped: 1, warnings: 1 });
        assert!(!report.is_good());
        let table = report.to_string();
        assert!(table.contains("FAILED  b/b.xml"), "{table}");
        assert!(table.contains("a test: It \"holds\" & <is>: why"), "{table}");
        let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
        assert_eq!(json["scripts"][1]["tests"][0]["steps"][0]["reason"], "why");
        assert_eq!(json["counts"]["failed"], 1);
        let junit = report.to_junit();
        let document = roxmltree::Document::parse(&junit).unwrap();
        let count = |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!((count("testsuite"), count("testcase"), count("failure"), count("skipped")), (3, 3, 1, 1));
    }

    #[test]
    fn a_run_in_which_nothing_passed_is_not_good() {
        assert!(!Report::default().is_good());
        let client = ScriptReport::without_tests("c.xml".into(), "t".into(), Outcome::Skipped, "for clients".into());
        assert!(!Report { scripts: vec![client], ..Report::default() }.is_good());
    }
}
