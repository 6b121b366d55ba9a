//! Bindings: is a code, Coding, concept or unit in the value set?

use super::Run;
use crate::issue::{Rule, Severity};
use crate::schema::Binding;
use crate::terminology::{Code, Membership, ValueSets};
use crate::tree::{NodeId, Tree};

/// Which set of a binding must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    /// Its own.
    Required,
    /// Only the largest set it allows.
    Max,
}

impl Strength {
    pub(super) fn of(binding: &Binding) -> Self {
        if binding.is_required { Self::Required } else { Self::Max }
    }
}

impl Run<'_> {
    pub(super) fn binding(&mut self, node: NodeId, binding: &Binding, strength: Strength) {
        if strength == Strength::Required {
            self.bound(node, &binding.value_set);
        }
        if let Some(max) = &binding.max_value_set {
            self.bound(node, max);
        }
    }

    fn bound(&mut self, node: NodeId, value_set: &str) {
        let Some(answer) = membership(&self.validator.value_sets, self.tree, node, value_set) else {
            if lacks_code(self.tree, node) {
                self.error(node, Rule::Binding, format!("a code of {value_set} must be here"));
            }
            return;
        };
        match answer {
            Membership::Member => {}
            Membership::Stranger => {
                self.error(node, Rule::Binding, format!("no code here is in {value_set}"));
            }
            Membership::Unknown => {
                let reason = format!("whether the code is in {value_set} cannot be decided");
                self.issue(Severity::Note, node, Rule::Binding, reason);
            }
        }
    }
}

/// Is any code of the element in the set? `None` when it has no code at all.
pub(super) fn membership(sets: &ValueSets, tree: &Tree<'_>, node: NodeId, value_set: &str) -> Option<Membership> {
    match tree.ty(node).name.as_str() {
        "CodeableConcept" => {
            let answers = tree.named(node, "coding").filter_map(|coding| membership(sets, tree, coding, value_set));
            answers.reduce(|sum, answer| match (sum, answer) {
                (Membership::Member, _) | (_, Membership::Member) => Membership::Member,
                (Membership::Unknown, _) | (_, Membership::Unknown) => Membership::Unknown,
                _ => Membership::Stranger,
            })
        }
        // A Coding or unit without a system is in no set; a `code` has the system of its set.
        "Coding" | "Quantity" => {
            let code = tree.text(node, "code")?;
            let system = tree.text(node, "system");
            Some(match system {
                Some(_) => sets.membership(value_set, Code { system, code }),
                None => Membership::Stranger,
            })
        }
        _ => Some(sets.membership(value_set, Code { system: None, code: tree.value(node)? })),
    }
}

/// Has a concept or Coding neither a code nor a reason for having none?
fn lacks_code(tree: &Tree<'_>, node: NodeId) -> bool {
    let is_concept = matches!(tree.ty(node).name.as_str(), "CodeableConcept" | "Coding");
    let has_reason = |node: NodeId| {
        let has_own = tree.child(node, "extension").is_some();
        has_own || tree.children(node).any(|child| tree.child(child, "extension").is_some())
    };
    is_concept && !has_reason(node) && !tree.named(node, "coding").any(has_reason)
}
