//! What an expression finds: elements of the tree, or values of its own.

use std::cmp::Ordering;
use std::sync::Arc;

use super::moment::Moment;
use super::number::Decimal;
use crate::schema::Kind;
use crate::tree::{NodeId, Tree};

/// One item of a collection.
#[derive(Debug, Clone)]
pub enum Value {
    /// An element.
    Node(NodeId),
    /// A text.
    Text(Arc<str>),
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(Decimal),
    /// True or false.
    Boolean(bool),
    /// A date, time or instant.
    Moment(Moment),
    /// A number with a unit.
    Quantity(Decimal, Arc<str>),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The value of a primitive element in FHIRPath's own types; anything else stays what it is.
    ///
    /// `None` for a primitive without a value.
    pub(super) fn plain(&self, tree: &Tree<'_>) -> Option<Self> {
        let Self::Node(node) = self else { return Some(self.clone()) };
        let ty = tree.ty(*node);
        if ty.kind != Kind::Primitive {
            return Some(quantity(tree, *node).unwrap_or_else(|| self.clone()));
        }
        let value = tree.value(*node)?;
        let typed = match ty.name.as_str() {
            "boolean" => value.parse().ok().map(Self::Boolean),
            "integer" | "unsignedInt" | "positiveInt" => value.parse().ok().map(Self::Integer),
            "decimal" => Decimal::parse(value).map(Self::Decimal),
            "date" | "dateTime" | "instant" => Moment::parse(value).map(Self::Moment),
            "time" => Moment::parse_time(value).map(Self::Moment),
            _ => None,
        };
        Some(typed.unwrap_or_else(|| Self::text(value)))
    }

    /// As it is written; `None` for an element without a value.
    pub fn written(&self, tree: &Tree<'_>) -> Option<String> {
        Some(match self {
            Self::Node(node) => tree.value(*node)?.to_owned(),
            Self::Text(text) => text.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Decimal(value) => value.to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Moment(moment) => moment.text().to_owned(),
            Self::Quantity(value, unit) => format!("{value} '{unit}'"),
        })
    }
}

/// A Quantity with its code, or unit when it has no code.
fn quantity(tree: &Tree<'_>, node: NodeId) -> Option<Value> {
    if !tree.ty(node).is("Quantity") {
        return None;
    }
    let number = Decimal::parse(tree.text(node, "value")?)?;
    let unit = tree.text(node, "code").or_else(|| tree.text(node, "unit")).unwrap_or("1");
    Some(Value::Quantity(number, unit.into()))
}

/// Are both the same? `None` when precision leaves it open.
pub(super) fn equal(tree: &Tree<'_>, a: &Value, b: &Value) -> Option<bool> {
    if let (Value::Node(a), Value::Node(b)) = (a, b)
        && (a == b || tree.ty(*a).kind != Kind::Primitive || tree.ty(*b).kind != Kind::Primitive)
    {
        return Some(a == b || same(tree, *a, *b));
    }
    let (Some(a), Some(b)) = (a.plain(tree), b.plain(tree)) else { return Some(false) };
    match (&a, &b) {
        (Value::Moment(a), Value::Moment(b)) => a.compare(b).map(|order| order == Ordering::Equal),
        // A date beside a text: both are compared as they are written.
        (Value::Moment(moment), Value::Text(text)) | (Value::Text(text), Value::Moment(moment)) => {
            Some(moment.text() == &**text)
        }
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Boolean(flag), Value::Text(text)) | (Value::Text(text), Value::Boolean(flag)) => {
            Some(text.parse() == Ok(*flag))
        }
        (Value::Quantity(a, unit), Value::Quantity(b, other)) => Some(unit == other && a == b),
        (Value::Node(a), Value::Node(b)) => Some(same(tree, *a, *b)),
        _ => match (number(&a), number(&b)) {
            (Some(a), Some(b)) => Some(a == b),
            _ => Some(false),
        },
    }
}

/// Have two elements the same value and the same elements in the same order?
pub(crate) fn same(tree: &Tree<'_>, a: NodeId, b: NodeId) -> bool {
    let values = match (tree.value(a), tree.value(b)) {
        (Some(x), Some(y)) if tree.ty(a).name == "decimal" => match (Decimal::parse(x), Decimal::parse(y)) {
            (Some(x), Some(y)) => x == y,
            _ => x == y,
        },
        (x, y) => x == y,
    };
    let mut others = tree.children(b);
    let children = tree.children(a).all(|child| {
        others.next().is_some_and(|other| tree.name(child) == tree.name(other) && same(tree, child, other))
    });
    values && children && others.next().is_none() && tree.ty(a).kind == tree.ty(b).kind
}

/// Which is less; `None` when they cannot be compared.
pub(super) fn compare(tree: &Tree<'_>, a: &Value, b: &Value) -> Option<Ordering> {
    let (a, b) = (a.plain(tree)?, b.plain(tree)?);
    match (&a, &b) {
        (Value::Moment(a), Value::Moment(b)) => a.compare(b),
        (Value::Moment(moment), Value::Text(text)) => Some(moment.text().cmp(text)),
        (Value::Text(text), Value::Moment(moment)) => Some((**text).cmp(moment.text())),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Quantity(a, unit), Value::Quantity(b, other)) if unit == other => a.partial_cmp(b),
        _ => number(&a)?.partial_cmp(&number(&b)?),
    }
}

pub(super) fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::from_integer(*value)),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}
