//! Runs scripts one after the other.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::asserts::{Exchanged, judge};
use super::placeholders::{Moments, Names, Unresolved, fill, fill_within};
use super::request::{Base, media_type};
use super::script::{Action, Assert, Operation, Script, Test, UnderTest, Variable};
use super::set::Found;
use super::{Exchange, Request, Settings};
use crate::fhirpath::{self, Context};
use crate::report::{Outcome, Report, ScriptReport, Step, TestReport};
use crate::validate::{Validator, Validators};
use crate::version::FhirVersion;

/// Runs scripts against one server.
pub struct Runner<'v, E> {
    validators: &'v Validators,
    exchange: E,
    settings: Arc<Settings>,
    base: Base,
    /// Gives random numbers.
    random: Box<dyn FnMut() -> u128 + 'v>,
    /// Gives milliseconds that only grow.
    elapsed: Box<dyn Fn() -> u64 + 'v>,
}

impl<'v, E: Exchange> Runner<'v, E> {
    /// A runner; `None` when the address of the server is none. Each script is judged by the release of FHIR that it is for.
    ///
    /// `random` gives numbers for ids of requests, `elapsed` milliseconds since some moment.
    pub fn new(
        validators: &'v Validators,
        exchange: E,
        settings: Settings,
        random: impl FnMut() -> u128 + 'v,
        elapsed: impl Fn() -> u64 + 'v,
    ) -> Option<Self> {
        let base = Base::parse(&settings.base)?;
        Some(Self {
            validators,
            exchange,
            settings: Arc::new(settings),
            base,
            random: Box::new(random),
            elapsed: Box::new(elapsed),
        })
    }

    /// Runs all scripts; `after` hears of each.
    pub async fn run(&mut self, scripts: &[Found], mut after: impl FnMut(&ScriptReport)) -> Report {
        let mut report = Report::default();
        for found in scripts {
            let script = self.run_one(found).await;
            after(&script);
            report.scripts.push(script);
        }
        report
    }

    /// Runs one script.
    pub async fn run_one(&mut self, found: &Found) -> ScriptReport {
        let path = found.path.display().to_string();
        let script = match &found.script {
            Ok(script) => script,
            Err(reason) => {
                return ScriptReport::without_tests(path, String::new(), Outcome::Failed, reason.to_string());
            }
        };
        let bare = |outcome, reason: &str| {
            ScriptReport::without_tests(path.clone(), script.title.clone(), outcome, reason.to_owned())
        };
        if script.under_test == UnderTest::Client {
            return bare(Outcome::Skipped, "the client is under test");
        }
        let validators = self.validators;
        let Some(validator) = validators.of(found.version) else {
            return bare(Outcome::Failed, &not_judged(validators, found.version));
        };
        if script.tests.iter().all(|test| test.actions.is_empty()) {
            return bare(Outcome::Failed, "it tests nothing");
        }
        let start = (self.elapsed)();
        let mut session = Session {
            runner: self,
            script,
            folder: found.path.parent().unwrap_or(Path::new(".")),
            version: found.version,
            validator,
            defaults: HashMap::new(),
            stored: HashMap::new(),
            last: None,
        };
        let tests = session.tests().await;
        let is_failed = tests.iter().any(|test| test.outcome == Outcome::Failed);
        let outcome = if is_failed { Outcome::Failed } else { Outcome::Passed };
        let milliseconds = (self.elapsed)().saturating_sub(start);
        ScriptReport { path, title: script.title.clone(), outcome, reason: None, tests, milliseconds }
    }
}

/// One run of one script.
struct Session<'r, 'v, E> {
    runner: &'r mut Runner<'v, E>,
    script: &'r Script,
    folder: &'r Path,
    version: FhirVersion,
    /// By the definitions of that release.
    validator: &'v Validator,
    /// Values of variables with a default: they are the same throughout the script.
    defaults: HashMap<String, String>,
    /// Exchanges by the names under which they were stored.
    stored: HashMap<String, Arc<Exchanged<'v>>>,
    last: Option<Arc<Exchanged<'v>>>,
}

impl<'v, E: Exchange> Session<'_, 'v, E> {
    async fn tests(&mut self) -> Vec<TestReport> {
        let script = self.script;
        let mut reports = Vec::new();
        let part = |name: &str, actions: &[Action]| Test { name: name.to_owned(), actions: actions.to_vec() };
        if !script.setup.is_empty() {
            reports.push(self.test(&part("setup", &script.setup)).await);
        }
        let is_ready = reports.iter().all(|test| test.outcome != Outcome::Failed);
        for test in &script.tests {
            let report = if is_ready { self.test(test).await } else { skipped(test) };
            reports.push(report);
        }
        if !script.teardown.is_empty() {
            reports.push(self.test(&part("teardown", &script.teardown)).await);
        }
        reports
    }

    async fn test(&mut self, test: &Test) -> TestReport {
        let mut steps: Vec<Step> = Vec::new();
        let mut is_over = false;
        for action in &test.actions {
            if is_over {
                steps.push(Step { what: description(action), outcome: Outcome::Skipped, reason: None });
                continue;
            }
            let result = match action {
                Action::Operation(operation) => self.operation(operation).await,
                Action::Assert(assert) => self.assert(assert),
                Action::Unknown(name) => Err(format!("{name} is not supported")),
            };
            let outcome = match (action, &result) {
                (_, Ok(())) => Outcome::Passed,
                (Action::Assert(assert), Err(_)) if assert.is_warning => Outcome::Warning,
                _ => Outcome::Failed,
            };
            // What could not be asked leaves nothing to judge.
            is_over = outcome == Outcome::Failed && !matches!(action, Action::Assert(assert) if !assert.stops);
            steps.push(Step { what: description(action), outcome, reason: result.err() });
        }
        let is_failed = steps.iter().any(|step| step.outcome == Outcome::Failed);
        TestReport {
            name: test.name.clone(),
            outcome: if is_failed { Outcome::Failed } else { Outcome::Passed },
            steps,
        }
    }

    async fn operation(&mut self, operation: &Operation) -> Result<(), String> {
        self.last = None;
        let request = self.request(operation)?;
        let sent = Exchanged::new(request.clone(), None);
        self.last = Some(Arc::new(sent));
        let response = self.runner.exchange.send(&request).await?;
        let exchanged = Arc::new(Exchanged::new(request, Some(response)));
        for name in [&operation.response_id, &operation.request_id].into_iter().flatten() {
            self.stored.insert(name.clone(), Arc::clone(&exchanged));
        }
        self.last = Some(exchanged);
        Ok(())
    }

    fn request(&mut self, operation: &Operation) -> Result<Request, String> {
        if !operation.unknown.is_empty() {
            return Err(format!("{} of an operation is not supported", operation.unknown.join(", ")));
        }
        let (method, has_body) = match operation.kind.as_str() {
            "read" | "search" | "search-type" | "search-system" | "vread" | "get" | "capabilities" => ("GET", false),
            "transaction" | "batch" | "create" | "post" => ("POST", true),
            "update" | "put" => ("PUT", true),
            "delete" => ("DELETE", false),
            other => return Err(format!("operations of kind {other} are not supported")),
        };
        let url = self.address(operation)?;
        let body = match (&operation.source, has_body) {
            (Some(source), true) => Some(self.body(source)?),
            (None, true) => return Err("the operation names nothing to send".to_owned()),
            _ => None,
        };
        let mut headers = Vec::new();
        for (name, form) in [("Accept", &operation.accept), ("Content-Type", &operation.content_type)] {
            let is_used = name == "Accept" || body.is_some();
            let value = form.as_deref().filter(|_| is_used).and_then(|form| media_type(form, self.version));
            headers.extend(value.map(|value| (name.to_owned(), value)));
        }
        for (name, value) in &operation.headers {
            let value = self.filled(value)?;
            let value = if name.eq_ignore_ascii_case("Authorization") { self.token(value)? } else { value };
            headers.push((name.clone(), value));
        }
        Ok(Request { method, url, headers, body })
    }

    fn address(&mut self, operation: &Operation) -> Result<String, String> {
        if let Some(url) = &operation.url {
            let url = self.filled(url)?;
            let within = self.runner.base.within(&url);
            return within.ok_or_else(|| "refused: the address lies outside of the server under test".to_owned());
        }
        let params = self.filled(operation.params.as_deref().unwrap_or_default())?;
        let metadata = operation.kind == "capabilities" && params.is_empty();
        let params = if metadata { "/metadata".to_owned() } else { params };
        let below = self.runner.base.below(operation.resource.as_deref(), &params);
        below.ok_or_else(|| "refused: the address lies outside of the server under test".to_owned())
    }

    /// A fixture with its placeholders filled in, or what was received before.
    fn body(&mut self, source: &str) -> Result<Vec<u8>, String> {
        if let Some(response) = self.stored.get(source).and_then(|stored| stored.response.as_ref()) {
            return Ok(response.body.clone());
        }
        let file = self.script.fixtures.get(source).ok_or_else(|| format!("there is no fixture {source}"))?;
        let bytes =
            std::fs::read(self.folder.join(file)).map_err(|_| format!("the fixture {source} cannot be read"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("the fixture {source} is no text"))?;
        Ok(self.filled(&text)?.into_bytes())
    }

    /// What is really sent for a token of the script.
    fn token(&self, value: String) -> Result<String, String> {
        match self.runner.settings.tokens.get(&value) {
            Some(own) => Ok(own.clone()),
            None if self.runner.settings.sends_unknown_tokens => Ok(value),
            None => Err("no token is given for the patient of this script".to_owned()),
        }
    }

    fn filled(&mut self, text: &str) -> Result<String, String> {
        let settings = Arc::clone(&self.runner.settings);
        let moments = Moments { today: settings.today, now: &settings.now };
        fill(text, &moments, self).map_err(|reason| reason.to_string())
    }

    fn assert(&mut self, assert: &Assert) -> Result<(), String> {
        let mut filled = assert.clone();
        for value in filled.members.values_mut() {
            *value = self.filled(value)?;
        }
        let exchanged = match filled.members.get("sourceId") {
            Some(source) => self.stored.get(source).ok_or_else(|| format!("nothing is stored as {source}"))?,
            None => self.last.as_ref().ok_or("nothing was asked before")?,
        };
        let profile = |id: &str| self.script.profiles.get(id).cloned();
        judge(&filled, exchanged, self.validator, profile, &self.runner.settings.now)
    }

    fn evaluated(&mut self, variable: &Variable, depth: usize) -> Result<String, Unresolved> {
        let name = || variable.name.clone();
        let failed = |reason: String| Unresolved::Failed { name: variable.name.clone(), reason };
        let source = variable.source.as_ref().ok_or_else(|| Unresolved::Empty(name()))?;
        let stored =
            self.stored.get(source).cloned().ok_or_else(|| failed(format!("nothing is stored as {source}")))?;
        if let Some(field) = &variable.header {
            let headers = stored.response.as_ref().map(|response| response.headers.as_slice()).unwrap_or_default();
            return super::header(headers, field).map(str::to_owned).ok_or_else(|| Unresolved::Nothing(name()));
        }
        let settings = Arc::clone(&self.runner.settings);
        let moments = Moments { today: settings.today, now: &settings.now };
        let source = variable.expression.as_deref().ok_or_else(|| Unresolved::Empty(name()))?;
        let source = fill_within(source, &moments, self, depth)?;
        let expression = fhirpath::parse(&source).map_err(|error| failed(error.to_string()))?;
        let body = stored.received(self.validator).map_err(failed)?;
        let context = Context {
            tree: &body.tree,
            links: &body.links,
            terminology: Some(self.validator),
            now: Some(&settings.now),
        };
        let found = expression.evaluate(context, body.tree.root()).map_err(|error| failed(error.to_string()))?;
        // Several values: the first is taken.
        found.first().and_then(|value| value.written(&body.tree)).ok_or_else(|| Unresolved::Nothing(name()))
    }
}

impl<E: Exchange> Names for Session<'_, '_, E> {
    fn variable(&mut self, name: &str, depth: usize) -> Result<Option<String>, Unresolved> {
        if let Some(value) = self.defaults.get(name) {
            return Ok(Some(value.clone()));
        }
        let script = self.script;
        let Some(variable) = script.variables.iter().find(|variable| variable.name == name) else { return Ok(None) };
        if depth == 0 {
            return Err(Unresolved::Unknown(name.to_owned()));
        }
        if variable.expression.is_some() || variable.header.is_some() {
            return self.evaluated(variable, depth).map(Some);
        }
        let default = variable.default.as_deref().ok_or_else(|| Unresolved::Empty(name.to_owned()))?;
        let settings = Arc::clone(&self.runner.settings);
        let moments = Moments { today: settings.today, now: &settings.now };
        let value = fill_within(default, &moments, self, depth)?;
        self.defaults.insert(name.to_owned(), value.clone());
        Ok(Some(value))
    }

    fn random(&mut self) -> u128 {
        (self.runner.random)()
    }
}

/// Why a script of this release is not judged.
fn not_judged(validators: &Validators, version: FhirVersion) -> String {
    let known: Vec<&str> = validators.versions().map(FhirVersion::parameter).collect();
    if known.is_empty() {
        return "not judged: the types of FHIR are not among the definitions".to_owned();
    }
    format!("not judged: it is for FHIR {}, the definitions are of {}", version.parameter(), known.join(" and "))
}

fn description(action: &Action) -> String {
    match action {
        Action::Operation(operation) if operation.description.is_empty() => operation.kind.clone(),
        Action::Operation(operation) => operation.description.clone(),
        Action::Assert(assert) => assert.description.clone(),
        Action::Unknown(name) => name.clone(),
    }
}

fn skipped(test: &Test) -> TestReport {
    let steps =
        test.actions.iter().map(|action| Step { what: description(action), outcome: Outcome::Skipped, reason: None });
    TestReport { name: test.name.clone(), outcome: Outcome::Skipped, steps: steps.collect() }
}
