//! Extensions: known, in their place, and as their own definition says.

use super::{Run, name_of};
use crate::issue::{Rule, Severity};
use crate::profile::{Profile, ProfileRule};
use crate::schema::CORE;
use crate::tree::NodeId;
use crate::tree::links::is_absolute;

impl Run<'_> {
    pub(super) fn extension(&mut self, node: NodeId) {
        let Some(url) = self.tree.text(node, "url").map(str::to_owned) else { return };
        let Some(parent) = self.tree.parent(node) else { return };
        let is_part = self.tree.ty(parent).name == "Extension" && self.tree.name(node) == "extension";
        if is_part && !is_absolute(&url) {
            // The definition of the extension it is part of says what it is.
            return;
        }
        if !is_absolute(&url) {
            self.error(node, Rule::Extension, "its url is not absolute");
            return;
        }
        let is_modifier = self.tree.name(node) == "modifierExtension";
        let name = name_of(&url).to_owned();
        let profile = self.validator.profile(&url).filter(|profile| profile.type_name == "Extension");
        let Some(profile) = profile else {
            let is_error = is_modifier || self.validator.knows_publisher(&url);
            let severity = self.validator.unknown(&url, if is_error { Severity::Error } else { Severity::Warning });
            self.issue(severity, node, Rule::Extension, format!("{name} is not among the definitions"));
            return;
        };
        self.follow(node, &profile);
        self.parts(node, &profile);
        if !profile.contexts.is_empty() && !self.is_in_context(parent, &profile) {
            self.error(node, Rule::Extension, format!("{name} is not meant for this place"));
        }
    }

    /// The parts of a complex extension are those of its definition and no others.
    fn parts(&mut self, node: NodeId, profile: &Profile) {
        let parts: Vec<NodeId> = self.tree.named(node, "extension").collect();
        for part in parts {
            let url = self.tree.text(part, "url").unwrap_or_default();
            let rule = profile.root.child("extension");
            let is_known = rule.is_some_and(|rule| rule.slices.iter().any(|(_, slice)| slice_url(slice) == Some(url)));
            if !is_known && !is_absolute(url) {
                self.error(part, Rule::Extension, format!("{} has no such part", profile.name));
            }
        }
    }

    /// Is the element one that the extension was made for?
    fn is_in_context(&self, parent: NodeId, profile: &Profile) -> bool {
        profile.contexts.iter().any(|(kind, expression)| match kind.as_str() {
            "element" => self.is_element(parent, expression),
            "extension" => {
                self.tree.text(parent, "url") == Some(expression.trim_start_matches(CORE))
                    || self.tree.text(parent, "url") == Some(expression)
            }
            // A path with conditions: not judged.
            _ => true,
        })
    }

    /// `Element`, a type, or a path of elements from a type.
    fn is_element(&self, node: NodeId, expression: &str) -> bool {
        if expression.starts_with("http") {
            return self
                .validator
                .profile(expression.split('#').next().unwrap_or(expression))
                .is_none_or(|profile| self.tree.ty(node).is(&profile.type_name));
        }
        let ty = self.tree.ty(node);
        // `*` and `Any` are STU3's words for every element.
        if ty.is(expression) || matches!(expression, "Element" | "*" | "Any") {
            return true;
        }
        let mut steps: Vec<&str> = expression.split('.').collect();
        let mut at = node;
        while let Some(step) = steps.pop() {
            if steps.is_empty() {
                return self.tree.ty(at).is(step);
            }
            let name = self.tree.name(at);
            // Contexts name a choice as a whole (`value[x]`) or by one of its types (`effectivePeriod`).
            let is_typed = || step.strip_prefix(name).is_some_and(|ty| ty.eq_ignore_ascii_case(&self.tree.ty(at).name));
            if name != step.trim_end_matches("[x]") && !is_typed() {
                return false;
            }
            let Some(parent) = self.tree.parent(at) else { return false };
            at = parent;
        }
        false
    }
}

/// The url by which a slice of extensions is known.
pub(super) fn slice_url(slice: &ProfileRule) -> Option<&str> {
    let by_profile = slice.types.iter().flatten().find_map(|kind| kind.profiles.first());
    let by_value = slice.child("url").and_then(|url| url.fixed.first().or(url.patterns.first())?.as_str());
    by_profile.map(String::as_str).or(by_value)
}
