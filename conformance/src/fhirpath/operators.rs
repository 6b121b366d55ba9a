//! Operators and the logic of three values.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::Failure;
use super::ast::Operator;
use super::eval::Found;
use super::value::{Value, compare, equal, number};
use crate::tree::Tree;

/// A collection as a condition: empty is unknown; an item that is no boolean, or several items, count as true
/// (testscript-runner §4).
pub(super) fn truth(tree: &Tree<'_>, items: &[Value]) -> Option<bool> {
    match items {
        [] => None,
        [item] => match item.plain(tree) {
            Some(Value::Boolean(value)) => Some(value),
            // A boolean element without a value says nothing; any other element exists.
            None => Some(!matches!(item, Value::Node(node) if tree.ty(*node).name == "boolean")),
            Some(_) => Some(true),
        },
        _ => Some(true),
    }
}

pub(super) fn logic(operator: Operator, left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (operator, left, right) {
        (Operator::And, Some(false), _) | (Operator::And, _, Some(false)) => Some(false),
        (Operator::And, Some(true), Some(true)) => Some(true),
        (Operator::Or, Some(true), _) | (Operator::Or | Operator::Implies, _, Some(true)) => Some(true),
        (Operator::Or, Some(false), Some(false)) => Some(false),
        (Operator::Implies, Some(false), _) => Some(true),
        (Operator::Implies, Some(true), Some(false)) => Some(false),
        (Operator::Xor, Some(a), Some(b)) => Some(a != b),
        _ => None,
    }
}

pub(super) fn apply(tree: &Tree<'_>, operator: Operator, left: Vec<Value>, right: Vec<Value>) -> Found {
    let boolean = |value: Option<bool>| Ok(value.map(Value::Boolean).into_iter().collect());
    match operator {
        Operator::Equal => boolean(equals(tree, &left, &right)),
        Operator::NotEqual => boolean(equals(tree, &left, &right).map(|is| !is)),
        Operator::Equivalent => boolean(Some(equivalent(tree, &left, &right))),
        Operator::NotEquivalent => boolean(Some(!equivalent(tree, &left, &right))),
        Operator::Less => boolean(order(tree, &left, &right)?.map(Ordering::is_lt)),
        Operator::LessOrEqual => boolean(order(tree, &left, &right)?.map(Ordering::is_le)),
        Operator::Greater => boolean(order(tree, &left, &right)?.map(Ordering::is_gt)),
        Operator::GreaterOrEqual => boolean(order(tree, &left, &right)?.map(Ordering::is_ge)),
        // The text of the standard wants one item on the left; the reference implementation takes several, all of which
        // must be in the set, and official invariants lean on it.
        Operator::In if left.len() > 1 => boolean(Some(left.iter().all(|item| holds(tree, &right, item)))),
        Operator::In => boolean(is_in(tree, &left, &right)?),
        Operator::Contains => boolean(is_in(tree, &right, &left)?),
        Operator::Union => Ok(distinct(tree, left.into_iter().chain(right).collect())),
        Operator::Concatenate => {
            let part = |items: &[Value]| -> Result<String, Failure> {
                Ok(single(items)?.and_then(|item| item.written(tree)).unwrap_or_default())
            };
            Ok(vec![Value::Text((part(&left)? + &part(&right)?).into())])
        }
        _ => arithmetic(tree, operator, &left, &right),
    }
}

/// The only item; `None` when there is none.
pub(super) fn single(items: &[Value]) -> Result<Option<&Value>, Failure> {
    match items {
        [] => Ok(None),
        [item] => Ok(Some(item)),
        _ => Err(Failure::Unsupported("an operator on several items".into())),
    }
}

fn equals(tree: &Tree<'_>, left: &[Value], right: &[Value]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut all = Some(true);
    for (a, b) in left.iter().zip(right) {
        match equal(tree, a, b) {
            Some(false) => return Some(false),
            None => all = None,
            Some(true) => {}
        }
    }
    all
}

fn equivalent(tree: &Tree<'_>, left: &[Value], right: &[Value]) -> bool {
    let folded = |value: &Value| match value.plain(tree) {
        Some(Value::Text(text)) => {
            Value::Text(text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().into())
        }
        Some(plain) => plain,
        None => value.clone(),
    };
    let has = |value: &Value| right.iter().any(|other| equal(tree, &folded(value), &folded(other)) == Some(true));
    left.len() == right.len() && left.iter().all(has)
}

fn order(tree: &Tree<'_>, left: &[Value], right: &[Value]) -> Result<Option<Ordering>, Failure> {
    match (single(left)?, single(right)?) {
        (Some(a), Some(b)) => Ok(compare(tree, a, b)),
        _ => Ok(None),
    }
}

fn is_in(tree: &Tree<'_>, item: &[Value], set: &[Value]) -> Result<Option<bool>, Failure> {
    let Some(item) = single(item)? else { return Ok(None) };
    Ok(Some(holds(tree, set, item)))
}

/// Is the item among these?
pub(super) fn holds(tree: &Tree<'_>, set: &[Value], item: &Value) -> bool {
    set.iter().any(|other| equal(tree, item, other) == Some(true))
}

/// Is every item a text of its own, so that equal means the same?
pub(super) fn are_texts(items: &[Value]) -> bool {
    items.iter().all(|item| matches!(item, Value::Text(_)))
}

/// Each item once.
pub(super) fn distinct(tree: &Tree<'_>, mut items: Vec<Value>) -> Vec<Value> {
    if are_texts(&items) {
        let mut seen = HashSet::new();
        items.retain(|item| !matches!(item, Value::Text(text) if !seen.insert(text.clone())));
        return items;
    }
    let mut found: Vec<Value> = Vec::new();
    for item in items {
        if !holds(tree, &found, &item) {
            found.push(item);
        }
    }
    found
}

pub(super) fn negate(tree: &Tree<'_>, items: &[Value]) -> Found {
    match single(items)?.and_then(|item| item.plain(tree)) {
        None => Ok(Vec::new()),
        Some(Value::Integer(value)) => Ok(value.checked_neg().map(Value::Integer).into_iter().collect()),
        Some(Value::Decimal(value)) => Ok(vec![Value::Decimal(value.negated())]),
        Some(Value::Quantity(value, unit)) => Ok(vec![Value::Quantity(value.negated(), unit)]),
        Some(_) => Err(Failure::Unsupported("- before something that is no number".into())),
    }
}

fn arithmetic(tree: &Tree<'_>, operator: Operator, left: &[Value], right: &[Value]) -> Found {
    let (Some(a), Some(b)) = (single(left)?, single(right)?) else { return Ok(Vec::new()) };
    let (Some(a), Some(b)) = (a.plain(tree), b.plain(tree)) else { return Ok(Vec::new()) };
    if let (Operator::Add, Value::Text(a), Value::Text(b)) = (operator, &a, &b) {
        return Ok(vec![Value::Text(format!("{a}{b}").into())]);
    }
    let (Some(x), Some(y)) = (number(&a), number(&b)) else {
        return Err(Failure::Unsupported("arithmetic on something that is no number".into()));
    };
    let result = match operator {
        Operator::Add => x.plus(y),
        Operator::Subtract => x.plus(y.negated()),
        Operator::Multiply => x.multiply(y),
        Operator::Divide => x.divide(y),
        Operator::DivideWhole => return Ok(x.divide_whole(y).map(Value::Integer).into_iter().collect()),
        _ => x.remainder(y),
    };
    let are_whole = matches!((&a, &b), (Value::Integer(_), Value::Integer(_))) && operator != Operator::Divide;
    let result = result.map(|result| match result.whole() {
        Some(whole) if are_whole => Value::Integer(whole),
        _ => Value::Decimal(result),
    });
    Ok(result.into_iter().collect())
}
