//! Holds a resource against FHIR, against every profile it claims, and against those its elements must follow.
//!
//! `base` walks all elements and checks them by their types; `rules` checks what a profile says, `slices` which element
//! belongs to which slice; `values`, `codes`, `references` and `extensions` check one thing each. Whatever the
//! definitions at hand leave open is an issue of severity note or warning: nothing passes in silence.

mod base;
mod codes;
mod extensions;
mod references;
mod rules;
mod slices;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::definitions::Definitions;
use crate::fhirpath::{Context, Terminology};
use crate::issue::{Issue, Rule, Severity};
use crate::profile::Profile;
use crate::schema::{Constraint, Schema};
use crate::terminology::{Membership, ValueSets};
use crate::tree::links::Links;
use crate::tree::{Form, NodeId, Tree};
use crate::version::FhirVersion;

/// Profiles within profiles are followed this deep.
const DEPTH: usize = 24;

/// Judges resources by a set of definitions. Types, profiles and value sets are read once.
#[derive(Debug)]
pub struct Validator {
    definitions: Arc<Definitions>,
    schema: Schema,
    value_sets: ValueSets,
    profiles: Mutex<HashMap<String, Option<Arc<Profile>>>>,
    /// Where definitions come from, up to the last `/` of their canonicals.
    publishers: HashSet<String>,
    /// Profiles and extensions that were met without their definition, where that is told and no error.
    unjudged: Option<Mutex<BTreeSet<String>>>,
}

impl Validator {
    /// A validator by these definitions.
    pub fn new(definitions: Definitions) -> Self {
        let definitions = Arc::new(definitions);
        let publishers = definitions.structures().into_iter().filter_map(|url| url.rsplit_once('/'));
        Self {
            publishers: publishers.map(|(start, _)| start.to_owned()).collect(),
            schema: Schema::new(Arc::clone(&definitions)),
            value_sets: ValueSets::new(Arc::clone(&definitions)),
            definitions,
            profiles: Mutex::default(),
            unjudged: None,
        }
    }

    /// The same, to which a profile or extension is no error whose publisher's definitions are not at hand: what claims it is
    /// judged by its type, and [`Self::unjudged`] tells of it.
    pub fn telling_unknown(self) -> Self {
        Self { unjudged: Some(Mutex::default()), ..self }
    }

    /// The names of the profiles and extensions that were met and could not be judged by.
    pub fn unjudged(&self) -> BTreeSet<String> {
        let names = self.unjudged.as_ref().map(|names| names.lock().unwrap_or_else(PoisonError::into_inner).clone());
        names.unwrap_or_default()
    }

    /// How bad it is that this canonical is not among the definitions.
    fn unknown(&self, canonical: &str, otherwise: Severity) -> Severity {
        match &self.unjudged {
            Some(names) if !self.knows_publisher(canonical) => {
                names.lock().unwrap_or_else(PoisonError::into_inner).insert(name_of(canonical).to_owned());
                Severity::Note
            }
            _ => otherwise,
        }
    }

    /// The types of FHIR.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Are the types of FHIR among the definitions? Without them nothing can be judged.
    pub fn knows_fhir(&self) -> bool {
        self.schema.resource("Bundle").is_some()
    }

    /// Judges the bytes of a resource, by FHIR and by the profiles it claims.
    pub fn check_bytes(&self, form: Form, bytes: &[u8]) -> Vec<Issue> {
        match Tree::read(&self.schema, form, bytes) {
            Ok(tree) => self.check(&tree),
            Err(reason) => vec![Issue::error("(resource)", Rule::Form, reason.to_string())],
        }
    }

    /// Judges a resource, by FHIR and by the profiles it claims; errors first.
    pub fn check(&self, tree: &Tree<'_>) -> Vec<Issue> {
        self.check_with(tree, &[])
    }

    /// Judges a resource by these profiles as well.
    pub fn check_with(&self, tree: &Tree<'_>, profiles: &[&str]) -> Vec<Issue> {
        let links = Links::of(tree);
        let mut run = Run {
            validator: self,
            tree,
            links: &links,
            issues: tree.issues().to_vec(),
            followed: Vec::new(),
            answers: HashMap::new(),
        };
        run.base();
        for profile in profiles {
            run.claimed(tree.root(), profile);
        }
        let mut issues = run.issues;
        issues.sort();
        issues.dedup();
        issues
    }

    /// The profile of this canonical.
    pub fn profile(&self, canonical: &str) -> Option<Arc<Profile>> {
        let url = crate::schema::without_version(canonical);
        let mut profiles = self.profiles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = profiles.get(url) {
            return found.clone();
        }
        let found = Profile::load(&self.definitions, url).map(Arc::new);
        profiles.insert(url.to_owned(), found.clone());
        found
    }

    /// Are definitions of this publisher at hand, so that an unknown canonical of theirs is a mistake?
    fn knows_publisher(&self, canonical: &str) -> bool {
        canonical.rsplit_once('/').is_some_and(|(start, _)| self.publishers.contains(start))
    }
}

/// A validator for each release of FHIR whose definitions are at hand.
#[derive(Debug, Default)]
pub struct Validators(BTreeMap<FhirVersion, Validator>);

impl Validators {
    /// By the definitions in these folders; each release is judged by its own only.
    ///
    /// # Errors
    /// When a folder cannot be listed or a file in it cannot be read.
    pub fn in_folders<P: AsRef<Path>>(folders: &[P]) -> std::io::Result<Self> {
        let all = Definitions::by_version(folders)?;
        let all = all.into_iter().map(|(version, definitions)| (version, Validator::new(definitions)));
        // Profiles without the types of FHIR judge nothing.
        Ok(Self(all.filter(|(_, validator)| validator.knows_fhir()).collect()))
    }

    /// The same, where in this release unknown profiles of publishers that are not at hand are no error.
    pub fn telling_unknown(mut self, of: FhirVersion) -> Self {
        let told = self.0.remove(&of).map(Validator::telling_unknown);
        self.0.extend(told.map(|validator| (of, validator)));
        self
    }

    /// The names of the profiles and extensions that were met and could not be judged by.
    pub fn unjudged(&self) -> BTreeSet<String> {
        self.0.values().flat_map(Validator::unjudged).collect()
    }

    /// The validator for this release.
    pub fn of(&self, version: FhirVersion) -> Option<&Validator> {
        self.0.get(&version)
    }

    /// The releases that can be judged, older ones first.
    pub fn versions(&self) -> impl Iterator<Item = FhirVersion> + '_ {
        self.0.keys().copied()
    }

    /// Can nothing be judged?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One validator, for the release of its definitions.
impl From<Validator> for Validators {
    fn from(validator: Validator) -> Self {
        let version = validator.schema.fhir_version().and_then(|version| FhirVersion::of(&version));
        Self(version.map(|version| (version, validator)).into_iter().collect())
    }
}

impl Terminology for Validator {
    fn member_of(&self, tree: &Tree<'_>, node: NodeId, value_set: &str) -> Option<bool> {
        match codes::membership(&self.value_sets, tree, node, value_set) {
            Some(Membership::Member) => Some(true),
            Some(Membership::Stranger) => Some(false),
            _ => None,
        }
    }
}

/// The last part of a canonical, as far as it may be repeated.
fn name_of(canonical: &str) -> &str {
    canonical.rsplit('/').next().map_or("?", crate::issue::quotable)
}

/// One judgement of one tree.
struct Run<'r> {
    validator: &'r Validator,
    tree: &'r Tree<'r>,
    links: &'r Links,
    issues: Vec<Issue>,
    /// Profiles that are being followed, to end circles.
    followed: Vec<(NodeId, String)>,
    /// Whether an element conforms to a profile.
    answers: HashMap<(NodeId, String), bool>,
}

impl<'r> Run<'r> {
    fn issue(&mut self, severity: Severity, node: NodeId, rule: Rule, reason: impl Into<String>) {
        let path = self.tree.path(node);
        self.issues.push(Issue { severity, path, rule, reason: reason.into() });
    }

    fn error(&mut self, node: NodeId, rule: Rule, reason: impl Into<String>) {
        self.issue(Severity::Error, node, rule, reason);
    }

    fn error_below(&mut self, node: NodeId, name: &str, rule: Rule, reason: impl Into<String>) {
        let path = format!("{}.{name}", self.tree.path(node));
        self.issues.push(Issue::error(path, rule, reason));
    }

    fn note(&mut self, node: NodeId, rule: Rule, reason: impl Into<String>) {
        self.issue(Severity::Note, node, rule, reason);
    }

    /// Does the element conform to the profile? Asked without reporting why not.
    fn conforms(&mut self, node: NodeId, canonical: &str) -> Option<bool> {
        let profile = self.validator.profile(canonical)?;
        let key = (node, profile.url.clone());
        if let Some(answer) = self.answers.get(&key) {
            return Some(*answer);
        }
        if self.followed.contains(&key) {
            return Some(true);
        }
        let before = std::mem::take(&mut self.issues);
        self.follow(node, &profile);
        let found = std::mem::replace(&mut self.issues, before);
        let answer = !found.iter().any(|issue| issue.severity == Severity::Error);
        self.answers.insert(key, answer);
        Some(answer)
    }

    /// Checks the rules of a profile on an element.
    fn follow(&mut self, node: NodeId, profile: &Profile) {
        let key = (node, profile.url.clone());
        if self.followed.contains(&key) || self.followed.len() >= DEPTH {
            return;
        }
        self.followed.push(key);
        if self.tree.ty(node).is(&profile.type_name) {
            self.rule(node, &profile.root, profile);
        } else {
            self.error(node, Rule::Type, format!("{} is about {}", profile.name, profile.type_name));
        }
        self.followed.pop();
    }

    /// A profile that a resource claims in `meta.profile`.
    fn claimed(&mut self, node: NodeId, canonical: &str) {
        let Some(profile) = self.validator.profile(canonical) else {
            let severity = self.validator.unknown(canonical, Severity::Error);
            let reason = format!("the profile {} is not among the definitions", name_of(canonical));
            self.issue(severity, node, Rule::Profile, reason);
            return;
        };
        if let Some(missing) = &profile.missing {
            self.note(
                node,
                Rule::Profile,
                format!("{} is made from {missing}, which is not among the definitions", profile.name),
            );
        }
        self.follow(node, &profile);
    }

    fn constraint(&mut self, node: NodeId, constraint: &Constraint) {
        let key = &constraint.key;
        let expression = match &constraint.expression {
            Ok(expression) => expression,
            Err(reason) => {
                self.issue(Severity::Warning, node, Rule::Invariant, format!("{key} cannot be evaluated: {reason}"));
                return;
            }
        };
        let validator = self.validator;
        let context = Context { tree: self.tree, links: self.links, terminology: Some(validator), now: None };
        let severity = if constraint.is_error { Severity::Error } else { Severity::Warning };
        match expression.holds(context, node) {
            Ok(Some(true)) => {}
            Ok(Some(false)) => self.issue(severity, node, Rule::Invariant, format!("{key} does not hold")),
            // Neither true nor false: dates of different precision, or a reference without an address. The reference
            // implementation lets these pass.
            Ok(None) => self.note(node, Rule::Invariant, format!("{key} has no answer")),
            Err(reason) => {
                self.issue(Severity::Warning, node, Rule::Invariant, format!("{key} cannot be evaluated: {reason}"));
            }
        }
    }
}
