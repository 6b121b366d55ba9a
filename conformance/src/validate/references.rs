//! References: they lead somewhere, to a type that is allowed, and to a resource of the profile that is wanted.

use super::Run;
use crate::issue::Rule;
use crate::schema::CORE;
use crate::tree::NodeId;
use crate::tree::links::type_of;

impl Run<'_> {
    /// What holds for every reference.
    pub(super) fn reference(&mut self, node: NodeId) {
        let Some(reference) = self.tree.text(node, "reference") else { return };
        let target = self.links.resolve(self.tree, node, reference);
        if reference.starts_with('#') && target.is_none() {
            self.error(node, Rule::Reference, "no contained resource has this id");
        }
        let wanted = self.tree.text(node, "type").map(str::to_owned);
        let found = self.target_type(node).map(str::to_owned);
        if let (Some(wanted), Some(found)) = (wanted, found)
            && wanted.trim_start_matches(CORE) != found
        {
            self.error(node, Rule::Reference, format!("it names another type than the {found} it leads to"));
        }
    }

    /// The type of what a reference means, as far as it can be told.
    pub(super) fn target_type(&self, node: NodeId) -> Option<&str> {
        let reference = self.tree.text(node, "reference");
        let target = reference.and_then(|reference| self.links.resolve(self.tree, node, reference));
        if let Some(target) = target {
            return Some(&self.tree.ty(target).name);
        }
        let literal = reference.and_then(type_of).filter(|name| self.validator.schema.resource(name).is_some());
        literal.or_else(|| self.tree.text(node, "type").map(|name| name.trim_start_matches(CORE)))
    }

    /// The target must follow one of these profiles; FHIR's own types are profiles as well.
    pub(super) fn targets(&mut self, node: NodeId, targets: &[String]) {
        let Some(found) = self.target_type(node).map(str::to_owned) else { return };
        let fitting: Vec<&String> = targets.iter().filter(|target| self.may_be(target, &found)).collect();
        if fitting.is_empty() {
            self.error(node, Rule::Reference, format!("a reference to {found} is not allowed here"));
            return;
        }
        // A profile that is not at hand allows everything of any type.
        let is_open = |target: &&String| {
            self.validator.profile(target).is_none_or(|profile| profile.bases.is_empty() && is_type(target))
        };
        if fitting.iter().any(is_open) {
            return;
        }
        let reference = self.tree.text(node, "reference");
        let Some(target) = reference.and_then(|reference| self.links.resolve(self.tree, node, reference)) else {
            return;
        };
        if !fitting.iter().any(|profile| self.follows(target, profile) != Some(false)) {
            let names: Vec<&str> = fitting.iter().filter_map(|profile| profile.rsplit('/').next()).collect();
            self.error(node, Rule::Reference, format!("what it leads to follows none of {}", names.join(", ")));
        }
    }

    /// Does a resource follow a profile: by its own claim, which is judged elsewhere, or in fact?
    pub(super) fn follows(&mut self, target: NodeId, profile: &str) -> Option<bool> {
        let claims = self.tree.child(target, "meta").into_iter().flat_map(|meta| self.tree.named(meta, "profile"));
        let mut claims = claims.filter_map(|claim| self.validator.profile(self.tree.value(claim)?));
        if claims.any(|claim| claim.is(profile)) {
            return Some(true);
        }
        self.conforms(target, profile)
    }

    /// May a resource of this type be meant by this profile?
    pub(super) fn may_be(&self, profile: &str, kind: &str) -> bool {
        let name = self.validator.profile(profile).map(|profile| profile.type_name.clone());
        // A profile that is not at hand may be about anything.
        let Some(name) = name else { return true };
        self.validator.schema.find(kind).is_some_and(|ty| ty.is(&name))
    }
}

/// Is it the canonical of one of FHIR's own types?
fn is_type(canonical: &str) -> bool {
    canonical.strip_prefix(CORE).is_some_and(|name| name.starts_with(|first: char| first.is_ascii_uppercase()))
}
