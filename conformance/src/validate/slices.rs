//! Slices: which element belongs to which, how many there are, and what each must be.

use super::Run;
use super::extensions::slice_url;
use super::values::{holds, is_exactly, member_name_is};
use crate::fhirpath::{Context, Value};
use crate::issue::Rule;
use crate::profile::{Discrimination, Discriminator, Profile, ProfileRule, Slicing};
use crate::schema::TypeRef;
use crate::terminology::Membership;
use crate::tree::NodeId;

/// Which slice an element is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Slice(usize),
    Outside,
    /// The definitions at hand cannot tell.
    Open,
}

impl Run<'_> {
    pub(super) fn slices(&mut self, node: NodeId, found: &[NodeId], rule: &ProfileRule, profile: &Profile) {
        let places: Vec<Place> = found.iter().map(|child| self.place(*child, rule)).collect();
        let is_open = places.contains(&Place::Open);
        for (at, (name, slice)) in rule.slices.iter().enumerate() {
            let inside: Vec<NodeId> = found
                .iter()
                .zip(&places)
                .filter(|(_, place)| **place == Place::Slice(at))
                .map(|(child, _)| *child)
                .collect();
            let who = format!("{} (slice {name})", profile.name);
            if is_open && slice.min.is_some_and(|min| (inside.len() as u64) < u64::from(min)) {
                self.note(node, Rule::Slicing, format!("whether {who} is there cannot be decided"));
            } else {
                self.occurrences(node, &inside, slice, &who);
                self.extension_limit(node, &inside, slice, &who);
            }
            for child in &inside {
                self.rule(*child, slice, profile);
            }
            if !slice.slices.is_empty() {
                self.slices(node, &inside, slice, profile);
            }
        }
        let Some(slicing) = &rule.slicing else { return };
        self.arrangement(found, &places, slicing, profile);
    }

    /// An extension that the profile sets no limit for has that of its own definition.
    fn extension_limit(&mut self, node: NodeId, inside: &[NodeId], slice: &ProfileRule, who: &str) {
        let types = slice.types.iter().flatten().filter(|kind| kind.code == "Extension" && slice.max.is_none());
        let profiles: Vec<_> =
            types.flat_map(|kind| &kind.profiles).filter_map(|profile| self.validator.profile(profile)).collect();
        let max = profiles.iter().filter_map(|profile| profile.root.max).min();
        if max.is_some_and(|max| inside.len() as u64 > u64::from(max)) {
            let reason = format!("{} where the extension of {who} may be there once", inside.len());
            self.error_below(node, &slice.name, Rule::Cardinality, reason);
        }
    }

    /// Closed slicings have nothing outside, ordered ones their slices in order.
    fn arrangement(&mut self, found: &[NodeId], places: &[Place], slicing: &Slicing, profile: &Profile) {
        let mut last = 0;
        let mut is_past = false;
        for (child, place) in found.iter().zip(places) {
            match place {
                Place::Outside if slicing.is_closed => {
                    self.error(
                        *child,
                        Rule::Slicing,
                        format!("it is in no slice of {}, which has no others", profile.name),
                    );
                }
                Place::Outside => is_past = true,
                Place::Slice(_) if is_past && slicing.is_open_at_end => {
                    self.error(*child, Rule::Slicing, format!("{} wants what is in no slice last", profile.name));
                }
                Place::Slice(at) if slicing.is_ordered && *at < last => {
                    self.error(*child, Rule::Slicing, format!("it is not in the order of {}", profile.name));
                }
                Place::Slice(at) => last = *at,
                Place::Open => {}
            }
        }
    }

    fn place(&mut self, node: NodeId, rule: &ProfileRule) -> Place {
        let mut is_open = false;
        for (at, (name, slice)) in rule.slices.iter().enumerate() {
            match self.is_in(node, rule, name, slice) {
                Some(true) => return Place::Slice(at),
                Some(false) => {}
                None => is_open = true,
            }
        }
        if is_open { Place::Open } else { Place::Outside }
    }

    fn is_in(&mut self, node: NodeId, rule: &ProfileRule, name: &str, slice: &ProfileRule) -> Option<bool> {
        if matches!(rule.name.as_str(), "extension" | "modifierExtension") {
            // A part of a complex extension may be named without its definition: its slice is called after its url.
            return Some(self.tree.text(node, "url") == Some(slice_url(slice).unwrap_or(name)));
        }
        let discriminators = rule.slicing.as_ref().map(|slicing| slicing.discriminators.as_slice()).unwrap_or_default();
        if discriminators.is_empty() {
            // Choices may be sliced without a word: the slice is called after the member.
            let is_choice = self.tree.element(node).is_some_and(|element| element.is_choice);
            return is_choice.then(|| member_name_is(self.tree, node, name));
        }
        let mut answer = None;
        for discriminator in discriminators {
            match self.tells(node, discriminator, name, slice) {
                Some(false) => return Some(false),
                Some(true) => answer = Some(true),
                // This discriminator says nothing of this slice.
                None => {}
            }
        }
        answer
    }

    fn tells(&mut self, node: NodeId, by: &Discriminator, name: &str, slice: &ProfileRule) -> Option<bool> {
        match by.kind {
            Discrimination::Value => {
                let found = self.at(node, by)?;
                let rules = self.rules_at(slice, &by.path);
                let mut answer = None;
                for rule in &rules {
                    let rule = rule.find(slice)?;
                    let mut own = if found.is_empty() && rule.states_value() { Some(false) } else { None };
                    for one in &found {
                        own = match (own, self.fits(*one, rule)) {
                            (Some(true), _) | (_, Some(true)) => Some(true),
                            (before, now) => now.or(before),
                        };
                    }
                    answer = match (answer, own) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (before, own) => own.or(before),
                    };
                }
                answer
            }
            Discrimination::Exists => {
                let is_there = !self.at(node, by)?.is_empty();
                let rules = self.rules_at(slice, &by.path);
                rules.iter().filter_map(|rule| rule.find(slice)).find_map(|rule| match (rule.min, rule.max) {
                    (_, Some(0)) => Some(!is_there),
                    (Some(1..), _) => Some(is_there),
                    _ => None,
                })
            }
            Discrimination::Type if by.path == "$this" => match &slice.types {
                Some(types) => Some(types.iter().any(|kind| self.tree.ty(node).is(&kind.code))),
                None => Some(member_name_is(self.tree, node, name)),
            },
            Discrimination::Type => {
                let types = self.types_at(slice, &by.path)?;
                let found = *self.at(node, by)?.first()?;
                let kind = self.tree.ty(found).name.clone();
                Some(types.iter().any(|one| {
                    self.tree.ty(found).is(&one.code) || one.targets.iter().any(|target| self.may_be(target, &kind))
                }))
            }
            Discrimination::Profile => self.is_of_profile(node, by, slice),
        }
    }

    /// Does what the path leads to conform to a profile of the slice?
    fn is_of_profile(&mut self, node: NodeId, by: &Discriminator, slice: &ProfileRule) -> Option<bool> {
        let types = self.types_at(slice, &by.path)?;
        let is_reference = by.path.ends_with("resolve()");
        let profiles: Vec<String> =
            types.iter().flat_map(|kind| if is_reference { &kind.targets } else { &kind.profiles }).cloned().collect();
        if profiles.is_empty() {
            return None;
        }
        let Some(found) = self.at(node, by)?.first().copied() else {
            // It leads out of what is at hand: its type may still say that it cannot be.
            let before = by.path.trim_end_matches("resolve()").trim_end_matches('.');
            let holder = if before.is_empty() { Some(node) } else { self.tree.child(node, before) };
            let kind = holder.and_then(|holder| self.target_type(holder))?.to_owned();
            let is_possible = profiles.iter().any(|profile| self.may_be(profile, &kind));
            return if is_possible { None } else { Some(false) };
        };
        let mut answer = Some(false);
        for profile in &profiles {
            match self.follows(found, profile) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => answer = None,
            }
        }
        answer
    }

    /// The elements to which the path of a discriminator leads.
    fn at(&self, node: NodeId, by: &Discriminator) -> Option<Vec<NodeId>> {
        let context = Context { tree: self.tree, links: self.links, terminology: None, now: None };
        let found = by.expression.as_ref()?.evaluate(context, node).ok()?;
        let nodes = found.into_iter().filter_map(|item| match item {
            Value::Node(node) => Some(node),
            _ => None,
        });
        Some(nodes.collect())
    }

    /// The types that a slice allows at a path, references by their targets.
    fn types_at(&self, slice: &ProfileRule, path: &str) -> Option<Vec<TypeRef>> {
        let path = path.trim_end_matches("resolve()").trim_end_matches('.');
        let path = if path.is_empty() { "$this" } else { path };
        let rules = self.rules_at(slice, path);
        rules.iter().filter_map(|rule| rule.find(slice)).find_map(|rule| rule.types.clone())
    }

    /// Where the rules for a path stand: in the slice, and in the profile of a type on the way.
    fn rules_at(&self, slice: &ProfileRule, path: &str) -> Vec<Found> {
        let steps = steps(path);
        let mut found = Vec::new();
        let mut at = slice;
        let mut is_whole = true;
        for (place, step) in steps.iter().enumerate() {
            for profile in at.types.iter().flatten().flat_map(|kind| &kind.profiles) {
                if let Some(profile) = self.validator.profile(profile)
                    && descend(&profile.root, &steps[place..]).is_some()
                {
                    found.push(Found::InProfile(profile, steps[place..].to_vec()));
                }
            }
            match descend(at, std::slice::from_ref(step)) {
                Some(next) => at = next,
                None => {
                    is_whole = false;
                    break;
                }
            }
        }
        if is_whole {
            found.insert(0, Found::InSlice(steps));
        }
        found
    }

    /// Fits the element what the rule says of values? `None` when it says nothing that can be decided.
    fn fits(&self, node: NodeId, rule: &ProfileRule) -> Option<bool> {
        let mut answer = None;
        let mut and = |own: Option<bool>| {
            answer = match (answer, own) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (before, own) => own.or(before),
            };
        };
        if !rule.fixed.is_empty() {
            and(Some(rule.fixed.iter().all(|fixed| is_exactly(self.tree, node, fixed))));
        }
        if !rule.patterns.is_empty() {
            and(Some(rule.patterns.iter().all(|pattern| holds(self.tree, node, pattern))));
        }
        for binding in rule.bindings.iter().filter(|binding| binding.is_required) {
            let membership = super::codes::membership(&self.validator.value_sets, self.tree, node, &binding.value_set);
            and(match membership {
                Some(Membership::Member) => Some(true),
                Some(Membership::Unknown) => None,
                _ => Some(false),
            });
        }
        for child in rule.children.iter().filter(|child| child.states_value()) {
            let mut below =
                self.tree.children(node).filter(|one| member_name_is(self.tree, *one, &child.name)).peekable();
            if below.peek().is_none() {
                and(if child.min.unwrap_or(0) > 0 { Some(false) } else { None });
                continue;
            }
            let answers: Vec<Option<bool>> = below.map(|one| self.fits(one, child)).collect();
            let one = if answers.contains(&Some(true)) {
                Some(true)
            } else if answers.contains(&None) {
                None
            } else {
                Some(false)
            };
            and(one);
        }
        answer
    }
}

/// Where a rule was found; it is looked up again because profiles are shared.
enum Found {
    InSlice(Vec<Step>),
    InProfile(std::sync::Arc<Profile>, Vec<Step>),
}

impl Found {
    fn find<'f>(&'f self, slice: &'f ProfileRule) -> Option<&'f ProfileRule> {
        match self {
            Self::InSlice(steps) => descend(slice, steps),
            Self::InProfile(profile, steps) => descend(&profile.root, steps),
        }
    }
}

/// One step of a path of a discriminator.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    /// The extension of this url.
    Extension(String),
}

/// The steps of a path; `$this`, `resolve()` and casts lead nowhere else.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let url = rest.strip_prefix("extension('").and_then(|inner| inner.split_once("')"));
        if let Some((url, after)) = url {
            steps.push(Step::Extension(url.to_owned()));
            rest = after.trim_start_matches('.');
            continue;
        }
        let (step, after) = rest.split_once('.').unwrap_or((rest, ""));
        if step != "$this" && !step.ends_with(')') {
            steps.push(Step::Name(step.to_owned()));
        }
        rest = after;
    }
    steps
}

/// The rule at the end of these steps.
fn descend<'p>(rule: &'p ProfileRule, steps: &[Step]) -> Option<&'p ProfileRule> {
    steps.iter().try_fold(rule, |rule, step| match step {
        Step::Name(name) => rule.child(name),
        Step::Extension(url) => {
            let slices = rule.child("extension")?.slices.iter();
            slices.map(|(_, slice)| slice).find(|slice| slice_url(slice) == Some(url))
        }
    })
}
