//! The functions, except those on texts.

use super::ast::{Call, Expr};
use super::eval::{Evaluation, Found};
use super::moment::Moment;
use super::number::Decimal;
use super::operators::{are_texts, distinct, holds, single, truth};
use super::value::Value;
use super::{Context, Failure};
use crate::schema::Kind;

/// What `convertsTo…` may ask for.
const CONVERSIONS: [&str; 7] = ["ToInteger", "ToDecimal", "ToString", "ToBoolean", "ToDate", "ToDateTime", "ToTime"];

impl Evaluation<'_, '_> {
    pub(super) fn function(&self, call: &Call, target: Vec<Value>) -> Found {
        let tree = self.context.tree;
        let boolean = |value: bool| Ok(vec![Value::Boolean(value)]);
        match (call.name.as_str(), &call.arguments[..]) {
            ("where", [condition]) => self.filtered(condition, target),
            ("select", [projection]) => self.each(&target, projection),
            ("all", [condition]) => {
                for (place, item) in target.iter().enumerate() {
                    if self.condition(condition, item, place)? != Some(true) {
                        return boolean(false);
                    }
                }
                boolean(true)
            }
            ("exists", []) => boolean(!target.is_empty()),
            ("exists", [condition]) => boolean(!self.filtered(condition, target)?.is_empty()),
            ("empty", []) => boolean(target.is_empty()),
            ("not", []) => Ok(truth(tree, &target).map(|is| Value::Boolean(!is)).into_iter().collect()),
            ("count", []) => Ok(vec![Value::Integer(i64::try_from(target.len()).unwrap_or(i64::MAX))]),
            ("iif", [condition, rest @ ..]) if matches!(rest.len(), 1 | 2) => self.iif(condition, rest, target),
            ("first", []) => Ok(target.into_iter().take(1).collect()),
            ("last", []) => Ok(target.into_iter().next_back().into_iter().collect()),
            ("tail", []) => Ok(target.into_iter().skip(1).collect()),
            ("skip", [count]) => Ok(target.into_iter().skip(self.count(count)?).collect()),
            ("take", [count]) => Ok(target.into_iter().take(self.count(count)?).collect()),
            ("single", []) => Ok(single(&target)?.cloned().into_iter().collect()),
            ("children", []) => self.below(&target, |node| tree.children(node).collect()),
            ("descendants", []) => self.below(&target, |node| tree.descendants(node)),
            ("repeat", [projection]) => self.repeat(target, projection),
            ("hasValue", []) => boolean(matches!(&target[..], [item] if self.has_value(item))),
            ("getValue", []) => Ok(target.iter().filter_map(|item| item.plain(tree)).collect()),
            ("extension", [url]) => self.extension(&target, url),
            ("resolve", []) => self.resolve(&target),
            ("memberOf", [value_set]) => self.member_of(&target, value_set),
            ("trace", [_] | [_, _]) => Ok(target),
            ("allTrue", []) => boolean(self.booleans(&target).all(|is| is)),
            ("anyTrue", []) => boolean(self.booleans(&target).any(|is| is)),
            ("allFalse", []) => boolean(self.booleans(&target).all(|is| !is)),
            ("anyFalse", []) => boolean(self.booleans(&target).any(|is| !is)),
            ("distinct", []) => self.unique(target),
            ("isDistinct", []) => {
                let count = target.len();
                boolean(self.unique(target)?.len() == count)
            }
            ("union", [other]) => {
                let mut all = target;
                all.extend(self.argument(other)?);
                self.unique(all)
            }
            ("combine", [other]) => {
                let mut all = target;
                all.extend(self.argument(other)?);
                Ok(all)
            }
            ("intersect", [other]) => self.intersection(&target, &self.argument(other)?),
            ("exclude", [other]) => {
                let other = self.argument(other)?;
                self.step(target.len().saturating_mul(other.len()))?;
                Ok(target.into_iter().filter(|item| !holds(tree, &other, item)).collect())
            }
            ("subsetOf", [other]) => boolean(self.is_subset(&target, &self.argument(other)?)?),
            ("supersetOf", [other]) => boolean(self.is_subset(&self.argument(other)?, &target)?),
            ("now", []) => self.now(|moment| moment),
            ("today", []) => self.now(|moment| moment.split('T').next().unwrap_or(moment)),
            // STU3 writes it without capitals.
            ("htmlChecks" | "htmlchecks", []) => self.html_checks(&target),
            ("toInteger" | "toDecimal" | "toString" | "toBoolean" | "toDate" | "toDateTime" | "toTime", []) => {
                self.convert(&call.name, &target)
            }
            (name, []) if name.strip_prefix("converts").is_some_and(|to| CONVERSIONS.contains(&to)) => {
                let name = name.replacen("convertsTo", "to", 1);
                if target.is_empty() { Ok(Vec::new()) } else { boolean(!self.convert(&name, &target)?.is_empty()) }
            }
            ("abs" | "ceiling" | "floor" | "round" | "truncate", []) => self.rounded(&call.name, &target),
            _ => self.string_function(call, &target),
        }
    }

    /// An argument that is evaluated on the focus, not on each item.
    pub(super) fn argument(&self, argument: &Expr) -> Found {
        self.run(argument)
    }

    pub(super) fn text_argument(&self, argument: &Expr) -> Result<Option<String>, Failure> {
        let found = self.argument(argument)?;
        Ok(single(&found)?.and_then(|item| item.written(self.context.tree)))
    }

    pub(super) fn count(&self, argument: &Expr) -> Result<usize, Failure> {
        let found = self.argument(argument)?;
        match single(&found)?.and_then(|item| item.plain(self.context.tree)) {
            Some(Value::Integer(count)) => Ok(usize::try_from(count).unwrap_or(0)),
            _ => Err(Failure::Unsupported("a count that is no whole number".into())),
        }
    }

    fn filtered(&self, condition: &Expr, items: Vec<Value>) -> Found {
        let mut kept = Vec::new();
        for (place, item) in items.into_iter().enumerate() {
            if self.condition(condition, &item, place)? == Some(true) {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    fn each(&self, items: &[Value], projection: &Expr) -> Found {
        let mut found = Vec::new();
        for (place, item) in items.iter().enumerate() {
            found.extend(self.on(item, place).run(projection)?);
        }
        Ok(found)
    }

    fn iif(&self, condition: &Expr, rest: &[Expr], target: Vec<Value>) -> Found {
        let inner = self.with_focus(target);
        let is_true = truth(self.context.tree, &inner.run(condition)?) == Some(true);
        match (is_true, rest) {
            (true, [taken, ..]) | (false, [_, taken]) => inner.run(taken),
            _ => Ok(Vec::new()),
        }
    }

    fn below(&self, items: &[Value], nodes: impl Fn(crate::tree::NodeId) -> Vec<crate::tree::NodeId>) -> Found {
        let mut found = Vec::new();
        for item in items {
            if let Value::Node(node) = item {
                found.extend(nodes(*node).into_iter().map(Value::Node));
            }
        }
        self.step(found.len())?;
        Ok(found)
    }

    fn repeat(&self, target: Vec<Value>, projection: &Expr) -> Found {
        let mut found: Vec<Value> = Vec::new();
        let mut open = target;
        while !open.is_empty() {
            let next = self.each(&open, projection)?;
            open = Vec::new();
            for item in next {
                self.step(found.len() + 1)?;
                if !holds(self.context.tree, &found, &item) {
                    found.push(item.clone());
                    open.push(item);
                }
            }
        }
        Ok(found)
    }

    fn has_value(&self, item: &Value) -> bool {
        match item {
            Value::Node(node) => {
                self.context.tree.ty(*node).kind == Kind::Primitive && self.context.tree.value(*node).is_some()
            }
            _ => true,
        }
    }

    fn extension(&self, target: &[Value], url: &Expr) -> Found {
        let Some(url) = self.text_argument(url)? else { return Ok(Vec::new()) };
        let tree = self.context.tree;
        let mut found = self.members(target, "extension")?;
        found.retain(|item| matches!(item, Value::Node(node) if tree.text(*node, "url") == Some(&url)));
        Ok(found)
    }

    /// A reference that leads out of the tree has no result.
    fn resolve(&self, target: &[Value]) -> Found {
        let Context { tree, links, .. } = self.context;
        let mut found = Vec::new();
        for item in target {
            let (from, reference) = match item {
                Value::Node(node) if tree.ty(*node).is("Reference") => (*node, tree.text(*node, "reference")),
                Value::Node(node) => (*node, tree.value(*node)),
                Value::Text(text) => (tree.root(), Some(&**text)),
                _ => continue,
            };
            found.extend(reference.and_then(|reference| links.resolve(tree, from, reference)).map(Value::Node));
        }
        Ok(found)
    }

    fn member_of(&self, target: &[Value], value_set: &Expr) -> Found {
        let Some(value_set) = self.text_argument(value_set)? else { return Ok(Vec::new()) };
        let Some(Value::Node(node)) = single(target)? else { return Ok(Vec::new()) };
        let answer = self.context.terminology.and_then(|all| all.member_of(self.context.tree, *node, &value_set));
        answer.map(|is| vec![Value::Boolean(is)]).ok_or_else(|| Failure::Undecided(format!("memberOf({value_set})")))
    }

    fn booleans<'i>(&'i self, items: &'i [Value]) -> impl Iterator<Item = bool> + 'i {
        items.iter().map(|item| truth(self.context.tree, std::slice::from_ref(item)).unwrap_or(false))
    }

    /// Each item once.
    fn unique(&self, items: Vec<Value>) -> Found {
        // Texts are looked up and not compared: a Bundle of any size has its addresses checked within the steps.
        let cost = if are_texts(&items) { items.len() } else { items.len().saturating_mul(items.len()) };
        self.step(cost)?;
        Ok(distinct(self.context.tree, items))
    }

    /// The items of `left`, each once, that are in `right`.
    fn intersection(&self, left: &[Value], right: &[Value]) -> Found {
        let tree = self.context.tree;
        self.step(left.len().saturating_mul(left.len().max(right.len())))?;
        Ok(distinct(tree, left.iter().filter(|item| holds(tree, right, item)).cloned().collect()))
    }

    fn is_subset(&self, part: &[Value], whole: &[Value]) -> Result<bool, Failure> {
        self.step(part.len().saturating_mul(whole.len()))?;
        Ok(part.iter().all(|item| holds(self.context.tree, whole, item)))
    }

    fn now(&self, part: impl Fn(&str) -> &str) -> Found {
        let now = self.context.now.ok_or_else(|| Failure::Undecided("the time".into()))?;
        Ok(Moment::parse(part(now)).map(Value::Moment).into_iter().collect())
    }

    fn html_checks(&self, target: &[Value]) -> Found {
        let Some(item) = single(target)? else { return Ok(Vec::new()) };
        let is_fit = item.written(self.context.tree).is_some_and(|html| crate::narrative::is_allowed(&html));
        Ok(vec![Value::Boolean(is_fit)])
    }

    fn convert(&self, name: &str, target: &[Value]) -> Found {
        let tree = self.context.tree;
        let Some(item) = single(target)? else { return Ok(Vec::new()) };
        let (Some(written), Some(plain)) = (item.written(tree), item.plain(tree)) else { return Ok(Vec::new()) };
        let value = match (name, plain) {
            ("toString", _) => Some(Value::Text(written.into())),
            ("toInteger", Value::Boolean(is)) => Some(Value::Integer(is.into())),
            ("toInteger", _) => written.strip_prefix('+').unwrap_or(&written).parse().ok().map(Value::Integer),
            ("toDecimal", Value::Boolean(is)) => Some(Value::Decimal(Decimal::from_integer(is.into()))),
            ("toDecimal", _) => Decimal::parse(&written).map(Value::Decimal),
            ("toBoolean", _) => match written.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(Value::Boolean(true)),
                "false" | "f" | "no" | "n" | "0" | "0.0" => Some(Value::Boolean(false)),
                _ => None,
            },
            ("toTime", _) => Moment::parse_time(&written).map(Value::Moment),
            ("toDate", _) => Moment::parse(written.split('T').next().unwrap_or_default()).map(Value::Moment),
            _ => Moment::parse(&written).map(Value::Moment),
        };
        Ok(value.into_iter().collect())
    }

    fn rounded(&self, name: &str, target: &[Value]) -> Found {
        let Some(item) = single(target)? else { return Ok(Vec::new()) };
        let plain = item.plain(self.context.tree);
        let Some(number) = plain.as_ref().and_then(super::value::number) else {
            return Err(Failure::Unsupported(format!("{name} of something that is no number")));
        };
        let is_negative = number < Decimal::from_integer(0);
        let up = || number.negated().floor().and_then(i64::checked_neg);
        let value = match name {
            "abs" => Some(Value::Decimal(if is_negative { number.negated() } else { number })),
            "ceiling" => up().map(Value::Integer),
            "truncate" if is_negative => up().map(Value::Integer),
            "floor" | "truncate" => number.floor().map(Value::Integer),
            _ => Decimal::parse("0.5").and_then(|half| number.plus(half)?.floor()).map(Value::Integer),
        };
        Ok(value.into_iter().collect())
    }
}
