//! Fixed values, patterns and ranges.

use std::cmp::Ordering;

use serde_json::Value;

use super::Run;
use crate::fhirpath::moment::Moment;
use crate::fhirpath::number::Decimal;
use crate::issue::Rule;
use crate::profile::{Profile, ProfileRule};
use crate::tree::{NodeId, Tree};

impl Run<'_> {
    pub(super) fn stated_values(&mut self, node: NodeId, rule: &ProfileRule, profile: &Profile) {
        if rule.fixed.iter().any(|fixed| !is_exactly(self.tree, node, fixed)) {
            self.error(node, Rule::Fixed, format!("{} fixes another value", profile.name));
        }
        if rule.patterns.iter().any(|pattern| !holds(self.tree, node, pattern)) {
            self.error(node, Rule::Pattern, format!("the pattern of {} is not in it", profile.name));
        }
        let limits = [(&rule.min_value, Ordering::Less, "smallest"), (&rule.max_value, Ordering::Greater, "largest")];
        for (limit, wrong, name) in limits {
            let order = limit.as_ref().and_then(|limit| compare(self.tree, node, limit));
            if order == Some(wrong) {
                self.error(node, Rule::Range, format!("it is beyond the {name} value of {}", profile.name));
            }
        }
        let length = self.tree.value(node).map(|value| value.chars().count() as u64);
        if rule.max_length.is_some_and(|max| length.is_some_and(|length| length > max)) {
            self.error(node, Rule::Range, format!("it is longer than {} allows", profile.name));
        }
    }
}

/// Holds the element all of the pattern? More may be there.
pub(super) fn holds(tree: &Tree<'_>, node: NodeId, pattern: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().all(|(name, part)| {
            let parts = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
            parts.iter().all(|part| named(tree, node, name).any(|child| holds(tree, child, part)))
        }),
        _ => is_value(tree, node, pattern),
    }
}

/// Is the element exactly this? Nothing else may be there.
pub(super) fn is_exactly(tree: &Tree<'_>, node: NodeId, fixed: &Value) -> bool {
    let Value::Object(members) = fixed else { return is_value(tree, node, fixed) };
    let mut expected = 0;
    let are_there = members.iter().all(|(name, part)| {
        let parts = part.as_array().map_or(std::slice::from_ref(part), Vec::as_slice);
        expected += parts.len();
        let mut children = named(tree, node, name);
        parts.iter().all(|part| children.next().is_some_and(|child| is_exactly(tree, child, part)))
    });
    are_there && tree.children(node).count() == expected
}

fn named<'t>(tree: &'t Tree<'_>, node: NodeId, name: &'t str) -> impl Iterator<Item = NodeId> + 't {
    tree.children(node).filter(move |child| member_name_is(tree, *child, name))
}

/// Is it the element of this member: `valueCode` is `value` of type `code`?
pub(super) fn member_name_is(tree: &Tree<'_>, node: NodeId, name: &str) -> bool {
    let own = tree.name(node);
    if own == name {
        return true;
    }
    let is_choice = tree.element(node).is_some_and(|element| element.is_choice);
    is_choice && name.strip_prefix(own).is_some_and(|kind| kind == crate::schema::capitalised(&tree.ty(node).name))
}

fn is_value(tree: &Tree<'_>, node: NodeId, expected: &Value) -> bool {
    let Some(value) = tree.value(node) else { return false };
    match expected {
        Value::String(text) => value == text,
        Value::Bool(flag) => value == if *flag { "true" } else { "false" },
        Value::Number(number) => match (Decimal::parse(value), Decimal::parse(&number.to_string())) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
        _ => false,
    }
}

/// The order of the element and a limit: numbers, quantities of the same unit, dates.
fn compare(tree: &Tree<'_>, node: NodeId, limit: &Value) -> Option<Ordering> {
    match limit {
        Value::Number(number) => Decimal::parse(tree.value(node)?)?.partial_cmp(&Decimal::parse(&number.to_string())?),
        Value::String(text) => Moment::parse(tree.value(node)?)?.compare(&Moment::parse(text)?),
        Value::Object(members) => {
            let unit = members.get("code").or(members.get("unit")).and_then(Value::as_str);
            let own = tree.text(node, "code").or_else(|| tree.text(node, "unit"));
            let number = Decimal::parse(tree.text(node, "value")?)?;
            let limit = Decimal::parse(&members.get("value")?.to_string())?;
            (unit.is_none() || unit == own).then(|| number.partial_cmp(&limit)).flatten()
        }
        _ => None,
    }
}
