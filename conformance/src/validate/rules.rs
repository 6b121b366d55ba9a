//! The rules of a profile on an element and on what is below it.

use super::Run;
use super::codes::Strength;
use super::values::member_name_is;
use crate::issue::Rule;
use crate::profile::{Profile, ProfileRule};
use crate::schema::TypeRef;
use crate::tree::NodeId;

impl Run<'_> {
    pub(super) fn rule(&mut self, node: NodeId, rule: &ProfileRule, profile: &Profile) {
        if let Some(types) = &rule.types {
            self.allowed_types(node, types, profile);
        }
        self.stated_values(node, rule, profile);
        for binding in &rule.bindings {
            self.binding(node, binding, Strength::of(binding));
        }
        self.all_constraints(node, &rule.constraints);
        for child in &rule.children {
            self.child_rule(node, child, profile);
        }
    }

    fn child_rule(&mut self, node: NodeId, rule: &ProfileRule, profile: &Profile) {
        let found: Vec<NodeId> =
            self.tree.children(node).filter(|child| member_name_is(self.tree, *child, &rule.name)).collect();
        self.occurrences(node, &found, rule, &profile.name);
        for child in &found {
            self.rule(*child, rule, profile);
        }
        if !rule.slices.is_empty() {
            self.slices(node, &found, rule, profile);
        }
    }

    /// Are there as many as the rule wants?
    pub(super) fn occurrences(&mut self, node: NodeId, found: &[NodeId], rule: &ProfileRule, who: &str) {
        let count = u32::try_from(found.len()).unwrap_or(u32::MAX);
        if let Some(min) = rule.min.filter(|min| count < *min) {
            let reason = format!("{count} where {who} wants at least {min}");
            self.error_below(node, &rule.name, Rule::Cardinality, reason);
        }
        if let Some(max) = rule.max.filter(|max| count > *max) {
            let reason = format!("{count} where {who} allows at most {max}");
            self.error_below(node, &rule.name, Rule::Cardinality, reason);
        }
    }

    fn allowed_types(&mut self, node: NodeId, types: &[TypeRef], profile: &Profile) {
        let ty = self.tree.ty(node);
        let fitting: Vec<&TypeRef> = types.iter().filter(|kind| ty.is(&kind.code)).collect();
        if fitting.is_empty() {
            self.wrong_type(node, &profile.name);
            return;
        }
        let targets: Vec<String> = fitting.iter().flat_map(|kind| kind.targets.clone()).collect();
        if !targets.is_empty() && ty.name == "Reference" {
            self.targets(node, &targets);
        }
        // One type without a profile allows every instance of it.
        if fitting.iter().any(|kind| kind.profiles.is_empty()) {
            return;
        }
        let profiles: Vec<&String> = fitting.iter().flat_map(|kind| &kind.profiles).collect();
        self.one_of(node, &profiles);
    }

    /// The element follows one of these profiles; of a single one everything that is wrong is told.
    fn one_of(&mut self, node: NodeId, profiles: &[&String]) {
        if let [only] = profiles {
            match self.validator.profile(only) {
                Some(profile) => self.follow(node, &profile),
                None => self.note(node, Rule::Profile, format!("{only} is not among the definitions")),
            }
            return;
        }
        let mut is_open = false;
        for profile in profiles {
            match self.conforms(node, profile) {
                Some(true) => return,
                Some(false) => {}
                None => is_open = true,
            }
        }
        if is_open {
            self.note(node, Rule::Profile, "one of the profiles allowed here is not among the definitions");
        } else {
            let names: Vec<&str> = profiles.iter().filter_map(|profile| profile.rsplit('/').next()).collect();
            self.error(node, Rule::Profile, format!("it follows none of {}", names.join(", ")));
        }
    }
}
